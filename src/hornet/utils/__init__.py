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
    "is_interactive_logging_enabled",
    "is_keras_tensor",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "plot_model",
    "register_keras_serializable",
    "serialize_keras_object",  # pyright: ignore[reportUnsupportedDunderAll]  (as below)
    "set_random_seed",
    "standardize_dtype",
    "to_categorical",
    "unpack_x_y_sample_weight",
]

# These need the layers, which need this package.
_LATER = dict.fromkeys(("serialize_keras_object", "deserialize_keras_object"), "hornet.saving")

publish(__name__, __all__, later=_LATER | {"FeatureSpace": "hornet.models.feature_space"})
