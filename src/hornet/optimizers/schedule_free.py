"""Adam that needs no schedule, because its weights are averages."""

from __future__ import annotations

from typing import Any, Unpack

import jax.numpy as jnp

from hornet.core.variable import Hyperparameter
from hornet.optimizers.optimizer import Optimizer, Tensors, registry, zeros_like
from hornet.optimizers.options import OptimizerOptions, RateLike


@registry.register("schedulefreeadamw")
class ScheduleFreeAdamW(Optimizer):
    r"""Adam at the mean of its own path, without a schedule.

    Computes $v \leftarrow v + (1 - \beta_2)(g^2 - v)$ and
    $z' = z - \eta_t g / (\sqrt{v / (1 - \beta_2^t)} + \epsilon)$ at step $t$, where
    $\eta_t = \eta \min(1, t / T)$. The weights $w = (1 - \beta_1) z + \beta_1 x$ stand between $z$ and its mean $x$:
    $x = (w - (1 - \beta_1) z) / \beta_1$ becomes $x' = x + (z' - x) / t$, and $w \leftarrow (1 - \beta_1) z' +
    \beta_1 x'$.

    Args:
        learning_rate: $\eta$, at least 0.
        beta_1: $\beta_1$, above 0 and at most 1.
        beta_2: $\beta_2$, from 0 to below 1.
        epsilon: $\epsilon$, at least 0.
        warmup_steps: $T$, at least 0: steps in which the learning rate grows to $\eta$.
        **kwargs: What every `Optimizer` takes.

    Source:
        Defazio et al. 2024, algorithm 1.

    Example:
        >>> ScheduleFreeAdamW().slot_names
        ('momentum', 'velocity')
    """

    beta_1 = Hyperparameter(required=True, above=0.0, at_most=1.0)
    beta_2 = Hyperparameter(required=True, at_least=0.0, below=1.0)
    epsilon = Hyperparameter(required=True, at_least=0.0)
    warmup_steps = Hyperparameter(required=True, at_least=0.0)

    def __init__(
        self,
        learning_rate: RateLike = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        warmup_steps: float = 0,
        **kwargs: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.warmup_steps = warmup_steps

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum", "velocity")

    def initial_slots(self, path: str, weight: Any) -> dict[str, Any]:
        return {"momentum": weight, "velocity": zeros_like(weight)}

    def prepare(self, rate: Any, step: Any) -> Any:
        time = step + 1.0
        warm = jnp.minimum(time / jnp.maximum(self.warmup_steps, 1.0), 1.0)
        return rate * warm, 1.0 - self.beta_2**time, 1.0 / time

    def update_one(self, gradient: Any, weight: Any, slots: Tensors, rates: Any) -> tuple[Any, Tensors]:
        rate, correction, part = rates
        velocity = slots["velocity"] + (jnp.square(gradient) - slots["velocity"]) * (1.0 - self.beta_2)
        mean = (weight - (1.0 - self.beta_1) * slots["momentum"]) / self.beta_1
        momentum = slots["momentum"] - rate * gradient / (jnp.sqrt(velocity / correction) + self.epsilon)
        mean = (1.0 - part) * mean + part * momentum
        new = (1.0 - self.beta_1) * momentum + self.beta_1 * mean
        return new, {"momentum": momentum, "velocity": velocity}
