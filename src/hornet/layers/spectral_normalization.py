"""The wrapper that bounds how much a layer can stretch its input."""

from __future__ import annotations

from typing import Any, Unpack

import jax.numpy as jnp
from jax import lax

from hornet.core.budget import take_steps
from hornet.core.checks import axis_size
from hornet.core.frame import current_frame
from hornet.core.settings import epsilon
from hornet.core.shapes import Shape
from hornet.core.variable import Variable
from hornet.initializers import TruncatedNormal
from hornet.layers.input_spec import InputSpec
from hornet.layers.layer import Layer, registry
from hornet.layers.normalization import in_long_type, unit_length
from hornet.layers.options import LayerOptions
from hornet.layers.wrapper import Wrapper

_STEPS = 4  # that one iteration takes as long as


@registry.register()
class SpectralNormalization(Wrapper):
    r"""Divides the kernel $W$ of a layer by its largest singular value: the layer computes with $W / \sigma$.

    $\sigma = v W u$ with $W$ as a matrix whose columns are units, and $u$, $v$ the vectors that power iteration leads
    to: $v \leftarrow u W^\top$, $u \leftarrow v W$, each scaled to length 1. Training goes on from the last $u$. The
    gradient sees $W$ through $\sigma$, and $u$ and $v$ as constants.

    Before the first training step inference computes with $W$, as in Keras; after it with $W / \sigma$, the function
    that was trained, where Keras on JAX takes $W$ still. A regularizer sees $W$.

    Args:
        layer: A layer with a `kernel`, or with `embeddings`.
        power_iterations: Iterations of a call, at least 1.
        **kwargs: What every `Layer` takes.

    Shapes:
        vector_u: `(1, units)`
        output: that of the layer

    Raises:
        ValueError: If the layer has neither `kernel` nor `embeddings` once it is built.

    Source:
        Miyato et al. 2018, Spectral normalization for generative adversarial networks, algorithm 1.

    Example:
        >>> from hornet.layers import Dense
        >>> layer = SpectralNormalization(Dense(2, kernel_initializer="identity", use_bias=False))
        >>> layer([[3.0, 4.0]]).round(4).tolist()
        [[3.0, 4.0]]
    """

    def __init__(self, layer: Layer, power_iterations: int = 1, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(layer, **kwargs)
        self.power_iterations = axis_size("power_iterations", power_iterations)

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        kernel = getattr(self.layer, "kernel", None)
        kernel = getattr(self.layer, "embeddings", None) if kernel is None else kernel
        if not isinstance(kernel, Variable):
            raise ValueError(
                f"Layer {self.layer.name!r} has no `kernel` and no `embeddings` to normalize. Wrap one that has, "
                "such as `Dense`."
            )
        self.kernel = kernel
        self.vector_u = self.add_weight(
            "vector_u",
            (1, kernel.shape[-1]),
            initializer=TruncatedNormal(stddev=min(0.02, 0.5 / kernel.shape[-1] ** 0.5)),  # shorter than 1
            dtype=self.layer.dtype,
            trainable=False,
        )

    def _required_inputs(self) -> InputSpec | None:
        shape = self._input_shape
        return None if shape is None else InputSpec(min_ndim=1, axes={-1: shape[-1]})

    def call(self, inputs: Any, training: bool = False) -> Any:
        frame = current_frame()
        assert frame is not None
        kernel, u = frame.values[self.kernel], in_long_type(frame.values[self.vector_u])
        next_u, sigma = self._iterate(in_long_type(kernel.reshape(-1, kernel.shape[-1])), u)
        has_direction = sigma != 0  # a kernel of zeros has none, and would lead to a vector of zeros
        if training:
            self.vector_u.assign(jnp.where(has_direction, next_u, u))
        is_trained = jnp.sum(jnp.square(u)) > 0.75**2  # training makes it a vector of length 1
        divides = has_direction & (is_trained | bool(training))
        frame.values[self.kernel] = (kernel / jnp.where(divides, sigma, 1)).astype(kernel.dtype)
        try:
            return self.layer(inputs)
        finally:
            frame.values[self.kernel] = kernel

    def _iterate(self, matrix: Any, u: Any) -> tuple[Any, Any]:
        """Return the next vector and the largest singular value that it leads to."""
        take_steps(_STEPS * self.power_iterations, "`power_iterations`")
        constant, v = lax.stop_gradient(matrix), u
        for _ in range(self.power_iterations):
            v = unit_length(u @ constant.T, None, epsilon())
            u = unit_length(v @ constant, None, epsilon())
        return u, (v @ matrix @ u.T)[0, 0]
