"""The learning rate: a number, a schedule or a function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hornet.core.checks import warn
from hornet.core.errors import ArgumentError
from hornet.core.frame import current_frame
from hornet.core.variable import Hyperparameter, HyperparameterValue, Number
from hornet.optimizers import schedules
from hornet.optimizers.numbers import CallableScalar


class LearningRate(Hyperparameter):
    """An optimizer's learning rate: a number, or what a schedule or a function says.

    A number reaches programs as an argument. A schedule, and any function of the step, is part of the program.
    A function of nothing is called before each dispatch. Read outside a program it is the present number; the
    owner's `step` is the number of updates so far.
    """

    def __init__(self, **bounds: float) -> None:
        super().__init__(required=True, **bounds)

    def __get__(self, instance: Any, owner: type) -> Any:
        held = vars(instance).get(self._name) if instance is not None else None
        if instance is None or held is None or isinstance(held, Number):
            return super().__get__(instance, owner)
        frame = current_frame()
        if frame is not None and instance.step in frame.values:  # an `update_step` of Keras 2's
            return held(frame.values[instance.step])
        if frame is not None:
            raise RuntimeError(
                "`learning_rate` is a schedule, whose value depends on the step, and was read inside a program. "
                "Use the rate that `update_one` is given."
            )
        present = float(held(np.asarray(instance.step)))
        return HyperparameterValue.of(present, instance, self._name, lambda value: self.__set__(instance, value))

    def __set__(self, instance: Any, value: Any) -> None:
        held = vars(instance).get(self._name)
        if isinstance(value, Mapping):
            value = schedules.deserialize(value)
        if callable(value) and not isinstance(value, type):
            vars(instance)[self._name] = (
                value if _takes_step(value) else CallableScalar(self._name, value, self._bounds)
            )
        elif held is None or type(held) is Number:
            super().__set__(instance, value)
            if vars(instance)[self._name].value < 0:
                warn("A learning rate below 0 climbs the loss. Pass one above 0 to descend.")
        else:
            raise ArgumentError(
                f"`{self._name}` is a schedule or a function, so it cannot become {value!r}. Assign another schedule, "
                "change the schedule's own numbers, or make the optimizer with a number."
            )


def _takes_step(function: Callable[..., Any]) -> bool:
    try:
        signature = inspect.signature(function)
    except ValueError:  # some built-in functions have none
        return True
    try:
        signature.bind()
    except TypeError:
        return True
    return False
