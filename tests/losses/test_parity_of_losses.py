"""Every loss against Keras's: values, gradients, names and configs."""

import functools
import inspect
import re

import jax
import keras
import numpy as np
import pytest
from tests.tables import instances

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


def one_for_several(shape):
    y, p = numbers(shape)
    return y[..., 0], p


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
    "Pinball": [({}, numbers, VECTORS), ({"quantiles": [0.1, 0.5, 0.9]}, one_for_several, [(N, 3), (N, 2, 3)])],
    "LossFunctionWrapper": [({"fn": "mean_squared_error"}, numbers, VECTORS)],
}
OURS_ALONE = {"Perceptron", "Pinball", "LossFunctionWrapper"}
INSTANCES = [
    ((name, arguments, data, shape, position == place == 0),)
    for name, cases in CASES.items()
    for position, (arguments, data, shapes) in enumerate(cases)
    for place, shape in enumerate(shapes if position == 0 else shapes[-1:])
]
FIRST = [pytest.param(name, cases[0][0], id=name) for name, cases in CASES.items()]

CLASS_NAMES = {name for name in losses.registry if isinstance(losses.registry[name], type)}
FUNCTION_NAMES = {losses.registry[name].__name__ for name in losses.registry} - CLASS_NAMES


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


def values_and_gradients(loss, function, p, y, weights):
    """Return a loss's value and gradient by each weights, and what its function returns."""
    slopes = {kind: jax.value_and_grad(lambda p, one=one: loss(y, p, one))(p) for kind, one in weights.items()}
    return slopes, function and function(y, p)


class Instance:
    """A loss with labels and predictions, and a program of all that is asked of it."""

    def __init__(self, name, arguments, data, shape, is_first):
        self.name, self.arguments, self.is_first = name, arguments, is_first
        self.loss = getattr(losses, name)(**arguments)
        self.y, p = data(shape)
        self.p = np.asarray(p, "float32")

    @functools.cached_property
    def weights(self):
        kinds = ("none", "values", "rows", "column", "zeros") if self.is_first else ("none", "values")
        shape = jax.eval_shape(self.loss.call, self.y, self.p).shape
        return {kind: weights_of(kind, shape) for kind in kinds}

    def function_of(self, module):
        function = getattr(type(self.loss), "function", None)
        if function is None:
            return None
        arguments = {"q": 0.5} | self.arguments if "Generalized" in self.name else self.arguments
        return functools.partial(getattr(module, function.__name__), **arguments)

    @functools.cached_property
    def lowered(self):
        program = jax.jit(functools.partial(values_and_gradients, self.loss, self.function_of(losses)))
        return program.lower(self.p, self.y, self.weights)

    @functools.cached_property
    def program(self):
        return self.lowered.compile()

    @functools.cached_property
    def ours(self):
        return self.program(self.p, self.y, self.weights)

    @functools.cached_property
    def theirs(self):
        loss = getattr(keras.losses, self.name)(**self.arguments)
        program = functools.partial(values_and_gradients, loss, self.function_of(keras.losses))
        return jax.jit(program)(self.p, self.y, self.weights)


@pytest.fixture(scope="module")
def instance(request):
    return Instance(*request.param)


def instances_of(names, first=False, class_of=lambda one: one[0][0]):
    """Return a mark for the instances of some losses, or for the first of each."""
    return instances(
        "instance",
        [one for one in INSTANCES if one[0][0] in names and (one[0][-1] or not first)],
        class_of,
        ids=lambda one: f"{one[0][0]}-{one[0][1]}-{one[0][2].__name__}-{one[0][3]}",
        indirect=True,
    )


def assert_close(ours, theirs):
    for found, expected in zip(jax.tree.leaves(ours), theirs, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("weighting", ["none", "values"])
@instances_of(set(CASES) - OURS_ALONE)
def test_value_and_gradient_equal_keras(instance, weighting, oracle):
    assert_close(instance.ours[0][weighting], oracle("both", lambda: instance.theirs[0][weighting]))


@pytest.mark.parametrize("weighting", ["rows", "column", "zeros"])
@instances_of(set(CASES) - OURS_ALONE, first=True)
def test_weighted_value_and_gradient_equal_keras(instance, weighting, oracle):
    assert_close(instance.ours[0][weighting], oracle("both", lambda: instance.theirs[0][weighting]))


@instances_of(set(CASES) - OURS_ALONE)
def test_function_equals_keras(instance, oracle):
    assert_close(instance.ours[1], oracle("values", lambda: instance.theirs[1]))


@instances_of(CASES, class_of=lambda one: "a loss")
def test_an_eager_call_returns_what_a_program_does(instance):
    np.testing.assert_allclose(instance.loss(instance.y, instance.p), instance.ours[0]["none"][0], rtol=1e-5, atol=1e-7)


@instances_of(CASES)
def test_gradient_neither_picks_nor_sorts(instance):
    assert not re.search(r"stablehlo\.\w*(gather|scatter|sort)", instance.lowered.as_text())


@instances_of(CASES, first=True)
def test_nan_is_not_hidden(instance):
    p = instance.p.copy()
    p[0] = np.nan
    slopes, _ = instance.program(p, instance.y, instance.weights)
    assert np.isnan(slopes["none"][0])


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None])
@pytest.mark.parametrize("weighting", ["none", "rows", "zeros"])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [("MeanSquaredError", {}), ("SparseCategoricalCrossentropy", {"ignore_class": 1})],
)
def test_reductions_equal_keras(name, arguments, reduction, weighting, oracle):
    y, p = CASES[name][0][1]((N, C))

    def call(module):
        loss = getattr(module, name)(reduction=reduction, **arguments)
        return jax.jit(loss)(y, p, weights_of(weighting, (N,)))

    assert_close(call(losses), oracle("value", lambda: call(keras.losses)))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shapes", [((N,), (N, 1)), ((N, 1), (N,)), ((N,), (N,)), ((N, 3, 1), (N, 3))])
@pytest.mark.parametrize("name", ["MeanSquaredError", "BinaryCrossentropy", "Hinge", "Poisson"])
def test_ranks_that_differ_by_one_equal_keras(name, shapes, weighted, oracle):
    y, p = CASES[name][0][1](shapes[0])
    p = p.reshape(shapes[1])
    weights = _rng().uniform(size=N if len(shapes[0]) < 3 else (N, 1)) if weighted else None

    def call(module):
        return jax.jit(getattr(module, name)())(y, p, weights)

    np.testing.assert_allclose(call(losses), oracle("value", lambda: call(keras.losses))[0], rtol=1e-5)


@pytest.mark.parametrize(("name", "arguments"), FIRST)
def test_config_goes_there_and_back(name, arguments):
    ours = getattr(losses, name)(**arguments, reduction="sum", name="mine")
    again = losses.deserialize(losses.serialize(ours))
    assert type(again) is type(ours)
    assert again.get_config() == ours.get_config()
    assert again._structure() == ours._structure()


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
