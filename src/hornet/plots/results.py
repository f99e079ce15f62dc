"""Pictures of what a model predicts, beside what was true: scikit-learn computes, and these draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hornet.core.checks import one_of
from hornet.core.imports import optional_module

_MOST_NUMBERS = 20
"""Classes up to which the cells of a confusion matrix have their counts in them."""
_MOST_CURVES = 10
_MOST_BARS = 20
_DASHES = ("-", "--", "-.")  # three, and not four as there are colours in a report, so that twelve pairs differ


def confusion_matrix(y_true: Any, y_pred: Any, labels: Any = None, axes: Any = None) -> Any:
    """Draw how often each class was predicted for the rows of each; a cell is the darker the larger its share of a row.

    Args:
        y_true: The class of each row.
        y_pred: The class that was predicted.
        labels: All classes in order; by default those that occur, sorted.
        axes: matplotlib's axes to draw into; by default those of a new figure.

    Returns:
        The axes.

    Example:
        >>> axes = confusion_matrix(["cat", "cat", "dog"], ["cat", "dog", "dog"])
        >>> [cell.get_text() for cell in axes.texts]
        ['1', '1', '0', '1']
    """
    axes = _axes(axes)
    found = np.unique([*y_true, *y_pred]) if labels is None else labels
    names = [_plain(label) for label in found]
    counts = optional_module("sklearn.metrics", "report").confusion_matrix(y_true, y_pred, labels=found)
    is_large = len(names) > _MOST_NUMBERS
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    colors, ink = optional_module("matplotlib.colors", "plot"), _ink()
    shades = colors.LinearSegmentedColormap.from_list("shares", [colors.to_rgba("C0", end) for end in (0.0, 0.6)])
    axes.pcolormesh(shares, cmap=shades, vmin=0, vmax=1, edgecolors=ink, linewidth=0.3, rasterized=is_large)
    if not is_large:
        for (row, column), count in np.ndenumerate(counts):
            weight = "bold" if row == column else "normal"
            axes.text(column + 0.5, row + 0.5, f"{count}", ha="center", va="center", weight=weight)
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

    Returns:
        The axes.

    Example:
        >>> residuals([1.0, 2.0], [1.5, 2.0]).collections[0].get_offsets().tolist()
        [[1.5, -0.5], [2.0, 0.0]]
    """
    one_of("kind", kind, ("residual_vs_predicted", "actual_vs_predicted"))
    axes = _axes(axes)
    true, predicted = np.ravel(np.asarray(y_true)), np.ravel(np.asarray(y_pred))
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


def roc_curve(y_true: Any, y_score: Any, labels: Any = None, axes: Any = None) -> Any:
    """Draw the part of a class that is found over the part of the others that is taken for it, at each threshold.

    Args:
        y_true: The class of each row, or columns of 0 and 1.
        y_score: The probability of each class, a column each; of two classes that of the second is enough.
        labels: The classes in the order of the columns; by default those that occur, sorted.
        axes: matplotlib's axes to draw into; by default those of a new figure.

    Returns:
        The axes, with a curve for each class; of more than ten for the most frequent ones.

    Example:
        >>> roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).lines[0].get_label()
        'AUC 0.750'
    """
    axes, metrics = _axes(axes), optional_module("sklearn.metrics", "report")
    for style, (name, true, score) in zip(_styles(), _each_class(y_true, y_score, labels), strict=False):
        wrong, found, _ = metrics.roc_curve(true, score)
        axes.plot(wrong, found, style, label=f"AUC {metrics.roc_auc_score(true, score):.3f}{name}")
    axes.plot([0, 1], [0, 1], ":", color=_ink(), linewidth=1)
    axes.set(xlabel="false positive rate", ylabel="true positive rate")
    return _with_legend(axes, "lower right")


def precision_recall_curve(y_true: Any, y_score: Any, labels: Any = None, axes: Any = None) -> Any:
    """Draw the part of what is taken for a class that is of it, over the part of the class that is found.

    Args:
        y_true: The class of each row, or columns of 0 and 1.
        y_score: The probability of each class, a column each; of two classes that of the second is enough.
        labels: The classes in the order of the columns; by default those that occur, sorted.
        axes: matplotlib's axes to draw into; by default those of a new figure.

    Returns:
        The axes, with a curve for each class; of more than ten for the most frequent ones. A dotted line is what
        guessing has, where there is one curve.

    Example:
        >>> precision_recall_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).lines[0].get_label()
        'AP 0.833'
    """
    axes, metrics = _axes(axes), optional_module("sklearn.metrics", "report")
    classes = _each_class(y_true, y_score, labels)
    for style, (name, true, score) in zip(_styles(), classes, strict=False):
        precision, recall, _ = metrics.precision_recall_curve(true, score)
        label = f"AP {metrics.average_precision_score(true, score):.3f}{name}"
        axes.plot(recall, precision, style, drawstyle="steps-post", label=label)
    if len(classes) == 1:
        axes.axhline(float(np.mean(classes[0][1])), linestyle=":", color=_ink(), linewidth=1)
    axes.set(xlabel="recall", ylabel="precision", ylim=(0, 1.03))
    return _with_legend(axes, "best")


