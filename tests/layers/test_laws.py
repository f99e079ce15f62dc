"""What must be true of every layer, over one table of instances."""

import inspect

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from hornet import layers
from hornet.core import random
from hornet.core.config import constructor_arguments
from hornet.core.frame import current_frame
from hornet.core.module import boxes, pure, values_of
from hornet.core.variable import Box, Variable
from hornet.layers.layer import registry

# One line an instance: class, arguments, shape of an input. A class without a line fails the suite.
CASES = [
    ("Activation", {"activation": "relu"}, (5, 3)),
    ("Activation", {"activation": "softmax"}, (5, 2, 3)),
    ("BatchNormalization", {}, (8, 3)),
    ("BatchNormalization", {"axis": 1}, (6, 3, 4)),
    ("BatchNormalization", {"axis": -1, "momentum": 0.5, "epsilon": 0.1}, (4, 2, 3)),
    ("BatchNormalization", {"center": False}, (8, 3)),
    ("BatchNormalization", {"scale": False}, (8, 3)),
    ("BatchNormalization", {"center": False, "scale": False, "momentum": 0.0}, (8, 3)),
    ("BatchNormalization", {"trainable": False}, (8, 3)),
    ("BatchNormalization", {"gamma_regularizer": "l2", "beta_regularizer": "l2"}, (8, 3)),
    ("Dense", {"units": 4}, (5, 3)),
    ("Dense", {"units": 1, "activation": "sigmoid"}, (5, 3)),
    ("Dense", {"units": 4, "activation": "softmax", "use_bias": False}, (5, 3)),
    ("Dense", {"units": 2, "activation": "tanh"}, (5, 2, 3)),
    ("Dense", {"units": 2, "kernel_initializer": "he_normal", "bias_initializer": "ones"}, (5, 3)),
    (
        "Dense",
        {"units": 4, "kernel_regularizer": "l2", "bias_regularizer": "l1_l2", "activity_regularizer": "l2"},
        (5, 3),
    ),
    ("Dense", {"units": 4, "kernel_constraint": "max_norm", "bias_constraint": "non_neg"}, (5, 3)),
    ("Dense", {"units": 4, "trainable": False, "kernel_regularizer": "l2"}, (5, 3)),
    ("Dropout", {"rate": 0.0}, (5, 3)),
    ("Dropout", {"rate": 0.5}, (5, 3)),
    ("Dropout", {"rate": 1.0}, (5, 3)),
    ("Dropout", {"rate": 0.5, "noise_shape": (None, 1, 3), "seed": 3}, (5, 2, 3)),
    ("Flatten", {}, (5, 2, 3)),
    ("Flatten", {}, (5, 3)),
    ("Flatten", {}, (5,)),
    ("Flatten", {"data_format": "channels_first"}, (5, 2, 3, 4)),
    ("InputLayer", {"shape": (3,)}, (5, 3)),
    ("InputLayer", {"shape": [2, None]}, (5, 2, 3)),
]
IDS = [
    f"{name}-{'-'.join(f'{key}={value}' for key, value in given.items()) or 'plain'}-{shape}"
    for name, given, shape in CASES
]
ALL = pytest.mark.parametrize(("name", "arguments", "shape"), CASES, ids=IDS)
BOTH = pytest.mark.parametrize("training", [False, True], ids=["inference", "training"])
KERAS_WARNS = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")


def test_every_layer_has_a_case():
    assert {name for name, _, _ in CASES} == {registry[name].__name__ for name in registry}
    assert {name for name in layers.__all__ if name not in ("Input", "Layer")} == set(registry)


def made(name, arguments, shape, **more):
    """Return a built layer with weights and statistics that are no round numbers."""
    layer = getattr(layers, name)(**arguments, **more)
    layer.build_on((None, *shape[1:]))
    rng = np.random.default_rng(1)
    for variable in layer.weights:
        variable.assign(rng.uniform(0.5, 1.5, variable.shape))
    return layer


def theirs(layer, shape):
    """Return Keras's layer of the same configuration and weights."""
    twin = getattr(keras.layers, type(layer).__name__).from_config(layer.get_config())
    if not twin.built:
        twin.build((None, *shape[1:]))
    twin.set_weights(layer.get_weights())
    return twin


def data(shape, dtype="float32"):
    return np.random.default_rng(2).normal(size=shape).astype(dtype)


