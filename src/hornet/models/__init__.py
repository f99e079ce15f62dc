"""Keras's models."""

from hornet.core.imports import publish
from hornet.models import feature_space as feature_space  # whose classes files name
from hornet.models.averaging import average
from hornet.models.cloning import clone_model, model_from_json
from hornet.models.functional import Functional
from hornet.models.model import Model
from hornet.models.sequential import Sequential
from hornet.saving import load_model, save_model

__all__ = [
    "Functional",
    "Model",
    "Sequential",
    "average",
    "clone_model",
    "load_model",
    "model_from_json",
    "save_model",
]

publish(__name__, __all__)
