"""The host's side of `predict`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import numpy as np

from hornet.callbacks import CallbackList
from hornet.core import random
from hornet.core.checks import positive_int
from hornet.core.module import boxes, partition, pure, values_of
from hornet.core.package import overridden
from hornet.core.variable import Box
from hornet.training import program
from hornet.training.arriving import take_inputs
from hornet.training.data.batches import BatchData
from hornet.training.data.checks import refuse_outside
from hornet.training.data.columns import in_trained_order
from hornet.training.data.feed import Span
from hornet.training.data.placement import padded_rows, program_dtype, to_device
from hornet.training.dispatch import Phase
from hornet.training.inputs import batch_size_of, build_on_rows, check_features, readers_of_integers
from hornet.training.listed import takes
from hornet.training.pace import Pace
from hornet.training.trainer import forward_of

_BLOCKS_ON_DEVICE = 1024
"""Blocks of rows that are moved to the device at a time."""


@dataclass(frozen=True)
class Predictor:
    """A model's program of predictions, kept between calls.

    Args:
        boxes: What the forward computation reads, by path.
        program: `program.predict_blocks`, compiled for the model.
        readers: The layers that read integers of a range from an input.
    """

    boxes: dict[str, Box]
    program: program.BoundProgram
    readers: list[tuple[int, Any]]

    @classmethod
    def of(cls, model: Any) -> Predictor:
        """Return that of a built model."""
        forward = forward_of(model, model._compiled, model._programs)
        if overridden(model.predict_step) is not None:
            call = pure(boxes(model, Box), partial(_own_step, model))
            forward = replace(forward, key=(forward.key, "predict_step"), call=call)
        return cls(boxes(model, Box), model._programs.get(program.predict_blocks, forward), readers_of_integers(model))


def _own_step(model: Any, data: Any) -> Any:
    """Return the outputs of a batch as the user's `predict_step` makes them."""
    if not takes(model.predict_step, 2):
        return model.predict_step(data)
    parts = partition(model)
    state = (
        [variable.value for variable in parts.trained.values()],
        [variable.value for path, variable in parts.not_trained.items() if path not in parts.metrics],
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
    batches = take_inputs(model, x)
    if batches is not None:
        return _predict_batches(model, batches, steps, callbacks)
    inputs = in_trained_order(model, "x", x, model._as_inputs(x))
    batch_size = batch_size_of(batch_size, len(jax.tree.leaves(inputs)[0]), "steps", steps)
    if steps is not None:
        stop = positive_int("steps", steps) * batch_size
        inputs = jax.tree.map(lambda part: part[:stop], inputs)
    if model._predictor is None:
        build_on_rows(model, inputs)
    check_features(model, "x", inputs)
    if model._predictor is None:
        model._predictor = Predictor.of(model)
    predictor: Predictor = model._predictor
    refuse_outside("x", predictor.readers, inputs)
    rows = len(jax.tree.leaves(inputs)[0])
    key = random.key_data(random.inference_seed())
    if rows == 1 and callbacks is None:  # the shortest way, for predictions row by row
        row = jax.tree.map(lambda part: np.asarray(part, program_dtype(part.dtype)), inputs)
        return jax.tree.map(np.array, predictor.program(1, values_of(predictor.boxes), key, row, 0, 1))
    # A few rows are computed in a block of the next power of two, so that all small numbers of rows share few programs.
    batch_size = min(batch_size, 1 << (rows - 1).bit_length())
    followers = CallbackList(model=model) if callbacks is None else callbacks(steps=math.ceil(rows / batch_size))
    return _predict_blocks(model, predictor, key, inputs, followers, batch_size)


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
    outputs: list[Any] = []

    def launch(span: Span, first_row: int, count: int) -> dict[str, Any]:
        nonlocal key
        filled = predictor.program(span.batch_size, values, key, span.batch[0], first_row, count)
        stop = first_row + count * span.batch_size
        outputs.append(jax.tree.map(lambda part: np.asarray(part)[first_row:stop], filled))
        key = key + np.array([1, 0], key.dtype)  # rows are counted from 0 again
        return {"outputs": outputs[-1]}

    model.stop_predicting = False
    followers.on_predict_begin()
    phase = _phase(model, predictor, followers, total)
    phase.dispatch_all(batches.spans(total), launch)
    followers.on_predict_end()
    return jax.tree.map(lambda *parts: np.concatenate(parts), *outputs)


def _phase(model: Any, predictor: Predictor, callbacks: CallbackList, total: int | None) -> Phase:
    watched = callbacks.watches_predict_batches
    steps = 1 if model._compiled is None else model._compiled.arguments.steps
    pace = Pace(steps, fixed=True) if watched else predictor.program.pace
    hooks = callbacks.on_predict_batch_begin, callbacks.on_predict_batch_end
    return Phase(callbacks, *hooks, pace, watched, lambda: model.stop_predicting, total)


def _predict_blocks(
    model: Any, predictor: Predictor, key: np.ndarray, x: Any, callbacks: CallbackList, batch_size: int
) -> Any:
    """Return the outputs of rows, in their order and in the structure of the model's outputs.

    Rows are computed in blocks of one size, the last one filled up with zeros, and moved to the device a
    piece of many blocks at a time.
    """
    values = values_of(predictor.boxes)
    outputs: list[Any] = []
    total = len(jax.tree.leaves(x)[0])

    def launch(rows: int, key: np.ndarray, span: Span, first_row: int, count: int) -> dict[str, Any]:
        filled = predictor.program(batch_size, values, key, span.batch, first_row, count)
        stop = min(rows, first_row + count * batch_size)
        outputs.append(jax.tree.map(lambda part: np.asarray(part)[first_row:stop], filled))
        return {"outputs": outputs[-1]}

    model.stop_predicting = False
    callbacks.on_predict_begin()
    phase = _phase(model, predictor, callbacks, math.ceil(total / batch_size))
    for start in range(0, total, _BLOCKS_ON_DEVICE * batch_size):
        piece = jax.tree.map(partial(_to_device, start, batch_size), x)
        rows = min(total - start, _BLOCKS_ON_DEVICE * batch_size)
        span = Span(piece, None, 0, math.ceil(rows / batch_size), batch_size)
        phase.dispatch_all([span], partial(launch, rows, key), start // batch_size)
        if model.stop_predicting:
            break
        key = key + np.array([1, 0], key.dtype)  # the next piece's rows are counted from 0 again
    callbacks.on_predict_end()
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:total], *outputs)


def _to_device(start: int, batch_size: int, part: np.ndarray) -> Any:
    """Return the piece of an input that begins at a row, on the device."""
    rows = part[start : start + _BLOCKS_ON_DEVICE * batch_size]
    blocks = math.ceil(len(rows) / batch_size)
    # A program of one block computes it in another way than a loop does, so a later piece has room for two.
    return to_device(rows, padded_rows(max(blocks, 2 if start else 1)) * batch_size)
