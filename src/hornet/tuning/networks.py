"""The networks of an estimator of ours as candidates of a study: their space, their rows, and their models."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import check_cv

from hornet.core import random
from hornet.core.suggestions import did_you_mean
from hornet.estimators.base import Job
from hornet.estimators.budget import batch_size_for
from hornet.estimators.mlp_base import MLP
from hornet.estimators.sklearn_internals import check_sample_weight
from hornet.layers import Input
from hornet.models import Model, Sequential
from hornet.tuning.builder import Built, seed_of, with_fixed
from hornet.tuning.domains import Choice, Domain, Fixed
from hornet.tuning.encoded_rows import EncodedRows
from hornet.tuning.folds import Fold, folds_of
from hornet.tuning.hyperparameters import HyperParameters
from hornet.tuning.ranges import Float, Int
from hornet.tuning.space import Space

_OF_SIZES = ("n_hidden", "n_neurons")
"""Hyperparameters that say `hidden_layer_sizes`: how many hidden layers of how many neurons each."""
_ROWS_FOR_WIDE = 5000
"""From so many rows on, layers may be wider than the 256 neurons that are the default."""


class Networks:
    """The networks of an estimator on some rows. Of a table each fold's columns are encoded once, by its own rows.

    Args:
        estimator: An `MLPRegressor` or `MLPClassifier`, whose parameters the space varies; it is changed.
        x: Features: an array, a sparse matrix or a frame.
        y: Labels.
        sample_weight: Weight of each row.
        cv: As in `folds_of`, and so the next two.
        validation_data: Rows to measure on.
        validation_split: The part of the rows to measure on.
        class_weight: Weight of each class, in the place of the estimator's.
        space: The space; `None` for one that fits the number of rows.
        fixed: Hyperparameters that do not vary, with their values.
        seed: The study's seed.
        verbose: Whether to print what becomes of the columns of a table, in the first fold.

    Raises:
        ValueError: If all labels are the same, data do not fit together, or the space has a name that is no
            hyperparameter.
    """

    def __init__(
        self,
        estimator: MLP,
        x: Any,
        y: np.ndarray,
        sample_weight: Any = None,
        cv: Any = None,
        validation_data: Any = None,
        validation_split: float | None = None,
        class_weight: Any = None,
        space: Any = None,
        fixed: Mapping[str, Any] | None = None,
        seed: int = 0,
        verbose: bool = False,
    ) -> None:
        self._estimator, self._seed = estimator, seed
        self.declared = HyperParameters()
        x, y, weights = self._checked_rows(x, y, sample_weight, class_weight)
        self._take_labels(y, weights)
        held_out = estimator._validation_rows(validation_data)
        cv = None if cv is None else check_cv(cv, y, classifier=is_classifier(estimator))
        raw = folds_of(x, y, weights, cv, held_out, validation_split, seed)
        self._rows = max(len(fold.train[1]) for fold in raw)
        tables = [fold.train[0] if estimator.takes_frames_ else None for fold in raw]
        self._encoded = [
            None if table is None else EncodedRows(table, verbose and place == 0) for place, table in enumerate(tables)
        ]
        self.folds = [self._as_trained(fold, encoded) for fold, encoded in zip(raw, self._encoded, strict=True)]
        chosen = self._default_space() if space is None else self._checked(Space.of(space))
        self.space = with_fixed(chosen, fixed or {})

    @property
    def epochs(self) -> int:
        """For how many epochs a network is trained, unless somebody says otherwise."""
        return self._estimator._settings({}, self._rows)["epochs"]

    @property
    def known(self) -> dict[str, Any]:
        """The estimator's own parameters, as far as the space has them: the candidate that comes first."""
        estimator, size = self._estimator, batch_size_for(self._rows)
        sizes = tuple(np.atleast_1d(estimator.hidden_layer_sizes).tolist())
        own: dict[str, Any] = estimator.get_params()
        if len(set(sizes)) == 1:
            own |= {"n_hidden": len(sizes), "n_neurons": sizes[0]}
        size = own["batch_size"] = size if own["batch_size"] == "auto" else own["batch_size"]
        own["learning_rate_init"] = estimator._rate({"batch_size": size})
        return {name: own[name] for name, domain in self.space.items() if name in own and _has(domain, own[name])}

    def estimator(self, params: Mapping[str, Any]) -> MLP:
        """Return the estimator with the parameters of a candidate, not fitted."""
        own = {name: value for name, value in params.items() if name not in _OF_SIZES}
        if "epochs" in own:
            own["max_iter"] = own.pop("epochs")
        if any(name in params for name in _OF_SIZES):
            own["hidden_layer_sizes"] = (params.get("n_neurons", 256),) * params.get("n_hidden", 2)
        return copy.copy(self._estimator).set_params(**own)

    # --- what a study asks ----------------------------------------------------------------------------

    def build(self, number: int, params: Mapping[str, Any], fold: int) -> Built:
        """Return a candidate's model for a fold: over the encoded rows of a table, or over scaled features."""
        estimator = self.estimator(params)
        place = fold % len(self.folds)
        x, y, weights = self.folds[place].train
        settings, encoded = estimator._settings({}, len(y)), self._encoded[place]
        with random.seeded(seed_of(self._seed, number, fold)):
            if encoded is None:
                model = estimator._make_model((x, y, weights), self._target, settings)
            else:
                network = encoded.over_numbers(estimator._stack(len(y), self._target))
                model = estimator._compiled(network, self._target, settings)
            estimator._start(model, x, y, weights)
        return Built(model, HyperParameters(params), dict(params))

    def fit_arguments(self, built: Built, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a candidate's `model.fit` is called with."""
        estimator = self.estimator(built.params)
        settings = estimator._settings({}, self._rows)
        taken = {"batch_size": settings["batch_size"], "shuffle": settings["shuffle"], **given}
        if "batch_size" in built.params:
            taken["batch_size"] = settings["batch_size"]
        if "max_iter" in built.params or "epochs" in built.params:
            taken["epochs"] = settings["epochs"]
        return {**taken, "callbacks": [*given["callbacks"], *estimator._own_callbacks(taken, validates=True)]}

    # --- what comes out -------------------------------------------------------------------------------

    def whole(self, params: Mapping[str, Any], trained: Any, fold: int) -> Model:
        """Return a candidate's trained model as one that takes rows as they come; its outputs are a network's.

        Args:
            params: The candidate's hyperparameters.
            trained: Its model for a fold.
            fold: The fold.
        """
        place = fold % len(self.folds)
        encoded = self._encoded[place]
        if encoded is None:
            model = copy.deepcopy(trained)
            names = getattr(self._estimator, "feature_names_in_", None)
            model._column_names = None if names is None else tuple(map(str, names))
            return model
        with random.seeded(self._seed):  # its first weights do not stay
            stack = self.estimator(params)._stack(len(self.folds[place].train[1]), self._target)
            model = encoded.over_table(stack, trained)
        model.compile_from_config(trained.get_compile_config() or {})
        return model

    def in_units(self, model: Model) -> Model:
        """Return a model whose outputs are in the labels' unit, of one whose outputs are a network's."""
        if not hasattr(self._target, "in_units"):
            return model
        found = Model(model.input, self._target.in_units(model.output))
        found.compile_from_config(model.get_compile_config() or {})
        found._column_names = model._column_names
        return found

    def fitted(self, params: Mapping[str, Any], model: Model, history: Any) -> MLP:
        """Return the estimator with a candidate's parameters, as if `fit` had trained a model that takes raw rows."""
        job = Job(model, None, None, None, {}, 0, self._target, {})
        return self.estimator(params).finish(job, history)

    def scorer(self, scorer: Callable[..., float]) -> Callable[..., float]:
        """Return a scorer of encoded labels and a network's outputs, of one that takes an estimator and labels."""

        def score(predicted: Any, x: Any, y: np.ndarray) -> float:
            outputs = np.asarray(predicted.predict_proba(x))
            answering: Any = copy.copy(self._estimator)
            answering._outputs = lambda X: outputs.reshape(len(outputs), -1)
            return scorer(answering, x, self._labels(y))

        return score

    # --- what goes in ---------------------------------------------------------------------------------

    def _checked_rows(self, x: Any, y: Any, sample_weight: Any, class_weight: Any) -> Any:
        """Return features, labels and the weight of each row, class weights included."""
        estimator = self._estimator
        x, y = estimator._check_rows(x, y, reset=True)
        if len(y) and (y == y[:1]).all():
            raise ValueError(
                f"`y` holds {y.ravel().tolist()[0]!r} in all rows, so there is nothing to learn. Pass other rows."
            )
        if sample_weight is not None:
            sample_weight = check_sample_weight(sample_weight, x, dtype=np.float64)
        if class_weight is not None:
            estimator.set_params(class_weight=class_weight)
        if estimator.learning_rate == "auto":  # a search for the rate for each candidate, within a search for it
            estimator.set_params(learning_rate="cosine")
        return x, y, estimator._weigh(y, sample_weight, {})

    def _take_labels(self, y: np.ndarray, weights: np.ndarray | None) -> None:
        """Learn what labels mean; all folds share it."""
        estimator: Any = self._estimator
        target = estimator._make_target(y, weights)
        with random.seeded(self._seed):
            model = Sequential([Input((1,)), *estimator._stack(len(y), target)])
        model = estimator._compiled(model, target, estimator._settings({}, len(y)))
        self._target: Any = estimator._bind_target(target, model, y)
        estimator.target_encoder_, estimator.n_outputs_ = self._target, self._target.outputs
        if hasattr(self._target, "classes"):
            estimator.classes_ = self._target.classes

    def _labels(self, y: np.ndarray) -> np.ndarray:
        """Return encoded labels as they were."""
        if self._target.kind in ("binary", "multiclass"):
            return self._target.classes[np.asarray(y, int).ravel()]
        return self._target.decode(np.asarray(y).reshape(len(y), -1))

    def _as_trained(self, fold: Fold, encoded: EncodedRows | None) -> Fold:
        """Return a fold with rows and labels as networks are trained on them."""

        def numbers(part: Sequence[Any]) -> tuple[Any, ...]:
            x, y, *weights = part
            return x if encoded is None else encoded.numbers(x), self._target.encode(y), *weights

        return Fold(numbers(fold.train), None if fold.held_out is None else numbers(fold.held_out))  # pyright: ignore[reportArgumentType]

    def _checked(self, space: Space) -> Space:
        """Return a space, all of whose names are hyperparameters."""
        names = [*_OF_SIZES, "epochs", *self._estimator.get_params()]
        for name in space:
            if name not in names:
                kind = type(self._estimator).__name__
                raise ValueError(
                    f"The space has {name!r}, which is no parameter of `{kind}`.{did_you_mean(name, names)} There are "
                    "also 'n_hidden' and 'n_neurons', for hidden layers of one width."
                )
        return space

    def _default_space(self) -> Space:
        """Return a space that fits the number of rows.

        The size of batches is not in it: the estimator has a rule for that, and each size is a program to compile.
        """
        return Space.of(
            {
                "n_hidden": Int(1, 3),
                "n_neurons": Int(32, 512 if self._rows >= _ROWS_FOR_WIDE else 256, log=True),
                "activation": Choice(("relu", "silu")),
                "dropout": Float(0.0, 0.5),
                "alpha": Float(1e-2, 1e2, log=True),
                "learning_rate_init": Float(3e-4, 1e-2, log=True),
            }
        )


def _has(domain: Domain, value: Any) -> bool:
    """Return whether a value is one that may be proposed."""
    if isinstance(domain, Fixed):
        return False
    try:
        domain.encode(value)
    except (TypeError, ValueError):
        return False
    return True
