"""Many callbacks told of everything as one."""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Iterator, Mapping
from typing import Any

from hornet.callbacks.callback import Callback, Logs
from hornet.callbacks.history import History
from hornet.callbacks.progbar_logger import ProgbarLogger
from hornet.core.checks import describe

_BATCH_HOOKS = {
    "train": ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"),
    "test": ("on_test_batch_begin", "on_test_batch_end"),
    "predict": ("on_predict_batch_begin", "on_predict_batch_end"),
}


class CallbackList(Callback):
    """Callbacks that are told together, in the order of the list, then `History`, then the progress bar.

    Args:
        callbacks: A callback, a list of them (nested or not), or `None`.
        add_history: Whether to add a `History` if the list has none.
        add_progbar: Whether to add a `ProgbarLogger` if the list has none.
        model: The model that runs; its `history` becomes the list's `History`.
        **params: `epochs`, `steps` and `verbose`, for the callbacks' `params`.

    Raises:
        TypeError: If something in `callbacks` is a class, a function or anything else that is no callback.

    Example:
        >>> callbacks = CallbackList(History(), epochs=1, steps=2, verbose=0)
        >>> callbacks.on_train_begin()
        >>> callbacks.on_epoch_end(0, {"loss": 0.5})
        >>> callbacks.callbacks[0].history
        {'loss': [0.5]}
        >>> callbacks.watches_train_batches
        False
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        self.callbacks: list[Any] = list(_flatten(callbacks)) if callbacks else []
        self._history = self._last(History)
        self._progbar = self._last(ProgbarLogger)
        if self._history is None and add_history:
            self._history = History()
            self.callbacks.append(self._history)
        if self._progbar is None and add_progbar:
            self._progbar = ProgbarLogger()
            self.callbacks.append(self._progbar)
        self.set_model(model)
        self.set_params(params)

    def set_params(self, params: Mapping[str, Any]) -> None:
        self.params = params
        if params:
            self._tell("set_params", params)

    def set_model(self, model: Any) -> None:
        if model is None:
            return
        super().set_model(model)
        if self._history is not None:
            model.history = self._history
        self._tell("set_model", model)

    @property
    def watches_train_batches(self) -> bool:
        """Whether a callback must be told of every single batch of training."""
        return self._watches("train")

    @property
    def watches_test_batches(self) -> bool:
        """Whether a callback must be told of every single batch of evaluation."""
        return self._watches("test")

    @property
    def watches_predict_batches(self) -> bool:
        """Whether a callback must be told of every single batch of prediction."""
        return self._watches("predict")

    def progress(self, step: int, logs: Mapping[str, Any] | None = None) -> None:
        """Tell callbacks that have `on_progress` that `step` batches of the epoch or evaluation are done."""
        logs = plain_logs(logs)
        for callback in self.callbacks:
            if hasattr(callback, "on_progress"):
                callback.on_progress(step, logs)

    @property
    def keeps_run(self) -> bool:
        """Whether a callback keeps the run's state, so that another process can go on."""
        return any(getattr(callback, "keeps_run", False) for callback in self.callbacks)

    @property
    def due_in(self) -> int | None:
        """The number of batches until a callback is to act, `None` where none counts them."""
        return min((due for callback in self.callbacks if (due := getattr(callback, "due_in", None))), default=None)

    def count(self, batches: int, epoch: int, batch: int, logs: Mapping[str, Any]) -> None:
        """Tell callbacks that count batches how many were done; see `Periodic`."""
        logs = plain_logs(logs)
        for callback in self.callbacks:
            if getattr(callback, "due_in", None):
                callback.count(batches, epoch, batch, logs)

    def ready(self) -> None:
        """Tell callbacks that keep the run that every one knows that training begins."""
        for callback in self.callbacks:
            if getattr(callback, "keeps_run", False):
                callback.on_ready()

    def rest(self, at_once: bool = False) -> None:
        """Tell callbacks that have `on_rest` that none is in the middle of anything; those that keep the run last."""
        resting = [callback for callback in self.callbacks if hasattr(callback, "on_rest")]
        for callback in sorted(resting, key=lambda callback: getattr(callback, "keeps_run", False)):
            callback.on_rest(at_once)

    def release(self) -> None:
        """End what an interruption left open: belongs into a `finally`, and does nothing after a normal end."""
        for callback in self.callbacks:
            if hasattr(callback, "release"):
                callback.release()

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        self._tell("on_train_begin", plain_logs(logs))

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        if self._progbar is not None:
            self._progbar.release()
        self._tell("on_train_end", plain_logs(logs))

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._tell("on_epoch_begin", epoch, plain_logs(logs))

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._make_way()
        self._tell("on_epoch_end", epoch, plain_logs(logs))

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._tell("on_train_batch_begin", batch, logs=plain_logs(logs))

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._tell("on_train_batch_end", batch, logs=plain_logs(logs))

    def on_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._tell("on_batch_begin", batch, logs=plain_logs(logs))

    def on_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._tell("on_batch_end", batch, logs=plain_logs(logs))

    def on_test_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        self._tell("on_test_begin", plain_logs(logs))

    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        self._make_way()
        self._tell("on_test_end", plain_logs(logs))

    def on_test_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._tell("on_test_batch_begin", batch, logs=plain_logs(logs))

    def on_test_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._tell("on_test_batch_end", batch, logs=plain_logs(logs))

    def on_predict_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        self._tell("on_predict_begin", plain_logs(logs))

    def on_predict_end(self, logs: Mapping[str, Any] | None = None) -> None:
        self._make_way()
        self._tell("on_predict_end", plain_logs(logs))

    def on_predict_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._tell("on_predict_batch_begin", batch, logs=plain_logs(logs))

    def on_predict_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._tell("on_predict_batch_end", batch, logs=plain_logs(logs))

    def _tell(self, hook: str, *arguments: Any, **keywords: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, hook)(*arguments, **keywords)

    def _make_way(self) -> None:
        if self._progbar is not None:
            self._progbar.clear()  # so that what a callback prints does not land on an unfinished line

    def _watches(self, phase: str) -> bool:
        return any(_overrides(callback, hook) for callback in self.callbacks for hook in _BATCH_HOOKS[phase])

    def _last(self, kind: type[Any]) -> Any:
        return next((callback for callback in reversed(self.callbacks) if isinstance(callback, kind)), None)


