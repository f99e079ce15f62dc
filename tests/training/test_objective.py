"""Losses and metrics of `compile` in every form, and what they are called in logs, against Keras."""

import warnings

import keras
import numpy as np
import pytest

import hornet
from hornet import ops
from hornet.core.checks import say_difference
from hornet.core.random import seeded

RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 4)).astype("float32")
Y = X[:, :1] + 1
FLAT = Y[:, 0]
SIGNS = np.sign(X[:, 0])
SEVERAL = (X[:, :3] > 0).astype("float32")
ARGUMENTS = {"batch_size": 8, "shuffle": False, "verbose": 0}

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")


def stack(units=1, activation=None, **compiled):
    with seeded(1):
        layer = hornet.layers.Dense(units, activation=activation)
        model = hornet.Sequential([hornet.Input((4,)), layer])
    model.compile(optimizer=hornet.optimizers.SGD(0.0), **compiled)
    return model


def graph(library, structure):
    """Return a model with an output for each name of a structure."""
    inputs = library.Input((4,))

    def drawn(part):
        if isinstance(part, str):
            return library.layers.Dense(1, name=part, kernel_initializer="ones")(inputs)
        if isinstance(part, dict):
            return {key: drawn(each) for key, each in part.items()}
        return type(part)(drawn(each) for each in part)

    return library.Model(inputs, drawn(structure))


def subclassed(library):
    class Two(library.Model):
        def __init__(self):
            super().__init__()
            self.parts = [library.layers.Dense(1, kernel_initializer="ones") for _ in "ab"]

        def call(self, x):
            return [part(x) for part in self.parts]

    return Two()


def of_both(y_true, y_pred):
    keys = y_true if isinstance(y_true, dict) else range(len(y_true))
    return sum(abs(y_true[key] - y_pred[key]).mean() for key in keys)


NAMES = {"a": "a", "b": "b"}
FORMS = {
    "one in a list": ("a", {"loss": ["mse"]}, Y),
    "a list in a list": (["a", "b"], {"loss": ["mse", ["mae"]]}, [Y, Y]),
    "a list in a dict": (NAMES, {"loss": {"a": "mse", "b": ["mae"]}}, {"a": Y, "b": Y}),
    "some of several": (["a", "b"], {"loss": ["mse", None]}, Y),
    "the whole and its parts": (("a", "b"), {"loss": [of_both, ("mse", "mae")]}, (Y, Y)),
    "with weights": (("a", "b"), {"loss": [of_both, ("mse", "mae")], "loss_weights": [0.5, (2.0, 3.0)]}, (Y, Y)),
    "the whole of a dict": (NAMES, {"loss": [of_both, {"a": "mse"}]}, {"a": Y, "b": Y}),
    "nested": (
        {"a": ("a1", "a2"), "b": "b"},
        {"loss": {"a": [of_both, (None, "mse")], "b": "mae"}},
        {"a": (Y, Y), "b": Y},
    ),
    "weighted metrics": (
        ["a", "b"],
        {"loss": "mse", "metrics": [["mae"], ["mae", "mse"]], "weighted_metrics": [["mae"], ["mse"]]},
        [Y, Y],
    ),
    "one metric twice": ("a", {"loss": "mse", "metrics": ["mae", "mae"], "weighted_metrics": ["mae", "mae"]}, Y),
}


@pytest.mark.parametrize("form", FORMS)
def test_losses_in_structures_have_keras_values_and_names(form, oracle):
    structure, compiled, y = FORMS[form]

    def logs(library):
        model = graph(library, structure)
        model.compile(optimizer="sgd", **compiled)
        found = model.evaluate(X, y, batch_size=24, verbose=0, return_dict=True)
        return [np.array(sorted(found), "U"), *(np.float32(found[name]) for name in sorted(found))]

    names, *values = logs(hornet)
    expected, *others = oracle("logs", lambda: logs(keras))
    np.testing.assert_array_equal(names, expected)
    np.testing.assert_allclose(values, others, rtol=1e-5)


@pytest.mark.parametrize("losses", [["mse", "mae"], ["mse", "mse"]])
def test_outputs_without_names_go_by_those_of_losses_and_metrics(losses, oracle):
    def names(library):
        model = subclassed(library)
        model.compile(optimizer="sgd", loss=losses, metrics=[["mae"], ["mae"]])
        return np.array(sorted(model.evaluate(X, [Y, Y], verbose=0, return_dict=True)), "U")

    (expected,) = oracle("names", lambda: names(keras))
    # Where two losses have one name, Keras shows the second alone under it.
    more = ["mse_loss_1"] if losses == ["mse", "mse"] else []
    assert names(hornet).tolist() == sorted([*expected.tolist(), *more])


