"""The estimators for tables: a regressor and a classifier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils import column_or_1d
from sklearn.utils.validation import check_is_fitted

from hornet.core.checks import number, warn
from hornet.estimators.labels import numbers_of, weights_of_classes
from hornet.estimators.targets import ClassesOfColumns, Indicators, labels_of
from hornet.tabular.base import Tabular
from hornet.tabular.intervals import distance_at, distances_of, margins_of, opposite
from hornet.tabular.presets import Preset
from hornet.tabular.tasks import OfClasses, OfIndicators, OfNumbers, Task


class TabularRegressor(RegressorMixin, Tabular):
    """Predicts numbers from the rows of a table, without any tuning.

    Networks of several kinds are drawn (waves of each number, trained with Muon; one like RealMLP; a plain one) and
    trained on folds of the rows, all at once. Those that together predict best the rows that they did not see, a linear
    model among them, are averaged in one model, `model_`, which takes raw rows: numbers, words, dates, texts and gaps.

    Labels are scaled for the networks. With `quantiles`, these are learnt in place of the mean, and `predict` returns
    the median.

    Args:
        preset: How much is trained: `"fast"`, one network, seconds; `"good"`, three kinds of networks on five folds,
            about a minute for 20,000 rows on two cores; `"best"`, many more of those that do well; or a `Preset`.
        minutes: About how long to train instead; `reached_` then says how many candidates there were.
        members: How many candidates to train instead, so that a run that the clock has ended is repeated.
        quantiles: Levels between 0 and 1, such as `[0.05, 0.95]`, or one, for `predict_quantiles` and for intervals
            that are wider where labels are less certain.
        cv: A number of folds, or a splitter of scikit-learn's, such as `TimeSeriesSplit(4)` for rows in the order of
            time; by default the preset's number, drawn, and one part that is held out of 50,000 rows or more.
        compare: Whether to score scikit-learn's boosted trees on the same folds, for at most a tenth of the time, or on
            one fold where all would take longer; by default as the preset says. `comparison_` has the errors.
        n_jobs: How many networks to train at a time; by default one on each core.
        random_state: What all draws come from; an integer makes all results repeatable bit for bit.
        verbose: Whether to show what becomes of columns, how far the training is, and the comparison.

    Source:
        Gorishniy et al. 2026, TabPack; Holzmueller et al. 2024, RealMLP; Caruana et al. 2004, the choice.

    Example:
        >>> from sklearn.datasets import load_diabetes
        >>> X, y = load_diabetes(return_X_y=True)
        >>> regressor = TabularRegressor("fast", random_state=0).fit(X, y)
        >>> regressor.score(X, y) > 0.4
        True
    """

    def __init__(
        self,
        preset: str | Preset = "good",
        *,
        minutes: float | None = None,
        members: int | None = None,
        quantiles: float | Sequence[float] | None = None,
        cv: Any = None,
        compare: bool | None = None,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool | int = False,
    ) -> None:
        self.preset = preset
        self.minutes = minutes
        self.members = members
        self.quantiles = quantiles
        self.cv = cv
        self.compare = compare
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, groups: Any = None, validation_data: Any = None
    ) -> Self:
        """Train networks, choose among them out of fold, and make one model of what was chosen.

        Ctrl-C ends the training, and keeps the candidates that are finished.

        Args:
            X: Rows: a frame of numbers, words, dates and texts with gaps, or an array, with NaN where a number is
                missing.
            y: Labels, one for each row, or several columns of them.
            sample_weight: Weight of each row, in training, choosing and scoring.
            groups: The group of each row; no group is both trained on and held out.
            validation_data: Rows to stop and choose by, `(X, y)` or `(X, y, sample_weight)`, in place of folds.

        Raises:
            ValueError: If data or parameters do not fit.
            KeyboardInterrupt: If it is interrupted before a candidate is finished.
        """
        return self._fit(X, y, sample_weight, groups, validation_data)

    def predict(self, X: Any) -> np.ndarray:
        """Return a value for each row, or one for each column of the labels.

        Args:
            X: Rows.
        """
        return self._predictions(self._outputs(X))

    def _predictions(self, outputs: np.ndarray) -> np.ndarray:
        found = self._middle(outputs)
        return found if self._has_axis else found[:, 0]

    def predict_quantiles(self, X: Any) -> np.ndarray:
        """Return a column for each of the `quantiles`, the lowest first.

        Args:
            X: Rows.
        """
        check_is_fitted(self)
        if not self.levels_:
            raise ValueError("No quantiles were learnt. Make the estimator with `quantiles=`, such as `[0.1, 0.9]`.")
        return self._outputs(X)[:, [self.levels_.index(level) for level in self._wanted_levels()]]

    def predict_interval(self, X: Any, coverage: float = 0.9) -> np.ndarray:
        """Return between which two numbers each label lies, in a part of all cases.

        With `quantiles` at both ends, such as 0.05 and 0.95 for 0.9, the interval is between these, widened so that as
        many of the rows held out lie in it; else it is as wide for all rows.

        Args:
            X: Rows.
            coverage: That part, between 0 and 1.

        Returns:
            An array of shape `(rows, 2)`; for several columns of labels `(rows, columns, 2)`.

        Source:
            Romano et al. 2019; Lei et al. 2018.
        """
        number("coverage", coverage, above=0.0, below=1.0)
        outputs = self._outputs(X)
        low = next((place for place, level in enumerate(self.levels_) if abs(level - (1 - coverage) / 2) < 1e-9), None)
        high = None if low is None else opposite(self.levels_, self.levels_[low])
        if low is not None and high is not None:
            margin = self.margins_[low]
            return np.sort(np.stack([outputs[:, low] - margin, outputs[:, high] + margin], axis=1), axis=1)
        middle = self._middle(outputs)
        distance = distance_at(self.distances_, coverage)
        ends = np.stack([middle - distance, middle + distance], axis=-1)
        return ends if self._has_axis else ends[:, 0]

    def _middle(self, outputs: np.ndarray) -> np.ndarray:
        """Return the columns that `predict` returns."""
        return outputs[:, [self.levels_.index(0.5)]] if self.levels_ else outputs

    def _learn_spread(self, task: Any, outputs: np.ndarray, labels: np.ndarray) -> None:
        predicted, labels = task.scale.decode(outputs), task.scale.decode(labels)
        self.distances_ = distances_of(self._middle(predicted), labels)
        self.margins_ = margins_of(self.levels_, np.sort(predicted, axis=1), labels[:, 0])

    _in_files = (*Tabular._in_files, "levels_", "distances_", "margins_", "n_outputs_", "_has_axis")

    def _wanted_levels(self) -> list[float]:
        given: Any = () if self.quantiles is None else self.quantiles
        levels = given if isinstance(given, Iterable) and not isinstance(given, str) else [given]
        return sorted({number("quantiles", level, above=0.0, below=1.0) for level in levels})

    def _make_task(self, y: np.ndarray, weights: np.ndarray | None) -> Task:
        self._has_axis = y.ndim > 1
        levels = self._wanted_levels()
        self.levels_ = sorted({*levels, 0.5}) if levels else []
        if levels and y.ndim > 1 and y.shape[1] > 1:
            raise ValueError(f"`y` has {y.shape[1]} columns, and quantiles are of one. Fit an estimator for each.")
        self.n_outputs_ = 1 if y.ndim == 1 else y.shape[1]
        columns = self._columns_of_labels(y)
        _check_sizes(columns)
        return OfNumbers(columns, weights, self.levels_)

    def _columns_of_labels(self, y: np.ndarray) -> np.ndarray:
        return numbers_of(y).astype(np.float64).reshape(len(y), -1)

    def _check_rows(self, X: Any, y: Any, reset: bool) -> Any:
        x, y = super()._check_rows(X, y, reset)
        return x, numbers_of(y)

    @property
    def _has_linear(self) -> bool:
        return not self._wanted_levels()

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


class TabularClassifier(ClassifierMixin, Tabular):
    """Predicts classes from the rows of a table, with sound probabilities, without any tuning.

    Networks of several kinds are drawn (waves of each number, trained with Muon; one like RealMLP; a plain one) and
    trained on folds of the rows, all at once. Those that together predict best the rows that they did not see, a linear
    model among them, are averaged in one model, `model_`, which takes raw rows: numbers, words, dates, texts and gaps.

    How sure probabilities are is corrected by one temperature, learnt from rows that were held out (Guo et al. 2017).
    Labels are of two classes or more, or several columns of 0 and 1.

    Args:
        preset: How much is trained: `"fast"`, one network, seconds; `"good"`, three kinds of networks on five folds,
            about a minute for 20,000 rows on two cores; `"best"`, many more of those that do well; or a `Preset`.
        minutes: About how long to train instead; `reached_` then says how many candidates there were.
        members: How many candidates to train instead, so that a run that the clock has ended is repeated.
        class_weight: Weight of each class, by its label, or `"balanced"`; it multiplies `sample_weight`.
        cv: A number of folds, or a splitter of scikit-learn's, such as `TimeSeriesSplit(4)` for rows in the order of
            time; by default the preset's number, drawn, and one part that is held out of 50,000 rows or more.
        compare: Whether to score scikit-learn's boosted trees on the same folds, for at most a tenth of the time, or on
            one fold where all would take longer; by default as the preset says. `comparison_` has the errors.
        n_jobs: How many networks to train at a time; by default one on each core.
        random_state: What all draws come from; an integer makes all results repeatable bit for bit.
        verbose: Whether to show what becomes of columns, how far the training is, and the comparison.

    Source:
        Gorishniy et al. 2026, TabPack; Holzmueller et al. 2024, RealMLP; Caruana et al. 2004, the choice.

    Example:
        >>> from sklearn.datasets import load_wine
        >>> X, y = load_wine(return_X_y=True)
        >>> classifier = TabularClassifier("fast", random_state=0).fit(X, y)
        >>> classifier.score(X, y) > 0.95, classifier.predict_proba(X[:2]).shape
        (True, (2, 3))
    """

    classes_: Any

    def __init__(
        self,
        preset: str | Preset = "good",
        *,
        minutes: float | None = None,
        members: int | None = None,
        class_weight: Any = None,
        cv: Any = None,
        compare: bool | None = None,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool | int = False,
    ) -> None:
        self.preset = preset
        self.minutes = minutes
        self.members = members
        self.class_weight = class_weight
        self.cv = cv
        self.compare = compare
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, groups: Any = None, validation_data: Any = None
    ) -> Self:
        """Train networks, choose among them out of fold, and make one model of what was chosen.

        Ctrl-C ends the training, and keeps the candidates that are finished.

        Args:
            X: Rows: a frame of numbers, words, dates and texts with gaps, or an array, with NaN where a number is
                missing.
            y: Labels: classes of any type that can be sorted, or columns of 0 and 1.
            sample_weight: Weight of each row, in training, choosing and scoring.
            groups: The group of each row; no group is both trained on and held out.
            validation_data: Rows to stop and choose by, `(X, y)` or `(X, y, sample_weight)`, in place of folds.

        Raises:
            ValueError: If data or parameters do not fit.
            KeyboardInterrupt: If it is interrupted before a candidate is finished.
        """
        return self._fit(X, y, sample_weight, groups, validation_data)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, in the order of `classes_`; of several labels that of each.

        Args:
            X: Rows.
        """
        return self._probabilities(self._outputs(X))

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each row, or 1 for each label that is more probable than not.

        Args:
            X: Rows.
        """
        return self._predictions(self._outputs(X))

    def _probabilities(self, outputs: np.ndarray) -> np.ndarray:
        # The model's are of float32, whose sum is 1 but for its last digits: scikit-learn's scores look closer.
        return outputs if self._is_of_labels else outputs / outputs.sum(axis=1, keepdims=True)

    def _predictions(self, outputs: np.ndarray) -> np.ndarray:
        return (outputs > 0.5).astype(int) if self._is_of_labels else self.classes_[outputs.argmax(axis=1)]

    _in_files = (*Tabular._in_files, "classes_", "_is_of_labels")

    def _make_task(self, y: np.ndarray, weights: np.ndarray | None) -> Task:
        target = labels_of(y)
        if isinstance(target, ClassesOfColumns):
            raise ValueError(
                "`y` has several columns of classes. Pass one, or wrap the estimator in scikit-learn's "
                "`MultiOutputClassifier`, which trains one for each column."
            )
        self.classes_, self._is_of_labels = target.classes, isinstance(target, Indicators)
        if self._is_of_labels and (y.sum(axis=1) == 1).all():
            warn(
                "`y` has exactly one 1 in each row. Its columns are learnt as labels that do not exclude one another: "
                "where they are classes, pass `y.argmax(axis=1)`."
            )
        return OfIndicators(target) if isinstance(target, Indicators) else OfClasses(target)

    def _check_rows(self, X: Any, y: Any, reset: bool) -> Any:
        x, y = super()._check_rows(X, y, reset)
        return x, column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y

    def _weigh(self, y: np.ndarray, weights: np.ndarray | None) -> np.ndarray | None:
        if self.class_weight is None:
            return weights
        of_classes = weights_of_classes(self.class_weight, y)
        return of_classes if weights is None else of_classes * weights

    def _columns_of_labels(self, y: np.ndarray) -> np.ndarray:
        return y if self._is_of_labels else column_or_1d(y)

    def _classes_of_rows(self, y: np.ndarray) -> np.ndarray | None:
        return None if y.ndim > 1 else y

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _check_sizes(y: np.ndarray) -> None:
    """Refuse labels that are infinite in a model, and warn of such as it does not tell apart."""
    largest = float(np.abs(y).max())
    if largest > float(np.finfo(np.float32).max):
        raise ValueError(f"`y` has numbers up to {largest:g}, which are infinite in a model. Divide them by 1e30, say.")
    for column in y.T:
        step, deviation = float(np.spacing(np.float32(np.abs(column).max()))), float(column.std())
        if 0 < deviation < 100 * step:
            warn(
                f"`y` varies by {deviation:.3g} around {column.mean():.6g}, where numbers of a model are {step:.3g} "
                "apart. Subtract their mean before, and add it to predictions."
            )
