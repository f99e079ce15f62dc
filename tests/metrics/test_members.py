"""Metrics whose state depends on the data, and what they say and do where Keras errs."""

import re

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
import sklearn.metrics

import hornet
from hornet import layers, losses, metrics
from hornet.core.module import boxes, pure, values_of
from hornet.core.variable import Variable

RNG = np.random.default_rng(7)
BUILT_BY_DATA = {
    "F1Score": {},
    "FBetaScore": {"beta": 2.0},
    "R2Score": {},
    "AUC": {"multi_label": True},
}


def measured(metric, *batches):
    """Return a metric's figure over batches, which one program computes."""
    batches = [tuple(np.asarray(one) for one in batch) for batch in batches]
    metric.build(*(one.shape for one in batches[0][:2]))
    held = boxes(metric, Variable)
    update, result = pure(held, metric.update_state), pure(held, metric.result)

    @jax.jit
    def run(state, batches):
        for batch in batches:
            _, state, _ = update(state, *batch)
        return result(state)[0]

    return run(values_of(held), batches)


# --- building -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(BUILT_BY_DATA))
def test_variables_come_with_the_shapes(name):
    metric = getattr(metrics, name)(**BUILT_BY_DATA[name])
    assert metric.variables == []
    with pytest.raises(ValueError, match=r"has seen no data yet, so it has no result\. Call `update_state` first"):
        metric.result()
    metric.build((None, 3), (None, 3))
    # The thresholds of an `AUC` come before the labels, as in Keras.
    assert {variable.shape[-1 if name == "AUC" else 0] for variable in metric.variables if variable.shape} == {3}
    with pytest.raises(ValueError, match=f"`{metric.name}` .* number must be known. Declare it"):
        metric.build((None, None), (None, None))


@pytest.mark.parametrize("name", sorted(BUILT_BY_DATA))
def test_a_program_cannot_build(name):
    metric = getattr(metrics, name)(**BUILT_BY_DATA[name])
    update = pure({}, metric.update_state)
    with pytest.raises(RuntimeError, match=r"has no variables yet\. Call its `build\(y_shape, output_shape\)` first"):
        jax.jit(lambda y, p: update({}, y, p)[1])(np.ones((4, 3)), np.ones((4, 3)))
    assert metric.variables == []


def test_one_column_may_be_left_out():
    y, p = RNG.integers(0, 2, 20), RNG.uniform(size=(20, 1))
    for name, arguments in (("F1Score", {"threshold": 0.5}), ("R2Score", {"class_aggregation": None})):
        of_column = measured(getattr(metrics, name)(**arguments), (y[:, None], p))
        for data in ((y, p), (y, p[:, 0]), (y[:, None], p[:, 0])):
            np.testing.assert_array_equal(measured(getattr(metrics, name)(**arguments), data), of_column)


def classifier(classes):
    hornet.utils.set_random_seed(3)
    return hornet.Sequential([layers.Dense(classes, activation="sigmoid", input_shape=(4,))])


def test_training_builds_and_reports_one_score_a_class():
    x, y = RNG.normal(size=(70, 4)).astype("float32"), np.eye(3)[RNG.integers(0, 3, 70)].astype("float32")
    model = classifier(3)
    asked = [metrics.F1Score(threshold=0.4), metrics.AUC(multi_label=True, name="areas"), "R2Score", "precision"]
    model.compile("sgd", "binary_crossentropy", metrics=asked)
    history = model.fit(x, y, epochs=2, verbose=0, validation_data=(x, y)).history
    assert [np.shape(one) for one in history["f1_score"]] == [(3,), (3,)]
    logs = model.evaluate(x, y, return_dict=True, verbose=0)
    predictions = np.asarray(model.predict(x, verbose=0))
    expected = sklearn.metrics.f1_score(y, predictions > 0.4, average=None)
    np.testing.assert_allclose(logs["f1_score"], expected, rtol=1e-5)
    np.testing.assert_allclose(history["val_f1_score"][-1], expected, rtol=1e-5)
    np.testing.assert_allclose(logs["areas"], sklearn.metrics.roc_auc_score(y, predictions), atol=0.02)
    np.testing.assert_allclose(logs["R2Score"], sklearn.metrics.r2_score(y, predictions), rtol=1e-4)


