"""Schedules: learning rates that depend on the number of updates so far."""

from hornet.core.imports import publish
from hornet.optimizers.schedules.cosines import CosineDecay, CosineDecayRestarts, CosineLog, OneCycle
from hornet.optimizers.schedules.decays import (
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
from hornet.optimizers.schedules.schedule import LearningRateSchedule, deserialize, serialize

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "CosineLog",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "OneCycle",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]

publish(__name__, __all__)
