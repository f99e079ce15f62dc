"""The host's side of `predict`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import jax
import numpy as np

from hornet.callbacks import CallbackList
from hornet.core import random
from hornet.core.checks import positive_int
from hornet.core.containers import without_keys
from hornet.core.module import boxes, partition, pure, store, values_of
from hornet.core.package import overridden
from hornet.core.variable import Box, Variable
from hornet.training import program
from hornet.training.arriving import batch_size_in, take_inputs, warn_of_batch_size
from hornet.training.data.batches import BatchData
from hornet.training.data.blocks import BlockData
from hornet.training.data.checks import refuse_outside
from hornet.training.data.columns import in_trained_order
from hornet.training.data.feed import Span
from hornet.training.data.placement import padded_rows, program_dtype, to_device
from hornet.training.dispatch import Phase
from hornet.training.inputs import batch_size_of, build_on_rows, check_features, readers_of_integers, rows_kept
from hornet.training.listed import takes
from hornet.training.pace import Pace
from hornet.training.program_cache import BoundProgram
from hornet.training.trainer import forward_of

_BLOCKS_ON_DEVICE, _BYTES_ON_DEVICE = 1024, 1 << 25
"""Blocks of rows, and their bytes, that are moved to the device at a time, at most, while it computes with others."""


@dataclass(frozen=True)
class Predictor:
    """A model's program of predictions, kept between calls.

    Args:
        boxes: What the forward computation reads, by path.
        program: `program.predict_blocks`, compiled for the model.
        readers: The layers that read integers of a range from an input.
        kept: What layers go on from in their next call, by path.
    """

    boxes: dict[str, Box]
    program: BoundProgram
    readers: list[tuple[int, Any]]
    kept: dict[str, Variable]
    _rows: set[Any] = field(default_factory=set)  # the types and shapes of rows that a program takes as they are

    @classmethod
    def of(cls, model: Any) -> Predictor:
        """Return that of a built model."""
        forward = forward_of(model, model._compiled, model._programs)
        if overridden(model.predict_step) is not None:
            call = pure(boxes(model, Box), partial(_own_step, model))
            forward = replace(forward, key=(forward.key, "predict_step"), call=call)
        compiled = model._programs.get(program.predict_blocks, forward)
        return cls(boxes(model, Box), compiled, readers_of_integers(model), partition(model).kept)

    def __call__(self, batch_size: int, values: dict[str, Any], *args: Any) -> Any:
        """Return the outputs of some rows, and keep what layers go on from.

        Args:
            batch_size: Rows of a block.
            values: What the boxes hold, by path, which becomes what they hold then.
            *args: What else `program.predict_blocks` takes.
        """
        outputs, kept = self.program(batch_size, values, *args)
        if kept:
            values.update(kept)
            store(self.kept, kept)
        return outputs

    def knows(self, x: Any) -> bool:
        """Return whether `x` is one row like an earlier one, which needs no conversion and no check of its shape."""
        return type(x) is np.ndarray and (x.dtype, x.shape) in self._rows

    def predict_row(self, model: Any, given: Any, inputs: Any) -> Any:
        """Return the outputs for one row, in the shortest way.

        Args:
            model: The model.
            given: The inputs as the user passed them.
            inputs: What they became.
        """
        refuse_outside(model, "x", self.readers, inputs, given)
        if inputs is given and type(given) is np.ndarray:
            self._rows.add((given.dtype, given.shape))
        return self.predict_block(inputs, 1)

    def predict_block(self, inputs: Any, rows: int) -> Any:
        """Return the outputs for all rows, which are one block of a program for that many."""
        block = jax.tree.map(lambda part: np.asarray(part, program_dtype(part.dtype)), inputs)
        key = random.key_data(random.inference_seed())
        return jax.tree.map(np.array, self(rows, values_of(self.boxes), key, block, 0, 1))


def _own_step(model: Any, data: Any) -> Any:
    """Return the outputs of a batch as the user's `predict_step` makes them."""
    if not takes(model.predict_step, 2):
        return model.predict_step(data)
    parts = partition(model)
    state = (
        [variable.value for variable in parts.trained.values()],
        [variable.value for path, variable in parts.not_trained.items() if path not in parts.beside],
    )
    return model.predict_step(state, data)[0]


