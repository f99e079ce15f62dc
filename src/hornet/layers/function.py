"""Layers without weights: the identity, and a user-defined function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Self, Unpack

from hornet import activations
from hornet.core.checks import describe
from hornet.core.config import as_data, describe_function
from hornet.core.custom_objects import custom_object_scope, known_objects
from hornet.core.errors import ArgumentError
from hornet.core.plain_data import Described, decode
from hornet.core.shapes import map_shapes
from hornet.layers.layer import Layer, registry
from hornet.layers.options import LayerOptions


@registry.register("TFDIdentity")  # as files of Keras's feature spaces have it
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

    _moves_elements = True
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
        output_shape: The shape of one output without the batch axis, or a function of the shape of the inputs that
            returns that of the outputs. With it, symbolic tensors do not call the function; without it, the shape is
            found by abstract evaluation.
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
            raise ArgumentError(f"`function` must be a function, not {function!r}. Pass one that takes the inputs.")
        self.function = function
        self.output_shape = tuple(output_shape) if isinstance(output_shape, list) else output_shape
        self.mask = mask
        self.supports_masking = mask is not None
        self.arguments = dict(arguments or {})

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        offered = {"training": training, "mask": mask}
        taken = _parameters(self.function)
        given = {**self.arguments, **{name: offered[name] for name in offered if name in taken}}
        outputs = self.function(inputs, **given)
        if outputs is None or isinstance(outputs, str):
            raise ArgumentError(
                f"The function of layer {self.name!r} returned {describe(outputs)}. Return the tensor that it computes."
            )
        return outputs

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the output: the given one, else that of an abstract evaluation."""
        if self.output_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self.output_shape):
            return self.output_shape(input_shape)
        batches: list[Any] = []
        map_shapes(lambda shape: batches.append(shape[0]), input_shape)
        return map_shapes(lambda shape: (batches[0], *shape), self.output_shape)

    @property
    def _says_its_shape(self) -> bool:
        return self.output_shape is not None

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; of functions their names, as code is neither written nor run."""
        return {
            **super().get_config(),
            "function": _described(self.function),
            "output_shape": _described(self.output_shape),
            "mask": _described(self.mask),
            "arguments": as_data(self.arguments),
        }

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, Any],
        custom_objects: Mapping[str, Any] | None = None,
        safe_mode: bool | None = None,
    ) -> Self:
        """Return a new layer from what `get_config` returned, here or in Keras.

        Args:
            config: The config.
            custom_objects: Functions by the name of the layer, or by their own.
            safe_mode: Ignored; kept for compatibility with Keras. `False` enables nothing: code is never run.

        Raises:
            ValueError: If the function is not known: it is one that was passed under its own or the layer's name, one
                that was registered, or an activation.
        """
        if custom_objects:
            with custom_object_scope(custom_objects):
                return cls.from_config(config)
        given = {**config, "function": passed_function(config)}
        if given["function"] is None:
            raise ValueError(refusal(config.get("name")))
        if _is_function(config.get("output_shape")):
            given["output_shape"] = _function(config["output_shape"])  # without it, the shape is found all the same
        if _is_function(config.get("mask")):
            given["mask"] = _function(config["mask"])
            if given["mask"] is None:
                raise ValueError(
                    f"The mask of layer {config.get('name')!r} is a function that is not known. Register it."
                )
        given["arguments"] = config.get("arguments") or {}
        return super().from_config({name: decode(value) for name, value in given.items()})


def passed_function(config: Mapping[str, Any]) -> Callable[..., Any] | None:
    """Return the function of a `Lambda` that its config names, if the caller has passed or registered it.

    Args:
        config: The layer's config.
    """
    return _function(config.get("function"), config.get("name"))


def refusal(layer: Any) -> str:
    """Return the text for a `Lambda` whose function is not known."""
    return (
        f"layer {layer!r} is a `Lambda` whose function is not known, and code in files is never run. Pass the "
        f"function: `custom_objects={{{layer!r}: function}}`."
    )


def _parameters(function: Callable[..., Any]) -> frozenset[str]:
    try:
        return frozenset(inspect.signature(function).parameters)
    except ValueError:  # a function written in C has no signature
        return frozenset()


def _described(value: Any) -> Any:
    """Return a function by its name, and anything else as JSON types."""
    if not callable(value):
        return as_data(value)
    name = getattr(value, "__name__", "")
    if name in activations.registry and activations.registry[name] is value:
        return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}
    return describe_function(value)


def _is_function(described: Any) -> bool:
    return isinstance(described, Mapping) and described.get("class_name") in ("function", "__lambda__")


def _function(described: Any, layer: Any = None) -> Any:
    """Return the function that a description, or the name of its layer, stands for; `None` where none is known."""
    if described is None or callable(described):
        return described
    name = described.get("config") if isinstance(described, Mapping) else described
    known = known_objects()
    for key in (name, layer):
        if isinstance(key, str) and key in known and not isinstance(known[key], type):
            return known[key]
    if isinstance(described, Described):
        return described.of
    return activations.registry[name] if isinstance(name, str) and name in activations.registry else None
