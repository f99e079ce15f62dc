"""Columns of mixed tables as people's files have them: other types, numbers and dates as text, gaps, large numbers."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from hornet import Model, Sequential, layers, utils
from hornet.data import Dataset
from hornet.models import load_model
from hornet.preprocessing import encode

ROWS = 40


def repeated(*values):
    return [values[row % len(values)] for row in range(ROWS)]


TABLE = pd.DataFrame(
    {
        "size": np.arange(ROWS) / 7,
        "number": repeated(1.0, None, 5.0, 7.0),
        "city": repeated("u", None, "w"),
        "built": repeated("2020-01-01", None, "2020-01-05"),
        "ticket": repeated("PC 12", "99", "A5", "17"),
    }
)
ONE = {"size": [1.0], "number": [1.0], "city": ["u"], "built": ["2020-01-01"], "ticket": ["99"]}


@pytest.fixture(scope="module")
def model():
    return encoder(TABLE)


def encoder(table):
    return Model(*encode(table, verbose=False))


def encoded(table, rows=None):
    return np.asarray(encoder(table).predict(table if rows is None else rows, verbose=0))


def choice(capsys, column):
    """Return what `encode` prints of a column."""
    encode({"x": column, "other": np.arange(len(column))})
    return capsys.readouterr().out.splitlines()[0].removeprefix("x").strip()


# --- other types at prediction ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in TABLE if name != "size"])
@pytest.mark.parametrize(
    "gap",
    [
        [None],
        [np.nan],
        np.array([np.nan]),
        pd.Series([None], dtype="object"),
        pd.Series([pd.NaT]),
        pl.Series([None]),
        pa.array([None]),
        pd.array([pd.NA], dtype="Int64"),
    ],
    ids=["list", "NaN", "array", "objects", "NaT", "polars", "arrow", "nullable"],
)
def test_a_column_of_gaps_of_any_type_is_one(model, name, gap):
    with_gap = {**TABLE[:1].to_dict("list"), name: [np.nan] if name == "number" else ["u", None][1:]}
    expected = model.predict(with_gap, verbose=0)
    np.testing.assert_array_equal(model.predict(with_gap | {name: gap}, verbose=0), expected)


@pytest.mark.parametrize("ticket", [[99], np.array([99.0]), pd.array([99], dtype="Int64"), pl.Series([99])])
def test_whole_numbers_are_taken_for_words(model, ticket):
    np.testing.assert_array_equal(model.predict(ONE | {"ticket": ticket}, verbose=0), model.predict(ONE, verbose=0))


def test_rows_of_a_file_that_holds_gaps_and_digits_alone(model, tmp_path):
    rows = pd.DataFrame(ONE | {"city": [None], "built": [None]})
    rows.to_csv(tmp_path / "rows.csv", index=False)
    read = pd.read_csv(tmp_path / "rows.csv")
    assert [str(read[name].dtype) for name in ("city", "built", "ticket")] == ["float64", "float64", "int64"]
    np.testing.assert_array_equal(model.predict(read, verbose=0), model.predict(rows, verbose=0))


def test_gaps_alone_in_an_array_are_nan():
    net = Sequential([layers.Dense(1)])
    net.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="`x` has NaN in column 0"):
        net.fit(np.full((4, 2), None), np.ones(4), verbose=0)


# --- text that is numbers or dates ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "column",
    [
        [str(row * 1.5) for row in range(ROWS)],
        [f"{1000 + 13 * row:,}" for row in range(ROWS)],
        [f"${row}.00" for row in range(ROWS)],
        [f"{row}%" for row in range(ROWS)],
        [1.5, "2", *range(ROWS)],
    ],
    ids=["fractions", "thousands", "dollars", "percent", "objects"],
)
def test_numbers_as_text_are_numbers(capsys, column):
    assert choice(capsys, column) == "number, as text -> median and quartiles"
    table = {"x": column}
    made = encoded(table)
    assert made.shape == (len(column), 1)
    assert (np.diff(made[2:, 0]) > 0).all()


def test_few_that_are_no_numbers_are_gaps(capsys, tmp_path):
    column = [str(row + 0.5) for row in range(ROWS)]
    column[3], column[4] = "?", "much"
    said = choice(capsys, column)
    assert said == "number, as text -> median and quartiles; '?' and 1 more are gaps; gaps flagged"
    whole = encoder({"x": column})
    made = whole.predict({"x": ["?", "new", None, "3.5"]}, verbose=0)
    assert made[:3].tolist() == [[0, 1]] * 3
    assert made[3, 1] == 0
    np.testing.assert_array_equal(whole.predict({"x": np.array([np.nan, 3.5])}, verbose=0), made[2:])
    whole.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        load_model(tmp_path / "model.keras").predict({"x": ["?", "new", None, "3.5"]}, verbose=0), made
    )


def test_what_was_no_gap_in_training_is_refused_by_column_and_row():
    whole = encoder({"price": [f"${row}" for row in range(ROWS)], "sold": repeated("2020-01-01", "2021-03-04")})
    with pytest.raises(ValueError, match=r"got 'much' \(column 'price', first in row 1\), which is no number"):
        whole.predict({"price": ["$1", "much"], "sold": ["2020-01-01", ""]}, verbose=0)
    with pytest.raises(ValueError, match=r"got '2020-13-45' \(column 'sold', first in row 0\), which is no date"):
        whole.predict({"price": ["$1"], "sold": ["2020-13-45"]}, verbose=0)
    with pytest.raises(ValueError, match=r"got '7' \(column 'sold', first in row 1\), which is no date"):
        whole.predict({"price": ["$1", "$2"], "sold": [20200101, 7]}, verbose=0)


def test_words_made_of_digits_and_categories_stay_words(capsys):
    assert choice(capsys, repeated("01234", "12345")) == "2 categories -> one-hot"
    assert choice(capsys, pd.Series(repeated("1", "2")).astype("category")) == "2 categories -> one-hot"
    assert choice(capsys, pl.Series(repeated("1", "2"), dtype=pl.Categorical)) == "2 categories -> one-hot"
    assert choice(capsys, repeated("PC 12", "99")) == "2 categories -> one-hot"


def test_categories_of_numbers_take_gaps_and_numbers():
    whole = encoder({"x": pd.Categorical([1, 2, None, 1, 2, 3, 3])})
    made = whole.predict({"x": [1, 2, None, 9]}, verbose=0)
    np.testing.assert_array_equal(whole.predict({"x": np.array([1.0, 2.0, np.nan, 9.0])}, verbose=0), made)
    assert len(np.unique(made, axis=0)) == 4


def test_a_decimal_comma_is_named(capsys):
    with pytest.warns(UserWarning, match=r"'x' seems to hold numbers with a decimal comma.*decimal=','"):
        choice(capsys, repeated("1,5", "2,25", "1.000,5"))


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("%m/%d/%Y", " as '%m/%d/%Y'"),
        ("%d/%m/%Y %H:%M", " as '%d/%m/%Y %H:%M'"),
        ("%d.%m.%Y", " as '%d.%m.%Y'"),
        ("%B %d, %Y", " as '%B %d, %Y'"),
        ("%d-%b-%y", " as '%d-%b-%y'"),
        ("%Y-%m-%d %H:%M", ""),
    ],
)
def test_dates_in_usual_forms_are_dates(capsys, form, said):
    days = pd.date_range("2020-01-01", periods=ROWS, freq="53h")
    assert choice(capsys, days.strftime(form)).startswith(f"dates{said} -> year, month, day, weekday")
    if "%H" in form:
        texts, dates = pd.DataFrame({"x": days.strftime(form)}), pd.DataFrame({"x": days})
        np.testing.assert_allclose(encoded(texts), encoded(dates), rtol=1e-5)
        np.testing.assert_array_equal(encoded(texts, dates), encoded(texts))


def test_a_few_that_are_no_dates_are_gaps(capsys):
    days = [str(day.date()) for day in pd.date_range("2020", periods=ROWS)]
    days[5] = "unknown"
    assert choice(capsys, days).endswith("; 'unknown' is a gap; gaps flagged")
    assert np.isfinite(encoded({"x": days})).all()


def test_dates_that_may_be_two_days_are_named(capsys):
    with pytest.warns(UserWarning, match=r"'x' holds dates, and nothing tells.*pd.to_datetime\(table\['x'\], format="):
        assert choice(capsys, repeated("01/02/2020", "03/04/2021")) == "2 categories -> one-hot"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert choice(capsys, repeated("02/02/2020", "03/03/2021")).startswith("dates as")


# --- numbers that float32 does not hold -------------------------------------------------------------------


@pytest.mark.parametrize(
    "column",
    [
        np.arange(ROWS) + 10**15,
        np.full(ROWS, 2**64 - 1, "uint64") - np.arange(ROWS, dtype="uint64"),
        np.arange(ROWS) * 1e300,
        np.arange(ROWS) * 1e-300,
        np.linspace(0.1, 0.1 + 1e-9, ROWS),
        np.append(np.arange(ROWS - 1.0), 1e300),
    ],
    ids=["fine", "unsigned", "large", "small", "steps", "outlier"],
)
def test_numbers_of_any_size_tell_rows_apart(column):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = encoded({"x": column})
    assert np.isfinite(made).all()
    assert len(np.unique(made)) == ROWS


def test_two_values_are_scaled(capsys):
    assert choice(capsys, repeated(2023, 2024)) == "number -> 0 and 1"
    assert choice(capsys, repeated(0, 1)) == "number -> left alone"
    assert np.unique(encoded({"x": repeated(0, 50000)})).tolist() == [0, 1]


# --- names ------------------------------------------------------------------------------------------------


def test_names_of_any_kind_go_through_a_model(tmp_path):
    table = {"a/b": np.arange(9.0), "a_b": np.arange(9.0) ** 2, "": np.arange(9.0) ** 3, "a b": np.arange(9.0) ** 0.5}
    whole = encoder(table)
    whole.save(tmp_path / "model.keras")
    made = load_model(tmp_path / "model.keras").predict(table, verbose=0)
    np.testing.assert_array_equal(made, whole.predict(table, verbose=0))
    assert made.shape == (9, 4)


def test_words_with_null_characters_differ():
    made = encoded({"x": repeated("a\0b", "a\0", "a")})
    assert len(np.unique(made, axis=0)) == 3


def test_a_list_of_rows_says_how_to_make_columns(model):
    with pytest.raises(TypeError, match=r"`x` is a list of rows, each a dict.*`pd.DataFrame\(x\)`"):
        model.predict(TABLE.to_dict("records"), verbose=0)


def test_text_in_a_column_of_numbers_names_the_column_once(model):
    rows = TABLE[:2].assign(size=["1.5", "2"])
    problem = r"`x\['size'\]` holds numbers as text .first in row 0: '1.5'.*: `x\['size'\].astype\(float\)`"
    with pytest.raises(TypeError, match=problem):
        model.predict(rows, verbose=0)


# --- feature spaces ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", [pd.date_range("2020", periods=9), ["u", None, "v"] * 3], ids=["dates", "gaps"])
def test_feature_spaces_learn_from_datasets_as_from_tables(column):
    table = pd.DataFrame({"b": column})
    spaces = [utils.FeatureSpace({"b": "string_categorical"}) for _ in range(2)]
    spaces[0].adapt(table)
    spaces[1].adapt(Dataset.from_tensor_slices(dict(table)))
    vocabularies = [space.preprocessors["b"].get_vocabulary() for space in spaces]
    assert vocabularies[0] == vocabularies[1]
    assert len(vocabularies[0]) > 2


def test_feature_spaces_name_what_gives_the_rows_of_a_lazy_frame():
    with pytest.raises(TypeError, match=r"`dataset.collect\(\)`"):
        utils.FeatureSpace({"b": "string_categorical"}).adapt(pl.LazyFrame({"b": ["u"]}))