def predict(
    model: Any,
    x: Any,
    batch_size: int | None,
    steps: int | None,
    callbacks: Callable[..., CallbackList] | None,
) -> Any:
    """Return the outputs for some rows; `model.predict` explains the arguments.

    Args:
        model: The model; the prediction ends when a callback sets its `stop_predicting`.
        x: Inputs, the rows on the first axis.
        batch_size: Rows of a block.
        steps: Number of blocks, or `None` for all.
        callbacks: Makes the list of callbacks, from the number of `steps`; `None` where there are none.
    """
    known: Predictor | None = model._predictor
    if known is not None and batch_size is steps is callbacks is None and known.knows(x):
        return known.predict_row(model, x, x)
    x = without_keys(x)
    source = take_inputs(model, x)
    if isinstance(source, BatchData):
        warn_of_batch_size(source, batch_size, "batch_size")
        return _predict_batches(model, source, steps, callbacks)
    if source is not None:
        return _predict_rows_in_files(model, source, batch_size, steps, callbacks)
    inputs = in_trained_order(model, "x", x, model._as_inputs(x))
    if model._predictor is None:
        build_on_rows(model, inputs)
    rows = len(jax.tree.leaves(inputs)[0])
    batch_size = batch_size_of(batch_size, rows, "steps", steps, rows_kept(model))
    if steps is not None:
        stop = positive_int("steps", steps) * batch_size
        inputs = jax.tree.map(lambda part: part[:stop], inputs)
    check_features(model, "x", inputs)
    if model._predictor is None:
        model._predictor = Predictor.of(model)
    predictor: Predictor = model._predictor
    rows = len(jax.tree.leaves(inputs)[0])
    if rows == 1 and callbacks is None:
        return predictor.predict_row(model, x, inputs)
    refuse_outside(model, "x", predictor.readers, inputs, x)
    key = random.key_data(random.inference_seed())
    if not predictor.kept:
        # A few rows are computed in a block of the next power of two, so that all small numbers share few programs.
        batch_size = min(batch_size, 1 << (rows - 1).bit_length())
    return _predict_blocks(model, predictor, key, _pieces(inputs, batch_size), callbacks, batch_size, rows)


def predict_at_once(model: Any, x: Any) -> Any:
    """Return the outputs for rows as one block, without anything that is for many: for those who ask again and again.

    Each number of rows is a program of its own.

    Args:
        model: A built model.
        x: Inputs, the rows on the first axis.

    Raises:
        ValueError: If they do not fit the model.
    """
    inputs = in_trained_order(model, "x", x, model._as_inputs(x))
    check_features(model, "x", inputs)
    if model._predictor is None:
        model._predictor = Predictor.of(model)
    refuse_outside(model, "x", model._predictor.readers, inputs, x)
    return model._predictor.predict_block(inputs, len(jax.tree.leaves(inputs)[0]))


def _predict_rows_in_files(
    model: Any,
    data: BlockData,
    batch_size: int | None,
    steps: int | None,
    callbacks: Callable[..., CallbackList] | None,
) -> Any:
    """Return the outputs of rows that are read by blocks, in their order, in the structure of the model's outputs."""
    batch_size = batch_size_in(data, batch_size, "steps", steps, rows_kept(model))
    total = data.rows
    if steps is not None:
        wanted = positive_int("steps", steps) * batch_size
        total = wanted if total is None else min(total, wanted)
    if total is not None and rows_kept(model) is None:
        batch_size = min(batch_size, 1 << (total - 1).bit_length())
    if model._predictor is None:
        model._predictor = Predictor.of(model)
    capacity = _rows_of_piece(batch_size, data.row_bytes)
    if total is not None and total <= capacity:
        capacity = padded_rows(math.ceil(total / batch_size)) * batch_size
    key = random.key_data(random.inference_seed())
    with closing(data.buffers(capacity)) as buffers:
        pieces = ((buffer.batch[0], buffer.rows) for buffer in buffers)
        return _predict_blocks(model, model._predictor, key, pieces, callbacks, batch_size, total)


def _predict_batches(
    model: Any, batches: BatchData, steps: int | None, callbacks: Callable[..., CallbackList] | None
) -> Any:
    """Return the outputs of batches as they come, in their order, in the structure of the model's outputs."""
    steps = None if steps is None else positive_int("steps", steps)
    if model._predictor is None:
        model._predictor = Predictor.of(model)
    predictor: Predictor = model._predictor
    total = min((count for count in (steps, batches.batches) if count is not None), default=None)
    followers = CallbackList(model=model) if callbacks is None else callbacks(steps=total)
    key = random.key_data(random.inference_seed())
    values = values_of(predictor.boxes)
    outputs = _Outputs(None, followers.watches_predict_batches)

    def launch(span: Span, first_row: int, count: int) -> dict[str, Any]:
        nonlocal key
        filled = predictor(span.batch_size, values, key, span.batch[0], first_row, count)
        key = key + np.array([1, 0], key.dtype)  # rows are counted from 0 again
        return outputs.add(filled, first_row, first_row + count * span.batch_size)

    model.stop_predicting = False
    followers.on_predict_begin()
    phase = _phase(model, predictor, followers, total)
    phase.dispatch_all(batches.spans(total), launch)
    followers.on_predict_end()
    return outputs.whole()


def _phase(model: Any, predictor: Predictor, callbacks: CallbackList, total: int | None) -> Phase:
    watched = callbacks.watches_predict_batches
    steps = 1 if model._compiled is None else model._compiled.arguments.steps
    pace = Pace(steps, fixed=True) if watched else predictor.program.pace
    hooks = callbacks.on_predict_batch_begin, callbacks.on_predict_batch_end
    return Phase(callbacks, *hooks, pace, watched, lambda: model.stop_predicting, total, arriving=True)


