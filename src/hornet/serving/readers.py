"""The rows of a request by its content type: JSON, CSV or Arrow."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from hornet.serving.columns import ROWS, Column, Signature
from hornet.serving.json_rows import JsonReader
from hornet.serving.refusal import Refusal
from hornet.serving.tables import read_arrow_file, read_arrow_stream, read_csv

_TABLES: Mapping[str, Callable[[Signature, bytes], dict[str, np.ndarray]]] = {
    "text/csv": read_csv,
    "application/vnd.apache.arrow.stream": read_arrow_stream,
    "application/vnd.apache.arrow.file": read_arrow_file,
}
JSON = "application/json"
CONTENT_TYPES = (JSON, *_TABLES)


class Reader:
    """Makes arrays of the bodies of requests.

    Args:
        signature: The columns of the model.
        most_rows: How many rows a request may have.
    """

    def __init__(self, signature: Signature, most_rows: int) -> None:
        self._signature = signature
        self._most_rows = most_rows
        self._json = JsonReader(signature)

    @property
    def json_schema(self) -> dict[str, object]:
        """The schema of a body in JSON."""
        return self._json.schema

    def __call__(self, content_type: str, body: bytes) -> dict[str, np.ndarray]:
        """Return rows by the names of their columns.

        Args:
            content_type: The type of the body, in the form of the header.
            body: The body.

        Raises:
            Refusal: If they are no such rows.
        """
        kind, _, parameters = content_type.lower().partition(";")
        if "charset" in parameters and "utf-8" not in parameters.replace("utf8", "utf-8"):
            raise Refusal(415, f"The body is in another encoding ({parameters.strip()}). Send it as UTF-8.")
        kind = kind.strip()
        if kind == JSON:
            rows = self._json(body)
        elif kind in _TABLES:
            rows = _TABLES[kind](self._signature, body)
        else:
            said = f"The content type is {kind!r}" if kind else "The request has no content type"
            advice = "; with curl: -H 'Content-Type: application/json'."
            raise Refusal(415, f"{said}. Send one of {', '.join(CONTENT_TYPES)}{advice}")
        count = len(next(iter(rows.values())))
        if not count:
            raise Refusal(422, "There are no rows. Send at least one.")
        if count > self._most_rows:
            raise Refusal(413, f"There are {count} rows, and a request may have {self._most_rows}. Send them in parts.")
        self._check_numbers(rows)
        return rows

    def _check_numbers(self, rows: Mapping[str, np.ndarray]) -> None:
        """Refuse what a program cannot hold, and gaps where the model has no place for them."""
        columns = self._signature.columns
        if self._signature.is_stacked:
            wrong = ~np.isfinite(rows[ROWS])
            if wrong.any():
                wrong &= ~(np.isnan(rows[ROWS]) & [column.takes_gaps for column in columns])
            for place in np.flatnonzero(wrong.any(axis=0)):
                _refuse_number(columns[place], rows[ROWS][:, place], wrong[:, place])
            return
        for column in columns:
            array = rows[column.name]
            if array.dtype.kind == "f":
                wrong = ~np.isfinite(array)
                if column.takes_gaps:
                    wrong &= ~np.isnan(array)
                if wrong.any():
                    _refuse_number(column, array, wrong)


def _refuse_number(column: Column, array: np.ndarray, wrong: np.ndarray) -> None:
    """Refuse the first of the values that are wrong."""
    row = int(np.argwhere(wrong)[0][0])
    is_gap = bool(np.isnan(array[wrong]).flat[0])
    what = "has a gap, and the model takes none" if is_gap else f"is larger than {array.dtype} holds, or infinite"
    raise Refusal(422, f"Row {row}, column {column.name!r} {what}. Send a finite number.")
