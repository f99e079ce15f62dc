"""Different optimizers for different weights."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornet.core.errors import ArgumentError
from hornet.core.module import Module
from hornet.core.registry import snake_case
from hornet.core.variable import Hyperparameter, Variable
from hornet.optimizers.entries import Entry, WeightNames
from hornet.optimizers.loss_scale import LossScaleOptimizer
from hornet.optimizers.optimizer import Optimizer, Slots, Tensors, registry
from hornet.optimizers.wrapper import Wrapper, inner


@dataclass(frozen=True)
class Weight:
    """What a function that chooses optimizers receives about a weight.

    Args:
        path: Its path, which begins with the model's name where it is a model's.
        shape: Its shape.
        dtype: The type of its elements.
        path_in_model: Its path without the model's name.
    """

    path: str
    shape: tuple[int, ...]
    dtype: Any
    path_in_model: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


class OptimizerMap(Module, MutableMapping[str, Optimizer]):
    """Optimizers by the paths of weights.

    A path that is not a key is matched, as a whole, with the keys as regular expressions. Keys may leave out the name
    of the model, with which its weights' paths begin.

    Args:
        default_optimizer: The optimizer of weights that no key matches.
        optimizer_map: Optimizers by path or regular expression.

    Raises:
        TypeError: If a value is not an optimizer.
        ValueError: If a key is there already, or a path matches two keys.

    Example:
        >>> from hornet.optimizers import SGD, Ftrl
        >>> chosen = OptimizerMap(SGD(), {"wide/.*": Ftrl()})
        >>> type(chosen["wide/kernel"]).__name__, type(chosen["deep/kernel"]).__name__
        ('Ftrl', 'SGD')
    """

    _keras_module = "keras.optimizers"

    def __init__(self, default_optimizer: Any, optimizer_map: Mapping[str, Any] | None = None) -> None:
        self.default_optimizer = _optimizer(default_optimizer)
        self.optimizer_map: dict[str, Optimizer] = {}
        for path, optimizer in (optimizer_map or {}).items():
            self[path] = optimizer

    def __getitem__(self, key: str) -> Optimizer:
        if key in self.optimizer_map:
            return self.optimizer_map[key]
        matching = [pattern for pattern in self.optimizer_map if re.fullmatch(pattern, key)]
        if len(matching) > 1:
            raise ValueError(f"The path {key!r} matches the keys {matching}. Change one, so that one of them matches.")
        return self.optimizer_map[matching[0]] if matching else self.default_optimizer

    def __setitem__(self, key: str, optimizer: Any) -> None:
        if key in self.optimizer_map:
            raise ValueError(f"The key {key!r} has an optimizer already. Delete it first, or use another key.")
        self.optimizer_map[key] = _optimizer(optimizer)

    def __delitem__(self, key: str) -> None:
        del self.optimizer_map[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.optimizer_map)

    def __len__(self) -> int:
        return len(self.optimizer_map)

    def __call__(self, weight: Any) -> Optimizer:
        """Return the optimizer of a weight."""
        chosen = self[weight.path]
        shorter = getattr(weight, "path_in_model", None)  # which a variable that is no model's does not have
        return chosen if shorter is None or chosen is not self.default_optimizer else self[shorter]


@registry.register("multioptimizer")
class MultiOptimizer(Wrapper):
    """Gives each weight to the optimizer that a map or a function chooses.

    Args:
        optimizer_map: An `OptimizerMap`, or a function from a weight (with `path`, `name`, `shape`, `dtype`) to an
            optimizer; it is called once for each weight.
        loss_scale_factor: Factor, above 0, of the loss while gradients are computed; `None` for 1. Replaces the
            optimizers' own.
        name: A name; by default the class's.

    Raises:
        TypeError: If a choice is not an optimizer, or one that cannot be nested here.

    Example:
        >>> from hornet.optimizers import SGD
        >>> optimizer = MultiOptimizer(OptimizerMap(SGD(0.5), {"b": SGD(0.25)}))
        >>> weights = {"a": np.float32(1.0), "b": np.float32(1.0)}
        >>> weights, slots = optimizer.update(weights, weights, optimizer.init(weights), step=0)
        >>> float(weights["a"]), float(weights["b"])
        (0.5, 0.75)
    """

    loss_scale_factor = Hyperparameter(above=0.0)

    def __init__(
        self,
        optimizer_map: OptimizerMap | Callable[[Any], Optimizer] | Mapping[str, Any],
        loss_scale_factor: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        if isinstance(optimizer_map, Mapping) and not isinstance(optimizer_map, OptimizerMap):
            optimizer_map = OptimizerMap.from_config(optimizer_map["config"])
        self.optimizer_map = optimizer_map
        self.loss_scale_factor = loss_scale_factor
        self._chosen: dict[str, Optimizer] = {}
        self._paths: dict[str, str] = {}

    def _bind(self, variables: Mapping[str, Variable]) -> None:
        self._paths = {path: variable.path for path, variable in variables.items()}
        super()._bind(variables)

    def build(self, variables: Sequence[Variable]) -> None:
        super().build(variables)
        self._present_state.present_slots()  # a function chooses here, so that `optimizers` lists what it chose

    @property
    def schedule(self) -> None:
        """Each of the `optimizers` has its own."""

    @property
    def optimizers(self) -> list[Optimizer]:
        """The optimizers, each once."""
        by_map = self.optimizer_map if isinstance(self.optimizer_map, OptimizerMap) else None
        mapped = [*by_map.values(), by_map.default_optimizer] if by_map else []
        return list({id(optimizer): optimizer for optimizer in [*mapped, *self._chosen.values()]}.values())

    @property
    def learning_rate(self) -> Any:
        """Each of the `optimizers` has its own."""
        raise AttributeError("A `MultiOptimizer` has no learning rate. Use that of one of its `optimizers`.")

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        raise AttributeError(f"A `MultiOptimizer` takes no learning rate {value!r}. Assign it to its `optimizers`.")

    def _structure(self) -> Any:
        return (super()._structure(), tuple((path, optimizer._structure()) for path, optimizer in self._chosen.items()))

    def loss_scale(self, slots: Slots) -> Any:
        return self.loss_scale_factor

    def init(self, weights: Tensors) -> Slots:
        return {
            number: optimizer.init({path: weights[path] for path in paths})
            for number, (optimizer, paths) in self._groups(weights).items()
        }

    def _update_weights(
        self, gradients: Tensors, weights: Tensors, slots: Slots, step: Any, undecayed: Collection[str]
    ) -> tuple[Tensors, Slots]:
        new_weights: dict[str, Any] = {}
        new_slots: dict[str, Any] = {}
        for number, (optimizer, paths) in self._groups(weights).items():
            own_gradients = {path: gradients[path] for path in paths if path in gradients}
            own_weights = {path: weights[path] for path in paths}
            changed, new_slots[number] = optimizer._update_weights(
                own_gradients, own_weights, slots[number], step, undecayed
            )
            new_weights.update(changed)
        return {path: new_weights[path] for path in weights}, new_slots

    def entries(self, slots: Slots, weights: WeightNames, counts: dict[str, Any]) -> Iterator[Entry]:
        yield Entry.count(counts)
        yield Entry("learning_rate", np.float32(0.0))  # which Keras's has and does not use
        for _, _, entries in self._inner_entries(slots, weights, counts):
            yield from entries

    def _inner_entries(
        self, slots: Slots, weights: WeightNames, counts: dict[str, Any]
    ) -> Iterator[tuple[str, Optimizer, Iterator[Entry]]]:
        seen: Counter[str] = Counter()
        for index, optimizer in enumerate(self.optimizers):
            own, name = slots.get(str(index), {}), snake_case(type(optimizer).__name__)
            path = f"optimizers/{name}_{seen[name]}" if seen[name] else f"optimizers/{name}"
            seen[name] += 1
            yield path, optimizer, optimizer.entries(own, weights.of(own), {"step": counts["step"]})

    def swap(self, weights: Tensors, slots: Slots) -> tuple[Tensors, Slots]:
        groups = self._groups(weights).items()
        averaged = {number: (optimizer, paths) for number, (optimizer, paths) in groups if optimizer.use_ema}
        if not averaged or not slots:
            return super().swap(weights, slots)  # which says that there are none
        swapped, new_slots = dict(weights), dict(slots)
        for number, (optimizer, paths) in averaged.items():
            own, new_slots[number] = optimizer.swap({path: weights[path] for path in paths}, slots[number])
            swapped.update(own)
        return swapped, new_slots

    def finalize(self, weights: Tensors, slots: Slots) -> Tensors:
        final: dict[str, Any] = {}
        for number, (optimizer, paths) in self._groups(weights).items():
            final.update(optimizer.finalize({path: weights[path] for path in paths}, slots[number]))
        return {path: final[path] for path in weights}

    def _groups(self, weights: Mapping[str, Any]) -> dict[str, tuple[Optimizer, list[str]]]:
        """Return the optimizers that have something to do, with their weights' paths, by number."""
        for path, weight in weights.items():
            if path not in self._chosen:
                described = Weight(self._paths.get(path, path), np.shape(weight), jnp.result_type(weight), path)
                self._chosen[path] = _optimizer(self.optimizer_map(described))
        groups = {}
        for number, optimizer in enumerate(self.optimizers):
            paths = [path for path in weights if self._chosen[path] is optimizer]
            if paths:
                groups[str(number)] = (optimizer, paths)
        return groups


def _optimizer(given: Any) -> Optimizer:
    found = inner(given)
    if isinstance(found, LossScaleOptimizer | MultiOptimizer):
        raise ArgumentError(f"A `{type(found).__name__}` cannot be one of several optimizers. Put it around them.")
    return found
