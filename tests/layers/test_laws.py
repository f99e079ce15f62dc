"""What must be true of every layer, over the table of instances in cases.py.

What a case computes is computed once, and all its laws read it: compiling is what these tests take their time for.
"""

import copy
import inspect
from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from tests.layers.cases import CASES, CELLS, OWN, among

from hornet import layers
from hornet.core import random
from hornet.core.config import constructor_arguments
from hornet.core.frame import current_frame
from hornet.core.module import boxes, pure, values_of
from hornet.core.policies import policy_of
from hornet.core.variable import Box, Variable
from hornet.layers.layer import registry
from hornet.layers.preprocessing import Preprocessing

ALL = among(CASES)
TWINS = among([case for case in CASES if case.runs_in_keras])
PROGRAMS = among([case for case in CASES if case.may_be_in_a_program])
NUMBERS = among([case for case in CASES if not case.gives_tokens])
UNSEEDED = among(
    [case for case in CASES if case.may_be_in_a_program and not (case.draws_images and "seed" in case.arguments)]
)
"""Those that draw alike in a program and by hand, where layers that change images draw by their own seeds."""
BOTH = pytest.mark.parametrize("training", [False, True], ids=["inference", "training"])
KERAS_WARNS = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")


def test_every_layer_has_a_case():
    public = [getattr(layers, name) for name in layers.__all__]
    members = {one.__name__ for one in public if isinstance(one, type) and issubclass(one, layers.Layer)}
    registered = {registry[name].__name__ for name in registry if registry[name]._keras_module == "keras.layers"}
    others = {"Layer", "Pipeline", "Wrapper"}  # of which the second is a stack, with tests of its own
    assert {*CELLS, *(case.name for case in CASES)} == registered - {"Pipeline"} == members - others


# --- what a case computes ---------------------------------------------------------------------------------


class Outcome(NamedTuple):
    """What a layer makes of its case's data, in training or in inference."""

    value: Any
    """A scalar of the outputs, plus all penalties."""
    output: Any
    state: Any
    """The boxes' values after the call, by path."""
    of_weights: Any
    """The scalar's gradients by path."""
    of_inputs: Any


class Outcomes(NamedTuple):
    inference: Outcome
    training: Outcome
    row: Any
    """The output for the second row alone, in inference."""
    before: Any
    """The weights before the program ran."""
    after: Any


def objective(case, layer, training, key):
    """Return `(weights, other state, x) -> (scalar, (output, new state))`, penalties included, and its arguments."""
    held = boxes(layer, Box)
    trained = {path for path, box in held.items() if isinstance(box, Variable) and box.trainable}

    def forward(x):
        output = case.called(layer, x)
        penalties = [held[path].regularizer(held[path].value) for path in sorted(trained) if held[path].regularizer]
        return output, sum(penalties) + sum(current_frame().losses)

    call = pure(held, forward)

    def scalar(weights, rest, x):
        (output, penalty), state, _ = call({**weights, **rest}, x, training=training, key=key)
        return along_a_wave(output) + penalty, (output, state)

    state = values_of(held)
    weights = {path: state[path] for path in held if path in trained}
    return scalar, weights, {path: state[path] for path in held if path not in trained}


def along_a_wave(output):
    direction = np.cos(np.arange(np.size(output), dtype=output.dtype)).reshape(output.shape)
    return jnp.sum(output * direction)


def first_key():
    random.set_random_seed(3)
    return random.key_data(random.next_seed())


@cache
def outcomes(case):
    """Return what one program computes: outputs, new state and gradients, in inference and in training."""
    layer, key = case.made(), first_key()
    (scalar, weights, rest), (training, _, _) = (objective(case, layer, mode, key) for mode in (False, True))
    moving = (0,) if case.reads_integers else (0, 2)

    @jax.jit
    def program(weights, rest, x):
        pair = [jax.value_and_grad(one, moving, has_aux=True)(weights, rest, x) for one in (scalar, training)]
        _, (row, _) = scalar(weights, rest, jax.tree.map(lambda one: one[1:2], x))
        return pair, row

    before = layer.get_weights()
    pair, row = jax.device_get(program(weights, rest, case.data()))
    both = [Outcome(value, output, state, gradients[0], gradients[1:]) for (value, (output, state)), gradients in pair]
    return Outcomes(*both, row, before, layer.get_weights())


