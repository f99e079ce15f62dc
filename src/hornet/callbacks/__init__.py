"""Keras's callbacks: objects that are told what `fit`, `evaluate` and `predict` do."""

from hornet.callbacks.backup_and_restore import BackupAndRestore, RunKeeper
from hornet.callbacks.callback import Callback
from hornet.callbacks.callback_list import CallbackList
from hornet.callbacks.history import History
from hornet.callbacks.lambda_callback import LambdaCallback
from hornet.callbacks.periodic import Periodic
from hornet.callbacks.progbar_logger import ProgbarLogger
from hornet.core.checks import suggesting

__all__ = [
    "BackupAndRestore",
    "Callback",
    "CallbackList",
    "History",
    "LambdaCallback",
    "Periodic",
    "ProgbarLogger",
    "RunKeeper",
]

__getattr__ = suggesting(__name__, __all__)
