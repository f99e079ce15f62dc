"""Every loss against Keras's: values, gradients, names and configs."""

import inspect
import re

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from hornet import losses
from hornet.core.config import constructor_arguments

N, C = 7, 4


def _rng():
    return np.random.default_rng(3)


def _softmax(z):
    e = np.exp(z)
    return (e / e.sum(-1, keepdims=True)).astype("float32")


def numbers(shape):
    rng = _rng()
    return rng.normal(size=shape).astype("float32"), rng.normal(size=shape).astype("float32")


def positives(shape):
    y, p = numbers(shape)
    return np.floor(np.exp(y)), np.exp(p)


def yes_or_no(shape):
    y, p = numbers(shape)
    return (y > 0).astype("int64"), 1 / (1 + np.exp(-3 * p))


def yes_or_no_logits(shape):
    y, p = numbers(shape)
    return (y > 0).astype("float32"), 9 * p


def signs(shape):
    y, p = numbers(shape)
    return np.where(y > 0, 1.0, -1.0), p


def zeros_and_ones(shape):
    y, p = numbers(shape)
    return (y > 0).astype("int32"), p


def one_hot(shape):
    y, p = numbers(shape)
    return np.eye(shape[-1])[y.argmax(-1)], 2 * _softmax(p)  # not normalised, so that dividing by the sum matters


def one_hot_logits(shape):
    y, p = numbers(shape)
    return np.eye(shape[-1])[y.argmax(-1)], 5 * p


def indices(shape):
    y, p = numbers(shape)
    return y.argmax(-1), 2 * _softmax(p)


def indices_column(shape):
    y, p = indices(shape)
    return y[..., None].astype("float32"), p


def indices_logits(shape):
    y, p = numbers(shape)
    return y.argmax(-1).astype("uint8"), 5 * p


def distributions(shape):
    y, p = numbers(shape)
    return _softmax(y), _softmax(p)


def embeddings(shape):
    _, p = numbers(shape)
    classes = np.array([0, 1, 0, 2, 1, 0, 5])  # some rows have no others of their class
    return classes, p / np.linalg.norm(p, axis=-1, keepdims=True)


VECTORS = [(N, 1), (N, 3), (N, 2, 3)]
CLASSES = [(N, C), (N, 2, C)]
#: name -> [(arguments, data, shapes)]
CASES = {
    "MeanSquaredError": [({}, numbers, VECTORS)],
    "MeanAbsoluteError": [({}, numbers, VECTORS)],
    "MeanAbsolutePercentageError": [({}, numbers, VECTORS)],
    "MeanSquaredLogarithmicError": [({}, numbers, VECTORS), ({}, positives, VECTORS)],
    "Huber": [({}, numbers, VECTORS), ({"delta": 0.3}, numbers, VECTORS)],
    "LogCosh": [({}, numbers, VECTORS)],
    "CosineSimilarity": [({}, numbers, VECTORS), ({"axis": 1}, numbers, [(N, 2, 3)])],
    "BinaryCrossentropy": [
        ({}, yes_or_no, VECTORS),
        ({"label_smoothing": 0.2}, yes_or_no, VECTORS),
        ({"from_logits": True}, yes_or_no_logits, VECTORS),
        ({"axis": 1}, yes_or_no, [(N, 2, 3)]),
    ],
    "CategoricalCrossentropy": [
        ({}, one_hot, CLASSES),
        ({"label_smoothing": 0.2}, one_hot, CLASSES),
        ({"from_logits": True}, one_hot_logits, CLASSES),
        ({"axis": 1}, one_hot, [(N, C, C)]),
    ],
    "SparseCategoricalCrossentropy": [
        ({}, indices, CLASSES),
        ({}, indices_column, CLASSES),
        ({"from_logits": True}, indices_logits, CLASSES),
        ({"ignore_class": 2}, indices, CLASSES),
        ({"ignore_class": 2, "from_logits": True}, indices_column, CLASSES),
        ({"ignore_class": 255}, indices, CLASSES),
    ],
    "BinaryFocalCrossentropy": [
        ({}, yes_or_no, VECTORS),
        ({"gamma": 0.0, "label_smoothing": 0.2}, yes_or_no, VECTORS),
        ({"apply_class_balancing": True, "alpha": 0.7, "gamma": 3.5}, yes_or_no, VECTORS),
        ({"from_logits": True}, zeros_and_ones, VECTORS),
        ({"axis": 1}, yes_or_no, [(N, 2, 3)]),
    ],
    "CategoricalFocalCrossentropy": [
        ({}, one_hot, CLASSES),
        ({"gamma": 0.0, "label_smoothing": 0.2}, one_hot, CLASSES),
        ({"alpha": [0.1, 0.2, 0.3, 0.4], "gamma": 3.5}, one_hot, CLASSES),
        ({"from_logits": True}, one_hot_logits, CLASSES),
        ({"axis": 1}, one_hot, [(N, C, C)]),
    ],
    "CategoricalGeneralizedCrossEntropy": [({}, indices, CLASSES), ({"q": 0.9}, indices, CLASSES)],
    "Dice": [
        ({}, yes_or_no, VECTORS),
        ({"axis": (1, 2)}, yes_or_no, [(N, 2, 3)]),
        ({"axis": -1}, distributions, CLASSES),
    ],
    "Tversky": [
        ({}, yes_or_no, VECTORS),
        ({"alpha": 0.3, "beta": 0.7}, yes_or_no, VECTORS),
        ({"alpha": 1.0, "beta": 0.2, "axis": -1}, distributions, CLASSES),
    ],
    "Circle": [
        ({}, embeddings, [(N, 3), (N, 5)]),
        ({"gamma": 2.0, "margin": 0.1, "remove_diagonal": False}, embeddings, [(N, 5)]),
    ],
    "KLDivergence": [({}, distributions, CLASSES), ({}, one_hot, CLASSES)],
    "Poisson": [({}, positives, VECTORS)],
    "Hinge": [({}, signs, VECTORS), ({}, zeros_and_ones, VECTORS)],
    "SquaredHinge": [({}, signs, VECTORS), ({}, zeros_and_ones, VECTORS)],
    "CategoricalHinge": [({}, one_hot_logits, CLASSES)],
    "Perceptron": [({}, signs, VECTORS), ({}, zeros_and_ones, VECTORS)],
    "LossFunctionWrapper": [({"fn": "mean_squared_error"}, numbers, VECTORS)],
}
#: what stands for our arguments in Keras, where Tversky's prices have changed places (keras-team/keras#23333)
TO_KERAS = {"Tversky": {"alpha": "beta", "beta": "alpha"}}
OURS_ALONE = {"Perceptron", "LossFunctionWrapper"}
FLAT = [
    pytest.param(name, arguments, data, shape, id=f"{name}-{arguments}-{data.__name__}-{shape}")
    for name, cases in CASES.items()
    for position, (arguments, data, shapes) in enumerate(cases)
    for shape in (shapes if position == 0 else shapes[-1:])
]
PARITY = [case for case in FLAT if case.values[0] not in OURS_ALONE]
FIRST = [pytest.param(name, cases[0][0], id=name) for name, cases in CASES.items()]

