"""The base of every layer: building, weights, freezing, calling."""

import jax
import keras
import numpy as np
import pytest

import hornet
from hornet import layers
from hornet.core import random
from hornet.core.module import boxes, pure, values_of
from hornet.core.variable import Box

X = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")


# --- building ---------------------------------------------------------------------------------------------


def test_a_layer_builds_itself_at_the_first_call_and_only_then():
    layer = layers.Dense(4)
    assert (layer.built, layer.weights) == (False, [])
    layer(X)
    kernel = layer.kernel
    assert layer.built
    layer(X)
    assert layer.kernel is kernel


def test_build_may_be_called_by_hand():
    layer = layers.Dense(4)
    layer.build((None, 3))
    kernel = layer.kernel
    assert layer(X).shape == (5, 4)
    assert layer.kernel is kernel
    assert layer.get_weights()[0].shape == (3, 4)


def test_a_layer_without_a_build_of_its_own_builds_those_inside():
    class Pair(layers.Layer):
        def __init__(self):
            super().__init__()
            self.first, self.second = layers.Dense(4), layers.Dense(2)

        def call(self, inputs):
            return self.second(self.first(inputs))

    pair = Pair()
    pair.build((None, 3))
    assert pair.built
    assert [weight.shape for weight in pair.weights] == [(3, 4), (4,), (4, 2), (2,)]


def test_build_of_the_base_may_be_called_from_one_s_own():
    class Scale(layers.Layer):
        def build(self, input_shape):
            super().build(input_shape)
            self.factor = self.add_weight("factor", (input_shape[-1],))

        def call(self, inputs):
            return inputs * self.factor

    layer = Scale()
    assert layer(X).shape == X.shape
    assert (layer.built, layer.input_shape, len(layer.weights)) == (True, (None, 3), 1)


@pytest.mark.parametrize(
    "declared",
    [
        {"input_shape": (3,)},
        {"input_shape": [3]},
        {"input_shape": 3},
        {"input_dim": 3},
        {"batch_input_shape": (None, 3)},
    ],
)
def test_every_spelling_of_the_input_s_shape_is_the_same(declared):
    assert layers.Dense(4, **declared)._declared_shape == (None, 3)


def test_an_unbuilt_layer_counts_no_parameters():
    with pytest.raises(ValueError, match=r"^'first' is not built, so it has no weights yet\. Give it `input_shape`"):
        layers.Dense(4, name="first").count_params()


@pytest.mark.parametrize("shape", [(None, None), (None, 2, None)])
def test_a_weight_s_axis_must_be_known(shape):
    layer = layers.Dense(4, name="first")
    with pytest.raises(ValueError, match=r"^Layer 'first' needs to know axis -1 .* Declare it with `input_shape=` or"):
        layer._build_on(shape)
    assert not layer.built


def test_an_input_of_another_width_names_the_layer_and_both_shapes():
    layer = layers.Dense(4, name="first")
    layer(X)
    with pytest.raises(
        ValueError, match=r"^Layer 'first' was built for inputs of shape \(None, 3\) but received shape \(5, 2\)\. Pass"
    ):
        layer(X[:, :2])


def test_names_count_by_class_and_given_names_are_kept():
    hornet.core.names.reset_names()
    made = [layers.Dense(1), layers.Dense(1, name="own"), layers.Dense(1), layers.BatchNormalization()]
    assert [layer.name for layer in made] == ["dense", "own", "dense_1", "batch_normalization"]


@pytest.mark.parametrize("make", [lambda name: layers.Dense(4, name=name), lambda name: hornet.Sequential(name=name)])
def test_a_name_is_one_part_of_a_path(make):
    with pytest.raises(ValueError, match=r"^`name` cannot contain '/', .* not 'a/b'\. Use '_'\.$"):
        make("a/b")


def test_an_unknown_argument_gets_the_nearest():
    with pytest.raises(TypeError, match=r"^`Dense` has no argument `activaton`\. Did you mean 'activation'\?$"):
        layers.Dense(4, activaton="relu")


