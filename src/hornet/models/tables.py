"""Mixed tables: what to make of each column, as the inputs of a model and one encoded tensor."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hornet.core.checks import describe, one_of
from hornet.core.containers import table_of, to_numbers
from hornet.core.errors import ArgumentError
from hornet.core.frames import is_of_frame_library, refuse_lazy
from hornet.core.strings import STRING, to_strings
from hornet.core.symbolic import SymbolicTensor
from hornet.layers import (
    Concatenate,
    Embedding,
    Flatten,
    Input,
    Reshape,
    RobustNormalization,
    StringLookup,
    TextNumbers,
    TextVectorization,
    UnitNormalization,
)
from hornet.layers.text_reader import TextReader, is_gap
from hornet.models.readable import reading_of_numbers, reading_of_texts

_ONE_HOT = 20
"""Up to so many categories are one-hot; more are embedded."""
_WIDEST = 32
"""The most numbers that stand for an embedded category."""
_TEXT_WORDS = 2.5
"""From so many words a value on, on average, a column that seldom repeats itself holds texts."""
_TEXT_TOKENS = 300
"""The most words of a text that have a number each."""


def encode(table: Any, target: str | None = None, verbose: bool = True) -> tuple[dict[str, SymbolicTensor], Any]:
    """Return the inputs of a model of a mixed table, by the columns' names, and the tensor that they are encoded in.

    A choice is made for each column by what it holds in this table, whose rows should be those to train on:

    - Numbers are scaled by median and quartiles, and bent where they lie far off; gaps are filled, with a flag (see
      `RobustNormalization`). Of two values one becomes 0, the other 1.
    - Text that is a number in nearly all rows is one (see `TextNumbers`), the rest are gaps.
    - Words are categories, and so is what pandas calls a category: up to 20 are one-hot, more are embedded. Those that
      come once stand for all unknown ones.
    - Dates, also as text in a usual form, become parts (see `DateParts`), which are scaled as numbers are.
    - Texts of several words become rows of TF-IDF.
    - Left out are columns that have one value, and words of which each row has another, which tell rows apart only.

    The choices are layers of the model that is made of both, so raw rows go into it, from any kind of table.

    Args:
        table: A frame, or a dict of columns, which have names.
        target: The name of a column that is not an input, as it is to be predicted.
        verbose: Whether to print the choices.

    Raises:
        TypeError: If it is no table, or a column holds something else than numbers, words and dates.
        ValueError: If there are no rows, there is no such target, or no column is left.

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
    encoding = encoding_of(table, target, verbose)
    return encoding.inputs, encoding.tensor(encoding.embeddings())


@dataclass(frozen=True)
class Encoding:
    """What `encode` makes of a table: what no training changes, and the categories that are to be embedded.

    Args:
        inputs: The inputs of a model, by the columns' names.
        fixed: Tensors of numbers.
        indices: Tensors of the categories' numbers, a column each.
        sizes: For each of them how many categories there are, and how many numbers stand for one.
    """

    inputs: dict[str, SymbolicTensor]
    fixed: Sequence[Any]
    indices: Sequence[Any]
    sizes: Sequence[tuple[int, int]]

    def embeddings(self) -> list[Embedding]:
        """Return new layers for the categories."""
        return [Embedding(categories, width) for categories, width in self.sizes]

    def tensor(self, embeddings: Sequence[Embedding]) -> Any:
        """Return all in one tensor: first what is fixed, then what layers make of the categories."""
        embedded = [Flatten()(layer(column)) for layer, column in zip(embeddings, self.indices, strict=True)]
        parts = [*self.fixed, *embedded]
        return Concatenate()(parts) if len(parts) > 1 else parts[0]


