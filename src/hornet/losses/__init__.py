"""Losses: what training makes small, by Keras's names."""

from collections.abc import Mapping
from typing import Any

from hornet.core.config import serialize
from hornet.core.imports import publish
from hornet.losses.classification import (
    BCE,
    KLD,
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    KLDivergence,
    Poisson,
    SparseCategoricalCrossentropy,
    bce,
    binary_crossentropy,
    categorical_crossentropy,
    categorical_generalized_cross_entropy,
    kl_divergence,
    kld,
    kullback_leibler_divergence,
    poisson,
    sparse_categorical_crossentropy,
)
from hornet.losses.focal import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
    binary_focal_crossentropy,
    categorical_focal_crossentropy,
)
from hornet.losses.hinge import (
    CategoricalHinge,
    Hinge,
    Perceptron,
    SquaredHinge,
    categorical_hinge,
    hinge,
    perceptron,
    squared_hinge,
)
from hornet.losses.loss import Loss, LossFunctionWrapper, registry
from hornet.losses.overlap import Dice, Tversky, dice, tversky
from hornet.losses.quantiles import Pinball, pinball
from hornet.losses.regression import (
    MAE,
    MAPE,
    MSE,
    MSLE,
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    cosine_proximity,
    cosine_similarity,
    huber,
    huber_loss,
    log_cosh,
    logcosh,
    mae,
    mape,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    mse,
    msle,
)
from hornet.losses.similarity import Circle, circle

__all__ = [
    "BCE",
    "KLD",
    "MAE",
    "MAPE",
    "MSE",
    "MSLE",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Circle",
    "CosineSimilarity",
    "Dice",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "LossFunctionWrapper",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Perceptron",
    "Pinball",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
    "bce",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "circle",
    "cosine_proximity",
    "cosine_similarity",
    "deserialize",
    "dice",
    "get",
    "hinge",
    "huber",
    "huber_loss",
    "kl_divergence",
    "kld",
    "kullback_leibler_divergence",
    "log_cosh",
    "logcosh",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mse",
    "msle",
    "perceptron",
    "pinball",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "tversky",
]

publish(__name__, __all__)


def get(identifier: Any) -> Any:
    """Return the loss that a user means: a function by its name or alias, an object by its class's name or config.

    Args:
        identifier: A name, class, config, object or function; `None` is returned as it is.

    Raises:
        ValueError: If the name is unknown; the error offers the nearest one.

    Example:
        >>> get("mse").__name__, get("MeanSquaredError")
        ('mean_squared_error', <MeanSquaredError name=mean_squared_error>)
    """
    return registry.get(identifier)


def deserialize(name: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the loss that `serialize` described.

    Args:
        name: What `serialize` returned, or a name.
        custom_objects: User-defined classes and functions by name.

    Example:
        >>> deserialize(serialize(Huber(delta=2.0))).delta
        2.0
    """
    return registry.get(name, custom_objects)
