"""The default floating-point type and the fuzz factor, as Keras's `config` has them."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornet.core.checks import number, one_of

_floatx = "float32"
_epsilon = 1e-7


def floatx() -> str:
    """Return the name of the default floating-point type.

    Example:
        >>> floatx()
        'float32'
    """
    return _floatx


def set_floatx(value: str) -> None:
    """Set the default floating-point type: `"float16"`, `"bfloat16"`, `"float32"` or `"float64"`."""
    global _floatx
    _floatx = one_of("value", value, ("float16", "bfloat16", "float32", "float64"))


def epsilon() -> float:
    """Return the fuzz factor that keeps logarithms and divisions finite.

    Example:
        >>> epsilon()
        1e-07
    """
    return _epsilon


def set_epsilon(value: float) -> None:
    """Set the fuzz factor."""
    global _epsilon
    _epsilon = number("value", value, above=0.0)


def standardize_dtype(dtype: Any) -> str:
    """Return the name of a dtype given by name or object; `floatx()` for `None`.

    Example:
        >>> standardize_dtype(None), standardize_dtype("float64"), standardize_dtype(jnp.int8)
        ('float32', 'float64', 'int8')
    """
    if dtype is None:
        return _floatx
    try:
        return jnp.dtype(dtype).name
    except TypeError:
        raise ValueError(f"`dtype` must be a data type, not {dtype!r}. Pass a name such as 'float32'.") from None


def is_float(dtype: Any) -> bool:
    """Return whether a dtype is a floating-point one, bfloat16 included."""
    return bool(jnp.issubdtype(dtype, np.floating))
