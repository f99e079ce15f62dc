"""What a model predicts for each output, beside what is true, in one form for every kind of task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import issparse
from scipy.special import expit, softmax
from sklearn.utils.multiclass import type_of_target

from hornet.core.containers import table_of
from hornet.core.errors import ArgumentError

REGRESSION, BINARY, MULTICLASS, MULTILABEL = "regression", "binary", "multiclass", "multilabel"
KINDS = {
    REGRESSION: "regression",
    BINARY: "classification of two classes",
    MULTICLASS: "classification of several classes",
    MULTILABEL: "multi-label classification",
}


@dataclass(frozen=True)
class Outcome:
    """The predictions of one output for some rows, and the truth.

    Args:
        name: What the output is called; `""` of a single one.
        kind: One of `KINDS`.
        true: A number for each row; for classes the index of the class; for several labels columns of 0 and 1.
        predicted: The same, as predicted.
        probabilities: A column for each class or label; `None` if the model says none.
        classes: The classes, or labels, by name.
    """

    name: str
    kind: str
    true: np.ndarray
    predicted: np.ndarray
    probabilities: np.ndarray | None = None
    classes: tuple[str, ...] = ()

    def take(self, places: np.ndarray) -> Outcome:
        """Return that of some of the rows."""
        probabilities = None if self.probabilities is None else self.probabilities[places]
        return replace(self, true=self.true[places], predicted=self.predicted[places], probabilities=probabilities)

    @property
    def values(self) -> np.ndarray:
        """Columns of probabilities where there are such, else of predictions."""
        return self.predicted.reshape(len(self.predicted), -1) if self.probabilities is None else self.probabilities

    def of_positive(self, name: str) -> Outcome:
        """Return that with one of two classes as the second, of which F1, curves and areas are."""
        if self.classes[1] == name:
            return self
        turned = None if self.probabilities is None else self.probabilities[:, ::-1]
        return replace(
            self, true=1 - self.true, predicted=1 - self.predicted, probabilities=turned, classes=self.classes[::-1]
        )

    @property
    def named(self) -> tuple[np.ndarray, np.ndarray]:
        """The truth and the predictions of classes by name."""
        names = np.asarray(self.classes, dtype=object)
        return names[self.true], names[self.predicted]


def labels_of(y: Any) -> tuple[np.ndarray, list[str]]:
    """Return labels as an array, and what their columns are called where they have names."""
    table = table_of(y)
    y = y.toarray() if issparse(y) else y
    array = np.asarray(y)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    return array, [] if table is None else list(table)


def of_positive(outcomes: Sequence[Outcome], pos_label: Any) -> list[Outcome]:
    """Return outcomes whose positive class is a given one, where they have it.

    Args:
        outcomes: Some, of which one at least is of two classes.
        pos_label: The class, or what it is called.

    Raises:
        ValueError: If none has it, or all are of something else.
    """
    name, pairs = str(pos_label), [outcome.classes for outcome in outcomes if outcome.kind == BINARY]
    if not pairs:
        raise ValueError(f"`pos_label` is one of two classes, and this is {KINDS[outcomes[0].kind]}. Leave it out.")
    if not any(name in pair for pair in pairs):
        raise ValueError(f"`pos_label` is {pos_label!r}, which is none of {', '.join(map(repr, pairs[0]))}. Pass one.")
    return [one.of_positive(name) if one.kind == BINARY and name in one.classes else one for one in outcomes]


def of_estimator(estimator: Any, x: Any, y: Any, class_names: Sequence[Any] | None = None) -> list[Outcome]:
    """Return the outcomes of a fitted estimator of scikit-learn's form."""
    labels, names = labels_of(y)
    if not hasattr(estimator, "classes_"):
        return _of_numbers(labels, np.asarray(estimator.predict(x)), names)
    probabilities: Any = estimator.predict_proba(x) if hasattr(estimator, "predict_proba") else None
    classes: Any = estimator.classes_
    if type_of_target(labels) == "multilabel-indicator":
        found = _positive(probabilities)
        predicted = np.asarray(estimator.predict(x)) if found is None else (found > 0.5).astype(int)
        known = class_names or names or [f"label {place}" for place in range(labels.shape[1])]
        return [Outcome("", MULTILABEL, labels.astype(int), predicted, found, tuple(map(str, known)))]
    if labels.ndim > 1:
        return [
            _of_classes(names[place] if names else f"output {place}", known, labels[:, place], each, None)
            for place, (known, each) in enumerate(zip(classes, probabilities, strict=True))
        ]
    if probabilities is None:
        predicted = np.asarray(estimator.predict(x))
        outcome = _of_classes("", classes, labels, np.eye(len(classes))[_indices(classes, predicted)], class_names)
        return [replace(outcome, probabilities=None)]
    return [_of_classes("", classes, labels, probabilities, class_names)]


