"""Follow the regularized leader, for sparse linear models."""

from __future__ import annotations

from typing import Any, Unpack

import jax.numpy as jnp
import numpy as np

from hornet.core.variable import Hyperparameter
from hornet.optimizers.learning_rate import LearningRate
from hornet.optimizers.optimizer import Optimizer, Tensors, registry, zeros_like
from hornet.optimizers.options import OptimizerOptions, RateLike


@registry.register("ftrl")
class Ftrl(Optimizer):
    r"""Follow the regularized leader.

    Computes $n' = n + g^2$ and $z \leftarrow z + g + 2 s w - (n'^{-p} - n^{-p}) w / \eta$, then $n \leftarrow n'$ and
    $w \leftarrow (\mathrm{clip}(z, -\lambda_1, \lambda_1) - z) / ((n^{-p} + \beta) / \eta + 2 \lambda_2)$. A weight
    whose $|z|$ is at most $\lambda_1$ is exactly 0.

    Args:
        learning_rate: $\eta$, above 0.
        learning_rate_power: $p$, at most 0.
        initial_accumulator_value: First value of $n$, at least 0.
        l1_regularization_strength: $\lambda_1$, at least 0.
        l2_regularization_strength: $\lambda_2$, at least 0.
        l2_shrinkage_regularization_strength: $s$, at least 0: a penalty on the weights, added to the gradient.
        beta: $\beta$, at least 0.
        **kwargs: What every `Optimizer` takes.

    Source:
        McMahan et al. 2013, algorithm 1.

    Example:
        >>> Ftrl().slot_names
        ('accumulator', 'linear')
    """

    learning_rate = LearningRate(above=0.0)
    learning_rate_power = Hyperparameter(required=True, at_most=0.0)
    initial_accumulator_value = Hyperparameter(required=True, at_least=0.0)
    l1_regularization_strength = Hyperparameter(required=True, at_least=0.0)
    l2_regularization_strength = Hyperparameter(required=True, at_least=0.0)
    l2_shrinkage_regularization_strength = Hyperparameter(required=True, at_least=0.0)
    beta = Hyperparameter(required=True, at_least=0.0)

    def __init__(
        self,
        learning_rate: RateLike = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **kwargs: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("accumulator", "linear")

    def initial_slots(self, path: str, weight: Any) -> dict[str, Any]:
        zeros = zeros_like(weight)
        return {"accumulator": np.full_like(zeros, self.initial_accumulator_value), "linear": zeros}

    def update_one(self, gradient: Any, weight: Any, slots: Tensors, rate: Any) -> tuple[Any, Tensors]:
        accumulator = slots["accumulator"] + jnp.square(gradient)
        before, after = (value**-self.learning_rate_power for value in (slots["accumulator"], accumulator))
        shrinking = gradient + 2.0 * self.l2_shrinkage_regularization_strength * weight
        linear = slots["linear"] + shrinking - (after - before) / rate * weight
        limit = self.l1_regularization_strength
        curvature = (after + self.beta) / rate + 2.0 * self.l2_regularization_strength
        return (jnp.clip(linear, -limit, limit) - linear) / curvature, {"accumulator": accumulator, "linear": linear}
