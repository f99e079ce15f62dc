"""Configs that are damaged, written by hand or by Keras 2: they make the object, or an error that says it."""

import copy
import json
import random

import keras
import numpy as np
import pytest

import hornet
from hornet import layers, losses, metrics, models, optimizers, regularizers

WRONG = [None, "x", 3, -1, 2.5, [], {}, [1], [None], {"a": 1}, True, {"class_name": "Dense"}, 1e400]
"""What takes the place of a part of a config."""


def graph():
    inputs = hornet.Input((4,))
    first = layers.Dense(3, activation="relu", kernel_regularizer="l2")(inputs)
    joined = layers.Concatenate()([first, layers.Dense(3)(inputs)])
    return hornet.Model(inputs, [layers.Dense(1)(joined * 2.0), joined])


def stack():
    return hornet.Sequential(
        [hornet.Input((8, 8, 3)), layers.Conv2D(2, 3), layers.Flatten(), layers.BatchNormalization(), layers.Dense(2)]
    )


def config_of(thing, package):
    return json.loads(json.dumps(package.serialize(thing)))


SOUND = {
    "graph": (lambda text: models.model_from_json(json.dumps(text)), lambda: json.loads(graph().to_json())),
    "graph's config": (hornet.Model.from_config, lambda: json.loads(json.dumps(graph().get_config()))),
    "stack": (lambda text: models.model_from_json(json.dumps(text)), lambda: json.loads(stack().to_json())),
    "stack's config": (hornet.Sequential.from_config, lambda: json.loads(json.dumps(stack().get_config()))),
    "layer": (layers.deserialize, lambda: config_of(layers.TimeDistributed(layers.Conv1D(2, 3)), layers)),
    "masking": (layers.deserialize, lambda: config_of(layers.Masking(), layers)),
    "optimizer": (
        optimizers.deserialize,
        lambda: config_of(
            optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 10, 0.9), momentum=0.9), optimizers
        ),
    ),
    "wrapped optimizer": (
        optimizers.deserialize,
        lambda: config_of(optimizers.LossScaleOptimizer(optimizers.Muon()), optimizers),
    ),
    "loss": (losses.deserialize, lambda: config_of(losses.CategoricalFocalCrossentropy(), losses)),
    "metric": (metrics.deserialize, lambda: config_of(metrics.OneHotIoU(2, [0]), metrics)),
    "regularizer": (regularizers.deserialize, lambda: config_of(regularizers.L1L2(0.1, 0.2), regularizers)),
}


def places(config, path=()):
    """Yield the path of each part of a config."""
    if path:
        yield path
    if isinstance(config, dict | list):
        for key, part in config.items() if isinstance(config, dict) else enumerate(config):
            yield from places(part, (*path, key))


def damaged(config, draw):
    """Return a copy of a config in which one part is gone, has another name or is something else."""
    config = copy.deepcopy(config)
    *way, last = draw.choice(list(places(config)))
    held = config
    for key in way:
        held = held[key]
    kind = draw.randrange(4)
    if kind == 0:
        del held[last]
    elif kind == 1 and isinstance(held, dict):
        held[f"not_{last}"] = held.pop(last)
    else:
        held[last] = draw.choice(WRONG)
    return config


@pytest.mark.filterwarnings("ignore:Data type alias:DeprecationWarning:jax")
@pytest.mark.filterwarnings("ignore:A learning rate below 0")
@pytest.mark.parametrize("kind", SOUND)
def test_a_damaged_config_makes_the_object_or_says_what_is_wrong(kind):
    make, describe = SOUND[kind]
    sound = describe()
    make(sound)
    draw, refused = random.Random(0), 0
    for _ in range(120):
        try:
            make(damaged(sound, draw))
        except ValueError:
            refused += 1
    assert refused > 20


@pytest.mark.parametrize("wrong", [3, None, "x", [1]])
def test_what_is_no_config(wrong):
    for make in (layers.Dense.from_config, hornet.Model.from_config, hornet.Sequential.from_config):
        with pytest.raises(ValueError, match="Pass what"):
            make(wrong)
    with pytest.raises(ValueError, match="not a JSON object"):
        models.model_from_json(json.dumps(wrong))


def test_the_error_names_the_class_and_what_it_lacks():
    config = layers.Embedding(3, 2).get_config()
    del config["output_dim"]
    with pytest.raises(
        TypeError, match=r"config of `Embedding` is damaged: .* missing 1 required .* 'output_dim'"
    ) as caught:
        layers.Embedding.from_config(config)
    assert isinstance(caught.value, ValueError)
    with pytest.raises(ValueError, match="The config of a dtype policy is damaged: it lacks 'name'"):
        layers.Dense(2, dtype={"class_name": "DTypePolicy", "config": {}})
    with pytest.raises(ValueError, match="A tensor in the config is named by 'x'"):
        hornet.Model.from_config({**graph().get_config(), "input_layers": ["x"]})


KERAS_2 = {
    "name": "old",
    "trainable": True,
    "layers": [
        {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 3], "name": "in"}, "name": "in"},
        {"class_name": "Dense", "config": {"name": "first", "units": 2}, "name": "first"},
        {"class_name": "LeakyReLU", "config": {"name": "kinked", "alpha": 0.5}, "name": "kinked"},
        {"class_name": "Add", "config": {"name": "sum", "trainable": True}, "name": "sum"},
    ],
    "input_layers": [["in", 0, 0]],
    "output_layers": [["sum", 0, 0]],
}
CALLS = [[], [[["in", 0, 0, {}]]], [[["first", 0, 0, {}]]], [[["kinked", 0, 0, {}], ["first", 0, 0, {}]]]]


@pytest.mark.filterwarnings("ignore:Argument `alpha` is deprecated:UserWarning")
def test_calls_as_keras_2_lists_them():
    called = [{**kept, "inbound_nodes": calls} for kept, calls in zip(KERAS_2["layers"], CALLS, strict=True)]
    config = {**KERAS_2, "layers": called}
    text = json.dumps({"class_name": "Functional", "config": config, "keras_version": "2.11.0"})
    for model in (hornet.Model.from_config(config), models.model_from_json(text)):
        theirs = keras.Model.from_config(copy.deepcopy(config))
        x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
        expected = theirs.predict(x, verbose=0)
        model.set_weights([np.asarray(variable.value) for variable in theirs.weights])
        np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-5, atol=1e-6)
