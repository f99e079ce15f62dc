"""A model with hyperparameters, as a class."""

from hornet.core.imports import publish
from hornet.tuning.builder import HyperModel

__all__ = ["HyperModel"]
publish(__name__, __all__)
