"""Keras's callbacks: objects that `fit`, `evaluate` and `predict` notify of what they do."""

from hornet.callbacks.backup_and_restore import BackupAndRestore, RunCheckpoint
from hornet.callbacks.callback import Callback
from hornet.callbacks.callback_list import CallbackList
from hornet.callbacks.csv_logger import CSVLogger
from hornet.callbacks.early_stopping import EarlyStopping
from hornet.callbacks.history import History
from hornet.callbacks.json_logger import JSONLogger
from hornet.callbacks.lambda_callback import LambdaCallback
from hornet.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from hornet.callbacks.mlflow import MLflow
from hornet.callbacks.model_checkpoint import ModelCheckpoint
from hornet.callbacks.periodic import Periodic
from hornet.callbacks.progbar_logger import ProgbarLogger
from hornet.callbacks.swap_ema_weights import SwapEMAWeights
from hornet.callbacks.tensorboard import TensorBoard
from hornet.callbacks.terminate_on_nan import TerminateOnNaN
from hornet.core.imports import publish

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "JSONLogger",
    "LambdaCallback",
    "LearningRateScheduler",
    "MLflow",
    "ModelCheckpoint",
    "Periodic",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "RunCheckpoint",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]

publish(__name__, __all__)
