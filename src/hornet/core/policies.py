"""Policies: which floating-point type a layer keeps its weights in, and which it computes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import jax
import jax.numpy
import numpy as np

from hornet.core.dtypes import is_float, standardize_dtype
from hornet.core.errors import damaged_config
from hornet.core.settings import floatx

jnp: Any = jax.numpy  # whose own types are partly unknown


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

    def convert_input(self, x: Any, autocast: bool, dtype: Any) -> Any:
        """Return an argument of a layer as it computes with it: what is an array, as one of JAX's.

        Args:
            x: The argument.
            autocast: Whether floating-point numbers change their type.
            dtype: The type that they get.

        Example:
            >>> import numpy as np
            >>> DTypePolicy("float32").convert_input(np.float64([0.5]), autocast=True, dtype="float16").dtype.name
            'float16'
        """
        if not isinstance(x, jax.Array | np.ndarray | np.generic):
            return x
        array: Any = jnp.asarray(x)
        return array.astype(standardize_dtype(dtype)) if autocast and is_float(array.dtype) else array

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
    return _policy or DTypePolicy(floatx())


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
        described = cast(Mapping[str, Any], dtype)
        with damaged_config("a dtype policy"):
            return DTypePolicy(described.get("config", described)["name"])
    return DTypePolicy(dtype)