def test_a_metric_may_serve_models_of_other_widths():
    score = metrics.F1Score(threshold=0.5)
    x = RNG.normal(size=(20, 4)).astype("float32")
    for classes in (3, 5):
        model = classifier(classes)
        model.compile("sgd", "binary_crossentropy", metrics=[score])
        model.fit(x, RNG.integers(0, 2, (20, classes)), verbose=0)
        assert np.shape(score.result()) == (classes,)


# --- values ---------------------------------------------------------------------------------------------


def test_area_nears_the_exact_one():
    y = RNG.integers(0, 2, 500)
    p = 1 / (1 + np.exp(-RNG.normal(size=500) - y))
    for curve, exact in (("ROC", sklearn.metrics.roc_auc_score), ("PR", sklearn.metrics.average_precision_score)):
        batches = [(y[rows], p[rows]) for rows in np.split(np.arange(500), 5)]
        area = measured(metrics.AUC(num_thresholds=2000, curve=curve), *batches)
        np.testing.assert_allclose(area, exact(y, p), atol=2e-3)


def test_area_lies_between_the_lower_and_the_upper_one():
    y, p = RNG.integers(0, 2, 50), RNG.uniform(size=50)
    low, middle, high = (
        float(measured(metrics.AUC(num_thresholds=9, summation_method=method), (y, p)))
        for method in ("minoring", "interpolation", "majoring")
    )
    assert low < middle < high


def test_predictions_beyond_count_as_certain():
    y = [0, 1, 0, 1]
    for metric in (metrics.AUC, lambda: metrics.RecallAtPrecision(0.5)):
        beyond, certain = (measured(metric(), (y, p)) for p in ([-3.0, 4.0, 0.5, 0.2], [0.0, 1.0, 0.5, 0.2]))
        assert float(beyond) == float(certain)


def test_predictions_that_are_no_numbers_are_no_yeses():
    for name in ("TruePositives", "FalsePositives", "Precision", "AUC"):
        assert float(measured(getattr(metrics, name)(), ([0.0, 1.0], [np.nan, np.nan]))) == 0.0


def test_weights_of_rows_reach_all_further_axes():
    y, p, w = RNG.integers(0, 2, (6, 2, 3)), RNG.uniform(size=(6, 2, 3)), RNG.uniform(size=6)
    every = np.broadcast_to(w[:, None, None], y.shape)
    for metric in (metrics.Precision, metrics.AUC, lambda: metrics.F1Score("macro", 0.5), metrics.R2Score):
        of_rows, of_all = (measured(metric(), (y, p, weights)) for weights in (w, every))
        np.testing.assert_allclose(of_rows, of_all, rtol=1e-6)
    labels = RNG.integers(0, 3, (6, 4))
    of_rows, of_all = (
        measured(metrics.MeanIoU(3), (labels, labels[:, ::-1], weights)) for weights in (w, np.repeat(w[:, None], 4, 1))
    )
    np.testing.assert_allclose(of_rows, of_all)


def test_the_first_of_equal_scores_is_the_highest():
    scores = np.array([[0.3, 0.3, 0.2, 0.3], [-2.0, -2.0, 1.0, -2.0]])
    found = jax.jit(lambda: [metrics.confusion.among_highest(jnp.asarray(scores), k) for k in range(1, 6)])()
    for k in range(1, 6):
        chosen = np.argsort(-scores, axis=-1, kind="stable")[:, :k]
        expected = np.zeros(scores.shape, bool)
        np.put_along_axis(expected, chosen, True, axis=-1)
        np.testing.assert_array_equal(found[k - 1], expected)