def of_model(
    outputs: Any, losses: Sequence[Any], names: Sequence[str], y: Any, class_names: Sequence[Any] | None = None
) -> list[Outcome]:
    """Return the outcomes of a model's outputs.

    Args:
        outputs: What it predicted: an array, or several in a list or a dict.
        losses: The loss of each output, `None` where that is not known.
        names: What the outputs are called.
        y: The labels, in the same structure.
        class_names: What the classes of a single output are called; labels may then be these names.

    Raises:
        ValueError: If labels are not for these outputs.
    """
    if not isinstance(outputs, list | tuple | Mapping):
        labels, columns = labels_of(y)
        return _of_output(np.asarray(outputs), labels, losses[0], columns, class_names)
    found = list(outputs.values()) if isinstance(outputs, Mapping) else list(outputs)
    known = dict(zip(names, losses, strict=True))
    names = list(outputs) if isinstance(outputs, Mapping) else names
    parts = [y[name] for name in names] if isinstance(y, Mapping) else list(y)
    if len(parts) != len(found):
        raise ValueError(f"The model has {len(found)} outputs and `y` {len(parts)} parts. Pass labels for each output.")
    outcomes: list[Outcome] = []
    for name, output, part in zip(names, found, parts, strict=True):
        for outcome in _of_output(np.asarray(output), labels_of(part)[0], known[name], [], None):
            outcomes.append(replace(outcome, name=f"{name} {outcome.name}".strip()))
    return outcomes


def _of_output(
    output: np.ndarray,
    labels: np.ndarray,
    loss: Any,
    columns: Sequence[str],
    class_names: Sequence[Any] | None,
) -> list[Outcome]:
    given = labels
    if given.dtype.kind in "OUS":
        if class_names is None or given.ndim > 1:
            raise _of_words(given)
        labels = _indices(list(class_names), given)
    if output.ndim > 2 or labels.ndim > 2:
        raise ValueError(
            f"An output of shape {output.shape} is a sequence or a picture, and reports are of one prediction a row. "
            "Pass the rows of a model with an output of two axes."
        )
    output = output.reshape(len(output), -1).astype(np.float64)
    width, whole = output.shape[1], labels.dtype.kind in "bui" or bool((labels == np.round(labels)).all())
    is_of_classes = _is_of_classes(loss, output, labels) and whole
    if labels.ndim > 1 and labels.shape[1] != width:
        raise ValueError(_other_columns(labels.shape[1], width))
    if not is_of_classes:
        if labels is not given:
            raise _of_words(given)
        return _of_numbers(labels, output, columns)
    logits = bool(getattr(loss, "from_logits", False))
    if width == 1:
        classes = np.unique(labels) if labels.min() < 0 else np.array([0, 1])  # -1 and 1 of a hinge
        score = expit(output[:, 0]) if logits or _is_zero_centred(loss) else output[:, 0]
        outcome = _of_classes("", classes, labels, np.stack([1 - score, score], 1), class_names)
        return [replace(outcome, probabilities=None) if _is_zero_centred(loss) else outcome]
    if labels.ndim > 1 and (_is_binary(loss) or not (labels.sum(axis=1) == 1).all()):
        found = expit(output) if logits else output
        known = tuple(map(str, class_names or columns or [f"label {place}" for place in range(width)]))
        return [Outcome("", MULTILABEL, labels.astype(int), (found > 0.5).astype(int), found, known)]
    found = softmax(output, axis=1) if logits else output
    labels = labels.argmax(axis=1) if labels.ndim > 1 else labels.astype(int)
    return [_of_classes("", np.arange(width), labels, found, class_names)]


