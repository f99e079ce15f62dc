"""The chapter's search by scikit-learn's own class, over its own network, on both cores."""

import warnings
from functools import partial

import data
import numpy as np
import space
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.neural_network import MLPRegressor

PATIENCE = 10
NO_STOPPING = {"tol": 0.0, "n_iter_no_change": 10**9}
PLAIN_SGD = {"solver": "sgd", "momentum": 0.0, "alpha": 0.0, "batch_size": 32}


def search(candidates=10, folds=3, epochs=20, n_jobs=2):
    """All candidates on all folds, then the best one on all rows; see `job.py` for what is returned."""
    (x, y), _ = data.housing()
    model = MLPRegressor(max_iter=epochs, **NO_STOPPING, **PLAIN_SGD)
    # A grid of single points: the candidates of everybody else, which no distribution over tuples draws.
    points = [{name: [one] for name, one in _parameters(**some).items()} for some in space.candidates(candidates)]
    found = GridSearchCV(model, points, cv=KFold(folds), scoring="neg_mean_squared_error", n_jobs=n_jobs)

    def run():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return float(found.fit(x, y.ravel()).best_score_), {}

    return run


def sample(candidates=100, folds=5, each=2, epochs=100, n_jobs=2):
    """Fits that stand for a search with early stopping, two at a time."""
    fits = space.sample(candidates, folds, each)
    return [(weight, partial(_fit, candidate, folds, fold)) for weight, candidate, fold in fits], {
        "epochs": epochs,
        "workers": n_jobs,
    }


def _fit(candidate, folds, fold, epochs):
    """scikit-learn's own early stopping would hold out other rows."""
    (x, y), (x_validation, y_validation) = data.housing()
    train, test = space.folds(folds, x)[fold]
    x_train, y_train = x[train], y[train].ravel()
    model = MLPRegressor(**_parameters(**candidate), **PLAIN_SGD)
    losses = []
    for epoch in range(epochs):
        model.partial_fit(x_train, y_train)
        losses.append(mean_squared_error(y_validation, model.predict(x_validation)))
        if epoch - np.argmin(losses) >= PATIENCE:
            break
    model.predict(x[test])
    return len(losses)


def _parameters(n_hidden, n_neurons, learning_rate):
    # Twice the rate: scikit-learn's loss is half the mean squared error.
    return {"hidden_layer_sizes": (n_neurons,) * n_hidden, "learning_rate_init": 2 * learning_rate}
