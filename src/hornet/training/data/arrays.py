"""Arrays and frames as sources of batches."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import numpy as np

from hornet.core.checks import number
from hornet.core.dtypes import floatx, is_float


@dataclass(frozen=True)
class ArrayData:
    """Rows held in memory: inputs, labels and weights, with the rows on their first axis.

    Args:
        x: Inputs.
        y: Labels, or `None`.
        sample_weight: A weight for each row, or `None`.
    """

    x: np.ndarray
    y: np.ndarray | None = None
    sample_weight: np.ndarray | None = None

    @classmethod
    def of(cls, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None) -> ArrayData:
        """Return checked data.

        Args:
            x: Array, list or frame of inputs.
            y: The same for labels.
            sample_weight: A weight for each row; where it is given, `class_weight` has no effect.
            class_weight: A weight for each class, by its number; 1 for classes that it leaves out.

        Raises:
            ValueError: If a part holds no numbers, is empty, or differs in length from the inputs.
        """
        inputs = as_numbers("x", x)
        labels = None if y is None else as_numbers("y", y)
        weights = None if sample_weight is None else as_numbers("sample_weight", sample_weight)
        for name, part in (("y", labels), ("sample_weight", weights)):
            if part is not None and len(part) != len(inputs):
                raise ValueError(
                    f"`x` has {len(inputs)} rows but `{name}` has {len(part)}. Pass one entry of each for every row."
                )
        if not len(inputs):
            raise ValueError("`x` has no rows. Pass at least one.")
        _warn_of_nan(x, inputs)
        if weights is None and class_weight is not None:
            weights = _weights_of_classes(labels, class_weight)
        return cls(inputs, labels, weights)

    def __len__(self) -> int:
        return len(self.x)

    def split(self, fraction: float) -> tuple[ArrayData, ArrayData]:
        """Return the first rows, and the last `fraction` of them."""
        number("validation_split", fraction, above=0.0, below=1.0)
        at = int(len(self) * (1.0 - fraction))
        if not 0 < at < len(self):
            raise ValueError(
                f"`validation_split` of {fraction} leaves {at} of {len(self)} rows to train on. "
                "Pass more rows or another fraction."
            )
        parts = (self.x, self.y, self.sample_weight)
        first = ArrayData(*(None if part is None else part[:at] for part in parts))  # pyright: ignore[reportArgumentType]
        last = ArrayData(*(None if part is None else part[at:] for part in parts))  # pyright: ignore[reportArgumentType]
        return first, last

    @cached_property
    def batch(self) -> tuple[Any, Any, Any]:
        """All rows as the program's arrays, with unused rows behind them (see `padded_rows`)."""
        y, weights = self.y, self.sample_weight
        return (
            to_device(self.x),
            None if y is None else to_device(y),
            None if weights is None else to_device(weights, dtype=floatx()),
        )


def padded_rows(rows: int) -> int:
    """Return a round number of rows, at most an eighth more, so that data of other lengths fits the same program.

    Example:
        >>> padded_rows(11610), padded_rows(11000), padded_rows(3)
        (12288, 11264, 3)
    """
    grain = 1 << max(0, rows.bit_length() - 4)
    return -(-rows // grain) * grain


def to_device(array: np.ndarray, room: int | None = None, dtype: Any = None) -> Any:
    """Return a program's array of a host's, copied exactly once.

    Args:
        array: The host's array.
        room: Rows to make room for; `padded_rows` of the array's by default. The unused ones are zeros.
        dtype: The type; `program_dtype` of the array's by default.
    """
    shape = (padded_rows(len(array)) if room is None else room, *array.shape[1:])
    buffer = _aligned(shape, dtype or program_dtype(array.dtype))
    buffer[: len(array)] = array
    buffer[len(array) :] = 0
    return jax.device_put(buffer, may_alias=True)


def program_dtype(dtype: Any) -> Any:
    """Return the type that a program sees: `floatx()` for floats and booleans, at most 32 bits for integers."""
    if is_float(dtype) or dtype == np.bool_:
        return floatx()
    return jax.dtypes.canonicalize_dtype(dtype)


def _aligned(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Return an empty array that XLA can use where it lies: one that starts at a multiple of 64 bytes."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.empty(size + 64, np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + size].view(dtype).reshape(shape)


def as_numbers(name: str, value: Any) -> np.ndarray:
    """Return an array, list or frame as a NumPy array of numbers, the rows on its first axis.

    Raises:
        ValueError: If it holds text or objects, or has no axis.
    """
    array = np.asarray(value)
    if array.dtype.kind not in "biuf" and not is_float(array.dtype):
        held = "text" if array.dtype.kind in "US" or _holds_text(array) else f"values of type {array.dtype}"
        where = _column_withoutas_numbers(value)
        raise ValueError(
            f"`{name}` holds {held}{where}, not numbers. "
            "Encode them first (for example with scikit-learn's `OrdinalEncoder` or `LabelEncoder`)."
        )
    if array.ndim == 0:
        raise ValueError(f"`{name}` is a single number. Pass an array with the rows on its first axis.")
    return array


def _holds_text(array: np.ndarray) -> bool:
    return array.dtype == object and any(isinstance(one, str) for one in array.ravel()[:1000])


def _column_withoutas_numbers(value: Any) -> str:
    names = getattr(value, "columns", ())
    for column in names:
        if np.asarray(value[column]).dtype.kind not in "biuf":
            return f" (column {column!r})"
    return ""


def _warn_of_nan(given: Any, inputs: np.ndarray) -> None:
    if not is_float(inputs.dtype):
        return
    with np.errstate(over="ignore", invalid="ignore"):
        sums = inputs.sum(axis=0)
    suspects = np.argwhere(np.isnan(np.atleast_1d(sums)))
    for column in suspects[:1]:
        values = inputs[(slice(None), *column)] if inputs.ndim > 1 else inputs
        rows = np.flatnonzero(np.isnan(values))
        if len(rows):
            names = list(getattr(given, "columns", ()))
            label = repr(names[column[0]]) if names else str(tuple(map(int, column))).strip("(),")
            warnings.warn(
                f"`x` has NaN in column {label} (first in row {rows[0]}); the loss will be NaN too. "
                "Fill in or drop such rows.",
                stacklevel=5,
            )


def _weights_of_classes(labels: np.ndarray | None, class_weight: Any) -> np.ndarray:
    if not isinstance(class_weight, Mapping):
        raise TypeError("`class_weight` must be a dict from class numbers to weights, such as {0: 1.0, 1: 5.0}.")
    if labels is None:
        raise ValueError("`class_weight` needs labels. Pass `y`.")
    classes = labels.argmax(axis=-1) if labels.ndim > 1 and labels.shape[-1] > 1 else labels.reshape(len(labels))
    weights = np.ones(len(labels), np.float32)
    for label, weight in class_weight.items():
        weights[classes == label] = number(f"class_weight[{label!r}]", weight, at_least=0.0)
    return weights
