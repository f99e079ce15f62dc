"""Names: those that exist resolve, those that do not are errors."""

from typing import assert_type

import numpy as np

import hornet as keras
from hornet import layers, ops


def names() -> None:
    layers.Dens(3)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    ops.reduce_mean  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    ops.linalg.singular  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    keras.tunin  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    keras.losses.MeanSquareError  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    keras.metrics.Acuracy  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    keras.optimizers.Adamm  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    keras.callbacks.EarlyStop  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    keras.activations.rellu  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    keras.backend.gradients  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    layers.Dense(3).kernl  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def modules_that_are_imported_late() -> None:
    assert_type(keras.tuning.train_population([]), list[keras.callbacks.History])
    keras.estimators.KerasRegressor(None).fit(np.ones((3, 1)), np.ones(3))
    keras.wrappers.scikit_learn.KerasClassifier(None)
