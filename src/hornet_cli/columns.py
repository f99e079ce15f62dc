"""Which columns of a table are what: the target, those that are left out, those that a model takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hornet_cli.commands import say
from hornet_cli.failures import ExitCode, Failure

_SHOWN = 12


def require(table: Any, names: Iterable[str | None]) -> None:
    """Refuse a table that lacks one of some columns; `None` is none."""
    from hornet.core.suggestions import did_you_mean

    there = table.column_names
    for name in names:
        if name is not None and name not in there:
            advice = did_you_mean(name, there)
            values = " The first line seems to hold values: put names above." * all(map(_is_number, there))
            raise Failure(ExitCode.COLUMNS, f"There is no column {name!r}.{advice} There are {shown(there)}.{values}")


def require_target(table: Any, target: str, *others: str | None) -> None:
    """Refuse a table that lacks the target or others, has nothing else, or of which the target is one of the others.

    Args:
        table: The table.
        target: The column that is predicted.
        *others: Columns that are left out of the rows; `None` is none.
    """
    require(table, [target, *others])
    if target in others:
        raise Failure(ExitCode.COLUMNS, f"The column {target!r} is both the target and to be left out. Name another.")
    without(table, [target, *others])


def without(table: Any, names: Iterable[str | None]) -> Any:
    """Return a table without some columns, which must leave some."""
    left_out = {name for name in names if name is not None}
    kept = [name for name in table.column_names if name not in left_out]
    if not kept:
        raise Failure(ExitCode.COLUMNS, "No column is left to predict from. Pass a table with more of them.")
    return table.select(kept)


def taken_by(model: Any, table: Any, in_order: bool, beside: Sequence[str] = ()) -> Any:
    """Return the rows as a model takes them: the columns that it knows, in a table, or all in their order.

    Args:
        model: An estimator, or a model.
        table: The table.
        in_order: Whether the columns are in the order of the model's, which does not know their names.
        beside: Columns that are there for something else.
    """
    names = names_known_to(model)
    if names is None:
        return _in_order(model, table, in_order)
    missing = [name for name in names if name not in table.column_names]
    if missing:
        there = shown(table.column_names)
        raise Failure(ExitCode.COLUMNS, f"The model needs {shown(missing)}, and the table has {there}.")
    others = [name for name in table.column_names if name not in names and name not in beside]
    if others:
        say(f"the model does not take {shown(others)}; left out.")
    inputs = _inputs_by_name(getattr(model, "model_", model))
    read = [name for name, tensor in inputs.items() if tensor.dtype == "string"]
    _require_numbers(table.select([name for name in names if name not in read]))
    return _with_those_left_out(model, table.select(names))


def _with_those_left_out(model: Any, table: Any) -> Any:
    """Return a table with gaps in those columns that an estimator was given in training, and does not look at."""
    import pyarrow as pa

    known = [str(name) for name in getattr(model, "feature_names_in_", table.column_names)]
    for name in known:
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(table.num_rows, pa.string()))
    return table.select(known)


def numbers_in(table: Any, name: str) -> Any:
    """Return a column of numbers as an array."""
    _require_numbers(table.select([name]))
    return table[name].to_numpy()


def shown(names: Sequence[str]) -> str:
    """Return names for people, not too many."""
    return ", ".join(map(repr, names[:_SHOWN])) + f" and {len(names) - _SHOWN} more" * (len(names) > _SHOWN)


def names_known_to(model: Any) -> list[str] | None:
    """Return the names of the columns that a model or an estimator predicts from."""
    if getattr(model, "takes_frames_", False):
        return list(model.model_.input)
    model = model if hasattr(model, "feature_names_in_") else getattr(model, "model_", model)
    names = getattr(model, "feature_names_in_", getattr(model, "_column_names", None))
    if names is not None:
        return [str(name) for name in names]
    inputs = _inputs_by_name(model)
    return list(inputs) if inputs and all(map(_is_of_one_column, inputs.values())) else None


def _inputs_by_name(model: Any) -> dict[str, Any]:
    """Return the inputs of a model that takes several, in a dict or in a list; none of a model of one array."""
    inputs = getattr(model, "input", None)
    if isinstance(inputs, dict):
        return inputs
    return dict(zip(model.input_names, inputs, strict=True)) if isinstance(inputs, list | tuple) else {}


def _is_of_one_column(tensor: Any) -> bool:
    return tensor.shape[1:] in ((), (1,))


def _in_order(model: Any, table: Any, in_order: bool) -> Any:
    count = _columns_of(model)
    if count is None:
        raise Failure(
            ExitCode.MODEL, "The model's input is no row of columns, so that no table fits. Call it from Python."
        )
    if count != table.num_columns:
        raise Failure(
            ExitCode.COLUMNS,
            f"The model takes {count} columns, whose names it does not know, and the table has {table.num_columns}: "
            f"{shown(table.column_names)}. Leave others out by --drop, and pass --in-order.",
        )
    if not in_order:
        raise Failure(
            ExitCode.COLUMNS,
            f"The model does not know the names of its {count} columns. If those of the table are in its order, "
            f"{shown(table.column_names)}, pass --in-order.",
        )
    from hornet.core.containers import to_numbers

    _require_numbers(table)
    return to_numbers("table", table)


def _require_numbers(table: Any) -> None:
    for name, column in zip(table.column_names, table.columns, strict=True):
        if str(column.type) in ("string", "large_string"):
            texts = column.to_pylist()
            row = next((row for row, text in enumerate(texts) if text is not None and not _is_number(text)), 0)
            raise Failure(
                ExitCode.COLUMNS, f"The column {name!r} must hold numbers, and has {texts[row]!r} in row {row + 1}."
            )


def _columns_of(model: Any) -> int | None:
    """Return how many columns a model's only input has."""
    if hasattr(model, "n_features_in_"):
        return model.n_features_in_
    shape = getattr(model, "input_shape", None)
    return shape[1] if isinstance(shape, tuple) and len(shape) == 2 and isinstance(shape[1], int) else None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
