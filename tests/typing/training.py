"""Models: made, compiled, trained, saved."""

from typing import Any, assert_type

import numpy as np

import hornet as keras
from hornet import layers

X, Y = np.ones((8, 3)), np.ones((8, 1))


def a_stack_of_layers() -> None:
    model = keras.Sequential([layers.Dense(3, activation="relu", input_shape=(3,)), layers.Dense(1)])
    assert_type(model, keras.Sequential)
    model.add(layers.Dropout(0.5))
    model.compile(optimizer="sgd", loss="mse", metrics=["mae"])
    assert_type(model.optimizer, keras.Optimizer)
    assert_type(model.fit(X, Y, epochs=3), keras.callbacks.History)
    assert_type(model.fit(X, Y).history, dict[str, list[Any]])
    assert_type(model.predict(X), np.ndarray)
    assert_type(model.count_params(), int)


def a_graph() -> None:
    inputs = keras.Input(shape=(3,))
    model = keras.Model(inputs, layers.Dense(1)(inputs))
    assert_type(model, keras.Model)
    assert_type(model.inputs[0].shape, tuple[int | None, ...])
    model.evaluate(X, Y, verbose=0)


def files() -> None:
    assert_type(keras.models.load_model("model.keras"), keras.Model)
    assert_type(keras.saving.load_model("model.keras", compile=False), keras.Model)


def arguments_that_there_are_not() -> None:
    model = keras.Sequential()
    model.fit(X, Y, epoch=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    model.evaluate(X, Y, batchsize=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    model.predict(X, batchsize=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    model.compile(optimiser="sgd")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    model.fit(X, Y, epochs="3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    keras.callbacks.EarlyStopping(patienc=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    keras.callbacks.LambdaCallback(on_epoch_ends=print)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
