"""Whatever holds the numbers, the model that it trains is the one that arrays train."""

import datetime
import decimal
import sys
import types

import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
import scipy.sparse as sp

import hornet
from hornet import Input, Model, Sequential, layers
from hornet.core.containers import to_numbers

rng = np.random.default_rng(5)
X = np.round(rng.normal(size=(24, 3)), 1)
X[:, 1] = rng.integers(0, 9, 24)
X[:, 2] = X[:, 2] > 0
Y = X[:, 0] * 2 + X[:, 1]
NAMES = ["a", "b", "c"]


def frame(library=pd.DataFrame):
    """Return X as a table of floats, integers and booleans."""
    return library({"a": X[:, 0], "b": X[:, 1].astype(int), "c": X[:, 2].astype(bool)})


class Tensor:
    """What a tensor of PyTorch's does, as far as it counts here."""

    layout = "strided"

    def __init__(self, array, requires_grad=True, dtype=None):
        self.array, self.requires_grad, self.dtype = array, requires_grad, dtype

    @property
    def shape(self):
        return self.array.shape

    def detach(self):
        return Tensor(self.array, False, self.dtype)

    def cpu(self):
        return self

    def float(self):
        return Tensor(self.array, self.requires_grad)

    def numpy(self):
        if self.requires_grad:
            raise RuntimeError("requires grad")
        if self.dtype == "bfloat16":
            raise TypeError("unsupported ScalarType")
        return self.array


@pytest.fixture(autouse=True)
def torch(monkeypatch):
    if "torch" not in sys.modules:
        monkeypatch.setitem(sys.modules, "torch", types.SimpleNamespace(Tensor=Tensor, strided="strided"))


def masked():
    """Return X with a mask that hides nothing."""
    return np.ma.array(X, mask=np.zeros(X.shape, bool))


def records():
    return np.array([tuple(row) for row in X], [("a", "f8"), ("b", "i4"), ("c", "?")])


# Containers of X whose numbers are equal once they are in single precision.
CONTAINERS = {
    "float32": lambda: X.astype("float32"),
    "big-endian": lambda: X.astype(">f8"),
    "Fortran order": lambda: np.asfortranarray(X),
    "every second row of more": lambda: np.repeat(X, 2, axis=0)[::2],
    "long double": lambda: X.astype(np.longdouble),
    "memory map's class": lambda: X.view(np.memmap),
    "masked array": masked,
    "structured array": records,
    "record array": lambda: records().view(np.recarray),
    "objects": lambda: X.astype(object),
    "decimals": lambda: [[decimal.Decimal(repr(float(number))) for number in row] for row in X],
    "lists": lambda: X.tolist(),
    "tuple of tuples": lambda: tuple(map(tuple, X.tolist())),
    "a list of rows": lambda: list(X),
    "JAX": lambda: jnp.asarray(X),
    "PyTorch, with gradients": lambda: Tensor(X),
    "pandas of three types": frame,
    "pandas of one": lambda: pd.DataFrame(X, index=np.arange(24) * 7),
    "pandas, nullable": lambda: frame().convert_dtypes(),
    "pandas, Arrow's": lambda: frame().convert_dtypes(dtype_backend="pyarrow"),
    "pandas, one name twice": lambda: frame().set_axis(["a", "a", "c"], axis=1),
    "pandas, categories of numbers": lambda: frame().astype({"b": "category"}),
    "pandas, several levels": lambda: frame().set_axis(pd.MultiIndex.from_arrays([list("xxy"), list("abc")]), axis=1),
    "polars": lambda: frame(pl.DataFrame),
    "Arrow": lambda: pa.table({name: column.tolist() for name, column in frame().items()}),
    "a dict of columns": lambda: dict(frame()),
    "DOK": lambda: sp.dok_matrix(X),
    "CSR": lambda: sp.csr_matrix(X),
    "COO": lambda: sp.coo_array(X),
}


