"""What users ask of a tuner, and what they get."""

import logging

import numpy as np
import optuna
import pandas as pd
import pytest
from scipy.stats import loguniform, norm
from sklearn import metrics
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util import tensor_util
from tests.tuning.studies import X, Y, build_model, study

import hornet
from hornet import Sequential, layers
from hornet.tuning import HyperModel, Int, Tuner, tune

SMALL = {"trials": 4, "epochs": 3, "size": 4, "sampler": "random"}


def by_arguments(units, rate, *, activation="relu"):
    model = Sequential([layers.Input((3,)), layers.Dense(units, activation), layers.Dense(1)])
    model.compile(loss="mse", optimizer=hornet.optimizers.Adam(rate), metrics=["mae"])
    return model


def classifier(hp):
    model = Sequential([layers.Input((3,)), layers.Dense(hp.Int("units", 3, 8), "relu"), layers.Dense(2, "softmax")])
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


# --- what may be tuned ------------------------------------------------------------------------------------------


def test_a_space_beside_the_function_holds_its_arguments_and_those_of_fit():
    space = {"units": [3, 5], "rate": loguniform(1e-3, 1e-1), "batch_size": [8, 16], "epochs": Int(1, 3)}
    tuner = tune(by_arguments, X, Y, space=space, **SMALL)
    assert set(tuner.best_params) == set(space)
    assert tuner.trials["epochs"].max() <= 3
    assert tuner.best_model.layers[0].units == tuner.best_params["units"]


def test_lists_as_talos_has_them():
    tuner = tune(
        by_arguments, X, Y, space={"units": (3, 7, 2), "rate": [0.01], "activation": ["relu", "tanh"]}, **SMALL
    )
    assert {trial.params["units"] for trial in tuner.ended} <= {0, 1}
    assert set(tuner.trials["units"]) == {3, 5}


def test_a_model_says_what_its_fit_gets():
    class Network(HyperModel):
        def build(self, hp):
            return build_model(hp)

        def fit(self, hp, model, *args, **kwargs):
            return model.fit(*args, **{**kwargs, "epochs": hp.Int("passes", 1, 2)})

    tuner = study(Network(), schedule="full", trials=4)
    assert "passes" in tuner.best_params
    assert [trial.epochs for trial in tuner.ended] == [
        tuner.space.decode(trial.params)["passes"] for trial in tuner.ended
    ]


def test_some_stay_fixed_and_some_come_first():
    known = [{"units": 4, "rate": 0.01}, {"units": 7}]
    tuner = study(known=known, schedule="full", trials=3)
    found = [tuner.space.decode(trial.params) for trial in tuner.ended]
    assert (found[0], found[1]["units"]) == ({"units": 4, "rate": 0.01}, 7)
    fixed = study(fixed={"units": 5}, trials=3)
    assert set(fixed.trials["units"]) == {5}


# --- what is looked for -----------------------------------------------------------------------------------------


def by_rows(estimator, x, y):
    return -float(np.abs(estimator.predict(x) - y).max())


OBJECTIVES = {
    "val_loss": (-1, build_model, Y),
    "val_mae": (-1, build_model, Y),
    "r2": (1, build_model, Y),
    "neg_median_absolute_error": (1, build_model, Y),
    metrics.make_scorer(metrics.mean_absolute_error, greater_is_better=False): (1, build_model, Y),
    by_rows: (1, build_model, Y),
    "val_accuracy": (1, classifier, (Y > 0).astype("int32")),
    "accuracy": (1, classifier, (Y > 0).astype("int32")),
    "roc_auc": (1, classifier, (Y > 0).astype("int32")),
    "neg_log_loss": (1, classifier, (Y > 0).astype("int32")),
}


SCORES = {
    "r2": metrics.r2_score,
    "neg_median_absolute_error": lambda y, outputs: -metrics.median_absolute_error(y, outputs),
    "accuracy": lambda y, outputs: metrics.accuracy_score(y, outputs.argmax(axis=1)),
    "roc_auc": lambda y, outputs: metrics.roc_auc_score(y, outputs[:, 1]),
    "neg_log_loss": lambda y, outputs: -metrics.log_loss(y, outputs),
}


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda one: one if isinstance(one, str) else type(one).__name__)
@pytest.mark.parametrize("cv", [None, 2])
def test_the_best_is_the_best_of_what_was_looked_for(objective, cv):
    sign, build, y = OBJECTIVES[objective]
    held_out = {"cv": cv} if cv else {"validation_data": (X[60:], y[60:])}
    tuner = Tuner(build, objective=objective, **SMALL).search(X[:60], y[:60], **held_out)
    values = [trial.value for trial in tuner.ended]
    assert tuner.best_value == (max if sign == 1 else min)(values)
    if not cv and isinstance(objective, str):
        model = tuner.best_model
        measured = model.evaluate(X[60:], y[60:], verbose=0, return_dict=True)
        if objective.startswith("val_"):
            found = measured[objective.removeprefix("val_")]
        else:
            found = SCORES[objective](y[60:], model.predict(X[60:], verbose=0))
        assert tuner.best_value == pytest.approx(found, rel=1e-5)


