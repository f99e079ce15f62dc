"""Models that read strings: the host's part is cut out, the rest is compiled, and one file holds both."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tests.costs import ProgramCount

import hornet
from hornet import Input, Model, Sequential, layers, ops

CITIES = ["rome", "oslo", None, "lima", "oslo", "rome"] * 8
AGES = np.linspace(20, 60, 48)
TABLE = pd.DataFrame({"city": CITIES, "age": AGES})
Y = np.arange(48) % 2


def seed():
    hornet.utils.set_random_seed(0)


def mixed(structure=list, city_mode="int"):
    """Return a model of a word and a number."""
    city = Input((1,), dtype="string", name="city")
    age = Input((1,), name="age")
    lookup = layers.StringLookup(output_mode=city_mode)
    lookup.adapt(TABLE["city"])
    words = lookup(city)
    if city_mode == "int":
        words = layers.Flatten()(layers.Embedding(4, 2)(words))
    joined = layers.concatenate([words, layers.Rescaling(0.01)(age)])
    inputs = [city, age] if structure is list else {"city": city, "age": age}
    model = Model(inputs, layers.Dense(1)(joined))
    model.compile("adam", "mse")
    return model


WAYS = {
    "pandas": TABLE,
    "other order": TABLE[["age", "city"]],
    "category": TABLE.astype({"city": "category"}),
    "arrow-backed": TABLE.convert_dtypes(dtype_backend="pyarrow"),
    "polars": pl.DataFrame({"city": CITIES, "age": AGES}),
    "arrow": pa.table({"city": CITIES, "age": AGES}),
    "dict of lists": {"city": CITIES, "age": AGES.tolist()},
    "dict of arrays": {"city": np.array(CITIES, object)[:, None], "age": AGES},
    "list": [np.array(CITIES, object), AGES],
}


@pytest.fixture(scope="module")
def trained():
    seed()
    model = mixed()
    model.fit(TABLE, Y, epochs=2, verbose=0)
    return model, model.predict(TABLE, verbose=0)


@pytest.mark.parametrize("way", list(WAYS))
def test_rows_come_in_whatever_holds_them(trained, way):
    model, expected = trained
    np.testing.assert_array_equal(model.predict(WAYS[way], verbose=0), expected)
    np.testing.assert_allclose(model(WAYS[way]), expected, rtol=1e-6)
    assert model.evaluate(WAYS[way], Y, verbose=0) == model.evaluate(TABLE, Y, verbose=0)


@pytest.mark.parametrize("mode", ["int", "one_hot"])
@pytest.mark.parametrize("structure", [list, dict])
def test_a_file_holds_both_parts(structure, mode, tmp_path):
    model = mixed(structure, mode)
    rows = {"city": ["oslo", "rome", "new", None], "age": [1.0, 2.0, 3.0, 4.0]}
    outputs = model.predict(rows, verbose=0)
    model.save(tmp_path / "model.keras")
    again = hornet.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(rows, verbose=0), outputs)
    twin = hornet.models.clone_model(model)
    twin.set_weights(model.get_weights())
    np.testing.assert_array_equal(twin.predict(rows, verbose=0), outputs)
    assert [tensor.dtype for tensor in model.inputs] == [tensor.dtype for tensor in again.inputs]


def test_training_is_that_of_the_model_behind_the_words():
    """A model of words trains bit for bit as one of their indices."""
    seed()
    whole = mixed()
    whole.fit(TABLE, Y, epochs=2, verbose=0)
    lookup = next(layer for layer in whole.layers if isinstance(layer, layers.StringLookup))
    seed()
    city, age = Input((1,), dtype="int32"), Input((1,))
    joined = layers.concatenate([layers.Flatten()(layers.Embedding(4, 2)(city)), layers.Rescaling(0.01)(age)])
    part = Model([city, age], layers.Dense(1)(joined))
    part.compile("adam", "mse")
    part.fit([np.asarray(lookup(TABLE["city"])), AGES], Y, epochs=2, verbose=0)
    for one, other in zip(whole.get_weights(), part.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_strings_are_numbered_once_a_fit(monkeypatch):
    model = mixed()
    calls = []
    numbered = layers.StringLookup._numbered
    monkeypatch.setattr(layers.StringLookup, "_numbered", lambda self, x: calls.append(len(x)) or numbered(self, x))
    model.fit(TABLE, Y, epochs=5, verbose=0)
    assert calls == [48]


def test_models_that_differ_in_automatic_names_share_programs():
    programs = ProgramCount()
    first, second = mixed(), mixed()
    first.fit(TABLE, Y, batch_size=8, verbose=0)
    programs.reset()
    second.fit(TABLE, Y, batch_size=8, verbose=0)
    assert programs() == 0
    # Other lengths are traced anew, by the model that came first.
    assert np.isfinite(second.predict(TABLE[:7], batch_size=7, verbose=0)).all()
    assert np.isfinite(second.fit(TABLE[:5], Y[:5], batch_size=3, verbose=0).history["loss"][0])


def test_batches_arrive_with_words():
    def batches():
        for start in range(0, 48, 16):
            part = TABLE[start : start + 16]
            yield {"city": part["city"].tolist(), "age": part["age"].to_numpy()}, Y[start : start + 16]

    seed()
    arriving = mixed()
    arriving.fit(batches(), verbose=0)
    seed()
    held = mixed()
    held.fit(TABLE, Y, batch_size=16, shuffle=False, verbose=0)
    for one, other in zip(arriving.get_weights(), held.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    whole = held.predict(TABLE, verbose=0)
    np.testing.assert_allclose(held.predict(x for x, _ in batches()), whole, rtol=1e-6)


def test_a_model_that_prepares_is_a_part_of_one_that_trains():
    city, age = Input((1,), dtype="string", name="city"), Input((1,), name="age")
    words = layers.StringLookup(vocabulary=["rome", "oslo"], output_mode="one_hot")(city)
    preparing = Model([city, age], layers.concatenate([words, layers.Rescaling(0.01)(age)]))
    inputs = {"city": Input((1,), dtype="string"), "age": Input((1,))}
    model = Model(inputs, layers.Dense(1)(preparing([inputs["city"], inputs["age"]])))
    behind = Sequential([Input((4,)), model.layers[-1]])
    prepared = preparing.predict(TABLE, verbose=0)
    np.testing.assert_allclose(model.predict(TABLE, verbose=0), behind.predict(prepared, verbose=0), rtol=1e-6)
    both = Sequential([preparing, layers.Dense(2)])
    assert both.predict(TABLE, verbose=0).shape == (48, 2)


@pytest.mark.parametrize("declared", [True, False])
def test_a_stack_begins_with_texts(declared):
    texts = np.array(["a good film", "a bad film", "good", "bad"] * 4)
    vectorize = layers.TextVectorization(output_sequence_length=4)
    first = [Input((1,), dtype="string")] if declared else []
    stack = [
        *first,
        vectorize,
        layers.Embedding(9, 4, mask_zero=True),
        layers.GlobalAveragePooling1D(),
        layers.Dense(1),
    ]
    model = Sequential(stack)
    vectorize.adapt(texts)
    model.compile("adam", "mse")
    model.fit(texts, np.arange(16) % 2, verbose=0)
    outputs = model.predict(texts.tolist(), verbose=0)
    np.testing.assert_allclose(model.predict(texts[:, None], verbose=0), outputs, rtol=1e-6)
    np.testing.assert_allclose(model(pd.Series(texts)), outputs, rtol=1e-6)
    assert model.input_shape == ((None, 1) if declared else (None,))


@pytest.mark.parametrize("mode", ["multi_hot", "count", "tf_idf"])
def test_rows_of_a_vocabulary_stay_sparse_on_the_host(mode):
    texts = ["a b a", "c", "b c c"] * 4
    vectorize = layers.TextVectorization(output_mode=mode)
    vectorize.adapt(texts)
    model = Sequential([vectorize, layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(texts, np.ones(12), verbose=0)
    prepared = model._as_inputs(texts)
    assert type(next(iter(prepared.parts.values())).parts["counts"]).__name__ == "SparseRows"
    expected = model.layers[-1](vectorize(texts))
    np.testing.assert_allclose(model.predict(texts, verbose=0), expected, rtol=1e-5)
    np.testing.assert_allclose(model(texts), expected, rtol=1e-5)


def test_strings_are_moved_before_they_are_numbered():
    both = Input((2,), dtype="string", name="both")
    single = Input((), dtype="string", name="single")
    joined = layers.concatenate([both[:, :1], layers.Reshape((1,))(single), ops.expand_dims(both[:, 1], -1)])
    assert (joined.dtype, joined.shape) == ("string", (None, 3))
    model = Model([both, single], layers.StringLookup(vocabulary=["a", "b", "c"])(joined))
    rows = [np.array([["a", "b"], ["z", None]], object), np.array(["c", "a"])]
    assert model.predict(rows, verbose=0).tolist() == [[1, 3, 2], [0, 1, 0]]


def test_a_layer_is_called_on_several_words():
    one, other = (Input((1,), dtype="string", name=name) for name in ("one", "other"))
    lookup = layers.StringLookup(vocabulary=["a", "b"])
    crossed = layers.HashedCrossing(5)([one, layers.Discretization([0.0])(number := Input((1,), name="number"))])
    model = Model([one, other, number], [lookup(one), lookup(other), crossed])
    rows = {"one": ["a", "z"], "other": ["b", "a"], "number": [-1.0, 1.0]}
    first, second, third = model.predict(rows, verbose=0)
    assert (first.tolist(), second.tolist()) == ([[1], [0]], [[2], [1]])
    np.testing.assert_array_equal(third[:, 0], layers.HashedCrossing(5)([np.array(["a", "z"]), np.array([0, 1])]))


def test_adapting_after_drawing():
    city = Input((1,), dtype="string")
    lookup = layers.StringLookup()
    model = Model(city, layers.Dense(1)(layers.Flatten()(layers.Embedding(9, 2)(lookup(city)))))
    with pytest.raises(ValueError, match="no vocabulary yet"):
        model.predict(["a"])
    lookup.adapt(["a", "b"])
    before = model.predict(["a", "b", "c"], verbose=0)
    lookup.set_vocabulary(["a", "b"])
    np.testing.assert_array_equal(model.predict(["b", "a", "c"], verbose=0), before)


def test_summary_shows_strings(capsys):
    mixed().summary()
    shown = capsys.readouterr().out
    assert {"(StringLookup)", "city"} <= set(shown.split())


# --- what is refused ---------------------------------------------------------------------------------------


def test_layers_of_numbers_refuse_strings():
    city = Input((1,), dtype="string", name="city")
    with pytest.raises(
        TypeError, match=r"'dense.*' computes with numbers, and 'city' holds strings. Number them first"
    ):
        layers.Dense(2)(city)
    with pytest.raises(TypeError, match="`add` computes with numbers"):
        city + 1
    with pytest.raises(TypeError, match="among its outputs, which holds strings"):
        Model(city, layers.Reshape((1, 1))(city))


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ({"city": [0.5, 2], "age": [1.0, 2.0]}, r"`x\['city'\]` holds 0.5 .first in row 0., and strings are expected"),
        ({"city": ["a", 2.5], "age": [1.0, 2.0]}, r"`x\['city'\]` holds 2.5 .first in row 1."),
        ({"city": np.full(2, 0.5), "age": [1.0, 2.0]}, r"`x\['city'\]` holds 0.5 .first in row 0."),
        ({"city": ["a", "b"], "age": ["x", "y"]}, r"`x\['age'\]` holds text"),
        ({"city": ["a", "b"], "age": [1.0]}, "rows"),
        ({"city": [["a", "b"]], "age": [1.0]}, r"has shape \(1, 2\), but input 'city'"),
    ],
)
def test_rows_that_do_not_fit_are_refused(trained, rows, problem):
    with pytest.raises((TypeError, ValueError), match=problem):
        trained[0].predict(rows, verbose=0)


def test_what_strings_depend_on_is_not_trained():
    word, number = Input((1,), dtype="string"), Input((1,))
    bins = layers.Discretization([0.0])(layers.Dense(1, name="before")(number))
    with pytest.raises(TypeError, match="so 'before' cannot be trained"):
        Model([word, number], layers.HashedCrossing(5)([word, bins]))


class Reader(Model):
    def __init__(self):
        super().__init__()
        self.lookup = layers.StringLookup(vocabulary=["a", "b"])
        self.embed = layers.Embedding(3, 2)

    def call(self, words):
        return self.embed(self.lookup(words))


def test_a_call_of_ones_own_reads_words_outside_programs_alone():
    model = Reader()
    assert np.asarray(model(np.array([["a"], ["z"]]))).shape == (2, 1, 2)
    model.compile("adam", "mse")
    with pytest.raises(TypeError, match="has a `call` of its own, of which no part can be cut out for the host"):
        model.fit(np.array([["a"], ["z"]]), np.zeros(2), verbose=0)


@pytest.mark.parametrize("format", ["onnx", "stablehlo"])
def test_a_file_for_other_programs_may_hold_the_numbers_part(format, tmp_path):
    model = mixed()
    if format == "stablehlo":
        with pytest.raises(ValueError, match=r"reads strings, and StableHLO has none. Export to '.onnx'"):
            model.export(tmp_path / f"model.{format}")
    embedding = next(layer for layer in model.layers if isinstance(layer, layers.Embedding))
    Model([embedding.input, model.inputs[1]], model.output).export(tmp_path / f"model.{format}")
