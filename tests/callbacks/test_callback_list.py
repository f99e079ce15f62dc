import functools

import jax.numpy as jnp
import keras
import numpy as np
import pytest

from hornet.callbacks import Callback, CallbackList, History, LambdaCallback, ProgbarLogger
from hornet.callbacks.callback_list import plain_logs

HOOKS = [name for name in vars(keras.callbacks.Callback) if name.startswith("on_")]
FIT = [
    ("on_train_begin", None),
    ("on_epoch_begin", 0),
    ("on_train_batch_begin", 0),
    ("on_train_batch_end", 0, {"loss": 1, "accuracy": np.float32(0.5)}),
    ("on_batch_begin", 1),
    ("on_batch_end", 1, {"loss": jnp.float32(0.25), "parts": {"b": 1, "a": 2}}),
    ("on_test_begin",),
    ("on_test_batch_begin", 0),
    ("on_test_batch_end", 0, {"loss": 2}),
    ("on_test_end", {"loss": 2}),
    ("on_epoch_end", 0, {"loss": 1, "val_loss": 2, "accuracy": np.float32(0.5)}),
    ("on_train_end", {"loss": 1}),
    ("on_predict_begin",),
    ("on_predict_batch_begin", 0),
    ("on_predict_batch_end", 0, {"outputs": "arrays"}),
    ("on_predict_end",),
]


def recorder(base, hooks):
    """Return a callback class that notes every call of the given hooks, in the order of its `logs` too."""

    def record(self, hook, *position, **keywords):
        logs = keywords.get("logs", position[-1] if position else None)
        order = list(logs) if isinstance(logs, dict) else logs
        self.calls.append((self.name, hook, position, keywords, order))

    def create(self, name, calls):
        self.name, self.calls = name, calls

    noted = {hook: functools.partialmethod(record, hook) for hook in hooks}
    return type("Recorder", (base,), {"__init__": create, **noted})


@pytest.mark.parametrize(
    "hooks", [HOOKS, ["on_batch_begin", "on_batch_end"], ["on_train_batch_end", "on_epoch_end"]], ids=len
)
def test_hooks_are_called_as_by_keras(hooks, capsys):
    calls = {}
    for module in (keras.callbacks, __import__("hornet.callbacks").callbacks):
        calls[module] = []
        Recorder = recorder(module.Callback, hooks)
        callbacks = [Recorder("first", calls[module]), Recorder("second", calls[module])]
        params = {"epochs": 1, "steps": 1, "verbose": 1}
        ours = module.CallbackList(callbacks, add_history=True, add_progbar=True, model=type("M", (), {})(), **params)
        for hook, *arguments in FIT:
            getattr(ours, hook)(*arguments)
        assert [type(one).__name__ for one in ours.callbacks] == ["Recorder", "Recorder", "History", "ProgbarLogger"]
    expected, got = calls.values()
    assert got == expected
    assert len(got) >= 4


def test_members_added_by_hand_are_not_added_again_and_keep_their_places():
    history, progbar, user = History(), ProgbarLogger(), Callback()
    model = type("Model", (), {})()
    callbacks = CallbackList([progbar, history, user], add_history=True, add_progbar=True, model=model)
    assert callbacks.callbacks == [progbar, history, user]
    assert callbacks.history is history
    assert not hasattr(model, "history")  # `fit` assigns it


def test_without_arguments_it_is_empty():
    callbacks = CallbackList()
    assert callbacks.callbacks == []
    assert callbacks.params == {}
    assert callbacks.model is None
    callbacks.on_train_begin()
    callbacks.on_progress(1)
    callbacks.release()


def test_a_model_that_is_false_is_a_model():
    model = type("Model", (), {"__len__": lambda self: 0})()
    callback = Callback()
    assert CallbackList(callback, model=model).model is model
    assert callback.model is model


@pytest.mark.parametrize("nest", [lambda one: one, lambda one: [one], lambda one: (one,), lambda one: [[], (one,)]])
def test_accepts_one_callback_and_nested_lists(nest):
    callback = Callback()
    assert CallbackList(nest(callback)).callbacks == [callback]


def test_accepts_callbacks_of_keras():
    theirs = keras.callbacks.EarlyStopping()
    callbacks = CallbackList(theirs, epochs=3)
    assert callbacks.callbacks == [theirs]
    assert theirs.params == {"epochs": 3}
    assert callbacks.watches_train_batches  # unknown code is told of everything


