"""The page of a report: its numbers are scikit-learn's, nothing in it comes from elsewhere, and all can read it."""

import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.linear_model import LogisticRegression
from tests.reports.pages import Page

import hornet
from hornet import layers
from hornet.estimators import MLPClassifier, TabularRegressor
from hornet.tuning import GridSearchCV, Tuner

NASTY = "<script>alert(1)</script>"


def table():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "area": rng.uniform(30, 150, 120),
            "city": rng.choice(["Oslo", "Rome", None], 120),
            "built": pd.Timestamp("1990-01-01") + pd.to_timedelta(rng.integers(0, 9000, 120), unit="D"),
            "garden": rng.random(120) > 0.5,
            NASTY: rng.normal(size=120),
            'a$b$ "x" \\frac{': rng.normal(size=120),
        },
        index=np.repeat(np.arange(60), 2),
    )
    frame.iloc[:9, 0] = np.nan
    return frame, np.where(frame["area"].fillna(90) + 20 * frame["garden"] > 100, "dear & <b>", "cheap")


@pytest.fixture(scope="module")
def fitted():
    x, y = table()
    return MLPClassifier((4,), max_iter=3, random_state=0).fit(x, y), x, y


@pytest.fixture(scope="module")
def written(fitted, tmp_path_factory):
    estimator, x, y = fitted
    path = hornet.report(
        estimator, x, pd.Series(y, name="price"), tmp_path_factory.mktemp("report") / "new" / "r.html", resamples=20
    )
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(written):
    return Page(written)


# --- numbers ----------------------------------------------------------------------------------------------


def test_metrics_are_those_of_scikit_learn(fitted, page):
    estimator, x, y = fitted
    predicted, score = estimator.predict(x), estimator.predict_proba(x)[:, 1].astype(float)
    is_second = y == estimator.classes_[1]
    expected = {
        "accuracy": metrics.accuracy_score(y, predicted),
        "balanced accuracy": metrics.balanced_accuracy_score(y, predicted),
        "F1": metrics.f1_score(y, predicted, pos_label=estimator.classes_[1]),
        "ROC AUC": metrics.roc_auc_score(is_second, score),
        "average precision": metrics.average_precision_score(is_second, score),
        "log loss": metrics.log_loss(is_second, score),
        "Brier score": metrics.brier_score_loss(is_second, score),
    }
    rows = page.table("The model with its 95% interval")
    found = {row[0].partition(" (")[0]: row[1] for row in rows[1:]}
    assert list(found) == list(expected)
    shown = [float(attributes["data-value"]) for tag, attributes in page.elements if "data-value" in attributes]
    np.testing.assert_allclose(shown[:: len(rows[0]) - 1], list(expected.values()), rtol=1e-5)
    for name, cell in found.items():
        value, low, high = (float(part) for part in re.findall(r"\d+(?:\.\d+)?", cell))
        assert value == float(f"{expected[name]:.4g}")
        assert low <= value <= high


def test_each_class_has_its_precision_and_recall(fitted, page):
    estimator, x, y = fitted
    theirs = metrics.precision_recall_fscore_support(y, estimator.predict(x), zero_division=0.0)
    for place, (name, *numbers) in enumerate(page.table("Each class")[1:]):
        assert name == estimator.classes_[place]
        assert [float(number) for number in numbers] == [float(f"{part[place]:.4g}") for part in theirs]


def test_the_worst_row_is_the_one_whose_truth_is_least_probable(fitted, page):
    estimator, x, y = fitted
    of_truth = estimator.predict_proba(x)[np.arange(120), (y == estimator.classes_[1]).astype(int)]
    first = page.table("The ten rows")[1]
    assert first[0] == str(of_truth.argmin())
    assert float(first[3]) == pytest.approx(-np.log(of_truth.min()), rel=1e-3)


def test_columns_are_described(page):
    rows = {row[0]: row for row in page.table("The columns")[1:]}
    assert list(rows) == list(table()[0].columns)
    assert [rows[name][1] for name in ("area", "city", "built", "garden")] == ["numbers", "words", "dates", "yes or no"]
    assert rows["area"][2] == "7.5%"
    assert page.table("What is predicted")[1][0] == "price"


def test_the_same_seed_writes_the_same_page(fitted, written, tmp_path):
    estimator, x, y = fitted
    again = hornet.report(estimator, x, pd.Series(y, name="price"), tmp_path / "r.html", resamples=20)
    time = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d \w+")
    assert time.sub("", again.read_text(encoding="utf-8")) == time.sub("", written)


def test_drawn_rows_are_said(fitted, tmp_path):
    estimator, x, y = fitted
    page = Page(hornet.report(estimator, x, y, tmp_path / "r.html", rows=40, resamples=5).read_text(encoding="utf-8"))
    assert "40 rows drawn of 120" in page.text
    assert max(int(row[0]) for row in page.table("The ten rows")[1:]) > 40


