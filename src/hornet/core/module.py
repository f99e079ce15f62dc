"""Trees of objects, and the one door between them and pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar, cast

from hornet.core.checks import warn
from hornet.core.config import Configurable
from hornet.core.frame import Frame, current_frame
from hornet.core.total import Total
from hornet.core.undisturbed import undisturbed
from hornet.core.variable import Box, Number, Variable

Output = TypeVar("Output", covariant=True)
Found = TypeVar("Found", bound="Module")
BoxKind = TypeVar("BoxKind", bound=Box)
Held = TypeVar("Held")


class Module(Configurable):
    """An object that holds variables and hyperparameters, directly or in objects that it holds."""

    _is_metric = False
    """Whether its variables are totals of an epoch rather than weights."""

    _is_seed = False
    """Whether its variables say how often was drawn rather than being weights."""

    _is_kept = False
    """Whether its variables are what a layer goes on from in its next call, in inference too, rather than weights."""

    _is_optimizer = False
    """Whether its variables are the state of a loop of the user's rather than being weights."""

    _not_in_files: ClassVar[frozenset[str]] = frozenset()
    """Attributes that a class keeps for itself, so that files know nothing of them; each class names its own."""

    def _attributes_in_files(self) -> dict[str, Any]:
        """Return the attributes that files know, in the order of their assignment."""
        own = frozenset[str]().union(*(vars(cls).get("_not_in_files", ()) for cls in type(self).__mro__))
        return {name: value for name, value in vars(self).items() if name not in own}

    def _parts_in_files(self) -> list[tuple[str, Any]]:
        """Return what this object holds, by the names and in the order of Keras's files: private ones last."""
        return in_file_order(self._attributes_in_files())

    def _children(self) -> Iterable[tuple[str, Any]]:
        """Return what this object holds, by its name in a path; attributes in the order of their assignment."""
        return vars(self).items()

    @property
    def variables(self) -> list[Variable]:
        """Every variable below this object: its own trainable ones first, then its own others, then its parts'."""
        return list(boxes(self, Variable).values())

    @property
    def trainable_variables(self) -> list[Variable]:
        """The variables that a gradient is taken of."""
        return list(partition(self).trained.values())

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The variables that a gradient is not taken of."""
        return list(partition(self).not_trained.values())


@dataclass(frozen=True)
class Parts:
    """The boxes below an object by what they are for, each dict by path and in the order of the walk.

    Args:
        boxes: All of them.
        trained: The variables that a gradient is taken of.
        not_trained: The other variables: moving statistics, frozen weights, totals of metrics.
        metrics: Of these the totals of metrics, which are not weights.
        seeds: Of these the states of seeds, which are not weights either.
        counts: Of these the counts of optimizers that a user's class holds, which are no part of the model.
        kept: Of these what layers go on from in their next call, which inference changes too.
        hyperparameters: Numbers that reach programs as arguments, and tables.
    """

    boxes: dict[str, Box]
    trained: dict[str, Variable]
    not_trained: dict[str, Variable]
    metrics: dict[str, Variable]
    seeds: dict[str, Variable]
    counts: dict[str, Variable]
    kept: dict[str, Variable]
    hyperparameters: dict[str, Number]

    @property
    def variables(self) -> dict[str, Variable]:
        """All variables."""
        return {path: box for path, box in self.boxes.items() if isinstance(box, Variable)}

    @property
    def beside(self) -> set[str]:
        """The paths of variables that Keras does not list among a model's: totals of metrics and optimizers' counts."""
        return self.metrics.keys() | self.counts.keys()

    @property
    def weights(self) -> dict[str, Variable]:
        """All variables but those that are listed elsewhere, and the states of seeds and of recurrent layers."""
        left_out = self.beside | self.seeds.keys() | self.kept.keys()
        return {path: variable for path, variable in self.variables.items() if path not in left_out}


def partition(root: Any) -> Parts:
    """Return the boxes below an object by what they are for: the one definition of what is trained.

    A gradient is taken of a variable that was made to be trained, whose layer is not frozen, where the root is not
    frozen as a whole.

    Args:
        root: A module, or a list, tuple or dict of them.
    """
    held = boxes(root, Box)
    modules = find([root], Module)
    totals = _ids_in(part for part in modules if part._is_metric)  # pyright: ignore[reportPrivateUsage]
    seeds = _ids_in(part for part in modules if part._is_seed)  # pyright: ignore[reportPrivateUsage]
    counts = _ids_in(part for part in modules if part._is_optimizer)  # pyright: ignore[reportPrivateUsage]
    kept = _ids_in(part for part in modules if part._is_kept)  # pyright: ignore[reportPrivateUsage]
    is_frozen = not getattr(root, "trainable", True)
    parts = Parts(held, {}, {}, {}, {}, {}, {}, {})
    for path, box in held.items():
        if isinstance(box, Number):
            parts.hyperparameters[path] = box
        elif isinstance(box, Variable):
            (parts.trained if box.trainable and not is_frozen else parts.not_trained)[path] = box
            if id(box) in totals:
                parts.metrics[path] = box
            elif id(box) in seeds:
                parts.seeds[path] = box
            elif id(box) in counts:
                parts.counts[path] = box
            elif id(box) in kept:
                parts.kept[path] = box
    return parts


def _ids_in(modules: Iterable[Module]) -> set[int]:
    return {id(variable) for module in modules for variable in boxes(module, Variable).values()}


def boxes(root: Any, kind: type[BoxKind]) -> dict[str, BoxKind]:
    """Return every box of a kind below `root` by its path; a shared one once, under its first path.

    Args:
        root: A module, or a list, tuple or dict of them.
        kind: `Variable` or `Number`.

    Example:
        >>> class Scale(Module):
        ...     def __init__(self):
        ...         self.factor = Variable(2.0)
        >>> boxes({"left": Scale(), "right": Scale()}, Variable).keys()
        dict_keys(['left/factor', 'right/factor'])
    """
    found: dict[str, BoxKind] = {}
    for path, box in _walk(root, "", set()):
        if isinstance(box, kind):
            found[path] = box
    return found


def find(root: Any, kind: type[Found]) -> list[Found]:
    """Return every object of a kind below `root` once, in the order of the walk.

    Args:
        root: A module, or a list, tuple or dict of them.
        kind: A class of modules.
    """
    found: dict[int, Found] = {}
    seen: set[int] = set()

    def visit(node: Any) -> None:
        for _, part in _parts(node):
            number, is_container = id(part), isinstance(part, list | Mapping)
            if is_container or isinstance(part, Module):
                if number in seen:
                    continue
                seen.add(number)
                if isinstance(part, kind):
                    found[number] = part
            visit(part)
            if is_container:
                seen.discard(number)

    visit(root)
    return list(found.values())


def _walk(node: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Box]]:
    number = id(node)
    if number in seen:
        return
    if isinstance(node, Box):
        seen.add(number)
        yield path, node
        if isinstance(node, Variable):
            yield from _walk(node.regularizer, f"{path}/regularizer", seen)
        return
    is_container = isinstance(node, list | Mapping)
    if is_container or isinstance(node, Module):
        seen.add(number)
    parts = list(_parts(node))
    if isinstance(node, Module):  # Keras's order: own trainable, own others, then what the parts hold
        parts.sort(key=lambda part: _rank(part[1]))
    for name, part in parts:
        yield from _walk(part, f"{path}/{name}" if path else name, seen)
    if is_container:  # only a circle is cut: a container that is made anew may get the number of one that is gone
        seen.discard(number)


def own_variables(owner: Any) -> list[Variable]:
    """Return an object's own variables, without those of objects in it: the trainable ones first."""
    found: dict[int, Variable] = {}
    for part in owner._attributes_in_files().values():
        for variable in held_in(part, Variable):
            found.setdefault(id(variable), variable)
    return sorted(found.values(), key=lambda variable: not variable._made_trainable)  # pyright: ignore[reportPrivateUsage]


