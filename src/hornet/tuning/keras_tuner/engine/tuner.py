"""What KerasTuner's tuners have in common."""

from __future__ import annotations

import copy
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hornet.core.checks import positive_int
from hornet.core.imports import publish
from hornet.core.messages import output
from hornet.tuning.builder import HyperModel
from hornet.tuning.hyperparameters import HyperParameters
from hornet.tuning.keras_tuner.engine.objective import Objective
from hornet.tuning.keras_tuner.engine.trial import MetricsTracker, Trial
from hornet.tuning.objective import Objective as _Objective
from hornet.tuning.reloaded import settings_of
from hornet.tuning.store import FAILED, FINISHED, STOPPED
from hornet.tuning.store import Trial as _Trial
from hornet.tuning.tuner import Tuner as _Tuner

__all__ = ["Tuner"]
publish(__name__, __all__)

_STATUS = {FINISHED: "COMPLETED", STOPPED: "STOPPED", FAILED: "FAILED"}

_NEVER_CALLED = (
    "run_trial", "on_epoch_begin", "on_epoch_end", "on_batch_begin", "on_batch_end", "pre_create_trial", "save_model",
)  # fmt: skip
"""Methods of a tuner that stand in the middle of the training of one model."""


class Tuner:
    """What the tuners have in common.

    A class of your own may have `on_trial_begin(trial)`, `on_trial_end(trial)`, `on_search_begin()` and
    `on_search_end()`: all trials of a generation begin before the first of them ends.

    Args:
        hypermodel: `build_model(hp)`, or a `HyperModel`.
        objective: A name in the logs, such as `"val_accuracy"`, or an `Objective`.
        max_trials: How many candidates there are at most.
        seed: What all draws come from; by default something else each time, and what a project that goes on had.
        hyperparameters: An `HyperParameters` that says what some may be, in the place of what `hypermodel` asks for.
        tune_new_entries: Whether all others vary too; else they have their defaults.
        executions_per_trial: How many models of each candidate are trained, of which the objective is the mean.
        directory: The folder of projects; kept in memory where neither this nor `project_name` is given.
        project_name: The folder of this search in it.
        overwrite: Whether to begin anew where there is such a search already, instead of going on with it.
        optimizer: What all models are compiled with, in the place of their own optimizer.
        loss: The same of their loss.
        metrics: The same of their metrics.
        **others: `allow_new_entries`, `max_retries_per_trial`, `max_consecutive_failed_trials`, `max_model_size`,
            `logger`, `tuner_id` and `distribution_strategy` are accepted and have no effect.

    Example:
        >>> import numpy as np
        >>> from hornet import Sequential, layers
        >>> from hornet.tuning.keras_tuner import RandomSearch
        >>> def build_model(hp):
        ...     model = Sequential([layers.Dense(hp.Int("units", 1, 8), "relu"), layers.Dense(1)])
        ...     model.compile(loss="mse", optimizer="adam")
        ...     return model
        >>> tuner = RandomSearch(build_model, objective="val_loss", max_trials=3, seed=42)
        >>> x = np.random.default_rng(0).normal(size=(60, 2))
        >>> tuner.search(x, x.sum(axis=1), epochs=2, validation_split=0.2)
        >>> [hp.get("units") > 0 for hp in tuner.get_best_hyperparameters()], len(tuner.get_best_models(2))
        ([True], 2)
    """

    _sampler: Any = "random"
    _accepted = (
        "allow_new_entries", "max_retries_per_trial", "max_consecutive_failed_trials", "max_model_size", "logger",
        "tuner_id", "distribution_strategy",
    )  # fmt: skip

    def __init__(
        self,
        hypermodel: Any = None,
        objective: Any = None,
        max_trials: int | None = 10,
        seed: int | None = None,
        hyperparameters: HyperParameters | None = None,
        tune_new_entries: bool = True,
        executions_per_trial: int = 1,
        directory: str | os.PathLike[str] | None = None,
        project_name: str | None = None,
        overwrite: bool = False,
        optimizer: Any = None,
        loss: Any = None,
        metrics: Any = None,
        **others: Any,
    ) -> None:
        self._refuse(others)
        self.project_dir = None
        if directory is not None or project_name is not None:
            self.project_dir = Path(directory or ".") / (project_name or "untitled_project")
            if overwrite:
                shutil.rmtree(self.project_dir, ignore_errors=True)
        self.hypermodel = hypermodel if hasattr(hypermodel, "build") else _Function(hypermodel)
        compiled = {"optimizer": optimizer, "loss": loss, "metrics": metrics}
        self._made = _compiling(self.hypermodel, {name: value for name, value in compiled.items() if value is not None})
        self.executions_per_trial = positive_int("executions_per_trial", executions_per_trial)
        self._arguments: dict[str, Any] = {
            "objective": _Objective.of("val_loss" if objective is None else objective, has_scorers=False),
            "trials": max_trials,
            "sampler": self._sampler,
            "seed": self._seed(seed),
            "storage": None if self.project_dir is None else self.project_dir / "study",
        }
        self._declare(hyperparameters, tune_new_entries)
        if self._has_study:
            self.reload()

    def search(self, x: Any = None, y: Any = None, *, epochs: int = 1, verbose: Any = 0, **fit_arguments: Any) -> None:
        """Run the search; arguments as those of `Model.fit`. Ctrl-C ends it with what is known."""
        self._tuner = self._search(epochs=epochs)
        self.on_search_begin()
        self._tuner.search(x, y, executions=self.executions_per_trial, verbose=verbose, **fit_arguments)
        self.on_search_end()

    def reload(self) -> None:
        """Take up what an earlier search of this project came to, without its data; `search` goes on with it.

        Raises:
            ValueError: If there is none, or it had another space or objective.
        """
        if not self._has_study:
            where = self.project_dir or "memory"
            raise ValueError(f"There is no search in {where} to reload. Pass `directory` and `project_name` of one.")
        self._tuner.reload()

    # --- for classes of users -----------------------------------------------------------------------------------------

    def on_trial_begin(self, trial: Trial) -> None:
        """Called before a candidate is trained."""

    def on_trial_end(self, trial: Trial) -> None:
        """Called when a candidate has ended."""

    def on_search_begin(self) -> None:
        """Called when `search` begins."""

    def on_search_end(self) -> None:
        """Called when `search` has ended."""

    # --- what came out ------------------------------------------------------------------------------------------------

    def get_best_models(self, num_models: int = 1) -> list[Any]:
        """Return the models of the best candidates, trained, with the weights of their best epochs."""
        return [self.load_model(trial) for trial in self.get_best_trials(num_models)]

    def load_model(self, trial: Trial) -> Any:
        """Return the model of one of the best trials, trained."""
        found = {str(each.number): each for each in self._tuner.ended}
        return self._tuner._model(found[trial.trial_id])

    def get_best_hyperparameters(self, num_trials: int = 1) -> list[HyperParameters]:
        """Return the hyperparameters of the best candidates."""
        return [trial.hyperparameters for trial in self.get_best_trials(num_trials)]

    def get_best_trials(self, num_trials: int = 1) -> list[Trial]:
        """Return the best candidates."""
        return [self._as_trial(trial) for trial in self._tuner.ranked[:num_trials]]

    def get_trial(self, trial_id: str) -> Trial:
        """Return a candidate that has ended, by its number."""
        return self.trials[trial_id]

    @property
    def oracle(self) -> Tuner:
        """What knows the trials: in KerasTuner another object."""
        return self

    @property
    def objective(self) -> Objective:
        """What is looked for."""
        return Objective(self._tuner.objective.name, self._tuner.objective.direction)

    @property
    def trials(self) -> dict[str, Trial]:
        """All candidates that have ended, by their numbers."""
        found = [self._as_trial(trial) for trial in self._tuner.ended]
        return {trial.trial_id: trial for trial in found}

    def get_space(self) -> HyperParameters:
        """Return the space."""
        return self._hyperparameters({})

    def search_space_summary(self, extended: bool = False) -> None:
        """Print the space."""
        space = self._tuner.space
        print(f"Search space summary\nDefault search space size: {len(space)}", file=output())
        for name, domain in space.items():
            print(f"{name} ({type(domain).__name__})\n{domain.describe()}", file=output())

    def results_summary(self, num_trials: int = 10) -> None:
        """Print the best candidates."""
        where, best = "memory" if self.project_dir is None else self.project_dir, self.get_best_trials(num_trials)
        print(f"Results summary\nResults in {where}\nShowing {num_trials} best trials", file=output())
        print(self.objective, file=output())
        for trial in best:
            print(file=output())
            trial.summary()

    # --- what goes in -------------------------------------------------------------------------------------------------

    def _refuse(self, others: Mapping[str, Any]) -> None:
        """Refuse arguments and methods that would have no effect where one is expected."""
        name = type(self).__name__
        if "oracle" in others:
            raise TypeError(f"{name}() has no argument 'oracle': each tuner proposes its own candidates. Choose one.")
        unknown = sorted(set(others) - set(self._accepted))
        if unknown:
            raise TypeError(f"{name}() has no argument {unknown[0]!r}. Pass arguments of `fit` to `search`.")
        for method in _NEVER_CALLED:
            if hasattr(self, method):
                raise NotImplementedError(
                    f"A tuner with a `{method}` of its own trains one model after another, and here all are trained "
                    "together. Override `HyperModel.fit` or `on_trial_end`, or pass a callback to `search`."
                )

    def _seed(self, given: int | None) -> int:
        if given is not None:
            return given
        before = settings_of(self.project_dir / "study") if self.project_dir and self._has_study else {}
        return before.get("seed", secrets.randbits(31))

    @property
    def _has_study(self) -> bool:
        return self.project_dir is not None and (self.project_dir / "study").exists()

    def _declare(self, hyperparameters: HyperParameters | None, tune_new_entries: bool) -> None:
        """Find the space, of which some hyperparameters may be given."""
        if hyperparameters is not None:
            self._arguments["hp"] = hyperparameters.copy()
            self._arguments["hp"].values = {}  # which were only its defaults
        self._tuner = self._search()
        if hyperparameters is not None and not tune_new_entries:
            defaults = self._tuner.declared.defaults
            self._arguments["fixed"] = {name: defaults[name] for name in defaults if name not in hyperparameters.space}
            self._tuner = self._search()

    def _search(self, **others: Any) -> _Search:
        return _Search(self, self._made, **self._arguments, **others)

    def _as_trial(self, trial: _Trial) -> Trial:
        hp = self._hyperparameters(self._tuner.space.decode(trial.params) | trial.plan.get("unknown", {}))
        step = trial.plan.get("best_epoch", 0)
        status = _STATUS.get(trial.state, "RUNNING")
        return Trial(str(trial.number), hp, trial.value, status, MetricsTracker(trial.logs, step), step, trial.error)

    def _hyperparameters(self, values: dict[str, Any]) -> HyperParameters:
        hp = self._tuner.declared.copy()
        hp.values = values
        return hp


