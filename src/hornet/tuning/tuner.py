"""Looks for the hyperparameters of the best model: what users call; outcome.py has what they get."""

from __future__ import annotations

import logging
import os
import shutil
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import joblib

from hornet.core.checks import non_negative_int, number, positive_int
from hornet.core.errors import ArgumentError
from hornet.population.population import Population
from hornet.population.progress import TrialProgress
from hornet.tuning import circumstances
from hornet.tuning.builder import Builder
from hornet.tuning.candidates import MakesModels, Task
from hornet.tuning.circumstances import file_of, known_points
from hornet.tuning.cluster import Cluster, executor_of
from hornet.tuning.folds import Fold, folds_of
from hornet.tuning.hyperparameters import HyperParameters
from hornet.tuning.importances import edge_notes
from hornet.tuning.objective import Objective
from hornet.tuning.outcome import Outcome
from hornet.tuning.reloaded import Reloaded, folder_of
from hornet.tuning.samplers import sampler_of
from hornet.tuning.samplers.unguided import GridSampler
from hornet.tuning.schedules import schedule_of
from hornet.tuning.space import Space
from hornet.tuning.store import Store, Trial
from hornet.tuning.study import Limits, Study
from hornet.tuning.trial_logs import TensorBoardTrials
from hornet.tuning.trial_table import TrialTable
from hornet.tuning.worker import Worker

_log = logging.getLogger("hornet")
_TRIALS = 50
"""How many trials there are where neither trials nor minutes are said."""


