"""The base of the layers that take integers or strings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from hornet.core.checks import describe
from hornet.core.dtypes import is_float
from hornet.core.errors import ArgumentError
from hornet.core.prepared import Prepared
from hornet.core.strings import MISSING, is_missing
from hornet.core.symbolic import SymbolicTensor, abstract_call
from hornet.layers.preprocessing import Preprocessing, array_of

KINDS = {"i": "integers", "U": "strings"}
"""The kinds of tokens, by NumPy's letters for the types of their arrays."""


class Tokens(Preprocessing):
    """Base of the layers that take tokens: integers, or strings, of which XLA has none."""

    kinds = "iU"
    """The kinds of tokens that are taken."""

    def _cast(self, inputs: Any) -> Any:
        traced = isinstance(inputs, SymbolicTensor | Tracer | Prepared)
        return inputs if traced else tokens_of(inputs, self.name, self.kinds)


class OfStrings(Tokens):
    """Base of the layers that number strings, which is the host's part of them; a program goes on from the numbers."""

    _takes_strings = True

    def _prepare(self, inputs: Any) -> Prepared:
        """Return what `call` takes in the place of strings: the index of each.

        Args:
            inputs: The strings.
        """
        return Prepared({"indices": self._numbered(self._cast(inputs))})

    def _numbered(self, tokens: Any) -> Any:
        """Return the index of each token."""
        raise NotImplementedError

    def _prepared_specs(self, inputs: Any) -> Prepared:
        """Return symbolic tensors for what `_prepare` returns."""
        return Prepared({"indices": SymbolicTensor(inputs.shape, "int32")})

    def _specs_of_strings(self, strings: Sequence[SymbolicTensor], args: Any, kwargs: Any) -> Any:
        inputs, *others = args
        return abstract_call(self._abstract, (self._prepared_specs(inputs), *others), kwargs)


def tokens_of(tokens: Any, layer: str, kinds: str, takes_missing: bool = True) -> np.ndarray:
    """Return tokens as an array of strings, as objects, or of 64-bit integers; floats lose their fractions.

    `MISSING` stands for a string that is missing.

    Args:
        tokens: Array, frame or list.
        layer: The layer's name, for errors.
        kinds: The kinds that it takes.
        takes_missing: Whether strings may be missing.

    Raises:
        TypeError: If they are of another kind, or of several.
        ValueError: If a float is NaN or infinite.

    Example:
        >>> tokens_of([2.0, 1.0], "layer", "i")
        array([2, 1])
    """
    array = array_of(tokens)
    if array.dtype.kind == "U" and isinstance(tokens, list | tuple):
        array = np.asarray(tokens, object)  # NumPy writes numbers among strings out
    if not array.size:
        return array.astype(object if kinds == "U" else "int64")
    if array.dtype.kind in "OSTU":
        array = _of_objects(array, layer, kinds, takes_missing)
    elif is_float(array.dtype):
        if not np.isfinite(array).all():
            raise ValueError(f"Layer {layer!r} got {array[~np.isfinite(array)][0]}. Fill in or drop missing integers.")
        array = array.astype("int64")
    elif array.dtype.kind in "bu":
        array = array.astype("int64")
    if ("U" if array.dtype == object else array.dtype.kind) not in kinds:
        raise ArgumentError(_refusal(layer, kinds, array.ravel().tolist()[0]))
    return array


def _of_objects(array: np.ndarray, layer: str, kinds: str, takes_missing: bool) -> np.ndarray:
    """Return an array of objects or of text as one of strings or integers."""
    if array.dtype.kind == "U":
        return array.astype(object)
    listed: list[Any] = array.ravel().tolist()
    types = set(map(type, listed))
    if types == {str} and array.dtype == object:
        return array
    if bytes in types:
        listed = [token.decode() if isinstance(token, bytes) else token for token in listed]
    present = (token for token in listed if not (takes_missing and is_missing(token)))
    kind = str if isinstance(next(present, None if "i" in kinds else ""), str) else Integral
    if kind is str and takes_missing:
        listed = [token if type(token) is str else MISSING if is_missing(token) else token for token in listed]
    wrong = next((token for token in listed if not isinstance(token, kind)), None)
    if wrong is not None or (None in listed):
        raise ArgumentError(_refusal(layer, kinds, wrong))
    return np.array(listed, object if kind is str else "int64").reshape(array.shape)


def _refusal(layer: str, kinds: str, token: Any) -> str:
    taken = " or ".join(f"only {KINDS[kind]}" for kind in kinds)
    return f"Layer {layer!r} takes {taken}, not {describe(token)}. Convert, fill in or drop such tokens."


def on_host(function: Callable[..., np.ndarray], *tokens: Any) -> Any:
    """Apply a function of NumPy arrays to tokens; a program calls back to the host for it.

    Args:
        function: From arrays of tokens to as many integers of 32 bits.
        *tokens: The tokens, strings only outside programs.
    """
    if not any(isinstance(array, Tracer) for array in tokens):
        return function(*tokens)
    shape = jax.ShapeDtypeStruct(tokens[0].shape, "int32")
    integers = [jnp.asarray(array).astype(int) for array in tokens]
    return jax.pure_callback(
        lambda *arrays: function(*map(np.asarray, arrays)), shape, *integers, vmap_method="expand_dims"
    )


def key_of(salt: Any) -> list[int] | None:
    """Return a `salt` as two integers.

    Raises:
        ValueError: If it is neither one integer nor two.
    """
    if salt is None:
        return None
    pair = [salt, salt] if isinstance(salt, Integral) else salt
    if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(isinstance(number, Integral) for number in pair):
        raise ValueError(f"`salt` must be one integer or two, not {describe(salt)}. Pass one or two integers.")
    return [int(number) for number in pair]