# --- weights ----------------------------------------------------------------------------------------------


class Scale(layers.Layer):
    def __init__(self, kernel_initializer="ones", **kwargs):
        super().__init__(**kwargs)
        self.kernel_initializer = kernel_initializer
        self.kernel_regularizer = hornet.regularizers.L2(0.5)
        self.kernel_constraint = None

    def build(self, input_shape):
        self.kernel = self.add_weight("kernel", (input_shape[-1],))

    def call(self, inputs):
        return inputs * self.kernel


@pytest.mark.parametrize(
    ("arguments", "more"),
    [
        (("kernel", (3,)), {}),
        (((3,), "ones"), {"name": "kernel"}),
        (([3],), {"name": "kernel"}),
        ((), {"name": "kernel", "shape": (3,)}),
        ((), {"shape": (3,), "name": "kernel", "initializer": "ones"}),
    ],
)
def test_name_and_shape_may_stand_either_way_round(arguments, more):
    weight = Scale().add_weight(*arguments, **more)
    assert (weight.name, weight.shape) == ("kernel", (3,))
    assert weight.numpy().tolist() == [1.0, 1.0, 1.0]


def test_a_weight_takes_what_the_layer_has_for_its_name():
    layer = Scale()
    weight = layer.add_weight("kernel", (3,))
    assert weight.regularizer is layer.kernel_regularizer
    own = layer.add_weight("kernel", (3,), initializer="zeros", regularizer="l1", constraint="non_neg")
    assert own.numpy().tolist() == [0.0, 0.0, 0.0]
    assert isinstance(own.regularizer, hornet.regularizers.L1)
    assert isinstance(own.constraint, hornet.constraints.NonNeg)


def test_a_weight_by_itself_is_trained_has_the_layer_s_type_and_starts_as_in_keras():
    layer, twin = layers.Layer(dtype="float16"), keras.layers.Layer(dtype="float16")
    weight, other = layer.add_weight(shape=(400, 300)), twin.add_weight(shape=(400, 300))
    assert (weight.trainable, str(weight.dtype)) == (other.trainable, other.dtype) == (True, "float16")
    assert abs(np.std(weight.numpy().astype("float32")) / np.std(np.asarray(other.value, "float32")) - 1) < 0.02
    assert 0 not in layer.add_weight("bias", (200,)).numpy()  # as in Keras, whatever its name
    assert layer.add_weight().shape == ()


def test_a_weight_may_be_made_untrained_and_of_another_type():
    weight = layers.Layer().add_weight("count", (), initializer="zeros", dtype="int32", trainable=False)
    assert (weight.trainable, str(weight.dtype)) == (False, "int32")


def test_an_initializer_that_returns_another_shape_is_refused():
    with pytest.raises(
        ValueError, match=r"'kernel' of layer 'odd' returned shape \(2,\)\. Return an array of shape \(3,\)"
    ):
        Scale(kernel_initializer=lambda shape, dtype=None: np.zeros(2, "float32"), name="odd")(X)


def test_weights_can_be_read_and_written():
    layer, other = layers.Dense(4), layers.Dense(4)
    layer(X), other(X)
    other.set_weights(layer.get_weights())
    np.testing.assert_array_equal(other(X), layer(X))
    layer.get_weights()[0][:] = 7.0
    np.testing.assert_array_equal(layer.get_weights()[0], other.get_weights()[0])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda w, b: [w], r"^`set_weights` of 'first' got 1 arrays, but it has 2 weights\. Pass as many as"),
        (lambda w, b: [], r"got 0 arrays, but it has 2 weights\."),
        (lambda w, b: [w, b, b], r"got 3 arrays, but it has 2 weights\."),
        (
            lambda w, b: [b, w],
            r"^Weight 'kernel' of 'first' has shape \(3, 4\), not \(4,\)\. Pass the arrays in the order",
        ),
        (lambda w, b: [w, b[:2]], r"^Weight 'bias' of 'first' has shape \(4,\), not \(2,\)\."),
    ],
)
def test_weights_that_do_not_fit_leave_the_layer_as_it_was(given, message):
    layer = layers.Dense(4, name="first")
    layer(X)
    before = layer.get_weights()
    with pytest.raises(ValueError, match=message):
        layer.set_weights(given(before[0] + 1, before[1] + 1))
    for one, other in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_weights_cannot_be_set_before_there_are_any():
    with pytest.raises(ValueError, match=r"got 2 arrays, but it has 0 weights because it is not built yet\."):
        layers.Dense(4).set_weights([np.zeros((3, 4)), np.zeros(4)])


