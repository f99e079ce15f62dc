"""The space that `suggest` takes from the shape of the data."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.model_selection import ParameterSampler

import hornet
from hornet.core import random
from hornet.tuning import LearningRateCurve, suggest, suggestions

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4))
LABELS = {
    "numbers": X.sum(axis=1),
    "classes": (X[:, 0] > 0).astype(int),
    "words": np.where(X[:, 0] > 0, "yes", "no"),
    "columns": X[:, :2] * 3,
    "whole numbers": np.round(X.sum(axis=1) * 1000).astype(int),
}


@pytest.fixture
def found(monkeypatch):
    """Let the learning rates be there, and the models and data that they were looked for with be listed."""
    seen = []

    def find(model, x, y, **settings):
        seen.append((model, x, y, settings))
        return LearningRateCurve(np.array([0.001, 0.01]), np.array([0.44, 0.4]), 1.0)

    monkeypatch.setattr(suggestions, "find_learning_rate", find)
    return seen


@pytest.mark.parametrize("kind", ["numbers", "words"])
def test_a_search_can_draw_from_it_and_each_rule_is_printed_with_its_reason(kind, capsys):
    before = random.get_state()
    space = suggest(X, LABELS[kind])
    assert random.get_state() == before
    assert list(space) == ["n_hidden", "n_neurons", "optimizer", "learning_rate", "batch_size"]
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines[::2]] == list(space)
    assert all(line.startswith("  ") and line.endswith(".") for line in lines[1::2])
    for drawn in ParameterSampler(space, 5, random_state=0):
        assert hornet.optimizers.get(drawn["optimizer"]).learning_rate > 0
        assert 1e-5 < drawn["learning_rate"] < 1.0
    assert isinstance(space["learning_rate"], type(loguniform(1, 2)))
    assert max(space["batch_size"]) < 32
    assert min(space["batch_size"]) > 10


def test_batch_normalization_gets_no_fewer_than_twenty_rows(found, capsys):
    assert min(suggest(X, LABELS["numbers"], batch_norm=True)["batch_size"]) >= 20
    assert "batch normalization needs at least 20" in capsys.readouterr().out


@pytest.mark.parametrize(("rows", "classes"), [(20, 2), (150, 3), (1_000, 40), (4_000, 2)])
def test_widths_grow_with_rows_and_are_no_fewer_than_classes(rows, classes, found):
    x = RNG.normal(size=(rows, 3))
    y = np.resize(np.array([f"class {number}" for number in range(classes)]), rows)
    widths = suggest(x, y)["n_neurons"]
    assert min(widths) >= min(classes, 512)
    assert max(widths) <= max(6 * np.sqrt(rows), 2 * min(widths))
    assert all(wide == 2 * narrow for narrow, wide in pairwise(widths))


@pytest.mark.parametrize(
    ("kind", "loss", "outputs"),
    [
        ("numbers", "mse", 1),
        ("classes", "sparse_categorical_crossentropy", 2),
        ("words", "sparse_categorical_crossentropy", 2),
        ("columns", "mse", 2),
        ("whole numbers", "mse", 1),
    ],
)
def test_learning_rates_are_looked_for_with_a_network_for_such_labels(kind, loss, outputs, found):
    space = suggest(X, LABELS[kind])
    [(model, x, y, settings)] = found
    assert (model.loss, model.output_shape) == (loss, (None, outputs))
    assert settings["batch_size"] == space["batch_size"][0]
    assert (len(x), len(y)) == (300, 300)
    assert model.evaluate(x, y, verbose=0) < 20
    assert space["learning_rate"].support() == pytest.approx((0.001 / 3, 0.01))


def test_images_are_taken_as_they_are_and_of_many_rows_some(found):
    images = RNG.uniform(size=(6000, 5, 5))
    assert suggest(images, np.arange(6000) % 3)["n_hidden"] == [1, 2]
    [(_, x, y, _)] = found
    assert (x.shape, y.shape) == ((5000, 5, 5), (5000,))


def test_rows_and_labels_must_be_as_many():
    for x, y, counts in [(X, LABELS["numbers"][:-1], "300 rows, and `y` 299"), (X[:0], [], "0 rows, and `y` 0")]:
        with pytest.raises(ValueError, match=counts):
            suggest(x, y)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([None] * 300, "lacks 300 of 300 labels, the first in row 0"),
        (np.where(X[:, 0] > 0, np.nan, 1.0), "lacks .* labels"),
        (np.ones(300), "holds 1.0 in all rows, so there is nothing to learn"),
        (["yes"] * 300, "holds 'yes' in all rows"),
    ],
)
def test_labels_that_nothing_can_be_learnt_from_are_refused(labels, message, found):
    with pytest.raises(ValueError, match=message):
        suggest(X, labels)
    assert not found