def held_in(part: Any, kind: type[Held], around: frozenset[int] = frozenset()) -> Iterator[Held]:
    """Yield an object of a kind, or those in a list, tuple or dict and in containers in it, which may hold itself.

    Args:
        part: The object or container.
        kind: A class.
        around: The containers that were entered so far, by their `id`.

    Example:
        >>> row = [1, "a", (2, {"b": 3})]
        >>> row.append(row)
        >>> list(held_in(row, int))
        [1, 2, 3]
    """
    if isinstance(part, kind):
        yield part
    elif isinstance(part, list | tuple | Mapping) and id(cast(Any, part)) not in around:
        for _, element in _parts(part):
            yield from held_in(element, kind, around | {id(cast(Any, part))})


def _parts(node: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(node, Module):
        return node._children()  # pyright: ignore[reportPrivateUsage]
    if isinstance(node, Mapping):
        return ((str(key), part) for key, part in cast(Mapping[Any, Any], node).items())
    if isinstance(node, list | tuple):
        return ((str(index), part) for index, part in enumerate(cast(Sequence[Any], node)))
    return ()


def in_file_order(parts: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return named parts in the order of Keras's files: by name, private ones last."""
    return sorted(parts.items(), key=lambda part: (part[0].startswith("_"), part[0]))


def _rank(part: Any) -> int:
    if isinstance(part, Variable):
        return 0 if part._made_trainable else 1  # pyright: ignore[reportPrivateUsage]  (freezing moves nothing)
    return 2


class PureCall(Protocol[Output]):
    """What `pure` returns."""

    def __call__(
        self,
        state: Mapping[str, Any],
        *args: Any,
        training: bool | None = False,
        key: Any = None,
        keeps_state: bool = True,
        **kwargs: Any,
    ) -> tuple[Output, dict[str, Any], list[Any]]: ...


def pure(held: Mapping[str, Box], function: Callable[..., Output]) -> PureCall[Output]:
    """Turn a stateful call into a function of plain dicts.

    Args:
        held: The boxes that the call may touch, by path (see `boxes`).
        function: A call that reads and writes variables.

    Returns:
        A function `(state, *args, training=False, key=None, keeps_state=True, **kwargs)` that returns
        `(output, new_state, losses)`: `state` and `new_state` map the paths of `held` to arrays, `losses` lists what
        layers added; entries of `state` under other paths are passed over. It changes no box, so it may run under
        `jax.jit`, `grad` and `vmap`.

    Example:
        >>> class Counter(Module):
        ...     def __init__(self):
        ...         self.count = Variable(0)
        ...     def add(self, n):
        ...         self.count.assign_add(n)
        >>> counter = Counter()
        >>> add = pure(boxes(counter, Variable), counter.add)
        >>> output, state, losses = add({"count": 5}, 2)
        >>> int(state["count"]), int(counter.count.value)
        (7, 0)
    """

    def call(
        state: Mapping[str, Any],
        *args: Any,
        training: bool | None = False,
        key: Any = None,
        keeps_state: bool = True,
        **kwargs: Any,
    ) -> tuple[Output, dict[str, Any], list[Any]]:
        frame = Frame({box: state[path] for path, box in held.items()}, training, key, keeps_state)
        with frame.opened():
            output = function(*args, **kwargs)
        if frame.made and frame.ran:
            _warn_of_strays(frame.ran[0], frame.made)
        return output, {path: frame.values[box] for path, box in held.items()}, frame.losses

    return call


def _warn_of_strays(layer: Any, made: list[Variable]) -> None:
    """Warn of weights that a layer made while it was called, and does not hold."""
    own = {id(variable) for variable in boxes(layer, Variable).values()}
    strays = [variable.name for variable in made if id(variable) not in own]
    if strays:
        warn(
            f"{layer.name!r} made {', '.join(map(repr, strays))} while it was called. Such weights are new in each "
            "program and are not trained. Make layers with weights in `__init__` or `build`, and keep them."
        )


@undisturbed
def values_of(held: Mapping[str, Box]) -> dict[str, Any]:
    """Return the present value of each box by its path."""
    if current_frame() is not None:
        return {path: box.value for path, box in held.items()}
    return {path: box.held if type(box) in (Variable, Total) else box.value for path, box in held.items()}


def store(held: Mapping[str, Variable], values: Mapping[str, Any]) -> None:
    """Put what a program returned back into the boxes; its arrays have their shapes and types already."""
    for path, value in values.items():
        held[path].held = value
