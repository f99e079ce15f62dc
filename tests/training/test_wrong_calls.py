"""Wrong arguments of `compile` and `fit` are refused by name before anything compiles; what is odd gets one warning."""

import re
import warnings

import numpy as np
import pytest
from tests.costs import ProgramCount

import hornet
from hornet import layers, ops

X = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
Y = X.sum(axis=1)
CLASSES = (Y > 0).astype("int32")


def network(units=1, activation=None, **compiled):
    model = hornet.Sequential([hornet.Input((3,)), layers.Dense(units, activation)])
    model.compile(**{"loss": "mse", "optimizer": "sgd", **compiled})
    return model


def fit(x=X, y=Y, compiled=None, **arguments):
    return network(**(compiled or {})).fit(x, y, **{"verbose": 0, **arguments}).history


def refused(call, *words):
    """Assert that a call is refused in words that say all of `words`, and compiles nothing."""
    programs = ProgramCount()
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    for word in words:
        assert word in str(caught.value)
    assert re.search(r"\. [A-Z][^.]*", str(caught.value))  # a second sentence, on what to do
    assert programs() == 0


@pytest.fixture(scope="module", autouse=True)
def _warm():
    """Have all compiled that models are built by, as a test counts what is compiled after it."""
    fit()


class OfNothing(hornet.losses.Loss):
    def call(self, y_true, y_pred):
        return None


class Narrow(hornet.metrics.Metric):
    def update_state(self, y_pred):
        pass


class OfWords(hornet.metrics.Metric):
    def update_state(self, y_true, y_pred, sample_weight=None):
        pass

    def result(self):
        return "good"


WRONG_LOSSES = {
    "returns nothing": (lambda y_true, y_pred: None, ["Loss 'lambda' returned None"]),
    "a class that returns nothing": (OfNothing(), ["Loss 'of_nothing' returned None"]),
    "returns a text": (lambda y_true, y_pred: "low", ["returned 'low'"]),
    "returns a dict": (lambda y_true, y_pred: {"a": y_pred}, ["Loss 'lambda' returned"]),
    "takes one argument": (lambda y: y, ["In `loss`", "takes (y)", "`(y_true, y_pred)`"]),
    "takes three": (lambda a, b, c: a, ["In `loss`", "takes (a, b, c)"]),
    "a layer": (layers.Dense(1), ["In `loss`", "takes (inputs"]),
    "an optimizer": (hornet.optimizers.SGD(), ["In `loss`", "not a valid loss"]),
    "a metric": (hornet.metrics.MeanSquaredError(), ["is a metric", "`compile(metrics=[...])`"]),
    "another shape than the batch": (lambda y_true, y_pred: ops.zeros((5, 2)), ["shape (5, 2)", "32 rows"]),
}


@pytest.mark.parametrize("name", WRONG_LOSSES)
def test_a_wrong_loss_is_named(name):
    loss, words = WRONG_LOSSES[name]
    refused(lambda: fit(compiled={"loss": loss}), *words)


@pytest.mark.parametrize(
    "loss",
    [
        lambda y_true, y_pred: ops.mean(ops.abs(y_true - y_pred)),
        lambda y_true, y_pred: ops.abs(y_true - y_pred),
        lambda y_true, y_pred: ops.mean(ops.abs(y_true - y_pred), axis=0),  # one number a class, as of Dice
        lambda y_true, y_pred: ops.abs(y_pred[::2] - y_pred[1::2]),  # one number a pair
    ],
)
def test_losses_of_the_batch_are_taken(loss):
    assert np.isfinite(fit(compiled={"loss": loss, "units": 3}, y=X)["loss"][0])


WRONG_METRICS = {
    "returns a text": (lambda y_true, y_pred: "good", ["Metric 'lambda' returned 'good'"]),
    "returns nothing": (lambda y_true, y_pred: None, ["Metric 'lambda' returned None"]),
    "takes one argument": (lambda y: y, ["In `metrics`", "takes (y)"]),
    "a class that takes one": (Narrow(), ["In `metrics`", "takes (y_pred)"]),
    "a class whose result is a text": (OfWords(), ["`result` of metric 'of_words' returned 'good'"]),
    "a layer": (layers.Dense(1), ["In `metrics`", "takes (inputs"]),
}


@pytest.mark.parametrize("name", WRONG_METRICS)
def test_a_wrong_metric_is_named(name):
    metric, words = WRONG_METRICS[name]
    refused(lambda: fit(compiled={"metrics": [metric]}), *words)


