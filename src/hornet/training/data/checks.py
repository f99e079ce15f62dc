"""Checks of numbers on the host, before anything compiles: what is not finite, out of range, or in a bad order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from hornet.core.checks import warn
from hornet.core.config import is_ours
from hornet.core.dtypes import is_float
from hornet.core.module import find
from hornet.core.prepared import Prepared
from hornet.core.row_names import row_name
from hornet.layers import Discretization, Lambda
from hornet.layers.column_normalization import ColumnNormalization
from hornet.layers.layer import Layer
from hornet.losses import Poisson
from hornet.losses.labels import is_one_hot
from hornet.training.data.columns import names_in_order, names_of
from hornet.training.data.maps import pieces
from hornet.training.data.placement import program_dtype
from hornet.training.data.sparse import SparseRows

_LARGE = 1e3
"""From here on inputs and labels are so large that their scale is a likely cause of a loss that is not finite."""


def first_not_finite(array: Any) -> tuple[int, ...] | None:
    """Return the index of the first number that is NaN or infinite in a program; a sum finds quickly that none is.

    Example:
        >>> first_not_finite(np.array([[1.0, 2.0], [3.0, np.inf]]))
        (1, 1)
    """
    if isinstance(array, SparseRows):
        place = first_not_finite(array.matrix.data)
        if place is None:
            return None
        row = int(np.searchsorted(array.matrix.indptr, place[0], side="right")) - 1
        return row, int(array.matrix.indices[place[0]])
    if array is None or not is_float(array.dtype):  # `None` is of an optional input
        return None
    largest = min(float(jax.numpy.finfo(dtype).max) for dtype in (array.dtype, program_dtype(array.dtype)))
    with np.errstate(over="ignore", invalid="ignore"):
        if all(abs(array[rows].sum()) <= largest for rows in pieces(array)):
            return None
        wrong = ~(np.abs(array) <= largest)
    return tuple(map(int, np.unravel_index(wrong.argmax(), array.shape))) if wrong.any() else None


def what_is_not_finite(name: str, array: Any, columns: Sequence[str] | None = None) -> str | None:
    """Return where an array has NaN or infinity, as half a sentence; `None` if it has neither.

    Args:
        name: What to call it.
        array: The numbers.
        columns: The names of its columns.

    Example:
        >>> what_is_not_finite("x", np.array([[0.0, 1.0], [0.0, np.nan]]), ["age", "fare"])
        "`x` has NaN in column 'fare' (first in row 1)"
    """
    found = first_not_finite(array)
    if found is None:
        return None
    row, *column = found
    value = array[row : row + 1].matrix.data if isinstance(array, SparseRows) else array[found]
    kind = "NaN" if np.isnan(value).any() else "infinity"
    if np.isfinite(value).all():
        kind = f"{float(value):g}, which is infinity in {program_dtype(array.dtype)},"
    if not column:
        return f"`{name}` has {kind} (first in row {row_name(row)})"
    label = repr(columns[column[0]]) if columns and len(column) == 1 else ", ".join(map(str, column))
    return f"`{name}` has {kind} in column {label} (first in row {row_name(row)})"


def warn_of_inputs(model: Any, argument: str, given: Any, inputs: Any) -> str | None:
    """Warn of the first NaN or infinity in inputs, unless the model may take such; return where it is, if anywhere.

    Args:
        model: The model.
        argument: The inputs' name.
        given: The inputs as the user passed them; a frame knows its columns' names.
        inputs: The arrays that they became.
    """
    # The numbers first: to look through a model takes longer than to look through a few thousand rows.
    if not any(map(first_not_finite, jax.tree.leaves(inputs))) or may_take_missing(model):
        return None
    found = _first_of_inputs(argument, inputs, names_in_order(model, given, inputs))
    if found is not None:
        warn(f"{found}; the loss will be NaN too. Fill in or drop such rows.")
    return found


class NotFinite:
    """Warns once of NaN or infinity in inputs that come part by part.

    Args:
        model: The model that takes them.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self.found: str | None = None
        """Where the first is, as half a sentence."""

    def look_at(self, argument: str, given: Any, inputs: Any) -> None:
        """Look at a part, unless there was one before; see `warn_of_inputs`."""
        self.found = self.found or warn_of_inputs(self._model, argument, given, inputs)


def refuse_outside(
    model: Any, argument: str, readers: Sequence[tuple[int, Any]], inputs: Any, given: Any = None
) -> None:
    """Raise `ValueError` for the first integer that a layer which reads an input directly does not know.

    Args:
        model: The model.
        argument: The inputs' name.
        readers: The input's number and the layer, for each that has a range.
        inputs: The arrays.
        given: The inputs as the user passed them; a frame knows its columns' names.
    """
    if isinstance(inputs, Prepared):  # by a model that has looked at the rows
        return
    leaves = named_leaves(argument, inputs) if readers else []
    for number, layer in readers:
        name, array = leaves[number]
        if array is None or isinstance(array, SparseRows):
            continue
        try:
            layer._check_range(array, name)
        except ValueError:
            for column, part in _columns_in(model, number, array, given, len(leaves)):
                layer._check_range(part, f"{argument}[{column!r}]")
            raise