def _of_words(labels: np.ndarray) -> ArgumentError:
    return ArgumentError(
        f"`y` holds {labels.ravel().tolist()[0]!r}, and a model's labels are numbers. Pass them as it was trained on; "
        "of a single output of classes names do, with all of them as `class_names`, in the order of the output."
    )


def _is_of_classes(loss: Any, output: np.ndarray, labels: np.ndarray) -> bool:
    """Return whether an output says classes: its loss says so; where that is not known, its numbers do."""
    known = type(loss).__name__
    if loss is not None and any(part in known for part in ("Crossentropy", "Hinge", "Perceptron", "Circle")):
        return True
    if loss is not None and type(loss).__module__.startswith("hornet.losses.regression"):
        return False
    are_parts = bool(((output >= 0) & (output <= 1)).all())
    if output.shape[1] > 1 and labels.ndim == 1:
        return True
    return are_parts and set(np.unique(labels).tolist()) <= {0, 1}


def _is_binary(loss: Any) -> bool:
    return "Binary" in type(loss).__name__


def _is_zero_centred(loss: Any) -> bool:
    return any(part in type(loss).__name__ for part in ("Hinge", "Perceptron"))


def _of_numbers(labels: np.ndarray, predicted: np.ndarray, names: Sequence[str]) -> list[Outcome]:
    true, found = (part.reshape(len(part), -1).astype(np.float64) for part in (labels, predicted))
    if true.shape != found.shape:
        raise ValueError(_other_columns(true.shape[1], found.shape[1]))
    count = true.shape[1]
    known = names if len(names) == count else [f"output {place}" for place in range(count)]
    return [
        Outcome("" if count == 1 else str(known[place]), REGRESSION, true[:, place], found[:, place])
        for place in range(count)
    ]


def _other_columns(labels: int, predictions: int) -> str:
    said = [f"{count} column{'s' if count > 1 else ''}" for count in (labels, predictions)]
    return f"`y` has {said[0]} and the predictions {said[1]}. Pass the labels that the model was trained for."


def _of_classes(
    name: str, classes: Any, labels: np.ndarray, probabilities: np.ndarray, class_names: Sequence[Any] | None
) -> Outcome:
    known = np.asarray(classes)
    if class_names is not None and len(class_names) != len(known):
        raise ValueError(f"`class_names` has {len(class_names)} names for {len(known)} classes. Pass one for each.")
    names = tuple(str(part) for part in (known.tolist() if class_names is None else class_names))
    kind = BINARY if len(names) == 2 else MULTICLASS
    probabilities = np.asarray(probabilities, np.float64)
    return Outcome(name, kind, _indices(known, labels), probabilities.argmax(axis=1), probabilities, names)


def _indices(classes: Any, labels: np.ndarray) -> np.ndarray:
    """Return the index of each label's class."""
    known = {label: place for place, label in enumerate(np.asarray(classes).tolist())}
    unknown = sorted({label for label in labels.tolist() if label not in known}, key=str)
    if unknown:
        raise ValueError(
            f"`y` has {unknown[0]!r}, which is none of the classes {list(known)[:10]} of the model. Drop such rows."
        )
    return np.array([known[label] for label in labels.tolist()], dtype=int)


def _positive(probabilities: Any) -> np.ndarray | None:
    """Return the probability that each label is set; scikit-learn has a list of two columns for each."""
    if isinstance(probabilities, list):
        return np.stack([np.asarray(part)[:, -1] for part in probabilities], axis=1)
    return None if probabilities is None else np.asarray(probabilities, np.float64)
