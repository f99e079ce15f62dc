"""What users call in loops of their own: an optimizer that keeps its state, and its pure functions of plain lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from hornet.core.checks import warn
from hornet.core.module import Module
from hornet.core.variable import Variable
from hornet.optimizers.numbers import Count
from hornet.optimizers.optimizer_variables import OptimizerVariables, described
from hornet.optimizers.state import OptimizerState

if TYPE_CHECKING:
    from hornet.optimizers.own_apply import Applied


class ByHand(Module):
    """The part of an optimizer that loops of users' own call."""

    _is_optimizer = True

    _state: OptimizerState | None = None
    """Where the slots and the count of steps are: with the model that was trained last, or with built variables."""

    _applied: Applied | None = None
    """In a program that goes through an `apply` of the user's, the update that is on."""

    _step: Count

    def _keep_in(self, state: OptimizerState) -> None:
        """Keep slots and count in this state from now on."""
        self._state = state
        self._count_in(state.step)

    def _count_in(self, step: Count) -> None:
        """Count steps in this variable from now on."""
        self._step = step

    @property
    def _present_state(self) -> OptimizerState:
        if self._state is None:
            self._state = OptimizerState(cast(Any, self), step=self._step, is_by_hand=True)
        return self._state

    def __getstate__(self) -> dict[str, Any]:
        # A copy of the optimizer alone has nothing to do with the model; the copy of a model puts its own state in.
        held = self._state
        return vars(self) if held is None or held.is_by_hand else {**vars(self), "_state": None}

    # --- state that the optimizer keeps ---------------------------------------------------------------

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the slots of variables that `apply` is to update.

        Args:
            variables: The variables.

        Example:
            >>> from hornet.optimizers import SGD
            >>> weight, sgd = Variable([1.0], name="weight"), SGD(0.5, momentum=0.9)
            >>> sgd.build([weight])
            >>> [variable.name for variable in sgd.variables]
            ['iteration', 'learning_rate', 'weight_momentum']
            >>> sgd.apply([[1.0]])
            >>> weight.numpy()
            array([0.5], dtype=float32)
        """
        variables = list(variables)
        if not self._present_state.is_of(variables):
            self._keep_in(OptimizerState.by_hand(cast(Any, self), variables))

    def _variables_of_slot(self, slot: str) -> list[Variable]:
        """Return the variables of one slot, in the order of the weights that have it."""
        return [variable for variable in self.variables if variable.name.endswith(f"_{slot}")]

    @property
    def built(self) -> bool:
        """Whether it knows the variables that it updates."""
        return bool(self._present_state.variables)

    @property
    def variables(self) -> list[Variable]:
        """The count of steps, the learning rate and the slots, in Keras's order; assigning to one changes it."""
        return self._present_state.listed()

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Count:
        """Update variables by pairs of a gradient and a variable; return the number of steps so far.

        Example:
            >>> from hornet.optimizers import SGD
            >>> weight = Variable([1.0, 2.0])
            >>> int(SGD(0.5).apply_gradients([([1.0, 1.0], weight)]))
            1
            >>> weight.numpy()
            array([0.5, 1.5], dtype=float32)
        """
        gradients, variables = zip(*grads_and_vars, strict=True)
        self.apply(gradients, variables)
        return self._present_state.step

    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None) -> None:
        """Update variables.

        Args:
            grads: The gradient in each variable; `None` leaves one as it is, with a warning.
            trainable_variables: The variables, which the first call builds for; by default those it is built for.

        Raises:
            RuntimeError: If this is inside a program, which would lose the optimizer's state.
            ValueError: If there is not a gradient for each variable, or a variable is not one it is built for.
        """
        if not len(grads):
            return
        if self._applied is not None:
            self._applied.take(grads, trainable_variables)
            return
        if trainable_variables is None and not self.built:
            raise ValueError("The optimizer knows no variables yet. Pass them, or call `build(variables)` first.")
        if trainable_variables is not None and not self.built:
            self.build(list(trainable_variables))
        state = self._present_state
        paths = _paths_of(state, trainable_variables, len(grads))
        found = {path: jnp.asarray(grad) for path, grad in zip(paths, grads, strict=True) if grad is not None}
        if any(isinstance(one, Tracer) for one in (*found.values(), *map(jnp.asarray, state.variables.values()))):
            raise RuntimeError(
                "`apply` was called inside a program, which would lose what the optimizer keeps. "
                "Use `stateless_apply`, which returns it; docs/guides/own_loops.md shows how."
            )
        _warn_of_missing(paths, found)
        state.apply(found)

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replace the values of `variables`, in their order.

        Raises:
            ValueError: If the optimizer is not built, or there are more or fewer values, or others in shape.
        """
        count = len(self._built_state("set_weights").listed())
        if len(weights) != count:
            raise ValueError(f"The optimizer has {count} variables, but got {len(weights)} values. Pass one for each.")
        self._present_state.put(dict(enumerate(weights)))

    def get_weights(self) -> list[np.ndarray]:
        """Return the values of `variables`, as `set_weights` takes them."""
        return [np.asarray(entry.value) for entry in self._present_state.entries()]

    def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
        """Put the values of `variables` into a dict, by their numbers."""
        store.update({str(index): value for index, value in enumerate(self.get_weights())})

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Take the values of `variables` from a dict, by their numbers; one of another length is not taken."""
        count = len(self._present_state.entries())
        if len(store) != count:
            warn(
                f"The optimizer {cast(Any, self).name!r} has {count} variables, but {len(store)} were stored; these "
                "are not taken. Build it for the variables that it had."
            )
            return
        self._present_state.put({index: store[str(index)] for index in range(count)})

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """Give variables the values that are kept when training ends: their moving averages where there are any."""
        state = self._present_state
        paths = _paths_of(state, var_list, len(var_list))
        weights = {path: variable.value for path, variable in state.variables.items()}
        final = cast(Any, self).finalize(weights, state.present_slots())
        for path in paths:
            state.variables[path].assign(final[path])

    def _built_state(self, method: str) -> OptimizerState:
        if not self.built:
            raise ValueError(
                f"`{method}` needs the optimizer's variables, and it has none yet. "
                "Call `optimizer.build(model.trainable_variables)` first."
            )
        return self._present_state

    # --- pure functions -------------------------------------------------------------------------------

    def stateless_init(self, trainable_variables: Sequence[Any]) -> OptimizerVariables:
        """Return the optimizer state before the first update.

        Args:
            trainable_variables: The variables that are trained; or their values, where there are no constraints and
                no name of a variable has a meaning.
        """
        optimizer = cast(Any, self)
        paths, constraints = described(trainable_variables)
        variables = dict(zip(paths, trainable_variables, strict=True))
        slots = optimizer.init({path: jnp.asarray(value) for path, value in variables.items()})
        return OptimizerVariables(slots, np.int32(0), paths, constraints, optimizer.undecayed_paths(variables))

    def stateless_apply(
        self,
        optimizer_variables: OptimizerVariables | Sequence[Any],
        grads: Sequence[Any],
        trainable_variables: Sequence[Any],
    ) -> tuple[list[Any], Any]:
        """Return the new value of each variable, and the new optimizer state; may run under `jax.jit`.

        Args:
            optimizer_variables: The values of `variables` of an optimizer that is built, in their order; or what
                `stateless_init` returned. After the first update, what the last one returned.
            grads: The gradient in each variable.
            trainable_variables: The value of each variable.

        Raises:
            ValueError: If there are not as many gradients or values as variables; or the optimizer is not built.

        Example:
            >>> from hornet.optimizers import SGD
            >>> sgd = SGD(0.1)
            >>> sgd.build([Variable(1.0)])
            >>> state = [variable.value for variable in sgd.variables]
            >>> [weight], state = sgd.stateless_apply(state, [2.0], [1.0])
            >>> round(float(weight), 3), int(state[0])
            (0.8, 1)
        """
        if isinstance(optimizer_variables, OptimizerVariables):
            return self._apply_to_record(optimizer_variables, grads, trainable_variables)
        state = self._built_state("stateless_apply")
        paths = _paths_of(state, None, len(grads))
        if len(trainable_variables) != len(paths):
            raise ValueError(f"There are {len(trainable_variables)} values for {len(paths)} variables. Pass one each.")
        count = len(state.entries())
        if len(optimizer_variables) != count:
            raise ValueError(
                f"The optimizer has {count} variables, but got {len(optimizer_variables)} values of them. Pass "
                "one for each of `optimizer.variables`."
            )
        weights = {path: jnp.asarray(value) for path, value in zip(paths, trainable_variables, strict=True)}
        found = {path: jnp.asarray(grad) for path, grad in zip(paths, grads, strict=True) if grad is not None}
        _warn_of_missing(paths, found)
        return state.stateless_apply([jnp.asarray(value) for value in optimizer_variables], found, weights)

    def _apply_to_record(self, held: OptimizerVariables, grads: Sequence[Any], values: Sequence[Any]) -> Any:
        gradients, weights = held.by_path("gradients", grads), held.by_path("values", values)
        weights, slots = cast(Any, self).update(gradients, weights, held.slots, held.step, held.undecayed)
        allowed = [
            value if constraint is None else constraint(value)
            for constraint, value in zip(held.constraints, (weights[path] for path in held.paths), strict=True)
        ]
        return allowed, replace(held, slots=slots, step=held.step + 1)

    def stateless_finalize(
        self, optimizer_variables: OptimizerVariables, trainable_variables: Sequence[Any]
    ) -> list[Any]:
        """Return the value to keep of each variable when training ends: its moving average where there is one.

        Args:
            optimizer_variables: What the last `stateless_apply` returned.
            trainable_variables: The value of each variable.
        """
        held = optimizer_variables
        final = cast(Any, self).finalize(held.by_path("values", trainable_variables), held.slots)
        return [final[path] for path in held.paths]


def _paths_of(state: OptimizerState, variables: Sequence[Variable] | None, count: int) -> list[str]:
    """Return the paths of variables that get `count` gradients."""
    paths = {id(variable): path for path, variable in state.variables.items()}
    given = list(state.variables.values()) if variables is None else list(variables)
    for variable in given:
        if id(variable) not in paths:
            raise ValueError(
                f"{variable!r} is not among the variables that the optimizer was built for. "
                "Make another optimizer for other variables."
            )
    if len(given) != count:
        raise ValueError(f"There are {count} gradients for {len(given)} variables. Pass one for each.")
    return [paths[id(variable)] for variable in given]


def _warn_of_missing(paths: Sequence[str], found: Mapping[str, Any]) -> None:
    missing = [path for path in paths if path not in found]
    if not found:
        raise ValueError("No variable has a gradient; all are None. Take the gradients of a loss of these variables.")
    if missing:
        warn(
            f"There are no gradients for the variables {missing}, which stay as they are. Does the loss depend on them?"
        )
