"""KerasTuner over a list of candidates: a grid of their numbers."""

import tempfile
from importlib import import_module

import data
import keras_tuner
import space
from peers.keras_search import BATCH, build, started, steps


class Lean(keras_tuner.GridSearch):
    """Trains as its documentation shows for a `run_trial`: no file for each best epoch, and no hooks on batches."""

    def run_trial(self, trial, *args, **kwargs):
        """Return the least validation loss."""
        hp = trial.hyperparameters
        history = self.hypermodel.fit(hp, self.hypermodel.build(hp), *args, **kwargs)
        return min(history.history["val_loss"])


def tuner(api, candidates=24, epochs=20, part=(0, 1), lean=False, steps_per_execution=None):
    """A part of the candidates; see `job.py` for what is returned."""
    keras = import_module(api)
    (x, y), validation = data.housing()
    known = space.candidates(candidates)
    numbers = list(range(candidates))[part[0] :: part[1]]
    kind = Lean if lean else keras_tuner.GridSearch
    how = {"epochs": epochs, "batch_size": BATCH, "validation_data": validation, "shuffle": False, "verbose": 0}

    def build_model(hp):
        candidate = known[hp.Choice("number", numbers)]
        return started(build(keras, **candidate, steps=steps(steps_per_execution, x)))

    def run():
        with tempfile.TemporaryDirectory() as folder:
            search = kind(build_model, objective="val_loss", max_trials=len(numbers), directory=folder)
            search.search(x, y, **how)
        trials = search.oracle.trials.values()
        return {trial.hyperparameters.get("number"): trial.score for trial in trials}, {}

    return run