@pytest.mark.parametrize(
    ("callbacks", "message"),
    [
        (History, r"not the class `History`. Pass an object: `History\(...\)`."),
        ([Callback(), History], "not the class `History`"),
        (print, r"not <built-in function print>. Say when to call it, such as `LambdaCallback\(on_epoch_end=...\)`."),
        ([lambda epoch, logs: None], "Say when to call it"),
        ("early_stopping", "must hold callbacks, not 'early_stopping'. Pass `Callback` objects."),
        ([None], "must hold callbacks, not None."),
        ({"stop": Callback()}, "must hold callbacks, not"),
    ],
)
def test_rejects_what_is_no_callback(callbacks, message):
    with pytest.raises(TypeError, match=message):
        CallbackList(callbacks)


def test_callbacks_of_a_hook_share_their_logs():
    def rename(epoch, logs):
        logs["learning_rate"] = 0.1

    history = History()
    logs = {"loss": 1}
    CallbackList([LambdaCallback(on_epoch_end=rename), history]).on_epoch_end(0, logs)
    assert history.history == {"loss": [1.0], "learning_rate": [0.1]}
    assert logs == {"loss": 1}


@pytest.mark.parametrize("value", [1, True, 0.5, np.float32(0.5), np.array(0.5), jnp.bfloat16(0.5), jnp.array(2)])
def test_plain_logs_are_floats(value):
    (plain,) = plain_logs({"loss": value}).values()
    assert type(plain) is float
    assert plain == value


def test_plain_logs_keep_what_is_no_number():
    vector = np.array([0.5])
    assert plain_logs({"f1": vector, "note": "high", "none": None}) == {"f1": vector, "none": None, "note": "high"}
    assert plain_logs(None) == {}


def _class(hook, base=Callback):
    return type("Custom", (base,), {hook: lambda self, batch, logs=None: None})


def _on_the_instance(hook):
    callback = Callback()
    setattr(callback, hook, lambda batch, logs=None: None)
    return callback


WAYS = {
    "class": lambda hook: _class(hook)(),
    "grandchild": lambda hook: type("Child", (_class(hook),), {})(),
    "mixin": lambda hook: type("Mixed", (type("Mixin", (), {hook: lambda *_, **__: None}), Callback), {})(),
    "instance": _on_the_instance,
    "lambda": lambda hook: LambdaCallback(**{hook: lambda batch, logs: None}),
    "progress bar": lambda hook: _class(hook, ProgbarLogger)(),
    "history": lambda hook: _class(hook, History)(),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("hook", [hook for hook in HOOKS if "batch" in hook])
def test_sees_overrides_of_batch_hooks(hook, way):
    callbacks = CallbackList([Callback(), WAYS[way](hook)], add_history=True, add_progbar=True)
    phase = "test" if "test" in hook else "predict" if "predict" in hook else "train"
    watched = (callbacks.watches_train_batches, callbacks.watches_test_batches, callbacks.watches_predict_batches)
    assert watched == (phase == "train", phase == "test", phase == "predict")


@pytest.mark.parametrize(
    "callback",
    [
        Callback(),
        History(),
        ProgbarLogger(),
        type("EpochsOnly", (Callback,), {"on_epoch_end": lambda self, epoch, logs=None: None})(),
        LambdaCallback(on_epoch_end=print, on_progress=print),
        type("Progress", (Callback,), {"on_progress": lambda self, step, logs=None: None})(),
    ],
    ids=lambda callback: type(callback).__name__,
)
def test_other_callbacks_leave_steps_together(callback):
    callbacks = CallbackList([callback], add_history=True, add_progbar=True)
    assert not callbacks.watches_train_batches
    assert not callbacks.watches_test_batches
    assert not callbacks.watches_predict_batches


def test_progress_reaches_those_who_listen():
    calls = []

    class Duck:
        def set_model(self, model): ...

    listening = LambdaCallback(on_progress=lambda step, logs: calls.append((step, logs)))
    CallbackList([Duck(), Callback(), listening]).on_progress(12, {"loss": np.float32(0.5)})
    assert calls == [(12, {"loss": 0.5})]


def test_an_object_that_does_not_inherit_gets_keras_s_hooks_and_none_of_hornet_s_own():
    class Foreign:
        def __init__(self):
            self.told = []

        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            return lambda *args, **kwargs: self.told.append(name)

    foreign = Foreign()
    followers = CallbackList([foreign])
    followers.on_train_begin()
    followers.on_progress(1, {})
    followers.on_safe_point()
    followers.release()
    assert followers.batches_until_due is None
    assert not followers.saves_run_state
    assert foreign.told == ["on_train_begin"]
