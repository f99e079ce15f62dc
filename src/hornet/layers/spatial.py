"""The base of layers for sequences, images and volumes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import unwrap
from types import FunctionType
from typing import Any

from hornet.core.annotations import checked
from hornet.core.checks import axis_size, describe, one_of, reject_float
from hornet.core.package import is_from_package
from hornet.core.shapes import Shape
from hornet.core.symbolic import known_shape
from hornet.layers.input_spec import InputSpec
from hornet.layers.layer import Layer

_AXES = {1: ("steps",), 2: ("height", "width"), 3: ("depth", "height", "width")}


class Spatial(Layer):
    """Base of the layers that treat the axes between the batch's and the channels' alike.

    A subclass says by `rank` how many these are.

    Shapes:
        input: `(batch, *sizes, channels)`, or `(batch, channels, *sizes)` where `data_format` is `"channels_first"`
    """

    rank: int = 0
    data_format: str = "channels_last"

    def __init_subclass__(cls, **defaults: Any) -> None:
        """Make a subclass whose constructor is its base's, under its own name, with some other `defaults`."""
        super().__init_subclass__()
        if defaults or (is_from_package(cls) and "__init__" not in vars(cls)):
            cls.__init__ = checked(_with_defaults(cls, defaults))

    @property
    def _spatial_axes(self) -> tuple[int, ...]:
        """The axes that the layer works along."""
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self.rank))

    @property
    def _channel_axis(self) -> int:
        """The axis of the channels."""
        return -1 if self.data_format == "channels_last" else 1

    def _required_inputs(self) -> InputSpec | None:
        return InputSpec(ndim=self.rank + 2)

    def _sizes_of(self, shape: Shape) -> list[int | None]:
        """Return the sizes of the spatial axes, `None` for an unknown one.

        Raises:
            ValueError: If the shape has another number of axes.
        """
        shape = known_shape(shape)
        if len(shape) != self.rank + 2:
            names = ["batch", *_AXES[self.rank]]
            names.insert(len(names) if self.data_format == "channels_last" else 1, "channels")
            lacks_channels = len(shape) == self.rank + 1
            advice = (
                "Add an axis for the channels, as in `x[..., None]`" if lacks_channels else "Pass data with these axes"
            )
            raise ValueError(f"Layer {self.name!r} takes inputs of shape ({', '.join(names)}), not {shape}. {advice}.")
        return [shape[axis] for axis in self._spatial_axes]

    def _require_room(self, shape: Shape, spans: Iterable[int], what: str) -> None:
        """Raise `ValueError` if an input of a shape is smaller than the `spans` along its spatial axes."""
        if any(size is not None and size < span for size, span in zip(self._sizes_of(shape), spans, strict=True)):
            raise ValueError(
                f"Layer {self.name!r} with {what} does not fit inputs of shape {known_shape(shape)}. "
                "Pass larger inputs, or a smaller size."
            )

    def _channels_last(self, x: Any) -> Any:
        """Return the input with the axis of the channels last."""
        return x if self.data_format == "channels_last" else x.transpose(0, *range(2, x.ndim), 1)

    def _channels_back(self, x: Any) -> Any:
        """Return a result whose channels are last in the layer's own format."""
        return x if self.data_format == "channels_last" else x.transpose(0, x.ndim - 1, *range(1, x.ndim - 1))


def _with_defaults(cls: type, defaults: Mapping[str, Any]) -> Any:
    """Return a constructor that differs from a class's by some of its defaults, and names the class in errors."""
    function: Any = unwrap(cls.__init__)
    code, values = function.__code__, function.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(values) : code.co_argcount]
    changed = tuple(defaults.get(name, value) for name, value in zip(names, values, strict=True))
    copy = FunctionType(code, function.__globals__, function.__name__, changed, function.__closure__)
    copy.__annotations__, copy.__kwdefaults__ = function.__annotations__, function.__kwdefaults__
    copy.__qualname__, copy.__doc__ = f"{cls.__name__}.__init__", function.__doc__
    return copy


def checked_padding(padding: str, *allowed: str) -> str:
    """Return a kind of padding in lower case."""
    return one_of("padding", padding.lower() if isinstance(padding, str) else padding, allowed)


def refuse_strides_with_dilation(strides: Sequence[int], dilation_rate: Sequence[int]) -> None:
    """Raise `ValueError` where windows are both apart and dilated, which Keras does not allow."""
    if max(strides) > 1 and max(dilation_rate) > 1:
        raise ValueError(
            f"`strides` {strides} and `dilation_rate` {dilation_rate} cannot both be above 1. Leave one of them out."
        )


def per_axis(argument: str, value: Any, rank: int, check: Callable[[str, Any], int] = axis_size) -> tuple[int, ...]:
    """Return a number for each of `rank` axes: one for all, or a sequence of them.

    Raises:
        ValueError: If there are more or fewer, or one is out of range.

    Example:
        >>> per_axis("strides", 2, rank=2)
        (2, 2)
    """
    if not hasattr(value, "__len__"):
        reject_float(argument, value)
        return (check(argument, value),) * rank
    if isinstance(value, str) or len(value) != rank:
        numbers = "one number" if rank == 1 else f"one number, or {rank} of them"
        raise ValueError(f"`{argument}` must be {numbers}, not {describe(value)}. Pass one for each axis.")
    return tuple(check(argument, number) for number in value)
