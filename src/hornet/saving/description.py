"""Configs of models and their training, read from files that are not trusted."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from hornet import losses, metrics, optimizers
from hornet.core.budget import OverBudgetError, weight_budget
from hornet.core.config import has_own
from hornet.core.custom_objects import custom_object_scope
from hornet.core.errors import (
    ANOTHER_COPY,
    CorruptFileError,
    FileError,
    MissingObjectError,
    RebuildError,
    UnknownNameError,
    UnknownObjectError,
    UnsafeFileError,
)
from hornet.layers.function import passed_function, refusal
from hornet.layers.layer import registry as layers
from hornet.saving.parsing import parts_of
from hornet.saving.protocols import Savable


def model_from(
    path: Any,
    part: str,
    described: dict[str, Any],
    custom_objects: Mapping[str, Any],
    elements: int,
    are_filled: bool = True,
) -> Savable:
    """Return the model that a file describes, its weights still zeros, as the file fills them.

    Nothing is imported, looked up by a dotted name or run that a description holds: a class is one of Hornet's, or one
    that the caller passed or registered, and so is a function.

    Args:
        path: The file, for errors.
        part: The part of it, for errors.
        described: The description.
        custom_objects: User-defined classes and functions by name.
        elements: The number of elements of all weights in the file.
        are_filled: Whether there are weights in it; else they begin as a new model's.

    Raises:
        CorruptFileError: If it describes no model.
        MissingObjectError: If it names what is not known.
        UnsafeFileError: If it holds code, or needs weights that the file does not hold.
    """
    with custom_object_scope(custom_objects), weight_budget(elements, are_filled), refused_descriptions(path, part):
        _check_classes(path, part, described)
        model = layers.get(described)
        if not hasattr(model, "_compile_arguments"):
            raise CorruptFileError(path, part, f"it describes no model but a {type(model).__name__!r}. {ANOTHER_COPY}")
        if not model.built and isinstance(described.get("build_config"), Mapping):
            model.build_from_config(described["build_config"])
    return model


@contextmanager
def refused_descriptions(path: Any, part: str) -> Generator[None, None, None]:
    """Turn the errors of objects that are made from a file's description into errors that name the file."""
    try:
        yield
    except FileError:
        raise
    except UnknownNameError as error:
        problem = str(error) if isinstance(error, UnknownObjectError) else f"{error} {error.passing}"
        raise MissingObjectError(path, part, problem) from error
    except RebuildError as error:
        error.add_note(f"It is described in {str(path)!r}, {part}.")
        raise
    except OverBudgetError as error:
        raise UnsafeFileError(path, part, f"{error}. {ANOTHER_COPY}") from error
    except (MemoryError, RecursionError) as error:
        raise UnsafeFileError(path, part, f"it requires too much ({error}). {ANOTHER_COPY}") from error
    except Exception as error:
        problem = str(error) or type(error).__name__
        raise CorruptFileError(path, part, f"what it describes cannot be made: {problem}") from error


def _check_classes(path: Any, part: str, described: Any) -> None:
    """Refuse descriptions that hold code, name files or call for a function that the caller did not pass."""
    for value, _ in parts_of(described):
        if not isinstance(value, dict):
            continue
        kind, config = value.get("class_name"), value.get("config")
        if kind == "Lambda" and isinstance(config, dict):
            _check_lambda(path, part, config)
        elif kind in ("__lambda__", "__typespec__") or "py/object" in value:
            raise UnsafeFileError(
                path, part, "it holds a function's code, which is never run. Pass the function in `custom_objects`."
            )
        elif isinstance(config, dict) and isinstance(config.get("vocabulary"), str):
            raise UnsafeFileError(
                path,
                part,
                f"it names the file {config['vocabulary']!r} as a vocabulary, and files are not opened because another "
                "file says so. Call `set_vocabulary` on a new layer.",
            )


def _check_lambda(path: Any, part: str, config: dict[str, Any]) -> None:
    """Refuse a `Lambda` whose function the caller did not pass, and put what is known in the place of code."""
    function = passed_function(config)
    if function is None:
        raise UnsafeFileError(path, part, refusal(config.get("name")))
    config["function"] = function


# --- training -------------------------------------------------------------------------------------------


def compile_from(
    path: Any, part: str, model: Any, described: Mapping[str, Any], custom_objects: Mapping[str, Any]
) -> None:
    """Compile a model as a file describes.

    Args:
        path: The file, for errors.
        part: The part of it, for errors.
        model: The model.
        described: The arguments of `compile()` as a config.
        custom_objects: User-defined classes and functions by name.

    Raises:
        CorruptFileError: If an object cannot be made.
        MissingObjectError: If it names what is not known.
        UnsafeFileError: If it holds code.
    """
    with custom_object_scope(custom_objects), refused_descriptions(path, part):
        _check_classes(path, part, dict(described))
        own = has_own(type(model), "compile_from_config")
        model.compile_from_config(described if own else _arguments(described))


def _arguments(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `compile()` as objects."""
    return {
        "optimizer": optimizers.get(described.get("optimizer") or "rmsprop"),
        "loss": _build_nested(described.get("loss"), losses.registry.get),
        "loss_weights": described.get("loss_weights"),
        "metrics": _build_nested(described.get("metrics"), metrics.registry.get),
        "weighted_metrics": _build_nested(described.get("weighted_metrics"), metrics.registry.get),
        "run_eagerly": bool(described.get("run_eagerly", False)),
        "steps_per_execution": described.get("steps_per_execution") or 1,
    }


def _build_nested(described: Any, get: Callable[[Any], Any]) -> Any:
    """Return objects in the structure of their descriptions; names stay names."""
    if isinstance(described, Mapping):
        if "class_name" in described:
            return get(described)
        return {name: _build_nested(part, get) for name, part in described.items()}
    return [_build_nested(part, get) for part in described] if isinstance(described, list) else described
