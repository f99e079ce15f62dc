"""From hyperparameters to a compiled model, and to what its `fit` is called with."""

from __future__ import annotations

import inspect
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hornet.core import random
from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.core.suggestions import did_you_mean
from hornet.models.model import Model
from hornet.tuning.discovery import discover
from hornet.tuning.hyperparameters import HyperParameters
from hornet.tuning.own_fit import OwnFit
from hornet.tuning.space import Domain, Fixed, Parameter, Space

_OF_FIT = ("batch_size", "class_weight", "epochs", "shuffle", "steps_per_epoch", "validation_freq")
"""Arguments of `fit` that a space may hold."""


class HyperModel:
    """A model with hyperparameters, as KerasTuner has it: a class to inherit from.

    Args:
        name: A name.
        tunable: Whether all of its hyperparameters may vary.

    Example:
        >>> from hornet import Sequential, layers
        >>> class Network(HyperModel):
        ...     def build(self, hp):
        ...         model = Sequential([layers.Dense(hp.Int("units", 1, 8)), layers.Dense(1)])
        ...         model.compile(loss="mse", optimizer="sgd")
        ...         return model
        ...
        ...     def fit(self, hp, model, *args, **kwargs):
        ...         return model.fit(*args, batch_size=hp.Choice("batch_size", [16, 32]), **kwargs)
        >>> list(Builder.of(Network()).space)
        ['units', 'batch_size']
    """

    def __init__(self, name: str | None = None, tunable: bool = True) -> None:
        self.name = name
        self.tunable = tunable

    def build(self, hp: HyperParameters) -> Any:
        """Return a compiled model."""
        raise NotImplementedError("A `HyperModel` needs a method `build(self, hp)` that returns a compiled model.")

    def fit(self, hp: HyperParameters, model: Any, *args: Any, **kwargs: Any) -> Any:
        """Train a model: call `model.fit` once, with what came in and what `hp` says.

        Returns:
            What `model.fit` returned; or the objective's value, or a dict in which it is. It is called twice: up to
            `model.fit`, which is done beside that of other models, and again for what it makes of the history. Before
            that, it is called with a row of zeros for the names that it asks for.
        """
        return model.fit(*args, **kwargs)


@dataclass(frozen=True)
class Built:
    """A candidate's model.

    Args:
        model: The model, compiled.
        hp: What it was made of.
        params: The hyperparameters that it has.
        own_fit: A `fit` of the user's own, which trains it.
    """

    model: Any
    hp: HyperParameters
    params: dict[str, Any]
    own_fit: OwnFit | None = None


