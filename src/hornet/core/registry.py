"""Closed tables from names to the members of a family (layers, losses, activations, ...)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

import numpy as np

from hornet.core.checks import describe
from hornet.core.config import Configurable
from hornet.core.custom_objects import custom_object_scope, known_objects, scoped_objects
from hornet.core.suggestions import unknown_name

Member = TypeVar("Member", bound=Callable[..., Any])


class Registry:
    """The members of one family, by every name they answer to.

    Args:
        family: What a member is called in errors, such as `"loss"`.
        module: Keras's name of the family's module, such as `"keras.losses"`.
    """

    def __init__(self, family: str, module: str) -> None:
        self.family = family
        self.module = module
        self._members: dict[str, Callable[..., Any]] = {}

    def register(self, *aliases: str, module: str | None = None) -> Callable[[Member], Member]:
        """Return a decorator that enters a class or function under its own name and the `aliases`.

        Args:
            *aliases: Further names.
            module: Keras's name of the class's module, where it is not the family's.
        """

        def enter(member: Member) -> Member:
            for name in (member.__name__, *aliases):
                if name in self._members:
                    raise ValueError(f"There are two members of the family {self.family!r} named {name!r}.")
                self._members[name] = member
            entered: Any = member
            if isinstance(entered, type):
                entered._keras_module = module or self.module  # pyright: ignore[reportAttributeAccessIssue]
            return member

        return enter

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __contains__(self, name: object) -> bool:
        return name in self._members or name in known_objects()

    def __getitem__(self, name: str) -> Callable[..., Any]:
        custom = known_objects()
        if name in custom:
            return custom[name]
        if name not in self._members:
            raise unknown_name(self.family, name, [*(scoped_objects()), *self._members])
        return self._members[name]

    def get(self, identifier: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
        """Return the member that a user or a saved file means: by name, class, config, object or function.

        Args:
            identifier: `None` (returned as it is), a name, a class (called without arguments), a
                `{"class_name", "config"}` dict as `serialize` or Keras writes it, an object or function (returned as it
                is), or an object of Keras's that is no function, an optimizer (the member with its config is returned).
            custom_objects: User-defined classes and functions by name, for this call and all it reads.

        Raises:
            ValueError: If the name is unknown; the error offers the nearest one.
            TypeError: If it is none of these.
        """
        if custom_objects:
            with custom_object_scope(custom_objects):
                return self.get(identifier)
        if identifier is None:
            return None
        if isinstance(identifier, str):
            identifier = self[identifier]
        elif isinstance(identifier, Mapping):
            return self._from_description(cast(Mapping[str, Any], identifier))
        if isinstance(identifier, type):
            return identifier()
        if isinstance(identifier, Configurable) or callable(identifier):
            return identifier
        if _is_of_keras(identifier):
            return self._from_description({"class_name": type(identifier).__name__, "config": identifier.get_config()})
        raise TypeError(f"{describe(identifier)} is not a valid {self.family}. Pass a name, an object or a function.")

    def _from_description(self, description: Mapping[str, Any]) -> Any:
        if "class_name" not in description:
            raise ValueError(f'A config of a {self.family} needs "class_name". Pass what `serialize` returned.')
        name, config = description["class_name"], _plain(description.get("config"))
        if name == "function":  # Keras saves a function so, its name as the config
            return self[str(config)]
        registered = description.get("registered_name")  # "package>Name" for a class that a user registered in Keras
        member: Any = self[registered if registered in known_objects() else name]
        if not isinstance(member, type):
            return member
        given: dict[str, Any] = config or {}
        build: Any = getattr(member, "from_config", None)
        return build(given) if build else member(**given)


def _is_of_keras(thing: Any) -> bool:
    """Return whether an object is Keras's own: SciKeras makes optimizers, whose configs say all about them."""
    return type(thing).__module__.startswith("keras.src.") and hasattr(thing, "get_config")


def _plain(value: Any) -> Any:
    """Return a part of a config with arrays and tuples in place of Keras's descriptions of them."""
    if isinstance(value, list):
        return [_plain(part) for part in cast(list[Any], value)]
    if not isinstance(value, Mapping):
        return value
    described = cast(Mapping[str, Any], value)
    kind = described.get("class_name")
    if kind == "__tuple__":
        return tuple(_plain(part) for part in described["items"])
    if kind in ("__tensor__", "__numpy__"):
        return np.asarray(described["config"]["value"], described["config"]["dtype"])
    return {key: _plain(part) for key, part in described.items()}


def snake_case(name: str) -> str:
    """Return a class name as Keras writes it in the names of layers and metrics.

    Example:
        >>> snake_case("BatchNormalization"), snake_case("ReLU"), snake_case("Conv2D")
        ('batch_normalization', 're_lu', 'conv2d')
    """
    words = re.sub(r"\W+", "", name)
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", words)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
