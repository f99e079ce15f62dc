"""How a call of a model's class makes a model: of a graph's ends, or by the class's own `__init__`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

from hornet.core.checks import describe
from hornet.core.custom_objects import custom_object_scope
from hornet.core.errors import ArgumentError, damaged_config
from hornet.core.symbolic import SymbolicTensor, tensors_in
from hornet.models.steps import Steps


class Constructed(Steps):
    """A network whose class may be called with the ends of a graph, `(inputs, outputs)`: then it is a `Functional`."""

    if TYPE_CHECKING:  # a model that was made of a graph has them
        inputs: list[SymbolicTensor]
        outputs: list[SymbolicTensor]

    _plain_class: ClassVar[Any]
    """`Model`, which enters itself here."""

    _graph_class: ClassVar[Any]
    """`Functional`, which enters itself here."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Return a `Functional` for `Model(inputs, outputs)`, and for a user-defined class called like that."""
        if cls in (cls._plain_class, cls._graph_class):
            _check_graph_call(args, kwargs)
        kind: Any = cls._functional_class() if _is_graph_call(args, kwargs) else cls
        return super().__new__(kind, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if _is_graph_call(args, kwargs):  # a user-defined class that passes a graph to `super().__init__`
            self.__class__ = self._functional_class()
            self._init_graph(*args, **kwargs)
        else:
            super().__init__(*args, **kwargs)

    @classmethod
    def _functional_class(cls) -> Any:
        if issubclass(cls, cls._graph_class):
            return cls
        return cls._graph_class if cls is cls._plain_class else _class_of_graphs(cls)

    def _init_graph(self, inputs: Any, outputs: Any, **kwargs: Any) -> None:
        """Become the model that computes some symbolic tensors from others."""
        raise NotImplementedError

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
        """Return a new, untrained model from what `get_config` returned, here or in Keras.

        Args:
            config: The config; that of a graph for `Model` itself and for a class that was called with one.
            custom_objects: User-defined classes and functions by name.

        Raises:
            ValueError: If it names a class or function that is not known.
        """
        with custom_object_scope(custom_objects), damaged_config(f"`{cls.__name__}`"):
            if config.keys() >= _GRAPH:
                return cls._graph_class._from_graph(cls, config)
            return super().from_config(config)

    def __reduce_ex__(self, protocol: Any) -> Any:
        own = vars(type(self)).get("_described_as")  # by which pickle finds the class that is made of it
        return super().__reduce_ex__(protocol) if own is None else (_empty_graph, (own,), self.__getstate__())


_GRAPH = frozenset({"layers", "input_layers", "output_layers"})
"""What a config of a graph holds."""


@cache
def _class_of_graphs(cls: type[Constructed]) -> Any:
    """Return the class of a user's models that are made of symbolic tensors; files know it by the user's own."""
    namespace = {"__module__": cls.__module__, "_described_as": cls}
    return type(cls.__name__, (cls, cls._graph_class), namespace)


def _empty_graph(cls: type[Constructed]) -> Any:
    return object.__new__(_class_of_graphs(cls))


def _check_graph_call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Refuse symbolic tensors under other names than those of a graph's ends."""
    if args and not tensors_in(args):
        raise ArgumentError(
            f"A `Model` is made of what `Input` returned and of what layers made of it, not {describe(args[0])}."
        )
    given_names = {*kwargs, *("inputs", "outputs")[: len(args)]}
    symbolic = sorted(name for name, value in kwargs.items() if tensors_in(value) or name in ("inputs", "outputs"))
    if symbolic and not {"inputs", "outputs"} <= given_names:
        given = ", ".join(f"`{name}`" for name in symbolic)
        raise ArgumentError(f"A `Model` is made of `inputs` and `outputs`, and got {given}. Pass both by these names.")


def _is_graph_call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Return whether a model is made of arguments `(inputs, outputs)`."""
    return bool(tensors_in(args[1:2] or kwargs.get("outputs")))
