"""Keras's `.keras` archives: a model's description, weights and vocabularies in one file."""

from __future__ import annotations

import io
import json
import struct
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from hornet.core.config import serialize
from hornet.core.errors import ANOTHER_COPY, CorruptFileError, UnsafeFileError
from hornet.core.files import atomic_write
from hornet.core.registry import snake_case
from hornet.layers.lookup import Lookup
from hornet.saving import hdf5, keras2
from hornet.saving.description import compile_from, model_from, parse, refused_descriptions
from hornet.saving.hdf5 import stored_elements
from hornet.saving.hdf5_writer import image
from hornet.saving.keras3 import read_state, write_state
from hornet.saving.layout import KERAS_VERSION, owners
from hornet.saving.protocols import Savable
from hornet.saving.training import as_json, described_training
from hornet.saving.transfer import Transfer
from hornet.saving.write_behind import WriteBehind, stretches

_WEIGHTS, _CONFIG, _METADATA = "model.weights.h5", "config.json", "metadata.json"
_VOCABULARY = "vocabulary.txt"
_LOOKUPS = {"StringLookup": str, "IntegerLookup": int}
_FREE = 4 * 2**20
_MOST_RATIO = 16


def save_archive(model: Savable, path: Path, include_optimizer: bool = True) -> None:
    """Write a model to a `.keras` archive that Keras opens as well.

    Args:
        model: A built model.
        path: The file.
        include_optimizer: Whether to say how it is trained, and the optimizer's state.
    """
    described = serialize(model)
    training = described_training(model) if include_optimizer else None
    described["compile_config"] = training or {}
    weights = image(lambda file: write_state(file, model, training is not None))
    metadata = {"keras_version": KERAS_VERSION, "date_saved": time.strftime("%Y-%m-%d@%H:%M:%S")}
    with (
        atomic_write(path) as new,
        open(new, "wb") as file,
        WriteBehind(file) as behind,
        zipfile.ZipFile(behind, "w", zipfile.ZIP_STORED) as archive,
    ):
        archive.writestr(_METADATA, json.dumps(metadata))
        archive.writestr(_CONFIG, as_json(described))
        with archive.open(_WEIGHTS, "w", force_zip64=True) as member:
            for piece in stretches(weights):
                member.write(piece)


def load_archive(path: Path, data: bytes, custom_objects: Mapping[str, Any], is_compiled: bool) -> Savable:
    """Return the model in a `.keras` archive, of Hornet's or Keras's.

    Args:
        path: The file.
        data: Its bytes.
        custom_objects: User-defined classes and functions by name.
        is_compiled: Whether to compile it as it was, and go on from the optimizer's state.
    """
    members = Members(path, data)
    described = parse(path, _CONFIG, members.read(_CONFIG))
    root = hdf5.read(path, members.read(_WEIGHTS), _WEIGHTS)
    if _METADATA in members.names() and _is_keras_2(parse(path, _METADATA, members.read(_METADATA))):
        described = keras2.as_keras_3(described, is_old=True)
    with refused_descriptions(path, _CONFIG):
        _describe_vocabularies(described, members, "assets")
    training = described.pop("compile_config", None)
    model = model_from(path, _CONFIG, described, custom_objects, stored_elements(root))
    if is_compiled and isinstance(training, Mapping) and training.get("optimizer"):
        compile_from(path, f"{_CONFIG}, compile_config", model, training, custom_objects)
    _read_vocabularies(model, members)
    transfer = Transfer(path, CorruptFileError)
    read_state(transfer, root, model)
    transfer.finish()
    return model


def _is_keras_2(metadata: Mapping[str, Any]) -> bool:
    return str(metadata.get("keras_version")).startswith("2.")


def weights_of(path: Path, data: bytes) -> hdf5.Group:
    """Return the file of weights in an archive."""
    return hdf5.read(path, Members(path, data).read(_WEIGHTS), _WEIGHTS)


