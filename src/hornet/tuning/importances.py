"""Which hyperparameters made the difference in a search, and where its space was too small."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hornet.core.checks import one_of
from hornet.core.imports import optional_module
from hornet.tuning.trials import Trials

_FEWEST = 4
"""Trials below which there is nothing to compare."""


def importances(
    trials: Any, space: Mapping[str, Any], direction: str = "min", method: str = "auto", seed: int = 0
) -> dict[str, float]:
    """Return how much each hyperparameter of a search mattered, the largest share first; the shares sum to 1.

    Only finished trials count. Hyperparameters that some candidates do not have are judged by those that have them.

    Args:
        trials: The trials of a search, a frame or a list of dicts: `value`, `state` and a column a hyperparameter.
        space: What the hyperparameters may be, by their names.
        direction: `"min"` where lower values are better, else `"max"`.
        method: `"ped_anova"`: how differently the best tenth of the trials is distributed; needs Optuna, the extra
            `tune`. `"permutation"`: how much worse a forest of trees predicts the values once the column is shuffled;
            needs scikit-learn. `"auto"`: the first where Optuna is installed.
        seed: Of the forest and of the shuffling.

    Raises:
        ValueError: If fewer than four trials are finished.

    See S. Watanabe, A. Bansal and F. Hutter, "PED-ANOVA" (2023), and L. Breiman, "Random forests" (2001).
    """
    one_of("method", method, ("auto", "ped_anova", "permutation"))
    known = Trials.of(trials, space, direction).finished
    if len(known.values) < _FEWEST:
        raise ValueError(f"{len(known.values)} trials are finished, and importances need {_FEWEST}. Run more of them.")
    optuna = _optuna(method)
    shares = _by_permutation(known, space, seed) if optuna is None else _by_ped_anova(optuna, known, space)
    total = sum(shares.values())
    shares = {name: share / total if total > 0 else 1 / len(shares) for name, share in shares.items()}
    return dict(sorted(shares.items(), key=lambda pair: -pair[1]))


def _optuna(method: str) -> Any:
    """Return Optuna where a method uses it, `None` where it does not."""
    if method == "permutation":
        return None
    try:
        return optional_module("optuna", "tune")
    except ImportError:
        if method == "ped_anova":
            raise
        return None


def _by_ped_anova(optuna: Any, known: Trials, space: Mapping[str, Any]) -> dict[str, float]:
    distributions = optuna.distributions
    kinds = {
        name: distributions.FloatDistribution(0.0, 1.0)
        if _is_ordered(domain)
        else distributions.CategoricalDistribution(range(len(domain.values)))
        for name, domain in space.items()
        if not _is_constant(domain)
    }
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it says of each study that it was made
    try:
        study = optuna.create_study(direction="minimize")
        for params, value in zip(known.params, known.sign * known.values, strict=True):
            placed = {name: _coordinate(space[name], params[name]) for name in kinds if name in params}
            of_params = {name: kinds[name] for name in placed}
            study.add_trial(optuna.trial.create_trial(params=placed, distributions=of_params, value=float(value)))
        evaluator = optuna.importance.PedAnovaImportanceEvaluator()
        found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    finally:
        optuna.logging.set_verbosity(verbosity)
    return {name: float(found.get(name, 0.0)) for name in space}


def _by_permutation(known: Trials, space: Mapping[str, Any], seed: int) -> dict[str, float]:
    ensemble, inspection = (optional_module(f"sklearn.{name}", "sklearn") for name in ("ensemble", "inspection"))
    columns = [
        [_coordinate(domain, params[name]) if name in params else -1.0 for params in known.params]
        for name, domain in space.items()
    ]
    x, y = np.array(columns, float).T, known.values
    forest = ensemble.ExtraTreesRegressor(100, min_samples_leaf=2, random_state=seed).fit(x, y)
    found = inspection.permutation_importance(forest, x, y, n_repeats=10, random_state=seed).importances_mean
    return dict(zip(space, np.maximum(found, 0.0).tolist(), strict=True))


def _coordinate(domain: Any, value: Any) -> float:
    """Return a number for a value: its place on the unit scale, or its index where values have no order."""
    return float(domain.place(value)) if _is_ordered(domain) else int(domain.encode(value))


def _is_ordered(domain: Any) -> bool:
    return getattr(domain, "is_ordered", True)


def _is_constant(domain: Any) -> bool:
    return domain.count == 1


def edge_notes(params: Mapping[str, Any], space: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each hyperparameter of the best candidate that lies on an end of its space.

    Args:
        params: The best candidate.
        space: What the hyperparameters may be, by their names.
    """
    ends = {name: space[name].is_edge(value) for name, value in params.items() if name in space}
    return [
        f"The best `{name}` is {params[name]!r}, the {end} end of its space. Where there is more beyond it, widen the "
        "space: better ones may lie there."
        for name, end in ends.items()
        if end is not None
    ]
