"""Every metric against Keras's: running values over batches, in and out of programs, names and configs."""

import functools
import inspect
import re

import jax
import keras
import numpy as np
import pytest
from tests.tables import instances

from hornet import metrics
from hornet.core.module import boxes, pure, values_of
from hornet.core.variable import Variable

N, C, BATCHES = 6, 5, 3


def _softmax(z):
    e = np.exp(z)
    return e / e.sum(-1, keepdims=True)


def numbers(rng, shape):
    return rng.normal(size=shape), rng.normal(size=shape)


def positives(rng, shape):
    return rng.poisson(2.0, size=shape), np.exp(rng.normal(size=shape))


def integers(rng, shape):
    return rng.integers(0, 3, size=shape), rng.integers(0, 3, size=shape)


def yes_or_no(rng, shape):
    return rng.integers(0, 2, size=shape), rng.uniform(size=shape).round(1)


def chances(rng, shape):
    return rng.integers(0, 2, size=shape), rng.uniform(size=shape)


def log_odds(rng, shape):
    return rng.integers(0, 2, size=shape), 3 * rng.normal(size=shape)


def several_of_all(rng, shape):
    return rng.integers(0, 2, size=shape), _softmax(rng.normal(size=shape).round())


def signs(rng, shape):
    return 2.0 * rng.integers(0, 2, size=shape) - 1, rng.normal(size=shape)


def one_hot(rng, shape):
    scores = _softmax(rng.normal(size=shape).round())  # rounded, so that scores tie
    return np.eye(shape[-1])[rng.integers(0, shape[-1], size=shape[:-1])], scores


def indices(rng, shape):
    y, p = one_hot(rng, shape)
    return y.argmax(-1), p


def indices_column(rng, shape):
    y, p = indices(rng, shape)
    return y[..., None].astype("float32"), p


def one_hot_and_indices(rng, shape):
    y, _ = one_hot(rng, shape)
    return y, rng.integers(-1, shape[-1] + 1, size=shape[:-1])


def void_indices(rng, shape):
    y, p = indices(rng, shape)
    return np.where(rng.uniform(size=y.shape) < 0.3, 255, y), p


def sorted_ids(rng, shape):
    ids = np.argsort(rng.uniform(size=shape), axis=-1)
    return rng.integers(0, shape[-1], size=shape[:-1]), ids


