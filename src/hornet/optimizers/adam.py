"""Optimizers that divide the gradients' moving mean by the root of their moving square: Adam and its variants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Unpack, cast

import jax.numpy as jnp

from hornet.core.checks import boolean, number
from hornet.core.variable import Hyperparameter
from hornet.optimizers.entries import Entry, WeightNames
from hornet.optimizers.optimizer import Optimizer, Slots, Tensors, registry
from hornet.optimizers.options import OptimizerOptions, OtherOptimizerOptions, RateLike


class Moments(Optimizer):
    """An optimizer with two moving averages: base of Adam's variants.

    Args:
        learning_rate: Size of a step, at least 0.
        beta_1: How much of the gradients' mean is kept at each step, from 0 to below 1.
        beta_2: How much of their mean square is kept, from 0 to below 1.
        epsilon: What keeps the division finite, at least 0.
        **kwargs: What every `Optimizer` takes.
    """

    beta_1 = Hyperparameter(required=True, at_least=0.0, below=1.0)
    beta_2 = Hyperparameter(required=True, at_least=0.0, below=1.0)
    epsilon = Hyperparameter(required=True, at_least=0.0)

    def __init__(
        self,
        learning_rate: RateLike = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **kwargs: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum", "velocity")

    def moments(self, gradient: Any, slots: Tensors) -> tuple[Any, Any]:
        """Return the new moving mean and mean square."""
        momentum = toward(gradient, slots["momentum"], self.beta_1)
        return momentum, toward(jnp.square(gradient), slots["velocity"], self.beta_2)


def toward(value: Any, average: Any, kept: Any) -> Any:
    """Return a moving average with a new value taken in."""
    return average + (value - average) * (1.0 - kept)


def adam_rate(rate: Any, beta_1: Any, beta_2: Any, step: Any) -> Any:
    """Return Adam's learning rate, corrected for averages that began at zero."""
    time = step + 1.0
    return rate * jnp.sqrt(1.0 - beta_2**time) / (1.0 - beta_1**time)