def test_a_metric_without_weights_is_taken_as_in_keras():
    class Largest(hornet.metrics.Metric):
        def __init__(self):
            super().__init__(name="largest")
            self.seen = self.add_weight(name="seen", initializer="zeros")

        def update_state(self, y_true, y_pred):
            self.seen.assign(ops.maximum(self.seen, ops.max(y_pred)))

        def result(self):
            return self.seen

    assert "largest" in fit(compiled={"metrics": [Largest()]})


@pytest.mark.parametrize("argument", ["metrics", "weighted_metrics"])
def test_what_is_no_metric_names_its_argument(argument):
    refused(lambda: network(**{argument: 3}), f"In `{argument}`: 3 is not a valid metric.")


# --- arguments of fit ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"shuffle": "yes"}, ["`shuffle` must be True, False or 'batch', not 'yes'."]),
        ({"shuffle": np.ones(2)}, ["`shuffle`"]),
        ({"validation_data": (X, Y), "validation_freq": []}, ["`validation_freq` names no epoch."]),
        ({"validation_data": (X, Y), "validation_freq": ["a"]}, ["`validation_freq`", "'a'"]),
        ({"validation_data": (X, Y), "validation_freq": [0]}, ["`validation_freq`"]),
        ({"validation_data": (X, Y.astype(str))}, ["In `validation_data`: `y` holds numbers as text"]),
        ({"validation_data": (X, None)}, ["In `validation_data`"]),
        ({"validation_data": (X, np.full(64, np.nan))}, ["In `validation_data`: `y` has NaN"]),
        ({"sample_weight": ["heavy"] * 64}, ["`sample_weight` holds text", "Pass a number for each row."]),
        ({"resume": 3}, ["`resume` must be a path, not 3."]),
    ],
    ids=lambda given: str(given)[:40],
)
def test_a_wrong_argument_of_fit_is_named(arguments, words):
    refused(lambda: fit(**arguments), *words)


@pytest.mark.parametrize("shuffle", [True, False, None, 0, 1, np.True_, "batch"])
def test_each_way_to_say_shuffle(shuffle):
    assert fit(shuffle=shuffle)


def test_a_folder_to_resume_from_is_refused(tmp_path):
    with pytest.raises(IsADirectoryError, match="`resume` must be a file"):
        fit(resume=tmp_path)


# --- training that changes nothing -------------------------------------------------------------------------


def test_training_without_a_loss_is_refused_where_no_layer_adds_one():
    refused(lambda: fit(compiled={"loss": None}), "has no loss", "compile(loss=...)")
    refused(lambda: network(loss=None).train_on_batch(X, Y), "has no loss")
    assert network(loss=None, metrics=["mae"]).evaluate(X, Y, verbose=0)


class Adding(layers.Layer):
    def call(self, inputs):
        self.add_loss(ops.mean(ops.square(inputs)))
        return inputs


class OfItself(hornet.Sequential):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return ops.mean(ops.square(y_pred))


@pytest.mark.parametrize(
    "model",
    [
        lambda: hornet.Sequential([hornet.Input((3,)), layers.Dense(1), Adding()]),
        lambda: hornet.Sequential([hornet.Input((3,)), layers.Dense(1, kernel_regularizer="l2")]),
        lambda: hornet.Sequential([hornet.Input((3,)), layers.Dense(1, activity_regularizer="l2")]),
        lambda: OfItself([hornet.Input((3,)), layers.Dense(1)]),
    ],
    ids=["add_loss", "regularizer", "activity", "compute_loss"],
)
def test_losses_of_other_origins_are_enough(model):
    model = model()
    model.compile("sgd")
    before = model.get_weights()[0]
    model.fit(X, verbose=0)
    assert not np.array_equal(before, model.get_weights()[0])


def frozen():
    model = network()
    model.trainable = False
    return model.fit(X, Y, verbose=0)


