"""A study ends as its seed, its space and its data say, however often it is killed and whoever works on it."""

import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from tests.tuning.studies import X, Y, assert_same, build_model, outcome, study

import hornet.tuning.store
from hornet import Sequential, callbacks, layers
from hornet.population.population import Population
from hornet.tuning.store import Store
from hornet.tuning.study import OutOfTime, Study
from hornet.tuning.worker import Worker


@pytest.fixture(scope="module")
def whole():
    """A study that ran through in memory."""
    return outcome(study())


def test_a_study_is_trained_by_rungs(whole):
    trials = whole[0]
    assert [number for number, *_ in trials] == list(range(12))
    for generation in (trials[:6], trials[6:]):
        assert sorted(epochs for *_, epochs, _ in generation) == [2, 2, 2, 2, 4, 8]
        stopped = [logs["val_loss"] for _, state, *_, epochs, logs in generation if epochs == 2]
        assert max(value for _, state, _, value, *_ in generation if state == "finished") < min(stopped)


def test_a_store_changes_nothing(whole, tmp_path):
    assert_same(outcome(study(storage=tmp_path / "a.study")), whole)


@pytest.mark.parametrize("place", ["build", "claim", "train", "put", "add_generation", "keep"])
def test_a_study_that_breaks_anywhere_goes_on(place, whole, tmp_path, monkeypatch):
    """Each process does a little more before it breaks, until one comes to the end; nothing is done twice."""
    owner, name = {
        "build": (Sequential, "compile"),
        "claim": (Store, "claim"),
        "train": (Worker, "_has_come"),
        "put": (Store, "put"),
        "add_generation": (Store, "add_generation"),
        "keep": (Study, "_keep_best"),
    }[place]
    function, calls, processes = getattr(owner, name), [0], 0

    class Killed(BaseException):
        pass

    def dying(self, *args, **kwargs):
        calls[0] -= 1
        if calls[0] == 0:
            raise Killed
        return function(self, *args, **kwargs)

    while True:
        calls[0], processes = 2 + 5 * processes, processes + 1
        with monkeypatch.context() as patched:
            patched.setattr(owner, name, dying)
            # Who is killed releases nothing, and is known to be gone; this process, which stands for it, is not.
            patched.setattr(Store, "release", lambda self: None)
            patched.setattr(hornet.tuning.store, "_LEASE", 0.0)
            try:
                tuner = study(storage=tmp_path / "a.study")
            except Killed:
                continue
        break
    assert processes > 1
    assert_same(outcome(tuner), whole)


SCRIPT = """
import json, sys
from tests.tuning.studies import study
print("begun", flush=True)
tuner = study(storage=sys.argv[1], trials=18, epochs=24)
print(json.dumps([[trial.number, trial.state, trial.value, trial.epochs] for trial in tuner.ended]))
"""


def process(path):
    return subprocess.Popen([sys.executable, "-c", SCRIPT, path], stdout=subprocess.PIPE, text=True)


def said(running):
    with running:
        return running.communicate()[0]


@pytest.mark.every_instance
def test_processes_that_are_killed_or_share_a_study_end_alike(tmp_path):
    alone = said(process(tmp_path / "alone.study"))
    rng = np.random.default_rng(0)
    for _ in range(6):
        with process(tmp_path / "killed.study") as victim:
            victim.stdout.readline()
            threading.Event().wait(rng.uniform(0.2, 3))
            victim.send_signal(signal.SIGKILL)
    assert said(process(tmp_path / "killed.study")) == alone
    together = [process(tmp_path / "shared.study") for _ in range(2)]
    assert list(map(said, together)) == [alone, alone]


# --- limits ---------------------------------------------------------------------------------------------------


def test_more_trials_go_on_from_those_that_are_there(whole, tmp_path):
    study(storage=tmp_path / "a.study", trials=6)
    assert_same(outcome(study(storage=tmp_path / "a.study")), whole)


def test_a_study_that_the_clock_ended_is_repeated(monkeypatch):
    train, come = Population.train, Worker._has_come

    def late(self, members, *rest):
        train(self, members, *rest)
        if late.calls == 1:
            raise OutOfTime
        late.calls += 1

    def unless_late(self, trial, *rest):
        return trial.number < 9 and come(self, trial, *rest)

    late.calls = 0
    with monkeypatch.context() as patched:
        patched.setattr(Population, "train", late)
        patched.setattr(Worker, "_has_come", unless_late)
        ended = study(minutes=60, trials=None, schedule="full")
    again = study(trials=ended.reached, schedule="full")
    assert [trial.number for trial in ended.ended] == list(range(9))
    assert again.reached == ended.reached == [dict.fromkeys(range(6), 8), {6: 8, 7: 8, 8: 8, 9: 0, 10: 0, 11: 0}]
    trials = [(trial.number, trial.value) for trial in ended.ended]
    assert [(trial.number, trial.value) for trial in again.ended if trial.value is not None] == trials


