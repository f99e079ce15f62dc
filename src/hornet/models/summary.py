"""The table that `model.summary()` prints."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from hornet.core.messages import output
from hornet.core.suggestions import unknown_name
from hornet.models.outline import Row, expanded, is_chain
from hornet.plots.html import Html, table


def print_summary(
    model: Any,
    line_length: int | None,
    print_fn: Callable[[str], Any] | None,
    expand_nested: bool,
    show_trainable: bool,
    layer_range: Sequence[str] | None,
) -> None:
    """Print a model's layers, output shapes and numbers of weights; see `Network.summary`."""
    from rich.console import Console
    from rich.table import Table

    rows = model._outline()
    branches = not is_chain(rows)
    rows = _between(rows, layer_range)
    grid = Table(title=f"Model: {model.name!r}", title_justify="left", show_lines=True)
    grid.add_column("Layer (type)", overflow="fold")
    grid.add_column("Output Shape", overflow="fold")
    grid.add_column("Param #", justify="right")
    if branches:
        grid.add_column("Connected to", overflow="fold")
    if show_trainable:
        grid.add_column("Trainable", justify="center")
    for row in expanded(rows) if expand_nested else rows:
        indent = "    " * (row.depth - 1) + "└ " if row.depth else ""
        cells = [f"{indent}{row.label} ({row.kind})", _format_shapes(row.output_shape), _format_size(row)]
        if branches:
            cells.append(_format_sources(row))
        if show_trainable:
            cells.append(("Y" if row.operation.trainable else "N") if row.size else "-")
        grid.add_row(*cells)
    console = (
        Console(file=output(), width=line_length)
        if print_fn is None
        else Console(file=io.StringIO(), width=line_length or 80)
    )
    console.print(grid)
    for line in _totals(model):
        console.print(f" {line}", highlight=False)
    if print_fn is not None:
        print_fn(console.file.getvalue())  # pyright: ignore[reportAttributeAccessIssue]


def html_summary(model: Any) -> Html:
    """Return what a notebook shows of a model: the table of `summary`, models inside expanded."""
    rows = model._outline()
    branches = not is_chain(rows)
    lines = []
    for row in expanded(rows):
        indent = "\u2003" * (row.depth - 1) + "└ " if row.depth else ""
        cells = [f"{indent}{row.label}", row.kind, _format_shapes(row.output_shape), row.size]
        lines.append([*cells, _format_sources(row)] if branches else cells)
    header = ["Layer", "Type", "Output shape", "Params", *(["Connected to"] if branches else [])]
    notes = _totals(model)
    compiled = getattr(model, "_compiled", None)
    if compiled is not None:
        loss = _name_of(compiled.arguments.loss)
        notes.append(f"Compiled: optimizer {type(model.optimizer).__name__}, loss {loss}")
    return table(f"{type(model).__name__} {model.name!r}", header, lines, notes)


def _name_of(loss: Any) -> str:
    """Return how a user would call a loss, or losses in their structure."""
    if loss is None:
        return "none"
    if isinstance(loss, dict):
        return ", ".join(f"{name}: {_name_of(one)}" for name, one in loss.items())
    if isinstance(loss, list | tuple):
        return ", ".join(map(_name_of, loss))
    return loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)


def _totals(model: Any) -> list[str]:
    """Return lines that say how many numbers the model has, and the memory that they take."""
    remembered = _optimizer_arrays(model)
    counts: dict[str, list[Any]] = {
        "Total": [*model.weights, *remembered],
        "Trainable": model.trainable_weights,
        "Non-trainable": model.non_trainable_weights,
    }
    if remembered:
        counts["Optimizer"] = remembered
    lines = []
    for label, variables in counts.items():
        count = sum(variable.size for variable in variables)
        memory = _size(sum(variable.size * np.dtype(variable.dtype).itemsize for variable in variables))
        lines.append(f"{label} params: {count:,} ({memory})")
    return lines


def _optimizer_arrays(model: Any) -> list[Any]:
    """Return what the optimizer keeps once the model has been trained: slots, its count and its learning rate."""
    state = model._optimizer_state
    if state is None or not state.variables:
        return []
    return [one.value for one in state.listed()] if state.optimizer._is_listed else jax.tree.leaves(state.slots)


def _between(rows: list[Row], layer_range: Sequence[str] | None) -> list[Row]:
    """Return the rows from the first whose name matches a pattern to the last whose name matches another."""
    if layer_range is None:
        return rows
    if isinstance(layer_range, str) or len(layer_range) != 2:
        raise ValueError(f"`layer_range` must be two names, not {layer_range!r}. Pass the first and the last layer's.")
    indices = [[index for index, row in enumerate(rows) if re.match(pattern, row.label)] for pattern in layer_range]
    for pattern, matching in zip(layer_range, indices, strict=True):
        if not matching:
            raise unknown_name("layer", pattern, [row.label for row in rows])
    first, last = sorted(indices)
    return rows[first[0] : last[-1] + 1]


def _format_shapes(shapes: Any) -> str:
    return "?" if shapes is None else str(shapes)


def _format_sources(row: Row) -> str:
    return ", ".join(source.rpartition("/")[2] for source in row.sources or ()) or "-"


def _format_size(row: Row) -> str:
    return f"{row.size:,}" if getattr(row.operation, "built", True) else f"{row.size:,} (unbuilt)"


def _size(count: float) -> str:
    for unit in ("B", "KB", "MB"):
        if count < 1024:
            return f"{count:.2f} {unit}"
        count /= 1024
    return f"{count:.2f} GB"
