"""Optimizers that scale each step by the size of past gradients."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from hornet.core.variable import Hyperparameter
from hornet.optimizers.optimizer import Optimizer, Tensors, registry


@registry.register("adam")
class Adam(Optimizer):
    r"""Adaptive moments.

    Computes $m \leftarrow m + (1 - \beta_1)(g - m)$ and $v \leftarrow v + (1 - \beta_2)(g^2 - v)$, then at step $t$
    $w \leftarrow w - \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \frac{m}{\sqrt{v} + \epsilon}$.

    Args:
        learning_rate: $\eta$, at least 0.
        beta_1: $\beta_1$, from 0 to below 1.
        beta_2: $\beta_2$, from 0 to below 1.
        epsilon: $\epsilon$, at least 0.
        amsgrad: Whether the largest $v$ so far takes the place of $v$.
        **kwargs: What every `Optimizer` takes.

    Source:
        Kingma & Ba 2014, section 2.1; AMSGrad: Reddi et al. 2018.

    Example:
        >>> import numpy as np
        >>> optimizer = Adam(0.1)
        >>> weights = {"w": np.float32(1.0)}
        >>> weights, slots = optimizer.update({"w": np.float32(2.0)}, weights, optimizer.init(weights), step=0)
        >>> round(float(weights["w"]), 4)
        0.9
    """

    beta_1 = Hyperparameter(at_least=0.0, below=1.0)
    beta_2 = Hyperparameter(at_least=0.0, below=1.0)
    epsilon = Hyperparameter(at_least=0.0)

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.amsgrad = bool(amsgrad)

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum", "velocity", "velocity_hat") if self.amsgrad else ("momentum", "velocity")

    def update_one(self, gradient: Any, weight: Any, slots: Tensors, step: Any) -> tuple[Any, Tensors]:
        time = jnp.asarray(step + 1, jnp.result_type(weight))
        rate = self.learning_rate * jnp.sqrt(1.0 - self.beta_2**time) / (1.0 - self.beta_1**time)
        momentum = slots["momentum"] + (gradient - slots["momentum"]) * (1.0 - self.beta_1)
        velocity = slots["velocity"] + (jnp.square(gradient) - slots["velocity"]) * (1.0 - self.beta_2)
        new_slots = {"momentum": momentum, "velocity": velocity}
        if self.amsgrad:
            velocity = new_slots["velocity_hat"] = jnp.maximum(slots["velocity_hat"], velocity)
        return weight - rate * momentum / (jnp.sqrt(velocity) + self.epsilon), new_slots


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
        centered: Whether the gradients' moving variance takes the place of $v$.
        **kwargs: What every `Optimizer` takes.

    Source:
        Hinton 2012, lecture 6e; centred: Graves 2013, eqs. 38-45.

    Example:
        >>> RMSprop(0.01, momentum=0.9).slot_names
        ('velocity', 'momentum')
    """

    rho = Hyperparameter(at_least=0.0, at_most=1.0)
    momentum = Hyperparameter(at_least=0.0, at_most=1.0)
    epsilon = Hyperparameter(at_least=0.0)

    def __init__(
        self,
        learning_rate: float = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = bool(centered)
        self._remembers = momentum > 0

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("velocity", *["momentum"] * self._remembers, *["average_gradient"] * self.centered)

    def update_one(self, gradient: Any, weight: Any, slots: Tensors, step: Any) -> tuple[Any, Tensors]:
        velocity = self.rho * slots["velocity"] + (1.0 - self.rho) * jnp.square(gradient)
        new_slots = {"velocity": velocity}
        if self.centered:
            average = self.rho * slots["average_gradient"] + (1.0 - self.rho) * gradient
            new_slots["average_gradient"] = average
            velocity = velocity - jnp.square(average)
        move = self.learning_rate * gradient * lax.rsqrt(velocity + self.epsilon)
        if self._remembers:
            move = new_slots["momentum"] = self.momentum * slots["momentum"] + move
        return weight - move, new_slots
