"""Encoding of labels for networks, and decoding of networks' outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from hornet import ops
from hornet.core.config import is_ours
from hornet.core.errors import ArgumentError
from hornet.core.shapes import Shape
from hornet.core.symbolic import SymbolicTensor
from hornet.layers import Rescaling
from hornet.losses.classification import CategoricalGeneralizedCrossEntropy, SparseCategoricalCrossentropy
from hornet.losses.hinge import Hinge, Perceptron, SquaredHinge
from hornet.losses.loss import LossFunctionWrapper
from hornet.losses.resolve import resolve
from hornet.losses.similarity import Circle
from hornet.training.outputs import Outputs
from hornet.training.terms import outputs_with_losses

_OF_NUMBERS = SparseCategoricalCrossentropy | CategoricalGeneralizedCrossEntropy | Circle
"""Losses that take class numbers."""


class Target(Protocol):
    """The labels of one estimator, fitted to what it is trained on."""

    kind: str
    """What scikit-learn's `type_of_target` calls them."""
    outputs: int
    """Number of columns of the labels."""
    columns: int
    """Number of columns of the output of a network that is made for them."""

    def bind_to(self, model: Any) -> None:
        """Learn from a built and compiled model how its losses compare labels.

        Raises:
            ValueError: If its outputs are not for these labels.
        """
        ...

    def encode(self, y: Any) -> Any:
        """Return labels as the model trains on them."""
        ...


class Numbers:
    """Labels of regression.

    Args:
        y: Labels, a column for each output.
        sample_weight: Weight of each row, or `None`.
        scaled: Whether the network sees them with mean 0 and standard deviation 1, and those far off bent (see
            `LabelScale`).

    Example:
        >>> target = Numbers(np.array([10.0, 30.0]), scaled=True)
        >>> target.encode([10.0, 50.0]).ravel(), target.decode(np.array([[-1.0], [3.0]]))
        (array([-1.,  3.]), array([10., 50.]))
    """

    def __init__(self, y: np.ndarray, sample_weight: Any = None, scaled: bool = False) -> None:
        self.outputs = self.columns = 1 if y.ndim == 1 else y.shape[1]
        self.kind = "continuous" if self.outputs == 1 else "continuous-multioutput"
        self._has_axis = y.ndim > 1
        self._scale = LabelScale(_columns(y), sample_weight) if scaled else None

    def bind_to(self, model: Any) -> None:
        """Learn nothing: numbers are compared as they are."""

    def encode(self, y: Any) -> Any:
        """Return labels as the model trains on them."""
        return np.asarray(y) if self._scale is None else self._scale.encode(_columns(np.asarray(y)))

    def decode(self, outputs: np.ndarray) -> np.ndarray:
        """Return a model's outputs in the labels' unit and shape."""
        values: Any = outputs.astype(np.float64)
        if self._scale is not None:
            values = self._scale.decode(values)
        return values if self._has_axis or values.shape[-1] > 1 else values[:, 0]

    def in_units(self, outputs: SymbolicTensor) -> SymbolicTensor:
        """Return the outputs of a model that is being drawn in the labels' unit, as `decode` does with arrays."""
        return outputs if self._scale is None else self._scale.in_units(outputs)


