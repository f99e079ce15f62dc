"""Pictures of what a model predicts, beside what was true: scikit-learn computes, and these draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hornet.core.checks import describe, one_of
from hornet.core.errors import ArgumentError
from hornet.core.imports import optional_module
from hornet.plots.predictions import MOST_CURVES, classes_of, column, each_class, numbers_of

_MOST_NUMBERS = 20
"""Classes up to which the cells of a confusion matrix have their counts in them."""
_MOST_BARS = 20
_DASHES = ("-", "--", "-.")  # three, and not four as there are colours in a report, so that twelve pairs differ


def confusion_matrix(
    y_true: Any, y_pred: Any, labels: Any = None, axes: Any = None, *, normalize: str | None = None
) -> Any:
    """Draw how often each class was predicted for the rows of each; a cell is the darker the larger its share of a row.

    Args:
        y_true: The class of each row.
        y_pred: The class that was predicted, of probabilities such as `model.predict(x) > 0.5` or `.argmax(axis=1)`.
        labels: All classes in order; by default those that occur, sorted.
        axes: matplotlib's axes to draw into; by default those of a new figure.
        normalize: Show parts in the place of counts: `"true"` of the rows of a class, `"pred"` of those that were
            predicted to be of it, `"all"` of all. Cells are then the darker the larger this part.

    Shapes:
        y_true: `(rows,)` or `(rows, 1)`.
        y_pred: The same.

    Returns:
        The axes.

    Raises:
        ValueError: If there is not one class a row, or not as many of both.

    Example:
        >>> axes = confusion_matrix(["cat", "cat", "dog"], ["cat", "dog", "dog"])
        >>> [cell.get_text() for cell in axes.texts]
        ['1', '1', '0', '1']
    """
    one_of("normalize", normalize, (None, "true", "pred", "all"))
    true, predicted = classes_of(y_true, y_pred)
    found = np.unique([*true, *predicted]) if labels is None else labels
    names = [_plain(label) for label in found]
    count = optional_module("sklearn.metrics", "report").confusion_matrix
    counts = count(true, predicted, labels=found, normalize=normalize)
    axes, is_large = _axes(axes), len(names) > _MOST_NUMBERS
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) if normalize is None else counts
    colors, ink = optional_module("matplotlib.colors", "plot"), _ink()
    shades = colors.LinearSegmentedColormap.from_list("shares", [colors.to_rgba("C0", end) for end in (0.0, 0.6)])
    axes.pcolormesh(shares, cmap=shades, vmin=0, vmax=1, edgecolors=ink, linewidth=0.3, rasterized=is_large)
    if not is_large:
        for (row, place), cell in np.ndenumerate(counts):
            weight = "bold" if row == place else "normal"
            text = f"{cell}" if normalize is None else f"{cell:.2f}"
            axes.text(place + 0.5, row + 0.5, text, ha="center", va="center", weight=weight)
    step = -(-len(names) // _MOST_NUMBERS)  # of many classes each second or third has its name
    places = np.arange(0, len(names), step)
    turned = sum(map(len, names[::step])) > 30
    axes.set_xticks(places + 0.5, names[::step], rotation=45 if turned else 0, ha="right" if turned else "center")
    axes.set_yticks(places + 0.5, names[::step])
    axes.set(xlabel="predicted", ylabel="true", aspect="equal" if len(names) > 4 else "auto")
    axes.tick_params(length=0)
    axes.grid(False)
    axes.invert_yaxis()
    return axes


def residuals(y_true: Any, y_pred: Any, kind: str = "residual_vs_predicted", axes: Any = None) -> Any:
    """Draw how far predictions are off: a point for each row, over what was predicted for it.

    Args:
        y_true: The number of each row.
        y_pred: The number that was predicted.
        kind: What stands over the prediction: `"residual_vs_predicted"` the truth less the prediction,
            `"actual_vs_predicted"` the truth itself.
        axes: matplotlib's axes to draw into; by default those of a new figure.

    Shapes:
        y_true: `(rows,)` or `(rows, 1)`.
        y_pred: The same.

    Returns:
        The axes.

    Raises:
        ValueError: If there are not as many of both, or one holds no numbers.

    Example:
        >>> residuals([1.0, 2.0], [1.5, 2.0]).collections[0].get_offsets().tolist()
        [[1.5, -0.5], [2.0, 0.0]]
    """
    one_of("kind", kind, ("residual_vs_predicted", "actual_vs_predicted"))
    true, predicted = numbers_of(y_true, y_pred)
    axes = _axes(axes)
    is_residual = kind == "residual_vs_predicted"
    size = float(np.clip(4000 / max(len(true), 1), 6, 30))
    axes.scatter(predicted, true - predicted if is_residual else true, size, alpha=0.5, linewidths=0, rasterized=True)
    if is_residual:
        axes.axhline(0, color=_ink(), linestyle="--", linewidth=1)
    else:
        ends = [min(true.min(), predicted.min()), max(true.max(), predicted.max())]
        axes.plot(ends, ends, "--", color=_ink(), linewidth=1)
    axes.set(xlabel="predicted", ylabel="true - predicted" if is_residual else "true")
    axes.grid(True)
    return axes


def roc_curve(y_true: Any, y_score: Any, labels: Any = None, axes: Any = None, *, pos_label: Any = None) -> Any:
    """Draw the part of a class that is found over the part of the others that is taken for it, at each threshold.

    Args:
        y_true: The class of each row, or columns of 0 and 1.
        y_score: The probability of each class, a column each; of two classes that of the positive one is enough.
        labels: The classes in the order of the columns, such as `classifier.classes_`; by default those that occur,
            sorted, so that words are taken by the alphabet. Pass them where the columns have another order.
        axes: matplotlib's axes to draw into; by default those of a new figure.
        pos_label: The positive class, whose probability a single column is; by default the second of two.

    Shapes:
        y_true: `(rows,)`, `(rows, 1)` or `(rows, labels)`.
        y_score: `(rows,)`, `(rows, 1)` or `(rows, classes)`.

    Returns:
        The axes, with a curve for each class; of more than ten for the most frequent ones.

    Raises:
        ValueError: If rows, columns and classes are not as many, or all rows are of one class.

    Example:
        >>> roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).lines[0].get_label()
        'AUC 0.750'
    """
    classes, metrics = _curves(y_true, y_score, labels, pos_label), optional_module("sklearn.metrics", "report")
    axes = _axes(axes)
    for style, (name, true, score) in zip(_styles(), classes, strict=False):
        wrong, found, _ = metrics.roc_curve(true, score)
        axes.plot(wrong, found, style, label=f"AUC {metrics.roc_auc_score(true, score):.3f}{_plain_behind(name)}")
    axes.plot([0, 1], [0, 1], ":", color=_ink(), linewidth=1)
    axes.set(xlabel="false positive rate", ylabel="true positive rate")
    return _with_legend(axes, "lower right")


def precision_recall_curve(
    y_true: Any, y_score: Any, labels: Any = None, axes: Any = None, *, pos_label: Any = None
) -> Any:
    """Draw the part of what is taken for a class that is of it, over the part of the class that is found.

    Args:
        y_true: The class of each row, or columns of 0 and 1.
        y_score: The probability of each class, a column each; of two classes that of the positive one is enough.
        labels: The classes in the order of the columns, such as `classifier.classes_`; by default those that occur,
            sorted, so that words are taken by the alphabet. Pass them where the columns have another order.
        axes: matplotlib's axes to draw into; by default those of a new figure.
        pos_label: The positive class, whose probability a single column is; by default the second of two.

    Shapes:
        y_true: `(rows,)`, `(rows, 1)` or `(rows, labels)`.
        y_score: `(rows,)`, `(rows, 1)` or `(rows, classes)`.

    Returns:
        The axes, with a curve for each class; of more than ten for the most frequent ones. A dotted line is what
        guessing has, where there is one curve.

    Raises:
        ValueError: If rows, columns and classes are not as many, or all rows are of one class.

    Example:
        >>> precision_recall_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).lines[0].get_label()
        'AP 0.833'
    """
    classes, metrics = _curves(y_true, y_score, labels, pos_label), optional_module("sklearn.metrics", "report")
    axes = _axes(axes)
    for style, (name, true, score) in zip(_styles(), classes, strict=False):
        precision, recall, _ = metrics.precision_recall_curve(true, score)
        label = f"AP {metrics.average_precision_score(true, score):.3f}{_plain_behind(name)}"
        axes.plot(recall, precision, style, drawstyle="steps-post", label=label)
    if len(classes) == 1:
        axes.axhline(float(np.mean(classes[0][1])), linestyle=":", color=_ink(), linewidth=1)
    axes.set(xlabel="recall", ylabel="precision", ylim=(0, 1.03))
    return _with_legend(axes, "best")


def calibration(
    y_true: Any, y_prob: Any, labels: Any = None, n_bins: int = 10, axes: Any = None, *, pos_label: Any = None
) -> Any:
    """Draw how often it is so over how probable it was said to be: on the dotted line, probabilities are true.

    Of two classes it is the second; of more the class that was predicted; of columns of 0 and 1 all of them together.

    Args:
        y_true: The class of each row, or columns of 0 and 1.
        y_prob: The probability of each class, a column each; of two classes that of the positive one is enough.
        labels: The classes in the order of the columns, such as `classifier.classes_`; by default those that occur,
            sorted, so that words are taken by the alphabet. Pass them where the columns have another order.
        n_bins: Into how many groups of equal size rows are put.
        axes: matplotlib's axes to draw into; by default those of a new figure.
        pos_label: The positive class, whose probability a single column is; by default the second of two.

    Shapes:
        y_true: `(rows,)`, `(rows, 1)` or `(rows, labels)`.
        y_prob: `(rows,)`, `(rows, 1)` or `(rows, classes)`.

    Returns:
        The axes.

    Raises:
        ValueError: If rows, columns and classes are not as many, or probabilities are not from 0 to 1.

    Source:
        Guo et al. 2017.

    Example:
        >>> calibration([0, 1, 0, 1], [0.1, 0.9, 0.1, 0.9], n_bins=2).lines[0].get_xydata().round(1).tolist()
        [[0.1, 0.0], [0.9, 1.0]]
    """
    true, prob, said = _probabilities(y_true, y_prob, labels, pos_label)
    axes = _axes(axes)
    curve = optional_module("sklearn.calibration", "report").calibration_curve
    share, mean = curve(np.ravel(true).astype(int), prob, n_bins=n_bins, strategy="quantile")
    axes.plot(mean, share, "o-")
    axes.plot([0, 1], [0, 1], ":", color=_ink(), linewidth=1)
    axes.set(xlabel=f"predicted probability {said}", ylabel="how often it is so")
    axes.grid(True)
    return axes


def importances(importances: Mapping[Any, Any], axes: Any = None) -> Any:
    """Draw how much worse predictions get when a column is shuffled: a bar each, with its standard deviation.

    Args:
        importances: For each column a number, or one for each time that it was shuffled, such as
            `dict(zip(names, permutation_importance(...).importances))`.
        axes: matplotlib's axes to draw into; by default those of a new figure.

    Returns:
        The axes; of more than twenty columns with the largest.

    Raises:
        TypeError: If it is no dict, or one without columns.

    Example:
        >>> [round(float(bar.get_width()), 2) for bar in importances({"age": [0.1, 0.2], "area": [0.6, 0.4]}).patches]
        [0.5, 0.15]
    """
    if not hasattr(importances, "items") or not len(importances):
        raise ArgumentError(
            f"`importances` must be a dict from columns to numbers, not {describe(importances)}. Pass "
            "`dict(zip(names, permutation_importance(...).importances))`."
        )
    ranked = sorted(importances.items(), key=lambda item: -float(np.mean(item[1])))[:_MOST_BARS]
    axes = _axes(axes, (6.4, 1.2 + 0.3 * len(ranked)))
    means, spreads = ([float(summed(values)) for _, values in ranked] for summed in (np.mean, np.std))
    axes.barh(range(len(ranked)), means, 0.7, xerr=spreads, ecolor=_ink(), capsize=2)
    axes.set_yticks(range(len(ranked)), [_plain(name) for name, _ in ranked])
    axes.invert_yaxis()
    axes.set_xlabel("importance")
    axes.grid(True, axis="x")
    axes.set_axisbelow(True)
    return axes


def partial_dependence(values: Any, average: Any, name: Any = "", labels: Any = None, axes: Any = None) -> Any:
    """Draw what is predicted on average if a column had one value in every row, over that value.

    Args:
        values: Values of the column: numbers, or words, which get bars of points.
        average: The mean prediction at each of them, a row for each output; as `grid_values[0]` and `average` of
            scikit-learn's `partial_dependence`.
        name: What the column is called.
        labels: What the outputs are called, where there are several.
        axes: matplotlib's axes to draw into; by default those of a new figure.

    Returns:
        The axes.

    Raises:
        ValueError: If there is not a mean for each value, or not a label for each output.

    Example:
        >>> partial_dependence([1.0, 2.0], [[0.3, 0.5]], "area").get_xlabel()
        'area'
    """
    x, lines = column(values), np.atleast_2d(average)
    if lines.ndim > 2 or lines.shape[1:] != x.shape:
        raise ValueError(
            f"`average` has the shape {lines.shape}, and `values` {x.shape}. Pass a row for each output, with a mean "
            "for each value."
        )
    if labels is not None and len(labels) != len(lines):
        raise ValueError(f"`labels` has {len(labels)} names, and `average` {len(lines)} rows. Pass one for each.")
    axes = _axes(axes)
    is_words = x.dtype.kind in "OUSb"
    places = np.arange(len(x)) if is_words else x
    for style, line, place in zip(_styles(), lines, range(len(lines)), strict=False):
        label = None if labels is None else f"output {_plain(labels[place])}"
        axes.plot(places, line, "o" if is_words else style, label=label)
    if is_words:
        names = [_plain(value) for value in x]
        turned = sum(map(len, names)) > 20
        axes.set_xticks(places, names, rotation=45 if turned else 0, ha="right" if turned else "center")
        axes.margins(x=0.1)
    elif x.dtype.kind == "M":
        axes.tick_params(axis="x", rotation=45)
    axes.set_xlabel(_plain(name))
    axes.grid(True)
    return axes if labels is None else _with_legend(axes, "best")


# --- what they share --------------------------------------------------------------------------------------


def _axes(axes: Any, size: tuple[float, float] = (6.4, 4.8)) -> Any:
    if axes is not None:
        return axes
    return optional_module("matplotlib.pyplot", "plot").subplots(figsize=size, layout="constrained")[1]


def _ink() -> str:
    return optional_module("matplotlib", "plot").rcParams["text.color"]


def _styles() -> Sequence[str]:
    """Return a style for each line, so that they are told apart without colours."""
    return [_DASHES[place % len(_DASHES)] for place in range(MOST_CURVES)]


def _curves(y_true: Any, y_score: Any, labels: Any, pos_label: Any) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Return the name of each class that has a curve, which rows are of it, and their scores."""
    classes = [
        one for one in each_class(y_true, "y_score", y_score, labels, pos_label) if 0 < one[1].sum() < len(one[1])
    ]
    if not classes:
        raise ValueError("All rows of `y_true` are of one class, and a curve is of two. Pass rows of others, too.")
    return classes


