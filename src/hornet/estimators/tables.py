"""Frames with words, dates and gaps as what an estimator is trained on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jax
import numpy as np
from sklearn.utils import check_X_y
from sklearn.utils.validation import validate_data

from hornet.core.containers import is_sparse, table_of, to_numbers
from hornet.core.errors import ArgumentError
from hornet.core.frames import is_of_frame_library, refuse_lazy
from hornet.core.strings import STRING
from hornet.data import Dataset


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


def has_gaps(X: Any) -> bool:
    """Return whether a number is missing in a table of numbers.

    Example:
        >>> import pandas as pd
        >>> has_gaps(pd.DataFrame({"age": [1, None]})), has_gaps(pd.DataFrame({"age": [1, 2]}))
        (True, False)
    """
    arrays = [_numbers_of(name, column) for name, column in (table_of(X) or {}).items()] if is_table(X) else []
    return any(array is not None and array.dtype.kind == "f" and np.isnan(array).any() for array in arrays)


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
    return validate_data(estimator, X, reset=reset, skip_check_array=True)


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
