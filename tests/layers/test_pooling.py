"""Pooling: ties, edges, masks and bad input."""

import inspect

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from tests.tables import instances

from hornet import Sequential, layers
from hornet.core.symbolic import SymbolicTensor

# Class, arguments, shape of an input.
WINDOWS = [
    ("MaxPooling1D", {"pool_size": 3, "strides": 1}, (2, 9, 2)),
    ("MaxPooling2D", {}, (2, 6, 5, 2)),
    ("MaxPooling2D", {"pool_size": 2, "padding": "same"}, (2, 5, 5, 2)),
    ("MaxPooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, (2, 6, 5, 2)),
    ("MaxPooling2D", {"pool_size": (2, 3), "strides": (3, 1), "data_format": "channels_first"}, (2, 2, 6, 5)),
    ("MaxPooling2D", {"pool_size": (12, 2)}, (2, 12, 5, 2)),
    ("MaxPooling3D", {"pool_size": 2, "strides": 1}, (2, 3, 4, 3, 2)),
]


def data(shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def gradient(layer, x):
    def scalar(x):
        output = layer(x)
        return jnp.sum(output * (1.0 + jnp.arange(output.size, dtype=output.dtype)).reshape(output.shape))

    return jax.grad(scalar)(x)


def outcome(layer, x):
    """Return the output, not differentiated, and the gradient, as one program that is traced anew each time."""
    return jax.jit(lambda x: (layer(x), gradient(layer, x)))(x)


@pytest.mark.parametrize("values", [1, 2, 5])
@instances(("name", "arguments", "shape"), WINDOWS)
def test_of_equal_elements_the_first_one_gets_the_gradient_as_in_keras(name, arguments, shape, values, oracle):
    x = np.random.default_rng(1).integers(values, size=shape).astype("float32")
    output, of_x = outcome(getattr(layers, name)(**arguments), x)
    expected, expected_of_x = oracle("outcome", lambda: outcome(getattr(keras.layers, name)(**arguments), x))
    np.testing.assert_array_equal(output, expected)
    np.testing.assert_array_equal(of_x, expected_of_x)


@pytest.mark.parametrize("name", ["GlobalMaxPooling1D", "GlobalAveragePooling1D"])
def test_of_equal_elements_all_share_a_global_gradient_as_in_keras(name, oracle):
    x = np.random.default_rng(1).integers(2, size=(3, 5, 2)).astype("float32")
    _, expected = oracle("outcome", lambda: outcome(getattr(keras.layers, name)(), x))
    np.testing.assert_allclose(outcome(getattr(layers, name)(), x)[1], expected, rtol=1e-6)


# --- two ways of computing --------------------------------------------------------------------------------


def lowered(function, x):
    return jax.jit(function).lower(x).as_text()


@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize("name", ["MaxPooling2D", "AveragePooling2D"])
def test_a_cpu_s_training_goes_through_no_window_of_xla(name, strides):
    layer = getattr(layers, name)(2, strides, padding="same")
    program = lowered(lambda x: gradient(layer, x), data((2, 6, 6, 2)))
    assert "reduce_window" not in program
    assert "select_and_scatter" not in program


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", ["MaxPooling2D", "AveragePooling2D"])
def test_what_is_not_differentiated_is_one_window_of_xla(name, training):
    layer = getattr(layers, name)(2)
    program = lowered(lambda x: layer(x, training=training), data((2, 6, 6, 2)))
    assert program.count('"stablehlo.reduce_window"') == 1
    assert "stablehlo.slice" not in program


def test_a_model_trains_in_one_way_and_infers_in_the_other():
    model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(32, 3), layers.MaxPooling2D(), layers.Flatten()])
    model.compile(loss="mse")
    x, y = data((4, 6, 6, 1)), data((4, 128))
    assert "reduce_window" not in model.lower(x, y, batch_size=2).as_text()
    inference = lowered(model, x)
    assert "stablehlo.reduce_window" in inference
    assert "stablehlo.convolution" in inference