def test_the_model_has_the_weights_of_its_best_epoch():
    tuner = study(schedule="full", trials=3, fixed={"rate": 0.1}, epochs=12)
    for trial, model in zip(tuner.ranked, tuner.best_models(3), strict=True):
        assert trial.logs["val_loss"] == trial.value
        assert len(model.history.epoch) == 12
        assert min(model.history.history["val_loss"]) == trial.value


# --- what comes out ---------------------------------------------------------------------------------------------


def test_the_table_of_trials(tmp_path):
    tuner = study(storage=tmp_path / "a.study")
    table = tuner.trials
    assert list(table.columns[:8]) == ["number", "state", "value", "epochs", "seconds", "generation", "units", "rate"]
    assert len(table) == 12
    assert repr(tuner) == f"<Tuner {tuner.objective.name}, trials=12, best={tuner.best_value:.4g}>"
    assert "The best 2 of 2 trials (10 stopped or failed)" in tuner._repr_html_()
    written = pd.read_csv(tmp_path / "a.study.csv").sort_values("number").reset_index(drop=True)
    assert table.pop("error").isna().all()
    assert written.pop("error").isna().all()
    pd.testing.assert_frame_equal(written, table, check_dtype=False)
    study(storage=tmp_path / "a.study")
    assert len(pd.read_csv(tmp_path / "a.study.csv")) == 12


def test_a_study_goes_on_with_the_models_that_it_has(tmp_path):
    one = study(storage=tmp_path / "a.study")
    again = study(storage=tmp_path / "a.study")
    np.testing.assert_array_equal(one.best_model.predict(X, verbose=0), again.best_model.predict(X, verbose=0))
    again.best_model.save(tmp_path / "best.keras")
    loaded = hornet.saving.load_model(tmp_path / "best.keras")
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), one.best_model.predict(X, verbose=0))


MORE = np.random.default_rng(1).normal(size=(200, 3)).astype("float32")


@pytest.mark.parametrize("way", ["held out", "folds"])
def test_an_ensemble_is_no_worse_than_its_best_member(way):
    more = MORE, np.tanh(MORE.sum(axis=1))
    data, fit = (more, {"cv": 2}) if way == "folds" else ((X, Y), {"validation_data": more})
    tuner = study(data=data, schedule="full", trials=6, epochs=4, fit=fit)
    model = tuner.ensemble(3)
    assert tuner.ensemble_value <= tuner.best_value + 1e-6
    assert 1 <= len(tuner.ensemble_weights) <= 3
    assert sum(tuner.ensemble_weights.values()) == pytest.approx(1)
    if way == "held out":
        assert model.evaluate(*more, verbose=0)[0] == pytest.approx(tuner.ensemble_value, rel=1e-4)


def test_trials_are_shown_while_the_study_runs(tmp_path):
    """TensorBoard's own reader and Optuna's storage find each trial as it was."""
    storage = optuna.storages.InMemoryStorage()
    tuner = study(fit={"log_dir": tmp_path, "dashboard": storage})
    shown = optuna.load_study(study_name="hornet", storage=storage)
    assert sorted(trial.user_attrs["number"] for trial in shown.trials) == list(range(12))
    assert shown.best_value == tuner.best_value
    assert shown.best_params == pytest.approx(tuner.best_params)
    assert {trial.state.name for trial in shown.trials} == {"COMPLETE", "PRUNED"}
    assert len(tuner.to_optuna(storage).trials) == 12
    best = EventAccumulator(str(tmp_path / f"trial_{tuner.ranked[0].number}")).Reload()
    assert tensor_util.make_ndarray(best.Tensors("value")[0].tensor_proto) == pytest.approx(tuner.best_value)
    session = plugin_data_pb2.HParamsPluginData()
    session.ParseFromString(best.SummaryMetadata("_hparams_/session_start_info").plugin_data.content)
    assert session.session_start_info.hparams["units"].number_value == tuner.best_params["units"]