def _probabilities(y_true: Any, y_prob: Any, labels: Any, pos_label: Any) -> tuple[np.ndarray, np.ndarray, str]:
    """Return whether it is so, how probable it was said to be, and of what that is said."""
    classes, true, prob = each_class(y_true, "y_prob", y_prob, labels, pos_label), column(y_true), column(y_prob)
    outside = prob[(prob < -1e-6) | (prob > 1 + 1e-6)]  # of a sum of float32 the last digits may be above 1
    if len(outside):
        raise ValueError(
            f"`y_prob` holds {outside[0]:.4g}, and probabilities are from 0 to 1. Of logits pass their sigmoid or "
            "softmax."
        )
    prob = np.clip(prob, 0, 1)
    if true.ndim > 1:
        return true.ravel() > 0, prob.ravel(), "of a label"
    if prob.ndim > 1 and prob.shape[1] > 2 and pos_label is None:
        known = np.unique(true) if labels is None else np.asarray(labels)
        return known[prob.argmax(axis=1)] == true, prob.max(axis=1), "of the predicted class"
    ((name, of_it, score),) = classes
    return of_it, np.clip(score, 0, 1), f"of {_plain(name)}" if name else "of the second class"


def _with_legend(axes: Any, place: str) -> Any:
    axes.grid(True)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc=place)
    return axes


def _plain(text: Any) -> str:
    """Return a name as matplotlib writes it as it is: a dollar would begin a formula."""
    return _short(text).replace("$", r"\$")


def _plain_behind(name: Any) -> str:
    return f" {_plain(name)}" if name else ""


def _short(text: Any) -> str:
    whole = " ".join(str(text).split())
    return whole if len(whole) <= 30 else f"{whole[:29]}…"