AVERAGES = [
    ("AveragePooling1D", {"pool_size": 3, "strides": 1, "padding": "same"}, (2, 9, 2)),
    ("AveragePooling1D", {"pool_size": 2, "strides": 3, "padding": "same"}, (2, 8, 2)),
    ("AveragePooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, (2, 6, 5, 2)),
    ("AveragePooling2D", {"pool_size": (2, 3), "strides": (3, 1), "data_format": "channels_first"}, (2, 2, 6, 5)),
    ("AveragePooling3D", {"pool_size": 2, "padding": "same"}, (2, 3, 4, 3, 2)),
]


@instances(("name", "arguments", "shape"), AVERAGES)
def test_averages_and_their_gradients_are_keras_s(name, arguments, shape, oracle):
    x = data(shape)
    expected = oracle("outcome", lambda: outcome(getattr(keras.layers, name)(**arguments), x))
    for ours, theirs in zip(outcome(getattr(layers, name)(**arguments), x), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@instances(("name", "arguments", "shape"), [*WINDOWS, *AVERAGES])
def test_both_ways_agree_in_all_derivatives(name, arguments, shape):
    layer = getattr(layers, name)(**arguments)
    with jax.enable_x64(True):
        x, change = np.random.default_rng(2).normal(size=(2, *shape))

        def cube(x):
            return jnp.sum(layer.pool(x, layer._spatial_axes, layer.pool_size, layer.strides, layer.padding) ** 3)

        @jax.jit
        def derivatives(x, change):
            value, slope = jax.jvp(cube, (x,), (change,))
            gradient, curved = jax.jvp(jax.grad(cube), (x,), (change,))
            backwards = jax.grad(lambda x: jnp.vdot(jax.grad(cube)(x), change))(x)
            return value, slope, jnp.vdot(gradient, change), curved, backwards

        @jax.jit
        def plain(x):
            return cube(x), jax.grad(cube)(x)

        value, slope, along, curved, backwards = derivatives(x, change)
        np.testing.assert_allclose(value, plain(x)[0], rtol=1e-14)
        np.testing.assert_allclose(slope, along, rtol=1e-12)
        np.testing.assert_allclose(curved, backwards, rtol=1e-10, atol=1e-10)
        step = 1e-6 * change
        (after, after_gradient), (before, before_gradient) = plain(x + step), plain(x - step)
        np.testing.assert_allclose(slope, (after - before) / 2e-6, rtol=1e-5)
        np.testing.assert_allclose(curved, (after_gradient - before_gradient) / 2e-6, rtol=1e-5, atol=1e-5)


@instances(("name", "arguments", "shape"), [*WINDOWS, *AVERAGES])
def test_rows_may_be_mapped_over(name, arguments, shape):
    layer, x = getattr(layers, name)(**arguments), data(shape)

    def both(row):
        return layer(row[None])[0], gradient(layer, row[None])[0]

    for mapped, each in zip(jax.jit(jax.vmap(both))(x), zip(*map(jax.jit(both), x), strict=True), strict=True):
        np.testing.assert_allclose(mapped, np.stack(each), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_not_a_number_is_passed_on(at, padding):
    x = np.arange(4.0, dtype="float32").reshape(1, 4, 1)
    x[0, at] = np.nan
    for layer in (layers.MaxPooling1D(2, padding=padding), layers.AveragePooling1D(2, padding=padding)):
        assert np.isnan(layer(x)).ravel().tolist() == [at < 2, at >= 2]


def test_integers_are_pooled():
    x = np.array([3, 1, 2], "uint8").reshape(1, 3, 1)
    assert layers.MaxPooling1D(2, padding="same")(x).ravel().tolist() == [3, 2]
    assert layers.AveragePooling1D(2, padding="same")(x).ravel().tolist() == [2.0, 2.0]
    assert layers.MaxPooling1D(2, padding="same")(-x.astype("int8")).ravel().tolist() == [-1, -2]


def test_what_lies_outside_does_not_count():
    x = -np.ones((1, 3, 3, 1), "float32")
    for layer in (layers.MaxPooling2D(2, 1, padding="same"), layers.AveragePooling2D(3, 1, padding="same")):
        np.testing.assert_array_equal(layer(x), x)


def test_old_and_short_names_are_the_same_classes():
    for kind, short in (("Max", "Max"), ("Average", "Avg")):
        for rank in (1, 2, 3):
            for scope in ("", "Global"):
                one = getattr(layers, f"{scope}{kind}Pooling{rank}D")
                assert getattr(layers, f"{scope}{short}Pool{rank}D") is one


@pytest.mark.parametrize("name", ["MaxPooling1D", "AveragePooling2D", "MaxPooling3D"])
def test_arguments_stand_in_keras_s_order(name):
    given = (2, 3, "same", "channels_first", "pool")
    parameters = inspect.signature(getattr(keras.layers, name).__init__).parameters.values()
    order = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD][1:]
    make = getattr(layers, name)
    assert make(*given).get_config() == make(**dict(zip(order, given, strict=True))).get_config()


# --- masks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [{}, {"keepdims": True}, {"data_format": "channels_first", "keepdims": True}])
def test_an_average_is_over_the_steps_that_count(arguments):
    x, mask = data((3, 4, 4)), np.array([[1, 1, 0, 0], [0, 1, 1, 1], [1, 1, 1, 1]], bool)
    ours, theirs = (module.GlobalAveragePooling1D(**arguments) for module in (layers, keras.layers))
    np.testing.assert_allclose(ours(x, mask=mask), theirs(x, mask=mask), rtol=1e-6)
    left_out = np.broadcast_to(~mask[:, :, None] if len(arguments) < 2 else ~mask[:, None], x.shape)
    np.testing.assert_array_equal(np.asarray(jax.grad(lambda x: jnp.sum(ours(x, mask=mask)))(x))[left_out], 0.0)


def test_an_average_of_no_steps_is_zero_and_so_is_its_gradient():
    layer, x = layers.GlobalAveragePooling1D(), data((2, 3, 2))
    mask = np.array([[False] * 3, [True] * 3])
    assert layer(x, mask=mask)[0].tolist() == [0.0, 0.0]
    assert jax.grad(lambda x: jnp.sum(layer(x, mask=mask)))(x)[0].tolist() == [[0.0, 0.0]] * 3


def test_a_mask_comes_from_the_layers_below():
    model = Sequential([layers.Input((3, 1)), layers.Masking(), layers.GlobalAveragePooling1D()])
    assert model.predict(np.array([[[2.0], [0.0], [4.0]]]), verbose=0).tolist() == [[3.0]]


# --- shapes -----------------------------------------------------------------------------------------------

UNKNOWN = [
    ("MaxPooling1D", {"pool_size": 2}, (None, 2), (9, 2)),
    ("MaxPooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, (None, None, 2), (5, 6, 2)),
    ("AveragePooling2D", {"pool_size": 2, "padding": "same"}, (None, 6, 2), (5, 6, 2)),
    ("AveragePooling2D", {"pool_size": 2, "data_format": "channels_first"}, (2, None, None), (2, 5, 6)),
    ("GlobalAveragePooling2D", {}, (None, None, 2), (5, 6, 2)),
    ("GlobalMaxPooling3D", {"keepdims": True}, (None, None, None, 2), (3, 4, 5, 2)),
]


@pytest.mark.parametrize(("name", "arguments", "declared", "real"), UNKNOWN)
def test_axes_may_be_unknown_until_data_come(name, arguments, declared, real):
    layer = getattr(layers, name)(**arguments)
    symbolic = layer(SymbolicTensor((None, *declared), "float32", "x"))
    assert symbolic.shape == getattr(keras.layers, name)(**arguments)(keras.Input(declared)).shape
    output = jax.jit(layer)(data((3, *real)))
    assert all(size in (one, None) for one, size in zip(output.shape, symbolic.shape, strict=True))


@instances(("name", "arguments", "shape"), WINDOWS)
def test_xla_s_own_windows_compute_the_same(name, arguments, shape, monkeypatch):
    x, average = (
        data(shape),
        getattr(layers, name.replace("Max", "Average"))({"pool_size": 2, **arguments}["pool_size"]),
    )
    pools = (getattr(layers, name)(**arguments), average)
    if "data_format" in arguments:
        pools = pools[:1]
    ours = [outcome(layer, x) for layer in pools]
    monkeypatch.setattr("hornet.layers.windows._are_known", lambda sizes: False)
    for layer, (output, of_x) in zip(pools, ours, strict=True):
        expected, expected_of_x = outcome(layer, x)
        np.testing.assert_allclose(output, expected, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(of_x, expected_of_x, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("make", "shape", "message"),
    [
        (lambda: layers.MaxPooling2D(0), None, "`pool_size` must be a positive integer, not 0"),
        (lambda: layers.MaxPooling2D((2, 2, 2)), None, r"`pool_size` must be one number, or 2 of them"),
        (lambda: layers.MaxPooling2D(2, strides=0), None, "`strides` must be a positive integer, not 0"),
        (lambda: layers.AveragePooling1D(2, padding="causal"), None, "`padding` must be one of 'valid', 'same'"),
        (
            lambda: layers.MaxPooling2D(name="p"),
            (2, 28, 28),
            r"Layer 'p' takes inputs of shape \(batch, height, width, channels\), not \(2, 28, 28\)\. Add an axis",
        ),
        (
            lambda: layers.AveragePooling1D(4, name="p"),
            (2, 3, 1),
            r"Layer 'p' with windows of \(4,\) does not fit inputs of shape \(2, 3, 1\)",
        ),
        (lambda: layers.GlobalMaxPooling2D(name="p"), (2, 3, 1), r"Layer 'p' takes inputs of shape \(batch, height"),
        (lambda: layers.GlobalMaxPooling1D(name="p"), (2, 0, 1), r"'p' .* does not fit inputs of shape \(2, 0, 1\)"),
    ],
)
def test_bad_arguments_and_shapes_are_refused(make, shape, message):
    with pytest.raises(ValueError, match=message):
        make()(data(shape or (2, 4, 4, 1)))
