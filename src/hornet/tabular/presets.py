"""How much is trained: the presets, and what follows from the number of rows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hornet.core.checks import describe, one_of, positive_int
from hornet.core.errors import ArgumentError
from hornet.core.suggestions import did_you_mean
from hornet.tabular.kinds import KINDS


@dataclass(frozen=True)
class Preset:
    """How much is trained, in counts and not in seconds, so that a run can be repeated.

    Args:
        kinds: The kinds of networks, one of each to begin with; see `hornet.tabular.kinds`.
        trainings: How many networks are trained in all, about: further candidates are of the kinds that do best.
        folds: Into how many folds the rows are parted where no others are given to validate on; of 1 a fifth of the
            rows is held out once.
        updates: Updates of a network that has embeddings; of one without twice as many.
        width: Units of a hidden layer; of few rows half as many.
        most: The most candidates in the mean that predicts.
        compare: Whether to compare with boosted trees.
    """

    kinds: tuple[str, ...] = ("cosine", "pbld", "plain")
    trainings: int = 20
    folds: int = 5
    updates: int = 800
    width: int = 256
    most: int = 8
    compare: bool = False

    def __post_init__(self) -> None:
        for kind in self.kinds:
            one_of("kinds", kind, KINDS)
        if not self.kinds or isinstance(self.kinds, str):
            raise ArgumentError(f"`kinds` must be a tuple of {', '.join(map(repr, KINDS))}, not {self.kinds!r}.")
        for name in ("trainings", "folds", "updates", "width", "most"):
            positive_int(name, getattr(self, name))


PRESETS = {
    "fast": Preset(kinds=("cosine",), trainings=1, folds=1, updates=600),
    "good": Preset(compare=True),
    "best": Preset(trainings=48, folds=8, most=20),
}

_FEW_ROWS = 8000
"""Below, hidden layers have half the width: Muon's steps cost the cube of it."""
_MANY_ROWS = 50_000
"""From here on, one part is held out instead of folds: it is large enough."""
_FEWEST_EPOCHS, _MOST_EPOCHS = 6, 200


def preset_of(given: str | Preset) -> Preset:
    """Return a preset by its name, or as it is.

    Raises:
        ValueError: If there is no such preset.
    """
    if isinstance(given, Preset):
        return given
    if not isinstance(given, str):
        raise ArgumentError(f"`preset` must be {_NAMES}, not {describe(given)}. Pass one of them.")
    if given not in PRESETS:
        raise ArgumentError(f"There is no preset {given!r}.{did_you_mean(given, PRESETS)} There are {_NAMES}.")
    return PRESETS[given]


_NAMES = ", ".join(map(repr, PRESETS))


def folds_for(preset: Preset, rows: int) -> int:
    """Return into how many folds so many rows are parted; 1 where one part of them is held out."""
    return 1 if rows >= _MANY_ROWS else min(preset.folds, rows)


def width_for(preset: Preset, rows: int) -> int:
    """Return how many units a hidden layer has.

    Example:
        >>> width_for(PRESETS["good"], 1000), width_for(PRESETS["good"], 20_000)
        (128, 256)
    """
    return preset.width if rows >= _FEW_ROWS else max(1, preset.width // 2)


def batch_size_for(rows: int) -> int:
    """Return the rows of a batch, such that hardly a row is left over: a short batch needs a program of its own.

    It is near the power of two that is nearest to a fiftieth of the rows, between 32 and 256, or a 400th up to 1024.

    Example:
        >>> batch_size_for(640), batch_size_for(13_209), batch_size_for(10**6), batch_size_for(20)
        (32, 259, 1000, 20)
    """
    wanted = np.clip(2 ** round(math.log2(max(rows, 1) / 50)), 32, max(256, min(1024, rows / 400)))
    wanted = min(int(wanted), rows)
    near = range(max(1, math.ceil(0.8 * wanted)), min(rows, int(1.25 * wanted)) + 1)
    return min(near, key=lambda size: (rows % size, abs(size - wanted)))


def epochs_for(updates: int, steps: int) -> int:
    """Return how many passes make about so many updates, of so many in each: 6 to 200, and no more than updates.

    Example:
        >>> epochs_for(800, 52), epochs_for(800, 300), epochs_for(800, 1)
        (16, 6, 200)
    """
    return min(updates, int(np.clip(math.ceil(updates / steps), _FEWEST_EPOCHS, _MOST_EPOCHS)))
