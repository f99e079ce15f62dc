"""The kinds of networks: how each looks, what is drawn for it, and how it is trained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hornet import initializers, optimizers
from hornet.layers import Dense, Dropout, Input, NumericEmbedding
from hornet.models import Sequential
from hornet.optimizers.schedules import CosineDecay
from hornet.tabular.tasks import Task

Settings = Mapping[str, Any]
"""What was drawn for a network."""

_WIDEST = 600
"""The most columns that embedded numbers take, as the time of a step grows with them."""
_WARMUP = 0.03
"""The part of the updates in which the learning rate climbs."""
_DEPTHS = (2, 2, 1, 3)
"""Hidden layers of one candidate after another: the second shares the programs of the first, and most fits have two."""
_OUTPUT = "output"


@dataclass(frozen=True)
class Sizes:
    """The sizes that a network depends on.

    Args:
        columns: Encoded columns.
        numbers: How many of them, the first ones, are numbers to embed.
        width: Units of a hidden layer.
    """

    columns: int
    numbers: int
    width: int

    @property
    def widest_embedding(self) -> int:
        """How many columns may stand for a number at most; 0 where there is none."""
        return _WIDEST // self.numbers if self.numbers else 0


class Kind:
    """A kind of networks."""

    name: str
    scale: str
    """The scale of the numbers that it takes; see `hornet.tabular.columns`."""
    haste: float = 1.0
    """How many updates it takes, as a multiple of the preset's."""
    smoothing: float = 0.0
    """Label smoothing of classes."""

    def draw(self, rng: np.random.Generator, number: int) -> Settings:
        """Return the settings of the candidate of a number among those of this kind."""
        raise NotImplementedError

    def hidden(self, settings: Settings, sizes: Sizes) -> list[Any]:
        """Return the layers between the encoded columns and the output."""
        raise NotImplementedError

    def optimizer(self, settings: Settings, updates: int) -> Any:
        """Return the optimizer of a training of so many updates."""
        rate = _warm_half_cosine(settings["rate"], updates)
        return optimizers.AdamW(rate, weight_decay=settings["decay"])

    def network(self, settings: Settings, sizes: Sizes, task: Task, updates: int) -> Sequential:
        """Return a new, compiled network."""
        last = Dense(task.columns, task.activation, kernel_initializer=_third(), name=_OUTPUT)
        model = Sequential([Input((sizes.columns,)), *self.hidden(settings, sizes), last])
        optimizer = self.optimizer(settings, updates)
        model.compile(loss=task.loss(self.smoothing), optimizer=optimizer, weighted_metrics=task.watched())
        return model


class Cosine(Kind):
    """Waves of each number with gains that begin at zero, and hidden kernels that Muon trains.

    Source:
        Gorishniy et al. 2026 (TabPack); Jordan et al. 2024 (Muon).
    """

    name, scale = "cosine", "quantiles"

    def draw(self, rng: np.random.Generator, number: int) -> Settings:
        return {
            "scale": _log_uniform(rng, 0.5, 8.0),
            "blocks": _DEPTHS[number % len(_DEPTHS)],
            "dropout": max(0.05, float(rng.choice([0.0, rng.uniform(0.0, 0.4)]))),
            "rate": _log_uniform(rng, 1e-2, 5e-2),
            "rate_of_adam": _log_uniform(rng, 1e-3, 4e-3),
            "decay": _log_uniform(rng, 1e-3, 0.1),
        }

    def hidden(self, settings: Settings, sizes: Sizes) -> list[Any]:
        frequencies = min(23, sizes.widest_embedding - 1)
        embedding = []
        if frequencies > 0:
            embedding = [
                NumericEmbedding("cosine", frequencies=frequencies, scale=settings["scale"], numbers=sizes.numbers)
            ]
        return [*embedding, *_dense(settings, sizes.width, "relu")]

    def optimizer(self, settings: Settings, updates: int) -> Any:
        return optimizers.Muon(
            _warm_half_cosine(settings["rate"], updates),
            weight_decay=settings["decay"],
            adam_weight_decay=settings["decay"],
            adam_lr_ratio=settings["rate_of_adam"] / settings["rate"],
            rms_rate=None,
            exclude_layers=[_OUTPUT],
        )


class Pbld(Kind):
    """Few slow waves of each number, mixed for each number, behind them a network as RealMLP's; labels smoothed.

    Source:
        Holzmueller et al. 2024 (RealMLP); Gorishniy et al. 2022.
    """

    name, scale, haste, smoothing = "pbld", "robust", 2.0, 0.1

    def draw(self, rng: np.random.Generator, number: int) -> Settings:
        return {
            "scale": 0.1 if not number else _log_uniform(rng, 0.05, 0.5),
            "blocks": 2,
            "dropout": 0.15 if not number else float(rng.uniform(0.05, 0.4)),
            "rate": 3e-3 if not number else _log_uniform(rng, 1e-3, 6e-3),
            "decay": 0.02 if not number else _log_uniform(rng, 1e-3, 0.1),
        }

    def hidden(self, settings: Settings, sizes: Sizes) -> list[Any]:
        units = min(4, sizes.widest_embedding)
        embedding = []
        if units > 1:
            embedding = [NumericEmbedding("pbld", units=units, scale=settings["scale"], numbers=sizes.numbers)]
        return [*embedding, *_dense(settings, sizes.width, "silu")]


class Plain(Kind):
    """Two hidden layers on scaled numbers: the safe one where rows are few or the truth is smooth."""

    name, scale, haste = "plain", "robust", 2.0

    def draw(self, rng: np.random.Generator, number: int) -> Settings:
        return {
            "blocks": 2,
            "dropout": 0.2 if not number else float(rng.uniform(0.05, 0.5)),
            "rate": 2e-3 if not number else _log_uniform(rng, 5e-4, 4e-3),
            "decay": 0.02 if not number else _log_uniform(rng, 1e-3, 0.3),
        }

    def hidden(self, settings: Settings, sizes: Sizes) -> list[Any]:
        return _dense(settings, sizes.width, "relu")


KINDS: dict[str, Kind] = {kind.name: kind for kind in (Cosine(), Pbld(), Plain())}


def _dense(settings: Settings, width: int, activation: str) -> list[Any]:
    bound, layers = 1 / math.sqrt(width), []
    for _ in range(settings["blocks"]):
        bias = initializers.RandomUniform(-bound, bound)
        layers.append(Dense(width, activation, kernel_initializer=_third(), bias_initializer=bias))
        layers.append(Dropout(settings["dropout"]))
    return layers


def _third() -> Any:
    return initializers.VarianceScaling(1 / 3, "fan_in", "uniform")


def _warm_half_cosine(rate: float, updates: int) -> CosineDecay:
    warmup = _WARMUP * updates
    return CosineDecay(0.0, updates - warmup, warmup_target=rate, warmup_steps=warmup)


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
