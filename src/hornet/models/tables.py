"""Mixed tables: what to make of each column, as the inputs of a model and one encoded tensor."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hornet.core.checks import describe, one_of
from hornet.core.containers import table_of, to_numbers
from hornet.core.errors import ArgumentError
from hornet.core.frames import refuse_lazy
from hornet.core.strings import STRING, to_strings
from hornet.core.symbolic import SymbolicTensor
from hornet.layers import (
    Concatenate,
    DateParts,
    Embedding,
    Flatten,
    Input,
    IntegerLookup,
    Reshape,
    RobustNormalization,
    StringLookup,
    TextVectorization,
    UnitNormalization,
)
from hornet.layers.date_parts import PARTS, date_of

_ONE_HOT = 20
"""Up to so many categories are one-hot; more are embedded."""
_WIDEST = 32
"""The most numbers that stand for an embedded category."""
_TEXT_WORDS = 2.5
"""From so many words a value on, on average, a column that seldom repeats itself holds texts."""
_TEXT_TOKENS = 300
"""The most words of a text that have a number each."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d|$)")


def encode(table: Any, target: str | None = None, verbose: bool = True) -> tuple[dict[str, SymbolicTensor], Any]:
    """Return the inputs of a model of a mixed table, by the columns' names, and the tensor that they are encoded in.

    A choice is made for each column by what it holds in this table, whose rows should be those to train on:

    - Numbers are scaled by median and quartiles, and bent where they lie far off; gaps are filled, with a flag (see
      `RobustNormalization`). Columns of two values are left alone.
    - Words are categories: up to 20 are one-hot, more are embedded. Those that come once stand for all unknown ones.
    - Dates, also as text in the form of ISO 8601, become parts (see `DateParts`), which are scaled as numbers are.
    - Texts of several words become rows of TF-IDF.
    - Left out are columns that have one value, and words of which each row has another, which tell rows apart only.

    The choices are layers of the model that is made of both, so raw rows go into it, from any kind of table.

    Args:
        table: A frame, or a dict of columns.
        target: The name of a column that is not an input, as it is to be predicted.
        verbose: Whether to print the choices.

    Raises:
        TypeError: If it is no table, or a column holds something else than numbers, words and dates.
        ValueError: If there is no such target, or no column is left.

    Example:
        >>> from hornet import Model, layers
        >>> cities = ["oslo", "rome", "oslo", "rome"]
        >>> table = {"age": [20, 30, None, 40], "city": cities, "id": ["a1", "b2", "c3", "d4"]}
        >>> inputs, encoded = encode(table)
        age   number -> median and quartiles; gaps flagged
        city  2 categories -> one-hot
        id    left out: another word in every row
        >>> model = Model(inputs, layers.Dense(1)(encoded))
        >>> model.predict({"city": ["rome", "paris"], "age": [35, None]}, verbose=0).shape
        (2, 1)
    """
    refuse_lazy("table", table)
    columns = table if isinstance(table, Mapping) else table_of(table)
    if columns is None:
        raise ArgumentError(f"`table` must be a frame or a dict of columns, not {describe(table)}. Pass one.")
    if target is not None:
        one_of("target", target, tuple(columns))
    read = [_read(name, column) for name, column in columns.items() if name != target]
    if verbose:
        width = max((len(column.name) for column in read), default=0)
        print("\n".join(f"{column.name:{width}}  {column.choice}" for column in read))
    kept = [column for column in read if column.kind]
    if not kept:
        raise ValueError("No column of `table` says anything. Pass one with at least one that has several values.")
    for column in kept:
        column.input = Input((1,), dtype=column.dtype, name=_name_of_input(column.name))
    parts = [column.encoded() for column in kept if column.kind not in ("number", "date")]
    numbers = [column for column in kept if column.kind in ("number", "date")]
    encoded = [*([_scaled(numbers)] if numbers else []), *parts]
    return {column.name: column.input for column in kept}, Concatenate()(encoded) if len(encoded) > 1 else encoded[0]


@dataclass
class _Column:
    """A column, and what is made of it.

    Args:
        name: Its name.
        choice: What is made of it, for people.
        kind: `"number"`, `"date"`, `"words"`, `"integers"` or `"text"`; empty for one that is left out.
        values: Its values, `None` or NaN where there is a gap.
        vocabulary: The categories.
        parts: The parts of dates.
        input: The model's input.
    """

    name: str
    choice: str
    kind: str = ""
    values: Any = None
    vocabulary: Sequence[Any] = ()
    parts: Sequence[str] = ()
    input: Any = field(default=None)

    @property
    def dtype(self) -> str:
        """The type of the input."""
        return {"number": "float32", "integers": "int32"}.get(self.kind, STRING)

    def numbers(self) -> tuple[Any, Any]:
        """Return a number or the parts of a date, as a tensor and as an array."""
        if self.kind == "number":
            return self.input, self.values
        parts = DateParts(self.parts)
        return parts(self.input), np.asarray(parts(self.values), "float64")

    def encoded(self) -> Any:
        """Return the encoded tensor of a category or a text."""
        if self.kind == "text":
            texts = TextVectorization(_TEXT_TOKENS, output_mode="tf_idf")
            texts.adapt(self.values)
            return UnitNormalization()(texts(Reshape(())(self.input)))
        many = len(self.vocabulary) > _ONE_HOT
        mode = "int" if many else "one_hot"
        if self.kind == "integers":
            lookup: Any = IntegerLookup(vocabulary=self.vocabulary, output_mode=mode)
        else:
            has_gaps = any(value is None for value in self.values.ravel().tolist())
            lookup = StringLookup(vocabulary=self.vocabulary, mask_token="" if has_gaps else None, output_mode=mode)
        indices = lookup(self.input)
        if not many:
            return indices
        return Flatten()(Embedding(lookup.vocabulary_size(), _width(len(self.vocabulary)))(indices))