def objective(layer, shape, training):
    """Return `(weights, other state, x) -> (scalar, (output, new state))`, penalties included, and its arguments."""
    held = boxes(layer, Box)
    trained = {path for path, box in held.items() if isinstance(box, Variable) and box.trainable}

    def forward(x):
        output = layer(x)
        penalties = [held[path].regularizer(held[path].value) for path in sorted(trained) if held[path].regularizer]
        return output, sum(penalties) + sum(current_frame().losses)

    call = pure(held, forward)

    def scalar(weights, rest, x):
        (output, penalty), state, _ = call({**weights, **rest}, x, training=training, key=random.key_data(5))
        direction = np.cos(np.arange(np.size(output), dtype=x.dtype)).reshape(output.shape)
        return jnp.sum(output * direction) + penalty, (output, state)

    state = values_of(held)
    weights = {path: state[path] for path in held if path in trained}
    return scalar, weights, {path: state[path] for path in held if path not in trained}


def their_objective(twin, training):
    mode = {"training": training} if twin._call_has_training_arg else {}

    def scalar(weights, x):
        state = list(zip(twin.trainable_variables, weights, strict=True))
        with keras.StatelessScope(state_mapping=state, collect_losses=True):  # `stateless_call` forgets activities
            output, losses = twin(x, **mode), twin.losses
        direction = np.cos(np.arange(np.size(output), dtype="float32")).reshape(output.shape)
        return jnp.sum(output * direction) + sum(losses), output

    return scalar, [one.value for one in twin.trainable_variables]


# --- parity with Keras ------------------------------------------------------------------------------------


@ALL
def test_arguments_and_defaults_are_those_of_keras(name, arguments, shape):
    ours, keras_ = (inspect.signature(getattr(module, name).__init__).parameters for module in (layers, keras.layers))
    positional = [one for one in keras_.values() if one.kind is one.POSITIONAL_OR_KEYWORD]
    for one in positional:
        if one.name in ours:
            assert one.default == ours[one.name].default
    shared = [one.name for one in positional if one.name in ours]
    assert shared == [one for one in ours if one in shared]


@ALL
def test_weights_have_the_names_shapes_and_order_of_keras(name, arguments, shape):
    layer = made(name, arguments, shape)
    twin = theirs(layer, shape)
    assert [(one.name, one.shape, one.trainable) for one in layer.weights] == [
        (one.name, one.shape, one.trainable and twin.trainable) for one in twin.weights
    ]
    assert layer.count_params() == twin.count_params()
    assert [one.name for one in layer.trainable_weights] == [one.name for one in twin.trainable_weights]
    assert [one.name for one in layer.non_trainable_weights] == [one.name for one in twin.non_trainable_weights]


def has_a_twin(case, training):
    name, arguments, _ = case
    draws = name == "Dropout" and 0.0 < arguments["rate"] < 1.0  # test_dropout.py holds the laws of the draws
    return name != "InputLayer" and not (draws and training)  # Keras's InputLayer cannot be called