class Members:
    """The members of an archive, each read by itself and never written to disk.

    Args:
        path: The file.
        data: Its bytes.

    Raises:
        CorruptFileError: If it is not an archive.
        UnsafeFileError: If members have the same name, names lead out of the archive, or one is encrypted or grows
            out of all proportion.
    """

    def __init__(self, path: Path, data: bytes) -> None:
        self._path = path
        self._data = data
        with _refused_archives(path, ""):
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            found = self._archive.infolist()
        self._members = {member.filename: member for member in found}
        if len(self._members) < len(found):
            raise UnsafeFileError(path, "", f"two of its members have the same name. {ANOTHER_COPY}")
        for member in found:
            _check_member(path, member)

    def names(self) -> list[str]:
        """Return the members' names."""
        return list(self._members)

    def read(self, name: str) -> bytes | memoryview:
        """Return a member's bytes.

        Raises:
            CorruptFileError: If there is none, or its checksum is wrong.
        """
        if name not in self._members:
            raise CorruptFileError(
                self._path, name, f"there is no such member, so it is not a model's archive. {ANOTHER_COPY}"
            )
        member = self._members[name]
        if member.compress_type == zipfile.ZIP_STORED:
            return self._view(member)
        with _refused_archives(self._path, name), self._archive.open(member) as file:
            data = file.read(member.file_size)
            if len(data) != member.file_size or file.read(1):
                raise CorruptFileError(self._path, name, f"it has not the size that it says. {ANOTHER_COPY}")
        return data

    def _view(self, member: zipfile.ZipInfo) -> memoryview:
        """Return the bytes of a member that is not compressed, where they are."""
        with _refused_archives(self._path, member.filename):
            self._archive.open(member).close()  # which checks the member's header
            name, extra = struct.unpack("<HH", self._data[member.header_offset + 26 : member.header_offset + 30])
            start = member.header_offset + 30 + name + extra
            view = memoryview(self._data)[start : start + member.file_size]
            if len(view) != member.file_size or zlib.crc32(view) != member.CRC:
                raise CorruptFileError(self._path, member.filename, f"its checksum is wrong. {ANOTHER_COPY}")
        return view


def _check_member(path: Path, member: zipfile.ZipInfo) -> None:
    name = member.filename
    parts = PurePosixPath(name).parts
    if (
        not parts
        or name.startswith("/")
        or "\\" in name
        or ":" in name
        or ".." in parts
        or "\0" in member.orig_filename
    ):
        raise UnsafeFileError(path, name, f"its name is a path traversal out of the archive. {ANOTHER_COPY}")
    if member.flag_bits & 0x41:
        raise UnsafeFileError(path, name, "it is encrypted. Decrypt the archive first.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnsafeFileError(path, name, "it is compressed by a rare method. Write the archive again without it.")
    if member.compress_type == zipfile.ZIP_STORED and member.file_size != member.compress_size:
        raise CorruptFileError(path, name, f"it has not the size that it says. {ANOTHER_COPY}")
    if member.file_size > max(_FREE, _MOST_RATIO * member.compress_size):
        raise UnsafeFileError(
            path, name, f"it grows to {member.file_size} bytes from {member.compress_size}. {ANOTHER_COPY}"
        )


_ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, struct.error,
    OverflowError, LookupError, MemoryError,
)  # fmt: skip
"""Errors of the zip library for damaged files."""


@contextmanager
def _refused_archives(path: Path, part: str) -> Generator[None, None, None]:
    """Turn what the zip library raises for damaged files into an error that names the file."""
    try:
        yield
    except (CorruptFileError, UnsafeFileError):
        raise
    except _ZIP_ERRORS as error:
        raise CorruptFileError(path, part, f"it is not a sound archive ({error}). {ANOTHER_COPY}") from error


def _describe_vocabularies(described: Mapping[str, Any], members: Members, path: str) -> None:
    """Put vocabularies that Keras keeps beside the weights into the descriptions of a model's layers.

    The layers behind are built for as many columns as the vocabulary makes, so it must be there from the beginning.
    """
    counts: Counter[str] = Counter()
    for layer in described["config"].get("layers", ()):
        kind, config = layer["class_name"], layer["config"]
        base = snake_case(kind)
        inner = f"{path}/layers/{base}_{counts[base]}" if counts[base] else f"{path}/layers/{base}"
        counts[base] += 1
        if "layers" in config:
            _describe_vocabularies(layer, members, inner)
        elif kind in _LOOKUPS and config.get("vocabulary") is None and f"{inner}/{_VOCABULARY}" in members.names():
            tokens = [_LOOKUPS[kind](line) for line in _lines(members, f"{inner}/{_VOCABULARY}")]
            config["vocabulary"] = tokens
            config["idf_weights"] = [1.0] * len(tokens) if config.get("output_mode") == "tf_idf" else None


def _read_vocabularies(model: Savable, members: Members) -> None:
    """Give vocabularies to the layers that a user-defined model holds in attributes."""
    for path, owner in owners(model):
        name = f"assets/{path}/{_VOCABULARY}"
        if isinstance(owner, Lookup) and owner.vocabulary is None and name in members.names():
            with refused_descriptions(members._path, name):
                owner.set_vocabulary_of_lines(_lines(members, name))


def _lines(members: Members, name: str) -> list[str]:
    return bytes(members.read(name)).decode().removesuffix("\n").split("\n")
