"""Conversion of users' data to NumPy arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jax
import numpy as np

from hornet.core.arrays import check_integers
from hornet.core.checks import warn
from hornet.core.dtypes import is_float
from hornet.core.errors import ArgumentError


def as_inputs(x: Any, argument: str = "x") -> Any:
    """Return inputs as NumPy arrays: one, or a list, tuple or dict of them.

    A list of arrays or frames is several inputs, a list of numbers or of lists is one input's rows.

    Args:
        x: Array, list or frame; or a list, tuple or dict of them.
        argument: Its name, for errors.

    Raises:
        ValueError: If a part holds no numbers or no rows, or the parts differ in length.
    """
    if isinstance(x, Mapping):
        inputs: Any = {name: as_numbers(f"{argument}[{name!r}]", part) for name, part in x.items()}
    elif isinstance(x, list | tuple) and any(getattr(part, "shape", ()) for part in x):
        inputs = type(x)(as_numbers(f"{argument}[{place}]", part) for place, part in enumerate(x))
    else:
        inputs = as_numbers(argument, x)
    lengths = [len(part) for part in jax.tree.leaves(inputs)]
    if not all(lengths):
        raise ValueError(f"`{argument}` has no rows. Pass at least one.")
    if len(set(lengths)) > 1:
        raise ValueError(f"The inputs in `{argument}` have {lengths} rows. Pass as many rows in each.")
    return inputs


def only_part(x: Any) -> Any:
    """Return the array or frame that is alone in a list, or the argument itself if it is not such a list."""
    return x[0] if isinstance(x, list | tuple) and len(x) == 1 and getattr(x[0], "shape", ()) else x


def as_numbers(name: str, value: Any) -> np.ndarray:
    """Return an array, list or frame as a NumPy array of numbers, the rows on its first axis.

    Raises:
        ValueError: If it holds text, objects or integers too large for a program, or has no axis.
    """
    if value is None:
        raise ValueError(f"`{name}` is missing. Pass an array with the rows on its first axis.")
    if isinstance(value, Iterator | Mapping):
        kind = "a dict" if isinstance(value, Mapping) else "an iterator"
        raise ArgumentError(
            f"`{name}` is {kind}, not an array. Pass all rows as one array, with the rows on its first axis."
        )
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"`{name}` has rows of different lengths. Pass as many numbers in each.") from None
    if array.dtype.kind not in "biuf" and not is_float(array.dtype):
        held = "text" if array.dtype.kind in "US" or _holds_text(array) else f"values of type {array.dtype}"
        where = _column_without_numbers(value)
        raise ValueError(
            f"`{name}` holds {held}{where}, not numbers. "
            "Encode them first (for example with scikit-learn's `OrdinalEncoder` or `LabelEncoder`)."
        )
    if array.ndim == 0:
        raise ValueError(f"`{name}` is a single number. Pass an array with the rows on its first axis.")
    check_integers(name, array)
    return array


def _holds_text(array: np.ndarray) -> bool:
    return array.dtype == object and any(isinstance(element, str) for element in array.ravel()[:1000])


def _column_without_numbers(value: Any) -> str:
    names = getattr(value, "columns", ())
    for column in names:
        if np.asarray(value[column]).dtype.kind not in "biuf":
            return f" (column {column!r})"
    return ""


def warn_of_nan(argument: str, given: Any, inputs: Any) -> None:
    """Warn if inputs have a NaN, naming its column.

    Args:
        argument: The inputs' name.
        given: The inputs as the user passed them; a frame knows its columns' names.
        inputs: What `as_inputs` made of them.
    """
    for part in jax.tree.leaves(inputs):
        found = first_nan(part)
        if found is not None:
            row, *column = found
            names = list(getattr(given, "columns", ()))
            label = repr(names[column[0]]) if names else ", ".join(map(str, column)) or "0"
            warn(
                f"`{argument}` has NaN in column {label} (first in row {row}); the loss will be NaN too. "
                "Fill in or drop such rows."
            )
            return


def first_nan(inputs: np.ndarray) -> tuple[int, ...] | None:
    """Return the index of the first NaN; a sum finds out quickly that there is none."""
    if not is_float(inputs.dtype):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        if not np.isnan(inputs.sum()):
            return None
    indices = np.argwhere(np.isnan(inputs))
    return tuple(map(int, indices[0])) if len(indices) else None
