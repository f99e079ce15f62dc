"""What objects put into files: the user's parts, and nothing of what the base classes keep for themselves."""

import numpy as np
import pytest

import hornet
from hornet import layers
from hornet.core.module import Module, boxes, find, own_variables
from hornet.core.variable import Variable
from hornet.saving.layout import owners


class Own(hornet.Model):
    """A model whose parts are attributes, one of them private."""

    def __init__(self):
        super().__init__()
        self.b = layers.Dense(2)
        self._hidden = layers.Dense(3)
        self.a = [layers.Dense(1), {"deep": layers.Dropout(0.5)}]

    def call(self, x):
        return self.a[0](self.b(self._hidden(x)))


def stack():
    return hornet.Sequential([layers.Dense(2, name="first"), layers.Dense(1, name="second")])


def graph():
    inputs = hornet.Input((3,))
    return hornet.Model(inputs, layers.Dense(1, name="second")(layers.Dense(2, name="first")(inputs)))


def boxes_or_modules(part):
    """Return whether something is, or holds, what files are made of."""
    return isinstance(part, Variable | Module) or bool(find([part], Module)) or bool(boxes([part], Variable))


@pytest.mark.parametrize(
    ("build", "parts"), [(stack, ["layers"]), (graph, ["layers"]), (Own, ["a", "b", "layers", "_hidden"])]
)
def test_a_model_that_was_trained_has_just_the_parts_of_the_user(build, parts):
    """A base class that keeps a further attribute and does not say so would change the format of files."""
    model = build()
    model.compile(loss="mse", optimizer="adam", metrics=["mae"])
    x = np.ones((4, 3), "float32")
    model.fit(x, x[:, :1], validation_data=(x, x[:, :1]), verbose=0)
    model.predict(x, verbose=0)
    assert [name for name, part in model._parts_in_files() if boxes_or_modules(part)] == parts
    assert own_variables(model) == []


@pytest.mark.parametrize("name", ["Dense", "BatchNormalization", "PReLU"])
def test_a_layer_puts_its_arguments_and_weights_there_in_the_order_of_their_making(name):
    layer = getattr(layers, name)(**({"units": 2} if name == "Dense" else {}))
    layer(np.ones((2, 3), "float32"))
    assert own_variables(layer) == layer.weights
    kept = [value for value in layer._attributes_in_files().values() if isinstance(value, Variable)]
    assert {id(variable) for variable in kept} == {id(variable) for variable in layer.weights}


def test_paths_follow_keras_s_order():
    model = Own()
    model(np.ones((1, 3), "float32"))
    assert [path for path, _ in owners(model)] == ["", "a/dense", "a/container/dropout", "b", "layers/dense_1"]
