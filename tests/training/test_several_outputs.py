"""Losses, weights and results of models with several outputs, against Keras."""

import keras
import numpy as np
import pytest

import hornet
from hornet.core.random import seeded

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 5)).astype("float32")
KINDS = RNG.integers(0, 3, size=64)
SIGNS = RNG.integers(0, 2, size=(64, 1)).astype("float32")
NUMBERS, OTHERS = X[:, :2] + 1, X[:, 2:4]
FIRST, SECOND = RNG.uniform(size=(2, 64)).astype("float32")
CROSSENTROPIES = ["sparse_categorical_crossentropy", "binary_crossentropy"]
OF_KINDS, OF_SIGNS = {0: 1.0, 1: 2.0, 2: 3.0}, {0: 1.0, 1: 5.0}

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")


def classifier(library):
    inputs = library.Input((5,))
    hidden = library.layers.Dense(6, "tanh")(inputs)
    kind = library.layers.Dense(3, "softmax", name="kind")(hidden)
    return library.Model(inputs, [kind, library.layers.Dense(1, "sigmoid", name="sign")(hidden)])


def regressor(library):
    inputs = library.Input((5,))
    hidden = library.layers.Dense(6, "tanh")(inputs)
    return library.Model(inputs, [library.layers.Dense(2, name=name)(hidden) for name in ("main", "aux")])


with seeded(5):
    WEIGHTS = {build: build(hornet).get_weights() for build in (classifier, regressor)}


def made(library, build, **arguments):
    model = build(library)
    model.set_weights(WEIGHTS[build])
    model.compile(**{"optimizer": "sgd", "loss": CROSSENTROPIES, **arguments})
    return model


def fitted(model, y, **options):
    return model.fit(X, y, batch_size=16, epochs=2, shuffle=False, verbose=0, **options).history


def arrays(logs):
    """Return the names of logs, and their values."""
    return [np.array(list(logs), "U"), *(np.array(values, "float32") for values in logs.values())]


def assert_equal(ours, theirs):
    """Assert that arrays are equal, of which the first of each list are names."""
    np.testing.assert_array_equal(ours[0], theirs[0])
    for values, expected in zip(ours[1:], theirs[1:], strict=True):
        np.testing.assert_allclose(values, expected, rtol=1e-4)


# --- the loss -------------------------------------------------------------------------------------------------

COMPILED = {
    "a list": {},
    "a dict": {"loss": {"sign": CROSSENTROPIES[1], "kind": CROSSENTROPIES[0]}},
    "weights in a list": {"loss_weights": [0.9, 0.1]},
    "weights by name": {
        "loss": dict(zip(["kind", "sign"], CROSSENTROPIES, strict=True)),
        "loss_weights": {"kind": 0.9, "sign": 0.1},
    },
    "no loss of one": {"loss": [CROSSENTROPIES[0], None]},
    "metrics in lists": {"metrics": [["accuracy"], ["mae", "accuracy"]]},
    "metrics by name": {"metrics": {"sign": ["mae"]}, "weighted_metrics": {"kind": ["accuracy"]}},
    "one metric each": {"metrics": ["accuracy", "mae"]},
}


@pytest.mark.parametrize("case", COMPILED)
def test_training_and_results_are_those_of_keras(case, oracle):
    def train(library):
        model = made(library, classifier, **COMPILED[case])
        history = fitted(model, [KINDS, SIGNS])
        return model, [*arrays(history), np.array(model.evaluate(X, [KINDS, SIGNS], verbose=0))]

    model, ours = train(hornet)
    assert_equal(ours, oracle("logs", lambda: train(keras)[1]))
    as_dict = model.evaluate(X, [KINDS, SIGNS], verbose=0, return_dict=True)
    assert [as_dict[name] for name in model.metrics_names] == np.atleast_1d(ours[-1]).tolist()


@pytest.mark.parametrize("names", [("main", "aux"), ("aux", "main")])
def test_losses_come_first_in_the_order_of_the_outputs(names):
    inputs = hornet.Input((5,))
    model = hornet.Model(inputs, [hornet.layers.Dense(2, name=name)(inputs) for name in names])
    model.compile(loss="mse", metrics=[["mae", "RootMeanSquaredError"], ["mae"]])
    model.evaluate(X, [NUMBERS, OTHERS], verbose=0)
    assert model.metrics_names[:3] == ["loss", *(f"{name}_loss" for name in names)]
    assert model.metrics_names[3:] == sorted(model.metrics_names[3:])
    assert len(model.metrics_names) == 6


