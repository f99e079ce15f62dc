"""What functions of the user's take and return, checked where they are given and called."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

import jax
import jax.numpy as jnp

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError


def accepts(function: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
    """Return whether a function can be called so, as far as its signature says.

    Example:
        >>> accepts(lambda y_true, y_pred: 0, 1, 2), accepts(lambda y: 0, 1, 2), accepts(print, 1, 2)
        (True, False, True)
    """
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError:
        return False
    except ValueError:  # of a built-in function nothing is known
        return True
    return True


def takes_pairs(function: Callable[..., Any]) -> bool:
    """Return whether a function can be called on labels and predictions; a layer's `training` is neither.

    Example:
        >>> takes_pairs(lambda y_true, y_pred: 0), takes_pairs(lambda inputs, training=None: inputs)
        (True, False)
    """
    if not accepts(function, "y_true", "y_pred"):
        return False
    try:
        second = list(inspect.signature(function).parameters)[1:2]
    except ValueError:  # of a built-in function
        return True
    return second != ["training"]


def parameters_text(function: Callable[..., Any]) -> str:
    """Return the names of what a function takes, for errors.

    Example:
        >>> parameters_text(lambda y_true, weight=1.0: 0)
        '(y_true, weight)'
    """
    return f"({', '.join(inspect.signature(function).parameters)})"


def returned_numbers(what: str, returned: Any, dtype: Any = None) -> jax.Array:
    """Return what a function of the user's returned as an array.

    Args:
        what: The function, such as "Loss 'own'".
        returned: What it returned.
        dtype: The array's type.

    Raises:
        TypeError: If it returned no numbers.
    """
    with suppress(TypeError, ValueError):
        if not isinstance(returned, str | bytes):
            return cast(Any, jnp).asarray(returned, dtype)
    raise ArgumentError(
        f"{what} returned {describe(returned)}, which holds no numbers. Return what it computes by `ops`."
    )
