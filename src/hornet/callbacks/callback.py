"""The base of callbacks, and what they may read from a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from hornet.core.annotations import checked
from hornet.core.config import is_ours, shown

Logs = dict[str, Any]
"""Metrics by name, as plain Python floats."""


class ObservedModel(Protocol):
    """What a callback sees of the model that it watches."""

    stop_training: bool
    stop_evaluating: bool
    stop_predicting: bool
    optimizer: Any
    history: Any
    _fit_run: Any

    def get_weights(self) -> list[Any]:
        """Return copies of the weights."""
        ...

    def set_weights(self, weights: list[Any]) -> None:
        """Replace the weights."""
        ...

    def save(self, filepath: Any, overwrite: bool = True) -> None:
        """Write the whole model to a file."""
        ...

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Write the weights to a file."""
        ...

    def load_weights(self, filepath: Any) -> None:
        """Read the weights from a file."""
        ...


class Callback:
    """Base of objects that `fit`, `evaluate` and `predict` notify of what they do.

    A subclass overrides the hooks that it needs. It may leave out `super().__init__()`. `self.model` is the model,
    from before the first hook on, and `self.params` says how it runs: `epochs`, `steps` (of one epoch, `None` if
    unknown) and `verbose`.

    `logs` holds metrics by name as Python floats: those of the epoch so far in the hooks that end a batch, those of
    the epoch in `on_epoch_end`, with the ones of validation under `val_...`. All callbacks of a hook receive the same
    dict, so one that adds a key shows it to those after it. Hooks that begin something receive no metrics.

    Overriding a hook of single batches makes every batch a program run of its own, which costs speed on small
    batches. `on_progress` does not.

    Example:
        >>> class Printer(Callback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         print(f"val/train: {logs['val_loss'] / logs['loss']:.2f}")
        >>> Printer().on_epoch_end(0, {"loss": 0.5, "val_loss": 0.6})
        val/train: 1.20
    """

    params: Mapping[str, Any] | None = None
    _model: Any = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if is_ours(cls) and "__init__" in vars(cls):
            cls.__init__ = checked(cls.__init__)

    def __repr__(self) -> str:
        return shown(self)

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Receive how the model runs, before the first hook."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Receive the model, before the first hook."""
        self._model = model

    @property
    def model(self) -> Any:
        """The `ObservedModel` that runs, or `None` before a run."""
        return self._model

    def on_train_begin(self, logs: Any = None) -> None:
        """Called when `fit` starts."""

    def on_train_end(self, logs: Any = None) -> None:
        """Called when `fit` is over, with the metrics of the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Called when an epoch of `fit` starts; `epoch` counts from 0."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Called when an epoch of `fit` and its validation are over."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before a batch of `fit`; `batch` counts from 0 in each epoch."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after a batch of `fit`."""
        self.on_batch_end(batch, logs=logs)

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Old name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Old name of `on_train_batch_end`."""

    def on_test_begin(self, logs: Any = None) -> None:
        """Called when `evaluate`, or the validation of an epoch, starts."""

    def on_test_end(self, logs: Any = None) -> None:
        """Called when `evaluate`, or the validation of an epoch, is over."""

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before a batch of `evaluate` or validation."""

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after a batch of `evaluate` or validation."""

    def on_predict_begin(self, logs: Any = None) -> None:
        """Called when `predict` starts."""

    def on_predict_end(self, logs: Any = None) -> None:
        """Called when `predict` is over."""

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before a batch of `predict`."""

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after a batch of `predict`, with `logs["outputs"]`."""

    # --- Hornet's own hooks ----------------------------------------------------------------------------------

    saves_run_state = False
    """Whether the callback saves the state of the run, so that another process can go on from it.

    Then the first signal to stop lets the batches that run come to their end, and the state be saved.
    """

    @property
    def batches_until_due(self) -> int | None:
        """The number of batches until the callback is to act, `None` where it counts none; it bounds a program's."""
        return None

    def on_batches_done(self, batches: int, epoch: int, batch: int, logs: Logs) -> None:
        """Called where a callback counts batches, after at most `batches_until_due` of them.

        Args:
            batches: Number of batches that were done since the last call.
            epoch: The epoch, counted from 0.
            batch: The last of them in the epoch, counted from 0.
            logs: Metrics of the epoch so far, once the callback is due.
        """

    def on_train_ready(self) -> None:
        """Called when every callback knows that training begins, so that states can be put back."""

    def on_safe_point(self, at_once: bool = False) -> None:
        """Called when no callback is in the middle of anything; those that save the run's state come last.

        Args:
            at_once: Whether to act although it is not yet time, since the run ends here.
        """

    def release(self) -> None:
        """Give back what is held open, such as files; called when a run is over, however it ended."""

    def get_state(self) -> dict[str, Any]:
        """Return what the callback must know to go on with a run in another process.

        Returns:
            A dict of numbers, texts, `None`, arrays, and lists and dicts of them.
        """
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what `get_state` returned; called after `on_train_begin`."""

    def on_progress(self, step: int, logs: Any = None) -> None:
        """Called a few times a second, once `step` batches of an epoch, of `evaluate` or of `predict` are done.

        Hornet's own hook: it reports progress at the pace at which programs come back, so it slows nothing down.
        """