class _Search(_Tuner):
    """A search that tells KerasTuner's object of its trials.

    Args:
        told: That object.
        hypermodel: What makes models.
        **arguments: Those of `Tuner`.
    """

    def __init__(self, told: Tuner, hypermodel: Any, **arguments: Any) -> None:
        super().__init__(hypermodel, **arguments)
        self._told = told

    def _begins(self, trials: Sequence[_Trial]) -> None:
        for trial in trials:
            self._told.on_trial_begin(self._told._as_trial(trial))

    def _ends(self, trials: Sequence[_Trial]) -> None:
        for trial in trials:
            self._told.on_trial_end(self._told._as_trial(trial))


class _Function(HyperModel):
    """A function as a `HyperModel`."""

    def __init__(self, build_model: Any) -> None:
        super().__init__()
        self.build = build_model


def _compiling(hypermodel: Any, given: Mapping[str, Any]) -> Any:
    """Return what makes models that are compiled with some arguments in the place of their own."""
    if not given:
        return hypermodel

    def build(hp: HyperParameters) -> Any:
        model = hypermodel.build(hp)
        before = model._compiled.arguments.as_dict() if model.compiled else {}
        model.compile(**{**before, **copy.deepcopy(dict(given))})
        return model

    compiling = copy.copy(hypermodel)
    compiling.build = build
    return compiling
