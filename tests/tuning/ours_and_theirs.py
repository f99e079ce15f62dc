"""A program: how far the scores of searches are from those of scikit-learn's own classes, in float64.

Run by `test_search.py` in a process of its own, as JAX's precision is one for a process.
"""

import json

import numpy as np
from scipy.stats import loguniform
from sklearn import model_selection
from sklearn.experimental import enable_halving_search_cv  # noqa: F401

import hornet
from hornet import callbacks, layers, tuning
from hornet.estimators import KerasRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(128, 4))
Y = np.sin(X).sum(axis=1)
SPACE = {"n_hidden": [0, 1, 2], "n_neurons": np.arange(1, 20).tolist(), "learning_rate": loguniform(3e-4, 3e-2)}


def build_model(n_hidden=1, n_neurons=30, learning_rate=3e-3):
    model = hornet.Sequential([hornet.Input((4,))])
    for _ in range(n_hidden):
        model.add(layers.Dense(n_neurons, "relu"))
    model.add(layers.Dense(1))
    model.compile(loss="mse", optimizer=hornet.optimizers.Adam(learning_rate))
    return model


def searched(library, kind, **arguments):
    stopping = callbacks.EarlyStopping("loss", patience=1, restore_best_weights=True)
    network = KerasRegressor(build_model, random_state=3, epochs=5, callbacks=stopping)
    settings = {"random_state": 1, "cv": 3, "scoring": "neg_mean_squared_error", "return_train_score": True}
    return getattr(library, kind)(network, SPACE, **settings, **arguments).fit(X, Y)


def distance(kind, **arguments):
    """Return how far scores and predictions are apart, relative to the least, and whether the same one is the best."""
    ours, theirs = (searched(library, kind, **arguments) for library in (tuning, model_selection))
    names = [name for name in theirs.cv_results_ if name.endswith(("_test_score", "_train_score"))]
    names = [name for name in names if not name.startswith(("rank", "std"))]
    pairs = [(ours.cv_results_[name], theirs.cv_results_[name]) for name in names]
    pairs.append((ours.predict(X), theirs.predict(X)))
    worst = max(float(np.abs((one - other) / other).max()) for one, other in pairs)
    return worst, ours.best_params_ == theirs.best_params_


if __name__ == "__main__":
    hornet.config.set_floatx("float64")
    found = {
        "random": distance("RandomizedSearchCV", n_iter=6),
        "halving": distance("HalvingRandomSearchCV", n_candidates=4),
    }
    print(json.dumps(found))
