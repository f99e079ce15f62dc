"""What a study came to: the best candidates, their models, an ensemble of them, and pictures of the trials."""

from __future__ import annotations

from typing import Any

import numpy as np

from hornet.core.checks import positive_int
from hornet.core.imports import optional_module
from hornet.models.averaging import average
from hornet.plots.html import table
from hornet.tuning import picture
from hornet.tuning.ensembles import choose, fitting
from hornet.tuning.importances import importances
from hornet.tuning.notebook import shown_trials
from hornet.tuning.objective import Objective
from hornet.tuning.reloaded import Reloaded
from hornet.tuning.space import Space
from hornet.tuning.store import FINISHED, Trial
from hornet.tuning.study import Study
from hornet.tuning.trial_logs import OptunaTrials
from hornet.tuning.trial_table import row_of


class Outcome:
    """Base of what searches: reads what its study came to.

    A subclass sets the attributes below; `_study` is `None` until something was searched.
    """

    objective: Objective
    _study: Study | Reloaded | None
    _keep: int
    _digest: str

    def __init__(self) -> None:
        self._shown: tuple[Any, OptunaTrials] | None = None
        self.ensemble_weights: dict[int, float] = {}
        """Which trials are in the ensemble that was made last, and with which weights."""
        self.ensemble_value: float | None = None
        """The objective's value for it, on the rows that it was chosen by."""

    @property
    def space(self) -> Space:
        """The hyperparameters, and what each may be."""
        raise NotImplementedError

    def __repr__(self) -> str:
        """Return in one line what is looked for, and what was found."""
        found = ""
        if self._study is not None and self.ranked:
            found = f", trials={len(self.ended)}, best={self.best_value:.4g}"
        return f"<{type(self).__name__} {self.objective.name}{found}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the best trials."""
        if self._study is None:
            return table(repr(self), ["Hyperparameter", "Values"], [[name, str(of)] for name, of in self.space.items()])
        return shown_trials(self._table, list(self.space), self.objective.name, self._direction)

    @property
    def best_params(self) -> dict[str, Any]:
        """The hyperparameters of the best candidate."""
        return self.space.decode(self._best.params) | self._best.plan.get("unknown", {})

    @property
    def best_value(self) -> float:
        """The objective's value for the best candidate, on rows that it was not trained on."""
        assert self._best.value is not None
        return self._best.value

    @property
    def best_model(self) -> Any:
        """The best candidate's model, trained; of several folds the average of their models."""
        return self._model(self._best)

    def ensemble(self, size: int = 8) -> Any:
        """Return one model that predicts the weighted mean of what the best candidates predict.

        Which of them, and with which weights, is chosen by the rows that were held out (see `ensembles.choose`). So
        `ensemble_value`, which is measured on these rows too, is a little better than what new rows will show; it is
        the objective's value, without the penalties of regularizers. Candidates that a schedule has stopped are not in
        it, so let all be trained to their ends (`schedule="full"`) for an ensemble of many.

        Args:
            size: The most candidates in it.
        """
        worker, task = self._done.worker, self._done.worker.task
        trials = self.ranked[: self._keep]
        candidates = [worker.candidate(trial) for trial in trials]
        predictions = [task.held_out(candidate, worker.population.trained_model) for candidate in candidates]
        stack, labels = fitting(predictions, task.held_out_labels)
        model = candidates[0].models[0]
        loss, weight = task.objective.loss(model), task.held_out_weights if task.objective.is_weighted(model) else None
        counts = choose(list(stack), labels, loss, size, sample_weight=weight)
        weights = np.array(list(counts.values())) / sum(counts.values())
        self.ensemble_weights = {trials[place].number: float(w) for place, w in zip(counts, weights, strict=True)}
        mean = np.tensordot(weights, stack[list(counts)], axes=1)
        self.ensemble_value = task.objective.sign * loss(labels, mean, weight)
        weighted = [(model, count) for place, count in counts.items() for model in self._models(trials[place])]
        return average([model for model, _ in weighted], [count for _, count in weighted])

    def best_models(self, count: int = 1) -> list[Any]:
        """Return the models of the best candidates, the best first."""
        return [self._model(trial) for trial in self.ranked[: positive_int("count", count)]]

    @property
    def trials(self) -> Any:
        """The trials that have ended as a pandas frame, a row each."""
        return optional_module("pandas", "tune").DataFrame(self._table)

    def importances(self, method: str = "auto") -> dict[str, float]:
        """Return how much each hyperparameter mattered, the largest share first; see `tuning.importances`."""
        return importances(self._table, self.space, self._direction, method)

    def plot_history(self, axes: Any = None) -> Any:
        """Draw each trial's value, and the best so far; return matplotlib's axes."""
        return picture.plot_history(self._table, self._direction, axes, self.objective.name)

    def plot_slices(self, axes: Any = None) -> Any:
        """Draw the trials' values over each hyperparameter; return matplotlib's axes."""
        return picture.plot_slices(self._table, self.space, self._direction, axes, self.objective.name)

    def plot_parallel(self, axes: Any = None) -> Any:
        """Draw each trial as a line through its hyperparameters; return matplotlib's axes."""
        return picture.plot_parallel(self._table, self.space, self._direction, axes, self.objective.name)

    def plot_importances(self, axes: Any = None) -> Any:
        """Draw how much each hyperparameter mattered; return matplotlib's axes."""
        return picture.plot_importances(self._table, self.space, self._direction, axes)

    def to_optuna(self, storage: Any = None, name: str = "hornet") -> Any:
        """Return the trials that have ended as a study of Optuna's.

        Args:
            storage: A database, such as `"sqlite:///trials.db"`, which `optuna-dashboard sqlite:///trials.db` shows; by
                default memory. Trials that are in it already stay.
            name: The study's name there.

        Raises:
            ValueError: If another search's trials are there under this name.
        """
        if self._shown is None or self._shown[0] != (storage, name) or storage is None:
            self._shown = (storage, name), OptunaTrials(storage, name, self.space, self._direction, self._digest)
        shown = self._shown[1]
        shown.add(self.ended)
        return shown.study

    @property
    def reached(self) -> list[dict[int, int]]:
        """How far each trial of each generation was trained, in epochs: as `trials`, it repeats a study exactly."""
        found: dict[int, dict[int, int]] = {}
        for trial in self._done.trials:
            found.setdefault(trial.generation, {})[trial.number] = trial.epochs
        return [found[generation] for generation in sorted(found)]

    @property
    def _table(self) -> list[dict[str, Any]]:
        return [row_of(trial, self.space) for trial in self.ended]

    @property
    def _direction(self) -> str:
        return self._done.direction

    @property
    def _done(self) -> Study | Reloaded:
        if self._study is None:
            raise ValueError("Nothing was searched yet. Call `search` first, or `reload` where `storage` has a study.")
        return self._study

    @property
    def ended(self) -> list[Trial]:
        """The trials that have come to their end, well or not."""
        return [trial for trial in self._done.trials if not trial.is_open]

    @property
    def ranked(self) -> list[Trial]:
        """Those of them that were trained to their end, the best first."""
        return self._done.ranked([trial for trial in self.ended if trial.state == FINISHED])

    @property
    def _best(self) -> Trial:
        ranked = self.ranked
        if not ranked:
            raise ValueError("No candidate has come to its end. Give the search more time.")
        return ranked[0]

    def _model(self, trial: Trial) -> Any:
        models = self._models(trial)
        return models[0] if len(models) == 1 else average(models)

    def _models(self, trial: Trial) -> list[Any]:
        """Return a trial's models, one for each fold, as users get them."""
        return self._done.models(trial)
