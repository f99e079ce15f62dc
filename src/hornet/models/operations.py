"""How Keras describes calls of operations: which arguments are the call's, and which the operation's own config."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from hornet.core.symbolic import OPERATIONS, tensors_in

_SETTINGS = frozenset(
    [
        "alpha",
        "approximate",
        "axes",
        "axis",
        "axis1",
        "axis2",
        "axisa",
        "axisb",
        "axisc",
        "decimals",
        "default_value",
        "destination",
        "dtype",
        "epsilon",
        "equal_nan",
        "from_logits",
        "increasing",
        "indexing",
        "indices_or_sections",
        "initial",
        "k",
        "keepdims",
        "kth",
        "lower",
        "method",
        "minlength",
        "mode",
        "N",
        "n",
        "nan",
        "negative_slope",
        "neginf",
        "newshape",
        "num",
        "num_classes",
        "offset",
        "ord",
        "order",
        "pad_width",
        "posinf",
        "rcond",
        "reduction",
        "repeats",
        "shape",
        "shift",
        "sorted",
        "source",
        "sparse",
        "subscripts",
        "threshold",
        "tol",
        "upper",
        "x_max",
        "x_min",
    ]
)
"""The arguments that Keras keeps in the config of an operation."""

_MODULES = {
    "nn": "BinaryCrossentropy CategoricalCrossentropy Celu Elu Gelu Glu HardShrink HardSigmoid HardSilu HardTanh "
    "LeakyRelu LogSigmoid LogSoftmax Moments MultiHot Normalize OneHot Polar Relu Relu6 Selu Sigmoid Silu SoftShrink "
    "Softmax Softplus Softsign SparseCategoricalCrossentropy SparsePlus SparseSigmoid Sparsemax Squareplus TanhShrink "
    "Threshold",
    "core": "AssociativeScan Cast Cond ConvertToTensor ForiLoop Map SaturateCast Scan Scatter ScatterUpdate Slice "
    "SliceUpdate StopGradient Switch Unstack VectorizedMap WhileLoop",
    "linalg": "Cholesky CholeskyInverse Det Eig Eigh Inv Lstsq LuFactor MatrixRank Norm Pinv Qr Solve SolveTriangular",
    "math": "Erf Erfc Erfinv InTopK Logdet Logsumexp Rsqrt SegmentMax SegmentMin SegmentProd SegmentSum TopK "
    "ViewAsComplex ViewAsReal",
}
_MODULE_OF = {name: f"keras.src.ops.{module}" for module, names in _MODULES.items() for name in names.split()}


def describe_operation(name: str, class_name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return Keras's description of an operation.

    Args:
        name: The call's name in the model.
        class_name: Keras's name of the operation.
        settings: What belongs into its config.
    """
    module = _MODULE_OF.get(class_name, "keras.src.ops.numpy")
    config = {"name": name, **settings}
    return {"module": module, "class_name": class_name, "config": config, "registered_name": class_name}


def split_arguments(operation: Callable[..., Any], args: Any, kwargs: Any) -> tuple[list[Any], dict[str, Any], Any]:
    """Return what Keras has as arguments of a call, positional and by name, and what it has in the config."""
    try:
        bound = inspect.signature(operation).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return list(args), dict(kwargs), {}
    by_place: list[Any] = []
    by_name: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            by_place.extend(value)
        elif kind is inspect.Parameter.VAR_KEYWORD:
            by_name.update(value)
        elif name in _SETTINGS and not tensors_in(value):
            settings[name] = value
        elif settings:
            by_name[name] = value
        else:
            by_place.append(value)
    return by_place, by_name, settings


def is_operation(entry: Mapping[str, Any]) -> bool:
    """Return whether a graph's entry is an operation and no layer, some of which have the same names.

    Keras's older files do not say where a class is from, but only layers have types and can be frozen.
    """
    if entry.get("class_name") not in OPERATIONS:
        return False
    module = entry.get("module")
    return ".ops" in module if module else "trainable" not in (entry.get("config") or {})


def settings_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that an operation's config holds; none for a layer."""
    config = (entry.get("config") or {}) if is_operation(entry) else {}
    return {name: value for name, value in config.items() if name in _SETTINGS}


def joined_arguments(
    operation: Callable[..., Any], args: Any, kwargs: Mapping[str, Any], settings: Mapping[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments of a call whose config holds some of them."""
    if not settings:
        return list(args), dict(kwargs)
    left, given, placed = dict(settings), list(args), []
    for name in inspect.signature(operation).parameters:
        if name in left:
            placed.append(left.pop(name))
        elif given and name not in kwargs:
            placed.append(given.pop(0))
        else:
            break
    return [*placed, *given], {**left, **kwargs}
