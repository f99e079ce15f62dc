"""The callback that ends a run whose loss is NaN or infinite."""

from __future__ import annotations

import math

from hornet.callbacks.callback import Callback, Logs
from hornet.core.messages import output


class TerminateOnNaN(Callback):
    """Stops training when the loss becomes NaN or infinite.

    It looks whenever a program comes back, a few times a second and at the end of each epoch, so it slows nothing down.

    Args:
        raise_error: Whether to raise a `RuntimeError` instead, which leaves out the other callbacks' `on_train_end`.

    Example:
        >>> from types import SimpleNamespace
        >>> guard = TerminateOnNaN()
        >>> guard.set_model(SimpleNamespace(stop_training=False))
        >>> guard.on_progress(30, {"loss": math.nan})
        Batch 29: Invalid loss, terminating training
        >>> guard.model.stop_training
        True
    """

    def __init__(self, raise_error: bool = False) -> None:
        self.raise_error = raise_error

    def on_progress(self, step: int, logs: Logs | None = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss) or self.model.stop_training:
            return
        if self.raise_error:
            raise RuntimeError(
                f"The loss became {loss} by batch {step - 1}. Lower the learning rate or scale the inputs."
            )
        print(f"Batch {step - 1}: Invalid loss, terminating training", file=output())
        self.model.stop_training = True
