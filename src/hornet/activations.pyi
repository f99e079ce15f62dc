"""Written by `tools/write_stubs.py`."""

from collections.abc import Callable, Mapping
from typing import Any, overload

from jax import Array

from hornet.core.symbolic import SymbolicTensor
from hornet.core.types import ArrayLike, SymbolicLike

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

@overload
def celu(x: SymbolicLike, alpha: float = 1.0) -> SymbolicTensor:
    r"""Compute the ELU whose slope is 1 at 0 for all $\alpha$: $\alpha (e^{x/\alpha} - 1)$ where $x \leq 0$."""

@overload
def celu(x: ArrayLike, alpha: float = 1.0) -> Array: ...
def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Callable[..., Any]:
    r"""Return the activation that `serialize` described."""

@overload
def elu(x: SymbolicLike, alpha: float = 1.0) -> SymbolicTensor:
    r"""Compute the exponential linear unit: $x$ where $x > 0$ and $\alpha (e^x - 1)$ elsewhere."""

@overload
def elu(x: ArrayLike, alpha: float = 1.0) -> Array: ...
@overload
def exponential(x: SymbolicLike) -> SymbolicTensor:
    r"""Compute $e^x$."""

@overload
def exponential(x: ArrayLike) -> Array: ...
@overload
def gelu(x: SymbolicLike, approximate: bool = False) -> SymbolicTensor:
    r"""Compute the Gaussian error linear unit, $x\,\Phi(x)$ with the normal distribution function $\Phi$."""

@overload
def gelu(x: ArrayLike, approximate: bool = False) -> Array: ...
def get(identifier: Any) -> Callable[..., Any]:
    r"""Return the activation that a user means by a name, a function, an object or a config."""

@overload
def glu(x: SymbolicLike, axis: int = -1) -> SymbolicTensor:
    r"""Compute the gated linear unit $a\,\sigma(b)$ of the two halves $a, b$ of `x` along an axis."""

@overload
def glu(x: ArrayLike, axis: int = -1) -> Array: ...
@overload
def hard_shrink(x: SymbolicLike, threshold: float = 0.5) -> SymbolicTensor:
    r"""Set to 0 where $|x| \leq \mathrm{threshold}$."""

@overload
def hard_shrink(x: ArrayLike, threshold: float = 0.5) -> Array: ...
@overload
def hard_sigmoid(x: SymbolicLike) -> SymbolicTensor:
    r"""Compute $\min(\max(x + 3, 0), 6) / 6$, a `sigmoid` made of straight pieces."""

@overload
def hard_sigmoid(x: ArrayLike) -> Array: ...
@overload
def hard_silu(x: SymbolicLike) -> SymbolicTensor:
    r"""Compute $x \cdot \mathrm{hard\_sigmoid}(x)$, a `silu` made of pieces of parabolas."""

@overload
def hard_silu(x: ArrayLike) -> Array: ...
@overload
def hard_swish(x: SymbolicLike) -> SymbolicTensor:
    r"""Compute $x \cdot \mathrm{hard\_sigmoid}(x)$, a `silu` made of pieces of parabolas."""

@overload
def hard_swish(x: ArrayLike) -> Array: ...
@overload
def hard_tanh(x: SymbolicLike) -> SymbolicTensor:
    r"""Compute $\min(\max(x, -1), 1)$."""

@overload
def hard_tanh(x: ArrayLike) -> Array: ...
@overload
def leaky_relu(x: SymbolicLike, negative_slope: float = 0.2) -> SymbolicTensor:
    r"""Compute $x$ where $x \geq 0$ and $\mathrm{negative\_slope} \cdot x$ elsewhere."""

@overload
def leaky_relu(x: ArrayLike, negative_slope: float = 0.2) -> Array: ...
def linear(x: Any) -> Any:
    r"""Return `x` as it is."""

@overload
def log_sigmoid(x: SymbolicLike) -> SymbolicTensor:
    r"""Compute $\log \sigma(x)$, which stays finite where $\sigma(x)$ rounds to 0."""

@overload
def log_sigmoid(x: ArrayLike) -> Array: ...
@overload
def log_softmax(x: SymbolicLike, axis: int = -1) -> SymbolicTensor:
    r"""Compute $\log \mathrm{softmax}(x)$, finite where a probability rounds to 0."""

@overload
def log_softmax(x: ArrayLike, axis: int = -1) -> Array: ...
@overload
def mish(x: SymbolicLike) -> SymbolicTensor:
    r"""Compute $x \tanh(\mathrm{softplus}(x))$."""

