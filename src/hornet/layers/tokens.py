"""The base of the layers that take integers or strings."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from hornet.core.checks import describe
from hornet.core.dtypes import is_float
from hornet.core.errors import ArgumentError
from hornet.core.symbolic import SymbolicTensor
from hornet.layers.preprocessing import Preprocessing, array_of

KINDS = {"i": "integers", "U": "strings"}
"""The kinds of tokens, by NumPy's letters for the types of their arrays."""


class Tokens(Preprocessing):
    """Base of the layers that take tokens: integers, or strings, of which XLA has none."""

    kinds = "iU"
    """The kinds of tokens that are taken."""

    def _cast(self, inputs: Any) -> Any:
        traced = isinstance(inputs, SymbolicTensor | Tracer)
        return inputs if traced else tokens_of(inputs, self.name, self.kinds)


def tokens_of(tokens: Any, layer: str, kinds: str) -> np.ndarray:
    """Return tokens as an array of strings or of 64-bit integers; floats lose their fractions.

    Args:
        tokens: Array, frame or list.
        layer: The layer's name, for errors.
        kinds: The kinds that it takes.

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
        return array.astype(str if kinds == "U" else "int64")
    if array.dtype.kind in "OST":
        listed = [token.decode() if isinstance(token, bytes) else token for token in array.ravel().tolist()]
        kind = str if isinstance(listed[0], str) else Integral
        wrong = [token for token in listed if not isinstance(token, kind)]
        if wrong:
            raise ArgumentError(_refusal(layer, kinds, wrong[0]))
        array = np.array(listed, str if kind is str else "int64").reshape(array.shape)
    elif is_float(array.dtype):
        if not np.isfinite(array).all():
            raise ValueError(f"Layer {layer!r} got {array[~np.isfinite(array)][0]}. Fill in or drop missing integers.")
        array = array.astype("int64")
    elif array.dtype.kind in "bu":
        array = array.astype("int64")
    if array.dtype.kind not in kinds:
        raise ArgumentError(_refusal(layer, kinds, array.ravel().tolist()[0]))
    return array


def _refusal(layer: str, kinds: str, token: Any) -> str:
    taken = " or ".join(f"only {KINDS[kind]}" for kind in kinds)
    return f"Layer {layer!r} takes {taken}, not {describe(token)}. Convert, fill in or drop such tokens."


def on_host(function: Callable[[np.ndarray], np.ndarray], tokens: Any) -> Any:
    """Apply a function of NumPy arrays to tokens; a program calls back to the host for it.

    Args:
        function: From tokens to as many integers of 32 bits.
        tokens: The tokens, strings only outside programs.
    """
    if not isinstance(tokens, Tracer):
        return function(tokens)
    shape = jax.ShapeDtypeStruct(tokens.shape, "int32")
    integers = tokens.astype(int)
    return jax.pure_callback(lambda tokens: function(np.asarray(tokens)), shape, integers, vmap_method="expand_dims")


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
