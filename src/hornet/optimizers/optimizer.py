"""The base of every optimizer: the loop over weights, and all that does not depend on the method."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Unpack

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from hornet.core.checks import boolean, positive_int, text
from hornet.core.config import constructor_arguments, serialize, structure_of
from hornet.core.frame import current_frame
from hornet.core.names import unique_name
from hornet.core.registry import Registry
from hornet.core.suggestions import reject_unknown_arguments
from hornet.core.variable import Hyperparameter, Number, Variable
from hornet.optimizers.entries import Entry, WeightNames
from hornet.optimizers.in_place import Held, InPlace
from hornet.optimizers.learning_rate import LearningRate
from hornet.optimizers.momentum import scheduled_momentum
from hornet.optimizers.numbers import CallableScalar, Count
from hornet.optimizers.options import OlderOptions, RateLike
from hornet.optimizers.schedules import InverseTimeDecay
from hornet.plots.html import table

registry = Registry("optimizer", "keras.optimizers")

Tensors = Mapping[str, Any]
Slots = Any
"""The state of an optimizer: a tree of arrays, for most optimizers `{"hidden/kernel": {"momentum": array}}`."""

_AVERAGE = "average"
_ACCUMULATOR = "gradient_accumulator"


class Optimizer(InPlace):
    """Turns gradients into new weights: base of all optimizers.

    An optimizer holds only numbers. Its state for each weight (its *slots*, such as a momentum) is made by `init`
    and passed through `update`, both pure functions of dicts by path. Its numbers are arguments of programs,
    so assigning one between epochs, such as `optimizer.learning_rate = 0.001`, compiles nothing.

    A subclass names its slots and writes `update_one`. A number that is declared as a `Hyperparameter` reaches
    programs as an argument; any other attribute is part of the program. Further methods, where they are needed:
    `initial_slots` for slots that do not begin with zeros, and `prepare` for what depends on the step alone. A subclass
    in Keras's form, with `build` and `update_step`, works as well.

    Args:
        learning_rate: Size of a step, at least 0: a number, a schedule, a function of the number of updates so far,
            or a function of nothing, which is called before each dispatch. `lr=` is the older spelling; `decay=d`
            stands for the schedule `InverseTimeDecay(learning_rate, 1, d)`.
        weight_decay: Fraction of each weight, times the learning rate, subtracted at each step; `None` for none.
        clipnorm: Maximum norm of each gradient, above 0; `None` for any.
        clipvalue: Maximum absolute value of each gradient's elements, above 0; `None` for any.
        global_clipnorm: Maximum norm of all gradients together, above 0; `None` for any.
        use_ema: Whether to keep the weights' exponential moving average, which replaces them when training ends.
        ema_momentum: How much of the average is kept at each step, from 0 to 1.
        ema_overwrite_frequency: Number of steps after which the average replaces the weights; `None` for never.
        loss_scale_factor: Factor, above 0, of the loss while gradients are computed, against underflow; `None` for 1.
        gradient_accumulation_steps: Number of steps, at least 1, whose mean gradient makes one update; `None` for 1.
        name: A name; by default the class's.

    Raises:
        ValueError: If more than one kind of clipping is requested, or a number is out of its range.

    Example:
        >>> class SignDescent(Optimizer):
        ...     slot_names = ("momentum",)
        ...
        ...     def update_one(self, gradient, weight, slots, rate):
        ...         momentum = 0.9 * slots["momentum"] + gradient
        ...         return weight - rate * jnp.sign(momentum), {"momentum": momentum}
        >>> optimizer = SignDescent(0.5)
        >>> weights = {"w": np.float32(1.0)}
        >>> weights, slots = optimizer.update({"w": np.float32(4.0)}, weights, optimizer.init(weights), step=0)
        >>> float(weights["w"]), float(slots["w"]["momentum"])
        (0.5, 4.0)
    """

    learning_rate = LearningRate()
    weight_decay = Hyperparameter(at_least=0.0)
    clipnorm = Hyperparameter(above=0.0)
    clipvalue = Hyperparameter(above=0.0)
    global_clipnorm = Hyperparameter(above=0.0)
    ema_momentum = Hyperparameter(required=True, at_least=0.0, at_most=1.0)
    loss_scale_factor = Hyperparameter(above=0.0)

    _always_shown = ("learning_rate",)
    _is_listed = True
    """Whether its state is a list of variables, as Keras's optimizers have it."""

    _undecayed_variables: frozenset[Variable] = frozenset()
    _undecayed_names: tuple[str, ...] = ()

    def __init__(
        self,
        learning_rate: RateLike = 0.01,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **older: Unpack[OlderOptions],
    ) -> None:
        known = (*OlderOptions.__annotations__, *constructor_arguments(type(self)))
        reject_unknown_arguments(type(self).__name__, older, known)
        given, decay = older.get("lr"), older.get("decay")
        rate: Any = learning_rate if given is None else given
        self.learning_rate = InverseTimeDecay(rate, 1, decay) if decay else rate
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema = boolean("use_ema", use_ema)
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency and positive_int(
            "ema_overwrite_frequency", ema_overwrite_frequency
        )
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps and positive_int(
            "gradient_accumulation_steps", gradient_accumulation_steps
        )
        self.name = text("name", name) if name else unique_name(type(self))
        self._step = Count()
        self._held = Held()
        if sum(limit is not None for limit in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ValueError("`clipnorm`, `clipvalue` and `global_clipnorm` cannot be used together. Pass one of them.")

    @property
    def step(self) -> Count:
        """The number of steps so far: a variable, which training writes."""
        return self._step

    @property
    def lr(self) -> Any:
        """The learning rate, under its older name."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: Any) -> None:
        self.learning_rate = value

    @property
    def schedule(self) -> Any:
        """The learning rate's schedule, or `None` where it is a number."""
        held = vars(self).get("learning_rate")  # a wrapper has none
        return None if isinstance(held, Number) else held

    @property
    def iterations(self) -> Any:
        """The number of updates so far: a variable, or a number where gradients of several steps make an update."""
        count = self.gradient_accumulation_steps
        if not count:
            return self.step
        updates = self.step.value // count
        return int(updates) if current_frame() is None else updates

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        held = vars(self).get("learning_rate")  # a wrapper has none
        if held is not None and type(held) is not Number:
            config["learning_rate"] = serialize(held.function if isinstance(held, CallableScalar) else held)
        return config

    def _repr_html_(self) -> str:
        """Return what a notebook shows: its arguments."""
        rows = [
            [name, value.get("class_name", "") if isinstance(value, dict) else value]
            for name, value in self.get_config().items()
            if value is not None
        ]
        return table(type(self).__name__, ["Argument", "Value"], rows)

    def _structure(self) -> Any:
        return (super()._structure(), self.slot_names)

    def _structural(self, argument: str) -> Any:
        return structure_of(self.schedule) if argument == "learning_rate" else super()._structural(argument)

    # --- what a member writes -------------------------------------------------------------------------

    @property
    def slot_names(self) -> tuple[str, ...]:
        """The names of the slots of each weight."""
        return ()

    def _held_number(self, name: str) -> float:
        """Return a hyperparameter's number, in a program too: where slots depend on it, so does the program."""
        return vars(self)[name].held

    @property
    def _shared_slots(self) -> Tensors:
        """The first values of the slots that all weights share."""
        return {}

    def initial_slots(self, path: str, weight: Any) -> dict[str, Any]:
        """Return the slots of a weight that was never updated."""
        return {name: zeros_like(weight) for name in self.slot_names}

    def advance(self, step: Any, **shared: Any) -> Tensors:
        """Return the shared slots of the update at a step, given those of the one before."""
        return shared

    def prepare(self, rate: Any, step: Any, **shared: Any) -> Any:
        """Return what `update_one` gets as its last argument, computed once for all weights.

        Args:
            rate: The learning rate of this update.
            step: The number of updates before this one.
            **shared: The shared slots.
        """
        return rate

    def update_one(self, gradient: Any, weight: Any, slots: Tensors, rate: Any) -> tuple[Any, Tensors]:
        """Return one weight's new value and slots; `rate` is what `prepare` returned, by default the learning rate."""
        name = type(self).__name__
        raise NotImplementedError(f"`{name}` has no `update_one`. Write one.")

    def _decay_of(self, path: str, weight: Any) -> Any:
        """Return the weight decay of one weight, or `None`."""
        return self.weight_decay

    # --- what a trainer calls -------------------------------------------------------------------------

    def init(self, weights: Tensors) -> Slots:
        """Return the slots of weights that were never updated.

        They are NumPy's zeros where they can be, for which nothing is compiled.
        """
        slots = {path: self._initial_slots(path, weight) for path, weight in weights.items()}
        shared = {name: np.asarray(value, jnp.result_type(float)) for name, value in self._shared_slots.items()}
        if self._is_in_place:
            shared = self._initial_values(weights)
        return {"": shared, **slots} if shared else slots

    def renew(self, slots: Slots, weights: Tensors) -> Slots:
        """Return the slots for these weights: as they are where there are any, else new ones."""
        known = dict(jax.tree_util.tree_leaves_with_path(slots))

        # A weight that was frozen and is trained again, or has another shape now, begins with new slots.
        def keep(path: Any, fresh: Any) -> Any:
            held = known.get(path, fresh)
            return held if np.shape(held) == np.shape(fresh) else fresh

        return jax.tree_util.tree_map_with_path(keep, self.init(weights))

    def loss_scale(self, slots: Slots) -> Any:
        """Return the factor of the loss while gradients are computed, or `None` for 1."""
        return self.loss_scale_factor

    def scale_loss(self, loss: Any, slots: Slots = None) -> Any:
        """Return the loss whose gradients `update`, `apply` and `stateless_apply` take.

        Args:
            loss: The loss.
            slots: What `init` or the last `update` returned; by default the slots that the optimizer keeps.

        Example:
            >>> from hornet.optimizers import SGD
            >>> SGD(loss_scale_factor=8.0).scale_loss(2.0)
            16.0
        """
        scale = self.loss_scale(self._present_state.present_slots() if slots is None else slots)
        return loss if scale is None else loss * scale

    def update(
        self,
        gradients: Tensors,
        weights: Tensors,
        slots: Slots,
        step: Any,
        undecayed: Collection[str] | None = None,
    ) -> tuple[Tensors, Slots]:
        """Return new weights and slots, all by path.

        Args:
            gradients: The gradient of what `scale_loss` returned in each weight. One that has none stays as it is.
            weights: The weights.
            slots: What `init` or the last `update` returned.
            step: The number of steps before this one.
            undecayed: What `undecayed_paths` returned; by default computed here, where no variables are known.
        """
        undecayed = self.undecayed_paths(weights) if undecayed is None else undecayed
        scale = self.loss_scale(slots)
        if scale is not None:
            # Before anything else: clipping and moments are of the gradients of the loss itself.
            gradients = {path: gradient / scale for path, gradient in gradients.items()}
        return self._update_weights(gradients, weights, slots, jnp.asarray(step), undecayed)

    def _update_weights(
        self, gradients: Tensors, weights: Tensors, slots: Slots, step: Any, undecayed: Collection[str]
    ) -> tuple[Tensors, Slots]:
        """Return new weights and slots as `update` does, given the gradients of the loss itself."""
        rate = self.learning_rate if self.schedule is None else self.schedule(step)
        with scheduled_momentum(self, step):
            count = self.gradient_accumulation_steps
            if not count:
                return self._apply(gradients, weights, slots, rate, step, undecayed)
            # The sum is kept and not the mean, so that no precision is lost to a division at each step.
            totals = {path: slots[path][_ACCUMULATOR] + gradient for path, gradient in gradients.items()}

            def apply() -> tuple[Tensors, Slots]:
                means = {path: total / count for path, total in totals.items()}
                # Corrections for the first steps (as Adam's) count updates, not batches.
                new_weights, new_slots = self._apply(means, weights, slots, rate, step // count, undecayed)
                begun = {path: slots[path][_ACCUMULATOR] for path in weights}
                return new_weights, with_totals(new_slots, {**begun, **jax.tree.map(jnp.zeros_like, totals)})

            def wait() -> tuple[Tensors, Slots]:
                return weights, with_totals(slots, totals)

            def with_totals(slots: Slots, totals: Tensors) -> Slots:
                return {**slots, **{path: {**slots[path], _ACCUMULATOR: total} for path, total in totals.items()}}

            return lax.cond((step + 1) % count == 0, apply, wait)

    def swap(self, weights: Tensors, slots: Slots) -> tuple[Tensors, Slots]:
        """Return the moving averages as weights, and slots that keep the weights instead.

        Raises:
            ValueError: If there are no averages.
        """
        if not self.use_ema or not slots:
            raise ValueError("The optimizer keeps no moving averages of weights. Pass `use_ema=True`, and train.")
        swapped = {path: {**slots[path], _AVERAGE: weight} for path, weight in weights.items()}
        return {path: slots[path][_AVERAGE] for path in weights}, {**slots, **swapped}

    def finalize(self, weights: Tensors, slots: Slots) -> Tensors:
        """Return the weights to keep when training ends: their moving averages where there are any."""
        return {path: slots[path][_AVERAGE] for path in weights} if self.use_ema else weights

    # --- what files list ------------------------------------------------------------------------------

    def entries(self, slots: Slots, weights: WeightNames, counts: dict[str, Any]) -> Iterator[Entry]:
        """Yield the optimizer's variables in the order in which Keras lists them.

        Args:
            slots: The slots, in dicts that may be written to.
            weights: The weights that they are of.
            counts: The number of steps, under `"step"`.
        """
        # Keras's order: the count, the rate, then what wrappers of the update keep, then the optimizer's own.
        yield Entry.count(counts)
        if type(vars(self).get("learning_rate")) is Number:
            yield Entry("learning_rate", _in_32_bits(self.learning_rate), self._set_learning_rate)
        if self.use_ema:
            yield from weights.entries(slots, [_AVERAGE])
        if self.gradient_accumulation_steps:
            yield from weights.entries(slots, [_ACCUMULATOR])
        yield from self.slot_entries(slots, weights)
        shared = slots.get("", {})
        yield from (Entry.stored(self._label_of_shared(key), shared, key) for key in shared)

    def slot_entries(self, slots: Slots, weights: WeightNames) -> Iterator[Entry]:
        """Yield the slots of weights: by default all of one weight, then those of the next."""
        yield from weights.entries(slots, self.slot_names)

    def _inner_entries(
        self, slots: Slots, weights: WeightNames, counts: dict[str, Any]
    ) -> Iterator[tuple[str, Optimizer, Iterator[Entry]]]:
        """Yield, of each optimizer within, Keras's path below this one, itself, and its list."""
        yield from ()

    def _set_learning_rate(self, value: Any) -> None:
        held, frame = vars(self)["learning_rate"], current_frame()
        if frame is not None and held in frame.values:
            frame.values[held] = value
        elif np.float32(held.held) != np.float32(value):
            # The shortest number that 32 bits stand for: 0.001 and not 0.0010000000474974513.
            self.learning_rate = float(str(np.float32(value)))

    # --- the loop over weights ------------------------------------------------------------------------

    def _initial_slots(self, path: str, weight: Any) -> dict[str, Any]:
        slots = self.initial_slots(path, weight)
        if self.use_ema:
            slots[_AVERAGE] = weight
        if self.gradient_accumulation_steps:
            slots[_ACCUMULATOR] = zeros_like(weight)
        return slots

    def _apply(
        self, gradients: Tensors, weights: Tensors, slots: Slots, rate: Any, step: Any, undecayed: Collection[str]
    ) -> tuple[Tensors, Slots]:
        gradients = self._clip(gradients)
        shared = slots.get("", {})
        shared = {name: _like(shared[name], value) for name, value in self.advance(step, **shared).items()}
        kept = {*undecayed, *(weights.keys() - gradients.keys())}
        decayed = {path: self._decayed(path, weight, rate, kept) for path, weight in weights.items()}
        if self._is_in_place:
            updated, moved = self._run(gradients, decayed, shared, rate, step)
            shared = {name: _like(shared[name], value) for name, value in moved.items()}
            moves = {path: (weight, {}) for path, weight in updated.items()}
        else:
            prepared = self.prepare(rate, step, **shared)
            moves = {path: self._move(path, gradients, decayed, slots, prepared) for path in weights}
        new_weights: dict[str, Any] = {}
        new_slots: dict[str, Any] = {"": shared} if shared else {}
        for path, weight in weights.items():
            new, own = moves[path]
            if self.use_ema:
                average = slots[path][_AVERAGE]
                # The first average is the first weight itself, so there is no start at zero to correct for.
                average = jnp.where(step == 0, new, average + (new - average) * (1.0 - self.ema_momentum))
                own[_AVERAGE] = average
                if self.ema_overwrite_frequency:
                    new = jnp.where((step + 1) % self.ema_overwrite_frequency == 0, average, new)
            new_weights[path] = _like(weight, new)
            new_slots[path] = {name: _like(slots[path][name], slot) for name, slot in own.items()}
        return new_weights, new_slots

    def _decayed(self, path: str, weight: Any, rate: Any, undecayed: Collection[str]) -> Any:
        """Return a weight after its decay, which is decoupled from the gradient (AdamW's way), as in Keras 3."""
        decay = None if path in undecayed else self._decay_of(path, weight)
        return weight if decay is None else weight - weight * decay * rate

    def _move(
        self, path: str, gradients: Tensors, weights: Tensors, all_slots: Slots, rate: Any
    ) -> tuple[Any, dict[str, Any]]:
        slots = {name: slot for name, slot in all_slots[path].items() if name not in (_AVERAGE, _ACCUMULATOR)}
        if path not in gradients:
            return weights[path], slots
        new, new_slots = self.update_one(gradients[path], weights[path], slots, rate)
        if set(new_slots) != set(slots):
            raise ValueError(
                f"`{type(self).__name__}.update_one` returned the slots {sorted(new_slots)} of {path!r}, which has "
                f"{sorted(slots)}. Return each of them."
            )
        return new, dict(new_slots)

    def _clip(self, gradients: Tensors) -> Tensors:
        if self.clipvalue is not None:
            return {path: jnp.clip(gradient, -self.clipvalue, self.clipvalue) for path, gradient in gradients.items()}
        if self.clipnorm is not None:
            return {path: gradient * _shrink(_norm([gradient]), self.clipnorm) for path, gradient in gradients.items()}
        if self.global_clipnorm is not None:
            factor = _shrink(_norm(gradients.values()), self.global_clipnorm)
            return {path: gradient * factor for path, gradient in gradients.items()}
        return gradients

    # --- weights without decay ------------------------------------------------------------------------

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Say which weights do not decay.

        Args:
            var_list: Variables.
            var_names: Words, or regular expressions, to find in a variable's path: `["bias"]` leaves out all biases.
        """
        self._undecayed_variables = frozenset(var_list or ())
        self._undecayed_names = tuple(var_names or ())

    @property
    def _decays_all_weights(self) -> bool:
        """Whether no weight is excluded from weight decay."""
        return not self._undecayed_variables and not self._undecayed_names

    def undecayed_paths(self, weights: Mapping[str, Any]) -> frozenset[str]:
        """Return the paths of weights that do not decay.

        Args:
            weights: The weights' variables by path, or their values, which are excluded by their paths alone.

        Raises:
            RuntimeError: If variables were excluded, and there are only values.
        """
        if self._undecayed_variables and not all(isinstance(weight, Variable) for weight in weights.values()):
            raise RuntimeError(
                "Variables were excluded from weight decay, but the optimizer does not know their paths. "
                "Pass `undecayed=optimizer.undecayed_paths(variables)` to `update`, or exclude them by `var_names`."
            )
        return frozenset(
            path
            for path, weight in weights.items()
            if (isinstance(weight, Variable) and weight in self._undecayed_variables)
            or any(re.search(pattern, path) for pattern in self._undecayed_names)
        )


def zeros_like(weight: Any) -> np.ndarray:
    """Return zeros in a weight's shape and type, on the host."""
    return np.zeros(np.shape(weight), jnp.result_type(weight))


def _like(old: Any, new: Any) -> Any:
    return jnp.asarray(new, jnp.result_type(old))


def _in_32_bits(number: Any) -> Any:
    return np.float32(number) if isinstance(number, float) else jnp.asarray(number, "float32")


def _norm(tensors: Any) -> Any:
    return jnp.sqrt(sum(jnp.sum(jnp.square(tensor)) for tensor in tensors))


def _shrink(norm: Any, limit: Any) -> Any:
    """Return the factor that brings a norm down to its limit."""
    return limit / jnp.maximum(norm, limit)
