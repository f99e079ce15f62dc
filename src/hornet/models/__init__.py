"""Keras's models."""

from hornet.core.checks import suggesting
from hornet.models.cloning import clone_model, model_from_json
from hornet.models.functional import Functional
from hornet.models.model import Model
from hornet.models.sequential import Sequential

__all__ = ["Functional", "Model", "Sequential", "clone_model", "model_from_json"]

__getattr__ = suggesting(__name__, __all__)
