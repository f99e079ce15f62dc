"""Losses, metrics, optimizers and schedules."""

from typing import Any

import jax
import numpy as np

import hornet as keras
from hornet import losses, metrics, ops, optimizers


def arguments() -> None:
    losses.Huber(delta=2.0, reduction="sum", name="huber")
    metrics.AUC(num_thresholds=10, curve="PR", name="area")
    optimizers.SGD(0.1, momentum=0.9, clipnorm=1.0, weight_decay=0.1)
    optimizers.Adam(lr=0.1, use_ema=True, name="adam")
    optimizers.AdamW(optimizers.schedules.ExponentialDecay(0.1, 10, 0.9), weight_decay=0.1)


def arguments_that_there_are_not() -> None:
    losses.Huber(delt=2.0)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    metrics.AUC(curv="PR")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    optimizers.Adam(beta1=0.9)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    optimizers.Adam("0.1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    optimizers.SGD(clip_norm=1.0)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    optimizers.schedules.ExponentialDecay(0.1, steps=10)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


class Quartic(losses.Loss):
    """A loss of a user's."""

    def call(self, y_true: jax.Array, y_pred: jax.Array) -> jax.Array:
        return ops.mean(ops.power(y_true - y_pred, 4), axis=-1)


class Positives(metrics.Metric):
    """A metric of a user's."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.count = self.add_weight("count", initializer="zeros")

    def update_state(self, y_true: Any, y_pred: jax.Array, sample_weight: Any = None) -> None:
        self.count.assign_add(ops.sum(y_pred > 0.0))

    def result(self) -> jax.Array:
        return self.count.value


class Ratio(keras.metrics.Metric):
    """Written as Keras's guide writes one."""

    def __init__(self, name: str = "ratio") -> None:
        super().__init__(name=name)
        self.total = self.add_weight(name="total", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.total.assign_add(keras.ops.sum(y_pred))
        self.count.assign(self.count + 1)

    def result(self) -> Any:
        return self.total / self.count


class Report(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print(logs["loss"], logs.get("val_loss"))


def variables() -> None:
    variable = keras.Variable(np.zeros(3))
    variable.assign([1.0, 2.0, 3.0])
    variable.assign_add([1.0, 2.0, 3.0])
    variable.assign_sub(2 * variable + 1)
