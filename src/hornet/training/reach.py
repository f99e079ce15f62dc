"""A warning of labels that are so large that a model hardly gets there."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from hornet.core.checks import warn
from hornet.core.module import find
from hornet.core.package import overridden
from hornet.layers import (
    BatchNormalization,
    Dense,
    GroupNormalization,
    LayerNormalization,
    Normalization,
)
from hornet.layers.column_normalization import ColumnNormalization
from hornet.layers.layer import Layer
from hornet.optimizers import SGD
from hornet.training.data.arrays import ArrayData

_STEPS = 1000
"""What an optimizer like Adam moves a weight by in so many steps is so many learning rates, whatever the loss is."""
_FAR = 10
"""Labels that are so many times as far as that are hardly got to."""
_ROWS = 1000
"""As many rows tell the size of numbers."""
_SCALERS = (BatchNormalization, GroupNormalization, LayerNormalization, Normalization, ColumnNormalization)


def warn_of_far_labels(model: Any, data: ArrayData) -> None:
    """Warn of numbers to predict that are far larger than an output that begins near 0 gets in many steps.

    Args:
        model: A built and compiled model that has one output; of others nothing is said.
        data: The rows, checked.
    """
    layer, optimizer = _last_layer(model), model.optimizer
    labels: Any = data.y[0] if data.y is not None and len(data.y) == 1 else None
    if layer is None or not isinstance(labels, np.ndarray) or isinstance(optimizer, SGD):
        return
    if overridden(model.compute_loss) or overridden(model.train_step) or int(optimizer.iterations):
        return
    size = _median(labels)
    if size < _STEPS or labels.size // len(labels) != layer.units:
        return
    reach = _reach(model, layer, data, _rate(optimizer))
    if size > _FAR * reach:
        warn(
            f"`y` is about {size:.3g}, and the output of layer {layer.name!r} begins near 0: in {_STEPS} steps it gets "
            f"to about {reach:.2g}. Scale `y`; or let the model do it, by `layers.Rescaling(y.std(), y.mean())` behind "
            "that layer."
        )


def _reach(model: Any, layer: Dense, data: ArrayData, rate: float) -> float:
    """Return about how far from 0 the output of the last layer gets."""
    is_scaled = any(isinstance(part, _SCALERS) for part in find(model, Layer))
    inputs = 1.0 if is_scaled else max([1.0, *(_median(part) for part in jax.tree.leaves(data.x))])
    kernel = np.abs(np.asarray(layer.kernel.value))
    bias = 0.0 if layer.bias is None else float(np.abs(np.asarray(layer.bias.value)).max())
    return bias + inputs * float(kernel.sum(0).max()) + _STEPS * rate * (1.0 + inputs * len(kernel))


def _last_layer(model: Any) -> Dense | None:
    """Return the layer that the only output of a drawn model comes out of, if that is linear."""
    tensors = jax.tree.leaves(getattr(model, "output", None))
    node = tensors[0].node if len(tensors) == 1 else None
    layer = getattr(node, "operation", None)
    return layer if type(layer) is Dense and getattr(layer.activation, "__name__", "") == "linear" else None


def _median(array: Any) -> float:
    """Return how large the numbers of an array are, by some of its rows."""
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iuf":
        return 1.0
    return float(np.median(np.abs(array[:: max(1, len(array) // _ROWS)].astype("float64"))))


def _rate(optimizer: Any) -> float:
    """Return the learning rate; endless where there are several."""
    rate = getattr(optimizer, "learning_rate", None)
    return np.inf if rate is None else float(rate)
