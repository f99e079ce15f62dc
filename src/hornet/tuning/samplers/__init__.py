"""Samplers: what proposes the candidates of a search."""

from __future__ import annotations

import importlib
from typing import Any

from hornet.core.suggestions import unknown_name
from hornet.tuning.samplers.sampler import Sampler, Told

__all__ = ["Sampler", "Told", "sampler_of"]

_SAMPLERS = {  # the class of each name, imported when somebody asks for it, as some need other libraries
    "evolution": "hornet.tuning.samplers.evolution.EvolutionSampler",
    "gp": "hornet.tuning.samplers.gp.GaussianProcessSampler",
    "grid": "hornet.tuning.samplers.unguided.GridSampler",
    "random": "hornet.tuning.samplers.unguided.RandomSampler",
    "tpe": "hornet.tuning.samplers.with_optuna.TPESampler",
}


def sampler_of(given: Any) -> Sampler:
    """Return a sampler.

    >>> sampler_of("random")
    RandomSampler()

    Args:
        given: `"random"`, `"grid"`, `"tpe"`, `"gp"` or `"evolution"`, a sampler of ours, or one of Optuna's.

    Raises:
        ValueError: If there is none of that name, or it is no sampler.
    """
    if isinstance(given, str):
        if given not in _SAMPLERS:
            raise unknown_name("sampler", given, _SAMPLERS)
        return _class_of(_SAMPLERS[given])()
    if hasattr(given, "propose"):
        return given
    if hasattr(given, "sample_relative"):
        return _class_of("hornet.tuning.samplers.with_optuna.OptunaSampler")(given)
    raise ValueError(
        f"{given!r} is no sampler. Pass one of {', '.join(map(repr, _SAMPLERS))}, or a sampler of Optuna's."
    )


def _class_of(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)
