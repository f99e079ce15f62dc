"""An optimizer's state as Keras lists it, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import jax
import numpy as np

from hornet.core.errors import CorruptFileError
from hornet.core.module import boxes
from hornet.core.registry import snake_case
from hornet.core.variable import Variable
from hornet.optimizers import LossScaleOptimizer, MultiOptimizer, Optimizer

Entry = tuple[str, Any, Callable[[Any], None]]
"""A variable of Keras's: its name, its value, and what takes a new value."""


NEVER_RAN = 2
"""The most variables that Keras lists of an optimizer that it has never run: its step and its learning rate."""


def trained_variables(model: Any) -> dict[str, Variable]:
    """Return the variables that a model's optimizer changes, by path."""
    trained = set(map(id, model.trainable_variables))
    return {path: one for path, one in boxes(model, Variable).items() if id(one) in trained}


class OptimizerState:
    """A compiled model's optimizer state, in Keras's list.

    Args:
        model: A built and compiled model; its optimizer gets slots where it has none.
        names: Keras's path of each trained variable, for names; the variables' paths by default.
    """

    def __init__(self, model: Any, names: Mapping[str, str] | None = None) -> None:
        self._held = model.optimization
        variables = trained_variables(model)
        self._names = names or {path: path for path in variables}
        weights = {path: one.held for path, one in variables.items()}
        self._held.optimizer.build(variables)
        slots = self._held.optimizer.renew(self._held.slots, weights)
        self._slots = jax.tree.map(lambda leaf: leaf, slots)  # dicts of our own, to write into
        self._step = int(self._held.step)
        self._weights = weights

    def entries(self, count: int | None = None) -> list[tuple[str, np.ndarray]]:
        """Return each variable of Keras's: its name and value.

        Args:
            count: How many a file lists; Keras 2's have no learning rate.
        """
        return [(name, np.asarray(value)) for name, value, _ in self._listing(count)]

    def _listing(self, count: int | None) -> list[Entry]:
        entries = list(self._entries())
        shorter = [entry for entry in entries if entry[0] != "learning_rate"]
        return shorter if count == len(shorter) else entries

    def take(self, path: Any, arrays: Sequence[np.ndarray]) -> None:
        """Put in what a file lists.

        Args:
            path: The file, for errors.
            arrays: The values, in Keras's order.

        Raises:
            CorruptFileError: If a shape differs; the state stays as it was.
        """
        entries = self._listing(len(arrays))
        for (name, value, _), array in zip(entries, arrays, strict=True):
            if np.shape(value) != np.shape(array):
                raise CorruptFileError(
                    path,
                    f"optimizer, {name}",
                    f"it has shape {np.shape(array)}, not {np.shape(value)}. Load it with the optimizer that wrote it.",
                )
        for (_, value, put), array in zip(entries, arrays, strict=True):
            put(np.asarray(array, np.asarray(value).dtype))
        self._held.slots = self._slots
        self._held.step = self._held.optimizer.step = np.int32(self._step)

    def inner(self) -> Iterator[tuple[str, Optimizer, Iterator[Entry]]]:
        """Yield Keras's path below the outer one of each optimizer within, itself, and its list."""
        outer, paths = self._held.optimizer, list(self._weights)
        if isinstance(outer, LossScaleOptimizer):
            one = outer.inner_optimizer
            yield (
                "inner_optimizer",
                one,
                self._listed(one, self._slots["inner"], paths, int(self._slots["step"]), _ignore),
            )
        if isinstance(outer, MultiOptimizer):
            counts: dict[str, int] = {}
            for number, one in enumerate(outer.optimizers):
                name = snake_case(type(one).__name__)
                counts[name] = count = counts.get(name, -1) + 1
                own = self._slots.get(str(number), {})
                theirs = [path for path in paths if path in own]
                yield (
                    f"optimizers/{name}_{count}" if count else f"optimizers/{name}",
                    one,
                    self._listed(one, own, theirs, self._step, _ignore),
                )

    def _entries(self) -> Iterator[Entry]:
        yield from self._listed(self._held.optimizer, self._slots, list(self._weights), self._step, self._put_step)

    def _put_step(self, step: int) -> None:
        self._step = step

    def _listed(
        self, optimizer: Optimizer, slots: Any, paths: list[str], step: int, put_step: Callable[[int], None]
    ) -> Iterator[Entry]:
        if isinstance(optimizer, LossScaleOptimizer):
            yield from self._of_loss_scale(optimizer, slots, paths, step, put_step)
            return
        if isinstance(optimizer, MultiOptimizer):
            yield from self._of_several(optimizer, slots, paths, step, put_step)
            return
        yield from self._head(optimizer, step, put_step)
        yield from self._of_weights(optimizer, slots, paths)

    def _head(self, optimizer: Optimizer, step: int, put_step: Callable[[int], None]) -> Iterator[Entry]:
        yield "iteration", np.int32(step), lambda value: put_step(int(value))
        if optimizer.schedule is None:
            rate = np.float32(float(cast(Any, optimizer.learning_rate)))
            yield "learning_rate", rate, lambda value: _set_rate(optimizer, value)

    def _of_weights(self, optimizer: Optimizer, slots: Any, paths: list[str]) -> Iterator[Entry]:
        if optimizer.use_ema:
            yield from (self._slot(slots, path, "average") for path in paths)
        if optimizer.gradient_accumulation_steps:
            yield from (self._slot(slots, path, "gradient_accumulator") for path in paths)
        kind = type(optimizer).__name__
        if kind == "Adafactor":
            for path in paths:
                yield from self._factored(slots, path)
        elif kind == "RMSprop":  # one kind of slot after the other
            for name in optimizer.slot_names:
                yield from (self._slot(slots, path, name) for path in paths)
        else:
            together = [name for name in optimizer.slot_names if name != "velocity_hat"]
            for path in paths:
                yield from (self._slot(slots, path, name) for name in together if name in slots[path])
            if "velocity_hat" in optimizer.slot_names:
                yield from (self._slot(slots, path, "velocity_hat") for path in paths)
        shared = slots.get("", {})
        for name in shared:
            yield name, shared[name], _putter(shared, name)

    def _slot(self, slots: Any, path: str, name: str) -> Entry:
        return f"{self._names[path].replace('/', '_')}_{name}", slots[path][name], _putter(slots[path], name)

    def _factored(self, slots: Any, path: str) -> Iterator[Entry]:
        """Yield Adafactor's three: Keras has placeholders where a weight has one axis, and a velocity it never uses."""
        own, base = slots[path], self._names[path].replace("/", "_")
        for name in ("row", "column"):
            if name in own:
                yield f"{base}_{name}", own[name], _putter(own, name)
            else:
                yield f"{base}_{name}", np.int32(0), _ignore
        if "velocity" in own:
            yield self._slot(slots, path, "velocity")
        else:
            yield f"{base}_velocity", np.zeros_like(self._weights[path]), _ignore

    def _of_loss_scale(
        self, optimizer: LossScaleOptimizer, slots: Any, paths: list[str], step: int, put_step: Callable[[int], None]
    ) -> Iterator[Entry]:
        inner = optimizer.inner_optimizer

        def put_inner(count: int) -> None:
            slots["step"] = np.int32(count)
            put_step(max(self._step, count))  # Keras counts in the inner one alone

        yield "iteration", np.int32(step), lambda value: put_step(int(value))
        yield "learning_rate", np.float32(0.0), _ignore
        yield "step_counter", slots["finite_steps"], _putter(slots, "finite_steps")
        yield "dynamic_scale", slots["scale"], _putter(slots, "scale")
        yield from self._listed(inner, slots["inner"], paths, int(slots["step"]), put_inner)

    def _of_several(
        self, optimizer: MultiOptimizer, slots: Any, paths: list[str], step: int, put_step: Callable[[int], None]
    ) -> Iterator[Entry]:
        yield "iteration", np.int32(step), lambda value: put_step(int(value))
        yield "learning_rate", np.float32(0.0), _ignore  # which Keras's has and does not use
        for number, one in enumerate(optimizer.optimizers):
            own = slots.get(str(number), {})
            yield from self._listed(one, own, [path for path in paths if path in own], step, _ignore)


def _putter(slots: dict[str, Any], name: str) -> Callable[[Any], None]:
    return lambda value: slots.__setitem__(name, value)


def _ignore(value: Any) -> None:
    pass


def _set_rate(optimizer: Optimizer, value: Any) -> None:
    optimizer.learning_rate = float(value)


def nested_lists(state: OptimizerState) -> dict[str, tuple[Any, list[tuple[str, np.ndarray]]]]:
    """Return the optimizers within, and their own lists, by Keras's paths below the outer one."""
    return {
        path: (one, [(name, np.asarray(value)) for name, value, _ in listed]) for path, one, listed in state.inner()
    }
