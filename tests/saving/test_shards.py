"""Weights that Keras spread over several files."""

import json
import shutil
import warnings

import keras
import numpy as np
import pytest

import hornet

X = np.linspace(-1.0, 1.0, 24).reshape(8, 3).astype("float32")


def model(library):
    made = library.Sequential(
        [
            library.layers.Input((3,)),
            library.layers.Dense(40, activation="relu"),
            library.layers.BatchNormalization(),
            library.layers.Dropout(0.1),
            library.layers.Dense(30),
            library.layers.Dense(1),
        ]
    )
    made.compile(loss="mse", optimizer="adam")
    return made


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    theirs = model(keras)
    with warnings.catch_warnings():  # of Keras's own
        warnings.simplefilter("ignore")
        theirs.fit(X, X.sum(axis=1), epochs=2, verbose=0)
        theirs.save_weights(folder / "m.weights.json", max_shard_size=6000 / 2**30)
        return folder, theirs.predict(X, verbose=0)


@pytest.fixture
def folder(saved, tmp_path):
    shutil.copytree(saved[0], tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_all_files_are_read(saved):
    folder, expected = saved
    assert len(list(folder.glob("m_*.weights.h5"))) > 2
    ours = model(hornet)
    ours.load_weights(folder / "m.weights.json")
    np.testing.assert_allclose(ours.predict(X, verbose=0), expected, rtol=1e-5, atol=1e-6)
    assert ours.optimizer.iterations == 2
    assert all(np.abs(slot).max() > 0 for slots in ours._optimizer_state.slots.values() for slot in slots.values())


def change(folder, function):
    path = folder / "m.weights.json"
    described = json.loads(path.read_text())
    function(described)
    path.write_text(json.dumps(described))
    return path


@pytest.mark.parametrize(
    "name", ["../m_00000.weights.h5", "/etc/passwd", "other_00000.weights.h5", "m_0.weights.h5", 3, None, ["m"]]
)
def test_files_of_others_are_not_opened(folder, name):
    path = change(folder, lambda described: described["weight_map"].update(more=name))
    with pytest.raises(hornet.UnsafeFileError, match="not one of its own files"):
        model(hornet).load_weights(path)


def test_damaged_maps_and_files_are_refused(folder):
    path = folder / "m.weights.json"
    ours = model(hornet)
    before = ours.get_weights()
    shutil.copy(folder / "m_00000.weights.h5", folder / "m_00001.weights.h5")
    with pytest.raises(hornet.CorruptFileError, match="in another file as well"):
        ours.load_weights(path)
    (folder / "m_00001.weights.h5").unlink()
    with pytest.raises(FileNotFoundError, match="m_00001"):
        ours.load_weights(path)
    change(folder, lambda described: described.update(weight_map={}))
    with pytest.raises(hornet.CorruptFileError, match="names no files"):
        ours.load_weights(path)
    path.write_text("no map")
    with pytest.raises(hornet.CorruptFileError, match="not JSON"):
        ours.load_weights(path)
    for one, other in zip(before, ours.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_weights_are_written_to_one_file(tmp_path):
    with pytest.raises(ValueError, match=r"End `filepath` in '.weights.h5'"):
        model(hornet).save_weights(tmp_path / "m.weights.json")
