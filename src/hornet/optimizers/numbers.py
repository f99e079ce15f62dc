"""Kinds of numbers that reach an optimizer's programs as arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hornet.core.checks import number
from hornet.core.frame import current_frame
from hornet.core.variable import Number, Variable


class Count(Variable):
    """The number of steps that an optimizer has made; it compares with numbers as the number that it holds.

    Example:
        >>> count = Count()
        >>> _ = count.assign_add(2)
        >>> count == 2, int(count)
        (True, 2)
    """

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(np.int32(0), trainable=False, name="iteration")

    def __eq__(self, other: object) -> bool:
        return self is other or (hasattr(other, "__int__") and int(self) == other)

    __hash__ = Variable.__hash__


class CallableScalar(Number):
    """A number that a function of nothing returns, called before each dispatch of a program.

    Args:
        name: The hyperparameter's name.
        function: The function.
        bounds: The bounds that `core.checks.number` checks.
    """

    __slots__ = ("_bounds", "function")

    def __init__(self, name: str, function: Callable[[], Any], bounds: Mapping[str, Any]) -> None:
        super().__init__(name, 0.0)
        self.function = function
        self._bounds = bounds

    @property
    def value(self) -> Any:
        """What the function returns now, or the number that a program was given."""
        if current_frame() is None:
            self.set(number(self.name, self.function(), **self._bounds))
        return super().value
