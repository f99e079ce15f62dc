"""Whole models as files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hornet.core.errors import CorruptFileError
from hornet.saving import legacy
from hornet.saving.archive import load_archive, save_archive
from hornet.saving.protocols import Savable
from hornet.saving.weights import refuse_to_replace, require_built

if TYPE_CHECKING:
    from hornet.models.model import Model


def save_model(
    model: Savable,
    filepath: str | os.PathLike[str],
    overwrite: bool = True,
    zipped: bool | None = None,
    include_optimizer: bool = True,
) -> None:
    """Write a model to one file: how it is built, its weights, how it is trained, and the optimizer's state.

    Args:
        model: A built model.
        filepath: `*.keras`, or `*.h5` for Keras's older layout. Keras opens both.
        overwrite: Whether a file that is there is replaced.
        zipped: Ignored unless `False`, which is refused, since a model is always one file.
        include_optimizer: Whether to write how it is trained.

    Raises:
        FileExistsError: If there is a file that is not to be replaced.
        OSError: If it cannot be written; a file that was there is as it was.
        ValueError: If the model is not built, or the name has another suffix.
    """
    path = Path(filepath)
    if zipped is False:
        raise ValueError("`zipped=False` requests a folder, but a model is one file here. Leave it out.")
    if path.suffix not in (".keras", ".h5", ".hdf5"):
        raise ValueError(f"`filepath` must end in '.keras' or '.h5', not {path.name!r}. Add one of them.")
    refuse_to_replace(path, overwrite)
    require_built(model, "it is saved")
    save = save_archive if path.suffix == ".keras" else legacy.save_model
    save(model, path, include_optimizer)


def load_model(
    filepath: str | os.PathLike[str],
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Model:
    """Return the model that a file holds: Hornet's, Keras 3's (`.keras`, `.h5`) or Keras 2's (`.h5`).

    The file is not trusted: nothing in it is run, imported or looked up but in Hornet's own tables and among the
    objects that you pass or registered, no other file is opened, and no more memory is taken than its bytes justify.

    Args:
        filepath: The file.
        custom_objects: Your own classes and functions by name; a `Lambda`'s function by the layer's name.
        compile: Whether to compile the model as it was; training goes on from the optimizer's state.
        safe_mode: Ignored; kept for compatibility with Keras. `False` enables nothing: code in a file is never run.

    Raises:
        CorruptFileError: If the file is damaged or no model's.
        FileNotFoundError: If there is none.
        UnsafeFileError: If it requires what loading does not do.

    Example:
        >>> import tempfile
        >>> from hornet import Sequential, layers
        >>> path = Path(tempfile.mkdtemp()) / "model.keras"
        >>> Sequential([layers.Dense(3, input_shape=(2,))]).save(path)
        >>> load_model(path).count_params()
        9
    """
    path = Path(filepath)
    if path.is_dir():
        raise CorruptFileError(path, "", "it is a folder. Save the model to one file, '.keras' or '.h5'.")
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"PK":
        return cast("Model", load_archive(path, data, custom_objects or {}, compile))
    if data[:4] == b"\x89HDF":
        return cast("Model", legacy.load_model(path, data, custom_objects or {}, compile))
    raise CorruptFileError(path, "", "it is neither a `.keras` archive nor an HDF5 file. Check its name.")
