"""KerasTuner's names: a program that is written for it runs with `import hornet.tuning.keras_tuner as keras_tuner`.

The search itself is that of `hornet.tuning.Tuner`: candidates are trained together, and a search that was killed goes
on.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hornet.core.checks import positive_int, say_difference
from hornet.core.imports import publish
from hornet.core.messages import output
from hornet.tuning.builder import HyperModel
from hornet.tuning.hyperparameters import HyperParameters
from hornet.tuning.schedules import Hyperband as _Hyperband
from hornet.tuning.store import Trial as _Trial
from hornet.tuning.tuner import Tuner as _Tuner

__all__ = [
    "BayesianOptimization",
    "GridSearch",
    "HyperModel",
    "HyperParameter",
    "HyperParameters",
    "Hyperband",
    "Objective",
    "RandomSearch",
    "Tuner",
]
publish(__name__, __all__)

HyperParameter = HyperParameters


@dataclass(frozen=True)
class Objective:
    """What to look for.

    Args:
        name: A name in the logs, such as `"val_accuracy"`.
        direction: `"min"` or `"max"`.
    """

    name: str
    direction: str


@dataclass(frozen=True)
class Trial:
    """A candidate that has ended.

    Args:
        trial_id: Its number, as text.
        hyperparameters: Its hyperparameters.
        score: The objective's value.
        status: `"COMPLETED"`, `"STOPPED"` or `"FAILED"`.
        metrics: What was measured of it.
        best_step: The epoch that counts, counted from 0.
        message: What went wrong.
    """

    trial_id: str
    hyperparameters: HyperParameters
    score: float | None
    status: str
    metrics: dict[str, float]
    best_step: int
    message: str

    def summary(self) -> None:
        """Print the trial."""
        print(f"Trial {self.trial_id} summary\nHyperparameters:", file=output())
        for name, value in self.hyperparameters.values.items():
            print(f"{name}: {value}", file=output())
        print(f"Score: {self.score}", file=output())
        if self.message:
            print(self.message, file=output())


class Tuner:
    """What the tuners have in common.

    Args:
        hypermodel: `build_model(hp)`, or a `HyperModel`.
        objective: A name in the logs, or an `Objective`.
        max_trials: How many candidates there are at most.
        seed: What all draws come from.
        hyperparameters: An `HyperParameters` whose values are fixed.
        executions_per_trial: How many models of each candidate are trained, of which the objective is the mean.
        directory: The folder of projects; kept in memory where neither this nor `project_name` is given.
        project_name: The folder of this search in it.
        overwrite: Whether to begin anew where there is such a search already, instead of going on with it.
        **others: `tune_new_entries`, `allow_new_entries`, `max_retries_per_trial`, `max_consecutive_failed_trials`,
            `max_model_size`, `logger`, `tuner_id` and `distribution_strategy` are accepted and have no effect.

    Example:
        >>> import numpy as np
        >>> from hornet import Sequential, layers
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
        "tune_new_entries", "allow_new_entries", "max_retries_per_trial", "max_consecutive_failed_trials",
        "max_model_size", "logger", "tuner_id", "distribution_strategy",
    )  # fmt: skip

    def __init__(
        self,
        hypermodel: Any = None,
        objective: Any = None,
        max_trials: int | None = 10,
        seed: int | None = None,
        hyperparameters: HyperParameters | None = None,
        executions_per_trial: int = 1,
        directory: str | os.PathLike[str] | None = None,
        project_name: str | None = None,
        overwrite: bool = False,
        **others: Any,
    ) -> None:
        unknown = sorted(set(others) - set(self._accepted))
        if unknown:
            raise TypeError(
                f"{type(self).__name__}() has no argument {unknown[0]!r}. Compile the model in `build_model`, and pass "
                "arguments of `fit` to `search`."
            )
        if hasattr(self, "run_trial"):
            raise NotImplementedError(
                "A tuner with a `run_trial` of its own trains one model after another, and here all are trained "
                "together. Override `HyperModel.fit`, or pass a callback to `search`."
            )
        self.project_dir = None
        if directory is not None or project_name is not None:
            self.project_dir = Path(directory or ".") / (project_name or "untitled_project")
            if overwrite:
                shutil.rmtree(self.project_dir, ignore_errors=True)
        self.hypermodel = hypermodel if hasattr(hypermodel, "build") else _Function(hypermodel)
        self._executions = positive_int("executions_per_trial", executions_per_trial)
        self._arguments: dict[str, Any] = {
            "objective": objective or "val_loss",
            "trials": max_trials,
            "sampler": self._sampler,
            "seed": 0 if seed is None else seed,
            "storage": None if self.project_dir is None else self.project_dir / "study",
            "hp": None if hyperparameters is None else hyperparameters.copy(),
        }
        self._tuner = _Tuner(self.hypermodel, **self._arguments)
        if hyperparameters is not None and not others.get("tune_new_entries", True):
            defaults, known = hyperparameters.copy(), hyperparameters.space
            self.hypermodel.build(defaults)
            self._arguments["fixed"] = {name: value for name, value in defaults.used.items() if name not in known}

    def search(self, x: Any = None, y: Any = None, *, epochs: int = 1, verbose: Any = 0, **fit_arguments: Any) -> None:
        """Run the search; arguments as those of `Model.fit`. Ctrl-C ends it with what is known."""
        self._tuner = _Tuner(self.hypermodel, epochs=epochs, **self._arguments)
        self._tuner.search(x, y, executions=self._executions, verbose=verbose, **fit_arguments)

    def get_best_models(self, num_models: int = 1) -> list[Any]:
        """Return the models of the best candidates, trained, with the weights of their best epochs."""
        return self._tuner.best_models(num_models)

    def get_best_hyperparameters(self, num_trials: int = 1) -> list[HyperParameters]:
        """Return the hyperparameters of the best candidates."""
        return [trial.hyperparameters for trial in self.get_best_trials(num_trials)]

    def get_best_trials(self, num_trials: int = 1) -> list[Trial]:
        """Return the best candidates."""
        return [self._as_trial(trial) for trial in self._tuner.ranked[:num_trials]]

    @property
    def oracle(self) -> Tuner:
        """What knows the trials: in KerasTuner another object."""
        return self

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
        where = "memory" if self.project_dir is None else self.project_dir
        print(f"Results summary\nResults in {where}\nShowing {num_trials} best trials", file=output())
        looked_for = Objective(self._tuner.objective.name, self._tuner.objective.direction)
        print(looked_for, file=output())
        for trial in self.get_best_trials(num_trials):
            print(file=output())
            trial.summary()

    def reload(self) -> None:
        """Do nothing: a search that is there already is gone on with when it is begun."""

    def _as_trial(self, trial: _Trial) -> Trial:
        status = {"finished": "COMPLETED", "stopped": "STOPPED"}.get(trial.state, "FAILED")
        hp = self._hyperparameters(self._tuner.space.decode(trial.params))
        return Trial(
            str(trial.number), hp, trial.value, status, dict(trial.logs), max(0, trial.epochs - 1), trial.error
        )

    def _hyperparameters(self, values: dict[str, Any]) -> HyperParameters:
        hp = self._tuner.declared.copy()
        hp.values = values
        return hp