def test_what_lies_on_an_edge_is_said(caplog):
    with caplog.at_level(logging.INFO, "hornet"):
        study(fixed={"units": 8}, known=[{"rate": 0.1}], trials=1, epochs=1)
    assert "upper end of its space" in caplog.text


# --- what goes wrong --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"space": {}}, "The space is empty"),
        ({"space": {"units": []}}, "units"),
        ({"space": {"units": [1], "rate": norm()}}, "rate.* end"),
        ({"space": {"units": [1], "raet": [0.1]}}, "'raet', which neither.*Did you mean 'rate'"),
        ({"objective": "val_f1", "space": {"units": [1], "rate": [0.1]}}, "'val_f1', which the model does not measure"),
        ({"objective": ["val_loss", "val_mae"]}, "must be one, not several"),
        ({"sampler": "tepe"}, "Did you mean 'tpe'"),
        ({"schedule": "halfing"}, "schedule"),
        ({"trials": 0}, "trials"),
        ({"minutes": 0}, "minutes"),
        ({"fixed": {"unit": 3}, "space": {"units": [1], "rate": [0.1]}}, "'unit', which is not in the space"),
    ],
)
def test_wrong_arguments(arguments, problem):
    with pytest.raises(ValueError, match=problem):
        tune(by_arguments, X, Y, **{"space": {"units": [3], "rate": [0.1]}, "trials": 1, "epochs": 1, **arguments})


def test_nothing_to_tune():
    with pytest.raises(ValueError, match="nothing to tune"):
        Tuner(lambda hp: by_arguments(3, 0.1))
    with pytest.raises(ValueError, match="Call `search` first"):
        Tuner(build_model).best_params
    with pytest.raises(ValueError, match="one of `cv`"):
        study(fit={"cv": 2, "validation_split": 0.2})


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"seed": None}, "`seed` must be"),
        ({"trials": [1, 2]}, "what `reached` returned"),
        ({"storage": "sqlite:///a.db"}, "not a URL"),
        ({"known": {"rate": 0.1}}, "list of dicts"),
        ({"objective": lambda y, predicted: 0.0}, "make_scorer"),
        ({"workers": 0}, "`workers` must be"),
        ({"n_trials": 2}, "Did you mean 'trials'"),
        ({"y": Y[:-1]}, "79 labels"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(given, problem):
    with pytest.raises((TypeError, ValueError), match=problem):
        tune(build_model, **{"x": X, "y": Y, "epochs": 1, **given})


def test_candidates_that_share_trained_weights_are_refused():
    shared = layers.Dense(3)

    def build(hp):
        model = Sequential([layers.Input((3,)), shared, layers.Dense(hp.Int("units", 1, 4)), layers.Dense(1)])
        model.compile(loss="mse")
        return model

    with pytest.raises(ValueError, match="share the weights"):
        study(build, trials=2, schedule="full")
    shared.trainable = False
    assert len(study(build, trials=2, epochs=1, schedule="full").ranked) == 2


def test_what_only_some_candidates_ask_for_is_drawn_for_them():
    def build(hp):
        if 0.4 < hp.Float("place", 0, 1) < 0.6:  # too narrow to be found by looking at the ends
            hp.Int("rare", 1, 9)
        return build_model(hp)

    tuner = study(build, known=[{"place": 0.5}], trials=2, epochs=1, schedule="full")
    assert [trial.error for trial in tuner.ended] == ["", ""]
    assert tuner.ended[0].plan["unknown"]["rare"] in range(1, 10)


def test_an_ensemble_counts_the_weights_of_rows():
    weight = np.linspace(0.1, 3, len(X))
    tuner = study(trials=3, epochs=2, schedule="full", fit={"sample_weight": weight})
    tuner.ensemble(1)
    assert tuner.ensemble_value == pytest.approx(tuner.best_value, rel=1e-5)


def test_a_database_of_another_search_is_refused(tmp_path):
    database = f"sqlite:///{tmp_path / 'trials.db'}"
    study(trials=2, epochs=1, schedule="full", fit={"dashboard": database})
    with pytest.raises(ValueError, match="another search"):
        study(trials=2, epochs=1, seed=1, schedule="full", fit={"dashboard": database})
