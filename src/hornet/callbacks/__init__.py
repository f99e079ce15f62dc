"""Keras's callbacks: objects that are told what `fit`, `evaluate` and `predict` do."""

from hornet.callbacks.callback import Callback
from hornet.callbacks.callback_list import CallbackList
from hornet.callbacks.history import History
from hornet.callbacks.lambda_callback import LambdaCallback
from hornet.callbacks.progbar_logger import ProgbarLogger

__all__ = ["Callback", "CallbackList", "History", "LambdaCallback", "ProgbarLogger"]