# --- freezing ---------------------------------------------------------------------------------------------


def freeze_model_thaw_layer(model):
    model.trainable = False
    model.layers[0].trainable = True


def freeze_layer_thaw_model(model):
    model.layers[0].trainable = False
    model.trainable = True


def freeze_and_add(model):
    model.trainable = False
    model.add(type(model.layers[0])(2, name="new"))


FREEZINGS = {
    "nothing": lambda model: None,
    "the model": lambda model: setattr(model, "trainable", False),
    "a layer": lambda model: setattr(model.layers[0], "trainable", False),
    "the statistics' layer": lambda model: setattr(model.layers[1], "trainable", False),
    "the model, not a layer": freeze_model_thaw_layer,
    "a layer, then thaw the model": freeze_layer_thaw_model,
    "the model, then add a layer": freeze_and_add,
}


def stack(library, **kwargs):
    own = library.layers
    return library.Sequential(
        [library.Input((3,)), own.Dense(2, name="a"), own.BatchNormalization(name="b"), own.Dense(1, name="c")],
        **kwargs,
    )


def split(model):
    counts = [(len(one.trainable_weights), len(one.non_trainable_weights)) for one in (model, *model.layers[:3])]
    return counts, [one.trainable for one in model.layers[:3]]


@pytest.mark.parametrize("freeze", FREEZINGS)
def test_freezing_parts_the_weights_as_keras_does(freeze):
    ours, theirs = stack(hornet), stack(keras)
    FREEZINGS[freeze](ours)
    FREEZINGS[freeze](theirs)
    assert split(ours) == split(theirs)


def test_a_stack_made_frozen_has_nothing_to_train():
    assert len(stack(keras, trainable=False).trainable_weights) == 0
    assert len(stack(hornet, trainable=False).trainable_weights) == 0


@pytest.mark.parametrize("when", ["made frozen", "frozen before it is built", "frozen afterwards"])
def test_a_layer_may_be_frozen_at_any_time(when):
    layer = layers.BatchNormalization(trainable=when != "made frozen")
    if when == "frozen before it is built":
        layer.trainable = False
    layer.build((None, 3))
    if when == "frozen afterwards":
        layer.trainable = False
    assert (len(layer.trainable_weights), len(layer.non_trainable_weights)) == (0, 4)
    layer.trainable = True
    assert [one.name for one in layer.trainable_weights] == ["gamma", "beta"]


def test_frozen_weights_stay_and_the_others_learn():
    model = stack(hornet)
    model.layers[0].trainable = False
    model.compile(loss="mse", optimizer="sgd")
    frozen, learning = model.layers[0].get_weights(), model.layers[2].get_weights()
    model.fit(X, np.ones(5), verbose=0)
    for one, other in zip(model.layers[0].get_weights(), frozen, strict=True):
        np.testing.assert_array_equal(one, other)
    assert np.all(model.layers[2].get_weights()[0] != learning[0])
    model.layers[0].trainable = True
    model.fit(X, np.ones(5), verbose=0)
    assert np.any(model.layers[0].get_weights()[0] != frozen[0])


# --- calling ----------------------------------------------------------------------------------------------


