"""Models that read words, as ONNX files: ONNX Runtime looks the words up itself, and computes what `predict` does."""

import jax
import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
from tests.layers.cases import CASES, among

from hornet import Input, Model, Sequential, layers, ops
from hornet.preprocessing import encode

WORDS = np.array([["oslo", "zürich", "oslo"], ["", "rome", "東京"]])
TABLE = pd.DataFrame(
    {
        "age": [20.0, None, 35.0, 41.0, 28.0, 50.0],
        "city": ["oslo", "rome", None, "oslo", "rome", "lima"],
        "zip": [f"z{number % 3}" for number in range(6)],
        "class": pd.Categorical([1, 2, 1, 3, 2, 1]),
        "built": pd.date_range("2020-01-01", periods=6, freq="40D"),
        "note": [f"a {word} house number {row} to let" for row, word in enumerate(["good", "bad"] * 3)],
    }
)


def run(model, feed, folder):
    """Return what ONNX Runtime computes of a model's file, after checking it."""
    path = folder / "model.onnx"
    model.export(path)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path)
    names = [one.name for one in session.get_inputs()]
    given = feed if isinstance(feed, dict) else dict(zip(names, jax.tree.leaves(feed), strict=True))
    return session.run(None, {name: given[name] for name in names})[0]


def columns_of(table, model):
    """Return a table as ONNX takes it: strings with empty ones for gaps, other columns in the model's types."""
    feed = {}
    for tensor, name in zip(model.inputs, model.input_names, strict=True):
        column = table[name]
        column = column.fillna("").astype(str) if tensor.dtype == "string" else column.astype(tensor.dtype)
        feed[name] = column.to_numpy()[:, None]
    return feed


@among([case for case in CASES if case.is_a_lookup_of_onnx])
def test_every_lookup(case, tmp_path):
    words = case.data()
    inputs = Input(words.shape[1:], dtype="string")
    model = Model(inputs, case.made()(inputs))
    np.testing.assert_allclose(run(model, [words], tmp_path), model.predict(words, verbose=0), rtol=1e-6)


@pytest.mark.parametrize("mask", [None, "", "gap"])
@pytest.mark.parametrize("mode", ["int", "multi_hot"])
def test_an_empty_string_is_a_gap(mask, mode, tmp_path):
    lookup = layers.StringLookup(vocabulary=["oslo", "zürich"], mask_token=mask, output_mode=mode)
    inputs = Input((3,), dtype="string")
    model = Model(inputs, lookup(inputs))
    gaps = np.where(WORDS == "", None, WORDS)
    np.testing.assert_array_equal(run(model, [WORDS], tmp_path), model.predict(gaps, verbose=0))


def test_strings_are_moved_about_in_the_file(tmp_path):
    both, single = Input((2,), dtype="string", name="both"), Input((), dtype="string", name="single")
    joined = layers.concatenate([both[:, :1], layers.Reshape((1,))(single), ops.expand_dims(both[:, 1], -1)])
    model = Model([both, single], layers.StringLookup(vocabulary=["oslo", "rome"])(joined))
    rows = [WORDS[:, 1:], WORDS[:, 0]]
    np.testing.assert_array_equal(run(model, rows, tmp_path), model.predict(rows, verbose=0))


def test_a_stack_of_words(tmp_path):
    lookup = layers.StringLookup(vocabulary=["oslo", "rome"])
    stack = [Input((3,), dtype="string"), lookup, layers.Embedding(3, 2), layers.Flatten(), layers.Dense(1)]
    model = Sequential(stack)
    np.testing.assert_allclose(run(model, [WORDS], tmp_path), model.predict(WORDS, verbose=0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("inside", [False, True], ids=["whole", "inside another"])
def test_an_encoded_table(inside, tmp_path):
    table = TABLE[["age", "city", "zip", "class"]]
    inputs, encoded = encode(table, verbose=False)
    model = Model(inputs, layers.Dense(2)(encoded))
    model = Model(model.input, layers.Dense(1)(model(model.input))) if inside else model
    new = pd.concat([table, table[:2].assign(city=["paris", None], zip="z9", age=[np.nan, 1e9])])
    expected = model.predict(new, verbose=0)
    np.testing.assert_allclose(run(model, columns_of(new, model), tmp_path), expected, rtol=1e-5, atol=1e-6)


def test_rows_may_be_of_a_fixed_number(tmp_path):
    inputs = Input((3,), dtype="string")
    model = Model(inputs, layers.StringLookup(vocabulary=["oslo"])(inputs))
    model.export(tmp_path / "model.onnx", input_signature=layers.InputSpec(shape=(2, 3)))
    (declared,) = onnxruntime.InferenceSession(tmp_path / "model.onnx").get_inputs()
    assert (declared.shape, declared.type) == ([2, 3], "tensor(string)")


def test_what_onnx_lacks_is_named_and_its_numbers_are_taken_instead(tmp_path):
    inputs, encoded = encode(TABLE[["age", "built", "note"]], verbose=False)
    model = Model(inputs, layers.Dense(1)(encoded))
    with pytest.raises(ValueError, match=r"'date_parts.*reads dates.*put `model.get_layer\('date_parts.*'\).output`"):
        model.export(tmp_path / "model.onnx")
    reading = [layer for layer in model.layers if isinstance(layer, layers.DateParts | layers.TextVectorization)]
    # As the error says.
    part = Model({"age": inputs["age"], **{layer.name: layer.output for layer in reading}}, model.output)
    feed = {
        layer.name: np.asarray(layer(TABLE[column])) for layer, column in zip(reading, ["built", "note"], strict=True)
    }
    feed["age"] = TABLE[["age"]].to_numpy("float32")
    expected = model.predict(TABLE, verbose=0)
    np.testing.assert_allclose(run(part, feed, tmp_path), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (layers.Hashing(3), "hashes words"),
        (layers.TextVectorization(vocabulary=["a"], output_sequence_length=2), "takes texts apart"),
        (layers.StringLookup(vocabulary=["a"], num_oov_indices=2), "shares 2 indices among unknown words by a hash"),
        (layers.StringLookup(vocabulary=["a"], num_oov_indices=0), "raises an error for unknown words"),
    ],
)
def test_other_layers_of_strings_are_refused(layer, words, tmp_path):
    inputs = Input((1,), dtype="string")
    with pytest.raises(ValueError, match=words):
        Model(inputs, layer(inputs)).export(tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())
