"""An optimizer's state: of the model that it trains, or of the variables that it was built for by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from hornet.core.config import is_all_ours
from hornet.core.module import boxes, pure, values_of
from hornet.core.variable import Number, Variable
from hornet.optimizers.entries import Entry, WeightNames
from hornet.optimizers.numbers import Count
from hornet.optimizers.own_apply import through_own_apply

if TYPE_CHECKING:
    from hornet.optimizers.optimizer import Optimizer

Update = Callable[[Mapping[str, Any], Mapping[str, Any], Any, Any], tuple[dict[str, Any], Any]]


@dataclass(eq=False)
class OptimizerState:
    """The state of an optimizer for some variables; models that share an optimizer have a state each.

    Args:
        optimizer: The optimizer.
        slots: Its slots, of most optimizers by weight: `{"hidden/kernel": {"momentum": array}}`.
        step: The number of steps so far.
        variables: The variables that are trained, by path; none before they are known.
        is_by_hand: Whether it is of variables that the optimizer was built for by hand, and not of a model.
    """

    optimizer: Optimizer
    slots: Any = field(default_factory=dict)
    step: Count = field(default_factory=Count)
    variables: Mapping[str, Variable] = field(default_factory=dict)
    is_by_hand: bool = False
    _listed: list[Variable] = field(default_factory=list, repr=False)
    _held_program: tuple[Any, Any] | None = field(default=None, repr=False)

    @classmethod
    def by_hand(cls, optimizer: Optimizer, variables: Sequence[Variable]) -> OptimizerState:
        """Return the state of variables that belong to no one model; paths keep their order when sorted."""
        paths = (f"{index:06d}/{variable.name}" for index, variable in enumerate(variables))
        return cls(optimizer, variables=dict(zip(paths, variables, strict=True)), is_by_hand=True)

    def prepare(self, variables: Mapping[str, Variable]) -> None:
        """Give slots to variables that have none, drop those of others, and let the optimizer keep its state here.

        Args:
            variables: The variables that are trained, by path.
        """
        self.adopt(variables)
        self.variables = variables
        self.optimizer._keep_in(self)
        self.optimizer._bind(variables)
        self.slots = self.optimizer.renew(self.slots, values_of(variables))

    def adopt(self, variables: Mapping[str, Variable]) -> None:
        """Go on from where the optimizer has come with the same variables by hand."""
        other = self.optimizer._state
        if other is None or other is self or self.slots or not other.is_by_hand or not other.is_of(variables.values()):
            return
        paths = {id(variable): path for path, variable in variables.items()}
        names = {path: paths[id(variable)] for path, variable in other.variables.items()}
        self.slots = _renamed(other.slots, names)
        self.step.assign(other.step.held)

    def is_of(self, variables: Iterable[Variable]) -> bool:
        """Return whether it is of these variables."""
        return {id(one) for one in self.variables.values()} == {id(one) for one in variables}

    def present_slots(self) -> Any:
        """Return the slots: new ones where there are none yet."""
        if not self.variables and not self.slots:
            return self.optimizer.init({})
        if not self.slots:
            self.prepare(self.variables)
        return self.slots

    # --- as Keras lists it ------------------------------------------------------------------------------------

    def listed(self) -> list[Variable]:
        """Return the optimizer's variables in Keras's order: the same objects, as long as they are as many."""
        found = self.entries()
        if len(self._listed) != len(found):
            others = [Listed(self, index, entry) for index, entry in enumerate(found) if index]
            self.step.path = f"{self.optimizer.name}/{self.step.name}"
            self._listed = [self.step, *others]
        return list(self._listed)

    def entries(self) -> list[Entry]:
        """Return the present entries; to write, use `put`."""
        return list(self._entries(self.present_slots(), {"step": self.step.held}))

    def put(self, values: Mapping[int, Any]) -> None:
        """Replace some variables, by their places in the list.

        Raises:
            ValueError: If a value has another shape; then none is replaced.
        """
        slots, counts = _copied(self.present_slots()), {"step": self.step.held}
        entries = list(self._entries(slots, counts))
        for index, value in values.items():
            if np.shape(value) != np.shape(entries[index].value):
                raise ValueError(
                    f"The optimizer's variable {entries[index].name!r} has shape {np.shape(entries[index].value)} and "
                    f"cannot take a value of shape {np.shape(value)}. Pass one of the same shape."
                )
        for index, value in values.items():
            entries[index].put(jnp.asarray(value, jnp.result_type(entries[index].value)))
        self.slots = slots if self.variables else self.slots
        self.step.assign(counts["step"])

    def _entries(self, slots: Any, counts: dict[str, Any]) -> Iterator[Entry]:
        held = {path: variable.held for path, variable in self.variables.items()}  # in a program too: shapes matter
        names = WeightNames(held, {path: _label(path, self) for path in self.variables})
        return self.optimizer.entries(slots, names, counts)

    # --- updates ----------------------------------------------------------------------------------------------

    def apply(self, gradients: Mapping[str, Any]) -> None:
        """Update those variables of which there are gradients, by path."""
        numbers, weights, slots = self._numbers, values_of(self.variables), self.present_slots()
        (weights, self.slots), _, _ = self._program()(values_of(numbers), gradients, weights, slots, self.step.held)
        for path in gradients:
            self.variables[path].assign(weights[path])
        self.step.assign_add(1)
        self.optimizer._show(self.slots)

    def stateless_apply(
        self, values: Sequence[Any], gradients: Mapping[str, Any], weights: Mapping[str, Any]
    ) -> tuple[list[Any], list[Any]]:
        """Return the new weights and the new values of what `listed` lists; changes nothing."""
        update = make_update(self.optimizer, self.variables)
        update = through_own_apply(self.optimizer, self.variables, update)

        def step() -> tuple[list[Any], list[Any]]:
            slots, count = self.from_list(values)
            new_weights, slots = update(gradients, weights, slots, count)
            return [new_weights[path] for path in self.variables], self.as_list(slots, count + 1)

        return pure(self._numbers, step)(values_of(self._numbers))[0]

    def as_list(self, slots: Any, step: Any) -> list[Any]:
        """Return slots and a count of steps as values in Keras's order; inside a program the program's own."""
        return [jnp.asarray(entry.value) for entry in self._entries(slots, {"step": step})]

    def from_list(self, values: Sequence[Any]) -> tuple[Any, Any]:
        """Return the slots and the count of steps that `as_list` has listed; the learning rate becomes the frame's."""
        slots, counts = _copied(self.present_slots()), {"step": self.step.held}
        for entry, value in zip(self._entries(slots, counts), values, strict=True):
            entry.put(value)
        return slots, counts["step"]

    @property
    def _numbers(self) -> dict[str, Number]:
        return boxes({"optimizer": self.optimizer}, Number)

    def _program(self) -> Any:
        """Return the update, compiled unless the optimizer holds user-defined code, whose numbers may change unseen."""
        structure = self.optimizer._structure()
        kinds = tuple((id(one), one.constraint, one.overwrite_with_gradient) for one in self.variables.values())
        if self._held_program is None or self._held_program[0] != (structure, kinds):
            update = pure(self._numbers, make_update(self.optimizer, self.variables))
            self._held_program = (structure, kinds), jax.jit(update) if is_all_ours(structure) else update
        return self._held_program[1]

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_listed": [], "_held_program": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.optimizer._keep_in(self)


