"""What a model's layers know of the values in its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import jax
import numpy as np

from hornet.core.symbolic import Node, SymbolicTensor
from hornet.layers import (
    Concatenate,
    DateParts,
    Embedding,
    Flatten,
    Normalization,
    QuantileNormalization,
    Reshape,
    RobustNormalization,
    StringLookup,
    TextNumbers,
)
from hornet.models.walks import sorted_nodes

_MOST_WORDS, _LONGEST = 20, 40
"""Up to so many categories are listed, and so many characters of each."""

Facts: TypeAlias = Mapping[str, Any]
"""What is known of a column, by the names of the attributes of `Column`."""
_Place: TypeAlias = tuple[int, int] | None
"""The number of an input and of a feature in it; `None` for what is computed."""


def facts_of(model: Any, inputs: Sequence[SymbolicTensor]) -> dict[tuple[int, int], Facts]:
    """Return what the first layers that read each feature know of it, by the number of the input and of the feature.

    Args:
        model: A model whose calls are known.
        inputs: The symbolic tensors of its inputs.
    """
    places: dict[int, list[_Place]] = {
        id(tensor): [(number, feature) for feature in range(_width(tensor))] for number, tensor in enumerate(inputs)
    }
    found: dict[tuple[int, int], Facts] = {}
    for node in sorted_nodes(list(inputs), jax.tree.leaves(model.output), model.name):
        read = [place for tensor in node.inputs for place in places.get(id(tensor), [None] * _width(tensor))]
        moved = _moved(node, read)
        if moved is not None:
            places[id(node.results[0])] = moved
            continue
        known = _READERS.get(type(node.operation))
        for place, fact in zip(read, known(node.operation) if known else (), strict=False):
            if place is not None:
                found.setdefault(place, fact)
    return found


def _width(tensor: SymbolicTensor) -> int:
    """Return how many features the last axis of a tensor has."""
    return (tensor.shape[-1] or 0) if len(tensor.shape) > 1 else 1


def _moved(node: Node, read: list[_Place]) -> list[_Place] | None:
    """Return where each feature comes from that a call only moves; `None` of a call that computes."""
    if isinstance(node.operation, Concatenate | Reshape | Flatten):
        return read
    if getattr(node.operation, "__name__", "") == "take" and np.ndim(node.args[1]) == 1:
        return [read[int(index)] for index in node.args[1]]
    return None


def _of_quantiles(layer: QuantileNormalization) -> list[Facts]:
    return [
        {
            "takes_gaps": True,
            "about": f"{_short(values[0])} to {_short(values[-1])} in training",
            "example": _rounded(values[len(values) // 2]),
        }
        for values in (layer.statistics or {}).get("quantiles", ())
    ]


def _of_quartiles(layer: RobustNormalization) -> list[Facts]:
    known = layer.statistics or {"center": (), "scale": (), "alone": ()}
    return [
        {
            "takes_gaps": True,
            "about": f"{_short(center)} or {_short(center + scale)} in training"
            if alone
            else f"median {_short(center)} in training; the middle half of the values spans {_short(scale)}",
            "example": _rounded(center),
        }
        for center, scale, alone in zip(*(known[name] for name in ("center", "scale", "alone")), strict=True)
    ]


def _of_deviations(layer: Normalization) -> list[Facts]:
    if layer.mean is None or layer.variance is None:
        return []
    mean, deviation = np.ravel(np.asarray(layer.mean)), np.sqrt(np.ravel(np.asarray(layer.variance)))
    return [
        {"about": f"mean {_short(center)} in training, standard deviation {_short(width)}", "example": _rounded(center)}
        for center, width in zip(mean.tolist(), deviation.tolist(), strict=True)
    ]


def _of_categories(layer: StringLookup) -> list[Facts]:
    words = [str(word) for word in layer.get_vocabulary(include_special_tokens=False)]
    more = f" and {len(words) - _MOST_WORDS} more" if len(words) > _MOST_WORDS else ""
    listed = ", ".join(repr(word if len(word) <= _LONGEST else f"{word[:_LONGEST]}…") for word in words[:_MOST_WORDS])
    return [{"about": f"{listed}{more}; any other is one that the model does not know", "example": (words or [""])[0]}]


def _of_dates(layer: DateParts) -> list[Facts]:
    return [{"kind": "date", "about": "a date, as 2024-05-17", "example": "2024-05-17"}]


def _of_written_numbers(layer: TextNumbers) -> list[Facts]:
    return [{"kind": "written number", "about": "a number, or a text such as 1,234 or 12%", "example": "1"}]


def _of_integers(layer: Embedding) -> list[Facts]:
    return [{"below": int(layer.input_dim), "about": f"0 to {layer.input_dim - 1}", "example": 0}]


_READERS: Mapping[type, Callable[[Any], list[Facts]]] = {
    QuantileNormalization: _of_quantiles,
    RobustNormalization: _of_quartiles,
    Normalization: _of_deviations,
    StringLookup: _of_categories,
    DateParts: _of_dates,
    TextNumbers: _of_written_numbers,
    Embedding: _of_integers,
}


def _short(value: float) -> str:
    return f"{value:.6g}"


def _rounded(value: float) -> float:
    return float(_short(value))
