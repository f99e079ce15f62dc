"""Initializers whose draws depend on how many units a weight connects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from hornet.core.checks import number, one_of
from hornet.initializers.draws import TRUNCATED_STDDEV, RandomInitializer, truncated_standard_normal
from hornet.initializers.initializer import registry

Axes = Sequence[int] | None


@registry.register("variance_scaling")
class VarianceScaling(RandomInitializer):
    r"""Draws with mean 0 and variance $\mathrm{scale} / n$, where $n$ is the number of inputs, outputs, or their mean.

    Args:
        scale: Factor of the variance, above 0.
        mode: What $n$ counts: `"fan_in"`, `"fan_out"` or `"fan_avg"`.
        distribution: `"truncated_normal"` (or `"normal"`), `"untruncated_normal"` or `"uniform"`.
        seed: See `RandomInitializer`.
        input_axes: The axes of the shape whose sizes multiply to the number of inputs.
        output_axes: The same for outputs. Unless both are given, the last axis counts outputs and the one before
            it inputs, each times the receptive field (all axes before these).

    Example:
        >>> kernel = VarianceScaling(2.0, "fan_in", "uniform", seed=1)((200, 300))
        >>> round(float(kernel.var() * 200), 1)
        2.0
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: Axes = None,
        output_axes: Axes = None,
    ) -> None:
        super().__init__(seed)
        self.scale = number("scale", scale, above=0.0)
        self.mode = one_of("mode", mode, ("fan_in", "fan_out", "fan_avg"))
        distribution = "truncated_normal" if distribution == "normal" else distribution
        self.distribution = one_of("distribution", distribution, ("truncated_normal", "untruncated_normal", "uniform"))
        self.input_axes = input_axes
        self.output_axes = output_axes

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        inputs, outputs = self._fans(shape)
        n = {"fan_in": inputs, "fan_out": outputs, "fan_avg": (inputs + outputs) / 2}[self.mode]
        stddev = math.sqrt(self.scale / max(1.0, n))
        if self.distribution == "uniform":
            limit = math.sqrt(3) * stddev
            return generator.uniform(-limit, limit, shape)
        if self.distribution == "untruncated_normal":
            return stddev * generator.standard_normal(shape)
        return stddev / TRUNCATED_STDDEV * truncated_standard_normal(generator, shape)

    def _fans(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """Return the number of inputs and of outputs that a weight of a shape connects."""
        if self.input_axes is not None and self.output_axes is not None:
            inputs, outputs = ([shape[axis] for axis in axes] for axes in (self.input_axes, self.output_axes))
            return math.prod(inputs), math.prod(outputs)
        if len(shape) < 2:
            return math.prod(shape), math.prod(shape)
        *field, inputs, outputs = shape
        return math.prod(field) * inputs, math.prod(field) * outputs


@registry.register("glorot_uniform")
class GlorotUniform(VarianceScaling):
    r"""Uniform draws of variance $2 / (n_\mathrm{in} + n_\mathrm{out})$.

    They lie between $\pm\sqrt{6 / (n_\mathrm{in} + n_\mathrm{out})}$.

    Args:
        seed: See `RandomInitializer`.
        input_axes: See `VarianceScaling`.
        output_axes: See `VarianceScaling`.

    Source:
        Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks, eq. 16.

    Example:
        >>> round(float(GlorotUniform(seed=0)((200, 300)).var()), 3)
        0.004
    """

    def __init__(self, seed: Any = None, input_axes: Axes = None, output_axes: Axes = None) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed, input_axes, output_axes)


@registry.register("glorot_normal")
class GlorotNormal(VarianceScaling):
    r"""Truncated normal draws of variance $2 / (n_\mathrm{in} + n_\mathrm{out})$.

    Args:
        seed: See `RandomInitializer`.
        input_axes: See `VarianceScaling`.
        output_axes: See `VarianceScaling`.

    Source:
        Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks, eq. 12.

    Example:
        >>> round(float(GlorotNormal(seed=0)((200, 300)).var()), 3)
        0.004
    """

    def __init__(self, seed: Any = None, input_axes: Axes = None, output_axes: Axes = None) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed, input_axes, output_axes)


@registry.register("he_uniform")
class HeUniform(VarianceScaling):
    r"""Uniform draws of variance $2 / n_\mathrm{in}$; for `relu`.

    They lie between $\pm\sqrt{6 / n_\mathrm{in}}$.

    Args:
        seed: See `RandomInitializer`.
        input_axes: See `VarianceScaling`.
        output_axes: See `VarianceScaling`.

    Source:
        He, Zhang, Ren & Sun 2015, eq. 10 (https://arxiv.org/abs/1502.01852).

    Example:
        >>> round(float(HeUniform(seed=0)((200, 300)).var()), 3)
        0.01
    """

    def __init__(self, seed: Any = None, input_axes: Axes = None, output_axes: Axes = None) -> None:
        super().__init__(2.0, "fan_in", "uniform", seed, input_axes, output_axes)


@registry.register("he_normal")
class HeNormal(VarianceScaling):
    r"""Truncated normal draws of variance $2 / n_\mathrm{in}$; for `relu`.

    Args:
        seed: See `RandomInitializer`.
        input_axes: See `VarianceScaling`.
        output_axes: See `VarianceScaling`.

    Source:
        He, Zhang, Ren & Sun 2015, eq. 10 (https://arxiv.org/abs/1502.01852).

    Example:
        >>> round(float(HeNormal(seed=0)((200, 300)).var()), 3)
        0.01
    """

    def __init__(self, seed: Any = None, input_axes: Axes = None, output_axes: Axes = None) -> None:
        super().__init__(2.0, "fan_in", "truncated_normal", seed, input_axes, output_axes)


@registry.register("lecun_uniform")
class LecunUniform(VarianceScaling):
    r"""Uniform draws of variance $1 / n_\mathrm{in}$.

    They lie between $\pm\sqrt{3 / n_\mathrm{in}}$.

    Args:
        seed: See `RandomInitializer`.
        input_axes: See `VarianceScaling`.
        output_axes: See `VarianceScaling`.

    Source:
        LeCun, Bottou, Orr & Müller 1998, Efficient backprop, eq. 16.

    Example:
        >>> round(float(LecunUniform(seed=0)((200, 300)).var()), 3)
        0.005
    """

    def __init__(self, seed: Any = None, input_axes: Axes = None, output_axes: Axes = None) -> None:
        super().__init__(1.0, "fan_in", "uniform", seed, input_axes, output_axes)


@registry.register("lecun_normal")
class LecunNormal(VarianceScaling):
    r"""Truncated normal draws of variance $1 / n_\mathrm{in}$; for `selu`.

    Args:
        seed: See `RandomInitializer`.
        input_axes: See `VarianceScaling`.
        output_axes: See `VarianceScaling`.

    Source:
        LeCun, Bottou, Orr & Müller 1998, Efficient backprop, eq. 16.

    Example:
        >>> round(float(LecunNormal(seed=0)((200, 300)).var()), 3)
        0.005
    """

    def __init__(self, seed: Any = None, input_axes: Axes = None, output_axes: Axes = None) -> None:
        super().__init__(1.0, "fan_in", "truncated_normal", seed, input_axes, output_axes)
