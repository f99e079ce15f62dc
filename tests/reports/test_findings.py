"""What reports compute, beside scikit-learn's own functions on plain arrays."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.special import expit, softmax
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import average_precision_score, f1_score, log_loss, root_mean_squared_error
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hornet import losses
from hornet.reports.baselines import baselines
from hornet.reports.influence import dependence, importances
from hornet.reports.metrics import measured, values_of
from hornet.reports.outcomes import of_estimator, of_model, of_positive
from hornet.reports.rows import Rows

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 3))
Y = X @ [2.0, 0.5, 0.0] + 0.1 * RNG.normal(size=90)
LINE = LinearRegression().fit(X, Y)


def predict(x):
    return of_estimator(LINE, x, Y)


# --- columns ----------------------------------------------------------------------------------------------


def test_importances_are_those_of_scikit_learn_on_arrays():
    ours = importances(Rows(X), predict, seed=3)[0]
    theirs = permutation_importance(LINE, X, Y, scoring="neg_root_mean_squared_error", n_repeats=5, random_state=3)
    np.testing.assert_allclose(list(ours.values()), theirs.importances)
    assert list(ours) == ["x0", "x1", "x2"]


def test_partial_dependence_is_that_of_scikit_learn_at_the_same_values():
    first, second = dependence(Rows(X), predict, [0, 2])
    for place, found in ((0, first), (2, second)):
        theirs = partial_dependence(LINE, X, [place], custom_values={place: found.values})
        np.testing.assert_allclose(found.average, theirs["average"])
        assert (np.diff(found.values) > 0).all()


FRAME = pd.DataFrame(
    {
        "number": [1.0, np.nan, 3.0],
        "word": ["x", None, "y"],
        "date": pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
        "truth": [True, False, True],
        "kind": pd.Categorical(["u", "v", "u"]),
    },
    index=[7, 7, 1],
)
PLAIN = FRAME.reset_index(drop=True)
HELD = {
    "pandas": FRAME,
    "polars": pl.from_pandas(PLAIN),
    "arrow": pa.Table.from_pandas(PLAIN),
    "dict": {name: PLAIN[name].to_numpy() for name in PLAIN},
}


@pytest.mark.parametrize("held", HELD)
def test_rows_are_put_together_from_cells_however_they_are_held(held):
    rows = Rows(HELD[held])
    assert [rows.column(place).kind for place in range(5)] == ["numbers", "words", "dates", "yes or no", "words"]
    places = np.array([[0, 2, 0, 1, 1], [2, 0, 2, 2, 0]])
    mixed = Rows(rows.mixed(places))
    for column, at in enumerate(places.T):
        before, after = rows.column(column), mixed.column(column)
        assert [after.said(0), after.said(1)] == [before.said(place) for place in at]
    taken = rows.take(np.array([2]))
    assert (taken.count, taken.column(1).said(0)) == (1, "y")


def test_a_gap_is_said_and_long_words_are_cut():
    column = Rows({"word": np.array(["x" * 99, None], dtype=object)}).column(0)
    assert [len(column.said(0)), column.said(1)] == [40, "missing"]


# --- outcomes ---------------------------------------------------------------------------------------------

LOGITS = RNG.normal(size=(8, 3))
INDICES = np.arange(8) % 3
INDICATORS = RNG.integers(0, 2, (8, 3))


@pytest.mark.parametrize(
    ("loss", "output", "labels", "kind", "probabilities"),
    [
        (losses.SparseCategoricalCrossentropy(True), LOGITS, INDICES, "multiclass", softmax(LOGITS, axis=1)),
        (losses.CategoricalCrossentropy(), softmax(LOGITS, axis=1), np.eye(3)[INDICES], "multiclass", None),
        (losses.BinaryCrossentropy(True), LOGITS, INDICATORS, "multilabel", expit(LOGITS)),
        (losses.BinaryCrossentropy(True), LOGITS[:, :1], INDICES > 1, "binary", None),
        (losses.Hinge(), LOGITS[:, :1], 2 * (INDICES > 1) - 1, "binary", None),
        (losses.MeanSquaredError(), LOGITS[:, :1], INDICES > 1, "regression", None),
        (None, expit(LOGITS[:, :1]), INDICES > 1, "binary", None),
        (None, LOGITS[:, :1], LOGITS[:, 0] + 1, "regression", None),
    ],
)
def test_an_output_is_of_the_kind_that_its_loss_or_its_numbers_say(loss, output, labels, kind, probabilities):
    (outcome,) = of_model(output, [loss], ["out"], labels)
    assert outcome.kind == kind
    if probabilities is not None:
        np.testing.assert_allclose(outcome.probabilities, probabilities)
        assert values_of(outcome)["log loss"] == pytest.approx(
            log_loss(labels, probabilities)
            if kind == "multiclass"
            else np.mean([log_loss(column, prob) for column, prob in zip(labels.T, probabilities.T, strict=True)])
        )


def test_a_hinge_says_classes_and_no_probabilities():
    (outcome,) = of_model(np.array([[0.3], [-2.0]]), [losses.Hinge()], ["out"], np.array([1, -1]))
    assert outcome.probabilities is None
    assert outcome.classes == ("-1", "1")
    assert outcome.predicted.tolist() == outcome.true.tolist() == [1, 0]


def test_columns_of_numbers_are_outcomes_each():
    found = of_model(LOGITS, [losses.MeanSquaredError()], ["out"], pd.DataFrame(LOGITS + 1, columns=["a", "b", "c"]))
    assert [(outcome.name, outcome.kind) for outcome in found] == [(name, "regression") for name in "abc"]


def test_a_class_that_the_model_does_not_know_is_named():
    with pytest.raises(ValueError, match="`y` has 7, which is none of the classes"):
        of_model(LOGITS, [losses.SparseCategoricalCrossentropy()], ["out"], np.full(8, 7))


def test_labels_of_a_model_may_be_the_names_of_its_classes():
    names = ["a", "b", "c"]
    for loss, output, places, known in (
        (losses.SparseCategoricalCrossentropy(True), LOGITS, INDICES, names),
        (losses.BinaryCrossentropy(True), LOGITS[:, :1], INDICES % 2, names[:2]),
        (losses.Hinge(), LOGITS[:, :1], INDICES % 2, names[:2]),
    ):
        (outcome,) = of_model(output, [loss], ["out"], np.array(names)[places], known)
        assert outcome.true.tolist() == places.tolist()
        assert outcome.classes == tuple(known)
    with pytest.raises(ValueError, match="`y` has 'c', which is none of the classes"):
        of_model(LOGITS[:, :1], [losses.BinaryCrossentropy()], ["out"], np.array(names)[INDICES], names[:2])
    with pytest.raises(ValueError, match="names do, with all of them as `class_names`"):
        of_model(LOGITS[:, :1], [losses.MeanSquaredError()], ["out"], np.array(names)[INDICES], names)


def test_the_positive_class_is_the_one_of_which_metrics_are():
    labels, score = INDICES % 2, expit(LOGITS[:, 0])
    found = of_model(LOGITS[:, :1], [losses.BinaryCrossentropy(True)], ["out"], labels, ["no", "yes"])
    values = values_of(of_positive(found, "no")[0])
    assert values["F1"] == f1_score(labels, score > 0.5, pos_label=0)
    assert values["average precision"] == pytest.approx(average_precision_score(labels == 0, 1 - score))
    assert values["log loss"] == pytest.approx(values_of(found[0])["log loss"])
    with pytest.raises(ValueError, match="`pos_label` is 1, which is none of 'no', 'yes'"):
        of_positive(found, 1)
    with pytest.raises(ValueError, match="`pos_label` is one of two classes, and this is regression"):
        of_positive(predict(X), 1)


# --- numbers ----------------------------------------------------------------------------------------------


def test_an_interval_is_as_wide_as_the_mean_of_as_many_rows_varies():
    """Of a mean absolute error the bootstrap's interval is the textbook's, 1.96 standard errors on each side."""
    errors = np.abs(np.random.default_rng(1).normal(size=400))
    (outcome,) = of_model(errors[:, None], [losses.MeanSquaredError()], ["out"], np.zeros(400))
    mean = next(one for one in measured(outcome, 1000, 0) if one.metric.name == "MAE")
    half = 1.96 * errors.std() / np.sqrt(len(errors))
    assert mean.value == pytest.approx(errors.mean())
    np.testing.assert_allclose([mean.low, mean.high], [errors.mean() - half, errors.mean() + half], atol=0.15 * half)


def test_a_metric_that_the_rows_do_not_have_is_not_a_number():
    (outcome,) = of_model(np.array([[0.2], [0.1]]), [losses.BinaryCrossentropy()], ["out"], np.zeros(2))
    values = values_of(outcome)
    assert np.isnan(values["ROC AUC"])
    assert values["accuracy"] == 1.0


def test_baselines_are_out_of_fold():
    found, reason = baselines(Rows(X), predict(X)[0], seed=1)
    values = {baseline.name: baseline.values["RMSE"] for baseline in found}
    folds = KFold(3, shuffle=True, random_state=1)
    line = cross_val_predict(make_pipeline(StandardScaler(), Ridge()), X, Y, cv=folds)
    mean = np.concatenate([np.full(len(held), Y[kept].mean()) for kept, held in folds.split(X)])
    held = np.concatenate([held for _, held in folds.split(X)])
    assert reason == ""
    assert list(values) == ["boosted trees", "linear model", "mean"]
    assert values["linear model"] == pytest.approx(root_mean_squared_error(Y, line))
    assert values["mean"] == pytest.approx(root_mean_squared_error(Y[held], mean))
