"""What a stranger passes to the estimators for tables: each kind is taken, or refused in one clear sentence."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.model_selection import StratifiedKFold
from tests.costs import ProgramCount

import hornet as keras
from hornet.estimators.targets import Classes
from hornet.tabular import Preset, TabularClassifier, TabularRegressor
from hornet.tabular.columns import Columns
from hornet.tabular.tasks import OfClasses

TINY = Preset(kinds=("plain",), trainings=1, folds=1, updates=8, width=16)
ROWS = 120
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, 3))
Y = 2 * X[:, 0] - X[:, 1]
CLASSES = np.where(X[:, 0] > 0, "yes", "no")
FRAME = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "city": RNG.choice(["Oslo", "Rome"], ROWS)})


def regressor(**arguments):
    return TabularRegressor(**{"preset": TINY, "random_state": 0, **arguments})


def classifier(**arguments):
    return TabularClassifier(**{"preset": TINY, "random_state": 0, **arguments})


@pytest.fixture(scope="module")
def of_frame():
    return regressor().fit(FRAME, Y)


# --- labels -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (pd.Series(X[:, 0] > 0, dtype="boolean"), [False, True]),
        (pd.Series((X[:, 0] > 0) * 3, dtype="Int64"), [0, 3]),
        (pd.Series(CLASSES, dtype="string"), ["no", "yes"]),
        (pd.Series(pd.Categorical(CLASSES, categories=["never", "yes", "no"])), ["no", "yes"]),
        (pl.Series(CLASSES), ["no", "yes"]),
    ],
    ids=["nullable boolean", "nullable integer", "string", "unused category", "polars"],
)
def test_classes_keep_their_type(labels, classes):
    fitted = classifier().fit(X, labels)
    assert fitted.classes_.tolist() == classes
    assert [type(each) for each in fitted.predict(X[:1]).tolist()] == [type(classes[0])]


MISSING = CLASSES.astype(object)
MISSING[4] = None
MIXED = np.array(["a", 1] * (ROWS // 2), object)
OF_REGRESSION = {
    "words": (CLASSES, "'(yes|no)', and a regressor"),
    "dates": (pd.Series(pd.date_range("2020", periods=ROWS)), "dates or durations"),
    "a name": ("price", "a label for each row, not 'price'"),
    "too large": (Y * 1e300, "infinite in a model"),
    "a gap": (pd.Series(Y, dtype="Float64").where(np.arange(ROWS) != 3), "NaN .first in row 3"),
}
OF_CLASSIFICATION = {
    "None": (MISSING, "None .first in row 4"),
    "None in polars": (pl.Series(MISSING.tolist()), "None .first in row 4"),
    "sets": ([["a"], ["b", "a"], []] * (ROWS // 3), "MultiLabelBinarizer"),
    "two types": (MIXED, "int and str"),
}


@pytest.mark.parametrize("name", OF_REGRESSION)
def test_labels_of_no_regression_are_refused(name):
    labels, words = OF_REGRESSION[name]
    with pytest.raises(ValueError, match=words):
        regressor().fit(X, labels)


@pytest.mark.parametrize("name", OF_CLASSIFICATION)
def test_labels_that_are_no_classes_are_refused(name):
    labels, words = OF_CLASSIFICATION[name]
    with pytest.raises(ValueError, match=words):
        classifier().fit(X, labels)


def test_one_hot_labels_and_labels_that_float32_does_not_tell_apart_are_warned_of():
    with pytest.warns(UserWarning, match="exactly one 1"):
        classifier().fit(X, np.eye(3)[np.arange(ROWS) % 3])
    with pytest.warns(UserWarning, match="apart. Subtract their mean"):
        regressor().fit(X, Y + 1e9)


def test_probabilities_are_sharpened_only_by_many_rows():
    few, many = (Classes(np.arange(count) % 2) for count in (25, 4000))
    right = np.eye(2)[np.arange(25) % 2] * 0.96 + 0.02
    task = OfClasses(few)
    task.calibrated(right, np.eye(2)[np.arange(25) % 2], None)
    assert 0.8 < task.temperature < 1.0
    logits = RNG.normal(size=4000)
    drawn = (RNG.random(4000) < 1 / (1 + np.exp(-logits))).astype(int)
    too_sure = 1 / (1 + np.exp(-2 * logits))
    task = OfClasses(many)
    task.calibrated(np.stack([1 - too_sure, too_sure], 1), np.eye(2)[drawn], None)
    assert task.temperature == pytest.approx(2.0, rel=0.1)


def test_probabilities_add_up_as_closely_as_scores_ask():
    probabilities = classifier().fit(X, np.digitize(X[:, 0], [-0.5, 0.5])).predict_proba(X)
    assert np.abs(probabilities.sum(axis=1) - 1).max() < 1e-15 * probabilities.shape[1]


# --- weights, folds and parameters ------------------------------------------------------------------------------------

GROUPS = np.zeros(ROWS)
PARAMETERS = {
    "negative weights": (regressor, {}, {"sample_weight": -np.ones(ROWS)}, "Negative values"),
    "an unknown class": (classifier, {"class_weight": {"maybe": 2}}, {}, "'maybe', which is no class"),
    "a name of weights": (classifier, {"class_weight": "balance"}, {}, "'balanced', not 'balance'"),
    "a negative weight": (classifier, {"class_weight": {"yes": -1, "no": 1}}, {}, "at least 0, not -1"),
    "one group": (regressor, {}, {"groups": GROUPS}, "only one group, 0.0"),
    "too few groups": (regressor, {}, {"groups": GROUPS[:3]}, "one entry for each of 120 rows"),
    "no folds": (regressor, {"cv": 0}, {}, "1 holds a fifth out"),
    "a splitter of classes": (regressor, {"cv": StratifiedKFold(2)}, {}, "'continuous'"),
    "places that are not there": (regressor, {"cv": [([0, 1], [ROWS])]}, {}, "no numbers from 0 to 119"),
    "splits of rows without weight": (
        regressor,
        {"cv": [(np.arange(90), np.arange(90, ROWS))]},
        {"sample_weight": np.arange(ROWS) % 2},
        "rows, and those of weight 0",
    ),
    "folds and rows": (regressor, {"cv": 2}, {"validation_data": (X, Y)}, "Leave one out"),
    "fewer labels": (regressor, {}, {"validation_data": (X, Y[:5])}, "120 rows and 5 labels"),
    "more columns": (regressor, {}, {"validation_data": (X, np.stack([Y, Y], 1))}, "2 columns of labels, not 1"),
    "workers": (regressor, {"n_jobs": -2}, {}, "-1 for one on each core"),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_what_does_not_fit_is_said(name):
    make, parameters, arguments, words = PARAMETERS[name]
    with pytest.raises(ValueError, match=words):
        make(**parameters).fit(X, Y if make is regressor else CLASSES, **arguments)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"kinds": ("tree",)}, "'tree'"), ({"kinds": ()}, "a tuple of"), ({"trainings": 0}, "`trainings`")],
    ids=["kind", "none", "count"],
)
def test_a_preset_is_checked_when_it_is_made(wrong, words):
    with pytest.raises(ValueError, match=words):
        Preset(**wrong)


def test_parameters_as_others_write_them():
    one = regressor(n_jobs=-1, members=2.0, quantiles=0.9).fit(X, Y)
    assert one.reached_ == 2
    assert one.predict_quantiles(X).shape == (ROWS, 1)
    assert regressor(quantiles=np.array([0.1, 0.9])).fit(X, Y).predict_quantiles(X).shape == (ROWS, 2)
    masks = [(np.arange(ROWS) < 90, np.arange(ROWS) >= 90)]
    assert regressor(cv=masks).fit(X, Y).score_ == regressor(cv=[tuple(map(np.flatnonzero, masks[0]))]).fit(X, Y).score_


def test_quantiles_are_compared_with_trees_of_quantiles_where_that_is_asked_for():
    fitted = regressor(quantiles=0.5, compare=False).fit(X[:60], Y[:60])
    assert fitted.comparison_ == {}
    with pytest.warns(UserWarning, match="pinball_loss on one fold"):
        fitted = regressor(quantiles=0.5, compare=True).fit(X[:60], Y[:60])
    assert set(fitted.comparison_) == {"this", "hist_gradient_boosting", "folds"}


# --- columns ----------------------------------------------------------------------------------------------------------

INFINITE = FRAME.assign(a=np.where(np.arange(ROWS) == 3, np.inf, FRAME["a"]))
COLUMNS = {
    "infinity": (INFINITE, "infinity in column 'a' .first in row 3"),
    "infinity in Arrow": (INFINITE.convert_dtypes(dtype_backend="pyarrow"), "infinity in column 'a'"),
    "infinity in polars": (pl.from_pandas(INFINITE), "infinity in column 'a'"),
    "infinity among objects": (INFINITE.astype({"a": object}), "infinity in column 'a'"),
    "names twice": (pd.concat([FRAME, FRAME[["a"]]], axis=1), "several columns called 'a'"),
    "another order": (FRAME[["city", "b", "a"]], "feature_names_in_"),
    "one more": (FRAME.assign(c=1), "feature_names_in_"),
    "one less": (FRAME[["a", "b"]], "now missing"),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_other_columns_are_refused_when_predicting(name, of_frame):
    rows, words = COLUMNS[name]
    with pytest.raises(ValueError, match=words):
        of_frame.predict(rows)


def test_infinity_and_columns_without_names_are_refused_when_fitting():
    with pytest.raises(ValueError, match="infinity in column 'a'"):
        regressor().fit(INFINITE, Y)
    for column in (FRAME["city"], pd.Series(pd.date_range("2020", periods=ROWS))):
        with pytest.raises(ValueError, match="columns that have no names"):
            regressor().fit(pd.DataFrame({0: X[:, 0], 1: column}), Y)
    with pytest.raises(ValueError, match="list of dicts"):
        regressor().fit([{"a": 1.0}] * ROWS, Y)


def test_numbers_that_float32_does_not_tell_apart_are_read_in_a_frame_and_warned_of_in_an_array(tmp_path):
    times = 1_700_000_000_000 + 1000 * np.arange(ROWS)
    frame = pd.DataFrame({"time": times, "b": X[:, 1]})
    fitted = regressor().fit(frame, np.arange(ROWS))
    assert fitted.score(frame, np.arange(ROWS)) > 0.99
    fitted.save(tmp_path / "times.keras")
    read = keras.models.load_model(tmp_path / "times.keras").predict(frame, verbose=0)[:, 0]
    assert read == pytest.approx(fitted.predict(frame), rel=1e-5)
    with pytest.warns(UserWarning, match="Column 0 of `X`"):
        regressor().fit(frame.to_numpy(), np.arange(ROWS))


def test_intervals_are_categories():
    frame = FRAME.assign(part=pd.cut(FRAME["a"], 3))
    assert Columns(frame).width == Columns(FRAME).width + 4
    assert np.isfinite(regressor().fit(frame, Y).predict(frame)).all()


@pytest.mark.parametrize("rows", [2, 3])
def test_the_fewest_rows(rows):
    fitted = regressor().fit(X[:rows], Y[:rows])
    assert np.isfinite(fitted.predict_interval(X)).all()


def test_many_columns_of_a_frame_are_joined_as_few_are():
    wide = pd.DataFrame(RNG.normal(size=(8, 100))).add_prefix("c").assign(city=FRAME["city"][:8])
    columns = Columns(wide)
    programs = ProgramCount()
    encoded = columns.encode(wide)
    assert programs() <= 1
    expected = [Columns(wide[[f"c{place}", "city"]]).encode(wide)["robust"][:, 0] for place in (0, 64, 99)]
    assert encoded["robust"][:, [0, 64, 99]] == pytest.approx(np.stack(expected, axis=1))


# --- interruptions and files ------------------------------------------------------------------------------------------


def test_what_is_finished_survives_an_interruption_between_trainings(monkeypatch):
    from hornet.tabular.search import Search

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Search, "_kinds_that_predict_best", interrupted)
    with pytest.warns(UserWarning, match="1 candidates"):
        fitted = regressor(members=9).fit(X, Y)
    assert fitted.reached_ == 1


def test_a_model_survives_an_interruption_of_the_comparison(monkeypatch):
    from hornet.tabular import base

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(base, "compared", interrupted)
    with pytest.warns(UserWarning, match="comparison with boosted trees was interrupted"):
        fitted = regressor(compare=True).fit(X, Y)
    assert fitted.comparison_ == {}
    assert fitted.interrupted_
    assert fitted.predict(X).shape == (ROWS,)


def test_an_interruption_while_candidates_are_taken_over_keeps_those_before(monkeypatch):
    from hornet.tabular.training import Trainer

    finished, calls = Trainer._finished, []

    def interrupted(self, candidate, members):
        calls.append(candidate)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return finished(self, candidate, members)

    monkeypatch.setattr(Trainer, "_finished", interrupted)
    with pytest.warns(UserWarning, match="1 candidates"):
        assert regressor(preset=Preset(("plain", "plain"), 2, 1, 8, 16)).fit(X, Y).reached_ == 1


@pytest.mark.parametrize(
    "parameters",
    [
        {"class_weight": {0: 1.0, 1: 3.0}, "cv": np.int64(2)},
        {"class_weight": {False: 1.0, True: 2.0}, "random_state": np.int64(7)},
        {"members": np.int64(1), "verbose": np.bool_(False)},
    ],
    ids=["weights", "booleans", "numbers"],
)
def test_parameters_come_back_from_a_file(parameters, tmp_path):
    fitted = classifier(**parameters).fit(FRAME, X[:, 0] > 0)
    fitted.save(tmp_path / "classes.keras")
    assert TabularClassifier.load(tmp_path / "classes.keras").get_params() == fitted.get_params()


def test_quantiles_come_back_from_a_file(tmp_path):
    fitted = regressor(quantiles=(0.1, np.float64(0.9))).fit(FRAME, Y)
    fitted.save(tmp_path / "levels.keras")
    again = TabularRegressor.load(tmp_path / "levels.keras")
    assert (again.predict_quantiles(FRAME) == fitted.predict_quantiles(FRAME)).all()
