"""A graph of ONNX operators, written while the equations of a JAX program are read.

There is one function for each kind of equation, entered with `elementwise` or `translates`, and none for layers: what
a layer, an operation or a user's code computes is a program of such equations.

Three things keep the graph small. What is computed of known arrays alone is computed now. Equations that no output
needs are left out. An array that was broadcast stays as small as it was for as long as operators broadcast it anyway.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.extend.core import Literal

from hornet.core.imports import optional_module

OPSET = 18
"""The version of the operators: the first one whose reductions all take axes as an input."""

Translation = Callable[..., Any]

_ELEMENTWISE: dict[str, Translation] = {}
_OTHERS: dict[str, Translation] = {}
_CALLS = {
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "closed_call": "call_jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
    "remat2": "jaxpr",
}
"""Equations that do what another program says, and which of their parameters is that program."""
_LATER = ("broadcast_in_dim", "dim_as_value")
"""Equations that are not computed now: one makes arrays larger, the other reads sizes that may be unknown."""
_REARRANGING = ("convert_element_type", "reshape", "rev", "squeeze", "transpose")
"""Equations after which a weight is still itself, and keeps its name."""
_STAND_INS = {
    np.dtype(jnp.bfloat16): np.dtype(np.float32),  # runtimes for CPUs compute in neither of the short ones
    np.dtype(np.float16): np.dtype(np.float32),
    np.dtype(np.uint32): np.dtype(np.int64),  # whose arithmetic they lack as well
}


def elementwise(*primitives: str) -> Callable[[Translation], Translation]:
    """Enter how equations are written whose operands may have axes of size 1, or fewer axes, as in NumPy.

    Args:
        *primitives: What JAX calls them. The function takes the graph, the operands and, by name, the equation's
            parameters, and returns the name of the result.
    """
    return _entering(_ELEMENTWISE, primitives)


def translates(*primitives: str) -> Callable[[Translation], Translation]:
    """Enter how equations of any other kind are written.

    Args:
        *primitives: What JAX calls them. The function takes the graph, the operands and, by name, the equation's
            parameters, and returns a result or a list of them: the name of the whole array, or a `Tensor`.
    """
    return _entering(_OTHERS, primitives)


def _entering(table: dict[str, Translation], primitives: Iterable[str]) -> Callable[[Translation], Translation]:
    def enter(translation: Translation) -> Translation:
        table.update(dict.fromkeys(primitives, translation))
        return translation

    return enter


@dataclass(frozen=True)
class Tensor:
    """An array of the program, and what stands for it in the file.

    Args:
        shape: Its shape, with JAX's symbols for unknown sizes.
        dtype: The type of its elements in the program.
        held: The shape that it has in the file, which broadcasts to `shape`.
        name: Its name in the file, if it is computed there.
        value: Its elements, in the shape `held`, if they are known now.
        label: The path of the weight that it is.
    """

    shape: tuple[Any, ...]
    dtype: Any
    held: tuple[Any, ...]
    name: str = ""
    value: Any = None
    label: str = ""

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def is_known(self) -> bool:
        """Whether the elements are known now."""
        return self.value is not None


def known(value: Any, dtype: Any = None, label: str = "") -> Tensor:
    """Return a tensor whose elements are known."""
    value = np.asarray(value, dtype)
    return Tensor(value.shape, value.dtype, value.shape, value=value, label=label)


class Graph:
    """The nodes and arrays of a file that is being written."""

    def __init__(self) -> None:
        self._onnx = optional_module("onnx", "onnx")
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.layer = ""
        """The path of the layer whose equations are read."""
        self._symbols: dict[str, tuple[str, int]] = {}
        self._sizes: dict[Any, str] = {}
        self._names: dict[str, int] = {}
        self._constants: dict[Any, str] = {}

    # --- what a file is made of -----------------------------------------------------------------------

    def input(self, name: str, shape: Sequence[Any], dtype: Any) -> Tensor:
        """Return an input of the file; the symbols of its shape are known from now on."""
        name = self.unused(name)
        for axis, size in enumerate(shape):
            if not is_static(size):
                self._symbols.setdefault(str(size), (name, axis))
        return Tensor(tuple(shape), np.dtype(dtype), tuple(shape), name)

    def add(self, operator: str, *operands: str | Tensor, **attributes: Any) -> str:
        """Add an operator with one result; return the result's name."""
        return self.add_several(operator, 1, *operands, **attributes)[0]

    def add_several(self, operator: str, results: int, *operands: str | Tensor, **attributes: Any) -> list[str]:
        """Add an operator; return its results' names.

        Args:
            operator: The operator.
            results: How many it has.
            *operands: Names, `""` for one that is left out; or tensors, which it broadcasts itself.
            **attributes: The operator's attributes.
        """
        names = [operand if isinstance(operand, str) else self.held(operand) for operand in operands]
        made = [self.unused(f"{self.layer}/{operator}" if self.layer else operator) for _ in range(results)]
        self.nodes.append(self._onnx.helper.make_node(operator, names, made, name=made[0], **attributes))
        return made

    def constant(self, value: Any, dtype: Any = None, label: str = "") -> str:
        """Return the name of a known array in the file.

        Args:
            value: The array.
            dtype: The type of its elements in the program; its own by default.
            label: What to call it.
        """
        array = np.asarray(value)
        array = np.ascontiguousarray(array.astype(stand_in(dtype or array.dtype))).reshape(array.shape)
        key = (array.dtype.str, array.shape, label, array.tobytes())
        if key not in self._constants:
            self._constants[key] = self.unused(label or "constant")
            self.initializers.append(self._onnx.numpy_helper.from_array(array, self._constants[key]))
        return self._constants[key]

    def like(self, tensor: Tensor, value: float) -> str:
        """Return a number of a tensor's type."""
        return self.constant(value, tensor.dtype)

    def type_of(self, dtype: Any) -> int:
        """Return ONNX's number of the type that stands for one of the program."""
        return self._onnx.helper.np_dtype_to_tensor_dtype(stand_in(dtype))

    def cast(self, operand: str | Tensor, dtype: Any) -> str:
        """Return an array in another type."""
        return self.add("Cast", operand, to=self.type_of(dtype))

    def held(self, tensor: Tensor) -> str:
        """Return the name of a tensor as it is held; it broadcasts to the tensor's shape."""
        return self.constant(tensor.value, tensor.dtype, tensor.label) if tensor.is_known else tensor.name

    def full(self, tensor: Tensor) -> str:
        """Return the name of the whole tensor."""
        name = self.held(tensor)
        if tensor.held == tensor.shape:
            return name
        held = (1,) * (tensor.ndim - len(tensor.held)) + tensor.held
        missing = [1 if there == size else size for there, size in zip(held, tensor.shape, strict=True)]
        return self.add("Expand", name, self.sizes(missing))

    # --- sizes ----------------------------------------------------------------------------------------

    def sizes(self, sizes: Sequence[Any]) -> str:
        """Return the name of a vector of sizes, among which there may be symbols."""
        if all(map(is_static, sizes)):
            return self.constant(np.array(sizes, np.int64))
        return self.add("Concat", *(self._size(size) for size in sizes), axis=0)

    def shape_for(self, sizes: Sequence[Any]) -> str:
        """Return the name of a vector of sizes for `Reshape`, which finds one of them itself."""
        unknown = [size for size in sizes if not is_static(size)]
        return self.sizes([size if is_static(size) else -1 for size in sizes] if len(unknown) == 1 else sizes)

    def _size(self, size: Any) -> str:
        if is_static(size):
            return self.constant(np.array([size], np.int64))
        if size not in self._sizes:
            self._sizes[size] = self._evaluate(str(size))
        return self._sizes[size]

    def _evaluate(self, expression: str) -> str:
        """Return the name of the value of an expression as JAX writes it, such as `2*b + 1`."""
        operators = {ast.Add: "Add", ast.Sub: "Sub", ast.Mult: "Mul", ast.Pow: "Pow"}
        functions = {"floordiv": "Div", "mod": "Mod", "max": "Max", "min": "Min"}

        def value(node: Any) -> str:
            match node:
                case ast.Constant():
                    return self.constant(np.array([node.value], np.int64))
                case ast.Name():
                    name, axis = self._symbols[node.id]
                    return self.add("Shape", name, start=axis, end=axis + 1)
                case ast.UnaryOp():
                    return self.add("Neg", value(node.operand))
                case ast.BinOp():
                    return self.add(operators[type(node.op)], value(node.left), value(node.right))
                case ast.Call(func=ast.Name(id=function)):
                    return self.add(functions[function], *map(value, node.args))
            raise self.refusal(f"the size {expression}")

        return value(ast.parse(expression.replace("^", "**"), mode="eval").body)

    # --- reading a program ----------------------------------------------------------------------------

    def run(self, program: Any, operands: Sequence[Tensor]) -> list[Tensor]:
        """Write what a program computes; return its results.

        Args:
            program: A `Jaxpr`, closed over its constants or without any.
            operands: What it is called with.
        """
        jaxpr, constants = getattr(program, "jaxpr", program), getattr(program, "consts", ())
        variables = (*jaxpr.constvars, *jaxpr.invars)
        values = dict(zip(variables, (*map(known, constants), *operands), strict=True))

        def read(atom: Any) -> Tensor:
            return values[atom] if _is_variable(atom) else known(atom.val, atom.aval.dtype)

        outer = self.layer
        for equation in needed(jaxpr):
            self.layer = "/".join(part for part in (outer, layer_of(equation)) if part)
            results = self._results(equation, [read(atom) for atom in equation.invars])
            values.update(zip(equation.outvars, results, strict=True))
        self.layer = outer
        return [read(atom) for atom in jaxpr.outvars]

    def _results(self, equation: Any, operands: list[Tensor]) -> list[Tensor]:
        name, parameters = equation.primitive.name, equation.params
        if name in _CALLS:
            return self.run(parameters[_CALLS[name]], operands)
        results = [(variable.aval.shape, variable.aval.dtype) for variable in equation.outvars]
        shapes = [*(operand.shape for operand in operands), *(shape for shape, _ in results)]
        has_sizes = name in _ELEMENTWISE or all(is_static(size) for shape in shapes for size in shape)
        if all(operand.is_known for operand in operands) and has_sizes and name not in _LATER:
            return self._compute(equation, operands, results)
        strange = [dtype for _, dtype in results if stand_in(dtype) is None]
        if strange:
            raise self.refusal(f"`{name}` with elements of type {strange[0]}")
        if name in _ELEMENTWISE:
            shape, dtype = results[0]
            made = _ELEMENTWISE[name](self, *operands, **parameters)
            return [Tensor(shape, dtype, _together(operands, shape), made)]
        if name not in _OTHERS:
            raise self.refusal(f"`{name}`")
        made = _OTHERS[name](self, *operands, **parameters)
        return [
            replace(result, shape=shape, dtype=dtype)
            if isinstance(result, Tensor)
            else Tensor(shape, dtype, shape, result)
            for result, (shape, dtype) in zip(made if isinstance(made, list) else [made], results, strict=True)
        ]

    def _compute(self, equation: Any, operands: list[Tensor], results: list[Any]) -> list[Tensor]:
        """Compute now what is known now."""
        is_elementwise = equation.primitive.name in _ELEMENTWISE
        shape = np.broadcast_shapes(*(operand.held for operand in operands)) if is_elementwise else ()
        arrays = [
            jnp.broadcast_to(jnp.asarray(operand.value, operand.dtype), shape if is_elementwise else operand.shape)
            for operand in operands
        ]
        made = equation.primitive.bind(*arrays, **equation.params)
        values = made if equation.primitive.multiple_results else [made]
        label = operands[0].label if equation.primitive.name in _REARRANGING else ""
        return [
            Tensor(shape, dtype, value.shape, value=value, label=label)
            for value, (shape, dtype) in zip(values, results, strict=True)
        ]

    def refusal(self, what: str) -> ValueError:
        """Return the error for what cannot be written."""
        where = f"Layer {self.layer!r}" if self.layer else "The model"
        return ValueError(
            f"{where} uses {what}, which is not written to ONNX files. Compute it outside of the model that is "
            "exported, or export to '.stablehlo', which takes every program."
        )

    def unused(self, name: str) -> str:
        """Return a name that nothing else has, and will have."""
        count = self._names.get(name, 0)
        self._names[name] = count + 1
        return self.unused(f"{name}_{count}") if count else name


