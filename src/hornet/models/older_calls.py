"""The calls of models that older Keras had, and the books still make."""

from __future__ import annotations

from typing import Any

import numpy as np

from hornet.callbacks import History
from hornet.core.module import find
from hornet.layers import Layer
from hornet.models.construction import Constructed


class OlderCalls(Constructed):
    """Base of `Model`: older names for what its other methods do."""

    def predict_classes(self: Any, x: Any, batch_size: int | None = None, verbose: int | str = 0) -> np.ndarray:
        """Return the class of each row: the largest output's, or for a single sigmoid unit whether it is above 0.5.

        Args:
            x: Inputs, the rows on the first axis.
            batch_size: Rows computed at a time; 32 by default.
            verbose: As in `predict`.

        Shapes:
            output: `(rows,)`; `(rows, 1)` for a single unit
        """
        outputs = self.predict(x, batch_size, verbose)
        if outputs.shape[-1] > 1:
            return outputs.argmax(axis=-1)
        return (outputs > 0.5).astype(np.int32)

    def predict_proba(self: Any, x: Any, batch_size: int | None = None, verbose: int | str = 0) -> np.ndarray:
        """Return the outputs for some rows: `predict` under its older name."""
        return self.predict(x, batch_size, verbose)

    def fit_generator(
        self: Any, generator: Any, steps_per_epoch: int | None = None, epochs: int = 1, **how: Any
    ) -> History:
        """Train on batches that a generator or data set yields: `fit` under its older name.

        Args:
            generator: The batches.
            steps_per_epoch: How many make an epoch.
            epochs: Passes over them.
            **how: Further arguments of `fit`.
        """
        return self.fit(generator, steps_per_epoch=steps_per_epoch, epochs=epochs, **_for_workers(how))

    def evaluate_generator(self: Any, generator: Any, steps: int | None = None, **how: Any) -> Any:
        """Return losses and metrics on batches: `evaluate` under its older name.

        Args:
            generator: The batches.
            steps: How many.
            **how: Further arguments of `evaluate`.
        """
        return self.evaluate(generator, steps=steps, **{"verbose": 0, **_for_workers(how)})

    def predict_generator(self: Any, generator: Any, steps: int | None = None, **how: Any) -> Any:
        """Return the outputs for batches: `predict` under its older name.

        Args:
            generator: The batches.
            steps: How many.
            **how: Further arguments of `predict`.
        """
        return self.predict(generator, steps=steps, **{"verbose": 0, **_for_workers(how)})

    def reset_states(self) -> None:
        """Let all stateful recurrent layers begin anew."""
        for layer in find(self, Layer):
            reset = getattr(layer, "reset_state", None)
            if reset is not None and getattr(layer, "stateful", False):
                reset()


def _for_workers(how: dict[str, Any]) -> dict[str, Any]:
    """Return arguments without those of the threads that read: data sets have them now (`utils.PyDataset`)."""
    return {
        name: value for name, value in how.items() if name not in ("workers", "use_multiprocessing", "max_queue_size")
    }
