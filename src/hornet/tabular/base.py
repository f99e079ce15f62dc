"""What the estimators for tables share: from raw rows to one model that was chosen out of fold."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from numbers import Number
from pathlib import Path
from time import perf_counter
from typing import Any, Self

import numpy as np
from sklearn.inspection import permutation_importance
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from hornet.core import random
from hornet.core.checks import boolean, number, positive_int, warn
from hornet.core.errors import ANOTHER_COPY, ArgumentError, CorruptFileError, said_of
from hornet.core.frames import is_of_frame_library
from hornet.estimators.rows import TakesRows, with_spare_rows
from hornet.estimators.sklearn_internals import check_sample_weight, rows_at
from hornet.estimators.tables import needs_encoding
from hornet.models import Model
from hornet.plots.html import table
from hornet.tabular.assembly import assembled, chosen
from hornet.tabular.columns import Columns
from hornet.tabular.comparison import TREES, compared
from hornet.tabular.files import array_from, described_array, described_parameters, load, parameters_from, save
from hornet.tabular.folds import Fold, checked_groups, folds_of
from hornet.tabular.kinds import Sizes
from hornet.tabular.linear import linear_model
from hornet.tabular.presets import Preset, folds_for, preset_of, width_for
from hornet.tabular.search import Search
from hornet.tabular.tasks import Task
from hornet.tabular.training import Candidate, Rows, Trainer, held_out_outputs

_FAR = 1.05
"""Trees win by far if our error is so many times theirs."""
_FEW_ROWS, _SMALL_BLOCK, _BLOCK = 256, 8, 256
"""Few rows are computed in small blocks, so that one is quick."""
LINEAR = "linear"


class Tabular(TakesRows):
    """Base of the estimators for tables.

    Several networks of different kinds are drawn and trained, each once for each fold; those that together predict
    best the rows that they did not see are averaged, in one model that takes raw rows.
    """

    model_: Model
    """The model of raw rows; `save` writes it, and `load_model` reads it without this class."""
    leaderboard_: list[dict[str, Any]]
    """A dict for each candidate: its kind, error on rows held out, share of the result, and seconds; best first."""
    score_: float
    """The error of the result on rows held out, named in `metric_`; a little too good, as these rows chose."""
    metric_: str
    """What is measured, lower being better."""
    comparison_: dict[str, Any]
    """The errors of this, of a linear model and of scikit-learn's boosted trees on the same rows; see `compare`."""
    ranges_: dict[str, list[float]]
    """The least and the greatest number in training of each column of numbers that has a name."""
    interrupted_: bool
    """Whether the user ended `fit` early, in training or in the comparison."""
    reached_: int
    """How many candidates were trained: as `members` it repeats a run that the clock has ended."""

    _checks_of_x: Mapping[str, Any] = {"dtype": [np.float64, np.float32], "ensure_all_finite": "allow-nan"}

    def _fit(self, X: Any, y: Any, sample_weight: Any, groups: Any, validation_data: Any) -> Self:
        """Train, choose and assemble."""
        preset, compare = self._checked_parameters()
        if validation_data is not None and (groups is not None or self.cv is not None):
            raise ArgumentError(
                "`validation_data` says which rows are held out, and so do `cv` and `groups`. Leave one out."
            )
        x, y = self._check_rows(X, y, reset=True)
        groups = None if groups is None else checked_groups(groups, len(y))
        weights = None if sample_weight is None else _checked_weights(sample_weight, x)
        weights = self._weigh(y, weights)
        if weights is not None and not weights.all():
            if not (self.cv is None or isinstance(self.cv, Number) or hasattr(self.cv, "split")):
                raise ArgumentError("`cv` lists rows, and those of weight 0 are left out. Leave them out before.")
            x, y, weights, groups = _with_weight(x, y, weights, groups)
        seed = self._drawn_seed()
        begun = perf_counter()
        task = self._make_task(y, weights)
        if len(y) < 2:
            raise ValueError("There is 1 row (n_samples = 1), and some must be held out. Pass more.")
        columns = Columns(x, self._names, bool(self.verbose))
        rows = self._rows(columns, task, (x, y, weights), groups, self._validation_rows(validation_data), preset, seed)
        sizes = Sizes(columns.width, columns.numbers, width_for(preset, len(y)))
        trainer = Trainer(rows, task, sizes, preset.updates, seed, None if self.n_jobs == -1 else self.n_jobs)
        known = [_linear(rows, task)] if self._has_linear else []
        members = None if self.members is None else int(self.members)
        search = Search(preset, trainer, known, seed, members, None if self.minutes is None else 60 * self.minutes)
        search.run(bool(self.verbose))
        shares, outputs = chosen(search.candidates, rows, task, preset.most, seed)
        seconds = perf_counter() - begun
        labels = rows.y[rows.held_out]
        held_weights = None if rows.weights is None else rows.weights[rows.held_out]
        outputs = task.calibrated(outputs, labels, held_weights)
        self.model_ = assembled(search.candidates, shares, columns, task)
        self.metric_, self.reached_, self.ranges_ = task.metric, search.reached, columns.ranges
        self.leaderboard_ = _leaderboard(search.candidates, shares, rows, task)
        self.score_ = _error(outputs, rows, task)
        self._learn_spread(task, outputs, labels)
        self.comparison_, self.interrupted_ = {}, search.is_interrupted
        if compare:
            others = [("this", outputs), *((LINEAR, candidate.outputs) for candidate in known)]
            self._compare(lambda: compared(rows, task, others, seconds, seed))
        if search.is_interrupted:
            warn(f"Training was interrupted: what is fitted is of the {search.reached} candidates that were finished.")
        return self

    def _html_repr(self) -> str:
        """Return what a notebook shows: scikit-learn's box, and below it the leaderboard and the comparison."""
        shown = super()._html_repr()
        if not hasattr(self, "leaderboard_"):
            return shown
        rows = [[line["kind"], line[self.metric_], line["share"], line["seconds"]] for line in self.leaderboard_]
        notes = [f"{self.metric_} on rows held out: {self.score_:.4g}", *self._said_of_comparison()]
        return shown + table("Leaderboard", ["Kind", self.metric_, "Share of the result", "Seconds"], rows, notes)

    # --- what a subclass says -------------------------------------------------------------------------

    preset: str | Preset
    minutes: float | None
    members: int | None
    cv: Any
    compare: bool | None
    n_jobs: int | None
    random_state: Any
    verbose: bool | int

    def _make_task(self, y: np.ndarray, weights: np.ndarray | None) -> Task:
        raise NotImplementedError

    def _weigh(self, y: np.ndarray, weights: np.ndarray | None) -> np.ndarray | None:
        return weights

    def _classes_of_rows(self, y: np.ndarray) -> np.ndarray | None:
        """Return the class of each row, of which folds shall have equal shares; or `None`."""
        return None

    def _learn_spread(self, task: Any, outputs: np.ndarray, labels: np.ndarray) -> None:
        """Learn from held-out rows how far predictions are off."""

    @property
    def _has_linear(self) -> bool:
        """Whether a linear model is a candidate."""
        return True

    # --- parts of fit ---------------------------------------------------------------------------------

    def _checked_parameters(self) -> tuple[Preset, bool]:
        preset = preset_of(self.preset)
        if self.minutes is not None:
            number("minutes", self.minutes, above=0.0)
            if self.members is not None:
                raise ValueError("`minutes` and `members` both say when to stop. Leave one of them out.")
        if self.members is not None:
            positive_int("members", self.members)
        if self.n_jobs is not None and self.n_jobs != -1:
            positive_int("n_jobs", self.n_jobs, "Pass -1 for one on each core.")
        by_default = preset.compare and self._has_linear
        return preset, by_default if self.compare is None else boolean("compare", self.compare)

    def _drawn_seed(self) -> int:
        if self.random_state is None:
            return random.next_seed()
        with said_of("random_state"):
            return int(check_random_state(self.random_state).randint(2**31 - 1))

    @property
    def _names(self) -> tuple[str, ...] | None:
        names = getattr(self, "feature_names_in_", None)
        return None if names is None or self.takes_frames_ else tuple(names)

    def _check_rows(self, X: Any, y: Any, reset: bool) -> Any:
        _refuse_repeated(X)
        return super()._check_rows(X, y, reset)

    def _checked_features(self, X: Any) -> Any:
        _refuse_repeated(X)
        return super()._checked_features(X)

    def _takes_table(self, X: Any) -> bool:
        return needs_encoding(X)

    def _rows(
        self,
        columns: Columns,
        task: Task,
        data: tuple[Any, np.ndarray, np.ndarray | None],
        groups: Any,
        validation: tuple[Any, ...] | None,
        preset: Preset,
        seed: int,
    ) -> Rows:
        """Return the encoded rows with their folds; of rows to validate on, all are the held-out part of one."""
        x, y, weights = data
        encoded, labels = columns.encode(x), task.encode(self._columns_of_labels(y))
        if validation is None:
            folds = folds_of(y, self._classes_of_rows(y), groups, self.cv, folds_for(preset, len(y)), seed)
            return Rows(encoded, labels, weights, folds)
        x_held = validation[0]
        with said_of("validation_data"):
            y_held = task.encode(self._columns_of_labels(validation[1]))
            of_held = _checked_weights(validation[2] if len(validation) > 2 else None, x_held)
        if y_held.shape[1:] != labels.shape[1:]:
            raise ValueError(
                f"`validation_data` has {y_held.shape[1]} columns of labels, not {labels.shape[1]} as `y`."
            )
        held = columns.encode(x_held)
        count, more = len(y), len(y_held)
        fold: Fold = (np.arange(count), np.arange(count, count + more))
        if weights is not None or len(validation) > 2:
            weights = np.concatenate([np.ones(count) if weights is None else weights, of_held])
        return Rows(
            {scale: np.concatenate([encoded[scale], held[scale]]) for scale in encoded},
            np.concatenate([labels, y_held]),
            weights,
            [fold],
        )

    def _columns_of_labels(self, y: np.ndarray) -> np.ndarray:
        return y

    def _compare(self, compare: Callable[[], dict[str, Any]]) -> None:
        if self.verbose:
            print("Comparing with scikit-learn's boosted trees...")
        try:
            self.comparison_ = compare()
        except KeyboardInterrupt:
            self.interrupted_ = True
            warn("The comparison with boosted trees was interrupted: `comparison_` is empty.")
        else:
            self._say_comparison()

    def _said_of_comparison(self) -> list[str]:
        """Return the comparison in a line, if there is one."""
        found = self.comparison_
        if not found:
            return []
        ours, trees, folds = found["this"], found[TREES], found["folds"]
        where = "on one fold" if folds == 1 else "out of fold"
        linear = f", a linear model {found[LINEAR]:.4g}" if LINEAR in found else ""
        return [f"{self.metric_} {where}: this {ours:.4g}{linear}, scikit-learn's boosted trees {trees:.4g}"]

    def _say_comparison(self) -> None:
        [said] = self._said_of_comparison()
        if self.verbose:
            print(said)
        if self.comparison_["this"] > _FAR * self.comparison_[TREES]:
            warn(f"Boosted trees predict this table better by far. {said}. Try them, or `preset='best'`.")

    # --- afterwards -----------------------------------------------------------------------------------

    def _outputs(self, X: Any) -> np.ndarray:
        """Return the model's predictions.

        A row's do not depend on its neighbours, not by rounding either: rows are computed in blocks of one size, two at
        least, as XLA compiles a single one in another way.
        """
        x = self._checked_again(X)
        count = x.shape[0]
        block = _SMALL_BLOCK if count <= _FEW_ROWS else _BLOCK
        rows = with_spare_rows(x, max(2 * block - count, -count % block))
        return np.asarray(self.model_.predict(rows, block, verbose=0))[:count].astype(np.float64)

    def _predictions(self, outputs: np.ndarray) -> np.ndarray:
        """Return what `predict` returns for rows of which these are the model's outputs."""
        raise NotImplementedError

    def feature_importances(
        self, X: Any, y: Any, n_repeats: int = 5, scoring: Any = None, sample_weight: Any = None
    ) -> dict[Any, float]:
        """Return how much worse predictions get when a column is shuffled, by the columns' names, the largest first.

        Args:
            X: Rows, best such as were not trained on.
            y: Their labels.
            n_repeats: How often each column is shuffled.
            scoring: What is measured: the name of a scorer of scikit-learn's, or one; by default `score`.
            sample_weight: Weight of each row.
        """
        check_is_fitted(self)
        found: Any = permutation_importance(
            self, X, y, n_repeats=n_repeats, scoring=scoring, random_state=0, sample_weight=sample_weight
        )
        names: Sequence[Any] = getattr(self, "feature_names_in_", range(self.n_features_in_))
        pairs = zip(names, found.importances_mean, strict=True)
        return {name: float(mean) for name, mean in sorted(pairs, key=lambda pair: -pair[1])}

    def save(self, filepath: str | os.PathLike[str]) -> None:
        """Write the estimator to one file, which `load` reads, and `load_model` too, as the model of raw rows.

        Args:
            filepath: The file, `*.keras`.

        Raises:
            ValueError: If it has another suffix, or classes are of a type that a file does not hold.
        """
        check_is_fitted(self)
        known = {name: getattr(self, name) for name in self._in_files if hasattr(self, name)}
        described = {
            "class": type(self).__name__,
            "parameters": described_parameters(self.get_params(deep=False)),
            "arrays": {name: described_array(each) for name, each in known.items() if isinstance(each, np.ndarray)},
            "others": {name: each for name, each in known.items() if not isinstance(each, np.ndarray)},
        }
        save(Path(filepath), self.model_, described)

    @classmethod
    def load(cls, filepath: str | os.PathLike[str]) -> Self:
        """Return the estimator that `save` wrote; nothing in the file is run.

        Args:
            filepath: The file.

        Raises:
            CorruptFileError: If the file is damaged, or of another class.
        """
        model, described = load(filepath)
        try:
            if described["class"] != cls.__name__:
                raise CorruptFileError(
                    Path(filepath), "", f"it holds a {described['class']}, not a {cls.__name__}. Use that one's `load`."
                )
            found = cls(**parameters_from(described["parameters"]))
            attributes = {name: array_from(each) for name, each in described["arrays"].items()} | described["others"]
        except (KeyError, TypeError, AttributeError) as error:
            raise CorruptFileError(Path(filepath), "", f"it is damaged ({error}). {ANOTHER_COPY}") from error
        for name in cls._in_files:
            if name in attributes:
                setattr(found, name, attributes[name])
        found.model_ = model
        return found

    _in_files: tuple[str, ...] = (
        "leaderboard_", "score_", "metric_", "comparison_", "reached_", "ranges_", "n_features_in_",
        "feature_names_in_", "takes_frames_",
    )  # fmt: skip
    """The attributes that a file holds beside the model."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.allow_nan = True
        return tags


def _checked_weights(given: Any, x: Any) -> np.ndarray:
    """Return a weight of at least 0 for each row; 1 where none are given."""
    return check_sample_weight(given, x, dtype=np.float64, ensure_non_negative=True)


def _with_weight(x: Any, y: np.ndarray, weights: np.ndarray, groups: Any) -> tuple[Any, ...]:
    """Return rows, labels, weights and groups without the rows whose weight is 0."""
    kept = np.flatnonzero(weights)
    if not len(kept):
        raise ValueError("Every row has weight 0. Pass `sample_weight` with numbers above 0.")
    return rows_at(x, kept), y[kept], weights[kept], None if groups is None else groups[kept]


def _refuse_repeated(X: Any) -> None:
    """Raise `ValueError` if two columns of a frame have one name."""
    if not is_of_frame_library(X) or not hasattr(X, "shape"):  # a lazy frame has none
        return
    labels = list(getattr(X, "column_names", getattr(X, "columns", ())))
    repeated = next((name for name, count in Counter(labels).items() if count > 1), None)
    if repeated is not None:
        raise ValueError(f"`X` has several columns called {repeated!r}. Give each a name of its own.")


def _linear(rows: Rows, task: Task) -> Candidate:
    """Return linear models of all folds as a candidate."""
    begun = perf_counter()
    models = []
    for kept, _ in rows.folds:
        models.append(linear_model(*rows.part("robust", kept), task))
    outputs = held_out_outputs(rows, "robust", [lambda x, m=m: m.predict(x, 1024, verbose=0) for m in models])
    return Candidate(LINEAR, {}, models, outputs, perf_counter() - begun)


def _error(outputs: np.ndarray, rows: Rows, task: Task) -> float:
    held_out = rows.held_out
    deviations = task.deviations(outputs, rows.y[held_out])
    return task.error(deviations.reshape(len(deviations), -1), None if rows.weights is None else rows.weights[held_out])


def _leaderboard(
    candidates: Sequence[Candidate], shares: dict[int, float], rows: Rows, task: Task
) -> list[dict[str, Any]]:
    lines = [
        {
            "kind": candidate.kind,
            task.metric: _error(candidate.outputs, rows, task),
            "share": shares.get(place, 0.0),
            "seconds": candidate.seconds,
            "settings": dict(candidate.settings),
        }
        for place, candidate in enumerate(candidates)
    ]
    return sorted(lines, key=lambda line: line[task.metric])
