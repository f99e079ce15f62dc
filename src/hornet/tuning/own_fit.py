"""A `fit` of a user's own around `model.fit`: what it asks for, how it trains a model, and what it makes of that."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from numbers import Real
from typing import Any

import numpy as np

from hornet.callbacks import CallbackList, History
from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.models.model import Model
from hornet.tuning.hyperparameters import HyperParameters

_NOT_YET = ("evaluate", "predict", "predict_on_batch", "save", "save_weights", "test_on_batch", "train_on_batch")
"""Methods of a model that mean nothing before it is trained."""


class OwnFit:
    """A `fit(hp, model, x, y, ...)` of a user's, whose `model.fit` is done elsewhere, beside other models.

    It is called before the training, up to its `model.fit`, and again after it, when `model.fit` returns the history.

    Args:
        fit: The function.
    """

    def __init__(self, fit: Callable[..., Any]) -> None:
        self._fit = fit

    def declare(self, hp: HyperParameters, model: Any) -> None:
        """Let it ask for all its hyperparameters, with one row of data; up to where it cannot do with that."""
        row = np.zeros((1, 1), "float32")
        given = {"x": row, "y": row, "epochs": 1, "callbacks": [], "validation_data": (row, row)}
        history = History()
        history.history, history.epoch = _AnyName(), [0]
        with suppress(Exception), _replaced(model, {"fit": lambda *args, **kwargs: history, **_refusals()}):
            self._call(hp, model, given)

    def arguments(self, hp: HyperParameters, model: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what it calls `model.fit` with.

        Args:
            hp: The hyperparameters.
            model: The model.
            given: What it gets itself: `x`, `y` and further arguments of `fit`.

        Raises:
            ValueError: If it does not call it.
        """

        def record(*args: Any, **kwargs: Any) -> Any:
            raise _FitCalled(inspect.signature(Model.fit).bind(model, *args, **kwargs).arguments)

        try:
            with _replaced(model, {"fit": record}):
                self._call(hp, model, given)
        except _FitCalled as called:
            return {name: value for name, value in called.arguments.items() if name != "self"}
        raise ValueError(
            "A `fit` of a `HyperModel` must call `model.fit`, which is trained beside others. Call it once."
        )

    def result(self, hp: HyperParameters, model: Any, given: Mapping[str, Any], callbacks: CallbackList) -> Any:
        """Return what it makes of a training.

        Args:
            hp: The hyperparameters.
            model: The model, trained.
            given: What it gets itself.
            callbacks: The callbacks of the training, as they are after it, a `History` among them.
        """

        def trained(*args: Any, **kwargs: Any) -> Any:
            own = inspect.signature(Model.fit).bind(model, *args, **kwargs).arguments.get("callbacks")
            for callback, after in zip(CallbackList(own).callbacks, callbacks.callbacks, strict=False):
                if type(callback) is type(after):
                    vars(callback).update(vars(after))  # it was a copy that took part
            return callbacks.history

        with _replaced(model, {"fit": trained}):
            return self._call(hp, model, {**given, "callbacks": copy.deepcopy(given["callbacks"])})

    def _call(self, hp: HyperParameters, model: Any, given: Mapping[str, Any]) -> Any:
        """Call it as KerasTuner does, with data by position; by name where it takes them so alone."""
        data = {name: given[name] for name in ("x", "y") if given[name] is not None}
        others = {name: value for name, value in given.items() if name not in ("x", "y") and value is not None}
        try:
            inspect.signature(self._fit).bind(hp, model, *data.values(), **others)
        except TypeError:
            return self._fit(hp, model, **data, **others)
        return self._fit(hp, model, *data.values(), **others)


def numbers_of(returned: Any, name: str) -> dict[str, float]:
    """Return the numbers in what a `fit` returned, by their names; none for a history.

    >>> numbers_of(0.5, "val_loss"), numbers_of([{"val_loss": 1, "cost": 2}, {"val_loss": 2, "cost": 2}], "val_loss")
    ({'val_loss': 0.5}, {'val_loss': 1.5, 'cost': 2.0})

    Args:
        returned: What it returned.
        name: The objective.

    Raises:
        TypeError: If it returned nothing, or something else than a history, a number, a dict or a list of them.
        ValueError: If the objective is not in the dict.
    """
    if isinstance(returned, History):
        return {}
    if isinstance(returned, Real) or getattr(returned, "shape", None) == ():
        return {name: float(returned)}  # pyright: ignore[reportArgumentType]
    if isinstance(returned, Mapping):
        if name not in returned:
            raise ValueError(
                f"`HyperModel.fit` returned a dict without {name!r}, the objective. There are: {', '.join(returned)}."
            )
        return {key: float(value) for key, value in returned.items()}
    if isinstance(returned, list) and returned:
        parts = [numbers_of(each, name) for each in returned]
        return {key: float(np.mean([part[key] for part in parts])) for key in parts[0]}
    raise ArgumentError(
        f"`HyperModel.fit` must return a number, a dict with {name!r} or what `model.fit` returns, not "
        f"{describe(returned)}. Return one of these."
    )


class _FitCalled(BaseException):
    """Leaves a user's `fit` once it is known what it calls `model.fit` with."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        super().__init__()
        self.arguments = arguments


class _AnyName(dict[str, list[float]]):
    """The logs of an epoch of which nobody knows what is measured."""

    def __missing__(self, name: str) -> list[float]:
        return [0.0]


def _refusals() -> dict[str, Callable[..., Any]]:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise ValueError("The model is not trained yet.")

    return dict.fromkeys(_NOT_YET, refuse)


@contextmanager
def _replaced(model: Any, methods: Mapping[str, Callable[..., Any]]) -> Generator[None]:
    """Let methods of a model be others in a block."""
    for name, method in methods.items():
        object.__setattr__(model, name, method)
    try:
        yield
    finally:
        for name in methods:
            object.__delattr__(model, name)
