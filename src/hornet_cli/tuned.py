"""Classifiers that `tune` has found: a model alone, and beside it in the file what its outputs are called."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from hornet.models import Model, load_model
from hornet.saving.estimator_files import classes_in
from hornet.tabular.files import array_from, described_array, save


class TunedClassifier(ClassifierMixin, BaseEstimator):
    """A model of the probabilities of classes, with scikit-learn's methods."""

    model_: Model
    classes_: np.ndarray

    def fit(self, model: Model, classes: np.ndarray) -> Self:
        """Take over a trained model, and the classes of its outputs in their order."""
        self.model_, self.classes_ = model, classes
        return self

    @classmethod
    def in_file(cls, path: Path) -> Self | None:
        """Return the classifier that `save` wrote; `None` for any other file."""
        classes = classes_in(path)
        return None if classes is None else cls().fit(load_model(path), array_from(classes))

    def save(self, path: Path) -> None:
        """Write the model, which `load_model` reads, and the classes."""
        save(path, self.model_, {"classes": described_array(self.classes_)})

    def predict_proba(self, rows: Any) -> np.ndarray:
        """Return the probability of each class, a column for each in the order of `classes_`."""
        outputs = np.asarray(self.model_.predict(rows, verbose=0), np.float64)
        return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs

    def predict(self, rows: Any) -> np.ndarray:
        """Return the most probable class of each row."""
        return self.classes_[self.predict_proba(rows).argmax(axis=1)]
