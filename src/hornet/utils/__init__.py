"""Keras's public helpers."""

from hornet.core.custom_objects import (
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from hornet.core.dtypes import standardize_dtype
from hornet.core.imports import publish
from hornet.core.messages import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from hornet.core.random import set_random_seed
from hornet.data.image_files import image_dataset_from_directory
from hornet.data.pictures import array_to_img, img_to_array, load_img, save_img
from hornet.data.splitting import split_dataset
from hornet.data.text_files import text_dataset_from_directory
from hornet.data.windows import timeseries_dataset_from_array
from hornet.plots import plot_model
from hornet.utils.batches import pack_x_y_sample_weight, unpack_x_y_sample_weight
from hornet.utils.files import get_file
from hornet.utils.numerical import normalize, pad_sequences, to_categorical
from hornet.utils.progbar import Progbar
from hornet.utils.py_dataset import PyDataset
from hornet.utils.session import clear_session
from hornet.utils.tensors import get_source_inputs, is_keras_tensor

CustomObjectScope = custom_object_scope
Sequence = PyDataset

__all__ = [
    "CustomObjectScope",
    "FeatureSpace",  # pyright: ignore[reportUnsupportedDunderAll]  (as below)
    "Progbar",
    "PyDataset",
    "Sequence",
    "array_to_img",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",  # pyright: ignore[reportUnsupportedDunderAll]  (as below)
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_file",
    "get_registered_name",
    "get_registered_object",
    "get_source_inputs",
    "image_dataset_from_directory",
    "img_to_array",
    "is_interactive_logging_enabled",
    "is_keras_tensor",
    "load_img",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "plot_model",
    "register_keras_serializable",
    "save_img",
    "serialize_keras_object",  # pyright: ignore[reportUnsupportedDunderAll]  (as below)
    "set_random_seed",
    "split_dataset",
    "standardize_dtype",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
    "to_categorical",
    "unpack_x_y_sample_weight",
]

# These need the layers, which need this package.
_LATER = dict.fromkeys(("serialize_keras_object", "deserialize_keras_object"), "hornet.saving")

publish(__name__, __all__, later=_LATER | {"FeatureSpace": "hornet.models.feature_space"})