def _scaled(columns: Sequence[_Column]) -> Any:
    """Return the scaled tensor of numbers and parts of dates, with the flags of those that have gaps."""
    tensors, arrays, flags = [], [], []
    for column in columns:
        tensor, array = column.numbers()
        if np.isnan(array[:, 0]).any():  # all parts of a date are missing together
            flags.append(sum(array.shape[1] for array in arrays))
        tensors.append(tensor)
        arrays.append(array)
    layer = RobustNormalization(flags=flags)
    layer.adapt(np.concatenate(arrays, axis=1))
    return layer(Concatenate()(tensors) if len(tensors) > 1 else tensors[0])


# --- choices ------------------------------------------------------------------------------------------------


def _read(name: str, column: Any) -> _Column:
    """Return a column with what is to be made of it."""
    try:
        numbers = to_numbers(name, column).astype("float64")
    except (TypeError, ValueError) as error:
        try:
            strings = to_strings(name, column)
        except (TypeError, ValueError):
            raise error from None
        return _of_strings(name, _one_axis(name, strings))
    numbers = _one_axis(name, numbers)
    return _of_integers(name, numbers) if _is_category(column) and _are_whole(numbers) else _of_numbers(name, numbers)


def _of_numbers(name: str, numbers: Any) -> _Column:
    present = numbers[~np.isnan(numbers)]
    has_gaps, values = len(present) < len(numbers), np.unique(present)
    if len(values) < (1 if has_gaps else 2):
        return _Column(name, "left out: no values" if not len(values) else "left out: one value")
    scaled = "median and quartiles" if len(values) > 2 else "left alone"
    return _Column(name, f"number -> {scaled}{'; gaps flagged' * has_gaps}", "number", numbers[:, None])


def _of_integers(name: str, numbers: Any) -> _Column:
    tokens = [int(value) for value, _ in Counter(numbers.tolist()).most_common()]
    return _categories(name, "integers", numbers, tokens)


def _of_strings(name: str, strings: Any) -> _Column:
    present = [text for text in strings.tolist() if text is not None]
    counts = Counter(present)
    has_gaps = len(present) < len(strings)
    if len(counts) < (1 if has_gaps else 2):
        return _Column(name, "left out: no values" if not counts else "left out: one value")
    if all(_DATE.match(text) for text in counts) and all(date_of(text) for text in counts):
        return _of_dates(name, strings, list(counts), has_gaps)
    seldom = len(counts) > max(_ONE_HOT, len(present) / 10)
    if seldom and sum(len(text.split()) for text in present) > _TEXT_WORDS * len(present):
        return _Column(name, "texts -> TF-IDF of their words", "text", strings[:, None])
    if len(counts) == len(present) and not any(text.split()[1:] for text in counts):
        return _Column(name, "left out: another word in every row")
    frequent = [text for text, count in counts.most_common() if count > 1 and text]
    if not frequent:
        return _Column(name, "texts -> TF-IDF of their words", "text", strings[:, None])
    return _categories(name, "words", strings, frequent, len(counts) - len(frequent), has_gaps)


def _of_dates(name: str, strings: Any, texts: Sequence[str], has_gaps: bool) -> _Column:
    dates = [date_of(text) for text in texts]
    parts = [part for part, number in PARTS.items() if len({number(date) for date in dates if date}) > 1]
    said = f"dates -> {', '.join(parts)}{'; gaps flagged' * has_gaps}"
    return _Column(name, said, "date", strings[:, None], parts=parts or ["year"])


def _categories(
    name: str, kind: str, values: Any, vocabulary: Sequence[Any], rare: int = 0, has_gaps: bool = False
) -> _Column:
    size = len(vocabulary)
    way = "one-hot" if size <= _ONE_HOT else f"embedded in {_width(size)} numbers"
    together = f" ({rare} that come once are together)" * bool(rare)
    said = f"{size} categories{together} -> {way}{'; gaps are one' * has_gaps}"
    return _Column(name, said, kind, values[:, None], vocabulary)


def _width(categories: int) -> int:
    """Return how many numbers stand for an embedded category.

    Example:
        >>> _width(21), _width(1000)
        (9, 32)
    """
    return min(_WIDEST, math.ceil(1.6 * categories**0.56))


def _is_category(column: Any) -> bool:
    return str(getattr(column, "dtype", "")) == "category"


def _are_whole(numbers: Any) -> bool:
    return bool(np.isfinite(numbers).all() and (numbers == numbers.astype("int32")).all())


def _one_axis(name: str, values: Any) -> Any:
    if values.ndim == 2 and values.shape[1] == 1:
        return values[:, 0]
    if values.ndim != 1:
        raise ValueError(f"Column {name!r} has shape {values.shape}. Pass columns with one value a row.")
    return values


def _name_of_input(name: str) -> str:
    """Return a column's name as one of an input, which has no slash."""
    return name.replace("/", "_")
