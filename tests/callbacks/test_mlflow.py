"""Runs in a real MLflow with its SQLite store."""

import subprocess
import sys
import warnings

import mlflow
import numpy as np
import pandas as pd
import pytest

import hornet
from hornet import callbacks, layers
from hornet.estimators import KerasRegressor
from hornet.tuning import GridSearchCV, tune

pytestmark = pytest.mark.filterwarnings("ignore:.*noload.*")  # SQLAlchemy's, of MLflow's store
X = np.random.default_rng(0).normal(size=(48, 3)).astype("float32")
Y = X[:, 0]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """The folder of a store whose tables are made once, as that takes seconds."""
    folder = tmp_path_factory.mktemp("mlflow")
    before = mlflow.get_tracking_uri()
    with pytest.MonkeyPatch.context() as patch:
        mlflow.set_tracking_uri(f"sqlite:///{folder}/runs.db")
        made = mlflow.MlflowClient().create_experiment("houses", artifact_location=(folder / "files").as_uri())
        patch.setenv("MLFLOW_EXPERIMENT_ID", made)
        yield folder
    mlflow.set_tracking_uri(before)


def build(learning_rate=0.01, units=4):
    model = hornet.Sequential([layers.Dense(units, "relu", input_shape=(3,)), layers.Dense(1)])
    model.compile(hornet.optimizers.Adam(learning_rate), "mse", metrics=["mae"])
    return model


def fit(kept, *others, epochs=3, **arguments):
    model = build()
    history = model.fit(X, Y, batch_size=16, epochs=epochs, verbose=0, callbacks=[kept, *others], **arguments)
    return model, history.history


def run_of(kept):
    return mlflow.get_run(kept.run.info.run_id)


def points(kept, name):
    return [(one.step, one.value) for one in mlflow.MlflowClient().get_metric_history(kept.run.info.run_id, name)]


class Raising(callbacks.Callback):
    def __init__(self, error, epoch=1):
        self.error, self.epoch = error, epoch

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.epoch:
            raise self.error


def test_a_run_has_parameters_metrics_and_an_end(store):
    kept = callbacks.MLflow(run_name="first", hparams={"units": 4}, tags={"team": "a"}, log_model=False)
    _, history = fit(kept, validation_split=0.25)
    run = run_of(kept)
    assert (run.info.run_name, run.info.status, run.data.tags["team"]) == ("first", "FINISHED", "a")
    expected = {
        "epochs": "3",
        "batch_size": "16",
        "steps_per_epoch": "3",
        "rows": "36",
        "shuffle": "True",
        "units": "4",
    }
    optimizer = {"optimizer_name": "Adam", "optimizer_learning_rate": "0.01", "optimizer_beta_1": "0.9"}
    assert {**expected, **optimizer}.items() <= run.data.params.items()
    assert run.data.metrics.keys() == {*history, "learning_rate"}
    for name, values in history.items():
        assert points(kept, name) == list(enumerate(values))
    assert mlflow.active_run() is None


@pytest.mark.parametrize(("update_freq", "steps"), [("batch", [1, 2, 3, 4, 5, 6]), (4, [4])])
def test_metrics_of_batches(store, update_freq, steps):
    kept = callbacks.MLflow(update_freq=update_freq, log_model=False)
    fit(kept, epochs=2)
    assert [step for step, _ in points(kept, "batch_loss")] == steps


def test_metrics_of_epochs_leave_the_gear_alone(store):
    followers = callbacks.CallbackList(callbacks.MLflow())
    assert not followers.watches_train_batches
    assert followers.batches_until_due is None


def test_metrics_are_sent_together(store, monkeypatch):
    sent = []
    send = mlflow.MlflowClient.log_batch

    def log_batch(client, run_id, metrics=(), **others):
        sent.append(len(metrics))
        return send(client, run_id, metrics=metrics, **others)

    monkeypatch.setattr(mlflow.MlflowClient, "log_batch", log_batch)
    monkeypatch.setattr("hornet.callbacks.mlflow._SECONDS", float("inf"))
    fit(callbacks.MLflow(log_model=False), epochs=400)  # 3 metrics an epoch
    assert [count for count in sent if count] == [1000, 2, 198]


def test_the_model_is_loaded_without_a_pickle(store):
    kept = callbacks.MLflow(registered_model_name="houses")
    model, _ = fit(kept)
    (version,) = mlflow.MlflowClient().search_model_versions("name='houses'")
    assert version.run_id == kept.run.info.run_id
    loaded = mlflow.pyfunc.load_model(f"models:/houses/{version.version}")
    expected = model.predict(X, verbose=0)
    np.testing.assert_array_equal(loaded.predict(X), expected)
    np.testing.assert_array_equal(loaded.predict(pd.DataFrame(X)), expected)
    assert loaded.metadata.get_input_schema().inputs[0].shape == (-1, 3)
    assert loaded.metadata.get_output_schema().inputs[0].shape == (-1, 1)
    files = [path for path in (store / "files").rglob("*") if path.is_file()]
    assert any(path.name == "model.keras" for path in files)
    assert not any(path.suffix in (".pkl", ".pickle") for path in files)


