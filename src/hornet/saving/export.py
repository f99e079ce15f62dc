"""Models as files for other programs: what they compute, without what they are made of."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
from jax import export
from jax.extend.core import jaxprs_in_params

from hornet.core import random
from hornet.core.checks import one_of
from hornet.core.files import atomic_write
from hornet.core.folders import path_given
from hornet.core.module import boxes, pure, values_of
from hornet.core.shapes import map_shapes
from hornet.core.strings import STRING
from hornet.core.symbolic import shape_struct
from hornet.core.variable import Box
from hornet.saving.onnx import STAND_IN, Input, layer_of, model_bytes, needed, specs_of_host_part
from hornet.saving.protocols import Savable
from hornet.saving.weights import require_built

_FORMATS = ("onnx", "stablehlo")
_PLATFORMS = ("cpu", "cuda", "rocm", "tpu")


def export_model(
    model: Savable,
    filepath: str | os.PathLike[str],
    format: str | None = None,
    verbose: bool | None = None,
    input_signature: Any = None,
) -> None:
    """Write what a model computes in inference to a file that other programs run.

    Args:
        model: A built model.
        filepath: The file.
        format: `"onnx"` or `"stablehlo"`; by default what the file's name ends in.
        verbose: Whether to say what was written.
        input_signature: Shapes and types of the inputs in their structure, where they are not those that the model
            declares: objects with `shape` and `dtype`, such as `InputSpec`.

    Raises:
        ImportError: If the format is ONNX, and the library `onnx` is not installed.
        OSError: If the file cannot be written; one that was there is as it was.
        ValueError: If the model is not built, the format is unknown, or the model does what the format has no
            words for.
    """
    path = Path(path_given("filepath", filepath, "model.onnx"))
    format = _format_of(path) if format is None else one_of("format", format, _FORMATS)
    require_built(model, "it is exported")
    declared = declared_inputs(model)
    inputs = _describe_inputs(model, declared, input_signature)
    cut = getattr(model, "_cut", None)
    if cut is not None and format != "onnx":
        raise ValueError(
            f"{model.name!r} reads strings, and StableHLO has none. Export to '.onnx', or export the model of the "
            "numbers that the host makes of them: `Model(layer.output, model.output)`."
        )
    given = inputs if cut is None else specs_of_host_part(cut, jax.tree.leaves(inputs))
    computation = _trace(model, given)
    if format == "onnx":
        content = _onnx(model, computation, _file_inputs(model, declared, inputs), cut)
    else:
        content = _stablehlo(model, computation)
    with atomic_write(path) as new:
        new.write_bytes(content)
    if verbose:
        print(f"Wrote {model.name!r} to {str(path)!r} as {format}: {len(content):,} bytes.")


def _format_of(path: Path) -> str:
    suffix = path.suffix.removeprefix(".")
    if suffix not in _FORMATS:
        raise ValueError(
            f"`filepath` must end in '.onnx' or '.stablehlo' where no `format` is given, not {path.name!r}. Add one "
            "of them."
        )
    return suffix


def declared_inputs(model: Any) -> Any:
    """Return symbolic tensors for the inputs of a built model, in their structure."""
    declared = getattr(model, "input", None)  # what a graph or a stack begins with
    if declared is not None:
        return declared
    return model._symbolic_inputs(map_shapes(lambda shape: (None, *shape[1:]), model._input_shape))


def _describe_inputs(model: Any, declared: Any, signature: Any) -> Any:
    """Return JAX's descriptions of the inputs, in their structure, with a stand-in for the type of strings."""
    ours, given = jax.tree.leaves(declared), jax.tree.leaves(declared if signature is None else signature)
    if len(given) != len(ours):
        raise ValueError(
            f"`input_signature` describes {len(given)} inputs, but {model.name!r} takes {len(ours)}. Pass an "
            "`InputSpec` for each."
        )
    structs = [
        shape_struct(spec.shape, STAND_IN if own.dtype == STRING else spec.dtype or own.dtype)
        for spec, own in zip(given, ours, strict=True)
    ]
    return jax.tree.unflatten(jax.tree.structure(declared), structs)


