"""The base of the layers that take integers or strings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from hornet.core.checks import describe
from hornet.core.symbolic import SymbolicTensor
from hornet.layers.preprocessing import Preprocessing


class Tokens(Preprocessing):
    """Base of the layers that take tokens: integers, or strings, of which XLA has none."""

    def _cast(self, inputs: Any) -> Any:
        if isinstance(inputs, SymbolicTensor | Tracer):
            return inputs
        tokens = np.asarray(inputs)
        if tokens.dtype.kind in "OS":
            tokens = np.asarray([text(token) for token in tokens.ravel()]).reshape(tokens.shape)
        return tokens


def text(token: Any) -> Any:
    """Return a token as a string if it is one in bytes, else as it is."""
    return token.decode() if isinstance(token, bytes) else token


def on_host(function: Callable[[np.ndarray], np.ndarray], tokens: Any) -> Any:
    """Return what a function of NumPy arrays makes of tokens; a program calls back for it.

    Args:
        function: From tokens to as many integers.
        tokens: The tokens, strings only outside programs.
    """
    if not isinstance(tokens, Tracer):
        return function(np.asarray(tokens))
    shape = jax.ShapeDtypeStruct(tokens.shape, "int32")
    return jax.pure_callback(lambda given: function(np.asarray(given)), shape, tokens, vmap_method="expand_dims")


def key_of(salt: Any) -> list[int] | None:
    """Return the two integers that a `salt` stands for.

    Raises:
        ValueError: If it is neither one integer nor two.
    """
    if salt is None:
        return None
    pair = [salt, salt] if isinstance(salt, int) else list(salt)
    if len(pair) != 2 or not all(isinstance(one, int) for one in pair):
        raise ValueError(f"`salt` must be one integer or two, not {describe(salt)}. Pass one or two integers.")
    return pair