class Builder:
    """Makes models of hyperparameters.

    Args:
        build: `build(hp)`, or a function with a parameter for each hyperparameter of the space.
        fit: A `fit` of the user's own, which calls `model.fit`; `None` for `model.fit` alone.
        space: The space.
        seed: The study's seed, from which a name that was not proposed gets its value.
        declares: Whether `build` is called with an `hp` that says what is asked of it.
        declared: All that it was asked for, as far as is known.

    Raises:
        ValueError: If the space has a hyperparameter that nothing takes.
    """

    def __init__(
        self,
        build: Callable[..., Any],
        fit: OwnFit | None,
        space: Space,
        seed: int,
        declares: bool,
        declared: HyperParameters,
    ) -> None:
        self.space: Space = space
        self.declared: HyperParameters = declared
        self._build, self._fit = build, fit
        self._seed = seed
        self._declares = declares
        self._taken: tuple[str, ...] = tuple(space)
        if not declares:
            parameters = inspect.signature(build).parameters
            takes_all = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
            self._taken = tuple(name for name in space if name in parameters or (takes_all and name not in _OF_FIT))
            for name in space:
                if name not in self._taken and name not in _OF_FIT:
                    raise ValueError(
                        f"The space has {name!r}, which neither `build_model` nor `fit` takes."
                        f"{did_you_mean(name, [*parameters, *_OF_FIT])} Give `build_model` a parameter of this name."
                    )

    @classmethod
    def of(
        cls,
        given: Any,
        space: Any = None,
        fixed: Mapping[str, Any] | None = None,
        seed: int = 0,
        hp: HyperParameters | None = None,
    ) -> Builder:
        """Return a builder of what a user describes.

        Args:
            given: A function, or an object with a method `build`.
            space: The space; by default what `build` asks its `hp` for.
            fixed: Hyperparameters that do not vary, with their values.
            seed: The study's seed.
            hp: What comes before what `build` asks for, such as hyperparameters that are pinned.

        Raises:
            ValueError: If the space is empty.
            TypeError: If there is no function.
        """
        build: Any = getattr(given, "build", given)
        if not callable(build):
            raise ArgumentError(
                f"`build_model` must be a function that makes a model, not {describe(given)}. Pass one."
            )
        own_fit = getattr(type(given), "fit", HyperModel.fit)
        fit = None if own_fit is HyperModel.fit or build is given else OwnFit(given.fit)
        declares = space is None or "hp" in inspect.signature(build).parameters

        def declare(hp: HyperParameters) -> None:
            model = build(hp)
            if fit is not None:
                fit.declare(hp, model)

        hp = HyperParameters() if hp is None else hp
        found = discover(declare, hp) if space is None else Space.of(space)
        if not found:
            raise ValueError(
                "`build_model` asks its `hp` for nothing, so there is nothing to tune. Ask it for something, such as "
                "`hp.Int('units', 8, 64)`, or pass a `space`."
            )
        return cls(build, fit, with_fixed(found, fixed or {}), seed, declares, hp)

    def build(self, number: int, params: Mapping[str, Any], fold: int) -> Built:
        """Return a candidate's model.

        Args:
            number: The candidate's number.
            params: The hyperparameters that were proposed.
            fold: The fold that it is for.

        Raises:
            TypeError: If what was built is no model.
            ValueError: If it is not compiled.
        """
        hp = HyperParameters(params, draw=lambda name, domain: self._drawn(number, name, domain))
        with random.seeded(seed_of(self._seed, number, fold)):
            if self._declares:
                model = self._build(hp)
            else:
                model = self._build(**{name: params[name] for name in self._taken if name in params})
        if not isinstance(model, Model):
            raise ArgumentError(f"`build_model` must return a model, not {describe(model)}. Return it, compiled.")
        if not model.compiled:
            raise ValueError("`build_model` returned a model that is not compiled. Call `model.compile` in it.")
        return Built(model, hp, {**params, **hp.used} if self._declares else dict(params), self._fit)

    def fit_arguments(self, built: Built, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a candidate's `model.fit` is called with.

        Args:
            built: The candidate.
            given: What it is called with where the candidate has no wishes of its own.
        """
        if self._fit is not None:
            return self._fit.arguments(built.hp, built.model, given)
        if self._declares:
            return dict(given)
        of_fit = {name: value for name, value in built.params.items() if name not in self._taken}
        return {**given, **of_fit}

    def _drawn(self, number: int, name: str, domain: Domain) -> Any:
        rng = np.random.default_rng([self._seed, number, zlib.crc32(name.encode())])
        return domain.at(rng.random())


def with_fixed(space: Space, fixed: Mapping[str, Any]) -> Space:
    """Return a space in which some hyperparameters have one value."""
    for name in fixed:
        if name not in space:
            raise ValueError(f"`fixed` has {name!r}, which is not in the space.{did_you_mean(name, space)}")
    return Space(
        Parameter(each.name, Fixed(fixed[each.name]) if each.name in fixed else each.domain, each.conditions)
        for each in space.parameters
    )


def seed_of(seed: int, number: int, fold: int) -> int:
    """Return the seed of a candidate's model for a fold."""
    return int(np.random.SeedSequence([seed, number, fold]).generate_state(1)[0])
