"""Mixed tables: the choices, and what models of them do with raw rows."""

import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import hornet
from hornet import Model, layers
from hornet.estimators import MLPRegressor
from hornet.preprocessing import encode


def table(rows=60):
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(40, 10, rows)),
            "rooms": rng.integers(1, 6, rows),
            "owner": rng.random(rows) < 0.5,
            "account": rng.integers(0, 2**50, rows),
            "city": rng.choice(["oslo", "rome", "lima", None], rows),
            "zip": [f"z{number % 25}" for number in range(rows)],
            "when": pd.date_range("2020-01-01", periods=rows, freq="37h"),
            "day": pd.date_range("2020-01-01", periods=rows).strftime("%Y-%m-%d"),
            "note": [f"a {word} house number {row}" for row, word in enumerate(rng.choice(["good", "bad"], rows))],
            "id": [f"id{row}" for row in range(rows)],
            "same": ["x"] * rows,
            "one": 1.0,
            "class": pd.Categorical(rng.integers(0, 4, rows)),
            "a/b": rng.normal(size=rows),
        }
    )


TABLE = table()
CHOICES = """
age      number -> median and quartiles; gaps flagged
rooms    number -> median and quartiles
owner    number -> left alone
account  number -> median and quartiles
city     3 categories -> one-hot; gaps are one
zip      25 categories -> embedded in 10 numbers
when     dates -> year, month, day, weekday, hour
day      dates -> year, month, day, weekday
note     texts -> TF-IDF of their words
id       left out: another word in every row
same     left out: one value
one      left out: one value
class    4 categories -> one-hot
a/b      number -> median and quartiles
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    hornet.utils.set_random_seed(0)
    inputs, encoded = encode(TABLE, verbose=False)
    model = Model(inputs, layers.Dense(1)(encoded))
    model.compile("adam", "mse")
    model.fit(TABLE, TABLE["rooms"], epochs=2, verbose=0)
    path = tmp_path_factory.mktemp("models") / "model.keras"
    model.save(path)
    return model, model.predict(TABLE, verbose=0), path


def test_the_choices_are_printed(capsys):
    encode(TABLE)
    assert capsys.readouterr().out.strip() == CHOICES.strip()
    encode(TABLE, verbose=False)
    assert capsys.readouterr().out == ""


def test_the_choices_are_those_of_the_kind_of_table(trained, capsys):
    without = TABLE.drop(columns="class")
    encode(without)
    expected = capsys.readouterr().out
    for other in (pl.from_pandas(without), pa.Table.from_pandas(without), without.to_dict("list")):
        encode(other)
        assert capsys.readouterr().out == expected


@pytest.mark.parametrize(
    "rows",
    [
        TABLE[TABLE.columns[::-1]],
        TABLE.convert_dtypes(),
        pl.from_pandas(TABLE.astype({"class": int})),
        pa.Table.from_pandas(TABLE.astype({"class": int})),
    ],
    ids=["other order", "nullable", "polars", "arrow"],
)
def test_raw_rows_come_from_any_table(trained, rows):
    model, expected, _ = trained
    assert np.isfinite(expected).all()
    np.testing.assert_array_equal(model.predict(rows, verbose=0), expected)


def test_raw_rows_are_predicted_the_same_in_another_process(trained, tmp_path):
    _, expected, path = trained
    TABLE.to_csv(tmp_path / "rows.csv", index=False)
    code = (
        "import hornet, pandas, numpy, sys\n"
        "model = hornet.models.load_model(sys.argv[1])\n"
        "numpy.save(sys.argv[3], model.predict(pandas.read_csv(sys.argv[2]), verbose=0))\n"
    )
    paths = [str(path), str(tmp_path / "rows.csv"), str(tmp_path / "predicted.npy")]
    subprocess.run([sys.executable, "-c", code, *paths], check=True)
    np.testing.assert_array_equal(np.load(paths[2]), expected)


def test_rows_unlike_those_before_are_predicted(trained):
    model, expected, _ = trained
    new = TABLE[:3].assign(age=[None, 1e9, -5.0], city=["paris", "", None], note=[None, "new words alone", ""])
    new = new.assign(zip="unknown", when=[pd.NaT, *TABLE["when"][1:3]], account=[np.nan, 1e30, 0.0])
    assert np.isfinite(model.predict(new, verbose=0)).all()
    one = {name: [value] for name, value in TABLE.astype({"class": int}).iloc[0].items()}
    np.testing.assert_allclose(model.predict(one, verbose=0), expected[:1], rtol=1e-5)


def test_the_target_is_no_input(capsys):
    inputs, _ = encode(TABLE, target="rooms", verbose=False)
    assert "rooms" not in inputs
    with pytest.raises(ValueError, match="target"):
        encode(TABLE, target="room")
    with pytest.raises(TypeError, match="`target` must be the name of a column of `table`"):
        encode(TABLE, target=TABLE["rooms"])


def test_the_encoding_is_a_part_of_larger_models():
    inputs, encoded = encode(TABLE[["age", "city"]], verbose=False)
    encoder = Model(inputs, encoded)
    whole = Model(encoder.input, layers.Dense(2)(encoder(encoder.input)))
    assert whole.predict(TABLE, verbose=0).shape == (60, 2)


@pytest.mark.parametrize(
    ("given", "error", "problem"),
    [
        ([1, 2], TypeError, "`table` must be a frame"),
        ({"a": [1, 1], "b": [None, None]}, ValueError, "No column"),
        ({"a": [1.5, "x", 2]}, TypeError, r"`table\['a'\]` holds text among numbers"),
        ({"a": [{}, {}]}, TypeError, "dicts"),
        ({"a": [[1, 2], [3, 4]]}, ValueError, "one value a row"),
        ([{"a": 1}, {"a": 2}], TypeError, r"`pd.DataFrame\(table\)`"),
        (TABLE[:0], ValueError, "`table` has no rows"),
        ({"a": [1, 2, 3], "b": [1, 2]}, ValueError, "different numbers of rows: {'a': 3, 'b': 2}"),
        (pd.DataFrame(np.eye(3)), TypeError, r"called 0, which is no text.*\[str\(name\) for name"),
        (pd.DataFrame(np.eye(3)[:, :1], columns=[("a", "x")]), TypeError, r"'_'.join\(map\(str, name\)\)"),
        (pd.DataFrame(np.eye(3), columns=["a", "b", "a"]), ValueError, "several columns called 'a'"),
        (
            {"a": pd.Series(pd.to_timedelta([1, 2], unit="h"), name="a")},
            TypeError,
            r"`table\['a'\]` holds durations .first in row 0.*`table\['a'\].dt.total_seconds\(\)`",
        ),
    ],
)
def test_what_is_no_table_is_refused(given, error, problem):
    with pytest.raises(error, match=problem):
        encode(given, verbose=False)


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("table", lambda lazy, model: encode(lazy)),
        ("x", lambda lazy, model: model.predict(lazy)),
        ("inputs", lambda lazy, model: model(lazy)),
        ("data", lambda lazy, model: layers.StringLookup().adapt(lazy)),
        ("X", lambda lazy, model: MLPRegressor().fit(lazy, np.ones(60))),
        ("y", lambda lazy, model: MLPRegressor().fit(TABLE, lazy)),
    ],
)
def test_lazy_frames_are_refused_by_name(trained, name, use):
    with pytest.raises(TypeError, match=rf"`{name}` is a lazy frame.*`{name}\.collect\(\)`"):
        use(pl.from_pandas(TABLE[["age", "city"]]).lazy(), trained[0])
