"""What all estimators with a network inside share: one way from `fit(X, y)` to a trained model and back."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Self, TypedDict, Unpack

import jax
import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import type_of_target

from hornet.callbacks import History
from hornet.core import random
from hornet.core.errors import said_of
from hornet.estimators.labels import numbers_of, weights_of_classes
from hornet.estimators.rows import TakesRows, with_spare_rows
from hornet.estimators.sklearn_internals import check_sample_weight
from hornet.estimators.targets import ClassesOfColumns, Indicators, Numbers, Target, labels_of
from hornet.population.learning_rates import find_learning_rate

_BLOCK = 32
Rows = tuple[Any, np.ndarray, np.ndarray | None]
"""Features, labels and weights of some rows; the features of a mixed table are a frame."""


@dataclass(frozen=True)
class Job:
    """One training that is ready to begin: a built and compiled model, and what its `fit` gets.

    Args:
        model: The model, with its initial weights.
        x: Inputs: an array, a sparse matrix or, of a model that takes columns by name, a frame or a dict.
        y: Labels as the model's loss compares them.
        sample_weight: Weight of each row, class weights included; or `None`.
        settings: Further arguments of `model.fit`, such as `epochs`, `callbacks` and `validation_data`. Callbacks are
            this job's own copies, labels to validate on are encoded.
        seed: What the order of rows and all draws of training come from.
        target: What the labels mean, to turn outputs into predictions.
        former: The history that this training goes on from, `{}` where it is the first.
    """

    model: Any
    x: Any
    y: Any
    sample_weight: np.ndarray | None
    settings: Mapping[str, Any]
    seed: int
    target: Target
    former: Mapping[str, list[Any]]

    def train(self) -> History:
        """Train the model; whoever trains it otherwise does what this does."""
        with random.seeded(self.seed):
            return self.model.fit(self.x, self.y, sample_weight=self.sample_weight, **self.settings)


_trained: ContextVar[Callable[..., Any] | None] = ContextVar("trained", default=None)


@contextmanager
def training_by(train: Callable[..., Any] | None) -> Iterator[None]:
    """Let a function do the work of estimators' `fit` in a block.

    Args:
        train: `(estimator, X, y, sample_weight, fit_arguments) -> estimator`; `None` for themselves.
    """
    token = _trained.set(train)
    try:
        yield
    finally:
        _trained.reset(token)


class FitArguments(TypedDict, total=False):
    """Arguments of `Model.fit` that `fit` of an estimator passes on."""

    batch_size: int | None
    epochs: int
    verbose: int | str
    callbacks: Any
    validation_split: float
    validation_data: Any
    shuffle: bool
    class_weight: Any
    initial_epoch: int
    steps_per_epoch: int | None
    validation_steps: int | None
    validation_batch_size: int | None
    validation_freq: Any
    resume: str | os.PathLike[str] | None


class NetworkEstimator(TakesRows):
    """Base of estimators that train one model.

    `fit` is three steps, of which a search over many candidates replaces the second by one training of them all:
    `prepare` turns data and parameters into a `Job`, `Job.train` trains its model, `finish` takes over what came out.

    A subclass says in `_make_target` what labels mean, in `_make_model` what the network is, and in `_settings` how
    long it is trained.
    """

    model_: Any
    """The trained model."""
    history_: dict[str, list[Any]]
    """Metrics of every epoch by name, of all trainings that this model went through."""

    target_encoder_: Any
    """The encoding of labels, and the decoding of outputs."""
    n_outputs_: int
    """Number of columns of the labels."""
    warm_start: bool
    random_state: Any

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **fit_arguments: Unpack[FitArguments]) -> Self:
        """Train the network: `prepare`, `Job.train` and `finish` in a row.

        Args:
            X: Rows of features: an array, a sparse matrix or a frame.
            y: Labels, one for each row.
            sample_weight: Weight of each row.
            **fit_arguments: Arguments of `Model.fit`, such as `epochs`, `validation_data` and `callbacks`, in place of
                what the parameters say. Callbacks are copied, so that each training has its own.
        """
        trained = _trained.get()
        if trained is not None:
            return trained(self, X, y, sample_weight, fit_arguments)
        job = self.prepare(X, y, sample_weight, **fit_arguments)
        return self.finish(job, job.train())

    def prepare(self, X: Any, y: Any, sample_weight: Any = None, **fit_arguments: Unpack[FitArguments]) -> Job:
        """Return the training that `fit` would do, the model built and compiled; the first of its three steps.

        The estimator takes nothing over but the number and names of features.

        Args:
            X: Rows of features.
            y: Labels, one for each row.
            sample_weight: Weight of each row.
            **fit_arguments: Arguments of `Model.fit`.

        Raises:
            ValueError: If data or parameters do not fit.
        """
        goes_on = bool(self.warm_start) and hasattr(self, "model_")
        return self._prepare(X, y, sample_weight, fit_arguments, goes_on)

    def finish(self, job: Job, history: History) -> Self:
        """Take over a trained model; the last of the three steps of `fit`.

        Args:
            job: What `prepare` returned, its model trained.
            history: What `Model.fit` returned.
        """
        self.target_encoder_ = job.target
        self.n_outputs_ = job.target.outputs
        self.model_ = job.model
        self.history_ = {name: [*job.former.get(name, ()), *values] for name, values in history.history.items()}
        return self

    def _train_one_epoch(self, X: Any, y: Any, sample_weight: Any, classes: Any = None) -> Self:
        job = self._prepare(X, y, sample_weight, {"epochs": 1}, hasattr(self, "model_"), classes, whole=False)
        return self.finish(job, job.train())

    def _prepare(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        fit_arguments: Mapping[str, Any],
        goes_on: bool,
        classes: Any = None,
        whole: bool = True,
    ) -> Job:
        x, y = self._check_rows(X, y, reset=not goes_on)
        if sample_weight is not None:
            sample_weight = check_sample_weight(sample_weight, x, dtype=np.float64)
        settings = self._settings(fit_arguments, x.shape[0])
        rows: Rows = (x, y, self._weigh(y, sample_weight, settings))
        target = self.target_encoder_ if goes_on else self._make_target(y if classes is None else classes, rows[2])
        former = self._metrics_so_far if goes_on else {}
        with random.seeded(self._seed(len(former.get("loss", ())))):
            validation = self._validation_rows(settings.pop("validation_data", None))
            settings["callbacks"] = _copies(settings.get("callbacks"))
            if whole:
                rows, validation = (rows, validation) if validation else self._held_out(rows)
                settings["callbacks"] += self._own_callbacks(settings, validation is not None)
            model = self.model_ if goes_on else self._make_model(rows, target, settings)
            if not model.built:
                model.build((None, *x.shape[1:]))
            self._begin(model, settings)
            target = self._bind_target(target, model, y if classes is None else classes)
            if validation is not None:
                held_out = self._inputs_of(model, validation[0])
                settings["validation_data"] = (held_out, target.encode(validation[1]), *validation[2:])
            inputs, y, weights = self._inputs_of(model, rows[0]), target.encode(rows[1]), rows[2]
            if whole and not goes_on:
                self._start(model, inputs, y, weights)
            if self._finds_rate and not goes_on:
                found = find_learning_rate(model, inputs, y, batch_size=settings["batch_size"], sample_weight=weights)
                self._take_rate(found.suggestion, model, settings)
            return Job(model, inputs, y, weights, settings, random.next_seed(), target, former)

    @property
    def _metrics_so_far(self) -> Mapping[str, list[Any]]:
        return self.history_

    def _seed(self, epochs: int) -> int:
        """Return the seed of this training: that of `random_state`, advanced by the epochs that are done."""
        if self.random_state is None:
            return random.next_seed()
        with said_of("random_state"):
            return int(check_random_state(self.random_state).randint(2**31 - 1)) + epochs

    # --- what a subclass says -------------------------------------------------------------------------

    def _make_target(self, y: np.ndarray, sample_weight: np.ndarray | None) -> Target:
        """Return the encoding of the labels."""
        raise NotImplementedError

    def _make_model(self, rows: Rows, target: Any, settings: Mapping[str, Any]) -> Any:
        """Return a new, compiled model for some rows, and for the arguments of its `fit`."""
        raise NotImplementedError

    def _settings(self, fit_arguments: Mapping[str, Any], rows: int) -> dict[str, Any]:
        """Return the arguments of `Model.fit` on so many rows, given those that `fit` was called with."""
        raise NotImplementedError

    @property
    def _finds_rate(self) -> bool:
        """Whether the first training begins with a look for its learning rate."""
        return False

    def _take_rate(self, rate: float, model: Any, settings: dict[str, Any]) -> None:
        """Let a model, and the arguments of its `fit`, have a learning rate that was found."""
        model.optimizer.learning_rate = rate

    def _held_out(self, rows: Rows) -> tuple[Rows, Rows | None]:
        """Return the rows to train on, and others to validate on after each epoch."""
        return rows, None

    def _own_callbacks(self, settings: Mapping[str, Any], validates: bool) -> list[Any]:
        """Return callbacks of a whole training, which may or may not have rows to validate on."""
        return []

    def _weigh(self, y: np.ndarray, sample_weight: np.ndarray | None, settings: dict[str, Any]) -> np.ndarray | None:
        """Return the rows' weights, class weights included, which are taken out of the arguments of `Model.fit`."""
        return sample_weight

    def _begin(self, model: Any, settings: Mapping[str, Any]) -> None:
        """Make a model ready for its first training or another one."""

    def _start(self, model: Any, x: Any, y: Any, sample_weight: np.ndarray | None) -> None:
        """Give a new model the weights to begin with, where its first rows say more of them than chance does."""

    def _bind_target(self, target: Any, model: Any, y: np.ndarray) -> Any:
        """Return the target once it has learned from the model how labels are compared, or another that fits it."""
        target.bind_to(model)
        return target

    def _outputs(self, X: Any) -> Any:
        """Return the model's outputs for some rows.

        A row's outputs do not depend on its neighbours, not by rounding either: rows are computed in blocks of one
        size. There are at least two of them, as XLA compiles the computation of a single block in another way.
        """
        x = self._checked_again(X)
        rows = x.shape[0]
        x = with_spare_rows(x, max(2 * _BLOCK - rows, -rows % _BLOCK))
        inputs = self._inputs_of(self.model_, x)
        return jax.tree.map(lambda part: part[:rows], self.model_.predict(inputs, _BLOCK, verbose=0))