# --- one file, for everybody ------------------------------------------------------------------------------


def test_nothing_comes_from_elsewhere_and_nothing_runs(written, page):
    assert {tag for tag, _ in page.elements} & {"script", "link", "iframe", "object", "embed", "base"} == set()
    assert [value for name in ("src", "href", "action") for value in page.attributes(name) if value[0] != "#"] == [
        value for value in page.attributes("href") if value.startswith("data:image/png;base64,")
    ]
    assert "http:" not in written
    assert "https:" not in written
    assert not re.search(r"@import|url\((?!#)", written)
    assert {name for _, attributes in page.elements for name in attributes if name.startswith("on")} == set()
    policy = next(attributes["content"] for _, attributes in page.elements if "http-equiv" in attributes)
    assert policy.startswith("default-src 'none'")


def test_names_are_shown_as_they_are(page):
    assert NASTY in page.text
    assert 'a$b$ "x" \\frac{' in page.text
    assert "dear & <b>" in page.text
    assert "b" not in {tag for tag, _ in page.elements}


def test_a_screen_reader_finds_its_way(page):
    tags = [tag for tag, _ in page.elements]
    assert dict(page.elements)["html"] == {"lang": "en"}
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    inner = [value for value in page.attributes("href") + page.attributes("xlink:href") if value[0] == "#"]
    assert {value[1:] for value in inner} <= set(ids)
    assert set(page.attributes("aria-labelledby")) <= set(ids)
    heads = [attributes for tag, attributes in page.elements if tag == "th"]
    assert {head.get("scope") for head in heads} == {"col", "row"}
    assert tags.count("table") == tags.count("caption")
    pictures = [attributes for _, attributes in page.elements if attributes.get("role") == "img"]
    assert all(len(attributes["aria-label"]) > 20 for attributes in pictures)
    assert all(attributes["aria-hidden"] == "true" for tag, attributes in page.elements if tag == "svg")


# --- what else may be reported on -------------------------------------------------------------------------


def page_of(model, x, y, folder, **settings):
    return Page(hornet.report(model, x, y, folder / "r.html", resamples=5, **settings).read_text(encoding="utf-8"))


def test_a_model_of_images_shows_the_worst_and_its_curves(tmp_path):
    model = hornet.Sequential([layers.Input((5, 5, 1)), layers.Flatten(), layers.Dense(3)])
    x, y = np.random.default_rng(0).random((30, 5, 5, 1), dtype="float32"), np.arange(30) % 3
    model.compile("sgd", hornet.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x, y, epochs=2, verbose=0)
    page = page_of(model, x, y, tmp_path, class_names=["cat", "dog", "owl"], title="Pictures")
    assert dict(page.elements)["title"] == {}
    assert "Learning curves" in page.text
    assert "What is predicted worst" in page.text
    assert "rows such as pictures and series have none" in page.text
    assert [row[0] for row in page.table("Each class")[1:]] == ["cat", "dog", "owl"]
    logits = model.predict(x, verbose=0).astype(float)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    shown = [float(attributes["data-value"]) for _, attributes in page.elements if "data-value" in attributes]
    assert metrics.log_loss(y, probabilities) == pytest.approx(shown[-2], rel=1e-5)


def test_a_model_with_a_rare_class_is_judged_by_scores_and_of_the_class_that_is_named(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(150, 2))
    y = np.where(x[:, 0] + 0.3 * rng.normal(size=150) > 1.5, "bad", "fine")
    scorer = LogisticRegression(class_weight="balanced").fit(x, y)
    page = page_of(scorer, x, y, tmp_path, pos_label="bad")
    area = metrics.roc_auc_score(y == "bad", scorer.predict_proba(x)[:, 0])
    assert re.search(f"By ROC AUC it is [^:]*: {area:.4g}, against", page.text)
    assert "By log loss it is worse than" in page.text
    assert "By accuracy" not in page.text
    assert "areas are of the class bad" in page.text
    assert "pos_label='bad')" in page.text
    shown = {row[0].partition(" (")[0]: row[1] for row in page.table("The model with its 95% interval")[1:]}
    assert shown["F1"].startswith(f"{metrics.f1_score(y, scorer.predict(x), pos_label='bad'):.4g} ")


def test_several_outputs_have_a_section_each_and_history_may_be_missing(tmp_path):
    inputs = hornet.Input((2,), name="x")
    outputs = {"price": layers.Dense(1)(inputs), "sold": layers.Dense(1, "sigmoid")(inputs)}
    model = hornet.Model(inputs, outputs)
    x = np.random.default_rng(0).normal(size=(24, 2))
    y = {"price": x[:, 0], "sold": (x[:, 1] > 0).astype(int)}
    page = page_of(model, x, y, tmp_path, feature_names=["area", "age"])
    assert "Output price: regression" in page.text
    assert "Output sold: classification of two classes" in page.text
    assert page.text.count("not recorded") == 2
    assert {"area", "age"} <= set(page.text.split())