def test_columns_of_a_table_are_columns_of_the_signature(store):
    table = pd.DataFrame({"city": ["Oslo", None, "Oslo", "Rome"], "area": [51, 40, 74, 33], "age": [1.5, None, 2, 3]})
    inputs, encoded = hornet.preprocessing.encode(table, verbose=False)
    model = hornet.Model(inputs, {"price": layers.Dense(1)(encoded), "rent": layers.Dense(1)(encoded)})
    model.compile("sgd", "mse")
    kept = callbacks.MLflow()
    y = {"price": np.ones(4), "rent": np.zeros(4)}
    model.fit(dict(table), y, verbose=0, callbacks=[kept])
    (logged,) = mlflow.search_logged_models(
        filter_string=f"source_run_id='{kept.run.info.run_id}'", output_format="list"
    )
    loaded = mlflow.pyfunc.load_model(logged.model_uri)
    kinds = {column["name"]: column["type"] for column in loaded.metadata.get_input_schema().to_dict()}
    assert kinds == {"age": "any", "area": "any", "city": "string"}
    found, expected = loaded.predict(table), model.predict(dict(table), verbose=0)
    assert found.keys() == expected.keys() == {"price", "rent"}
    np.testing.assert_array_equal(found["price"], expected["price"])


def test_an_active_run_is_used_and_left_open(store):
    kept = callbacks.MLflow(log_model=False)
    with mlflow.start_run() as run:
        fit(kept)
        assert mlflow.active_run().info.run_id == kept.run.info.run_id == run.info.run_id
        with pytest.warns(UserWarning, match=r"has 'epochs' as '3' already, and keeps it.*`nested=True`"):
            fit(kept, epochs=2)
    assert run_of(kept).info.status == "FINISHED"


@pytest.mark.parametrize(("error", "status"), [(ValueError("no"), "FAILED"), (KeyboardInterrupt(), "KILLED")])
def test_an_exception_marks_the_run(store, error, status):
    kept = callbacks.MLflow()
    with pytest.raises(type(error)):
        fit(kept, Raising(error), epochs=9)
    assert run_of(kept).info.status == status
    assert [step for step, _ in points(kept, "loss")] == [0, 1]
    before = kept.run.info.run_id
    fit(kept, epochs=1)
    assert run_of(kept).info.status == "FINISHED"
    assert kept.run.info.run_id != before


def test_an_error_that_is_handled_around_fit_marks_nothing(store):
    kept = callbacks.MLflow(log_model=False)
    try:
        raise KeyError
    except KeyError:
        fit(kept)
    assert run_of(kept).info.status == "FINISHED"


def test_a_run_goes_on_by_its_id_and_by_resume(store, tmp_path):
    kept = callbacks.MLflow(log_model=False)
    with pytest.raises(ValueError, match="no"):
        fit(kept, Raising(ValueError("no"), 2), epochs=5, resume=tmp_path / "run")
    resumed = callbacks.MLflow(log_model=False)
    fit(resumed, epochs=5, resume=tmp_path / "run")
    assert resumed.run.info.run_id == kept.run.info.run_id
    assert {step for step, _ in points(kept, "loss")} == {0, 1, 2, 3, 4}
    assert run_of(kept).info.status == "FINISHED"
    fit(callbacks.MLflow(run_id=kept.run.info.run_id, log_model=False, tags={"again": 1}), epochs=5)
    assert run_of(kept).data.tags["again"] == "1"