def calibration(y_true: Any, y_prob: Any, labels: Any = None, n_bins: int = 10, axes: Any = None) -> Any:
    """Draw how often it is so over how probable it was said to be: on the dotted line, probabilities are true.

    Of two classes it is the second; of more the class that was predicted; of columns of 0 and 1 all of them together.

    Args:
        y_true: The class of each row, or columns of 0 and 1.
        y_prob: The probability of each class, a column each; of two classes that of the second is enough.
        labels: The classes in the order of the columns; by default those that occur, sorted.
        n_bins: Into how many groups of equal size rows are put.
        axes: matplotlib's axes to draw into; by default those of a new figure.

    Returns:
        The axes.

    Source:
        Guo et al. 2017.

    Example:
        >>> calibration([0, 1, 0, 1], [0.1, 0.9, 0.1, 0.9], n_bins=2).lines[0].get_xydata().round(1).tolist()
        [[0.1, 0.0], [0.9, 1.0]]
    """
    axes = _axes(axes)
    true, prob = np.asarray(y_true), np.asarray(y_prob)
    if true.ndim == 1 and prob.ndim > 1 and prob.shape[1] > 2:
        classes = np.unique(true) if labels is None else np.asarray(labels)
        true, prob, said = classes[prob.argmax(axis=1)] == true, prob.max(axis=1), "of the predicted class"
    elif true.ndim > 1:
        true, prob, said = true.ravel(), prob.ravel(), "of a label"
    else:
        ((name, true, prob),) = _each_class(true, prob, labels)
        said = f"of {name.strip()}" if name else "of the second class"
    curve = optional_module("sklearn.calibration", "report").calibration_curve
    share, mean = curve(np.ravel(true).astype(int), np.clip(prob, 0, 1), n_bins=n_bins, strategy="quantile")
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

    Example:
        >>> [round(float(bar.get_width()), 2) for bar in importances({"age": [0.1, 0.2], "area": [0.6, 0.4]}).patches]
        [0.5, 0.15]
    """
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

    Example:
        >>> partial_dependence([1.0, 2.0], [[0.3, 0.5]], "area").get_xlabel()
        'area'
    """
    axes = _axes(axes)
    x, lines = np.asarray(values), np.atleast_2d(average)
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
    return [_DASHES[place % len(_DASHES)] for place in range(_MOST_CURVES)]


def _each_class(y_true: Any, y_score: Any, labels: Any) -> list[tuple[str, Any, Any]]:
    """Return of each class that not all rows or none are of its name, which rows are of it, and their scores."""
    true, score = np.asarray(y_true), np.asarray(y_score)
    if true.ndim > 1:
        names = [""] * true.shape[1] if labels is None else labels
        columns = [(name, true[:, place] > 0, score[:, place]) for place, name in enumerate(names)]
    else:
        names = np.unique(true) if labels is None else labels
        if score.ndim == 1 or score.shape[1] <= 2:
            column = score if score.ndim == 1 else score[:, -1]
            return [("" if labels is None else f" {_plain(names[-1])}", true == names[-1], column)]
        columns = [(name, true == name, score[:, place]) for place, name in enumerate(names)]
    columns = [column for column in columns if 0 < column[1].sum() < len(true)]
    frequent = sorted(range(len(columns)), key=lambda place: -columns[place][1].sum())[:_MOST_CURVES]
    return [(f" {_plain(name)}", of_it, scores) for name, of_it, scores in (columns[i] for i in sorted(frequent))]


def _with_legend(axes: Any, place: str) -> Any:
    axes.grid(True)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc=place)
    return axes


def _plain(text: Any) -> str:
    """Return a name as matplotlib writes it as it is: a dollar would begin a formula."""
    return _short(text).replace("$", r"\$")


def _short(text: Any) -> str:
    whole = " ".join(str(text).split())
    return whole if len(whole) <= 30 else f"{whole[:29]}…"
