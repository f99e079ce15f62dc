"""Closed tables from names to the members of a family (layers, losses, activations, ...)."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any, TypeVar, cast

from hornet.core.budget import OverBudgetError
from hornet.core.checks import describe
from hornet.core.custom_objects import custom_object_scope, known_objects, scoped_objects
from hornet.core.errors import ArgumentError, FileError, RebuildError, UnknownNameError, damaged_config
from hornet.core.package import PACKAGE, is_from_package
from hornet.core.plain_data import Described, decode
from hornet.core.suggestions import unknown_name, unknown_object

Member = TypeVar("Member", bound=Callable[..., Any])


class Registry:
    """The members of one family, by every name they answer to.

    Args:
        family: What a member is called in errors, such as `"loss"`.
        module: Keras's name of the family's module, such as `"keras.losses"`.
        takes: Families whose objects may stand for one of this family.
    """

    def __init__(self, family: str, module: str, takes: Container[str] = ()) -> None:
        self.family = family
        self.module = module
        self._takes = takes
        self._members: dict[str, Callable[..., Any]] = {}
        _families.append(self)

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
            with damaged_config(f"a {self.family}"):
                return self._from_description(cast(Mapping[str, Any], identifier))
        if isinstance(identifier, type):
            return identifier()
        if _is_of_keras(identifier):
            return self._from_description({"class_name": type(identifier).__name__, "config": identifier.get_config()})
        if hasattr(identifier, "get_config") or callable(identifier):
            return identifier
        raise ArgumentError(
            f"{describe(identifier)} is not a valid {self.family}. Pass a name, an object or a function."
        )

    def _from_description(self, description: Mapping[str, Any]) -> Any:
        if "class_name" not in description:
            raise ValueError(f'A config of a {self.family} needs "class_name". Pass what `serialize` returned.')
        config = decode(description.get("config"))
        if description["class_name"] == "function":  # Keras saves a function so, its name as the config
            return self._described_member(description, str(config))
        member = self._described_member(description, description["class_name"])
        if not isinstance(member, type):
            return member
        if not isinstance(config or {}, Mapping):
            kind = describe(config)
            raise ArgumentError(f"The config of {member.__name__!r} must be a dict, not {kind}. Pass a dict.")
        return _rebuilt(member, config or {}, description.get("build_config"))

    def _described_member(self, description: Mapping[str, Any], name: str) -> Any:
        """Return the class or function that a description is of: the user's own, else one of a family."""
        registered = description.get("registered_name")  # "package>Name" for one that a user registered
        custom = known_objects()
        for given in (registered, name):
            if isinstance(given, str) and given in custom:
                return custom[given]
        if isinstance(description, Described):
            return description.of
        # Keras's older files leave packages out, and so do later ones of functions.
        if description.get("registered_name", "function") == "function" and name not in self._members:
            same = [each for full, each in custom.items() if full.rpartition(">")[2] == name]
            if len(same) == 1:
                return same[0]
        module = description.get("module")
        families = [*(family for family in _families if family.module == module), self, *_families]
        of = next((family for family in families if name in family._members), None)
        found = None if of is None else of._members[name]
        if isinstance(found, type) and of is not self and of is not None and of.family not in self._takes:
            raise ArgumentError(
                f"{name!r} is the class of {_a(of.family)}, not of {_a(self.family)}. Pass a "
                f"description of {_a(self.family)}, or use `saving.deserialize_keras_object`."
            )
        if found is None or _is_foreign(description, name):
            raise unknown_object(
                self.family, registered if _is_foreign(description, name) else name, [*custom, *self._members]
            )
        return found


def _is_of_keras(thing: Any) -> bool:
    """Return whether an object is Keras's own: SciKeras makes optimizers, whose configs say all about them."""
    return type(thing).__module__.startswith("keras.src.") and not callable(thing) and hasattr(thing, "get_config")


def _a(family: str) -> str:
    return f"{'an' if family[0] in 'aeiou' else 'a'} {family}"


_families: list[Registry] = []
"""All registries: a layer may be an activation, and a layer's argument an object of any family."""


def family(name: str) -> Registry:
    """Return the registry of a family whose module is imported.

    Example:
        >>> from hornet import losses
        >>> family("loss") is losses.registry
        True
    """
    return next(registry for registry in _families if registry.family == name)


_KERAS = ("keras", "tf_keras", "keras_core", "tensorflow", "builtins", PACKAGE)


def _is_foreign(description: Mapping[str, Any], name: str) -> bool:
    """Return whether Keras 3 described a class or function that is neither its own nor this package's."""
    if description.get("registered_name") not in (None, "", "function", name, description["class_name"]):
        return True
    module = description.get("module")
    return "registered_name" in description and bool(module) and str(module).partition(".")[0] not in _KERAS


def _rebuilt(member: type, config: Mapping[str, Any], build_config: Any) -> Any:
    """Return an object of a class from its config, built if the description is of a built one."""
    build: Any = getattr(member, "from_config", None)
    try:
        made = build(config) if build else member(**config)
        if build_config and not getattr(made, "built", True):
            made.build_from_config(build_config)
    except (UnknownNameError, OverBudgetError, RebuildError, FileError):
        raise
    except Exception as error:
        if is_from_package(member):
            raise
        raise RebuildError(
            f"`{member.__name__}` cannot be made from its config, {config!r:.300}: {error} Let its `get_config` return "
            "what its `__init__` takes, or write `from_config`."
        ) from error
    return made


def revive(value: Any) -> Any:
    """Return a part of a config with objects and values in place of their descriptions.

    Raises:
        ValueError: If a class or function is not known here.
    """
    if isinstance(value, list):
        return [revive(part) for part in cast(list[Any], value)]
    if isinstance(value, tuple):
        return tuple(revive(part) for part in cast(tuple[Any, ...], value))
    if not isinstance(value, Mapping):
        return value
    described = cast(Mapping[str, Any], value)
    kind = described.get("class_name")
    if not isinstance(kind, str):
        return {key: revive(part) for key, part in described.items()}
    if kind in ("__lambda__", "__typespec__"):
        raise ValueError(f"A config of kind {kind!r} holds code, which is not run. Pass the function itself.")
    if kind.startswith("__"):
        return decode(described)
    if "config" not in described:
        return {key: revive(part) for key, part in described.items()}
    return others.get(described)


class _Any:
    """Every family."""

    def __contains__(self, family: object) -> bool:
        return True


others = Registry("object", "keras", takes=_Any())
"""What is of no family: random generators, policies of types."""


def snake_case(name: str) -> str:
    """Return a class name as Keras writes it in the names of layers and metrics.

    Example:
        >>> snake_case("BatchNormalization"), snake_case("ReLU"), snake_case("Conv2D")
        ('batch_normalization', 're_lu', 'conv2d')
    """
    words = re.sub(r"\W+", "", name)
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", words)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