def plain_logs(logs: Mapping[str, Any] | None) -> Logs:
    """Return metrics as one flat dict of Python floats, sorted by name as in Keras; what is no number stays.

    Example:
        >>> plain_logs({"loss": 1, "heads": {"b_loss": 0.5, "a_loss": 0.5}})
        {'a_loss': 0.5, 'b_loss': 0.5, 'loss': 1.0}
    """
    flat: Logs = {}
    for name, value in sorted((logs or {}).items()):
        if isinstance(value, Mapping):
            flat.update(plain_logs(value))
        else:
            scalar = isinstance(value, numbers.Real) or getattr(value, "shape", None) == ()
            flat[name] = float(value) if scalar else value
    return flat


def _flatten(callbacks: Any) -> Iterator[Any]:
    if isinstance(callbacks, list | tuple):
        for callback in callbacks:
            yield from _flatten(callback)
    elif isinstance(callbacks, type):
        name = callbacks.__name__
        raise TypeError(f"`callbacks` must hold callbacks, not the class `{name}`. Pass an object: `{name}(...)`.")
    elif not hasattr(callbacks, "set_model"):
        advice = "Pass `Callback` objects"
        if inspect.isroutine(callbacks):
            advice = "Say when to call it, such as `LambdaCallback(on_epoch_end=...)`"
        raise TypeError(f"`callbacks` must hold callbacks, not {describe(callbacks)}. {advice}.")
    else:
        yield callbacks


def _overrides(callback: Any, hook: str) -> bool:
    method = getattr(callback, hook)
    function = getattr(method, "__func__", method)
    return all(function is not getattr(ours, hook) for ours in (Callback, ProgbarLogger))
