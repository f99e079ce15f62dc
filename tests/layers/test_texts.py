"""Texts and crossed columns against what Keras on TensorFlow wrote down (see make_text_goldens.py)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hornet.layers import HashedCrossing, Hashing, StringLookup, TextVectorization
from hornet.saving import register_keras_serializable

GOLDENS = json.loads(Path(__file__).with_name("data").joinpath("texts.json").read_text(encoding="utf-8"))
VECTORIZED, CROSSED = GOLDENS["vectorized"], GOLDENS["crossed"]


def named(case):
    return "-".join(f"{name}={value}" for name, value in case["arguments"].items()) or "plain"


@pytest.mark.parametrize("case", VECTORIZED, ids=named)
def test_keras_makes_the_same_of_texts(case):
    layer = TextVectorization(**case["arguments"])
    layer.adapt(GOLDENS["texts"])
    assert layer.get_vocabulary() == case["vocabulary"]
    np.testing.assert_allclose(layer(case["inputs"]), case["outputs"], rtol=1e-6)
    again = TextVectorization.from_config(json.loads(json.dumps(layer.get_config())))
    np.testing.assert_array_equal(again(case["inputs"]), layer(case["inputs"]))


@pytest.mark.parametrize("case", VECTORIZED, ids=named)
def test_the_config_is_that_of_keras(case):
    layer = TextVectorization(**case["arguments"])
    config = layer.get_config() | {"name": "text_vectorization", "vocabulary_size": None, "dtype": None}
    config["ngrams"] = list(config["ngrams"]) if isinstance(config["ngrams"], tuple) else config["ngrams"]
    assert config | {"trainable": True} == case["config"] | {"vocabulary_size": None, "name": "text_vectorization"}


@pytest.mark.parametrize("case", CROSSED, ids=named)
def test_keras_crosses_the_same(case):
    layer = HashedCrossing(**case["arguments"])
    columns = [np.array(column) for column in case["columns"]]
    np.testing.assert_array_equal(layer(columns), case["outputs"])
    config = {**case["config"], "name": layer.name, "dtype": layer.get_config()["dtype"]}
    assert {name: layer.get_config()[name] for name in config} == config


@register_keras_serializable(package="tests")
def shout(texts):
    return np.char.upper(texts)


@register_keras_serializable(package="tests")
def by_comma(texts):
    return [text.split(",") for text in texts]


def test_functions_standardize_and_split():
    layer = TextVectorization(standardize=shout, split=by_comma, output_sequence_length=3)
    layer.adapt(pd.Series(["a b,c", None, "c"]))
    assert layer.get_vocabulary() == ["", "[UNK]", "C", "A B"]
    again = TextVectorization.from_config(json.loads(json.dumps(layer.get_config())))
    assert again([["c,d,a b"]]).tolist() == layer([["c,d,a b"]]).tolist() == [[2, 1, 3]]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"split": "words"}, "split"),
        ({"ngrams": 0}, "ngrams"),
        ({"ragged": True}, "ragged"),
        ({"output_mode": "count", "output_sequence_length": 3}, "no use"),
        ({"encoding": "latin-1"}, "encoding"),
        ({"output_mode": "one_hot"}, "output_mode"),
    ],
)
def test_arguments_without_a_meaning_are_refused(arguments, problem):
    with pytest.raises(ValueError, match=problem):
        TextVectorization(**arguments)


def test_a_text_a_row():
    layer = TextVectorization(vocabulary=["a"])
    with pytest.raises(ValueError, match="one text a row"):
        layer([["a", "b"]])
    with pytest.raises(TypeError, match="first in row 1"):
        layer(np.array(["a", 0.5], object))
    with pytest.raises(ValueError, match="no vocabulary"):
        TextVectorization()(["a"])


@pytest.mark.parametrize(
    ("columns", "error", "problem"),
    [
        (np.array([1, 2]), TypeError, "two columns"),
        ([np.array([1, 2])], TypeError, "two columns"),
        ([np.array([1, 2]), np.array([[1], [2]])], ValueError, "one shape"),
        ([np.zeros((2, 3), int), np.zeros((2, 3), int)], ValueError, "one token a row"),
    ],
)
def test_columns_that_cannot_be_crossed(columns, error, problem):
    with pytest.raises(error, match=problem):
        HashedCrossing(5)(columns)


@pytest.mark.parametrize("gap", [None, float("nan"), pd.NA])
def test_a_missing_string_is_the_masked_token_or_an_unknown_one(gap):
    words = pd.Series(["a", gap, "b", "a"], dtype=object)
    plain, masked = StringLookup(), StringLookup(mask_token="")
    for layer in (plain, masked):
        layer.adapt(words)
    assert plain.get_vocabulary() == ["[UNK]", "a", "b"]
    assert plain(words).tolist() == [1, 0, 2, 1]
    assert masked(words).tolist() == [2, 0, 3, 2]
    assert Hashing(9, mask_value="")(words).tolist()[1] == 0
    with pytest.raises(ValueError, match="a missing value"):
        StringLookup(vocabulary=["a", "b"], num_oov_indices=0)(words)
