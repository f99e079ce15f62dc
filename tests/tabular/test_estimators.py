"""The estimators for tables: what they predict, and what `fit` promises."""

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import permutation_importance
from sklearn.model_selection import TimeSeriesSplit
from tests.costs import ProgramCount

from hornet.population.population import Population
from hornet.tabular import Preset, TabularClassifier, TabularRegressor
from hornet.tabular.kinds import KINDS

TINY = Preset(kinds=("plain",), trainings=2, folds=2, updates=8, width=16)
EVERY_KIND = Preset(kinds=tuple(KINDS), trainings=len(KINDS) + 1, folds=1, updates=30, width=16)
ROWS = 160
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, 3))
Y = 2 * X[:, 0] - X[:, 1] + 0.1 * RNG.normal(size=ROWS)
LABELS = np.where(X[:, 0] > 0, "yes", "no")


def regressor(preset=TINY, **arguments):
    return TabularRegressor(preset, **{"random_state": 0, "compare": False, **arguments})


def classifier(preset=TINY, **arguments):
    return TabularClassifier(preset, **{"random_state": 0, "compare": False, **arguments})


@pytest.fixture(scope="module")
def fitted():
    return regressor(EVERY_KIND).fit(X, Y)


# --- what is predicted ------------------------------------------------------------------------------------------


def test_a_regressor_learns(fitted):
    new = np.random.default_rng(1).normal(size=(50, 3))
    assert np.corrcoef(fitted.predict(new), 2 * new[:, 0] - new[:, 1])[0, 1] > 0.99


def test_the_leaderboard_has_every_candidate_and_shares_that_add_up(fitted):
    lines = fitted.leaderboard_
    shown = fitted._repr_mimebundle_()["text/html"]
    assert all(f">{line['kind']}</td>" in shown for line in lines)
    assert [line["rmse"] for line in lines] == sorted(line["rmse"] for line in lines)
    assert {line["kind"] for line in lines} == {"linear", *KINDS}
    assert sum(line["share"] for line in lines) == pytest.approx(1.0)
    assert fitted.score_ <= lines[0]["rmse"] * 1.01
    assert fitted.reached_ == len(lines) - 1 == len(KINDS) + 1


def test_classes_have_probabilities_in_their_order():
    fitted = classifier().fit(X, LABELS)
    probabilities = fitted.predict_proba(X)
    assert fitted.classes_.tolist() == ["no", "yes"]
    assert probabilities.sum(axis=1) == pytest.approx(1.0, abs=1e-6)
    assert (fitted.predict(X) == np.array(["no", "yes"])[probabilities.argmax(axis=1)]).all()
    assert fitted.score(X, LABELS) > 0.9


def test_several_labels_and_several_targets():
    both = np.stack([X[:, 0] > 0, X[:, 1] > 0], axis=1).astype(int)
    fitted = classifier().fit(X, both)
    assert fitted.predict_proba(X).shape == fitted.predict(X).shape == both.shape
    assert fitted.score(X, both) > 0.7
    two = regressor().fit(X, np.stack([Y, 100 - 10 * Y], axis=1))
    assert two.predict(X).shape == (ROWS, 2)
    assert two.score(X, np.stack([Y, 100 - 10 * Y], axis=1)) > 0.9


def test_a_frame_with_words_dates_and_gaps():
    frame = pd.DataFrame(
        {
            "number": np.where(np.arange(ROWS) % 9, X[:, 0], np.nan),
            "word": np.where(X[:, 1] > 0, "up", "down"),
            "day": pd.date_range("2020-01-01", periods=ROWS),
            "same": 1.0,
            "many": [f"name {row % 50}" for row in range(ROWS)],
        }
    )
    fitted = regressor().fit(frame, Y)
    assert fitted.score(frame, Y) > 0.5
    unseen = frame.assign(word="sideways", many="nobody")[list(frame)[::-1]]
    assert np.isfinite(fitted.predict(unseen[list(frame)])).all()


