"""Many callbacks as one."""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Iterator, Mapping
from typing import Any

from hornet.callbacks.callback import Callback, Logs
from hornet.callbacks.history import History
from hornet.callbacks.hooks import check_hooks, notify
from hornet.callbacks.logs import NamedLogs
from hornet.callbacks.progbar_logger import ProgbarLogger
from hornet.core.checks import describe
from hornet.core.errors import ArgumentError

_BATCH_HOOKS = {
    "train": ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"),
    "test": ("on_test_batch_begin", "on_test_batch_end"),
    "predict": ("on_predict_batch_begin", "on_predict_batch_end"),
}


class CallbackList(Callback):
    """Callbacks that are notified together, in the order of the list, then `History`, then the progress bar.

    Args:
        callbacks: A callback, a list of them (nested or not), or `None`.
        add_history: Whether to add a `History` if the list has none.
        add_progbar: Whether to add a `ProgbarLogger` if the list has none.
        model: The model that runs.
        **params: `epochs`, `steps` and `verbose`, for the callbacks' `params`.

    Raises:
        TypeError: If something in `callbacks` is a class, a function or anything else that is not a callback.

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
        self.history: History | None = self._last(History)
        """The `History` among them."""
        self._progbar = self._last(ProgbarLogger)
        if self.history is None and add_history:
            self.history = History()
            self.callbacks.append(self.history)
        if self._progbar is None and add_progbar:
            self._progbar = ProgbarLogger()
            self.callbacks.append(self._progbar)
        self._own = [callback for callback in self.callbacks if isinstance(callback, Callback)]
        self.set_model(model)
        self.set_params(params)

    def set_params(self, params: Mapping[str, Any]) -> None:
        self.params = params
        if params:
            self._notify("set_params", params)

    def set_model(self, model: Any) -> None:
        if model is None:
            return
        super().set_model(model)
        self._notify("set_model", model)

    @property
    def watches_train_batches(self) -> bool:
        """Whether a callback must be notified of every single batch of training."""
        return self._watches("train")

    @property
    def watches_test_batches(self) -> bool:
        """Whether a callback must be notified of every single batch of evaluation."""
        return self._watches("test")

    @property
    def watches_predict_batches(self) -> bool:
        """Whether a callback must be notified of every single batch of prediction."""
        return self._watches("predict")

    # --- Hornet's own hooks, which only objects that inherit from `Callback` have ------------------------------

    def on_progress(self, step: int, logs: Mapping[str, Any] | None = None) -> None:
        logs = plain_logs(logs)
        for callback in self._own:
            callback.on_progress(step, logs)

    def on_compile(self) -> None:
        """Tell the progress bar that a program is about to be compiled."""
        if self._progbar is not None:
            self._progbar.show_compiling()

    @property
    def saves_run_state(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]  (here of several)
        return any(callback.saves_run_state for callback in self._own)

    @property
    def batches_until_due(self) -> int | None:
        return min((due for callback in self._own if (due := callback.batches_until_due)), default=None)

    def on_batches_done(self, batches: int, epoch: int, batch: int, logs: Mapping[str, Any]) -> None:
        logs = plain_logs(logs)
        for callback in self._own:
            if callback.batches_until_due is not None:
                callback.on_batches_done(batches, epoch, batch, logs)

    def on_train_ready(self) -> None:
        for callback in self._own:
            callback.on_train_ready()

    def on_safe_point(self, at_once: bool = False) -> None:
        for callback in sorted(self._own, key=lambda callback: callback.saves_run_state):
            callback.on_safe_point(at_once)

    def release(self) -> None:
        """End what an interruption left open: belongs into a `finally`, and does nothing after a normal end."""
        for callback in self._own:
            callback.release()

    # --- Keras's hooks -----------------------------------------------------------------------------------------

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        self._check("train")
        self._notify("on_train_begin", plain_logs(logs))

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        if self._progbar is not None:
            self._progbar.release()
        self._notify("on_train_end", plain_logs(logs))

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._notify("on_epoch_begin", epoch, plain_logs(logs))

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._clear_progress_line()
        self._notify("on_epoch_end", epoch, plain_logs(logs))

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._notify("on_train_batch_begin", batch, logs=plain_logs(logs))

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._notify("on_train_batch_end", batch, logs=plain_logs(logs))

    def on_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._notify("on_batch_begin", batch, logs=plain_logs(logs))

    def on_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._notify("on_batch_end", batch, logs=plain_logs(logs))

    def on_test_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        self._check("test")
        self._notify("on_test_begin", plain_logs(logs))

    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        self._clear_progress_line()
        self._notify("on_test_end", plain_logs(logs))

    def on_test_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._notify("on_test_batch_begin", batch, logs=plain_logs(logs))

    def on_test_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._notify("on_test_batch_end", batch, logs=plain_logs(logs))

    def on_predict_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        self._check("predict")
        self._notify("on_predict_begin", plain_logs(logs))

    def on_predict_end(self, logs: Mapping[str, Any] | None = None) -> None:
        self._clear_progress_line()
        self._notify("on_predict_end", plain_logs(logs))

    def on_predict_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._notify("on_predict_batch_begin", batch, logs=plain_logs(logs))

    def on_predict_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._notify("on_predict_batch_end", batch, logs=plain_logs(logs))

    def _notify(self, hook: str, *arguments: Any, **keywords: Any) -> None:
        for callback in self.callbacks:
            notify(callback, hook, *arguments, **keywords)

    def _check(self, phase: str) -> None:
        for callback in self.callbacks:
            check_hooks(callback, phase)

    def _clear_progress_line(self) -> None:
        if self._progbar is not None:
            self._progbar.clear()  # so that what a callback prints does not land on an unfinished line

    def _watches(self, phase: str) -> bool:
        return any(_overrides(callback, hook) for callback in self.callbacks for hook in _BATCH_HOOKS[phase])

    def _last(self, kind: type[Any]) -> Any:
        return next((callback for callback in reversed(self.callbacks) if isinstance(callback, kind)), None)


def plain_logs(logs: Mapping[str, Any] | None) -> Logs:
    """Return metrics as one flat dict of Python floats, sorted by name as in Keras; other values stay as they are.

    Example:
        >>> plain_logs({"loss": 1, "by_output": {"b_loss": 0.5, "a_loss": 0.5}})
        {'a_loss': 0.5, 'b_loss': 0.5, 'loss': 1.0}
    """
    flat: Logs = NamedLogs()
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
        raise ArgumentError(f"`callbacks` must hold callbacks, not the class `{name}`. Pass an object: `{name}(...)`.")
    elif not hasattr(callbacks, "set_model"):
        advice = "Pass `Callback` objects"
        if inspect.isroutine(callbacks):
            advice = "Say when to call it, such as `LambdaCallback(on_epoch_end=...)`"
        raise ArgumentError(f"`callbacks` must hold callbacks, not {describe(callbacks)}. {advice}.")
    else:
        yield callbacks


def _overrides(callback: Any, hook: str) -> bool:
    method = getattr(callback, hook)
    function = getattr(method, "__func__", method)
    return all(function is not getattr(ours, hook) for ours in (Callback, ProgbarLogger))
