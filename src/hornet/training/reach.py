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
    RobustNormalization,
)
from hornet.layers.layer import Layer
from hornet.optimizers import SGD
from hornet.training.data.arrays import ArrayData

_STEPS = 1000
"""What an optimizer like Adam moves a weight by in so many steps is so many learning rates, whatever the loss is."""
_FAR = 10
"""Labels that are so many times as far as that are hardly got to."""
_ROWS = 1000
"""As many rows tell the size of numbers."""
_SCALERS = (BatchNormalization, GroupNormalization, LayerNormalization, Normalization, RobustNormalization)


def warn_of_far_labels(model: Any, data: ArrayData) -> None:
    """Warn of numbers to predict that are far larger than an output that begins near 0 gets in many steps.

    Args:
        model: A built and compiled model that has one output; of others nothing is said.
        data: The rows, checked.
    """
    labels, layer, optimizer = data.y and data.y[0], _last_layer(model), model.optimizer
    is_plain = isinstance(labels, np.ndarray) and len(data.y or ()) == 1 and layer is not None
    if not is_plain or isinstance(optimizer, SGD) or overridden(model.compute_loss) or overridden(model.train_step):
        return
    size = _median(labels)
    if size < _STEPS or labels.size // len(labels) != layer.units or int(optimizer.iterations):
        return
    scaled = any(isinstance(part, _SCALERS) for part in find(model, Layer))
    inputs = 1.0 if scaled else max([1.0, *(_median(part) for part in jax.tree.leaves(data.x))])
    kernel = np.abs(np.asarray(layer.kernel.value))
    bias = 0.0 if layer.bias is None else float(np.abs(np.asarray(layer.bias.value)).max())
    begin = bias + inputs * float(kernel.sum(0).max())
    reach = begin + _STEPS * _rate(optimizer) * (1.0 + inputs * len(kernel))
    if size > _FAR * reach:
        warn(
            f"`y` is about {size:.3g}, and the output of layer {layer.name!r} begins near 0: in {_STEPS} steps it gets "
            f"to about {reach:.2g}. Scale `y`; or let the model do it, by `layers.Rescaling(y.std(), y.mean())` behind "
            "that layer."
        )


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