VECTORS = [(N, 1), (N, 3), (N, 2, 3)]
CLASSES = [(N, C), (N, 2, C)]
FLATS = [(N,), (N, 1), (N, 3)]  # Keras broadcasts weights of rows over no more axes than these
LABELS = [(N, 3), (N, C)]
#: name -> [(arguments, data, shapes)]
CASES = {
    "MeanSquaredError": [({}, numbers, VECTORS)],
    "RootMeanSquaredError": [({}, numbers, VECTORS)],
    "MeanAbsoluteError": [({}, numbers, VECTORS)],
    "MeanAbsolutePercentageError": [({}, numbers, VECTORS)],
    "MeanSquaredLogarithmicError": [({}, positives, VECTORS)],
    "LogCoshError": [({}, numbers, VECTORS)],
    "CosineSimilarity": [({}, numbers, VECTORS), ({"axis": 1}, numbers, [(N, 2, 3)])],
    "Accuracy": [({}, integers, [(N,), (N, 1), (N, 3)])],
    "BinaryAccuracy": [({}, yes_or_no, VECTORS), ({"threshold": 0.2}, yes_or_no, VECTORS)],
    "CategoricalAccuracy": [({}, one_hot, CLASSES)],
    "SparseCategoricalAccuracy": [({}, indices, CLASSES), ({}, indices_column, CLASSES)],
    "TopKCategoricalAccuracy": [({"k": 2}, one_hot, CLASSES), ({}, one_hot, [(N, C)])],
    "SparseTopKCategoricalAccuracy": [
        ({"k": 2}, indices, CLASSES),
        ({"k": 3}, indices_column, [(N, C)]),
        ({"k": 2, "from_sorted_ids": True}, sorted_ids, CLASSES),
    ],
    "BinaryCrossentropy": [
        ({}, yes_or_no, VECTORS),
        ({"from_logits": True, "label_smoothing": 0.1}, signs, [(N, 1)]),
    ],
    "CategoricalCrossentropy": [
        ({}, one_hot, CLASSES),
        ({"from_logits": True, "label_smoothing": 0.1}, one_hot, CLASSES),
    ],
    "SparseCategoricalCrossentropy": [({}, indices, CLASSES), ({"from_logits": True}, indices_column, CLASSES)],
    "KLDivergence": [({}, one_hot, CLASSES)],
    "Poisson": [({}, positives, VECTORS)],
    "Hinge": [({}, signs, VECTORS), ({}, yes_or_no, [(N, 3)])],
    "SquaredHinge": [({}, signs, VECTORS), ({}, yes_or_no, [(N, 3)])],
    "CategoricalHinge": [({}, one_hot, CLASSES)],
    "TruePositives": [({}, chances, FLATS), ({"thresholds": [0.2, 0.7]}, yes_or_no, FLATS)],
    "FalsePositives": [({}, chances, FLATS), ({"thresholds": [0.0, 0.5, 1.0]}, chances, FLATS)],
    "TrueNegatives": [({}, chances, FLATS), ({"thresholds": 0.3}, yes_or_no, FLATS)],
    "FalseNegatives": [({}, chances, FLATS), ({"thresholds": [0.7, 0.2]}, yes_or_no, FLATS)],
    "Precision": [
        ({}, chances, FLATS),
        ({"thresholds": [0.2, 0.4, 0.9]}, yes_or_no, FLATS),
        ({"thresholds": 0}, log_odds, FLATS),
        ({"top_k": 2}, several_of_all, LABELS),
        ({"top_k": 2, "class_id": 1, "thresholds": [0.1, 0.3]}, several_of_all, LABELS),
        ({"class_id": 2}, chances, LABELS),
    ],
    "Recall": [
        ({}, chances, FLATS),
        ({"thresholds": [0.2, 0.4, 0.9]}, yes_or_no, FLATS),
        ({"top_k": 1}, several_of_all, LABELS),
        ({"class_id": 0, "top_k": 3}, several_of_all, LABELS),
    ],
    "SensitivityAtSpecificity": [
        ({"specificity": 0.5}, chances, FLATS),
        ({"specificity": 0.3, "num_thresholds": 20, "class_id": 1}, chances, LABELS),
        ({"specificity": 0.3, "num_thresholds": 1}, chances, FLATS),
    ],
    "SpecificityAtSensitivity": [
        ({"sensitivity": 0.5}, chances, FLATS),
        ({"sensitivity": 0.7, "num_thresholds": 20, "class_id": 1}, chances, LABELS),
    ],
    "PrecisionAtRecall": [
        ({"recall": 0.5}, chances, FLATS),
        ({"recall": 0.8, "num_thresholds": 20, "class_id": 1}, chances, LABELS),
    ],
    "RecallAtPrecision": [
        ({"precision": 0.5}, chances, FLATS),
        ({"precision": 0.7, "num_thresholds": 20, "class_id": 1}, chances, LABELS),
    ],
    "AUC": [
        ({}, chances, FLATS),
        ({"num_thresholds": 20}, yes_or_no, FLATS),
        ({"from_logits": True}, log_odds, FLATS),
        ({"thresholds": [0.7, 0.3, 0.4]}, chances, FLATS),
        ({"thresholds": [0.3, 0.4], "multi_label": True}, chances, LABELS),
        *(
            ({"curve": curve, "summation_method": method, "num_thresholds": 11}, chances, FLATS)
            for curve in ("ROC", "PR", "PRGAIN")
            for method in ("interpolation", "minoring", "majoring")
        ),
        ({"curve": "pr", "multi_label": True}, chances, LABELS),
        ({"multi_label": True, "num_labels": 3, "label_weights": [1.0, 0.5, 0.0]}, chances, [(N, 3)]),
        ({"label_weights": [1.0, 0.5, 0.1]}, chances, [(N, 3)]),
    ],
    "F1Score": [
        ({}, one_hot, [(N, C)]),
        ({"average": "micro", "threshold": 0.3}, chances, LABELS),
        ({"average": "macro"}, several_of_all, LABELS),
    ],
    "FBetaScore": [
        ({}, one_hot, [(N, C)]),
        ({"beta": 2.0, "average": "weighted", "threshold": 0.3}, chances, LABELS),
        ({"beta": 0.5, "threshold": 0.5}, chances, [(N, 1), (N, C)]),
    ],
    "IoU": [
        ({"num_classes": 3, "target_class_ids": [0]}, integers, [(N,), (N, 1)]),
        ({"num_classes": 3, "target_class_ids": [2, 0, 2], "dtype": "float32"}, integers, [(N,), (N, 1)]),
        (
            {"num_classes": C, "target_class_ids": [1, 2], "sparse_y_pred": False, "ignore_class": 255},
            void_indices,
            CLASSES,
        ),
        (
            {"num_classes": C, "target_class_ids": [1, 2], "sparse_y_true": False, "sparse_y_pred": False},
            one_hot,
            CLASSES,
        ),
    ],
    "BinaryIoU": [
        ({}, chances, [(N,), (N, 1)]),
        ({"threshold": 0.3, "target_class_ids": [1], "dtype": "float32"}, yes_or_no, [(N,), (N, 1)]),
    ],
    "MeanIoU": [
        ({"num_classes": 3}, integers, [(N,), (N, 1)]),
        ({"num_classes": 4, "ignore_class": 1, "dtype": "float32"}, integers, [(N,)]),
    ],
    "OneHotIoU": [
        ({"num_classes": C, "target_class_ids": [0, 2]}, one_hot, CLASSES),
        (
            {"num_classes": C, "target_class_ids": [1], "sparse_y_pred": True, "dtype": "float32"},
            one_hot_and_indices,
            [(N, C)],
        ),
    ],
    "OneHotMeanIoU": [
        ({"num_classes": C}, one_hot, CLASSES),
        ({"num_classes": C, "ignore_class": 0, "dtype": "float32"}, one_hot, [(N, C)]),
    ],
    "R2Score": [
        ({}, numbers, [(N, 1), (N, 3)]),
        ({"class_aggregation": None}, numbers, [(N, 3)]),
        ({"class_aggregation": "variance_weighted_average"}, numbers, [(N, 3)]),
        ({"num_regressors": 4}, numbers, [(N, 1)]),
    ],
    "PearsonCorrelation": [({}, numbers, [(N, 3), (N, 2, 3)]), ({"axis": 1}, numbers, [(N, 2, 3)])],
    "ConcordanceCorrelation": [({}, numbers, [(N, 3), (N, 2, 3)]), ({"axis": (1, 2)}, numbers, [(N, 2, 3)])],
    "MeanMetricWrapper": [({"fn": keras.losses.mean_squared_error}, numbers, VECTORS)],
}
REDUCTIONS = ["Mean", "Sum"]


