"""Gradient descent, plain and with momentum."""

from __future__ import annotations

from typing import Any, Unpack

from hornet.core.checks import boolean
from hornet.core.variable import Hyperparameter, Variable
from hornet.optimizers.optimizer import Optimizer, Tensors, registry
from hornet.optimizers.options import OptimizerOptions, RateLike


@registry.register("sgd")
class SGD(Optimizer):
    r"""Gradient descent.

    Computes $w \leftarrow w - \eta g$; with momentum $\mu$: $v \leftarrow \mu v - \eta g$, then
    $w \leftarrow w + v$, or with Nesterov's $w \leftarrow w + \mu v - \eta g$.

    Args:
        learning_rate: $\eta$, at least 0.
        momentum: $\mu$, from 0 to 1.
        nesterov: Whether the step looks ahead.
        **kwargs: What every `Optimizer` takes.

    Source:
        Sutskever et al. 2013, eqs. 1-4.

    Example:
        >>> weights, slots = SGD(0.1).update({"w": 2.0}, {"w": 1.0}, {"w": {}}, step=0)
        >>> round(float(weights["w"]), 4)
        0.8
    """

    momentum = Hyperparameter(required=True, at_least=0.0, at_most=1.0)

    def __init__(
        self,
        learning_rate: RateLike = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **kwargs: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.momentum = momentum
        self.nesterov = boolean("nesterov", nesterov)

    @property
    def momentums(self) -> list[Variable]:
        """The velocity of each weight; none without momentum."""
        return self._variables_of_slot("momentum")

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum",) if self._held_number("momentum") > 0 else ()

    def update_one(self, gradient: Any, weight: Any, slots: Tensors, rate: Any) -> tuple[Any, Tensors]:
        descent = rate * gradient
        if "momentum" not in slots:
            return weight - descent, {}
        velocity = self.momentum * slots["momentum"] - descent
        move = self.momentum * velocity - descent if self.nesterov else velocity
        return weight + move, {"momentum": velocity}