class Tuner(Outcome):
    """Looks for the hyperparameters of the best model.

    Candidates are proposed in generations, each of which is trained as one population (see `train_population`). What
    is proposed and how a trial ends depends on the seed, the space and the data alone: a study that was killed goes on
    from its store and ends as if it had run through, on one process or several.

    Args:
        build_model: `build_model(hp)`, which asks an `hp` for its hyperparameters as in KerasTuner, an object with such
            a method `build`, or a function with a parameter for each hyperparameter of `space`. It returns a compiled
            model.
        space: A dict from names to lists, SciPy distributions or `Int`, `Float` and `Choice`. A name that `build_model`
            does not take may be one of `batch_size`, `epochs` and other arguments of `fit`. By default what
            `build_model` asks its `hp` for.
        trials: How many candidates there are at most; 50 where `minutes` is not given either. A study that goes on from
            its store counts those it has. What `reached` returned repeats a study that was ended by the clock.
        minutes: How long it may take at most.
        epochs: Epochs of a candidate that is trained to its end.
        objective: What to look for: a name in the logs, of which the best epoch counts and whose weights the model
            gets, such as `"val_loss"`; a name of scikit-learn's scorers, or a scorer.
        direction: `"min"` or `"max"`; by default what the metric says.
        sampler: What proposes candidates: `"random"`, `"grid"`, `"tpe"`, `"gp"`, `"evolution"`, or Optuna's samplers.
        schedule: How long candidates are trained: `"full"`, `"halving"`, `"hyperband"`, or a schedule.
        storage: A file to keep the study in, so that it can go on later and other processes can take part. Beside it
            are a table of the trials, `.csv`, and a folder of weights.
        seed: What all draws come from.
        patience: Trials without a better one after which the study ends.
        known: Candidates that come first, dicts of hyperparameters.
        fixed: Hyperparameters that do not vary, with their values.
        hp: An `hp` in which some hyperparameters are declared already, such as with other ranges.
        size: How many candidates a generation has.
        keep: Of how many of the best candidates the models are kept, which an ensemble can be made of.
        workers: How many models to train at a time; by default one on each core.
        executor: What trains the candidates in the place of this process: a client of Dask's, or the address of a Ray
            cluster (`"auto"` for the one that this machine belongs to). A generation is then trained on all machines,
            so let `size` be several times the number of their cores.

    Raises:
        ValueError: If the space is empty, or an argument is none of what it may be.

    Example:
        >>> import numpy as np
        >>> from hornet import Sequential, layers
        >>> def build_model(hp):
        ...     model = Sequential([layers.Dense(hp.Int("units", 1, 8), "relu"), layers.Dense(1)])
        ...     model.compile(loss="mse", optimizer="adam")
        ...     return model
        >>> x = np.random.default_rng(0).normal(size=(60, 2))
        >>> tuner = Tuner(build_model, trials=3, epochs=2, sampler="random").search(x, x.sum(axis=1))
        >>> list(tuner.best_params), tuner.best_model.predict(x, verbose=0).shape
        (['units'], (60, 1))
    """

    def __init__(
        self,
        build_model: Any,
        space: Any = None,
        *,
        trials: Any = None,
        minutes: float | None = None,
        epochs: int = 30,
        objective: Any = "val_loss",
        direction: str | None = None,
        sampler: Any = "gp",
        schedule: Any = "full",
        storage: str | os.PathLike[str] | None = None,
        seed: int = 0,
        patience: int | None = None,
        known: Sequence[Mapping[str, Any]] = (),
        fixed: Mapping[str, Any] | None = None,
        hp: HyperParameters | None = None,
        size: int = 16,
        keep: int = 16,
        workers: int | None = None,
        executor: Any = None,
    ) -> None:
        self.sampler = sampler_of(sampler)
        self.schedule = schedule_of(schedule)
        self.objective = Objective.of(objective, direction)
        self.epochs = positive_int("epochs", epochs)
        self.seed = non_negative_int("seed", seed)
        self.storage = file_of(storage)
        self._limits = _limits(trials, minutes, patience, endless=isinstance(self.sampler, GridSampler))
        self._builder = self._builder_of(build_model, space, fixed, self.seed, hp)
        self._known = known_points(known)
        self._size, self._keep = positive_int("size", size), positive_int("keep", keep)
        self._workers = None if workers is None else positive_int("workers", workers)
        self._executor = None if executor is None else executor_of(executor)
        self._study: Study | Reloaded | None = None
        self._digest = ""
        super().__init__()

    def search(
        self,
        x: Any,
        y: Any = None,
        *,
        sample_weight: Any = None,
        cv: Any = None,
        validation_data: Any = None,
        validation_split: float | None = None,
        executions: int = 1,
        callbacks: Any = None,
        log_dir: str | os.PathLike[str] | None = None,
        dashboard: Any = None,
        verbose: bool | int = 0,
        **settings: Any,
    ) -> Tuner:
        """Run the study; Ctrl-C ends it with what is known.

        Args:
            x: Rows, as `fit` takes them in memory.
            y: Labels.
            sample_weight: Weight of each row.
            cv: A number of folds, or a splitter of scikit-learn's: each candidate is trained on each.
            validation_data: Rows to measure on; by default a fifth of the rows is held out.
            validation_split: The part of the rows, the last ones, to measure on.
            executions: How many models of each candidate are trained, of which the objective is the mean.
            callbacks: Callbacks, of which each model gets its own copies.
            log_dir: A folder for TensorBoard's page of hyperparameters, a run for each trial.
            dashboard: A database that Optuna's dashboard shows, such as `"sqlite:///trials.db"`, to which trials are
                added as they end; Optuna writes a trial in some 5 ms.
            verbose: Whether to show how far the study is.
            **settings: Further arguments of `Model.fit`, such as `batch_size`.

        Raises:
            ValueError: If the store is another study's, or the objective is nothing that the models measure.
            Exception: What the first candidate raised, if all candidates of the first generation failed.
        """
        folds = self._folds(x, y, sample_weight, cv, validation_data, validation_split)
        folds = folds * positive_int("executions", executions)
        store = Store(self.storage)
        self._begin(store, folds, callbacks, settings)
        task = Task(
            self._builder,
            folds,
            self.objective,
            self.epochs,
            callbacks,
            settings,
            self.seed,
            self._folder(),
        )
        logs = self._logs(store, log_dir)
        with TrialProgress(self._limits.trials, bool(verbose)) as progress:

            def show(ended: Sequence[Trial]) -> None:
                progress.add(len(ended), study.best_value)
                self._ends(ended)
                for log in logs:
                    log.add(ended)
                if dashboard is not None:
                    self.to_optuna(dashboard)

            study = self._study = Study(
                self._worker(task),
                self.sampler,
                self.schedule,
                store,
                self._limits,
                self.seed,
                self._size,
                self.epochs,
                [self._whole(params) for params in self._known],
                self._keep,
                show,
                self._begins,
                progress.tick,
            )
            study.run()
        ranked = self.ranked  # for which it is learnt which values are better
        self.objective = task.objective
        for note in edge_notes(self.best_params, self.space) if ranked else ():
            _log.info(note)
        return self

    def reload(self) -> Tuner:
        """Take up what a search in `storage` came to: its trials and the models of the best, without its data.

        `search` with the data goes on with it.

        Raises:
            ValueError: If there is no such study, or it is one of another space, objective or model.
        """
        if self.storage is None or not self.storage.exists():
            where = "in memory" if self.storage is None else f"in {str(self.storage)!r}"
            raise ValueError(f"There is no study {where} to reload. Pass the `storage` of one that was searched.")
        found = Reloaded(self._builder, self.storage, self.objective.direction)
        now = {
            "space": self.space.digest(),
            "objective": self.objective.name,
            "model": circumstances.of_models(self._builder),
        }
        before = {name: there for name, there in found.settings.items() if now.get(name, there) != there}
        circumstances.require_same(self.storage, before, now)
        self._study, self.objective = found, replace(self.objective, direction=found.direction)
        return self

    @property
    def space(self) -> Space:
        """The hyperparameters, and what each may be."""
        return self._builder.space

    @property
    def declared(self) -> HyperParameters:
        """All that `build_model` asks its `hp` for."""
        return self._builder.declared

    # --- what goes in ---------------------------------------------------------------------------------------------

    def _begins(self, trials: Sequence[Trial]) -> None:
        """Take notice of trials that are going to be trained."""

    def _ends(self, trials: Sequence[Trial]) -> None:
        """Take notice of trials that have ended."""

    def _builder_of(self, build_model: Any, *given: Any) -> MakesModels:
        """Return what makes models, of what a user describes: see `Builder.of`."""
        return Builder.of(build_model, *given)

    def _folds(self, *given: Any) -> list[Fold]:
        """Return what each candidate is trained and measured on, of what a user describes: see `folds_of`."""
        return folds_of(*given, seed=self.seed)

    def _begin(self, store: Store, folds: Sequence[Fold], callbacks: Any, settings: Mapping[str, Any]) -> None:
        """Refuse to go on with a study of other circumstances."""
        now: dict[str, Any] = {
            "space": self.space.digest(),
            "seed": self.seed,
            "objective": self.objective.name,
            "sampler": repr(self.sampler),
            "schedule": repr(self.schedule),
            "epochs": self.epochs,
            "size": self._size,
            "known": [self.space.encode(self._whole(params)) for params in self._known],
            "data": joblib.hash([(fold.train, fold.held_out) for fold in folds]),
            "settings": {name: repr(value) for name, value in settings.items()},
            "callbacks": circumstances.of_callbacks(callbacks),
        }
        if self.storage is not None:
            now["model"] = circumstances.of_models(self._builder)
        circumstances.require_same(self.storage, store.begin(now), now)
        self._digest = str(joblib.hash(now))

    def _folder(self) -> Path | None:
        """Return the folder for the states and weights of candidates; `None` where memory holds them."""
        if self.storage is not None:
            folder = folder_of(self.storage)
            folder.mkdir(exist_ok=True)
            return folder
        if self._executor is None:
            return None
        folder = Path(mkdtemp(prefix="hornet-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    def _worker(self, task: Task) -> Worker:
        population = Population(self._workers, abandons=True)
        return Worker(task, population) if self._executor is None else Cluster(task, population, self._executor)

    def _logs(self, store: Store, log_dir: str | os.PathLike[str] | None) -> list[TrialTable | TensorBoardTrials]:
        """Return what trials that end are added to."""
        logs: list[TrialTable | TensorBoardTrials] = []
        if self.storage is not None:
            logs.append(TrialTable(self.storage.with_name(self.storage.name + ".csv"), self.space, store.trials()))
        if log_dir is not None:
            logs.append(TensorBoardTrials(Path(log_dir), self.space))
        return logs

    def _whole(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return a known candidate, with the middle of its range for what it does not say."""
        return self.space.decode(self.space.encode({**self.space.at([0.5] * len(self.space.parameters)), **params}))


def _limits(trials: Any, minutes: float | None, patience: int | None, endless: bool) -> Limits:
    seconds = None if minutes is None else 60 * number("minutes", minutes, above=0)
    if isinstance(trials, list):
        if not all(isinstance(reached, Mapping) for reached in trials):
            raise ArgumentError(
                f"`trials` must be a number, or what `reached` returned, not {trials!r}. Pass a number."
            )
        return Limits(None, seconds, patience, trials)
    if trials is None and minutes is None and not endless:
        trials = _TRIALS
    return Limits(None if trials is None else positive_int("trials", trials), seconds, patience)
