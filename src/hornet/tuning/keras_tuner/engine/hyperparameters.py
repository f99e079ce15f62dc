"""What a model-building function asks for its hyperparameters."""

from hornet.core.imports import publish
from hornet.tuning.hyperparameters import HyperParameters

__all__ = ["HyperParameter", "HyperParameters"]
publish(__name__, __all__)

HyperParameter = HyperParameters
