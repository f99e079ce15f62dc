"""Why data hold no numbers: the first that is none, where it is, and what helps for that reason."""

from __future__ import annotations

import datetime
import math
import numbers
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import numpy as np

from hornet.core.errors import ArgumentError
from hornet.core.row_names import row_name

_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ]\d|$)")

_ENCODE = "`preprocessing.encode` makes all of this for a whole table"


def not_numbers(name: str, array: Any, column: Any = None) -> ArgumentError:
    """Return the error for an array that holds something that is no number.

    Args:
        name: What to call it.
        array: Its elements: of text, of times, of complex numbers, or of objects.
        column: The column of a frame that it is; `None` for a whole array.

    Example:
        >>> print(not_numbers("x", np.array(["1.5", "2"]), "price"))
        `x` holds numbers as text (column 'price', first in row 0: '1.5'), not numbers. Convert them:
        `x['price'].astype(float)`.
    """
    flat = array.ravel()
    place = _first_without(flat)
    element = flat[place].item() if isinstance(flat[place], np.generic) else flat[place]
    row, *rest = (int(index) for index in np.unravel_index(place, array.shape or (1,)))
    label = column if column is not None else rest[0] if len(rest) == 1 else None
    where = "" if label is None else f"column {label!r}, "
    shown = str(flat[place]) if flat.dtype.kind in "mM" else repr(element)
    shown = shown if len(shown) <= 40 else f"a {type(element).__name__}"
    beside = array[:, rest[0]] if len(rest) == 1 else flat
    held, advice = _reason(beside, element, name if column is None else f"{name}[{column!r}]")
    return ArgumentError(f"`{name}` holds {held} ({where}first in row {row_name(row)}: {shown}), not numbers. {advice}")


def ragged(name: str, rows: Sequence[Any]) -> ArgumentError:
    """Return the error for rows of which one is unlike the first, naming it."""
    first = _size(rows[0])
    place = next((place for place, row in enumerate(rows) if _size(row) != first), None)
    if place is None:
        return ArgumentError(f"`{name}` has rows of different lengths inside. Pass as many numbers in each.")
    return ArgumentError(
        f"`{name}` has rows of different lengths: row 0 has {first}, row {place} has {_size(rows[place])}. "
        "Pass as many numbers in each; `utils.pad_sequences` fills up rows of tokens."
    )


def refuse_no_rows(name: str, value: Any) -> Any:
    """Return what the user passed, unless it holds no rows, but knows where they are.

    Args:
        name: What to call it.
        value: What the user passed.

    Raises:
        TypeError: If it holds no rows.
    """
    module, kind = type(value).__module__.partition(".")[0], type(value).__name__
    if kind == "NpzFile":
        files: list[str] = list(value)
        raise ArgumentError(
            f"`{name}` is a file of several arrays ({', '.join(map(repr, files[:5]))}). Pass one of them, such as "
            f"`{name}[{files[0] if files else ''!r}]`."
        )
    if module == "pyarrow" and (kind.endswith("Dataset") or kind == "ParquetFile"):
        raise ArgumentError(
            f"`{name}` is a `{kind}`, whose rows lie in files. Pass `hornet.data.parquet(path, target=...)`, which "
            "reads them by blocks, or its rows as a table."
        )
    batches: list[Any] = cast("list[Any]", value) if isinstance(value, list) else []
    if batches and all(map(_is_batch, batches)):
        raise ArgumentError(
            f"`{name}` is a list of batches `(x, y)`. Join them (`np.concatenate`), or pass a `PyDataset`, or "
            f"`iter({name})` for one epoch."
        )
    return cast(Any, value)


def _is_batch(value: Any) -> bool:
    """Return whether a value is a tuple of arrays that have as many rows, of several columns in the first."""
    parts = cast("tuple[Any, ...]", value) if isinstance(value, tuple) else ()
    shapes = [tuple(getattr(part, "shape", ())) for part in parts]
    return len(shapes) in (2, 3) and len(shapes[0]) > 1 and all(shape[:1] == shapes[0][:1] for shape in shapes)


