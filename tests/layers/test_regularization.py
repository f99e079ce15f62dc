"""The draws of dropout's relatives, and penalties on activities; test_dropout.py holds the laws of `Dropout`."""

import jax
import numpy as np
import pytest

from hornet.core import random
from hornet.core.module import boxes, pure
from hornet.core.variable import Number
from hornet.layers import (
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)

ONES = np.ones((400, 50), "float32")
NORMAL = np.random.default_rng(0).normal(size=(400, 500)).astype("float32")
FAMILY = [AlphaDropout, Dropout, GaussianDropout, GaussianNoise]


def trained(layer, x, seed=1):
    random.set_random_seed(seed)
    return np.asarray(layer(x, training=True))


@pytest.mark.parametrize("layer", FAMILY)
def test_inference_changes_nothing_and_a_seed_repeats_training(layer):
    np.testing.assert_array_equal(layer(0.3)(ONES), ONES)
    np.testing.assert_array_equal(trained(layer(0.3), ONES), trained(layer(0.3), ONES))
    assert np.any(trained(layer(0.3), ONES) != trained(layer(0.3), ONES, seed=2))


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_alpha_dropout_keeps_mean_and_variance_and_saturates_at_the_rate(rate):
    output = trained(AlphaDropout(rate), NORMAL)
    five_deviations = 5 / np.sqrt(NORMAL.size)
    assert abs(output.mean()) < five_deviations * 2
    assert abs(output.var() - 1.0) < five_deviations * 4
    values, counts = np.unique(output, return_counts=True)
    dropped = counts.max() / NORMAL.size
    assert abs(dropped - rate) < five_deviations
    saturated = -1.0507009873554805 * 1.6732632423543772
    factor = ((1 - rate) * (1 + rate * saturated**2)) ** -0.5
    np.testing.assert_allclose(values[counts.argmax()], factor * saturated * (1 - rate), rtol=1e-5)


def test_alpha_dropout_at_rate_1_is_zero():
    assert np.all(trained(AlphaDropout(1.0), NORMAL) == 0.0)


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_gaussian_dropout_multiplies_by_numbers_around_1(rate):
    output = trained(GaussianDropout(rate), 3 * ONES) / 3
    deviation = np.sqrt(rate / (1 - rate))
    assert abs(output.mean() - 1.0) < 5 * deviation / np.sqrt(ONES.size)
    np.testing.assert_allclose(output.std(), deviation, rtol=0.03)


@pytest.mark.parametrize("stddev", [0.1, 2.0])
def test_gaussian_noise_adds_numbers_around_0(stddev):
    output = trained(GaussianNoise(stddev), 3 * ONES) - 3
    assert abs(output.mean()) < 5 * stddev / np.sqrt(ONES.size)
    np.testing.assert_allclose(output.std(), stddev, rtol=0.03)


@pytest.mark.parametrize(
    ("layer", "shape", "maps"),
    [
        (SpatialDropout1D(0.5), (40, 7, 20), (1,)),
        (SpatialDropout2D(0.5), (40, 3, 4, 20), (1, 2)),
        (SpatialDropout2D(0.5, data_format="channels_first"), (40, 20, 3, 4), (2, 3)),
        (SpatialDropout3D(0.5), (40, 2, 3, 4, 20), (1, 2, 3)),
        (SpatialDropout3D(0.5, "channels_first"), (40, 20, 2, 3, 4), (2, 3, 4)),
    ],
)
def test_spatial_dropout_keeps_or_drops_whole_maps(layer, shape, maps):
    output = trained(layer, np.ones(shape, "float32"))
    assert np.all(output.max(axis=maps) == output.min(axis=maps))
    kept = output.max(axis=maps)
    assert set(np.unique(kept)) == {0.0, 2.0}
    assert abs((kept == 0).mean() - 0.5) < 5 * np.sqrt(0.25 / kept.size)


@pytest.mark.parametrize("layer", FAMILY)
def test_strengths_are_arguments_of_programs(layer):
    name = "stddev" if layer is GaussianNoise else "rate"
    one = layer(0.5)
    traces = []

    def counted(x):
        traces.append(x)
        return one(x)

    call = jax.jit(pure(boxes(one, Number), counted), static_argnames="training")
    outputs = [call({name: value}, ONES, training=True, key=random.key_data(0))[0] for value in (0.0, 0.25, 0.5)]
    np.testing.assert_allclose(outputs[0], ONES, rtol=1e-6)
    assert np.any(outputs[1] != outputs[2])
    assert len(traces) == 1
    assert layer(0.1)._structure() == one._structure()


@pytest.mark.parametrize("layer", FAMILY)
@pytest.mark.parametrize(("strength", "error"), [(-0.1, ValueError), ("half", TypeError), (None, TypeError)])
def test_what_is_no_strength_is_refused(layer, strength, error):
    with pytest.raises(error, match=r"`(rate|stddev)` must be a"):
        layer(strength)


def test_a_rate_that_needs_an_infinite_variance_is_refused():  # Keras's divides by zero when it trains
    with pytest.raises(ValueError, match=r"`rate` must be a finite number at least 0 and below 1, not 1.0"):
        GaussianDropout(1.0)


@pytest.mark.parametrize("layer", [SpatialDropout1D, SpatialDropout2D, SpatialDropout3D])
def test_maps_need_their_number_of_axes(layer):
    with pytest.raises(ValueError, match=r"Layer 'maps' takes inputs with \d axes, not one of shape \(400, 50\)"):
        layer(0.5, name="maps")(ONES)


def test_activities_are_penalised_by_numbers_that_compile_nothing():
    layer = ActivityRegularization(l1=0.5, l2=0.25)
    traces = []

    def counted(x):
        traces.append(x)
        return layer(x)

    call = jax.jit(pure(boxes(layer, Number), counted))
    x = np.array([[1.0, -2.0], [3.0, 0.0]], "float32")
    for l1, l2 in ((0.5, 0.25), (0.0, 1.0)):
        output, _, (loss,) = call({"l1": l1, "l2": l2}, x)
        np.testing.assert_array_equal(output, x)
        np.testing.assert_allclose(loss, (l1 * 6 + l2 * 14) / 2)
    assert len(traces) == 1
    with pytest.raises(ValueError, match=r"`l1` must be a finite number at least 0, not -1.0"):
        ActivityRegularization(l1=-1.0)
