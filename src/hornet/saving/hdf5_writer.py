"""HDF5 files, written by h5py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

_MOST_ATTRIBUTE = 64_512  # bytes of an attribute in HDF5, less what Keras leaves free


def created(file: Any) -> Any:
    """Return a new HDF5 file, open for writing, to close by `with`.

    Args:
        file: Its path, or a binary file object.
    """
    import h5py  # which takes a tenth of a second, and only those who save need it

    return h5py.File(file, "w")


def write_array(group: Any, name: str, value: Any) -> None:
    """Write one array into an open group, bfloat16 as Keras does."""
    array = np.asarray(value)
    dataset = group.create_dataset(name, data=array)
    if array.dtype.name == "bfloat16":
        dataset.attrs["dtype"] = "bfloat16"


def write_text(group: Any, name: str, text: str) -> None:
    """Write a text of any length as an attribute."""
    group.attrs[name] = text


def write_texts(group: Any, name: str, texts: Sequence[str]) -> None:
    """Write texts as an attribute, in parts `name0`, `name1`, ... where they are more than one holds."""
    parts: list[list[bytes]] = [[]]
    for text in (one.encode() for one in texts):
        width = max([len(text), *map(len, parts[-1])])
        if parts[-1] and width * (len(parts[-1]) + 1) > _MOST_ATTRIBUTE:
            parts.append([])
        parts[-1].append(text)
    for number, part in enumerate(parts):
        group.attrs[f"{name}{number}" if len(parts) > 1 else name] = np.asarray(part) if part else np.zeros(0)
