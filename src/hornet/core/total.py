"""Sums that stay exact however many numbers they take in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import jax
import jax.numpy

from hornet.core.variable import Variable

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

jnp: Any = jax.numpy  # whose own types are partly unknown


class Total(Variable):
    """A variable that is added to, and remembers what rounding takes away.

    In float32 alone, adding ones stops at 2**24. Programs carry a total as two arrays, the sum and the rest that it is
    too coarse for (T. J. Dekker, "A floating-point technique for extending the available precision", 1971); `value` is
    both together.

    Args:
        initializer: See `Variable`.
        shape: See `Variable`.
        dtype: See `Variable`.
        name: See `Variable`.

    Example:
        >>> total = Total(2.0**24)
        >>> _ = total.assign_add(1.0)
        >>> _ = total.assign_add(1.0)
        >>> float(total.value)
        16777218.0
    """

    __slots__ = ()

    def __init__(
        self,
        initializer: ArrayLike | Callable[..., ArrayLike],
        shape: Sequence[int] | None = None,
        dtype: Any = None,
        *,
        name: str = "variable",
    ) -> None:
        super().__init__(initializer, shape, dtype, trainable=False, autocast=False, name=name)
        with jax.ensure_compile_time_eval():
            self.held = with_rest(self.held)

    @property
    def carried(self) -> Any:
        """The sum and the rest, as programs carry them; or one array, where a program was given that alone."""
        return super(Variable, self).value

    @property
    def value(self) -> Any:
        """The sum."""
        return self.rounded(self.carried)

    def rounded(self, carried: Any) -> Any:
        """Return the sum that programs carry as one array."""
        if not isinstance(carried, tuple):
            return carried
        total, rest = cast(tuple[Any, Any], carried)
        return total + rest

    def assign_add(self, value: ArrayLike) -> Any:
        """Add to the value, and return the sum."""
        carried, added = self.carried, jnp.asarray(value, self.dtype)
        if isinstance(carried, tuple):
            total, rest = cast(tuple[Any, Any], carried)
            return self._replace(_added(total, rest, jnp.broadcast_to(added, self.shape)))
        return self.assign(carried + added)

    def assign_sub(self, value: ArrayLike) -> Any:
        """Subtract from the value, and return the difference."""
        return self.assign_add(-jnp.asarray(value, self.dtype))

    def assign(self, value: ArrayLike) -> Any:
        """Replace the value by one of the same shape, and return that."""
        fitting = self._fitting(value)
        return self._replace(with_rest(fitting) if isinstance(self.carried, tuple) else fitting)


def shown(variable: Variable, carried: Any) -> Any:
    """Return what programs carry of a variable in the shape of the variable."""
    return variable.rounded(carried) if isinstance(variable, Total) else carried


def as_carried(variable: Variable, value: Any) -> Any:
    """Return an array in the shape of a variable as programs carry it."""
    return with_rest(value) if isinstance(variable, Total) else value


def with_rest(value: Any) -> Any:
    """Return an array as programs carry totals: with a rest of nothing."""
    return value, jnp.zeros_like(value)


def _added(total: Any, rest: Any, value: Any) -> tuple[Any, Any]:
    """Return total and rest after an addition, each as exact as its type."""
    rough = total + value
    part = rough - total
    lost = (total - (rough - part)) + (value - part)
    rest += jnp.where(jnp.isfinite(rough), lost, 0)  # of infinity nothing is lost
    new = rough + rest
    return new, jnp.where(jnp.isfinite(new), rest - (new - rough), 0)
