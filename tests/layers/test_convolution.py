"""Convolutions: two ways to compute them, their transposes, and bad input."""

import inspect
from functools import partial

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from tests.tables import instances

import hornet
from hornet import layers, ops
from hornet.core.module import boxes, pure, values_of
from hornet.core.random import seeded
from hornet.core.symbolic import SymbolicTensor
from hornet.core.variable import Box
from hornet.layers import windows

CLASSES = [
    *("Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
    *("DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"),
]
# Class, arguments, shape of an input.
CASES = [
    ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, (5, 9, 2)),
    ("Conv2D", {"filters": 4, "kernel_size": 3}, (5, 7, 6, 2)),
    ("Conv2D", {"filters": 4, "kernel_size": (3, 2), "strides": (2, 1), "padding": "same"}, (5, 7, 6, 2)),
    ("Conv2D", {"filters": 4, "kernel_size": 2, "groups": 2, "data_format": "channels_first"}, (5, 4, 7, 6)),
    ("Conv2D", {"filters": 8, "kernel_size": 2, "groups": 4, "padding": "same"}, (5, 7, 6, 4)),
    ("Conv3D", {"filters": 3, "kernel_size": 2, "padding": "same"}, (5, 3, 4, 3, 2)),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"}, (5, 4, 3, 2)),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": 2, "strides": 3, "output_padding": 2}, (5, 4, 3, 2)),
    ("DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 2}, (5, 7, 6, 3)),
    ("SeparableConv2D", {"filters": 4, "kernel_size": 3, "padding": "same"}, (5, 7, 6, 3)),
]
GIVEN = {
    "filters": 4,
    "kernel_size": 3,
    "strides": 2,
    "padding": "same",
    "output_padding": 1,
    "groups": 2,
    "depth_multiplier": 2,
    "data_format": "channels_first",
    "dilation_rate": 1,
    "activation": "tanh",
    "use_bias": False,
    "kernel_initializer": "ones",
    "depthwise_initializer": "he_normal",
    "pointwise_initializer": "he_uniform",
    "bias_initializer": "ones",
    "kernel_regularizer": "l2",
    "depthwise_regularizer": "l1",
    "pointwise_regularizer": "l1_l2",
    "bias_regularizer": "l2",
    "activity_regularizer": "l1",
    "kernel_constraint": "max_norm",
    "depthwise_constraint": "non_neg",
    "pointwise_constraint": "unit_norm",
    "bias_constraint": "min_max_norm",
}
ALL = instances(("name", "arguments", "shape"), CASES)


def data(shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def function_of(name, arguments, shape):
    """Return a built layer as `(weights, x) -> output`, and its weights."""
    layer = getattr(layers, name)(**arguments)
    layer._build_on(shape)
    held = boxes(layer, Box)
    call = pure(held, layer)
    return lambda weights, x: call(weights, x, training=True)[0], values_of(held)


def value_and_gradients(call, weights, x):
    """Return the output, and the gradients by weights and input of a function of it that is not linear."""

    def scalar(weights, x):
        output = call(weights, x)
        return jnp.sum(jnp.sin(output) * jnp.cos(jnp.arange(output.size)).reshape(output.shape)), output

    return jax.grad(scalar, argnums=(0, 1), has_aux=True)(weights, x)


def outcome(*arguments):
    """Return value and gradients as one program, traced anew each time."""
    call, *arguments = arguments
    return jax.jit(partial(value_and_gradients, call))(*arguments)


# --- arguments --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CLASSES)
def test_arguments_stand_in_keras_s_order(name):
    parameters = inspect.signature(getattr(keras.layers, name).__init__).parameters.values()
    order = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD][1:]
    make = partial(getattr(layers, name), name="layer")
    by_position = make(*(GIVEN[argument] for argument in order))
    assert by_position.get_config() == make(**{argument: GIVEN[argument] for argument in order}).get_config()


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("Conv2D", {"filters": 0}, "`filters` must be a positive integer, not 0"),
        ("Conv2D", {"kernel_size": (3, 3, 3)}, r"`kernel_size` must be one number, or 2 of them, not \(3, 3, 3\)"),
        ("Conv1D", {"kernel_size": (3, 3)}, r"`kernel_size` must be one number, not \(3, 3\)"),
        ("Conv2D", {"kernel_size": (3, 0)}, "`kernel_size` must be a positive integer, not 0"),
        ("Conv2D", {"strides": 0}, "`strides` must be a positive integer, not 0"),
        ("Conv2D", {"padding": "causal"}, "`padding` must be one of 'valid', 'same', not 'causal'"),
        ("Conv2D", {"padding": "sane"}, "not 'sane'. Did you mean 'same'?"),
        ("Conv2D", {"data_format": "first"}, "`data_format` must be one of 'channels_last', 'channels_first'"),
        ("Conv2D", {"groups": 3}, "3 does not divide 4"),
        ("Conv2D", {"strides": 2, "dilation_rate": 2}, "cannot both be above 1"),
        ("Conv2DTranspose", {"strides": 2, "output_padding": (1, 2)}, r"below `strides` \(2, 2\) on each axis"),
        ("DepthwiseConv2D", {"depth_multiplier": 0}, "`depth_multiplier` must be a positive integer, not 0"),
    ],
)
def test_bad_arguments_are_refused(name, arguments, message):
    required = {} if name == "DepthwiseConv2D" else {"filters": 4}
    with pytest.raises(ValueError, match=message):
        getattr(layers, name)(**{**required, "kernel_size": 3, **arguments})


