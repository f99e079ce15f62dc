"""Hashing against what Keras on TensorFlow wrote down (see make_preprocessing_goldens.py), and in programs."""

import json
from pathlib import Path

import jax
import numpy as np
import pandas as pd
import polars as pl
import pytest

from hornet import Input, Model, Sequential, layers
from hornet.core.policies import policy_of

GOLDENS = json.loads(Path(__file__).with_name("data").joinpath("preprocessing.json").read_text(encoding="utf-8"))
ANSWERS = [case for case in GOLDENS["answers"] if case["layer"] == "Hashing"]
DESCRIBED = [one for one in GOLDENS["layers"] if one["class_name"] == "Hashing"]


@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: f"{case['arguments']} of {str(case['inputs'])[:20]}")
def test_keras_puts_into_the_same_buckets(case):
    output = layers.Hashing(**case["arguments"])(case["inputs"])
    np.testing.assert_array_equal(output, case["outputs"])
    assert str(output.dtype) == ("int32" if case["arguments"].get("output_mode", "int") == "int" else "float32")


@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count"])
@pytest.mark.parametrize("more", [{}, {"mask_value": 3}, {"salt": [1, 2]}], ids=["plain", "mask", "salt"])
def test_programs_call_back_for_the_same(mode, more):
    layer = layers.Hashing(5, output_mode=mode, **more)
    x = np.arange(-8, 8).reshape(8, 2)
    for given in (x, x.astype("int8"), x + 0.5 * (x > 0)):
        np.testing.assert_array_equal(jax.jit(layer)(given), layer(given))
        np.testing.assert_array_equal(jax.vmap(layer)(x[:, None])[:, 0], layer(x[:, None])[:, 0])


def test_a_model_trains_on_buckets():
    x = np.random.default_rng(0).integers(0, 40, (300, 2)) * 1000
    y = np.isin(x, [7000, 9000]).any(1)
    model = Sequential([layers.Hashing(64, salt=1), layers.Embedding(64, 1), layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse")
    model.optimizer.learning_rate = 0.05
    loss = model.fit(x, y, epochs=30, verbose=0, validation_data=(x, y)).history
    assert loss["val_loss"][-1] < 0.3 * loss["loss"][0]
    np.testing.assert_allclose(model.predict(x, verbose=0), model(x), rtol=1e-5, atol=1e-6)
    inputs = Input((2,), dtype="int64")
    functional = Model(inputs, layers.Hashing(3, output_mode="count")(inputs))
    np.testing.assert_array_equal(functional.predict(x, verbose=0), layers.Hashing(3, output_mode="count")(x))


@pytest.mark.parametrize(
    "tokens",
    [
        np.array(["a", "b"], object),
        np.array(["a", "b"], np.dtypes.StringDType()),
        [b"a", b"b"],
        pd.Series(["a", "b"]),
        pd.Series(["a", "b"], dtype="category"),
        pl.Series(["a", "b"]),
        ("a", "b"),
    ],
    ids=range(7),
)
def test_strings_may_have_any_form(tokens):
    assert layers.Hashing(97)(tokens).tolist() == layers.Hashing(97)(["a", "b"]).tolist()


def test_frames_and_integers_of_64_bits():
    layer = layers.Hashing(97)
    frame = pd.DataFrame({"a": [1, 2**40], "b": [True, False]})
    expected = layer([["1", "1"], [str(2**40), "0"]]).tolist()
    assert layer(frame).tolist() == layer(frame.astype(object)).tolist() == expected
    with jax.enable_x64():
        assert jax.jit(layer)(np.array([2**40])).tolist() == layer([2**40]).tolist()


@pytest.mark.parametrize("described", DESCRIBED, ids=range(len(DESCRIBED)))
def test_keras_s_description_is_read(described):
    config, theirs = layers.deserialize(described).get_config(), described["config"]
    shared = set(config) - {"dtype"}
    assert {name: config[name] for name in shared} == {name: theirs[name] for name in shared}
    name = "int64" if theirs["output_mode"] == "int" else "float32"
    assert policy_of(config["dtype"]).name == name


def test_no_tokens_have_no_buckets():
    assert layers.Hashing(3)(np.empty((0, 2), "int64")).shape == (0, 2)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"num_bins": 0}, ValueError, "`num_bins` must be a positive integer, not 0"),
        ({"num_bins": 3, "salt": [1, 2, 3]}, ValueError, r"`salt` must be one integer or two, not \[1, 2, 3\]. Pass"),
        ({"num_bins": 3, "salt": "a"}, ValueError, "`salt` must be one integer or two, not 'a'"),
        ({"num_bins": 3, "output_mode": "hot"}, ValueError, "`output_mode` must be one of 'int', 'one_hot'"),
        ({"num_bins": 3, "sparse": True}, ValueError, "`sparse` must be False"),
        ({"num_bins": 3, "dtype": "float32"}, ValueError, "`dtype` must be one of 'int32', 'int64', not 'float32'"),
        ({"num_bins": 3, "mask_value": 0.5j}, TypeError, "takes only integers or only strings, not 0.5j"),
    ],
    ids=range(7),
)
def test_bad_arguments_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        layers.Hashing(**arguments)


@pytest.mark.parametrize(
    ("tokens", "error", "message"),
    [
        (["a", 1], TypeError, "Layer 'hash' takes only integers or only strings, not 1. Convert, fill in or"),
        ([1, "a"], TypeError, "not 'a'. Convert"),
        (np.array(["2020"], "datetime64[D]"), TypeError, "not datetime"),
        ([1.0, np.nan], ValueError, "Layer 'hash' got nan. Fill in or drop missing integers."),
        ([["a"], ["b", "c"]], ValueError, "There are rows of different lengths. Pass as many elements in each."),
    ],
    ids=range(5),
)
def test_what_is_no_token_is_refused(tokens, error, message):
    with pytest.raises(error, match=message):
        layers.Hashing(3, name="hash")(tokens)


def test_short_floats_are_for_rows_alone():
    for dtype in ("mixed_bfloat16", "bfloat16"):
        assert str(layers.Hashing(3, output_mode="count", dtype=dtype)([[1000.0]]).dtype) == "bfloat16"