def test_fractions_of_weights_count_in_intersections():
    metric = metrics.MeanIoU(2, dtype="int32")  # what a config of Keras says, where each of these weights becomes 0
    found = measured(metric, ([0, 1, 1], [0, 1, 0], [0.5, 0.25, 0.25]))
    np.testing.assert_allclose(found, (0.5 / 0.75 + 0.5) / 2, rtol=1e-6)
    assert metric.get_config()["dtype"] == "int32"


def test_explained_variance_far_from_zero():
    y = 1e4 + RNG.normal(size=(96, 1))
    p = y + 0.1 * RNG.normal(size=(96, 1))
    found = measured(metrics.R2Score(), *((y[rows], p[rows]) for rows in np.split(np.arange(96), 3)))
    exact = sklearn.metrics.r2_score(y.astype("float32"), p.astype("float32"))
    np.testing.assert_allclose(found, exact, rtol=1e-4)


@pytest.mark.parametrize(("p", "score"), [([2.0, 2.0], 1.0), ([2.0, 3.0], 0.0)])
def test_explained_variance_of_equal_targets(p, score):
    assert float(measured(metrics.R2Score(), ([2.0, 2.0], p))) == score


def test_adjusting_takes_rows_and_more_of_them_than_inputs():
    y, p = RNG.normal(size=(6, 2)), RNG.normal(size=(6, 2))
    plain, adjusted, *others = (float(measured(metrics.R2Score(num_regressors=n), (y, p))) for n in (0, 2, 5, 6))
    np.testing.assert_allclose(adjusted, 1 - (1 - plain) * 5 / 3, rtol=1e-5)
    assert others == [plain, plain]


