"""Objects and values as plain data and back, as in Keras."""

import json

import keras
import numpy as np
import pytest

import hornet
from hornet.core.config import as_data
from hornet.saving import deserialize_keras_object, serialize_keras_object

PLAIN = {
    "number": 3,
    "short number": np.float32(2.5),
    "array": np.arange(2),
    "array of no axes": np.array(3),
    "bytes": b"hi",
    "ellipsis": ...,
    "slice": slice(1, None),
    "lists": [1, [2, {"a": (3, None)}]],
    "nothing": None,
    "text": "relu",
}


@pytest.mark.parametrize("name", PLAIN)
def test_values_are_described_as_in_keras(name):
    described = serialize_keras_object(PLAIN[name])
    assert described == keras.saving.serialize_keras_object(PLAIN[name])
    json.dumps(described)
    ours, theirs = deserialize_keras_object(described), keras.saving.deserialize_keras_object(described)
    assert repr(ours) == repr(theirs).replace("[3, None]", "(3, None)")  # a tuple within stays one here


def objects(library):
    return {
        "policy": library.DTypePolicy("mixed_bfloat16"),
        "seed": library.random.SeedGenerator(3, name="mine"),
        "layer": library.layers.Dense(3, kernel_regularizer="l2", name="mine"),
        "function": library.activations.relu,
        "loss": library.losses.BinaryCrossentropy(label_smoothing=0.25),
        "tensor": {"x": library.ops.ones((2,))},
        "symbol": library.KerasTensor((2, 3)),
        "several": [library.layers.ReLU(name="mine"), library.optimizers.SGD(0.5, momentum=0.25)],
    }


@pytest.mark.parametrize("name", [name for name in objects(hornet) if name not in ("layer", "several", "loss")])
def test_objects_are_described_as_in_keras(name):
    assert serialize_keras_object(objects(hornet)[name]) == keras.saving.serialize_keras_object(objects(keras)[name])


@pytest.mark.filterwarnings("ignore")  # of Keras's own
@pytest.mark.parametrize("name", list(objects(hornet)))
@pytest.mark.parametrize("library", [hornet, keras], ids=["hornet", "keras"])
def test_objects_come_back_from_either(name, library):
    described = json.loads(json.dumps(library.saving.serialize_keras_object(objects(library)[name])))
    back = deserialize_keras_object(described)
    found = {
        "policy": lambda: back.name == "mixed_bfloat16",
        "seed": lambda: (back.get_config()["seed"], back.name) == (3, "mine"),
        "layer": lambda: (back.units, back.name, type(back)) == (3, "mine", hornet.layers.Dense),
        "function": lambda: back is hornet.activations.relu,
        "loss": lambda: back.label_smoothing == 0.25,
        "tensor": lambda: back["x"].tolist() == [1, 1],
        "symbol": lambda: tuple(back.shape) == (2, 3),
        "several": lambda: (back[0].name, back[1].momentum) == ("mine", 0.25),
    }
    assert found[name]()


DENSE = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}, "registered_name": None}
MALFORMED = {
    "another's registered name": {**DENSE, "registered_name": "builtins.eval"},
    "a text for a config": {**DENSE, "config": "units"},
    "an unknown argument": {**DENSE, "config": {"unitz": 1}},
    "an unknown class": {**DENSE, "module": "os", "class_name": "system", "registered_name": "system"},
    "a function without a name": {"class_name": "function", "module": "builtins", "config": None},
    "code": {"class_name": "__lambda__", "config": {"value": ["4wAA", None, None]}},
    "an object": object(),
}


@pytest.mark.parametrize("name", MALFORMED)
@pytest.mark.parametrize("library", [hornet, keras], ids=["hornet", "keras"])
def test_malformed_configs_are_refused(name, library):
    with pytest.raises((TypeError, ValueError)):
        library.saving.deserialize_keras_object(MALFORMED[name])


def test_what_is_no_data_is_refused():
    for value in (object(), {1, 2}, 1j):
        with pytest.raises(TypeError, match="cannot be written as JSON"):
            serialize_keras_object(value)


def test_names_of_one_s_own():
    def wave(x):
        return hornet.ops.sin(x)

    described = json.loads(json.dumps(serialize_keras_object(wave)))
    assert deserialize_keras_object(described, custom_objects={"wave": wave}) is wave
    assert deserialize_keras_object("wave", module_objects={"wave": wave}) is wave
    with pytest.raises(hornet.core.errors.UnknownObjectError, match=r"`custom_objects=\{'wave': wave\}`"):
        deserialize_keras_object(described)


def test_a_description_knows_its_class_within_the_process():
    class Own(hornet.layers.Layer):
        def call(self, x):
            return x

    inner = hornet.layers.TimeDistributed(Own(name="inner"))
    assert type(hornet.layers.TimeDistributed.from_config(inner.get_config()).layer) is Own
    described = as_data(Own())
    assert described == json.loads(json.dumps(described))
