"""`tune` on rows: the networks of our own estimators, over columns that are encoded once."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn import metrics
from sklearn.ensemble import RandomForestRegressor
from tests.tuning.studies import assert_same, outcome

import hornet
import hornet.tuning.store
from hornet import Model, layers
from hornet.estimators import KerasRegressor, MLPClassifier, MLPRegressor
from hornet.estimators.targets import LabelScale
from hornet.preprocessing import encode
from hornet.tuning import tune
from hornet.tuning.labelled import name_classes
from hornet.tuning.networks import Networks
from hornet.tuning.store import Store

rng = np.random.default_rng(0)
ROWS = 120
CITIES = rng.integers(0, 25, ROWS)
TABLE = pd.DataFrame(
    {
        "area": np.where(np.arange(ROWS) % 9 == 0, np.nan, rng.uniform(20, 200, ROWS)),
        "city": [f"city {code}" for code in CITIES],
        "state": [(None, "new", "old")[code] for code in rng.integers(0, 3, ROWS)],
        "built": pd.Timestamp("1990-01-01") + pd.to_timedelta(rng.integers(0, 9000, ROWS), "D"),
    }
)
PRICE = 3 * TABLE["area"].fillna(100).to_numpy() + 10 * CITIES + 500
KIND = np.where(np.median(PRICE) < PRICE, "dear", "cheap").astype(object)
TRAIN, TEST = TABLE[:90], TABLE[90:].reset_index(drop=True)
SMALL = {"space": {"n_neurons": [3, 4, 8], "learning_rate_init": (1e-3, 3e-2)}, "trials": 4, "epochs": 4, "size": 4}


def on_table(y=PRICE, **arguments):
    """Return a tuner of the table, whose last rows are held out."""
    return tune(TRAIN, y[:90], **{**SMALL, "validation_data": (TEST, y[90:]), **arguments})


@pytest.fixture(scope="module")
def tuner():
    """A tuner of prices."""
    return on_table(objective="r2")


def test_what_comes_out_takes_the_table_as_it_is(tuner, tmp_path):
    estimator, model = tuner.best_estimator, tuner.best_model
    assert type(estimator) is MLPRegressor
    assert estimator.hidden_layer_sizes == (tuner.best_params["n_neurons"],) * 2
    assert estimator.score(TEST, PRICE[90:]) == pytest.approx(tuner.best_value, rel=1e-4)
    np.testing.assert_allclose(model.predict(TEST, verbose=0)[:, 0], estimator.predict(TEST), rtol=1e-5)
    assert estimator.coefs_[0].shape[0] == estimator.scale(TEST).shape[1]
    assert (estimator.n_iter_, len(estimator.validation_scores_)) == (4, 4)
    model.save(tmp_path / "best.keras")
    loaded = hornet.saving.load_model(tmp_path / "best.keras")
    dealt = pl.from_pandas(TEST)
    np.testing.assert_array_equal(loaded.predict(dealt, verbose=0), model.predict(TEST, verbose=0))
    together = tuner.ensemble(2).predict(TEST, verbose=0)[:, 0]
    assert metrics.r2_score(PRICE[90:], together) == pytest.approx(tuner.ensemble_value, rel=1e-4)


def test_candidates_of_a_table_share_their_programs(tuner):
    population = tuner._study.worker.population
    assert [len(buckets) for buckets in population._buckets.values()] == [1]
    assert not population._obstacles
    assert len(set(tuner.trials["n_neurons"])) > 1


def test_the_estimators_own_parameters_come_first():
    networks = Networks(MLPRegressor((40, 40, 40), alpha=2), TABLE, PRICE, fixed={"dropout": 0.0})
    assert networks.known == {
        "n_hidden": 3,
        "n_neurons": 40,
        "activation": "relu",
        "alpha": 2,
        "learning_rate_init": 0.001,
    }
    assert networks.estimator({"n_hidden": 1, "n_neurons": 9}).hidden_layer_sizes == (9,)


def as_dict(table):
    return {name: table[name].to_list() for name in table}


@pytest.mark.parametrize("kind", [pl.from_pandas, pa.Table.from_pandas, as_dict], ids=["polars", "arrow", "dict"])
def test_all_kinds_of_tables_are_one(kind, tuner):
    whole, held_out = (kind(part.assign(price=y)) for part, y in ((TRAIN, PRICE[:90]), (TEST, PRICE[90:])))
    found = tune(whole, target="price", **SMALL, objective="r2", validation_data=held_out)
    assert found.best_value == tuner.best_value
    np.testing.assert_array_equal(found.best_model.get_weights()[-1], tuner.best_model.get_weights()[-1])


# --- labels -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("objective", "score"),
    [
        ("roc_auc", lambda found: metrics.roc_auc_score(KIND[90:], found.predict_proba(TEST)[:, 1])),
        (metrics.make_scorer(metrics.f1_score, pos_label="dear"), None),
    ],
    ids=["roc_auc", "f1"],
)
def test_words_are_classes_for_all_scorers(objective, score):
    found = on_table(KIND, objective=objective, trials=2, class_weight={"dear": 2, "cheap": 1})
    estimator = found.best_estimator
    assert type(estimator) is MLPClassifier
    assert estimator.classes_.tolist() == ["cheap", "dear"]
    expected = objective(estimator, TEST, KIND[90:]) if score is None else score(estimator)
    assert found.best_value == pytest.approx(expected, rel=1e-5)


def test_three_classes_and_the_loss_without_the_penalty():
    y = np.array(["a", "b", "c"])[np.digitize(PRICE, np.quantile(PRICE, [0.3, 0.6]))]
    found = on_table(y, fixed={"alpha": 50.0}, space={**SMALL["space"], "alpha": [50.0]})
    probabilities = found.best_estimator.predict_proba(TEST)
    assert found.best_value == pytest.approx(metrics.log_loss(y[90:], probabilities), rel=1e-4)
    assert metrics.log_loss(y[90:], found.ensemble(2).predict(TEST, verbose=0)) == pytest.approx(
        found.ensemble_value, rel=1e-4
    )


def test_rows_without_weight_do_not_count():
    weights = np.where(np.arange(90) % 2, 1.0, 0.0)
    others = np.where(np.r_[weights, np.ones(ROWS - 90)] > 0, KIND, np.roll(KIND, 1))
    one, other = (on_table(y, sample_weight=weights, trials=1, epochs=2).best_model for y in (KIND, others))
    np.testing.assert_array_equal(one.predict(TEST, verbose=0), other.predict(TEST, verbose=0))


def test_which_labels_name_classes():
    assert name_classes(np.array([True, False] * 9))
    assert name_classes(np.array([3, 5, 8] * 9))
    assert name_classes(np.arange(900) % 25)
    assert name_classes(np.array([0.0, 1.0] * 9))
    assert name_classes(np.eye(3)[[0, 1, 2, 0]])
    assert not name_classes(np.arange(900) % 25 + 18)
    assert not name_classes(np.arange(30))
    assert not name_classes(np.array([0.5, 1.0] * 9))
    assert not name_classes(np.array([[0.5, 2.0]] * 9))


# --- folds, arrays and files ------------------------------------------------------------------------------


def test_folds_of_arrays():
    x = np.column_stack([PRICE, CITIES]).astype("float32")
    found = tune(x, y=PRICE, **{**SMALL, "trials": 2}, cv=2)
    mean = np.mean([fold.predict(x, verbose=0) for fold in found._models(found.ranked[0])], axis=0)[:, 0]
    np.testing.assert_allclose(found.best_model.predict(x, verbose=0)[:, 0], mean, rtol=1e-5)
    np.testing.assert_allclose(found.best_estimator.predict(x), mean, rtol=1e-5)


def test_columns_of_numbers_are_found_by_name():
    table = pd.DataFrame({"price": PRICE, "city": CITIES})
    model = tune(table, PRICE, **{**SMALL, "trials": 1}).best_model
    np.testing.assert_array_equal(model.predict(table[["city", "price"]], verbose=0), model.predict(table, verbose=0))


@pytest.mark.parametrize("outlier", [1.0, 1e5])
def test_the_model_and_the_estimator_decode_alike(outlier, tmp_path):
    scale = LabelScale(np.array([[-1.0, 5.0], [1.0, 6.0]] * 50 + [[outlier, 7.0]]))
    outputs = np.linspace([-50, -3], [50, 3], 41).astype("float32")
    given = layers.Input((2,))
    Model(given, scale.in_units(given)).save(tmp_path / "scale.keras")
    found = hornet.saving.load_model(tmp_path / "scale.keras").predict(outputs, verbose=0)
    np.testing.assert_allclose(found, scale.decode(outputs), rtol=1e-4)


def test_a_study_of_a_table_that_is_killed_goes_on(tuner, tmp_path, monkeypatch):
    class Killed(BaseException):
        pass

    def dying(self, trial):
        if trial.number == 2:
            raise Killed
        return put(self, trial)

    put, file = Store.put, tmp_path / "prices.study"
    with monkeypatch.context() as patched:
        patched.setattr(Store, "put", dying)
        patched.setattr(Store, "release", lambda self: None)
        patched.setattr(hornet.tuning.store, "_LEASE", 0.0)
        with pytest.raises(Killed):
            on_table(objective="r2", storage=file)
    again = on_table(objective="r2", storage=file)
    assert_same(outcome(again), outcome(tuner))
    reopened = on_table(objective="r2", storage=file).best_estimator
    np.testing.assert_array_equal(reopened.predict(TEST), tuner.best_estimator.predict(TEST))
    with pytest.raises(ValueError, match="other data"):
        on_table(PRICE**2, objective="r2", storage=file)


def test_encode_chooses_alike(capsys):
    _, tensor = encode(TRAIN)
    said = capsys.readouterr().out
    found = on_table(trials=1, epochs=1, verbose=1)
    assert capsys.readouterr().out.startswith(said)
    assert found.best_estimator.coefs_[0].shape[0] == tensor.shape[-1]


# --- what goes wrong --------------------------------------------------------------------------------------


def gaps(y):
    return [None, *y[1:]]


WITH_PRICE = TABLE.assign(price=PRICE)


@pytest.mark.parametrize(
    ("given", "arguments", "problem"),
    [
        ((TABLE,), {}, "no labels. Pass them as `y`, or name the column"),
        ((), {}, "no labels"),
        ((WITH_PRICE,), {"target": "prize"}, "`target` must be one of .*Did you mean 'price'"),
        ((WITH_PRICE, PRICE), {"target": "price"}, "Labels are given twice"),
        ((CITIES.reshape(-1, 1),), {"target": "price"}, "names a column, and .* has no columns"),
        ((TABLE, PRICE, PRICE), {}, "a third thing"),
        ((TABLE, np.full(ROWS, "a")), {}, "'a' in all rows"),
        ((TABLE, np.full(ROWS, 1.5)), {}, "1.5.* in all rows"),
        ((TABLE, gaps(KIND)), {}, "lacks 1 of 120 labels, the first in row 0"),
        ((WITH_PRICE.assign(price=gaps(PRICE)),), {"target": "price"}, "The column 'price' lacks 1 of 120"),
        ((TABLE,), {"target": "built"}, "The column 'built' holds dates"),
        ((TABLE, PRICE[:-1]), {}, "inconsistent numbers of samples"),
        ((TABLE, PRICE), {"space": {"units": [3]}}, "'units', which is no parameter of `MLPRegressor`"),
        ((TABLE, PRICE), {"objective": "val_mae"}, "'val_mae', which the model does not measure"),
        ((TABLE, PRICE), {"hp": object()}, "`hp` goes with a `build_model`"),
        ((RandomForestRegressor(), TABLE, PRICE), {}, "takes no `RandomForestRegressor`"),
        ((KerasRegressor, TABLE, PRICE), {}, "takes no `KerasRegressor`"),
        ((lambda hp: None, TABLE, PRICE), {"target": "price"}, "`target` goes with a frame"),
        ((MLPRegressor(), TABLE, KIND), {}, "a regressor predicts numbers"),
    ],
)
def test_wrong_arguments(given, arguments, problem):
    with pytest.raises((ValueError, TypeError), match=re.compile(problem, re.DOTALL)):
        tune(*given, **{"trials": 1, "epochs": 1, **arguments})
