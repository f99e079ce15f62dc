import keras
import pytest

import hornet.callbacks
from hornet.callbacks import Callback, CallbackList, History, LambdaCallback

HOOKS = sorted(name for name in dir(keras.callbacks.Callback) if name.startswith("on_"))


def test_exported_names():
    own = {"JSONLogger", "MLflow", "Periodic", "RunCheckpoint"}
    assert set(hornet.callbacks.__all__) - own <= set(dir(keras.callbacks))


def test_has_the_hooks_of_keras_and_hornet_s_own():
    own = ["on_batches_done", "on_progress", "on_safe_point", "on_train_ready"]
    assert sorted(name for name in dir(Callback) if name.startswith("on_")) == sorted([*HOOKS, *own])


@pytest.mark.parametrize("hook", HOOKS)
def test_hooks_of_the_base_do_nothing(hook):
    arguments = () if hook.endswith(("train_begin", "train_end", "test_begin", "test_end")) else (3,)
    if hook.startswith("on_predict_") and "batch" not in hook:
        arguments = ()
    assert getattr(Callback(), hook)(*arguments, logs={"loss": 1.0}) is None


def test_old_batch_hooks_are_called_by_the_train_batch_hooks():
    calls = []

    class Old(Callback):
        def on_batch_begin(self, batch, logs=None):
            calls.append(("begin", batch, logs))

        def on_batch_end(self, batch, logs=None):
            calls.append(("end", batch, logs))

    old = Old()
    old.on_train_batch_begin(2)
    old.on_train_batch_end(2, {"loss": 0.5})
    assert calls == [("begin", 2, None), ("end", 2, {"loss": 0.5})]


def test_a_subclass_may_skip_the_constructor():
    class Bare(Callback):
        def __init__(self, patience):
            self.patience = patience

    bare, model = Bare(3), type("Model", (), {})()
    assert bare.model is None
    assert bare.params is None
    CallbackList([bare], model=model, epochs=2, steps=3, verbose=0)
    assert bare.model is model
    assert bare.params == {"epochs": 2, "steps": 3, "verbose": 0}


def test_history_is_that_of_keras():
    records = []
    for history, lists in ((History(), CallbackList), (keras.callbacks.History(), keras.callbacks.CallbackList)):
        model = type("Model", (), {})()
        callbacks = lists([history], model=model, epochs=3, steps=2, verbose=0)
        for run in range(2):  # the lists go on in a second run, the epochs start again
            callbacks.on_train_begin()
            for epoch in range(3):
                callbacks.on_epoch_begin(epoch)
                logs = {"loss": run + epoch, "accuracy": 0.5}
                callbacks.on_epoch_end(epoch, logs if epoch < 2 else {**logs, "val_loss": 2})
            callbacks.on_train_end(logs)
        assert model.history is history
        records.append((list(history.history.items()), history.epoch, history.params))
    assert records[0] == records[1]
    assert records[0][0][1] == ("loss", [0.0, 1.0, 2.0, 1.0, 2.0, 3.0])


def test_history_before_a_run():
    assert History().epoch == []
    assert History().history == {}


@pytest.mark.parametrize("hook", HOOKS)
def test_lambda_callback_takes_every_hook(hook):
    calls = []

    def function(*position, logs):
        calls.append((position, logs))

    getattr(LambdaCallback(**{hook: function}), hook)(7, logs={"loss": 1.0})
    assert calls == [((7,), {"loss": 1.0})]


def test_lambda_callback_takes_hooks_by_position_as_in_keras():
    order = ["on_epoch_begin", "on_epoch_end", "on_train_begin", "on_train_end"]
    order += ["on_train_batch_begin", "on_train_batch_end"]
    functions = [lambda logs=None: None for _ in order]
    for lambdas in (LambdaCallback(*functions), keras.callbacks.LambdaCallback(*functions)):
        assert [getattr(lambdas, name) for name in order] == functions


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"on_epoch_ends": print}, "has no argument `on_epoch_ends`. Did you mean 'on_epoch_end'?"),
        ({"on_epoch_end": "loss"}, "`on_epoch_end` must be a function, not 'loss'."),
        ({"on_test_end": 3}, "`on_test_end` must be a function, not 3."),
    ],
)
def test_lambda_callback_rejects(arguments, message):
    with pytest.raises(TypeError, match=message):
        LambdaCallback(**arguments)


def test_a_lambda_callback_keeps_what_is_no_hook():
    for package in (keras, hornet):
        assert package.callbacks.LambdaCallback(mine=lambda: 5).mine() == 5
    with pytest.raises(TypeError, match=r"no argument `on_epoch_ned`. Did you mean 'on_epoch_end'"):
        LambdaCallback(on_epoch_ned=print)
