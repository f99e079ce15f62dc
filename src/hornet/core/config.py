"""Objects described by their constructor's arguments.

`get_config` is written once: an argument is read back from the attribute of the same name. The same
description, without names and without the numbers a program receives as arguments, is an object's
*structure*: two objects of equal structure share their compiled programs.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cache
from inspect import Parameter, Signature, getattr_static, signature, unwrap
from typing import Any, ClassVar, Self, cast, get_args

import numpy as np

from hornet.core.annotations import checked
from hornet.core.checks import describe
from hornet.core.custom_objects import custom_object_scope, get_registered_name
from hornet.core.errors import ArgumentError, damaged_config
from hornet.core.package import PACKAGE, is_from_package
from hornet.core.plain_data import Described, encode
from hornet.core.policies import DTypePolicy, policy_of
from hornet.core.registry import revive
from hornet.core.settings import floatx

_NAMED = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


class _ShownSignature:
    """What `inspect.signature` and `help` read from a class."""

    def __get__(self, instance: object, owner: type) -> Signature:
        if instance is not None:
            raise AttributeError("__signature__")  # an object is called by its `__call__`
        return constructor_signature(owner)


class Configurable:
    """Base of every object that can be rebuilt from `get_config()`."""

    _keras_module: str = ""
    """Keras's name of the module that holds the class, such as `keras.layers`; empty for a user-defined class."""

    _unused_in_config: ClassVar[Mapping[str, Any]] = {}
    """What Keras's configs say of features that a class leaves out: that they are not used."""

    _draws_only: bool = False
    """Whether the object only draws initial values, and so is not part of a program's structure."""

    _made_by_itself: ClassVar[frozenset[str]] = frozenset()
    """Arguments of bases that a class makes itself, and so does not take."""

    _called_with: _CalledWith | None = None
    """What a user-defined class was called with, as its attributes may say nothing of it."""

    __signature__ = _ShownSignature()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if is_ours(cls) and "__init__" in vars(cls):
            cls.__init__ = checked(cls.__init__)

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        made = super().__new__(cls)
        if (args or kwargs) and cls.__init__ is object.__init__:
            raise TypeError(f"`{cls.__name__}` takes no arguments. Leave them out.")
        if not is_ours(cls):
            made._called_with = _CalledWith(cls, args, kwargs)
        return made

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, by name, as a JSON-serializable config.

        Raises:
            NotImplementedError: If a user-defined class was called with what JSON has no words for.
        """
        kind = type(self)
        known = constructor_arguments(_nearest_of_ours(kind))
        config = {name: serialize(getattr(self, name)) for name in constructor_arguments(kind) if name in known}
        return {**config, **self._remembered()}

    def _remembered(self) -> dict[str, Any]:
        """Return what a user-defined class was called with; nothing where its own `get_config` says what to keep."""
        given = None if has_own(type(self), "get_config") else self._called_with
        return {} if given is None else given.config(type(self))

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """Return a new object from what `get_config` returned, here or in Keras.

        Args:
            config: The config.
            custom_objects: User-defined classes and functions by name.
        """
        if custom_objects:
            with custom_object_scope(custom_objects):
                return cls.from_config(config)
        if not isinstance(config, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError(f"`config` must be a dict, not {describe(config)}. Pass what `get_config` returned.")
        own = constructor_arguments(cls)
        unused = {
            name: value for base in cls.__mro__ for name, value in vars(base).get("_unused_in_config", {}).items()
        }
        missing = object()
        known = {name: value for name, value in config.items() if name in own or unused.get(name, missing) != value}
        if is_ours(cls):
            with damaged_config(f"`{cls.__name__}`"):
                return cls(**known)
        if isinstance(known.get("dtype"), Mapping):
            known["dtype"] = policy_of(known["dtype"]).name  # which a user's own class may compare to a string
        return cls(**{name: revive(value) for name, value in known.items()})

    def get_build_config(self) -> dict[str, Any] | None:
        """Return what the weights were made for, JSON-serializable; `None` where there are none."""
        return None

    _always_shown: tuple[str, ...] = ()
    """Arguments that `repr` shows even where they are the defaults."""

    def __repr__(self) -> str:
        return shown(self, self._always_shown)

    def _structure(self) -> Hashable:
        """Return a key that is equal for objects whose programs are equal.

        A user-defined class may hold anything, so each of its instances is its own structure.
        """
        if not is_ours(type(self)):
            return self
        arguments = (name for name in constructor_arguments(type(self)) if name not in ("name", "seed"))
        return (type(self), *((name, structure_of(self._structural(name))) for name in arguments))

    def _structural(self, argument: str) -> Any:
        """Return the part of an argument that a program is compiled for."""
        value = getattr(self, argument)
        traced = getattr_static(type(self), argument, None)
        return traced.is_absent(value) if isinstance(traced, TracedNumber) else value


def _nearest_of_ours(cls: type) -> type:
    return next(base for base in cls.__mro__ if is_ours(base))


class _CalledWith:
    """The arguments that a user-defined class was called with, by name, until somebody asks for its config.

    Args:
        kind: The class.
        args: What it was given by position.
        kwargs: What it was given by name.
    """

    def __init__(self, kind: type, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        named: dict[str, Any] = {}
        for init in _constructors(kind):  # what one takes as `*args` is the next one's
            places = [each.name for each in _parameters(init) if each.kind is Parameter.POSITIONAL_OR_KEYWORD]
            named.update(zip(places, args, strict=False))
            args = args[len(places) :]
        self.named = {**named, **kwargs}
        self._nameless = args

    def config(self, kind: type) -> dict[str, Any]:
        """Return those that the user's own constructors name; what a base of ours takes is in its attributes.

        Args:
            kind: The object's class.
        """
        if self._nameless:
            raise NotImplementedError(
                f"`{kind.__name__}` was called with {describe(self._nameless[0])} for `*args`, so its config "
                "cannot name it. Write `get_config` and `from_config`, or give the argument a name."
            )
        own = {each.name for init in _constructors(kind) if not is_from_package(init) for each in _parameters(init)}
        known = constructor_arguments(_nearest_of_ours(kind))
        kept = {name: value for name, value in self.named.items() if name in own and not _is_read(kind, name, known)}
        return {name: _described(kind, name, value) for name, value in kept.items()}


def _is_read(kind: type, name: str, known: Sequence[str]) -> bool:
    """Return whether an attribute of ours says it, which may have changed since, or a graph does."""
    is_ours_too = name in ("name", "trainable", "dtype", "inputs", "outputs") and name in known
    return is_ours_too or isinstance(getattr_static(kind, name, None), TracedNumber)


def _described(kind: type, name: str, value: Any) -> Any:
    try:
        return as_data(value)
    except (TypeError, RecursionError) as error:
        raise NotImplementedError(
            f"`{kind.__name__}` was called with `{name}={describe(value)}`, which no file can hold. Write "
            "`get_config`, and `from_config` that reads it."
        ) from error


def shown(thing: Any, always: Sequence[str] = ()) -> str:
    """Return what an object is, for its `repr`: its class, and the arguments of its constructor that are no defaults.

    Args:
        thing: The object, whose arguments are attributes.
        always: Arguments to show even where they are the defaults.

    Example:
        >>> class Wheel:
        ...     def __init__(self, size=26, tyre="wide", spokes=None):
        ...         self.size, self.tyre, self.spokes = size, tyre, spokes
        >>> shown(Wheel()), shown(Wheel(28), ["tyre"])
        ('<Wheel>', '<Wheel tyre=wide, size=28>')
    """
    cls = cast(type[Any], type(thing))
    inits = reversed(_constructors(cls))
    defaults = {each.name: each.default for init in inits for each in _parameters(init)}
    parts: list[str] = []
    for name in dict.fromkeys((*always, *constructor_arguments(cls))):
        value = getattr(thing, name, None)
        is_told = name in always or not (name == "name" or _is_default(value, defaults[name]))
        if is_told and value is not None and getattr(value, "__self__", None) is not thing:
            parts.append(f"{name}={_in_short(value)}")
    return f"<{' '.join([cls.__name__, ', '.join(parts)]).rstrip()}>"


def _is_default(value: Any, default: Any) -> bool:
    if isinstance(value, str | int | float):
        return value == (floatx() if default is None else default)
    if isinstance(default, str):  # an object in the place of its name
        return type(value).__name__.lower() == default.replace("_", "")
    return value is default or (isinstance(value, Sequence) and not value)


def _in_short(value: Any) -> str:
    text = str(value if isinstance(value, str) else getattr(value, "__name__", None) or repr(value))
    if len(text) <= 80 and "\n" not in text:
        return text
    shape: Any = getattr(value, "shape", None)
    return type(value).__name__ if shape is None else f"{type(value).__name__} of shape {shape}"


class TracedNumber:
    """Base of descriptors whose number reaches programs as an argument; see `core.variable.Hyperparameter`."""

    def is_absent(self, value: Any) -> bool:
        """Return whether programs do without the number: its presence shapes them, its value does not."""
        return value is None


def is_ours(cls: type) -> bool:
    """Return whether a class comes from this package, so that its arguments say all about it."""
    return is_from_package(cls)


@cache
def constructor_arguments(cls: type) -> tuple[str, ...]:
    """Return the names of a constructor's arguments, its bases' included while it takes `**kwargs`."""
    names = {each.name: None for init in _constructors(cls) for each in _parameters(init) if each.kind in _NAMED}
    return tuple(name for name in names if name not in getattr(cls, "_made_by_itself", ()))


@cache
def constructor_signature(cls: type) -> Signature:
    """Return a constructor's signature with what `**kwargs` stands for: arguments of its bases, and of a `TypedDict`.

    Example:
        >>> class Part(Configurable):
        ...     def __init__(self, name=None): ...
        >>> class Wheel(Part):
        ...     def __init__(self, size, **kwargs): ...
        >>> constructor_signature(Wheel)
        <Signature (size, *, name=None)>
    """
    found: dict[str, Parameter] = {}
    for place, init in enumerate(_constructors(cls)):
        for parameter in _parameters(init):
            if place == 0 and parameter.kind is not Parameter.VAR_KEYWORD:
                found[parameter.name] = parameter
            elif parameter.kind in _NAMED and parameter.name not in getattr(cls, "_made_by_itself", ()):
                found.setdefault(parameter.name, parameter.replace(kind=Parameter.KEYWORD_ONLY))
    for init in _constructors(cls):
        rest = next((parameter for parameter in _parameters(init) if parameter.kind is Parameter.VAR_KEYWORD), None)
        if rest is not None and str(rest.annotation).startswith("Unpack["):
            for name, hint in get_args(eval(rest.annotation, unwrap(init).__globals__))[0].__annotations__.items():
                further = Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=hint.__forward_arg__)
                found.setdefault(name, further)
        elif rest is not None and rest.annotation is not Parameter.empty:
            found.setdefault("**", rest)  # which may be more than a base takes
    return Signature(sorted(found.values(), key=lambda parameter: parameter.kind))


def _constructors(cls: type) -> list[Any]:
    """Return a class's `__init__` and those of its bases that its `**kwargs` reach."""
    found: list[Any] = []
    for base in cls.__mro__:
        if "__init__" in base.__dict__ and base is not object:
            found.append(base.__dict__["__init__"])
            if not any(parameter.kind is Parameter.VAR_KEYWORD for parameter in _parameters(found[-1])):
                break
    return found


