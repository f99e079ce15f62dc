"""Windows over series, and data in two parts."""

import random

import numpy as np
import pytest

import hornet
from hornet import layers
from hornet.data import Dataset
from hornet.utils import split_dataset, timeseries_dataset_from_array

SERIES = np.arange(30.0).reshape(15, 2)
TARGETS = np.arange(100, 115)


def by_hand(sequence_length, sequence_stride=1, sampling_rate=1, start_index=0, end_index=15, targets=None):
    """Return the windows as Keras's documentation describes them."""
    firsts = range(start_index, end_index - (sequence_length - 1) * sampling_rate, sequence_stride)
    windows = [SERIES[first : first + sequence_length * sampling_rate : sampling_rate] for first in firsts]
    return np.stack(windows), TARGETS[list(firsts)]


@pytest.mark.parametrize(
    "arguments",
    [
        {"sequence_length": 3},
        {"sequence_length": 3, "sequence_stride": 2, "sampling_rate": 2},
        {"sequence_length": 4, "start_index": 2, "end_index": 12},
        {"sequence_length": 15},
        {"sequence_length": 1, "sequence_stride": 14},
    ],
)
def test_windows_are_those_of_the_definition(arguments):
    windows, targets = by_hand(**arguments)
    batches = list(timeseries_dataset_from_array(SERIES, TARGETS, batch_size=4, **arguments))
    np.testing.assert_array_equal(np.concatenate([x for x, _ in batches]), windows)
    np.testing.assert_array_equal(np.concatenate([y for _, y in batches]), targets)
    assert [len(x) for x, _ in batches[:-1]] == [4] * (len(batches) - 1)
    alone = timeseries_dataset_from_array(SERIES, None, batch_size=None, **arguments)
    np.testing.assert_array_equal(list(alone), windows)
    assert len(alone) == len(windows)


def test_windows_are_shuffled_anew_in_each_pass_and_keep_their_targets():
    dataset = timeseries_dataset_from_array(SERIES, TARGETS, 3, shuffle=True, seed=1)
    passes = [next(iter(dataset)) for _ in range(2)]
    for windows, targets in passes:
        np.testing.assert_array_equal(windows[:, 0, 0] / 2, targets - 100)
        assert sorted(targets) == list(range(100, 113))
    assert (passes[0][1] != passes[1][1]).any()


def test_targets_that_end_early_end_the_windows():
    dataset = timeseries_dataset_from_array(SERIES[:-2], SERIES[2:, 0], 2, start_index=3)
    windows, targets = next(iter(dataset))
    np.testing.assert_array_equal(windows[:, 0, 0] + 4, targets)
    few = timeseries_dataset_from_array(SERIES, TARGETS[:6], 2, start_index=3)
    assert next(iter(few))[1].tolist() == [103, 104, 105]


def test_a_forecast_learns_from_windows():
    series = np.sin(np.arange(200) / 5).astype("float32")
    dataset = timeseries_dataset_from_array(series[:-8], series[8:], sequence_length=8, batch_size=32, shuffle=True)
    model = hornet.Sequential([hornet.Input((8,)), layers.Dense(1)])
    model.compile("adam", "mse")
    assert model.fit(dataset, epochs=1, verbose=0).params["steps"] == 6


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"sequence_length": 0}, "`sequence_length` must be a positive integer"),
        ({"sequence_length": 16}, "No window of 16 steps, 1 apart, fits into the 15 steps"),
        ({"sequence_length": 5, "sampling_rate": 4}, "No window of 5 steps, 4 apart"),
        ({"sampling_rate": 0}, "`sampling_rate` must be a positive integer"),
        ({"sampling_rate": 15}, "`sampling_rate` must be below the 15 steps"),
        ({"sequence_stride": 15}, "`sequence_stride` must be below the 15 steps"),
        ({"start_index": 15}, "`start_index` must be an integer from 0 to 14"),
        ({"start_index": 5, "end_index": 5}, "`end_index` must be an integer from 6 to 15, not 5"),
        ({"end_index": 16}, "`end_index` must be an integer from 1 to 15, not 16"),
        ({"format": "torch"}, "`format` must be one of"),
        ({"batch_size": 0}, "`batch_size` must be a positive integer"),
        ({"data": 3.0}, "`data` must be an array of steps"),
    ],
)
def test_windows_that_cannot_be_are_refused_in_a_sentence(arguments, says):
    with pytest.raises((ValueError, TypeError), match=says):
        timeseries_dataset_from_array(**{"data": SERIES, "targets": None, "sequence_length": 3, **arguments})


