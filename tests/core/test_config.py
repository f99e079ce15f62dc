"""Objects described by their constructor's arguments, and by what their programs depend on."""

import numpy as np
import pytest

import hornet
from hornet import activations, layers, optimizers
from hornet.core.config import Configurable, constructor_arguments, serialize, structure_of
from hornet.core.variable import Hyperparameter


class Base(Configurable):
    def __init__(self, *, size=1, name=None):
        self.size = size
        self.name = name


class Scaled(Base):
    def __init__(self, factor, kind="plain", **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        self.kind = kind


class Closed(Scaled):
    def __init__(self, factor):
        super().__init__(factor, kind="closed")


class Silent(Scaled):
    pass


# --- configs ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cls", "names"),
    [
        (Base, ("size", "name")),
        (Scaled, ("factor", "kind", "size", "name")),
        (Closed, ("factor",)),
        (Silent, ("factor", "kind", "size", "name")),
        (Configurable, ()),
    ],
)
def test_arguments_are_those_of_the_constructor_and_of_its_bases_while_it_takes_more(cls, names):
    assert constructor_arguments(cls) == names


@pytest.mark.parametrize("one", [Base(size=3), Scaled(2, size=4), Closed(5), Silent(1, kind="x", name="y")])
def test_an_object_is_rebuilt_from_its_config(one):
    config = one.get_config()
    again = type(one).from_config(config)
    assert {**vars(again), "_called_with": None} == {**vars(one), "_called_with": None}
    assert again.get_config() == config


def own_function(x):
    return x


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (3, 3),
        (None, None),
        ((1, None, "x"), (1, None, "x")),
        ({"a": (1, [2])}, {"a": (1, [2])}),
        (
            own_function,
            {
                "module": __name__,
                "class_name": "function",
                "config": "own_function",
                "registered_name": "own_function",
            },
        ),
        (activations.relu, "relu"),
        (
            Base(size=2),
            {
                "module": Base.__module__,
                "class_name": "Base",
                "config": {"size": 2},
                "registered_name": "Base",
            },
        ),
        (
            hornet.regularizers.L2(0.5),
            {
                "module": "keras.regularizers",
                "class_name": "L2",
                "config": {"l2": 0.5},
                "registered_name": None,
            },
        ),
    ],
)
def test_values_become_plain_data(value, plain):
    assert serialize(value) == plain
    assert serialize([value]) == [plain]


# --- structures -------------------------------------------------------------------------------------------


def model(units=3, activation="relu", **kwargs):
    return hornet.Sequential(
        [layers.Dense(units, activation, input_shape=(4,), **kwargs), layers.Dropout(0.5), layers.Dense(1)]
    )


def test_rebuilt_models_share_a_structure_whatever_their_names_and_initial_weights():
    one, other = model(), model(kernel_initializer="zeros", name="first")
    assert one.layers[0].name != other.layers[0].name
    assert structure_of(one) == structure_of(other)
    assert hash(structure_of(one)) == hash(structure_of(other))


def test_numbers_that_programs_receive_are_no_part_of_a_structure():
    def regularized(rate, penalty):
        return hornet.Sequential(
            [layers.Dropout(rate), layers.Dense(1, kernel_regularizer=hornet.regularizers.L2(penalty))]
        )

    assert structure_of(regularized(0.1, 0.2)) == structure_of(regularized(0.3, 0.4))
    assert structure_of(optimizers.SGD(0.1, clipnorm=1.0)) == structure_of(optimizers.SGD(0.2, clipnorm=2.0))


DIFFERENT = {
    "activation": (lambda: model(activation="relu"), lambda: model(activation="tanh")),
    "units": (lambda: model(3), lambda: model(4)),
    "bias": (lambda: model(), lambda: model(use_bias=False)),
    "regularizer": (lambda: model(), lambda: model(kernel_regularizer="l2")),
    "kind of regularizer": (lambda: model(kernel_regularizer="l1"), lambda: model(kernel_regularizer="l2")),
    "constraint": (lambda: model(), lambda: model(kernel_constraint="non_neg")),
    "type": (lambda: model(), lambda: model(dtype="float16")),
    "frozen": (lambda: model(), lambda: model(trainable=False)),
    "momentum of the statistics": (
        lambda: layers.BatchNormalization(momentum=0.9),
        lambda: layers.BatchNormalization(momentum=0.8),
    ),
    "number of layers": (
        lambda: hornet.Sequential([layers.Flatten()]),
        lambda: hornet.Sequential([layers.Flatten(), layers.Flatten()]),
    ),
    "kind of layer": (lambda: layers.Flatten(), lambda: layers.Activation("linear")),
    "kind of optimizer": (lambda: optimizers.SGD(0.1), lambda: optimizers.Adam(0.1)),
    "clipping": (lambda: optimizers.SGD(0.1), lambda: optimizers.SGD(0.1, clipnorm=1.0)),
    "kind of clipping": (lambda: optimizers.SGD(0.1, clipvalue=1.0), lambda: optimizers.SGD(0.1, clipnorm=1.0)),
    "momentum": (lambda: optimizers.SGD(0.1), lambda: optimizers.SGD(0.1, momentum=0.9)),
    "Nesterov's": (
        lambda: optimizers.SGD(0.1, momentum=0.9),
        lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    ),
    "weight decay": (lambda: optimizers.Adam(), lambda: optimizers.Adam(weight_decay=0.1)),
    "functions": (lambda: layers.Activation(lambda x: x), lambda: layers.Activation(lambda x: x)),
}


@pytest.mark.parametrize("difference", DIFFERENT)
def test_what_changes_a_program_changes_the_structure(difference):
    one, other = DIFFERENT[difference]
    assert structure_of(one()) != structure_of(other())


@pytest.mark.parametrize("difference", sorted(set(DIFFERENT) - {"functions"}))
def test_a_structure_is_the_same_each_time(difference):
    for make in DIFFERENT[difference]:
        assert structure_of(make()) == structure_of(make())


def test_each_object_of_a_user_s_class_is_a_structure_of_its_own():
    class Own(layers.Dense):
        pass

    one = Own(3)
    assert structure_of(one) == structure_of(one)
    assert structure_of(one) != structure_of(Own(3))
    stacks = [hornet.Sequential([Own(3)]) for _ in range(2)]
    assert structure_of(stacks[0]) != structure_of(stacks[1])
    assert structure_of(stacks[0]) == structure_of(stacks[0])


def test_arrays_among_the_arguments_have_a_structure():
    assert hash(
        structure_of(layers.Dense(2, kernel_initializer=hornet.initializers.Constant(np.ones((3, 2)))))
    ) == hash(structure_of(layers.Dense(2)))


def test_whether_a_traced_number_is_there_is_part_of_the_structure(monkeypatch):
    class Rate(Configurable):
        rate = Hyperparameter()

        def __init__(self, rate=None):
            self.rate = rate

    monkeypatch.setattr(Rate, "__module__", "hornet.rates")
    assert structure_of(Rate(1.0)) == structure_of(Rate(2.0))
    assert structure_of(Rate(1.0)) != structure_of(Rate())
