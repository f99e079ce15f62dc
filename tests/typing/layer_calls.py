"""Layers: their arguments, their weights, and what a call returns."""

from typing import Any, assert_type

import jax
import numpy as np

import hornet as keras
from hornet import layers
from hornet.core.symbolic import SymbolicTensor


def calls() -> None:
    x = keras.Input(shape=(3,))
    assert_type(x, SymbolicTensor)
    assert_type(layers.Dense(3)(x), SymbolicTensor)
    assert_type(layers.Dense(3)(np.ones((2, 3))), jax.Array)
    assert_type(layers.Dense(3)([[1.0, 2.0]], training=True), jax.Array)
    assert_type(layers.Concatenate()([x, x]), SymbolicTensor)
    assert_type(layers.Add()([np.ones(3), np.ones(3)]), jax.Array)


def weights() -> None:
    assert_type(layers.Dense(3).kernel, keras.Variable)
    assert_type(layers.Dense(3).bias, keras.Variable | None)
    assert_type(layers.Conv2D(3, 3).kernel, keras.Variable)
    assert_type(layers.Conv2D(3, 3).bias, keras.Variable | None)
    assert_type(layers.SeparableConv1D(3, 3).pointwise_kernel, keras.Variable)
    assert_type(layers.Embedding(3, 2).embeddings, keras.Variable)
    assert_type(layers.BatchNormalization().gamma, keras.Variable | None)
    assert_type(layers.Dense(3).get_weights(), list[np.ndarray])


def arguments() -> None:
    layers.Dense(3, "relu", name="hidden", trainable=False, dtype="mixed_bfloat16", input_shape=(3,))
    layers.Dense(3, activation=np.tanh, kernel_regularizer=keras.regularizers.L2(0.1), input_dim=3)
    layers.Dense(3, kernel_initializer=np.ones((2, 3)), bias_constraint="non_neg", batch_input_shape=(None, 2))
    layers.Conv2D(8, (3, 3), (1, 1), "same", groups=2, activation="relu")
    layers.Conv3DTranspose(8, 3, output_padding=None, use_bias=False)
    layers.Embedding(8, 2, input_length=3, activity_regularizer="l2")
    layers.Dropout(0.5, seed=3)


def arguments_that_there_are_not() -> None:
    layers.Dense(3, acivation="relu")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    layers.Dense(activation="relu")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    layers.Dense("3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    layers.Dense(3, activation=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    layers.Dense(3, nme="first")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    layers.Conv2D(3, 3, kernel_regulariser="l2")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    layers.Conv2D(3, 3, (1, 1), "same", dilation=2)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    layers.BatchNormalization(momentun=0.9)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    layers.StringLookup(max_token=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


class Mine(layers.Layer):
    """A layer of a user's."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dense = layers.Dense(units)

    def build(self, input_shape: Any) -> None:
        self.scale = self.add_weight(name="scale", shape=(input_shape[-1],), initializer="ones")
        self.shift = self.add_weight((3,), "zeros", trainable=False)
        self.third = self.add_weight("third", (3,))

    def call(self, inputs: jax.Array) -> jax.Array:
        return keras.ops.relu(self.dense(inputs * self.scale.value) - 1.0)


def a_layer_of_a_user_s() -> None:
    assert_type(Mine(3).scale, keras.Variable)
    assert_type(Mine(3, name="mine")(keras.Input(shape=(3,))), SymbolicTensor)
    Mine(unit=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