def outcome(case, training):
    return outcomes(case).training if training else outcomes(case).inference


def theirs(case, layer):
    """Return Keras's layer of the same configuration and weights."""
    twin = getattr(keras.layers, type(layer).__name__).from_config(layer.get_config())
    if not twin.built:
        case.on_shapes(twin.build, case.any_batch)
    twin.set_weights(layer.get_weights())
    if isinstance(twin, keras.layers.Normalization):
        twin.finalize_state()  # it computes with what it made of its weights here
    return twin


@cache
def twin_of(case):
    return theirs(case, case.made())


def mode_of(twin, training):
    return {"training": training} if twin._call_has_training_arg else {}


@cache
def their_outcomes(case):
    """Return value, output and gradients of Keras's layer by mode, as one program."""
    twin = twin_of(case)
    moving = (0,) if case.reads_integers else (0, 1)

    def objective(training):
        def scalar(weights, x):
            state = list(zip(twin.trainable_variables, weights, strict=True))
            with keras.StatelessScope(state_mapping=state, collect_losses=True):  # `stateless_call` forgets activities
                output, losses = case.called(twin, x, **mode_of(twin, training)), twin.losses
            return along_a_wave(output) + sum(losses), output

        return jax.value_and_grad(scalar, moving, has_aux=True)

    modes = [training for training in (False, True) if case.has_a_twin(training)]
    program = jax.jit(lambda *args: {training: objective(training)(*args) for training in modes})
    return jax.device_get(program([one.value for one in twin.trainable_variables], case.data()))


# --- parity with Keras ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted({case.name for case in CASES} - set(OWN) | set(CELLS)))
def test_arguments_and_defaults_are_those_of_keras(name):
    ours, keras_ = (inspect.signature(getattr(module, name).__init__).parameters for module in (layers, keras.layers))
    positional = [one for one in keras_.values() if one.kind is one.POSITIONAL_OR_KEYWORD]
    for one in positional:
        if one.name in ours:
            assert one.default == ours[one.name].default
    shared = [one.name for one in positional if one.name in ours]
    assert shared == [one for one in ours if one in shared]


@TWINS
def test_weights_have_the_names_shapes_and_order_of_keras(case, oracle):
    def rows(weights, trainable=True):
        return np.array([f"{one.name} {tuple(one.shape)} {one.trainable and trainable}" for one in weights], "U")

    def lists(layer, weights):
        names = [
            np.array([one.name for one in some], "U") for some in (layer.trainable_weights, layer.non_trainable_weights)
        ]
        return [weights, *names, layer.count_params()]

    layer = case.made()
    expected = oracle("weights", lambda: lists(twin_of(case), rows(twin_of(case).weights, twin_of(case).trainable)))
    for ours, other in zip(lists(layer, rows(layer.weights)), expected, strict=True):
        np.testing.assert_array_equal(ours, other)


