"""Nets for photographs, which an installed Keras builds, with its weights, and this package runs.

`applications.ResNet50(weights=None, input_shape=(64, 64, 3), classes=5)` returns a model of this package: one to
predict with, to cut (`Model(net.input, net.layers[-2].output)`), to freeze and to train on.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornet import ops
from hornet.core.checks import one_of
from hornet.core.imports import publish
from hornet.core.settings import checked_data_format
from hornet.models import Model
from hornet.saving import load_model

_FAMILIES = {
    "convnext": (None, "ConvNeXtBase ConvNeXtLarge ConvNeXtSmall ConvNeXtTiny ConvNeXtXLarge"),
    "densenet": ("torch", "DenseNet121 DenseNet169 DenseNet201"),
    "efficientnet": (None, " ".join(f"EfficientNetB{size}" for size in range(8))),
    "efficientnet_v2": (None, " ".join(f"EfficientNetV2{size}" for size in ("B0", "B1", "B2", "B3", "L", "M", "S"))),
    "inception_resnet_v2": ("tf", "InceptionResNetV2"),
    "inception_v3": ("tf", "InceptionV3"),
    "mobilenet": ("tf", "MobileNet"),
    "mobilenet_v2": ("tf", "MobileNetV2"),
    "mobilenet_v3": (None, "MobileNetV3Large MobileNetV3Small"),
    "nasnet": ("tf", "NASNetLarge NASNetMobile"),
    "resnet": ("caffe", "ResNet50 ResNet101 ResNet152"),
    "resnet50": ("caffe", "ResNet50"),
    "resnet_v2": ("tf", "ResNet50V2 ResNet101V2 ResNet152V2"),
    "vgg16": ("caffe", "VGG16"),
    "vgg19": ("caffe", "VGG19"),
    "xception": ("tf", "Xception"),
}
"""Keras's modules: how each scales pictures (`None` in the net itself), and the nets in it."""
_MEAN_OF_BGR = (103.939, 116.779, 123.68)
_MEAN_OF_RGB, _DEVIATION_OF_RGB = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def preprocess_input(x: Any, data_format: str | None = None, mode: str = "caffe") -> Any:
    """Return pictures scaled as a net wants them.

    Args:
        x: Pictures with values from 0 to 255; also a tensor of a model that is drawn.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        mode: `"caffe"`: blue, green, red, each without its mean; `"tf"`: from -1 to 1; `"torch"`: red, green, blue
            from 0 to 1, each without its mean and by its deviation.

    Shapes:
        x, result: `(*batch, height, width, 3)`

    Example:
        >>> preprocess_input(np.array([[[0.0, 127.5, 255.0]]]), mode="tf").ravel().tolist()
        [-1.0, 0.0, 1.0]
    """
    one_of("mode", mode, ("caffe", "tf", "torch"))
    is_last = checked_data_format(data_format) == "channels_last"
    is_numpy = isinstance(x, np.ndarray)
    x = ops.cast(x, "float32") if not is_numpy or x.dtype.kind != "f" else x
    along = jnp.asarray if is_last else lambda numbers: jnp.asarray(numbers)[:, None, None]
    if mode == "tf":
        scaled = x / 127.5 - 1.0
    elif mode == "torch":
        scaled = (x / 255.0 - along(_MEAN_OF_RGB)) / along(_DEVIATION_OF_RGB)
    else:
        scaled = ops.flip(x, -1 if is_last else -3) - along(_MEAN_OF_BGR)
    return np.asarray(scaled) if is_numpy else scaled


def decode_predictions(preds: Any, top: int = 5) -> Any:
    """Return the names of the classes that are most likely, by Keras, which fetches their list.

    Args:
        preds: Probabilities of ImageNet's 1000 classes, `(rows, 1000)`.
        top: How many of each row.
    """
    return _keras().applications.imagenet_utils.decode_predictions(np.asarray(preds), top=top)


def _keras() -> Any:
    """Return Keras, on JAX unless it runs already or the user says otherwise."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    try:
        return importlib.import_module("keras")
    except ImportError as error:
        raise ImportError(
            "The nets of `applications` are built by Keras, which is not installed. Run `pip install keras`, or load a "
            "file that Keras has saved: `models.load_model('net.keras')`."
        ) from error


def _builder(name: str) -> Callable[..., Model]:
    def build(*args: Any, **kwargs: Any) -> Model:
        if kwargs.get("input_tensor") is not None:
            raise ValueError(
                f"Keras builds {name}, which knows no tensor of this package. Call the net: `{name}()(x)`."
            )
        net = getattr(_keras().applications, name)(*args, **kwargs)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "net.keras"
            net.save(path)
            return load_model(path)

    build.__name__ = build.__qualname__ = name
    build.__doc__ = f"""Return Keras's {name} as a model of this package.

    Args:
        *args: What Keras's takes.
        **kwargs: The same, such as `weights=None`, `include_top=False`, `input_shape=(96, 96, 3)`.

    Raises:
        ImportError: If Keras is not installed.
    """
    return build


def _scaler(mode: str | None) -> Callable[..., Any]:
    def preprocess(x: Any, data_format: str | None = None) -> Any:
        return x if mode is None else preprocess_input(x, data_format, mode)

    preprocess.__name__ = preprocess.__qualname__ = "preprocess_input"
    preprocess.__doc__ = "Return pictures scaled as the nets of this module want them; see `applications`."
    return preprocess


def _family(name: str, **members: Any) -> ModuleType:
    """Return a module of Keras's name, which can be imported from."""
    module = ModuleType(f"{__name__}.{name}", f"Keras's `applications.{name}`.")
    vars(module).update(members, decode_predictions=decode_predictions, __all__=[*members, "decode_predictions"])
    return sys.modules.setdefault(module.__name__, module)


__path__: list[str] = []  # so that its families are imported as modules of a package are
_nets = {name: _builder(name) for _, names in _FAMILIES.values() for name in names.split()}
_modules = {
    family: _family(family, preprocess_input=_scaler(mode), **{name: _nets[name] for name in names.split()})
    for family, (mode, names) in _FAMILIES.items()
}
_modules["imagenet_utils"] = _family("imagenet_utils", preprocess_input=preprocess_input)
globals().update(_nets, **_modules)
__all__ = [*sorted(_nets), *sorted(_modules)]  # pyright: ignore[reportUnsupportedDunderAll]

publish(__name__, __all__)
