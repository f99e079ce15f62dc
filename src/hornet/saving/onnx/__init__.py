"""Programs as ONNX files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hornet.core.imports import optional_module
from hornet.saving.onnx import control, elementwise, layout, products  # noqa: F401  (they enter their translations)
from hornet.saving.onnx.graph import OPSET, Graph, Tensor, is_static, known, layer_of, needed

__all__ = ["layer_of", "model_bytes", "needed"]

_IR_VERSION = 8
"""The version of the file format that came with the operators' one."""


def model_bytes(
    program: Any, weights: Sequence[tuple[str, Any]], inputs: Sequence[str], outputs: Sequence[str], name: str
) -> bytes:
    """Return an ONNX file that computes what a program does.

    Args:
        program: A `ClosedJaxpr`, called with the weights and then the inputs.
        weights: Arrays and numbers that the file holds, with their paths.
        inputs: The inputs' names.
        outputs: The outputs' names.
        name: The model's name.

    Raises:
        ImportError: If `onnx` is not installed.
        ValueError: If the program has an equation that is not written to ONNX files; it names the layer.
    """
    helper = optional_module("onnx", "onnx").helper
    graph = Graph()
    types = [variable.aval for variable in program.jaxpr.invars]
    held = [known(value, aval.dtype, path) for (path, value), aval in zip(weights, types, strict=False)]
    given = [graph.input(name, of.shape, of.dtype) for name, of in zip(inputs, types[len(held) :], strict=True)]
    names = [graph.unused(name) for name in outputs]
    results = graph.run(program, [*held, *given])
    for result, called in zip(results, names, strict=True):
        graph.nodes.append(helper.make_node("Identity", [graph.full(result)], [called], name=called))

    def described(tensor: Tensor, called: str) -> Any:
        sizes = [int(size) if is_static(size) else str(size) for size in tensor.shape]
        return helper.make_tensor_value_info(called, graph.type_of(tensor.dtype), sizes)

    ends = [described(tensor, tensor.name) for tensor in given], list(map(described, results, names))
    model = helper.make_model(
        helper.make_graph(graph.nodes, name, *ends, graph.initializers),
        producer_name="hornet",
        ir_version=_IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    return model.SerializeToString()
