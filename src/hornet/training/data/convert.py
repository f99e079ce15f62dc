"""Conversion of users' data to arrays of rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jax
import numpy as np

from hornet.core.arrays import check_integers
from hornet.core.containers import is_number, is_sparse, refilled, to_numbers
from hornet.core.errors import ArgumentError
from hornet.core.shapes import Shape, fits
from hornet.core.strings import STRING, to_strings
from hornet.training.data.sparse import SparseRows


def as_inputs(x: Any, argument: str = "x") -> Any:
    """Return inputs as arrays: one, or a list, tuple or dict of them.

    A list of arrays or frames is several inputs, a list of numbers or of lists is one input's rows.

    Args:
        x: What holds the rows of one input (see `to_numbers`); or a list, tuple or dict of such.
        argument: Its name, for errors.

    Raises:
        ValueError: If a part holds no numbers or no rows, or the parts differ in length.
    """
    if isinstance(x, Mapping):
        inputs: Any = {name: as_rows(f"{argument}[{name!r}]", part) for name, part in x.items()}
    elif isinstance(x, list | tuple) and any(getattr(part, "shape", ()) for part in x):
        inputs = refilled(x, (as_rows(f"{argument}[{place}]", part) for place, part in enumerate(x)))
    else:
        inputs = as_rows(argument, x)
    check_lengths(argument, jax.tree.leaves(inputs))
    return inputs


def as_only_input(x: Any, argument: str, declared: Shape | None, dtype: Any = None, fractions: bool = False) -> Any:
    """Return the input of a model that takes one, in the shape that it declares as far as axes of size 1 go.

    Args:
        x: What holds the rows, alone or alone in a list; a list of arrays that are a row each; or a dict of columns.
        argument: Its name, for errors.
        declared: The input's shape; `None` where the model is not built yet.
        dtype: The input's type; `"string"` for one of strings.
        fractions: Whether numbers with a fraction are taken for strings, too.
    """
    if isinstance(x, list | tuple) and len(x) == 1 and getattr(x[0], "shape", ()):
        x = x[0]
    if dtype == STRING:
        return _strings_of(argument, x, declared, fractions)
    if declared is None:
        return as_inputs(x, argument)
    if isinstance(x, Mapping) and x:
        columns = [as_numbers(f"{argument}[{name!r}]", part) for name, part in x.items()]
        check_lengths(argument, columns)
        return in_rank_of(declared, columns[0] if len(columns) == 1 else np.column_stack(columns))
    if isinstance(x, list | tuple) and x and all(_is_row(part, declared) for part in x):
        array: Any = as_rows(argument, x)
    else:
        _refuse_series(argument, x)
        array = as_inputs(x, argument)
    return in_rank_of(declared, array) if hasattr(array, "shape") else array


def _strings_of(argument: str, x: Any, declared: Shape | None, fractions: bool) -> Any:
    """Return the strings of a model's only input."""
    if isinstance(x, Mapping) and x:
        columns = [to_strings(f"{argument}[{name!r}]", part, fractions) for name, part in x.items()]
        check_lengths(argument, columns)
        strings = columns[0] if len(columns) == 1 else np.column_stack(columns)
    else:
        strings = to_strings(argument, x, fractions)
    if strings.ndim == 0:
        raise ValueError(f"`{argument}` is a single string. Pass an array with the rows on its first axis.")
    check_lengths(argument, [strings])
    return strings if declared is None else in_rank_of(declared, strings)


def _refuse_series(argument: str, x: Any) -> None:
    """Refuse a list of the columns of a model's only input."""
    if isinstance(x, list | tuple) and len(x) > 1 and all(len(getattr(part, "shape", ())) == 1 for part in x):
        pandas = all(type(part).__module__.partition(".")[0] == "pandas" for part in x)
        way = f"pd.concat({argument}, axis=1)" if pandas else f"np.column_stack({argument})"
        raise ArgumentError(f"`{argument}` is a list of {len(x)} columns, and the model has one input. Pass `{way}`.")


def in_rank_of(declared: Shape, array: Any) -> Any:
    """Return an array with a last axis of size 1 more or less, where that makes it fit a shape.

    Example:
        >>> in_rank_of((None, 1), np.zeros(5)).shape, in_rank_of((None, 5), np.zeros((2, 5, 1))).shape
        ((5, 1), (2, 5))
    """
    rank, shape = len(declared), array.shape
    if len(shape) == rank - 1 and declared[-1] == 1 and fits(declared[1:-1], shape[1:]):
        return array[..., None]
    if len(shape) == rank + 1 and shape[-1] == 1 and fits(declared[1:], shape[1:-1]):
        return array[..., 0]
    return array


def as_rows(name: str, value: Any) -> Any:
    """Return what holds the rows of an input as an array; many rows of a sparse matrix stay sparse.

    Raises:
        ValueError: See `as_numbers`.
    """
    if is_sparse(value) and is_number(value.dtype) and len(value.shape) == 2 and value.shape[0] > 1:
        return SparseRows(value)
    return as_numbers(name, value)


def as_numbers(name: str, value: Any) -> np.ndarray:
    """Return what holds rows of numbers (see `to_numbers`) as a NumPy array with the rows on its first axis.

    Raises:
        ValueError: If it holds text, objects or integers too large for a program, or has no axis.
    """
    if value is None:
        raise ValueError(f"`{name}` is missing. Pass an array with the rows on its first axis.")
    if isinstance(value, Iterator):
        raise ArgumentError(
            f"`{name}` is an iterator, not an array. Pass all rows as one array, with the rows on its first axis."
        )
    array = to_numbers(name, value)
    if array.ndim == 0:
        raise ValueError(f"`{name}` is a single number. Pass an array with the rows on its first axis.")
    check_integers(name, array)
    return array


def check_lengths(argument: str, arrays: Sequence[Any]) -> None:
    """Raise `ValueError` if the inputs have no rows, or one has more than another."""
    lengths = list(map(len, arrays))
    if not all(lengths):
        raise ValueError(f"`{argument}` has no rows. Pass at least one.")
    if len(set(lengths)) > 1:
        raise ValueError(f"The inputs in `{argument}` have {lengths} rows. Pass as many rows in each.")


def _is_row(part: Any, declared: Shape) -> bool:
    """Return whether a part of a list is a row; a picture may lack its only channel."""
    shape = getattr(part, "shape", ())
    return len(declared) > 1 and (fits(declared[1:], shape) or (len(shape) > 1 and fits(declared[1:], (*shape, 1))))
