"""Loss scaling that finds its factor while training."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Unpack

import jax.numpy as jnp
import numpy as np
from jax import lax

from hornet.core.variable import Hyperparameter, Variable
from hornet.optimizers.entries import Entry, WeightNames
from hornet.optimizers.optimizer import Optimizer, Slots, Tensors, registry
from hornet.optimizers.options import InnerOptions
from hornet.optimizers.wrapper import Wrapper, inner


@registry.register("lossscaleoptimizer")
class LossScaleOptimizer(Wrapper):
    """Keeps small gradients of half precision from vanishing: the loss is scaled, the gradients scaled back.

    The factor doubles after a number of steps whose gradients were finite. Where one is not, the step is left out
    and the factor halved. A factor that stays is `loss_scale_factor` of every optimizer.

    Args:
        inner_optimizer: The optimizer that makes the steps: a name, config or object.
        initial_scale: The first factor, above 0.
        dynamic_growth_steps: Steps before the factor doubles, at least 1.
        name: A name; by default the class's.
        **older: `dynamic=True`, and what older configs say of arguments that belong to the inner optimizer: that they
            are not given.

    Raises:
        ValueError: If another argument is given, or one of the inner optimizer's.

    Source:
        Micikevicius et al. 2018, section 3.2.

    Example:
        >>> optimizer = LossScaleOptimizer("sgd", initial_scale=8.0)
        >>> weights = {"w": np.float32(1.0)}
        >>> slots = optimizer.init(weights)
        >>> float(optimizer.scale_loss(2.0, slots))
        16.0
        >>> weights, slots = optimizer.update({"w": np.float32(np.inf)}, weights, slots, step=0)
        >>> float(weights["w"]), float(slots["scale"])
        (1.0, 4.0)
    """

    initial_scale = Hyperparameter(required=True, above=0.0)
    dynamic_growth_steps = Hyperparameter(required=True, at_least=1.0)

    def __init__(
        self,
        inner_optimizer: Any,
        initial_scale: float = 2.0**15,
        dynamic_growth_steps: float = 2000,
        name: str | None = None,
        **older: Unpack[InnerOptions],
    ) -> None:
        _check_older({**older})
        super().__init__(name)
        self.inner_optimizer = inner(inner_optimizer)
        self.initial_scale = initial_scale
        self.dynamic_growth_steps = dynamic_growth_steps

    @property
    def optimizers(self) -> list[Optimizer]:
        return [self.inner_optimizer]

    @property
    def learning_rate(self) -> Any:
        """The inner optimizer's learning rate."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.inner_optimizer.learning_rate = value

    @property
    def schedule(self) -> Any:
        return self.inner_optimizer.schedule

    @property
    def iterations(self) -> int:
        return self.inner_optimizer.iterations

    @property
    def step_counter(self) -> Variable:
        """The number of steps since the factor has changed: a variable."""
        return self.variables[2]

    @property
    def dynamic_scale(self) -> Variable:
        """The present factor: a variable."""
        return self.variables[3]

    def init(self, weights: Tensors) -> Slots:
        return {
            "scale": np.float32(self.initial_scale),
            "finite_steps": np.int32(0),
            "step": np.int32(0),
            "inner": self.inner_optimizer.init(weights),
        }

    def loss_scale(self, slots: Slots) -> Any:
        return jnp.asarray(slots["scale"])

    def _update_weights(
        self, gradients: Tensors, weights: Tensors, slots: Slots, step: Any, undecayed: Collection[str]
    ) -> tuple[Tensors, Slots]:
        scale, finite_steps, inner_step = (jnp.asarray(slots[name]) for name in ("scale", "finite_steps", "step"))

        def take() -> tuple[Tensors, Slots]:
            new_weights, inner = self.inner_optimizer._update_weights(
                gradients, weights, slots["inner"], inner_step, undecayed
            )
            grows = finite_steps + 1 >= self.dynamic_growth_steps
            return new_weights, {
                "scale": jnp.where(grows, 2.0 * scale, scale),
                "finite_steps": jnp.where(grows, 0, finite_steps + 1),
                "step": inner_step + 1,
                "inner": inner,
            }

        def leave() -> tuple[Tensors, Slots]:
            return weights, {**slots, "scale": 0.5 * scale, "finite_steps": jnp.zeros_like(finite_steps)}

        finite = jnp.all(jnp.array([jnp.all(jnp.isfinite(gradient)) for gradient in gradients.values()]))
        return lax.cond(finite, take, leave)

    def entries(self, slots: Slots, weights: WeightNames, counts: dict[str, Any]) -> Iterator[Entry]:
        yield Entry.count(counts)
        yield Entry("learning_rate", np.float32(0.0))
        yield Entry.stored("step_counter", slots, "finite_steps")
        yield Entry.stored("dynamic_scale", slots, "scale")
        inner_counts = _InnerCounts(slots, counts)
        yield from self.inner_optimizer.entries(slots["inner"], weights, inner_counts)

    def _inner_entries(
        self, slots: Slots, weights: WeightNames, counts: dict[str, Any]
    ) -> Iterator[tuple[str, Optimizer, Iterator[Entry]]]:
        inner = self.inner_optimizer.entries(slots["inner"], weights, {"step": slots["step"]})
        yield "inner_optimizer", self.inner_optimizer, inner

    def swap(self, weights: Tensors, slots: Slots) -> tuple[Tensors, Slots]:
        weights, inner = self.inner_optimizer.swap(weights, slots.get("inner"))
        return weights, {**slots, "inner": inner}

    def finalize(self, weights: Tensors, slots: Slots) -> Tensors:
        return self.inner_optimizer.finalize(weights, slots["inner"])


_INNER: dict[str, Any] = {
    **dict.fromkeys(InnerOptions.__annotations__),
    "dynamic": True,
    "use_ema": False,
    "ema_momentum": 0.99,
}
"""Arguments of every optimizer, with what older configs of this one say of them."""


def _check_older(given: dict[str, Any]) -> None:
    """Refuse what only the inner optimizer may be given."""
    for name, value in given.items():
        if name not in _INNER:
            raise ValueError(f"`LossScaleOptimizer` has no argument `{name}`. Pass it to the inner optimizer.")
        if value != _INNER[name]:
            other = "a scale that stays as `loss_scale_factor`" if name == "dynamic" else "it"
            raise ValueError(f"`LossScaleOptimizer` takes no `{name}={value!r}`. Pass {other} to the inner optimizer.")


class _InnerCounts(dict[str, Any]):
    """The inner optimizer's count of steps, which is a slot; Keras counts in the inner one alone."""

    def __init__(self, slots: Slots, counts: dict[str, Any]) -> None:
        super().__init__(step=slots["step"])
        self._slots, self._counts = slots, counts

    def update(self, *args: Any, step: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        self._slots["step"] = step
        self._counts["step"] = jnp.maximum(self._counts["step"], step)
