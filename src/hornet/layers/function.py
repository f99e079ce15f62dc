"""Layers without weights: the identity, and a user-defined function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Self, Unpack

from hornet import activations
from hornet.core.config import constructor_arguments, serialize
from hornet.layers.layer import Layer, registry
from hornet.layers.options import LayerOptions


@registry.register()
class Identity(Layer):
    """Returns its inputs.

    Args:
        **kwargs: What every `Layer` takes.

    Shapes:
        output: that of the input

    Example:
        >>> Identity()([[1.0, 2.0]]).tolist()
        [[1.0, 2.0]]
    """

    _takes_structures = True

    supports_masking = True

    def call(self, inputs: Any) -> Any:
        return inputs


@registry.register()
class Lambda(Layer):
    """Applies a user-defined function.

    The function may not have weights: write a `Layer` for that.

    Args:
        function: Function of the inputs; it also gets `training` and `mask` if it takes them.
        output_shape: Ignored; kept for compatibility with Keras. The shape is found by abstract evaluation.
        mask: The mask of the output, or a function of the inputs and their mask that returns it.
        arguments: Further arguments of the function, by name.
        **kwargs: What every `Layer` takes.

    Raises:
        TypeError: If `function` is none.
        ValueError: If a config holds the code of a function, which is not run.

    Example:
        >>> Lambda(lambda x, power: x**power, arguments={"power": 2})([[3.0]]).tolist()
        [[9.0]]
    """

    _takes_structures = True

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: Mapping[str, Any] | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**kwargs)
        if not callable(function):
            raise TypeError(f"`function` must be a function, not {function!r}. Pass one that takes the inputs.")
        self.function = function
        self.output_shape = output_shape
        self.mask = mask
        self.arguments = dict(arguments or {})

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        offered = {"training": training, "mask": mask}
        taken = _parameters(self.function)
        return self.function(inputs, **{**self.arguments, **{name: offered[name] for name in offered if name in taken}})

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; a function that is not a registered activation stays itself."""
        config = {name: getattr(self, name) for name in constructor_arguments(type(self))}
        config.pop("activity_regularizer")
        return {**config, "dtype": serialize(self.dtype_policy), "function": _describe(self.function)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Return a new layer from what `get_config` returned, here or in Keras."""
        return super().from_config({**config, "function": _function(config["function"])})


def _parameters(function: Callable[..., Any]) -> frozenset[str]:
    try:
        return frozenset(inspect.signature(function).parameters)
    except ValueError:  # a function written in C has no signature
        return frozenset()


def _describe(function: Callable[..., Any]) -> Any:
    name = getattr(function, "__name__", "")
    if name not in activations.registry or activations.registry[name] is not function:
        return function
    return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}


def _function(description: Any) -> Any:
    if isinstance(description, Mapping) and description.get("class_name") == "__lambda__":
        raise ValueError(
            "This config of a `Lambda` holds a function's code, which is not run. "
            "Write a layer of your own, or make the `Lambda` again from the function."
        )
    return activations.get(description)
