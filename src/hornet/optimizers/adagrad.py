"""Optimizers that divide gradients by the size of past ones: Adagrad, RMSprop and Adadelta."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Unpack

import jax.numpy as jnp
import numpy as np
from jax import lax

from hornet.core.checks import boolean
from hornet.core.variable import Hyperparameter
from hornet.optimizers.entries import Entry, WeightNames
from hornet.optimizers.optimizer import Optimizer, Slots, Tensors, registry, zeros_like
from hornet.optimizers.options import OptimizerOptions, RateLike


@registry.register("adagrad")
class Adagrad(Optimizer):
    r"""Steps divided by the root of the gradients' sum of squares.

    Computes $a \leftarrow a + g^2$, then $w \leftarrow w - \eta g / \sqrt{a + \epsilon}$.

    Args:
        learning_rate: $\eta$, at least 0.
        initial_accumulator_value: First value of $a$, at least 0.
        epsilon: $\epsilon$, at least 0.
        **kwargs: What every `Optimizer` takes.

    Source:
        Duchi et al. 2011, section 1.3.

    Example:
        >>> import numpy as np
        >>> Adagrad().init({"w": np.zeros(2, "float32")})
        {'w': {'accumulator': array([0.1, 0.1], dtype=float32)}}
    """

    initial_accumulator_value = Hyperparameter(required=True, at_least=0.0)
    epsilon = Hyperparameter(required=True, at_least=0.0)

    def __init__(
        self,
        learning_rate: RateLike = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **kwargs: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("accumulator",)

    def initial_slots(self, path: str, weight: Any) -> dict[str, Any]:
        return {"accumulator": np.full_like(zeros_like(weight), self.initial_accumulator_value)}

    def update_one(self, gradient: Any, weight: Any, slots: Tensors, rate: Any) -> tuple[Any, Tensors]:
        accumulator = slots["accumulator"] + jnp.square(gradient)
        return weight - rate * gradient * lax.rsqrt(accumulator + self.epsilon), {"accumulator": accumulator}


@registry.register("rmsprop")
class RMSprop(Optimizer):
    r"""Steps divided by the root of the gradients' moving mean square.

    Computes $v \leftarrow \rho v + (1 - \rho) g^2$ and $d = \eta g / \sqrt{v + \epsilon}$, then $w \leftarrow w - d$;
    with momentum $\mu$: $u \leftarrow \mu u + d$, $w \leftarrow w - u$.

    Args:
        learning_rate: $\eta$, at least 0.
        rho: $\rho$, from 0 to 1.
        momentum: $\mu$, from 0 to 1.
        epsilon: $\epsilon$, at least 0.
        centered: Whether the gradients' moving variance replaces $v$.
        **kwargs: What every `Optimizer` takes.

    Source:
        Hinton 2012, lecture 6e; centred: Graves 2013, eqs. 38-45.

    Example:
        >>> RMSprop(0.01, momentum=0.9).slot_names
        ('velocity', 'momentum')
    """

    rho = Hyperparameter(required=True, at_least=0.0, at_most=1.0)
    momentum = Hyperparameter(required=True, at_least=0.0, at_most=1.0)
    epsilon = Hyperparameter(required=True, at_least=0.0)

    def __init__(
        self,
        learning_rate: RateLike = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **kwargs: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = boolean("centered", centered)

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("velocity", *["momentum"] * (self._held_number("momentum") > 0), *["average_gradient"] * self.centered)

    def slot_entries(self, slots: Slots, weights: WeightNames) -> Iterator[Entry]:
        for name in self.slot_names:  # Keras lists one kind of slot after the other
            yield from weights.entries(slots, [name])

    def update_one(self, gradient: Any, weight: Any, slots: Tensors, rate: Any) -> tuple[Any, Tensors]:
        velocity = self.rho * slots["velocity"] + (1.0 - self.rho) * jnp.square(gradient)
        new_slots = {"velocity": velocity}
        if self.centered:
            average = self.rho * slots["average_gradient"] + (1.0 - self.rho) * gradient
            new_slots["average_gradient"] = average
            velocity = velocity - jnp.square(average)
        move = rate * gradient * lax.rsqrt(velocity + self.epsilon)
        if "momentum" in slots:
            move = new_slots["momentum"] = self.momentum * slots["momentum"] + move
        return weight - move, new_slots


@registry.register("adadelta")
class Adadelta(Optimizer):
    r"""Steps as large as past steps, divided by the size of past gradients.

    Computes $a \leftarrow \rho a + (1 - \rho) g^2$ and $d = g \sqrt{b + \epsilon} / \sqrt{a + \epsilon}$, then
    $b \leftarrow \rho b + (1 - \rho) d^2$ and $w \leftarrow w - \eta d$.

    Args:
        learning_rate: $\eta$, at least 0; 1 in the paper.
        rho: $\rho$, from 0 to 1.
        epsilon: $\epsilon$, at least 0.
        **kwargs: What every `Optimizer` takes.

    Source:
        Zeiler 2012, algorithm 1.

    Example:
        >>> Adadelta().slot_names
        ('accumulated_grad', 'accumulated_delta_var')
    """

    rho = Hyperparameter(required=True, at_least=0.0, at_most=1.0)
    epsilon = Hyperparameter(required=True, at_least=0.0)

    def __init__(
        self,
        learning_rate: RateLike = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        **kwargs: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.rho = rho
        self.epsilon = epsilon

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("accumulated_grad", "accumulated_delta_var")

    def update_one(self, gradient: Any, weight: Any, slots: Tensors, rate: Any) -> tuple[Any, Tensors]:
        gradients, moves = (slots[name] for name in self.slot_names)
        gradients = self.rho * gradients + (1.0 - self.rho) * jnp.square(gradient)
        move = gradient * jnp.sqrt(moves + self.epsilon) * lax.rsqrt(gradients + self.epsilon)
        moves = self.rho * moves + (1.0 - self.rho) * jnp.square(move)
        return weight - rate * move, {"accumulated_grad": gradients, "accumulated_delta_var": moves}