def test_lists_and_other_types_are_taken():
    layer = layers.Dense(2, kernel_initializer="ones")
    for x in (
        [[1, 2, 3]],
        np.array([[1, 2, 3]], "uint8"),
        np.array([[1, 2, 3]], "float16"),
        np.array([[1.0, 2.0, 3.0]]),
    ):
        output = layer(x)
        assert output.tolist() == [[6.0, 6.0]]
        assert str(output.dtype) == "float32"


def test_a_layer_without_a_call_says_so():
    with pytest.raises(NotImplementedError, match=r"^`Layer` has no `call`\. Write one that returns the output\."):
        layers.Layer()(X)


class Block(layers.Layer):
    """Layers held in an attribute and in a list, none built before the first call."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.first = layers.Dense(units, activation="relu")
        self.rest = [layers.Dropout(0.5), layers.BatchNormalization()]

    def call(self, inputs, training=False):
        outputs = self.first(inputs)
        for layer in self.rest:
            outputs = layer(outputs, training=training)
        return outputs


class Prebuilt(Block):
    def build(self, input_shape):
        self.first._build_on(input_shape)
        self.rest[1]._build_on((None, self.units))


NAMES = ["kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance"]


@pytest.mark.parametrize("kind", [Block, Prebuilt])
def test_a_user_s_layer_with_layers_inside_builds_and_runs(kind):
    block = kind(4)
    assert block(X).shape == (5, 4)
    assert [weight.name for weight in block.weights] == NAMES
    assert list(boxes(block, Box)) == [
        *["first/kernel", "first/bias", "rest/0/rate"],
        *[f"rest/1/{name}" for name in NAMES[2:]],
    ]
    assert block.compute_output_shape((None, 3)) == (None, 4)


@pytest.mark.parametrize("kind", [Block, Prebuilt])
def test_a_user_s_layer_with_layers_inside_trains_in_a_model(kind):
    model = hornet.Sequential([kind(4), layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    model.fit(X, np.ones(5), verbose=0)
    before = model.get_weights()
    model.fit(X, np.ones(5), verbose=0)
    assert model.count_params() == 12 + 4 + 16 + 5
    assert [bool(np.any(one != other)) for one, other in zip(model.get_weights(), before, strict=True)] == [True] * 8


def test_layers_inside_hear_of_training():
    block = Prebuilt(4)
    block(X)
    still = block.rest[1].get_weights()
    block(X)
    np.testing.assert_array_equal(block.rest[1].get_weights()[2], still[2])
    block(X, training=True)
    assert np.any(block.rest[1].get_weights()[2] != still[2])


def test_training_is_passed_on_to_layers_that_were_not_told():
    class Quiet(layers.Layer):
        def __init__(self):
            super().__init__()
            self.dropout = layers.Dropout(0.9)

        def call(self, inputs):
            return self.dropout(inputs)

    ones = np.ones((100, 10), "float32")
    assert np.all(Quiet()(ones) == 1.0)
    assert np.mean(Quiet()(ones, training=True) == 0.0) > 0.5


def test_a_layer_may_run_in_inference_inside_training():
    class Off(layers.Layer):
        def __init__(self):
            super().__init__()
            self.dropout = layers.Dropout(0.9)

        def call(self, inputs):
            return self.dropout(inputs, training=False) + 0 * self.dropout(inputs)

    ones = np.ones((100, 10), "float32")
    assert np.all(Off()(ones, training=True) == 1.0)


def test_a_user_s_weights_may_be_changed_in_a_call():
    class Counter(layers.Layer):
        def build(self, input_shape):
            self.calls = self.add_weight("calls", (), initializer="zeros", trainable=False)

        def call(self, inputs):
            self.calls.assign_add(1.0)
            return inputs

    layer = Counter()
    layer(X), layer(X)
    assert float(layer.calls) == 2.0
    _, state, _ = jax.jit(pure(boxes(layer, Box), layer))(values_of(boxes(layer, Box)), X)
    assert (float(state["calls"]), float(layer.calls)) == (3.0, 2.0)


def test_calling_a_layer_that_writes_under_a_bare_jit_is_refused_with_advice():
    layer = layers.BatchNormalization()
    layer(X)
    before = layer.get_weights()
    with pytest.raises(RuntimeError, match=r"traced value was assigned to .*moving_mean.* Call the layer through"):
        jax.jit(lambda x: layer(x, training=True))(X)
    np.testing.assert_array_equal(layer.get_weights()[2], before[2])


# --- no hidden effects ------------------------------------------------------------------------------------


def test_an_eager_call_of_a_layer_that_draws_nothing_moves_no_generator():
    layer = layers.Dense(2)
    layer(np.ones((1, 3), "float32"))
    before = random.get_state()
    layer(np.ones((1, 3), "float32"), training=True)
    layers.Dropout(0.5)(np.ones((1, 3), "float32"), training=False)
    assert random.get_state() == before
    layers.Dropout(0.5)(np.ones((1, 3), "float32"), training=True)
    assert random.get_state() != before


def test_autocast_decides_whether_inputs_are_cast():
    x = np.ones((1, 2), "float64")
    with jax.enable_x64():
        kept, cast = (layers.Identity(dtype="float16", autocast=choice) for choice in (False, True))
        assert (kept(x).dtype, cast(x).dtype) == ("float64", "float16")
        assert kept._structure() != cast._structure()


@pytest.mark.parametrize(
    "layer",
    [
        lambda: layers.Dense(2, activation="relu"),
        lambda: layers.Conv1D(2, 1, activation="relu"),
        lambda: layers.EinsumDense("abc,cd->abd", (None, 2), activation="relu"),
        lambda: layers.Activation("relu"),
    ],
)
def test_an_activation_may_be_replaced(layer):
    layer, x = layer(), -np.ones((1, 2, 1), "float32")
    layer(x)
    layer.activation = None
    linear = np.asarray(layer(x))
    layer.activation = "tanh"
    np.testing.assert_allclose(layer(x), np.tanh(linear), rtol=1e-6)
    assert layer.get_config()["activation"] == "tanh"


def test_what_is_neither_true_nor_false_does_not_say_whether_a_layer_is_trained():
    for module in (layers, keras.layers):
        with pytest.raises(ValueError, match="trainable"):
            module.Dense(1, trainable="yes")
    assert layers.Dense(1, trainable=np.False_).trainable is False


@pytest.mark.parametrize(
    "made",
    [
        lambda layers: layers.Dense(3.0),
        lambda layers: layers.Embedding(4.0, 2),
        lambda layers: layers.Embedding(4, 2.0),
        lambda layers: layers.Conv2D(3, 3.0),
        lambda layers: layers.Conv2D(3, 3, strides=2.0),
        lambda layers: layers.MaxPooling1D(2.0),
        lambda layers: layers.RepeatVector(2.0),
        lambda layers: layers.UpSampling1D(2.0),
        lambda layers: layers.ZeroPadding2D(1.0),
        lambda layers: layers.GroupNormalization(2.0),
        lambda layers: layers.Reshape(6),
        lambda layers: layers.InputLayer((3.0,)),
        lambda layers: layers.InputLayer((3,), batch_size=2.0),
    ],
)
def test_sizes_are_integers(made):
    with pytest.raises((TypeError, ValueError)):
        made(keras.layers)
    with pytest.raises(ValueError, match="Pass") as caught:
        made(layers)
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize("policy", ["float16", "mixed_bfloat16", "object", None])
def test_a_policy_is_assigned_by_name(policy):
    found = []
    for package in (hornet, keras):
        layer = package.layers.Dense(2)
        layer.dtype_policy = package.DTypePolicy("mixed_float16") if policy == "object" else policy
        layer.build((None, 3))
        output = layer(np.ones((1, 3), "float32"))
        found.append((layer.dtype_policy.name, layer.compute_dtype, str(layer.kernel.dtype), str(output.dtype)))
    assert found[0] == found[1]
    with pytest.raises(ValueError, match="must be a data type, not 'half_a_float'"):
        layers.Dense(2).dtype_policy = "half_a_float"