CLASS_NAMES = {name for name in losses.registry if isinstance(losses.registry[name], type)}
FUNCTION_NAMES = {losses.registry[name].__name__ for name in losses.registry} - CLASS_NAMES


def to_keras(name, arguments):
    return {TO_KERAS.get(name, {}).get(argument, argument): value for argument, value in arguments.items()}


def test_every_member_has_a_case():
    assert set(CASES) == CLASS_NAMES
    assert {losses.registry[name].function.__name__ for name in CLASS_NAMES - {"LossFunctionWrapper"}} == FUNCTION_NAMES


def weights_of(kind, values_shape):
    rng = _rng()
    return {
        "none": None,
        "rows": rng.uniform(size=N),
        "column": rng.uniform(size=(N, 1)),
        "values": rng.uniform(size=values_shape),
        "zeros": np.zeros(N),
    }[kind]


def _compare(name, arguments, data, shape, weighting):
    y, p = data(shape)
    theirs, ours = getattr(keras.losses, name)(**to_keras(name, arguments)), getattr(losses, name)(**arguments)
    values_shape = np.shape(theirs.call(jnp.asarray(y, "float32"), jnp.asarray(p, "float32")))
    weights = weights_of(weighting, values_shape)
    value, gradient = jax.value_and_grad(lambda p: ours(y, p, weights))(jnp.asarray(p, "float32"))
    expected, slope = jax.value_and_grad(lambda p: theirs(y, p, weights))(jnp.asarray(p, "float32"))
    np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(gradient, slope, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("weighting", ["none", "values"])
@pytest.mark.parametrize(("name", "arguments", "data", "shape"), PARITY)
def test_value_and_gradient_equal_keras(name, arguments, data, shape, weighting):
    _compare(name, arguments, data, shape, weighting)


@pytest.mark.parametrize("weighting", ["rows", "column", "zeros"])
@pytest.mark.parametrize("name", sorted(set(CASES) - OURS_ALONE))
def test_weighted_value_and_gradient_equal_keras(name, weighting):
    arguments, data, shapes = CASES[name][0]
    _compare(name, arguments, data, shapes[0], weighting)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None])
