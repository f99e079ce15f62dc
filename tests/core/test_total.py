"""Totals stay exact however many numbers they take in."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hornet
from hornet import layers, metrics
from hornet.core.module import boxes, pure
from hornet.core.total import Total
from hornet.core.variable import Variable


def added(total, values):
    """Add many values in one program, and return what the total shows then."""
    call = pure({"total": total}, total.assign_add)

    @jax.jit
    def run(carried, values):
        return jax.lax.scan(lambda carried, value: (call({"total": carried}, value)[1]["total"], None), carried, values)

    total.held = run(total.held, jnp.asarray(values, "float32"))[0]
    return np.asarray(total.value)


def test_ones_are_counted_beyond_what_float32_counts():
    total = Total(2.0**24 - 10)
    assert added(total, np.ones(1000)) == 2**24 + 990
    assert Total(2.0**24).shape == () == total.shape


@pytest.mark.parametrize("shape", [(), (3,)])
def test_sums_are_those_of_float64(shape):
    values = np.random.default_rng(0).lognormal(sigma=3, size=(20_000, *shape)).astype("float32")
    total = Total(np.zeros(shape, "float32"))
    np.testing.assert_allclose(added(total, values), values.astype("float64").sum(axis=0), rtol=1e-7)


@pytest.mark.parametrize(
    ("values", "expected"), [([1, np.inf, 2], np.inf), ([1, np.nan], np.nan), ([3e38, 3e38], np.inf)]
)
def test_what_is_not_finite_is_shown_as_it_is(values, expected):
    np.testing.assert_equal(added(Total(0.0), values), np.float32(expected))


def test_a_total_is_one_variable_of_plain_values():
    mean = metrics.Mean()
    assert [variable.name for variable in mean.variables] == ["total", "count"]
    assert [variable.value.shape for variable in boxes(mean, Variable).values()] == [(), ()]
    mean.total.assign(5.0)
    mean.total.assign_sub(2.0)
    assert (float(mean.total), mean.total.numpy()) == (3.0, 3.0)
    assert [float(one) for one in mean.stateless_update_state([2.0**24, 1.0], [1.0, 1.0])] == [2.0**24 + 2, 3.0]


def test_losses_and_metrics_of_many_batches_are_exact():
    """The totals stand where the first 2**24 batches of one row each have brought them."""
    model = hornet.Sequential([layers.Input((1,)), layers.Dense(1, kernel_initializer="zeros")])
    model.compile("sgd", "mse", metrics=["mae"])
    x, y = np.zeros((1000, 1)), np.arange(1000)[:, None] % 2

    class Far(hornet.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            for metric in self.model.metrics:
                for variable in metric.variables:
                    variable.assign(np.full(variable.shape, 2.0**24))

    model.optimizer.learning_rate = 0.0
    history = model.fit(x, y, batch_size=1, epochs=1, callbacks=[Far()], verbose=0).history
    expected = (2**24 + 500) / (2**24 + 1000)
    assert history["loss"] == history["mae"] == [pytest.approx(expected, rel=1e-7)]
