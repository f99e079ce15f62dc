"""A study whose candidates are trained elsewhere ends as one that trains them here, whatever workers die."""

import logging
import os
import pickle
import signal

import cloudpickle  # by which Dask and Ray send functions
import pytest
from tests.tuning.studies import X, assert_same, build_model, outcome, study
from tests.tuning.test_libraries import ROOT, python

from hornet import config
from hornet.tuning.store import Store


class Elsewhere:
    """An executor without processes: all that travels is copied as bytes, and what `breaks` raises is a job's error."""

    asynchronous = False

    def __init__(self, breaks=lambda trials: None):
        self.parts, self._breaks = [], breaks

    slots = 1

    def place(self, thing):
        return cloudpickle.dumps(thing)

    def start(self, function, placed, trials, *rest):
        self.parts.append([trial.number for trial in trials])
        return pickle.dumps((trials, *rest)), function, placed

    def done(self, jobs, seconds):
        return jobs[-1:]  # not in the order in which they were started

    def result(self, job):
        arguments, function, placed = job
        trials, *rest = pickle.loads(arguments)
        self._breaks([trial.number for trial in trials])
        return pickle.loads(pickle.dumps(function(pickle.loads(placed), trials, *rest)))

    def cancel(self, jobs):
        self.parts += [("given up", len(jobs))] if jobs else []


@pytest.fixture
def elsewhere(monkeypatch):
    def use(*arguments):
        executor = Elsewhere(*arguments)
        monkeypatch.setattr("hornet.tuning.tuner.executor_of", lambda given: given)
        return executor

    return use


@pytest.fixture(scope="module")
def whole():
    return outcome(study())


def test_what_is_trained_elsewhere_is_the_same(whole, elsewhere, tmp_path):
    executor = elsewhere()
    for storage in (None, tmp_path / "a.study"):
        tuner = study(executor=executor, storage=storage)
        assert_same(outcome(tuner), whole)
    assert max(map(len, executor.parts)) == 2  # six trials in four parts
    assert tuner.ensemble(3).predict(X[:2], verbose=0).shape == (2, 1)
    assert {path.name.split(".", 2)[2] for path in (tmp_path / "a.study.members").iterdir()} == {"weights.h5"}


def test_folds_and_generations_of_one_model_kind_travel(elsewhere):
    given = {"fit": {"cv": 3, "batch_size": 16}, "schedule": "hyperband", "keep": 3}
    assert_same(outcome(study(**given)), outcome(study(executor=elsewhere(), **given)))


def test_a_part_that_is_lost_is_trained_again(whole, elsewhere):
    lost = []

    def breaks(numbers):
        if numbers not in lost:
            lost.append(numbers)
            raise RuntimeError("a worker is gone")

    assert_same(outcome(study(executor=elsewhere(breaks))), whole)
    assert [4, 5] in lost
    assert [5] in lost


def test_a_trial_that_no_worker_survives_fails_alone(elsewhere):
    def breaks(numbers):
        if 3 in numbers:
            raise MemoryError("too much for any worker")

    tuner = study(executor=elsewhere(breaks), schedule="full")
    failed = [(trial.number, trial.error) for trial in tuner.ended if trial.state == "failed"]
    assert failed == [(3, "RuntimeError: No worker could train it, in 3 attempts: too much for any worker")]
    assert sum(trial.state == "finished" for trial in tuner.ended) == 11


def test_an_interruption_gives_the_other_parts_up(elsewhere, tmp_path):
    def breaks(numbers):
        raise KeyboardInterrupt

    executor = elsewhere(breaks)
    study(executor=executor, storage=tmp_path / "a.study")
    assert executor.parts[-1] == ("given up", 3)
    assert {trial.state for trial in Store(tmp_path / "a.study").trials()} == {"waiting"}


def test_settings_travel(elsewhere):
    def build(hp):
        assert config.epsilon() == 1e-3
        return build_model(hp)

    config.set_epsilon(1e-3)
    try:
        # What is done elsewhere begins with the defaults.
        tuner = study(build, executor=elsewhere(lambda numbers: config.set_epsilon(1e-7)), trials=1, epochs=1)
    finally:
        config.set_epsilon(1e-7)
    assert [trial.error for trial in tuner.ended] == [""]


@pytest.mark.parametrize(("executor", "problem"), [(3, "must be a client"), (Elsewhere(), "must be a client")])
def test_what_is_no_executor_is_refused(executor, problem):
    with pytest.raises(TypeError, match=problem):
        study(executor=executor)


# --- Dask, in real processes ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client():
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL) as local,
        Client(local) as client,
    ):
        yield client


def test_a_worker_that_dies_costs_its_rung(whole, client, tmp_path):
    """The first worker that comes to the fifth trial is killed in the middle of its part."""
    mark, here = tmp_path / "dead", os.getpid()

    def build(hp):
        model = build_model(hp)
        if os.getpid() != here and hp.get("units") == whole[0][4][2]["units"] and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return model

    tuner = study(build, executor=client)
    assert mark.exists()
    assert_same(outcome(tuner), whole)


# --- Ray, in the environment of other people's packages ---------------------------------------------------------------

ON_RAY = """
import os, signal, sys
from pathlib import Path
from studies import assert_same, build_model, outcome, study

mark, here = Path(sys.argv[1]), os.getpid()

def build(hp):
    model = build_model(hp)
    if os.getpid() != here and hp.get("rate") > 0.01 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return model

assert_same(outcome(study(build, executor="local")), outcome(study(build)))
assert mark.exists()
"""


@pytest.mark.peers
def test_ray_trains_a_study(tmp_path):
    if python("-c", "import importlib.util, sys; sys.exit(not importlib.util.find_spec('ray'))").returncode:
        pytest.skip("ray is not installed")
    run = python(
        "-c", ON_RAY, str(tmp_path / "dead"), cwd=ROOT / "tests" / "tuning"
    )  # other packages are called tests, too
    assert run.returncode == 0, run.stderr[-2000:]
