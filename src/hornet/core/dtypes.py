"""Names and kinds of data types."""

from __future__ import annotations

from typing import Any, cast

import jax.numpy as jnp
import numpy as np

from hornet.core.settings import floatx


def standardize_dtype(dtype: Any) -> str:
    """Return the name of a dtype given by name or object; `floatx()` for `None`.

    TensorFlow's and PyTorch's objects are known by their names.

    Example:
        >>> standardize_dtype(None), standardize_dtype("float64"), standardize_dtype(jnp.int8)
        ('float32', 'float64', 'int8')
    """
    dtype = getattr(dtype, "compute_dtype", dtype)  # of a policy
    if dtype is None or dtype is float:
        return floatx()
    if dtype is int:
        return "int32"
    if isinstance(dtype, str) and dtype == "string":  # of symbolic tensors, which stand for what the host has
        return dtype
    try:
        found = jnp.dtype(_own(dtype))
    except TypeError:
        found = None
    if found is None or found.kind in "SU" or found.names is not None or found.itemsize == 0:
        raise ValueError(f"`dtype` must be a data type, not {dtype!r}. Pass a name such as 'float32'.")
    return found.name


def _own(dtype: Any) -> Any:
    """Return another library's object by what NumPy knows: its name, or NumPy's type in it."""
    if isinstance(dtype, str | type | np.dtype):
        return cast(Any, dtype)
    if isinstance(getattr(dtype, "name", None), str):
        return dtype.name
    text = str(dtype)
    return text.removeprefix("torch.") if text.startswith("torch.") else getattr(dtype, "as_numpy_dtype", dtype)


def is_float(dtype: Any) -> bool:
    """Return whether a dtype is a floating-point one, bfloat16 included."""
    return bool(jnp.issubdtype(dtype, np.floating))
