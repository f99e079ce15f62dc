"""The wrapper that goes through a sequence in both directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from hornet.core.checks import describe, one_of
from hornet.core.errors import ArgumentError
from hornet.core.shapes import Shape
from hornet.core.symbolic import known_shape
from hornet.layers.input_spec import InputSpec
from hornet.layers.layer import Layer, registry
from hornet.layers.options import LayerOptions
from hornet.layers.recurrent.rnn import RNN
from hornet.layers.serialization import deserialize

_MERGES: dict[str | None, Callable[[Any, Any], Any]] = {
    "concat": lambda y, z: jnp.concatenate([y, z], axis=-1),
    "sum": lambda y, z: y + z,
    "ave": lambda y, z: (y + z) / 2,
    "mul": lambda y, z: y * z,
    None: lambda y, z: (y, z),
}


class BidirectionalOptions(LayerOptions, total=False):
    """The arguments of a `Bidirectional` beside its own."""

    weights: Any


@registry.register()
class Bidirectional(Layer):
    """Goes through a sequence forwards with one layer and backwards with another, and joins what they return.

    Both are new layers: one as `layer` is, one that differs from it by `go_backwards`. With `return_sequences` the
    outputs of masked steps are zeros.

    Args:
        layer: A recurrent layer, such as `LSTM(8)`.
        merge_mode: How the outputs of both are joined: `"concat"` on the last axis, `"sum"`, `"mul"`, `"ave"`, or
            `None` for a tuple of them.
        backward_layer: The layer that goes backwards, where it is to be another one; it has `go_backwards=True`.
        **kwargs: What every `Layer` takes. `weights=` of older programs are those that the layers start from, a list of
            arrays, half of them the forward layer's.

    Shapes:
        sequences: `(batch, steps, *features)`
        initial_state: The states of the forward layer, then those of the other
        output: that of the layer, twice as long on the last axis with `"concat"`; with `return_state` a tuple of it,
            the states of the forward layer and those of the other

    Raises:
        TypeError: If a layer is none.
        ValueError: If the two do not fit together, or there is no such `merge_mode`.

    Source:
        Schuster & Paliwal 1997, Bidirectional recurrent neural networks.

    Example:
        >>> import numpy as np
        >>> from hornet.layers import LSTM
        >>> Bidirectional(LSTM(4, return_sequences=True))(np.ones((2, 7, 3))).shape
        (2, 7, 8)
    """

    input_spec = InputSpec(min_ndim=2)
    supports_masking = True

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        backward_layer: Any = None,
        **kwargs: Unpack[BidirectionalOptions],
    ) -> None:
        options: dict[str, Any] = {**kwargs}
        weights = options.pop("weights", None)
        super().__init__(**options)
        self.merge_mode = one_of("merge_mode", merge_mode, _MERGES)
        is_new = isinstance(layer, Mapping)  # made here of its description, as from a file
        layer = _checked_layer("layer", layer)
        self.forward_layer = layer if is_new else _renewed(layer, "forward", {})
        self.backward_layer = (
            _renewed(layer, "backward", {"go_backwards": True})
            if backward_layer is None
            else _checked_layer("backward_layer", backward_layer)
        )
        self._check_pair()
        for each in self._both:
            if hasattr(each, "zero_output_for_mask"):
                each.zero_output_for_mask = each.return_sequences
        self._first_weights = weights

    _not_in_files = frozenset({"_first_weights"})

    @property
    def layer(self) -> Any:
        """The layer that goes forwards."""
        return self.forward_layer

    @property
    def _both(self) -> tuple[Any, Any]:
        return self.forward_layer, self.backward_layer

    @property
    def return_sequences(self) -> bool:
        """Whether the layers return the outputs of all steps."""
        return self.forward_layer.return_sequences

    @property
    def return_state(self) -> bool:
        """Whether the layers return their states."""
        return self.forward_layer.return_state

    @property
    def stateful(self) -> bool:
        """Whether the layers go on from the batch before."""
        return self.forward_layer.stateful

    @property
    def states(self) -> Any:
        """The variables from which the next call goes on, the forward layer's first; `None` where there are none."""
        kept = [each.states for each in self._both]
        return None if None in kept else (*kept[0], *kept[1])

    @property
    def _is_for_one_batch(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.stateful

    def _check_pair(self) -> None:
        for name in ("stateful", "return_sequences", "return_state"):
            values = [getattr(each, name) for each in self._both]
            if values[0] != values[1]:
                raise ValueError(
                    f"Both layers of {self.name!r} must have the same `{name}`, not {values[0]} and {values[1]}. Give "
                    "`backward_layer` that of `layer`."
                )
        if self.forward_layer.go_backwards == self.backward_layer.go_backwards:
            raise ValueError(
                f"Both layers of {self.name!r} have `go_backwards={self.forward_layer.go_backwards}`. Give one of them "
                "the other value."
            )

    def build(self, sequences_shape: Shape, initial_state_shape: Any = None) -> None:
        for each in self._both:
            each._build_on(sequences_shape)
        if self._first_weights is not None:
            self.set_weights(self._first_weights)

    def _build_for(self, inputs: Any, args: Any, kwargs: Any) -> None:
        super()._build_for(inputs, args, kwargs)
        for each in self._both:
            if isinstance(each, RNN):
                each._keep_states(known_shape(inputs.shape)[0])

    def reset_state(self) -> None:
        """Begin anew: the next call of stateful layers starts from zeros."""
        for each in self._both:
            each.reset_state()

    def reset_states(self) -> None:
        """Begin anew: the older name of `reset_state`."""
        self.reset_state()

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        mask = next(iter(jax.tree.leaves(mask)), None) if self.return_sequences else None
        return [mask, mask] if self.merge_mode is None else [mask] if self.return_state else mask

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        """Return the joined outputs, and with `return_state` the states.

        Args:
            sequences: The inputs.
            initial_state: The states before the first step, those of the forward layer first; zeros by default.
            mask: Which steps count; all by default.
            training: Whether the layers are trained.
        """
        halves: Any = (None, None)
        if initial_state is not None:
            middle = len(initial_state) // 2
            halves = initial_state[:middle], initial_state[middle:]
        y, z = (each(sequences, initial_state=half, mask=mask) for each, half in zip(self._both, halves, strict=True))
        states: tuple[Any, ...] = ()
        if self.return_state:
            states = (*y[1:], *z[1:])
            y, z = y[0], z[0]
        y, z = y.astype(self.compute_dtype), z.astype(self.compute_dtype)
        output = _MERGES[self.merge_mode](y, z[:, ::-1] if self.return_sequences else z)
        if not self.return_state:
            return output
        return (*output, *states) if self.merge_mode is None else (output, *states)


def _checked_layer(argument: str, layer: Any) -> Any:
    layer = deserialize(layer) if isinstance(layer, Mapping) else layer
    needed = ("go_backwards", "return_sequences", "return_state", "stateful")
    if not isinstance(layer, Layer) or not all(hasattr(layer, name) for name in needed):
        raise ArgumentError(
            f"`{argument}` must be a recurrent layer, not {describe(layer)}. Pass one, such as `LSTM(8)`."
        )
    return layer


def _renewed(layer: Layer, direction: str, changes: Mapping[str, Any]) -> Any:
    """Return a layer of the same arguments, with other weights and no state."""
    name = f"{direction}_{layer.name.removeprefix(f'{direction}_')}"
    return type(layer).from_config({**layer.get_config(), "name": name, **changes})
