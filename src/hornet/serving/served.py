"""A model as the one that answers: rows in, predictions out, in batches of few sizes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from hornet.core.imports import optional_module
from hornet.core.shapes import Shape
from hornet.models import Model
from hornet.saving import load_model
from hornet.saving.estimator_files import class_in
from hornet.serving.columns import Signature, signature_of
from hornet.serving.fitted import Fitted
from hornet.training.inputs import rows_kept
from hornet.training.prediction import predict_at_once

_BLOCK = 8
"""The rows of a block of an estimator for tables, as in its own `predict`: answers are equal to the bit."""
_MOST_BYTES = 1 << 26
"""So much do the rows of the largest batch weigh, at most, where it is of several rows."""

_KINDS = {"f": "number", "U": "text", "O": "text", "b": "boolean"}

Rows = Mapping[str, np.ndarray]
"""Rows by the names of their columns, or predictions by those of outputs, on the first axis of each array."""
PREDICTIONS, PROBABILITIES = "predictions", "probabilities"


@dataclass(frozen=True)
class Output:
    """What is predicted for each row.

    Args:
        name: Its name.
        shape: The shape of one row's; `()` for a single value.
        kind: `"number"`, `"integer"`, `"text"` or `"boolean"`.
    """

    name: str
    shape: Shape
    kind: str = "number"


class Served:
    """A model or an estimator around one, and the sizes of batches in which it predicts.

    Args:
        source: The model or the estimator.
        most_rows: The rows of the largest batch.

    Raises:
        TypeError: If it is neither.
        ValueError: If it does not say what it takes, or keeps something between calls.
    """

    def __init__(self, source: Any, most_rows: int) -> None:
        self._tabular = source if hasattr(source, "_predictions") else None
        model = source if isinstance(source, Model) else getattr(source, "model_", None)
        if not isinstance(model, Model):
            raise TypeError(
                f"`serve` takes models, fitted estimators around networks and `.keras` files, not "
                f"{type(source).__name__}. Pass one of these."
            )
        self.model = model
        self._fitted = Fitted(source) if model is not source and self._tabular is None else None
        if self._fitted is not None:
            self.signature = self._fitted.signature
        else:
            self.signature = signature_of(model, self._names, getattr(self._tabular, "ranges_", None))
        if rows_kept(model) is not None:
            raise ValueError(
                f"A layer of {model.name!r} goes on from the rows of the last call, which may be another client's. "
                "Make it with `stateful=False`."
            )
        classes = getattr(source, "classes_", None) if model is not source else None
        self.classes: list[Any] | None = None if classes is None else np.asarray(classes).tolist()
        """The classes of a classifier, in the order of their probabilities."""
        self.sizes = list(_sizes(self.signature, most_rows, 1 if self._tabular is None else 2 * _BLOCK))
        self.outputs = self._outputs

    @property
    def is_of_free_size(self) -> bool:
        """Whether rows may have several shapes, each of which is a program of its own."""
        return any(size is None for column in self.signature.columns for size in column.shape)

    def predict(self, rows: Rows) -> Rows:
        """Return predictions.

        Args:
            rows: Any number of rows, at least one.

        Raises:
            ValueError: If a layer refuses a value.
        """
        count, most = len(next(iter(rows.values()))), self.sizes[-1]
        starts = range(0, count, most)
        parts = [
            self._predict_batch({name: all_[start : start + most] for name, all_ in rows.items()}) for start in starts
        ]
        if len(parts) == 1:
            return parts[0]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def warm_up(self) -> None:
        """Compile the programs of all sizes of batches."""
        if self.is_of_free_size:
            return
        row = self.signature.example_rows()
        for size in self.sizes:
            self.predict({name: np.repeat(array, size, axis=0) for name, array in row.items()})

    def _predict_batch(self, rows: Rows) -> Rows:
        """Return predictions for a batch, which is filled up with its own rows to one of the sizes."""
        count = len(next(iter(rows.values())))
        size = next(size for size in self.sizes if size >= count)
        if size > count:
            filled = np.arange(size) % count
            rows = {name: array[filled] for name, array in rows.items()}
        inputs = self.signature.inputs_of(rows)
        if self._fitted is not None:
            found = {PREDICTIONS: self._fitted.predict(rows)[:count]}
            probabilities = None if self.classes is None else self._fitted.predict_proba(rows)[:count]
            return found if probabilities is None else {**found, PROBABILITIES: probabilities}
        if self._tabular is not None:
            outputs = np.asarray(self.model.predict(inputs, _BLOCK, verbose=0), np.float64)[:count]
            found = {PREDICTIONS: self._tabular._predictions(outputs)}
            if self.classes is not None:
                found[PROBABILITIES] = self._tabular._probabilities(outputs)
            return found
        made = predict_at_once(self.model, inputs)
        return {
            name: _flat(array[:count])
            for name, array in zip(self._names_of_outputs(made), jax.tree.leaves(made), strict=True)
        }

    def _names_of_outputs(self, made: Any) -> list[str]:
        """Return the names of outputs, in the order of their leaves."""
        if not isinstance(made, list | tuple | dict):
            return [PREDICTIONS]
        return sorted(made) if isinstance(made, dict) else list(self.model.output_names)

    @property
    def _outputs(self) -> list[Output]:
        """What `predict` returns."""
        if self._tabular is None and self._fitted is None:
            shapes = jax.tree.map(lambda tensor: tensor.shape[1:], self.model.output)
            flat = jax.tree.leaves(shapes, is_leaf=_is_shape)
            names = [PREDICTIONS] if _is_shape(shapes) else self._names_of_outputs(shapes)
            return [Output(name, () if shape == (1,) else shape) for name, shape in zip(names, flat, strict=True)]
        found = self.predict(self.signature.example_rows())
        return [Output(name, array.shape[1:], _KINDS.get(array.dtype.kind, "integer")) for name, array in found.items()]

    @property
    def _names(self) -> list[str] | None:
        """The names of the columns of an estimator's array."""
        estimator = self._tabular
        names = getattr(estimator, "feature_names_in_", None)
        return None if estimator is None or names is None or estimator.takes_frames_ else [str(name) for name in names]


def open_model(path: Path, custom_objects: Mapping[str, Any] | None) -> Any:
    """Return the model or the estimator for tables that a file holds; nothing in the file is run.

    Args:
        path: The file.
        custom_objects: Classes and functions of the user's, by name.

    Raises:
        CorruptFileError: If it is damaged.
        FileNotFoundError: If there is none.
    """
    name = class_in(path)
    if name is None:
        return load_model(path, custom_objects, compile=False)
    tabular = optional_module("hornet.tabular", "sklearn")
    return (tabular.TabularClassifier if name == "TabularClassifier" else tabular.TabularRegressor).load(path)


def _sizes(signature: Signature, most_rows: int, least: int) -> Iterator[int]:
    """Yield the sizes of batches: few, so that few programs are compiled, and none four times as large as needed."""
    row_bytes = sum(4 * math.prod(size or 1 for size in column.shape) for column in signature.columns)
    most = max(least, min(most_rows, _MOST_BYTES // row_bytes))
    size = least
    while size < most:
        yield size
        size *= 4
    yield most


def _flat(array: np.ndarray) -> np.ndarray:
    """Return a column of single values without its axis."""
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def _is_shape(value: Any) -> bool:
    return isinstance(value, tuple) and all(size is None or isinstance(size, int) for size in value)
