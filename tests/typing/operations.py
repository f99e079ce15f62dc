"""Operations: their arguments, and what they return for arrays and for symbolic tensors."""

from typing import Any, assert_type

import jax
import numpy as np

import hornet as keras
from hornet import activations, backend, ops
from hornet.core.symbolic import SymbolicTensor

X = np.ones((2, 3))


def arrays() -> None:
    assert_type(ops.mean(X, axis=0, keepdims=True), jax.Array)
    assert_type(ops.mean([1.0, 2.0]), jax.Array)
    assert_type(ops.maximum(keras.Variable(1.0), 0.0), jax.Array)
    assert_type(ops.concatenate([X, X], axis=1), jax.Array)
    assert_type(ops.top_k(X, 2), tuple[jax.Array, jax.Array])
    assert_type(ops.split(X, 3), list[jax.Array])
    assert_type(ops.linalg.det(X), jax.Array)
    assert_type(ops.shape(X), tuple[Any, ...])
    assert_type(ops.one_hot([1, 2], 3), jax.Array)
    assert_type(activations.relu(X, negative_slope=0.1), jax.Array)
    assert_type(backend.square(X), jax.Array)
    assert_type(backend.epsilon(), float)


def symbolic_tensors() -> None:
    x = keras.Input(shape=(3,))
    assert_type(ops.mean(x, axis=0), SymbolicTensor)
    assert_type(ops.maximum(x, 0.0), SymbolicTensor)
    assert_type(ops.maximum(0.0, x), SymbolicTensor)
    assert_type(ops.concatenate([x, x]), SymbolicTensor)
    assert_type(ops.where(x > 0, x, 0.0), SymbolicTensor)
    assert_type(2 * x + x[:, :1] - ops.square(x), SymbolicTensor)
    assert_type(activations.softmax(x), SymbolicTensor)
    assert_type(backend.sum(x, axis=-1), SymbolicTensor)


def arguments_that_there_are_not() -> None:
    ops.mean(X, dim=0)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    ops.mean(X, axis="rows")  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType]
    ops.maximum(X)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    ops.zeros((2, 3), type="float32")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    backend.mean(X, keepdim=True)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    activations.relu(X, alpa=0.1)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
