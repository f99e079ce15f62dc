"""A graph that begins with strings, in two: what the host computes of rows, and what programs go on with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from hornet.core.errors import ArgumentError
from hornet.core.module import partition
from hornet.core.prepared import Prepared
from hornet.core.row_names import column_of_data
from hornet.core.strings import STRING, on_codes
from hornet.core.symbolic import Node, SymbolicTensor, replace_tensors, strings_in
from hornet.layers.layer import Layer


@dataclass(frozen=True)
class Cut:
    """Where a graph is cut: at the calls that read strings and give numbers.

    Such a call is begun on the host, by the layer's `_prepare`, and ended in the program, by its `call` of what that
    returned. What else a string depends on, or is computed from, is computed on the host as a whole.

    Args:
        inputs: The input tensors.
        outputs: The output tensors, in their structure.
        on_host: The calls that the host makes as a whole, in order.
        at_border: The calls that it begins, by a name for each.
        taken: The inputs that programs take as they are, by a name for each.
        in_program: The calls that programs make, in order, the ends of those at the border among them.
    """

    inputs: list[SymbolicTensor]
    outputs: Any
    on_host: list[Node]
    at_border: dict[str, Node]
    taken: dict[str, SymbolicTensor]
    in_program: list[Node]

    @classmethod
    def of(cls, order: list[Node], inputs: list[SymbolicTensor], outputs: Any, model: str) -> Cut | None:
        """Return where a graph is cut; `None` if it does not begin with strings.

        Args:
            order: The calls, each after those that it needs.
            inputs: The input tensors.
            outputs: The output tensors, in their structure.
            model: The model's name, for errors.

        Raises:
            ValueError: If an output is a string, or a string depends on weights that are trained.
        """
        if not any(tensor.dtype == STRING for tensor in inputs):
            return None
        ends: list[SymbolicTensor] = jax.tree.leaves(outputs)
        if strings_in(ends):
            raise ArgumentError(
                f"{model!r} has {strings_in(ends)[0].name!r} among its outputs, which holds strings, and programs have "
                "none. Let its outputs be numbers."
            )
        readers = [node for node in order if strings_in(node.inputs)]
        border = [node for node in readers if not strings_in(node.outputs)]
        on_host = _needed(order, [tensor for node in readers for tensor in node.inputs])
        for node in on_host:
            _refuse_trained(node, model)
        begun = set(map(id, border))
        in_program = _needed(order, ends, begun)
        read = {id(tensor) for node in in_program if id(node) not in begun for tensor in node.inputs}
        taken = [tensor for tensor in inputs if id(tensor) in read or any(tensor is end for end in ends)]
        at_border = [node for node in border if any(node is each for each in in_program)]
        # Models that differ in names alone share programs, so what a program takes is named by where it stands.
        begun_by_name = {f"layer_{place}": node for place, node in enumerate(at_border)}
        taken_by_name = {f"input_{place}": tensor for place, tensor in enumerate(taken)}
        return cls(inputs, outputs, on_host, begun_by_name, taken_by_name, in_program)

    def prepare(self, rows: list[Any]) -> Prepared:
        """Return what programs take, of rows of each input."""
        values = dict(zip(map(id, self.inputs), rows, strict=True))

        def of(tree: Any) -> Any:
            return replace_tensors(tree, lambda tensor: values[id(tensor)])

        for node in self.on_host:
            results = (
                _moved(node, of) if strings_in(node.outputs) else node.operation(*of(node.args), **of(node.kwargs))
            )
            values.update(zip(map(id, node.results), jax.tree.leaves(results), strict=True))
        parts = {name: values[id(tensor)] for name, tensor in self.taken.items()}
        for name, node in self.at_border.items():
            with column_of_data(self._column_of(node)):
                parts[name] = node.operation._prepare(of(node.args[0]))
        return Prepared(parts)

    def _column_of(self, node: Node) -> str:
        """Return the name of the input that a call reads; empty for one that reads what others made."""
        return next((tensor.name for tensor in self.inputs if tensor is node.args[0]), "")

    def compute(self, prepared: Prepared) -> Any:
        """Return the outputs, in their structure, for what `prepare` returned."""
        values = {id(tensor): _in_dtype(tensor, prepared.parts[name]) for name, tensor in self.taken.items()}
        begun = {id(node): prepared.parts[name] for name, node in self.at_border.items()}

        def of(tree: Any) -> Any:
            return replace_tensors(tree, lambda tensor: values.get(id(tensor)))

        for node in self.in_program:
            args, kwargs = of(node.args), of(node.kwargs)
            if id(node) in begun:
                results = node.operation._call_in_frame(begun[id(node)], *args[1:], **kwargs)
            else:
                results = node.operation(*args, **kwargs)
            values.update(zip(map(id, node.results), jax.tree.leaves(results), strict=True))
        return of(self.outputs)


def _needed(order: list[Node], ends: Iterable[SymbolicTensor], begun: Iterable[int] = ()) -> list[Node]:
    """Return the calls that some tensors come of, in order; of those that are begun elsewhere no others are needed."""
    wanted = set(map(id, ends))
    found: list[Node] = []
    for node in reversed(order):
        if any(id(tensor) in wanted for tensor in node.results):
            found.append(node)
            wanted |= set() if id(node) in begun else set(map(id, node.inputs))
    return found[::-1]


def _refuse_trained(node: Node, model: str) -> None:
    if isinstance(node.operation, Layer) and partition(node.operation).trained:
        raise ArgumentError(
            f"In {model!r} what {node.operation.name!r} computes goes to a layer that reads strings, which runs on the "
            f"host before programs do, so {node.operation.name!r} cannot be trained. Freeze it, or call the layer "
            "behind it on strings alone."
        )


def _moved(node: Node, of: Any) -> Any:
    """Return what a call that moves elements about makes of strings."""
    tensors = node.inputs

    def moved(*codes: Any) -> Any:
        numbered = dict(zip(map(id, tensors), codes, strict=True))
        args, kwargs = replace_tensors((node.args, node.kwargs), lambda tensor: numbered[id(tensor)])
        return node.operation(*args, **kwargs)

    return on_codes(moved, [of(tensor) for tensor in tensors])


def _in_dtype(tensor: SymbolicTensor, array: Any) -> Any:
    dtype: Any = jax.dtypes.canonicalize_dtype(tensor.dtype)
    return array if array is None or array.dtype == dtype else array.astype(dtype)


def dense(prepared: Prepared) -> Prepared:
    """Return what was prepared, as arrays for a call outside of programs."""
    return jax.tree.map(np.asarray, prepared)
