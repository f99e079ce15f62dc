"""Data of the user's that arrive in batches or are read by blocks, checked against a model that they may build."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import jax
import numpy as np

from hornet.core.checks import warn
from hornet.core.containers import is_tensor, to_numbers, without_keys
from hornet.core.errors import ArgumentError
from hornet.core.refusals import refuse_no_rows
from hornet.core.row_names import part_of_data
from hornet.data.blocks import Blocks
from hornet.training.data.arrays import ArrayData
from hornet.training.data.arrivals import arrivals_of
from hornet.training.data.batches import Batch, BatchData
from hornet.training.data.blocks import BlockData
from hornet.training.data.checks import NotFinite, first_not_finite, refuse_outside
from hornet.training.data.columns import in_trained_order
from hornet.training.data.mapped import large_arrays
from hornet.training.inputs import (
    batch_size_of,
    build_on_rows,
    check_features,
    readers_of_integers,
    resolve_objective,
    take_data,
)
from hornet.training.outputs import Outputs
from hornet.utils import unpack_x_y_sample_weight

Source = ArrayData | BatchData | BlockData


def take_source(
    model: Any,
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    argument: str = "x",
    learns: bool = False,
) -> Source:
    """Return checked data for a compiled model: rows in memory or in files, or batches; as `take_data` does.

    Raises:
        ValueError: If the rows, or the first of them that come, do not fit the model, or there are labels beside a
            source that holds them.
    """
    x, y = without_keys(refuse_no_rows(argument, x)), without_keys(y)
    blocks = blocks_of(argument, x, y, sample_weight)
    if blocks is not None:
        is_first, not_finite = learns, NotFinite(model)

        def check_rows(rows: Any) -> ArrayData:
            nonlocal is_first
            x, y, sample_weight = rows
            data = take_data(model, x, y, sample_weight, class_weight, argument, is_first, warns=())
            is_first = False
            not_finite.look_at(argument, x, data.x)
            return data

        return BlockData(blocks, check_rows, not_finite=not_finite)
    arrivals = arrivals_of(argument, x)
    if arrivals is None:
        return take_data(model, x, y, sample_weight, class_weight, argument, learns)
    advice = "let batches be `(x, y)` or `(x, y, sample_weight)`"
    _refuse_labels_beside(f"`{argument}` is a source of batches, which hold", advice, y, sample_weight)

    look = _CheckValues(model)
    return BatchData(arrivals, _Check(model, class_weight, learns), look, look.not_finite, argument)


def blocks_of(argument: str, x: Any, y: Any = None, sample_weight: Any = None) -> Blocks | None:
    """Return the blocks in which rows are read: those of tables in files, or of large arrays in files; else `None`.

    Raises:
        ValueError: If there are labels beside tables.
    """
    if not isinstance(x, Blocks):
        return large_arrays(x, y, sample_weight)
    advice = "name the columns: `target=...` and `sample_weight=...`"
    _refuse_labels_beside(f"`{argument}` reads files, which hold", advice, y, sample_weight)
    return x


def _refuse_labels_beside(what: str, advice: str, y: Any, sample_weight: Any) -> None:
    for name, given in (("y", y), ("sample_weight", sample_weight)):
        if given is not None:
            raise ArgumentError(
                f"{what} labels and weights, so `{name}` has no place beside it. Leave it out, and {advice}."
            )


def batch_size_in(data: Source, given: Any, argument: str, steps: Any, kept: int | None = None) -> int:
    """Return the rows of a batch: those that the source gives one, or as `batch_size_of` says."""
    if isinstance(data, BatchData):
        warn_of_batch_size(data, given, "batch_size")
        return data.rows
    rows = len(data) if isinstance(data, ArrayData) else data.rows
    return batch_size_of(given, rows, argument, None if rows is None else steps, kept)


def warn_of_batch_size(data: Source, given: Any, argument: str) -> None:
    """Warn of a number of rows that was asked for where batches come ready, in another size."""
    if isinstance(data, BatchData) and given is not None and given != data.rows:
        warn(
            f"`{argument}` is {given}, but the source hands over batches of {data.rows} rows, which are taken as they "
            f"are. Leave `{argument}` out, or make batches of {given} rows."
        )


def rows_in_memory(data: Source, advice: str) -> ArrayData:
    """Return data that are rows in memory.

    Args:
        data: The data.
        advice: Why they must be, and what to pass.

    Raises:
        ValueError: If they come in batches.
    """
    if isinstance(data, ArrayData):
        return data
    raise ValueError(f"{advice}; this source {_nature(data)}.")


def refuse_one_pass(data: Source, steps: int | None, evaluations: int) -> None:
    """Refuse to evaluate on all batches of a generator several times, as the first would use it up.

    Args:
        data: What to validate on.
        steps: The number of batches of an evaluation; `None` for all.
        evaluations: How many there will be.
    """
    if isinstance(data, BatchData) and steps is None and evaluations > 1 and not data.arrivals.begins_anew:
        raise ValueError(
            f"`validation_data` is a generator, which has one pass and would be used up in the first of {evaluations} "
            "evaluations. Pass `validation_steps`, the batches of each, if it has as many or no end; else a "
            "`PyDataset`, a data loader or arrays."
        )


def rows_to_split(data: Source) -> ArrayData | BlockData:
    """Return data of which the last rows can be held out.

    Raises:
        ValueError: If nobody knows which these are.
    """
    if isinstance(data, ArrayData) or (isinstance(data, BlockData) and data.rows is not None):
        return data
    unknown = ", whose number of rows nobody knows before a first pass" * isinstance(data, BlockData)
    raise ValueError(
        "`validation_split` splits rows whose number is known. Pass `validation_data`, which may hand over batches "
        f"too; this source {_nature(data)}{unknown}."
    )


def _nature(data: BatchData | BlockData) -> str:
    return "hands over batches" if isinstance(data, BatchData) else "is read by blocks"


def take_inputs(model: Any, x: Any) -> BatchData | BlockData | None:
    """Return the inputs of batches as they come or of blocks as they are read; `None` for rows in memory."""

    def check(batch: Any) -> ArrayData:
        given = _parts(batch)[0]
        inputs = in_trained_order(model, "x", given, model._as_inputs(given))
        build_on_rows(model, inputs)
        check_features(model, "x", inputs)
        refuse_outside(model, "x", readers_of_integers(model), inputs, given)
        return ArrayData(inputs)

    blocks = blocks_of("x", refuse_no_rows("x", x))
    if blocks is not None:
        return BlockData(blocks, check)
    arrivals = arrivals_of("x", x)
    return None if arrivals is None else BatchData(arrivals, lambda batch: Batch.of(check(batch)))


def _parts(batch: Any) -> tuple[Any, Any, Any]:
    """Return inputs, labels and weights of a batch: those of a tuple, or of the list that data loaders make of one."""
    return unpack_x_y_sample_weight(batch) if isinstance(batch, list | tuple) else (batch, None, None)


class _Check:
    """Checks the first batch, and puts the arrays of those that look like it where its arrays went.

    Args:
        model: A compiled model.
        class_weight: Weight of each class.
        learns: Whether the model is trained, and keeps the names of the columns of the first batch.
    """

    def __init__(self, model: Any, class_weight: Any, learns: bool) -> None:
        self._model = model
        self._class_weight = class_weight
        self._learns = learns
        self._structure: Any = None
        self._is_flat = False
        self._columns: tuple[Any, ...] = ()
        """The structure of the first batch as it came, whether it is a tuple of arrays, and its columns."""
        self._places: list[int] = []
        self._layout: Any = None
        """Where its arrays went, and what it became."""

    def __call__(self, batch: Any) -> Batch:
        # The shortest way, as a small model trains as fast as batches come: a tuple of arrays need not be taken apart.
        if self._is_flat and type(batch) is tuple and self._look_as_before(batch, self._structure):
            return Batch([batch[place] for place in self._places], self._layout)
        arrays, structure = jax.tree.flatten(batch)
        if self._look_as_before(arrays, structure):
            return Batch([arrays[place] for place in self._places], self._layout)
        if any(map(is_tensor, arrays)):
            return self(structure.unflatten([to_numbers("x", one) if is_tensor(one) else one for one in arrays]))
        parts = self._model, *_parts(batch), self._class_weight
        checked = Batch.of(take_data(*parts, "x", self._learns, warns=["weights"]))
        self._learns = False
        places = {id(array): place for place, array in enumerate(arrays)}
        # One array at two places, as of an autoencoder, does not say which of two goes where.
        if len(places) == len(arrays) and all(id(array) in places for array in checked.arrays):
            self._structure, self._is_flat = structure, structure == jax.tree.structure((0,) * len(arrays))
            self._columns = tuple((array.shape[1:], array.dtype) for array in arrays)
            self._places, self._layout = [places[id(array)] for array in checked.arrays], checked.layout
        return checked

    def _look_as_before(self, arrays: Sequence[Any], structure: Any) -> bool:
        if self._layout is None or structure != self._structure or len(arrays) != len(self._columns):
            return False
        rows = len(arrays[0]) if type(arrays[0]) is np.ndarray else None
        if not rows:
            return False  # which is refused, or looked at
        for array, (shape, dtype) in zip(arrays, self._columns, strict=True):
            if type(array) is not np.ndarray or array.dtype != dtype or array.shape != (rows, *shape):
                return False
        return True


class _CheckValues:
    """Looks at the numbers in batches.

    Args:
        model: A compiled model.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._batches = 0
        self.not_finite = NotFinite(model)

    @cached_property
    def _readers(self) -> list[tuple[int, Any]]:
        return readers_of_integers(self._model)  # which the first batch shows

    def __call__(self, rows: ArrayData, batch_size: int) -> None:
        refuse_outside(self._model, "x", self._readers, rows.x)
        resolve_objective(self._model, rows).check_labels(rows.y, Outputs.of(self._model).shapes)
        if self.not_finite.found is None and any(first_not_finite(part) for part in jax.tree.leaves(rows.x)):
            for start in range(0, len(rows), batch_size):
                part = jax.tree.map(lambda array, start=start: array[start : start + batch_size], rows.x)
                with part_of_data(0, f"batch {self._batches + start // batch_size}"):
                    self.not_finite.look_at("x", None, part)
        self._batches += len(rows) // batch_size
