"""Estimators that are asked by their own methods, and what rows they take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from hornet.serving.columns import ROWS, Column, Signature, signature_of


class Fitted:
    """A fitted estimator around a network.

    Args:
        estimator: It has `model_`, `predict`, and the names or the number of its features.
    """

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator
        self._names = [str(name) for name in getattr(estimator, "feature_names_in_", ())]
        if getattr(estimator, "takes_frames_", False):
            self.signature = signature_of(estimator.model_)
        elif self._names:
            self.signature = Signature(tuple(Column(name, "number") for name in self._names), True, is_stacked=True)
        else:
            self.signature = Signature((Column(ROWS, "number", (estimator.n_features_in_,)),), False)

    def predict(self, rows: Any) -> np.ndarray:
        """Return what the estimator predicts for rows, as they are held."""
        return np.asarray(self._estimator.predict(self._given(rows)))

    def predict_proba(self, rows: Any) -> np.ndarray:
        """Return the probabilities of its classes."""
        return np.asarray(self._estimator.predict_proba(self._given(rows)))

    def _given(self, rows: Any) -> Any:
        """Return rows as the estimator takes them: an array, or a table of all columns that it knows."""
        if not self._names:
            return rows[ROWS]
        if self.signature.is_stacked:
            return pa.table(dict(zip(self._names, rows[ROWS].T, strict=True)))
        gaps = [None] * len(next(iter(rows.values())))  # of columns that its network does not look at
        return pa.table({name: rows.get(name, gaps) for name in self._names})
