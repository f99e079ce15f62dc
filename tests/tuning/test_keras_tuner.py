"""Programs that are written for KerasTuner, as its guides have them."""

import importlib

import numpy as np
import pytest
from tests.tuning.studies import X, Y

import hornet as keras
import hornet.tuning.keras_tuner as keras_tuner
from hornet import layers

LABELS = (Y > 0).astype("int32")


def build_model(hp):
    model = keras.Sequential()
    model.add(layers.Flatten())
    for i in range(hp.Int("num_layers", 1, 2)):
        units = hp.Int(f"units_{i}", min_value=4, max_value=8, step=4)
        model.add(layers.Dense(units=units, activation=hp.Choice("activation", ["relu", "tanh"])))
    if hp.Boolean("dropout"):
        model.add(layers.Dropout(rate=0.25))
    model.add(layers.Dense(2, activation="softmax"))
    learning_rate = hp.Float("lr", min_value=1e-4, max_value=1e-2, sampling="log")
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


TUNERS = {
    "RandomSearch": {"max_trials": 3},
    "BayesianOptimization": {"max_trials": 3, "num_initial_points": 2, "alpha": 1e-4, "beta": 2.6},
    "GridSearch": {"max_trials": 3},
    "Hyperband": {"max_epochs": 4, "factor": 2, "hyperband_iterations": 1},
}


@pytest.mark.parametrize("name", TUNERS)
def test_the_guide(name, tmp_path, capsys):
    kind = getattr(keras_tuner, name)
    arguments = {"objective": "val_accuracy", "directory": tmp_path, "project_name": "hello", "seed": 1, **TUNERS[name]}
    tuner = kind(hypermodel=build_model, executions_per_trial=2, overwrite=True, **arguments)
    tuner.search_space_summary()
    stopping = keras.callbacks.EarlyStopping(monitor="val_loss", patience=2)
    tuner.search(
        X, LABELS, **({} if name == "Hyperband" else {"epochs": 2}), validation_split=0.2, callbacks=[stopping]
    )
    tuner.results_summary(num_trials=2)
    printed = capsys.readouterr().out
    assert "num_layers (Int)" in printed
    assert "Showing 2 best trials" in printed
    first, second = tuner.get_best_models(num_models=2)
    assert first.predict(X, verbose=0).shape == second.predict(X, verbose=0).shape == (80, 2)
    hps = tuner.get_best_hyperparameters(5)[0]
    assert hps.get("lr") == hps["lr"] == hps.values["lr"]
    model = tuner.hypermodel.build(hps)
    assert model.optimizer.learning_rate == pytest.approx(hps["lr"])
    model.fit(X, LABELS, epochs=1, verbose=0)
    trials = tuner.oracle.trials.values()
    assert tuner.oracle.get_best_trials(1)[0].score == max(each.score for each in trials if each.status == "COMPLETED")


def test_a_search_goes_on_unless_it_is_to_be_overwritten(tmp_path):
    def search(max_trials, **arguments):
        tuner = keras_tuner.RandomSearch(
            build_model, "val_loss", max_trials, seed=3, directory=tmp_path, project_name="p", **arguments
        )
        tuner.search(X, LABELS, epochs=1, validation_split=0.2)
        return {number: trial.score for number, trial in tuner.oracle.trials.items()}

    first = search(2)
    more = search(4)
    assert len(more) == 4
    assert first == {number: more[number] for number in first}
    assert list(search(1, overwrite=True)) == ["0"]


def test_hyperparameters_that_are_given(tmp_path):
    hp = keras_tuner.HyperParameters()
    hp.Fixed("lr", 0.005)
    hp.Int("units_0", 16, 32, step=16)
    tuner = keras_tuner.RandomSearch(build_model, max_trials=2, hyperparameters=hp, tune_new_entries=False)
    tuner.search(X, LABELS, epochs=1, validation_split=0.2)
    for found in tuner.get_best_hyperparameters(2):
        assert found["lr"] == 0.005
        assert found["units_0"] in (16, 32)
        assert (found["activation"], found["dropout"], found["num_layers"]) == ("relu", False, 1)


def test_hypermodels_of_the_guide():
    class MyHyperModel(keras_tuner.HyperModel):
        def build(self, hp):
            model = keras.Sequential([layers.Dense(hp.Int("units", 4, 8, step=4), "relu"), layers.Dense(1)])
            model.compile("adam", "mse")
            return model

        def fit(self, hp, model, *args, **kwargs):
            return model.fit(*args, batch_size=hp.Choice("batch_size", [16, 32]), **kwargs)

    objective = keras_tuner.Objective("val_loss", direction="min")
    tuner = keras_tuner.RandomSearch(MyHyperModel(), objective=objective, max_trials=3)
    tuner.search(X, Y, epochs=2, validation_data=(X, Y))
    best = tuner.get_best_hyperparameters()[0]
    assert set(best.values) == {"units", "batch_size"}


