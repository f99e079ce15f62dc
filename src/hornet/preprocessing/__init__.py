"""What prepares data: `encode`, for mixed tables; and the old paths of what is in `hornet.utils`."""

from hornet.core.imports import publish
from hornet.preprocessing import image, sequence, text
from hornet.utils import image_dataset_from_directory, text_dataset_from_directory, timeseries_dataset_from_array

__all__ = [
    "encode",  # pyright: ignore[reportUnsupportedDunderAll]  (as below)
    "image",
    "image_dataset_from_directory",
    "sequence",
    "text",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
]

publish(__name__, __all__, later={"encode": "hornet.models.tables"})  # which needs the layers, which need this package
