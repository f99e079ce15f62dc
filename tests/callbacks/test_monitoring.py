"""EarlyStopping, ReduceLROnPlateau and LearningRateScheduler beside Keras's, over the same values of a metric."""

import math
import pickle

import keras
import numpy as np
import pytest

import hornet
from hornet import callbacks, metrics, optimizers
from hornet.callbacks.monitor import Monitor
from hornet.core.errors import ArgumentError

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's

VALUES = {
    "falls": [0.9, 0.7, 0.6, 0.5, 0.45, 0.42, 0.40, 0.39],
    "rises": [0.1, 0.2, 0.4, 0.5, 0.52, 0.53, 0.54, 0.6],
    "turns": [0.9, 0.5, 0.45, 0.46, 0.47, 0.44, 0.5, 0.6, 0.7, 0.8],
    "stays": [0.5] * 9,
    "has nan": [0.5, math.nan, 0.4, math.nan, math.nan, math.nan],
    "is nan": [math.nan] * 5,
}
X, Y = np.ones((8, 2), "float32"), np.ones((8, 1), "float32")


class Set:
    """Puts the values of a table into the logs, before the callback that is tried."""

    def __init__(self, name, values):
        self.name, self.values = name, values

    def on_epoch_end(self, epoch, logs=None):
        logs[self.name] = self.values[epoch]


def run(library, name, arguments, values, monitor):
    """Fit with a callback of a library; return it and what is there to see afterwards."""
    setter = type("Setter", (Set, library.callbacks.Callback), {})(monitor, values)
    callback = getattr(library.callbacks, name)(**arguments)
    library.utils.set_random_seed(0)
    model = library.Sequential([library.Input((2,)), library.layers.Dense(1, kernel_initializer="ones")])
    model.compile(loss="mse", optimizer=library.optimizers.SGD(0.01))
    history = model.fit(X, Y, epochs=len(values), verbose=0, callbacks=[setter, callback])
    return callback, history.history, model.get_weights(), float(model.optimizer.learning_rate)


def compare(oracle, name, arguments, values, monitor="val_loss", attributes=()):
    def trace(library):
        callback, history, weights, rate = run(library, name, arguments, values, monitor)
        rates = np.array(history.get("learning_rate", 0.0), "float32")
        seen = [np.array(getattr(callback, attribute)) for attribute in attributes]
        return [np.array(len(history["loss"])), rates, np.array(rate, "float32"), *seen, *weights]

    mine, other = trace(hornet), oracle("run", lambda: trace(keras))
    assert mine[0] == other[0]
    for one, two in zip(mine[1:3], other[1:3], strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-6)
    first = 3 + len(attributes)
    for one, two in zip(mine[3:first], other[3:first], strict=True):
        np.testing.assert_equal(one, two)
    for one, two in zip(mine[first:], other[first:], strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5)


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"patience": 2},
        {"patience": 1, "min_delta": 0.05},
        {"patience": 2, "restore_best_weights": True},
        {"patience": 1, "mode": "max"},
        {"patience": 2, "baseline": 0.45},
        {"patience": 1, "start_from_epoch": 3, "restore_best_weights": True},
    ],
    ids=str,
)
def test_early_stopping_stops_where_keras_does(arguments, values, oracle):
    if math.isnan(VALUES[values][0]) and arguments.get("restore_best_weights"):
        pytest.skip("Keras restores the first weights although nothing was best")
    compare(oracle, "EarlyStopping", arguments, VALUES[values], attributes=("stopped_epoch", "wait"))


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize(
    "arguments",
    [
        {"patience": 1},
        {"patience": 2, "factor": 0.5},
        {"patience": 1, "cooldown": 2},
        {"patience": 1, "min_delta": 0.1, "mode": "max"},
        {"patience": 1, "min_lr": 0.002},
    ],
    ids=str,
)
def test_the_plateau_lowers_the_rate_where_keras_does(arguments, values, oracle):
    compare(oracle, "ReduceLROnPlateau", arguments, VALUES[values], attributes=("wait", "cooldown_counter"))


@pytest.mark.parametrize(
    "schedule", [lambda epoch: 0.1 / (epoch + 1), lambda epoch, rate: rate * 0.9, lambda epoch, rate: np.float32(0.02)]
)
def test_the_scheduler_sets_the_rate_as_keras_does(schedule, oracle):
    compare(oracle, "LearningRateScheduler", {"schedule": schedule}, VALUES["falls"])


def fit(*followers, model=None, epochs=3, **options):
    if model is None:
        model = hornet.Sequential([hornet.layers.Dense(1, input_shape=(2,))])
        model.compile(loss="mse", optimizer="sgd")
    return model.fit(X, Y, epochs=epochs, verbose=0, callbacks=list(followers), **options)


