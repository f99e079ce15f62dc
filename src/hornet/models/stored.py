"""A network's methods for files."""

from __future__ import annotations

import os
from typing import Any

from hornet.models.compilable import CompilableNetwork
from hornet.saving import load_weights, save_model, save_weights
from hornet.saving.export import export_model


class StoredNetwork(CompilableNetwork):
    """A network that can be written to files and take weights from them.

    Args:
        **kwargs: What every `Layer` takes.
    """

    def __getstate__(self) -> dict[str, Any]:
        """Return what pickling and copying take: all but the programs, which the copy asks for when it needs them."""
        return {**vars(self), "_predictor": None, "run": None}

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

    def export(
        self,
        filepath: str | os.PathLike[str],
        format: str | None = None,
        verbose: bool | None = None,
        input_signature: Any = None,
    ) -> None:
        """Write what the model computes in inference to one file, whole or not at all, for programs without Hornet.

        Any number of rows goes in. The weights are in the file; docs/export.md says how it is run.

        Args:
            filepath: `*.onnx` or `*.stablehlo`; any name where `format` is given.
            format: `"onnx"` or `"stablehlo"`; by default what the file's name ends in.
            verbose: Whether to say what was written.
            input_signature: Shapes and types of the inputs in their structure, the batch axis included, where they are
                not those that the model declares: `InputSpec`s, or other objects with `shape` and `dtype`.

        Raises:
            ImportError: If the format is ONNX, and the library `onnx` is not installed.
            OSError: If the file cannot be written; one that was there is as it was.
            ValueError: If the model is not built, the format is unknown, or a layer does what the format has no words
                for; the error names it.

        Example:
            >>> import tempfile
            >>> from pathlib import Path
            >>> import numpy as np, onnxruntime
            >>> from hornet import Sequential, layers
            >>> path = Path(tempfile.mkdtemp()) / "model.onnx"
            >>> model = Sequential([layers.Dense(1, kernel_initializer="ones", input_shape=(2,))])
            >>> model.export(path)
            >>> session = onnxruntime.InferenceSession(path)
            >>> session.run(["output"], {"input": np.array([[1, 2], [3, 4], [5, 6]], "float32")})[0].ravel()
            array([ 3.,  7., 11.], dtype=float32)
        """
        export_model(self, filepath, format, verbose, input_signature)
