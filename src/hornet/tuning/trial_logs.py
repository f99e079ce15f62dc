"""Where the trials of a study are shown while it runs: TensorBoard's page of hyperparameters, Optuna's dashboard."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hornet.callbacks.event_file import EventFile
from hornet.core.imports import optional_module
from hornet.tuning.samplers.with_optuna import axis_of, labels_of, quiet
from hornet.tuning.space import Space
from hornet.tuning.store import FAILED, FINISHED, Trial


class TensorBoardTrials:
    """Writes a run for each trial, with its hyperparameters and what was measured.

    Args:
        folder: TensorBoard's folder.
        space: The space of the trials.
    """

    def __init__(self, folder: Path, space: Space) -> None:
        self._folder, self._space = folder, space

    def add(self, trials: Sequence[Trial]) -> None:
        """Write trials that have ended."""
        for trial in trials:
            file = EventFile(self._folder / f"trial_{trial.number}")
            file.hyperparameters(self._space.decode(trial.params), f"trial {trial.number}")
            value = {} if trial.value is None else {"value": trial.value}
            file.scalars({**value, **trial.logs}, trial.epochs)
            file.close()


class OptunaTrials:
    """Adds trials to a study of Optuna's, in a database that its dashboard shows.

    Args:
        url: The database, such as `"sqlite:///trials.db"`, or a storage of Optuna's; `None` for memory.
        name: The study's name in it.
        space: The space of the trials.
        direction: `"min"` or `"max"`.
        search: A digest of the search, by which it knows its own trials again.

    Raises:
        ValueError: If another search's trials are there under this name.
    """

    def __init__(self, url: Any, name: str, space: Space, direction: str, search: str) -> None:
        self._optuna = optional_module("optuna", "tune")
        self._space = space
        self._axes = {id(parameter): axis_of(parameter.domain) for parameter in space.parameters}
        self._labels = labels_of(space)
        with quiet():
            self.study = self._optuna.create_study(
                storage=url, study_name=name, direction=f"{direction}imize", load_if_exists=True
            )
        if self.study.trials and self.study.user_attrs.get("search") != search:
            raise ValueError(
                f"The database has trials of another search under the name {name!r}. Name another database, or call "
                "`to_optuna` with another `name`."
            )
        self.study.set_user_attr("search", search)
        self._there = {trial.user_attrs.get("number") for trial in self.study.trials}

    def add(self, trials: Sequence[Trial]) -> None:
        """Add trials that have ended; those that are there already stay as they are."""
        new = [trial for trial in trials if trial.number not in self._there]
        self._there |= {trial.number for trial in new}
        self.study.add_trials([self._frozen(trial) for trial in new])

    def _frozen(self, trial: Trial) -> Any:
        params: dict[str, Any] = {}
        distributions: dict[str, Any] = {}
        given = self._space.decode(trial.params)
        for parameter in self._space.active_parameters(given):
            axis, label = self._axes[id(parameter)], self._labels[id(parameter)]
            if axis is not None:
                params[label], distributions[label] = axis.inward(given[parameter.name]), axis.distribution
        states = self._optuna.trial.TrialState
        failed = trial.state == FAILED
        return self._optuna.trial.create_trial(
            state=states.FAIL if failed else states.COMPLETE if trial.state == FINISHED else states.PRUNED,
            params=params,
            distributions=distributions,
            value=None if failed else trial.value,
            intermediate_values={} if failed else {trial.epochs: trial.value},
            user_attrs={"number": trial.number, "error": trial.error, **trial.logs},
        )


def write_tensorboard(search: Any, log_dir: str | os.PathLike[str]) -> None:
    """Write the candidates of a search of scikit-learn's kind for TensorBoard's page of hyperparameters.

    Args:
        search: A fitted search, such as `GridSearchCV`, of this package's or scikit-learn's.
        log_dir: A folder, of which each candidate gets one.

    Raises:
        ImportError: If the tensorboard package is not installed.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from hornet.estimators import MLPRegressor
        >>> from hornet.tuning import GridSearchCV
        >>> x = np.random.default_rng(0).normal(size=(40, 3))
        >>> search = GridSearchCV(MLPRegressor(max_iter=1, random_state=0), {"batch_size": [8, 16]}, cv=2)
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_tensorboard(search.fit(x, x[:, 0]), folder)
        >>> sorted(path.name for path in folder.iterdir())
        ['candidate_0', 'candidate_1']
    """
    results = search.cv_results_
    measured = [name for name in results if name.startswith(("mean_", "std_"))]
    for place, params in enumerate(results["params"]):
        file = EventFile(Path(log_dir) / f"candidate_{place}")
        file.hyperparameters(params, f"candidate {place}")
        file.scalars({name: results[name][place] for name in measured}, 0)
        file.close()