def test_two_losses_of_one_output_add_up():
    """Keras takes the first alone."""
    model = graph(hornet, "a")
    model.compile(loss=["mse", "mae"])
    error = model.predict(X, verbose=0) - Y
    expected = (error**2).mean() + abs(error).mean()
    assert model.evaluate(X, Y, verbose=0, return_dict=True)["loss"] == pytest.approx(expected)


def test_an_unknown_output_is_a_key_error_and_a_value_error():
    for kind in (KeyError, ValueError):
        model = graph(hornet, NAMES)
        model.compile(loss={"a": "mse", "c": "mse"})
        with pytest.raises(kind, match="`loss` has an entry 'c', but no output has that name"):
            model.fit(X, {"a": Y, "b": Y}, verbose=0)


def test_a_model_may_keep_the_mean_of_its_loss_itself():
    class Own(hornet.Model):
        def __init__(self):
            super().__init__()
            self.dense = hornet.layers.Dense(1)
            self.mean = hornet.metrics.Mean(name="loss")

        def call(self, x):
            self.mean.update_state(7.0)
            return self.dense(x)

    model = Own()
    model.compile(loss="mse")
    assert model.evaluate(X, Y, verbose=0) == 7.0


# --- what own metrics see -------------------------------------------------------------------------------


def squares(y_true, y_pred):
    assert y_true.shape == y_pred.shape
    return ops.square(y_true - y_pred)


