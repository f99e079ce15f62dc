"""An optimizer's state in a training loop of the user's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax

from hornet.core.variable import Variable


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class OptimizerVariables:
    """The state of `Optimizer.stateless_apply`; a tree of arrays to JAX, so it may go through programs and be mapped.

    Args:
        slots: The optimizer's state for each weight.
        step: The number of updates so far.
        paths: A path for each weight: its number and, of a variable, its name.
        constraints: The function that the update of each weight ends with, or `None`.
        undecayed: Paths of weights that do not decay.
    """

    slots: Any
    step: Any
    paths: tuple[str, ...] = field(metadata={"static": True})
    constraints: tuple[Callable[[Any], Any] | None, ...] = field(metadata={"static": True})
    undecayed: frozenset[str] = field(default=frozenset(), metadata={"static": True})

    def by_path(self, what: str, given: Sequence[Any]) -> dict[str, Any]:
        """Return something of each weight by path.

        Args:
            what: What it is, for errors.
            given: One for each weight.

        Raises:
            ValueError: If there are more or fewer than weights.
        """
        if len(given) != len(self.paths):
            raise ValueError(f"There are {len(given)} {what} for {len(self.paths)} variables. Pass one for each.")
        return dict(zip(self.paths, map(jax.numpy.asarray, given), strict=True))


def described(variables: Sequence[Any]) -> tuple[tuple[str, ...], tuple[Callable[[Any], Any] | None, ...]]:
    """Return a path and a constraint for each of some variables or values; paths keep their order when sorted.

    Example:
        >>> described([Variable(1.0, name="kernel"), 2.0])
        (('000000/kernel', '000001'), (None, None))
    """
    return (
        tuple(
            f"{index:06d}/{variable.name}" if isinstance(variable, Variable) else f"{index:06d}"
            for index, variable in enumerate(variables)
        ),
        tuple(variable.constraint if isinstance(variable, Variable) else None for variable in variables),
    )
