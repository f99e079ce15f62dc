"""Small helpers against Keras's."""

import json

import keras
import pytest

import hornet
from hornet import dtype_policies, layers, mixed_precision, utils

PARTS = [("x",), ("x", "y"), ("x", "y", "w"), (["x"],), (("a", "b"),), (("a", "b"), "y")]


@pytest.mark.parametrize("parts", PARTS)
def test_data_are_packed_and_unpacked_as_in_keras(parts):
    packed = utils.pack_x_y_sample_weight(*parts)
    assert packed == keras.utils.pack_x_y_sample_weight(*parts)
    assert utils.unpack_x_y_sample_weight(packed) == keras.utils.unpack_x_y_sample_weight(packed)


@pytest.mark.parametrize("data", [(), (1, 2, 3, 4)])
def test_other_numbers_of_parts_are_refused(data):
    with pytest.raises(ValueError, match=rf"^`data` has {len(data)} parts\. Pass `x`, "):
        utils.unpack_x_y_sample_weight(data)


def test_sources_of_a_tensor_are_the_inputs_that_it_needs():
    a, b, c = (hornet.Input((3,), name=name) for name in "abc")
    hidden = layers.Dense(3)(b)
    assert utils.get_source_inputs(layers.add([hidden, a]) + hidden) == [b, a]
    assert utils.get_source_inputs(c) == [c]
    model = hornet.Model([a, b], layers.add([hidden, a]))
    assert utils.get_source_inputs(model([b, c])) == [b, c]


def test_a_user_s_own_classes_are_known_within_a_scope():
    class Doubling(layers.Layer):
        def call(self, inputs):
            return 2 * inputs

    config = layers.serialize(Doubling())
    with utils.custom_object_scope({"Doubling": Doubling}):
        assert type(layers.deserialize(config)) is Doubling
    with pytest.raises(ValueError, match="Doubling"):
        layers.deserialize(json.loads(json.dumps(config)))  # as from a file: here the config itself knows the class


@pytest.mark.parametrize("dtype", [None, "float32", "int8", float, int, bool])
def test_types_are_named_as_in_keras(dtype):
    assert utils.standardize_dtype(dtype) == keras.utils.standardize_dtype(dtype)


@pytest.mark.parametrize("name", ["float32", "float64", "bfloat16", "mixed_float16", "mixed_bfloat16"])
def test_policies_are_those_of_keras(name):
    ours, theirs = dtype_policies.get(name), keras.dtype_policies.get(name)
    assert (ours.name, ours.compute_dtype, ours.variable_dtype) == (
        theirs.name,
        theirs.compute_dtype,
        theirs.variable_dtype,
    )
    assert dtype_policies.serialize(ours) == keras.dtype_policies.serialize(theirs)
    assert dtype_policies.deserialize(keras.dtype_policies.serialize(theirs)) == ours


def test_mixed_precision_sets_the_policy_of_new_layers():
    mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        layer = layers.Dense(1)
        assert mixed_precision.global_policy() == mixed_precision.Policy("mixed_bfloat16")
        assert (layer.compute_dtype, layer.variable_dtype) == ("bfloat16", "float32")
    finally:
        mixed_precision.set_global_policy(None)


@pytest.mark.parametrize(
    ("arguments", "more"),
    [
        (([1.0, 2.0],), {}),
        (([1, 2], None, "float32", False), {}),
        ((lambda shape, dtype: 3 * hornet.ops.ones(shape, dtype), (2,)), {"name": "three"}),
        ((lambda shape, dtype: hornet.ops.zeros(shape, dtype),), {"shape": (2, 1), "dtype": "int32"}),
    ],
)
def test_variables_are_made_as_in_keras(arguments, more):
    ours, theirs = hornet.Variable(*arguments, **more), keras.Variable(*arguments, **more)
    assert (ours.shape, str(ours.dtype), ours.trainable) == (theirs.shape, theirs.dtype, theirs.trainable)
    assert ours.value.tolist() == theirs.value.tolist()


def test_variables_want_a_shape_that_fits():
    with pytest.raises(ValueError, match=r"^Variable 'w' has an initializer but no shape\. Pass `shape=`\.$"):
        hornet.Variable(hornet.initializers.Zeros(), name="w")
    with pytest.raises(ValueError, match=r"^Variable 'w' has a value of shape \(2,\)\. Pass one of \(3,\)\.$"):
        hornet.Variable([1.0, 2.0], (3,), name="w")


def test_a_layer_keeps_a_variable_that_it_is_given():
    class Shift(hornet.Layer):
        def __init__(self):
            super().__init__()
            self.shift = hornet.Variable(hornet.initializers.Ones(), (3,), name="shift")

        def call(self, inputs):
            return inputs + self.shift

    layer = Shift()
    assert layer.trainable_weights == [layer.shift]
    assert layer([[1.0, 2.0, 3.0]]).tolist() == [[2.0, 3.0, 4.0]]


def test_the_version_is_that_of_the_package():
    assert hornet.version() == hornet.__version__
