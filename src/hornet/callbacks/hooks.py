"""The hooks of callbacks: what each is called with, and errors in those that users write."""

from __future__ import annotations

from typing import Any

from hornet.core.errors import ArgumentError
from hornet.core.package import is_from_package
from hornet.core.user_code import explain
from hornet.core.user_functions import accepts, parameters_text

_OF_PHASE = {
    "train": (
        *("on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end"),
        *("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"),
    ),
    "test": ("on_test_begin", "on_test_end", "on_test_batch_begin", "on_test_batch_end"),
    "predict": ("on_predict_begin", "on_predict_end", "on_predict_batch_begin", "on_predict_batch_end"),
}

_ADVICE = "Pass `{0}=lambda {1}: ...`.", "Write it as `def {0}(self, {1}=None)`."


def check_hooks(callback: Any, phase: str) -> None:
    """Raise `TypeError` for a hook of the user's that does not take what it is called with.

    Args:
        callback: The callback.
        phase: `"train"`, `"test"` or `"predict"`: which hooks are going to be called.
    """
    for hook in _OF_PHASE[phase]:
        function = getattr(callback, hook)
        if is_from_package(function):
            continue
        counted = "epoch" if "epoch" in hook else "batch" if "batch" in hook else ""
        given, named = (({},), {}) if not counted else ((0, {}), {}) if counted == "epoch" else ((0,), {"logs": {}})
        if not accepts(function, *given, **named):
            taken = f"{counted}, logs" if counted else "logs"
            raise ArgumentError(
                f"`{hook}` of the callback `{type(callback).__name__}` is called with `({taken})`, but takes "
                f"`{parameters_text(function)}`. {_ADVICE[hasattr(function, '__self__')].format(hook, taken)}"
            )


def notify(callback: Any, hook: str, *arguments: Any, **keywords: Any) -> None:
    """Call a hook; an error in one that a user wrote says in which."""
    try:
        getattr(callback, hook)(*arguments, **keywords)
    except Exception as error:
        if not is_from_package(getattr(callback, hook)):
            explain(error, f"`{hook}` of the callback `{type(callback).__name__}`")
        raise