# --- quantiles and intervals --------------------------------------------------------------------------------------


def test_quantiles_ascend_and_the_median_is_predicted():
    fitted = regressor(quantiles=[0.9, 0.1]).fit(X, Y)
    found = fitted.predict_quantiles(X)
    assert found.shape == (ROWS, 2)
    assert (np.diff(found, axis=1) >= 0).all()
    middle = fitted.predict(X)
    assert ((found[:, 0] <= middle) & (middle <= found[:, 1])).all()
    assert fitted.metric_ == "pinball_loss"


@pytest.mark.parametrize("quantiles", [None, [0.1, 0.9]])
def test_intervals_hold_as_many_labels_as_asked_for(quantiles):
    fitted = regressor(quantiles=quantiles).fit(X, Y)
    new = np.random.default_rng(2).normal(size=(400, 3))
    labels = 2 * new[:, 0] - new[:, 1] + 0.1 * np.random.default_rng(3).normal(size=400)
    low, high = fitted.predict_interval(new, 0.8).T
    assert 0.7 < np.mean((low <= labels) & (labels <= high)) < 0.93


def test_without_quantiles_there_are_none(fitted):
    with pytest.raises(ValueError, match="quantiles="):
        fitted.predict_quantiles(X)


# --- what rows are trained on ---------------------------------------------------------------------------------------


def test_rows_without_weight_do_not_count():
    spoilt = np.where(np.arange(ROWS) % 4 == 0, 50.0, Y)
    weights = (np.arange(ROWS) % 4 != 0).astype(float)
    fitted = regressor().fit(X, spoilt, sample_weight=weights)
    kept = weights > 0
    assert fitted.score(X[kept], Y[kept]) > 0.9


def test_class_weights_move_the_border():
    rare = np.where(X[:, 0] + 0.5 * X[:, 2] > 1.2, 1, 0)
    noisy = np.where(RNG.random(ROWS) < 0.15, 1 - rare, rare)
    plain, weighted = (classifier(class_weight=each).fit(X, noisy) for each in (None, "balanced"))
    assert weighted.predict(X).mean() > plain.predict(X).mean()


def test_groups_are_not_parted(monkeypatch):
    groups = np.arange(ROWS) // 8
    seen = folds_seen(monkeypatch, lambda: regressor().fit(X, Y, groups=groups))
    assert all(not set(groups[kept]) & set(groups[held]) for kept, held in seen)


def test_a_splitter_says_what_is_held_out(monkeypatch):
    seen = folds_seen(monkeypatch, lambda: regressor(cv=TimeSeriesSplit(2)).fit(X, Y))
    assert all(kept.max() < held.min() for kept, held in seen)


def test_rows_to_validate_on_are_the_only_ones_held_out(monkeypatch):
    seen = folds_seen(monkeypatch, lambda: regressor().fit(X[:120], Y[:120], validation_data=(X[120:], Y[120:])))
    assert [held.tolist() for _, held in seen] == [list(range(120, ROWS))]


def folds_seen(monkeypatch, fit):
    """Return the folds that a function trains on."""
    from hornet.tabular import base

    seen = []
    monkeypatch.setattr(
        base, "Trainer", lambda rows, *rest, real=base.Trainer: seen.extend(rows.folds) or real(rows, *rest)
    )
    fit()
    return seen


# --- what `fit` promises ----------------------------------------------------------------------------------------------


def test_a_run_repeats_bit_for_bit_and_compiles_nothing_new(fitted):
    regressor(EVERY_KIND).fit(X, Y)  # as other tests may have had programs forgotten since
    programs = ProgramCount()
    again = regressor(EVERY_KIND, n_jobs=1).fit(X, Y)
    assert programs() == 0
    assert (again.predict(X) == fitted.predict(X)).all()
    assert (regressor(EVERY_KIND, random_state=1).fit(X, Y).predict(X) != fitted.predict(X)).any()


