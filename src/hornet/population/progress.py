"""How far a population or a study is, on one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from hornet.core.progress_line import Progress as Counted
from hornet.core.progress_line import ProgressLine
from hornet.population.member import Member


class _Line:
    """A line with a bar, that can be left out.

    Args:
        total: What there is to do; `None` where nobody knows.
        unit: What one of it is called.
        shown: Whether to show anything.
    """

    def __init__(self, total: int | None, unit: str, shown: bool) -> None:
        self._line: ProgressLine | None = None
        if shown and total != 0:
            self._progress = Counted("Training", total, unit)
            self._progress.share = 0.0
            self._line = ProgressLine()

    def __enter__(self) -> Self:
        self.tick()
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        if self._line is not None and kind is None:
            self._progress.note = ""
            self._line.finish(self._progress)
        elif self._line is not None:
            self._line.close()

    def tick(self) -> None:
        """Show the time that has passed."""
        if self._line is not None:
            self._line.draw(self._progress)

    def update(self, done: int, share: float, logs: Mapping[str, Any], note: str = "") -> None:
        """Show how much is done."""
        if self._line is not None:
            if done != self._progress.step:
                self._progress.advance(done, logs)
            self._progress.share, self._progress.logs, self._progress.note = share, logs, note
            self._line.draw(self._progress)


class Progress(_Line):
    """Shows how many members are trained, the epochs that are done, the best loss so far and the time left.

    Args:
        members: How many there will be.
        shown: Whether to show anything.
    """

    def __init__(self, members: int, shown: bool) -> None:
        super().__init__(members, "model", shown)
        self._total = members
        self._ended: list[Member] = []

    def show(self, members: Sequence[Member]) -> None:
        """Show the state of these members, and of those that have ended before."""
        if self._line is None:
            return
        everyone = [*self._ended, *members]
        epoch = max((member.epoch for member in everyone), default=0)
        logs = {"epoch": str(epoch)}
        losses = [loss for member in everyone if (loss := member.best_loss) is not None]
        if losses:
            logs["best loss"] = f"{min(losses):.4g}"
        done = sum(member.is_done for member in everyone)
        share = sum(1.0 if member.is_done else member.epoch / max(1, member.plan.epochs.stop) for member in everyone)
        self.update(done, share / self._total, logs if epoch else {}, "" if epoch or done else "compiling")

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
        super().__init__(trials, "trial", shown)
        self._total = trials
        self._ended = 0

    def add(self, ended: int, best: float | None) -> None:
        """Show that so many more trials have ended."""
        self._ended += ended
        share = self._ended / self._total if self._total else 0.0
        self.update(self._ended, share, {} if best is None else {"best": f"{best:.4g}"})
