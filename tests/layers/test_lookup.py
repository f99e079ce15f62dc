"""Vocabularies against what Keras on TensorFlow wrote down (see make_preprocessing_goldens.py), and in programs."""

import json
import tracemalloc
from pathlib import Path

import jax
import numpy as np
import pandas as pd
import polars as pl
import pytest

from hornet import Sequential, layers
from hornet.layers import Hashing, IntegerLookup, StringLookup, fingerprint

GOLDENS = json.loads(Path(__file__).with_name("data").joinpath("preprocessing.json").read_text(encoding="utf-8"))
ANSWERS = [case for case in GOLDENS["answers"] if case["layer"] != "Hashing"]
DESCRIBED = [one for one in GOLDENS["layers"] if one["class_name"] != "Hashing"]
BOTH = pytest.mark.parametrize("cls", [StringLookup, IntegerLookup])


def label(case):
    return f"{case['layer']}-{case['arguments']}-{'-'.join(case['adapt'] or ['given'])}"


def learned(case):
    layer = getattr(layers, case["layer"])(**case["arguments"])
    if case["adapt"] is not None:
        layer.adapt(case["adapt"]["rows"] if "rows" in case["adapt"] else map(np.array, case["adapt"]["batches"]))
    return layer


ALL = pytest.mark.parametrize("case", ANSWERS, ids=label)


@ALL
def test_keras_learns_and_numbers_the_same(case):
    layer = learned(case)
    assert layer.get_vocabulary() == case["vocabulary"]
    assert layer.vocabulary_size() == len(case["vocabulary"])
    output, expected = layer(case["inputs"]), np.array(case["outputs"])
    if expected.dtype.kind == "f":
        np.testing.assert_allclose(output, expected, rtol=1e-6)
    else:
        np.testing.assert_array_equal(output, expected)


@ALL
def test_what_was_learned_survives_a_config(case):
    layer = learned(case)
    config = json.loads(json.dumps(layer.get_config()))
    again = type(layer).from_config(config)
    assert again.get_vocabulary() == layer.get_vocabulary()
    assert again.get_config() == config
    np.testing.assert_array_equal(again(case["inputs"]), layer(case["inputs"]))


@pytest.mark.parametrize("case", [one for one in ANSWERS if one["layer"] == "IntegerLookup"], ids=label)
def test_programs_number_the_same(case):
    layer, x = learned(case), np.array(case["inputs"])
    if (np.abs(x) >= 2**31).any() or max(layer.get_vocabulary()) >= 2**31:
        with jax.enable_x64():
            np.testing.assert_array_equal(jax.jit(layer)(x), layer(x))
    else:
        np.testing.assert_allclose(jax.jit(layer)(x), layer(x), rtol=1e-6)
        np.testing.assert_allclose(jax.jit(layer)(x + 0.0), layer(x), rtol=1e-6)
        assert jax.jit(layer)(x).dtype == layer(x).dtype or layer.invert


@pytest.mark.parametrize("described", DESCRIBED, ids=range(len(DESCRIBED)))
def test_keras_s_description_is_read(described):
    config, theirs = layers.deserialize(described).get_config(), described["config"]
    shared = set(config) - {"dtype"}
    assert {name: config[name] for name in shared} == {name: theirs[name] for name in shared}
    assert config["dtype"]["config"] == {"name": "float32"}


@BOTH
def test_a_layer_that_learned_learns_anew(cls):
    layer = cls()
    for rows, expected in (([1, 1, 2], [1, 2]), ([3], [3])):
        layer.adapt([str(one) for one in rows] if cls is StringLookup else rows)
        assert [int(one) for one in layer.get_vocabulary(include_special_tokens=False)] == expected
    again = cls.from_config(layer.get_config())  # unlike Keras's with a vocabulary
    again.adapt(layer.vocabulary * 2)
    assert again.vocabulary == layer.vocabulary


def test_weights_given_for_special_tokens_are_kept():
    layer = StringLookup(vocabulary=["[UNK]", "a", "b"], output_mode="tf_idf", idf_weights=[0.5, 1.0, 4.0])
    assert layer.idf_weights == [0.5, 1.0, 4.0]
    again = StringLookup.from_config(layer.get_config())
    assert again(["z", "z"]).tolist() == [1.0, 0.0, 0.0]
    assert StringLookup().idf_weights is None
    assert StringLookup(output_mode="tf_idf").get_config()["vocabulary"] is None


