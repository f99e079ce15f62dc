"""The losses of a compiled model: what outputs each compares, and the name that logs give it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from hornet.activations import sigmoid, softmax
from hornet.core.checks import number, warn
from hornet.core.config import is_ours
from hornet.core.shapes import Shape
from hornet.layers.activation import Softmax
from hornet.losses.classification import CategoricalCrossentropy, SparseCategoricalCrossentropy
from hornet.losses.focal import CategoricalFocalCrossentropy
from hornet.losses.loss import Loss
from hornet.losses.resolve import resolve
from hornet.training.outputs import Outputs, Structure, check_keys, check_number_of_entries, is_config

_OF_CLASSES = (CategoricalCrossentropy, SparseCategoricalCrossentropy, CategoricalFocalCrossentropy)


@dataclass(frozen=True)
class LossTerm:
    """One of the terms that the total loss is the sum of.

    Args:
        path: Keys that lead to the outputs it compares; empty for all.
        outputs: The numbers of these outputs; several for a loss that takes a structure of labels and predictions.
        loss: The loss.
        weight: Its factor in the total, or `None`.
        name: What logs call it.
    """

    path: tuple[Any, ...]
    outputs: tuple[int, ...]
    loss: Loss
    weight: float | None
    name: str

    def value(self, labels: Sequence[Any], output: Any, weights: Sequence[Any] | None) -> tuple[Any, Any]:
        """Return the loss of a batch, and what it was divided by, `None` for the rows; part of a program.

        Args:
            labels: Labels of each output.
            output: The model's output.
            weights: Sample weights of each output.
        """
        y_true = jax.tree.unflatten(jax.tree.structure(output), labels)
        weight = None if weights is None else weights[self.outputs[0]]
        y_true, y_pred = _follow(y_true, self.path), _follow(output, self.path)
        if weight is not None and weight.ndim == getattr(y_pred, "ndim", 0) > 1:
            y_true, y_pred = y_true[..., None], y_pred[..., None]  # so that each label has a value to weight
        return self.loss(y_true, y_pred, sample_weight=weight), self.loss._divisor(y_true, y_pred, weight)


@dataclass(frozen=True)
class _Place:
    """A loss as `compile` got it, and where it stands."""

    path: tuple[Any, ...]
    part: Structure
    loss: Any
    weight: Any


def outputs_with_losses(loss: Any, outputs: Outputs) -> dict[int, Any]:
    """Return the outputs that a loss takes alone, by their numbers, each with what `compile` got for it."""
    return {place.part: place.loss for place in _places(loss, None, outputs) if isinstance(place.part, int)}


def loss_terms(loss: Any, weights: Any, outputs: Outputs, labels: Sequence[Any]) -> list[LossTerm]:
    """Return the terms of the total loss.

    Args:
        loss: What `compile` got: one loss for every output; one for each in a list or a dict by name; a list of losses
            in the place of one; or losses for parts of a structure of outputs, and for the whole of it.
        weights: A factor for each, or one for all.
        outputs: The model's outputs.
        labels: Labels of each output, `None` for none.

    Raises:
        UnknownKeyError: If an entry is for an output that does not exist.
        ValueError: If the number of losses is not that of the outputs.
    """
    shapes = list(outputs.shapes.values())
    terms: list[LossTerm] = []
    for place in _places(loss, weights, outputs):
        numbers = tuple(_numbers(place.part))
        y, shape = labels[numbers[0]], shapes[numbers[0]]
        resolved = resolve(place.loss, shape if y is None else y.shape, shape)
        assert resolved is not None
        if len(numbers) == 1:
            resolved = _fitting(resolved, outputs.activations[numbers[0]], shape)
        factor = _only(place.weight)
        if isinstance(factor, list | tuple):
            check_number_of_entries("loss_weights", factor, list(outputs.shapes))
        factor = None if factor is None else number("loss_weights", factor)
        terms.append(
            LossTerm(place.path, numbers, resolved, factor, f"{_log_name(place, resolved.name, outputs)}_loss")
        )
    return terms


def total_loss(
    terms: Sequence[LossTerm], labels: Sequence[Any] | None, output: Any, weights: Sequence[Any] | None
) -> tuple[Any, list[tuple[Any, Any]]]:
    """Return a batch's total loss, and each of its terms with what it was divided by, `None` for the rows."""
    total = jnp.zeros((), jax.tree.leaves(output)[0].dtype)
    parts = [] if labels is None else [term.value(labels, output, weights) for term in terms]
    for term, (part, _) in zip(terms, parts, strict=False):
        total += part if term.weight is None else part * term.weight
    return total, parts


