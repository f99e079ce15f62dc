"""Optimizers in Keras's form, whose `update_step` assigns to variables that `build` has made."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from hornet import initializers
from hornet.core.absent_names import attribute_or_reason
from hornet.core.dtypes import standardize_dtype
from hornet.core.frame import Frame, current_frame
from hornet.core.module import boxes, values_of
from hornet.core.variable import Number, Variable
from hornet.optimizers.by_hand import ByHand


@dataclass
class Held:
    """What an optimizer in Keras's form was built with.

    Args:
        references: The variables that it trains, by path.
        own: Those that it made.
    """

    references: dict[str, Variable] = field(default_factory=dict)
    own: list[Variable] = field(default_factory=list)

    def values(self) -> dict[str, Any]:
        """Return the values of its own variables, by keys that keep their order when sorted."""
        return {self.key(index): variable.held for index, variable in enumerate(self.own)}

    def key(self, index: int) -> str:
        """Return the key of a variable of its own."""
        return f"{index:06d}_{self.own[index].name}"


class InPlace(ByHand):
    """The part of an optimizer that subclasses in Keras's form call; their own variables are slots that all share."""

    _held: Held

    if not TYPE_CHECKING:  # no attribute exists, to type checkers
        __getattr__ = attribute_or_reason

    @property
    def _is_in_place(self) -> bool:
        return type(self).update_step is not InPlace.update_step

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Assign a variable's new value, and those of variables that `build` has made: Keras's form of `update_one`.

        Args:
            gradient: The gradient in the variable.
            variable: The variable.
            learning_rate: The learning rate of this update.

        Example:
            >>> from hornet.optimizers import Optimizer
            >>> class Descent(Optimizer):
            ...     def update_step(self, gradient, variable, learning_rate):
            ...         self.assign_sub(variable, learning_rate * gradient)
            >>> weight = Variable([1.0])
            >>> Descent(0.5).apply([[1.0]], [weight])
            >>> weight.numpy()
            array([0.5], dtype=float32)
        """
        own = next(name for name in type(self).__mro__ if "update_one" in vars(name))
        if own.__name__ == "Optimizer":
            raise NotImplementedError(f"`{type(self).__name__}` has no `update_step`. Write one, or an `update_one`.")
        raise NotImplementedError(
            f"`{own.__name__}` updates by `update_one(gradient, weight, slots, rate)`, which returns the new weight "
            "and its slots, not by `update_step`. Override `update_one` instead."
        )

    @property
    def built(self) -> bool:
        """Whether it knows the variables that it updates, and has made its own."""
        return super().built and (bool(self._held.references) or not self._is_in_place)

    def build(self, variables: Sequence[Variable]) -> None:
        super().build(variables)
        self._held = Held(dict(self._present_state.variables))

    def _bind(self, variables: Mapping[str, Variable]) -> None:
        """Build for the variables of a model, unless it is built for them."""
        if not self._is_in_place or not variables:
            return
        known = self._held.references
        if {id(one) for one in known.values()} != {id(one) for one in variables.values()}:
            self._held = Held()  # not built for these, as a `build` of the user's may ask first
            self.build(list(variables.values()))
        self._held.references = dict(variables)

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: Any = None,
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Make a variable of this optimizer's; for use in `build`, behind `super().build(variables)`.

        Args:
            shape: Its shape.
            initializer: Name, object or function.
            dtype: Type of its elements; `floatx()` by default.
            aggregation: Taken for Keras's sake, without effect, as `layout` is.
            layout: See `aggregation`.
            name: Its name.
        """
        initialize: Any = initializers.get(initializer)
        made = Variable(initialize, tuple(shape), standardize_dtype(dtype), trainable=False, name=name or "variable")
        self._held.own.append(made)
        return made

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """Make a variable of this optimizer's in the shape and type of another."""
        label = f"{reference_variable.name}_{name or 'var'}".replace("/", "_")
        return self.add_variable(reference_variable.shape, initializer, reference_variable.dtype, name=label)

    def add_optimizer_variables(
        self, trainable_variables: Sequence[Variable], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """Make variables of this optimizer's like others: a list of them, or one for each of several names.

        Raises:
            ValueError: If there are not as many initializers as names.
        """
        names = [name] if isinstance(name, str) else list(name)
        several = isinstance(initializer, list | tuple)
        kinds = list(initializer) if several else [initializer] * len(names)
        if len(kinds) != len(names):
            raise ValueError(f"There are {len(kinds)} initializers for {len(names)} names. Pass one for each, or one.")
        made: tuple[list[Variable], ...] = tuple([] for _ in names)
        for variable in trainable_variables:
            for found, one, kind in zip(made, names, kinds, strict=True):
                found.append(self.add_variable_from_reference(variable, one, kind))
        return made[0] if isinstance(name, str) else made

    def assign(self, variable: Variable, value: Any) -> None:
        """Replace a variable's value; for use in `update_step`."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Add to a variable's value; for use in `update_step`."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtract from a variable's value; for use in `update_step`."""
        variable.assign_sub(value)

    def _label_of_shared(self, key: str) -> str:
        """Return Keras's name of a slot that all weights share."""
        return self._held.own[int(key.partition("_")[0])].name if self._is_in_place else key

    def _get_variable_index(self, variable: Variable) -> int:
        return next(index for index, one in enumerate(self._held.references.values()) if one is variable)

    def _show(self, slots: Any) -> None:
        """Let the variables that it made show the values in slots."""
        for index, variable in enumerate(self._held.own):
            variable.held = slots[""][self._held.key(index)]

    def _initial_values(self, weights: Mapping[str, Any]) -> dict[str, Any]:
        """Return the first values of its own variables, built for weights that may be plain arrays."""
        if set(self._held.references) != set(weights):
            self._bind({path: Variable(weight, name=path) for path, weight in weights.items()})
        return self._held.values()

    def _run(
        self, gradients: Mapping[str, Any], weights: Mapping[str, Any], own: Mapping[str, Any], rate: Any, step: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return new weights and new values of its own variables, as `update_step` assigns them."""
        outer = current_frame()
        held, numbers = self._held, boxes({"": self}, Number)
        keys = {held.key(index): variable for index, variable in enumerate(held.own)}
        values = {} if outer is None else dict(outer.values)
        values |= {numbers[path]: value for path, value in values_of(numbers).items()}
        values |= {held.references[path]: weight for path, weight in weights.items()}
        values |= {variable: own[key] for key, variable in keys.items()}
        # Of several steps to an update; `iterations` counts updates.
        values[self._step] = step * (cast(Any, self).gradient_accumulation_steps or 1)
        arguments = (rate,) if _takes_rate(self.update_step) else ()
        with Frame(values).opened() as frame:
            for path, variable in held.references.items():
                if path in gradients:
                    self.update_step(gradients[path], variable, *arguments)
        new_weights = {path: frame.values[held.references[path]] for path in weights}
        return new_weights, {key: frame.values[variable] for key, variable in keys.items()}


def _takes_rate(function: Any) -> bool:
    """Return whether an `update_step` takes the learning rate; that of Keras 2 has it from `self`."""
    try:
        inspect.signature(function).bind(None, None, None)
    except TypeError:
        return False
    return True
