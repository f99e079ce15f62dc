"""Plots of what a search found: its history, its hyperparameters, and how much each of them mattered."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hornet.core.imports import optional_module
from hornet.core.suggestions import did_you_mean
from hornet.tuning.importances import importances
from hornet.tuning.trials import Trials


def plot_history(trials: Any, direction: str = "min", axes: Any = None, metric: str = "value") -> Any:
    """Draw the value of each trial in the order of their numbers, and the best so far; return matplotlib's axes.

    Trials that were stopped early are drawn fainter, and do not count for the best.

    Args:
        trials: The trials of a search, a frame or a list of dicts: `value`, and `number` and `state` if there are such.
        direction: `"min"` where lower values are better, else `"max"`.
        axes: Where to draw; by default axes of a new figure.
        metric: What the values are.

    Example:
        >>> axes = plot_history([{"value": 0.5}, {"value": 0.7}, {"value": 0.4}])
        >>> axes.lines[-1].get_ydata().tolist()
        [0.5, 0.5, 0.4]
    """
    known = Trials.of(trials, {}, direction)
    axes = _axes(axes)
    order = np.argsort(known.numbers, kind="stable")
    for is_finished, label, alpha in ((True, "finished", 0.8), (False, "stopped", 0.3)):
        shown = order[known.is_finished[order] == is_finished]
        if len(shown):
            axes.plot(
                known.numbers[shown], known.values[shown], "o", color="C0", alpha=alpha, label=label, markersize=4
            )
    losses = np.where(known.is_finished, known.sign * known.values, np.inf)[order]
    best = known.sign * np.minimum.accumulate(losses)
    axes.step(known.numbers[order], np.where(np.isfinite(best), best, np.nan), color="C1", where="post", label="best")
    axes.set_xlabel("trial")
    axes.set_ylabel(metric)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend()
    return axes


def plot_slices(
    trials: Any, space: Mapping[str, Any], direction: str = "min", axes: Any = None, metric: str = "value"
) -> Any:
    """Draw the value of each trial over each hyperparameter, and mark the best; return matplotlib's axes, one each.

    Args:
        trials: The trials of a search, a frame or a list of dicts: `value` and a column for each hyperparameter.
        space: What the hyperparameters may be, by their names.
        direction: `"min"` where lower values are better, else `"max"`.
        axes: Where to draw, as many as hyperparameters; by default axes of a new figure.
        metric: What the values are.
    """
    known = Trials.of(trials, space, direction)
    columns = {name: [params.get(name, _ABSENT) for params in known.params] for name in space}
    panels = _panels(len(space)) if axes is None else np.ravel(axes).tolist()
    logs = {
        name: domain.log for name, domain in space.items() if hasattr(domain, "log")
    }  # of others their values say it
    _draw_slices(panels, columns, known.values, known.best, metric, logs=logs)
    return panels


def plot_parallel(
    trials: Any, space: Mapping[str, Any], direction: str = "min", axes: Any = None, metric: str = "value"
) -> Any:
    """Draw each trial as a line through parallel axes, one for each hyperparameter and one for the value.

    The better a trial, the darker its line; hyperparameters that it does not have are gaps.

    Args:
        trials: The trials of a search, a frame or a list of dicts: `value` and a column for each hyperparameter.
        space: What the hyperparameters may be, by their names.
        direction: `"min"` where lower values are better, else `"max"`.
        axes: Where to draw; by default axes of a new figure.
        metric: What the values are.

    Returns:
        matplotlib's axes; the places on them run from 0 to 1.
    """
    known = Trials.of(trials, space, direction)
    axes = _axes(axes, 1.6 * (len(space) + 2))
    lowest, highest = float(known.values.min()), float(known.values.max())
    heights = (known.values - lowest) / ((highest - lowest) or 1.0)
    order = np.argsort(-known.sign * known.values, kind="stable")
    colors = optional_module("matplotlib", "plot").colormaps["viridis_r"]
    for rank, place in enumerate(order):
        params = known.params[place]
        line = [space[name].place(params[name]) if name in params else np.nan for name in space]
        share = (rank + 1) / len(order)
        axes.plot([*line, heights[place]], "-", color=colors(share), alpha=0.3 + 0.6 * share, zorder=rank + 2)
    ticks = [*map(_ticks, space.values()), [(0.0, lowest), (1.0, highest)]]
    for place, of_axis in enumerate(ticks):
        axes.axvline(place, color="0.7", linewidth=0.8, zorder=1)
        for height, value in of_axis:
            text = axes.annotate(_text(value), (place, height), xytext=(-3, 0), textcoords="offset points")
            text.set(fontsize=7, ha="right", va="center", zorder=len(order) + 2)
            text.set_bbox({"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5})
    axes.set_xticks(range(len(space) + 1), [*space, metric])
    axes.set_yticks([])
    axes.set_ylim(-0.03, 1.03)
    return axes


def plot_importances(trials: Any, space: Mapping[str, Any], direction: str = "min", axes: Any = None) -> Any:
    """Draw a bar for each hyperparameter, as long as it mattered (see `importances`); return matplotlib's axes.

    Args:
        trials: The trials of a search, a frame or a list of dicts: `value` and a column for each hyperparameter.
        space: What the hyperparameters may be, by their names.
        direction: `"min"` where lower values are better, else `"max"`.
        axes: Where to draw; by default axes of a new figure.

    Raises:
        ValueError: If fewer than four trials are finished.
    """
    shares = importances(trials, space, direction)
    axes = _axes(axes)
    axes.barh(list(shares), list(shares.values()))
    axes.invert_yaxis()
    axes.set_xlabel("importance")
    return axes


def plot_results(
    results: Mapping[str, Any],
    metric: str = "score",
    parameters: Sequence[str] | None = None,
    axes: Any = None,
    label: str | None = None,
) -> list[Any]:
    """Draw the score of each candidate over each parameter, and mark the best; return matplotlib's axes, one each.

    Args:
        results: `cv_results_` of a search.
        metric: Name of the score, where there are several.
        parameters: Which parameters to draw; by default all that differ among candidates.
        axes: Where to draw, as many as parameters; by default axes of a new figure.
        label: What the score is called; by default its name.

    Raises:
        ValueError: If there is no such score.
    """
    scores = results.get(f"mean_test_{metric}")
    if scores is None:
        known = [name.removeprefix("mean_test_") for name in results if name.startswith("mean_test_")]
        raise ValueError(f"The search has no score {metric!r}, only {', '.join(known)}.{did_you_mean(metric, known)}")
    names = [name.removeprefix("param_") for name in results if name.startswith("param_")]
    # Candidates of another sub-space of the grid do not have the parameter, which scikit-learn masks.
    columns = {
        name: [_ABSENT if value is np.ma.masked else value for value in results[f"param_{name}"]] for name in names
    }
    drawn = parameters or [name for name in names if len({repr(value) for value in columns[name]}) > 1] or names
    panels = _panels(len(drawn)) if axes is None else np.ravel(axes).tolist()
    best = int(np.nanargmax(scores)) if np.isfinite(scores).any() else None
    spreads = results[f"std_test_{metric}"]
    _draw_slices(panels, {name: columns[name] for name in drawn}, scores, best, label or metric, spreads)
    return panels


# --- how they are drawn -----------------------------------------------------------------------------------

_ABSENT = object()
"""Stands for a hyperparameter that a candidate does not have."""


def _draw_slices(
    panels: Sequence[Any],
    columns: Mapping[str, Sequence[Any]],
    values: np.ndarray,
    best: int | None,
    label: str,
    spreads: np.ndarray | None = None,
    logs: Mapping[str, bool] | None = None,
) -> None:
    """Draw a panel for each hyperparameter: values over what it was, the best one as a star."""
    for (name, column), panel in zip(columns.items(), panels, strict=True):
        there = [place for place, value in enumerate(column) if value is not _ABSENT]
        x = [column[place] for place in there]
        is_named = any(map(_is_name, x))
        names = _sorted_names(x) if is_named else []
        x = [names.index(_text(value)) for value in x] if is_named else x
        panel.errorbar(x, values[there], None if spreads is None else spreads[there], fmt="o", alpha=0.6, markersize=4)
        if best in there:
            panel.plot([x[there.index(best)]], [values[best]], "*", markersize=14, label="best")
        if is_named:
            _set_names(panel, names)
        elif x:
            _set_numbers(panel, x, (logs or {}).get(name, _spans_decades(x)))
        panel.set_xlabel(name)
        if panel.get_subplotspec() is None or panel.get_subplotspec().is_first_col():
            panel.set_ylabel(label)
    marked = [panel for panel in panels if panel.get_legend_handles_labels()[0]]
    if marked:
        marked[-1].legend()


def _sorted_names(values: Sequence[Any]) -> list[str]:
    """Return different values as text, in order where they have one."""
    try:
        values = sorted(values)
    except (TypeError, ValueError):  # an order is only for people
        values = [*values]
    return list(dict.fromkeys(map(_text, values)))


def _set_names(panel: Any, names: Sequence[str]) -> None:
    """Write names below an axis, aslant if they would lie on each other."""
    is_long = sum(len(name) + 2 for name in names) > _MOST_CHARACTERS
    aslant = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if is_long else {}
    panel.set_xticks(range(len(names)), names, **aslant)
    panel.margins(x=0.15)


def _set_numbers(panel: Any, values: Sequence[float], is_log: bool) -> None:
    """Write some of the numbers below an axis: those that were tried if they are few, and no part of an integer."""
    panel.set_xscale("log" if is_log else "linear")
    tried = sorted(set(values))
    if len(tried) <= _MOST_TICKS:
        panel.set_xticks(*_apart(tried, tried, is_log))
    elif is_log:
        panel.set_xticks(*_apart(_round_numbers(tried[0], tried[-1]), tried, is_log))
    elif all(isinstance(value, int | np.integer) for value in tried):
        panel.xaxis.get_major_locator().set_params(integer=True)
    if is_log:
        panel.set_xticks([], minor=True)


def _round_numbers(low: float, high: float) -> list[float]:
    """Return powers of ten between two numbers; their doubles and fives too where there is but one."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [[factor * 10.0**power for power in powers for factor in factors] for factors in ((1,), (1, 2, 5))]
    tens, more = ([value for value in some if low * 0.999 <= value <= high * 1.001] for some in found)
    return tens if len(tens) > 1 else more or [low, high]


