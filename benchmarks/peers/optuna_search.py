"""Optuna over a list of candidates, which wait in its queue."""

from importlib import import_module

import data
import optuna
import space
from peers.keras_search import BATCH, build, started, steps


def tuner(api, candidates=24, epochs=20, part=(0, 1), n_jobs=1, steps_per_execution=None):
    """A part of the candidates; see `job.py` for what is returned."""
    keras = import_module(api)
    (x, y), validation = data.housing()
    known = space.candidates(candidates)
    numbers = list(range(candidates))[part[0] :: part[1]]
    how = {"epochs": epochs, "batch_size": BATCH, "validation_data": validation, "shuffle": False, "verbose": 0}

    def objective(trial):
        candidate = {
            "n_hidden": trial.suggest_int("n_hidden", 0, 3),
            "n_neurons": trial.suggest_int("n_neurons", 1, 99),
            "learning_rate": trial.suggest_float("learning_rate", 3e-4, 3e-2, log=True),
        }
        model = started(build(keras, **candidate, steps=steps(steps_per_execution, x)))
        return min(model.fit(x, y, **how).history["val_loss"])

    def run():
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        study = optuna.create_study()
        for number in numbers:
            study.enqueue_trial(known[number])
        study.optimize(objective, n_trials=len(numbers), n_jobs=n_jobs)
        return {number: trial.value for number, trial in zip(numbers, study.trials, strict=True)}, {}

    return run
