"""The old paths of what prepares data, which is in `hornet.utils`."""

from hornet.core.imports import publish
from hornet.preprocessing import image, sequence
from hornet.utils import image_dataset_from_directory, text_dataset_from_directory, timeseries_dataset_from_array

__all__ = [
    "image",
    "image_dataset_from_directory",
    "sequence",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
]

publish(__name__, __all__)