def _apart(shown: Sequence[float], tried: Sequence[float], is_log: bool) -> tuple[list[float], list[str]]:
    """Return the numbers, and their texts, that do not lie on each other below an axis from the first to the last."""
    place: Any = np.log if is_log else np.asarray
    of_character = float(place(tried[-1]) - place(tried[0])) / _MOST_CHARACTERS
    kept, texts = [shown[0]], [_text(shown[0])]
    for value in shown[1:]:
        text = _text(value)
        if float(place(value) - place(kept[-1])) > of_character * (2 + (len(text) + len(texts[-1])) / 2):
            kept.append(value)
            texts.append(text)
    return kept, texts


def _axes(axes: Any, width: float = 6.4) -> Any:
    return (
        optional_module("matplotlib.pyplot", "plot").subplots(figsize=(width, 4.0), layout="constrained")[1]
        if axes is None
        else axes
    )


def _panels(count: int) -> list[Any]:
    pyplot = optional_module("matplotlib.pyplot", "plot")
    columns = min(count, _MOST_COLUMNS)
    rows = -(-count // columns)
    size = (3.2 * columns, 3.2 * rows)
    grid = pyplot.subplots(rows, columns, sharey=True, squeeze=False, figsize=size, layout="constrained")[1]
    for spare in grid.flat[count:]:
        spare.remove()
    return list(grid.flat[:count])


def _ticks(domain: Any) -> list[tuple[float, Any]]:
    """Return places on the unit scale and the values there: all of them where they are few, else the ends."""
    if domain.count is None:
        return [(0.0, domain.at(0.0)), (1.0, domain.at(1.0))]
    grid = domain.grid()
    shown = grid if len(grid) <= _MOST_TICKS else [grid[0], grid[-1]]
    return [(domain.place(value), value) for value in shown]


_MOST_TICKS = 6
_MOST_COLUMNS = 4
_MOST_CHARACTERS = 26


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else getattr(value, "__name__", str(value))


def _is_name(value: Any) -> bool:
    return isinstance(value, bool) or not isinstance(value, int | float | np.number)


def _spans_decades(values: Sequence[Any]) -> bool:
    return bool(values) and not any(map(_is_name, values)) and min(values) > 0 and max(values) / min(values) > 10
