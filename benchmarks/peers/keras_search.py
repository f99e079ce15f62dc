"""The chapter's search as a loop over candidates and folds, and what each candidate is."""

from functools import partial
from importlib import import_module

import data
import numpy as np
import space

BATCH = 32
PATIENCE = 10


def search(api, candidates=10, folds=3, epochs=20, steps_per_execution=None):
    """All candidates on all folds, then the best one on all rows; see `job.py` for what is returned."""
    keras = import_module(api)
    (x, y), _ = data.housing()

    def run():
        keras.utils.set_random_seed(space.SEED)
        scores = []
        for candidate in space.candidates(candidates):
            of_folds = []
            for train, test in space.folds(folds, x):
                model = build(keras, **candidate, steps=steps(steps_per_execution, train))
                model.fit(x[train], y[train], batch_size=BATCH, epochs=epochs, verbose=0)
                of_folds.append(-model.evaluate(x[test], y[test], verbose=0))
            scores.append(np.mean(of_folds))
        best = space.candidates(candidates)[int(np.argmax(scores))]
        model = build(keras, **best, steps=steps(steps_per_execution, x))
        model.fit(x, y, batch_size=BATCH, epochs=epochs, verbose=0)
        return float(max(scores)), {}

    return run


def sample(api, candidates=100, folds=5, each=2, epochs=100, steps_per_execution=None):
    """Fits that stand for a search with early stopping, one at a time."""
    keras = import_module(api)
    fits = space.sample(candidates, folds, each)
    return [
        (weight, partial(_fit, keras, candidate, folds, fold, steps_per_execution)) for weight, candidate, fold in fits
    ], {"epochs": epochs, "workers": 1}


def _fit(keras, candidate, folds, fold, steps_per_execution, epochs):
    (x, y), validation = data.housing()
    train, test = space.folds(folds, x)[fold]
    model = build(keras, **candidate, steps=steps(steps_per_execution, train))
    stopping = keras.callbacks.EarlyStopping(patience=PATIENCE)
    history = model.fit(
        x[train],
        y[train],
        batch_size=BATCH,
        epochs=epochs,
        validation_data=validation,
        callbacks=[stopping],
        verbose=0,
    )
    model.evaluate(x[test], y[test], verbose=0)
    return len(history.epoch)


def build(keras, n_hidden=1, n_neurons=30, learning_rate=3e-3, steps=None):
    """The chapter's `build_model`."""
    model = keras.Sequential([keras.Input(shape=(8,))])
    for _ in range(n_hidden):
        model.add(keras.layers.Dense(n_neurons, activation="relu"))
    model.add(keras.layers.Dense(1))
    execution = {"steps_per_execution": steps} if steps else {}
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=learning_rate), **execution)
    return model


def started(model):
    """The model, with initial weights that depend on nothing but its shape, so that everybody trains the same one."""
    model.set_weights(space.weights([weight.shape for weight in model.get_weights()]))
    return model


def steps(steps_per_execution, rows):
    """`steps_per_execution`, where "epoch" stands for as many steps as an epoch of these rows has."""
    return -(-len(rows) // BATCH) if steps_per_execution == "epoch" else steps_per_execution
