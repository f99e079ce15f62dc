"""Frames with words, dates and gaps as what an estimator is trained on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np
from sklearn.utils import check_X_y
from sklearn.utils.validation import validate_data

from hornet.core.containers import column_names, is_sparse, table_of, to_numbers
from hornet.core.errors import ArgumentError
from hornet.core.frames import is_of_frame_library, refuse_lazy
from hornet.core.strings import STRING
from hornet.data import Dataset
from hornet.models.readable import reading_of_numbers


def is_table(X: Any) -> bool:
    """Return whether rows are a frame whose columns have names."""
    return is_of_frame_library(X) and len(getattr(X, "shape", ())) == 2 and table_of(X) is not None


def refuse_no_table(X: Any) -> None:
    """Refuse what an estimator does not take as rows, though a model may.

    Raises:
        TypeError: If rows are not there yet, come in batches, or are a dict or a structured array.
    """
    refuse_lazy("X", X)
    if (isinstance(X, Mapping) and not is_sparse(X)) or (isinstance(X, np.ndarray) and X.dtype.names):
        kind = "dict of columns" if isinstance(X, Mapping) else "structured array"
        raise ArgumentError(f"`X` is a {kind}, which estimators do not take. Pass `pd.DataFrame(X)`.")
    if isinstance(X, list) and X and isinstance(X[0], Mapping):
        raise ArgumentError("`X` is a list of dicts, which estimators do not take. Pass `pd.DataFrame(X)`.")
    if isinstance(X, Iterator | Dataset):
        raise ArgumentError(
            "`X` hands over batches, and estimators train on rows in memory. Pass an array or a frame; `fit` of a "
            "model takes batches."
        )


def first_of_words(X: Any) -> str | None:
    """Return the first column of a table that holds no numbers, or categories; `None` if there is none.

    Example:
        >>> import pandas as pd
        >>> first_of_words(pd.DataFrame({"age": [1, None], "city": ["oslo", "rome"]}))
        'city'
    """
    columns = (table_of(X) or {}) if is_table(X) else {}
    return next((name for name, column in columns.items() if _numbers_of(name, column) is None), None)


def needs_encoding(X: Any) -> bool:
    """Return whether a table holds what an array of float32 does not: words, gaps, or numbers too near each other.

    Example:
        >>> import pandas as pd
        >>> columns = {"gap": [1, None], "number": [1, 2], "time": [1_700_000_000_001, 1_700_000_000_002]}
        >>> [needs_encoding(pd.DataFrame({name: column})) for name, column in columns.items()]
        [True, False, True]
    """
    columns = (table_of(X) or {}) if is_table(X) else {}
    arrays = (_numbers_of(name, column) for name, column in columns.items())
    return any(
        array is None or (array.dtype.kind == "f" and np.isnan(array).any()) or reading_of_numbers(array) is not None
        for array in arrays
    )


def check_table(estimator: Any, X: Any, reset: bool) -> Any:
    """Return a table as it is, if it is one and, unless the estimator is begun anew, has the columns of before.

    Raises:
        TypeError: If it is no frame.
        ValueError: If its columns are others, or it has no rows.
    """
    if not is_table(X):
        names = ", ".join(map(repr, getattr(estimator, "feature_names_in_", ())))
        raise ArgumentError(
            f"`X` must be a frame with the columns {names}, as in `fit`. Pass `pd.DataFrame(X, columns=[...])`."
        )
    if not X.shape[0]:
        raise ValueError("`X` has no rows. Pass at least one.")
    with names_advised(estimator, X):
        validate_data(estimator, X, reset=reset, skip_check_array=True)
    _refuse_infinity(X)
    return X


@contextmanager
def names_advised(estimator: Any, X: Any) -> Iterator[None]:
    """Say of columns that are all there, beside others or in another order, how to get those of `fit`."""
    try:
        yield
    except ValueError as error:
        expected = getattr(estimator, "feature_names_in_", None)
        are_there = expected is not None and set(expected) <= set(column_names(X) or ())
        if are_there and "feature names should match" in str(error):
            advice = "Pass `X[list(estimator.feature_names_in_)]`, which are those of `fit` in their order."
            raise ValueError(f"{error}{advice}") from None
        raise


def _refuse_infinity(X: Any) -> None:
    """Raise `ValueError` for the first number of a table that is infinite, as scikit-learn does of an array."""
    for name, column in (table_of(X) or {}).items():
        kind = str(getattr(column, "dtype", getattr(column, "type", "object"))).lower()
        numbers = _numbers_of(name, column) if any(part in kind for part in _WITH_FRACTIONS) else None
        if numbers is None or numbers.dtype.kind != "f":
            continue
        wrong = np.isinf(numbers)
        if wrong.any():
            raise ValueError(
                f"`X` has infinity in column {name!r} (first in row {int(wrong.argmax())}). Make it a gap, in pandas "
                "by `X.replace([np.inf, -np.inf], np.nan)`."
            )


_WITH_FRACTIONS = ("float", "double", "decimal", "object")
"""Parts of the names of types whose columns may hold infinity."""


def check_labels(X: Any, y: Any) -> Any:
    """Return labels of a table's rows as an array, checked as scikit-learn does."""
    return check_X_y(np.zeros((X.shape[0], 1)), y, multi_output=True)[1]


def columns_by_name(model: Any, names: Sequence[str], x: Any) -> dict[str, Any]:
    """Return the columns of a frame that became an array by their names, for a model that takes them so; else `{}`.

    Args:
        model: The model.
        names: The names of the frame's columns; none where there was no frame.
        x: The array.
    """
    given = getattr(model, "input", None)
    if not names or not (isinstance(given, Mapping) or len(jax.tree.leaves(given)) > 1):
        return {}
    return {name: x[:, place] for place, name in enumerate(names) if name in model.input_names}


def reads_words(model: Any) -> bool:
    """Return whether a model takes strings, or columns by their names."""
    given = getattr(model, "input", None)
    return isinstance(given, Mapping) or any(tensor.dtype == STRING for tensor in jax.tree.leaves(given))


def _numbers_of(name: str, column: Any) -> Any:
    """Return the numbers in a column, `None` if it holds others things, or categories."""
    if str(getattr(column, "dtype", "")) == "category":
        return None
    try:
        return to_numbers(name, column)
    except (TypeError, ValueError):
        return None