# --- errors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: metrics.Precision(thresholds=[0.2, 1.5]), r"`thresholds` must be .* not 1\.5\."),
        (lambda: metrics.Recall(top_k=0), "`top_k` must be a positive integer, not 0"),
        (lambda: metrics.AUC(curve="ROK"), r"`curve` must be one of 'ROC'.*Did you mean 'ROC'\?"),
        (lambda: metrics.AUC(summation_method="middle"), "`summation_method` must be one of 'interpolation'"),
        (lambda: metrics.AUC(num_thresholds=1), "`num_thresholds` must be at least 2, not 1. A curve has two ends"),
        (lambda: metrics.AUC(num_labels=3), "`num_labels=3` means nothing without `multi_label=True`"),
        (lambda: metrics.AUC(label_weights=[-1.0]), r"`label_weights` must be .* at least 0, not -1\.0"),
        (
            lambda: metrics.AUC(multi_label=True, label_weights=[1.0, 2.0]).build((None, 3), (None, 3)),
            r"`label_weights` for 2 labels, but predictions of shape \(None, 3\)",
        ),
        (lambda: metrics.SensitivityAtSpecificity(1.5), r"`specificity` must be .* at most 1, not 1\.5"),
        (lambda: metrics.PrecisionAtRecall(0.5, num_thresholds=0), "`num_thresholds` must be a positive integer"),
        (lambda: metrics.F1Score(average="mean"), "`average` must be one of None, 'micro', 'macro', 'weighted'"),
        (lambda: metrics.F1Score(threshold=0.0), "`threshold` must be a finite number above 0"),
        (lambda: metrics.FBetaScore(beta=-1.0), "`beta` must be a finite number above 0"),
        (lambda: metrics.IoU(3, [3]), "`target_class_ids` holds 3. Pass class indices from 0 to 2."),
        (lambda: metrics.R2Score("average"), "`class_aggregation` must be one of None"),
        (
            lambda: metrics.PearsonCorrelation().build((None, 1), (None, 1)),
            r"along axis -1, where outputs of shape \(None, 1\) have only one\. Pass another `axis`, or use R2Score",
        ),
        (lambda: metrics.Precision(class_id=3)(np.ones((2, 3)), np.ones((2, 3))), r"counts class 3.* \(2, 3\)"),
        (lambda: metrics.Precision(class_id=0)(np.ones(2), np.ones(2)), r"one unit a class, or leave out `class_id`"),
        (
            lambda: metrics.AUC()(np.ones(2), np.ones((2, 3))),
            r"labels of shape \(2,\) and predictions of shape \(2, 3\)",
        ),
        (lambda: metrics.F1Score()(np.ones(2), np.ones((2, 3))), "Pass one label for each prediction"),
        (lambda: metrics.MeanIoU(2)(np.ones((2, 2)), np.ones(4)), "Pass one label for each prediction"),
    ],
)
def test_errors_say_what_to_do(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# --- Keras's stateless calls ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Mean", "AUC", "FBetaScore"])
def test_stateless_calls_are_those_of_keras(name, oracle):
    rng = np.random.default_rng(0)
    y, p = np.eye(3)[rng.integers(0, 3, 8)], rng.uniform(size=(8, 3)).astype("float32")
    batch = (p,) if name == "Mean" else (y, p)

    def result(library):
        metric = getattr(library, name)()
        if not metric.variables:  # they come with the first batch
            metric.update_state(*batch)
            metric.reset_state()
        update = jax.jit(metric.stateless_update_state)
        state = [variable.value for variable in metric.variables]
        for _ in range(2):
            state = update(state, *batch)
        found = jax.jit(metric.stateless_result)(state)
        assert not any(np.any(variable.value) for variable in metric.variables)
        assert not any(np.any(one) for one in metric.stateless_reset_state())
        return found

    np.testing.assert_allclose(result(metrics), oracle("result", lambda: result(keras.metrics))[0], rtol=1e-5)


def test_stateless_calls_take_one_value_for_each_variable():
    with pytest.raises(ValueError, match=r"has 2 variables, but got 1 values\. Pass one for each of `variables`"):
        metrics.Mean().stateless_result([1.0])


def test_a_loop_with_every_cell_can_be_hoisted():
    metric = metrics.AUC()
    held = boxes(metric, Variable)
    update = pure(held, metric.update_state)
    loop = jax.jit(lambda state, y, p: jax.lax.fori_loop(0, 9, lambda i, state: update(state, y[i], p[i])[1], state))
    y, p = np.ones((9, 32, 1), "float32"), np.ones((9, 32, 1), "float32")
    compiled = loop.lower(values_of(held), y, p).compile().as_text()
    assert not re.search(r"\b(scatter|sort|custom-call)\(", compiled)


def test_small_probabilities_have_their_area():
    """Keras's evenly spaced thresholds take all of them for one."""
    rng = np.random.default_rng(1)
    p = rng.uniform(0.0, 1e-4, 2000)
    y = (p + rng.normal(0.0, 3e-5, 2000) > 8e-5) * 1.0
    for probabilities, labels in ((p, y), (1.0 - 10.0 * p, 1.0 - y)):
        area = float(metrics.AUC()(labels, probabilities))
        assert area == pytest.approx(sklearn.metrics.roc_auc_score(labels, probabilities), abs=0.02)


def test_counts_of_several_labels_have_the_shape_of_keras():
    metric = metrics.AUC(multi_label=True, num_thresholds=5)
    metric.update_state(np.array([[1.0, 0.0, 1.0]]), np.array([[0.9, 0.4, 0.1]]))
    assert metric.true_positives.shape == (5, 3)
    np.testing.assert_array_equal(metric.true_positives.numpy()[:, 0], [1, 1, 1, 1, 0])


def test_policies_are_types_of_losses_and_metrics():
    policy = hornet.DTypePolicy("mixed_float16")
    assert metrics.Mean(dtype=policy).dtype == losses.Huber(dtype=policy).dtype == "float16"


def test_the_highest_score_of_a_row_needs_rows():
    with pytest.raises(ValueError, match=r"an axis of classes, not shape \(2,\)\. Pass a `threshold`"):
        metrics.F1Score().update_state([0.0, 1.0], [0.2, 0.9])
    score = metrics.F1Score(threshold=0.5)
    score.update_state([0.0, 1.0, 1.0], [0.2, 0.9, 0.1])
    np.testing.assert_allclose(score.result(), [2 / 3], rtol=1e-6)