SOFT = {"units": 3, "activation": "softmax", "loss": "sparse_categorical_crossentropy"}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (frozen, "no weights to train"),
        (lambda: fit(sample_weight=np.zeros(64)), "Every row has the weight 0"),
        (lambda: fit(sample_weight=np.r_[-1.0, np.ones(63)]), "`sample_weight` has weights below 0"),
        (lambda: fit(epochs=2, initial_epoch=2), "No epoch is left to train"),
        (lambda: fit(epochs=2, validation_data=(X, Y), validation_freq=5), "there is no validation"),
        (lambda: fit(epochs=2, validation_data=(X, Y), validation_freq=[3]), "there is no validation"),
        (lambda: fit(validation_steps=2), "`validation_steps` has no effect"),
        (lambda: fit(validation_freq=2), "`validation_freq` has no effect"),
        (lambda: fit(class_weight={0: 1.0, 1: 2.0}), "`y` holds"),
        (lambda: fit(y=CLASSES, compiled=SOFT, class_weight={0: 1.0, 7: 2.0}), "class 7, but the classes .* 0 to 2"),
        (
            lambda: fit(y=CLASSES, compiled=SOFT, class_weight={0: 1.0}, sample_weight=np.ones(64)),
            "`class_weight` has no effect, as `sample_weight` supersedes it",
        ),
    ],
)
def test_what_trains_or_validates_nothing_gets_one_warning(call, words):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    assert [re.search(words, str(one.message)) is not None for one in caught] == [True]


def test_honest_calls_get_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(sample_weight=np.r_[0.0, np.ones(63)], validation_data=(X, Y), validation_freq=[2], epochs=2)
        fit(y=CLASSES, compiled=SOFT, class_weight={0: 1.0, 1: 2.0, 2: 3.0})


def test_weights_of_rows_supersede_those_of_classes():
    """As the book has it."""

    def loss(**arguments):
        hornet.utils.set_random_seed(1)
        return fit(y=CLASSES, compiled=SOFT, **arguments)["loss"]

    both = {"class_weight": {0: 9.0}, "sample_weight": np.full(64, 2.0)}
    with pytest.warns(UserWarning, match="supersedes"):
        assert loss(**both) == loss(sample_weight=np.full(64, 2.0))


@pytest.mark.parametrize("keys", [(0.0, 1.0), (np.float64(0), np.float64(1)), (np.False_, np.True_)])
def test_class_numbers_of_any_type(keys):
    def loss(keys):
        hornet.utils.set_random_seed(1)
        return fit(y=CLASSES, compiled=SOFT, class_weight=dict(zip(keys, (1.0, 5.0), strict=True)))["loss"]

    assert loss(keys) == loss((0, 1))


def test_labels_between_classes_count_as_the_nearest():
    """As in Keras, where smoothed labels are weighted so."""

    def loss(y, weights):
        hornet.utils.set_random_seed(1)
        compiled = {"activation": "sigmoid", "loss": "binary_crossentropy"}
        return fit(y=y, compiled=compiled, batch_size=64, **weights)["loss"][0]

    smooth = np.where(CLASSES, 0.9, 0.1)
    with pytest.warns(UserWarning, match="counts as the nearest"):
        found = loss(smooth, {"class_weight": {0: 1.0, 1: 5.0}})
    assert found == loss(smooth, {"sample_weight": np.where(CLASSES, 5.0, 1.0)})


# --- callbacks -----------------------------------------------------------------------------------------------


def callback(**hooks):
    return type("Mine", (hornet.callbacks.Callback,), hooks)()


@pytest.mark.parametrize(
    ("hook", "function", "taken"),
    [
        ("on_epoch_end", lambda self: None, "(epoch, logs)"),
        ("on_epoch_end", lambda self, epoch: None, "(epoch, logs)"),
        ("on_train_begin", lambda self: None, "(logs)"),
        ("on_train_batch_end", lambda self, batch, values: None, "(batch, logs)"),
    ],
)
def test_a_hook_of_other_arguments_is_named(hook, function, taken):
    refused(lambda: fit(callbacks=[callback(**{hook: function})]), f"`{hook}` of the callback `Mine`", taken)


def test_functions_in_the_place_of_hooks_are_checked():
    wrong = hornet.callbacks.LambdaCallback(on_epoch_end=lambda epoch: None)
    refused(lambda: fit(callbacks=wrong), "`on_epoch_end` of the callback `LambdaCallback`", "lambda epoch, logs")
    refused(lambda: hornet.callbacks.LearningRateScheduler(lambda: 0.1), "`schedule` takes `()`")
    refused(lambda: hornet.callbacks.LearningRateScheduler(3), "`schedule` must be a function")


def test_hooks_that_are_not_called_may_be_anything():
    fit(callbacks=[callback(on_predict_end=lambda self: None)])
    with pytest.raises(TypeError, match="`on_predict_end` of the callback `Mine`"):
        network().predict(X, verbose=0, callbacks=[callback(on_predict_end=lambda self: None)])


def test_an_error_in_a_hook_says_in_which():
    def fail(self, epoch, logs=None):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine") as caught:
        fit(callbacks=[callback(on_epoch_end=fail)])
    assert "`on_epoch_end` of the callback `Mine`" in caught.value.__notes__[0]
