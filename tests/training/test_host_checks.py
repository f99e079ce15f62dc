"""What the host looks for in data before anything compiles."""

import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import hornet
from hornet import Input, Model, Sequential, layers, ops
from hornet.training.data.arrays import ArrayData
from hornet.training.data.checks import first_not_finite, likely_causes

X, Y = np.zeros((12, 2), "float32"), np.arange(12.0)[::-1] % 5


def compiled(model, loss="mse"):
    model.compile("sgd", loss)
    return model


def messages(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [str(one.message) for one in caught]


def spoiled(value, row=7, column=1):
    x = X.copy()
    x[row, column] = value
    return x


# --- numbers that are not finite -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_the_first_of_several_is_found(value, order, dtype):
    array = np.full((5, 3), 0.5, dtype, order=order)
    assert first_not_finite(array) is None
    array[2, 1] = array[4, 0] = value
    assert first_not_finite(array) == (2, 1)
    largest = min(float(np.finfo(dtype).max), float(np.finfo("float32").max))
    assert first_not_finite(np.full((3, 2), largest, dtype)) is None  # whose sum is not finite


@pytest.mark.parametrize(("value", "kind"), [(np.nan, "NaN"), (np.inf, "infinity")])
@pytest.mark.parametrize(
    ("hold", "label"),
    [(np.asarray, "1"), (lambda x: pd.DataFrame(x, columns=["a", "b"]), "'b'"), (sp.csr_array, "1")],
    ids=["array", "frame", "sparse"],
)
def test_one_warning_names_the_column_and_the_row(value, kind, hold, label):
    model = compiled(Sequential([Input((2,)), layers.Dense(1)]))
    (said,) = messages(lambda: model.evaluate(hold(spoiled(value)), Y, verbose=0))
    assert said.startswith(f"`x` has {kind} in column {label} (first in row 7); ")


def test_the_input_of_several_is_named():
    inputs = {name: Input((1,), name=name) for name in "ab"}
    model = compiled(Model(inputs, layers.Dense(1)(layers.concatenate(list(inputs.values())))))
    (said,) = messages(lambda: model.evaluate({"a": X[:, :1], "b": spoiled(np.nan)[:, 1:]}, Y, verbose=0))
    assert said.startswith("`x['b']` has NaN in column 0 (first in row 7)")


class FillIn(layers.Layer):
    def call(self, inputs):
        return ops.nan_to_num(inputs)


def filled_in_a_graph():
    x = Input((2,))
    return Model(x, layers.Dense(1)(ops.nan_to_num(x)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Sequential([Input((2,)), FillIn(), layers.Dense(1)]),
        lambda: Sequential([Input((2,)), layers.Lambda(ops.nan_to_num), layers.Dense(1)]),
        filled_in_a_graph,
    ],
    ids=["own layer", "Lambda", "graph"],
)
def test_a_model_that_takes_missing_values_is_not_warned_of(make):
    model = compiled(make())
    assert messages(lambda: model.fit(spoiled(np.nan), Y, verbose=0)) == []
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


@pytest.mark.parametrize(("value", "kind"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_weights_that_are_not_finite_are_refused(value, kind):
    weights = np.ones(12)
    weights[4] = value
    model = compiled(Sequential([Input((2,)), layers.Dense(1)]))
    with pytest.raises(ValueError, match=rf"^`sample_weight` has {kind} \(first in row 4\)\. Pass a number"):
        model.fit(X, Y, sample_weight=weights, verbose=0)


def test_the_likeliest_cause_of_a_loss_that_is_not_finite_comes_first():
    def causes(x, y, loss="mse", activation=None):
        return likely_causes(compiled(Sequential([layers.Dense(1, activation)]), loss), ArrayData(x, y))

    assert causes(spoiled(np.nan), (Y,)).startswith("`x` has NaN in column 1 (first in row 7): fill in")
    assert causes(X, (Y * np.nan,)).startswith("`y` has NaN (first in row 0)")
    assert causes(spoiled(-2e6), (Y,)) == (
        "`x` holds numbers as large as 2e+06: scale them; Lower the learning rate, or clip gradients with `clipnorm`"
    )
    assert causes(X, None).startswith("Lower the learning rate, scale the inputs, or clip")


@pytest.mark.parametrize(("activation", "is_named"), [(None, True), ("softplus", False)])
def test_a_logarithm_of_outputs_below_0_is_named(activation, is_named):
    model = compiled(Sequential([layers.Dense(1, activation, kernel_initializer="zeros")]), "poisson")
    model.fit(X, Y, verbose=0)
    said = likely_causes(model, ArrayData(X, (Y,)))
    assert said.startswith("The loss 'poisson' takes the logarithm of outputs") == is_named


def test_a_nan_in_a_frame_is_called_by_its_column_once_and_as_the_cause():
    frame = pd.DataFrame(spoiled(np.nan), columns=["age", "fare"])
    parts = [(frame, Y), (frame[:8], Y[:8])]  # of two sizes, and so two dispatches
    for fit, where in (
        (lambda model: model.fit(frame, Y, verbose=0), "7"),
        (lambda model: model.fit(iter(parts), verbose=0), "7 of batch 0"),
    ):
        first, second = messages(lambda fit=fit: fit(compiled(Sequential([layers.Dense(1)]))))
        assert first.startswith(f"`x` has NaN in column 'fare' (first in row {where}); the loss will be NaN")
        assert f"`x` has NaN in column 'fare' (first in row {where}): fill in" in second


def test_what_is_too_large_for_programs_is_refused_in_labels():
    labels = np.where(np.arange(12) == 3, 1e300, Y)
    with pytest.raises(ValueError, match=r"`y` has 1e\+300, which is infinity in float32, \(first in row 3\)"):
        compiled(Sequential([layers.Dense(1)])).fit(X, labels, verbose=0)


# --- integers out of range --------------------------------------------------------------------------------------


def reader(kind):
    return layers.Embedding(3, 2, name="reader") if kind == "embedding" else layers.CategoryEncoding(3, name="reader")


def stack(kind):
    return Sequential([Input((2,), dtype="int32"), reader(kind), layers.Flatten(), layers.Dense(1)])


def graph(kind):
    first, second = Input((2,), name="first"), Input((2,), dtype="int32", name="second")
    read = layers.Flatten()(reader(kind)(second))
    return Model([first, second], layers.Dense(1)(layers.concatenate([first, read])))


@pytest.mark.parametrize("wrong", [3, -1])
@pytest.mark.parametrize("kind", ["embedding", "encoding"])
def test_integers_out_of_range_are_refused_before_anything_compiles(kind, wrong):
    integers = np.tile([1, 2], (12, 1))
    integers[5, 0] = wrong
    argument = {"embedding": "input_dim", "encoding": "num_tokens"}[kind]
    for model, x, name in ((stack(kind), integers, "x"), (graph(kind), [X, integers], r"x\[1\]")):
        said = rf"^Layer 'reader' got {wrong} in row 5 of `{name}`, .* from 0 to 2\. .* larger `{argument}`\.$"
        compiled(model)
        before = model.get_weights()
        for call in (
            lambda model=model, x=x: model.fit(x, Y, verbose=0),
            lambda model=model, x=x: model.evaluate(x, Y, verbose=0),
            lambda model=model, x=x: model.predict(x, verbose=0),
        ):
            with pytest.raises(ValueError, match=said):
                call()
        for weight, expected in zip(model.get_weights(), before, strict=True):
            np.testing.assert_array_equal(weight, expected)


def test_integers_that_another_layer_brings_into_range_are_fine():
    model = compiled(
        Sequential(
            [Input((2,), dtype="int32"), layers.Lambda(lambda x: x % 3), layers.Embedding(3, 2), layers.Flatten()]
        )
    )
    model.predict(np.full((4, 2), 7), verbose=0)


class Shifted(layers.Embedding):
    def call(self, inputs):
        return super().call(inputs - 5)


def test_an_embedding_of_ones_own_has_its_own_range():
    assert np.isfinite(Sequential([Input((2,)), Shifted(3, 2)]).predict(np.full((4, 2), 7), verbose=0)).all()


def test_the_masked_zero_is_in_range():
    model = Sequential([Input((2,)), layers.Embedding(3, 2, mask_zero=True), layers.Flatten()])
    assert np.isfinite(model.predict(np.zeros((4, 2)), verbose=0)).all()


# --- labels -------------------------------------------------------------------------------------------------------


def test_a_label_outside_the_classes_is_told_with_its_row():
    labels = np.arange(12) % 3
    labels[6] = 3
    model = compiled(Sequential([Input((2,)), layers.Dense(3)]), "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="but `y` holds 3 in row 6"):
        model.fit(X, labels, verbose=0)
    labels[6], labels[8] = -1, 4
    ignoring = hornet.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    with pytest.raises(ValueError, match="but `y` holds 4 in row 8"):
        compiled(model, ignoring).fit(X, labels, verbose=0)


@pytest.mark.parametrize("labels", [np.arange(12), np.arange(12)[::-1, None], np.repeat([0, 1], 6)])
def test_sorted_labels_under_a_split_are_warned_of(labels):
    model = compiled(Sequential([Input((2,)), layers.Dense(1)]))
    (said,) = messages(lambda: model.fit(X, labels, validation_split=0.25, verbose=0, class_weight={0: 1.0}))
    assert said.startswith(f"`y` is sorted, from {labels[0]} to".replace("[", "").replace("]", ""))


@pytest.mark.parametrize(
    ("labels", "loss", "what"),
    [
        (np.eye(2)[np.repeat([0, 1], 6)], "categorical_crossentropy", "is sorted, from 0 to 1"),
        (np.eye(3)[np.repeat([2, 0, 1], 5)], "categorical_crossentropy", "stands class by class"),
        (np.repeat([2, 0, 1], 5), "mse", "stands class by class"),
    ],
)
def test_classes_behind_one_another_under_a_split_are_warned_of(labels, loss, what):
    units = 1 if labels.ndim == 1 else labels.shape[1]
    model = compiled(Sequential([layers.Dense(units, "softmax" if units > 1 else None)]), loss)
    (said,) = messages(lambda: model.fit(np.zeros((len(labels), 2)), labels, validation_split=0.25, verbose=0))
    assert said.startswith(f"`y` {what}, and `validation_split` holds out the last rows")


@pytest.mark.parametrize("labels", [np.arange(12) % 5, np.zeros(12), Y])
def test_other_labels_are_not_warned_of(labels):
    model = compiled(Sequential([Input((2,)), layers.Dense(1)]))
    assert messages(lambda: model.fit(X, labels, validation_split=0.25, verbose=0)) == []
    assert messages(lambda: model.fit(X, np.sort(labels), verbose=0)) == []
