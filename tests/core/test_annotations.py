"""Arguments that are not of the kind that a constructor's annotations name, in every family of objects."""

from inspect import signature

import numpy as np
import pytest

import hornet
from hornet import callbacks, constraints, initializers, layers, losses, metrics, optimizers, regularizers
from hornet.core.annotations import checked
from hornet.core.errors import ArgumentError
from hornet.optimizers import schedules

FAMILIES = {
    "layers": (layers, layers.Layer),
    "losses": (losses, losses.Loss),
    "metrics": (metrics, metrics.Metric),
    "optimizers": (optimizers, optimizers.Optimizer),
    "schedules": (schedules, schedules.LearningRateSchedule),
    "initializers": (initializers, initializers.Initializer),
    "regularizers": (regularizers, regularizers.Regularizer),
    "constraints": (constraints, constraints.Constraint),
    "callbacks": (callbacks, callbacks.Callback),
}
KINDS = {"int": "a", "float": "a", "bool": "no", "str": 3, "int | None": "a", "float | None": "a", "str | None": 3}
"""Of each annotation a value of another kind."""

OTHERWISE = ("name", "input_dim", "decay", "mode")
"""Arguments that an error knows by another name, or that are only warned of."""


def members(family):
    module, base = FAMILIES[family]
    found = {getattr(module, name) for name in dir(module)}
    return sorted(
        (one for one in found if isinstance(one, type) and issubclass(one, base)), key=lambda one: one.__name__
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_arguments_of_another_kind_are_refused_by_name(family):
    tried = 0
    for member in members(family):
        try:
            member()
        except (TypeError, ValueError):
            continue  # which cannot be made of one argument alone
        for parameter in signature(member).parameters.values():
            if parameter.annotation in KINDS and parameter.name not in OTHERWISE:
                with pytest.raises((TypeError, ValueError), match=f"`{parameter.name}`"):
                    member(**{parameter.name: KINDS[parameter.annotation]})
                tried += 1
    assert tried > 0 or family in ("regularizers", "schedules")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Softmax(axis="a"), "`axis` of `Softmax` must be an integer or a list of integers, not 'a'"),
        (lambda: layers.PReLU(shared_axes=2.5), "`shared_axes` of `PReLU` must be a list of integers"),
        (lambda: layers.Permute(None), "`dims` of `Permute` must be"),
        (lambda: layers.Softmax(axis=[1, "a"]), "`axis` of `Softmax`"),
        (lambda: losses.CategoricalCrossentropy(axis=None), "`axis` of `CategoricalCrossentropy` must be an integer"),
        (lambda: metrics.IoU(3, 0), "`target_class_ids` of `IoU` must be a list of integers, not 0"),
        (lambda: schedules.PiecewiseConstantDecay(3, [0.1, 0.2]), "`boundaries` of `PiecewiseConstantDecay` must be"),
        (lambda: callbacks.CSVLogger("log.csv", separator=3), "`separator` of `CSVLogger` must be text, not 3"),
        (lambda: callbacks.EarlyStopping(patienc=3), "`EarlyStopping` has no argument `patienc`. Did you mean"),
        (lambda: layers.Dense(3, use_bias="no"), "`use_bias` must be True or False, not 'no'"),
        (lambda: layers.Dense(10**12), "`units` is 1000000000000, and no axis is longer than"),
        (lambda: layers.CategoryEncoding(10**12), "`num_tokens` is 1000000000000"),
        (lambda: metrics.MeanIoU(10**12), "`num_classes` is 1000000000000"),
        (lambda: layers.Dense(3, dtype="S"), "`dtype` must be a data type, not 'S'"),
        (lambda: initializers.Constant("a"), "`value` must be a number or an array of numbers, not 'a'"),
        (lambda: layers.Dense(3).build(3), r"A shape is a tuple of sizes such as `\(None, 3\)`, not 3"),
        (lambda: layers.Dense(3).build("a"), "A shape is a tuple of sizes"),
        (lambda: hornet.Sequential([layers.Dense(3)]).build(3), "A shape is a tuple of sizes"),
        (lambda: layers.Lambda(lambda x: None)(np.ones((2, 3))), "The function of layer 'lambda.*' returned None"),
        (lambda: layers.Lambda(lambda x: "a")(hornet.Input((3,))), "The function of layer 'lambda.*' returned 'a'"),
        (lambda: hornet.utils.pad_sequences(3), "`sequences` must be a list of sequences, not 3"),
        (lambda: hornet.utils.pad_sequences([[1]], maxlen="a"), "`maxlen` must be an integer of at least 0, not 'a'"),
    ],
)
def test_what_is_said(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_what_holds_a_number_is_one():
    for axis in (np.int64(1), 1.0):
        layers.Softmax(axis=axis)
    layers.Dense(3, use_bias=np.bool_(True), name=None)
    assert not layers.Dense(3, use_bias=None).use_bias
    layers.BatchNormalization(momentum=np.float32(0.9))


def test_a_constructor_s_own_error_says_more():
    class Wheel:
        @checked
        def __init__(self, size: int):
            if size == "a":
                raise ValueError("`size` is a letter.")
            self.size = 3 / size

    with pytest.raises(ValueError, match="is a letter"):
        Wheel("a")
    with pytest.raises(ArgumentError, match="`size` of `Wheel` must be an integer, not None"):
        Wheel(None)
    with pytest.raises(ZeroDivisionError):
        Wheel(0)