class LabelScale:
    r"""The mean and standard deviation of each column of numbers, which outliers move little.

    Labels farther from the quartiles than 10 times their distance are outliers: behind that edge $e$ a scaled label $z$
    is $e + \log(1 + z - e)$, and so below. None is where the quartiles are equal.

    Args:
        y: Labels, a column for each output.
        sample_weight: Weight of each row, or `None`.

    Example:
        >>> scale = LabelScale(np.array([[-1.0], [1.0]] * 500 + [[1e6]]))
        >>> scale.encode(np.array([[1.0], [1e6]])).round(1).ravel()
        array([ 0.8, 31.1])
        >>> scale.decode(scale.encode(np.array([[1.0], [1e6]]))).round(3).ravel()
        array([1.e+00, 1.e+06])
    """

    _REACH = 10.0

    def __init__(self, y: np.ndarray, sample_weight: Any = None) -> None:
        low, high = np.quantile(y, [0.25, 0.75], axis=0)
        reach = np.where(low < high, self._REACH * (high - low), np.inf)
        scaler = StandardScaler().fit(np.clip(y, low - reach, high + reach), sample_weight=sample_weight)
        self._mean: Any = scaler.mean_
        self.deviation: Any = scaler.scale_
        self._low, self._high = ((end - self._mean) / self.deviation for end in (low - reach, high + reach))
        seen = self.encode(y)
        self._least, self._most = np.minimum(seen.min(axis=0), self._low), np.maximum(seen.max(axis=0), self._high)

    def encode(self, y: np.ndarray) -> np.ndarray:
        """Return labels as a network is trained on them."""
        return self._bend((y - self._mean) / self.deviation, np.log1p)

    def decode(self, outputs: np.ndarray) -> np.ndarray:
        """Return a network's outputs as labels; outliers are not farther off than those that were seen."""
        scaled = self._bend(np.clip(outputs, self._least, self._most), np.expm1)
        return scaled * self.deviation + self._mean

    def in_units(self, outputs: SymbolicTensor) -> SymbolicTensor:
        """Return the outputs of a model that is being drawn as labels."""
        edges = (self._least, self._most, self._low, self._high)
        # A file of a model holds no infinity.
        least, most, low, high = (np.nan_to_num(np.asarray(edge, np.float32)) for edge in edges)
        values: Any = ops.clip(outputs, least, most)
        if (least < low).any() or (high < most).any():
            within = ops.clip(values, low, high)
            beyond = values - within
            values = within + ops.sign(beyond) * ops.expm1(ops.abs(beyond))
        return Rescaling(self.deviation, self._mean)(values)

    def _bend(self, values: np.ndarray, bend: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        within = np.clip(values, self._low, self._high)
        beyond = values - within
        return within + np.sign(beyond) * bend(np.abs(beyond))


class Classes:
    """One column of classes, of any type that can be sorted.

    Args:
        y: Labels, among which each class appears.

    Raises:
        ValueError: If they are not classes, or of one class only.
    """

    outputs = 1

    def __init__(self, y: np.ndarray) -> None:
        self._encoder = LabelEncoder().fit(y)
        self.classes: np.ndarray = self._encoder.classes_  # pyright: ignore[reportAttributeAccessIssue]
        if len(self.classes) < 2:
            raise ValueError(
                f"`y` holds only one class, {self.classes.tolist()[0]!r}. Pass rows of at least two classes."
            )
        self.kind, self.columns = ("binary", 1) if len(self.classes) == 2 else ("multiclass", len(self.classes))

    def bind_to(self, model: Any) -> None:
        """Learn from a model how its loss compares labels."""
        self.bind_to_output(*_only_output(model))

    def bind_to_output(self, shape: Shape, loss: Any) -> None:
        """Learn how the loss of an output of a shape compares labels."""
        columns, count = shape[-1] or 1, len(self.classes)
        if columns < count and not columns == 1 == count - 1:
            ending = "Dense(1, activation='sigmoid')" if count == 2 else f"Dense({count}, activation='softmax')"
            raise ValueError(
                f"The model has {columns} output columns, but `y` has {count} classes. End the model with `{ending}`."
            )
        self._in_logits = _is_zero_centred(loss)
        self._one_hot_columns = columns if columns > 1 and _compares_columns(loss) else None

    def encode(self, y: Any) -> np.ndarray:
        """Return class numbers, or rows with a 1 in the class's column where the loss compares columns."""
        check_known(y, self.classes)
        return self._encoder.transform(y) if self._one_hot_columns is None else self.one_hot(y, self._one_hot_columns)

    def one_hot(self, y: Any, columns: int) -> np.ndarray:
        """Return rows with a 1 in the class's column."""
        return np.eye(columns, dtype=np.float32)[self._encoder.transform(y)]

    def probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return the probability of each class, a column for each.

        Args:
            outputs: A model's outputs: one column for the second of two classes, or one for each class.
        """
        outputs = outputs.astype(np.float64)
        if outputs.shape[1] == 1:
            second = _sigmoid(outputs) if self._in_logits else outputs
            return np.hstack([1.0 - second, second])
        outputs = outputs[:, : len(self.classes)]
        values = np.exp(outputs - outputs.max(axis=1, keepdims=True)) if self._in_logits else outputs
        totals = values.sum(axis=1, keepdims=True)
        are_shares = (values >= 0).all(axis=1, keepdims=True) & (totals > 0)
        return np.where(are_shares, values / np.where(are_shares, totals, 1.0), values)

    def decode(self, probabilities: np.ndarray) -> np.ndarray:
        """Return the most probable class of each row."""
        return self.classes[probabilities.argmax(axis=1)]


class Indicators:
    """Several binary labels a row, a column of 0 and 1 for each.

    Args:
        y: The columns.
    """

    kind = "multilabel-indicator"

    def __init__(self, y: np.ndarray) -> None:
        self.outputs = self.columns = y.shape[1]
        self.classes = np.arange(y.shape[1])
        self._one_each = bool((y.sum(axis=1) == 1).all())

    def bind_to(self, model: Any) -> None:
        """Learn from a model whether the columns are one choice, as one-hot rows and a categorical loss are."""
        _, loss = _only_output(model)
        self._in_logits = _is_zero_centred(loss)
        self._are_classes = self._one_each and "categorical" in getattr(loss, "name", "")

    def encode(self, y: Any) -> np.ndarray:
        """Return the columns as numbers."""
        return np.asarray(y, np.float32)

    def probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return the probability of each label."""
        outputs = outputs.astype(np.float64)
        return _sigmoid(outputs) if self._in_logits and not self._are_classes else outputs

    def decode(self, probabilities: np.ndarray) -> np.ndarray:
        """Return 1 for each label above one half; for one-hot rows, in the column of the largest output."""
        if self._are_classes:
            return np.eye(self.outputs, dtype=int)[probabilities.argmax(axis=1)]
        return (probabilities > 0.5).astype(int)


class ClassesOfColumns:
    """Several columns of classes, each for an output of its own.

    Args:
        y: The columns.
    """

    kind = "multiclass-multioutput"

    def __init__(self, y: np.ndarray) -> None:
        self._columns = [Classes(column) for column in y.T]
        self.outputs = self.columns = len(self._columns)
        self.classes = [column.classes for column in self._columns]

    def bind_to(self, model: Any) -> None:
        """Learn from a model how each of its losses compares labels."""
        outputs_and_losses = output_losses(model)
        if len(outputs_and_losses) != self.outputs:
            raise ValueError(
                f"`y` has {self.outputs} columns of classes, but the model has {len(outputs_and_losses)} outputs. "
                "Return a functional model with an output for each column."
            )
        for column, output in zip(self._columns, outputs_and_losses, strict=True):
            column.bind_to_output(*output)

    def encode(self, y: Any) -> list[np.ndarray]:
        """Return the labels of each output."""
        return [target.encode(column) for target, column in zip(self._columns, np.asarray(y).T, strict=True)]

    def probabilities(self, outputs: list[np.ndarray]) -> list[np.ndarray]:
        """Return the probability of each class, an array for each column."""
        return [column.probabilities(part) for column, part in zip(self._columns, outputs, strict=True)]

    def decode(self, probabilities: list[np.ndarray]) -> np.ndarray:
        """Return the most probable class in each column."""
        return np.stack(
            [column.decode(part) for column, part in zip(self._columns, probabilities, strict=True)], axis=1
        )


def labels_of(y: np.ndarray) -> Classes | Indicators | ClassesOfColumns:
    """Return the target for some labels of classification.

    Args:
        y: A column of classes, several, or several of 0 and 1.

    Raises:
        ValueError: If they are not classes.

    Example:
        >>> labels_of(np.array(["cat", "dog", "cat"])).classes.tolist()
        ['cat', 'dog']
    """
    try:
        np.unique(y)
    except TypeError:
        types = " and ".join(sorted({type(each).__name__ for each in y.ravel().tolist()}))
        raise ArgumentError(f"`y` has classes of types {types}, which have no order. Pass `y.astype(str)`.") from None
    check_classification_targets(y)
    kinds = {"multilabel-indicator": Indicators, "multiclass-multioutput": ClassesOfColumns}
    return kinds.get(type_of_target(y), Classes)(y)


def check_known(y: Any, classes: np.ndarray) -> None:
    """Raise `ValueError` for the first label that is none of the classes that were there when learning began."""
    unknown = np.setdiff1d(y, classes).tolist()
    if unknown:
        raise ValueError(
            f"`y` has the class {unknown[0]!r}, which is none of those learned before, {classes.tolist()}. Pass all "
            "`classes` in the first call of `partial_fit`, or begin again with `fit` and `warm_start=False`."
        )


def output_losses(model: Any) -> list[tuple[Shape, Any]]:
    """Return the shape of each output of a built and compiled model, and its loss as an object."""
    outputs = Outputs.of(model)
    losses = outputs_with_losses(model.loss, outputs)
    return [
        (shape, resolve(losses.get(number), (None,), shape)) for number, shape in enumerate(outputs.shapes.values())
    ]


def _compares_columns(loss: Any) -> bool:
    """Return whether a loss takes one-hot rows; a user-defined function gets class indices, as in SciKeras."""
    return is_ours(type(loss)) and not isinstance(loss, _OF_NUMBERS | LossFunctionWrapper)


def _is_zero_centred(loss: Any) -> bool:
    """Return whether outputs above 0, and not above one half, speak for a class."""
    return getattr(loss, "from_logits", False) or isinstance(loss, Hinge | SquaredHinge | Perceptron)


def _only_output(model: Any) -> tuple[Shape, Any]:
    outputs_and_losses = output_losses(model)
    if len(outputs_and_losses) > 1:
        raise ValueError(
            f"The model has {len(outputs_and_losses)} outputs, but `y` is for one. Return a model with one output."
        )
    return outputs_and_losses[0]


def _columns(y: np.ndarray) -> np.ndarray:
    return y.reshape(len(y), -1)


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return np.exp(-np.logaddexp(0.0, -logits))
