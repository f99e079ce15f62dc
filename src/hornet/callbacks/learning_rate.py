"""Callbacks that set the learning rate between epochs; nothing compiles for it."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

from hornet.callbacks.callback import Callback, Logs
from hornet.callbacks.monitor import Monitor, Monitoring
from hornet.core.checks import describe, non_negative_int, number
from hornet.core.errors import ArgumentError
from hornet.core.messages import output
from hornet.core.user_functions import accepts, parameters_text
from hornet.optimizers.multi import MultiOptimizer


class LearningRateLogger(Callback):
    """Base of callbacks that set the learning rate: adds it to the logs, as `learning_rate`.

    A `MultiOptimizer` has a rate for each of its optimizers, logged as `learning_rate_` and the optimizer's name.
    """

    def on_train_begin(self, logs: Logs | None = None) -> None:
        if any(getattr(optimizer, "schedule", None) is not None for optimizer in self._optimizers.values()):
            raise ArgumentError(
                f"`{type(self).__name__}` cannot set a learning rate that is a schedule. "
                "Compile with a number, or leave the callback out."
            )

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs.update({key: float(optimizer.learning_rate) for key, optimizer in self._optimizers.items()})

    @property
    def _optimizers(self) -> dict[str, Any]:
        return optimizers_by_key(self.model.optimizer)

    @property
    def rate(self) -> float:
        """The optimizer's learning rate."""
        return float(self.model.optimizer.learning_rate)


class LearningRateScheduler(LearningRateLogger):
    """Sets the learning rate at the start of each epoch.

    Args:
        schedule: Function of the epoch, counted from 0, or of the epoch and the present rate, that returns the rate.
        verbose: 1 to print it, 0 for silence.

    Raises:
        TypeError: If it is no such function; during training, if it returns no number.

    Example:
        >>> import numpy as np
        >>> from hornet import Sequential, layers
        >>> model = Sequential([layers.Dense(1, input_shape=(2,))])
        >>> model.compile(loss="mse", optimizer="sgd")
        >>> halving = LearningRateScheduler(lambda epoch, rate: rate / 2)
        >>> history = model.fit(np.ones((8, 2)), np.ones(8), epochs=2, callbacks=[halving], verbose=0)
        >>> history.history["learning_rate"]
        [0.005, 0.0025]
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        self.schedule = schedule
        self.verbose = verbose
        if not callable(schedule):
            raise ArgumentError(f"`schedule` must be a function, not {describe(schedule)}. Pass one of the epoch.")
        self._takes_rate = accepts(schedule, 0, 0.0)
        if not self._takes_rate and not accepts(schedule, 0):
            raise ArgumentError(
                f"`schedule` takes `{parameters_text(schedule)}`, and is called with the epoch and the learning rate. "
                "Let it take `(epoch)` or `(epoch, rate)`."
            )

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        for optimizer in self._optimizers.values():
            self._set(optimizer, epoch)

    def _set(self, optimizer: Any, epoch: int) -> None:
        rate = self.schedule(epoch, float(optimizer.learning_rate)) if self._takes_rate else self.schedule(epoch)
        if not isinstance(rate, numbers.Real) and getattr(rate, "shape", None) != ():
            raise ArgumentError(
                f"`schedule` returned {describe(rate)} for epoch {epoch}. Return the learning rate, a number."
            )
        optimizer.learning_rate = float(rate)  # pyright: ignore[reportArgumentType]
        if self.verbose:
            of = f"{optimizer.name} " if len(self._optimizers) > 1 else ""
            said = f"LearningRateScheduler setting {of}learning rate to {float(optimizer.learning_rate)}."
            print(f"\nEpoch {epoch + 1}: {said}", file=output())


class ReduceLROnPlateau(LearningRateLogger, Monitoring):
    """Lowers the learning rate when a metric has not improved for some epochs.

    Args:
        monitor: The metric's key in logs.
        factor: What the rate is multiplied by, below 1.
        patience: Number of epochs to wait for an improvement.
        verbose: 1 to print what is done, 0 for silence.
        mode: `"min"`, `"max"`, or `"auto"`: what the metric itself says.
        min_delta: How much better a value must be to count as an improvement.
        cooldown: Epochs after a reduction in which nothing counts.
        min_lr: The lowest rate.

    Example:
        >>> from types import SimpleNamespace
        >>> plateau = ReduceLROnPlateau(monitor="loss", factor=0.5, patience=2)
        >>> optimizer = SimpleNamespace(learning_rate=0.1)
        >>> plateau.set_model(SimpleNamespace(optimizer=optimizer, metrics=[], metrics_names=[]))
        >>> plateau.on_train_begin()
        >>> for epoch in range(4):
        ...     plateau.on_epoch_end(epoch, {"loss": 0.5})
        >>> plateau.rate
        0.05
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        self._monitor = Monitor(monitor, mode, min_delta)
        self.monitor = monitor
        self.factor = number("factor", factor, at_least=0.0, below=1.0)
        self.patience = non_negative_int("patience", patience)
        self.verbose = verbose
        self.cooldown = non_negative_int("cooldown", cooldown)
        self.min_lr = number("min_lr", min_lr, at_least=0.0)
        self._forget()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        super().on_train_begin(logs)
        self._forget()

    def in_cooldown(self) -> bool:
        """Whether a reduction was so few epochs ago that nothing counts."""
        return self.cooldown_counter > 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        super().on_epoch_end(epoch, logs)
        value = self._monitor.read(logs)
        if value is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._monitor.is_better(value, self.best, self.model):
            self.best, self.wait = value, 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                for optimizer in self._optimizers.values():
                    self._reduce(optimizer, epoch)

    def _reduce(self, optimizer: Any, epoch: int) -> None:
        rate = float(optimizer.learning_rate)
        if rate > self.min_lr:
            optimizer.learning_rate = rate = max(rate * self.factor, self.min_lr)
            self.cooldown_counter, self.wait = self.cooldown, 0
            if self.verbose:
                of = f"{optimizer.name} " if len(self._optimizers) > 1 else ""
                print(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing {of}learning rate to {rate}.", file=output())

    def get_state(self) -> dict[str, Any]:
        return {"best": self.best, "wait": self.wait, "cooldown_counter": self.cooldown_counter}

    def set_state(self, state: dict[str, Any]) -> None:
        self.best, self.wait, self.cooldown_counter = state["best"], state["wait"], state["cooldown_counter"]

    def _forget(self) -> None:
        self.best: float | None = None
        self.wait = self.cooldown_counter = 0


def optimizers_by_key(optimizer: Any) -> dict[str, Any]:
    """Return the optimizers that have a learning rate of their own, by the keys of the rates in logs."""
    if not isinstance(optimizer, MultiOptimizer):
        return {"learning_rate": optimizer}
    return {f"learning_rate_{one.name}": one for one in optimizer.optimizers}


def last_rates(optimizer: Any) -> dict[str, float]:
    """Return the learning rates of the last update, by their keys in logs."""
    rates = {key: _rate_of(one) for key, one in optimizers_by_key(optimizer).items()}
    return {key: float(rate) for key, rate in rates.items() if rate is not None}


def _rate_of(optimizer: Any) -> Any:
    schedule = getattr(optimizer, "schedule", None)
    if schedule is not None:
        return schedule(max(int(optimizer.iterations) - 1, 0))
    return getattr(optimizer, "learning_rate", None)
