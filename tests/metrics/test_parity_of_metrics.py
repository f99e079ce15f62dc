"""Every metric against Keras's: running values over batches, in and out of programs, names and configs."""

import inspect
import re

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

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
FLAT = [
    pytest.param(name, arguments, data, shape, id=f"{name}-{data.__name__}-{shape}-{position}")
    for name, cases in CASES.items()
    for position, (arguments, data, shapes) in enumerate(cases)
    for shape in (shapes if position == 0 else shapes[-1:])
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
        yield y, jnp.asarray(p, "float32"), weights


def _compare(name, arguments, data, shape, weighting):
    ours, theirs = getattr(metrics, name)(**arguments), getattr(keras.metrics, name)(**arguments)
    for batch in batches(data, shape, weighting):
        ours.update_state(*batch)
        theirs.update_state(*batch)
        np.testing.assert_allclose(ours.result(), theirs.result(), rtol=1e-5, atol=1e-7)
    ours.reset_state()
    assert np.all(np.asarray(ours.result()) == 0.0)


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")  # by Keras's intersections over union
@pytest.mark.parametrize("weighting", ["none", "rows"])
@pytest.mark.parametrize(("name", "arguments", "data", "shape"), FLAT)
def test_running_value_equals_keras(name, arguments, data, shape, weighting):
    if weighting == "rows" and name.endswith("IoU"):
        if len(shape) > 2:
            pytest.skip("Keras refuses such weights")
        arguments = arguments | {"dtype": "float32"}  # else Keras cuts the weights off
    _compare(name, arguments, data, shape, weighting)


@pytest.mark.parametrize("weighting", ["column", "values", "zeros"])
@pytest.mark.parametrize(
    "name", ["MeanSquaredError", "SparseCategoricalAccuracy", "BinaryAccuracy", "Recall", "AUC", "R2Score"]
)
@pytest.mark.parametrize("shape", [(N, 1), (N, 3)])
def test_weights_of_other_ranks_equal_keras(name, shape, weighting):
    if (name, weighting) == ("R2Score", "zeros"):
        pytest.skip("Keras divides by zero")
    arguments, data, _ = CASES[name][0]
    _compare(name, arguments, data, shape, weighting)


@pytest.mark.parametrize("weights", [None, 2.0, [1.0, 2.0, 0.5], [[1.0], [2.0], [0.5]], [[1.0, 2.0]] * 3])
@pytest.mark.parametrize("values", [3.0, [1.0, 2.0, 3.0], [[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]]])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_equal_keras(name, values, weights):
    if np.ndim(weights) > np.ndim(values) and (np.ndim(values) == 0 or np.shape(weights)[-1] != 1):
        pytest.skip("Keras refuses such weights too")
    ours, theirs = getattr(metrics, name)(), getattr(keras.metrics, name)()
    for _ in range(2):
        np.testing.assert_allclose(ours(values, weights), theirs(values, weights), rtol=1e-6)


@pytest.mark.parametrize(("name", "arguments", "data", "shape"), FLAT)
def test_program_updates_as_eager_calls_do(name, arguments, data, shape):
    metric = getattr(metrics, name)(**arguments)
    metric.build(*(np.shape(one) for one in next(batches(data, shape, "none"))[:2]))
    held = boxes(metric, Variable)
    state = values_of(held)
    update = jax.jit(lambda state, *batch: pure(held, metric.update_state)(state, *batch)[1])
    for batch in batches(data, shape, "rows"):
        state = update(state, *batch)
    assert not any(np.any(variable.numpy()) for variable in metric.variables)
    value, _, _ = jax.jit(pure(held, metric.result))(state)
    for batch in batches(data, shape, "rows"):
        metric.update_state(*batch)
    np.testing.assert_allclose(value, metric.result(), rtol=1e-5)
    if name != "MeanMetricWrapper":
        program = jax.jit(pure(held, metric.update_state)).lower(state, *batch[:2]).as_text()
        assert not re.search(r"stablehlo\.\w*(gather|scatter|sort)", program)


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
        assert again.structure() == ours.structure()
        member = getattr(keras.metrics, name)
        assert isinstance(member.from_config(ours.get_config()), member)
        theirs = member(**arguments, name="mine")
        config = metrics.deserialize(keras.metrics.serialize(theirs)).get_config()
        for key, value in theirs.get_config().items():
            assert config[key] == _as_saved(value), key


def test_wrapper_goes_there_and_back():
    for fn in (metrics.mean_squared_error, metrics.categorical_accuracy):
        again = metrics.deserialize(metrics.serialize(metrics.MeanMetricWrapper(fn, name="mine")))
        assert (again.fn, again.name) == (fn, "mine")
    theirs = keras.metrics.serialize(keras.metrics.MeanMetricWrapper(keras.losses.huber, name="mine", delta=2.0))
    again = metrics.deserialize(theirs)
    assert (again.fn, again.fn_kwargs) == (metrics.huber, {"delta": 2.0})
    assert again.structure() == metrics.MeanMetricWrapper(metrics.huber, delta=2.0).structure()
    assert again.structure() != metrics.MeanMetricWrapper(metrics.huber, delta=3.0).structure()


def test_functions_equal_keras():
    rng = np.random.default_rng(2)
    for name in (
        "binary_accuracy",
        "categorical_accuracy",
        "sparse_categorical_accuracy",
        "top_k_categorical_accuracy",
    ):
        data = {"binary_accuracy": yes_or_no, "sparse_categorical_accuracy": indices}.get(name, one_hot)
        for shape in [(N, C), (N, 2, C)]:
            y, p = data(rng, shape)
            expected = getattr(keras.metrics, name)(y, p)
            np.testing.assert_array_equal(getattr(metrics, name)(y, p), expected)


def test_nan_scores_count_as_keras_counts_them():
    scores = np.array([[np.nan, 1.0, 2.0], [1.0, np.nan, 2.0], [np.nan] * 3, [3.0, 1.0, 2.0]], "float32")
    for label in range(3):
        y = np.full(4, label)
        for ours, theirs in (
            (metrics.sparse_categorical_accuracy, keras.metrics.sparse_categorical_accuracy),
            (metrics.sparse_top_k_categorical_accuracy, keras.metrics.sparse_top_k_categorical_accuracy),
        ):
            np.testing.assert_array_equal(ours(y, scores), theirs(y, scores))


def test_ignored_class_does_not_count():
    y, p = np.array([1, 9, 0]), np.array([[0.5, 0.5], [0.9, 0.1], [0.5, 0.5]], "float32")
    for labels in (y, y[:, None]):
        metric = metrics.SparseCategoricalCrossentropy(ignore_class=9)
        np.testing.assert_allclose(metric(labels, p), np.log(2.0), rtol=1e-6)
        weighted = metrics.SparseCategoricalCrossentropy(ignore_class=9)
        weights = np.array([1.0, 5.0, 3.0])
        theirs = keras.metrics.SparseCategoricalCrossentropy(ignore_class=9)
        np.testing.assert_allclose(weighted(labels, p, weights), theirs(labels, p, weights), rtol=1e-6)