def kinds_of(name, shape):
    """Return which weights an instance is tried with; Keras refuses those of rows for intersections of more axes."""
    return ("none",) if name.endswith("IoU") and len(shape) > 2 else ("none", "rows")


INSTANCES = [
    ((name, arguments, data, shape, kinds_of(name, shape)), f"{name}-{data.__name__}-{shape}-{position}")
    for name, cases in CASES.items()
    for position, (arguments, data, shapes) in enumerate(cases)
    for shape in (shapes if position == 0 else shapes[-1:])
]
RANKS = [
    ((name, *CASES[name][0][:2], shape, ("column", "values", "zeros")), f"{name}-{shape}")
    for name in ("MeanSquaredError", "SparseCategoricalAccuracy", "BinaryAccuracy", "Recall", "AUC", "R2Score")
    for shape in [(N, 1), (N, 3)]
]
CLASS_NAMES = {metrics.registry[name].__name__ for name in metrics.registry}


def test_every_member_has_a_case():
    assert set(CASES) | set(REDUCTIONS) == CLASS_NAMES


def batches(data, shape, weighting):
    rng = np.random.default_rng(5)
    for _ in range(BATCHES):
        y, p = data(rng, shape)
        rows = {"none": None, "rows": (N,), "column": (N, 1), "values": shape[:-1] or shape, "zeros": (N,)}[weighting]
        weights = None if rows is None else rng.uniform(size=rows) * (weighting != "zeros")
        yield y, np.asarray(p, "float32"), weights


def run(step, states, batches):
    """Return the results of each kind of weights after each batch."""
    results = []
    for *data, weights in batches:
        found = step(states, *data, weights)
        states = {kind: state for kind, (state, _) in found.items()}
        results.append({kind: result for kind, (_, result) in found.items()})
    return {kind: np.stack([one[kind] for one in results]) for kind in states}


