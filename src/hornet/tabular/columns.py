"""Raw rows as what networks see: numbers in two scales, and everything else in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hornet import ops
from hornet.core.checks import warn
from hornet.estimators.tables import is_table
from hornet.layers import Concatenate, Input, QuantileNormalization, RobustNormalization
from hornet.models import Model
from hornet.models.readable import reading_of_numbers
from hornet.models.tables import read_table

_MOST_CATEGORIES = 128
"""So many of the most frequent categories of a column are told apart."""
_BLOCK = 1024

SCALES = ("quantiles", "robust")
"""The scales of numbers: their place among all as that of a normal distribution, or median and quartiles."""


class Columns:
    """How raw rows are encoded, learnt from those to train on.

    All is made of layers, so that the model at the end takes raw rows. Numbers come first, those of more than two
    values before the others; then flags of gaps, categories in one-hot, and words of texts.

    Args:
        x: The rows: an array with NaN where a number is missing, or a frame.
        names: The columns' names, of an array that was a frame.
        verbose: Whether to print what is made of each column of a frame.
    """

    def __init__(self, x: Any, names: tuple[str, ...] | None = None, verbose: bool = False) -> None:
        self._names = names
        if is_table(x):
            read = read_table(x, verbose=verbose, most_categories=_MOST_CATEGORIES)
            self.inputs: Any = read.inputs
            numbers, values, others = read.numbers, read.values, read.others
        else:
            self.inputs = Input((x.shape[1],), name="rows")
            _warn_of_steps(x)
            numbers, values, others = [self.inputs], [np.asarray(x, "float32")], []
        rows = np.concatenate(values, axis=1) if values else np.empty((x.shape[0], 0))
        counts = np.array([len(np.unique(column[np.isfinite(column)])) for column in rows.T], int)
        order = [*np.flatnonzero(counts > 2), *np.flatnonzero(counts == 2), *_flagged(rows, counts)]
        self.ranges = self._ranges(numbers, values)
        """The least and the greatest number of each column that has a name."""
        self.numbers = int((counts > 2).sum())
        """How many numbers of more than two values there are."""
        if not order and not others:
            raise ValueError("No column of `X` says anything. Pass one with at least one that has several values.")
        self._tensors = {
            scale: _joined([*_scaled(scale, numbers, rows, [int(place) for place in order]), *others])
            for scale in SCALES
        }
        self._encoder = self.named(Model(self.inputs, self._tensors))

    def _ranges(self, numbers: Sequence[Any], values: Sequence[np.ndarray]) -> dict[str, list[float]]:
        """Return the ends of what columns hold that are numbers themselves, which dates are not."""
        if isinstance(self.inputs, Mapping):
            names = {id(tensor): name for name, tensor in self.inputs.items()}
            pairs = zip(numbers, values, strict=True)
            held = {names[id(tensor)]: array for tensor, array in pairs if id(tensor) in names}
        else:
            held = dict(zip(self._names or (), values[0].T, strict=False))
        finite = {name: array[np.isfinite(array)] for name, array in held.items()}
        return {str(name): [float(each.min()), float(each.max())] for name, each in finite.items() if each.size}

    @property
    def width(self) -> int:
        """The number of encoded columns."""
        return int(self._tensors["robust"].shape[-1])

    def tensor(self, scale: str) -> Any:
        """Return the encoded columns as the tensor that comes from `inputs`."""
        return self._tensors[scale]

    def encode(self, x: Any) -> Any:
        """Return the encoded columns of rows, an array for each scale."""
        columns = {name: x[name] for name in self.inputs} if is_table(x) else x
        return self._encoder.predict(columns, _BLOCK, verbose=0)

    def named(self, model: Model) -> Model:
        """Return a model of raw rows that knows the order of their columns."""
        model._column_names = self._names
        return model


def _warn_of_steps(x: np.ndarray) -> None:
    """Warn of the first column whose numbers are too near each other for an input of a model."""
    for place, column in enumerate(np.asarray(x).T):
        if reading_of_numbers(column) is not None:
            warn(
                f"Column {place} of `X` has numbers that float32, the type of a model's inputs, does not hold or tell "
                "apart. Pass a frame, in which such a column is read as it is, or subtract its mean."
            )
            return


def _flagged(rows: np.ndarray, counts: np.ndarray) -> list[int]:
    """Return which columns of a single value say something by where it is missing."""
    return [int(place) for place in np.flatnonzero(counts == 1) if np.isnan(rows[:, place]).any()]


def _scaled(scale: str, numbers: Sequence[Any], rows: np.ndarray, order: list[int]) -> list[Any]:
    """Return the tensor of scaled numbers, in an order, if there are any."""
    if not order:
        return []
    tensor = _joined(numbers)
    if order != list(range(rows.shape[1])):
        tensor = ops.take(tensor, order, axis=-1)
    quantiles = max(10, min(1000, len(rows) // 30))
    layer = RobustNormalization() if scale == "robust" else QuantileNormalization(quantiles)
    layer.adapt(rows[:, order])
    return [layer(tensor)]


def _joined(tensors: Sequence[Any]) -> Any:
    return Concatenate()(tensors) if len(tensors) > 1 else tensors[0]