def _first_without(flat: Any) -> int:
    """Return the place of the first element that is no number."""
    if flat.dtype != object:
        texts = flat.dtype.kind in "SU" and any(map(_is_number_as_text, flat.tolist()))
        strange = [place for place, text in enumerate(flat.tolist()) if not _is_number_as_text(text)] if texts else []
        return strange[0] if strange else 0
    elements: list[Any] = flat.tolist()
    others = [(place, element) for place, element in enumerate(elements) if not _is_number(element)]
    # Where most of a column is numbers as text, what is to be found is the word among them.
    words = [place for place, element in others if not _is_number_as_text(element)]
    return words[0] if words else others[0][0] if others else 0


def _reason(flat: Any, element: Any, part: str) -> tuple[str, str]:
    """Return what an array holds in the place of numbers, and what to do about it."""
    if isinstance(element, str | bytes):
        return _reason_of_text(flat, element, part)
    if flat.dtype.kind == "m" or isinstance(element, datetime.timedelta | np.timedelta64):
        return "durations", f"Convert them to numbers, such as seconds: `{part}.dt.total_seconds()` of a series."
    if flat.dtype.kind == "M" or isinstance(element, datetime.date | datetime.time | np.datetime64):
        return "dates", (
            f"Convert them to numbers, such as days since the first of them, or `{part}.dt.year` of a series of "
            f"pandas; {_ENCODE}."
        )
    if type(element).__name__ == "Period":
        return "periods", f"Convert them to numbers, such as `{part}.dt.year`, or to dates: `{part}.dt.to_timestamp()`."
    if isinstance(element, complex | np.complexfloating):
        return "complex numbers", f"Pass their parts: `np.stack([{part}.real, {part}.imag], axis=-1)`."
    if isinstance(element, Mapping):
        return "dicts", f"Make columns of them: `pd.DataFrame({part})`."
    if isinstance(element, list | tuple | np.ndarray):
        return "lists of different lengths", "Pass as many numbers in each; `utils.pad_sequences` fills them up."
    return f"values of type {type(element).__name__}", "Convert them to numbers."


def _reason_of_text(flat: Any, element: str | bytes, part: str) -> tuple[str, str]:
    if _is_number_as_text(element):
        return "numbers as text", f"Convert them: `{part}.astype(float)`."
    if any(
        (isinstance(other, numbers.Real) and other == other) or _is_number_as_text(other) for other in flat.tolist()
    ):
        return "text among numbers", f"Correct it, or make it missing: `pd.to_numeric({part}, errors='coerce')`."
    if isinstance(element, str) and _DATE.match(element):
        return "dates as text", (
            f"Read them by `pd.to_datetime({part})`, and convert to numbers such as `.dt.year`; {_ENCODE}."
        )
    if part.startswith("sample_weight"):
        return "text", "Pass a number for each row."
    if part.startswith("y"):
        return "text", "Number the classes first, as scikit-learn's `LabelEncoder` does."
    return "text", (
        'Let the model read it: `Input(dtype="string")` and `layers.StringLookup`, before an `Embedding` for many '
        "words. Or encode it first: `pd.get_dummies` or scikit-learn's `OneHotEncoder`, `OrdinalEncoder` for an order; "
        f"{_ENCODE}."
    )


def _is_number(element: Any) -> bool:
    is_missing = element is None or type(element).__name__ == "NAType"
    return is_missing or (isinstance(element, numbers.Real | Decimal) and not isinstance(element, np.timedelta64))


def _is_number_as_text(element: Any) -> bool:
    try:
        return isinstance(element, str | bytes) and math.isfinite(float(element))
    except ValueError:
        return False


def _size(row: Any) -> Any:
    """Return the length of a row, or the shape of one that is an array."""
    shape = getattr(row, "shape", None)
    return tuple(shape) if shape else len(cast(Any, row)) if isinstance(row, list | tuple) else "a number"
