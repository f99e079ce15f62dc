"""The table that `model.summary()` prints."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any


def print_summary(model: Any, line_length: int | None, print_fn: Callable[[str], Any] | None) -> None:
    """Print a model's layers, output shapes and numbers of weights.

    Args:
        model: The model.
        line_length: Width of the table; the terminal's by default.
        print_fn: What to call with the text instead of printing it.

    Raises:
        ValueError: If the model is not built.
    """
    from rich.console import Console
    from rich.table import Table

    if not model.built:
        raise ValueError(
            f"{model.name!r} must be built before it has a summary. Give its first layer `input_shape=`, call "
            "`model.build((None, features))`, or fit it to data."
        )
    table = Table(title=f"Model: {model.name!r}", title_justify="left", show_lines=True)
    table.add_column("Layer (type)", overflow="fold")
    table.add_column("Output Shape", overflow="fold")
    table.add_column("Param #", justify="right")
    for layer, shape in zip(model.layers, model.layer_shapes, strict=True):
        table.add_row(f"{layer.name} ({type(layer).__name__})", str(shape), f"{layer.count_params():,}")
    counts = {
        "Total": model.weights,
        "Trainable": model.trainable_weights,
        "Non-trainable": model.non_trainable_weights,
    }
    console = Console(width=line_length) if print_fn is None else Console(file=io.StringIO(), width=line_length or 80)
    console.print(table)
    for label, variables in counts.items():
        count = sum(variable.size for variable in variables)
        memory = _size(sum(variable.size * variable.dtype.itemsize for variable in variables))
        console.print(f" {label} params: {count:,} ({memory})", highlight=False)
    if print_fn is not None:
        print_fn(console.file.getvalue())  # pyright: ignore[reportAttributeAccessIssue]


def _size(count: float) -> str:
    for unit in ("B", "KB", "MB"):
        if count < 1024:
            return f"{count:.2f} {unit}"
        count /= 1024
    return f"{count:.2f} GB"
