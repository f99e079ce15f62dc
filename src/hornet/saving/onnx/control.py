"""Programs inside programs that run several times, or only sometimes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hornet.saving.onnx.elementwise import choose
from hornet.saving.onnx.graph import Graph, Tensor, is_static, translates

_MOST_STEPS = 1000
"""A loop is written out, step by step."""


@translates("scan")
def _scan(
    graph: Graph,
    *operands: Tensor,
    jaxpr: Any,
    length: Any,
    num_consts: int,
    num_carry: int,
    reverse: bool,
    **_: Any,
) -> list[Any]:
    if not is_static(length) or not 0 < length <= _MOST_STEPS:
        raise graph.refusal(f"a loop of {length} steps (1 to {_MOST_STEPS} can be written out)")
    constants, carry = list(operands[:num_consts]), list(operands[num_consts : num_consts + num_carry])
    columns = operands[num_consts + num_carry :]
    rows: list[list[str]] = []
    for step in reversed(range(length)) if reverse else range(length):
        now = [_take_step(graph, column, step) for column in columns]
        results = graph.run(jaxpr, [*constants, *carry, *now])
        carry = results[:num_carry]
        rows.append([graph.add("Unsqueeze", graph.full(result), graph.sizes([0])) for result in results[num_carry:]])
    in_order = zip(*(reversed(rows) if reverse else rows), strict=True)
    return [*carry, *(graph.add("Concat", *column, axis=0) for column in in_order)]


def _take_step(graph: Graph, x: Tensor, step: int) -> Tensor:
    """Return a row of an array."""
    if len(x.held) < x.ndim:  # all rows are the same
        return replace(x, shape=x.shape[1:])
    place = 0 if x.held[0] != x.shape[0] else step
    if x.is_known:
        return replace(x, shape=x.shape[1:], held=x.held[1:], value=x.value[place])
    row = graph.add("Gather", x, graph.constant(np.int64(place)), axis=0)
    return replace(x, shape=x.shape[1:], held=x.held[1:], name=row)


@translates("cond")
def _cond(graph: Graph, which: Tensor, *operands: Tensor, branches: Sequence[Any], **_: Any) -> list[Any]:
    """Compute every branch and choose: they are pure, so nothing but time is lost."""
    results = [graph.run(branch, operands) for branch in branches]
    if which.is_known:
        return list(results[int(np.clip(which.value, 0, len(branches) - 1))])
    chosen = [graph.full(result) for result in results[0]]
    for number, branch in enumerate(results[1:], start=1):
        is_this = graph.add("GreaterOrEqual", which, graph.like(which, number))
        chosen = [choose(graph, is_this, new, graph.full(new), old) for new, old in zip(branch, chosen, strict=True)]
    return chosen
