"""Muon, whose steps for matrices are orthogonal."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Unpack

import jax.numpy as jnp
import numpy as np

from hornet.core.checks import boolean, positive_int
from hornet.core.variable import Hyperparameter, Variable
from hornet.optimizers.adam import adam_rate, toward
from hornet.optimizers.optimizer import Optimizer, Tensors, registry
from hornet.optimizers.options import OtherOptimizerOptions, RateLike


@registry.register("muon")
class Muon(Optimizer):
    r"""Steps along the nearest orthogonal matrix to a momentum.

    For a weight with two axes, computes $m \leftarrow \mu m + g$ and, with Nesterov's, $d = g + \mu m$, else $d = m$;
    then $w \leftarrow w - \eta\, \sigma \sqrt{\max(\mathrm{rows}, \mathrm{columns})}\, O(d)$. $O(d)$ is
    $X = d / \|d\|$ after `ns_steps` times $X \leftarrow a X + (b A + c A^2) X$ with $A = X X^\top$.
    Every other weight, embeddings and what `exclude_layers` names take a step of `AdamW`.

    Args:
        learning_rate: $\eta$, at least 0.
        adam_beta_1: $\beta_1$ of Adam, from 0 to below 1.
        adam_beta_2: $\beta_2$ of Adam, from 0 to below 1.
        adam_weight_decay: Weight decay where Adam is used, at least 0; `None` for none.
        epsilon: $\epsilon$ of Adam, at least 0.
        weight_decay: Weight decay elsewhere, at least 0; `None` for none.
        exclude_layers: Words, or regular expressions, to find in the paths of weights that Adam gets; name the
            output layer here.
        exclude_embeddings: Whether Adam gets weights with "embedding" in their path.
        muon_a: $a$.
        muon_b: $b$.
        muon_c: $c$.
        adam_lr_ratio: Adam's learning rate as a multiple of $\eta$, at least 0.
        momentum: $\mu$, from 0 to 1.
        ns_steps: How often $X$ is improved, at least 1.
        nesterov: Whether the step looks ahead.
        rms_rate: $\sigma$, at least 0; `None` leaves out the factor of the size as well.
        **kwargs: What every `Optimizer` takes.

    Source:
        Jordan et al. 2024; size of a step: Liu et al. 2025, eq. 4.

    Example:
        >>> slots = Muon().init({"hidden/kernel": np.zeros((4, 3)), "hidden/bias": np.zeros(3)})
        >>> {path: tuple(names) for path, names in slots.items()}
        {'hidden/kernel': ('momentum',), 'hidden/bias': ('momentum', 'velocity')}
    """

    adam_beta_1 = Hyperparameter(required=True, at_least=0.0, below=1.0)
    adam_beta_2 = Hyperparameter(required=True, at_least=0.0, below=1.0)
    adam_weight_decay = Hyperparameter(at_least=0.0)
    epsilon = Hyperparameter(required=True, at_least=0.0)
    muon_a = Hyperparameter(required=True)
    muon_b = Hyperparameter(required=True)
    muon_c = Hyperparameter(required=True)
    adam_lr_ratio = Hyperparameter(required=True, at_least=0.0)
    momentum = Hyperparameter(required=True, at_least=0.0, at_most=1.0)
    rms_rate = Hyperparameter(at_least=0.0)

    def __init__(
        self,
        learning_rate: RateLike = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        *,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.7750,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
        **kwargs: Unpack[OtherOptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, weight_decay, **kwargs)
        self.adam_beta_1 = adam_beta_1
        self.adam_beta_2 = adam_beta_2
        self.adam_weight_decay = adam_weight_decay
        self.epsilon = epsilon
        self.exclude_layers = list(exclude_layers or ())
        self.exclude_embeddings = boolean("exclude_embeddings", exclude_embeddings)
        self.muon_a = muon_a
        self.muon_b = muon_b
        self.muon_c = muon_c
        self.adam_lr_ratio = adam_lr_ratio
        self.momentum = momentum
        self.ns_steps = positive_int("ns_steps", ns_steps)
        self.nesterov = boolean("nesterov", nesterov)
        self.rms_rate = rms_rate

    @property
    def momentums(self) -> list[Variable]:
        """The momentum of each weight."""
        return self._variables_of_slot("momentum")

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum", "velocity")

    def initial_slots(self, path: str, weight: Any) -> dict[str, Any]:
        slots = super().initial_slots(path, weight)
        return slots if self._takes_adam(path, weight) else {"momentum": slots["momentum"]}

    def _decay_of(self, path: str, weight: Any) -> Any:
        return self.adam_weight_decay if self._takes_adam(path, weight) else self.weight_decay

    def prepare(self, rate: Any, step: Any) -> Any:
        return rate, adam_rate(rate * self.adam_lr_ratio, self.adam_beta_1, self.adam_beta_2, step)

    def update_one(self, gradient: Any, weight: Any, slots: Tensors, rates: Any) -> tuple[Any, Tensors]:
        rate, rate_of_adam = rates
        if "velocity" in slots:
            momentum = toward(gradient, slots["momentum"], self.adam_beta_1)
            velocity = toward(jnp.square(gradient), slots["velocity"], self.adam_beta_2)
            move = rate_of_adam * momentum / (jnp.sqrt(velocity) + self.epsilon)
            return weight - move, {"momentum": momentum, "velocity": velocity}
        momentum = self.momentum * slots["momentum"] + gradient
        direction = gradient + self.momentum * momentum if self.nesterov else momentum
        if self.rms_rate is not None:
            rate = rate * self.rms_rate * math.sqrt(max(np.shape(weight)))
        return weight - rate * self._orthogonal(direction), {"momentum": momentum}

    def _takes_adam(self, path: str, weight: Any) -> bool:
        embedding = self.exclude_embeddings and "embedding" in path.lower()
        is_excluded = any(re.search(pattern, path) for pattern in self.exclude_layers)
        return len(np.shape(weight)) != 2 or embedding or is_excluded

    def _orthogonal(self, matrix: Any) -> Any:
        """Return the nearest orthogonal matrix, roughly: its singular values come near 1."""
        rows, columns = matrix.shape
        found = matrix.T if rows > columns else matrix  # the smaller square
        found = found / (jnp.sqrt(jnp.sum(jnp.square(found))) + 1e-7)
        for _ in range(self.ns_steps):
            square = found @ found.T
            found = self.muon_a * found + (self.muon_b * square + self.muon_c * square @ square) @ found
        return found.T if rows > columns else found