def encoding_of(table: Any, target: str | None, verbose: bool) -> Encoding:
    """Return what `encode` makes of a table, in parts; the arguments are its own."""
    kept = _columns_with_inputs(table, target, verbose)
    embedded = [column for column in kept if column.is_embedded]
    parts = [column.encoded() for column in kept if column.kind != "number" and not column.is_embedded]
    numbers = [column for column in kept if column.kind == "number"]
    return Encoding(
        {column.name: column.input for column in kept},
        [*([_scaled(numbers)] if numbers else []), *parts],
        [column.encoded() for column in embedded],
        [(column.categories, _width(len(column.vocabulary))) for column in embedded],
    )


@dataclass(frozen=True)
class ReadTable:
    """A mixed table before its numbers are scaled, of which nothing is to be trained.

    Args:
        inputs: The inputs of a model, by the columns' names.
        numbers: Tensors of numbers and of parts of dates, with NaN where there is a gap.
        values: The same of the table's rows, as arrays.
        others: Tensors of categories in one-hot and of texts.
    """

    inputs: dict[str, SymbolicTensor]
    numbers: Sequence[Any]
    values: Sequence[np.ndarray]
    others: Sequence[Any]


def read_table(table: Any, verbose: bool, most_categories: int) -> ReadTable:
    """Return what is made of a table's columns, but for the scaling of numbers; see `encode`.

    Args:
        table: A frame, or a dict of columns, which have names.
        verbose: Whether to print the choices.
        most_categories: So many of the most frequent categories of a column are told apart.

    Raises:
        TypeError: If it is no table, or a column holds something else than numbers, words and dates.
        ValueError: If there are no rows, or no column is left.
    """
    kept = _columns_with_inputs(table, None, verbose, most_categories)
    numbers = [column.numbers() for column in kept if column.kind == "number"]
    return ReadTable(
        {column.name: column.input for column in kept},
        [tensor for tensor, _ in numbers],
        [array for _, array in numbers],
        [column.encoded() for column in kept if column.kind != "number"],
    )


def _columns_with_inputs(
    table: Any, target: str | None, verbose: bool, most_categories: int | None = None
) -> list[_Column]:
    """Return the columns that say something, each with an input of a model."""
    columns = _columns_of(table)
    if target is not None and not isinstance(target, str):
        raise ArgumentError(
            f"`target` must be the name of a column of `table`, not of type {type(target).__name__}. Pass its name, or "
            "leave it out."
        )
    if target is not None:
        one_of("target", target, tuple(columns))
    read = [_read(name, column) for name, column in columns.items() if name != target]
    if most_categories is not None:
        read = [column.in_one_hot(most_categories) for column in read]
    if verbose:
        width = max((len(column.name) for column in read), default=0)
        print("\n".join(f"{column.name:{width}}  {column.choice}" for column in read))
    kept = [column for column in read if column.kind]
    if not kept:
        raise ValueError("No column of `table` says anything. Pass one with at least one that has several values.")
    for column, name in zip(kept, _unique_names([_name_of_input(column.name) for column in kept]), strict=True):
        column.input = Input((1,), dtype=column.dtype, name=name)
    return kept


