"""The old path of what prepares data: `pad_sequences` is in `hornet.utils`."""

from hornet.core.imports import publish
from hornet.preprocessing import sequence

__all__ = ["sequence"]

publish(__name__, __all__)
