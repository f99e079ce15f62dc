"""Whole files of layers in a model's archive: vocabularies, and what `save_assets` of a user's layer writes."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hornet.core.budget import take_memory
from hornet.core.registry import snake_case
from hornet.layers.lookup import Lookup
from hornet.saving.description import refused_descriptions
from hornet.saving.layout import owners
from hornet.saving.members import Members
from hornet.saving.protocols import Savable

_ROOT = "assets"
_VOCABULARY = "vocabulary.txt"
_BYTES_OF_LINE = 100  # as a text, in lists and in a table
_LOOKUPS = {"StringLookup": str, "IntegerLookup": int, "TextVectorization": str}


def assets(model: Savable) -> Iterator[tuple[str, bytes]]:
    """Yield each file that `save_assets` of a user's layer writes: its name in the archive and its bytes."""
    for path, owner in owners(model):
        if hasattr(owner, "save_assets"):
            with tempfile.TemporaryDirectory() as folder:
                owner.save_assets(folder)
                for file in sorted(Path(folder).rglob("*")):
                    if file.is_file():
                        yield (
                            "/".join(filter(None, (_ROOT, path, file.relative_to(folder).as_posix()))),
                            file.read_bytes(),
                        )


def read_vocabularies(model: Savable, members: Members) -> None:
    """Give vocabularies to the layers that a user-defined model holds in attributes."""
    for path, owner in owners(model):
        name = f"{_ROOT}/{path}/{_VOCABULARY}"
        if isinstance(owner, Lookup) and owner.vocabulary is None and name in members.names():
            with refused_descriptions(members.path, name):
                owner.set_vocabulary_of_lines(_lines(members, name))


def read_assets(model: Savable, members: Members) -> None:
    """Give `load_assets` of each user's layer the files that its `save_assets` wrote."""
    for path, owner in owners(model):
        root = f"{_ROOT}/{path}/" if path else f"{_ROOT}/"
        loads: Any = getattr(owner, "load_assets", None)
        own = [each for each in members.names() if each.startswith(root) and not each.endswith("/")]
        if loads is not None and own:
            with tempfile.TemporaryDirectory() as folder:
                for each in own:
                    file = Path(folder) / each.removeprefix(root)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(members.read(each))
                loads(folder)


def describe_vocabularies(described: Mapping[str, Any], members: Members, path: str = _ROOT) -> None:
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
            describe_vocabularies(layer, members, inner)
        elif kind in _LOOKUPS and config.get("vocabulary") is None and f"{inner}/{_VOCABULARY}" in members.names():
            tokens = [_LOOKUPS[kind](line) for line in _lines(members, f"{inner}/{_VOCABULARY}")]
            config["vocabulary"] = tokens
            config["idf_weights"] = [1.0] * len(tokens) if config.get("output_mode") == "tf_idf" else None


def _lines(members: Members, name: str) -> list[str]:
    text = bytes(members.read(name)).decode()
    take_memory(_BYTES_OF_LINE * text.count("\n") + len(text), f"the vocabulary {name!r}")
    return text.removesuffix("\n").split("\n")