def test_one_loss_serves_every_output_with_weights_of_their_own(oracle):
    """Keras 2 took it, Keras 3 wants as many losses as weights; both give what two losses give."""

    def train(library, loss):
        model = made(library, regressor, loss=loss, loss_weights=[0.9, 0.1])
        return [*arrays(fitted(model, [NUMBERS, OTHERS])), model.get_weights()[0]]

    *one, ours = train(hornet, "mse")
    *two, theirs = oracle("logs", lambda: train(keras, ["mse", "mse"]))
    assert_equal(one, two)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("loss", ["mse", ["mse", "mse"], "an object"])
def test_results_of_outputs_with_one_loss_are_true(loss):
    loss = hornet.losses.MeanSquaredError() if loss == "an object" else loss
    model = made(hornet, regressor, loss=loss, loss_weights=[0.9, 0.1])
    fitted(model, [NUMBERS, OTHERS])
    total, main, aux = model.evaluate(X, [NUMBERS, OTHERS], verbose=0)
    expected = [
        np.mean((predicted - y) ** 2)
        for predicted, y in zip(model.predict(X, verbose=0), (NUMBERS, OTHERS), strict=True)
    ]
    assert not np.isclose(*expected, rtol=0.1)  # or one could stand for the other
    np.testing.assert_allclose([main, aux], expected, rtol=1e-5)
    assert total == pytest.approx(0.9 * expected[0] + 0.1 * expected[1], rel=1e-5)


# --- weights of rows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weights", [FIRST, [FIRST, SECOND], [FIRST, None]], ids=["one", "two", "one of two"])
def test_weights_of_rows_are_those_of_keras(weights, oracle):
    compiled = {"weighted_metrics": [["accuracy"], ["mae"]], "metrics": [[], ["mse"]]}
    options = {"sample_weight": weights, "validation_data": (X, [KINDS, SIGNS], weights)}

    def train(library):
        model = made(library, classifier, **compiled)
        history = fitted(model, [KINDS, SIGNS], **options)
        found = model.evaluate(X, [KINDS, SIGNS], sample_weight=weights, batch_size=16, verbose=0)
        return [*arrays(history), np.array(found)]

    assert_equal(train(hornet), oracle("logs", lambda: train(keras)))


def test_weights_of_rows_of_a_batch_are_those_of_keras(oracle):
    options = {"sample_weight": [FIRST, SECOND], "return_dict": True}

    def logs(library):
        model = made(library, classifier)
        calls = (getattr(model, name)(X, [KINDS, SIGNS], **options) for name in ("train_on_batch", "test_on_batch"))
        return [arrays(dict(sorted(found.items()))) for found in calls]

    ours, theirs = logs(hornet), oracle("logs", lambda: logs(keras))
    half = len(theirs) // 2
    for one, two in zip(ours, (theirs[:half], theirs[half:]), strict=True):
        assert_equal(one, two)


@pytest.mark.parametrize(
    ("y", "weights"),
    [
        ([KINDS, SIGNS], {"kind": FIRST, "sign": SECOND}),
        ({"kind": KINDS, "sign": SIGNS}, {"sign": SECOND, "kind": FIRST}),
        ({"sign": SIGNS, "kind": KINDS}, [FIRST, SECOND]),
    ],
)
def test_weights_of_rows_and_labels_come_in_lists_or_by_name(y, weights):
    expected = fitted(made(hornet, classifier), [KINDS, SIGNS], sample_weight=[FIRST, SECOND])
    assert fitted(made(hornet, classifier), y, sample_weight=weights) == expected


def test_an_output_that_is_not_named_is_not_weighted():
    expected = fitted(made(hornet, classifier), [KINDS, SIGNS], sample_weight=[FIRST, None])
    assert fitted(made(hornet, classifier), [KINDS, SIGNS], sample_weight={"kind": FIRST}) == expected


# --- weights of classes -----------------------------------------------------------------------------------------


def of_rows(labels, weights):
    return np.array([weights[int(label)] for label in np.ravel(labels)], "float32")


