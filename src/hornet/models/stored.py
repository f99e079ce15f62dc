"""A network's methods for files."""

from __future__ import annotations

import os
from typing import Any

from hornet.models.network import Network
from hornet.saving import load_weights, save_model, save_weights


class StoredNetwork(Network):
    """A network that can be written to files and take weights from them.

    Args:
        **kwargs: What every `Layer` takes.
    """

    _compiled: Any = None

    def __getstate__(self) -> dict[str, Any]:
        """Return what pickling and copying take: all but the programs, which the copy asks for when it needs them."""
        return {**vars(self), "_predictor": None, "run": None}

    @property
    def optimization(self) -> Any:
        """What `compile()` resolved, or `None` before it; for saving."""
        return self._compiled

    def save(
        self,
        filepath: str | os.PathLike[str],
        overwrite: bool = True,
        zipped: bool | None = None,
        include_optimizer: bool = True,
    ) -> None:
        """Write the model to one file, whole or not at all; `load_model` reads it, here and in Keras.

        Args:
            filepath: `*.keras`, or `*.h5` for Keras's older layout.
            overwrite: Whether a file that is there is replaced.
            zipped: Accepted as in Keras; a model is always one file.
            include_optimizer: Whether to write how the model is trained, and the optimizer's state.

        Raises:
            FileExistsError: If there is a file that is not to be replaced.
            OSError: If it cannot be written; a file that was there is as it was.
            ValueError: If the model is not built, or the name has another suffix.
        """
        save_model(self, filepath, overwrite, zipped, include_optimizer)

    def save_weights(self, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
        """Write the weights to one file, whole or not at all.

        Args:
            filepath: `*.weights.h5`; `*.h5` for Keras's older layout; `*.safetensors` for the weights alone by their
                paths. Any other name is a prefix, as of a checkpoint: the file is `<filepath>.weights.h5`.
            overwrite: Whether a file that is there is replaced.

        Raises:
            FileExistsError: If there is a file that is not to be replaced.
            OSError: If it cannot be written; a file that was there is as it was.
            ValueError: If the model is not built.
        """
        save_weights(self, filepath, overwrite)

    def load_weights(
        self, filepath: str | os.PathLike[str], skip_mismatch: bool = False, by_name: bool = False
    ) -> None:
        """Take the weights from a file, all of them or none.

        Args:
            filepath: What `save_weights` or `save` wrote, here or in Keras.
            skip_mismatch: Whether weights of other shapes are passed over with a warning.
            by_name: Whether layers are matched by their names instead of by their order; in Keras's older layout alone.

        Raises:
            CorruptFileError: If the file is damaged.
            FileNotFoundError: If there is none.
            UnsafeFileError: If it asks for what loading does not do.
            ValueError: If it is another model's; this one stays as it was.
        """
        load_weights(self, filepath, skip_mismatch, by_name)
