"""Weights of recurrent layers that older files have as cuDNN takes them, from `CuDNNLSTM` and `CuDNNGRU`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from hornet.core.module import find
from hornet.core.variable import Variable
from hornet.layers.recurrent.cell import RecurrentCell


class Stored(Protocol):
    """An array in a file."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        ...

    def read(self) -> np.ndarray:
        """Return it."""
        ...


@dataclass(frozen=True)
class _Converted:
    """An array that is converted when it is read.

    Args:
        stored: What the file has.
        shape: The shape that it gets.
        convert: How.
    """

    stored: Stored
    shape: tuple[int, ...]
    convert: Callable[[np.ndarray], np.ndarray]

    def read(self) -> np.ndarray:
        return self.convert(self.stored.read())


def as_cells_have_them(layer: Any, variables: Sequence[Variable], arrays: Sequence[Stored]) -> list[Stored]:
    """Return the arrays of a layer with those of cuDNN's laid out as its cells have them.

    cuDNN's are known by their bias, which holds that of the inputs and that of the states one behind the other. Each of
    its kernels is transposed, gate by gate.

    Args:
        layer: The layer, which may hold several cells.
        variables: Its variables.
        arrays: What the file has for these, in their order.
    """
    found = list(arrays)
    places = {id(variable): place for place, variable in enumerate(variables)}
    for cell in find([layer], RecurrentCell):
        if cell.bias is None or len(arrays) != len(variables):
            continue
        kernel, recurrent, bias = (places[id(each)] for each in (cell.kernel, cell.recurrent_kernel, cell.bias))
        columns = cell.kernel.shape[-1]
        if tuple(arrays[bias].shape) != (2 * columns,):
            continue
        found[kernel] = _Converted(arrays[kernel], cell.kernel.shape, _by_gates(cell, _turned))
        found[recurrent] = _Converted(arrays[recurrent], cell.recurrent_kernel.shape, _by_gates(cell, np.transpose))
        found[bias] = _Converted(arrays[bias], cell.bias.shape, _bias_of(cell.bias.shape))
    return found


def _by_gates(cell: RecurrentCell, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that changes each gate's part of a kernel."""
    return lambda kernel: np.hstack([change(part) for part in np.hsplit(kernel, cell._gates)])


def _turned(part: np.ndarray) -> np.ndarray:
    """Return a part of a kernel whose elements lie in the order of its transpose."""
    return part.T.reshape(part.shape, order="F")


def _bias_of(shape: tuple[int, ...]) -> Callable[[np.ndarray], np.ndarray]:
    """Return how both biases become one of a shape: their sum, or a row of each."""
    return lambda bias: bias.reshape(shape) if len(shape) == 2 else bias.reshape(2, -1).sum(axis=0)