def train(x, y=Y, **arguments):
    hornet.utils.set_random_seed(0)
    model = Sequential([layers.Dense(2, "tanh", input_shape=(3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, y, batch_size=8, epochs=2, verbose=0, **arguments)
    return model


@pytest.fixture(scope="module")
def trained():
    return train(X)


@pytest.mark.parametrize("name", CONTAINERS)
def test_the_same_numbers_train_the_same_model(name, trained):
    x = CONTAINERS[name]()
    model = train(x)
    for weight, expected in zip(model.get_weights(), trained.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)
    np.testing.assert_array_equal(model.predict(x, verbose=0), trained.predict(X, verbose=0))
    assert model.evaluate(x, Y, verbose=0) == trained.evaluate(X, Y, verbose=0)


@pytest.mark.parametrize("dtype", [">i2", ">u2", ">i4", ">i8", ">f4"])
def test_numbers_of_the_other_byte_order_are_those_numbers(dtype, tmp_path):
    x, y = np.abs(X * 10).astype(dtype), np.abs(Y * 10).astype(dtype)
    native = [part.astype(dtype[1:]) for part in (x, y)]
    np.save(tmp_path / "x.npy", x)
    expected = train(*native)
    for other in (train(x, y), train(np.load(tmp_path / "x.npy", mmap_mode="r"), y)):
        for weight, known in zip(other.get_weights(), expected.get_weights(), strict=True):
            np.testing.assert_array_equal(weight, known)
    batches = ((x[start : start + 8], y[start : start + 8]) for start in range(0, 24, 8))
    assert expected.evaluate(batches, verbose=0) == expected.evaluate(*native, batch_size=8, verbose=0)
    np.testing.assert_array_equal(expected(x), expected(native[0]))


def test_a_list_of_pictures_may_lack_the_channel():
    model = Sequential([Input((4, 4, 1)), layers.Flatten(), layers.Dense(1)])
    pictures = rng.normal(size=(5, 4, 4)).astype("float32")
    expected = model.predict(pictures, verbose=0)
    for given in (list(pictures), list(pictures[..., None])):
        np.testing.assert_array_equal(model.predict(given, verbose=0), expected)


def test_a_list_of_columns_is_one_input_only_when_they_are_joined():
    columns = [series for _, series in frame().items()]
    with pytest.raises(ValueError, match=r"list of 3 columns.* `pd\.concat\(x, axis=1\)`"):
        train(columns)
    with pytest.raises(ValueError, match=r"`np\.column_stack\(x\)`"):
        train([column.to_numpy() for column in columns])


def test_files_and_pieces_that_are_no_rows_say_what_to_pass(tmp_path):
    np.savez(tmp_path / "xy.npz", x=X, y=Y)
    with (
        np.load(tmp_path / "xy.npz") as arrays,
        pytest.raises(ValueError, match=r"several arrays \('x', 'y'\)\. Pass one of them, such as `x\['x'\]`"),
    ):
        train(arrays)
    frame().to_parquet(tmp_path / "rows.parquet")
    for source in (pyarrow.dataset.dataset(tmp_path / "rows.parquet"), pq.ParquetFile(tmp_path / "rows.parquet")):
        with pytest.raises(TypeError, match=r"Pass `hornet\.data\.parquet\(path"):
            train(source)
    with pytest.raises(ValueError, match="is a list of batches"):
        train([(X[:8], Y[:8]), (X[8:], Y[8:])], None)


def test_layers_adapt_to_what_has_columns():
    layer = layers.Normalization()
    layer.adapt(sp.dok_matrix(X))
    np.testing.assert_allclose(layer.mean[0], X.mean(0), rtol=1e-5)
    with pytest.raises(TypeError, match=r"not a dict of 'a', 'b', 'c'\. Pass one of them \(`data\['a'\]`\)"):
        layers.Normalization().adapt(dict(frame()))
    with pytest.raises(ValueError, match=r"got nan in column 'b' \(first in row 3\)"):
        layers.Normalization().adapt(frame().mask(np.arange(72).reshape(24, 3) == 10))


def test_integers_that_an_embedding_does_not_know_are_called_by_column():
    rows = pd.DataFrame({"user": [1, 2, 3], "item": [3, 4, 12]})
    joined = Sequential([layers.Embedding(10, 2), layers.Flatten(), layers.Dense(1)])
    joined.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"got 12 in row 2 of `x\['item'\]`"):
        joined.fit(rows, Y[:3], verbose=0)
    inputs = [Input((1,), name=name, dtype="int32") for name in rows]
    vectors = [layers.Flatten()(layers.Embedding(10, 2)(tensor)) for tensor in inputs]
    named = Model(inputs, layers.Dot(-1)(vectors))
    with pytest.raises(ValueError, match=r"got 12 in row 2 of `x\['item'\]`"):
        named.predict(rows, verbose=0)
    with pytest.raises(ValueError, match=r"got 12 in row 2 of `x\[1\]`"):
        named.predict([rows["user"], rows["item"]], verbose=0)


@pytest.mark.parametrize(
    "labels",
    [
        lambda: Y[:, None],
        lambda: Y.tolist(),
        lambda: pd.Series(Y, index=np.arange(24) * 3),
        lambda: pd.DataFrame({"y": Y}),
        lambda: pl.Series(Y),
        lambda: pa.chunked_array([Y[:5], Y[5:]]),
        lambda: sp.csr_array(Y[:, None]),
        lambda: Tensor(Y),
        lambda: [Y],
    ],
    ids=["column", "list", "pandas", "frame", "polars", "Arrow", "sparse", "PyTorch", "in a list"],
)
def test_labels_of_any_kind(labels, trained):
    for weight, expected in zip(train(X, labels()).get_weights(), trained.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_weights_may_have_an_axis_more():
    weights = np.linspace(0.5, 1.5, 24)
    one, other = train(X, sample_weight=weights), train(X, sample_weight=pd.DataFrame({"w": weights}))
    np.testing.assert_array_equal(one.get_weights()[0], other.get_weights()[0])


NAN = [1.0, np.nan, 3.0]


@pytest.mark.parametrize(
    "value",
    [
        np.ma.masked_equal([1, 9, 3], 9),
        [1, None, 3],
        np.array([1, None, 3.0], object),
        pd.Series([1, pd.NA, 3], dtype="Int64"),
        pd.Series([1, pd.NA, 3], dtype=object),
        pd.Series([1, None, 3], dtype="int64[pyarrow]"),
        pl.Series([1, None, 3]),
        pa.array([1, None, 3]),
        pl.Series([decimal.Decimal(1), None, decimal.Decimal(3)]),
    ],
    ids=range(9),
)
def test_what_is_missing_becomes_nan(value):
    np.testing.assert_array_equal(to_numbers("x", value), NAN)


def test_missing_booleans_become_nan():
    for value in (pd.Series([True, None], dtype="boolean"), pl.Series([True, None]), pa.array([True, None])):
        np.testing.assert_array_equal(to_numbers("x", value), [1.0, np.nan])


def test_short_floats_keep_their_values():
    halves = np.array([0.5, -2.0])
    for value in (
        halves.astype("float16"),
        halves.astype(ml_dtypes.bfloat16),
        jnp.asarray(halves, "bfloat16"),
        Tensor(halves, dtype="bfloat16"),
    ):
        np.testing.assert_array_equal(to_numbers("x", value).astype("float64"), halves)


def test_an_array_is_not_copied():
    for dtype in ("float16", "float32", "bool", "int8", "uint64"):
        array = np.ones((2, 2), dtype)
        assert to_numbers("x", array) is array


def test_a_sparse_matrix_is_made_dense_piece_by_piece(monkeypatch):
    made = []

    class Counted(sp.csr_matrix):
        def toarray(self, *arguments, **options):
            made.append(self.shape[0])
            return super().toarray(*arguments, **options)

    monkeypatch.setattr("hornet.training.data.sparse._ROWS_AT_ONCE", 5)
    x = Counted(X)
    np.testing.assert_array_equal(train(x).get_weights()[0], train(X).get_weights()[0])
    assert max(made) == 5


def test_encoded_words_beside_numbers_train():
    table = pd.get_dummies(pd.DataFrame({"age": [20.0, 30.0, 40.0] * 8, "sex": ["m", "f", "m"] * 8}))
    np.testing.assert_array_equal(train(table).get_weights()[0], train(table.astype(float).to_numpy()).get_weights()[0])


# --- named inputs ------------------------------------------------------------------------------------------


def named(structure=dict):
    hornet.utils.set_random_seed(0)
    inputs = {name: Input((1,), name=name) for name in NAMES}
    output = layers.Dense(1)(layers.concatenate(list(inputs.values())))
    model = Model(inputs if structure is dict else list(inputs.values()), output)
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("structure", [dict, list])
@pytest.mark.parametrize(
    "columns",
    [
        lambda: frame(),
        lambda: frame()[["c", "a", "b"]],
        lambda: frame(pl.DataFrame),
        lambda: pa.Table.from_pandas(frame()),
        lambda: records(),
        lambda: dict(frame()),
        lambda: {name: frame()[[name]] for name in "bca"},
        lambda: [frame()[name] for name in NAMES],
    ],
    ids=["pandas", "another order", "polars", "Arrow", "records", "Series", "frames", "list"],
)
def test_columns_go_to_the_inputs_of_their_names(columns, structure):
    expected = named()
    expected.fit({name: X[:, [place]] for place, name in enumerate(NAMES)}, Y, verbose=0)
    model = named(structure)
    model.fit(columns(), Y, verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], expected.get_weights()[0])


def test_the_columns_of_several_outputs_go_by_name():
    x = Input((3,))
    model = Model(x, {"p": layers.Dense(1, name="p")(x), "q": layers.Dense(1, name="q")(x)})
    model.compile("sgd", {"p": "mse", "q": "mse"})
    found = model.evaluate(X, pd.DataFrame({"q": Y, "p": -Y}), verbose=0)
    assert found == model.evaluate(X, {"p": -Y, "q": Y}, verbose=0)


# --- the order of columns -----------------------------------------------------------------------------------


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_columns_in_another_order_are_put_in_that_of_training(library, trained):
    model = train(frame(library))
    turned = frame(library)[["c", "a", "b"]]
    np.testing.assert_array_equal(model.predict(turned, verbose=0), trained.predict(X, verbose=0))
    assert model.evaluate(turned, Y, verbose=0) == trained.evaluate(X, Y, verbose=0)
    np.testing.assert_array_equal(model.predict(X, verbose=0), trained.predict(X, verbose=0))
    before = model.get_weights()
    model.fit(turned, Y, verbose=0, shuffle=False, validation_data=(turned, Y))
    trained_on = model.get_weights()
    model.set_weights(before)
    model.fit(X, Y, verbose=0, shuffle=False)
    np.testing.assert_array_equal(model.get_weights()[0], trained_on[0])


def test_columns_of_other_names_are_refused():
    model = train(frame())
    other = frame().rename(columns={"b": "beta"})
    message = r"^`x` lacks 'b' and has 'beta' besides, compared with the columns that .* was trained on. Pass the same"
    for call in (lambda: model.predict(other, verbose=0), lambda: model.evaluate(other, Y, verbose=0)):
        with pytest.raises(ValueError, match=message):
            call()
    model.fit(other, Y, verbose=0)  # which it is trained on from now
    model.predict(other, verbose=0)


# --- axes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "given"), [((1,), (6,)), ((4, 1), (6, 4)), ((4,), (6, 4, 1)), ((2, 2, 1), (6, 2, 2))]
)
def test_axes_of_size_one_are_added_and_dropped(declared, given):
    """As Keras does it, in `fit`, `predict`, a call and in models inside of models."""
    x = np.arange(np.prod(given), dtype="float32").reshape(given)
    inner = Sequential([Input(declared), layers.Flatten(), layers.Dense(1, kernel_initializer="ones")])
    begin = Input(declared)
    for model in (inner, Model(begin, inner(begin))):
        expected = x.reshape(6, -1).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(model.predict(x, verbose=0), expected)
        np.testing.assert_allclose(np.asarray(model(x)), expected)
        model.compile("sgd", "mse")
        assert model.evaluate(x, expected[:, 0], verbose=0) == 0
    with pytest.raises(ValueError, match="takes"):
        inner.predict(x[..., None, None, None], verbose=0)


@pytest.mark.parametrize(
    ("shape", "row"), [((4,), (4,)), ((2, 2, 1), (2, 2)), ((2, 2, 1), (2, 2, 1)), ((2, 3), (2, 3))]
)
def test_one_row_is_told_of_its_axis(shape, row):
    model = Sequential([Input(shape), layers.Flatten(), layers.Dense(1)])
    with pytest.raises(ValueError, match=r"It looks like one row: pass `x\[None\]`"):
        model.predict(np.zeros(row), verbose=0)


def test_an_input_that_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"^`x\['b'\]` has shape \(24, 2\), but input 'b' of .* takes \(None, 1\)\. "):
        named().fit({"a": X[:, 0], "b": X[:, :2], "c": X[:, 2]}, Y, verbose=0)