def test_ctrl_c_returns_what_is_known(monkeypatch):
    told = Worker._has_come

    def interrupted(self, trial, *rest):
        if trial.number == 8:
            raise KeyboardInterrupt
        return told(self, trial, *rest)

    monkeypatch.setattr(Worker, "_has_come", interrupted)
    tuner = study()
    assert [trial.number for trial in tuner.ended] == list(range(6))
    assert tuner.best_model.predict(X[:2], verbose=0).shape == (2, 1)


def test_a_study_ends_when_nothing_gets_better():
    tuner = study(trials=60, patience=6, schedule="full", epochs=2)
    best = tuner.ranked[0].number
    assert 60 > len(tuner.ended) > best
    assert len(tuner.ended) - 1 - best >= 6


def test_a_space_is_exhausted():
    tuner = study(sampler="grid", trials=None, epochs=1, fixed={"rate": 0.01})
    assert [trial.params["units"] for trial in tuner.ended] == [3, 4, 5, 6, 7, 8]


def test_few_models_are_kept(tmp_path):
    tuner = study(storage=tmp_path / "a.study", schedule="full", keep=3)
    files = sorted(file.name for file in (tmp_path / "a.study.members").iterdir())
    assert files == sorted(f"{trial.number}.0.weights.h5" for trial in tuner.ranked[:3])
    assert len(tuner._study.worker._kept) == 3
    with pytest.raises(ValueError, match="are not kept"):
        tuner.best_models(4)


# --- what goes wrong ------------------------------------------------------------------------------------------


def test_candidates_that_fail_do_not_end_the_study():
    def build(hp):
        if hp.Int("units", 3, 8) == 5:
            raise RuntimeError("five is right out")
        model = build_model(hp)
        if hp.get("units") == 6:
            model.layers[-1].kernel.assign(np.full((6, 1), np.nan, "float32"))
        return model

    tuner = study(build, sampler="grid", schedule="full", fixed={"rate": 0.01}, trials=None, epochs=2)
    found = {trial.params["units"]: trial for trial in tuner.ended}
    assert (found[5].state, found[5].error) == ("failed", "RuntimeError: five is right out")
    assert (found[6].state, found[6].value) == ("failed", None)
    assert all(found[units].state == "finished" for units in (3, 4, 7, 8))


def test_a_study_of_failures_alone_raises_the_first():
    def build(hp):
        hp.Int("units", 1, 4)
        return Sequential([layers.Dense(1)])

    with pytest.raises(ValueError, match="not compiled"):
        study(build)


def compiled_with_mae(model):
    model.compile(loss="mae", optimizer="adam", metrics=["mae"])
    return model


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"epochs": 9}, "other epochs"),
        ({"seed": 1}, "another seed"),
        ({"fixed": {"units": 3}}, "another space"),
        ({"objective": "val_mae"}, "another objective"),
        ({"sampler": "grid"}, "another sampler"),
        ({"data": (X + 1, Y)}, "other data"),
        ({"fit": {"batch_size": 16}}, "other settings"),
        ({"fit": {"callbacks": [callbacks.TerminateOnNaN()]}}, "other callbacks"),
        ({"build": lambda hp: compiled_with_mae(build_model(hp))}, "another model"),
    ],
)
def test_a_store_of_other_circumstances_is_refused(change, problem, tmp_path):
    study(storage=tmp_path / "a.study", trials=1, epochs=1)
    arguments = {"trials": 1, "epochs": 1, **change}
    with pytest.raises(ValueError, match=f"begun with {problem}"):
        study(storage=tmp_path / "a.study", **arguments)


def test_callbacks_and_numbers_of_a_member_survive(whole, tmp_path):
    """A callback that counts epochs goes on counting at the next rung."""
    followers = [callbacks.ReduceLROnPlateau(patience=1, factor=0.5)]
    one = study(fit={"callbacks": followers})
    other = study(fit={"callbacks": followers}, storage=tmp_path / "a.study")
    assert_same(outcome(one), outcome(other))
    assert outcome(one)[0] != whole[0]


def test_a_study_that_is_done_still_knows_which_values_are_better(tmp_path):
    """Nothing is trained, so no model has said that a higher accuracy is better."""

    def build(hp):
        model = Sequential([layers.Input((3,)), layers.Dense(1, "sigmoid")])
        model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
        model.optimizer.learning_rate = hp.Float("rate", 1e-3, 1.0, sampling="log")
        return model

    def found():
        return study(build, (X, Y > 0), objective="val_accuracy", storage=tmp_path / "a.study", schedule="full")

    first, again = found(), found()
    assert first.best_value == again.best_value == max(trial.value for trial in again.ended)
    assert again.objective.direction == "max"
