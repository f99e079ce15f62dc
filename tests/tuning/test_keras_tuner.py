"""Programs that are written for KerasTuner, as its guides have them."""

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


def test_what_cannot_be_is_said():
    with pytest.raises(TypeError, match=r"no argument 'optimizer'\. Compile the model"):
        keras_tuner.RandomSearch(build_model, optimizer="adam")

    class Own(keras_tuner.RandomSearch):
        def run_trial(self, trial, x, y):
            return 0.0

    with pytest.raises(NotImplementedError, match=r"HyperModel\.fit"):
        Own(build_model)
    with pytest.raises(AttributeError, match="Oracle"):
        keras_tuner.Oracle