@dataclass
class _Column:
    """A column, and what is made of it.

    Args:
        name: Its name.
        choice: What is made of it, for people.
        kind: `"number"`, `"words"` or `"text"`; empty for one that is left out.
        values: Its values, `None` or NaN where there is a gap.
        vocabulary: The categories.
        reader: What reads numbers or dates of text; `None` for numbers that come as such.
        input: The model's input.
        categories: How many numbers the lookup of categories may return.
        most_one_hot: Up to so many categories are one-hot.
    """

    name: str
    choice: str
    kind: str = ""
    values: Any = None
    vocabulary: Sequence[Any] = ()
    reader: TextReader | None = None
    input: Any = field(default=None)
    categories: int = 0
    most_one_hot: int = _ONE_HOT

    def in_one_hot(self, most: int) -> _Column:
        """Return the column with its most frequent categories in one-hot, where they would be embedded."""
        if not self.is_embedded:
            return self
        kept = self.vocabulary[:most]
        choice = f"the {len(kept)} most frequent of {len(self.vocabulary)} categories -> one-hot"
        return replace(self, vocabulary=kept, choice=choice, most_one_hot=most)

    @property
    def dtype(self) -> str:
        """The type of the input."""
        return "float32" if self.kind == "number" and self.reader is None else STRING

    def numbers(self) -> tuple[Any, Any]:
        """Return a number or the parts of a date, as a tensor and as an array."""
        if self.reader is None:
            return self.input, self.values
        return self.reader(self.input), np.asarray(self.reader(self.values), "float64")

    @property
    def is_embedded(self) -> bool:
        """Whether it holds so many categories that each gets a vector of its own."""
        return self.kind == "words" and len(self.vocabulary) > self.most_one_hot

    def encoded(self) -> Any:
        """Return the encoded tensor of a category or a text; of categories to be embedded their numbers."""
        if self.kind == "text":
            texts = TextVectorization(_TEXT_TOKENS, output_mode="tf_idf")
            texts.adapt(self.values)
            return UnitNormalization()(texts(Reshape(())(self.input)))
        has_gaps = any(value is None for value in self.values.ravel().tolist())
        mode = "int" if self.is_embedded else "one_hot"
        lookup = StringLookup(vocabulary=self.vocabulary, mask_token="" if has_gaps else None, output_mode=mode)
        self.categories = lookup.vocabulary_size()
        return lookup(self.input)


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
    said = f"table[{name!r}]"
    try:
        numbers = _one_axis(name, to_numbers(said, column))
    except (TypeError, ValueError) as error:
        try:
            read = _of_strings(name, _one_axis(name, to_strings(said, column, fractions=True)), _is_category(column))
            if not isinstance(read.reader, TextNumbers):
                to_strings(said, column)  # which refuses numbers with a fraction among words
        except (TypeError, ValueError):
            raise error from None
        return read
    if _is_category(column) and _are_repeated(numbers) and not (numbers % 1 > 0).any():
        return _of_strings(name, to_strings(said, column), True)
    return _of_numbers(name, said, column, numbers)


def _of_numbers(name: str, said: str, column: Any, numbers: Any) -> _Column:
    present = numbers[~np.isnan(numbers)]
    has_gaps, values = len(present) < len(numbers), np.unique(present)
    if len(values) < (1 if has_gaps else 2):
        return _Column(name, "left out: no values" if not len(values) else "left out: one value")
    reader = reading_of_numbers(numbers)
    read = numbers.astype("float64") if reader is None else to_strings(said, column, fractions=True)
    way = "median and quartiles" if len(values) != 2 else "left alone" if values.tolist() == [0, 1] else "0 and 1"
    return _Column(name, f"number -> {way}{_of_gaps(has_gaps)}", "number", read.reshape(-1, 1), reader=reader)


def _of_strings(name: str, strings: Any, is_category: bool) -> _Column:
    present = [text for text in strings.tolist() if text is not None]
    counts = Counter(present)
    has_gaps = len(present) < len(strings)
    if len(counts) < (1 if has_gaps else 2):
        return _Column(name, "left out: no values" if not counts else "left out: one value")
    reading = None if is_category else reading_of_texts(name, counts)
    if reading is not None:
        flagged = _of_gaps(has_gaps or any(map(is_gap, counts)))
        return _Column(name, reading.said + flagged, "number", strings[:, None], reader=reading.reader)
    seldom = len(counts) > max(_ONE_HOT, len(present) / 10)
    if seldom and sum(len(text.split()) for text in present) > _TEXT_WORDS * len(present):
        return _Column(name, "texts -> TF-IDF of their words", "text", strings[:, None])
    if len(counts) == len(present) and not any(text.split()[1:] for text in counts):
        return _Column(name, "left out: another word in every row")
    frequent = [text for text, count in counts.most_common() if count > 1 and text]
    if not frequent:
        return _Column(name, "texts -> TF-IDF of their words", "text", strings[:, None])
    return _categories(name, strings, frequent, len(counts) - len(frequent), has_gaps)


