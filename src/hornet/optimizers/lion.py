"""Lion, which takes only the sign of a momentum."""

from __future__ import annotations

from typing import Any, Unpack

import jax.numpy as jnp

from hornet.core.variable import Hyperparameter
from hornet.optimizers.optimizer import Optimizer, Tensors, registry
from hornet.optimizers.options import OptimizerOptions, RateLike


@registry.register("lion")
class Lion(Optimizer):
    r"""Steps of one size in every direction.

    Computes $w \leftarrow w - \eta\, \mathrm{sign}(\beta_1 m + (1 - \beta_1) g)$, then
    $m \leftarrow \beta_2 m + (1 - \beta_2) g$.

    Args:
        learning_rate: $\eta$, at least 0; a third to a tenth of Adam's.
        beta_1: $\beta_1$, above 0 and at most 1.
        beta_2: $\beta_2$, from 0 to 1.
        **kwargs: What every `Optimizer` takes.

    Source:
        Chen et al. 2023, program 1.

    Example:
        >>> import numpy as np
        >>> optimizer = Lion(0.25)
        >>> weights = {"w": np.float32(1.0)}
        >>> weights, slots = optimizer.update({"w": np.float32(7.0)}, weights, optimizer.init(weights), step=0)
        >>> float(weights["w"])
        0.75
    """

    beta_1 = Hyperparameter(required=True, above=0.0, at_most=1.0)
    beta_2 = Hyperparameter(required=True, at_least=0.0, at_most=1.0)

    def __init__(
        self,
        learning_rate: RateLike = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        **kwargs: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum",)

    def update_one(self, gradient: Any, weight: Any, slots: Tensors, rate: Any) -> tuple[Any, Tensors]:
        direction = self.beta_1 * slots["momentum"] + (1.0 - self.beta_1) * gradient
        momentum = self.beta_2 * slots["momentum"] + (1.0 - self.beta_2) * gradient
        return weight - rate * jnp.sign(direction), {"momentum": momentum}