def _predict_blocks(
    model: Any,
    predictor: Predictor,
    key: np.ndarray,
    pieces: Iterable[tuple[Any, int]],
    callbacks: Callable[..., CallbackList] | None,
    batch_size: int,
    total: int | None,
) -> Any:
    """Return the outputs of rows, in their order and in the structure of the model's outputs.

    Args:
        model: The model.
        predictor: Its program.
        key: What draws come from.
        pieces: Many blocks of rows on the device, filled up, and how many rows these are.
        callbacks: See `predict`.
        batch_size: Rows of a block.
        total: How many rows to take; `None` for all of them, where nobody knows their number.
    """
    values = values_of(predictor.boxes)
    steps = None if total is None else math.ceil(total / batch_size)
    followers = CallbackList(model=model) if callbacks is None else callbacks(steps=steps)
    outputs = _Outputs(total, followers.watches_predict_batches)
    rows = 0  # of the piece that is computed

    def spans() -> Iterator[Span]:
        nonlocal key, rows
        left = math.inf if total is None else total
        for piece, count in pieces:
            rows = int(min(count, left))
            yield Span(piece, None, 0, math.ceil(rows / batch_size), batch_size)
            key = key + np.array([1, 0], key.dtype)  # the next piece's rows are counted from 0 again
            left -= rows
            if left <= 0:
                return

    def launch(span: Span, first_row: int, count: int) -> dict[str, Any]:
        filled = predictor(batch_size, values, key, span.batch, first_row, count)
        return outputs.add(filled, first_row, min(rows, first_row + count * batch_size))

    model.stop_predicting = False
    followers.on_predict_begin()
    _phase(model, predictor, followers, steps).dispatch_all(spans(), launch)
    followers.on_predict_end()
    return outputs.whole()


def _pieces(x: Any, batch_size: int) -> Iterator[tuple[Any, int]]:
    """Yield rows in memory as pieces of many blocks on the device, and how many rows these are."""
    arrays = jax.tree.leaves(x)
    total = len(arrays[0])
    rows = _rows_of_piece(batch_size, sum(math.prod(array.shape[1:]) for array in arrays) * 4)
    # All but the first are of one size, so that one program serves them.
    capacity = rows if total > rows else padded_rows(math.ceil(total / batch_size)) * batch_size
    for start in range(0, total, rows):
        piece = jax.tree.map(lambda part: to_device(part[start : start + rows], capacity), x)  # noqa: B023
        yield piece, min(rows, total - start)


def _rows_of_piece(batch_size: int, row_bytes: int) -> int:
    """Return how many rows are moved to the device at a time: whole blocks, two at least.

    A program of one block computes it in another way than a loop does.
    """
    fitting = _BYTES_ON_DEVICE // max(1, row_bytes * batch_size)
    return max(2, min(_BLOCKS_ON_DEVICE, fitting)) * batch_size


class _Outputs:
    """Outputs of rows, one behind another.

    Args:
        total: How many rows there are; `None` where nobody knows.
        watched: Whether somebody looks at the outputs as they come.
    """

    def __init__(self, total: int | None, watched: bool) -> None:
        self._total = total
        self._watched = watched
        self._rows = 0
        self._arrays: Any = None
        self._parts: list[Any] = []
        self._awaited: tuple[Any, int, int] | None = None

    def add(self, filled: Any, start: int, stop: int) -> dict[str, Any]:
        """Take the next rows of outputs, which may still be computed; return them as logs.

        Where nobody looks at them, the host takes those before, and does not wait for these.
        """
        self._take()
        self._awaited = filled, start, stop
        return {"outputs": self._take() if self._watched else filled}

    def _take(self) -> Any:
        """Copy the outputs that are awaited behind the others; return them."""
        if self._awaited is None:
            return None
        filled, start, stop = self._awaited
        self._awaited = None
        outputs = jax.tree.map(lambda part: np.asarray(part)[start:stop], filled)
        total = self._total
        if total is None:
            self._parts.append(outputs)
            return outputs
        if self._arrays is None:
            self._arrays = jax.tree.map(lambda part: np.empty((total, *part.shape[1:]), part.dtype), outputs)
        start = self._rows
        self._rows += len(jax.tree.leaves(outputs)[0])
        for array, part in zip(jax.tree.leaves(self._arrays), jax.tree.leaves(outputs), strict=True):
            array[start : self._rows] = part
        return outputs

    def whole(self) -> Any:
        """Return the outputs of all rows that came."""
        self._take()
        if self._total is None:
            return jax.tree.map(lambda *parts: np.concatenate(parts), *self._parts)
        return jax.tree.map(lambda array: array[: self._rows], self._arrays)
