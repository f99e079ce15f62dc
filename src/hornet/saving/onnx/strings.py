"""What the host makes of strings, by ONNX's operators on strings.

ONNX looks words up and moves them about, and no more: it takes no text apart, reads no dates, and has no hash of ours.
It has no missing strings either, so an empty one stands for a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from hornet.core.prepared import Prepared
from hornet.core.strings import MISSING
from hornet.core.symbolic import replace_tensors, strings_in
from hornet.layers import DateParts, HashedCrossing, Hashing, StringLookup, TextNumbers, TextVectorization
from hornet.saving.onnx.graph import Graph, Tensor

STAND_IN = np.dtype("int32")
"""The type that strings have for JAX, which has none, while they are moved about."""

_LACKS = {
    DateParts: "reads dates",
    Hashing: "hashes words",
    HashedCrossing: "hashes words",
    TextNumbers: "reads numbers from text",
    TextVectorization: "takes texts apart",
}


def specs_of_host_part(cut: Any, inputs: Sequence[Any]) -> Prepared:
    """Return JAX's descriptions of what the host makes of rows, for a program to go on with.

    Args:
        cut: Where the model is cut.
        inputs: Descriptions of its inputs, `STAND_IN` where they are strings.

    Raises:
        ValueError: If a layer does with strings what ONNX cannot.
    """

    def moved(function: Callable[..., Any], operands: Sequence[Any]) -> list[Any]:
        return jax.tree.leaves(jax.eval_shape(function, *operands))

    return _host_part(cut, inputs, moved, lambda _, strings: jax.ShapeDtypeStruct(strings.shape, "int32"))


def write_host_part(graph: Graph, cut: Any, inputs: Sequence[Tensor]) -> list[Tensor]:
    """Write what the host makes of rows; return the arrays that a program goes on with.

    Args:
        graph: The graph.
        cut: Where the model is cut.
        inputs: Its inputs.
    """

    def moved(function: Callable[..., Any], operands: Sequence[Tensor]) -> list[Tensor]:
        structs = [jax.ShapeDtypeStruct(operand.shape, STAND_IN) for operand in operands]
        return graph.run(jax.make_jaxpr(function)(*structs), operands)

    def numbered(lookup: StringLookup, strings: Tensor) -> Tensor:
        found, unknown = _table_of(lookup)
        made = graph.add(
            "LabelEncoder",
            graph.full(strings),
            domain="ai.onnx.ml",
            keys_strings=list(found),
            values_int64s=list(found.values()),
            default_int64=unknown,
        )
        return Tensor(strings.shape, np.dtype("int32"), strings.shape, graph.cast(made, np.int32))

    prepared = _host_part(cut, inputs, moved, numbered)
    return jax.tree.leaves(prepared, is_leaf=lambda part: isinstance(part, Tensor))


def _host_part(
    cut: Any, inputs: Sequence[Any], moved: Callable[..., list[Any]], numbered: Callable[[Any, Any], Any]
) -> Prepared:
    """Return what is made of inputs, with functions for what moves strings about and for what numbers them."""
    values = dict(zip(map(id, cut.inputs), inputs, strict=True))
    for node in cut.on_host:
        if not strings_in(node.outputs):
            raise ValueError(
                f"Layer {node.operation.name!r} computes what a layer of strings reads, which is not written to ONNX "
                "files. Call that layer on strings alone."
            )
        results = moved(_mover(node), [values[id(tensor)] for tensor in node.inputs])
        values.update(zip(map(id, node.results), results, strict=True))
    parts = {name: values[id(tensor)] for name, tensor in cut.taken.items()}
    for name, node in cut.at_border.items():
        layer, given = node.operation, replace_tensors(node.args[0], lambda tensor: values[id(tensor)])
        if getattr(layer, "_cut", None) is not None:
            flat = layer._flat(given) if hasattr(layer, "_flat") else [given]
            parts[name] = _host_part(layer._cut, flat, moved, numbered)
        else:
            _refuse_what_onnx_lacks(layer)
            parts[name] = Prepared({"indices": numbered(layer, given)})
    return Prepared(parts)


def _mover(node: Any) -> Callable[..., Any]:
    """Return the function of arrays that a call which moves elements about is."""

    def move(*arrays: Any) -> Any:
        numbered = dict(zip(map(id, node.inputs), arrays, strict=True))
        args, kwargs = replace_tensors((node.args, node.kwargs), lambda tensor: numbered[id(tensor)])
        return node.operation(*args, **kwargs)

    return move


def _table_of(lookup: StringLookup) -> tuple[dict[str, int], int]:
    """Return the index of each word that a layer knows, a gap's among them, and that of unknown ones."""
    _, unknown = lookup._index_of_token()
    found: dict[str, int] = dict(lookup._indices.value)
    gap = found.pop(MISSING, unknown)
    return {"": gap} | found, unknown


def _refuse_what_onnx_lacks(layer: Any) -> None:
    if isinstance(layer, StringLookup) and layer.num_oov_indices == 1:
        return
    if isinstance(layer, StringLookup):
        count = layer.num_oov_indices
        does = f"shares {count} indices among unknown words by a hash" if count else "raises an error for unknown words"
        raise ValueError(
            f"Layer {layer.name!r} {does}, and ONNX does not. Make it with `num_oov_indices=1` to export the model."
        )
    does = next((does for kind, does in _LACKS.items() if isinstance(layer, kind)), "reads strings")
    raise ValueError(
        f"Layer {layer.name!r} (`{type(layer).__name__}`) {does}, for which ONNX has no operators. Let the file take "
        f"what the layer makes: in the inputs of `Model(inputs, model.output)`, put "
        f"`model.get_layer({layer.name!r}).output` in the place of the strings, and export that."
    )
