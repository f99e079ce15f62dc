"""What callbacks are told by `fit`, `evaluate` and `predict`: the same hooks, logs and order as from Keras."""

import functools
import itertools
import json
import math

import keras
import numpy as np
import pytest

import hornet

HOOKS = [name for name in vars(keras.callbacks.Callback) if name.startswith("on_")]
EPOCH_HOOKS = [name for name in HOOKS if "batch" not in name]
ROWS, BATCH, HELD_OUT = 22, 6, 7  # four batches with a short last one; two of validation


def recorder(base, hooks, act=None):
    """Return a callback of a base that notes `(hook, number, logs)`, and then calls `act(callback, hook, number)`."""

    def note(self, hook, *arguments, logs=None):
        if len(arguments) > (hook.rpartition("_")[0].endswith(("batch", "epoch"))):
            *arguments, logs = arguments
        self.calls.append((hook, *arguments, logs))
        if act:
            act(self, hook, *arguments)

    def create(self):  # without `super().__init__()`, as the book's callbacks
        self.calls = []

    members = {hook: functools.partialmethod(note, hook) for hook in hooks}
    return type("Recorder", (base,), {"__init__": create, **members})()


def data(rows=ROWS, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 3)).astype("float32")
    return x, x.sum(axis=1, keepdims=True)


def build(package, **compiled):
    model = package.Sequential([package.layers.Input(shape=(3,)), package.layers.Dense(1)])
    model.compile(optimizer=package.optimizers.SGD(0.05), loss="mse", **{"metrics": ["mae"]} | compiled)
    model.set_weights([np.array([[0.5], [0.1], [-0.5]], "float32"), np.zeros(1, "float32")])
    return model


def fit(model, callbacks, **arguments):
    given = {"batch_size": BATCH, "epochs": 2, "verbose": 0, "shuffle": False, "callbacks": callbacks}
    return model.fit(*data(), **given | arguments)


def evaluate(model, callbacks, **arguments):
    return model.evaluate(*data(), **{"batch_size": BATCH, "verbose": 0, "callbacks": callbacks} | arguments)


def predict(model, callbacks, **arguments):
    return model.predict(data()[0], **{"batch_size": BATCH, "verbose": 0, "callbacks": callbacks} | arguments)


def told(job, oracle, hooks=HOOKS, act=None, **compiled):
    """Return what a recorder was told in either package."""

    def calls(package):
        callback = recorder(package.callbacks.Callback, hooks, act)
        job(build(package, **compiled), [callback])
        return callback.calls

    return calls(hornet), unpacked(*oracle("calls", lambda: packed(calls(keras))))


def packed(calls):
    """Return calls as arrays: each but the values of its logs as JSON, and all values."""
    logs = [logs for *_, logs in calls]
    shapes = [None if one is None else {name: np.shape(value) for name, value in one.items()} for one in logs]
    values = [np.ravel(value) for one in logs if one for value in one.values()]
    texts = [json.dumps([*call, shape]) for (*call, _), shape in zip(calls, shapes, strict=True)]
    return [np.array(texts, "U"), np.concatenate([*values, np.zeros(0)]).astype("float32")]


def unpacked(texts, values):
    begun, calls = 0, []
    for *call, shapes in map(json.loads, texts):
        logs = None if shapes is None else {}
        for name, shape in (shapes or {}).items():
            end = begun + math.prod(shape)
            logs[name] = values[begun:end].reshape(shape)
            begun = end
        calls.append((*call, logs))
    return calls


def assert_same_calls(ours, theirs):
    assert [call[:-1] for call in ours] == [call[:-1] for call in theirs]
    for (*call, got), (*_, expected) in zip(ours, theirs, strict=True):
        assert (got is None) == (expected is None), call
        if expected is not None:
            assert list(got) == list(expected), call
            for name, value in expected.items():
                assert np.shape(got[name]) == np.shape(value), (*call, name)
                np.testing.assert_allclose(got[name], value, rtol=1e-5, err_msg=f"{call} {name}")


VALIDATION = {"validation_data": data(HELD_OUT, seed=2)}
RUNS = {
    "fit": fit,
    "fit with validation": functools.partial(fit, **VALIDATION),
    "validation in other batches": functools.partial(fit, **VALIDATION, validation_batch_size=2),
    "validation_steps": functools.partial(fit, **VALIDATION, validation_steps=1),
    "validation_split": functools.partial(fit, validation_split=0.3),
    "every other epoch validated": functools.partial(fit, **VALIDATION, validation_freq=2, epochs=5),
    "epochs 1 and 4 validated": functools.partial(fit, **VALIDATION, validation_freq=[1, 4], epochs=5),
    "initial_epoch": functools.partial(fit, **VALIDATION, initial_epoch=2, epochs=4),
    "nothing left to do": functools.partial(fit, **VALIDATION, initial_epoch=2, epochs=2),
    "steps_per_epoch": functools.partial(fit, **VALIDATION, steps_per_epoch=2, epochs=4),
    "one batch": functools.partial(fit, batch_size=100),
    "evaluate": evaluate,
    "evaluate some": functools.partial(evaluate, steps=2),
    "evaluate one batch": functools.partial(evaluate, batch_size=32),
    "predict": predict,
    "predict some": functools.partial(predict, steps=2),
    "predict one batch": functools.partial(predict, batch_size=32),
}


