"""What a study trains: of each candidate a compiled model for every fold, and what became of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from hornet.callbacks import CallbackList, EarlyStopping
from hornet.callbacks.log_writer import tell_logs_apart
from hornet.core import random
from hornet.population.member import Member
from hornet.training.fitting import plan_fit
from hornet.tuning.builder import Built, seed_of
from hornet.tuning.folds import Fold
from hornet.tuning.hyperparameters import HyperParameters
from hornet.tuning.objective import Objective, is_number, logs_of
from hornet.tuning.own_fit import numbers_of
from hornet.tuning.space import Space


@dataclass(eq=False)
class Candidate:
    """A candidate of a study, while it is trained or kept.

    Args:
        number: Its number in the study.
        params: Its hyperparameters.
        members: Its model for each fold, and how far that is.
        keepers: For each of them what keeps the weights of the best epoch, if anything does.
        own_fits: For each of them what a user's own `fit` makes of the callbacks of its training; `None` without one.
        shapes: What its models take their shapes from, where they did not say them themselves.
    """

    number: int
    params: dict[str, Any]
    members: list[Member] = field(default_factory=list[Member])
    keepers: list[EarlyStopping | None] = field(default_factory=list[EarlyStopping | None])
    own_fits: list[Callable[[Any], Any] | None] = field(default_factory=list[Callable[[Any], Any] | None])
    shapes: Any = None

    @property
    def models(self) -> list[Any]:
        """The models, one for each fold."""
        return [member.model for member in self.members]

    @property
    def error(self) -> BaseException | None:
        """What ended the training of the first of them that did not end well."""
        return next((member.outcome.error for member in self.members if member.outcome.error is not None), None)

    @property
    def epochs(self) -> int:
        """For how many epochs it was trained, on the longest of the folds."""
        return max(member.epoch for member in self.members)

    def take_seconds(self) -> float:
        """Return how long its training took since this was last asked."""
        taken = sum(member.outcome.seconds for member in self.members)
        for member in self.members:
            member.outcome.seconds = 0.0
        return taken


class Measured(NamedTuple):
    """What a candidate is worth.

    Args:
        value: The objective, the mean over the folds; `None` where it is no number.
        logs: What was measured in the epoch that counts, each the mean over the folds.
        epoch: That epoch, counted from 0, the mean over the folds.
    """

    value: float | None
    logs: dict[str, float]
    epoch: int


class MakesModels(Protocol):
    """Makes the models of candidates: `Builder` those of a user's function, `Networks` those of an estimator."""

    @property
    def space(self) -> Space:
        """The space of the candidates."""
        ...

    @property
    def declared(self) -> HyperParameters:
        """All that is known of what a function asks its `hp` for."""
        ...

    def build(self, number: int, params: Mapping[str, Any], fold: int) -> Built:
        """Return a candidate's model for a fold, compiled."""
        ...

    def fit_arguments(self, built: Built, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a candidate's `model.fit` is called with, which is `given` where it has no wishes of its own."""
        ...


class Task:
    """Trains candidates on data: makes their members, and says how good they are.

    Args:
        builder: What makes their models.
        folds: What each is trained and measured on.
        objective: What is looked for.
        epochs: Epochs of a candidate that is trained to its end, unless the space says otherwise.
        callbacks: Callbacks, of which each member gets its own copies.
        settings: Further arguments of `fit`.
        seed: The study's seed.
        folder: Where the states of members that are paused are kept; `None` for nowhere.
    """

    def __init__(
        self,
        builder: MakesModels,
        folds: Sequence[Fold],
        objective: Objective,
        epochs: int,
        callbacks: Any,
        settings: Mapping[str, Any],
        seed: int,
        folder: Path | None,
    ) -> None:
        self.builder = builder
        self.folds = folds
        self.objective = objective
        self.folder = folder
        self._epochs = epochs
        self._callbacks = CallbackList(callbacks).callbacks
        self._settings = settings
        self._seed = seed

    @property
    def space(self) -> Space:
        """The space of the candidates."""
        return self.builder.space

    def candidate(self, number: int, params: Mapping[str, Any]) -> Candidate:
        """Return a candidate, ready to be trained.

        Raises:
            Exception: What building or compiling its models, or checking the data against them raised.
        """
        found = Candidate(number, dict(params))
        for place, fold in enumerate(self.folds):
            built = self.builder.build(number, params, place)
            self._add_member(found, built, fold)
            found.params = built.params
        return found

    def measured(self, candidate: Candidate, model_of: Callable[[Member], Any]) -> Measured:
        """Return what a candidate is worth.

        Args:
            candidate: A candidate that was trained, or is paused.
            model_of: What returns a model that is a member at present.

        Raises:
            Exception: What a scorer, or a `fit` of the user's own, raised.
        """
        found = [self._measured(candidate, place, model_of) for place in range(len(candidate.members))]
        values = [one.value for one in found]
        value = float(np.mean(values)) if all(map(is_number, values)) else None  # pyright: ignore[reportArgumentType, reportCallIssue]
        logs = {name: float(np.mean([one.logs[name] for one in found])) for name in found[0].logs}
        return Measured(value, logs, int(np.mean([one.epoch for one in found])))

    def held_out(self, candidate: Candidate, model_of: Callable[[Member], Any]) -> np.ndarray:
        """Return the predictions of all rows that are held out, each of the model that was not trained on it.

        Args:
            candidate: A candidate that was trained.
            model_of: What returns a model that is a member at present.
        """
        pairs = zip(candidate.members, self.folds, strict=True)
        predictions = [model_of(member).predict(fold.held_out[0], verbose=0) for member, fold in pairs if fold.held_out]
        if not isinstance(predictions[0], np.ndarray):
            raise ValueError(
                f"An ensemble is chosen by what one output predicts, and the models have {len(predictions[0])}. Choose "
                "members yourself, of `best_models`, and put them together with `models.average`."
            )
        return np.concatenate(predictions)

    @property
    def held_out_labels(self) -> np.ndarray:
        """The labels of these rows."""
        return np.concatenate([np.asarray(fold.held_out[1]) for fold in self.folds if fold.held_out])

    @property
    def held_out_weights(self) -> np.ndarray | None:
        """The weights of these rows; `None` where they have none."""
        weights = [fold.held_out[2] if len(fold.held_out) > 2 else None for fold in self.folds if fold.held_out]
        given = [np.asarray(weight) for weight in weights if weight is not None]
        return np.concatenate(given) if len(given) == len(weights) else None

    def file(self, number: int, fold: int, ending: str) -> Path | None:
        """Return the file for something of a candidate."""
        return None if self.folder is None else self.folder / f"{number}.{fold}.{ending}"

    def files(self, ending: str, number: int | str = "*") -> list[Path]:
        """Return the files of this ending that there are, of one candidate or all."""
        return [] if self.folder is None else sorted(self.folder.glob(f"{number}.*.{ending}"))

    def _add_member(self, candidate: Candidate, built: Built, fold: Fold) -> None:
        place, (x, y, weight) = len(candidate.members), fold.train
        given = {"x": x, "y": y, "sample_weight": weight, "validation_data": fold.held_out, "epochs": self._epochs}
        given |= {"callbacks": self._callbacks, **self._settings}
        arguments, is_built = self.builder.fit_arguments(built, given), built.model.built
        followers = copy.deepcopy(CallbackList(arguments.pop("callbacks", None)).callbacks)
        labels = {"candidate": candidate.number} | ({"fold": place} if len(self.folds) > 1 else {})
        tell_logs_apart(followers, labels, built.params)
        arguments.pop("verbose", None)
        with random.seeded(seed_of(self._seed, candidate.number, place)):
            plan = plan_fit(built.model, **arguments)
        shapes = None if is_built else _as_json(built.model.get_build_config())
        self.objective = self.objective.checked(built.model, is_returned=built.own_fit is not None)
        is_logged = self.objective.is_logged(built.model)
        if built.own_fit is not None and self.objective.name.startswith("val_") and plan.validation is None:
            is_logged = False  # it may look at these rows itself
        keeper = self.objective.keeper(plan.epochs.stop) if is_logged else None
        followers += [] if keeper is None else [keeper]
        candidate.members.append(Member(built.model, plan, followers, file=self.file(candidate.number, place, "run")))
        candidate.keepers.append(keeper)
        own = None if built.own_fit is None else partial(built.own_fit.result, built.hp, built.model, given)
        candidate.own_fits.append(own)
        candidate.shapes = shapes

    def _measured(self, candidate: Candidate, place: int, model_of: Callable[[Member], Any]) -> Measured:
        """Return what a candidate is worth on a fold."""
        member, keeper, own = candidate.members[place], candidate.keepers[place], candidate.own_fits[place]
        fold, history, name = self.folds[place], member.history, self.objective.name
        at = -1 if keeper is None else history.epoch.index(keeper.best_epoch)
        logs, value = logs_of(history.history, at), None if keeper is None else keeper.best
        returned = {} if own is None else numbers_of(own(member.outcome.run.callbacks), name)  # pyright: ignore[reportOptionalMemberAccess]
        if returned:
            value = returned[name]
        elif self.objective.scorer is not None:
            assert fold.held_out is not None
            x, y = fold.held_out[:2]
            value = self.objective.score(x, y, model_of(member).predict(x, verbose=0))
        elif keeper is None:
            raise ValueError(f"`fit` returned a history without {name!r}, the objective. Return a dict that has it.")
        return Measured(value, logs | returned, history.epoch[at])


def _as_json(config: Any) -> Any:
    """Return what a store can hold of a config; `None` where that is nothing."""
    try:
        return json.loads(json.dumps(config))
    except (TypeError, ValueError):
        return None