def test_an_unknown_argument_is_named():
    with pytest.raises(TypeError, match=r"`Conv2D` has no argument `kernel_regulariser`. Did you mean 'kernel_regu"):
        layers.Conv2D(4, 3, kernel_regulariser="l2")


# --- two ways to compute ----------------------------------------------------------------------------------


def assert_close(found, expected):
    for one, other in zip(*map(jax.tree.leaves, (found, expected)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@ALL
def test_xla_s_own_convolution_computes_the_same(name, arguments, shape, monkeypatch):
    call, weights = function_of(name, arguments, shape)
    found = outcome(call, weights, data(shape))
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert_close(found, outcome(call, weights, data(shape)))


@pytest.mark.parametrize("rows", [2, pytest.param(1, marks=pytest.mark.full), pytest.param(3, marks=pytest.mark.full)])
@ALL
def test_blocks_of_images_compute_the_same(name, arguments, shape, rows, monkeypatch):
    call, weights = function_of(name, arguments, shape)
    expected = outcome(call, weights, data(shape))
    monkeypatch.setattr(windows, "_block", lambda batch, _: rows)
    assert_close(outcome(call, weights, data(shape)), expected)


@pytest.mark.parametrize(
    ("batch", "bytes_of_one", "rows"),
    [(32, 1, 32), (32, 2**18, 32), (32, 2**18 + 1, 8), (32, 2**19 + 1, 4), (31, 2**20, 4), (5, 2**30, 1), (0, 8, 0)],
)
def test_a_block_s_patches_fit_into_the_cache(batch, bytes_of_one, rows):
    assert windows._block(batch, bytes_of_one) == rows


@ALL
def test_a_cpu_s_training_holds_no_convolution_of_xla(name, arguments, shape, monkeypatch):
    call, weights = function_of(name, arguments, shape)

    def program():
        return jax.jit(partial(value_and_gradients, call)).lower(weights, data(shape)).as_text()

    assert "convolution" not in program()
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert "convolution" in program()


def test_inference_and_training_compute_the_same(oracle):
    with seeded(1):
        layer, x = layers.Conv2D(32, 3, padding="same", activation="tanh"), data((2, 5, 6, 3))
        output = layer(x)

    def theirs():
        twin = keras.layers.Conv2D(32, 3, padding="same", activation="tanh")
        twin.build(x.shape)
        twin.set_weights(layer.get_weights())
        return twin(x)

    np.testing.assert_allclose(output, layer(x, training=True), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(output, *oracle("output", theirs), rtol=1e-5, atol=1e-6)


@ALL
def test_a_second_derivative_and_a_population_work(name, arguments, shape):
    call, weights = function_of(name, arguments, shape)
    x = data(shape)
    direction = np.cos(np.arange(x.size, dtype="float32")).reshape(shape)
    population = jax.tree.map(lambda one: jnp.stack([one, 2 * one]), weights)

    @jax.jit
    def derivatives(weights, x):
        def penalty(x):
            return jnp.sum(jnp.square(call(weights, x)))

        _, forward = jax.jvp(penalty, (x,), (direction,))
        gradient, curvature = jax.jvp(jax.grad(penalty), (x,), (direction,))
        offset = call(weights, jnp.zeros_like(x))
        squares = 2 * jnp.sum(jnp.square(call(weights, direction) - offset))
        return forward, jnp.vdot(gradient, direction), jnp.vdot(curvature, direction), squares

    @jax.jit
    def outputs(population, x):
        members = [jax.tree.map(lambda stacked, index=index: stacked[index], population) for index in range(2)]
        return jax.vmap(call, in_axes=(0, None))(population, x), [call(one, x) for one in members]

    forward, backward, curvature, squares = derivatives(weights, x)
    np.testing.assert_allclose(forward, backward, rtol=1e-4)
    np.testing.assert_allclose(curvature, squares, rtol=1e-4)
    together, alone = outputs(population, x)
    np.testing.assert_allclose(together, np.stack(alone), rtol=1e-5, atol=1e-5)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")
def test_a_model_trains_as_in_keras(oracle):
    x, y = data((48, 6, 6, 1)), np.arange(48) % 3

    def model(library):
        module = library.layers
        body = [
            module.Conv2D(4, 3, activation="relu", padding="same"),
            module.MaxPooling2D(),
            module.SeparableConv2D(5, 2, activation="tanh"),
            module.GlobalAveragePooling2D(),
            module.Dense(3, activation="softmax"),
        ]
        return library.Sequential([module.Input((6, 6, 1)), *body])

    with seeded(1):
        start = model(hornet).get_weights()

    def train(library):
        one = model(library)
        one.set_weights(start)
        one.compile(loss="sparse_categorical_crossentropy", optimizer="sgd")
        one.optimizer.learning_rate = 0.5
        one.fit(x, y, epochs=3, batch_size=16, shuffle=False, verbose=0)
        return one.get_weights()

    for one, other in zip(train(hornet), oracle("weights", lambda: train(keras)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


# --- mathematics ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("strides", "dilation"), [(1, 1), (2, 1), (3, 1), (1, 2)])
def test_a_transposed_convolution_is_the_transpose(strides, dilation):
    geometry = {"kernel_size": 3, "strides": strides, "dilation_rate": dilation, "use_bias": False}
    down, up = layers.Conv2D(4, **geometry), layers.Conv2DTranspose(2, **geometry)
    y = data((3, 3, 2, 4))
    up._build_on(y.shape)
    x = data(up.compute_output_shape(y.shape))
    down._build_on(x.shape)
    up.set_weights([np.asarray(down.kernel)])
    one, other = jax.jit(lambda x, y: (jnp.vdot(down(x), y), jnp.vdot(x, up(y))))(x, y)
    np.testing.assert_allclose(one, other, rtol=1e-4)


def test_a_causal_convolution_sees_no_later_step():
    layer, x = layers.Conv1D(3, 3, padding="causal", dilation_rate=2), data((1, 9, 2))
    before = np.asarray(layer(x))
    x[:, 5:] += 1.0
    changed = np.any(np.asarray(layer(x)) != before, axis=(0, 2))
    assert changed.tolist() == [False] * 5 + [True] * 4


def test_integers_are_taken_as_numbers():
    layer = layers.Conv2D(2, 2)
    pixels = np.arange(32, dtype="uint8").reshape(2, 4, 4, 1)
    output = layer(pixels)
    assert output.dtype == "float32"
    np.testing.assert_array_equal(output, layer(pixels.astype("float32")))


# --- shapes -----------------------------------------------------------------------------------------------

UNKNOWN = [
    ("Conv1D", {"filters": 4, "kernel_size": 3, "strides": 2}, (None, 2), (9, 2)),
    ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal"}, (None, 2), (9, 2)),
    ("Conv2D", {"filters": 4, "kernel_size": 3}, (None, None, 2), (5, 6, 2)),
    ("Conv2D", {"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"}, (None, 6, 2), (5, 6, 2)),
    ("Conv2D", {"filters": 4, "kernel_size": 2, "groups": 2, "data_format": "channels_first"}, (4, None, 6), (4, 5, 6)),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2}, (None, None, 2), (5, 6, 2)),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"}, (None, 6, 2), (5, 6, 2)),
    ("DepthwiseConv2D", {"kernel_size": 3}, (None, None, 2), (5, 6, 2)),
    ("SeparableConv2D", {"filters": 4, "kernel_size": 3, "padding": "same"}, (None, None, 2), (5, 6, 2)),
]


@instances(("name", "arguments", "declared", "real"), UNKNOWN)
def test_axes_may_be_unknown_until_data_come(name, arguments, declared, real, oracle):
    def known(shape):
        return np.array([-1 if size is None else size for size in shape])

    layer = getattr(layers, name)(**arguments)
    symbolic = layer(SymbolicTensor((None, *declared), "float32", "x"))
    theirs = oracle("shape", lambda: known(getattr(keras.layers, name)(**arguments)(keras.Input(declared)).shape))
    np.testing.assert_array_equal(known(symbolic.shape), *theirs)
    output = jax.jit(layer)(data((3, *real)))
    assert all(size in (one, None) for one, size in zip(output.shape, symbolic.shape, strict=True))


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (
            layers.Conv2D(4, 3, name="c"),
            (None, 28, 28),
            r"Layer 'c' takes inputs of shape \(batch, height, width, channels\), not \(None, 28, 28\)\. "
            r"Add an axis for the channels, as in `x\[\.\.\., None\]`\.",
        ),
        (
            layers.Conv1D(4, 3, data_format="channels_first", name="c"),
            (None, 2, 3, 4),
            r"Layer 'c' takes inputs of shape \(batch, channels, steps\), not \(None, 2, 3, 4\)",
        ),
        (
            layers.Conv2D(4, (2, 5), name="c"),
            (None, 9, 4, 1),
            r"Layer 'c' with windows of \(2, 5\) does not fit inputs of shape \(None, 9, 4, 1\)",
        ),
        (layers.Conv1D(4, 3, dilation_rate=2, name="c"), (None, 4, 1), r"windows of \(3,\) does not fit inputs of"),
        (layers.Conv2D(4, 3, name="c"), (None, 9, 9, None), r"Layer 'c' needs to know axis -1 of its input"),
        (layers.Conv2D(4, 3, groups=2, name="c"), (None, 9, 9, 3), "'c' has 2 groups, which do not divide the 3 cha"),
        (layers.Conv2DTranspose(4, 3, name="c"), (None, 9, 9), r"Layer 'c' takes inputs of shape \(batch, height"),
        (layers.DepthwiseConv1D(3, name="c"), (None, 2, 4), r"Layer 'c' with windows of \(3,\) does not fit"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(layer, shape, message):
    with pytest.raises(ValueError, match=message):
        layer(SymbolicTensor(shape, "float32", "x"))
    assert not layer.built


def test_a_built_layer_refuses_other_shapes():
    layer = layers.Conv2D(4, 3, name="c")
    layer(data((2, 5, 5, 3)))
    layer(data((2, 9, 7, 3)))
    with pytest.raises(
        ValueError, match=r"'c' was built for inputs of shape \(None, 5, 5, 3\) but received shape \(2, 5, 5, 2"
    ):
        layer(data((2, 5, 5, 2)))
    with pytest.raises(ValueError, match=r"'c' with windows of \(3, 3\) does not fit inputs of shape \(2, 5, 2, 3\)"):
        layer(data((2, 5, 2, 3)))


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_a_subclass_changes_the_kernel_before_it_is_used(data_format):
    class Standardized(layers.Conv2D):
        def convolution_op(self, inputs, kernel):
            mean, variance = ops.moments(kernel, axes=[0, 1, 2], keepdims=True)
            return super().convolution_op(inputs, (kernel - mean) / ops.sqrt(variance + 1e-10))

    layer = Standardized(4, 3, data_format=data_format)
    x = np.random.default_rng(0).normal(size=(2, 5, 6, 3)).astype("float32")
    given = x if data_format == "channels_last" else x.transpose(0, 3, 1, 2)
    output = np.asarray(layer(given))
    kernel = layer.kernel.numpy()
    plain = layers.Conv2D(4, 3)
    plain.build(x.shape)
    plain.set_weights([(kernel - kernel.mean((0, 1, 2))) / kernel.std((0, 1, 2)), np.zeros(4)])
    expected = np.asarray(plain(x))
    np.testing.assert_allclose(
        output, expected if data_format == "channels_last" else expected.transpose(0, 3, 1, 2), rtol=1e-3, atol=1e-4
    )


@pytest.mark.parametrize("kind", [layers.Conv1D, layers.Conv2D, layers.SeparableConv1D, layers.AveragePooling3D])
def test_an_argument_that_is_missing_is_missed_under_the_layer_s_own_name(kind):
    with pytest.raises(TypeError, match=rf"^{kind.__name__}\.__init__\(\) missing"):
        kind()