@pytest.mark.parametrize(
    ("name", "arguments", "shape", "training"),
    [
        pytest.param(*case, training, id=f"{label}-{'training' if training else 'inference'}")
        for case, label in zip(CASES, IDS, strict=True)
        for training in (False, True)
        if has_a_twin(case, training)
    ],
)
def test_outputs_and_gradients_are_those_of_keras(name, arguments, shape, training):
    layer, x = made(name, arguments, shape), data(shape)
    scalar, weights, rest = objective(layer, shape, training)
    their_scalar, their_weights = their_objective(theirs(layer, shape), training)
    (value, (output, _)), gradients = jax.value_and_grad(scalar, argnums=(0, 2), has_aux=True)(weights, rest, x)
    (their_value, their_output), expected = jax.value_and_grad(their_scalar, argnums=(0, 1), has_aux=True)(
        their_weights, x
    )
    np.testing.assert_allclose(output, their_output, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(value, their_value, rtol=1e-5, atol=1e-6)
    of_weights = [gradients[0][path] for path in weights]  # as a pytree a dict is sorted
    for ours, other in zip((*of_weights, gradients[1]), (*expected[0], expected[1]), strict=True):
        np.testing.assert_allclose(ours, other, rtol=1e-5, atol=1e-5)


@KERAS_WARNS
@pytest.mark.parametrize(("name", "arguments", "shape"), [case for case in CASES if case[0] == "BatchNormalization"])
def test_statistics_follow_a_training_call_as_in_keras(name, arguments, shape):
    layer, x = made(name, arguments, shape), data(shape)
    twin = theirs(layer, shape)
    layer(x, training=True)
    twin(x, **({"training": True} if twin._call_has_training_arg else {}))
    for ours, other in zip(layer.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(ours, other, rtol=1e-5, atol=1e-6)


# --- shapes and programs ----------------------------------------------------------------------------------


@BOTH
@ALL
def test_the_inferred_shape_is_the_real_one(name, arguments, shape, training):
    layer = made(name, arguments, shape)
    inferred = layer.compute_output_shape((None, *shape[1:]))
    output = layer(data(shape), training=training)
    assert inferred == (None, *output.shape[1:])
    assert layer.compute_output_shape(shape) == output.shape
    if name != "InputLayer":  # Keras's has no such method
        assert inferred == theirs(layer, shape).compute_output_shape((None, *shape[1:]))


@BOTH
@ALL
def test_eager_and_compiled_calls_agree(name, arguments, shape, training):
    layer, x = made(name, arguments, shape), data(shape)
    held = boxes(layer, Box)
    random.set_random_seed(3)
    key = random.key_data(random.next_seed())
    compiled = jax.jit(pure(held, layer), static_argnames="training")
    output, state, _ = compiled(values_of(held), x, training=training, key=key)
    random.set_random_seed(3)
    np.testing.assert_allclose(layer(x, training=training), output, rtol=1e-6, atol=1e-6)
    for path, box in held.items():
        np.testing.assert_allclose(box.value, state[path], rtol=1e-6)


@ALL
def test_a_compiled_call_changes_no_box(name, arguments, shape):
    layer = made(name, arguments, shape)
    before = layer.get_weights()
    jax.jit(pure(boxes(layer, Box), layer), static_argnames="training")(
        values_of(boxes(layer, Box)), data(shape), training=True, key=random.key_data(0)
    )
    for one, other in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


@ALL
def test_rows_do_not_depend_on_each_other_in_inference(name, arguments, shape):
    layer, x = made(name, arguments, shape), data(shape)
    np.testing.assert_allclose(layer(x)[1:2], layer(x[1:2]), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@ALL
def test_outputs_have_the_layer_s_type(name, arguments, shape, dtype):
    layer = made(name, arguments, shape, dtype=dtype)
    for training in (False, True):
        assert str(layer(data(shape), training=training).dtype) == dtype
    assert {str(one.dtype) for one in layer.weights} <= {dtype}


@BOTH
@ALL
def test_gradients_are_finite_differences(name, arguments, shape, training):
    with jax.enable_x64():
        layer = made(name, arguments, shape, dtype="float64")
        scalar, weights, rest = objective(layer, shape, training)
        point = (weights, jnp.asarray(data(shape, "float64")))
        rng = np.random.default_rng(6)
        along = jax.tree.map(lambda one: rng.normal(size=one.shape), point)

        def moved(distance):
            weights, x = jax.tree.map(lambda one, direction: one + distance * direction, point, along)
            return scalar(weights, rest, x)[0]

        gradient = jax.grad(lambda weights, x: scalar(weights, rest, x)[0], argnums=(0, 1))(*point)
        slope = sum(
            jnp.vdot(one, direction) for one, direction in zip(*map(jax.tree.leaves, (gradient, along)), strict=True)
        )
        np.testing.assert_allclose(slope, (moved(1e-6) - moved(-1e-6)) / 2e-6, rtol=1e-6, atol=1e-7)


# --- configs ----------------------------------------------------------------------------------------------


@ALL
def test_a_layer_is_rebuilt_from_its_config(name, arguments, shape):
    layer = getattr(layers, name)(**arguments)
    config = layer.get_config()
    again = type(layer).from_config(config)
    assert again.get_config() == config
    assert again.structure() == layer.structure()
    assert set(arguments) <= set(config) == set(constructor_arguments(type(layer)))


@ALL
def test_a_rebuilt_layer_computes_the_same(name, arguments, shape):
    layer = made(name, arguments, shape)
    again = type(layer).from_config(layer.get_config())
    again.build_on((None, *shape[1:]))
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(again(data(shape)), layer(data(shape)))


@ALL
def test_keras_reads_the_config_and_writes_the_same(name, arguments, shape):
    config = getattr(layers, name)(**arguments).get_config()
    twin = getattr(keras.layers, name).from_config(config)
    written = twin.get_config()
    shared = set(config) & set(written) - {"dtype", "noise_shape"}
    assert {"name"} <= shared
    assert {key: config[key] for key in shared} == {key: written[key] for key in shared}
    assert twin.dtype == config["dtype"]
