"""The rows that an estimator gets: as arrays, sparse matrices or frames, checked as scikit-learn does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from scipy.sparse import csr_array, issparse, vstack
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from hornet.core.containers import to_numbers
from hornet.core.errors import ArgumentError, said_of
from hornet.core.frames import is_of_frame_library
from hornet.estimators.labels import labels_as_given
from hornet.estimators.sklearn_internals import rows_at
from hornet.estimators.tables import check_labels, check_table, is_table, names_advised, refuse_no_table


class TakesRows(BaseEstimator):
    """Base of estimators that take rows in any of these kinds."""

    n_features_in_: int
    """Number of features."""
    takes_frames_: bool = False
    """Whether it was trained on a mixed table, which its model encodes."""

    _checks_of_x: Mapping[str, Any] = {"dtype": [np.float64, np.float32], "accept_sparse": "csr"}

    def _takes_table(self, X: Any) -> bool:
        """Return whether features go to the model as a table, to be encoded there."""
        return False

    def _inputs_of(self, model: Any, x: Any) -> Any:
        """Return checked features as a model takes them."""
        return x

    def _check_rows(self, X: Any, y: Any, reset: bool) -> Any:
        """Return features, which may be a sparse matrix or a table, and labels as arrays."""
        refuse_no_table(X)
        y = labels_as_given(y)
        if reset:
            self.takes_frames_ = self._takes_table(X)
        if self.takes_frames_:
            return check_table(self, X, reset), check_labels(X, y)
        with _text_named(X), names_advised(self, X):
            return validate_data(self, X, y, reset=reset, multi_output=True, **self._checks_of_x)

    def _checked_again(self, X: Any) -> Any:
        """Return features like those that the estimator was trained on."""
        check_is_fitted(self)
        return self._checked_features(X)

    def _checked_features(self, X: Any) -> Any:
        refuse_no_table(X)
        if self.takes_frames_:
            return check_table(self, X, reset=False)
        with _text_named(X), names_advised(self, X):
            return validate_data(self, X, reset=False, **self._checks_of_x)

    def _validation_rows(self, given: Any) -> tuple[Any, ...] | None:
        """Return the rows to validate on that `fit` was given."""
        if given is None:
            return None
        if not isinstance(given, list | tuple) or len(given) not in (2, 3):
            raise ValueError(
                "`validation_data` must be a tuple `(X, y)` or `(X, y, sample_weight)`. Pass one of these."
            )
        with said_of("validation_data"):
            x = self._checked_features(given[0])
        with said_of("validation_data"):
            y = np.asarray(labels_as_given(given[1]))
        if len(y) != x.shape[0]:
            raise ValueError(f"`validation_data` has {x.shape[0]} rows and {len(y)} labels. Pass a label for each row.")
        return x, y, *given[2:]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def with_spare_rows(x: Any, count: int) -> Any:
    """Return checked rows with some behind them that nobody asks about.

    Example:
        >>> with_spare_rows(np.ones((1, 2)), 1).tolist()
        [[1.0, 1.0], [0.0, 0.0]]
    """
    if is_table(x):
        return rows_at(x, np.r_[: x.shape[0], np.zeros(count, int)])
    if issparse(x):
        return vstack([x, csr_array((count, x.shape[1]), dtype=x.dtype)])
    return np.concatenate([x, np.zeros((count, *x.shape[1:]), x.dtype)])


@contextmanager
def _text_named(X: Any) -> Iterator[None]:
    """Say of features that are text which column holds it, and what to do, instead of "could not convert"."""
    try:
        yield
    except (TypeError, ValueError) as error:
        if any(words in str(error) for words in ("could not convert string", "could not be promoted")):
            _refuse_text(X)
        raise


def _refuse_text(X: Any) -> None:
    try:
        to_numbers("X", X)
    except ArgumentError as error:
        if is_table(X):
            raise
        if is_of_frame_library(X):
            raise ArgumentError(
                "`X` has words or dates, and columns that have no names, by which a model finds them. Name them, here "
                "and in the rows to predict: `X.columns = [f'column {place}' for place in range(X.shape[1])]`."
            ) from None
        way = "Or pass a frame, whose columns have names: `pd.DataFrame(X, columns=[...])`; words in it are encoded."
        raise ArgumentError(f"{error} {way}") from None
