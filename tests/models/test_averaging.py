"""One model of several: its prediction is the weighted mean of theirs, whatever they are and wherever it is loaded."""

import numpy as np
import onnxruntime
import pandas as pd
import pytest

import hornet as keras
from hornet import layers
from hornet.models import average, load_model

ROWS = 40
RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(3.0, 2.0, size=(ROWS, 4)).astype("float32")
WORDS = RNG.choice(["low", "high", "none"], size=(ROWS, 1)).astype(object)


def scaler(name=None):
    layer = layers.Normalization(name=name)
    layer.adapt(NUMBERS)
    return layer


def stack(units=5, name=None):
    return keras.Sequential(
        [layers.Input((4,)), scaler(), layers.Dense(units, activation="tanh"), layers.Dense(2, activation="softmax")]
    )


def graph(units=5):
    inputs = keras.Input((4,))
    scaled = scaler()(inputs)
    hidden = layers.Dense(units, activation="relu")(scaled)
    hidden = layers.BatchNormalization()(hidden)
    return keras.Model(inputs, layers.Dense(2, activation="softmax")(layers.Concatenate()([scaled, hidden * 0.5])))


def words(units=3):
    numbers, text = keras.Input((4,), name="numbers"), keras.Input((1,), dtype="string", name="text")
    lookup = layers.StringLookup(output_mode="one_hot")
    lookup.adapt(WORDS)
    both = layers.Concatenate()([scaler()(numbers), lookup(text)])
    return keras.Model({"numbers": numbers, "text": text}, layers.Dense(1)(layers.Dense(units, "relu")(both)))


def two_headed(units=3):
    inputs = keras.Input((4,), name="rows")
    hidden = layers.Dense(units, "relu", name="hidden")(scaler()(inputs))
    return keras.Model(inputs, [layers.Dense(1, name="price")(hidden), layers.Dense(3, "softmax", name="kind")(hidden)])


def by_name(units=3):
    inputs = keras.Input((4,))
    hidden = layers.Dense(units, "relu")(inputs)
    return keras.Model(inputs, {"b": layers.Dense(1)(hidden), "a": layers.Dense(2)(hidden)})


@keras.saving.register_keras_serializable("averaging")
class Own(keras.Model):
    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.hidden, self.head = layers.Dense(units, "tanh"), layers.Dense(2, "softmax")

    def call(self, inputs):
        return self.head(self.hidden(inputs))


def own(units=3):
    model = Own(units)
    model(NUMBERS)
    return model


def nested(units=3):
    prepare = keras.Sequential([layers.Input((4,)), scaler(), layers.Rescaling(0.5)])
    return keras.Sequential([prepare, layers.Dense(units, "relu"), layers.Dense(2, "softmax")])


def x_of(make):
    return {"numbers": NUMBERS, "text": WORDS} if make is words else NUMBERS


def predicted(model, x):
    result = model.predict(x, verbose=0)
    return (
        [result[key] for key in sorted(result)]
        if isinstance(result, dict)
        else result
        if isinstance(result, list)
        else [result]
    )


KINDS = [stack, graph, words, two_headed, by_name, own, nested]


@pytest.mark.parametrize("make", KINDS)
def test_the_prediction_is_the_weighted_mean_before_and_after_saving(make, tmp_path):
    models, x = [make(3), make(4), make(3)], x_of(make)
    before = [predicted(model, x) for model in models]
    names = [[layer.name for layer in model.layers] for model in models]
    for weights in (None, [1, 5, 2]):
        expected = [np.average(parts, axis=0, weights=weights) for parts in zip(*before, strict=True)]
        whole = average(models, weights, name="whole")
        assert whole.name == "whole"
        whole.save(tmp_path / "whole.keras")
        for one in (whole, load_model(tmp_path / "whole.keras")):
            for result, mean in zip(predicted(one, x), expected, strict=True):
                np.testing.assert_allclose(result, mean, rtol=2e-5, atol=1e-6)
    assert [[layer.name for layer in model.layers] for model in models] == names
    for model, outputs in zip(models, before, strict=True):
        for result, old in zip(predicted(model, x), outputs, strict=True):
            np.testing.assert_array_equal(result, old)


