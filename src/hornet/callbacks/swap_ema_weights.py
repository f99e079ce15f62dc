"""The callback that evaluates a model by the moving averages of its weights."""

from __future__ import annotations

from typing import Any

from hornet.callbacks.callback import Callback, Logs


class SwapEMAWeights(Callback):
    """Puts the moving averages, which an optimizer with `use_ema=True` keeps, in place of the weights.

    It does so while the model is evaluated or predicts, and takes them out again.

    Args:
        swap_on_epoch: Whether the callbacks that come after it in `on_epoch_end` find the averages as well.

    Raises:
        ValueError: If the optimizer keeps none.

    Example:
        >>> import numpy as np
        >>> from hornet import Sequential, layers, optimizers
        >>> model = Sequential([layers.Dense(1, input_shape=(2,))])
        >>> model.compile(loss="mse", optimizer=optimizers.SGD(use_ema=True))
        >>> x, y = np.ones((8, 2)), np.ones(8)
        >>> _ = model.fit(x, y, validation_data=(x, y), callbacks=[SwapEMAWeights()], verbose=0)
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        self.swap_on_epoch = swap_on_epoch
        self._is_in = False

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._put(False)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._put(self.swap_on_epoch)

    def on_safe_point(self, at_once: bool = False) -> None:
        """Called when all callbacks are through with an epoch, before the run's state is kept."""
        self._put(False)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        self._put(True)

    def on_test_end(self, logs: Logs | None = None) -> None:
        self._put(False)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self._put(True)

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self._put(False)

    def _put(self, averages_in: bool) -> None:
        if averages_in != self._is_in:
            self._is_in = averages_in
            model: Any = self.model
            model._swap_averages()
