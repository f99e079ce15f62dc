"""Keras's callbacks: objects that are told what `fit`, `evaluate` and `predict` do."""

from hornet.callbacks.callback import Callback
from hornet.callbacks.callback_list import CallbackList
from hornet.callbacks.history import History
from hornet.callbacks.lambda_callback import LambdaCallback
from hornet.callbacks.progbar_logger import ProgbarLogger
from hornet.core.checks import suggesting

__all__ = ["Callback", "CallbackList", "History", "LambdaCallback", "ProgbarLogger"]

__getattr__ = suggesting(__name__, __all__)