def test_a_run_that_the_clock_ends_is_repeated_by_its_count():
    timed = regressor(minutes=1e-9).fit(X, Y)
    again = regressor(members=timed.reached_).fit(X, Y)
    assert timed.reached_ == 1
    assert (timed.predict(X) == again.predict(X)).all()


def test_what_is_finished_survives_an_interruption(monkeypatch):
    train, calls = Population.train, []

    def interrupted(self, members, watch):
        train(self, members, watch)
        calls.append(members)
        if len(calls) in (2, 4):
            members[0].outcome.history = None
            raise KeyboardInterrupt

    monkeypatch.setattr(Population, "train", interrupted)
    with pytest.warns(UserWarning, match="2 candidates"):
        fitted = regressor(members=3).fit(X, Y)
    assert fitted.reached_ == 2
    assert fitted.score(X, Y) > 0.9
    calls.append(0)
    with pytest.raises(KeyboardInterrupt):
        regressor(members=1).fit(X, Y)


def test_it_is_compared_with_trees_on_the_same_rows(capsys):
    fitted = regressor(compare=True, verbose=True).fit(X, Y)
    found = fitted.comparison_
    assert set(found) == {"this", "linear", "hist_gradient_boosting", "folds"}
    assert found["this"] < found["hist_gradient_boosting"]
    assert "boosted trees" in capsys.readouterr().out


def test_it_says_so_where_trees_win_by_far():
    steps = np.round(3 * X[:, 0]) % 2 * 10
    with pytest.warns(UserWarning, match="Boosted trees predict this table better"):
        regressor(compare=True).fit(X, steps)


def test_importances_are_those_of_scikit_learn(fitted):
    found = fitted.feature_importances(X, Y)
    expected = permutation_importance(fitted, X, Y, n_repeats=5, random_state=0).importances_mean
    assert list(found) == [0, 1, 2]
    assert list(found.values()) == pytest.approx(expected.tolist())


# --- tables that are hard ---------------------------------------------------------------------------------------------


def test_a_constant_label_is_predicted():
    assert regressor().fit(X, np.full(ROWS, 7.0)).predict(X[:3]) == pytest.approx(7.0, abs=1e-3)


def test_few_rows_many_columns_and_gaps_everywhere():
    wide = RNG.normal(size=(20, 700))
    wide[:, 5] = np.nan
    assert np.isfinite(regressor(EVERY_KIND).fit(wide, wide[:, 0]).predict(wide)).all()


def test_a_class_of_a_single_row():
    labels = np.where(np.arange(ROWS) == 3, "once", LABELS)
    assert classifier().fit(X, labels).predict_proba(X).shape == (ROWS, 3)


WRONG = {
    "no such preset": (lambda: regressor("god"), X, Y, "'good'"),
    "two ends": (lambda: regressor(minutes=1, members=2), X, Y, "`minutes` and `members`"),
    "one class": (classifier, X, np.zeros(ROWS), "only one class"),
    "infinite": (regressor, np.where(X > 2, np.inf, X), Y, "infinity"),
    "nothing said": (regressor, np.ones((ROWS, 2)), Y, "says anything"),
    "one row": (regressor, X[:1], Y[:1], "1 row"),
    "quantiles of two": (lambda: regressor(quantiles=[0.5]), X, np.stack([Y, Y], 1), "quantiles are of one"),
    "names twice": (regressor, pd.DataFrame(np.full((ROWS, 2), "a"), columns=["a", "a"]), Y, "several columns"),
}


def test_a_class_that_is_only_in_the_rows_to_validate_on_is_refused():
    with pytest.raises(ValueError, match="'maybe'"):
        classifier().fit(X, LABELS, validation_data=(X, np.where(X[:, 1] > 1, "maybe", LABELS)))


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name):
    make, x, y, words = WRONG[name]
    estimator = make()
    with pytest.raises((TypeError, ValueError), match=words):
        estimator.fit(x, y)
