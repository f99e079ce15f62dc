"""Normalization by each input's own statistics."""

import warnings

import jax
import keras
import numpy as np
import pytest

from hornet import layers
from hornet.core.module import pure
from hornet.layers import GroupNormalization, LayerNormalization, RMSNormalization, UnitNormalization

X = np.random.default_rng(0).normal(3.0, 2.0, size=(4, 5, 6)).astype("float32")


@pytest.mark.parametrize("axis", [-1, 1, [1, 2], (-1, 1)])
def test_each_input_is_centred_and_scaled(axis):
    output = np.asarray(LayerNormalization(axis=axis, epsilon=0.0)(X))
    over = axis if isinstance(axis, int) else tuple(axis)
    np.testing.assert_allclose(output.mean(axis=over), 0.0, atol=1e-6)
    np.testing.assert_allclose(output.std(axis=over), 1.0, rtol=1e-5)


def test_axes_counted_from_either_end_are_the_same():
    layers = [LayerNormalization(axis=axis) for axis in ([1, 2], [-1, 1], [2, -2])]
    for layer in layers:
        layer._build_on((None, 5, 6))
        layer.gamma.assign(np.arange(30.0).reshape(5, 6))
        np.testing.assert_array_equal(layer(X), layers[0](X))


def test_one_group_is_all_of_an_input_and_a_group_a_channel_is_each_channel():
    whole = np.asarray(GroupNormalization(groups=1, epsilon=0.0)(X))
    np.testing.assert_allclose(whole.mean(axis=(1, 2)), 0.0, atol=1e-6)
    layer = GroupNormalization(groups=-1, epsilon=0.0)
    each = np.asarray(layer(X))
    np.testing.assert_allclose(each.std(axis=1), 1.0, rtol=1e-5)
    assert layer.groups == -1


@pytest.mark.parametrize("axis", [-1, 1, [1, 2]])
def test_root_mean_squares_and_lengths_become_1(axis):
    over = axis if isinstance(axis, int) else tuple(axis)
    rms = np.asarray(RMSNormalization(axis=axis, epsilon=0.0)(X))
    np.testing.assert_allclose(np.mean(rms**2, axis=over), 1.0, rtol=1e-5)
    unit = np.asarray(UnitNormalization(axis=axis)(X))
    np.testing.assert_allclose(np.sum(unit**2, axis=over), 1.0, rtol=1e-5)


def test_a_scale_along_an_inner_axis_is_that_axis_s():  # Keras's fails there
    layer = RMSNormalization(axis=1)
    layer._build_on((None, 5, 6))
    plain = layer(X)
    layer.scale.assign(np.arange(5.0))
    np.testing.assert_allclose(layer(X), plain * np.arange(5.0)[:, None], rtol=1e-6)


def test_zeros_stay_zeros_with_a_finite_gradient():  # which is NaN in Keras
    zeros = np.zeros((2, 3), "float32")
    for layer in (UnitNormalization(), LayerNormalization(scale=False, center=False)):
        value, gradient = jax.value_and_grad(lambda x, layer=layer: pure({}, layer)({}, x)[0].sum())(zeros)
        assert value == 0.0
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize("layer", [LayerNormalization, GroupNormalization, RMSNormalization, UnitNormalization])
def test_short_types_do_not_overflow(layer):
    given = {"groups": 2} if layer is GroupNormalization else {}
    x = (X * 2000).astype("float16")
    output = layer(**given, dtype="float16")(x)
    assert output.dtype == "float16"
    np.testing.assert_allclose(output, layer(**given)(x.astype("float32")), rtol=2e-3, atol=2e-3)


def test_groups_must_divide_the_channels():
    with pytest.raises(ValueError, match="Layer 'norm' cannot part 6 channels into 4 groups"):
        GroupNormalization(4, name="norm")(X)
    with pytest.raises(ValueError, match="cannot part 6 channels into 32 groups"):
        GroupNormalization()(X)
    for groups in (0, -2):
        with pytest.raises(ValueError, match=f"`groups` must be a positive integer, not {groups}"):
            GroupNormalization(groups)


@pytest.mark.parametrize("layer", [LayerNormalization, RMSNormalization])
@pytest.mark.parametrize("axis", [3, -4, [1, 3]])
def test_an_axis_that_the_input_lacks_is_refused(layer, axis):
    with pytest.raises(ValueError, match=r"^Layer 'norm' got axis .* of an input of shape \(4, 5, 6\)\. Pass"):
        layer(axis=axis, name="norm")(X)


def test_vectors_along_an_axis_that_the_input_lacks_are_refused():
    for axis in (3, -4, [1, 3]):
        with pytest.raises(ValueError, match=r"^Layer 'norm' takes inputs with at least 4 axes"):
            UnitNormalization(axis=axis, name="norm")(X)


def test_another_number_of_features_is_refused():
    layer = LayerNormalization(name="norm")
    layer(X)
    with pytest.raises(ValueError, match=r"^Layer 'norm' was built for inputs of shape"):
        layer(X[..., :3])


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's
@pytest.mark.parametrize("arguments", [{}, {"scale": False}, {"axis": [1]}])
def test_scaling_by_the_deviation_is_keras_s_and_warns(arguments):
    outputs = []
    for module in (layers, keras.layers):
        with warnings.catch_warnings(record=True, action="always") as said:
            layer = module.LayerNormalization(rms_scaling=True, **arguments)
            outputs.append(np.asarray(layer(np.array([[1.0, 3.0, 8.0]], "float32"))))  # Keras's warns again
        assert "`rms_scaling" in str(said[0].message)
        assert [weight.name for weight in layer.weights] == ["gamma"]
    np.testing.assert_allclose(*outputs, rtol=1e-5)


@pytest.mark.parametrize("axis", ["last", 1.5])
def test_what_is_no_axis_is_refused(axis):
    for module in (layers, keras.layers):
        with pytest.raises(TypeError, match="axis"):
            module.LayerNormalization(axis=axis)


@pytest.mark.parametrize("name", ["LayerNormalization", "GroupNormalization"])
def test_inputs_beyond_a_short_type_are_normalized_before_they_are_cut(name):
    arguments = {"groups": 2} if name == "GroupNormalization" else {}
    x = np.array([[70000.0, 71000.0, 80000.0, 90000.0]], "float32")
    outputs = [getattr(module, name)(dtype="mixed_float16", **arguments)(x) for module in (layers, keras.layers)]
    assert str(outputs[0].dtype) == "float16"
    np.testing.assert_allclose(*map(np.asarray, outputs), rtol=1e-2)
