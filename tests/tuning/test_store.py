"""The file of a study: whole after a kill, shared by processes, and not trusted when it is read."""

import multiprocessing
import os
import sqlite3

import numpy as np
import pytest
from tests.tuning.studies import study

import hornet.tuning.store
from hornet.core.errors import CorruptFileError, UnsafeFileError
from hornet.tuning.store import FINISHED, PAUSED, RUNNING, STATES, WAITING, Store, Trial


def begun(path=None, trials=4):
    store = Store(path)
    store.begin({"seed": 0})
    with store.transaction():
        store.add_generation(0, [2, 4], [Trial(number, 0, {"units": number}) for number in range(trials)])
    return store


# --- what it keeps ----------------------------------------------------------------------------------------------


def test_what_is_put_comes_back(tmp_path):
    store = begun(tmp_path / "a.study")
    trial = Trial(
        2, 0, {"units": 1, "rate": 0.1 + 0.2}, FINISHED, 2, 9, -1 / 3, 0.25, {"val_loss": 1e-300}, {"widths": [[8]]},
    )  # fmt: skip
    with store.transaction():
        store.put(trial)
    store.close()
    again = Store(tmp_path / "a.study")
    assert again.trials(0)[2] == trial
    assert [each.state for each in again.trials()] == [WAITING, WAITING, FINISHED, WAITING]
    assert again.generations() == [[2, 4]]
    assert again.begin({"seed": 0}) == {}
    assert again.begin({"seed": 1}) == {"seed": 0}


def test_a_transaction_is_whole_or_nothing(tmp_path):
    store = begun(tmp_path / "a.study")

    def interrupted():
        with store.transaction():
            store.put(Trial(0, 0, {"units": 9}))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert store.trials()[0].params == {"units": 0}


def test_processes_share_what_nobody_has_claimed(tmp_path):
    one, other = begun(tmp_path / "a.study", trials=8), Store(tmp_path / "a.study")
    other.renew()  # by which it is known to take part
    mine, theirs = one.claim(1), other.claim(1)
    assert [trial.number for trial in mine] == [0, 1, 2, 3]
    assert [trial.number for trial in theirs] == [4, 5]  # half of what is left; the rest at the next look
    assert [trial.number for trial in one.claim(1)] == [6]
    one.release()
    states = [trial.state for trial in other.trials()]
    assert states == [WAITING] * 4 + [RUNNING] * 2 + [WAITING] * 2


def claim_and_die(path):
    Store(path).claim(1)
    os._exit(1)


def test_what_a_dead_process_has_claimed_is_free(tmp_path):
    begun(tmp_path / "a.study").close()
    process = multiprocessing.get_context("spawn").Process(target=claim_and_die, args=[tmp_path / "a.study"])
    process.start()
    process.join()
    store = Store(tmp_path / "a.study")
    assert [trial.state for trial in store.trials()] == [RUNNING] * 4
    assert len(store.claim(1)) == 4


def test_a_claim_on_another_machine_lasts_as_long_as_it_is_renewed(tmp_path, monkeypatch):
    far, near = begun(tmp_path / "a.study"), Store(tmp_path / "a.study")
    far.name = "another.1.abc"
    clock = [0.0]
    monkeypatch.setattr(hornet.tuning.store.time, "time", lambda: clock[0])
    assert len(far.claim(1)) == 4
    for clock[0], free in ((50.0, 0), (100.0, 0), (170.0, 4)):
        assert len(near.claim(1)) == free
        if clock[0] < 100:
            far.renew()


def test_paused_trials_are_claimed_for_the_next_rung():
    store = begun()
    trials = store.claim(1)
    for trial in trials:
        trial.state, trial.rung = PAUSED, 1
    with store.transaction():
        for trial in trials:
            store.put(trial)
    assert store.claim(1) == []
    assert len(store.claim(2)) == 4


# --- what it refuses --------------------------------------------------------------------------------------------


def damaged(path, statement, *values):
    with sqlite3.connect(path) as database:
        database.execute(statement, values)
    database.close()


HOSTILE = {
    "another table": "CREATE TABLE more (x)",
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON trials BEGIN DELETE FROM study; END",
    "a view": "CREATE VIEW v AS SELECT 1",
    "no table": "DROP TABLE trials",
    "params that are no JSON": "UPDATE trials SET params = '{' WHERE number = 1",
    "params that are a list": "UPDATE trials SET params = '[]' WHERE number = 1",
    "params that are deep": "UPDATE trials SET params = replace(hex(zeroblob(4000)), '00', '{\"a\":')",
    "params of bytes": "UPDATE trials SET params = x'00ff'",
    "a state that is none": "UPDATE trials SET state = 'eaten'",
    "a value that is text": "UPDATE trials SET value = 'low'",
    "epochs that are no number": "UPDATE trials SET epochs = 'many'",
    "rungs that are no numbers": "UPDATE generations SET rungs = '[1, \"a\"]'",
    "no rungs": "UPDATE generations SET rungs = '[]'",
    "settings that are no JSON": "UPDATE study SET settings = 'x'",
    "another kind": "UPDATE study SET kind = 'a shopping list 1'",
    "a later version": "UPDATE study SET kind = 'hornet study 9'",
}


def read_all(path):
    store = Store(path)
    try:
        store.begin({"seed": 0})
        store.generations()
        store.trials()
    finally:
        store.close()


@pytest.mark.parametrize("damage", HOSTILE)
def test_a_hostile_file_is_refused(damage, tmp_path):
    begun(tmp_path / "a.study").close()
    read_all(tmp_path / "a.study")  # the honest twin
    damaged(tmp_path / "a.study", HOSTILE[damage])
    with pytest.raises((CorruptFileError, UnsafeFileError), match=r"a\.study"):
        read_all(tmp_path / "a.study")


def test_files_of_other_kinds_are_refused_and_stay(tmp_path):
    foreign = tmp_path / "foreign.db"
    damaged(foreign, "CREATE TABLE mine (x)")
    before = foreign.read_bytes()
    text = tmp_path / "text.study"
    text.write_text("no database at all, but long enough to be looked at as if it were one" * 20)
    for path in (foreign, text):
        with pytest.raises(CorruptFileError):
            Store(path)
    assert foreign.read_bytes() == before
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(UnsafeFileError):
            Store(tmp_path / name)
    (tmp_path / "b.study-wal").symlink_to("/dev/zero")
    begun(tmp_path / "c.study").close()
    (tmp_path / "c.study").rename(tmp_path / "b.study")
    with pytest.raises(UnsafeFileError):
        Store(tmp_path / "b.study")


def test_torn_files_are_refused_or_read(tmp_path):
    """Bytes of a file are changed at random: what comes of it is a study, or an error of ours."""
    begun(tmp_path / "a.study", trials=20).close()
    whole = (tmp_path / "a.study").read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(60):
        torn = bytearray(whole)
        for place in rng.integers(0, len(whole), 8):
            torn[place] = rng.integers(256)
        torn = torn[: rng.integers(len(whole) // 2, len(whole) + 1)]
        (tmp_path / "torn.study").write_bytes(torn)
        try:
            read_all(tmp_path / "torn.study")
        except (CorruptFileError, UnsafeFileError, OSError):
            refused += 1
    assert refused > 30


def test_a_study_in_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        study(storage=tmp_path / "file" / "a.study")


def test_every_state_is_known():
    assert set(STATES) == {"waiting", "running", "paused", "finished", "stopped", "failed"}
