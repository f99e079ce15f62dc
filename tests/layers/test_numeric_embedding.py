"""What is true of embeddings of numbers alone: their formulas, by papers, and how they begin."""

import numpy as np
import pytest
from sklearn.preprocessing import KBinsDiscretizer

import hornet
from hornet.layers import Dense, NumericEmbedding

X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")


def drawn(layer):
    """Build a layer and draw all of its weights anew; return them by name, in float64."""
    layer.build((None, 3))
    rng = np.random.default_rng(1)
    for weight in layer.weights:
        weight.assign(rng.normal(size=weight.shape))
    return {weight.name: np.asarray(weight.value, "float64") for weight in layer.weights}


def by_formula(kind, x, w):
    angle = 2 * np.pi * x[:, None] * w["frequency"]
    if kind == "periodic":
        return np.maximum(np.r_["-1", np.sin(angle), np.cos(angle)] @ w["kernel"] + w["bias"], 0)
    waves = np.cos(angle + w["phase"])
    if kind == "pbld":
        return np.c_[x, waves @ w["kernel"] + w["bias"]]
    return np.c_[x, waves] * w["gain"] + w["shift"]


@pytest.mark.parametrize("kind", ["cosine", "periodic", "pbld"])
def test_each_feature_has_its_own_waves(kind):
    layer = NumericEmbedding(kind, frequencies=5, flatten=False)
    weights = drawn(layer)
    for feature in range(3):
        own = {name: weight[feature] for name, weight in weights.items()}
        expected = by_formula(kind, X[:, feature].astype("float64"), own)
        np.testing.assert_allclose(layer(X)[:, feature], expected, rtol=1e-4, atol=1e-4)


def test_bins_are_those_of_scikit_learn():
    layer = NumericEmbedding("piecewise", units="bins", bins=4, flatten=False)
    layer.adapt(X)
    oracle = KBinsDiscretizer(4, encode="ordinal", quantile_method="linear").fit(X)
    np.testing.assert_allclose(layer.edges, np.stack(oracle.bin_edges_), rtol=1e-6)
    # As the paper has it: bins below that of a number are full, those above are empty.
    inside, parts = oracle.transform(X).astype(int), np.asarray(layer(X))
    for row, feature in np.ndindex(X.shape):
        bin_ = inside[row, feature]
        assert (parts[row, feature, :bin_] == 1).all()
        assert (parts[row, feature, bin_ + 1 :] == 0).all()
        low, high = layer.edges[feature][bin_ : bin_ + 2]
        assert parts[row, feature, bin_] == pytest.approx((X[row, feature] - low) / (high - low), abs=1e-5)


def test_outermost_bins_go_on_and_features_of_few_values_have_fewer():
    layer = NumericEmbedding("piecewise", units="bins", bins=3)
    layer.adapt([[0.0, 4.0], [1.0, 4.0], [1.0, 4.0], [1.0, 4.0], [3.0, 4.0]])
    assert layer.edges == [[0.0, 1.0, 3.0], [4.0, 5.0]]
    assert layer([[-2.0, 4.0], [7.0, 2.0]]).tolist() == [[-2, 0, 0, 0, 0, 0], [1, 3, 0, -2, 0, 0]]


def test_features_behind_those_that_are_numbers_follow_as_they_are():
    layer = NumericEmbedding(frequencies=4, numbers=2)
    weights = drawn(layer)
    assert weights["frequency"].shape == (2, 4)
    assert layer(X).shape == (40, 11)
    np.testing.assert_array_equal(layer(X)[:, -1], X[:, 2])


def test_a_network_behind_waves_that_begin_at_zero_learns():
    hornet.utils.set_random_seed(0)
    model = hornet.Sequential([hornet.Input((3,)), NumericEmbedding(frequencies=8), Dense(32, "relu"), Dense(1)])
    model.compile(hornet.optimizers.Adam(0.01), "mse")
    y = np.sin(9 * X[:, :1])
    history = model.fit(X, y, batch_size=8, epochs=60, verbose=0).history["loss"]
    assert history[-1] < 0.3 * np.var(y)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"kind": "cosin"}, "Did you mean 'cosine'?"),
        ({"units": 3}, "`units` has no meaning for `kind='cosine'`. Leave it out."),
        ({"kind": "periodic", "edges": [[0.0, 1.0]]}, "`edges` has no meaning for `kind='periodic'`"),
        ({"kind": "pbld", "units": 1}, "Pass at least 2."),
        ({"kind": "piecewise", "bins": 2, "edges": [[1.0, 0.0]]}, "`edges` must ascend, from 2 to 3"),
        ({"kind": "piecewise", "bins": 2}, "has no bins yet. Call `adapt` first."),
        ({"kind": "piecewise", "bins": 2, "edges": [[0.0, 1.0]]}, "learnt the bins of 1 features and got 3"),
        ({"numbers": 2, "flatten": False}, "Pass `flatten=True`."),
        ({"numbers": 4}, "is to embed the first 4 features of 3"),
        ({"scale": 0.0}, "`scale` must be a finite number above 0"),
    ],
)
def test_what_does_not_fit_is_said(arguments, error):
    with pytest.raises(ValueError, match=error.replace("?", r"\?").replace("`", ".")):
        NumericEmbedding(**arguments)(X)
    with pytest.raises(ValueError, match="learns nothing from data"):
        NumericEmbedding().adapt(X)