def small(hp, name="rate"):
    """A model without an `Input`, which takes its shapes from the data."""
    model = keras.Sequential([layers.Dense(4, "relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(hp.Float(name, 1e-3, 1e-1, sampling="log")), "mse", metrics=["mae"])
    return model


class Own(keras_tuner.HyperModel):
    """A `HyperModel` whose `fit` is one of the forms of KerasTuner's guides."""

    def __init__(self, fit):
        super().__init__()
        self.own = fit

    def build(self, hp):
        return small(hp)

    def fit(self, hp, model, *args, **kwargs):
        return self.own(hp, model, *args, **kwargs)


def by_name(hp, model, x, y, **kwargs):
    return model.fit(x, y, **kwargs)


def of_the_first(hp, model, *args, **kwargs):
    return model.fit(args[0], args[1], **{**kwargs, "epochs": 1})


def penalized(hp, model, *args, **kwargs):
    best = min(model.fit(*args, **kwargs).history["val_loss"])
    return {"val_loss": best + 100 * hp.Float("penalty", 1, 2), "best": best}


def a_number(hp, model, *args, validation_data, **kwargs):
    model.fit(*args, **kwargs)
    return model.evaluate(*validation_data, verbose=0)[1]


def own_callback(hp, model, *args, callbacks, **kwargs):
    stopping = keras.callbacks.EarlyStopping("loss", patience=5)
    model.fit(*args, callbacks=[*callbacks, stopping], **kwargs)
    return {"val_loss": 1.0, "best": stopping.best}


FITS = {
    by_name: lambda trial, model: trial.score == trial.metrics.get_best_value("val_loss"),
    of_the_first: lambda trial, model: trial.best_step == 0,
    penalized: lambda trial, model: (
        trial.score == pytest.approx(trial.metrics.get_best_value("best") + 100 * trial.hyperparameters["penalty"])
    ),
    a_number: lambda trial, model: trial.score == pytest.approx(model.evaluate(X[64:], Y[64:], verbose=0)[1]),
    own_callback: lambda trial, model: trial.metrics.get_best_value("best") > 0,
}


@pytest.mark.parametrize("fit", FITS, ids=lambda fit: fit.__name__)
def test_what_a_fit_of_ones_own_returns_is_the_score(fit):
    data = {"validation_data": (X[64:], Y[64:])} if fit is a_number else {"validation_split": 0.2}
    objective = keras_tuner.Objective("val_loss", "min")
    tuner = keras_tuner.RandomSearch(Own(fit), objective, max_trials=2, seed=0)
    tuner.search(X, Y, epochs=2, **data)
    [trial] = tuner.get_best_trials()
    assert FITS[fit](trial, tuner.load_model(trial))


def test_the_objective_may_be_what_only_the_fit_returns():
    def fit(hp, model, *args, **kwargs):
        return {"size": float(hp["rate"]), "loss": model.fit(*args, **kwargs).history["loss"][-1]}

    tuner = keras_tuner.RandomSearch(Own(fit), keras_tuner.Objective("size", "max"), max_trials=3, seed=0)
    tuner.search(X, Y)
    scores = [trial.score for trial in tuner.get_best_trials(3)]
    assert scores == sorted((hp["rate"] for hp in tuner.get_best_hyperparameters(3)), reverse=True)
    for wrong, message in [
        (lambda hp, model, *args, **kwargs: model.fit(*args, **kwargs) and None, "must return a number"),
        (lambda hp, model, *args, **kwargs: model.fit(*args, **kwargs) and {"a": 1.0}, "without 'size'"),
        (by_name, "without 'size'"),
        (lambda hp, model, *args, **kwargs: 1.0, "must call `model.fit`"),
    ]:
        with pytest.raises(ValueError, match=message):
            keras_tuner.RandomSearch(Own(wrong), keras_tuner.Objective("size", "max"), max_trials=1).search(X, Y)


def test_a_project_is_read_again_without_its_data(tmp_path, capsys):
    arguments = {"objective": "val_mae", "max_trials": 3, "directory": tmp_path, "project_name": "p"}
    tuner = keras_tuner.RandomSearch(small, **arguments)
    tuner.search(X, Y, epochs=2, validation_split=0.2)
    again = keras_tuner.RandomSearch(small, **arguments)
    for explicitly in (False, True):
        if explicitly:
            again.reload()
        states = [[trial.get_state() for trial in each.get_best_trials(3)] for each in (tuner, again)]
        assert states[0] == states[1]
        first, same = tuner.get_best_models()[0], again.get_best_models()[0]
        np.testing.assert_array_equal(first.predict(X, verbose=0), same.predict(X, verbose=0))
    again.results_summary()
    assert "Score:" in capsys.readouterr().out
    again.search(X, Y, epochs=2, validation_split=0.2)  # with the seed that the first had drawn
    assert len(again.trials) == 3
    with pytest.raises(ValueError, match="another space"):
        keras_tuner.RandomSearch(lambda hp: small(hp, "speed"), **arguments)
    with pytest.raises(ValueError, match="no search in memory to reload"):
        keras_tuner.RandomSearch(small).reload()


def test_tuners_of_ones_own_are_told_of_trials():
    class Told(keras_tuner.RandomSearch):
        heard = ()

        def on_trial_begin(self, trial):
            self.heard += ((trial.trial_id, trial.status, trial.score),)

        def on_trial_end(self, trial):
            self.heard += ((trial.trial_id, trial.status, trial.score is not None),)
            super().on_trial_end(trial)

    tuner = Told(small, max_trials=2)
    tuner.search(X, Y)
    assert sorted(tuner.heard) == sorted(
        (number, *what) for number in "01" for what in (("RUNNING", None), ("COMPLETED", True))
    )


def test_what_is_measured_is_of_the_best_epoch_and_names_are_logs():
    def build(hp):
        model = keras.Sequential([layers.Dense(2, "softmax")])
        rate = hp.Float("rate", 1.0, 30.0)
        model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    tuner = keras_tuner.RandomSearch(build, "accuracy", max_trials=3, seed=1)
    tuner.search(X, LABELS, epochs=5, validation_split=0.2)
    assert tuner.oracle.objective == keras_tuner.Objective("accuracy", "max")
    assert len({trial.best_step for trial in tuner.trials.values()}) > 1
    for trial in tuner.trials.values():
        [seen] = trial.metrics.metrics["accuracy"].get_history()
        assert (seen.mean(), seen.step) == (trial.score, trial.best_step)
    with pytest.raises(KeyError, match=r"'accuraci' was measured\. Did you mean 'accuracy'"):
        trial.metrics.get_best_value("accuraci")


def test_entries_that_are_not_to_be_tuned_have_their_defaults():
    def build(hp):
        widths = [hp.Int(f"u{layer}", 4, 8, default=5) for layer in range(hp.Int("n", 1, 3))]
        model = keras.Sequential([layers.Dense(width) for width in [*widths, 1]])
        model.compile("sgd", "mse")
        return model

    hp = keras_tuner.HyperParameters()
    hp.Int("n", 1, 3)
    tuner = keras_tuner.GridSearch(build, max_trials=5, hyperparameters=hp, tune_new_entries=False)
    tuner.search(X, Y)
    found = {each["n"]: each.values for each in tuner.get_best_hyperparameters(5)}
    assert found == {n: {"n": n, **{f"u{layer}": 5 for layer in range(n)}} for n in (1, 2, 3)}


def test_models_may_be_compiled_by_the_tuner():
    def build(hp):
        return keras.Sequential([layers.Dense(hp.Int("units", 2, 4)), layers.Dense(1)])

    given = {"optimizer": keras.optimizers.SGD(0.05), "loss": "mae", "metrics": ["mse"]}
    tuner = keras_tuner.RandomSearch(build, "val_mse", max_trials=2, **given)
    tuner.search(X, Y, validation_split=0.2)
    [model] = tuner.get_best_models()
    assert (model.loss, float(model.optimizer.learning_rate)) == ("mae", pytest.approx(0.05))


def test_each_tuner_draws_other_candidates_unless_it_has_a_seed():
    rates = []
    for seed in (None, None, 7, 7):
        tuner = keras_tuner.RandomSearch(small, max_trials=1, seed=seed)
        rates.append(tuner._arguments["seed"])
    assert rates[0] != rates[1]
    assert rates[2:] == [7, 7]


def test_modules_of_keras_tuner():
    tuners = importlib.import_module("hornet.tuning.keras_tuner.tuners")
    hyperparameters = importlib.import_module("hornet.tuning.keras_tuner.engine.hyperparameters")
    assert tuners.RandomSearch is keras_tuner.RandomSearch is keras_tuner.tuners.RandomSearch
    assert hyperparameters.HyperParameters is keras_tuner.HyperParameters
    assert isinstance(keras_tuner.engine.hypermodel.HyperModel, type)


@pytest.mark.parametrize("method", ["run_trial", "on_epoch_end", "on_batch_begin", "save_model"])
def test_methods_that_would_never_be_called_are_refused(method):
    kind = type("Mine", (keras_tuner.RandomSearch,), {method: lambda self, *args: None})
    with pytest.raises(NotImplementedError, match=rf"`{method}` of its own .*HyperModel\.fit"):
        kind(build_model)


def test_what_cannot_be_is_said(caplog):
    with pytest.raises(TypeError, match=r"no argument 'batch_size'\. Pass arguments of `fit` to `search`"):
        keras_tuner.RandomSearch(build_model, batch_size=8)
    with pytest.raises(TypeError, match="no argument 'oracle': each tuner proposes its own"):
        keras_tuner.RandomSearch(build_model, oracle=None)
    for name, why in [("Oracle", "each tuner proposes"), ("HyperResNet", "photographs"), ("SklearnTuner", "Bayes")]:
        with pytest.raises(AttributeError, match=f"{name}.*never comes here: .*{why}"):
            getattr(keras_tuner, name)
    with pytest.raises(ValueError, match=r"not measure\. There are: val_loss, val_mae, loss, mae\."):
        keras_tuner.RandomSearch(small, "accuracy", max_trials=1).search(X, Y)
    with pytest.raises(TypeError, match="`x` hands over batches"):
        keras_tuner.Hyperband(small, max_epochs=3).search(iter([(X, Y)]), epochs=7)
    assert "3 epochs, and not `epochs`. See docs/explanations/differences.md." in caplog.text