def assert_parity(case, training, oracle):
    ours = outcome(case, training)
    of_weights = [ours.of_weights[path] for path in boxes(case.made(), Variable) if path in ours.of_weights]
    expected = oracle("outcome", lambda: their_outcomes(case)[training])
    value, output, *gradients = jax.tree.leaves((ours.value, ours.output, of_weights, ours.of_inputs))
    their_value, their_output, *their_gradients = expected
    np.testing.assert_allclose(output, their_output, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(value, their_value, rtol=1e-5, atol=1e-6)
    for our_gradient, other in zip(gradients, their_gradients, strict=True):
        largest = np.abs(other).max(initial=1.0)  # of sums, whose terms may cancel
        np.testing.assert_allclose(our_gradient, other, rtol=1e-5, atol=1e-5 * largest)


@among([case for case in CASES if case.has_a_twin(training=False)])
def test_outputs_and_gradients_are_those_of_keras_in_inference(case, oracle):
    assert_parity(case, False, oracle)


@among([case for case in CASES if case.has_a_twin(training=True)])
def test_outputs_and_gradients_are_those_of_keras_in_training(case, oracle):
    assert_parity(case, True, oracle)


@KERAS_WARNS
@among([case for case in CASES if case.name == "BatchNormalization"])
def test_statistics_follow_a_training_call_as_in_keras(case, oracle):
    layer = case.made()

    def their_statistics():
        twin = theirs(case, layer)
        case.called(twin, case.data(), **mode_of(twin, True))
        return twin.get_weights()

    expected = oracle("statistics", their_statistics)
    case.called(layer, case.data(), training=True)
    for ours, other in zip(layer.get_weights(), expected, strict=True):
        np.testing.assert_allclose(ours, other, rtol=1e-5, atol=1e-6)


# --- shapes and programs ----------------------------------------------------------------------------------


@BOTH
@PROGRAMS
def test_the_inferred_shape_is_the_real_one(case, training, oracle):
    layer, output = case.made(), outcome(case, training).output
    inferred = case.on_shapes(layer.compute_output_shape, case.any_batch)
    assert inferred == (None, *output.shape[1:])
    assert case.on_shapes(layer.compute_output_shape, case.shape) == output.shape
    if case.name != "InputLayer" and case.runs_in_keras:  # Keras's has no such method

        def their_shape():
            shape = case.on_shapes(twin_of(case).compute_output_shape, case.any_batch)
            return np.array([-1 if size is None else size for size in shape])

        (expected,) = oracle("shape", their_shape)
        assert len(inferred) == len(expected)
        assert all(other in (one, -1) for one, other in zip(inferred, expected, strict=True))


@BOTH
@UNSEEDED
def test_eager_and_compiled_calls_agree(case, training):
    layer, compiled = case.made(), outcome(case, training)
    random.set_random_seed(3)
    np.testing.assert_allclose(
        case.called(layer, case.data(), training=training), compiled.output, rtol=1e-6, atol=1e-6
    )
    for path, box in boxes(layer, Box).items():
        np.testing.assert_allclose(box.value, compiled.state[path], rtol=1e-6)


@PROGRAMS
def test_a_compiled_call_changes_no_box(case):
    for one, other in zip(outcomes(case).after, outcomes(case).before, strict=True):
        np.testing.assert_array_equal(one, other)


@ALL
def test_rows_do_not_depend_on_each_other_in_inference(case):
    if case.may_be_in_a_program:
        alone, among = outcomes(case).row, outcomes(case).inference.output[1:2]
    else:
        layer, x = case.made(), case.data()
        alone, among = case.called(layer, jax.tree.map(lambda column: column[1:2], x)), case.called(layer, x)[1:2]
    if among.dtype.kind == "U":
        np.testing.assert_array_equal(alone, among)
    else:
        np.testing.assert_allclose(alone, among, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@NUMBERS
def test_outputs_have_the_layer_s_type(case, dtype):
    layer = case.made(dtype=dtype)
    held = boxes(layer, Box)
    for training in (False, True):
        if case.reads_strings:
            output = case.called(layer, case.data(), training=training)
        else:
            call = partial(pure(held, partial(case.called, layer)), training=training, key=first_key())
            output, _, _ = jax.eval_shape(call, values_of(held), case.data())
        assert output.dtype == dtype
    assert {str(one.dtype) for one in layer.weights if one.name != "count"} <= {dtype}


def has_an_exact_gradient(case):
    # power iteration's vectors count as constants, which is exact once they have converged
    if case.name == "SpectralNormalization" and case.arguments.get("power_iterations", 1) < 20:
        return False
    return not case.gives_tokens and not case.reads_strings


@cache
def slopes(case):
    """Return `(slope by the gradient, slope by differences)` along a random direction, in inference and in training."""
    with jax.enable_x64():
        layer, key, x = case.made(dtype="float64"), first_key(), jax.tree.map(jnp.asarray, case.data("float64"))
        fixed = case.reads_integers

        def slopes_in(training, point, along):
            scalar, _, rest = objective(case, layer, training, key)

            def at(point):
                return scalar(point[0], rest, x if fixed else point[1])[0]

            def moved(distance):
                return at(jax.tree.map(lambda one, direction: one + distance * direction, point, along))

            pairs = zip(*map(jax.tree.leaves, (jax.grad(at)(point), along)), strict=True)
            return sum(jnp.vdot(*pair) for pair in pairs), (moved(1e-6) - moved(-1e-6)) / 2e-6

        _, weights, _ = objective(case, layer, True, key)
        point = (weights, {} if fixed else x)
        rng = np.random.default_rng(6)
        along = jax.tree.map(lambda one: rng.normal(size=one.shape), point)
        program = jax.jit(lambda *point: [slopes_in(training, *point) for training in (False, True)])
        return jax.device_get(program(point, along))


@BOTH
@among(list(filter(has_an_exact_gradient, CASES)))
def test_gradients_are_finite_differences(case, training):
    slope, difference = slopes(case)[training]
    np.testing.assert_allclose(slope, difference, rtol=1e-6, atol=1e-7)


# --- configs ----------------------------------------------------------------------------------------------


@ALL
def test_a_layer_is_rebuilt_from_its_config(case):
    layer = case.plain()
    config = layer.get_config()
    again = type(layer).from_config(config)
    assert again.get_config() == config
    assert again._structure() == layer._structure()
    left_out = {"activity_regularizer"} if case.name == "ActivityRegularization" else set()
    if isinstance(layer, Preprocessing):
        left_out = {"activity_regularizer", "trainable"}
    if layer.activity_regularizer is None and not layer._names_every_regularizer:
        left_out.add("activity_regularizer")
    if case.name == "InputLayer":  # whose shape is written with the batch axis, as in Keras
        assert set(config) == {"batch_shape", "dtype", "sparse", "ragged", "name", "optional"}
    else:
        assert set(case.arguments) <= set(config) == set(constructor_arguments(type(layer))) - left_out


@ALL
def test_a_rebuilt_layer_computes_the_same(case):
    layer = case.made()
    again = type(layer).from_config(layer.get_config())
    case.build(again)
    again.set_weights(layer.get_weights())
    one, other = (case.called(made, case.data(), training=False) for made in (again, layer))
    np.testing.assert_array_equal(one, other)


def agree(ours, theirs):
    """Return whether two configs say the same of what both know."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        known = set(ours) & set(theirs) - {"dtype", "noise_shape"}
        return all(agree(ours[key], theirs[key]) for key in known)
    if isinstance(ours, list) and isinstance(theirs, list | tuple):
        return len(ours) == len(theirs) and all(map(agree, ours, theirs))
    return ours == theirs


@TWINS
def test_keras_reads_the_config_and_writes_the_same(case):
    config = case.plain().get_config()
    twin = getattr(keras.layers, case.name).from_config(copy.deepcopy(config))
    written = twin.get_config()
    assert {"name", *case.arguments} - set(written) <= {"noise_shape", "shape"}
    assert agree(config, written)
    assert twin.dtype_policy.name == policy_of(config["dtype"]).name


@TWINS
def test_keras_s_description_is_read(case):
    layer = case.plain()
    twin = getattr(keras.layers, case.name).from_config(layer.get_config())
    again = layers.deserialize(keras.layers.serialize(twin))
    assert again.get_config() == layer.get_config()
