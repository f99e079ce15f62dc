"""What the outcome of a study depends on beside what its store holds, by which the store knows it again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hornet.callbacks import CallbackList
from hornet.core.config import is_all_ours, structure_of
from hornet.core.errors import ArgumentError
from hornet.training.compiled import compiled_of
from hornet.training.digests import digest_of_structure
from hornet.tuning.candidates import MakesModels

_PLURAL = ("callbacks", "data", "epochs", "known", "settings")
_UNREADABLE = ("callbacks", "data", "model", "space")
"""Circumstances that are digests."""


def of_models(builder: MakesModels) -> str:
    """Return a digest of the model in the middle of a space; none where it cannot be built, or is of user's code.

    Args:
        builder: What makes models.
    """
    try:
        model = builder.build(0, builder.space.at([0.5] * len(builder.space.parameters)), 0).model
    except Exception:  # which candidates that are trained will raise as well
        return ""
    return _digest((structure_of(model), structure_of(compiled_of(model, "fit").arguments.as_dict())))


def of_callbacks(callbacks: Any) -> str:
    """Return a digest of callbacks; none where some are a user's own."""
    return _digest(structure_of(CallbackList(callbacks).callbacks))


def _digest(structure: Any) -> str:
    return digest_of_structure(structure) if is_all_ours(structure) else ""


def require_same(path: Path | None, differing: dict[str, Any], now: dict[str, Any]) -> None:
    """Refuse to go on with a study of other circumstances.

    Args:
        path: The study's file.
        differing: In what it differs, with what it was begun with.
        now: The circumstances as they are now.
    """
    for name, before in differing.items():
        other = "other" if name in _PLURAL else "another"
        shown = "" if name in _UNREADABLE else f" ({before}, and not {now[name]})"
        raise ValueError(
            f"The study in {str(path)!r} was begun with {other} {name}{shown}. Go on with what it had, or name another "
            "file."
        )


def file_of(storage: Any) -> Path | None:
    """Return the path of a study's file.

    Raises:
        ValueError: If it is a URL, or names no file.
    """
    if storage is None:
        return None
    if "://" in str(storage):
        raise ArgumentError(
            f"`storage` is a file, not a URL such as {str(storage)!r}. Pass 'search.study', for example."
        )
    path = Path(storage)
    if not path.name:
        raise ArgumentError(f"`storage` must name a file, not {str(storage)!r}. Pass 'search.study', for example.")
    return path


def known_points(given: Any) -> list[dict[str, Any]]:
    """Return the candidates that come first.

    Raises:
        TypeError: If they are no list of dicts.
    """
    if not isinstance(given, Sequence) or not all(hasattr(params, "keys") for params in given):
        raise ArgumentError(f"`known` must be a list of dicts of hyperparameters, not {given!r}. Pass [{{...}}].")
    return [dict(params) for params in given]
