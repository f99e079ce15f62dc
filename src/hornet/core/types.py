"""Names for the types of arguments that many functions take."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

import jax
import jax.typing
import numpy as np
import numpy.typing

from hornet.core.policies import DTypePolicy
from hornet.core.symbolic import SymbolicTensor

ArrayLike = numpy.typing.ArrayLike
"""An array of JAX's or NumPy's, a variable, a table, numbers, or nested sequences of these."""

SymbolicLike = SymbolicTensor | Sequence[SymbolicTensor]
"""What an operation is called on to be recorded rather than computed."""

DTypeLike = jax.typing.DTypeLike | None
"""A type of elements, by name or object; `None` for the default one."""

PolicyLike = jax.typing.DTypeLike | DTypePolicy | Mapping[str, Any] | None
"""A type of elements or a policy, by name, object or config; `None` for the default one."""

ShapeLike = int | Sequence[int]
"""The size of each axis, or of a single one."""

FileLike = str | os.PathLike[str] | IO[bytes]
"""A file by its name, or one that is open for bytes."""

Axis = int | Sequence[int] | None
"""An axis, several, or `None` for all."""

ActivationLike = str | Mapping[str, Any] | Callable[..., Any] | None
"""An activation by name, config, class, object or function; `None` for none."""

InitializerLike = str | Mapping[str, Any] | Callable[..., Any] | np.ndarray | jax.Array | None
"""An initializer by name, config, class, object or function, or the values themselves; `None` for the default one."""

RegularizerLike = str | Mapping[str, Any] | Callable[..., Any] | None
"""A regularizer by name, config, class, object or function; `None` for none."""

ConstraintLike = str | Mapping[str, Any] | Callable[..., Any] | None
"""A constraint by name, config, class, object or function; `None` for none."""
