"""Data of the user's that arrive in batches, checked against a model that may be built for the first of them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import jax
import numpy as np

from hornet.core.containers import is_tensor, to_numbers
from hornet.core.errors import ArgumentError
from hornet.training.data.arrays import ArrayData
from hornet.training.data.arrivals import arrivals_of
from hornet.training.data.batches import Batch, BatchData
from hornet.training.data.checks import first_not_finite, refuse_outside, warn_of_inputs
from hornet.training.data.columns import in_trained_order
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

Source = ArrayData | BatchData


def take_source(
    model: Any,
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    argument: str = "x",
    learns: bool = False,
) -> Source:
    """Return checked data for a compiled model: rows in memory, or batches as they come; as `take_data` does.

    Raises:
        ValueError: If the rows, or the first batch, do not fit the model, or there are labels beside batches.
    """
    arrivals = arrivals_of(argument, x)
    if arrivals is None:
        return take_data(model, x, y, sample_weight, class_weight, argument, learns)
    for name, given in (("y", y), ("sample_weight", sample_weight)):
        if given is not None:
            raise ArgumentError(
                f"`{argument}` is a source of batches, which hold labels and weights, so `{name}` has no place beside "
                "it. Leave it out, and let batches be `(x, y)` or `(x, y, sample_weight)`."
            )

    return BatchData(arrivals, _Check(model, class_weight, learns), _CheckValues(model))


def batch_size_in(data: Source, given: Any, argument: str, steps: Any) -> int:
    """Return the rows of a batch: those that the source gives one, or as `batch_size_of` says."""
    return data.rows if isinstance(data, BatchData) else batch_size_of(given, len(data), argument, steps)


def rows_in_memory(data: Source, advice: str) -> ArrayData:
    """Return data that are rows in memory.

    Args:
        data: The data.
        advice: Why they must be, and what to pass.

    Raises:
        ValueError: If they come in batches.
    """
    if isinstance(data, BatchData):
        raise ValueError(f"{advice}; this source hands over batches.")
    return data


def take_inputs(model: Any, x: Any) -> BatchData | None:
    """Return the inputs of batches as they come, for predictions; `None` for rows in memory."""
    arrivals = arrivals_of("x", x)
    if arrivals is None:
        return None

    def check(batch: Any) -> Batch:
        given = _parts(batch)[0]
        inputs = in_trained_order(model, "x", given, model._as_inputs(given))
        build_on_rows(model, inputs)
        check_features(model, "x", inputs)
        refuse_outside("x", readers_of_integers(model), inputs)
        return Batch.of(ArrayData(inputs))

    return BatchData(arrivals, check)


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
        self._columns: tuple[Any, ...] = ()
        """The structure and the columns of the first batch, as it came."""
        self._places: list[int] = []
        self._layout: Any = None
        """Where its arrays went, and what it became."""

    def __call__(self, batch: Any) -> Batch:
        arrays, structure = jax.tree.flatten(batch)
        if self._look_as_before(arrays, structure):
            return Batch([arrays[place] for place in self._places], self._layout)
        if any(map(is_tensor, arrays)):
            return self(structure.unflatten([to_numbers("x", one) if is_tensor(one) else one for one in arrays]))
        checked = Batch.of(take_data(self._model, *_parts(batch), self._class_weight, "x", self._learns))
        self._learns = False
        places = {id(array): place for place, array in enumerate(arrays)}
        # One array at two places, as of an autoencoder, does not say which of two goes where.
        if len(places) == len(arrays) and all(id(array) in places for array in checked.arrays):
            self._structure = structure
            self._columns = tuple((array.shape[1:], array.dtype) for array in arrays)
            self._places, self._layout = [places[id(array)] for array in checked.arrays], checked.layout
        return checked

    def _look_as_before(self, arrays: list[Any], structure: Any) -> bool:
        if self._layout is None or structure != self._structure or type(arrays[0]) is not np.ndarray:
            return False
        rows = len(arrays[0])
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
        self._has_warned = False

    @cached_property
    def _readers(self) -> list[tuple[int, Any]]:
        return readers_of_integers(self._model)  # which the first batch shows

    def __call__(self, rows: ArrayData, batch_size: int) -> None:
        refuse_outside("x", self._readers, rows.x)
        resolve_objective(self._model, rows).check_labels(rows.y, Outputs.of(self._model).shapes)
        if not self._has_warned and any(first_not_finite(part) for part in jax.tree.leaves(rows.x)):
            self._has_warned = True
            for start in range(0, len(rows), batch_size):
                part = jax.tree.map(lambda array, start=start: array[start : start + batch_size], rows.x)
                warn_of_inputs(self._model, f"x of batch {self._batches + start // batch_size}", None, part)
        self._batches += len(rows) // batch_size
