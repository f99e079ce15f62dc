"""Rows as JSON, and the schema of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import FailFast, Field, StrictBool, StrictFloat, StrictInt, StrictStr, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from hornet.core.checks import describe
from hornet.serving.columns import ROWS, Column, Signature
from hornet.serving.refusal import Refusal

_EXPECTED = {
    "number": "a finite number",
    "integer": "an integer",
    "text": "a text",
    "date": "a date as text, such as '2024-05-17'",
    "written number": "a number or a text with one",
}


class JsonReader:
    """Makes arrays of JSON: a list of rows, and of a model whose columns have names also a single row.

    Args:
        signature: The columns of the model.
    """

    def __init__(self, signature: Signature) -> None:
        self._signature = signature
        row = _row_type(signature)
        rows: Any = Annotated[list[row], FailFast()]
        self._rows = TypeAdapter(rows)
        self._row = TypeAdapter(row)

    @property
    def schema(self) -> dict[str, Any]:
        """The schema of a body."""
        rows = self._rows.json_schema()
        definitions = rows.pop("$defs", {})
        if not self._signature.is_named:
            return rows
        row = definitions.pop("Row")
        return {"anyOf": [{"type": "array", "items": row}, row]}

    def __call__(self, body: bytes) -> dict[str, np.ndarray]:
        """Return rows by the names of their columns.

        Raises:
            Refusal: If it is no JSON, or other rows.
        """
        is_single = self._signature.is_named and body[:64].lstrip()[:1] == b"{"
        try:
            rows = [self._row.validate_json(body)] if is_single else self._rows.validate_json(body)
        except ValidationError as error:
            raise self._refusal(error, is_single) from None
        try:
            return self._arrays(rows)
        except ValueError:  # of rows of any length, which pass by themselves
            raise Refusal(422, "Rows have several shapes. Send those of one shape in a request of their own.") from None

    def _arrays(self, rows: Sequence[Any]) -> dict[str, np.ndarray]:
        """Return checked rows as arrays."""
        columns = self._signature.columns
        if not self._signature.is_named:
            return {ROWS: columns[0].array(rows)}
        if self._signature.is_stacked:
            names = [column.name for column in columns]
            return {ROWS: columns[0].array([[row[name] for name in names] for row in rows])}
        return {column.name: column.array([row[column.name] for row in rows]) for column in columns}

    def _refusal(self, error: ValidationError, is_single: bool) -> Refusal:
        """Return a sentence on the first thing that is wrong."""
        first = error.errors(include_url=False)[0]
        if first["type"] == "json_invalid":
            return Refusal(
                400, f"The body is no JSON: {first['msg'].removeprefix('Invalid JSON: ')}. Send JSON in UTF-8."
            )
        place: Sequence[Any] = [*([0] if is_single else []), *first["loc"]]
        if not place:
            return Refusal(422, f"The body is {describe(first['input'])}, and no list of rows. {self._advice}")
        columns = {column.name: column for column in self._signature.columns}
        column = columns.get(str(place[1])) if self._signature.is_named and len(place) > 1 else None
        if column is None and self._signature.is_named:
            return Refusal(422, f"Row {place[0]} is {describe(first['input'])}, and no object. {self._advice}")
        if first["type"] == "missing":
            return Refusal(422, f"Row {place[0]} lacks the column {str(place[1])!r}. {self._advice}")
        column = column or self._signature.columns[0]
        if self._signature.is_named:
            where = f"Row {place[0]}, column {column.name!r}"
        else:
            inside = "".join(f"[{step}]" for step in place[1:] if isinstance(step, int))
            where = f"Row {place[0]}, at {inside}," if inside else f"Row {place[0]}"
        return Refusal(422, f"{where} is {describe(first['input'])}. Send {_expected(column)}.")

    @property
    def _advice(self) -> str:
        if self._signature.is_named:
            names = ", ".join(repr(column.name) for column in self._signature.columns)
            return f"Send a list of objects with {names}."
        return f"Send a list of rows, each of them {_expected(self._signature.columns[0])}."


def _expected(column: Column) -> str:
    """Return what a column's value must be, in words."""
    bounds = " from {} to {}".format(*column.bounds) if column.kind == "integer" else ""
    gaps = ", or null" if column.takes_gaps else ""
    if not column.shape:
        return f"{_EXPECTED[column.kind]}{bounds}{gaps}"
    shape = " x ".join("any" if size is None else str(size) for size in column.shape)
    return f"lists of {shape if shape != 'any' else 'any number of'} {column.kind}s{bounds}{gaps}"


def _row_type(signature: Signature) -> Any:
    """Return the type of a row."""
    if not signature.is_named:
        return _value_type(signature.columns[0])
    fields = {column.name: _value_type(column) for column in signature.columns}
    return TypedDict("Row", fields)  # pyright: ignore[reportArgumentType]


def _value_type(column: Column) -> Any:
    """Return the type of a column's value in a row."""
    single: Any = {
        "number": Annotated[StrictFloat, Field(allow_inf_nan=False)] | StrictBool,
        "integer": Annotated[StrictInt, Field(ge=column.bounds[0], le=column.bounds[1])],
        "text": StrictStr | StrictInt,
        "date": StrictStr,
        "written number": StrictStr | StrictInt | Annotated[StrictFloat, Field(allow_inf_nan=False)],
    }[column.kind]
    if column.kind == "number" and column.shape:
        single = Annotated[StrictFloat, Field(allow_inf_nan=False)]
    if column.takes_gaps:
        single = single | None
    for size in reversed(column.shape):
        single = Annotated[list[single], Field(min_length=1 if size is None else size, max_length=size), FailFast()]
    about = Field(description=column.about) if column.about else Field()
    return Annotated[single, about, Field(examples=[column.example])] if not column.shape else Annotated[single, about]
