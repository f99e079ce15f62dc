"""The description of an application in OpenAPI, made from the models that it serves at the moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hornet.serving.answers import ARROW, CSV, JSON, schema_of_answer
from hornet.serving.readers import CONTENT_TYPES
from hornet.serving.slot import Slot

_REFUSALS = {
    "400": "The body is no JSON, CSV or Arrow.",
    "406": "None of the accepted types is one that answers are written in.",
    "408": "The body took too long to arrive.",
    "413": "The body is too large, or has too many rows.",
    "415": "The body is of another type, or compressed.",
    "422": "Rows are not as the model takes them.",
    "503": "Too many rows wait. Send the request again later.",
}
_DETAIL = {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]}


def description(title: str, version: str, slots: Mapping[str, Slot]) -> dict[str, Any]:
    """Return the description.

    Args:
        title: The application's name.
        version: Its version.
        slots: The models by name.
    """
    operations = {f"/models/{name}/predict": {"post": _operation(slot)} for name, slot in slots.items()}
    paths = operations if len(slots) > 1 else {"/predict": next(iter(operations.values()))}
    health = {"type": "object", "properties": {"status": {"type": "string"}, "models": {"type": "object"}}}
    paths |= {
        "/health/live": _get("Whether the process answers", {"200": _response("It does.", JSON, health)}),
        "/health/ready": _get(
            "Whether all models are warm; a file that was replaced by a broken one is named here",
            {"200": _response("They are.", JSON, health), "503": _response("Not yet, or no longer.", JSON, health)},
        ),
        "/metrics": _get(
            "Counters for Prometheus", {"200": _response("All of them.", "text/plain", {"type": "string"})}
        ),
    }
    return {"openapi": "3.1.0", "info": {"title": title, "version": version}, "paths": paths}


def _operation(slot: Slot) -> dict[str, Any]:
    """Return the operation that predicts with a model."""
    running = slot.current
    signature = running.served.signature
    body: dict[str, Any] = {
        JSON: {"schema": running.reader.json_schema, "example": [signature.example()]},
    }
    shapes = [column.shape for column in signature.columns]
    if not any(shapes) or (not signature.is_named and None not in shapes[0]):
        header = ",".join(column.name for column in signature.columns) if signature.is_named else "no header"
        table = {"type": "string", "description": f"The columns: {header}."}
        body |= {kind: {"schema": table} for kind in CONTENT_TYPES if kind != JSON}
    answers = {
        JSON: {"schema": schema_of_answer(running.served)},
        CSV: {"schema": {"type": "string"}},
        ARROW: {"schema": {"type": "string", "format": "binary"}},
    }
    refusals = {status: _response(what, JSON, _DETAIL) for status, what in _REFUSALS.items()}
    return {
        "summary": f"Predict with {slot.name}",
        "description": _table_of(slot),
        "operationId": f"predict_{slot.name}",
        "tags": [slot.name],
        "requestBody": {"required": True, "content": body},
        "responses": {"200": {"description": "A prediction for each row.", "content": answers}, **refusals},
    }


def _table_of(slot: Slot) -> str:
    """Return the columns of a model as a table in Markdown."""
    lines = ["| column | kind | gaps | known |", "| --- | --- | --- | --- |"]
    for column in slot.current.served.signature.columns:
        kind = column.kind if not column.shape else f"{column.kind}s of shape {list(column.shape)}"
        cells = (column.name, kind, "null" if column.takes_gaps else "no", column.about)
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(lines)


def _get(summary: str, responses: Mapping[str, Any]) -> dict[str, Any]:
    return {"get": {"summary": summary, "tags": ["operations"], "responses": responses}}


def _response(what: str, kind: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": what, "content": {kind: {"schema": schema}}}
