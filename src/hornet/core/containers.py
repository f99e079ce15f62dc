"""What people hold numbers in, and the NumPy array that each of these becomes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np

from hornet.core.checks import describe
from hornet.core.dtypes import is_float
from hornet.core.errors import ArgumentError
from hornet.core.frames import array_of_frame, columns_of_arrow, is_of_frame_library
from hornet.core.refusals import not_numbers, ragged

Array = np.ndarray[Any, Any]


def to_numbers(name: str, value: Any) -> Array:
    """Return what a user holds numbers in as a NumPy array, without a copy where it is one.

    Missing values become NaN: those of a mask, of a nullable column, and `None` among numbers.

    Args:
        name: What to call it in errors.
        value: An array or a tensor of any library, a sparse matrix, a frame, a series, or nested lists.

    Raises:
        TypeError: If it is nothing that holds rows.
        ValueError: If it holds something that is no number; the error says which, where, and what helps.

    Example:
        >>> to_numbers("x", np.ma.masked_equal([1, 2, 9], 9))
        array([ 1.,  2., nan])
        >>> to_numbers("x", [[True, 2], [0.5, None]]).tolist()
        [[1.0, 2.0], [0.5, nan]]
    """
    # The shortest way, for predictions row by row.
    if type(value) is np.ndarray and is_number(value.dtype) and value.dtype.isnative:
        return value
    convert = next((convert for holds, convert in _KINDS if holds(value)), _from_protocol)
    array = convert(name, value)
    if array.ndim == 0 and array.dtype == object:
        raise ArgumentError(f"`{name}` is {describe(value)}, which holds no rows. Pass an array, a frame or lists.")
    return _checked(name, array)


def refilled(container: Any, parts: Iterable[Any]) -> Any:
    """Return a list, tuple or named tuple of the kind of another, with other parts.

    Example:
        >>> refilled((1, 2), [3, 4])
        (3, 4)
    """
    kind = cast(Any, type(container))
    return kind(*parts) if hasattr(kind, "_fields") else kind(parts)


def table_of(value: Any) -> Mapping[str, Any] | None:
    """Return the columns of a frame or a structured array by their names; `None` for anything else.

    Example:
        >>> {name: column.tolist() for name, column in table_of(np.array([(1, 2.5)], "i4,f8")).items()}
        {'f0': [1], 'f1': [2.5]}
    """
    names = column_names(value)
    return None if names is None or isinstance(value, Mapping) else {name: value[name] for name in names}


def column_names(value: Any) -> tuple[str, ...] | None:
    """Return the names of a table's columns, if they are text and each is there once; `None` otherwise."""
    if isinstance(value, Mapping):
        names: Any = tuple(cast(Mapping[Any, Any], value))
    elif isinstance(value, np.ndarray):
        names = cast(Array, value).dtype.names
    elif hasattr(cast(Any, type(value)), "shape"):  # which a lazy frame has not
        # The `columns` of an Arrow table are arrays.
        names = columns_of_arrow(value) or getattr(value, "column_names", getattr(value, "columns", None))
    else:
        names = None
    listed: tuple[Any, ...] = () if names is None else tuple(names)
    return listed if len(set(listed)) == len(listed) > 0 and all(isinstance(name, str) for name in listed) else None


def is_number(dtype: Any) -> bool:
    """Return whether a dtype is one of real numbers, booleans among them."""
    return dtype.kind in "biuf" or (dtype.kind == "V" and is_float(dtype))  # bfloat16, say


def is_tensor(value: Any) -> bool:
    """Return whether a value is an array of another library, or a kind of NumPy's own, such as one with a mask.

    Example:
        >>> is_tensor(np.ones(2)), is_tensor(np.ma.ones(2)), is_tensor(1.0)
        (False, True, False)
    """
    kind = cast(Any, type(value))
    if isinstance(value, np.ndarray):
        return kind is not np.ndarray
    return hasattr(kind, "__array__") and bool(getattr(value, "shape", ())) and not is_of_frame_library(value)


def is_sparse(value: Any) -> bool:
    """Return whether a value is a sparse matrix or array of SciPy's."""
    return hasattr(value, "tocsr") and hasattr(value, "nnz")


def without_keys(value: Any) -> Any:
    """Return a sparse matrix of SciPy's that is a dict of its elements (`dok`) in another form, all else as it is.

    Example:
        >>> from scipy.sparse import dok_array
        >>> type(without_keys(dok_array((2, 3)))).__name__
        'csr_array'
    """
    return value.tocsr() if is_sparse(value) and issubclass(type(value), dict) else value


