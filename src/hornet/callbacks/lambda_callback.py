"""A callback made of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict, Unpack

from hornet.callbacks.callback import Callback
from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.core.suggestions import reject_unknown_arguments

_HOOKS = [name for name in vars(Callback) if name.startswith("on_")]

Hook = Callable[..., Any]


class FurtherHooks(TypedDict, total=False):
    """The hooks of `Callback` that are given by name alone."""

    on_batch_begin: Hook | None
    on_batch_end: Hook | None
    on_test_begin: Hook | None
    on_test_end: Hook | None
    on_test_batch_begin: Hook | None
    on_test_batch_end: Hook | None
    on_predict_begin: Hook | None
    on_predict_end: Hook | None
    on_predict_batch_begin: Hook | None
    on_predict_batch_end: Hook | None
    on_batches_done: Hook | None
    on_train_ready: Hook | None
    on_safe_point: Hook | None
    on_progress: Hook | None


class LambdaCallback(Callback):
    """Callback whose hooks are the given functions.

    Args:
        on_epoch_begin: Function of `(epoch, logs)`.
        on_epoch_end: Function of `(epoch, logs)`.
        on_train_begin: Function of `(logs)`.
        on_train_end: Function of `(logs)`.
        on_train_batch_begin: Function of `(batch, logs)`; the second argument must have the name `logs`.
        on_train_batch_end: Function of `(batch, logs)`; the second argument must have the name `logs`.
        **kwargs: Any other hook of `Callback` by its name; anything whose name does not begin with `on_` becomes an
            attribute.

    Raises:
        TypeError: If a hook does not exist, or is not a function.

    Example:
        >>> announce = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
        >>> announce.on_epoch_end(3, {"loss": 0.25})
        3 0.25
    """

    def __init__(
        self,
        on_epoch_begin: Hook | None = None,
        on_epoch_end: Hook | None = None,
        on_train_begin: Hook | None = None,
        on_train_end: Hook | None = None,
        on_train_batch_begin: Hook | None = None,
        on_train_batch_end: Hook | None = None,
        **kwargs: Unpack[FurtherHooks],
    ) -> None:
        hooks = {name: value for name, value in kwargs.items() if name.startswith("on_")}
        reject_unknown_arguments("LambdaCallback", hooks, _HOOKS)
        vars(self).update({name: value for name, value in kwargs.items() if name not in hooks})
        functions = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **hooks,
        }
        for name, function in functions.items():
            if function is None:
                continue
            if not callable(function):
                raise ArgumentError(
                    f"`{name}` must be a function, not {describe(function)}. Pass a function or a lambda."
                )
            setattr(self, name, function)
