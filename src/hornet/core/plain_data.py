"""Values that JSON has no words for, as Keras describes them, and back."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np

from hornet.core.budget import take_memory

anything: Any = jnp  # whose own types are partly unknown
_TYPE_NAME = re.compile(r"[<>=|]?[A-Za-z]\w*")


class Described(dict[str, Any]):
    """A description that still knows the user-defined class or function that it is of.

    So a clone in the same process needs no registration. JSON and pickle keep the description alone, so whoever reads
    a file passes the class.

    Args:
        description: The description.
        of: The class or function.
    """

    def __init__(self, description: Mapping[str, Any], of: Any) -> None:
        super().__init__(description)
        self.of = of

    def __deepcopy__(self, memo: dict[int, Any]) -> Described:
        return Described(copy.deepcopy(dict(self), memo), self.of)

    def __reduce__(self) -> Any:
        return dict, (dict(self),)


def encode(value: Any) -> Any:
    """Return a value that is no object of a family as JSON types, and what is of a JSON type already as it is.

    Raises:
        TypeError: If it is neither.

    Example:
        >>> encode(slice(1, 3))["class_name"], encode(np.float32(0.5))
        ('__slice__', 0.5)
    """
    if isinstance(value, bytes):
        return {"class_name": "__bytes__", "config": {"value": value.decode("utf-8")}}
    if isinstance(value, slice):
        parts = {name: encode(getattr(cast(Any, value), name)) for name in ("start", "stop", "step")}
        return {"class_name": "__slice__", "config": parts}
    if value is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return cast(Any, value).item()
    if isinstance(value, np.ndarray | jax.Array):
        array = np.asarray(cast(Any, value))
        kind = "__numpy__" if isinstance(value, np.ndarray) else "__tensor__"
        return {"class_name": kind, "config": {"value": array.tolist(), "dtype": str(array.dtype)}}
    if isinstance(value, np.dtype):
        return str(cast(Any, value))
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"A {type(value).__name__!r} cannot be written as JSON.")


def decode(described: Any) -> Any:
    """Return a part of a config with the values in place of what `encode`, here or in Keras, made of them.

    Example:
        >>> decode([{"class_name": "__bytes__", "config": {"value": "ab"}}, 3])
        [b'ab', 3]
    """
    if isinstance(described, list):
        return [decode(part) for part in cast(list[Any], described)]
    if isinstance(described, tuple):
        return tuple(decode(part) for part in cast(tuple[Any, ...], described))
    if not isinstance(described, Mapping):
        return described
    mapping = cast(Mapping[str, Any], described)
    kind = mapping.get("class_name")
    if kind == "__tuple__":
        return tuple(decode(part) for part in mapping["items"])
    if isinstance(kind, str) and kind in _DECODERS:
        return _DECODERS[kind](mapping["config"])
    decoded = {key: decode(part) for key, part in mapping.items()}
    return Described(decoded, mapping.of) if isinstance(mapping, Described) else decoded


def array_of(config: Mapping[str, Any]) -> np.ndarray:
    """Return the array that `encode` described.

    Raises:
        ValueError: If its type is none of numbers, booleans or texts: another one may hold arrays within each element.

    Example:
        >>> array_of({"value": [1, 2], "dtype": "float32"})
        array([1., 2.], dtype=float32)
    """
    value, name = config["value"], config["dtype"]
    # NumPy parses what says more than a name, `"(2,)f4"`, as Python.
    dtype = np.dtype(name if isinstance(name, str) and _TYPE_NAME.fullmatch(name) else object)
    if dtype.kind in "US":  # each text is as long as the longest, whatever the type says
        texts = np.asarray(value, object).ravel()
        take_memory(4 * len(texts) * max((len(str(text)) for text in texts), default=0), "an array of texts")
        return np.asarray(value, dtype.kind)
    if dtype.kind != "b" and not anything.issubdtype(dtype, np.number):
        raise ValueError(f"An array of type {name!r:.100} is not made of numbers. Pass one that is.")
    return np.asarray(value, dtype)


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "__bytes__": lambda config: config["value"].encode("utf-8"),
    "__slice__": lambda config: slice(*(decode(config[name]) for name in ("start", "stop", "step"))),
    "__ellipsis__": lambda config: Ellipsis,
    "__numpy__": lambda config: array_of(config),
    "__tensor__": lambda config: anything.asarray(array_of(config)),
}
