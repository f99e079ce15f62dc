"""What is predicted: how labels are encoded, what is wrong with outputs, and how outputs become predictions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from hornet import losses, metrics, ops
from hornet.estimators.targets import Classes, Indicators, LabelScale
from hornet.layers import Activation, Rescaling, Softmax

_LEAST = 1e-7
"""The least probability that a label is given, so that no single row decides."""

_LIKELY = 0.3
"""The standard deviation of a temperature's logarithm before any row is seen.

Few rows, which also chose the networks, are all predicted right where these are too sure: without it the log loss of
new rows of `load_wine` and `load_breast_cancer` is a third to a half more.
"""


class Task(ABC):
    """What is predicted.

    Its `deviations` are linear in the outputs, so that those of a mean of outputs are the mean of theirs.
    """

    columns: int
    """Columns of a network's output."""
    activation: str | None = None
    """That of a network's output."""
    metric: str
    """What `error` measures."""
    monitor = "val_loss"
    """The metric of an epoch that says which one is the best: the loss, without smoothing."""

    @abstractmethod
    def loss(self, smoothing: float = 0.0) -> Any:
        """Return the loss that networks are trained on."""

    def watched(self) -> list[Any]:
        """Return the metrics that networks are compiled with, `monitor` among them where it is not the loss."""
        return []

    @abstractmethod
    def encode(self, y: np.ndarray) -> np.ndarray:
        """Return labels as networks are trained on them, `columns` of them or as many as there are labels."""

    @abstractmethod
    def deviations(self, outputs: np.ndarray, encoded: np.ndarray) -> np.ndarray:
        """Return what `error` needs to know of outputs."""

    @abstractmethod
    def error(self, deviations: np.ndarray, weights: np.ndarray | None) -> float:
        """Return how bad outputs are, in the labels' unit."""

    def calibrated(self, outputs: np.ndarray, encoded: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        """Learn from outputs for rows that were held out how sure `head` may be; return them so."""
        return outputs

    @abstractmethod
    def head(self, outputs: Any) -> Any:
        """Return the predictions, in the labels' unit and as tensors, from the mean of networks' outputs."""


class OfNumbers(Task):
    """Regression: numbers that are scaled for the networks, and of which a mean or quantiles are predicted.

    Args:
        y: Labels, a column for each target.
        weights: Weights of the rows, or `None`.
        quantiles: Levels between 0 and 1, ascending; none for the mean.
    """

    def __init__(self, y: np.ndarray, weights: np.ndarray | None, quantiles: Sequence[float] = ()) -> None:
        self.scale = LabelScale(y, weights)
        self.quantiles = np.asarray(quantiles, float)
        self.columns = len(quantiles) or y.shape[1]
        self.metric = "pinball_loss" if len(quantiles) else "rmse"

    def loss(self, smoothing: float = 0.0) -> Any:
        return losses.Pinball(self.quantiles.tolist()) if len(self.quantiles) else losses.MeanSquaredError()

    def encode(self, y: np.ndarray) -> np.ndarray:
        return self.scale.encode(y).astype(np.float32)

    def deviations(self, outputs: np.ndarray, encoded: np.ndarray) -> np.ndarray:
        return encoded - outputs

    def error(self, deviations: np.ndarray, weights: np.ndarray | None) -> float:
        if len(self.quantiles):
            lost = np.maximum(self.quantiles * deviations, (self.quantiles - 1.0) * deviations)
            return float(np.average(lost.mean(axis=1), weights=weights) * np.mean(self.scale.deviation))
        squares = np.average(np.square(deviations), axis=0, weights=weights)
        return float(np.sqrt(np.mean(squares * np.square(self.scale.deviation))))

    def head(self, outputs: Any) -> Any:
        # Levels that were learnt apart may cross.
        return self.scale.in_units(ops.sort(outputs, axis=-1) if len(self.quantiles) else outputs)


class _OfProbabilities(Task):
    """What classes and labels of yes or no share.

    Args:
        target: The labels.
    """

    metric, monitor = "log_loss", "val_log_loss"

    def __init__(self, target: Any) -> None:
        self.target = target
        self.temperature = 1.0

    def error(self, deviations: np.ndarray, weights: np.ndarray | None) -> float:
        logs = -np.log(np.maximum(deviations, _LEAST))
        return float(np.average(logs.reshape(len(logs), -1).mean(axis=1), weights=weights))

    @abstractmethod
    def tempered(self, outputs: np.ndarray, temperature: float) -> np.ndarray:
        """Return probabilities whose logits are divided by a temperature."""

    def calibrated(self, outputs: np.ndarray, encoded: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        doubt = 0.5 / (_LIKELY**2 * len(outputs))

        def error(log: float) -> float:
            found = self.error(self.deviations(self.tempered(outputs, np.exp(log)), encoded), weights)
            return found + doubt * log**2

        found: Any = minimize_scalar(error, bounds=(-1.0, 1.0), method="bounded")
        self.temperature = float(np.exp(found.x)) if found.fun < error(0.0) else 1.0
        return self.tempered(outputs, self.temperature)


class OfClasses(_OfProbabilities):
    """Classification into two classes or more.

    Args:
        target: The classes.
    """

    activation = "softmax"

    def __init__(self, target: Classes) -> None:
        super().__init__(target)
        self.columns = len(target.classes)

    def loss(self, smoothing: float = 0.0) -> Any:
        return losses.CategoricalCrossentropy(label_smoothing=smoothing)

    def watched(self) -> list[Any]:
        return [metrics.CategoricalCrossentropy(name="log_loss")]

    def encode(self, y: np.ndarray) -> np.ndarray:
        unknown = np.setdiff1d(y, self.target.classes).tolist()
        if unknown:
            raise ValueError(f"`validation_data` has the class {unknown[0]!r}, which `y` has not. Leave such rows out.")
        return self.target.one_hot(y, self.columns)

    def deviations(self, outputs: np.ndarray, encoded: np.ndarray) -> np.ndarray:
        return (outputs * encoded).sum(axis=1)

    def tempered(self, outputs: np.ndarray, temperature: float) -> np.ndarray:
        powers = np.maximum(outputs, _LEAST) ** (1.0 / temperature)
        return powers / powers.sum(axis=1, keepdims=True)

    def head(self, outputs: Any) -> Any:
        logits = ops.log(ops.clip(outputs, _LEAST, 1.0))
        return Softmax(name="probabilities")(Rescaling(1.0 / self.temperature)(logits))


class OfIndicators(_OfProbabilities):
    """Several labels of yes or no.

    Args:
        target: The labels.
    """

    activation = "sigmoid"

    def __init__(self, target: Indicators) -> None:
        super().__init__(target)
        self.columns = target.columns

    def loss(self, smoothing: float = 0.0) -> Any:
        return losses.BinaryCrossentropy(label_smoothing=smoothing)

    def watched(self) -> list[Any]:
        return [metrics.BinaryCrossentropy(name="log_loss")]

    def encode(self, y: np.ndarray) -> np.ndarray:
        return self.target.encode(y)

    def deviations(self, outputs: np.ndarray, encoded: np.ndarray) -> np.ndarray:
        return np.where(encoded > 0.5, outputs, 1.0 - outputs)

    def tempered(self, outputs: np.ndarray, temperature: float) -> np.ndarray:
        outputs = np.clip(outputs, _LEAST, 1.0 - _LEAST)
        odds = (outputs / (1.0 - outputs)) ** (1.0 / temperature)
        return odds / (1.0 + odds)

    def head(self, outputs: Any) -> Any:
        outputs = ops.clip(outputs, _LEAST, 1.0 - _LEAST)
        logits = ops.subtract(ops.log(outputs), ops.log(ops.subtract(1.0, outputs)))
        return Activation("sigmoid", name="probabilities")(Rescaling(1.0 / self.temperature)(logits))
