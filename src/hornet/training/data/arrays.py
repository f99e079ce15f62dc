"""Arrays and frames as sources of batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import jax
import numpy as np

from hornet.core.checks import number, warn
from hornet.core.dtypes import check_integers, floatx, is_float
from hornet.training.heads import per_output


@dataclass(frozen=True)
class ArrayData:
    """Rows held in memory, on the first axis of every array.

    Args:
        x: Inputs: an array, or a list, tuple or dict of arrays.
        y: Labels of each output, `None` for an output without; or `None`.
        sample_weight: Weights of the rows for each output; or `None`.
        room: Rows to make room for on the device, so that data of other lengths fit the same program; `None` for as
            many as they need, rounded up.
    """

    x: Any
    y: tuple[np.ndarray | None, ...] | None = None
    sample_weight: tuple[np.ndarray | None, ...] | None = None
    room: int | None = None

    @classmethod
    def of(
        cls,
        x: Any,
        y: Any,
        sample_weight: Any = None,
        class_weight: Any = None,
        outputs: Sequence[str] = ("output",),
        argument: str = "x",
    ) -> ArrayData:
        """Return checked data.

        Args:
            x: Inputs that `as_inputs` returned.
            y: Labels: an array, list or frame; with several outputs a list or dict of them.
            sample_weight: A weight for each row; with several outputs also a list or dict.
            class_weight: A weight for each class, by its number, 1 for classes that it leaves out; with several
                outputs a list or dict of such. Where `sample_weight` is given it has no effect.
            outputs: The outputs' names.
            argument: The inputs' name, for errors.

        Raises:
            ValueError: If a part holds no numbers, or differs in length from the inputs.
        """
        labels = per_output("y", _unwrapped(y, outputs), outputs)
        weights = per_output("sample_weight", _unwrapped(sample_weight, outputs), outputs, shared=True)
        of_classes = [None] * len(outputs)
        if class_weight is not None:
            single = len(outputs) == 1 and not (isinstance(class_weight, Mapping) and outputs[0] in class_weight)
            of_classes = per_output("class_weight", [class_weight] if single else class_weight, outputs)
        arrays = [None if one is None else as_numbers("y", one) for one in labels]
        factors = [
            as_numbers("sample_weight", weight) if weight is not None else _weights_of_classes(array, classes)
            for array, weight, classes in zip(arrays, weights, of_classes, strict=True)
        ]
        rows = _rows(x)
        for label, factor in zip(arrays, factors, strict=True):
            if factor is not None and factor.ndim > max(1, 1 if label is None else label.ndim - 1):
                raise ValueError(
                    f"`sample_weight` has shape {factor.shape}, but there is one weight a row. Pass shape ({rows},)."
                )
        whose = "" if argument == "x" else "its "
        for name, parts in (("y", arrays), ("sample_weight", factors)):
            for part in parts:
                if part is not None and len(part) != rows:
                    raise ValueError(
                        f"`{argument}` has {rows} rows but {whose}`{name}` has {len(part)}. "
                        "Pass one entry of each for every row."
                    )
        return cls(x, None if y is None else tuple(arrays), tuple(factors) if _any(factors) else None)

    def __len__(self) -> int:
        return _rows(self.x)

    @property
    def nbytes(self) -> int:
        """The bytes that the rows take on the host."""
        return sum(part.nbytes for part in jax.tree.leaves((self.x, self.y, self.sample_weight)))

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
        return (
            ArrayData(*jax.tree.map(lambda part: part[:at], parts)),
            ArrayData(*jax.tree.map(lambda part: part[at:], parts)),
        )

    @cached_property
    def batch(self) -> tuple[Any, Any, Any]:
        """All rows as the program's arrays, with unused rows behind them (see `padded_rows`)."""
        move = partial(to_device, room=self.room)
        weights = jax.tree.map(partial(move, dtype=floatx()), self.sample_weight)
        return jax.tree.map(move, self.x), jax.tree.map(move, self.y), weights


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
    """Return the array or frame that is alone in a list, or what is given if it is no such list."""
    return x[0] if isinstance(x, list | tuple) and len(x) == 1 and getattr(x[0], "shape", ()) else x


