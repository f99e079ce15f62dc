"""Models in files, and what they predict as columns."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hornet_cli.failures import ExitCode, Failure


def opened(name: str) -> Any:
    """Return the estimator or the model that a file holds.

    Args:
        name: The file, of Hornet or of Keras.
    """
    from hornet import estimators, models
    from hornet.tabular.files import class_in

    path = existing(name)
    if class_in(path) is None:
        return models.load_model(path)
    of_classes = class_in(path) == estimators.TabularClassifier.__name__
    return (estimators.TabularClassifier if of_classes else estimators.TabularRegressor).load(path)


def is_estimator(model: Any) -> bool:
    """Return whether this is an estimator, with scikit-learn's methods, and no model."""
    return hasattr(model, "get_params")


def opened_model(name: str) -> Any:
    """Return the model that a file holds; of an estimator that which takes its raw rows."""
    from hornet import models

    return models.load_model(existing(name))


def existing(name: str) -> Path:
    """Return the path of a model that is there."""
    from hornet.core.suggestions import did_you_mean

    path = Path(name)
    if not path.exists():
        near = did_you_mean(path.name, (one.name for one in path.parent.iterdir())) if path.parent.is_dir() else ""
        raise Failure(ExitCode.FILE, f"{name!r} is not there.{near}")
    return path


def file_to_write(name: str, *endings: str) -> Path:
    """Return the path of a file that can be written, so far as can be seen before there is anything to write."""
    path = Path(name)
    if endings and path.suffix.lower() not in endings:
        raise Failure(ExitCode.FILE, f"{name!r} must end in {' or '.join(endings)}. Add it.")
    if not path.parent.is_dir():
        raise Failure(
            ExitCode.FILE, f"The folder {str(path.parent)!r} is not there. Make it first: mkdir -p {path.parent}"
        )
    if path.is_dir():
        raise Failure(ExitCode.FILE, f"{name!r} is a folder. Name a file.")
    if not os.access(path.parent, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise Failure(ExitCode.FILE, f"Nothing can be written to the folder {str(path.parent)!r}. Name another.")
    return path


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
