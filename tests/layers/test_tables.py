"""The layers that prepare columns of mixed tables: robust scaling, and parts of dates."""

import datetime
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import QuantileTransformer

from hornet import Input, Model, Sequential
from hornet.layers import (
    DateParts,
    Dense,
    NumericEmbedding,
    QuantileNormalization,
    RobustNormalization,
    Scale,
    TextNumbers,
)
from hornet.models import load_model

ROWS = np.array([[1.0, 0.0, 5.0], [2.0, 1.0, np.nan], [3.0, 0.0, 5.0], [4.0, 1.0, 7.0], [1000.0, 1.0, 9.0]])


def adapted(**arguments):
    layer = RobustNormalization(**arguments)
    layer.adapt(ROWS)
    return layer


def test_numbers_are_scaled_by_their_quartiles_and_bent():
    z = (ROWS[:, 0] - 3.0) / 2.0
    np.testing.assert_allclose(adapted()(ROWS)[:, 0], z / np.sqrt(1 + (z / 3.0) ** 2), rtol=1e-6)
    assert np.abs(adapted(limit=1.5)([[1e30, 0.0, -np.inf]])).max() <= 1.5


@pytest.mark.parametrize(("low", "high"), [(0, 1), (2023, 2024), (0, 50000), (-1, 1), (0.1, 0.3)])
def test_of_two_values_one_becomes_0_and_the_other_1(low, high):
    layer = RobustNormalization()
    layer.adapt([[low], [high], [high], [np.nan]])
    np.testing.assert_allclose(layer([[low], [high], [np.nan]])[:, 0], [0, 1, 0.5], atol=1e-6)
    assert np.abs(layer([[1e9], [-1e9]])).max() == 3.0


def test_gaps_are_the_median_and_flagged():
    layer = adapted()
    assert layer.flags == [2]
    assert layer(ROWS)[:, 3].tolist() == [0, 1, 0, 0, 0]
    assert layer(ROWS)[1, 2] == 0.0
    assert adapted(flags=[]).compute_output_shape((None, 3)) == (None, 3)
    assert adapted(flags=[0, 2])([[np.nan, 0.0, 1.0]])[0, 3:].tolist() == [1, 0]


def test_columns_of_little_variety_have_a_scale():
    layer = RobustNormalization()
    layer.adapt([[0.0, 7.0, np.nan], *[[1.0, 7.0, np.nan]] * 8, [3.0, 7.0, np.nan]])
    assert np.isfinite(np.asarray(layer([[2.0, 8.0, 1.0]]))).all()
    assert layer.statistics["scale"][0] == 1.5


def test_a_model_that_fills_gaps_is_not_warned_of_them():
    inputs = Input((3,))
    model = Model(inputs, Dense(4)(adapted()(inputs)))
    model.compile("sgd", "mse")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(ROWS, np.zeros((5, 4)), verbose=0)


def test_what_was_not_learnt_is_said():
    with pytest.raises(ValueError, match=r"has not learnt what to scale by. Call `adapt`"):
        RobustNormalization()(ROWS)
    with pytest.raises(ValueError, match="learnt about 3 features and got 2"):
        adapted()(ROWS[:, :2])
    with pytest.raises(TypeError, match="`flags` must be 'auto'"):
        RobustNormalization(flags="all")
    with pytest.raises(ValueError, match="limit"):
        RobustNormalization(limit=0.0)


# --- quantiles --------------------------------------------------------------------------------------------


