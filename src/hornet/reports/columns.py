"""What the data are: each column in a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hornet.reports.outcomes import REGRESSION, Outcome
from hornet.reports.rows import Column, Rows

MOST_COLUMNS = 60
_BINS = 12
_MANY_GAPS = 0.2


@dataclass(frozen=True)
class Described:
    """What is said of a column.

    Args:
        name: What it is called.
        kind: What it holds.
        missing: The part of cells that are missing.
        distinct: How many different values there are.
        summary: Its range, or the most frequent values.
        heights: How many values lie in each part of its range, or are each of the most frequent, as parts of the most.
        notes: What may be worth a look.
    """

    name: str
    kind: str
    missing: float
    distinct: int
    summary: str
    heights: Sequence[float]
    notes: Sequence[str]


def described(rows: Rows) -> list[Described]:
    """Return what is said of the first columns."""
    columns = [rows.column(place) for place in range(min(len(rows.names), MOST_COLUMNS))]
    return [describe_column(column) for column in columns if column is not None]


def describe_column(column: Column) -> Described:
    """Return what is said of a column."""
    values = column.values[~column.is_missing]
    missing = float(column.is_missing.mean())
    notes = [f"{missing:.0%} missing"] if missing > _MANY_GAPS else []
    if column.kind in ("words", "yes or no"):
        cells = values.astype(bool).astype(str) if column.kind == "yes or no" else values.astype(str)
        words, counts = np.unique(cells, return_counts=True)
        order = np.argsort(-counts, kind="stable")[:_BINS]
        summary = ", ".join(f"{_short(words[at])} ({counts[at] / len(cells):.0%})" for at in order[:3])
        heights = counts[order] / counts.max() if len(counts) else []
        distinct = len(words)
    else:
        distinct = len(np.unique(values))
        summary, heights = _range(values) if len(values) else ("", [])
    if distinct <= 1:
        notes.append("one value in all rows")
    if column.kind == "words" and distinct == len(values) > 1:
        notes.append("another word in every row")
    return Described(column.name, column.kind, missing, distinct, summary, [float(part) for part in heights], notes)


def described_labels(outcome: Outcome, target: str) -> Described:
    """Return what is said of the labels of an output, which are called `target` if they are the only ones."""
    name = outcome.name or target
    if outcome.kind == REGRESSION:
        return describe_column(Column(name, outcome.true, "numbers", np.isnan(outcome.true)))
    if outcome.true.ndim > 1:
        shares = outcome.true.mean(axis=0)
        said = ", ".join(f"{_short(known)} ({share:.0%})" for known, share in zip(outcome.classes, shares, strict=True))
        tallest = max(float(shares.max()), 1e-9)
        return Described(name, "several labels", 0.0, len(shares), said, [float(each) / tallest for each in shares], [])
    words = np.asarray(outcome.classes, dtype=object)[outcome.true]
    found = describe_column(Column(name, words, "words", np.zeros(len(words), bool)))
    return replace(found, kind="classes", notes=[])


def _range(values: np.ndarray) -> tuple[str, np.ndarray]:
    if values.dtype.kind in "mM":
        numbers = values.astype("int64").astype(float)
        unit = "datetime64[D]" if values.dtype.kind == "M" else "timedelta64[D]"
        summary = f"{values.min().astype(unit)} to {values.max().astype(unit)}"
    else:
        numbers = values[np.isfinite(values)]
        low, middle, high = np.quantile(numbers, [0, 0.5, 1]) if len(numbers) else (np.nan,) * 3
        summary = f"{low:.4g} to {high:.4g}, median {middle:.4g}"
    counts = np.histogram(numbers, _BINS)[0]
    return summary, counts / max(counts.max(), 1)


def _short(word: Any) -> str:
    text = str(word)
    return text if len(text) <= 24 else f"{text[:23]}…"
