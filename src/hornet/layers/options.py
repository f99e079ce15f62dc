"""The arguments that every layer takes, for readers of signatures: type checkers, editors, `help`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from hornet.core.types import PolicyLike, RegularizerLike


class InputOptions(TypedDict, total=False):
    """Older spellings of the shape of one input, without the batch axis or, as `batch_...`, with it."""

    input_shape: Sequence[int | None] | int | None
    batch_input_shape: Sequence[int | None] | None


class ShapeOptions(InputOptions, total=False):
    """Spellings of the shape of one input, without the batch axis or, as `batch_...`, with it."""

    batch_shape: Sequence[int | None] | None


class OlderOptions(ShapeOptions, total=False):
    """The arguments of `Layer` beside those in its config."""

    input_dim: int | None
    autocast: bool | None


class PlainOptions(ShapeOptions, total=False):
    """What every layer takes, but for `input_dim` and `activity_regularizer`."""

    trainable: bool
    dtype: PolicyLike
    name: str | None
    autocast: bool | None


class OtherLayerOptions(PlainOptions, total=False):
    """What every layer takes, but for `activity_regularizer`."""

    input_dim: int | None


class LayerOptions(OtherLayerOptions, total=False):
    """What every layer takes."""

    activity_regularizer: RegularizerLike
