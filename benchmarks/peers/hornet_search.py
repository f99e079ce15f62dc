"""Searches and populations, which only Hornet has."""

import gc
import math
from contextlib import contextmanager
from importlib import import_module

import data
import numpy as np
import space
from peers.keras_search import BATCH, PATIENCE, build, started
from sklearn.model_selection import KFold

from hornet.population.costs import flops
from hornet.population.population import Population
from hornet.tuning import RandomizedSearchCV, train_population, tune
from hornet.wrappers.scikit_learn import KerasRegressor


def search(api, candidates=10, folds=3, epochs=20):
    """The chapter's cell; see `job.py` for what is returned."""
    keras = import_module(api)
    (x, y), _ = data.housing()
    return _search(keras, candidates, folds, x, y, epochs=epochs, batch_size=BATCH)


def search_long(api, candidates=100, folds=5, epochs=100):
    """The same with early stopping."""
    keras = import_module(api)
    (x, y), validation = data.housing()
    stopping = keras.callbacks.EarlyStopping(patience=PATIENCE)
    settings = {"epochs": epochs, "batch_size": BATCH, "validation_data": validation, "callbacks": [stopping]}
    return _search(keras, candidates, folds, x, y, **settings)


def _search(keras, candidates, folds, x, y, seed=space.SEED, **settings):
    def build_model(n_hidden=1, n_neurons=30, learning_rate=3e-3):
        return build(keras, n_hidden, n_neurons, learning_rate)

    def run():
        keras.utils.set_random_seed(space.SEED)
        network = KerasRegressor(build_model)
        found = RandomizedSearchCV(network, space.SPACE, n_iter=candidates, cv=KFold(folds), random_state=seed)
        with _recorded() as facts:
            found.fit(x, y, **settings)
        return float(found.best_score_), facts

    return run


def tuner(api, candidates=24, epochs=20):
    """The same candidates as known ones of `tune`; see `job.py` for what is returned."""
    keras = import_module(api)
    (x, y), validation = data.housing()
    known = space.candidates(candidates)
    search = {"space": space.SPACE, "known": known, "trials": candidates, "epochs": epochs}

    def build_model(n_hidden, n_neurons, learning_rate):
        return started(build(keras, n_hidden, n_neurons, learning_rate))

    def run():
        with _recorded() as facts:
            found = tune(build_model, x, y, validation_data=validation, batch_size=BATCH, shuffle=False, **search)
        return {trial.number: trial.value for trial in found.ended}, facts

    return run


def population(api, members=64):
    """8-30-1 regressions of different seeds and learning rates."""
    keras = import_module(api)
    (x, y), _ = data.housing()
    models = []
    for seed, rate in enumerate(space.rates(members)):
        keras.utils.set_random_seed(seed)
        models.append(build(keras, learning_rate=float(rate)))

    def train(epochs):
        histories = train_population(models, x, y, epochs=epochs, batch_size=BATCH)
        return float(np.mean([history.history["loss"][-1] for history in histories]))

    return train


def padding(api, members=40, epochs=20):
    """Members of one and two hidden layers, 8 to 256 wide; returns `run`, which gives facts alone."""
    keras = import_module(api)
    (x, y), _ = data.housing()
    widths = np.exp(np.random.default_rng(space.SEED).uniform(math.log(8), math.log(256), members))
    models = [build(keras, 1 + place % 2, round(width)) for place, width in enumerate(widths)]

    def run():
        with _recorded() as facts:
            train_population(models, x, y, epochs=epochs, batch_size=BATCH)
        return facts

    return run


def search_memory(api, candidates=200, rows=640):
    """Returns `run`, which tries `candidates`, other ones for each seed."""
    keras = import_module(api)
    (x, y), _ = data.housing()

    def run(candidates, seed):
        _search(keras, candidates, 2, x[:rows], y[:rows], seed, epochs=1, batch_size=BATCH)()
        gc.collect()

    return run


@contextmanager
def _recorded():
    """Gives facts of the populations that are trained in a block, complete at its end."""
    facts, done = {}, {"members": 0, "epochs": 0, "own": 0.0, "padded": 0.0}
    train = Population.train

    def recording(self, members, *others):
        train(self, members, *others)
        for member in members:
            epochs = len(member.outcome.history.epoch) if member.outcome.history else 0
            done["members"] += 1
            done["epochs"] += epochs
            if member.chain is not None:
                for kind, widths in (("own", member.chain.widths), ("padded", member.bucket.key)):
                    update = flops(member.chain.kernels(widths), member.plan.batch_size)
                    done[kind] += update * epochs * member.plan.steps
        buckets = [one for some in self._buckets.values() for one in some]
        facts["widths of padded models"] = len(buckets)
        facts["padded models"] = sum(len(one.spare) for one in buckets)

    Population.train = recording
    try:
        yield facts
    finally:
        Population.train = train
        facts["FLOPs / own FLOPs"] = done["padded"] / done["own"]
        facts["epochs a fit"] = done["epochs"] / done["members"]