@pytest.mark.parametrize(
    "callback", [callbacks.LearningRateScheduler(lambda epoch: 0.1), callbacks.ReduceLROnPlateau(monitor="loss")]
)
def test_the_rate_is_read_under_both_names_and_written_once(callback, tmp_path):
    read = []
    told = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: read.append((logs["lr"], logs.get("lr"))))
    history = fit(callback, told, callbacks.CSVLogger(tmp_path / "log.csv")).history
    assert history["lr"] == history.get("lr") == history["learning_rate"]
    assert read == [(rate, rate) for rate in history["lr"]]
    assert list(history) == ["loss", "learning_rate"]
    assert "lr" not in (tmp_path / "log.csv").read_text()
    assert type(pickle.loads(pickle.dumps(history))) is dict  # which is read without this package
    assert history == {"loss": history["loss"], "learning_rate": history["learning_rate"]}


def test_without_a_rate_there_is_no_old_name_either():
    history = fit().history
    assert history.get("lr", 5) == 5
    with pytest.raises(KeyError, match="lr"):
        history["lr"]


def test_setting_the_rate_compiles_nothing():
    model = hornet.Sequential([hornet.layers.Dense(1, input_shape=(2,))])
    model.compile(loss="mse", optimizer="sgd")
    fit(model=model)
    programs = hornet.training.program_cache.SHARED.made
    fit(callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1)), model=model)
    assert hornet.training.program_cache.SHARED.made == programs


def test_a_rate_that_is_no_number_is_refused():
    with pytest.raises(TypeError, match=r"`schedule` returned 'slow' for epoch 0"):
        fit(callbacks.LearningRateScheduler(lambda epoch: "slow"))


@pytest.mark.parametrize(
    "callback", [callbacks.LearningRateScheduler(lambda epoch: 0.1), callbacks.ReduceLROnPlateau(monitor="loss")]
)
def test_a_rate_that_is_a_schedule_is_not_set(callback):
    model = hornet.Sequential([hornet.layers.Dense(1, input_shape=(2,))])
    model.compile(loss="mse", optimizer=optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)))
    with pytest.raises(ArgumentError, match="cannot set a learning rate that is a schedule"):  # in Keras a TypeError
        fit(callback, model=model)


@pytest.mark.parametrize("name", ["EarlyStopping", "ReduceLROnPlateau"])
def test_a_metric_that_is_not_there_is_named_with_the_nearest(name):
    with pytest.warns(
        UserWarning, match=r"monitors 'val_los', but there is none in the logs\. Did you mean 'val_loss'"
    ):
        fit(getattr(callbacks, name)(monitor="val_los"), validation_split=0.5, epochs=1)
    with pytest.warns(UserWarning, match=r"monitors 'val_loss'.* Did you mean 'loss'"):
        fit(getattr(callbacks, name)(), epochs=1)


@pytest.mark.parametrize("metric", metrics.registry.get("accuracy") and ["accuracy", "mae", "AUC"])
def test_a_metric_says_itself_what_is_better(metric):
    model = hornet.Sequential([hornet.layers.Dense(1, "sigmoid", input_shape=(2,))])
    model.compile(loss="mse", optimizer="sgd", metrics=[metric])
    fit(model=model, epochs=1)
    monitor = callbacks.EarlyStopping(monitor=f"val_{model.metrics_names[1]}")._monitor
    assert monitor.is_better(0.6, 0.5, model) == (metric != "mae")


def test_directions_are_those_of_keras():
    known = {
        name: getattr(keras.metrics, name)()._direction
        for name in (
            "Accuracy",
            "AUC",
            "MeanSquaredError",
            "R2Score",
            "CosineSimilarity",
            "Precision",
            "Hinge",
            "Poisson",
        )
    }
    mine = {name: getattr(metrics, name)().higher_is_better for name in known}
    assert mine == {name: direction == "up" for name, direction in known.items()}


def test_a_metric_of_no_known_direction_needs_a_mode():
    model = hornet.Sequential([hornet.layers.Dense(1, input_shape=(2,))])
    model.compile(loss="mse", optimizer="sgd", metrics=[metrics.FalsePositives(name="wrong")])
    with pytest.raises(ValueError, match="not known whether more of 'wrong' is better"):
        fit(callbacks.EarlyStopping(monitor="wrong"), model=model)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("EarlyStopping", {"patience": -1}),
        ("EarlyStopping", {"start_from_epoch": 1.5}),
        ("ReduceLROnPlateau", {"factor": 1.0}),
        ("ReduceLROnPlateau", {"min_lr": -0.1}),
        ("ReduceLROnPlateau", {"cooldown": -1}),
    ],
)
def test_bad_arguments_are_named(name, arguments):
    with pytest.raises((TypeError, ValueError), match=f"`{next(iter(arguments))}` must be"):
        getattr(callbacks, name)(**arguments)