class Squares(hornet.metrics.Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(squares(y_true, y_pred))


class SquaresLoss(hornet.losses.Loss):
    def call(self, y_true, y_pred):
        return squares(y_true, y_pred)


@pytest.mark.parametrize("y", [FLAT, Y], ids=["flat", "a column"])
def test_own_losses_and_metrics_get_labels_of_the_predictions_shape(y):
    model = stack(loss=SquaresLoss(), metrics=[squares, Squares(name="own")], weighted_metrics=[squares])
    expected = np.mean((model.predict(X, verbose=0)[:, 0] - FLAT) ** 2)
    np.testing.assert_allclose(model.evaluate(X, y, verbose=0), [expected] * 4, rtol=1e-5)


def test_a_metric_begins_again_as_it_says_itself():
    class Forever(hornet.metrics.Metric):
        def __init__(self):
            super().__init__(name="rows")
            self.rows = self.add_weight(name="rows")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.rows.assign_add(y_pred.shape[0])

        def result(self):
            return self.rows

        def reset_state(self):
            pass

    model = stack(loss="mse", metrics=[Forever()])
    assert model.fit(X, Y, epochs=2, **ARGUMENTS).history["rows"] == [24.0, 48.0]
    assert model.evaluate(X, Y, verbose=0)[1] == 72.0


def test_a_second_model_logs_the_same_names():
    for _ in range(2):
        assert list(
            stack(loss="mse", metrics=[hornet.metrics.MeanSquaredError()]).evaluate(X, Y, return_dict=True, verbose=0)
        ) == [
            "loss",
            "mean_squared_error",
        ]


# --- what is right where Keras is not -------------------------------------------------------------------


def accuracy_of(model, y):
    return model.evaluate(X, y, verbose=0)[1]


def test_accuracy_of_several_labels_judges_each():
    model = stack(3, "sigmoid", loss="binary_crossentropy", metrics=["accuracy"])
    right = (model.predict(X, verbose=0) > 0.5) == SEVERAL
    assert accuracy_of(model, SEVERAL) == pytest.approx(right.mean())
    one_hot = np.eye(3, dtype="float32")[RNG.integers(0, 3, 24)]
    model = stack(3, "sigmoid", loss="binary_crossentropy", metrics=["accuracy"])
    highest = model.predict(X, verbose=0).argmax(1) == one_hot.argmax(1)
    assert accuracy_of(model, one_hot) == pytest.approx(highest.mean())


@pytest.mark.parametrize("loss", ["hinge", "mse"])
def test_accuracy_of_labels_of_one_and_minus_one_looks_at_signs(loss):
    model = stack(loss=loss, metrics=["accuracy"])
    right = np.sign(model.predict(X, verbose=0)[:, 0]) == SIGNS
    assert accuracy_of(model, SIGNS) == pytest.approx(right.mean())


def test_accuracy_of_logits_takes_0_for_the_border():
    model = stack(loss=hornet.losses.BinaryCrossentropy(from_logits=True), metrics=["acc"])
    right = (model.predict(X, verbose=0)[:, 0] > 0) == (SIGNS > 0)
    assert accuracy_of(model, (SIGNS > 0) * 1.0) == pytest.approx(right.mean())


@pytest.mark.parametrize(
    ("model", "y", "words"),
    [
        (lambda: stack(loss="mse", metrics=["accuracy"]), FLAT, "says nothing of a regression"),
        (lambda: stack(1, "softmax", loss="mse"), FLAT, "softmax over one unit is always 1"),
        (lambda: stack(loss="binary_crossentropy"), FLAT, "takes labels from 0 to 1, but `y` holds others"),
    ],
)
def test_what_cannot_be_meant_is_warned_of(model, y, words):
    with pytest.warns(UserWarning, match=words):
        model().evaluate(X, y, verbose=0)


@pytest.mark.parametrize("name", ["BinaryCrossentropy", "SparseCategoricalCrossentropy"])
def test_probabilities_are_not_taken_for_logits(name):
    units, activation = (1, "sigmoid") if name == "BinaryCrossentropy" else (3, "softmax")
    y = (SIGNS > 0) * 1.0
    loss = getattr(hornet.losses, name)
    with pytest.warns(UserWarning, match="holds probabilities"):
        found = stack(units, activation, loss=loss(from_logits=True)).evaluate(X, y, verbose=0)
    assert found == pytest.approx(stack(units, activation, loss=loss()).evaluate(X, y, verbose=0))


def test_class_weights_of_several_labels_weigh_each_label(caplog):
    say_difference.cache_clear()
    model = stack(3, "sigmoid", loss="binary_crossentropy")
    p = model.predict(X, verbose=0)
    each = -(SEVERAL * np.log(p) + (1 - SEVERAL) * np.log(1 - p))
    found = model.fit(X, SEVERAL, class_weight={1: 10.0}, **ARGUMENTS).history["loss"][0]
    assert found == pytest.approx((each * [1, 10, 1]).mean(), rel=1e-4)
    assert ["weighs each label of a row by its column" in record.getMessage() for record in caplog.records] == [True]


# --- epochs that are no pass over the rows ----------------------------------------------------------------


class Updates(hornet.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.counts = [*getattr(self, "counts", []), 0]

    def on_train_batch_end(self, batch, logs=None):
        self.counts[-1] += 1


@pytest.mark.parametrize(
    ("steps", "expected"), [(7, [3, 3, 3, 3]), (2, [2, 1, 2, 1]), (1, [1, 1, 1, 1]), (3, [3, 3, 3, 3])]
)
def test_an_epoch_ends_with_the_pass_over_the_rows(steps, expected):
    """Three batches in all; the counts are Keras's."""
    seen = Updates()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        stack(loss="mse").fit(X, Y, epochs=4, steps_per_epoch=steps, callbacks=[seen], **ARGUMENTS)
    assert seen.counts == expected
    assert any("`steps_per_epoch` is" in str(one.message) for one in said) == (steps in (7, 2))


def test_a_callback_of_predict_sees_the_groups_that_compile_makes():
    class Begins(hornet.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.batches = []

        def on_predict_batch_begin(self, batch, logs=None):
            self.batches.append(batch)

        on_test_batch_begin = on_predict_batch_begin

    model, seen = stack(loss="mse", steps_per_execution=2), Begins()
    model.predict(X, batch_size=5, callbacks=[seen], verbose=0)
    model.evaluate(X, Y, batch_size=5, callbacks=[seen], verbose=0)
    assert seen.batches == [0, 2, 4] * 2


def own_mse(y_true, y_pred):
    return hornet.ops.mean(hornet.ops.square(y_true - y_pred), axis=-1)


@pytest.mark.parametrize(("value", "kind"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_labels_that_are_not_finite_are_refused_and_only_told_of_under_a_loss_of_ones_own(value, kind):
    y = FLAT.copy()
    y[3] = value
    with pytest.raises(ValueError, match=rf"^`y` has {kind} \(first in row 3\), and so has `mse`\. Fill in"):
        stack(loss="mse").fit(X, y, **ARGUMENTS)
    with pytest.warns(UserWarning, match=f"`y` has {kind}") as caught:
        stack(loss=own_mse).fit(X, y, **ARGUMENTS)
    first, then = [str(one.message) for one in caught]
    assert first.startswith(f"`y` has {kind} (first in row 3); a loss of such a row is NaN too, unless")
    assert f" in epoch 1 at step 1. `y` has {kind} (first in row 3): fill in" in then
