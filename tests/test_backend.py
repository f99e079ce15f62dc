"""The short functions of older Keras, against what their definition says in NumPy."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from keras.src.legacy import backend as keras_2_backend

from hornet import Sequential, layers, ops
from hornet import backend as K  # noqa: N812  (its name in the books)
from hornet.core.symbolic import SymbolicTensor
from hornet.core.variable import Variable

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(2, 4, 3)).astype("float32")
P, Q = rng.uniform(0.1, 0.9, (2, 4, 3)).astype("float32")
T, U = rng.normal(size=(2, 4, 3, 2)).astype("float32")
B = X > 0
N = np.array([2, 0, 1, 1], "int32")
V, W = rng.normal(size=(2, 3)).astype("float32")

# Arguments, and what the result is in NumPy; a function without a line fails the suite.
CASES = {
    **{name: ((X,), getattr(np, name)) for name in ("abs", "exp", "sign", "sin", "cos", "square", "tanh", "round")},
    "log": ((P,), np.log),
    "sqrt": ((X,), lambda x: np.sqrt(np.maximum(x, 0))),
    "pow": ((P, 3), np.power),
    **{name: ((X, Y), getattr(np, name)) for name in ("maximum", "minimum", "equal", "not_equal")},
    **{name: ((X, Y), getattr(np, name)) for name in ("greater", "greater_equal", "less", "less_equal")},
    "clip": ((X, -0.5, 0.5), np.clip),
    "hard_sigmoid": ((3 * X,), lambda x: np.clip(0.2 * x + 0.5, 0, 1)),
    "sigmoid": ((X,), lambda x: 1 / (1 + np.exp(-x))),
    "softmax": ((X,), lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True)),
    "softplus": ((X,), lambda x: np.log(1 + np.exp(x))),
    "softsign": ((X,), lambda x: x / (1 + np.abs(x))),
    "elu": ((X, 0.5), lambda x, alpha: np.where(x > 0, x, alpha * (np.exp(x) - 1))),
    "relu": (
        (X, 0.1, 1.0, 0.2), lambda x, slope, most, bend: np.where(x > bend, np.minimum(x, most), slope * (x - bend))
    ),
    **{
        name: ((X, 0, True), lambda x, axis, keepdims, name=name: getattr(np, name)(x, axis, keepdims=keepdims))
        for name in ("max", "min", "sum", "mean", "prod", "var", "std")
    },
    "all": ((B, 0), np.all),
    "any": ((B, 0), np.any),
    "logsumexp": ((X, 1), lambda x, axis: np.log(np.exp(x).sum(axis))),
    "argmax": ((X,), lambda x: np.argmax(x, -1)),
    "argmin": ((X,), lambda x: np.argmin(x, -1)),
    "cumsum": ((X,), lambda x: np.cumsum(x, 0)),
    "cumprod": ((X,), lambda x: np.cumprod(x, 0)),
    "l2_normalize": ((X, 1), lambda x, axis: x / np.linalg.norm(x, axis=axis, keepdims=True)),
    "shape": ((X,), np.shape),
    "int_shape": ((X,), np.shape),
    "ndim": ((X,), np.ndim),
    "count_params": ((X,), np.size),
    "reshape": ((X, (3, 4)), np.reshape),
    "flatten": ((X,), np.ravel),
    "batch_flatten": ((T,), lambda x: x.reshape(4, 6)),
    "expand_dims": ((X,), lambda x: x[..., None]),
    "squeeze": ((X[:, :1], 1), np.squeeze),
    "permute_dimensions": ((T, (0, 2, 1)), np.transpose),
    "transpose": ((T,), np.transpose),
    "concatenate": (([X, Y],), lambda xs: np.concatenate(xs, -1)),
    "stack": (([X, Y],), np.stack),
    "tile": ((X, (2, 1)), np.tile),
    "repeat": ((X, 2), lambda x, n: np.stack([x, x], axis=1)),
    "repeat_elements": ((X, 2, 1), np.repeat),
    "reverse": ((X, 1), np.flip),
    "gather": ((X, [0, 2]), lambda x, places: x[places]),
    "one_hot": ((N, 3), lambda n, classes: np.eye(classes)[n]),
    "in_top_k": ((X, N, 2), lambda x, n, k: [label in np.argsort(-row)[:k] for row, label in zip(x, n, strict=True)]),
    "dot": ((X, X.T), np.dot),
    "batch_dot": ((T, U, (1, 1)), lambda x, y, axes: np.einsum("bij,bik->bjk", x, y)),
    "bias_add": ((T, V[:2]), np.add),
    "binary_crossentropy": ((P, Q), lambda t, p: -(t * np.log(p) + (1 - t) * np.log(1 - p))),
    "categorical_crossentropy": ((P, Q), lambda t, p: -(t * np.log(p / p.sum(-1, keepdims=True))).sum(-1)),
    "sparse_categorical_crossentropy": ((N, Q), lambda n, p: -np.log(p / p.sum(-1, keepdims=True))[np.arange(4), n]),
    "batch_normalization": (
        (X, V, P[0], W, Q[0]), lambda x, mean, var, beta, gamma: gamma * (x - mean) / np.sqrt(var + 1e-3) + beta
    ),
    "zeros": (((2, 3),), np.zeros),
    "ones": (((2, 3),), np.ones),
    "eye": ((3,), np.eye),
    "zeros_like": ((X,), np.zeros_like),
    "ones_like": ((X,), np.ones_like),
    "constant": ((2.0, None, (2, 2)), lambda value, dtype, shape: np.full(shape, value)),
    "arange": ((1, 7, 2), np.arange),
    "cast": ((X, "int32"), lambda x, dtype: x.astype(dtype)),
    "cast_to_floatx": ((N,), lambda x: x.astype("float32")),
    "stop_gradient": ((X,), np.asarray),
    "switch": ((B[:, 0], X, Y), lambda chosen, one, other: np.where(chosen[:, None], one, other)),
    "map_fn": ((lambda row: 2 * row, X), lambda function, x: 2 * x),
    "dropout": ((X, 0.0), lambda x, level: x),
    "random_normal": (((2,), 5.0, 0.0), lambda *args: np.full(2, 5)),
    "truncated_normal": (((2,), 5.0, 0.0), lambda *args: np.full(2, 5)),
    "random_uniform": (((2,), 5.0, 5.0), lambda *args: np.full(2, 5)),
    "random_bernoulli": (((2,), 1.0), lambda *args: np.ones(2)),
}  # fmt: skip
# Tested below, or in test_config.py.
OTHERS = {
    "backend", "batch_get_value", "batch_set_value", "clear_session", "dtype", "epsilon", "eval", "floatx", "get_value",
    "image_data_format", "in_train_phase", "is_float_dtype", "is_int_dtype", "is_keras_tensor", "learning_phase",
    "moving_average_update", "result_type", "set_epsilon", "set_floatx", "set_image_data_format", "set_value",
    "standardize_dtype", "update", "update_add", "update_sub", "variable",
}  # fmt: skip
# Nothing of theirs is recorded on symbolic tensors.
PLAIN = {"count_params", "dropout", "int_shape", "map_fn", "ndim", "shape"}


def test_every_function_has_a_case():
    assert set(CASES).isdisjoint(OTHERS)
    assert set(CASES) | OTHERS == set(K.__all__)


@pytest.mark.parametrize("name", CASES)
def test_a_function_computes_its_definition(name):
    args, expected = CASES[name]
    np.testing.assert_allclose(getattr(K, name)(*args), expected(*args), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_a_function_is_recorded_on_symbolic_tensors(name):
    args, _ = CASES[name]
    arrays = [one for one in jax.tree.leaves(args) if isinstance(one, np.ndarray)]
    if name in PLAIN or not arrays:
        assert (
            name in PLAIN
            or name in {"arange", "constant", "eye", "ones", "zeros"}
            or "random" in name
            or "normal" in name
        )
        return
    tensors = jax.tree.map(
        lambda one: SymbolicTensor(one.shape, one.dtype, "x") if isinstance(one, np.ndarray) else one, args
    )
    symbolic, real = getattr(K, name)(*tensors), getattr(K, name)(*args)
    assert (symbolic.shape, symbolic.dtype) == (real.shape, str(real.dtype))


@pytest.mark.parametrize("name", sorted(set(CASES) & set(vars(keras_2_backend))))
def test_arguments_and_defaults_are_those_of_old_keras(name):
    ours, theirs = (
        [(one.name, one.default) for one in inspect.signature(getattr(module, name)).parameters.values()]
        for module in (K, keras_2_backend)
    )
    if getattr(K, name) in vars(ops).values():  # an operation under its own name; it may take more
        ours = ours[: len(theirs)]
    assert [name for name, _ in ours[: len(theirs)]] == [name for name, _ in theirs]
    assert ours[: len(theirs)] == theirs


def test_a_dot_product_of_batches_takes_the_axes_of_keras():
    for x, y, axes, expected in [
        (X, Y, None, "bi,bi->b"), (X, Y, 1, "bi,bi->b"), (T, U, 2, "bij,bkj->bik"), (T, X, (1, 1), "bij,bi->bj"),
        (X, T, (1, 1), "bi,bij->bj"), (T, np.swapaxes(U, 1, 2), None, "bij,bjk->bik"),
    ]:  # fmt: skip
        found = K.batch_dot(x, y, axes)
        wanted = np.einsum(expected, x, y)
        np.testing.assert_allclose(found, wanted[:, None] if wanted.ndim == 1 else wanted, rtol=1e-5)
    with pytest.raises(ValueError, match="`axes` must not be the batch's axis 0"):
        K.batch_dot(X, Y, 0)


def test_a_bias_lies_along_the_channels():
    np.testing.assert_array_equal(K.bias_add(T, V, "channels_first"), T + V[:, None])
    np.testing.assert_array_equal(K.bias_add(T, U[0]), T + U[0])
    np.testing.assert_array_equal(K.bias_add(T, U[0].T, "channels_first"), T + U[0])


def test_rows_of_an_ignored_class_have_loss_0():
    loss = K.sparse_categorical_crossentropy(N, Q)
    np.testing.assert_allclose(K.sparse_categorical_crossentropy(N, Q, ignore_class=1), np.where(N == 1, 0, loss))
    np.testing.assert_allclose(
        K.sparse_categorical_crossentropy(N[:, None], Q, ignore_class=2), np.where(N == 2, 0, loss)
    )


def test_a_variable_is_read_and_replaced():
    v = K.variable([1, 2])
    assert (type(v), K.dtype(v), K.int_shape(v)) == (Variable, "float32", (2,))
    K.set_value(v, [3, 4])
    assert K.get_value(v).tolist() == K.eval(v).tolist() == [3.0, 4.0]
    K.batch_set_value([(v, [5, 6])])
    assert K.batch_get_value([v])[0].tolist() == [5.0, 6.0]
    assert K.get_value(K.update_add(v, [1.0, 1.0])).tolist() == [6.0, 7.0]
    assert K.get_value(K.update_sub(v, [1.0, 1.0])).tolist() == [5.0, 6.0]
    assert K.get_value(K.update(v, [0.0, 8.0])).tolist() == [0.0, 8.0]
    assert K.get_value(K.moving_average_update(v, [4.0, 0.0], 0.75)).tolist() == [1.0, 6.0]
    assert isinstance(K.get_value(jnp.ones(2)), np.ndarray)
    assert K.get_value(3) == 3


def test_the_learning_rate_of_a_compiled_model_is_read_and_replaced():
    model = Sequential([layers.Dense(1, input_shape=(3,))])
    model.compile(loss="mse", optimizer="sgd")
    K.set_value(model.optimizer.learning_rate, 0.25)
    assert K.get_value(model.optimizer.learning_rate) == 0.25
    with pytest.raises(TypeError, match="'float' holds nothing that can be replaced"):
        K.set_value(0.1, 0.2)


def test_the_phase_is_that_of_the_call():
    class Phase(layers.Layer):
        def call(self, inputs):
            return inputs * 0 + K.in_train_phase(lambda: 1.0, 2.0) + 10 * K.learning_phase()

    assert Phase()(X)[0, 0] == 2.0
    assert Phase()(X, training=True)[0, 0] == 11.0
    assert K.in_train_phase(1, 2, training=True) == 1


def test_a_scalar_condition_chooses_all():
    assert K.switch(True, lambda: X, lambda: Y) is not None
    np.testing.assert_array_equal(K.switch(False, lambda: X, lambda: Y), Y)


def test_types_are_told_apart():
    assert (K.is_float_dtype("bfloat16"), K.is_float_dtype("int32")) == (True, False)
    assert (K.is_int_dtype("uint8"), K.is_int_dtype("float32")) == (True, False)
    assert (K.result_type("int32", "float16"), K.standardize_dtype(None)) == ("float16", "float32")


def test_losses_and_metrics_from_books_train_and_report():
    def rmse(y_true, y_pred):
        return K.sqrt(K.mean(K.square(y_pred - y_true), axis=-1))

    def r2(y_true, y_pred):
        rest = K.sum(K.square(y_true - y_pred))
        total = K.sum(K.square(y_true - K.mean(y_true)))
        return 1 - rest / (total + K.epsilon())

    model = Sequential([layers.Dense(1, input_shape=(3,))])
    model.compile(loss=rmse, optimizer="sgd", metrics=[r2])
    history = model.fit(X, X.sum(1, keepdims=True), epochs=30, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert history["r2"][-1] > history["r2"][0]
