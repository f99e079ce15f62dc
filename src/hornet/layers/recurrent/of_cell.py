"""The base of the recurrent layers that make their own cell: its arguments are theirs."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import getattr_static
from typing import Any, ClassVar, Generic, TypeVar, Unpack, overload

from hornet.core.types import RegularizerLike
from hornet.layers.input_spec import InputSpec
from hornet.layers.options import OtherLayerOptions
from hornet.layers.recurrent.cell import RecurrentCell
from hornet.layers.recurrent.rnn import RNN

Value = TypeVar("Value")


class RecurrentOptions(OtherLayerOptions, total=False):
    """What every recurrent layer takes beside its own arguments."""

    zero_output_for_mask: bool
    implementation: int


def of_cell(name: str, options: Mapping[str, Any]) -> Any:
    """Return the arguments of a cell among those of its layer.

    Args:
        name: The cell's name.
        options: The layer's.
    """
    return {"name": name} | {
        each: options[each] for each in ("dtype", "trainable", "implementation") if each in options
    }


class OfCell(Generic[Value]):
    """An attribute of a layer that is its cell's.

    Example:
        >>> class Part:
        ...     units = OfCell[int]()
        >>> part = Part()
        >>> part.cell = type("Cell", (), {"units": 3})()
        >>> part.units
        3
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> OfCell[Value]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> Value: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else getattr(instance.cell, self._name)

    def __set__(self, instance: Any, value: Any) -> None:
        setattr(instance.cell, self._name, value)


class CellLayer(RNN):
    """Base of the recurrent layers that make their own cell.

    Args:
        cell: The cell.
        return_sequences: See `RNN`, as for what follows.
        return_state: Whether to return the states.
        go_backwards: Whether to begin with the last step.
        stateful: Whether rows go on from the batch before.
        unroll: Whether code is repeated.
        activity_regularizer: Penalty on the output.
        **kwargs: What every recurrent layer takes.
    """

    input_spec = InputSpec(ndim=3)
    _fixed_axes = (-1,)
    _made_by_itself = frozenset({"cell"})
    _names_every_regularizer = True
    _unused_in_config: ClassVar[Mapping[str, Any]] = {"time_major": False}

    units = OfCell[int]()
    activation = OfCell[Any]()
    use_bias = OfCell[bool]()
    kernel_initializer = OfCell[Any]()
    recurrent_initializer = OfCell[Any]()
    bias_initializer = OfCell[Any]()
    kernel_regularizer = OfCell[Any]()
    recurrent_regularizer = OfCell[Any]()
    bias_regularizer = OfCell[Any]()
    kernel_constraint = OfCell[Any]()
    recurrent_constraint = OfCell[Any]()
    bias_constraint = OfCell[Any]()
    dropout = OfCell[Any]()
    recurrent_dropout = OfCell[Any]()
    seed = OfCell[Any]()

    def __init__(
        self,
        cell: RecurrentCell,
        return_sequences: bool,
        return_state: bool,
        go_backwards: bool,
        stateful: bool,
        unroll: bool,
        activity_regularizer: RegularizerLike = None,
        **kwargs: Unpack[RecurrentOptions],
    ) -> None:
        options: Any = {**kwargs, "activity_regularizer": activity_regularizer}
        options.pop("implementation", None)
        super().__init__(cell, return_sequences, return_state, go_backwards, stateful, unroll, **options)

    def _structural(self, argument: str) -> Any:
        is_of_cell = isinstance(getattr_static(type(self), argument, None), OfCell)
        return self.cell._structural(argument) if is_of_cell else super()._structural(argument)