class Listed(Variable):
    """One of an optimizer's variables as Keras lists them; its value is kept in the optimizer's state.

    Args:
        state: The optimizer's state.
        index: Its place in the list.
        entry: Its present entry.
    """

    __slots__ = ("_index", "_state")

    def __init__(self, state: OptimizerState, index: int, entry: Entry) -> None:
        self._state = state
        self._index = index
        self.name = entry.name
        self.path = f"{state.optimizer.name}/{entry.name}"
        self.overwrite_with_gradient = False
        self.shape = np.shape(entry.value)
        self._own_dtype = np.dtype(jnp.result_type(entry.value)).name
        self.aggregation, self.synchronization = "none", "auto"
        self.regularizer = self.constraint = None
        self._trainable = self._made_trainable = self.frozen = self._autocast = False

    @property
    def held(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The present value in the optimizer's state."""
        return jnp.asarray(self._state.entries()[self._index].value)

    @held.setter
    def held(self, value: Any) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self._state.put({self._index: value})


def make_update(optimizer: Optimizer, variables: Mapping[str, Variable]) -> Update:
    """Return the update of some variables as a pure function of dicts by path.

    Constraints come last: they bound what the next step sees. A variable that is overwritten with its gradient takes
    that as its value.
    """
    constraints = {path: one.constraint for path, one in variables.items() if one.constraint is not None}
    overwritten = {path for path, one in variables.items() if one.overwrite_with_gradient}
    undecayed = optimizer.undecayed_paths(variables)

    def update(gradients: Mapping[str, Any], weights: Mapping[str, Any], slots: Any, step: Any) -> Any:
        followed = {path: gradient for path, gradient in gradients.items() if path not in overwritten}
        moved, slots = optimizer.update(followed, weights, slots, step, undecayed)
        moved = {
            path: constraints[path](value) if path in constraints and path in followed else value
            for path, value in moved.items()
        }
        new = {path: jnp.asarray(gradients[path], weights[path].dtype) for path in overwritten & gradients.keys()}
        return {**moved, **new}, slots

    return update


def _renamed(slots: Any, names: Mapping[str, str]) -> Any:
    """Return slots with other paths of weights."""
    if isinstance(slots, Mapping):
        return {names.get(key, key): _renamed(part, names) for key, part in slots.items()}
    return slots


def _copied(slots: Any) -> Any:
    """Return slots in dicts of their own."""
    return jax.tree.map(lambda leaf: leaf, slots)


def _label(path: str, state: OptimizerState) -> str:
    return state.variables[path].path
