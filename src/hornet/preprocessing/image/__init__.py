"""The old path of what reads and writes pictures, and `ImageDataGenerator`, which changes them on the host."""

from hornet.core.imports import publish
from hornet.preprocessing.image.batches import Iterator, NumpyArrayIterator
from hornet.preprocessing.image.changes import (
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    random_brightness,
    random_channel_shift,
    random_rotation,
    random_shear,
    random_shift,
    random_zoom,
)
from hornet.preprocessing.image.files import DataFrameIterator, DirectoryIterator
from hornet.preprocessing.image.generator import ImageDataGenerator
from hornet.preprocessing.image.resizing import smart_resize
from hornet.utils import array_to_img, img_to_array, load_img, save_img

__all__ = [
    "DataFrameIterator",
    "DirectoryIterator",
    "ImageDataGenerator",
    "Iterator",
    "NumpyArrayIterator",
    "apply_affine_transform",
    "apply_brightness_shift",
    "apply_channel_shift",
    "array_to_img",
    "img_to_array",
    "load_img",
    "random_brightness",
    "random_channel_shift",
    "random_rotation",
    "random_shear",
    "random_shift",
    "random_zoom",
    "save_img",
    "smart_resize",
]

publish(__name__, __all__)
