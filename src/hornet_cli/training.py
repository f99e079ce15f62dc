"""The commands that train: `fit` and `tune`."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from hornet_cli.columns import numbers_in, require_target, without
from hornet_cli.commands import Found, say
from hornet_cli.failures import ExitCode, Failure
from hornet_cli.files import file_to_write
from hornet_cli.options import AsJson, Decimal, Drop, Encoding, Format, Quiet, Seed, Sep, TableArgument, Target
from hornet_cli.tables import Reading, read_table


class Preset(StrEnum):
    """How much is trained."""

    fast = "fast"
    good = "good"
    best = "best"


class Task(StrEnum):
    """What is predicted."""

    auto = "auto"
    regression = "regression"
    classification = "classification"


_DEFAULT_FILE = "model.keras"
_NAMES = {"this": "this model", "linear": "linear model", "hist_gradient_boosting": "boosted trees"}
"""What people call the entries of a comparison."""

_WRITTEN_NUMBER = re.compile(r"(?:[A-Z]{3}\s)?[^\w]*\d[\d\s.,'’]*[^\w]*(?:[^\W\d]{1,4}[.²³]?)?")
"""With a currency, separators of thousands, a unit or a percent sign."""
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})*(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"-?\d+(?:,\d+)?")

Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help=f"The model's file, .keras, which is replaced; by default {_DEFAULT_FILE}, which is not.",
        show_default=False,
    ),
]
Minutes = Annotated[float | None, typer.Option(help="About how long to train at most.", min=0.01, show_default=False)]


def fit(
    table: TableArgument,
    target: Target,
    preset: Annotated[Preset, typer.Option(help="How much is trained: seconds, a minute, minutes.")] = Preset.good,
    minutes: Minutes = None,
    output: Output = None,
    task: Annotated[
        Task, typer.Option(help="What is predicted; auto takes words and few whole numbers for classes.")
    ] = Task.auto,
    drop: Drop = [],  # noqa: B006  (typer's way)
    weight: Annotated[str | None, typer.Option(help="The column of the rows' weights.", show_default=False)] = None,
    group: Annotated[
        str | None,
        typer.Option(help="The column of groups, of which none is both trained on and held out.", show_default=False),
    ] = None,
    seed: Seed = 0,
    compare: Annotated[
        bool, typer.Option("--compare/--no-compare", help="Also train a linear model and boosted trees.")
    ] = True,
    quiet: Quiet = False,
    as_json: AsJson = False,
    format: Format = None,
    sep: Sep = None,
    decimal: Decimal = ".",
    encoding: Encoding = "utf-8",
) -> Found:
    """Train a model that predicts one column from the others.

    Prints its error on rows that were held out, beside that of a linear model and of boosted trees.

    Calls hornet.estimators.TabularRegressor.fit or hornet.estimators.TabularClassifier.fit, and save.

    Example: hornet fit houses.csv --target price --preset fast -o houses.keras
    """
    file = _file(output)
    whole = read_table(table, Reading(format, sep, decimal, encoding))
    require_target(whole, target, *drop, weight, group)
    from hornet import estimators
    from hornet.tuning.labelled import rows_and_labels

    rows = without(whole, [*drop, weight, group])
    rows, labels = rows_and_labels(rows, None, target)
    kind = _task_of(labels, task, target)
    chosen: Any = estimators.TabularClassifier if kind == Task.classification else estimators.TabularRegressor
    estimator = chosen(preset.value, minutes=minutes, compare=compare, random_state=seed, verbose=not quiet)
    begun = perf_counter()
    estimator.fit(
        rows,
        labels,
        None if weight is None else numbers_in(whole, weight),
        groups=None if group is None else whole[group].to_numpy(),
    )
    estimator.save(file)
    of_rows = {"task": kind.value, "rows": rows.num_rows, "columns": rows.num_columns}
    seconds = round(perf_counter() - begun, 1)
    found = {**of_rows, **_errors(estimator), "seconds": seconds, "model": str(file)}
    interrupted = estimator.interrupted_
    return Found({**found, "interrupted": True} if interrupted else found, as_json, interrupted)


def tune(
    table: TableArgument,
    target: Target,
    trials: Annotated[
        int | None, typer.Option(help="How many candidates; 50 by default.", min=1, show_default=False)
    ] = None,
    minutes: Minutes = None,
    output: Output = None,
    storage: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Where the search is kept, so that it can go on later.", show_default=False),
    ] = None,
    drop: Drop = [],  # noqa: B006  (typer's way)
    seed: Seed = 0,
    quiet: Quiet = False,
    as_json: AsJson = False,
    format: Format = None,
    sep: Sep = None,
    decimal: Decimal = ".",
    encoding: Encoding = "utf-8",
) -> Found:
    """Look for the best multilayer perceptron on a table.

    Calls hornet.tuning.tune, and saves its best_model.

    Example: hornet tune houses.csv --target price --minutes 5 --storage search.db
    """
    file = _file(output)
    if storage is not None:
        file_to_write(storage)
    whole = read_table(table, Reading(format, sep, decimal, encoding))
    require_target(whole, target, *drop)
    rows = without(whole, drop)
    from hornet import tuning
    from hornet_cli.tuned import TunedClassifier

    tuner: Any = tuning.tune(
        rows,
        target=target,
        trials=trials,
        minutes=minutes,
        storage=storage,
        seed=seed,
        verbose=not quiet,
    )
    classes = getattr(tuner.best_estimator, "classes_", None)
    if classes is None:
        tuner.best_model.save(file)
    else:
        TunedClassifier().fit(tuner.best_model, classes).save(file)
    return Found(
        {
            "trials": len(tuner.ended),
            tuner.objective.name: tuner.best_value,
            "hyperparameters": tuner.best_params,
            "classes": None if classes is None else classes.tolist(),
            "model": str(file),
        },
        as_json,
    )


def _file(output: str | None) -> Path:
    file = file_to_write(output or _DEFAULT_FILE, ".keras")
    if output is None and file.exists():
        raise Failure(ExitCode.FILE, f"{str(file)!r} is there already. Name the model's file: -o {file} replaces it.")
    return file


def _errors(estimator: Any) -> dict[str, Any]:
    """Return the errors of a fitted estimator and of those that it is compared with, by the name of the metric."""
    found = estimator.comparison_ or {"this": estimator.score_}  # of none, or of one that was interrupted
    errors = {_NAMES[name]: error for name, error in found.items() if name in _NAMES}
    return {f"{estimator.metric_} of rows held out": errors}


def _task_of(labels: Any, given: Task, target: str) -> Task:
    """Return what is predicted, as the labels suggest it where nothing is said."""
    from hornet.tuning.labelled import name_classes

    values = set(labels.tolist())
    if len(values) == 1:
        raise _unfit(target, f"holds {values.pop()!r} in every row, so that there is nothing to learn")
    are_numbers = labels.dtype.kind in "iufb"
    is_rare = not are_numbers and len(values) > max(2, len(labels) // 2)
    if is_rare if given == Task.auto else given == Task.regression and not are_numbers:
        _refuse_written_numbers(labels, target)
    if given == Task.regression and not are_numbers:
        raise _unfit(target, "holds text, and regression predicts numbers")
    if given == Task.classification and labels.dtype.kind == "f" and (labels % 1 != 0).any():
        raise _unfit(target, "holds fractions, which are no classes")
    if given != Task.auto:
        return given
    if not name_classes(labels):
        return Task.regression
    if is_rare:
        raise _unfit(
            target,
            f"holds text, {len(values)} different ones in {len(labels)} rows: neither numbers nor classes. Pass "
            "--task classification to learn classes as rare as these",
        )
    if labels.dtype.kind in "iuf" and len(values) > 2:
        say(f"{target!r} holds {len(values)} whole numbers: they are taken for classes, else pass --task regression.")
    return Task.classification


def _refuse_written_numbers(labels: Any, target: str) -> None:
    """Refuse texts that are numbers to people, and say what makes them numbers to programs."""
    texts = [str(label).strip() for label in labels]
    if not all(map(_WRITTEN_NUMBER.fullmatch, texts)):
        return
    has_thousands = all(_THOUSANDS.fullmatch(text) for text in texts)
    if all(map(_DECIMAL_COMMA.fullmatch, texts)) and not has_thousands:
        raise _unfit(
            target, f"holds numbers with a decimal comma, such as {texts[0]!r}. Pass --decimal ',' to read them"
        )
    raise _unfit(
        target,
        f"holds numbers written with other signs, such as {texts[0]!r}. Leave only digits, a minus and a decimal point "
        "in the column",
    )


def _unfit(target: str, why: str) -> Failure:
    return Failure(ExitCode.REFUSED, f"The target {target!r} {why}.")
