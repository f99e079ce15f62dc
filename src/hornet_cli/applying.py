"""The commands that apply a model to a table: `predict`, `evaluate` and `report`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from hornet_cli.columns import names_known_to, require, require_target, taken_by, without
from hornet_cli.commands import Found
from hornet_cli.failures import ExitCode, Failure
from hornet_cli.files import file_to_write
from hornet_cli.models import columns_predicted, is_estimator, opened
from hornet_cli.options import (
    AsJson,
    Decimal,
    Drop,
    Encoding,
    Format,
    InOrder,
    ModelArgument,
    Quiet,
    Sep,
    TableArgument,
    TableFormat,
    Target,
)
from hornet_cli.tables import Reading, format_to_write, read_table, write_bytes


@dataclass(frozen=True)
class _Rows:
    """A table for the standard output."""

    table: Any
    format: str

    def __bytes__(self) -> bytes:
        return write_bytes(self.table, self.format)


def predict(
    model: ModelArgument,
    table: TableArgument,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The file of predictions, in the format that its name says; by default the standard output.",
            show_default=False,
        ),
    ] = None,
    to: Annotated[TableFormat, typer.Option(help="The format on the standard output.")] = TableFormat.csv,
    keep: Annotated[
        list[str],
        typer.Option(help="A column of TABLE to put in front of the predictions; may be repeated.", show_default=False),
    ] = [],  # noqa: B006  (typer's way)
    drop: Drop = [],  # noqa: B006
    in_order: InOrder = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --to jsonl.", show_default=False)] = False,
    format: Format = None,
    sep: Sep = None,
    decimal: Decimal = ".",
    encoding: Encoding = "utf-8",
) -> _Rows | None:
    """Predict the rows of a table.

    Writes a column prediction, and for a classifier the probability of each class.

    Calls predict, and predict_proba where there is one, of hornet.estimators.TabularRegressor.load,
    hornet.estimators.TabularClassifier.load or hornet.models.load_model.

    Example: cat houses.csv | hornet predict houses.keras - --keep id > prices.csv
    """
    if output not in (None, "-"):
        written, compression = format_to_write(str(output))
        file = file_to_write(str(output))
    predictor = opened(model)
    whole = read_table(table, Reading(format, sep, decimal, encoding))
    require(whole, [*keep, *drop])
    rows = taken_by(predictor, without(whole, drop), in_order, keep)
    columns = columns_predicted(predictor, rows)
    found = whole.select(keep)
    for name, values in columns.items():
        found = found.append_column(name, [_narrowed(values)])
    if output in (None, "-"):
        return _Rows(found, "jsonl" if as_json else to.value)
    from hornet.core.files import atomic_write

    with atomic_write(file) as new:
        new.write_bytes(write_bytes(found, written, compression))
    return None


def evaluate(
    model: ModelArgument,
    table: TableArgument,
    target: Target,
    drop: Drop = [],  # noqa: B006  (typer's way)
    in_order: InOrder = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
    format: Format = None,
    sep: Sep = None,
    decimal: Decimal = ".",
    encoding: Encoding = "utf-8",
) -> Found:
    """Say how well a model predicts a table with the answers.

    Calls evaluate of hornet.models.load_model; for hornet.estimators.TabularRegressor and
    hornet.estimators.TabularClassifier scikit-learn's metrics of what they predict.

    Example: hornet evaluate houses.keras new_houses.csv --target price --json
    """
    predictor = opened(model)
    rows, labels = _rows_and_labels(predictor, table, target, drop, in_order, Reading(format, sep, decimal, encoding))
    if not is_estimator(predictor):
        return Found(predictor.evaluate(rows, labels, verbose=0 if quiet else "auto", return_dict=True), as_json)
    return Found(_scores(predictor, rows, labels), as_json)


def report(
    model: ModelArgument,
    table: TableArgument,
    target: Target,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="The page.")] = "report.html",
    drop: Drop = [],  # noqa: B006  (typer's way)
    in_order: InOrder = False,
    format: Format = None,
    sep: Sep = None,
    decimal: Decimal = ".",
    encoding: Encoding = "utf-8",
) -> Found:
    """Write a page about a model and a table.

    Calls hornet.report.

    Example: hornet report houses.keras new_houses.csv --target price -o report.html
    """
    import hornet

    file = file_to_write(output, ".html", ".htm")
    predictor = opened(model)
    rows, labels = _rows_and_labels(predictor, table, target, drop, in_order, Reading(format, sep, decimal, encoding))
    hornet.report(predictor, rows, labels, to_file=file)
    return Found({"report": str(file)}, as_json=False)


def _rows_and_labels(
    predictor: Any, table: str, target: str, drop: list[str], in_order: bool, how: Reading
) -> tuple[Any, Any]:
    """Return the rows of a table as a model takes them, and their labels."""
    from hornet.tuning.labelled import rows_and_labels

    whole = read_table(table, how)
    require_target(whole, target, *drop)
    if target in (names_known_to(predictor) or ()):
        raise Failure(ExitCode.COLUMNS, f"The model predicts from {target!r}, so that it cannot be the target.")
    rows = taken_by(predictor, without(whole, [*drop, target]), in_order)
    return rows, rows_and_labels(whole.select([target]), None, target)[1]


def _scores(estimator: Any, rows: Any, labels: Any) -> dict[str, float]:
    """Return how well an estimator for tables predicts rows."""
    from sklearn import metrics

    if not hasattr(estimator, "predict_proba"):
        predicted = estimator.predict(rows)
        return {
            "rmse": float(metrics.root_mean_squared_error(labels, predicted)),
            "mae": float(metrics.mean_absolute_error(labels, predicted)),
            "r2": float(metrics.r2_score(labels, predicted)),
        }
    classes = estimator.classes_.tolist()
    unknown = [label for label in dict.fromkeys(labels.tolist()) if label not in classes]
    if unknown:
        raise Failure(
            ExitCode.REFUSED,
            f"The target has the class {unknown[0]!r}, and the model knows {', '.join(map(repr, classes))}.",
        )
    probabilities = estimator.predict_proba(rows)
    probabilities /= probabilities.sum(axis=1, keepdims=True)  # scikit-learn wants more digits than the model has
    return {
        "accuracy": float(metrics.accuracy_score(labels, estimator.predict(rows))),
        "log_loss": float(metrics.log_loss(labels, probabilities, labels=classes)),
    }


def _narrowed(values: Any) -> Any:
    """Return numbers in single precision where they lose nothing: so many digits mean something."""
    import numpy as np

    if values.dtype == np.float64:
        single = values.astype(np.float32)
        return single if np.array_equal(single, values, equal_nan=True) else values
    return values if values.dtype.kind in "biuf" else values.astype(str)