@pytest.mark.parametrize(
    "rows",
    [
        np.array(["b", "a", "b"], object),
        [b"b", b"a", b"b"],
        pd.Series(["b", "a", "b"]),
        pd.DataFrame({"x": ["b", "a", "b"]}),
        pd.Series(["b", "a", "b"], dtype="category"),
        pl.Series(["b", "a", "b"]),
        pl.DataFrame({"x": ["b", "a", "b"]}),
        iter([["b"], ["a", "b"]]),
        ((batch, None) for batch in (np.array([["b"]]), np.array([["a", "b"]]))),
        [["b", "a", "b"]],
    ],
    ids=range(10),
)
def test_strings_may_have_any_form(rows):
    layer = StringLookup()
    layer.adapt(rows)
    assert layer.get_vocabulary() == ["[UNK]", "b", "a"]
    if hasattr(rows, "shape"):
        assert np.ravel(layer(rows)).tolist() == [1, 2, 1]


@pytest.mark.parametrize(
    "rows",
    [
        np.array([7, 5, 7], "int8"),
        np.array([7, 5, 7], object),
        [7.0, 5.9, 7.2],
        pd.DataFrame({"x": [7, 5, 7]}),
        pl.Series([7, 5, 7]),
        jax.numpy.array([7, 5, 7]),
    ],
    ids=range(6),
)
def test_integers_may_have_any_form(rows):
    layer = IntegerLookup()
    layer.adapt(rows)
    assert layer.get_vocabulary() == [-1, 7, 5]
    assert np.ravel(layer(rows)).tolist() == [1, 2, 1]


def test_steps_are_batches():
    layer = IntegerLookup()
    layer.adapt(iter([[1], [2], [3]]), steps=2)
    assert sorted(layer.vocabulary) == [1, 2]


def test_vocabularies_may_have_any_form(tmp_path):
    for given in (["b", "a"], ("b", "a"), np.array(["b", "a"]), pd.Series(["b", "a"]), [b"b", b"a"]):
        assert StringLookup(vocabulary=given).get_vocabulary() == ["[UNK]", "b", "a"]
    file = tmp_path / "vocabulary.txt"
    file.write_text("b\x0bc\n\na\n", encoding="utf-8")
    assert StringLookup(vocabulary=file).vocabulary == ["b\x0bc", "", "a"]
    file.write_text("7\r\n5", encoding="utf-8")
    layer = IntegerLookup(vocabulary=str(file))
    assert layer.vocabulary == layer.get_config()["vocabulary"] == [7, 5]


def test_a_config_names_no_file(tmp_path):
    file = tmp_path / "vocabulary.txt"
    file.write_text("secret", encoding="utf-8")
    for cls in (StringLookup, IntegerLookup):
        config = {**cls().get_config(), "vocabulary": str(file)}
        with pytest.raises(ValueError, match=r"files are not read because a config says so. Put the tokens into the"):
            cls.from_config(config)
        with pytest.raises(ValueError, match="A config names the file"):
            layers.deserialize({"class_name": cls.__name__, "config": config})


