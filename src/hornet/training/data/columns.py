"""The names of an input's columns, which a model keeps from training on: a frame may hold them in another order."""

from __future__ import annotations

from typing import Any

from hornet.core.containers import column_names


def in_trained_order(model: Any, argument: str, given: Any, inputs: Any, learns: bool = False) -> Any:
    """Return inputs whose columns are in the order of the frame that the model was trained on.

    Args:
        model: A model; one that is trained now keeps the names of the frame's columns.
        argument: The inputs' name, for errors.
        given: The inputs as the user passed them. Where they have no names, they are taken as they are.
        inputs: The array that they became.
        learns: Whether the model is trained on them.

    Raises:
        ValueError: If the columns have other names than those that the model was trained on.
    """
    known = model._column_names
    names = _names_of(given, inputs) if learns or known is not None else None
    if names is None or names == known:
        return inputs
    if known is None or set(names) != set(known):
        if learns:
            model._column_names = names
        elif known is not None:
            raise _other_names(model, argument, known, names)
        return inputs
    return inputs[:, [names.index(name) for name in known]]


def names_in_order(model: Any, given: Any, inputs: Any) -> tuple[str, ...] | None:
    """Return the names of the columns of inputs that `in_trained_order` returned; `None` where they have none."""
    names, known = _names_of(given, inputs), model._column_names
    if known is None or getattr(inputs, "ndim", 0) != 2 or len(known) != inputs.shape[1]:
        return names
    return known if names is None or set(names) == set(known) else names


def names_of(given: Any) -> tuple[str, ...] | None:
    """Return the names of the columns of inputs, as the user passed them, alone or alone in a list."""
    return column_names(given[0] if isinstance(given, list | tuple) and len(given) == 1 else given)


def _names_of(given: Any, inputs: Any) -> tuple[str, ...] | None:
    names = names_of(given) if getattr(inputs, "ndim", 0) == 2 else None
    return names if names is not None and len(names) == inputs.shape[1] else None


def _other_names(model: Any, argument: str, known: tuple[str, ...], names: tuple[str, ...]) -> ValueError:
    missing = [name for name in known if name not in names]
    extra = [name for name in names if name not in known]
    differences = [f"lacks {_listed(missing)}"] * bool(missing) + [f"has {_listed(extra)} besides"] * bool(extra)
    return ValueError(
        f"`{argument}` {' and '.join(differences)}, compared with the columns that {model.name!r} was trained on. "
        "Pass the same columns, or an array without names."
    )


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names[:5])) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