class _Function(HyperModel):
    """A function as a `HyperModel`."""

    def __init__(self, build_model: Any) -> None:
        super().__init__()
        self.build = build_model


class RandomSearch(Tuner):
    """Tries candidates at random; arguments as those of `Tuner`."""


class GridSearch(Tuner):
    """Tries all candidates in order, a continuum at ten of its values; arguments as those of `Tuner`."""

    _sampler = "grid"


class BayesianOptimization(Tuner):
    """Tries candidates where a Gaussian process expects the greatest improvement; arguments as those of `Tuner`.

    `num_initial_points`, `alpha` and `beta` are accepted, and have no effect: the process fits its own noise.
    """

    _sampler = "gp"
    _accepted = (*Tuner._accepted, "num_initial_points", "alpha", "beta")


class Hyperband(Tuner):
    """Trains many candidates for few epochs and few for many, in turn; those that go on do so from where they are.

    Args:
        hypermodel: `build_model(hp)`, or a `HyperModel`.
        objective: A name in the logs, or an `Objective`.
        max_epochs: Epochs of a candidate that is trained to its end.
        factor: One in how many goes on at each rung, which has as many times the epochs.
        hyperband_iterations: How many times all brackets are gone through.
        **arguments: As those of `Tuner`.
    """

    def __init__(
        self,
        hypermodel: Any = None,
        objective: Any = None,
        max_epochs: int = 100,
        factor: int = 3,
        hyperband_iterations: int = 1,
        **arguments: Any,
    ) -> None:
        self.max_epochs = positive_int("max_epochs", max_epochs)
        schedule = _Hyperband(factor)
        brackets = [schedule.bracket(0, 1, max_epochs)]
        while len(brackets[-1].rungs) > 1:
            brackets.append(schedule.bracket(len(brackets), 1, max_epochs))
        trials = sum(bracket.size for bracket in brackets) * positive_int("hyperband_iterations", hyperband_iterations)
        arguments.setdefault("max_trials", trials)
        super().__init__(hypermodel, objective, **arguments)
        self._arguments["schedule"] = schedule

    def search(self, x: Any = None, y: Any = None, *, epochs: int | None = None, **fit_arguments: Any) -> None:
        """Run the search; `epochs` has no effect, as the brackets say them."""
        if epochs is not None and epochs != self.max_epochs:
            say_difference(f"`Hyperband` trains as `max_epochs` says, {self.max_epochs} epochs, and not `epochs`.")
        super().search(x, y, epochs=self.max_epochs, **fit_arguments)
