"""What counts, and for how much: masks, sample weights and class weights, beside Keras."""

import keras
import numpy as np
import pytest

import hornet

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's

STEPS = np.array([[1, 2, 0, 0], [3, 0, 0, 0], [1, 1, 1, 1]])
TARGETS = np.arange(12.0).reshape(3, 4, 1)

X = np.arange(12.0).reshape(6, 2) / 12


def masked(library):
    model = library.Sequential(
        [
            library.Input((4,), dtype="int32"),
            library.layers.Embedding(5, 3, mask_zero=True, embeddings_initializer="ones"),
            library.layers.Dense(1, kernel_initializer="ones"),
        ]
    )
    model.compile(loss="mse", optimizer=library.optimizers.SGD(0.01), metrics=["mae"], weighted_metrics=["mse"])
    return model


@pytest.mark.parametrize("weights", [None, np.arange(12.0).reshape(3, 4)])
def test_steps_that_a_mask_leaves_out_do_not_count(weights, oracle):
    def train(library):
        model = masked(library)
        model.fit(STEPS, TARGETS, sample_weight=weights, shuffle=False, epochs=3, verbose=0)
        return [*model.get_weights(), np.array(model.evaluate(STEPS, TARGETS, sample_weight=weights, verbose=0))]

    for one, two in zip(train(hornet), oracle("weights", lambda: train(keras)), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4)


def test_a_weight_a_row_weighs_the_steps_that_count():
    model = masked(hornet)
    each = model.evaluate(STEPS, TARGETS, sample_weight=np.repeat([[1.0], [2.0], [0.5]], 4, axis=1), verbose=0)
    assert model.evaluate(STEPS, TARGETS, sample_weight=np.array([1.0, 2.0, 0.5]), verbose=0) == pytest.approx(each)


@pytest.mark.parametrize("labels", [X.sum(axis=1), X.sum(axis=1, keepdims=True)], ids=["one axis", "a column"])
def test_a_column_of_weights_is_one_weight_a_row(labels, oracle):
    def answers(library, weights):
        model = library.Sequential([library.Input((2,)), library.layers.Dense(1, kernel_initializer="ones")])
        model.compile("sgd", "mse", metrics=["mae"], weighted_metrics=["mse"])
        found = model.fit(X, labels, sample_weight=weights, shuffle=False, verbose=0).history
        return [*(np.array(found[name]) for name in sorted(found)), *model.get_weights()]

    column = np.arange(1.0, 7.0)[:, None]
    expected = oracle("a column", lambda: answers(keras, column))
    for one, two in zip(answers(hornet, column), expected, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5)


@pytest.mark.filterwarnings("ignore:Every row has the weight 0")
def test_each_output_has_its_own_weights():
    inputs = hornet.Input((2,))
    outputs = {name: hornet.layers.Dense(1, "sigmoid", name=name)(inputs) for name in "ab"}
    model = hornet.Model(inputs, outputs)
    model.compile(loss="binary_crossentropy", optimizer="sgd")
    x, labels = np.ones((6, 2)), np.array([0, 1] * 3)
    weights = {"sample_weight": {"a": np.ones(6)}, "class_weight": {"b": {0: 0.0, 1: 0.0}}}
    history = model.fit(x, {"a": labels, "b": labels}, verbose=0, validation_split=0.5, **weights).history
    assert history["b_loss"] == [0.0]
    assert history["a_loss"][0] > 0.0
    assert history["val_b_loss"][0] > 0.0  # class weights are for training alone


@pytest.mark.parametrize("classes", [{"0": 1.0}, {0.5: 1.0}])
def test_a_key_that_is_no_class_is_refused(classes):
    model = hornet.Sequential([hornet.layers.Dense(1, input_shape=(2,))])
    model.compile(loss="mse")
    with pytest.raises(TypeError, match="which is not the index of a class"):
        model.fit(np.ones((4, 2)), np.ones(4), class_weight=classes, verbose=0)


def test_weights_in_a_column_are_one_a_row():
    x = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
    weights = np.linspace(0, 1, 20, dtype="float32")
    found = []
    for library in (hornet, keras):
        model = library.Sequential([library.Input((3,)), library.layers.Dense(1, kernel_initializer="ones")])
        model.compile("sgd", "mse", weighted_metrics=["mae"])
        given = [weights, weights[:, None]]
        found += [model.evaluate(x, x[:, :1], sample_weight=each, verbose=0) for each in given]
        found += [model.evaluate(x, x[:, 0], sample_weight=weights[:, None], verbose=0)]
    np.testing.assert_allclose(found, np.broadcast_to(found[0], (6, 2)), rtol=1e-5)


def of_classes(library):
    model = library.Sequential([library.Input((2,)), library.layers.Dense(2, "softmax", kernel_initializer="zeros")])
    loss = library.losses.SparseCategoricalCrossentropy(ignore_class=-1)
    model.compile("sgd", loss)
    return model, X, np.array([-1, -1, -1, 0, 1, -1])


def of_steps(library):
    return masked(library), STEPS, TARGETS


def of_weights(library):
    model = library.Sequential([library.Input((2,)), library.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", library.losses.MeanSquaredError(reduction="mean_with_sample_weight"))
    return model, X, np.zeros(6)


def of_two_outputs(library):
    inputs = library.Input((4,), dtype="int32")
    steps = library.layers.Embedding(5, 3, mask_zero=True, embeddings_initializer="ones")(inputs)
    outputs = {name: library.layers.Dense(1, kernel_initializer="ones", name=name)(steps) for name in "ab"}
    model = library.Model(inputs, outputs)
    model.compile("sgd", {"a": "mse", "b": "mae"}, loss_weights={"a": 1.0, "b": 0.5})
    return model, STEPS, {"a": TARGETS, "b": TARGETS}


@pytest.mark.parametrize("kind", [of_classes, of_steps, of_weights, of_two_outputs], ids=lambda kind: kind.__name__)
def test_the_loss_of_what_counts_does_not_depend_on_the_size_of_batches(kind, oracle):
    def losses(library, sizes):
        model, x, y = kind(library)
        weights = np.arange(len(x)) if kind is of_weights else None
        found = [
            model.evaluate(x, y, sample_weight=weights, batch_size=size, verbose=0, return_dict=True) for size in sizes
        ]
        # The sum of several losses is weighted by rows, as in Keras: they have no other count in common.
        names = ("a_loss", "b_loss") if "a_loss" in found[0] else ("loss",)
        return [[one[name] for one in found] for name in names]

    whole = oracle(kind.__name__, lambda: losses(keras, [6]))
    found = losses(hornet, [1, 4, 6])
    np.testing.assert_allclose(found, np.broadcast_to(np.reshape(whole, (-1, 1)), np.shape(found)), rtol=1e-5)
