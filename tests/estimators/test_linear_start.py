"""Networks that begin as a line."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, make_regression
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hornet.estimators import MLPRegressor
from hornet.estimators.linear_start import first_inputs
from hornet.tuning.networks import Networks

X, y = load_diabetes(return_X_y=True)
SEVERAL = np.stack([y, X[:, 2], y * X[:, 3]], axis=1)


def begun(rows=X, labels=y, sample_weight=None, **parameters):
    """Return a network as it is before training, and what it is trained on."""
    estimator = MLPRegressor(**{"early_stopping": False, "random_state": 0, **parameters})
    return estimator.prepare(rows, labels, sample_weight)


def assert_is_line(model, x, labels, sample_weight=None):
    seen = first_inputs(model, x).astype(np.float64)
    line = RidgeCV(np.logspace(-2, 4, 9), alpha_per_target=True).fit(seen, labels, sample_weight)
    np.testing.assert_allclose(
        model.predict(x, verbose=0), line.predict(seen).reshape(len(labels), -1), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize(
    ("sizes", "activation", "labels"),
    [
        ((256, 256), "relu", y),
        ((20, 30, 12), "silu", SEVERAL),
        ((8,), "leaky_relu", y),
        (8, "identity", y),
        ((), "relu", SEVERAL),
    ],
    ids=str,
)
def test_an_untrained_network_is_the_ridge_regression(sizes, activation, labels):
    job = begun(labels=labels, hidden_layer_sizes=sizes, activation=activation)
    assert_is_line(job.model, job.x, job.y)


def test_rows_have_their_weights():
    weights = np.random.default_rng(0).uniform(0, 2, len(y))
    job = begun(sample_weight=weights * 1e-6)
    assert_is_line(job.model, job.x, job.y, weights / weights.mean())


def test_candidates_for_a_table_begin_as_lines_over_its_encoded_columns():
    table = pd.DataFrame({"bmi": X[:, 2], "city": np.where(X[:, 0] > 0, "oslo", "rome"), "gap": X[:, 3]})
    table.loc[::7, "gap"] = np.nan
    networks = Networks(MLPRegressor((16, 8)), table, y)
    x, labels, _ = networks.folds[0].train
    assert_is_line(networks.build(0, {"n_neurons": 9}, 0).model, x, labels)


@pytest.mark.parametrize(
    "parameters",
    [
        {"linear_start": False},
        {"activation": "tanh"},
        {"batch_norm": True},
        {"hidden_layer_sizes": (256, 3)},
        {"sample_weight": np.r_[-1.0, np.ones(len(y) - 1)]},
        {"rows": X[:9], "labels": y[:9]},
        {"rows": np.zeros((2000, 1500)), "labels": np.arange(2000.0)},
    ],
    ids=lambda parameters: next(iter(parameters)),
)
def test_or_a_constant(parameters):
    assert not begun(**{"hidden_layer_sizes": (8,), **parameters}).model.layers[-1].kernel.numpy().any()


def test_units_of_pairs_differ_so_that_training_does_not_keep_them_alike():
    kernel = np.asarray(begun(hidden_layer_sizes=(16,)).model.layers[1].kernel)
    assert len(np.unique(kernel.round(5), axis=1).T) == 16


def test_a_draw_of_many_rows_is_the_seed_s():
    rows = np.random.default_rng(0).normal(size=(21_000, 2))
    weights = [begun(rows, rows[:, 0] ** 3, random_state=seed, hidden_layer_sizes=()).model for seed in (0, 0, 1)]
    kernels = [model.get_weights()[0] for model in weights]
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert (kernels[0] != kernels[2]).any()


def test_of_few_rows_it_learns_hardly_less_than_a_line():
    rows, labels = make_regression(600, 20, n_informative=10, noise=100, random_state=0)
    X_train, X_test, y_train, y_test = train_test_split(rows, labels, test_size=0.4, random_state=0)
    line = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 4, 20))).fit(X_train, y_train)
    errors = [
        np.mean((model.predict(X_test) - y_test) ** 2) ** 0.5
        for model in (MLPRegressor(random_state=0).fit(X_train, y_train), line)
    ]
    assert errors[0] < 1.08 * errors[1]


def test_the_first_rows_of_many_parts_say_no_line():
    trained = MLPRegressor((8,), learning_rate_init=1e-9, batch_size=40).partial_fit(X[:440], y[:440])
    assert np.abs(trained.coefs_[-1]).max() < 1e-6