def test_a_search_shows_its_leaderboard_and_its_space(tmp_path):
    x, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
    search = GridSearchCV(MLPClassifier((2,), max_iter=1, random_state=0), {"alpha": [1e-4, 1e-2]}, cv=2).fit(x, y)
    page = page_of(search, x, y, tmp_path)
    board = page.table("The leaderboard")
    assert board[0] == ["rank", "score, mean", "deviation", "seconds a fit", "alpha"]
    best = search.cv_results_["mean_test_score"].max()
    assert float(board[1][1]) == float(f"{best:.4g}")
    assert "[0.0001, 0.01]" in page.text


def test_a_tabular_estimator_shows_its_candidates_and_what_it_was_compared_with(tmp_path):
    x, _ = table()
    numbers = x[["area"]].assign(size=x["area"].isna())
    regressor = TabularRegressor("fast", members=1, compare=True, random_state=0).fit(numbers, np.arange(120.0))
    page = page_of(regressor, numbers, np.arange(120.0), tmp_path)
    board = page.table("The leaderboard")
    assert [row[1] for row in board[1:]] == [line["kind"] for line in regressor.leaderboard_]
    assert f"this model {regressor.comparison_['this']:.4g}, a linear model" in page.text
    assert "random_state" in page.text


def test_a_study_shows_its_trials(tmp_path):
    def build_model(hp):
        model = hornet.Sequential([layers.Dense(hp.Int("units", 1, 4), "relu"), layers.Dense(1)])
        model.compile("sgd", "mse")
        return model

    x = np.random.default_rng(0).normal(size=(40, 2))
    tuner = Tuner(build_model, trials=2, epochs=1, sampler="random").search(x, x[:, 0])
    page = page_of(tuner, x, x[:, 0], tmp_path)
    assert [row[0] for row in page.table("The leaderboard")[1:]] == [str(trial.number) for trial in tuner.ranked]
    assert "Trials" in page.text


# --- what is refused --------------------------------------------------------------------------------------

MODEL = hornet.Sequential([layers.Input((2,)), layers.Dense(1)])
ROWS = np.zeros((6, 2))


REFUSED = [
    ((object(), ROWS, ROWS[:, 0]), {}, "`model` must be a model, an estimator, a search or a study"),
    ((hornet.Sequential([layers.Dense(1)]), ROWS, ROWS[:, 0]), {}, "is not built"),
    ((MODEL, ROWS, ROWS[:4, 0]), {}, "`x` has 6 rows and `y` 4"),
    ((MODEL, ROWS[:0], ROWS[:0, 0]), {}, "no rows"),
    ((MODEL, ROWS, ROWS), {}, "`y` has 2 columns and the predictions 1 column"),
    ((MODEL, ROWS, np.array(list("abcdef"))), {}, "a model's labels are numbers"),
    ((MODEL, ROWS, None), {}, "`y` must be an array, a frame or a dict of arrays, not None"),
    ((MODEL, (row for row in ROWS), ROWS[:, 0]), {}, "`x` must be an array, a frame or a dict of arrays"),
    ((MODEL, ROWS, np.full(6, np.nan)), {}, "`y` has NaN (first in row 0)"),
    ((MODEL, np.full((6, 2), np.inf), ROWS[:, 0]), {}, "The model predicts NaN or infinity for 6 of 6 rows"),
    ((MODEL, ROWS, ROWS[:, 0]), {"rows": 0}, "`rows`"),
    ((MODEL, ROWS, ROWS[:, 0]), {"seed": -1}, "`seed`"),
    ((MODEL, ROWS, ROWS[:, 0]), {"feature_names": ["a"]}, "`feature_names` has 1 names, and `x` 2 columns"),
    ((MLPClassifier(), ROWS, ROWS[:, 0]), {}, "not fitted yet"),
    ((Tuner(lambda hp: MODEL, {"units": [1, 2]}), ROWS, ROWS[:, 0]), {}, "Nothing was searched yet"),
]


@pytest.mark.parametrize(("arguments", "settings", "says"), REFUSED, ids=[case[-1] for case in REFUSED])
def test_what_is_no_model_or_does_not_fit_is_refused(arguments, settings, says, tmp_path):
    with pytest.raises((TypeError, ValueError), match=re.escape(says)):
        hornet.report(*arguments, tmp_path / "r.html", **settings)
    assert not (tmp_path / "r.html").exists()