# --- parts ------------------------------------------------------------------------------------------------


def rows(dataset):
    return [np.ravel(x)[0] for x in (element[0] if isinstance(element, tuple) else element for element in dataset)]


@pytest.mark.parametrize(
    ("arguments", "first", "second"),
    [
        ({"left_size": 0.7}, 10, 5),
        ({"right_size": 4}, 11, 4),
        ({"left_size": 5, "right_size": 0.3}, 5, 4),
        ({"left_size": 0.5, "right_size": 0.5}, 8, 7),
        ({"left_size": 14}, 14, 1),
    ],
)
def test_parts_are_the_first_rows_and_the_last(arguments, first, second):
    for data in (SERIES, (SERIES, TARGETS), [SERIES, TARGETS], Dataset.from_tensor_slices(SERIES)):
        left, right = split_dataset(data, **arguments)
        assert (len(left), len(right)) == (first, second)
        assert rows(left) == SERIES[:first, 0].tolist()
        assert rows(right) == SERIES[15 - second :, 0].tolist()


def test_a_shuffle_before_is_the_one_of_python():
    expected = list(range(15))
    random.Random(3).shuffle(expected)
    for data in (TARGETS - 100, Dataset.range(15), Dataset.range(15).map(lambda x: x)):
        left, right = split_dataset(data, left_size=10, shuffle=True, seed=3)
        assert rows(left) + rows(right) == expected
        assert rows(left) == expected[:10], "in the second pass"
    hornet.utils.set_random_seed(1)
    once = [rows(part) for part in split_dataset(TARGETS, left_size=10, shuffle=True)]
    hornet.utils.set_random_seed(1)
    assert [rows(part) for part in split_dataset(TARGETS, left_size=10, shuffle=True)] == once


def test_batches_are_parted_row_by_row_and_batched_again():
    batches = Dataset.from_tensor_slices((SERIES, TARGETS)).batch(4).prefetch(2)
    left, right = split_dataset(batches, left_size=0.6)
    assert [len(x) for x, _ in left] == [4, 4, 1]
    assert [y.tolist() for _, y in right] == [[109, 110, 111, 112], [113, 114]]
    named, _ = split_dataset({"x": SERIES, "y": TARGETS}, left_size=2)
    assert [element["y"] for element in named] == [100, 101]


def test_what_is_parted_is_not_made():
    made = []
    left, right = split_dataset(Dataset.range(6).map(lambda x: made.append(int(x)) or x), left_size=4)
    assert made == []
    assert (rows(right), made) == ([4, 5], [4, 5])
    assert len(left) == 4


@pytest.mark.parametrize(
    ("data", "arguments", "says"),
    [
        (SERIES, {}, "Neither `left_size` nor `right_size` is given"),
        (SERIES, {"left_size": 0}, "`left_size` must be between 0 and 15, not 0"),
        (SERIES, {"left_size": 1.0}, "`left_size` must be between 0 and 1, not 1.0"),
        (SERIES, {"right_size": -0.1}, "`right_size` must be between 0 and 1"),
        (SERIES, {"left_size": "half"}, "`left_size` must be a number, not 'half'"),
        (SERIES, {"left_size": 0.7, "right_size": 0.7}, "are more than 1 together"),
        (SERIES, {"left_size": 10, "right_size": 10}, "ask for 10 and 10 of 15 rows"),
        (SERIES, {"left_size": 0.01}, "The left part of 15 rows would be empty"),
        (SERIES, {"left_size": 0.99}, "The right part of 15 rows would be empty"),
        ("text", {"left_size": 0.5}, "`dataset` must be an array"),
        ((SERIES, TARGETS[:3]), {"left_size": 0.5}, "arrays of 15 and 3 rows"),
        (Dataset.range(3).repeat(), {"left_size": 0.5}, "has no end, so it has no parts"),
    ],
)
def test_parts_that_cannot_be_are_refused_in_a_sentence(data, arguments, says):
    with pytest.raises((ValueError, TypeError), match=says):
        split_dataset(data, **arguments)