def _columns_in(model: Any, number: int, array: Any, given: Any, inputs: int) -> list[tuple[str, Any]]:
    """Return the columns of an input by their names: of one of several inputs itself, of the only one its own."""
    if inputs > 1:
        name = model.input_names[number]
        return [(name, array)] if name in (names_of(given) or ()) else []
    names = names_in_order(model, given, array) or ()
    return [(name, array[:, place]) for place, name in enumerate(names)]


def warn_of_sorted(labels: Sequence[Any] | None) -> None:
    """Warn of labels in an order of their own, of which `validation_split` holds out one end.

    They may be sorted, up or down, or stand class by class; classes may be one-hot rows.
    """
    for y in jax.tree.leaves(labels):
        flat = y.argmax(-1) if y.ndim == 2 and y.shape[1] > 1 and is_one_hot(y) else y.reshape(-1)
        order = _order_of(flat) if 10 <= len(y) == flat.size else None
        if order is not None:
            warn(
                f"`y` {order}, and `validation_split` holds out the last rows, which are unlike those to train on. "
                "Shuffle the rows first, or pass `validation_data`."
            )


def _order_of(labels: Any) -> str | None:
    """Return in what order labels stand; `None` if in none."""
    later, earlier = labels[1:], labels[:-1]
    if labels[0] != labels[-1] and ((later >= earlier).all() or (later <= earlier).all()):
        return f"is sorted, from {labels[0]} to {labels[-1]}"
    groups = 1 + np.count_nonzero(later != earlier)
    # Few: of labels that all differ, each would be a group.
    if 1 < groups <= len(labels) // 5 and len(np.unique(labels)) == groups:
        return "stands class by class"
    return None


def likely_causes(model: Any, data: Any) -> str:
    """Return what may have made a loss infinite or NaN, the likeliest first, and what to do about it.

    Args:
        model: A compiled model.
        data: What it was trained on: `x`, `y` and, where these do not lie in memory, `not_finite`.
    """
    labels, columns = jax.tree.leaves(data.y), names_in_order(model, None, data.x)
    not_finite = getattr(data, "not_finite", None)
    found = [not_finite and not_finite.found, _first_of_inputs("x", data.x, columns)]
    for sentence in (*found, *(what_is_not_finite("y", part) for part in labels)):
        if sentence is not None:
            return f"{sentence}: fill in or drop such rows"
    large = [(name, _largest(part)) for name, part in [*named_leaves("x", data.x), *(("y", part) for part in labels)]]
    causes = [f"`{name}` holds numbers as large as {size:.3g}: scale them" for name, size in large if size > _LARGE]
    usual = "Lower the learning rate, scale the inputs, or clip gradients with `clipnorm`"
    usual = usual.replace(" scale the inputs,", "") if causes else usual
    return "; ".join([*_causes_of_outputs(model), *causes, usual])


def _causes_of_outputs(model: Any) -> list[str]:
    """Return what is wrong with outputs that may be below 0 under a loss that takes their logarithm."""
    losses = [term.loss for term in model._compiled.objective.terms]
    activation = getattr(model.layers[-1], "activation", None) if model.layers else None
    if getattr(activation, "__name__", "") != "linear" or not any(isinstance(loss, Poisson) for loss in losses):
        return []
    return [
        "The loss 'poisson' takes the logarithm of outputs, and is NaN where one is below 0: give the last layer "
        "`activation='softplus'` or 'exponential'"
    ]


def _largest(array: Any) -> float:
    if array is None or isinstance(array, SparseRows) or not is_float(array.dtype):
        return 0.0
    return float(np.abs(array).max(initial=0.0))


def may_take_missing(model: Any) -> bool:
    """Return whether a model has a part that makes something of NaN, or that may, being a user's own."""
    operations = getattr(model, "operations", ())
    names = {getattr(operation, "__name__", "") for operation in operations}
    return bool(names & {"isnan", "isfinite", "nan_to_num", "where"}) or any(
        isinstance(part, Lambda | Discretization | ColumnNormalization) or not is_ours(type(part))
        for part in (model, *find(model, Layer))
    )


def _first_of_inputs(argument: str, inputs: Any, columns: Sequence[str] | None) -> str | None:
    found = (what_is_not_finite(name, part, columns) for name, part in named_leaves(argument, inputs))
    return next((sentence for sentence in found if sentence is not None), None)


def named_leaves(argument: str, inputs: Any) -> list[tuple[str, Any]]:
    """Return the arrays of inputs, each with the name by which errors call it."""
    leaves = jax.tree_util.tree_leaves_with_path(inputs, is_leaf=lambda part: part is None)
    attribute = jax.tree_util.GetAttrKey  # of `Prepared`, which users do not see
    return [
        (argument + jax.tree_util.keystr(tuple(key for key in path if not isinstance(key, attribute))), part)
        for path, part in leaves
    ]