class Instance:
    """A metric with batches and kinds of weights, and a program of all that is asked of it."""

    def __init__(self, name, arguments, data, shape, kinds):
        self.name = name
        self.arguments = dict.fromkeys(kinds, arguments)
        if "rows" in kinds and name.endswith("IoU"):
            self.arguments["rows"] = arguments | {"dtype": "float32"}  # else Keras cuts the weights off
        by_kind = {kind: list(batches(data, shape, kind)) for kind in kinds}
        self.batches = [
            (*parts[0][:2], {kind: weights for kind, (*_, weights) in zip(kinds, parts, strict=True)})
            for parts in zip(*by_kind.values(), strict=True)
        ]

    @functools.cached_property
    def metrics(self):
        made = {kind: getattr(metrics, self.name)(**arguments) for kind, arguments in self.arguments.items()}
        for metric in made.values():
            metric.build(*(np.shape(one) for one in self.batches[0][:2]))
        return made

    @functools.cached_property
    def held(self):
        return {kind: boxes(metric, Variable) for kind, metric in self.metrics.items()}

    @functools.cached_property
    def ours(self):
        def step(states, y, p, weights):
            found = {}
            for kind, metric in self.metrics.items():
                held = self.held[kind]
                _, state, _ = pure(held, metric.update_state)(states[kind], y, p, weights[kind])
                found[kind] = state, pure(held, metric.result)(state)[0]
            return found

        return run(jax.jit(step), {kind: values_of(held) for kind, held in self.held.items()}, self.batches)

    @functools.cached_property
    def theirs(self):
        made = {kind: getattr(keras.metrics, self.name)(**arguments) for kind, arguments in self.arguments.items()}
        for metric in made.values():
            if not metric.variables:  # they come with the first batch
                metric.update_state(*self.batches[0][:2])
                metric.reset_state()

        def step(states, y, p, weights):
            states = {
                kind: metric.stateless_update_state(states[kind], y, p, weights[kind]) for kind, metric in made.items()
            }
            return {kind: (states[kind], metric.stateless_result(states[kind])) for kind, metric in made.items()}

        states = {kind: [one.value for one in metric.variables] for kind, metric in made.items()}
        by_values = {"num_regressors", "multi_label"}  # where Keras decides by values, which programs do not have
        program = step if any(by_values & set(one) for one in self.arguments.values()) else jax.jit(step)
        return run(program, states, self.batches)


@pytest.fixture(scope="module")
def instance(request):
    return Instance(*request.param)


def instances_of(table, class_of=lambda name: name):
    cases = [pytest.param(case, id=name) for case, name in table]
    return instances("instance", cases, class_of=lambda values: class_of(values[0][0]), indirect=True)


def assert_parity(instance, weighting, oracle):
    [expected] = oracle("running", lambda: instance.theirs[weighting])
    np.testing.assert_allclose(instance.ours[weighting], expected, rtol=1e-5, atol=1e-7)


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")  # by Keras's intersections over union
@pytest.mark.parametrize("weighting", ["none", "rows"])
@instances_of(INSTANCES)
def test_running_value_equals_keras(instance, weighting, oracle):
    if weighting not in instance.metrics:
        pytest.skip("Keras refuses such weights")
    assert_parity(instance, weighting, oracle)


@pytest.mark.parametrize("weighting", ["column", "values", "zeros"])
@instances_of(RANKS)
def test_weights_of_other_ranks_equal_keras(instance, weighting, oracle):
    if (instance.name, weighting) == ("R2Score", "zeros"):
        pytest.skip("Keras divides by zero")
    assert_parity(instance, weighting, oracle)


@instances_of(INSTANCES)
def test_a_program_leaves_a_metric_as_it_was_and_neither_picks_nor_sorts(instance):
    metric, held = instance.metrics["none"], instance.held["none"]
    assert instance.ours
    assert not any(np.any(variable.numpy()) for variable in metric.variables)
    if instance.name != "MeanMetricWrapper":
        program = jax.jit(pure(held, metric.update_state)).lower(values_of(held), *instance.batches[0][:2]).as_text()
        assert not re.search(r"stablehlo\.\w*(gather|scatter|sort)", program)


@instances_of(INSTANCES, class_of=lambda name: getattr(metrics, name).__base__)
def test_eager_calls_update_as_a_program_does(instance):
    for kind, arguments in instance.arguments.items():
        metric = getattr(metrics, instance.name)(**arguments)
        for (y, p, weights), expected in zip(instance.batches, instance.ours[kind], strict=True):
            metric.update_state(y, p, weights[kind])
            np.testing.assert_allclose(metric.result(), expected, rtol=1e-5)
        metric.reset_state()
        assert np.all(np.asarray(metric.result()) == 0.0)


@pytest.mark.parametrize("weights", [None, 2.0, [1.0, 2.0, 0.5], [[1.0], [2.0], [0.5]], [[1.0, 2.0]] * 3])
@pytest.mark.parametrize("values", [3.0, [1.0, 2.0, 3.0], [[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]]])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_equal_keras(name, values, weights, oracle):
    if np.ndim(weights) > np.ndim(values) and (np.ndim(values) == 0 or np.shape(weights)[-1] != 1):
        pytest.skip("Keras refuses such weights too")

    def results(module):
        metric = getattr(module, name)()
        return [np.asarray(metric(values, weights)) for _ in range(2)]

    np.testing.assert_allclose(results(metrics), oracle("results", lambda: results(keras.metrics)), rtol=1e-6)


