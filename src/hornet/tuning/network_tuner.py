"""The tuner of an estimator's networks on a table, and the models and the estimator that come out of it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from hornet.estimators.mlp_base import MONITORED
from hornet.models.averaging import average
from hornet.tuning.candidates import MakesModels
from hornet.tuning.folds import Fold
from hornet.tuning.networks import Networks
from hornet.tuning.store import Trial
from hornet.tuning.tuner import Tuner


class NetworkTuner(Tuner):
    """Looks for the hyperparameters of a multilayer perceptron on some rows; what `tune` returns for a table.

    Models take rows as they came, and return numbers in the labels' unit, or the probability of each class.

    Args:
        networks: The networks, and the rows that they are trained on.
        objective: What to look for, see `Tuner`; by default, and as `"val_loss"`, the loss without the penalty, of
            labels that are scaled to standard deviation 1.
        epochs: Epochs of a candidate; by default what the estimator makes of the number of rows.
        known: Candidates that come first; by default the estimator's own parameters.
        size: How many candidates a generation has.
        **arguments: Further arguments of `Tuner`.
    """

    def __init__(
        self,
        networks: Networks,
        *,
        objective: Any = None,
        epochs: int | None = None,
        known: Any = None,
        size: int = 8,
        **arguments: Any,
    ) -> None:
        super().__init__(
            networks,
            objective=f"val_{MONITORED}" if objective in (None, "val_loss") else objective,
            epochs=networks.epochs if epochs is None else epochs,
            known=[networks.known] if known is None else known,
            size=size,
            **arguments,
        )
        self._networks = networks
        self._drawn: dict[int, list[Any]] = {}
        if self.objective.scorer is not None:
            self.objective = replace(self.objective, scorer=networks.scorer(self.objective.scorer))

    @property
    def best_estimator(self) -> Any:
        """An `MLPRegressor` or `MLPClassifier` with the best parameters, fitted; of several folds their mean."""
        trial, candidate = self._best, self._done.worker.candidate(self._best)
        models = [self._networks.whole(self.best_params, model, fold) for fold, model in enumerate(candidate.models)]
        model = models[0] if len(models) == 1 else average(models)
        first = candidate.members[0]
        if first.outcome.run is not None:
            logs: dict[str, list[Any]] = first.history.history
        else:  # another process has trained it, and told of the epoch that counts
            logs = {name: [log] for name, log in trial.logs.items()}
        return self._networks.fitted(self.best_params, model, SimpleNamespace(history=logs))

    def _builder_of(self, build_model: Any, *given: Any) -> MakesModels:
        return build_model

    def _folds(self, *given: Any) -> list[Fold]:
        return self._networks.folds

    def _models(self, trial: Trial) -> list[Any]:
        if trial.number not in self._drawn:
            networks, params = self._networks, self.space.decode(trial.params)
            wholes = [networks.whole(params, model, fold) for fold, model in enumerate(super()._models(trial))]
            self._drawn[trial.number] = [networks.in_units(model) for model in wholes]
        return self._drawn[trial.number]
