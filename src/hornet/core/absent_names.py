"""Names of Keras that are not here, and when they come or why they do not.

docs/reference/names.md and docs/reference/api.md say the same, which the tests compare; names that only older Keras
has stand here alone.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

_LINK = re.compile(r"\[[^]]*\]\((.*?)\)")
_FOR_LARGE_MODELS = "never: integers of few bits are for models far larger than these"
_OLD_DESCRIPTIONS = "never: older descriptions of objects; those that Keras 3 writes are read"
_PHOTOGRAPHS = "never: pretrained networks for photographs are out of scope"
_SPEECH = "never: speech is out of scope"

ABSENT = {
    "": {
        "export": "never: `model.export` writes ONNX and StableHLO; see [export.md](../guides/export.md)",
        "Function Operation": "never: layers and `Model(inputs, outputs)` are what a graph is made of",
        "SymbolicScope": "never: shapes are found by abstract evaluation",
        "RematScope remat": "never: `jax.checkpoint` inside a layer's `call` does it",
        "name_scope": "never: the path of a weight is found by walking the model",
        "Quantizer quantizers": _FOR_LARGE_MODELS,
        "distribution": "never: networks of this size train on one device; `jax.sharding` has the rest",
        "distillation": "never: the loss of a model that learns from another is a few lines of `compute_loss`",
        "visualization": "never: images with boxes and masks belong to a library for images",
        "legacy": _OLD_DESCRIPTIONS,
        "GradientTape": "never: gradients are `jax.grad`'s of `stateless_call`; [own_loops.md](../guides/own_loops.md)",
        "estimator": "never: it was TensorFlow's; `hornet.estimators` has scikit-learn's",
    },
    "layers": {
        "ReversibleEmbedding": "later: an embedding whose table also gives the logits",
        "AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D "
        "AdaptiveMaxPooling2D AdaptiveMaxPooling3D": "later, over the engine of the other pooling layers",
        "ContrastLimitedAdaptiveHistogramEqualization MaxNumBoundingBoxes RandomElasticTransform": (
            "later, over the base of the others that change images at random"
        ),
        "MelSpectrogram STFTSpectrogram": "never: sound is out of scope; `initializers.STFT` has the transform",
        "JaxLayer FlaxLayer": "never: any JAX function may stand in a layer's `call`",
        "TFSMLayer TorchModuleWrapper": "never: other libraries' programs do not run inside XLA's",
        "CuDNNLSTM CuDNNGRU": (
            "never: Keras 3 dropped them; `LSTM` and `GRU` are compiled for every device, and read their files"
        ),
        "RandomHeight RandomWidth": "never: Keras 3 dropped them, as images of one batch have one size",
        "LocallyConnected1D LocallyConnected2D": "never: Keras 3 dropped them; `ops.einsum` does what they did",
        "ThresholdedReLU": "never: Keras 3 dropped it; `ReLU(threshold=...)` does the same",
        "DenseFeatures": "never: it was TensorFlow's; `StringLookup` and `CategoryEncoding` prepare columns",
        "experimental": "never: what was in it is in `layers` itself",
        "merge": "never: Keras 2 dropped it; `add`, `multiply`, `concatenate` and the like are functions of their own",
    },
    "tuning.keras_tuner": {
        "Oracle oracles synchronized": "never: each tuner proposes candidates; `tune(sampler=...)` takes others",
        "SklearnTuner": "never: `tuning.BayesSearchCV` takes any estimator of scikit-learn's",
        "HyperEfficientNet HyperImageAugment HyperResNet HyperXception applications": _PHOTOGRAPHS,
        "errors": "never: a candidate that raises has failed, and the others go on",
    },
    "losses": {"CTC ctc": _SPEECH, "Reduction": "never: a reduction is a name such as 'sum'"},
    "callbacks": {"RemoteMonitor": "never: a run notifies no server", "OrbaxCheckpoint": "later, with saving"},
    "utils": {
        "Config": "later: settings are kept without it",
        "model_to_dot": "never: it needs Graphviz; `plot_model` draws without",
        "bounding_boxes": "never: images with boxes and masks belong to a library for images",
        "audio_dataset_from_directory": (
            "never: sound is out of scope; `Dataset.from_generator` takes what another library reads"
        ),
        "legacy": _OLD_DESCRIPTIONS,
        "np_utils": "never: `utils.to_categorical` and `utils.normalize` are what was in it",
        "vis_utils": "never: `utils.plot_model` is what was in it",
        "multi_gpu_model": "never: networks of this size train on one device",
        "OrderedEnqueuer GeneratorEnqueuer SequenceEnqueuer": "later: data that come in batches",
    },
    "saving": {"KerasFileEditor": "never: `h5py` and `zipfile` open the files"},
    "dtype_policies": {
        "AWQDTypePolicy GPTQDTypePolicy Int4DTypePolicy QuantizedDTypePolicy QuantizedFloat8DTypePolicy": (
            _FOR_LARGE_MODELS
        ),
        "DTypePolicyMap": "never: each layer takes its own `dtype=`",
    },
    "ops": {
        "average_pool max_pool adaptive_average_pool adaptive_max_pool conv conv_transpose depthwise_conv "
        "separable_conv depth_to_space space_to_depth fold unfold": (
            "later, over the engine of the convolutional layers; use the layers"
        ),
        "fft fft2 ifft2 rfft irfft stft istft extract_sequences": (
            "never: signals are out of scope; `jax.numpy.fft` has them, and `jax.scipy.signal`"
        ),
        "ctc_loss ctc_decode": _SPEECH,
        "rearrange": "never: einops itself works on JAX's arrays",
        "numpy": "never: its functions are all `ops.<name>`",
    },
    "ops.image": {
        "elastic_transform": "later, with the layers that change images at random",
    },
    "config": {
        "disable_flash_attention enable_flash_attention is_flash_attention_enabled is_nnx_enabled": (
            "never: there is nothing that they would switch"
        ),
        "enable_unsafe_deserialization": "never: code of a file is not run, whatever the setting",
    },
    "backend": {
        "gradients name_scope is_sparse to_dense ctc_label_dense_to_sparse get_uid": (
            "never: they belong to TensorFlow's graphs and sparse tensors; gradients are `jax.grad`'s"
        ),
        "conv1d conv2d conv2d_transpose conv3d depthwise_conv2d separable_conv2d pool2d pool3d resize_images "
        "resize_volumes spatial_2d_padding spatial_3d_padding temporal_padding": "never: the layers do it",
        "rnn foldl foldr": "never: `ops.scan` does it",
        "ctc_batch_cost ctc_decode": _SPEECH,
        "binary_focal_crossentropy categorical_focal_crossentropy": "never: `losses` has them",
        "random_normal_variable random_uniform_variable": "never: `variable(random_normal(shape))` says it",
        "tensorflow_backend set_session get_session": "never: they belong to TensorFlow; nothing needs a session",
    },
}
"""Of each module the names that are not in it, and why: `later` or `never`, as the pages say it."""


_PROGRAMS = (
    "never: programs are made as data need them; `train_step`, `test_step` and `predict_step` are what users write, "
    "and `lower` shows a program"
)
_KERAS_2_GRAPHS = "never: Keras 3 dropped it; `input`, `output`, `input_shape` and `output_shape` are of the first call"

ABSENT_ATTRIBUTES = {
    "make_train_function make_test_function make_predict_function": _PROGRAMS,
    "train_function test_function predict_function": _PROGRAMS,
    "compute_loss_and_updates": "never: `stateless_call` and `stateless_compute_loss` are its two halves",
    "jax_state_sync": "never: variables hold their values whenever a callback looks",
    "quantize quantized_build quantized_call quantization_mode quantization_config get_quantization_layer_structure "
    "variable_serialization_spec": _FOR_LARGE_MODELS,
    "enable_lora lora_enabled lora_rank lora_alpha": "never: it fine-tunes models far larger than these",
    "call_signature_parameters": "never: `inspect.signature(layer.call)` has them",
    "convert_weight": "never: it was for TensorFlow's data; layers that prepare data take arrays",
    "gptq_unpacked_column_size": _FOR_LARGE_MODELS,
    "update_state reset_state": "never: `adapt` takes all data at once, and layers keep no sketch of them",
    "normalized_weights kernel_shape partial_output_shape": "never: they are steps of what `call` and `build` compute",
    "rematerialized_call": "never: `jax.checkpoint` inside a layer's `call` does it",
    "add_metric": "never: Keras 3 dropped it; keep a metric as an attribute, and `update_state` it in `call`",
    "add_update": "never: Keras 3 dropped it; `assign` to a variable in `call`",
    "to_yaml": "never: Keras 3 dropped it; `to_json` does the same",
    "get_input_at get_output_at get_input_shape_at get_output_shape_at get_input_mask_at get_output_mask_at": (
        _KERAS_2_GRAPHS
    ),
    "seed_generator": "never: random layers draw from the program's key",
}
"""Of layers and models the attributes that are not there, and why."""

_SLOTS = "what an optimizer keeps of each weight is in `variables`"

ABSENT_ATTRIBUTES_OF_STATE = {
    "intermediate_weights": "never: the totals are other ones, which lose fewer digits; `variables` has them",
    "interpolate_pr_auc": 'never: `result()` of `summation_method="interpolation"` is it',
    "adam_velocities zeropower_via_newtonschulz5 lr_adjust transpose_last_axis check_finite": (
        f"never: they are steps of an update; {_SLOTS}"
    ),
    "_momentums _velocities _accumulators": f"never: {_SLOTS}",
}
"""Of metrics and optimizers the attributes that are not there, and why."""


def attribute_or_reason(thing: object, name: str) -> Any:
    """Return an attribute that was not found the usual way: for `__getattr__` of metrics and optimizers.

    Raises:
        AttributeError: Always; with the reason where it is a name of Keras's, or the property's own.
    """
    why = _sentence(ABSENT_ATTRIBUTES_OF_STATE, name)
    kind = type(thing)
    if why and not hasattr(kind, name):
        raise AttributeError(f"{kind.__name__!r} object has no attribute {name!r}. {why}")
    return object.__getattribute__(thing, name)  # which says what is missing, or why a property has no value


def why_no_attribute(name: str) -> str:
    """Return the sentence on an attribute of Keras's layers and models that ours do not have, `""` for any other.

    Example:
        >>> why_no_attribute("jax_state_sync")
        "It is a name of Keras's that never comes here: variables hold their values whenever a callback looks."
    """
    return _sentence(ABSENT_ATTRIBUTES, name)


def why_absent(module: str, name: str) -> str:
    """Return the sentence on a name of Keras's that a module of this package does not have, `""` for any other name.

    Args:
        module: The full name of the module.
        name: What is not in it.

    Example:
        >>> why_absent("hornet.losses", "CTC")
        "It is a name of Keras's that never comes here: speech is out of scope."
        >>> why_absent("hornet.losses", "nothing")
        ''
    """
    return _sentence(ABSENT.get(module.partition(".")[2], {}), name)


def _sentence(absent: Mapping[str, str], name: str) -> str:
    for names, why in absent.items():
        if name in names.split():
            when = re.sub("^never", "never comes here", re.sub("^later", "comes later", why))
            return _LINK.sub(_from_the_root, f"It is a name of Keras's that {when}.")
    return ""


def _from_the_root(link: re.Match[str]) -> str:
    """Return where the page is that a link of docs/reference/names.md leads to."""
    return posixpath.normpath(f"docs/reference/{link[1]}")
