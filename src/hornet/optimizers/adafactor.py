"""Adafactor, whose memory of a matrix is one row and one column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Unpack

import jax.numpy as jnp
import numpy as np

from hornet.core.checks import boolean
from hornet.core.variable import Hyperparameter
from hornet.optimizers.entries import Entry, WeightNames
from hornet.optimizers.optimizer import Optimizer, Slots, Tensors, registry, zeros_like
from hornet.optimizers.options import OptimizerOptions, RateLike


@registry.register("adafactor")
class Adafactor(Optimizer):
    r"""Steps divided by a factored estimate of the gradients' mean square.

    With $\beta_t = 1 - t^{d}$ at step $t$, the moving average $v \leftarrow \beta_t v + (1 - \beta_t)(g^2 +
    \epsilon_1)$ of a weight with two axes or more is kept as its means $r$ over columns and $c$ over rows, and
    $v = r c / \bar r$. Then $u = g / \sqrt v$ and
    $w \leftarrow w - \max(\epsilon_2, \mathrm{rms}(w))\, \rho_t\, u / \max(1, \mathrm{rms}(u) / \theta)$ with
    $\rho_t = \min(\eta, 1 / \sqrt t)$.

    Args:
        learning_rate: $\eta$, at least 0.
        beta_2_decay: $d$, at most 0.
        epsilon_1: $\epsilon_1$, at least 0.
        epsilon_2: $\epsilon_2$, at least 0: the minimum size of a weight.
        clip_threshold: $\theta$, above 0.
        relative_step: Without effect, as in Keras: $\rho_t$ falls with time always, and with a schedule too.
        **kwargs: What every `Optimizer` takes.

    Source:
        Shazeer & Stern 2018, algorithms 4 and 5.

    Example:
        >>> import numpy as np
        >>> slots = Adafactor().init({"w": np.zeros((4, 3), "float32")})["w"]
        >>> {name: slot.shape for name, slot in slots.items()}
        {'row': (4,), 'column': (3,)}
    """

    beta_2_decay = Hyperparameter(required=True, at_most=0.0)
    epsilon_1 = Hyperparameter(required=True, at_least=0.0)
    epsilon_2 = Hyperparameter(required=True, at_least=0.0)
    clip_threshold = Hyperparameter(required=True, above=0.0)

    def __init__(
        self,
        learning_rate: RateLike = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        **kwargs: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = boolean("relative_step", relative_step)

    def initial_slots(self, path: str, weight: Any) -> dict[str, Any]:
        zeros = zeros_like(weight)
        if zeros.ndim < 2:
            return {"velocity": zeros}
        return {"row": np.zeros_like(zeros[..., 0]), "column": np.zeros_like(zeros[..., 0, :])}

    def slot_entries(self, slots: Slots, weights: WeightNames) -> Iterator[Entry]:
        for path, weight in weights.values.items():
            # Keras has placeholders where a weight has one axis, and a velocity that it never uses where it has more.
            placeholders = {"row": np.int32(0), "column": np.int32(0), "velocity": np.zeros_like(weight)}
            for name, placeholder in placeholders.items():
                label = weights.label(path, name)
                has_slot = name in slots[path]
                yield Entry.stored(label, slots[path], name) if has_slot else Entry(label, placeholder)

    def prepare(self, rate: Any, step: Any) -> Any:
        time = step + 1.0
        return jnp.minimum(rate, 1.0 / jnp.sqrt(time)), time**self.beta_2_decay

    def update_one(self, gradient: Any, weight: Any, slots: Tensors, rates: Any) -> tuple[Any, Tensors]:
        rate, part = rates
        square = jnp.square(gradient) + self.epsilon_1
        if "velocity" in slots:
            velocity = (1.0 - part) * slots["velocity"] + part * square
            new_slots = {"velocity": velocity}
        else:
            row = (1.0 - part) * slots["row"] + part * jnp.mean(square, axis=-1)
            column = (1.0 - part) * slots["column"] + part * jnp.mean(square, axis=-2)
            velocity = (row / jnp.mean(row, axis=-1, keepdims=True))[..., None] * column[..., None, :]
            new_slots = {"row": row, "column": column}
        move = gradient / jnp.sqrt(velocity)
        move = move / jnp.maximum(1.0, _rms(move) / self.clip_threshold)
        return weight - jnp.maximum(self.epsilon_2, _rms(weight)) * rate * move, new_slots


def _rms(tensor: Any) -> Any:
    return jnp.sqrt(jnp.mean(jnp.square(tensor)))
