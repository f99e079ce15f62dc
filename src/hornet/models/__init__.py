"""Keras's models."""

from hornet.models.model import Model
from hornet.models.sequential import Sequential

__all__ = ["Model", "Sequential"]
