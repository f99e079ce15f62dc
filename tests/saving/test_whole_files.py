"""Saving leaves the old file or the new one, whatever happens meanwhile."""

import os
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import hornet
from hornet import layers
from hornet.saving import load_model

SAVERS = {"model.keras": "save", "model.h5": "save", "w.weights.h5": "save_weights", "w.safetensors": "save_weights"}
EACH = pytest.mark.parametrize(("name", "method"), SAVERS.items())


def model(value=1.0):
    made = hornet.Sequential([hornet.Input((200,)), layers.Dense(400, kernel_initializer="ones"), layers.Dense(1)])
    made.set_weights([np.full(one.shape, value) for one in made.weights])
    return made


def values(path):
    """Return the numbers that all weights in a file have."""
    if path.name.startswith("model"):
        weights = load_model(path).get_weights()
    else:
        filled = model(0.0)
        filled.load_weights(path)
        weights = filled.get_weights()
    return {float(one) for array in weights for one in np.unique(array)}


@EACH
def test_a_full_disk_leaves_the_old_file(name, method, tmp_path):
    path = tmp_path / name
    getattr(model(1.0), method)(path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))  # bytes: a third of what is to be written
    try:
        with pytest.raises(OSError, match=name) as caught:
            getattr(model(2.0), method)(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert "as it was" in str(caught.value)
    assert values(path) == {1.0}
    assert [one.name for one in tmp_path.iterdir()] == [name]


@EACH
def test_a_missing_folder_is_made(name, method, tmp_path):
    getattr(model(), method)(tmp_path / "new" / "newer" / name)
    assert values(tmp_path / "new" / "newer" / name) == {1.0}


@EACH
def test_a_file_in_the_place_of_the_folder_is_named(name, method, tmp_path):
    (tmp_path / "none").write_text("")
    with pytest.raises(OSError, match="none"):
        getattr(model(), method)(tmp_path / "none" / name)


@EACH
def test_a_read_only_folder_is_named(name, method, locked):
    folder, context = locked
    getattr(model(1.0), method)(folder / name)
    newer = model(2.0)
    with context(), pytest.raises(PermissionError, match=rf"Permission denied.*as it was.*{name}"):
        getattr(newer, method)(folder / name)
    assert values(folder / name) == {1.0}
    assert [one.name for one in folder.iterdir()] == [name]


SCRIPT = """
import sys, itertools
sys.path.insert(0, {tests!r})
import test_whole_files as tests
from pathlib import Path
path = Path({path!r})
saver = getattr(tests.model(2.0), tests.SAVERS[path.name])
print("ready", flush=True)
for _ in itertools.count():
    saver(path)
"""


@pytest.mark.parametrize(
    ("name", "kills"),
    [
        ("model.keras", 1),
        pytest.param("model.keras", 4, marks=pytest.mark.full),
        pytest.param("model.h5", 4, marks=pytest.mark.full),
    ],
)
def test_kills_while_saving_leave_a_whole_file(name, kills, tmp_path):
    path = tmp_path / name
    model(1.0).save(path)
    script = SCRIPT.format(tests=os.path.dirname(__file__), path=str(path))
    rng = np.random.default_rng(0)
    for _ in range(kills):
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(float(rng.uniform(0.0, 0.05)))
        process.kill()
        process.wait()
        process.stdout.close()
        assert values(path) in ({1.0}, {2.0})