@pytest.mark.parametrize("name", sorted(CLASS_NAMES))
def test_arguments_and_defaults_are_those_of_keras(name):
    theirs = inspect.signature(getattr(keras.metrics, name)).parameters.values()
    ours = inspect.signature(getattr(metrics, name)).parameters.values()
    assert [one.name for one in ours] == [one.name for one in theirs]
    assert {one.name: one.default for one in ours if one.name != "name"} == {
        one.name: one.default for one in theirs if one.name != "name"
    }
    if name != "MeanMetricWrapper":
        arguments = CASES[name][0][0] if name in CASES else {}
        mine, their = (getattr(one, name)(**arguments).name for one in (metrics, keras.metrics))
        assert re.sub(r"_\d+$", "", mine) == re.sub(r"_\d+$", "", their)  # some count


def _as_saved(value):
    return value.tolist() if isinstance(value, jax.Array) else list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("name", sorted(CLASS_NAMES - {"MeanMetricWrapper"}))
def test_config_goes_there_and_back(name):
    for arguments, _, _ in CASES.get(name, [({}, None, None)]):
        ours = getattr(metrics, name)(**arguments, name="mine")
        again = metrics.deserialize(metrics.serialize(ours))
        assert type(again) is type(ours)
        assert again.get_config() == ours.get_config()
        assert again._structure() == ours._structure()
        member = getattr(keras.metrics, name)
        assert isinstance(member.from_config(ours.get_config()), member)
        theirs = member(**arguments, name="mine")
        config = metrics.deserialize(keras.metrics.serialize(theirs)).get_config()
        for key, value in theirs.get_config().items():
            assert _as_saved(config[key]) == _as_saved(value), key


def test_wrapper_goes_there_and_back():
    for fn in (metrics.mean_squared_error, metrics.categorical_accuracy):
        again = metrics.deserialize(metrics.serialize(metrics.MeanMetricWrapper(fn, name="mine")))
        assert (again.fn, again.name) == (fn, "mine")
    theirs = keras.metrics.serialize(keras.metrics.MeanMetricWrapper(keras.losses.huber, name="mine", delta=2.0))
    again = metrics.deserialize(theirs)
    assert (again.fn, again.fn_kwargs) == (metrics.huber, {"delta": 2.0})
    assert again._structure() == metrics.MeanMetricWrapper(metrics.huber, delta=2.0)._structure()
    assert again._structure() != metrics.MeanMetricWrapper(metrics.huber, delta=3.0)._structure()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("binary_accuracy", yes_or_no),
        ("categorical_accuracy", one_hot),
        ("sparse_categorical_accuracy", indices),
        ("top_k_categorical_accuracy", one_hot),
    ],
)
def test_functions_equal_keras(name, data, oracle):
    rng = np.random.default_rng(2)
    both = [data(rng, shape) for shape in [(N, C), (N, 2, C)]]

    def call(module):
        return jax.jit(lambda: [getattr(module, name)(y, p) for y, p in both])()

    for ours, theirs in zip(call(metrics), oracle("values", lambda: call(keras.metrics)), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", ["sparse_categorical_accuracy", "sparse_top_k_categorical_accuracy"])
def test_nan_scores_count_as_keras_counts_them(name, oracle):
    scores = np.array([[np.nan, 1.0, 2.0], [1.0, np.nan, 2.0], [np.nan] * 3, [3.0, 1.0, 2.0]], "float32")

    def call(module):
        function = jax.jit(getattr(module, name))
        return [function(np.full(4, label), scores) for label in range(3)]

    np.testing.assert_array_equal(call(metrics), oracle("values", lambda: call(keras.metrics)))


@pytest.mark.parametrize("column", [False, True])
def test_ignored_class_does_not_count(column, oracle):
    labels, p = np.array([1, 9, 0]), np.array([[0.5, 0.5], [0.9, 0.1], [0.5, 0.5]], "float32")
    labels = labels[:, None] if column else labels

    def call(module, weights):
        metric = module.SparseCategoricalCrossentropy(ignore_class=9)
        state = metric.stateless_update_state([one.value for one in metric.variables], labels, p, weights)
        return metric.stateless_result(state)

    plain, weighted = jax.jit(lambda: [call(metrics, None), call(metrics, np.array([1.0, 5.0, 3.0]))])()
    np.testing.assert_allclose(plain, np.log(2.0), rtol=1e-6)
    [theirs] = oracle("weighted", lambda: jax.jit(lambda: call(keras.metrics, np.array([1.0, 5.0, 3.0])))())
    np.testing.assert_allclose(weighted, theirs, rtol=1e-6)
