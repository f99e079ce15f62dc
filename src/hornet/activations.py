"""Keras's activations: functions of one array that compile to a few fused operations.

At the end of a flat piece the slope is that of the flat side: 0 for `relu` at 0. NaN is propagated,
so a run that diverged is noticed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from hornet.core import config as configs
from hornet.core.imports import publish
from hornet.core.registry import Registry
from hornet.core.symbolic import operation

registry = Registry("activation", "keras.activations", takes=["layer"])

Options = ParamSpec("Options")


def activation(
    *aliases: str,
) -> Callable[[Callable[Concatenate[Array, Options], Array]], Callable[Concatenate[Any, Options], Array]]:
    """Return a decorator that registers an activation; it then takes lists, variables and symbolic tensors as well."""

    def enter(function: Callable[Concatenate[Array, Options], Array]) -> Callable[Concatenate[Any, Options], Array]:
        @wraps(function)
        def on_array(x: ArrayLike, *args: Options.args, **kwargs: Options.kwargs) -> Array:
            return function(jnp.asarray(x), *args, **kwargs)

        return registry.register(*aliases)(operation(on_array))

    return enter


def get(identifier: Any) -> Callable[..., Any]:
    """Return the activation that a user means by a name, a function, an object or a config.

    Args:
        identifier: `None` is `linear`.

    Raises:
        ValueError: If the name is unknown.

    Example:
        >>> get("relu") is relu, get(None) is linear
        (True, True)
    """
    return linear if identifier is None else registry.get(identifier)


def serialize(activation: Callable[..., Any]) -> Any:
    """Return an activation's config: a function's name, or an object's config; JSON-serializable.

    Example:
        >>> serialize(swish)
        'silu'
    """
    return configs.serialize(activation)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Callable[..., Any]:
    """Return the activation that `serialize` described.

    Args:
        config: What `serialize` returned, or a name.
        custom_objects: User-defined classes and functions by name.

    Example:
        >>> deserialize("silu") is silu
        True
    """
    return registry.get(config, custom_objects)


# --- rectifiers -------------------------------------------------------------------------------------------


@activation()
def relu(x: Array, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Array:
    r"""Compute the rectified linear unit, $\max(x, 0)$, and its variants.

    $$f(x) = \begin{cases} \min(\max(x, 0), \mathrm{max\_value}) & x > \mathrm{threshold} \\
    \mathrm{negative\_slope}\,(x - \mathrm{threshold}) & \text{otherwise} \end{cases}$$

    Without a `max_value` the first line is $x$ itself.

    Args:
        x: Array of any shape.
        negative_slope: Slope up to the `threshold`.
        max_value: Largest value returned, or `None`.
        threshold: Where the unit switches on.

    Source:
        Nair & Hinton 2010, Rectified linear units improve restricted Boltzmann machines.

    Example:
        >>> relu([-2.0, 0.0, 9.0], negative_slope=0.5, max_value=6.0)
        Array([-1., 0., 6.], dtype=float32)
    """
    is_flat = isinstance(negative_slope, int | float) and negative_slope == 0
    if is_flat and max_value is None and isinstance(threshold, int | float) and threshold == 0:
        return _positive_part(x)
    off = 0 if is_flat else negative_slope * (x - threshold)
    on = x if max_value is None else _clip(x, 0.0, max_value)
    return jnp.where(x <= threshold, off, on)


@activation()
def relu6(x: Array) -> Array:
    r"""Compute $\min(\max(x, 0), 6)$.

    Source:
        Krizhevsky 2010, Convolutional deep belief networks on CIFAR-10.

    Example:
        >>> relu6([-1.0, 3.0, 7.0])
        Array([0., 3., 6.], dtype=float32)
    """
    return _clip(x, 0.0, 6.0)


@activation()
def leaky_relu(x: Array, negative_slope: float = 0.2) -> Array:
    r"""Compute $x$ where $x \geq 0$ and $\mathrm{negative\_slope} \cdot x$ elsewhere.

    Source:
        Maas, Hannun & Ng 2013, Rectifier nonlinearities improve neural network acoustic models.

    Example:
        >>> leaky_relu([-1.0, 2.0])
        Array([-0.2, 2. ], dtype=float32)
    """
    return jnp.where(x >= 0, x, negative_slope * x)


@activation()
def elu(x: Array, alpha: float = 1.0) -> Array:
    r"""Compute the exponential linear unit: $x$ where $x > 0$ and $\alpha (e^x - 1)$ elsewhere.

    Source:
        Clevert, Unterthiner & Hochreiter 2016, eq. 15 (https://arxiv.org/abs/1511.07289).

    Example:
        >>> round(float(elu(-1.0)), 4)
        -0.6321
    """
    return jnp.where(x > 0, x, alpha * jnp.expm1(_negative_part(x)))


@activation()
def celu(x: Array, alpha: float = 1.0) -> Array:
    r"""Compute the ELU whose slope is 1 at 0 for all $\alpha$: $\alpha (e^{x/\alpha} - 1)$ where $x \leq 0$.

    Source:
        Barron 2017, eq. 2 (https://arxiv.org/abs/1704.07483).

    Example:
        >>> round(float(celu(-1.0, alpha=2.0)), 4)
        -0.7869
    """
    return jnp.where(x > 0, x, alpha * jnp.expm1(_negative_part(x) / alpha))


@activation()
def selu(x: Array) -> Array:
    r"""Compute the scaled ELU, $\lambda\,\mathrm{elu}(x, \alpha)$, which keeps mean 0 and variance 1.

    $\lambda \approx 1.0507$ and $\alpha \approx 1.6733$. Use it with the initializer `lecun_normal` and, for
    dropout, `AlphaDropout`.

    Source:
        Klambauer, Unterthiner, Mayr & Hochreiter 2017, eq. 2 (https://arxiv.org/abs/1706.02515).

    Example:
        >>> round(float(selu(-1.0)), 4)
        -1.1113
    """
    return 1.0507009873554805 * elu(x, 1.6732632423543772)


@activation("swish")
def silu(x: Array) -> Array:
    r"""Compute the sigmoid-weighted linear unit, or swish: $x\,\sigma(x)$.

    Source:
        Ramachandran, Zoph & Le 2017, eq. 1 (https://arxiv.org/abs/1710.05941).

    Example:
        >>> round(float(silu(-1.0)), 4)
        -0.2689
    """
    return x * sigmoid(x)


@activation("hard_swish")
def hard_silu(x: Array) -> Array:
    r"""Compute $x \cdot \mathrm{hard\_sigmoid}(x)$, a `silu` made of pieces of parabolas.

    Source:
        Howard et al. 2019, section 5.2 (https://arxiv.org/abs/1905.02244).

    Example:
        >>> hard_silu([-3.0, -1.5, 3.0])
        Array([-0. , -0.375, 3. ], dtype=float32)
    """
    return x * hard_sigmoid(x)


@activation()
def gelu(x: Array, approximate: bool = False) -> Array:
    r"""Compute the Gaussian error linear unit, $x\,\Phi(x)$ with the normal distribution function $\Phi$.

    Args:
        x: Array of any shape.
        approximate: Whether $\Phi(x)$ is $\frac12 (1 + \tanh(\sqrt{2/\pi}\,(x + 0.044715\,x^3)))$.

    Source:
        Hendrycks & Gimpel 2016, section 2 (https://arxiv.org/abs/1606.08415).

    Example:
        >>> round(float(gelu(1.0)), 4)
        0.8413
    """
    if approximate:
        near = _clip(x, -10.0, 10.0)  # beyond, the tangent is ±1 and the cube would only overflow
        return 0.5 * x * (1 + jnp.tanh(math.sqrt(2 / math.pi) * (near * (1 + 0.044715 * near * near))))
    return 0.5 * x * jax.scipy.special.erfc(-math.sqrt(0.5) * x)


@activation()
def mish(x: Array) -> Array:
    r"""Compute $x \tanh(\mathrm{softplus}(x))$.

    Source:
        Misra 2019, eq. 1 (https://arxiv.org/abs/1908.08681).

    Example:
        >>> round(float(mish(1.0)), 4)
        0.8651
    """
    return x * jnp.tanh(softplus(x))


@activation()
def glu(x: Array, axis: int = -1) -> Array:
    r"""Compute the gated linear unit $a\,\sigma(b)$ of the two halves $a, b$ of `x` along an axis.

    Args:
        x: Array whose size along `axis` is even.
        axis: The axis to halve.

    Raises:
        ValueError: If the size along `axis` is odd.

    Source:
        Dauphin, Fan, Auli & Grangier 2017, eq. 1 (https://arxiv.org/abs/1612.08083).

    Example:
        >>> glu([2.0, 4.0, 0.0, 0.0])
        Array([1., 2.], dtype=float32)
    """
    if x.shape[axis] % 2:
        raise ValueError(
            f"`glu` cannot halve axis {axis} of an input of shape {x.shape}. Pass an even number of features."
        )
    values, gates = jnp.split(x, 2, axis)
    return values * sigmoid(gates)


# --- smooth steps and ramps -------------------------------------------------------------------------------


@registry.register()
def linear(x: Any) -> Any:
    """Return `x` as it is.

    Example:
        >>> linear(2.0)
        2.0
    """
    return x


@activation()
def sigmoid(x: Array) -> Array:
    r"""Compute the logistic function $\sigma(x) = 1 / (1 + e^{-x})$.

    Example:
        >>> round(float(sigmoid(1.0)), 4)
        0.7311
    """
    return jax.nn.sigmoid(x)


@activation()
def log_sigmoid(x: Array) -> Array:
    r"""Compute $\log \sigma(x)$, which stays finite where $\sigma(x)$ rounds to 0.

    Example:
        >>> log_sigmoid(-200.0)
        Array(-200., dtype=float32, weak_type=True)
    """
    return -softplus(-x)


@activation()
def hard_sigmoid(x: Array) -> Array:
    r"""Compute $\min(\max(x + 3, 0), 6) / 6$, a `sigmoid` made of straight pieces.

    Example:
        >>> hard_sigmoid([-3.0, 0.0, 3.0])
        Array([0. , 0.5, 1. ], dtype=float32)
    """
    return relu6(x + 3) / 6


@activation()
def sparse_sigmoid(x: Array) -> Array:
    r"""Compute $\min(\max(x + 1, 0), 2) / 2$, the two-class `sparsemax`.

    Source:
        Blondel, Martins & Niculae 2019, section 5 (https://arxiv.org/abs/1901.02324).

    Example:
        >>> sparse_sigmoid([-1.0, 0.0, 0.5])
        Array([0. , 0.5 , 0.75], dtype=float32)
    """
    return _clip(x + 1, 0.0, 2.0) / 2


@activation()
def tanh(x: Array) -> Array:
    r"""Compute the hyperbolic tangent $(e^x - e^{-x}) / (e^x + e^{-x})$.

    Example:
        >>> round(float(tanh(1.0)), 4)
        0.7616
    """
    return jnp.tanh(x)


@activation()
def hard_tanh(x: Array) -> Array:
    r"""Compute $\min(\max(x, -1), 1)$.

    Example:
        >>> hard_tanh([-2.0, 0.5, 2.0])
        Array([-1. , 0.5, 1. ], dtype=float32)
    """
    return _clip(x, -1.0, 1.0)


@activation()
def softsign(x: Array) -> Array:
    r"""Compute $x / (1 + |x|)$.

    Example:
        >>> softsign([-1.0, 3.0])
        Array([-0.5 , 0.75], dtype=float32)
    """
    return x / (1 + jnp.abs(x))


@activation()
def softplus(x: Array) -> Array:
    r"""Compute $\log(1 + e^x)$, a smooth `relu`.

    Example:
        >>> round(float(softplus(0.0)), 4)
        0.6931
    """
    return jax.nn.softplus(x)


@activation()
def squareplus(x: Array, b: float = 4) -> Array:
    r"""Compute $(x + \sqrt{x^2 + b}) / 2$, a smooth `relu` without exponentials.

    Args:
        x: Array of any shape.
        b: How smooth the bend is; `b=0` is `relu`.

    Source:
        Barron 2021, eq. 1 (https://arxiv.org/abs/2112.11687).

    Example:
        >>> squareplus([0.0, 1.5])
        Array([1., 2.], dtype=float32)
    """
    return (x + jnp.sqrt(x * x + b)) / 2


@activation()
def sparse_plus(x: Array) -> Array:
    r"""Compute the integral of `sparse_sigmoid`: 0 up to $-1$, then $(x + 1)^2 / 4$, and $x$ from 1 on.

    Example:
        >>> sparse_plus([-2.0, 0.0, 3.0])
        Array([0. , 0.25, 3. ], dtype=float32)
    """
    return jnp.where(x >= 1, x, jnp.square(_clip(x, -1.0, 1.0) + 1) / 4)


@activation()
def exponential(x: Array) -> Array:
    r"""Compute $e^x$.

    Example:
        >>> round(float(exponential(1.0)), 4)
        2.7183
    """
    return jnp.exp(x)


# --- shrinkage --------------------------------------------------------------------------------------------


@activation()
def soft_shrink(x: Array, threshold: float = 0.5) -> Array:
    r"""Move `x` towards 0 by `threshold`, and to 0 where that would pass it.

    Example:
        >>> soft_shrink([-2.0, 0.25, 1.0])
        Array([-1.5, 0. , 0.5], dtype=float32)
    """
    return jnp.where(jnp.abs(x) <= threshold, 0, x - threshold * jnp.sign(x))


@activation()
def hard_shrink(x: Array, threshold: float = 0.5) -> Array:
    r"""Set to 0 where $|x| \leq \mathrm{threshold}$.

    Example:
        >>> hard_shrink([-2.0, 0.25, 1.0])
        Array([-2., 0., 1.], dtype=float32)
    """
    return jnp.where(jnp.abs(x) <= threshold, 0, x)


@activation()
def tanh_shrink(x: Array) -> Array:
    r"""Compute $x - \tanh(x)$.

    Example:
        >>> round(float(tanh_shrink(1.0)), 4)
        0.2384
    """
    return x - jnp.tanh(x)


@activation()
def threshold(x: Array, threshold: float, default_value: float) -> Array:
    r"""Replace `x` by `default_value` where $x \leq \mathrm{threshold}$.

    Example:
        >>> threshold([0.0, 1.0, 2.0], 1.0, -5.0)
        Array([-5., -5., 2.], dtype=float32)
    """
    return jnp.where(x <= threshold, default_value, x)


# --- probabilities along an axis --------------------------------------------------------------------------


@activation()
def softmax(x: Array, axis: int = -1) -> Array:
    r"""Compute probabilities from log-odds along an axis: $e^{x_i} / \sum_j e^{x_j}$.

    Args:
        x: Array of any shape.
        axis: The axis along which the result sums to 1.

    Example:
        >>> softmax([0.0, 0.0, 1000.0])
        Array([0., 0., 1.], dtype=float32)
    """
    return jax.nn.softmax(x, axis)


@activation()
def log_softmax(x: Array, axis: int = -1) -> Array:
    r"""Compute $\log \mathrm{softmax}(x)$, finite where a probability rounds to 0.

    Args:
        x: Array of any shape.
        axis: The axis along which the probabilities sum to 1.

    Example:
        >>> log_softmax([0.0, 1000.0])
        Array([-1000., 0.], dtype=float32)
    """
    return jax.nn.log_softmax(x, axis)


@activation()
def sparsemax(x: Array, axis: int = -1) -> Array:
    r"""Project onto the probabilities along an axis: $\max(x_i - \tau, 0)$ with the $\tau$ for which they sum to 1.

    Args:
        x: Array of any shape.
        axis: The axis along which the result sums to 1.

    Source:
        Martins & Astudillo 2016, algorithm 1 (https://arxiv.org/abs/1602.02068).

    Example:
        >>> sparsemax([1.0, 0.5, -1.0])
        Array([0.75, 0.25, 0. ], dtype=float32)
    """
    x = x - jax.lax.stop_gradient(x.max(axis, keepdims=True))
    descending = -jnp.sort(-jax.lax.stop_gradient(x), axis)
    ranks = jnp.arange(1, x.shape[axis] + 1, dtype=x.dtype).reshape(
        [-1 if i == axis % x.ndim else 1 for i in range(x.ndim)]
    )
    in_support = 1 + ranks * descending > jnp.cumsum(descending, axis)
    smallest = jnp.min(jnp.where(in_support, descending, 0), axis, keepdims=True)
    # The gradient sees only which elements are left out, not the sort that found them.
    outside = x < smallest
    tau = (jnp.sum(jnp.where(outside, 0, x), axis, keepdims=True) - 1) / jnp.sum(~outside, axis, keepdims=True)
    return jnp.where(outside, 0, x - tau)


def _clip(x: Array, low: float, high: float) -> Array:
    """Clip with slope 0 on the bounds: a comparison and a selection each, where a minimum's gradient takes more."""
    return jnp.where(x <= low, low, jnp.where(x >= high, high, x))


@jax.custom_jvp
def _positive_part(x: Array) -> Array:
    """Return `x` where it is positive, as a maximum: XLA computes one along with the product before it, no choice."""
    return jnp.maximum(x, 0)


@_positive_part.defjvp
def _positive_part_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    """Choose both by one comparison, which training has to make anyway; the slope of a maximum would be 1/2 at 0."""
    (x,), (change,) = primals, tangents
    is_off = x <= 0
    return jnp.where(is_off, 0, x), jnp.where(is_off, 0, change)


def _negative_part(x: Array) -> Array:
    """Return `x` where it is not positive: an exponential of the rest would overflow in the gradient."""
    return jnp.where(x > 0, 0, x)


swish = silu
hard_swish = hard_silu

__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]

publish(__name__, __all__)
