"""Keras 2's functions of sequences against those that Keras 3 still carries."""

import json
import random

import numpy as np
import pytest
from keras.src.legacy.preprocessing import sequence as theirs

from hornet import Sequential, layers
from hornet.preprocessing import sequence as ours

X = np.random.default_rng(0).normal(size=(30, 2))
WINDOWS = [
    {"length": 5},
    {"length": 4, "sampling_rate": 2, "stride": 3, "batch_size": 2},
    {"length": 4, "start_index": 3, "end_index": 20, "reverse": True, "batch_size": 7},
    {"length": 3, "shuffle": True, "batch_size": 4},
]


@pytest.mark.parametrize("how", WINDOWS, ids=str)
def test_windows_are_those_of_keras(how):
    one, other = (module.TimeseriesGenerator(X, X[:, 0], **how) for module in (ours, theirs))
    assert len(one) == len(other)
    for index in range(len(one)):
        np.random.seed(index)
        batch = one[index]
        np.random.seed(index)
        for our_part, their_part in zip(batch, other[index], strict=True):
            np.testing.assert_array_equal(our_part, their_part)


def test_the_config_has_the_data_as_json():  # where Keras 3's copy fails
    generator = ours.TimeseriesGenerator(np.arange(4), [1, 2, 3, 4], length=2, stride=3)
    described = json.loads(generator.to_json())
    assert described == {"class_name": "TimeseriesGenerator", "config": generator.get_config()}
    assert {"data": "[0, 1, 2, 3]", "targets": "[1, 2, 3, 4]", "start_index": 2}.items() <= described["config"].items()


def test_a_model_is_trained_on_windows():
    data = ours.TimeseriesGenerator(X, X[:, 0], length=4, batch_size=8)
    model = Sequential([layers.Flatten(), layers.Dense(1)])
    model.compile(loss="mse")
    assert model.fit(data, verbose=0).params["steps"] == 4
    assert model.predict(data, verbose=0).shape == (26, 1)


@pytest.mark.parametrize("factor", [1e-5, 0.1])
def test_the_sampling_table_is_that_of_keras(factor):
    np.testing.assert_allclose(ours.make_sampling_table(50, factor), theirs.make_sampling_table(50, factor), rtol=1e-15)


@pytest.mark.parametrize(
    "how",
    [
        {"seed": 5},
        {"window_size": 2, "negative_samples": 0.0, "shuffle": False},
        {"negative_samples": 2.5, "categorical": True, "seed": 3},
        {"sampling_table": np.linspace(0.1, 1, 12), "seed": 0},
    ],
    ids=str,
)
def test_pairs_are_those_of_keras(how):
    results = []
    for module in (ours, theirs):
        random.seed(7)
        first = module.skipgrams([3, 0, 7, 11, 3, 5, 2], 12, **how)
        results.append((first, module.skipgrams([1, 2, 3], 12, **how)))  # which draws where the first one ended
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ours.TimeseriesGenerator(X, X[:5], 3), "30 steps, and `targets` has 5"),
        (lambda: ours.TimeseriesGenerator(X, X, 30), "first window ends at step 30"),
        (lambda: ours.TimeseriesGenerator(X, X, 0), "`length`"),
        (lambda: ours.TimeseriesGenerator({1}, [{1}], 1, end_index=1).get_config(), "JSON has no words"),
        (lambda: ours.make_sampling_table(0), "`size`"),
        (lambda: ours.skipgrams([1, 2], 3, negative_samples=-1), "`negative_samples`"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
