"""The base of every layer: what a constructor is given, and what its config says."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, Unpack

import numpy as np

from hornet import regularizers
from hornet.core import symbolic
from hornet.core.checks import boolean, integer_size, text
from hornet.core.config import constructor_arguments, is_ours, serialize
from hornet.core.names import unique_name
from hornet.core.policies import policy_of
from hornet.core.registry import Registry, snake_case
from hornet.core.shapes import Shape
from hornet.core.suggestions import reject_unknown_arguments
from hornet.core.types import PolicyLike, RegularizerLike
from hornet.layers.calling import Called
from hornet.layers.options import OlderOptions

registry = Registry("layer", "keras.layers")


class Layer(Called):
    """A function with weights: base of all layers.

    A subclass creates its weights in `build` with `add_weight` and computes in `call`. Called outside a
    program, a layer runs at once, through the same pure form that programs compile.

    Args:
        activity_regularizer: Penalty on the output, divided by the batch's size.
        trainable: Whether the weights are trained.
        dtype: Type of the weights and of what is computed, or a policy such as `"mixed_bfloat16"`; by default that of
            `set_dtype_policy`, else `floatx()`.
        name: A name, unique in the model; by default the class's name with a number.
        input_shape: Shape of one input without the batch axis; a model whose first layer has it is built
            at once. `input_dim=8` and `batch_input_shape=(None, 8)` are older spellings of it.

    Example:
        >>> class Scale(Layer):
        ...     def build(self, input_shape):
        ...         self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor")
        ...
        ...     def call(self, inputs):
        ...         return inputs * self.factor
        >>> Scale()([[1.0, 2.0]]).shape
        (1, 2)
    """

    _unused_in_config: ClassVar[Mapping[str, Any]] = {
        "input_axes": None,
        "output_axes": None,
        "quantization_config": None,
        "lora_rank": None,
        "sparse": False,
        "ragged": False,
        "optional": False,
        "synchronized": False,
        "renorm": False,
        "renorm_clipping": None,
        "renorm_momentum": 0.99,
        "rms_scaling": False,
    }
    _not_in_files = frozenset({"_inbound_nodes", "dtype_policy", "name", "_declared_shape", "activity_regularizer"})

    supports_jit = True
    """Whether the layer may be compiled; every one is."""

    _known_integers: int | None = None
    """The number of integers, from 0 on, that inputs may be; `None` for a layer that takes any numbers."""

    _names_every_regularizer = False
    """Whether the config says of `activity_regularizer` that there is none, as those of some of Keras's layers do."""

    def __init__(
        self,
        *,
        activity_regularizer: RegularizerLike = None,
        trainable: bool = True,
        dtype: PolicyLike = None,
        name: str | None = None,
        **older: Unpack[OlderOptions],
    ) -> None:
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._trainable = boolean("trainable", trainable)
        self.dtype_policy = policy_of(dtype)
        self._has_given_name = name is not None
        self.name = unique_name(type(self)) if name is None else _part_of_path(name)
        self._declared_shape = _declared_shape(type(self), {**older})
        autocast = older.get("autocast")
        if autocast is not None:
            self.autocast = boolean("autocast", autocast)
        self._input_shape = None
        self._inbound_nodes: list[symbolic.Node] = []
        """The layer's calls in the functional API."""
        # A layer of ours without a `build` has no weights, so there is nothing to wait for.
        is_complete = is_ours(type(self)) and type(self).call is not Layer.call
        self.built = is_complete and not self._says_how_to_build

    def _structure(self) -> Hashable:
        structure = super()._structure()
        if "autocast" not in vars(self) or not isinstance(structure, tuple):
            return structure
        return (*structure, ("autocast", self.autocast))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments by name, JSON-serializable."""
        config = super().get_config()
        if config.get("activity_regularizer", self) is None and not self._names_every_regularizer:
            del config["activity_regularizer"]
        return {**config, "dtype": serialize(self.dtype_policy)} if "dtype" in config else config

    def _structural(self, argument: str) -> Any:
        return self.dtype_policy.name if argument == "dtype" else super()._structural(argument)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _part_of_path(name: Any) -> str:
    if "/" in text("name", name):
        raise ValueError(f"`name` cannot contain '/', which stands between the names of a path, not {name!r}. Use '_'.")
    return name


def named(layers: Iterable[Layer]) -> Iterator[tuple[str, Layer]]:
    """Yield each layer under its own name if it was given one, else under its class's, numbered among these.

    So models of the same structure have the same paths, whatever the process has built before.
    """
    layers = list(layers)
    taken = {layer.name for layer in layers if layer._has_given_name}
    for layer in layers:
        name = layer.name
        if not layer._has_given_name:
            base = name = snake_case(type(layer).__name__)
            count = 0
            while name in taken:
                count += 1
                name = f"{base}_{count}"
            taken.add(name)
        yield name, layer


def _declared_shape(cls: type, older: dict[str, Any]) -> Shape | None:
    """Return the batch shape that `input_shape`, `input_dim` or `batch_input_shape` declares."""
    reject_unknown_arguments(cls.__name__, older, (*OlderOptions.__annotations__, *constructor_arguments(cls)))
    older = {name: value for name, value in older.items() if value is not None}
    batch = None
    if "batch_input_shape" in older or "batch_shape" in older:
        batch, *sizes = older.get("batch_input_shape") or older["batch_shape"]
    elif "input_shape" in older:
        shape = older["input_shape"]
        sizes = [shape] if isinstance(shape, int | np.integer) else list(shape)
    elif "input_dim" in older:
        sizes = [older["input_dim"]]
    else:
        return None
    return tuple(None if size is None else integer_size("input_shape", size) for size in (batch, *sizes))