@pytest.mark.parametrize("make", [stack, graph])
def test_it_is_exported(make, tmp_path):
    models = [make(3), make(4)]
    whole = average(models, [3, 1])
    whole.export(tmp_path / "whole.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "whole.onnx")
    (result,) = session.run(None, {session.get_inputs()[0].name: NUMBERS})
    mean = np.average([model.predict(NUMBERS, verbose=0) for model in models], axis=0, weights=[3, 1])
    np.testing.assert_allclose(result, mean, rtol=1e-4, atol=1e-5)


def kinds_in(model):
    return [type(layer).__name__ for layer in model.layers]


@pytest.mark.parametrize(
    ("make", "shared"), [(stack, ["Normalization"]), (words, ["Normalization", "StringLookup", "Concatenate"])]
)
def test_equal_preprocessing_is_in_it_once(make, shared):
    kinds = kinds_in(average([make(3), make(3), make(4)]))
    assert [kinds.count(kind) for kind in shared] == [1] * len(shared)
    assert kinds.count("Dense") == 6


def test_models_inside_are_shared_if_they_are_equal():
    assert kinds_in(average([nested(), nested()])).count("Sequential") == 1


def test_what_differs_in_settings_or_in_weights_is_not_shared():
    def scaled(layer):
        return keras.Sequential([layers.Input((4,)), layer, layers.Dense(1)])

    other = layers.Normalization()
    other.adapt(2 * NUMBERS)
    models = [scaled(scaler()), scaled(other), scaled(layers.Rescaling(0.5)), scaled(layers.Rescaling(0.25))]
    whole = average(models)
    assert kinds_in(whole).count("Normalization") == 2
    mean = np.mean([model.predict(NUMBERS, verbose=0) for model in models], axis=0)
    np.testing.assert_allclose(whole.predict(NUMBERS, verbose=0), mean, rtol=1e-5)


def test_a_layer_that_models_share_stays_one():
    shared = layers.Dense(4, activation="tanh")

    def on_top():
        inputs = keras.Input((4,))
        return keras.Model(inputs, layers.Dense(2)(shared(shared(inputs))))

    models = [on_top(), on_top()]
    whole = average(models)
    assert kinds_in(whole).count("Dense") == 3
    assert shared not in whole.layers
    mean = np.mean([model.predict(NUMBERS, verbose=0) for model in models], axis=0)
    np.testing.assert_allclose(whole.predict(NUMBERS, verbose=0), mean, rtol=1e-5, atol=1e-6)


def test_models_whose_layers_have_the_same_names_are_averaged(tmp_path):
    model = two_headed()
    model.save(tmp_path / "model.keras")
    models = [model, load_model(tmp_path / "model.keras")]
    models[1].get_layer("hidden").set_weights([2 * part for part in models[1].get_layer("hidden").get_weights()])
    whole = average(models)
    assert len({layer.name for layer in whole.layers}) == len(whole.layers)
    expected = [np.mean(parts, axis=0) for parts in zip(*(predicted(model, NUMBERS) for model in models), strict=True)]
    for result, mean in zip(predicted(whole, NUMBERS), expected, strict=True):
        np.testing.assert_allclose(result, mean, rtol=1e-5, atol=1e-6)


def test_frozen_layers_stay_frozen():
    models = [stack(), stack()]
    models[0].layers[1].trainable = False
    assert len(average(models).trainable_variables) == len(
        models[0].trainable_variables + models[1].trainable_variables
    )


def test_columns_of_a_frame_are_found_by_their_names():
    frame = pd.DataFrame(NUMBERS, columns=list("abcd"))
    models = [stack(), stack()]
    for model in models:
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(frame, np.zeros(ROWS), verbose=0)
    whole = average(models)
    expected = whole.predict(frame, verbose=0)
    np.testing.assert_array_equal(whole.predict(frame[list("dbca")], verbose=0), expected)
    models[1]._column_names = tuple("abdc")
    with pytest.raises(ValueError, match="other columns"):
        average(models)


def test_noise_is_never_shared():
    def noisy():
        return keras.Sequential([layers.Input((4,)), layers.GaussianNoise(0.1, seed=3), layers.Dense(1)])

    assert kinds_in(average([noisy(), noisy()])).count("GaussianNoise") == 2


def test_a_model_that_comes_twice_counts_twice_and_is_there_once():
    first, second = stack(), graph()
    whole = average([first, second, first])
    assert kinds_in(whole).count("Normalization") == 1
    assert whole.count_params() == pytest.approx(average([first, second]).count_params())
    expected = (2 * first.predict(NUMBERS, verbose=0) + second.predict(NUMBERS, verbose=0)) / 3
    np.testing.assert_allclose(whole.predict(NUMBERS, verbose=0), expected, rtol=1e-5)


def test_one_model_and_weights_of_zero():
    first, second = stack(), graph()
    for whole in (average([first]), average([first, second], [2, 0])):
        np.testing.assert_array_equal(whole.predict(NUMBERS, verbose=0), first.predict(NUMBERS, verbose=0))


def test_inputs_of_other_names_are_matched_by_their_order():
    def merged():
        left, right = keras.Input((4,)), keras.Input((4,))
        return keras.Model([left, right], layers.Dense(1)(left - 2 * right))

    x = [NUMBERS, NUMBERS[::-1].copy()]
    models = [merged(), merged()]
    mean = np.mean([model.predict(x, verbose=0) for model in models], axis=0)
    np.testing.assert_allclose(average(models).predict(x, verbose=0), mean, rtol=1e-5, atol=1e-6)


def test_inputs_of_the_same_names_are_matched_by_these():
    def merged(turned):
        left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
        return keras.Model([right, left] if turned else [left, right], layers.Dense(1)(left - 2 * right))

    x = {"left": NUMBERS, "right": NUMBERS[::-1].copy()}
    models = [merged(False), merged(True)]
    mean = np.mean([model.predict(x, verbose=0) for model in models], axis=0)
    np.testing.assert_allclose(average(models).predict(x, verbose=0), mean, rtol=1e-5, atol=1e-6)


def test_it_is_evaluated_and_trained_as_the_first_is():
    models = [two_headed(), two_headed()]
    for model in models:
        model.compile(
            "adam", {"price": "mse", "kind": "sparse_categorical_crossentropy"}, metrics={"kind": ["accuracy"]}
        )
    labels = {"price": RNG.normal(size=(ROWS, 1)), "kind": RNG.integers(3, size=ROWS)}
    whole = average(models)
    assert whole.output_names == models[0].output_names
    results = whole.evaluate(NUMBERS, labels, verbose=0, return_dict=True)
    price, kind = whole.predict(NUMBERS, verbose=0)
    assert results["price_loss"] == pytest.approx(np.mean((price - labels["price"]) ** 2), rel=1e-4)
    assert results["kind_accuracy"] == pytest.approx((kind.argmax(axis=1) == labels["kind"]).mean(), abs=1e-6)
    before = models[0].get_weights()
    history = whole.fit(NUMBERS, labels, epochs=5, verbose=0).history["loss"]
    assert history[-1] < history[0]
    for old, now in zip(before, models[0].get_weights(), strict=True):
        np.testing.assert_array_equal(old, now)


def test_logits_are_warned_of():
    model = keras.Sequential([layers.Input((4,)), layers.Dense(2)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    with pytest.warns(UserWarning, match="logits"):
        average([model, model])


def other_shape():
    return keras.Sequential([layers.Input((5,)), layers.Dense(2)])


def other_output():
    return keras.Sequential([layers.Input((4,)), layers.Dense(3)])


@pytest.mark.parametrize(
    ("models", "weights", "message"),
    [
        (list, None, "empty"),
        (lambda: [stack(), 3], None, "must be models"),
        (lambda: [stack(), stack()], [1], "2 models and 1 `weights`"),
        (lambda: [stack(), stack()], [0, 0], "not all of them 0"),
        (lambda: [stack(), stack()], [1, -1], "from 0 on"),
        (lambda: [stack(), stack()], [1, float("nan")], "from 0 on"),
        (lambda: [stack(), other_shape()], None, "the same inputs"),
        (lambda: [stack(), words()], None, "the same inputs"),
        (lambda: [stack(), other_output()], None, "the same shapes"),
        (lambda: [stack(), two_headed()], None, "the same shapes"),
        (lambda: [stack(), keras.Sequential([layers.Dense(2)])], None, "not built"),
    ],
)
def test_what_cannot_be_averaged_is_said(models, weights, message):
    with pytest.raises((ValueError, TypeError), match=message):
        average(models(), weights)


def test_deep_models_are_averaged():
    def deep():
        tensor = inputs = keras.Input((4,))
        for _ in range(300):
            tensor = layers.Activation("relu")(tensor)
        return keras.Model(inputs, layers.Dense(2)(tensor))

    whole = average([deep(), deep()])
    assert kinds_in(whole).count("Activation") == 300