@registry.register("adam")
class Adam(Moments):
    r"""Adaptive moments.

    Computes $m \leftarrow m + (1 - \beta_1)(g - m)$ and $v \leftarrow v + (1 - \beta_2)(g^2 - v)$, then at step $t$
    $w \leftarrow w - \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \frac{m}{\sqrt{v} + \epsilon}$.

    Args:
        learning_rate: $\eta$, at least 0.
        beta_1: $\beta_1$, from 0 to below 1.
        beta_2: $\beta_2$, from 0 to below 1.
        epsilon: $\epsilon$, at least 0.
        amsgrad: Whether the maximum of $v$ so far replaces $v$.
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

    def __init__(
        self,
        learning_rate: RateLike = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **kwargs: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **kwargs)
        self.amsgrad = boolean("amsgrad", amsgrad)

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum", "velocity", "velocity_hat") if self.amsgrad else ("momentum", "velocity")

    def slot_entries(self, slots: Slots, weights: WeightNames) -> Iterator[Entry]:
        yield from weights.entries(slots, ["momentum", "velocity"])
        yield from weights.entries(slots, ["velocity_hat"])  # which Keras lists behind all the others

    def prepare(self, rate: Any, step: Any) -> Any:
        return adam_rate(rate, self.beta_1, self.beta_2, step)

    def update_one(self, gradient: Any, weight: Any, slots: Tensors, rate: Any) -> tuple[Any, Tensors]:
        momentum, velocity = self.moments(gradient, slots)
        new_slots = {"momentum": momentum, "velocity": velocity}
        if self.amsgrad:
            velocity = new_slots["velocity_hat"] = jnp.maximum(slots["velocity_hat"], velocity)
        return weight - rate * momentum / (jnp.sqrt(velocity) + self.epsilon), new_slots


@registry.register("adamw")
class AdamW(Adam):
    r"""Adam with weight decay.

    Computes $w \leftarrow w - \eta \lambda w$, then what `Adam` does.

    Args:
        learning_rate: $\eta$, at least 0.
        weight_decay: $\lambda$, at least 0.
        beta_1: $\beta_1$, from 0 to below 1.
        beta_2: $\beta_2$, from 0 to below 1.
        epsilon: $\epsilon$, at least 0.
        amsgrad: Whether the maximum of $v$ so far replaces $v$.
        **kwargs: What every `Optimizer` takes.

    Source:
        Loshchilov & Hutter 2019, algorithm 2.

    Example:
        >>> AdamW().weight_decay
        0.004
    """

    def __init__(
        self,
        learning_rate: RateLike = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **kwargs: Unpack[OtherOptimizerOptions],
    ) -> None:
        if cast(Any, weight_decay) is None:
            raise ValueError("`weight_decay` must be a number, not None. `Adam` has none.")
        number("weight_decay", weight_decay, at_least=0.0, advice="`Adam` has none.")
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **kwargs)


@registry.register("adamax")
class Adamax(Moments):
    r"""Adam with the maximum gradient instead of the mean square.

    Computes $m \leftarrow m + (1 - \beta_1)(g - m)$ and $u \leftarrow \max(\beta_2 u, |g|)$, then at step $t$
    $w \leftarrow w - \frac{\eta}{1 - \beta_1^t} \frac{m}{u + \epsilon}$.

    Args:
        learning_rate: $\eta$, at least 0.
        beta_1: $\beta_1$, from 0 to below 1.
        beta_2: $\beta_2$, from 0 to below 1.
        epsilon: $\epsilon$, at least 0.
        **kwargs: What every `Optimizer` takes.

    Source:
        Kingma & Ba 2014, section 7.1.

    Example:
        >>> Adamax().slot_names
        ('momentum', 'norm')
    """

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum", "norm")

    def prepare(self, rate: Any, step: Any) -> Any:
        return rate / (1.0 - self.beta_1 ** (step + 1.0))

    def update_one(self, gradient: Any, weight: Any, slots: Tensors, rate: Any) -> tuple[Any, Tensors]:
        momentum = toward(gradient, slots["momentum"], self.beta_1)
        norm = jnp.maximum(self.beta_2 * slots["norm"], jnp.abs(gradient))
        return weight - rate * momentum / (norm + self.epsilon), {"momentum": momentum, "norm": norm}


@registry.register("nadam")
class Nadam(Moments):
    r"""Adam with Nesterov's momentum.

    With $\mu_t = \beta_1 (1 - 0.96^t / 2)$ and $\pi_t = \mu_1 \cdots \mu_t$, computes Adam's $m$ and $v$, then
    at step $t$ $w \leftarrow w - \eta \hat m / (\sqrt{v / (1 - \beta_2^t)} + \epsilon)$ with
    $\hat m = \frac{\mu_{t+1}}{1 - \pi_{t+1}} m + \frac{1 - \mu_t}{1 - \pi_t} g$.

    Args:
        learning_rate: $\eta$, at least 0.
        beta_1: $\beta_1$, from 0 to below 1.
        beta_2: $\beta_2$, from 0 to below 1.
        epsilon: $\epsilon$, at least 0.
        **kwargs: What every `Optimizer` takes.

    Source:
        Dozat 2016, algorithm 2, with the momentum schedule of Sutskever et al. 2013.

    Example:
        >>> Nadam()._shared_slots
        {'product': 1.0}
    """

    @property
    def _shared_slots(self) -> Tensors:
        return {"product": 1.0}

    def _decayed_beta(self, time: Any) -> Any:
        return self.beta_1 * (1.0 - 0.5 * 0.96**time)

    def advance(self, step: Any, product: Any) -> Tensors:
        return {"product": product * self._decayed_beta(step + 1.0)}

    def prepare(self, rate: Any, step: Any, product: Any) -> Any:
        now, next_one = self._decayed_beta(step + 1.0), self._decayed_beta(step + 2.0)
        of_momentum = rate * next_one / (1.0 - product * next_one)
        of_gradient = rate * (1.0 - now) / (1.0 - product)
        return of_momentum, of_gradient, 1.0 - self.beta_2 ** (step + 1.0)

    def update_one(self, gradient: Any, weight: Any, slots: Tensors, rates: Any) -> tuple[Any, Tensors]:
        of_momentum, of_gradient, correction = rates
        momentum, velocity = self.moments(gradient, slots)
        move = (of_momentum * momentum + of_gradient * gradient) / (jnp.sqrt(velocity / correction) + self.epsilon)
        return weight - move, {"momentum": momentum, "velocity": velocity}


@registry.register("lamb")
class Lamb(Moments):
    r"""Adam with steps as large as the weights.

    Computes Adam's $m$ and $v$ and $u = \frac{m}{1 - \beta_1^t} / (\sqrt{v / (1 - \beta_2^t)} + \epsilon)$ at step
    $t$, then $w \leftarrow w - \eta \frac{\|w\|}{\|u\|} u$; the ratio is 1 where a norm is 0.

    Args:
        learning_rate: $\eta$, at least 0.
        beta_1: $\beta_1$, from 0 to below 1.
        beta_2: $\beta_2$, from 0 to below 1.
        epsilon: $\epsilon$, at least 0.
        **kwargs: What every `Optimizer` takes.

    Source:
        You et al. 2020, algorithm 2.

    Example:
        >>> import numpy as np
        >>> optimizer = Lamb(0.1)
        >>> weights = {"w": np.float32([3.0, 4.0])}
        >>> weights, slots = optimizer.update({"w": np.float32([1.0, 1.0])}, weights, optimizer.init(weights), step=0)
        >>> [round(float(weight), 4) for weight in weights["w"]]
        [2.6464, 3.6464]
    """

    def prepare(self, rate: Any, step: Any) -> Any:
        time = step + 1.0
        return rate, 1.0 - self.beta_1**time, 1.0 - self.beta_2**time

    def update_one(self, gradient: Any, weight: Any, slots: Tensors, rates: Any) -> tuple[Any, Tensors]:
        rate, correction_1, correction_2 = rates
        momentum, velocity = self.moments(gradient, slots)
        move = momentum / correction_1 / (jnp.sqrt(velocity / correction_2) + self.epsilon)
        size, length = (jnp.sqrt(jnp.sum(jnp.square(tensor))) for tensor in (weight, move))
        ratio = jnp.where((size > 0) & (length > 0), size / length, 1.0)
        return weight - rate * ratio * move, {"momentum": momentum, "velocity": velocity}