@dataclass(frozen=True)
class _Computation:
    """What a model computes in inference.

    Args:
        forward: `(weights, key, inputs) -> outputs`.
        weights: Weights and hyperparameters by path.
        key: What random draws come from; nothing depends on it.
        inputs: JAX's descriptions of the inputs, in their structure.
        outputs: The same of the outputs.
        program: `forward` as JAX's equations.
    """

    forward: Callable[..., Any]
    weights: dict[str, Any]
    key: Any
    inputs: Any
    outputs: Any
    program: Any


def _trace(model: Any, inputs: Any) -> _Computation:
    held = boxes(model, Box)
    weights, key, call = values_of(held), random.key_data(0), pure(held, model)

    def forward(weights: Any, key: Any, inputs: Any) -> Any:
        return call(weights, inputs, key=key)[0]

    try:
        program, outputs = jax.make_jaxpr(forward, return_shape=True)(weights, key, inputs)
    except jax.errors.InconclusiveDimensionOperation as error:
        raise ValueError(
            f"{model.name!r} depends on a size that the file leaves open, such as the number of rows. Fix it with "
            f"`input_signature=InputSpec(shape=...)`. JAX says: {error}"
        ) from error
    for equation in needed(program.jaxpr):
        layer = layer_of(equation)
        if program.jaxpr.invars[len(weights)] in equation.invars:
            raise ValueError(
                f"Layer {layer!r} draws random numbers in inference too, and a file would draw the same ones each "
                "time. Draw only where `training` is true, or export the part of the model before it."
            )
        if _calls_python(equation):
            raise ValueError(
                f"Layer {layer!r} calls Python code while it computes, and a file holds none. Call the layer on the "
                "data first, and export the part of the model behind it."
            )
    return _Computation(forward, weights, key, inputs, outputs, program)


def _calls_python(equation: Any) -> bool:
    inside = (inner for jaxpr in jaxprs_in_params(equation.params) for inner in jaxpr.eqns)
    return equation.primitive.name.endswith("callback") or any(map(_calls_python, inside))


def _onnx(model: Any, computation: _Computation, inputs: list[Input], cut: Any) -> bytes:
    weights = [*sorted(computation.weights.items()), ("key", computation.key)]
    outputs = model.output_names if _has_names(model) else _names("output", computation.outputs)
    return model_bytes(computation.program, weights, inputs, outputs, model.name, cut)


def _file_inputs(model: Any, declared: Any, structs: Any) -> list[Input]:
    pairs = zip(names_of_inputs(model, structs), jax.tree.leaves(structs), jax.tree.leaves(declared), strict=True)
    return [Input(name, struct.shape, struct.dtype, own.dtype == STRING) for name, struct, own in pairs]


def names_of_inputs(model: Any, inputs: Any) -> list[str]:
    """Return a name for each input of a model, given something for each in their structure."""
    return model.input_names if _has_names(model) else _names("input", inputs)


def _has_names(model: Any) -> bool:
    return hasattr(model, "input_names")  # as a graph, whose ends have names


def _names(stem: str, structure: Any) -> list[str]:
    """Return a name for each array of a structure: its key in a dict, else a number."""
    count = len(jax.tree.leaves(structure))
    if isinstance(structure, Mapping) and len(structure) == count:
        return sorted(structure)
    return [f"{stem}_{place + 1}" for place in range(count)] if isinstance(structure, list | tuple) else [stem]


def _stablehlo(model: Any, computation: _Computation) -> bytes:
    """Return the program with its weights as `jax.export` writes it, for every kind of device."""

    def predict(inputs: Any) -> Any:
        return computation.forward(computation.weights, computation.key, inputs)

    predict.__name__ = predict.__qualname__ = "".join(letter if letter.isalnum() else "_" for letter in model.name)
    return bytes(export.export(jax.jit(predict), platforms=_PLATFORMS)(computation.inputs).serialize())
