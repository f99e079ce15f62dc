"""A plot of what a search found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hornet.core.imports import optional_module
from hornet.core.suggestions import did_you_mean


def plot_results(results: Mapping[str, Any], metric: str = "score", parameters: Sequence[str] | None = None) -> Any:
    """Return a matplotlib figure with a panel for each parameter: the score of each candidate over its value.

    Args:
        results: `cv_results_` of a search.
        metric: Name of the score, where there are several.
        parameters: Which parameters to draw; by default all that differ among candidates.

    Raises:
        ValueError: If there is no such score.
    """
    pyplot = optional_module("matplotlib.pyplot", "plot")
    scores = results.get(f"mean_test_{metric}")
    if scores is None:
        known = [name.removeprefix("mean_test_") for name in results if name.startswith("mean_test_")]
        raise ValueError(f"The search has no score {metric!r}, only {', '.join(known)}.{did_you_mean(metric, known)}")
    spreads = results[f"std_test_{metric}"]
    names = [name.removeprefix("param_") for name in results if name.startswith("param_")]
    columns = {name: results[f"param_{name}"] for name in names}
    drawn = parameters or [name for name in names if len({repr(value) for value in columns[name]}) > 1] or names
    figure, axes = pyplot.subplots(1, len(drawn), sharey=True, squeeze=False, figsize=(3.2 * len(drawn), 3.2))
    best = int(np.nanargmax(scores)) if np.isfinite(scores).any() else None
    for name, panel in zip(drawn, axes[0], strict=True):
        # Candidates of another sub-space of the grid do not have the parameter.
        there = [index for index, value in enumerate(columns[name]) if value is not np.ma.masked]
        values = [columns[name][index] for index in there]
        values = [*map(str, values)] if any(map(_is_name, values)) else values
        panel.errorbar(values, scores[there], spreads[there], fmt="o", alpha=0.6, markersize=4)
        if best in there:
            panel.plot([values[there.index(best)]], [scores[best]], "*", markersize=14, label="best")
        if _spans_decades(values):
            panel.set_xscale("log")
        panel.set_xlabel(name)
    axes[0][0].set_ylabel(metric)
    for panel in axes[0][::-1]:
        if panel.get_legend_handles_labels()[0]:
            panel.legend()
            break
    figure.tight_layout()
    return figure


def _is_name(value: Any) -> bool:
    return not isinstance(value, int | float | np.number)


def _spans_decades(values: Sequence[Any]) -> bool:
    return not any(map(_is_name, values)) and min(values) > 0 and max(values) / min(values) > 10
