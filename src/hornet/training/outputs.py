"""The loss and the metrics of each output of a model, and how arguments name outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hornet.core.suggestions import did_you_mean
from hornet.metrics import Mean, Metric


@dataclass(frozen=True)
class OutputSpec:
    """One output of a compiled model.

    Args:
        name: The output's name.
        loss: Its loss, or `None`.
        loss_weight: Factor of the loss in the total, or `None`.
        metrics: Its metrics by the name that logs give them.
        weighted: The names of those that sample weights touch.
        tracker: The mean of its loss alone, where there are several.
    """

    name: str
    loss: Any
    loss_weight: float | None
    metrics: Mapping[str, Metric]
    weighted: frozenset[str]
    tracker: Mean | None = None

    @property
    def losses(self) -> dict[str, Metric]:
        """The mean of its loss, by the name that logs give it, where there is one."""
        return {} if self.tracker is None else {f"{self.name}_loss": self.tracker}


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
        ValueError: If a name is not an output's, or the number of entries is not that of the outputs.
    """
    if isinstance(given, Mapping) and not is_config(given):
        for name in given:
            if name not in names:
                raise ValueError(
                    f"`{argument}` has an entry {name!r}, but no output has that name. "
                    f"The outputs are {', '.join(map(repr, names))}.{did_you_mean(name, names)}"
                )
        return [given.get(name) for name in names]
    if isinstance(given, list | tuple):
        if len(given) != len(names):
            raise ValueError(
                f"`{argument}` has {len(given)} entries, but the model has {len(names)} outputs "
                f"({', '.join(map(repr, names))}). Pass one for each, `None` for none."
            )
        return list(given)
    if given is None or shared or len(names) == 1:
        return [given] * len(names)
    raise ValueError(
        f"`{argument}` is a single one, but the model has {len(names)} outputs ({', '.join(map(repr, names))}). "
        "Pass a list or a dict by name with one for each."
    )


def metrics_per_output(given: Any, names: Sequence[str]) -> list[list[Any]]:
    """Return the metrics of each output.

    A flat list of metrics is for every output, unless it has just one entry an output, as in Keras.

    Args:
        given: One metric, a list, a list of lists, or a dict by the outputs' names.
        names: The outputs' names.
    """
    is_list = isinstance(given, list | tuple)
    nested = is_list and any(isinstance(entry, list | tuple) or entry is None for entry in given)
    one_each = is_list and len(given) == len(names) > 1
    if isinstance(given, Mapping) or nested or one_each:
        return [flat(entry) for entry in per_output("metrics", given, names)]
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
