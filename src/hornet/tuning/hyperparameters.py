"""KerasTuner's `hp`: a search space that a model-building function defines while it runs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from hornet.core.errors import UnknownKeyError
from hornet.core.suggestions import did_you_mean
from hornet.tuning.domains import is_same
from hornet.tuning.space import Choice, Condition, Domain, Fixed, Float, Int, Parameter, Space

Draw = Callable[[str, Domain], Any]
"""Says what a hyperparameter is that nobody has given a value."""

_SAMPLINGS = ("linear", "log", "reverse_log")


@dataclass(frozen=True)
class _Entry:
    """A hyperparameter and the value that it has where none is given."""

    parameter: Parameter
    default: Any


class HyperParameters:
    """What a model-building function asks for its hyperparameters; KerasTuner's class of this name.

    Each call returns the value that the candidate has, and remembers what it might have been. A name that was asked
    for before, under the same conditions, keeps its first domain, so whoever asks first can pin a value.

    >>> def build_model(hp):
    ...     units = hp.Int("units", 32, 512, step=32)
    ...     rate = hp.Float("rate", 1e-4, 1e-2, sampling="log")
    >>> hp = HyperParameters()
    >>> build_model(hp)
    >>> hp.values
    {'units': 32, 'rate': 0.0001}
    >>> hp.space["units"]
    Int(low=32, high=512, step=32, log=False, reverse=False)

    Args:
        values: The candidate: the value of each hyperparameter, by its name.
        draw: What gives a value to a name that is not in `values`; by default each has its own default.
    """

    def __init__(self, values: Mapping[str, Any] | None = None, draw: Draw | None = None) -> None:
        self.values: dict[str, Any] = dict(values or {})
        """The value of each hyperparameter that exists in the candidate."""
        self.used: dict[str, Any] = {}
        """Those of them that somebody asked for."""
        self.scopes: list[tuple[Condition, ...]] = []
        """The conditions of each scope that was entered, whether they held or not."""
        self._draw = draw
        self._entries: list[_Entry] = []
        self._names: list[str] = []
        self._conditions: tuple[Condition, ...] = ()

    @property
    def space(self) -> Space:
        """All that was asked for, with the conditions under which it was."""
        return Space(entry.parameter for entry in self._entries)

    @property
    def defaults(self) -> dict[str, Any]:
        """The value that each name has where none is given."""
        return {entry.parameter.name: entry.default for entry in reversed(self._entries)}

    # --- asking ---------------------------------------------------------------------------------------------------

    def Int(  # noqa: N802  (KerasTuner's name)
        self,
        name: str,
        min_value: int,
        max_value: int,
        step: int | None = None,
        sampling: str | None = "linear",
        default: int | None = None,
        parent_name: str | None = None,
        parent_values: Any = None,
    ) -> Any:
        """Return a whole number from `min_value` to `max_value`, both included.

        Args:
            name: Its name.
            min_value: The least.
            max_value: The greatest.
            step: The distance of neighbours; unless `sampling="linear"` the factor between them.
            sampling: `"linear"`, `"log"` (small ones are as likely as large ones) or `"reverse_log"`.
            default: Its value where none is given; by default `min_value`.
            parent_name: A hyperparameter that decides whether this one exists.
            parent_values: The values with which it does.

        Raises:
            ValueError: If these are no range.
        """
        domain = Int(min_value, max_value, step, *self._scale(name, sampling))
        default = domain.low if default is None else int(default)
        return self._asked(name, domain, default, parent_name, parent_values)

    def Float(  # noqa: N802
        self,
        name: str,
        min_value: float,
        max_value: float,
        step: float | None = None,
        sampling: str | None = "linear",
        default: float | None = None,
        parent_name: str | None = None,
        parent_values: Any = None,
    ) -> Any:
        """Return a number from `min_value` to `max_value`, both included; arguments as those of `Int`."""
        domain = Float(min_value, max_value, step, *self._scale(name, sampling))
        default = domain.low if default is None else float(default)
        return self._asked(name, domain, default, parent_name, parent_values)

    def Choice(  # noqa: N802
        self,
        name: str,
        values: Iterable[Any],
        ordered: bool | None = None,
        default: Any = None,
        parent_name: str | None = None,
        parent_values: Any = None,
    ) -> Any:
        """Return one of some values, which may be anything.

        Args:
            name: Its name.
            values: What to choose from.
            ordered: Whether neighbours are alike; by default they are if all are numbers.
            default: Its value where none is given; by default `None` if that is among them, else the first.
            parent_name: A hyperparameter that decides whether this one exists.
            parent_values: The values with which it does.

        Raises:
            ValueError: If there are no values, the default is none of them, or words are to be ordered.
        """
        domain = Choice(tuple(values))
        numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in domain.values)
        if ordered and not numeric:
            raise ValueError(f"The values of {name!r} are not all numbers, so they have no order. Leave `ordered` out.")
        domain = Choice(domain.values, ordered=numeric if ordered is None else ordered)
        has_default = any(is_same(default, value) for value in domain.values)
        if default is not None and not has_default:
            raise ValueError(f"The default of {name!r} is {default!r}, which is none of {list(domain.values)}.")
        default = domain.values[domain.encode(default)] if has_default else domain.values[0]
        return self._asked(name, domain, default, parent_name, parent_values)

    def Boolean(  # noqa: N802
        self, name: str, default: bool = False, parent_name: str | None = None, parent_values: Any = None
    ) -> Any:
        """Return `True` or `False`.

        Raises:
            ValueError: If the default is neither.
        """
        if default not in (True, False):
            raise ValueError(f"The default of {name!r} is {default!r}, which is neither True nor False.")
        return self._asked(name, Choice((False, True)), bool(default), parent_name, parent_values)

    def Fixed(  # noqa: N802
        self, name: str, value: Any, parent_name: str | None = None, parent_values: Any = None
    ) -> Any:
        """Return a value that is not searched."""
        return self._asked(name, Fixed(value), value, parent_name, parent_values)

    def get(self, name: str) -> Any:
        """Return the value of a hyperparameter that was asked for before.

        Raises:
            ValueError: If it does not exist in this candidate.
            KeyError: If nobody asked for it.
        """
        name = self._full(name)
        if name in self.values:
            return self.values[name]
        known = {entry.parameter.name for entry in self._entries}
        if name in known:
            raise ValueError(f"The hyperparameter {name!r} does not exist in this candidate: its conditions fail.")
        raise UnknownKeyError(f"There is no hyperparameter {name!r}.{did_you_mean(name, known)}")

    __getitem__ = get

    def __contains__(self, name: str) -> bool:
        return self._full(name) in self.values

    def is_active(self, name: str) -> bool:
        """Return whether the conditions of a hyperparameter hold in this candidate."""
        return any(entry.parameter.name == name and entry.parameter.is_active(self.values) for entry in self._entries)

    # --- scopes ---------------------------------------------------------------------------------------------------

    @contextmanager
    def name_scope(self, name: str) -> Generator[None]:
        """Put a name and a slash before all names in the block."""
        self._names.append(name)
        try:
            yield
        finally:
            self._names.pop()

    @contextmanager
    def conditional_scope(self, parent_name: str, parent_values: Any) -> Generator[None]:
        """Let what is asked for in the block exist only with some values of another hyperparameter.

        The block runs in any case; what does not exist is `None` there.

        Args:
            parent_name: The other's name.
            parent_values: One value or a list of them.

        Raises:
            ValueError: If nobody asked for the other.
        """
        name = self._full(parent_name)
        known = {entry.parameter.name for entry in self._entries}
        if name not in known:
            raise ValueError(
                f"There is no hyperparameter {name!r} to depend on.{did_you_mean(name, known)} "
                "Ask for it before the scope begins."
            )
        several = isinstance(parent_values, list | tuple | set | range)
        before = self._conditions
        self._conditions = (*before, (name, tuple(parent_values) if several else (parent_values,)))
        self.scopes.append(self._conditions)
        try:
            yield
        finally:
            self._conditions = before

    # --- as a whole -----------------------------------------------------------------------------------------------

    def merge(self, other: HyperParameters) -> None:
        """Take over what another has been asked for, and this one not."""
        for entry in other._entries:
            if self._known(entry.parameter) is None:
                self._entries.append(entry)

    def copy(self) -> HyperParameters:
        """Return another with the same space and values."""
        other = HyperParameters(self.values, self._draw)
        other.merge(self)
        return other

    def get_config(self) -> dict[str, Any]:
        """Return space and values in KerasTuner's format."""
        return {"space": [_config_of(entry) for entry in self._entries], "values": dict(self.values)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> HyperParameters:
        """Return what `get_config`, ours or KerasTuner's, has described.

        Raises:
            ValueError: If it names a kind of hyperparameter that does not exist.
        """
        hp = cls(config["values"])
        for described in config["space"]:
            kind = described["class_name"]
            if kind not in ("Boolean", "Choice", "Fixed", "Float", "Int"):
                raise ValueError(f"There is no kind of hyperparameter named {kind!r}.")
            arguments = dict(described["config"])
            parents = [condition["config"] for condition in arguments.pop("conditions")]
            hp._conditions = tuple((parent["name"], tuple(parent["values"])) for parent in parents)
            getattr(hp, kind)(**arguments)
        hp._conditions, hp.used, hp.values = (), {}, dict(config["values"])
        return hp

    def _asked(self, name: str, domain: Domain, default: Any, parent_name: str | None, parent_values: Any) -> Any:
        with nullcontext() if parent_name is None else self.conditional_scope(parent_name, parent_values):
            parameter = Parameter(self._full(name), domain, self._conditions)
        entry = self._known(parameter)
        if entry is None:
            entry = _Entry(parameter, default)
            self._check(parameter)
            self._entries.append(entry)
        if not parameter.is_active(self.values):
            return None
        if parameter.name not in self.values:
            draws = self._draw is not None and not isinstance(entry.parameter.domain, Fixed)
            self.values[parameter.name] = (
                self._draw(parameter.name, entry.parameter.domain) if draws and self._draw else entry.default
            )
        self.used[parameter.name] = self.values[parameter.name]
        return self.values[parameter.name]

    def _known(self, parameter: Parameter) -> _Entry | None:
        wanted = parameter.name, parameter.conditions
        same = (entry for entry in self._entries if (entry.parameter.name, entry.parameter.conditions) == wanted)
        return next(same, None)

    def _check(self, parameter: Parameter) -> None:
        if any(parameter.name == parent for parent, _ in parameter.conditions):
            raise ValueError(f"{parameter.name!r} cannot depend on itself. Give it another name than its parent's.")

    def _full(self, name: str) -> str:
        return "/".join([*self._names, str(name)])

    def _scale(self, name: str, sampling: str | None) -> tuple[bool, bool]:
        """Return whether a range is logarithmic, and whether it is turned around."""
        sampling = "linear" if sampling is None else str(sampling).lower()
        if sampling not in _SAMPLINGS:
            raise ValueError(
                f"There is no sampling {sampling!r}, which {name!r} asks for.{did_you_mean(sampling, _SAMPLINGS)} "
                f"Use one of: {', '.join(_SAMPLINGS)}."
            )
        return sampling != "linear", sampling == "reverse_log"


def _config_of(entry: _Entry) -> dict[str, Any]:
    """Return what KerasTuner's `get_config` says of a hyperparameter."""
    domain = entry.parameter.domain
    conditions = [
        {"class_name": "Parent", "config": {"name": name, "values": list(values)}}
        for name, values in entry.parameter.conditions
    ]
    config: dict[str, Any] = {"name": entry.parameter.name, "default": entry.default, "conditions": conditions}
    kind = type(domain).__name__
    if isinstance(domain, Int | Float):
        sampling = _SAMPLINGS[domain.log + domain.reverse]
        config |= {"min_value": domain.low, "max_value": domain.high, "step": domain.step, "sampling": sampling}
    elif isinstance(domain, Choice):
        if domain.values == (False, True) and isinstance(domain.values[0], bool):
            kind = "Boolean"
        else:
            config |= {"values": list(domain.values), "ordered": domain.ordered}
    elif isinstance(domain, Fixed):
        del config["default"]
        config["value"] = domain.value
    return {"class_name": kind, "config": config}
