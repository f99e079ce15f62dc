"""Values that user code keeps of programs that have ended."""

import copy
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hornet
from hornet import layers, ops

X = np.ones((8, 3), "float32")
MESSAGE = (
    "`kept` of 'keeper' was computed inside a program that has ended, and is gone with it. "
    "Return it from `call`; or make a variable by `add_weight(..., trainable=False)` and `assign` it there."
)


class Keeper(layers.Layer):
    """Keeps what it computes, in one way or another."""

    def __init__(self, how=lambda value: value):
        super().__init__(name="keeper")
        self.how = how
        self.kept = None

    def call(self, inputs):
        doubled = 2 * inputs
        self.kept = self.how(doubled)
        return doubled


def trained(keeper):
    model = hornet.Sequential([keeper, layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    model.fit(X, X[:, :1], verbose=0)
    return model


USES = {
    "NumPy": np.asarray,
    "JAX": jnp.asarray,
    "an operation": ops.sum,
    "arithmetic": lambda kept: kept + 1,
    "arithmetic with an array": lambda kept: jnp.ones(3) * kept,
    "NumPy's arithmetic": lambda kept: np.ones(3) - kept,
    "a number": float,
    "a condition": bool,
    "an index": lambda kept: kept[0],
    "a loop": list,
    "an attribute": lambda kept: kept.shape,
    "a layer": lambda kept: layers.Dense(2)(kept),
    "rows to predict": lambda kept: hornet.Sequential([layers.Dense(2)]).predict(kept, verbose=0),
    "a variable's value": lambda kept: hornet.core.variable.Variable(X).assign(kept),
}


@pytest.mark.parametrize("use", USES)
def test_whoever_uses_what_a_layer_kept_is_told_why_it_is_gone(use):
    keeper = Keeper()
    trained(keeper)
    with pytest.raises(RuntimeError, match=re.escape(MESSAGE)):
        USES[use](keeper.kept)


@pytest.mark.parametrize("how", [lambda one: [one], lambda one: (one, 1), lambda one: {"a": one}])
def test_collections_of_values_are_gone_too(how):
    keeper = Keeper(how)
    trained(keeper)
    with pytest.raises(RuntimeError, match=re.escape(MESSAGE)):
        keeper.kept[0]


@pytest.mark.parametrize(
    "run",
    [
        lambda model: model.predict(X, verbose=0),
        lambda model: model.evaluate(X, X[:, :1], verbose=0),
        lambda model: model.build((None, 3)),
        lambda model: jax.jit(model)(X),
    ],
)
def test_every_program_takes_its_values_along(run):
    keeper = Keeper()
    model = hornet.Sequential([keeper, layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    run(model)
    assert repr(keeper.kept) == "<LeakedValue 'kept' of 'keeper'>"


def test_a_layer_that_uses_what_an_earlier_program_left_is_told():
    class Adder(Keeper):
        def call(self, inputs):
            return super().call(inputs if self.kept is None else inputs + self.kept)

    with pytest.raises(RuntimeError, match=re.escape(MESSAGE)):
        trained(Adder())


def test_within_a_program_what_is_kept_may_be_used():
    class Net(hornet.Model):
        def __init__(self):
            super().__init__()
            self.keeper = Keeper()

        def call(self, inputs):
            return self.keeper(inputs) + self.keeper.kept

    model = Net()
    model.compile(loss="mse", optimizer="sgd")
    np.testing.assert_array_equal(model.predict(X, verbose=0), 4 * X)
    assert model.evaluate(X, 4 * X, verbose=0) == 0


def test_what_an_eager_call_kept_stays():
    keeper = Keeper()
    keeper(X)
    np.testing.assert_array_equal(keeper.kept, 2 * X)


def test_a_model_that_kept_something_trains_on_and_is_copied():
    keeper = Keeper()
    model = trained(keeper)
    model.fit(X, X[:, :1], verbose=0)
    twin = copy.deepcopy(keeper)
    assert repr(twin.kept) == "<LeakedValue 'kept' of 'keeper'>"
    assert hornet.models.clone_model(hornet.Sequential([layers.Dense(1, input_shape=(3,))])).built
