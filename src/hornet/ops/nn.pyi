"""Written by `tools/write_stubs.py`."""

from collections.abc import Sequence
from typing import overload

from jax import Array

from hornet.activations import celu as celu
from hornet.activations import elu as elu
from hornet.activations import glu as glu
from hornet.activations import hard_shrink as hard_shrink
from hornet.activations import hard_sigmoid as hard_sigmoid
from hornet.activations import hard_silu as hard_silu
from hornet.activations import hard_swish as hard_swish
from hornet.activations import hard_tanh as hard_tanh
from hornet.activations import leaky_relu as leaky_relu
from hornet.activations import log_sigmoid as log_sigmoid
from hornet.activations import log_softmax as log_softmax
from hornet.activations import relu as relu
from hornet.activations import relu6 as relu6
from hornet.activations import selu as selu
from hornet.activations import sigmoid as sigmoid
from hornet.activations import silu as silu
from hornet.activations import soft_shrink as soft_shrink
from hornet.activations import softmax as softmax
from hornet.activations import softplus as softplus
from hornet.activations import softsign as softsign
from hornet.activations import sparse_plus as sparse_plus
from hornet.activations import sparse_sigmoid as sparse_sigmoid
from hornet.activations import sparsemax as sparsemax
from hornet.activations import squareplus as squareplus
from hornet.activations import swish as swish
from hornet.activations import tanh_shrink as tanh_shrink
from hornet.activations import threshold as threshold
from hornet.core.symbolic import SymbolicTensor
from hornet.core.types import ArrayLike, Axis, DTypeLike, SymbolicLike

__all__ = [
    "batch_normalization",
    "binary_crossentropy",
    "categorical_crossentropy",
    "celu",
    "dot_product_attention",
    "elu",
    "gelu",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "layer_normalization",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "moments",
    "multi_hot",
    "normalize",
    "one_hot",
    "psnr",
    "relu",
    "relu6",
    "rms_normalization",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_categorical_crossentropy",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh_shrink",
    "threshold",
]

@overload
def batch_normalization(
    x: SymbolicLike,
    mean: SymbolicLike | ArrayLike,
    variance: SymbolicLike | ArrayLike,
    axis: int,
    offset: SymbolicLike | ArrayLike | None = None,
    scale: SymbolicLike | ArrayLike | None = None,
    epsilon: float = 0.001,
) -> SymbolicTensor:
    r"""Normalize the features along an axis by given statistics."""

@overload
def batch_normalization(
    x: ArrayLike,
    mean: SymbolicLike,
    variance: SymbolicLike | ArrayLike,
    axis: int,
    offset: SymbolicLike | ArrayLike | None = None,
    scale: SymbolicLike | ArrayLike | None = None,
    epsilon: float = 0.001,
) -> SymbolicTensor: ...
@overload
def batch_normalization(
    x: ArrayLike,
    mean: ArrayLike,
    variance: SymbolicLike,
    axis: int,
    offset: SymbolicLike | ArrayLike | None = None,
    scale: SymbolicLike | ArrayLike | None = None,
    epsilon: float = 0.001,
) -> SymbolicTensor: ...
@overload
def batch_normalization(
    x: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    axis: int,
    offset: ArrayLike | None = None,
    scale: ArrayLike | None = None,
    epsilon: float = 0.001,
) -> Array: ...
@overload
def binary_crossentropy(
    target: SymbolicLike, output: SymbolicLike | ArrayLike, from_logits: bool = False
) -> SymbolicTensor:
    r"""Cross-entropy of binary labels, element by element."""

@overload
def binary_crossentropy(target: ArrayLike, output: SymbolicLike, from_logits: bool = False) -> SymbolicTensor: ...
@overload
def binary_crossentropy(target: ArrayLike, output: ArrayLike, from_logits: bool = False) -> Array: ...
@overload
def categorical_crossentropy(
    target: SymbolicLike, output: SymbolicLike | ArrayLike, from_logits: bool = False, axis: int = -1
) -> SymbolicTensor:
    r"""Cross-entropy of one-hot labels."""

