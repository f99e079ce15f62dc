"""Whole models as files."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from hornet.core.checks import one_of, warn
from hornet.core.errors import CorruptFileError
from hornet.core.suggestions import explained
from hornet.core.types import FileLike
from hornet.core.undisturbed import undisturbed
from hornet.saving import legacy
from hornet.saving.archive import load_archive, load_folder, save_archive, save_folder, write_archive
from hornet.saving.protocols import Savable
from hornet.saving.reading import reading
from hornet.saving.streams import read_all, shown_path, target_of, write_to
from hornet.saving.weights import refuse_to_replace

if TYPE_CHECKING:
    from hornet.models.model import Model


@explained("save_model")
@undisturbed
def save_model(
    model: Savable,
    filepath: FileLike,
    overwrite: bool = True,
    zipped: bool | None = None,
    include_optimizer: bool = True,
    save_format: str | None = None,
) -> None:
    """Write a model to one file: how it is built, its weights, how it is trained, and the optimizer's state.

    The file's folder is made where there is none. Of a model that is not built yet there is only how to build it.

    Args:
        model: The model.
        filepath: `*.keras`, or `*.h5` for Keras's older layout. Keras opens both. Or a file that is open for bytes,
            such as an `io.BytesIO`, which gets a `.keras` archive once that is whole.
        overwrite: Whether a file that is there is replaced.
        zipped: `False` writes a folder of the archive's members instead, under any name; `load_model` reads it.
        include_optimizer: Whether to write how it is trained.
        save_format: Keras 2's word for the format, `"keras"` or `"h5"`; the name's suffix says it now. An open
            file has none.

    Raises:
        FileExistsError: If there is a file that is not to be replaced.
        NotImplementedError: If something in it cannot be described; the error says which `get_config` to write.
        OSError: If it cannot be written; a file that was there is as it was.
        ValueError: If the name has another suffix, or an argument is unknown.
    """
    path = target_of(filepath)
    if not isinstance(path, Path):
        _save_to(path, model, save_format, zipped, include_optimizer)
        return
    _check_format(save_format, path)
    refuse_to_replace(path, overwrite)
    path.parent.mkdir(parents=True, exist_ok=True)
    if zipped is False:
        save_folder(model, path, include_optimizer)
        return
    if path.suffix not in _SUFFIXES:
        raise ValueError(f"`filepath` must end in '.keras' or '.h5', not {path.name!r}. Add one of them.")
    save = save_archive if path.suffix == ".keras" else legacy.save_model
    save(model, path, include_optimizer)


def _save_to(
    file: IO[bytes], model: Savable, save_format: str | None, zipped: bool | None, include_optimizer: bool
) -> None:
    """Write a model to an open file."""
    if zipped is False:
        raise ValueError("An open file cannot be a folder. Pass the folder's name, or leave `zipped` out.")
    if one_of("save_format", save_format, (None, "keras", "h5", "hdf5")) in ("h5", "hdf5"):
        write_to(file, legacy.model_image(model, include_optimizer))
        return
    archive = io.BytesIO()  # the file may be one that cannot be sought in
    write_archive(model, archive, include_optimizer)
    write_to(file, [archive.getbuffer()])


_SUFFIXES = {".keras": "keras", ".h5": "h5", ".hdf5": "h5"}


def _check_format(save_format: str | None, path: Path) -> None:
    """Warn that a format needs no argument, and refuse one that is not the name's."""
    if save_format is None:
        return
    if _SUFFIXES.get(path.suffix) != {"hdf5": "h5"}.get(save_format, save_format):
        raise ValueError(
            f"`save_format={save_format!r}` is not the format of {path.name!r}. Leave it out, and let `filepath` end "
            "in '.keras' or '.h5'. A SavedModel needs TensorFlow; `model.export` writes ONNX and StableHLO."
        )
    warn(f"`save_format={save_format!r}` is not needed: the end of `filepath` says it. Leave it out.")


def load_model(
    filepath: FileLike,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Model:
    """Return the model that a file holds: Hornet's, Keras 3's (`.keras`, `.h5`) or Keras 2's (`.h5`).

    The file is not trusted: nothing in it is run, imported or looked up but in Hornet's own tables and among the
    objects that you pass or registered, no other file is opened, and no more memory is taken than its bytes justify.

    Args:
        filepath: The file, or one that is open for bytes, which is read to its end.
        custom_objects: Your own classes and functions by name; a `Lambda`'s function by the layer's name.
        compile: Whether to compile the model as it was; training goes on from the optimizer's state.
        safe_mode: Ignored; kept for compatibility with Keras. `False` enables nothing: code in a file is never run.

    Raises:
        CorruptFileError: If the file is damaged or no model's.
        FileNotFoundError: If there is none; it is a `ValueError` as well.
        MissingObjectError: If it needs a class or function of your own that was not passed; it says what passes it.
        UnsafeFileError: If it requires what loading does not do.

    Example:
        >>> import tempfile
        >>> from hornet import Sequential, layers
        >>> path = Path(tempfile.mkdtemp()) / "model.keras"
        >>> Sequential([layers.Dense(3, input_shape=(2,))]).save(path)
        >>> load_model(path).count_params()
        9
    """
    target = target_of(filepath)
    if isinstance(target, Path) and target.is_dir():
        return cast("Model", load_folder(target, custom_objects or {}, compile))
    path, data = shown_path(target), read_all(target)
    with reading(path, len(data)):
        if data[:2] == b"PK":
            return cast("Model", load_archive(path, data, custom_objects or {}, compile))
        if data[:4] == b"\x89HDF":
            return cast("Model", legacy.load_model(path, data, custom_objects or {}, compile))
    raise CorruptFileError(path, "", "it is neither a `.keras` archive nor an HDF5 file. Check its name.")