def columns_of_all_kinds(rows):
    """Return columns that are smooth, skewed, of ties within, of ties at an end, of a huge range, and with gaps."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(rows, 6))
    z[:, 1], z[:, 2], z[:, 3] = 100 * np.exp(z[:, 1]), np.round(3 * z[:, 2]), np.maximum(z[:, 3], 0)
    z[:, 4] = 1e9 * np.exp(9 * z[:, 4])  # scikit-learn takes what is less than 1e-7 from an end for the end
    z[::7, 5] = np.nan
    return z.astype("float32")


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
@pytest.mark.parametrize("count", [30, 1000])
def test_quantiles_are_those_of_scikit_learn(distribution, count):
    learnt, others = columns_of_all_kinds(1200), 2 * columns_of_all_kinds(400)
    layer = QuantileNormalization(count, distribution)
    layer.adapt(learnt)
    oracle = QuantileTransformer(n_quantiles=count, output_distribution=distribution, subsample=None)
    oracle.fit(learnt.astype("float64"))
    for rows in (learnt, others):
        expected = oracle.transform(rows.astype("float64"))
        found = np.where(np.isnan(expected), np.nan, layer(rows)[:, :6])
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_what_is_missing_is_the_median_and_flagged():
    layer = QuantileNormalization(flags=[5])
    layer.adapt(columns_of_all_kinds(60))
    assert layer([[np.nan] * 6]).tolist() == [[0.0] * 6 + [1.0]]
    assert QuantileNormalization(statistics={"quantiles": [[1.0, 2.0, 4.0]]})([[np.nan], [2.0]]).tolist() == [[0], [0]]


def test_columns_of_few_values_are_left_alone():
    layer = QuantileNormalization()
    layer.adapt([[5.0, 7.0, np.nan], [9.0, 7.0, np.nan], [9.0, 7.0, np.nan], [np.nan, 7.0, np.nan]])
    rows = [[5.0, 7.0, 3.0], [9.0, -1e9, -np.inf], [7.0, np.inf, np.nan], [1e30, 7.0, 0.0]]
    assert layer(rows)[:, :3].tolist() == [[0, 0, 0], [1, 0, 0], [0.5, 0, 0], [1, 0, 0]]
    assert layer.flags == [0, 2]


def test_order_stays_and_infinity_is_an_end():
    layer = QuantileNormalization(20)
    layer.adapt(columns_of_all_kinds(500)[:, :5])
    rows = np.sort(np.concatenate([3 * columns_of_all_kinds(500)[:, :5], np.full((1, 5), np.inf)]), axis=0)
    outputs = np.asarray(layer(rows))
    assert (np.diff(outputs, axis=0) >= 0).all()
    np.testing.assert_allclose(outputs[-1], 5.1993, atol=1e-4)


def test_a_minimum_of_many_rows_may_be_in_the_middle_of_its_share():
    data = np.r_[np.zeros(41), np.arange(1.0, 61.0)][:, None]
    layers = {ends: QuantileNormalization(101, "uniform", ends) for ends in ("extreme", "middle")}
    for layer in layers.values():
        layer.adapt(data)
    assert [layers[ends]([[0.0]])[0, 0] for ends in layers] == pytest.approx([0.0, 0.2])
    np.testing.assert_array_equal(layers["extreme"](data + 0.5), layers["middle"](data + 0.5))


def test_quantiles_that_are_none():
    with pytest.raises(ValueError, match="`num_quantiles` must be at least 3, not 2"):
        QuantileNormalization(2)
    with pytest.raises(ValueError, match="`ends` must be one of 'extreme', 'middle', not 'middel'"):
        QuantileNormalization(ends="middel")
    for wrong in ([2.0, 1.0], []):
        with pytest.raises(ValueError, match="quantiles that do not ascend"):
            QuantileNormalization(statistics={"quantiles": [wrong]})


def test_a_network_for_tables_is_whole_in_its_file(tmp_path):
    x = columns_of_all_kinds(50)
    scale, bins = QuantileNormalization(20), NumericEmbedding("piecewise", 2, bins=4, numbers=6)
    scale.adapt(x)
    bins.adapt(scale(x))
    model = Sequential([Input((6,)), scale, Scale(), bins, NumericEmbedding(frequencies=2), Dense(1)])
    model.save(tmp_path / "table.keras")
    again = load_model(tmp_path / "table.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    assert [layer.get_config() for layer in again.layers] == [layer.get_config() for layer in model.layers]


DATES = [datetime.date(2024, 2, 29), None, datetime.date(2023, 12, 31)]


@pytest.mark.parametrize(
    "column",
    [
        DATES,
        pd.Series(pd.to_datetime(pd.Series(DATES))),
        np.array(["2024-02-29", "NaT", "2023-12-31"], "datetime64[D]"),
        ["2024-02-29", None, "2023-12-31"],
        pd.Series(["2024-02-29 00:00", np.nan, "2023-12-31T00:00:00"]),
    ],
    ids=["dates", "pandas", "numpy", "text", "times"],
)
def test_dates_come_in_many_ways(column):
    rows = np.asarray(DateParts()(column))
    assert rows[0, 1:].tolist() == [2, 29, 3, 0]
    assert rows[2, 1:].tolist() == [12, 31, 6, 0]
    assert np.isnan(rows[1]).all()
    np.testing.assert_allclose(rows[[0, 2], 0], [2024 + 59 / 365.2425, 2023 + 364 / 365.2425])


def test_what_is_no_date_is_refused():
    with pytest.raises(ValueError, match=r"got 'soon' \(first in row 1\), which is no date. Pass dates"):
        DateParts()(["2024-01-01", "soon"])
    with pytest.raises(ValueError, match="parts"):
        DateParts(["century"])
    with pytest.raises(ValueError, match="one date a row"):
        DateParts()([["2024-01-01", "2024-01-02"]])


def test_dates_in_a_form_of_their_own_come_beside_others():
    layer = DateParts(["day", "month"], format="%d/%m/%Y", errors="coerce")
    rows = np.asarray(layer(["17/04/2024", "2024-04-17", "soon", "", "N/A", None]))
    assert rows[:2].tolist() == [[17, 4], [17, 4]]
    assert np.isnan(rows[2:]).all()


def test_times_are_those_that_the_clocks_of_a_zone_show():
    times = pd.date_range("2020-01-01 00:30", periods=2, freq="h", tz="Asia/Tokyo")
    for column in (pd.Series(times), times, list(times), [str(time) for time in times]):
        assert DateParts(["day", "hour"])(column).tolist() == [[1, 0.5], [1, 1.5]]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234", 1234),
        ("1,23,456.5", 123456.5),
        ("1 234", 1234),
        ("$5.00", 5),
        ("-$5", -5),
        ("5 €", 5),
        ("12%", 0.12),
        ("(3)", -3),
        (" 7 ", 7),
        (".5", 0.5),
        ("1e-3", 0.001),
        ("-inf", -np.inf),
        (2.5, 2.5),
        (True, np.nan),
        ("1,2", np.nan),
        ("1.2.3", np.nan),
        ("12 Main St", np.nan),
        ("(3", np.nan),
        ("9" * 400, np.inf),
        ("?", np.nan),
        (None, np.nan),
    ],
)
def test_numbers_are_read_from_text(text, number):
    np.testing.assert_allclose(TextNumbers(errors="coerce")([text])[0, 0], number, rtol=1e-6)


def test_large_whole_numbers_are_read_exactly():
    top = 2**64 - 1
    read = TextNumbers(offset=top)(np.array([top - 1, top - 300], "uint64"))
    assert read[:, 0].tolist() == [-1, -300]
    assert TextNumbers(scale=1e300)([2e300]).tolist() == [[2.0]]


def test_what_is_no_number_is_refused():
    with pytest.raises(ValueError, match=r"got 'much' \(first in row 1\), which is no number. Pass numbers"):
        TextNumbers()(["1", "much"])
    with pytest.raises(ValueError, match="errors"):
        TextNumbers(errors="ignore")
    with pytest.raises(ValueError, match="scale"):
        TextNumbers(scale=0.0)
