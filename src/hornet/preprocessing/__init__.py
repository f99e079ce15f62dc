"""What prepares data: `encode`, for mixed tables; and the old path of `utils.pad_sequences`."""

from hornet.core.imports import publish
from hornet.preprocessing import sequence

__all__ = ["encode", "sequence"]  # pyright: ignore[reportUnsupportedDunderAll]  (as below)

publish(__name__, __all__, later={"encode": "hornet.models.tables"})  # which needs the layers, which need this package