@overload
def categorical_crossentropy(
    target: ArrayLike, output: SymbolicLike, from_logits: bool = False, axis: int = -1
) -> SymbolicTensor: ...
@overload
def categorical_crossentropy(
    target: ArrayLike, output: ArrayLike, from_logits: bool = False, axis: int = -1
) -> Array: ...
@overload
def dot_product_attention(
    query: SymbolicLike,
    key: SymbolicLike | ArrayLike,
    value: SymbolicLike | ArrayLike,
    bias: SymbolicLike | ArrayLike | None = None,
    mask: SymbolicLike | ArrayLike | None = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> SymbolicTensor:
    r"""Compute $\mathrm{softmax}(s\, q k^\top + b)\, v$ for each head, with $s$ the scale and $b$ the bias."""

@overload
def dot_product_attention(
    query: ArrayLike,
    key: SymbolicLike,
    value: SymbolicLike | ArrayLike,
    bias: SymbolicLike | ArrayLike | None = None,
    mask: SymbolicLike | ArrayLike | None = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> SymbolicTensor: ...
@overload
def dot_product_attention(
    query: ArrayLike,
    key: ArrayLike,
    value: SymbolicLike,
    bias: SymbolicLike | ArrayLike | None = None,
    mask: SymbolicLike | ArrayLike | None = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> SymbolicTensor: ...
@overload
def dot_product_attention(
    query: ArrayLike,
    key: ArrayLike,
    value: ArrayLike,
    bias: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Array: ...
@overload
def gelu(x: SymbolicLike, approximate: bool = True) -> SymbolicTensor:
    r"""Compute $x\,\Phi(x)$ as `activations.gelu` does, but by default with the tangent's approximation of $\Phi$."""

@overload
def gelu(x: ArrayLike, approximate: bool = True) -> Array: ...
@overload
def layer_normalization(
    x: SymbolicLike,
    gamma: SymbolicLike | ArrayLike | None = None,
    beta: SymbolicLike | ArrayLike | None = None,
    axis: Axis = -1,
    epsilon: float | None = None,
) -> SymbolicTensor:
    r"""Normalize each row by its own mean and variance over an axis, or several."""

@overload
def layer_normalization(
    x: ArrayLike,
    gamma: ArrayLike | None = None,
    beta: ArrayLike | None = None,
    axis: Axis = -1,
    epsilon: float | None = None,
) -> Array: ...
@overload
def moments(
    x: SymbolicLike, axes: int | Sequence[int], keepdims: bool = False, synchronized: bool = False
) -> tuple[SymbolicTensor, SymbolicTensor]:
    r"""Return the mean and the variance over axes, computed in float32 at least."""

@overload
def moments(
    x: ArrayLike, axes: int | Sequence[int], keepdims: bool = False, synchronized: bool = False
) -> tuple[Array, Array]: ...
@overload
def multi_hot(
    inputs: SymbolicLike,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: DTypeLike = None,
    sparse: bool = False,
    *,
    num_tokens: int | None = None,
) -> SymbolicTensor:
    r"""Return which classes occur in each row of class indices, as zeros and ones."""

@overload
def multi_hot(
    inputs: ArrayLike,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: DTypeLike = None,
    sparse: bool = False,
    *,
    num_tokens: int | None = None,
) -> Array: ...
@overload
def normalize(x: SymbolicLike, axis: Axis = -1, order: int = 2, epsilon: float | None = None) -> SymbolicTensor:
    r"""Divide by the norm along an axis."""

@overload
def normalize(x: ArrayLike, axis: Axis = -1, order: int = 2, epsilon: float | None = None) -> Array: ...
@overload
def one_hot(
    x: SymbolicLike, num_classes: int, axis: int = -1, dtype: DTypeLike = None, sparse: bool = False
) -> SymbolicTensor:
    r"""Return class indices as rows of zeros with a single one; an index that is not a class is all zeros."""

@overload
def one_hot(x: ArrayLike, num_classes: int, axis: int = -1, dtype: DTypeLike = None, sparse: bool = False) -> Array: ...
@overload
def psnr(x1: SymbolicLike, x2: SymbolicLike | ArrayLike, max_val: float) -> SymbolicTensor:
    r"""Peak signal-to-noise ratio of two arrays, in decibels."""

@overload
def psnr(x1: ArrayLike, x2: SymbolicLike, max_val: float) -> SymbolicTensor: ...
@overload
def psnr(x1: ArrayLike, x2: ArrayLike, max_val: float) -> Array: ...
@overload
def rms_normalization(
    x: SymbolicLike, scale: SymbolicLike | ArrayLike | None = None, axis: Axis = -1, epsilon: float | None = None
) -> SymbolicTensor:
    r"""Divide each row by its root mean square over an axis, or several."""

@overload
def rms_normalization(
    x: ArrayLike, scale: ArrayLike | None = None, axis: Axis = -1, epsilon: float | None = None
) -> Array: ...
@overload
def sparse_categorical_crossentropy(
    target: SymbolicLike, output: SymbolicLike | ArrayLike, from_logits: bool = False, axis: int = -1
) -> SymbolicTensor:
    r"""Cross-entropy of class indices."""

@overload
def sparse_categorical_crossentropy(
    target: ArrayLike, output: SymbolicLike, from_logits: bool = False, axis: int = -1
) -> SymbolicTensor: ...
@overload
def sparse_categorical_crossentropy(
    target: ArrayLike, output: ArrayLike, from_logits: bool = False, axis: int = -1
) -> Array: ...
