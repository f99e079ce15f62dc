"""Data types: the default one and the fuzz factor, policies of layers, and conversion to the arrays of programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import jax
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
    """Set the default floating-point type: `"float16"`, `"bfloat16"`, `"float32"` or `"float64"`.

    For `"float64"` JAX's 64-bit types are turned on, for the whole process.
    """
    global _floatx
    _floatx = one_of("value", value, ("float16", "bfloat16", "float32", "float64"))
    if value == "float64":
        cast(Any, jax.config).update("jax_enable_x64", True)


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


class DTypePolicy:
    """What type a layer's weights have, and what type it computes in.

    Args:
        name: A floating-point type for both, or `"mixed_bfloat16"` or `"mixed_float16"` for weights in float32
            and computations in the shorter type.

    Example:
        >>> policy = DTypePolicy("mixed_bfloat16")
        >>> policy.variable_dtype, policy.compute_dtype
        ('float32', 'bfloat16')
    """

    def __init__(self, name: str) -> None:
        self.name = name if name in ("mixed_bfloat16", "mixed_float16") else standardize_dtype(name)
        mixed = self.name.removeprefix("mixed_")
        self.compute_dtype = mixed
        self.variable_dtype = self.name if mixed == self.name else "float32"

    def get_config(self) -> dict[str, str]:
        """Return the constructor's arguments."""
        return {"name": self.name}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicy) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"<DTypePolicy {self.name!r}>"


_policy: DTypePolicy | None = None


def dtype_policy() -> DTypePolicy:
    """Return the policy of layers that are given none: what `set_dtype_policy` said, else `floatx()`."""
    return _policy or DTypePolicy(_floatx)


def set_dtype_policy(policy: Any) -> None:
    """Set the policy of layers that are made from now on.

    Args:
        policy: A `DTypePolicy`, its name, or `None` for `floatx()`.

    Example:
        >>> set_dtype_policy("mixed_bfloat16")
        >>> dtype_policy().compute_dtype
        'bfloat16'
        >>> set_dtype_policy(None)
    """
    global _policy
    _policy = None if policy is None else policy_of(policy)


def policy_of(dtype: Any) -> DTypePolicy:
    """Return the policy that a name, a dtype, a policy or a description of one means; the default for `None`."""
    if dtype is None:
        return dtype_policy()
    if isinstance(dtype, DTypePolicy):
        return dtype
    if isinstance(dtype, Mapping):
        config = cast(Mapping[str, Any], cast(Mapping[str, Any], dtype).get("config", dtype))
        return DTypePolicy(config["name"])
    return DTypePolicy(dtype)


def standardize_dtype(dtype: Any) -> str:
    """Return the name of a dtype given by name or object; `floatx()` for `None`.

    Example:
        >>> standardize_dtype(None), standardize_dtype("float64"), standardize_dtype(jnp.int8)
        ('float32', 'float64', 'int8')
    """
    if dtype is None or dtype is float:
        return _floatx
    if dtype is int:
        return "int32"
    try:
        return jnp.dtype(dtype).name
    except TypeError:
        advice = "Pass a name such as 'float32'."
        if dtype == "string":
            advice = "XLA has no strings: number them by a `StringLookup` before they reach a model."
        raise ValueError(f"`dtype` must be a data type, not {dtype!r}. {advice}") from None


def program_array(value: Any) -> Any:
    """Return an array as programs take it, where integers have 32 bits unless `floatx()` is `"float64"`.

    Raises:
        TypeError: If it is an array or a frame of text or objects.
        ValueError: If an integer has more bits; XLA would cut them off.

    Example:
        >>> program_array(np.array([1, 2])).dtype
        dtype('int32')
    """
    if hasattr(value, "__array__") and not isinstance(value, jax.Array):
        value = np.asarray(value)
        if value.dtype.kind in "OSTU":
            raise TypeError("`inputs` hold text or objects, not numbers. Encode them first, as `StringLookup` does.")
        check_integers("inputs", value)
    return cast(Any, jnp).asarray(value)


def check_integers(argument: str, array: np.ndarray) -> None:
    """Refuse integers that programs cannot hold."""
    held: Any = jax.dtypes.canonicalize_dtype(array.dtype) if array.dtype.kind in "iu" else array.dtype
    if held == array.dtype or not array.size:
        return
    bounds = np.iinfo(held)
    for extreme in (int(array.min()), int(array.max())):
        if not bounds.min <= extreme <= bounds.max:
            raise ValueError(
                f"`{argument}` holds {extreme}, but integers have {bounds.bits} bits in programs. "
                "Convert to floats, or call `set_floatx('float64')` first."
            )


def is_float(dtype: Any) -> bool:
    """Return whether a dtype is a floating-point one, bfloat16 included."""
    return bool(jnp.issubdtype(dtype, np.floating))
