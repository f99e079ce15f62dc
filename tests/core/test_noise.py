"""Statistics of the fast noise, each bound about five standard deviations wide."""

import jax
import numpy as np
import pytest
from scipy import stats

from hornet.core import noise

SIZE = 200_000
KEYS = [jax.random.fold_in(jax.random.key(3), step) for step in range(4)]


def drawn(kind, key=KEYS[0], shape=(SIZE,)):
    return np.asarray(getattr(noise, kind)(key, shape))


@pytest.mark.parametrize("key", KEYS)
def test_uniform_numbers_are_uniform(key):
    numbers = drawn("uniform", key)
    assert numbers.dtype == np.float32
    assert numbers.min() >= 0.0
    assert numbers.max() < 1.0
    assert stats.kstest(numbers, "uniform").pvalue > 1e-6


@pytest.mark.parametrize("key", KEYS)
def test_normal_numbers_are_normal(key):
    numbers = drawn("normal", key)
    assert np.isfinite(numbers).all()
    assert stats.kstest(numbers, "norm").pvalue > 1e-6


def test_each_bit_is_set_half_of_the_time():
    bits = np.asarray(noise._bits(KEYS[1], (SIZE,)))
    shares = [((bits >> place) & 1).mean() for place in range(32)]
    assert np.abs(np.array(shares) - 0.5).max() < 5 * 0.5 / SIZE**0.5


@pytest.mark.parametrize("lag", [1, 2, 8, 30, 256])
def test_neighbours_do_not_go_together(lag):
    numbers = drawn("normal")
    assert abs(np.mean(numbers[lag:] * numbers[:-lag])) < 5 / SIZE**0.5


def test_the_numbers_of_following_steps_do_not_go_together():
    steps = np.stack([drawn("normal", jax.random.fold_in(jax.random.key(0), step), (960,)) for step in range(200)])
    among = np.corrcoef(steps)[np.triu_indices(200, 1)]
    assert abs(among.mean()) < 5 / (960 * among.size) ** 0.5
    assert np.abs(among).max() < 6 / 960**0.5
    along = np.corrcoef(steps[:, :50].T)[np.triu_indices(50, 1)]
    assert np.abs(along).max() < 6 / 200**0.5


def test_keys_that_differ_by_one_bit_draw_different_numbers():
    flipped = [jax.random.wrap_key_data(np.array([1 << bit, 0], np.uint32)) for bit in range(32)]
    flipped += [jax.random.wrap_key_data(np.array([0, 1 << bit], np.uint32)) for bit in range(32)]
    numbers = np.stack([drawn("normal", key, (2000,)) for key in flipped])
    assert np.abs(np.corrcoef(numbers)[np.triu_indices(64, 1)]).max() < 6 / 2000**0.5


def test_one_key_draws_the_same_numbers_in_and_out_of_programs():
    eager = drawn("uniform", KEYS[2], (5, 7))
    compiled = np.asarray(jax.jit(noise.uniform, static_argnums=1)(KEYS[2], (5, 7)))
    assert np.array_equal(eager, compiled)
