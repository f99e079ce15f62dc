"""The metrics of each output of a model, and how arguments name outputs."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax

from hornet.core.errors import UnknownKeyError
from hornet.core.shapes import Shape, map_shapes
from hornet.core.suggestions import did_you_mean
from hornet.core.symbolic import SymbolicTensor, replace_tensors, tensors_in
from hornet.metrics import Metric

Structure = Any
"""The number of an output, or a list, tuple or dict of structures."""


@dataclass(frozen=True)
class Outputs:
    """What training knows of a model's outputs.

    Args:
        shapes: Shape of each by its name.
        structure: Their numbers in the structure in which the model returns them.
        log_names: What logs call each; `None` for one of several that only its place tells apart.
        activations: The function that each comes out of, or `None` where that is not known.
    """

    shapes: Mapping[str, Shape]
    structure: Structure
    log_names: Sequence[str | None]
    activations: Sequence[Any]

    @property
    def have_names(self) -> bool:
        """Whether logs call outputs by names, and not by their places alone."""
        return None not in self.log_names

    @classmethod
    def of(cls, model: Any) -> Outputs:
        """Return those of a built model, which are found out once, as it may take a trace."""
        shapes = model._named_output_shapes
        known = model._compiled and model._compiled.objective.of_model
        if known is not None and known.shapes is shapes:
            return known
        drawn = model._drawn_output
        tensors = tensors_in(drawn)
        numbers = itertools.count()
        if len(shapes) == 1 and not isinstance(model.output_shape, Mapping):
            structure = 0
        elif tensors:
            structure = replace_tensors(drawn, lambda _: next(numbers))
        else:
            structure = map_shapes(lambda _: next(numbers), model.output_shape)
        have_names = tensors or isinstance(model.output_shape, Mapping)
        activations = [_activation(tensor) for tensor in tensors] or [None] * len(shapes)
        return cls(shapes, structure, [name if have_names else None for name in shapes], activations)

    @classmethod
    def of_arrays(cls, arrays: Any) -> Outputs:
        """Return those that a structure of predictions stands for, which a model's own loss has made."""
        leaves, structure = jax.tree.flatten(arrays)
        shapes = {str(number): leaf.shape for number, leaf in enumerate(leaves)}
        return cls(shapes, structure.unflatten(range(len(leaves))), [None] * len(leaves), [None] * len(leaves))


def _activation(tensor: SymbolicTensor) -> Any:
    """Return the activation, or the layer that is one, which a tensor comes out of; `None` where there is none."""
    if tensor.node is None:
        return None
    made = tensor.node.results
    inner = tensors_in(getattr(tensor.node.operation, "output", None))
    if len(inner) == len(made) and inner[0] is not made[0]:  # a model inside, whose tensors are its own
        return _activation(next(one for one, other in zip(inner, made, strict=True) if other is tensor))
    return getattr(tensor.node.operation, "activation", tensor.node.operation)


@dataclass(frozen=True)
class OutputMetrics:
    """The metrics of one output of a compiled model, by the name that logs give them.

    Args:
        unweighted: Those that sample weights do not touch.
        weighted: Those that they weight.
    """

    unweighted: Mapping[str, Metric]
    weighted: Mapping[str, Metric]

    @property
    def all(self) -> dict[str, Metric]:
        """The metrics, those first that sample weights do not touch."""
        return {**self.unweighted, **self.weighted}


def is_config(given: Any) -> bool:
    """Return whether a dict describes one object, and not one thing an output."""
    return isinstance(given, Mapping) and "class_name" in given


def per_output(argument: str, given: Any, names: Sequence[str], shared: bool = False) -> list[Any]:
    """Return the value for each output, in the order of the outputs; `None` where there is none.

    Args:
        argument: Where it was given, for errors.
        given: One thing, or a list or a dict by name with one for each output.
        names: The outputs' names.
        shared: Whether one thing alone may serve several outputs.

    Raises:
        UnknownKeyError: If a name is not an output's.
        ValueError: If the number of entries is not that of the outputs.
    """
    if isinstance(given, Mapping) and not is_config(given):
        check_keys(argument, given, names)
        return [given.get(name) for name in names]
    if isinstance(given, list | tuple):
        check_number_of_entries(argument, given, names)
        return list(given)
    if given is None or shared or len(names) == 1:
        return [given] * len(names)
    raise ValueError(
        f"`{argument}` is a single one, but the model has {len(names)} outputs ({', '.join(map(repr, names))}). "
        "Pass a list or a dict by name with one for each."
    )


