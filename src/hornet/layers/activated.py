"""The activation of a layer, which may be replaced."""

from __future__ import annotations

from typing import Any

from hornet import activations


class ActivationAttribute:
    """An attribute that holds a function: a name assigned to it is looked up, and `None` is the identity.

    Example:
        >>> class Part:
        ...     activation = ActivationAttribute()
        >>> part = Part()
        >>> part.activation = None
        >>> part.activation.__name__
        'linear'
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        if self._name not in vars(instance):
            raise AttributeError(f"{owner.__name__!r} has no {self._name} yet. Call `super().__init__()` first.")
        return vars(instance)[self._name]

    def __set__(self, instance: Any, value: Any) -> None:
        vars(instance)[self._name] = activations.get(value)
