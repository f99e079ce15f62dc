"""How much work one dispatch takes."""

from __future__ import annotations

SECONDS = 0.2
"""How long a dispatch lasts: progress and Ctrl-C wait for its end."""


class Pace:
    """The number of steps of a dispatch, so chosen that it lasts about a fifth of a second.

    Progress and Ctrl-C wait for a dispatch to end. Results do not depend on the number.

    Args:
        steps: The number to begin with.
        fixed: Whether to stay with it.

    Example:
        >>> pace = Pace(16)
        >>> pace.follow(16, seconds=0.1)
        >>> pace.steps
        32
    """

    def __init__(self, steps: int = 16, fixed: bool = False) -> None:
        self.steps = steps
        self._fixed = fixed

    def follow(self, steps: int, seconds: float) -> None:
        """Learn from a dispatch of so many steps that took so long."""
        if not self._fixed:
            self.steps = max(1, min(round(steps * SECONDS / max(seconds, 1e-6)), 16 * max(steps, self.steps)))
