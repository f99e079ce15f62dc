"""What operations do beyond returning Keras's values: gradients, graphs, programs and errors."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pandas as pd
import pytest

from hornet import Input, Model, activations, layers, ops
from hornet.core.symbolic import SymbolicTensor
from hornet.core.variable import Variable

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(2, 4, 3)).astype("float32")
P, Q = rng.uniform(0.1, 0.9, (2, 4, 3)).astype("float32")
K = np.array([2, 0, 1, 1], "int32")

SLOPES = {
    "binary_crossentropy": [(P, Q), (P, X, True)],
    "categorical_crossentropy": [(P, Q), (P, X, True)],
    "sparse_categorical_crossentropy": [(K, Q), (K, X, True)],
    "normalize": [(X,), (X, 0, 3)],
    "layer_normalization": [(X,)],
    "rms_normalization": [(X,)],
    "batch_normalization": [(X, X[0], P[0], 1)],
    "divide_no_nan": [(X, P)],
    "logsumexp": [(X, 1)],
    "norm": [(X, None, 1)],
}


@pytest.mark.parametrize(
    ("name", "args"),
    [
        pytest.param(name, args, id=f"{name}-{number}")
        for name, runs in SLOPES.items()
        for number, args in enumerate(runs)
    ],
)
def test_gradients_are_those_of_keras(name, args, oracle):
    place = 1 if "crossentropy" in name else 0

    def total(module):
        return lambda x: jnp.sum(jnp.sin(getattr(module, name)(*args[:place], x, *args[place + 1 :])))

    ours = jax.jit(jax.grad(total(ops)))(args[place])
    [theirs] = oracle("gradient", lambda: jax.jit(jax.grad(total(keras.ops)))(args[place]))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "function",
    [lambda x: ops.normalize(x), lambda x: ops.divide_no_nan(1.0, x), lambda x: ops.rms_normalization(x)],
)
def test_gradients_are_finite_at_0(function):
    assert np.isfinite(jax.jit(jax.grad(lambda x: jnp.sum(function(x))))(np.zeros(3, "float32"))).all()


def test_half_floats_do_not_overflow_in_statistics():
    x = jnp.full((2, 3), 3e4, "float16").at[0, 0].set(-3e4)
    found = jax.jit(
        lambda x: (*ops.moments(x, 1), ops.layer_normalization(x), ops.rms_normalization(x), ops.normalize(x))
    )(x)
    assert {one.dtype for one in found} == {jnp.dtype("float16")}
    assert np.isfinite(found[2]).all()
    assert np.isfinite(found[4]).all()


def test_a_model_of_operations_computes_what_they_do():
    a, b = Input(shape=(3,)), Input(shape=(3,))
    hidden = layers.Dense(3)
    model = Model([a, b], {
        "sum": ops.concatenate([ops.square(a), ops.maximum(hidden(b), 0.0)], axis=-1),
        "best": ops.top_k(a, 2)[0],
        "relu": activations.relu(a - ops.mean(b, axis=-1, keepdims=True)),
    })  # fmt: skip
    found = model.predict([X, Y], verbose=0)
    np.testing.assert_allclose(found["sum"], np.hstack([X**2, np.maximum(hidden(Y), 0)]), rtol=1e-6)
    np.testing.assert_array_equal(found["best"], -np.sort(-X)[:, :2])
    np.testing.assert_allclose(found["relu"], np.maximum(X - Y.mean(1, keepdims=True), 0), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", list(activations.registry))
def test_activations_take_symbolic_tensors(name):
    arguments = (0.1, 0.2) if name == "threshold" else ()
    x = SymbolicTensor((None, 4), "float32", "x")
    assert activations.get(name)(x, *arguments).shape == (None, 2 if name == "glu" else 4)


def test_a_loss_of_operations_trains_a_model():
    model = Model(inputs := Input(shape=(3,)), layers.Dense(1)(inputs))
    model.compile(loss=lambda y, p: ops.mean(ops.abs(ops.subtract(y, p)), axis=-1), optimizer="sgd")
    target = X @ np.ones((3, 1), "float32")
    history = model.fit(X, target, epochs=20, verbose=0).history["loss"]
    assert history[-1] < history[0]


def test_operations_read_a_variable_where_a_program_carries_it():
    v = Variable([1.0, 2.0])
    v.assign([3.0, 4.0])
    assert ops.sum(v) == 7.0
    assert ops.shape(v) == (2,)
    assert (ops.ndim(v), ops.size(v), ops.dtype(v)) == (1, 2, "float32")
    assert ops.convert_to_numpy(v).tolist() == [3.0, 4.0]


def test_a_table_is_an_array():
    np.testing.assert_array_equal(ops.add(pd.DataFrame(X), 1.0), X + 1)


def test_the_shape_of_a_symbolic_tensor_is_plain():
    x = SymbolicTensor((None, 3), "float32", "x")
    assert (ops.shape(x), ops.ndim(x), ops.dtype(x)) == ((None, 3), 2, "float32")
    assert ops.reshape(x, (ops.shape(x)[0], 3, 1)).shape == (None, 3, 1)


def test_a_custom_gradient_replaces_the_own_one():
    @ops.custom_gradient
    def doubled(x):
        return ops.square(x), lambda upstream: 10.0 * upstream

    @keras.ops.custom_gradient
    def theirs(x):
        return keras.ops.square(x), lambda upstream: 10.0 * upstream

    assert doubled(3.0) == theirs(3.0) == 9.0
    assert jax.grad(doubled)(3.0) == jax.grad(theirs)(3.0) == 10.0
    assert doubled(Variable(3.0)) == 9.0
    assert doubled(SymbolicTensor((None, 2), "float32", "x")).shape == (None, 2)


def test_vectorize_takes_what_keras_takes():
    def both(*args, **options):
        return [module.vectorize(*args, **options) for module in (ops, keras.ops)]

    for ours, theirs in (both(lambda x, y: x * y), both(lambda x, y: x * y, excluded={1})):
        np.testing.assert_array_equal(ours(X, 2.0), theirs(X, 2.0))
    ours, theirs = both(jnp.dot, signature="(n),(n)->()")
    np.testing.assert_array_equal(ours(X, Y), theirs(X, Y))


def test_dtype_names_are_those_of_keras():
    for array in (X, K, X > 0, X.astype("complex64"), jnp.ones(2, "bfloat16")):
        assert ops.dtype(array) == keras.ops.dtype(array)
    assert (ops.dtype([1]), ops.dtype(1.5)) == ("int32", "float32")


def test_a_type_that_is_asked_for_is_kept():
    with jax.enable_x64():
        assert ops.zeros(2).dtype == "float32"
        assert ops.arange(0.0, 1.0).dtype == "float32"
        assert ops.ones(2, "float64").dtype == "float64"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.add(1), r"add\(\) missing 1 required positional argument: 'x2'"),
        (lambda: ops.mean(X, dim=0), r"mean\(\) got an unexpected keyword argument 'dim'"),
        (lambda: ops.binary_crossentropy(P, P[0]), r"shapes \(4, 3\) and \(3,\)\. Pass two arrays of one shape"),
        (lambda: ops.sparse_categorical_crossentropy(K[:2], Q), r"targets of shape \(2, 1\) .* Pass one class index"),
        (lambda: ops.segment_sum(X, K), "`num_segments` is None, .* Pass the number of segments"),
        (
            lambda: ops.scatter_update(X, [[0, 0]], [1.0], "mean"),
            "`reduction` must be one of None, 'add', .* not 'mean'",
        ),
        (lambda: ops.one_hot(K, 3, sparse=True), "`sparse` must be False: .* Leave it out"),
        (lambda: ops.bincount(K, sparse=True), "`sparse` must be False: .* Leave it out"),
        (lambda: ops.convert_to_tensor(X, sparse=True), "`sparse` and `ragged` must be false: .* Leave them out"),
        (lambda: ops.multi_hot(K), "`num_classes` is None, .* Pass their number"),
        (lambda: ops.normalize(X, order=0), "`order` must be an integer of at least 1, not 0"),
        (lambda: ops.cholesky(-np.eye(2, dtype="float32")), "`x` is not positive definite, .* Add to its diagonal"),
        (lambda: ops.qr(X, "raw"), "`mode` must be one of 'reduced', 'complete', not 'raw'"),
        (lambda: ops.pad(X, 1, "edge", 0.0), "`constant_values` means nothing with mode 'edge'. Leave it out"),
        (lambda: ops.unstack(X, 3), r"`num` is 3, but axis 0 of shape \(4, 3\) has another size. Leave `num` out"),
        (lambda: ops.cast(X, "floaty"), "`dtype` must be a data type, not 'floaty'"),
    ],
)
def test_errors_say_what_is_wrong_and_what_to_do(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()


@pytest.mark.parametrize("name", ["sum", "concatenate", "softmax", "expand_dims", "take", "flip", "sort"])
def test_an_axis_that_is_not_there_is_told_from_those_that_are(name):
    given = {"concatenate": ([X, Y],), "take": (X, K)}.get(name, (X,))
    first, last = (-3, 2) if name == "expand_dims" else (-2, 1)
    message = rf"`{name}` got axis 7 of an array with {last + 1} axes\. Pass one from {first} to {last}\."
    with pytest.raises(ValueError, match=message):
        getattr(ops, name)(*given, axis=7)
    tensor = SymbolicTensor((None, 3), "float32", "x")
    with pytest.raises(ValueError, match=message):
        getattr(ops, name)(*(([tensor, tensor],) if name == "concatenate" else (tensor, *given[1:])), axis=7)


@pytest.mark.parametrize(("name", "settings"), [("mean", ()), ("argmax", ()), ("split", (3,)), ("unstack", (None,))])
def test_an_axis_that_jax_looks_up_is_refused_as_well(name, settings):
    with pytest.raises(
        ValueError, match=rf"`{name}` got an axis or an index that arrays of shape \(4, 3\) do not have"
    ):
        getattr(ops, name)(X, *settings, axis=7)


@pytest.mark.parametrize(
    ("layer", "axes"),
    [
        (layers.Softmax(7), "an array with 2 axes"),
        (layers.BatchNormalization(axis=7), r"an input of shape \(4, 3\)"),
        (layers.LayerNormalization(axis=7), r"an input of shape \(4, 3\)"),
        (layers.Concatenate(axis=7), "arrays with 2 axes"),
    ],
    ids=["softmax", "batch", "layer", "concatenate"],
)
def test_layers_name_themselves_where_an_axis_is_not_there(layer, axes):
    with pytest.raises(ValueError, match=rf"Layer '{layer.name}' got axis 7 of {axes}\. Pass one from -2 to 1\."):
        layer([X, Y] if isinstance(layer, layers.Concatenate) else X)