@pytest.mark.filterwarnings("ignore:No epoch is left to train")
@pytest.mark.parametrize("name", RUNS)
def test_hooks(name, oracle):
    ours, theirs = told(RUNS[name], oracle)
    assert_same_calls(ours, theirs)
    assert len(ours) >= 2


@pytest.mark.parametrize(
    "hooks", [EPOCH_HOOKS, ["on_batch_begin", "on_batch_end"], ["on_train_batch_end"], ["on_test_batch_begin"]], ids=str
)
def test_some_hooks(hooks, oracle):
    """Whatever part of the hooks a callback has, it is told the same: other gears are not seen from here."""
    ours, theirs = told(RUNS["fit with validation"], oracle, hooks)
    assert_same_calls(ours, theirs)
    assert {call[0] for call in ours} == set(hooks) - {"on_predict_begin", "on_predict_end"}


def test_old_batch_hooks_are_told_of_training_alone():
    callback = recorder(hornet.callbacks.Callback, ["on_batch_begin", "on_batch_end"])
    fit(build(hornet), [callback], **VALIDATION)
    assert [call[:2] for call in callback.calls] == [
        (f"on_batch_{at}", batch) for batch in range(4) for at in ("begin", "end")
    ] * 2


@pytest.mark.parametrize(("batch_size", "steps"), [(2, 11), (2, 4), (6, 4), (6, 3)])
def test_steps_per_execution(batch_size, steps, oracle):
    """Batch hooks are called once for so many batches, with the number of the first and of the last of them.

    Where batches are left over, Keras gives a number beyond the last batch; that one is not copied.
    """
    last = -(-ROWS // batch_size) - 1
    ours, theirs = told(functools.partial(fit, batch_size=batch_size), oracle, steps_per_execution=steps)
    theirs = [(hook, *(min(number, last) for number in numbers), logs) for hook, *numbers, logs in theirs]
    assert_same_calls(ours, theirs)


def test_own_callback_without_super_init_sees_model_and_params():
    callback = recorder(hornet.callbacks.Callback, ["on_epoch_end"])
    model = build(hornet)
    fit(model, [callback], epochs=3)
    assert callback.model is model
    assert callback.params == {"epochs": 3, "steps": 4, "verbose": 0}
    assert [call[:2] for call in callback.calls] == [("on_epoch_end", epoch) for epoch in range(3)]


def test_callback_of_the_chapter(capsys):
    class PrintValTrainRatioCallback(hornet.callbacks.Callback):
        def on_epoch_end(self, epoch, logs):
            print(f"\nval/train: {logs['val_loss'] / logs['loss']:.2f}")

    history = fit(build(hornet), [PrintValTrainRatioCallback()], **VALIDATION).history
    ratios = [f"val/train: {val / loss:.2f}" for val, loss in zip(history["val_loss"], history["loss"], strict=True)]
    assert capsys.readouterr().out.split("\n") == ["", ratios[0], "", ratios[1], ""]


# --- leaving early ----------------------------------------------------------------------------------------


def set_at(attribute, hook, number=None):
    def act(callback, its_hook, its_number=None, *_):
        if its_hook == hook and number in (None, its_number):
            setattr(callback.model, attribute, True)

    return act


STOPS = {
    f"{hook} {number}": set_at("stop_training", hook, number)
    for hook, number in [
        ("on_train_begin", None),
        ("on_epoch_begin", 0),
        ("on_epoch_begin", 1),
        ("on_train_batch_begin", 1),
        ("on_train_batch_end", 0),
        ("on_train_batch_end", 2),
        ("on_train_batch_end", 3),
        ("on_epoch_end", 0),
        ("on_epoch_end", 1),
        ("on_test_begin", None),
        ("on_test_batch_end", 0),
        ("on_test_end", None),
    ]
}


WATCHING = {"all": HOOKS, "of epochs": EPOCH_HOOKS}


@pytest.mark.parametrize(
    ("stop", "watched"),
    [(stop, name) for stop in STOPS for name, hooks in WATCHING.items() if stop.rpartition(" ")[0] in hooks],
)
def test_stop_training(stop, watched, oracle):
    """A batch that has begun is finished, and no epoch is without one; then come validation and the epoch's end."""
    ours, theirs = told(functools.partial(fit, **VALIDATION, epochs=3), oracle, WATCHING[watched], STOPS[stop])
    assert_same_calls(ours, theirs)


@pytest.mark.parametrize(
    ("job", "attribute", "hook"),
    [(evaluate, "stop_evaluating", "on_test_batch_end"), (predict, "stop_predicting", "on_predict_batch_end")],
)
def test_stop_evaluating_and_predicting(job, attribute, hook, oracle):
    ours, theirs = told(job, oracle, act=set_at(attribute, hook, 1))
    assert_same_calls(ours, theirs)


def test_a_stopped_run_can_be_followed_by_another():
    model = build(hornet)
    stopper = recorder(hornet.callbacks.Callback, HOOKS, STOPS["on_epoch_end 0"])
    assert fit(model, [stopper], epochs=9).epoch == [0]
    assert model.stop_training is True
    assert fit(model, None, epochs=3).epoch == [0, 1, 2]


# --- what fit returns -------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:No epoch is left to train")
@pytest.mark.parametrize("name", [name for name, run in RUNS.items() if getattr(run, "func", run) is fit])
def test_history(name, oracle):
    def record(package):
        model = build(package)
        history = RUNS[name](model, None)
        assert history is model.history
        return history

    def arrays(record):
        lengths = [(name, len(values)) for name, values in record.history.items()]
        said = [record.epoch, sorted(record.params.items()), lengths]
        values = np.array([value for values in record.history.values() for value in values], "float32")
        return [np.array(json.dumps(said)), values]

    ours = record(hornet)
    (said, values), (their_said, their_values) = arrays(ours), oracle("history", lambda: arrays(record(keras)))
    assert said == their_said
    assert all(type(value) is float for values in ours.history.values() for value in values)
    np.testing.assert_allclose(values, their_values, rtol=1e-5)


def test_history_of_a_new_run_is_new():
    model = build(hornet)
    first = fit(model, None)
    second = fit(model, None, epochs=1)
    assert (len(first.epoch), len(second.epoch)) == (2, 1)
    assert model.history is second


# --- which rows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "fraction"), [(22, 0.3), (10, 0.1), (7, 0.5), (100, 0.29)])
@pytest.mark.parametrize("shuffle", [True, False])
def test_validation_split_takes_the_last_rows_before_shuffling(rows, fraction, shuffle):
    """With a learning rate of 0 the losses tell which rows each part holds."""
    model = build(hornet)
    model.optimizer.learning_rate = 0.0
    x, y = data(rows)
    kept = int(rows * (1 - fraction))
    history = model.fit(x, y, batch_size=4, validation_split=fraction, shuffle=shuffle, verbose=0).history
    for name, part in (("loss", slice(None, kept)), ("val_loss", slice(kept, None))):
        expected = np.square(model.predict(x[part], verbose=0) - y[part]).mean()
        assert history[name] == [pytest.approx(expected, rel=1e-5)]


def test_validation_data_stands_above_validation_split():
    model = build(hornet)
    x, y = VALIDATION["validation_data"]
    history = fit(model, None, **VALIDATION, validation_split=0.3, epochs=1).history
    assert history["val_loss"] == [pytest.approx(model.evaluate(x, y, verbose=0)[0], rel=1e-5)]


@pytest.mark.filterwarnings("ignore:`steps_per_epoch` is")
@pytest.mark.parametrize("steps", [1, 2, 3, 5, 8])
def test_steps_per_epoch_go_on_where_the_last_epoch_ended(steps):
    """A pass over four batches is cut into epochs, the last of which may be short; `shuffle` draws by the pass."""
    epochs_of_pass = -(-4 // steps)
    for shuffle, split in itertools.product((False, True), (True, False)):
        ends = []
        for arguments in ({"epochs": 3}, {"epochs": 3 * epochs_of_pass, "steps_per_epoch": steps}):
            hornet.utils.set_random_seed(4)
            model = build(hornet)
            watchers = [recorder(hornet.callbacks.Callback, HOOKS)] * split
            fit(model, watchers, shuffle=shuffle, **arguments)
            ends.append((int(model.optimizer.iterations), [one.tolist() for one in model.get_weights()]))
        whole, cut = ends
        assert cut[0] == 12
        assert cut == whole


def test_losses_are_means_over_rows_and_not_over_batches():
    model = build(hornet)
    model.optimizer.learning_rate = 0.0
    x, y = data()
    history = fit(model, None, epochs=1, batch_size=20).history
    expected = np.square(model.predict(x, verbose=0) - y).mean()
    assert history["loss"] == [pytest.approx(expected, rel=1e-5)]
