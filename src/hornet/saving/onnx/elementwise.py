"""Functions of single elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from hornet.saving.onnx.graph import Graph, Tensor, elementwise, is_float, stand_in, translates

_OPERATORS = {
    "abs": "Abs",
    "acos": "Acos",
    "acosh": "Acosh",
    "asin": "Asin",
    "asinh": "Asinh",
    "atan": "Atan",
    "atanh": "Atanh",
    "ceil": "Ceil",
    "cos": "Cos",
    "cosh": "Cosh",
    "div": "Div",
    "eq": "Equal",
    "erf": "Erf",
    "exp": "Exp",
    "floor": "Floor",
    "ge": "GreaterOrEqual",
    "gt": "Greater",
    "le": "LessOrEqual",
    "log": "Log",
    "logistic": "Sigmoid",
    "lt": "Less",
    "max": "Max",
    "min": "Min",
    "pow": "Pow",
    "sign": "Sign",
    "sin": "Sin",
    "sinh": "Sinh",
    "sqrt": "Sqrt",
    "tan": "Tan",
    "tanh": "Tanh",
}
"""Primitives that are a single operator."""

_WRAPPING = {"add": "Add", "add_any": "Add", "mul": "Mul", "neg": "Neg", "sub": "Sub"}
"""Primitives that are a single operator too, but wrap around for unsigned integers."""

_LOGICAL = {"and": "And", "not": "Not", "or": "Or", "xor": "Xor"}


def _enter_operators() -> None:
    def one(operator: str) -> Any:
        return lambda graph, *operands, **_: graph.add(operator, *operands)

    def wrapping(operator: str) -> Any:
        def write(graph: Graph, *operands: Tensor, **_: Any) -> str:
            result = graph.add(operator, *operands)
            if operands[0].dtype != np.uint32:
                return result
            return graph.add("BitwiseAnd", result, graph.constant(np.int64(0xFFFFFFFF)))

        return write

    def logical(operator: str) -> Any:
        return lambda graph, *operands, **_: graph.add(
            operator if operands[0].dtype == np.bool_ else f"Bitwise{operator}", *operands
        )

    for table, made in ((_OPERATORS, one), (_WRAPPING, wrapping), (_LOGICAL, logical)):
        for primitive, operator in table.items():
            elementwise(primitive)(made(operator))


_enter_operators()


@elementwise("square")
def _square(graph: Graph, x: Tensor, **_: Any) -> str:
    return graph.add("Mul", x, x)


@elementwise("integer_pow")
def _integer_pow(graph: Graph, x: Tensor, *, y: int, **_: Any) -> str:
    return graph.add("Pow", x, graph.like(x, y))


@elementwise("exp2")
def _exp2(graph: Graph, x: Tensor, **_: Any) -> str:
    return graph.add("Pow", graph.like(x, 2), x)


@elementwise("cbrt")
def _cbrt(graph: Graph, x: Tensor, **_: Any) -> str:
    root = graph.add("Pow", graph.add("Abs", x), graph.like(x, 1 / 3))
    return graph.add("Mul", graph.add("Sign", x), root)


@elementwise("rsqrt")
def _rsqrt(graph: Graph, x: Tensor, **_: Any) -> str:
    return graph.add("Reciprocal", graph.add("Sqrt", x))


@elementwise("erfc")
def _erfc(graph: Graph, x: Tensor, **_: Any) -> str:
    return graph.add("Sub", graph.like(x, 1), graph.add("Erf", x))


@elementwise("expm1")
def _expm1(graph: Graph, x: Tensor, **_: Any) -> str:
    # e^x - 1 = (e^x + 1) tanh(x/2), which keeps its digits near 0.
    half = graph.add("Tanh", graph.add("Mul", x, graph.like(x, 0.5)))
    return graph.add("Mul", half, graph.add("Add", graph.add("Exp", x), graph.like(x, 1)))


@elementwise("log1p")
def _log1p(graph: Graph, x: Tensor, **_: Any) -> str:
    return graph.add("Log", graph.add("Add", x, graph.like(x, 1)))


@elementwise("ne")
def _ne(graph: Graph, x: Tensor, y: Tensor, **_: Any) -> str:
    return graph.add("Not", graph.add("Equal", x, y))


@elementwise("le_to")
def _le_to(graph: Graph, x: Tensor, y: Tensor, **_: Any) -> str:
    """Compare in the total order, in which NaN comes last."""
    result = graph.add("LessOrEqual", x, y)
    return graph.add("Or", result, graph.add("IsNaN", y)) if is_float(y) else result


@elementwise("lt_to")
def _lt_to(graph: Graph, x: Tensor, y: Tensor, **_: Any) -> str:
    result = graph.add("Not", graph.add("LessOrEqual", y, x))
    return graph.add("And", result, graph.add("Not", graph.add("IsNaN", x))) if is_float(x) else result


@elementwise("is_finite")
def _is_finite(graph: Graph, x: Tensor, **_: Any) -> str:
    return graph.add("Not", graph.add("Or", graph.add("IsNaN", x), graph.add("IsInf", x)))


@elementwise("rem")
def _rem(graph: Graph, x: Tensor, y: Tensor, **_: Any) -> str:
    return graph.add("Mod", x, y, fmod=1)


@elementwise("round")
def _round(graph: Graph, x: Tensor, *, rounding_method: Any, **_: Any) -> str:
    if rounding_method.name == "TO_NEAREST_EVEN":
        return graph.add("Round", x)
    size = graph.add("Floor", graph.add("Add", graph.add("Abs", x), graph.like(x, 0.5)))
    return graph.add("Mul", graph.add("Sign", x), size)


@elementwise("clamp")
def _clamp(graph: Graph, low: Tensor, x: Tensor, high: Tensor, **_: Any) -> str:
    return graph.add("Min", graph.add("Max", low, x), high)


@elementwise("select_n")
def _select_n(graph: Graph, which: Tensor, *cases: Tensor, **_: Any) -> str:
    chosen = graph.held(cases[0])
    for number, case in enumerate(cases[1:], start=1):
        is_this = graph.held(which)
        if which.dtype != np.bool_:
            is_this = graph.add("Equal", which, graph.like(which, number))
        chosen = choose(graph, is_this, case, graph.held(case), chosen)
    return chosen


def choose(graph: Graph, condition: str, like: Tensor, one: str, other: str) -> str:
    """Return elements of one array where a condition holds, and of another elsewhere.

    Args:
        graph: The graph.
        condition: The name of the condition.
        like: A tensor of the arrays' type.
        one: The name of the one array.
        other: The name of the other.
    """
    if like.dtype != np.bool_:
        return graph.add("Where", condition, one, other)
    ours, theirs = graph.add("And", condition, one), graph.add("And", graph.add("Not", condition), other)
    return graph.add("Or", ours, theirs)  # as runtimes do not choose among booleans


@elementwise("convert_element_type")
def _convert(graph: Graph, x: Tensor, *, new_dtype: Any, **_: Any) -> str:
    return graph.held(x) if stand_in(new_dtype) == stand_in(x.dtype) else graph.cast(x, new_dtype)


@translates("copy", "copy_p", "optimization_barrier", "reduce_precision", "stop_gradient")
def _same(graph: Graph, *operands: Tensor, **_: Any) -> list[Tensor]:
    return list(operands)
