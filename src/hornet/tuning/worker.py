"""Builds the candidates of a study, trains them from rung to rung in this process, and keeps the models of the best."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakValueDictionary

from hornet.population.population import Population
from hornet.tuning.candidates import Candidate, Task
from hornet.tuning.reloaded import WEIGHTS
from hornet.tuning.store import FAILED, FINISHED, PAUSED, Trial

RUN = "run"
"""How files of the states of candidates that are paused end."""

_COMPARED = 16
"""How many candidates are looked at for weights that they share; more would cost a study of many small ones time."""


class Worker:
    """Trains trials in this process.

    Args:
        task: What makes and measures candidates.
        population: What trains their models.
    """

    def __init__(self, task: Task, population: Population) -> None:
        self.task = task
        self.population = population
        self.first_error: BaseException | None = None
        """What the first trial raised that failed here."""
        self.bar: float | None = None
        """The loss from which on the model of a trial is not worth keeping."""
        self._open: dict[int, Candidate] = {}
        self._kept: dict[int, Candidate] = {}
        self._compared = 0
        self._trained: WeakValueDictionary[int, Any] = WeakValueDictionary()

    def planned(self, first: int, generation: int, proposed: Iterable[Mapping[str, Any]]) -> list[Trial]:
        """Return new trials, in whose plans is what their training depends on; such as cannot be built have failed.

        Args:
            first: The number of the first of them.
            generation: The generation that they are proposed in.
            proposed: The hyperparameters of each.
        """
        trials = [self._planned(Trial(first + place, generation, {}), params) for place, params in enumerate(proposed)]
        there = [(trial, self._open[trial.number]) for trial in trials if trial.number in self._open]
        for trial, candidate in there:
            if trial.number - first + self._compared < _COMPARED:  # what shares weights does so from the beginning
                for model in candidate.models:
                    self._require_own_weights(model)
        self._compared += len(trials)
        self.population.choose_buckets([member for _, candidate in there for member in candidate.members])
        for trial, candidate in there:
            plan = [[self.population.digest_of(member), member.widths] for member in candidate.members]
            trial.plan["widths"] = plan
        return trials

    def expect(self, trials: Iterable[Trial]) -> None:
        """Let members of later generations be trained in padded models of the widths that these were trained in."""
        for trial in trials:
            for digest, widths in trial.plan.get("widths", ()):
                if widths is not None:
                    self.population.expect(digest, tuple(widths))

    def train(
        self,
        trials: Sequence[Trial],
        place: int,
        until: int | None,
        watch: Callable[[], None],
        arrived: Callable[[list[Trial]], None],
    ) -> None:
        """Train trials up to a rung.

        Args:
            trials: The trials.
            place: The number of the rung.
            until: The epoch at which it is; `None` for the end of each.
            watch: Called now and then; what it raises ends the training.
            arrived: Called with trials that have come to the rung, to their end or to an error; before the training
                ends in whatever way.
        """
        candidates: dict[int, Candidate] = {}
        for trial in trials:
            try:
                candidates[trial.number] = self._at_hand(trial)
            except Exception as error:
                self._fail(trial, error)
        members = [member for candidate in candidates.values() for member in candidate.members]
        try:
            self.population.train(members, watch, until)
        finally:
            arrived([trial for trial in trials if self._has_come(trial, candidates.get(trial.number), place)])

    def loss(self, trial: Trial) -> float | None:
        """Return a trial's value, such that less is better; `None` where it has none."""
        if trial.value is None:
            return None
        if self.task.objective.direction == "auto":
            self.rebuilt(trial)  # whose model says which values are better
        return self.task.objective.sign * trial.value

    def is_good(self, trial: Trial) -> bool:
        """Return whether the model of a trial may be worth keeping."""
        loss = self.loss(trial)
        return loss is not None and (self.bar is None or loss < self.bar)

    def candidate(self, trial: Trial) -> Candidate:
        """Return one of the best candidates, with the weights that it was trained to.

        Raises:
            ValueError: If it is none of the best, whose weights are kept.
        """
        if trial.number not in self._kept:
            files = [self.task.file(trial.number, fold, WEIGHTS) for fold in range(len(self.task.folds))]
            if any(file is None or not file.exists() for file in files):
                raise ValueError(f"The weights of trial {trial.number} are not kept. Train it again.")
            found = self.rebuilt(trial)
            for model, file in zip(found.models, files, strict=True):
                model.load_weights(file)
            self._kept[trial.number] = found
        return self._kept[trial.number]

    def rebuilt(self, trial: Trial) -> Candidate:
        """Return the candidate of a trial as it was when its training began."""
        found = self.task.candidate(trial.number, self.task.space.decode(trial.params))
        for member, (_, widths) in zip(found.members, trial.plan["widths"], strict=True):
            member.widths = None if widths is None else tuple(widths)
        return found

    def keep(self, numbers: Iterable[int]) -> None:
        """Keep the models of trials that have just been trained to their ends."""
        for number in numbers:
            candidate = self._kept[number] = self._open[number]
            for fold, model in enumerate(candidate.models):
                file = self.task.file(number, fold, WEIGHTS)
                if file is not None:
                    model.save_weights(file)

    def keep_only(self, numbers: Collection[int]) -> None:
        """Let go of the models of all other trials."""
        self._kept = {number: candidate for number, candidate in self._kept.items() if number in numbers}
        for file in self.task.files(WEIGHTS):
            if int(file.name.partition(".")[0]) not in numbers:
                file.unlink(missing_ok=True)

    def drop(self, numbers: Iterable[int]) -> None:
        """Let go of what is only needed to go on with trials."""
        for number in numbers:
            if number in self._open:
                _end(self._open.pop(number))
            for file in self.task.files(RUN, number):
                file.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of all that is paused."""
        for candidate in self._open.values():
            _end(candidate)
        self._open.clear()

    def _planned(self, trial: Trial, params: Mapping[str, Any]) -> Trial:
        space = self.task.space
        try:
            candidate = self._open[trial.number] = self.task.candidate(trial.number, params)
            trial.params = space.encode({name: candidate.params[name] for name in space if name in candidate.params})
            # What nobody proposed, as it was not known of, was drawn by the seed, and will be again.
            unknown = {name: value for name, value in candidate.params.items() if name not in space}
            trial.plan = {"unknown": unknown} if unknown else {}
        except Exception as error:
            trial.params = self.task.space.encode(params)
            self._fail(trial, error)
        return trial

    def _require_own_weights(self, model: Any) -> None:
        """Refuse a model that shares weights which are trained with one before: each would end as the other left them.

        Raises:
            ValueError: If it does.
        """
        for variable in model.trainable_variables:
            if self._trained.get(id(variable)) is variable:
                raise ValueError(
                    f"`build_model` returns models that share the weights {variable.path!r}, so that training one "
                    "would change the others. Make their layers in `build_model`; copy a network that was trained "
                    "before there (`clone_model`, `set_weights`), or set its `trainable = False`."
                )
        self._trained.update({id(variable): variable for variable in model.trainable_variables})

    def _at_hand(self, trial: Trial) -> Candidate:
        """Return the candidate of a trial as far as it was trained."""
        found = self._open.get(trial.number)
        if found is None or found.epochs < trial.epochs:  # another process has trained it since
            found = self._open[trial.number] = self.rebuilt(trial)
        return found

    def _has_come(self, trial: Trial, candidate: Candidate | None, place: int) -> bool:
        """Note how far a trial has come; return whether that is a rung, its end or an error."""
        if candidate is None:
            return True  # it could not be built
        trial.rung, trial.owner = place, ""
        if candidate.error is not None:
            self._fail(trial, candidate.error)
            return True
        if not all(member.is_done or member.is_paused for member in candidate.members):
            return False
        trial.epochs, trial.seconds = candidate.epochs, trial.seconds + candidate.take_seconds()
        try:
            trial.value, trial.logs, epoch = self.task.measured(candidate, self.population.trained_model)
        except Exception as error:
            self._fail(trial, error)
            return True
        known = {"best_epoch": epoch, "direction": self.task.objective.direction, "shapes": candidate.shapes}
        trial.plan = {**trial.plan, **known}
        trial.state = FINISHED if all(member.is_done for member in candidate.members) else PAUSED
        if trial.value is None:
            trial.state, trial.error = FAILED, f"{self.task.objective.name!r} is no finite number."
        return True

    def _fail(self, trial: Trial, error: BaseException) -> None:
        error.add_note(f"It happened to trial {trial.number}.")
        self.first_error = self.first_error or error
        trial.state, trial.owner, trial.error = FAILED, "", f"{type(error).__name__}: {error}"


def _end(candidate: Candidate) -> None:
    """Let the callbacks of a candidate that does not go on give back what they hold, such as logs."""
    for member in candidate.members:
        if member.is_paused and member.outcome.run is not None:
            member.outcome.run.callbacks.release()
