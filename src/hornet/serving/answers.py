"""Predictions as JSON, CSV or Arrow, and the schema of them."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
from pydantic_core import to_json

from hornet.serving.refusal import Refusal
from hornet.serving.served import PREDICTIONS, PROBABILITIES, Output, Rows, Served

JSON, CSV, ARROW = "application/json", "text/csv", "application/vnd.apache.arrow.stream"


def kind_of_answer(accept: str | None) -> str:
    """Return in which type to answer: the first of those that a client accepts that is known, JSON if it takes any.

    Raises:
        Refusal: If it accepts none of them.

    Example:
        >>> kind_of_answer(None), kind_of_answer("text/csv, */*")
        ('application/json', 'text/csv')
    """
    wanted = [each.partition(";")[0].strip().lower() for each in accept.split(",")] if accept else ["*/*"]
    for each in wanted:
        if each in _WRITERS:
            return each
    if {"*/*", "application/*"} & set(wanted):
        return JSON
    raise Refusal(406, f"The answer would be {', '.join(_WRITERS)}. Accept one of these, or any.")


def answer(kind: str, served: Served, found: Rows) -> bytes:
    """Return predictions in a type.

    Args:
        kind: The type.
        served: The model.
        found: What it predicts.
    """
    return _WRITERS[kind](served, found)


def schema_of_answer(served: Served) -> dict[str, Any]:
    """Return the schema of an answer in JSON."""
    several = len([output for output in served.outputs if output.name != PROBABILITIES]) > 1
    properties = {output.name: {"type": "array", "items": _schema_of(output)} for output in served.outputs}
    if several:
        properties = {PREDICTIONS: {"type": "object", "properties": properties, "required": list(properties)}}
    if served.classes is not None:
        properties["classes"] = {"type": "array", "items": {}, "examples": [served.classes[:20]]}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _schema_of(output: Output) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": {"text": "string"}.get(output.kind, output.kind)}
    for size in reversed(output.shape):
        schema = {"type": "array", "items": schema}
        if size is not None:
            schema |= {"minItems": size, "maxItems": size}
    return schema


def _json(served: Served, found: Rows) -> bytes:
    """Return predictions as JSON, which has no word for NaN and infinity: they are null."""
    values: dict[str, Any] = {name: array.tolist() for name, array in found.items()}
    if PREDICTIONS not in values:
        values = {PREDICTIONS: values}
    if served.classes is not None:
        values["classes"] = served.classes
    return to_json(values, inf_nan_mode="null")


def _csv(served: Served, found: Rows) -> bytes:
    written = io.BytesIO()
    pyarrow.csv.write_csv(_table(served, found), written)
    return written.getvalue()


def _arrow(served: Served, found: Rows) -> bytes:
    table, written = _table(served, found), io.BytesIO()
    with pa.ipc.new_stream(written, table.schema) as writer:
        writer.write_table(table)
    return written.getvalue()


def _table(served: Served, found: Rows) -> pa.Table:
    """Return predictions as a table: a column for each number of a row."""
    columns: dict[str, np.ndarray] = {}
    for name, array in found.items():
        single = {PREDICTIONS: "prediction", PROBABILITIES: "probability"}.get(name, name)
        if array.ndim == 1:
            columns[single] = array
            continue
        flat = array.reshape(len(array), -1)
        labels: Sequence[Any] = served.classes if name == PROBABILITIES and served.classes else range(flat.shape[1])
        columns |= {f"{single}_{label}": flat[:, place] for place, label in enumerate(labels)}
    return pa.table({name: array.tolist() if array.dtype.kind in "UO" else array for name, array in columns.items()})


_WRITERS: Mapping[str, Callable[[Served, Rows], bytes]] = {JSON: _json, CSV: _csv, ARROW: _arrow}