def _categories(name: str, values: Any, vocabulary: Sequence[str], rare: int, has_gaps: bool) -> _Column:
    size = len(vocabulary)
    way = "one-hot" if size <= _ONE_HOT else f"embedded in {_width(size)} numbers"
    together = f" ({rare} that come once are together)" * bool(rare)
    said = f"{size} categories{together} -> {way}{'; gaps are one' * has_gaps}"
    return _Column(name, said, "words", values[:, None], vocabulary)


def _width(categories: int) -> int:
    """Return how many numbers stand for an embedded category.

    Example:
        >>> _width(21), _width(1000)
        (9, 32)
    """
    return min(_WIDEST, math.ceil(1.6 * categories**0.56))


def _of_gaps(there_are: bool) -> str:
    return "; gaps flagged" if there_are else ""


def _is_category(column: Any) -> bool:
    """Return whether a column is what pandas, polars or Arrow call categories."""
    return str(getattr(column, "dtype", getattr(column, "type", ""))).startswith(
        ("category", "Categorical", "Enum", "dictionary")
    )


def _are_repeated(numbers: Any) -> bool:
    present = numbers[~np.isnan(numbers)]
    return len(np.unique(present)) < len(present)


def _one_axis(name: str, values: Any) -> Any:
    if values.ndim == 2 and values.shape[1] == 1:
        return values[:, 0]
    if values.ndim != 1:
        raise ValueError(f"Column {name!r} has shape {values.shape}. Pass columns with one value a row.")
    return values


def _name_of_input(name: str) -> str:
    """Return a column's name as one of an input, which has no slash and is not empty."""
    return name.replace("/", "_") or "column"


# --- tables -------------------------------------------------------------------------------------------------


def _columns_of(table: Any) -> Mapping[str, Any]:
    """Return the columns of a table that has rows, by their names."""
    refuse_lazy("table", table)
    names = list(table) if isinstance(table, Mapping) else _labels_of(table)
    if names is None:
        advice = "Pass `pd.DataFrame(table)`" if isinstance(table, list) else "Pass one"
        raise ArgumentError(f"`table` must be a frame or a dict of columns, not {describe(table)}. {advice}.")
    strange = next((name for name in names if not isinstance(name, str)), None)
    if strange is not None:
        renamed = "'_'.join(map(str, name))" if isinstance(strange, tuple) else "str(name)"
        raise ArgumentError(
            f"`table` has a column that is called {strange!r}, which is no text. Give columns names, here and in the "
            f"rows to predict: `table.columns = [{renamed} for name in table.columns]`."
        )
    repeated = next((name for name, count in Counter(names).items() if count > 1), None)
    if repeated is not None:
        raise ValueError(f"`table` has several columns called {repeated!r}. Give each a name of its own.")
    columns = table if isinstance(table, Mapping) else table_of(table)
    rows = {name: len(column) for name, column in (columns or {}).items() if hasattr(column, "__len__")}
    if not any(rows.values()):
        raise ValueError("`table` has no rows. Pass those to train on.")
    if len(set(rows.values())) > 1:
        raise ValueError(f"The columns of `table` have different numbers of rows: {rows}. Pass as many in each.")
    return columns or {}


def _labels_of(table: Any) -> list[Any] | None:
    """Return what the columns of a frame or of a structured array are called; `None` for anything else."""
    if is_of_frame_library(table) and len(getattr(table, "shape", ())) == 2:
        return list(getattr(table, "column_names", getattr(table, "columns", ())))
    columns = table_of(table)
    return None if columns is None else list(columns)


def _unique_names(names: list[str]) -> list[str]:
    """Return names of which no two are the same, numbered where they were.

    Example:
        >>> _unique_names(["a", "b", "a"])
        ['a', 'b', 'a_1']
    """
    unique: list[str] = []
    for name in names:
        numbered = (f"{name}_{count}" if count else name for count in range(len(names)))
        unique.append(next(each for each in numbered if each not in unique))
    return unique
