"""A study as its store has it: its trials and the models of the best, without the rows that they were trained on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from hornet.saving.reading import reading
from hornet.tuning.candidates import MakesModels
from hornet.tuning.store import Store, Trial

WEIGHTS = "weights.h5"
"""How files of the weights of the best candidates end."""


class Reloaded:
    """A study that is only read.

    Args:
        builder: What makes the models.
        path: The study's file, beside which is the folder of weights.
        direction: `"min"` or `"max"`; `"auto"` for what the trials say.
    """

    def __init__(self, builder: MakesModels, path: Path, direction: str) -> None:
        with closing(Store(path)) as store:
            self.settings, self.trials = store.settings, store.trials()
        said = (str(trial.plan.get("direction")) for trial in self.trials if "direction" in trial.plan)
        self.direction = next(said, "min") if direction == "auto" else direction
        self._builder, self._folder = builder, folder_of(path)
        self._models: dict[int, list[Any]] = {}

    def ranked(self, trials: Sequence[Trial]) -> list[Trial]:
        """Return those of some trials that have a value, the best first."""
        sign = -1 if self.direction == "max" else 1
        valued = [(sign * trial.value, trial.number, trial) for trial in trials if trial.value is not None]
        return [trial for *_, trial in sorted(valued, key=lambda one: one[:2])]

    def models(self, trial: Trial) -> list[Any]:
        """Return the models of one of the best trials, one for each fold, with the weights that they were trained to.

        Raises:
            ValueError: If it is none of the best, whose weights are kept, or a model says no shapes and has none in
                the store.
        """
        if trial.number not in self._models:
            files = [self._folder / f"{trial.number}.{fold}.{WEIGHTS}" for fold in range(len(trial.plan["widths"]))]
            if not all(file.exists() for file in files):
                raise ValueError(f"The weights of trial {trial.number} are not kept. Train it again.")
            self._models[trial.number] = [self._model(trial, *pair) for pair in enumerate(files)]
        return self._models[trial.number]

    @property
    def worker(self) -> Any:
        """What trains candidates, which nothing does here.

        Raises:
            ValueError: Always.
        """
        raise ValueError(
            "This needs the rows of the search. Call `search` with them, which goes on with what is there."
        )

    def _model(self, trial: Trial, fold: int, file: Path) -> Any:
        params = self._builder.space.decode(trial.params) | trial.plan.get("unknown", {})
        model = self._builder.build(trial.number, params, fold).model
        if not model.built and trial.plan.get("shapes"):
            with reading(file, file.stat().st_size):
                model.build_from_config(trial.plan["shapes"])
        if not model.built:
            raise ValueError(
                f"The model of trial {trial.number} takes its shapes from the data, and the study does not say them. "
                "Begin it with `Input(shape)`, or call `search` with the data, which goes on with what is there."
            )
        model.load_weights(file)
        return model


def settings_of(path: Path) -> dict[str, Any]:
    """Return what the study in a file depends on; nothing where none has begun."""
    with closing(Store(path)) as store:
        return store.settings


def folder_of(path: Path) -> Path:
    """Return the folder for the states and weights of the candidates of a study."""
    return path.with_name(path.name + ".members")
