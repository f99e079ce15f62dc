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
from hornet.layers import Discretization, Lambda, RobustNormalization
from hornet.layers.layer import Layer
from hornet.training.data.columns import names_in_order
from hornet.training.data.maps import pieces
from hornet.training.data.sparse import SparseRows

_LARGE = 1e3
"""From here on inputs and labels are so large that their scale is a likely cause of a loss that is not finite."""


def first_not_finite(array: Any) -> tuple[int, ...] | None:
    """Return the index of the first NaN or infinity; a sum finds out quickly that there is none.

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
    with np.errstate(over="ignore", invalid="ignore"):
        if all(np.isfinite(array[rows].sum()) for rows in pieces(array)):
            return None
    wrong = ~np.isfinite(array)
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
    if not column:
        return f"`{name}` has {kind} (first in row {row_name(row)})"
    label = repr(columns[column[0]]) if columns and len(column) == 1 else ", ".join(map(str, column))
    return f"`{name}` has {kind} in column {label} (first in row {row_name(row)})"


def warn_of_inputs(model: Any, argument: str, given: Any, inputs: Any) -> bool:
    """Warn of the first NaN or infinity in inputs, unless the model may take such; return whether there is one.

    Args:
        model: The model.
        argument: The inputs' name.
        given: The inputs as the user passed them; a frame knows its columns' names.
        inputs: The arrays that they became.
    """
    # The numbers first: to look through a model takes longer than to look through a few thousand rows.
    if not any(map(first_not_finite, jax.tree.leaves(inputs))) or _may_take_missing(model):
        return False
    found = _first_of_inputs(argument, inputs, names_in_order(model, given, inputs))
    if found is not None:
        warn(f"{found}; the loss will be NaN too. Fill in or drop such rows.")
    return found is not None


def refuse_outside(argument: str, readers: Sequence[tuple[int, Any]], inputs: Any) -> None:
    """Raise `ValueError` for the first integer that a layer which reads an input directly does not know.

    Args:
        argument: The inputs' name.
        readers: The input's number and the layer, for each that has a range.
        inputs: The arrays.
    """
    if isinstance(inputs, Prepared):  # by a model that has looked at the rows
        return
    leaves = named_leaves(argument, inputs) if readers else []
    for number, layer in readers:
        name, array = leaves[number]
        if array is not None and not isinstance(array, SparseRows):
            layer._check_range(array, name)


def warn_of_sorted(labels: Sequence[Any] | None) -> None:
    """Warn of labels in ascending or descending order, of which `validation_split` holds out one end."""
    for y in jax.tree.leaves(labels):
        if len(y) < 10 or y.size != len(y):
            continue
        flat = y.reshape(-1)
        later, earlier = flat[1:], flat[:-1]
        if flat[0] != flat[-1] and ((later >= earlier).all() or (later <= earlier).all()):
            warn(
                f"`y` is sorted, from {flat[0]} to {flat[-1]}, and `validation_split` holds out the last rows, which "
                "are unlike those to train on. Shuffle the rows first, or pass `validation_data`."
            )


def likely_causes(x: Any, labels: Sequence[Any] | None) -> str:
    """Return what may have made a loss infinite or NaN, the likeliest first, and what to do about it."""
    outputs = jax.tree.leaves(labels)
    for found in (_first_of_inputs("x", x, None), *(what_is_not_finite("y", part) for part in outputs)):
        if found is not None:
            return f"{found}: fill in or drop such rows"
    large = [(name, _largest(part)) for name, part in [*named_leaves("x", x), *(("y", part) for part in outputs)]]
    scales = [f"`{name}` holds numbers as large as {size:.3g}: scale them" for name, size in large if size > _LARGE]
    usual = "Lower the learning rate, scale the inputs, or clip gradients with `clipnorm`"
    return "; ".join([*scales, usual.replace(" scale the inputs,", "") if scales else usual])


def _largest(array: Any) -> float:
    if array is None or isinstance(array, SparseRows) or not is_float(array.dtype):
        return 0.0
    return float(np.abs(array).max(initial=0.0))


def _may_take_missing(model: Any) -> bool:
    """Return whether a model has a part that makes something of NaN, or that may, being a user's own."""
    operations = getattr(model, "operations", ())
    names = {getattr(operation, "__name__", "") for operation in operations}
    return bool(names & {"isnan", "isfinite", "nan_to_num", "where"}) or any(
        isinstance(part, Lambda | Discretization | RobustNormalization) or not is_ours(type(part))
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
