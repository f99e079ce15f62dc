"""Programs as ONNX files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hornet.core.imports import optional_module
from hornet.saving.onnx import control, elementwise, layout, products  # noqa: F401  (they enter their translations)
from hornet.saving.onnx.graph import OPSET, Graph, Tensor, is_static, known, layer_of, needed
from hornet.saving.onnx.strings import STAND_IN, specs_of_host_part, write_host_part

__all__ = ["STAND_IN", "Input", "layer_of", "model_bytes", "needed", "specs_of_host_part"]

_IR_VERSION = 8
"""The version of the file format that came with the operators' one."""
_OPSET_OF_LOOKUPS = 2
"""The version of the operators of tables in which words are looked up as they are now."""


@dataclass(frozen=True)
class Input:
    """An input of a file.

    Args:
        name: Its name.
        shape: Its shape, with JAX's symbols for unknown sizes.
        dtype: The type of its elements, `STAND_IN` for strings.
        is_string: Whether these are strings.
    """

    name: str
    shape: Sequence[Any]
    dtype: Any
    is_string: bool


def model_bytes(
    program: Any,
    weights: Sequence[tuple[str, Any]],
    inputs: Sequence[Input],
    outputs: Sequence[str],
    name: str,
    cut: Any = None,
) -> bytes:
    """Return an ONNX file that computes what a program does.

    Args:
        program: A `ClosedJaxpr`, called with the weights and then the inputs, or what the host makes of these.
        weights: Arrays and numbers that the file holds, with their paths.
        inputs: The inputs.
        outputs: The outputs' names.
        name: The model's name.
        cut: Where the model is cut, if some of the inputs are strings.

    Raises:
        ImportError: If `onnx` is not installed.
        ValueError: If the program has an equation that is not written to ONNX files; it names the layer.
    """
    onnx = optional_module("onnx", "onnx")
    helper = onnx.helper
    graph = Graph()
    types = [variable.aval for variable in program.jaxpr.invars]
    held = [known(value, aval.dtype, path) for (path, value), aval in zip(weights, types, strict=False)]
    given = [graph.input(one.name, one.shape, one.dtype) for one in inputs]
    names = [graph.unused(name) for name in outputs]
    results = graph.run(program, [*held, *(given if cut is None else write_host_part(graph, cut, given))])
    for result, called in zip(results, names, strict=True):
        graph.nodes.append(helper.make_node("Identity", [graph.full(result)], [called], name=called))

    def described(tensor: Tensor, called: str, is_string: bool = False) -> Any:
        sizes = [int(size) if is_static(size) else str(size) for size in tensor.shape]
        kind = onnx.TensorProto.STRING if is_string else graph.type_of(tensor.dtype)
        return helper.make_tensor_value_info(called, kind, sizes)

    begins = [described(tensor, tensor.name, one.is_string) for tensor, one in zip(given, inputs, strict=True)]
    ends = begins, list(map(described, results, names))
    domains = {"": OPSET} if cut is None else {"": OPSET, "ai.onnx.ml": _OPSET_OF_LOOKUPS}
    model = helper.make_model(
        helper.make_graph(graph.nodes, name, *ends, graph.initializers),
        producer_name="hornet",
        ir_version=_IR_VERSION,
        opset_imports=[helper.make_opsetid(domain, version) for domain, version in domains.items()],
    )
    return model.SerializeToString()