def test_what_is_done_is_printed_when_asked(capsys):
    fit(
        Setter("val_loss", VALUES["stays"]),
        callbacks.EarlyStopping(patience=4, verbose=1, restore_best_weights=True),
        callbacks.ReduceLROnPlateau(patience=2, verbose=1),
        callbacks.LearningRateScheduler(lambda epoch, rate: rate, verbose=1),
        epochs=9,
    )
    printed = capsys.readouterr().out
    assert "Epoch 1: LearningRateScheduler setting learning rate to 0.01" in printed
    assert "Epoch 3: ReduceLROnPlateau reducing learning rate to 0.001" in printed
    assert "Epoch 5: early stopping" in printed
    assert "end of the best epoch: 1." in printed


class Setter(Set, callbacks.Callback):
    pass


def test_a_function_of_ones_own_needs_a_mode():
    def hits(y_true, y_pred):
        return y_true == y_pred

    model = hornet.Sequential([hornet.layers.Dense(1, input_shape=(2,))])
    model.compile(loss="mse", optimizer="sgd", metrics=[hits, "mae"])
    fit(callbacks.EarlyStopping(monitor="mae"), model=model)
    with pytest.raises(ValueError, match="not known whether more of 'hits' is better"):
        fit(callbacks.EarlyStopping(monitor="hits"), model=model)


@pytest.mark.parametrize(
    ("name", "logs", "words"),
    [
        ("f1", {"f1": np.zeros(3)}, "one value a class, 3 of them. Give the metric `average='macro'`"),
        ("val_mae", {"loss": 1.0, "mae": 1.0}, "nothing was evaluated after this epoch"),
    ],
)
def test_a_name_that_cannot_be_monitored_now_says_why(name, logs, words):
    with pytest.warns(UserWarning, match=words):
        assert Monitor(name).read(logs) is None


class Dummy:
    """A model of somebody's own kind, with no more than what the callbacks need."""

    stop_training = False


@pytest.mark.parametrize("package", [keras, hornet])
def test_a_callback_is_driven_by_hand(package):
    stopping = package.callbacks.EarlyStopping(patience=1)
    stopping.set_model(Dummy())
    stopping.on_train_begin()
    for epoch, loss in enumerate([1.0, 2.0, 3.0]):
        stopping.on_epoch_end(epoch, {"val_loss": loss})
    assert stopping.model.stop_training
    assert stopping.monitor_op(1.0, 2.0)
    assert not stopping.monitor_op(2.0, 1.0)


@pytest.mark.parametrize("name", ["EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint"])
def test_a_mode_that_there_is_not_is_taken_for_the_automatic_one(name):
    path = {"filepath": "x.keras"} if name == "ModelCheckpoint" else {}
    for package in (keras, hornet):
        with pytest.warns(UserWarning, match="unknown"):
            callback = getattr(package.callbacks, name)(mode="best", **path)
        assert callback.mode == "auto"
    assert getattr(hornet.callbacks, name)(mode="max", **path).monitor_op(2.0, 1.0)
    with pytest.raises(ValueError, match="It is not known whether more of 'val_mine' is better"):
        getattr(hornet.callbacks, name)(monitor="val_mine", **path).monitor_op


# --- what subclasses read and write -----------------------------------------------------------------------------


@pytest.mark.parametrize("package", [hornet, keras])
def test_a_subclass_decides_by_a_value_of_its_own(package):
    class OfTwo(package.callbacks.EarlyStopping):
        def get_monitor_value(self, logs):
            return logs["a"] + logs["b"]

    stopping = OfTwo(monitor="sum", patience=1, mode="min", min_delta=0.1)
    stopping.set_model(package.Sequential())
    stopping.on_train_begin()
    for epoch, a in enumerate([3.0, 2.0, 1.95]):
        stopping.on_epoch_end(epoch, {"a": a, "b": 1.0})
    assert (stopping.best, stopping.best_epoch, stopping.wait, stopping.stopped_epoch) == (3.0, 1, 1, 2)


def test_attributes_that_subclasses_read():
    for package in (hornet, keras):
        stopping = package.callbacks.EarlyStopping(min_delta=-0.25)
        plateau = package.callbacks.ReduceLROnPlateau(min_delta=0.5, cooldown=2)
        assert (stopping.min_delta, plateau.min_delta) == (0.25, 0.5)
        assert package.callbacks.ModelCheckpoint("a.keras").min_delta == 0
        assert not plateau.in_cooldown()
        plateau.cooldown_counter = 1
        assert plateau.in_cooldown()
    stopping = hornet.callbacks.EarlyStopping(monitor="loss", patience=1)
    stopping.min_delta = 0.25
    stopping.set_model(hornet.Sequential())
    stopping.on_train_begin()
    for epoch, loss in enumerate([1.0, 0.9]):
        stopping.on_epoch_end(epoch, {"loss": loss})
    assert stopping.stopped_epoch == 1
