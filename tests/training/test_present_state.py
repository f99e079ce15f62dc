"""Programs are shared between equal models, and never with one whose code says otherwise."""

import numpy as np
import pytest

import hornet
from hornet import layers

X = np.ones((8, 3), "float32")


class Scaled(hornet.Sequential):
    factor = 1.0

    def call(self, inputs):
        return super().call(inputs) * self.factor

    def train_step(self, step, state, batch):
        gradients, state = step.gradients(state, batch)
        return step.update(state, {path: one * self.factor for path, one in gradients.items()})


def scaled(factor):
    model = Scaled([layers.Dense(1, input_shape=(3,), kernel_initializer="ones")])
    model.factor = factor
    model.compile(loss="mae", optimizer=hornet.optimizers.SGD(0.1))
    return model


def test_instances_of_a_user_s_stack_have_programs_of_their_own():
    assert [scaled(factor).predict(X[:1], verbose=0).item() for factor in (1.0, 100.0)] == [3.0, 300.0]
    moved = []
    for factor in (0.0, 1.0):
        model = scaled(factor)
        model.fit(X, X[:, :1], verbose=0)
        moved.append(not np.allclose(model.get_weights()[0], 1.0))
    assert moved == [False, True]


def test_instances_of_a_user_s_graph_have_programs_of_their_own():
    class Times(hornet.Model):
        factor = 1.0

        def call(self, inputs):
            return super().call(inputs) * self.factor

    found = []
    for factor in (1.0, 100.0):
        inputs = hornet.Input((3,))
        model = Times(inputs, layers.Dense(1, kernel_initializer="ones")(inputs))
        model.factor = factor
        found.append(model.predict(X[:1], verbose=0).item())
    assert found == [3.0, 300.0]


class Own(layers.Layer):
    factor = 1.0

    def call(self, inputs):
        return inputs * self.factor


class Penalty(hornet.losses.Loss):
    factor = 1.0

    def call(self, y_true, y_pred):
        return abs(y_true - y_pred) * self.factor


@pytest.mark.parametrize("changed", ["layer", "loss"])
def test_compile_takes_the_present_state_of_a_user_s_objects(changed):
    parts = {"layer": Own(), "loss": Penalty()}
    model = hornet.Sequential([hornet.Input((3,)), parts["layer"]])
    model.compile(loss=parts["loss"])
    assert model.evaluate(X, 0 * X, verbose=0) == 1.0
    parts[changed].factor = 5.0
    model.compile(loss=parts["loss"])
    assert model.evaluate(X, 0 * X, verbose=0) == 5.0


def test_numbers_of_other_types_are_other_programs():
    inputs = hornet.Input((3,), dtype="int32")
    whole, real = hornet.Model(inputs, inputs * 2), hornet.Model(inputs, inputs * 2.0)
    kinds = [model.predict(np.ones((2, 3), "int32"), verbose=0).dtype for model in (whole, real)]
    assert kinds == ["int32", "float32"]


def test_steps_without_a_batch_size_share_the_rows_that_are_trained_on():
    model = hornet.Sequential([layers.Dense(1, input_shape=(3,))])
    model.compile(loss="mse")
    rows = np.ones((100, 3))
    model.fit(rows, np.ones(100), steps_per_epoch=5, validation_split=0.5, epochs=2, verbose=0)
    assert model._fit_run.feed.settings["batch_size"] == 10


def test_no_epochs_train_nothing():
    model = hornet.Sequential([layers.Dense(1, input_shape=(3,))])
    model.compile(loss="mse")
    assert model.fit(X, X[:, :1], epochs=0, verbose=0).history == {}