@pytest.mark.parametrize("log_model", [False, True])
def test_each_fit_of_a_search_is_a_run_inside(store, log_model):
    with mlflow.start_run() as run, warnings.catch_warnings(record=True, action="always") as caught:
        kept = callbacks.MLflow(nested=True, log_model=log_model)
        estimator = KerasRegressor(build, epochs=2, verbose=0, callbacks=[kept])
        search = GridSearchCV(estimator, {"learning_rate": [0.01, 0.1]}, cv=2).fit(X, Y)
    one_by_one = [one for one in caught if "trained one by one" in str(one.message)]
    assert len(one_by_one) == log_model  # other callbacks of this kind leave candidates together
    inside = mlflow.search_runs(
        [run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{run.info.run_id}'", output_format="list"
    )
    best = str(search.best_params_["learning_rate"])
    rates = ["0.01", "0.01", "0.1", "0.1", best]
    assert sorted(one.data.params["optimizer_learning_rate"] for one in inside) == sorted(rates)
    assert {one.info.status for one in inside} == {"FINISHED"}
    (refitted,) = [one for one in inside if one.data.params["rows"] == str(len(X))]
    assert "fold" not in refitted.data.tags
    assert refitted.data.params["learning_rate"] == best
    folds = {tuple(one.data.tags.get(name) for name in ("candidate", "fold")): one.data.params for one in inside}
    assert {place: params["learning_rate"] for place, params in folds.items() if place[1] is not None} == {
        (str(place), fold): rate for place, rate in enumerate(["0.01", "0.1"]) for fold in "01"
    }
    assert refitted.info.run_name == f"candidate {search.best_index_}"
    assert refitted.data.metrics["loss"] == search.best_estimator_.history_["loss"][-1]


def test_runs_of_a_study_say_what_was_tried(store):
    kept = callbacks.MLflow(run_name="widths", tags={"study": "widths"}, log_model=False)
    tuner = tune(build, X, Y, space={"units": [2, 3]}, trials=2, epochs=1, cv=2, seed=0, callbacks=[kept])
    runs = mlflow.search_runs(
        [mlflow.get_experiment_by_name("houses").experiment_id], "tags.study = 'widths'", output_format="list"
    )
    found = {one.info.run_name: one.data.params["units"] for one in runs}
    table = tuner.trials
    assert found == {
        f"widths, candidate {number}, fold {fold}": str(units)
        for number, units in zip(table["number"], table["units"], strict=True)
        for fold in range(2)
    }


def test_candidates_that_a_study_stops_have_ended_too(store):
    with mlflow.start_run() as run:
        kept = callbacks.MLflow(nested=True, log_model=False)
        space = {"learning_rate": [0.001, 0.01, 0.1]}
        tune(build, X, Y, space=space, trials=3, epochs=9, cv=2, schedule="halving", seed=0, callbacks=[kept])
    inside = mlflow.search_runs(
        [run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{run.info.run_id}'", output_format="list"
    )
    histories = [mlflow.MlflowClient().get_metric_history(one.info.run_id, "loss") for one in inside]
    epochs = {len(history) for history in histories}
    assert {one.info.status for one in inside} == {"FINISHED"}
    assert max(epochs) == 9
    assert 0 < min(epochs) < 9


def test_a_lost_server_does_not_end_training(store, monkeypatch):
    def lost(*arguments, **keywords):
        raise mlflow.exceptions.MlflowException("the server is gone")

    monkeypatch.setattr(mlflow.MlflowClient, "log_batch", lost)
    with pytest.warns(UserWarning, match="`MLflow` cannot write its log: the server is gone. Training goes on"):
        _, history = fit(callbacks.MLflow())
    assert len(history["loss"]) == 3


def test_a_server_that_is_not_there_does_not_end_training(store, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    before = mlflow.get_tracking_uri()
    try:
        mlflow.set_tracking_uri("http://127.0.0.1:9")
        kept = callbacks.MLflow()
        with pytest.warns(UserWarning, match="`MLflow` cannot write its log: .*Training goes on") as caught:
            _, history = fit(kept)
    finally:
        mlflow.set_tracking_uri(before)
    assert len(caught) == 1
    assert len(history["loss"]) == 3
    assert kept.run is None


def test_a_run_that_is_not_there_is_an_error(store):
    with pytest.raises(ValueError, match=r"MLflow has no such run or experiment: .*no_run.* Name one"):
        fit(callbacks.MLflow(run_id="no_run"))


def test_values_that_mlflow_does_not_take_are_put_into_its_words(store):
    kept = callbacks.MLflow(log_model=False)
    f1 = hornet.metrics.F1Score(name="f1 of x=1")
    model = hornet.Sequential([layers.Dense(2, "softmax", input_shape=(3,))])
    model.compile(hornet.optimizers.SGD(hornet.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)), "mse", metrics=[f1])
    model.fit(X, np.eye(2)[(Y > 0).astype(int)], batch_size=48, epochs=2, verbose=0, callbacks=[kept])
    run = run_of(kept)
    assert {"f1 of x_1/0", "f1 of x_1/1"} <= run.data.metrics.keys()
    assert run.data.metrics["learning_rate"] == pytest.approx(0.05)
    assert "ExponentialDecay" in run.data.params["optimizer_learning_rate"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"nested": True}, RuntimeError, "`nested=True` needs a run around it"),
        ({"update_freq": 0}, ValueError, "`update_freq` must be"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        callbacks.MLflow(**arguments)


def test_without_mlflow_its_extra_is_named():
    code = "import sys; sys.modules['mlflow'] = None; import hornet; hornet.callbacks.MLflow()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.endswith("mlflow is not installed, and this needs it. Run `pip install 'hornet-nn[mlflow]'`.\n")