@pytest.mark.parametrize(
    "weights",
    [[OF_KINDS, OF_SIGNS], {"kind": OF_KINDS, "sign": OF_SIGNS}, {"sign": OF_SIGNS, "kind": OF_KINDS}],
    ids=["a list", "by name", "in another order"],
)
def test_weights_of_classes_are_those_of_their_rows(weights, oracle):
    """Keras takes weights of classes for single outputs only."""
    rows = [of_rows(KINDS, OF_KINDS), of_rows(SIGNS, OF_SIGNS)]
    expected = oracle("logs", lambda: arrays(fitted(made(keras, classifier), [KINDS, SIGNS], sample_weight=rows)))
    assert_equal(arrays(fitted(made(hornet, classifier), [KINDS, SIGNS], class_weight=weights)), expected)


def test_weights_of_classes_may_be_for_one_output():
    expected = fitted(made(hornet, classifier), [KINDS, SIGNS], sample_weight=[of_rows(KINDS, OF_KINDS), None])
    for weights in ({"kind": OF_KINDS}, [OF_KINDS, None]):
        assert fitted(made(hornet, classifier), [KINDS, SIGNS], class_weight=weights) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"class_weight": OF_KINDS}, r"^`class_weight` has an entry 0, but no output has that name\. The outputs are"),
        ({"class_weight": [OF_KINDS]}, r"^`class_weight` has 1 entries, but the model has 2 outputs"),
        ({"sample_weight": {"knd": FIRST}}, r"entry 'knd', but no output has that name.*Did you mean 'kind'\?$"),
        ({"sample_weight": [FIRST]}, r"^`sample_weight` has 1 entries, but the model has 2 outputs"),
        ({"sample_weight": [FIRST, SECOND[:5]]}, r"^`x` has 64 rows but `sample_weight` has 5\."),
    ],
)
def test_weights_that_fit_no_output_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        fitted(made(hornet, classifier), [KINDS, SIGNS], **options)


def test_a_loss_of_two_outputs_at_once_takes_one_weight_a_row():
    inputs = hornet.Input((2,))
    outputs = [hornet.layers.Dense(1)(inputs) for _ in "ab"]

    class Apart(hornet.losses.Loss):
        def call(self, y_true, y_pred):
            return sum((a - b)[:, 0] ** 2 for a, b in zip(y_true, y_pred, strict=True))

    model = hornet.Model(inputs, {"pair": outputs, "other": hornet.layers.Dense(1)(inputs)})
    model.compile("sgd", {"pair": Apart(), "other": "mse"})
    x, y = np.ones((4, 2)), np.ones((4, 1))
    labels = {"pair": [y, y], "other": y}
    assert np.isfinite(model.evaluate(x, labels, sample_weight=np.arange(4.0), verbose=0)).all()
    with pytest.raises(ValueError, match="compares 2 outputs at once"):
        model.evaluate(x, labels, sample_weight=[np.ones(4), np.ones(4), np.zeros(4)], verbose=0)


# --- a loss of the model's own ----------------------------------------------------------------------------


def with_own_loss(library, asks):
    class Asking(library.Model):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return super().compute_loss(x, y, y_pred, sample_weight, training) + 1.0

    class Own(library.Model):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return library.ops.mean(y_pred[0])

    plain = made(library, regressor, loss=["mse", "mae"], optimizer="sgd")
    model = (Asking if asks else Own)(plain.inputs, plain.outputs)
    model.compile("sgd", ["mse", "mae"])
    history = model.fit(X, [NUMBERS, OTHERS], batch_size=24, shuffle=False, verbose=0).history
    return history, model.evaluate(X, [NUMBERS, OTHERS], return_dict=True, verbose=0)


@pytest.mark.parametrize("asks", [True, False], ids=["of the compiled ones and more", "without them"])
def test_logs_have_the_losses_that_a_loss_of_one_s_own_asked_for(asks, oracle):
    (history, logs), names = with_own_loss(hornet, asks), ["aux_loss", "loss", "main_loss"] if asks else ["loss"]
    assert sorted(history) == sorted(logs) == names

    def theirs():
        history, logs = with_own_loss(keras, asks)
        return [np.array([[history[name][0], logs[name]] for name in names])]

    found = [[history[name][0], logs[name]] for name in names]
    np.testing.assert_allclose(found, oracle("losses", theirs)[0], rtol=1e-4)
