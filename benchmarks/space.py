"""The chapter's search: the same candidates and folds for everybody."""

import math

import numpy as np
from scipy.stats import loguniform
from sklearn.model_selection import KFold, ParameterSampler

SEED = 42
SPACE = {
    "n_hidden": [0, 1, 2, 3],
    "n_neurons": np.arange(1, 100),
    "learning_rate": loguniform(3e-4, 3e-2),
}


def candidates(count):
    """What `RandomizedSearchCV(..., SPACE, n_iter=count, random_state=SEED)` tries, as numbers of Python's."""
    drawn = ParameterSampler(SPACE, count, random_state=SEED)
    return [{name: np.asarray(value).item() for name, value in one.items()} for one in drawn]


def weights(shapes):
    """Initial weights as Keras draws them, but the same for everybody: Glorot's for kernels, zeros for biases."""
    rng = np.random.default_rng(SEED)
    limits = [math.sqrt(6 / sum(shape)) if len(shape) > 1 else 0.0 for shape in shapes]
    return [rng.uniform(-limit, limit, shape).astype("float32") for limit, shape in zip(limits, shapes, strict=True)]


def folds(count, x):
    """Rows to train on and to score on, for each fold."""
    return list(KFold(count).split(x))


def rates(count):
    """Learning rates of a population, none of which diverges."""
    return np.geomspace(1e-3, 1e-2, count, dtype="float32")


def sample(count, fold_count, each):
    """Some fits that stand for all of a search: `(how many it stands for, candidate, fold)`.

    Of the candidates of each number of hidden layers, `each` are taken, evenly by rank of their learning rates, as it
    depends on these when they stop. The refit counts as a fit of as many more rows as it has.
    """
    refit = fold_count / (fold_count - 1) / (count * fold_count)
    chosen = []
    for n_hidden in SPACE["n_hidden"]:
        stratum = [one for one in candidates(count) if one["n_hidden"] == n_hidden]
        stratum.sort(key=lambda one: one["learning_rate"])
        taken = min(each, len(stratum))
        for place in range(taken):
            candidate = stratum[(2 * place + 1) * len(stratum) // (2 * taken)]
            weight = len(stratum) * fold_count / taken * (1 + refit)
            chosen.append((weight, candidate, len(chosen) % fold_count))
    return chosen