@cache
def _parameters(init: Callable[..., Any]) -> list[Parameter]:
    return list(signature(init).parameters.values())[1:]


def has_own(cls: type, method: str) -> bool:
    """Return whether a method of a class is user-defined.

    Example:
        >>> has_own(Configurable, "get_config")
        False
    """
    holder = next((base for base in cls.__mro__ if method in vars(base)), None)
    return holder is not None and not is_ours(holder)


def serialize(value: Any) -> Any:
    """Return a value as a config of JSON types: objects as `{"module", "class_name", "config", "registered_name"}`."""
    if isinstance(value, Configurable):
        kind = type(value)
        keras_module = vars(kind).get("_keras_module")  # its own: a user-defined subclass of a layer is not Keras's
        is_public = keras_module and ".src" not in keras_module
        config = value.get_config()
        description = {
            "module": keras_module or kind.__module__,
            "class_name": kind.__name__,
            "config": config if is_ours(kind) else _as_far_as_known(config),
            "registered_name": None if is_public else get_registered_name(kind),
        }
        built_for = value.get_build_config()
        if built_for is not None:
            description["build_config"] = built_for
        return description if is_ours(kind) else Described(description, kind)
    if isinstance(value, Described):
        return value
    if isinstance(value, DTypePolicy):
        config = value.get_config()
        return {"module": "keras", "class_name": "DTypePolicy", "config": config, "registered_name": None}
    if isinstance(value, Mapping):
        return {key: serialize(part) for key, part in cast(Mapping[Any, Any], value).items()}
    if isinstance(value, list):
        return [serialize(part) for part in cast(list[Any], value)]
    if isinstance(value, tuple):  # which JSON makes a list of, and Keras's configs keep
        return tuple(serialize(part) for part in cast(tuple[Any, ...], value))
    if callable(value):
        return describe_function(cast(Callable[..., Any], value))
    if isinstance(value, np.generic):
        return cast(Any, value).item()
    return value


