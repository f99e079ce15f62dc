"""Models in files, and what they predict as columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hornet_cli.files import existing


def opened(name: str) -> Any:
    """Return the estimator or the model that a file holds.

    Args:
        name: The file, of Hornet or of Keras.
    """
    from hornet import estimators, models
    from hornet.saving.estimator_files import class_in
    from hornet_cli.tuned import TunedClassifier

    path = existing(name)
    kind = class_in(path)
    if kind is None:
        return TunedClassifier.in_file(path) or models.load_model(path)
    of_classes = kind == estimators.TabularClassifier.__name__
    return (estimators.TabularClassifier if of_classes else estimators.TabularRegressor).load(path)


def is_estimator(model: Any) -> bool:
    """Return whether this is an estimator, with scikit-learn's methods, and no model."""
    return hasattr(model, "get_params")


def opened_model(name: str) -> Any:
    """Return the model that a file holds; of an estimator that which takes its raw rows."""
    from hornet import models

    return models.load_model(existing(name))


def columns_predicted(model: Any, rows: Any) -> dict[str, Any]:
    """Return what a model predicts, by the names of new columns; of a classifier classes and their probabilities."""
    if is_estimator(model):
        predicted = _columns("prediction", model.predict(rows))
        if not hasattr(model, "predict_proba"):
            return predicted
        probabilities = model.predict_proba(rows)
        labels = model.classes_ if len(predicted) == 1 else range(len(predicted))
        names = [f"probability_{label}" for label in labels]
        return predicted | dict(zip(names, probabilities.T, strict=True))
    outputs = model.predict(rows, verbose=0)
    if isinstance(outputs, Mapping):
        return {name: column for key, one in outputs.items() for name, column in _columns(key, one).items()}
    if isinstance(outputs, list):
        named = zip(model.output_names, outputs, strict=True)
        return {name: column for key, one in named for name, column in _columns(key, one).items()}
    return _columns("prediction", outputs)


def _columns(name: str, values: Any) -> dict[str, Any]:
    """Return an output as columns, which are numbered where there are several."""
    values = values.reshape(len(values), -1)
    if values.shape[1] == 1:
        return {name: values[:, 0]}
    return {f"{name}_{place}": column for place, column in enumerate(values.T)}
