"""The fits of a search that are done, a file each, so that a search which was killed does not do them again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hornet.callbacks import History
from hornet.core.config import structure_of
from hornet.core.variable import Number
from hornet.population.member import Member
from hornet.population.padding import ModelState
from hornet.saving.run_files import read_run, write_run
from hornet.training.compiled import compiled_of
from hornet.training.digests import digest_of_rows, digest_of_structure


class KeptFits:
    """Fits that are done, in a folder.

    Args:
        folder: The folder, which is made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def circumstances(self, member: Member, rows: str) -> dict[str, Any]:
        """Return what the outcome of a member's training depends on, before it begins.

        Args:
            member: The member.
            rows: A digest of the rows that it is trained on.
        """
        model, plan = member.model, member.plan
        numbers = {path: _number(box) for path, box in ModelState.of(model).hyperparameters.items()}
        settings = (*plan_of(plan), structure_of(compiled_of(model, "fit").arguments.as_dict()))
        return {
            "rows": rows,
            "model": digest_of_structure(structure_of(model)),
            "initial weights": digest_of_rows(model.get_weights()) or "",
            "hyperparameters": digest_of_structure(numbers),
            "settings": digest_of_structure([*settings, structure_of(list(member.callbacks))]),
            "seed": str(plan.seed),
        }

    def restore(self, name: str, member: Member, circumstances: dict[str, Any]) -> None:
        """Give a member what came out of its training, if that is known.

        Raises:
            ValueError: If the file is one of another search.
        """
        path = self._folder / f"{name}.fit"
        if not path.exists():
            return
        weights, found = read_run(path)
        for part, value in circumstances.items():
            if found["settings"].get(part) != value:
                raise ValueError(
                    f"{str(path)!r} was written by a search with other {part}. Set `random_state` in the search and in "
                    "its estimator, so that it does the same again, or name another folder."
                )
        history = History()
        history.set_state(found["callbacks"]["History"])
        member.model.set_weights([weights[str(index)] for index in range(len(weights))])
        with member.recorded():
            member.outcome.history = member.model.history = history
        member.outcome.seconds = found["callbacks"]["seconds"]

    def keep(self, name: str, member: Member, circumstances: dict[str, Any]) -> None:
        """Write what came out of a member's training, unless it is there."""
        path, history = self._folder / f"{name}.fit", member.outcome.history
        if history is None or path.exists():
            return
        weights = {str(index): array for index, array in enumerate(member.model.get_weights())}
        kept = {"History": history.get_state(), "seconds": member.outcome.seconds}
        facts = {"seed": 0, "epoch": len(history.epoch), "step": 0, "random": {}, "hypers": {}}
        write_run(path, weights, {**facts, "settings": circumstances, "callbacks": kept})


def plan_of(plan: Any) -> tuple[Any, ...]:
    """Return what of a plan of `fit` is no rows."""
    validation = plan.validation
    held_out = None if validation is None else (validation.batch_size, validation.steps)
    return plan.epochs.start, plan.epochs.stop, plan.batch_size, plan.steps, plan.shuffle, held_out


def _number(box: Number) -> Any:
    return box.held if isinstance(box.held, int | float | None) else str(box.held)
