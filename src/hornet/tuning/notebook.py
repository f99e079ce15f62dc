"""What notebooks show of searches and studies: the best candidates, and how the best value fell or rose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from hornet.plots.html import Html, curve, table

_MOST = 10
"""So many candidates are listed."""


def shown_results(results: Mapping[str, Any], metric: str, label: str) -> Html:
    """Return the best candidates of a search of scikit-learn's kind.

    Args:
        results: Its `cv_results_`.
        metric: The score that candidates are ordered by.
        label: What the score is called.

    Example:
        >>> results = {"mean_test_score": [0.5, 0.7], "std_test_score": [0.1, 0.1], "params": [{"a": 1}, {"a": 2}]}
        >>> "The best 2 of 2 candidates" in shown_results(results, "score", "R²")
        True
    """
    means, spreads = (np.asarray(results[f"{kind}_test_{metric}"], float) for kind in ("mean", "std"))
    candidates = results["params"]
    names = list(dict.fromkeys(name for params in candidates for name in params))
    order = np.argsort(np.where(np.isnan(means), np.inf, -means), kind="stable")[:_MOST].tolist()
    rows = [
        [rank, float(means[place]), float(spreads[place]), *(_text(candidates[place].get(name, "")) for name in names)]
        for rank, place in enumerate(order, 1)
    ]
    title = f"The best {len(rows)} of {len(candidates)} candidates"
    return table(title, ["Rank", label, "± (folds)", *names], rows)


def shown_trials(rows: Sequence[Mapping[str, Any]], names: Sequence[str], metric: str, direction: str) -> Html:
    """Return the best trials of a study, and a curve of the best value so far.

    Args:
        rows: Its trials that have ended, as dicts.
        names: Those of the hyperparameters.
        metric: What the values are.
        direction: `"min"` where lower values are better, else `"max"`.

    Example:
        >>> rows = [{"number": 0, "state": "finished", "value": 0.5, "epochs": 3, "a": "<b>"}]
        >>> "&lt;b&gt;" in shown_trials(rows, ["a"], "val_loss", "min")
        True
    """
    finished = [row for row in rows if row["state"] == "finished" and row["value"] is not None]
    sign = 1.0 if direction == "min" else -1.0
    best = sorted(finished, key=lambda row: sign * row["value"])[:_MOST]
    cells = [
        [row["number"], float(row["value"]), row["epochs"], *(_text(row.get(name)) for name in names)] for row in best
    ]
    grid = table(
        f"The best {len(best)} of {len(finished)} trials ({len(rows) - len(finished)} stopped or failed)",
        ["Trial", metric, "Epochs", *names],
        cells,
    )
    so_far = sign * np.minimum.accumulate([sign * row["value"] for row in finished]) if finished else np.array([])
    below = f"<div>The best {escape(metric)} so far: {curve(so_far.tolist())}</div>" if len(so_far) else ""
    return Html(grid + below)


def _text(value: Any) -> Any:
    return "" if value is None else value