def warn_of_nan(argument: str, given: Any, inputs: Any) -> None:
    """Warn if inputs have a NaN, naming its column.

    Args:
        argument: The inputs' name.
        given: The inputs as the user passed them; a frame knows its columns' names.
        inputs: What `as_inputs` made of them.
    """
    for part in jax.tree.leaves(inputs):
        found = _first_nan(part)
        if found is not None:
            row, *column = found
            names = list(getattr(given, "columns", ()))
            label = repr(names[column[0]]) if names else ", ".join(map(str, column)) or "0"
            warn(
                f"`{argument}` has NaN in column {label} (first in row {row}); the loss will be NaN too. "
                "Fill in or drop such rows."
            )
            return


def _first_nan(inputs: np.ndarray) -> tuple[int, ...] | None:
    """Return the place of the first NaN; a sum finds out quickly that there is none."""
    if not is_float(inputs.dtype):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        if not np.isnan(inputs.sum()):
            return None
    places = np.argwhere(np.isnan(inputs))
    return tuple(map(int, places[0])) if len(places) else None


def _rows(x: Any) -> int:
    return len(jax.tree.leaves(x)[0])


def _any(parts: Sequence[Any]) -> bool:
    return any(part is not None for part in parts)


def _unwrapped(given: Any, outputs: Sequence[str]) -> Any:
    """Return what is for a single output as it is, though it be a list of rows: only a list of one array is a list."""
    if len(outputs) > 1 or given is None:
        return given
    if isinstance(given, Mapping) and set(given) == set(outputs):
        return given
    if isinstance(given, list | tuple) and len(given) == 1 and len(getattr(given[0], "shape", ())) > 0:
        return given
    return [given]


def padded_rows(rows: int) -> int:
    """Return a round number of rows, at most an eighth more, so that data of other lengths fits the same program.

    Example:
        >>> padded_rows(11610), padded_rows(11000), padded_rows(3)
        (12288, 11264, 3)
    """
    grain = 1 << max(0, rows.bit_length() - 4)
    return -(-rows // grain) * grain


def even_batch(rows: int, wanted: int) -> int:
    """Return the number of rows near a wanted one into which all rows divide, or that one if there is none near.

    Results that sum over rows are the same for any size of batches, and one program is enough where none is short.

    Example:
        >>> even_batch(3870, 32), even_batch(64, 32), even_batch(37, 8)
        (30, 32, 8)
    """
    near = [size for size in range(wanted // 2 + 1, 2 * wanted) if rows % size == 0]
    return min(near, key=lambda size: abs(size - wanted), default=wanted)


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
        ValueError: If it holds text, objects or integers too large for a program, or has no axis.
    """
    if value is None:
        raise ValueError(f"`{name}` is missing. Pass an array with the rows on its first axis.")
    if isinstance(value, Iterator | Mapping):
        kind = "a dict" if isinstance(value, Mapping) else "an iterator"
        raise TypeError(
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
    return array.dtype == object and any(isinstance(one, str) for one in array.ravel()[:1000])


def _column_without_numbers(value: Any) -> str:
    names = getattr(value, "columns", ())
    for column in names:
        if np.asarray(value[column]).dtype.kind not in "biuf":
            return f" (column {column!r})"
    return ""


def _weights_of_classes(labels: np.ndarray | None, class_weight: Any) -> np.ndarray | None:
    if class_weight is None:
        return None
    if not isinstance(class_weight, Mapping):
        raise TypeError(
            f"`class_weight` must be a dict from class numbers to weights, not {class_weight!r}. "
            "Pass one such as {0: 1.0, 1: 5.0}."
        )
    if labels is None:
        raise ValueError("`class_weight` needs labels. Pass `y`.")
    classes = labels.argmax(axis=-1) if labels.ndim > 1 and labels.shape[-1] > 1 else labels.reshape(len(labels))
    weights = np.ones(len(labels), np.float32)
    for label, weight in class_weight.items():
        if not isinstance(label, int | np.integer):
            raise TypeError(f"`class_weight` has the key {label!r}, which is no class's number. Pass one such as 0.")
        weights[classes == label] = number(f"class_weight[{label!r}]", weight, at_least=0.0)
    return weights
