"""The old path of `hornet.utils.pad_sequences`."""

from hornet.core.imports import publish
from hornet.utils import pad_sequences

__all__ = ["pad_sequences"]

publish(__name__, __all__)
