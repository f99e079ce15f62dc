"""Files that earlier versions wrote load to the same numbers, and those of later ones are refused by name."""

import json
import shutil
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from tests.saving.make_golden import data, model

import hornet
from hornet.saving import load_model

GOLDEN = sorted(path for path in (Path(__file__).parent / "golden").iterdir() if path.is_dir())
FILES = ["model.keras", "model.h5", "w.weights.h5", "w.safetensors", "parts.weights.json"]


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda folder: folder.name)
@pytest.mark.parametrize("name", FILES)
def test_files_of_every_version_load_to_the_same_numbers(folder, name):
    expected = np.load(folder / "expected.npz")
    if name.startswith("model"):
        loaded = load_model(folder / name)
        assert int(loaded.optimizer.iterations) == expected["steps"]
    else:
        loaded = model()
        loaded.load_weights(folder / name)
    for number, array in enumerate(loaded.get_weights()):
        np.testing.assert_array_equal(array, expected[f"weight{number}"])


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda folder: folder.name)
def test_runs_of_every_version_go_on(folder, tmp_path):
    shutil.copy(folder / "run", tmp_path / "run")
    x, y = data()
    went_on = model()
    history = went_on.fit(x, y, batch_size=4, epochs=3, verbose=0, resume=tmp_path / "run").history
    assert len(history["loss"]) == 3
    assert int(went_on.optimizer.iterations) == 6


def later_archive(path):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    metadata = json.loads(parts["metadata.json"])
    parts["metadata.json"] = json.dumps({**metadata, "hornet_format": "2"}).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


def later_safetensors(path):
    whole = path.read_bytes()
    length = struct.unpack("<Q", whole[:8])[0]
    changed = whole[8 : 8 + length].replace(b'"hornet weights 1"', b'"hornet weights 2"')
    path.write_bytes(whole[:8] + changed + whole[8 + length :])


@pytest.mark.parametrize(("name", "change"), [("model.keras", later_archive), ("w.safetensors", later_safetensors)])
def test_files_of_later_versions_are_refused_by_name(name, change, tmp_path):
    shutil.copy(GOLDEN[-1] / name, tmp_path / name)
    change(tmp_path / name)
    load = load_model if name.startswith("model") else model().load_weights
    with pytest.raises(hornet.UnsafeFileError, match="Install a newer one"):
        load(tmp_path / name)