@overload
def mish(x: ArrayLike) -> Array: ...
@overload
def relu(
    x: SymbolicLike, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> SymbolicTensor:
    r"""Compute the rectified linear unit, $\max(x, 0)$, and its variants."""

@overload
def relu(
    x: ArrayLike, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Array: ...
@overload
def relu6(x: SymbolicLike) -> SymbolicTensor:
    r"""Compute $\min(\max(x, 0), 6)$."""

@overload
def relu6(x: ArrayLike) -> Array: ...
@overload
def selu(x: SymbolicLike) -> SymbolicTensor:
    r"""Compute the scaled ELU, $\lambda\,\mathrm{elu}(x, \alpha)$, which keeps mean 0 and variance 1."""

@overload
def selu(x: ArrayLike) -> Array: ...
def serialize(activation: Callable[..., Any]) -> Any:
    r"""Return an activation's config: a function's name, or an object's config; JSON-serializable."""

@overload
def sigmoid(x: SymbolicLike) -> SymbolicTensor:
    r"""Compute the logistic function $\sigma(x) = 1 / (1 + e^{-x})$."""

@overload
def sigmoid(x: ArrayLike) -> Array: ...
@overload
def silu(x: SymbolicLike) -> SymbolicTensor:
    r"""Compute the sigmoid-weighted linear unit, or swish: $x\,\sigma(x)$."""

@overload
def silu(x: ArrayLike) -> Array: ...
@overload
def soft_shrink(x: SymbolicLike, threshold: float = 0.5) -> SymbolicTensor:
    r"""Move `x` towards 0 by `threshold`, and to 0 where that would pass it."""

@overload
def soft_shrink(x: ArrayLike, threshold: float = 0.5) -> Array: ...
@overload
def softmax(x: SymbolicLike, axis: int = -1) -> SymbolicTensor:
    r"""Compute probabilities from log-odds along an axis: $e^{x_i} / \sum_j e^{x_j}$."""

@overload
def softmax(x: ArrayLike, axis: int = -1) -> Array: ...
@overload
def softplus(x: SymbolicLike) -> SymbolicTensor:
    r"""Compute $\log(1 + e^x)$, a smooth `relu`."""

@overload
def softplus(x: ArrayLike) -> Array: ...
@overload
def softsign(x: SymbolicLike) -> SymbolicTensor:
    r"""Compute $x / (1 + |x|)$."""

@overload
def softsign(x: ArrayLike) -> Array: ...
@overload
def sparse_plus(x: SymbolicLike) -> SymbolicTensor:
    r"""Compute the integral of `sparse_sigmoid`: 0 up to $-1$, then $(x + 1)^2 / 4$, and $x$ from 1 on."""

@overload
def sparse_plus(x: ArrayLike) -> Array: ...
@overload
def sparse_sigmoid(x: SymbolicLike) -> SymbolicTensor:
    r"""Compute $\min(\max(x + 1, 0), 2) / 2$, the two-class `sparsemax`."""

@overload
def sparse_sigmoid(x: ArrayLike) -> Array: ...
@overload
def sparsemax(x: SymbolicLike, axis: int = -1) -> SymbolicTensor:
    r"""Project onto the probabilities along an axis: $\max(x_i - \tau, 0)$ with the $\tau$ for which they sum to 1."""

@overload
def sparsemax(x: ArrayLike, axis: int = -1) -> Array: ...
@overload
def squareplus(x: SymbolicLike, b: float = 4) -> SymbolicTensor:
    r"""Compute $(x + \sqrt{x^2 + b}) / 2$, a smooth `relu` without exponentials."""

@overload
def squareplus(x: ArrayLike, b: float = 4) -> Array: ...
@overload
def swish(x: SymbolicLike) -> SymbolicTensor:
    r"""Compute the sigmoid-weighted linear unit, or swish: $x\,\sigma(x)$."""

@overload
def swish(x: ArrayLike) -> Array: ...
@overload
def tanh(x: SymbolicLike) -> SymbolicTensor:
    r"""Compute the hyperbolic tangent $(e^x - e^{-x}) / (e^x + e^{-x})$."""

@overload
def tanh(x: ArrayLike) -> Array: ...
@overload
def tanh_shrink(x: SymbolicLike) -> SymbolicTensor:
    r"""Compute $x - \tanh(x)$."""

@overload
def tanh_shrink(x: ArrayLike) -> Array: ...
@overload
def threshold(x: SymbolicLike, threshold: float, default_value: float) -> SymbolicTensor:
    r"""Replace `x` by `default_value` where $x \leq \mathrm{threshold}$."""

@overload
def threshold(x: ArrayLike, threshold: float, default_value: float) -> Array: ...

registry: Any