def _fitting(loss: Loss, activation: Any, shape: Shape) -> Loss:
    """Return a loss that reads an output as its activation makes it; warn where the two do not go together."""
    is_softmax = activation is softmax or isinstance(activation, Softmax)
    if is_softmax and shape[-1] == 1:
        warn(
            "A softmax over one unit is always 1, so that the model learns nothing. Use a sigmoid for two classes, or "
            "one unit a class."
        )
    if not getattr(loss, "from_logits", False) or not is_ours(type(loss)):
        return loss
    of_classes = isinstance(loss, _OF_CLASSES)
    if not (is_softmax if of_classes else activation is sigmoid):
        return loss
    warn(
        f"`{loss.name}` has `from_logits=True`, but the output of a {'softmax' if of_classes else 'sigmoid'} holds "
        "probabilities. They are taken as such; leave out one of the two."
    )
    of_probabilities: Any = copy(loss)
    of_probabilities.from_logits = False
    return of_probabilities


def _places(loss: Any, weights: Any, outputs: Outputs) -> list[_Place]:
    structure, names = outputs.structure, list(outputs.shapes)
    if not isinstance(structure, int):
        if not _is_several(loss):
            loss = [loss] * len(names)  # one loss serves every output, and not their structure
        elif isinstance(loss, list | tuple) and not any(map(_is_several, loss)):
            check_number_of_entries("loss", loss, names)
    if not isinstance(structure, Mapping):
        loss, weights = (_by_place(kind, given, names) for kind, given in (("loss", loss), ("loss_weights", weights)))
    return list(_walk(loss, weights, structure, ()))


def _by_place(argument: str, given: Any, names: Sequence[str]) -> Any:
    """Return what is given by the names of outputs as a list in their order."""
    if not isinstance(given, Mapping) or is_config(given):
        return given
    check_keys(argument, given, names)
    return [given.get(name) for name in names]


def _walk(loss: Any, weight: Any, part: Structure, path: tuple[Any, ...]) -> Iterator[_Place]:
    if loss is None:
        return
    if not _is_several(loss):
        yield _Place(path, part, loss, weight)
    elif isinstance(loss, Mapping):
        check_keys("loss", loss, list(part) if isinstance(part, Mapping) else [])
        for key in loss:
            yield from _walk(loss[key], _entry(weight, key), part[key], (*path, key))
    elif not any(map(_is_several, loss)) and len(loss) == len(leaves := list(_leaves(part, path))):
        for index, (place, leaf) in enumerate(leaves):
            yield from _walk(loss[index], _entry(weight, index), leaf, place)
    elif type(loss) is not type(part):  # several losses of the same outputs
        for index, inner in enumerate(loss):
            yield from _walk(inner, _entry(weight, index), part, path)
    elif len(loss) != len(part):
        raise ValueError(f"`loss` has {len(loss)} entries for {len(part)} outputs. Pass one for each, `None` for none.")
    else:
        for index, inner in enumerate(loss):
            yield from _walk(inner, _entry(weight, index), part[index], (*path, index))


def _entry(weights: Any, key: Any) -> Any:
    """Return the weight under a key; one weight alone is for all."""
    if isinstance(weights, Mapping):
        return weights.get(key)
    return weights[key] if isinstance(weights, list | tuple) else weights


def _only(weight: Any) -> Any:
    """Return a weight that may be alone in a list."""
    return weight[0] if isinstance(weight, list | tuple) and len(weight) == 1 else weight


def _is_several(given: Any) -> bool:
    return isinstance(given, list | tuple) or (isinstance(given, Mapping) and not is_config(given))


def _leaves(part: Structure, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], int]]:
    """Yield the way to each output of a structure, and its number, in the order of their numbers."""
    if isinstance(part, int):
        yield path, part
        return
    for key in sorted(part) if isinstance(part, Mapping) else range(len(part)):
        yield from _leaves(part[key], (*path, key))


def _numbers(part: Structure) -> Iterator[int]:
    return (number for _, number in _leaves(part, ()))


def _follow(structure: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        structure = structure[key]
    return structure


def _log_name(place: _Place, loss: str, outputs: Outputs) -> str:
    """Return Keras's name of a term: the way to its outputs, at whose end stands a name instead of a number."""
    path = [str(key) for key in place.path]
    if not isinstance(place.part, int):
        return "/".join(path) or "_".join(list(outputs.shapes)[number] for number in _numbers(place.part))
    if not path or isinstance(place.path[-1], int):
        path[-1:] = [outputs.log_names[place.part] or loss]
    return "/".join(path)
