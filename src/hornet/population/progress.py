"""How far a population or a study is, on one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from hornet.population.member import Member


class _Line:
    """A line with a bar, that can be left out.

    Args:
        total: What there is to do; `None` where nobody knows.
        shown: Whether to show anything.
    """

    def __init__(self, total: int | None, shown: bool) -> None:
        self._line: Any = None
        if shown:
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

            self._line = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[state]}"),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
            )
            self._task = self._line.add_task("Training", total=None if total is None else float(total), state="")

    def __enter__(self) -> Self:
        if self._line is not None:
            self._line.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._line is not None:
            self._line.stop()

    def update(self, done: float, state: str) -> None:
        """Show how much is done."""
        if self._line is not None:
            self._line.update(self._task, completed=done, state=state)


class Progress(_Line):
    """Shows how many members are trained, the epochs that are done, the best loss so far and the time left.

    Args:
        members: How many there will be.
        shown: Whether to show anything.
    """

    def __init__(self, members: int, shown: bool) -> None:
        super().__init__(members, shown)
        self._total = members
        self._ended: list[Member] = []

    def show(self, members: Sequence[Member]) -> None:
        """Show the state of these members, and of those that have ended before."""
        if self._line is None:
            return
        everyone = [*self._ended, *members]
        alive = self._total - sum(member.is_done for member in everyone)
        epochs = [member.epoch for member in everyone]
        losses = [loss for member in everyone if (loss := member.best_loss) is not None]
        state = f"{alive} of {self._total} to go · epoch {max(epochs, default=0)}"
        if losses:
            state += f" · best loss {min(losses):.4g}"
        done = sum(1.0 if member.is_done else member.epoch / max(1, member.plan.epochs.stop) for member in everyone)
        self.update(done, state)

    def end(self, members: Sequence[Member]) -> None:
        """Show these members for the last time; later ones are shown beside them."""
        self.show(members)
        self._ended += members


class TrialProgress(_Line):
    """Shows how many trials of a study have ended, and the best value so far.

    Args:
        trials: How many there will be at most; `None` where the clock decides.
        shown: Whether to show anything.
    """

    def __init__(self, trials: int | None, shown: bool) -> None:
        super().__init__(trials, shown)
        self._ended = 0

    def add(self, ended: int, best: float | None) -> None:
        """Show that so many more trials have ended."""
        self._ended += ended
        self.update(self._ended, f"{self._ended} trials" + ("" if best is None else f" · best {best:.4g}"))
