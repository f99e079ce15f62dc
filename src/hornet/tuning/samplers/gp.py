"""Bayesian optimization with a Gaussian process, as scikit-optimize and Spearmint have it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hornet.core.imports import optional_module
from hornet.tuning.samplers.evolution import EvolutionSampler
from hornet.tuning.samplers.sampler import Proposals, Told, drawn, generator, is_finite
from hornet.tuning.space import Space

_MOST = 200
"""How many told candidates the process is fitted to; fitting takes time with their cube."""

_STEPS = (0.1, 0.03, 0.01, 0.003)
"""The standard deviations of the steps by which the best candidates are refined."""

_CLIMBERS = 32
"""How many steps of a size each takes."""


@dataclass(frozen=True)
class GaussianProcessSampler:
    """Proposes where the expected improvement over the best is greatest, by a Gaussian process.

    The process (Matérn kernel of smoothness 5/2, a length for each axis, white noise) sees candidates on the unit
    scale, so logarithms are straightened, and categories as one axis each. Values are clipped where they are far worse
    than the median, and a candidate that failed counts as the worst. Of several proposals at once, each is made as if
    those before it had come out as the process expects (the kriging believer).

    Source: Snoek, Larochelle and Adams, "Practical Bayesian optimization of machine learning algorithms" (2012);
    Ginsbourger, Le Riche and Carraro, "Kriging is well-suited to parallelize optimization" (2010).

    Args:
        startup: How many candidates are drawn at random first; by default as many as there are hyperparameters and
            four more.
        candidates: How many random candidates the improvement is computed of, before the best are refined.
    """

    startup: int | None = None
    candidates: int = 512

    is_exact = True

    def propose(
        self, space: Space, told: Sequence[Told], count: int, seed: int, generation: int
    ) -> list[dict[str, Any]]:
        """Return candidates of great expected improvement; see `Sampler`."""
        rng = generator(seed, generation)
        proposals = Proposals(space, told, count, rng)
        startup = len(space) + 4 if self.startup is None else self.startup
        values = {trial.value for trial in told if is_finite(trial.value)}
        if len(told) < startup or len(values) < 2:
            return proposals.fill()
        axes = _Axes(space)
        known = axes.units([trial.params for trial in told])
        process = _Process(axes, known, _scores(told))
        pool = self._pool(space, axes, known[np.argsort(process.values)[:3]], rng)
        while not proposals.are_enough:
            improvement = process.improvement(pool)
            best = pool[np.argsort(-improvement, kind="stable")[:4]]
            candidates = np.concatenate([axes.canonical(_climbed(axes, process, best, rng)), pool])
            order = np.argsort(-process.improvement(candidates), kind="stable")
            taken = next((unit for unit in candidates[order] if proposals.add(axes.params(unit))), None)
            if taken is None:
                break
            process.believe(taken)
        return proposals.fill()

    def _pool(self, space: Space, axes: _Axes, best: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return candidates from everywhere, and some near the best."""
        anywhere = [drawn(space, rng) for _ in range(self.candidates)]
        parents = [[None if np.isnan(unit) else float(unit) for unit in units] for units in best]
        near = [_NEAR.child(space, parents, rng) for _ in range(self.candidates // 4)]
        return axes.units([*anywhere, *near])


_NEAR = EvolutionSampler(mutation_probability=0.5, mutation_scale=0.05)
"""How candidates near the best are made."""


class _Axes:
    """What the process sees of candidates.

    Args:
        space: The space.
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        self.movable = np.array(
            [parameter.domain.is_ordered and parameter.domain.count != 1 for parameter in space.parameters]
        )
        """Which axes of the unit cube are numbers."""

    def units(self, candidates: Sequence[dict[str, Any]]) -> np.ndarray:
        """Return where candidates lie in the unit cube, NaN on the axes of what they do not have."""
        return np.array([self._space.places(params) for params in candidates], dtype=float)

    def params(self, units: np.ndarray) -> dict[str, Any]:
        """Return the candidate at a point of the unit cube."""
        return self._space.at(np.nan_to_num(units, nan=0.5).tolist())

    def canonical(self, units: np.ndarray) -> np.ndarray:
        """Return where the candidates lie that are nearest to points of the unit cube."""
        return self.units([self.params(unit) for unit in units])

    def features(self, units: np.ndarray) -> np.ndarray:
        """Return a row of numbers for each point: numbers as they are, an axis for each category."""
        columns: list[np.ndarray] = []
        for parameter, unit in zip(self._space.parameters, units.T, strict=True):
            count = parameter.domain.count
            if count == 1:
                continue
            if parameter.domain.is_ordered:
                columns.append(np.nan_to_num(unit, nan=0.5)[:, None])
            else:
                categories = np.arange(count or 0)
                columns.append(np.floor(np.nan_to_num(unit, nan=-1) * len(categories))[:, None] == categories)
        return np.hstack(columns).astype(float)


class _Process:
    """A Gaussian process over candidates.

    Args:
        axes: What it sees of them.
        units: Where they lie in the unit cube.
        values: Their values, of mean 0 and deviation 1.
    """

    def __init__(self, axes: _Axes, units: np.ndarray, values: np.ndarray) -> None:
        self._axes = axes
        best = np.argsort(values, kind="stable")
        kept = np.sort(np.concatenate([best[: _MOST // 2], best[_MOST // 2 :][-_MOST // 2 :]]))
        self.units, self.values = units[kept], values[kept]
        process = optional_module("sklearn.gaussian_process", "sklearn")
        kernels = optional_module("sklearn.gaussian_process.kernels", "sklearn")
        features = axes.features(self.units)
        lengths = kernels.Matern(np.full(features.shape[1], 0.5), (0.05, 20.0), nu=2.5)
        kernel = kernels.ConstantKernel(1.0, (0.05, 20.0)) * lengths + kernels.WhiteKernel(1e-2, (1e-6, 1.0))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a length is at its bound, as it is where an axis does not matter
            kernel = process.GaussianProcessRegressor(kernel).fit(features, self.values).kernel_
        self._kernel, self._noise = kernel.k1, kernel.k2.noise_level
        self._condition()

    def improvement(self, units: np.ndarray) -> np.ndarray:
        """Return how much better than the best each point is expected to be."""
        from scipy.special import ndtr

        mean, deviation = self._predict(self._axes.features(units))
        better = self._best - mean
        ratio = better / deviation
        return better * ndtr(ratio) + deviation * np.exp(-0.5 * ratio**2) / np.sqrt(2 * np.pi)

    def believe(self, unit: np.ndarray) -> None:
        """Go on as if a point had been tried, and had come out as expected."""
        mean, _ = self._predict(self._axes.features(unit[None]))
        self.units = np.concatenate([self.units, unit[None]])
        self.values = np.concatenate([self.values, mean])
        self._condition()

    def _condition(self) -> None:
        """Take the candidates into account, with the kernel as it is."""
        from scipy.linalg import cho_solve, cholesky

        self._features = self._axes.features(self.units)
        covariance = self._kernel(self._features) + (self._noise + 1e-8) * np.eye(len(self.units))
        self._factor = cholesky(covariance, lower=True)
        self._weights = cho_solve((self._factor, True), self.values)
        self._best = float(self._predict(self._features)[0].min())

    def _predict(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and deviation of the function itself, without the noise of its measurement."""
        from scipy.linalg import solve_triangular

        covariance = self._kernel(features, self._features)
        explained = solve_triangular(self._factor, covariance.T, lower=True, check_finite=False)
        variance = self._kernel.diag(features) - (explained**2).sum(axis=0)
        return covariance @ self._weights, np.sqrt(np.maximum(variance, 1e-12))


def _scores(told: Sequence[Told]) -> np.ndarray:
    """Return values of mean 0 and deviation 1, of which none is much further above the median than the best is below.

    So one that diverged does not press all others together, and one that failed is a bad one.
    """
    known = np.unique([trial.value for trial in told if is_finite(trial.value)])
    middle = np.median(known)
    worst = middle + 2 * (middle - known[0])
    values = np.array([min(trial.value, worst) if is_finite(trial.value) else worst for trial in told])
    return (values - values.mean()) / values.std()


def _climbed(axes: _Axes, process: _Process, units: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return points of greater improvement near others, of the same categories, by ever smaller random steps.

    All steps of a size are one prediction, which takes less time than the many small ones of a line search.
    """
    for scale in _STEPS:
        steps = scale * rng.standard_normal((_CLIMBERS, *units.shape)) * axes.movable
        moved = np.clip(units + steps, 0, 1).reshape(-1, units.shape[1])
        around = np.concatenate([units, moved])
        units = around[np.argsort(-process.improvement(around), kind="stable")[: len(units)]]
    return units