def describe_function(function: Callable[..., Any]) -> Any:
    """Return a function as a config: Hornet's own by its name, another one as Keras describes it."""
    if is_from_package(function) and function.__name__ != "<lambda>":
        return function.__name__
    name = get_registered_name(function)
    module = getattr(function, "__module__", None) or "builtins"
    return Described({"module": module, "class_name": "function", "config": name, "registered_name": name}, function)


def as_data(value: Any) -> Any:
    """Return any value as JSON types: objects and functions as `serialize`, arrays and such as `encode`.

    Raises:
        TypeError: If a part of it cannot be described.

    Example:
        >>> as_data({"sizes": (1, 2), "table": np.ones(1)})
        {'sizes': (1, 2), 'table': {'class_name': '__numpy__', 'config': {'value': [1.0], 'dtype': 'float64'}}}
    """
    if isinstance(value, Mapping) and not isinstance(value, Described):
        return {key: as_data(part) for key, part in cast(Mapping[Any, Any], value).items()}
    if isinstance(value, list):
        return [as_data(part) for part in cast(list[Any], value)]
    if type(value) is tuple:
        return tuple(as_data(part) for part in cast(tuple[Any, ...], value))
    if callable(value) and not isinstance(value, Configurable) and is_from_package(value):
        name = cast(Any, value).__name__  # alone it would be a text to whoever reads it
        return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}
    described = serialize(value)
    return cast(Any, described) if isinstance(described, Mapping) else encode(described)