@pytest.mark.parametrize("weighting", ["none", "rows", "zeros"])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [("MeanSquaredError", {}), ("SparseCategoricalCrossentropy", {"ignore_class": 1})],
)
def test_reductions_equal_keras(name, arguments, reduction, weighting):
    y, p = CASES[name][0][1]((N, C))
    weights = weights_of(weighting, (N,))
    ours = getattr(losses, name)(reduction=reduction, **arguments)(y, p, weights)
    theirs = getattr(keras.losses, name)(reduction=reduction, **arguments)(y, p, weights)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shapes", [((N,), (N, 1)), ((N, 1), (N,)), ((N,), (N,)), ((N, 3, 1), (N, 3))])
@pytest.mark.parametrize("name", ["MeanSquaredError", "BinaryCrossentropy", "Hinge", "Poisson"])
def test_ranks_that_differ_by_one_equal_keras(name, shapes, weighted):
    y, p = CASES[name][0][1](shapes[0])
    p = p.reshape(shapes[1])
    weights = _rng().uniform(size=N if len(shapes[0]) < 3 else (N, 1)) if weighted else None
    ours, theirs = getattr(losses, name)()(y, p, weights), getattr(keras.losses, name)()(y, p, weights)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@pytest.mark.parametrize(("name", "arguments", "data", "shape"), PARITY)
def test_function_equals_keras(name, arguments, data, shape):
    function = getattr(losses, name).function
    arguments = {"q": 0.5} | arguments if name == "CategoricalGeneralizedCrossEntropy" else arguments
    y, p = data(shape)
    p = jnp.asarray(p, "float32")
    expected = getattr(keras.losses, function.__name__)(y, p, **to_keras(name, arguments))
    np.testing.assert_allclose(function(y, p, **arguments), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("name", "arguments", "data", "shape"), FLAT)
def test_gradient_neither_picks_nor_sorts(name, arguments, data, shape):
    y, p = data(shape)
    loss = getattr(losses, name)(**arguments)
    program = jax.jit(jax.value_and_grad(lambda p, y: loss(y, p))).lower(p, y).as_text()
    assert not re.search(r"stablehlo\.\w*(gather|scatter|sort)", program)


@pytest.mark.parametrize("name", sorted(CASES))
def test_nan_is_not_hidden(name):
    arguments, data, shapes = CASES[name][0]
    y, p = data(shapes[0])
    p = np.array(p)
    p[0] = np.nan
    assert np.isnan(getattr(losses, name)(**arguments)(y, p))


@pytest.mark.parametrize(("name", "arguments"), FIRST)
def test_config_goes_there_and_back(name, arguments):
    ours = getattr(losses, name)(**arguments, reduction="sum", name="mine")
    again = losses.deserialize(losses.serialize(ours))
    assert type(again) is type(ours)
    assert again.get_config() == ours.get_config()
    assert again.structure() == ours.structure()


@pytest.mark.parametrize("name", sorted(set(CASES) - OURS_ALONE))
def test_config_goes_to_keras_and_back(name):
    member = getattr(keras.losses, name)
    arguments = CASES[name][-1][0]
    ours = getattr(losses, name)(**arguments, reduction="sum")
    assert isinstance(member.from_config(ours.get_config()), member)
    theirs = member(**arguments, reduction="sum")
    config = type(ours).from_config(theirs.get_config()).get_config()
    assert {key: config[key] for key in theirs.get_config()} == theirs.get_config()
    restored = losses.deserialize(keras.losses.serialize(theirs))
    assert type(restored) is type(ours)


@pytest.mark.parametrize("name", sorted(set(CASES) - OURS_ALONE))
def test_arguments_and_defaults_are_those_of_keras(name):
    theirs = inspect.signature(getattr(keras.losses, name)).parameters.values()
    ours = inspect.signature(getattr(losses, name)).parameters.values()
    assert [one.name for one in ours] == [one.name for one in theirs]
    assert getattr(losses, name)().name == getattr(keras.losses, name)().name
    assert constructor_arguments(getattr(losses, name))[: len(ours)] == tuple(one.name for one in ours)
    defaults = {one.name: one.default for one in theirs if one.name != "name"}
    assert {one.name: one.default for one in ours if one.name != "name"} == defaults


def test_keras_names_reach_the_same_function_or_class():
    from keras.src.losses import ALL_OBJECTS_DICT

    bases = {"Loss", "LossFunctionWrapper"}
    missing = {name for name in ALL_OBJECTS_DICT if name not in losses.registry} - bases
    assert missing == {"CTC", "ctc"}
    for name, member in ALL_OBJECTS_DICT.items():
        if name in missing | bases:
            continue
        assert losses.registry[name].__name__ == member.__name__
        ours = losses.get(name)
        assert isinstance(ours, losses.Loss) == isinstance(member, type)


def test_public_names_are_those_of_keras():
    theirs = {name for name in dir(keras.losses) if not name.startswith("_")}
    assert theirs - set(losses.__all__) == {"CTC", "ctc"}