def _checked(name: str, array: Array, column: str | None = None) -> Array:
    """Return an array of numbers, also of one that holds them as objects."""
    if is_number(array.dtype):
        return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))  # as programs take them
    if not array.size or (array.dtype.kind in "mM" and np.isnat(array).all()):
        return np.full(array.shape, np.nan)
    numbers = _of_objects(array) if array.dtype == object else None
    if numbers is None:
        raise not_numbers(name, array, column)
    return numbers


def _of_objects(array: Array) -> Array | None:
    """Return the numbers that an array holds as objects, `None` if something else is among them."""
    elements: list[Any] = array.ravel().tolist()
    missing = [element is None or type(element).__name__ in ("NAType", "NaTType") for element in elements]
    if any(isinstance(element, str | bytes) for element in elements):
        return None
    filled = [np.nan if is_missing else element for element, is_missing in zip(elements, missing, strict=True)]
    try:
        numbers = np.asarray(filled)
        if numbers.dtype == object:  # of decimals, fractions, large integers
            numbers = np.array([float(element) for element in filled])
    except (TypeError, ValueError):
        return None
    return numbers.reshape(*array.shape, *numbers.shape[1:]) if is_number(numbers.dtype) else None


# --- kinds ------------------------------------------------------------------------------------------------


def _from_masked(name: str, value: Any) -> Array:
    if not np.ma.is_masked(value):
        return np.asarray(value.data)
    return np.asarray(value.astype(np.result_type(value.dtype, np.float16)).filled(np.nan))


def _from_records(name: str, value: Any) -> Array:
    return np.column_stack([_checked(name, value[field], field) for field in value.dtype.names])


def _from_list(name: str, value: Any) -> Array:
    if any(getattr(part, "shape", ()) for part in value):  # NumPy reads a tensor's numbers one by one
        parts = [to_numbers(f"{name}[{place}]", part) for place, part in enumerate(value)]
        if len({part.shape for part in parts}) > 1:
            raise ragged(name, parts)
        return np.stack(parts)
    try:
        array = np.asarray(value)
    except ValueError:
        raise ragged(name, value) from None
    # Among text, NumPy writes numbers out.
    return np.array(value, object) if array.dtype.kind in "USM" else array


def _from_sparse(name: str, value: Any) -> Array:
    return value.toarray()


def _from_torch(name: str, value: Any) -> Array:
    tensor = value.detach()
    tensor = (tensor.to_dense() if tensor.layout != sys.modules["torch"].strided else tensor).cpu()
    try:
        return tensor.numpy()
    except TypeError:  # NumPy does not know its short floating-point types
        return tensor.float().numpy()


def _from_ragged(name: str, value: Any) -> Array:
    raise ArgumentError(
        f"`{name}` has rows of different lengths, as a {type(value).__name__}. Pass `{name}.to_tensor()`, which fills "
        "them up."
    )


def _from_sparse_tensor(name: str, value: Any) -> Array:
    return np.asarray(sys.modules["tensorflow"].sparse.to_dense(value))


def _from_mapping(name: str, value: Any) -> Array:
    raise ArgumentError(
        f"`{name}` is a dict, not an array. Pass all rows as one array, with the rows on its first axis."
    )


def _from_protocol(name: str, value: Any) -> Array:
    return np.asarray(value)


def _is_a(module: str, kind: str) -> Callable[[Any], bool]:
    """Return a test for instances of a class of a library, which is not imported for it."""

    def holds(value: Any) -> bool:
        known = getattr(sys.modules.get(module), kind, None)
        return known is not None and isinstance(value, known)

    return holds


_KINDS: Sequence[tuple[Callable[[Any], bool], Callable[[str, Any], Array]]] = (
    (lambda value: isinstance(value, np.ma.MaskedArray), _from_masked),
    (lambda value: isinstance(value, np.ndarray) and cast(Array, value).dtype.names is not None, _from_records),
    (lambda value: isinstance(value, np.ndarray), _from_protocol),
    (lambda value: isinstance(value, list | tuple), _from_list),
    (lambda value: isinstance(value, Mapping), _from_mapping),
    (is_of_frame_library, lambda name, value: array_of_frame(name, value, _checked)),
    (is_sparse, _from_sparse),
    (_is_a("torch", "Tensor"), _from_torch),
    (_is_a("tensorflow", "RaggedTensor"), _from_ragged),
    (_is_a("tensorflow", "SparseTensor"), _from_sparse_tensor),
)
"""What a value is, and how it becomes an array; the first that fits. Anything else says itself how."""