def _as_far_as_known(config: Any) -> Any:
    """Return a user's own config as JSON types, but for what cannot be described, which fails where it is written."""
    if not isinstance(config, Mapping):
        return config
    known: dict[str, Any] = {}
    for name, value in cast(Mapping[str, Any], config).items():
        try:
            known[name] = as_data(value)
        except TypeError:
            known[name] = value
    return known


def structure_of(value: Any) -> Hashable:
    """Return the structure of any argument: of an object, a container, a function or a config."""
    if isinstance(value, Configurable):
        return () if value._draws_only else value._structure()  # pyright: ignore[reportPrivateUsage]
    if isinstance(value, Mapping):
        return tuple((key, structure_of(part)) for key, part in cast(Mapping[Any, Any], value).items())
    if isinstance(value, list | tuple):
        return tuple(structure_of(part) for part in cast(Sequence[Any], value))
    if isinstance(value, slice):
        return str(cast(Any, value))  # which Python 3.11 cannot hash
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        array = np.asarray(value)
        return (array.shape, array.dtype.str, array.tobytes())
    if isinstance(value, bool | int | float):
        return type(value).__name__, repr(value)  # for 2 == 2.0 == True to Python, but not to a program
    return value


def is_all_ours(structure: Hashable) -> bool:
    """Return whether a structure says all: no part of it is user-defined, whose numbers may change unseen."""
    if isinstance(structure, tuple):
        return all(is_all_ours(part) for part in cast(tuple[Hashable, ...], structure))
    module = getattr(structure, "__module__", None)
    return module is None or str(module).partition(".")[0] in (PACKAGE, "builtins", "jax", "numpy")