def test_a_model_trains_on_numbered_integers():
    rng = np.random.default_rng(0)
    ids = np.array([10, 200, 3000, -4])
    x = ids[rng.integers(0, 4, (200, 2))]
    y = (x == 3000).sum(1)
    layer = IntegerLookup(mask_token=10)
    layer.adapt(x)
    model = Sequential([layer, layers.Embedding(layer.vocabulary_size(), 2), layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse")
    model.optimizer.learning_rate = 0.05
    loss = model.fit(x, y, epochs=30, verbose=0).history["loss"]
    assert loss[-1] < 0.1 * loss[0]
    np.testing.assert_allclose(model.predict(x, verbose=0), model(x), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(model.predict(x + 0.0, verbose=0), model.predict(x, verbose=0))


def test_unknown_integers_count_nowhere_in_programs():
    layer = IntegerLookup(vocabulary=[5, 7], num_oov_indices=0, mask_token=0)
    assert jax.jit(layer)(np.array([5, 0, 9])).tolist() == [1, 0, -1]
    rows = IntegerLookup(vocabulary=[5, 7], num_oov_indices=0, output_mode="count")
    assert jax.jit(rows)(np.array([5, 9])).tolist() == [1.0, 0.0]


def test_64_bits_are_for_the_host_or_for_float64():
    layer = IntegerLookup(vocabulary=[2**40, 5], name="ids")
    assert layer([2**40, 5, 2**40 + 2**32]).tolist() == [1, 2, 0]
    for one in (layer, IntegerLookup(vocabulary=[2**40], invert=True), IntegerLookup(vocabulary=[1], mask_token=2**40)):
        with pytest.raises(ValueError, match=r"integers of more than 32 bits, which programs have not. Call the layer"):
            Sequential([one]).predict(np.array([[5]]), verbose=0)
    short = Sequential([IntegerLookup(vocabulary=[1, 5])])
    assert short.predict(np.array([[5]]), verbose=0).tolist() == [[2]]  # one shape, but no program of the long one
    with jax.enable_x64():
        assert Sequential([layer]).predict(np.array([[2**40, 5]]), verbose=0).tolist() == [[1, 2]]


def test_strings_are_in_no_program():
    layer = StringLookup(vocabulary=["a"], name="words")
    with pytest.raises(
        TypeError, match=r"Layer 'words' works on strings, which a compiled `call` cannot hold. Draw the"
    ):
        jax.jit(layer)(np.array([[1]]))
    with pytest.raises(TypeError, match="gives strings, which a compiled model cannot"):
        StringLookup(vocabulary=["a"], invert=True).compute_output_shape((None, 1))


def test_a_model_may_carry_strings_beside_its_programs():
    class Reader(Sequential):
        def read(self, words):
            return self.predict(np.asarray(self.lookup(words)), verbose=0)

    model = Reader([layers.Embedding(3, 2)])
    model.lookup = StringLookup(vocabulary=["a", "b"])
    np.testing.assert_array_equal(model.read([["b"]])[0, 0], model.layers[0].get_weights()[0][2])


@BOTH
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_tokens": 0}, "`max_tokens` must be a positive integer, not 0"),
        ({"max_tokens": 1}, r"`max_tokens` must be above 1, the number of special tokens, not 1. Raise it"),
        ({"num_oov_indices": -1}, "`num_oov_indices` must be an integer of at least 0, not -1"),
        ({"output_mode": "hot"}, "`output_mode` must be one of 'int', 'one_hot', 'multi_hot', 'count', 'tf_idf'"),
        ({"invert": True, "output_mode": "count"}, "`invert` gives tokens, so `output_mode` cannot be 'count'. Leave"),
        ({"pad_to_max_tokens": True}, r"`pad_to_max_tokens` needs `max_tokens`. Pass the size of a row."),
        ({"sparse": True}, "`sparse` must be False"),
        ({"idf_weights": [1.0]}, r"`idf_weights` were given without a `vocabulary`. Pass both."),
        ({"vocabulary": []}, r"`vocabulary` is empty. Pass each token once."),
    ],
    ids=range(9),
)
def test_bad_arguments_are_refused(cls, arguments, message):
    with pytest.raises(ValueError, match=message):
        cls(**arguments)


@pytest.mark.parametrize(
    ("cls", "arguments", "error", "message"),
    [
        (StringLookup, {"encoding": "latin-1"}, ValueError, "`encoding` must be one of 'utf-8', not 'latin-1'"),
        (StringLookup, {"vocabulary": ["a", "b", "a"]}, ValueError, "`vocabulary` holds 'a' more than once. Pass each"),
        (StringLookup, {"vocabulary": ["a", ""], "mask_token": ""}, ValueError, "special token '' at 1. Leave special"),
        (StringLookup, {"vocabulary": ["a", "[UNK]"], "invert": True}, ValueError, r"begin with all of them: \['\[UNK"),
        (StringLookup, {"vocabulary": ["a", "b"], "max_tokens": 2}, ValueError, "has 2 tokens beside 1 special ones"),
        (StringLookup, {"vocabulary": ["a"], "idf_weights": [1.0]}, ValueError, "belong to `output_mode` 'tf_idf'"),
        (StringLookup, {"vocabulary": ["a"], "output_mode": "tf_idf"}, ValueError, "Pass them there, or call `adapt`"),
        (
            StringLookup,
            {"vocabulary": ["a"], "output_mode": "tf_idf", "idf_weights": [1.0] * 3},
            ValueError,
            r"There are 3 `idf_weights` for 1 tokens. Pass one for each.",
        ),
        (StringLookup, {"vocabulary": ["a", 1]}, TypeError, "takes only strings, not 1"),
        (StringLookup, {"vocabulary": ["a", None]}, TypeError, "takes only strings, not None"),
        (StringLookup, {"oov_token": None}, TypeError, "`oov_token` of `StringLookup` must be text, not None"),
        (StringLookup, {"mask_token": 0}, TypeError, "`mask_token` of `StringLookup` must be text or None, not 0"),
        (IntegerLookup, {"mask_token": ""}, TypeError, "`mask_token` of `IntegerLookup` must be an integer"),
        (IntegerLookup, {"vocabulary": ["a"]}, TypeError, "takes only integers, not 'a'"),
        (IntegerLookup, {"vocabulary": [np.nan]}, ValueError, "got nan. Fill in or drop missing integers."),
        (IntegerLookup, {"vocabulary_dtype": "int32"}, ValueError, "`vocabulary_dtype` must be one of 'int64'"),
        (IntegerLookup, {"oov_method": "md5"}, ValueError, "`oov_method` must be one of 'floormod', 'farmhash'"),
        (IntegerLookup, {"salt": 3}, ValueError, "`salt` has no use in `oov_method` 'floormod'. Leave it out"),
    ],
    ids=range(18),
)
def test_bad_tokens_and_weights_are_refused(cls, arguments, error, message):
    with pytest.raises(error, match=message):
        cls(**arguments)


@BOTH
def test_there_must_be_a_vocabulary(cls):
    token = "a" if cls is StringLookup else 1
    layer = cls(mask_token=token, name="lookup")
    with pytest.raises(ValueError, match=r"Layer 'lookup' has no vocabulary yet. Call `adapt` or pass `vocabulary`."):
        layer([token])
    with pytest.raises(ValueError, match=r"Layer 'lookup' was adapted to special tokens alone. Pass others too."):
        layer.adapt([token])
    with pytest.raises(ValueError, match="`adapt` got no rows"):
        layer.adapt([])


def test_what_is_no_known_token_is_refused():
    words, ids = StringLookup(vocabulary=["a"], num_oov_indices=0), IntegerLookup(vocabulary=[1], num_oov_indices=0)
    with pytest.raises(ValueError, match=r"got 'z', which is not in its vocabulary. Pass known tokens only, or `num"):
        words(["a", "z"])
    with pytest.raises(ValueError, match="got 9, which is not in its vocabulary"):
        ids(9)
    with pytest.raises(TypeError, match="takes only strings, not 1"):
        words([1])
    with pytest.raises(TypeError, match="takes only integers, not 'a'"):
        ids(["a"])
    with pytest.raises(TypeError, match="takes only integers, not 'a'"):
        StringLookup(vocabulary=["a"], invert=True)(["a"])
    with pytest.raises(ValueError, match="got nan"):
        ids(np.array([1.0, np.nan]))
    with pytest.raises(TypeError, match=r"not None. Convert, fill in or drop such tokens"):
        ids.adapt([1, None])
    with pytest.raises(ValueError, match="special tokens alone"):
        words.adapt([None])


def test_no_tokens_have_no_indices():
    assert StringLookup(vocabulary=["a"])([]).shape == (0,)
    assert IntegerLookup(vocabulary=[1], output_mode="multi_hot")(np.empty((0, 3), "int64")).shape == (0, 2)


def test_rows_have_the_layer_s_type():
    for dtype, expected in (("mixed_bfloat16", "bfloat16"), ("float16", "float16")):
        for mode in ("one_hot", "multi_hot", "count"):
            layer = IntegerLookup(vocabulary=[1], output_mode=mode, dtype=dtype)
            assert str(layer([[1]]).dtype) == str(jax.jit(layer)(np.array([[1]])).dtype) == expected


def test_equal_words_are_hashed_once(monkeypatch):
    hashed = []
    monkeypatch.setattr(fingerprint, "fingerprint64", lambda data: hashed.append(data) or len(data))
    assert Hashing(7)(["a", "bb", "a", "a"]).tolist() == [1, 2, 1, 1]
    assert sorted(hashed) == [b"a", b"bb"]


def test_long_words_take_no_more_memory_than_they_are_long():
    words = ["x" * 100_000, *map(str, range(5_000))]
    layer = StringLookup(vocabulary=words[1:])
    tracemalloc.start()
    layer.adapt(np.array(words, object))
    assert layer(np.array(words, object)).tolist()[0] > 0
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6  # an array of as many letters for each has 2 GB