class NetworkClassifier(ClassifierMixin, NetworkEstimator):
    """Base of classifiers with a network inside."""

    classes_: Any
    """The classes, in the order of the columns of `predict_proba`; a list of such for several columns of labels."""

    class_weight: Any = None

    def finish(self, job: Job, history: History) -> Self:
        super().finish(job, history)
        self.classes_ = self.target_encoder_.classes
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one epoch more.

        Args:
            X: Rows of features.
            y: Labels, one for each row.
            classes: All classes, in the first call, where `y` does not have each of them. Several labels of 0 and 1
                have their columns, so it is passed over.
            sample_weight: Weight of each row.
        """
        if classes is not None:
            classes = None if type_of_target(y) == "multilabel-indicator" else np.asarray(classes)
        return self._train_one_epoch(X, y, sample_weight, classes)

    def predict_proba(self, X: Any) -> Any:
        """Return the probability of each class, a column for each in the order of `classes_`.

        Args:
            X: Rows of features.

        Returns:
            An array of shape `(rows, classes)`; for several columns of labels a list of such.
        """
        outputs = self._outputs(X)
        return self.target_encoder_.probabilities(outputs)

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each row.

        Args:
            X: Rows of features.
        """
        probabilities = self.predict_proba(X)
        return self.target_encoder_.decode(probabilities)

    def _make_target(self, y: np.ndarray, sample_weight: np.ndarray | None) -> Target:
        return labels_of(y)

    def _check_rows(self, X: Any, y: Any, reset: bool) -> Any:
        x, y = super()._check_rows(X, y, reset)
        return x, column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y

    def _weigh(self, y: np.ndarray, sample_weight: np.ndarray | None, settings: dict[str, Any]) -> np.ndarray | None:
        class_weight = settings.pop("class_weight", self.class_weight)
        if class_weight is None:
            return sample_weight
        of_classes = weights_of_classes(class_weight, y)
        return of_classes if sample_weight is None else of_classes * sample_weight

    def _bind_target(self, target: Any, model: Any, y: np.ndarray) -> Any:
        if isinstance(target, Indicators) and len(model.output_names) == target.outputs > 1:
            target = ClassesOfColumns(y)  # of two classes each, which are an output's own
        return super()._bind_target(target, model, y)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class NetworkRegressor(RegressorMixin, NetworkEstimator):
    """Base of regressors with a network inside."""

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one epoch more.

        Args:
            X: Rows of features.
            y: Labels, one for each row.
            sample_weight: Weight of each row.
        """
        return self._train_one_epoch(X, y, sample_weight)

    def predict(self, X: Any) -> np.ndarray:
        """Return a value for each row, or one for each column of the labels.

        Args:
            X: Rows of features.
        """
        outputs = self._outputs(X)
        return self.target_encoder_.decode(outputs)

    def _make_target(self, y: np.ndarray, sample_weight: np.ndarray | None) -> Target:
        return Numbers(y)

    def _check_rows(self, X: Any, y: Any, reset: bool) -> Any:
        x, y = super()._check_rows(X, y, reset)
        return x, numbers_of(y)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _copies(callbacks: Any) -> list[Any]:
    """Return one callback or a list as a list of copies."""
    each = callbacks if isinstance(callbacks, list | tuple) else [callbacks]
    return [copy.deepcopy(part) for part in each if part is not None]