def labels_in_order(y: Any, outputs: Outputs, labelled: Collection[int]) -> Any:
    """Return labels so that `per_output` takes them: those of a nested structure of outputs as a list.

    Args:
        y: Labels as they were given to `fit`.
        outputs: The model's outputs.
        labelled: The numbers of the outputs that have a loss; labels may be given for these alone.
    """
    structure, count = outputs.structure, len(outputs.shapes)
    if count == 1 or y is None:
        return y
    parts = structure.values() if isinstance(structure, Mapping) else structure
    if not all(isinstance(part, int) for part in parts):
        return list(_along(y, structure))
    given = list(y) if _holds_arrays(y) else [y]
    if isinstance(y, Mapping) or not len(given) == len(labelled) < count:
        return y
    labels: list[Any] = [None] * count
    for number, part in zip(sorted(labelled), given, strict=True):
        labels[number] = part
    return labels


def have_own_structure(y: Any, rows: int, outputs: Outputs) -> bool:
    """Return whether labels are arrays of as many rows each, but not one for each output."""
    if isinstance(y, Mapping):
        return not set(y) <= set(outputs.shapes)
    parts = isinstance(y, list | tuple) and [getattr(part, "shape", (0,))[:1] for part in y]
    return bool(parts) and set(parts) == {(rows,)} and len(parts) not in (1, len(outputs.shapes))


def _along(y: Any, structure: Structure) -> Iterator[Any]:
    """Yield the labels of each output, from labels in the outputs' structure; `None` for those left out."""
    if isinstance(structure, int):
        yield y
    elif isinstance(structure, Mapping):
        for key in sorted(structure):
            yield from _along(None if y is None else y.get(key), structure[key])
    else:
        for index, part in enumerate(structure):
            yield from _along(None if y is None else y[index], part)


def _holds_arrays(y: Any) -> bool:
    return isinstance(y, list | tuple) and any(len(getattr(part, "shape", ())) > 0 for part in y)


def check_keys(argument: str, given: Mapping[Any, Any], names: Sequence[Any]) -> None:
    """Raise `UnknownKeyError` for an entry under a name that no output has."""
    for key in given:
        if key not in names:
            raise UnknownKeyError(
                f"`{argument}` has an entry {key!r}, but no output has that name. "
                f"The outputs are {', '.join(map(repr, names))}.{did_you_mean(key, names)}"
            )


def check_number_of_entries(argument: str, given: Sequence[Any], names: Sequence[Any]) -> None:
    """Raise `ValueError` unless there is one entry for each output."""
    if len(given) != len(names):
        raise ValueError(
            f"`{argument}` has {len(given)} entries, but the model has {len(names)} outputs "
            f"({', '.join(map(repr, names))}). Pass one for each, `None` for none."
        )


def metrics_per_output(argument: str, given: Any, names: Sequence[str]) -> list[list[Any]]:
    """Return the metrics of each output.

    A flat list of metrics is for every output, unless it has just one entry an output, as in Keras.

    Args:
        argument: Where they were given, for errors.
        given: One metric, a list, a list of lists, or a dict by the outputs' names.
        names: The outputs' names.
    """
    is_list = isinstance(given, list | tuple)
    nested = is_list and any(isinstance(entry, list | tuple) or entry is None for entry in given)
    one_each = is_list and len(given) == len(names) > 1
    if isinstance(given, Mapping) or nested or one_each:
        return [flat(entry) for entry in per_output(argument, given, names)]
    return [flat(given) for _ in names]


def flat(given: Any) -> list[Any]:
    """Return one object, a list, or nested lists and dicts of objects, as a flat list."""
    if given is None:
        return []
    if isinstance(given, Mapping) and not is_config(given):
        given = list(given.values())
    if isinstance(given, list | tuple):
        return [element for entry in given for element in flat(entry)]
    return [given]
