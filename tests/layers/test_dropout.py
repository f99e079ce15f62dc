"""Dropout's draws, which are no one else's."""

import jax
import keras
import numpy as np
import pytest

from hornet import layers
from hornet.core import random
from hornet.core.module import boxes, pure
from hornet.layers import Dropout

ONES = np.ones((200, 50), "float32")


def test_inference_changes_nothing():
    np.testing.assert_array_equal(Dropout(0.5)(ONES), ONES)
    np.testing.assert_array_equal(Dropout(0.5)(ONES, training=False), ONES)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_elements_are_zero_at_the_rate_and_the_others_scaled_up(rate):
    random.set_random_seed(1)
    output = np.asarray(Dropout(rate)(ONES, training=True))
    zero = output == 0.0
    five_deviations = 5 * np.sqrt(rate * (1 - rate) / ONES.size)
    assert abs(zero.mean() - rate) < five_deviations
    np.testing.assert_allclose(output[~zero], 1.0 / (1.0 - rate), rtol=1e-6)


def test_draws_do_not_favour_a_row_or_a_column():
    random.set_random_seed(1)
    zero = np.asarray(Dropout(0.5)(ONES, training=True)) == 0.0
    assert np.all(abs(zero.mean(axis=0) - 0.5) < 5 * np.sqrt(0.25 / 200))
    assert np.all(abs(zero.mean(axis=1) - 0.5) < 5 * np.sqrt(0.25 / 50))


def test_each_eager_call_draws_anew_and_a_seed_repeats_it():
    layer = Dropout(0.5)
    random.set_random_seed(1)
    first, second = layer(ONES, training=True), layer(ONES, training=True)
    assert np.any(first != second)
    random.set_random_seed(1)
    np.testing.assert_array_equal(layer(ONES, training=True), first)


def test_two_dropouts_of_a_call_draw_apart():
    one, other = Dropout(0.5), Dropout(0.5)
    held = boxes([one, other], object)
    first, second = pure(held, lambda x: (one(x), other(x)))(
        {"0/rate": 0.5, "1/rate": 0.5}, ONES, training=True, key=random.key_data(0)
    )[0]
    assert np.any(first != second)


@pytest.mark.parametrize("noise_shape", [(None, 1), (200, 1), [None, 1]])
def test_elements_share_a_draw_along_axes_of_size_1(noise_shape):
    output = np.asarray(Dropout(0.5, noise_shape=noise_shape)(ONES, training=True))
    assert np.all(output == output[:, :1])
    assert len(np.unique(output[:, 0])) == 2


def test_the_rate_is_an_argument_of_programs():
    layer = Dropout(0.5)
    traces = []

    def counted(x):
        traces.append(x)
        return layer(x)

    call = jax.jit(pure({"rate": vars(layer)["rate"]}, counted), static_argnames="training")
    for rate in (0.0, 0.25, 1.0):
        output = call({"rate": rate}, ONES, training=True, key=random.key_data(0))[0]
        assert abs(np.mean(output == 0.0) - rate) < 0.03
    assert len(traces) == 1


def test_gradients_flow_through_what_is_kept_alone():
    call = pure({"rate": vars(layer := Dropout(0.5))["rate"]}, layer)

    def total(x):
        return call({"rate": 0.5}, x, training=True, key=random.key_data(0))[0].sum()

    output = call({"rate": 0.5}, ONES, training=True, key=random.key_data(0))[0]
    np.testing.assert_array_equal(jax.grad(total)(ONES), output)


@pytest.mark.parametrize(
    ("rate", "error"), [(-0.1, ValueError), (1.1, ValueError), ("half", TypeError), (None, TypeError)]
)
def test_what_is_no_rate_is_refused(rate, error):
    with pytest.raises(error, match="`rate` must be a"):
        Dropout(rate)


def test_a_noise_shape_of_another_number_of_axes_is_refused():
    with pytest.raises(ValueError, match="`noise_shape`"):
        Dropout(0.5, noise_shape=(None, 1, 3))(ONES, training=True)


@pytest.mark.parametrize("noise_shape", [(2, -1), "ab", 3, (2.5,), [0]])
def test_what_is_no_shape_of_noise_is_refused(noise_shape):
    for module in (layers, keras.layers):
        with pytest.raises(ValueError, match="`noise_shape`"):
            module.Dropout(0.5, noise_shape=noise_shape)