def is_static(size: Any) -> bool:
    """Return whether a size is a number, and not an expression of symbols."""
    return isinstance(size, int | np.integer)


def stand_in(dtype: Any) -> np.dtype | None:
    """Return the type that stands for one of the program in the file, `None` if none does."""
    if not any(jnp.issubdtype(dtype, kind) for kind in (np.bool_, np.integer, np.floating)):
        return None
    return _STAND_INS.get(np.dtype(dtype), np.dtype(dtype))


def is_float(tensor: Tensor) -> bool:
    """Return whether a tensor holds floating-point numbers."""
    return bool(jnp.issubdtype(tensor.dtype, np.floating))


def needed(jaxpr: Any) -> list[Any]:
    """Return the equations that outputs depend on, in their order."""
    wanted = set(filter(_is_variable, jaxpr.outvars))
    found = []
    for equation in reversed(jaxpr.eqns):
        if wanted.intersection(equation.outvars):
            wanted.update(filter(_is_variable, equation.invars))
            found.append(equation)
    return found[::-1]


def layer_of(equation: Any) -> str:
    """Return the path of the layer that an equation is of, `""` where a model's own code wrote it."""
    parts = str(equation.source_info.name_stack).split("/")
    return "/".join(part for part in parts if not part.endswith(")"))  # without JAX's transformations, as `vmap()`


def _is_variable(atom: Any) -> bool:
    return not isinstance(atom, Literal)


def _together(operands: Sequence[Tensor], shape: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the shape in which a result is held that has a shape if it is whole."""
    rank = max((len(operand.held) for operand in operands), default=0)
    padded = [(1,) * (rank - len(operand.held)) + operand.held for operand in operands]
    whole = shape[len(shape) - rank :]
    return tuple(
        size if any(not is_static(other) or other != 1 for other in sizes) else 1
        for size, *sizes in zip(whole, *padded, strict=True)
    )