# --- refusals -----------------------------------------------------------------------------------------------

DATE = datetime.date(2026, 11, 28)
REFUSED = {
    "words": (pd.DataFrame({"a": [1.0], "c": ["red"]}), ["text", "column 'c'", "row 0", "'red'", "OneHotEncoder"]),
    "categories": (pd.DataFrame({"c": pd.Categorical(["red"])}), ["text", "column 'c'", "OneHotEncoder"]),
    "numbers as text": (pd.DataFrame({"p": ["1.5", "2"]}), ["numbers as text", "`x['p'].astype(float)`"]),
    "a word among numbers": (pd.DataFrame({"p": [1.5, "n/a"]}), ["row 1", "'n/a'", "`pd.to_numeric(x['p'], errors"]),
    "a word among text": (pd.DataFrame({"p": ["1", "n/a"]}), ["row 1", "'n/a'", "pd.to_numeric"]),
    "dates": (pd.DataFrame({"when": pd.to_datetime(["2026"])}), ["dates", "column 'when'", ".dt.year"]),
    "dates of Python": ([[DATE]], ["dates", "row 0", ".dt.year"]),
    "dates as text": (pd.DataFrame({"when": ["2026-11-28"]}), ["dates as text", "pd.to_datetime(x['when'])"]),
    "durations": (pd.Series(pd.to_timedelta([1])), ["durations", "total_seconds"]),
    "periods": (pd.Series(pd.period_range("2026", periods=1, freq="M")), ["periods", ".dt.year"]),
    "polars text": (pl.DataFrame({"n": [1], "w": ["u"]}), ["text", "column 'w'", "'u'"]),
    "Arrow text": (pa.table({"w": ["u", None]}), ["text", "column 'w'", "OneHotEncoder"]),
    "a lazy frame": (pl.DataFrame({"n": [1]}).lazy(), ["lazy", "`x.collect()`"]),
    "ragged lists": ([[1, 2], [3, 4], [5]], ["row 0 has 2, row 2 has 1", "pad_sequences"]),
    "ragged column": (pl.Series([[1], [2, 3]]), ["different lengths", "pad_sequences"]),
    "dicts": ([{"a": 1}], ["dicts", "pd.DataFrame(x)"]),
    "complex": (np.ones((2, 2)) * 1j, ["complex", "x.real"]),
    "a scalar": (np.float32(3), ["single number"]),
    "an object": (object(), ["holds no rows"]),
    "text in records": (np.array([(1, "u")], "i4,U1"), ["text", "column 'f1'"]),
    "a wide integer": (np.array([2**40]), [str(2**40), "32 bits"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_what_where_and_what_helps(name):
    value, words = REFUSED[name]
    with pytest.raises(ValueError, match="`x`") as caught:
        Sequential([layers.Dense(1)]).predict(value, verbose=0)
    for word in words:
        assert word in str(caught.value)


def test_words_as_labels_are_told_of_their_encoder():
    with pytest.raises(ValueError, match=r"^`y` holds text \(first in row 0: 'u'\), not numbers. Number the classes"):
        train(X, np.array(["u"] * 24))
