"""Files of lookup layers, made by make_lookup_files.py with Keras on TensorFlow, open here."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

import hornet

FOLDER = Path(__file__).parent / "lookup_files"
EXPECTED = dict(np.load(FOLDER / "expected.npz"))
X = EXPECTED.pop("x")
RAW = {name: EXPECTED.pop(f"raw_{name}") for name in ("word", "text")}
OF_STRINGS = {name: EXPECTED.pop(name) for name in ("words", "texts", "mixed")}


@pytest.mark.parametrize("name", list(EXPECTED))
def test_outputs_are_those_of_keras(name, tmp_path):
    model = hornet.models.load_model(FOLDER / f"{name}.keras")
    outputs = model.predict(X, verbose=0)
    np.testing.assert_allclose(outputs, EXPECTED[name], rtol=1e-5, atol=1e-6)
    model.save(tmp_path / "again.keras")
    again = hornet.models.load_model(tmp_path / "again.keras")
    np.testing.assert_array_equal(again.predict(X, verbose=0), outputs)


@pytest.mark.parametrize("name", list(OF_STRINGS))
def test_models_of_strings_predict_what_keras_does(name, tmp_path):
    model = hornet.models.load_model(FOLDER / f"{name}.keras")
    rows = {"word": RAW["word"], "text": RAW["text"], "number": X[:4]} if name == "mixed" else RAW[name.rstrip("s")]
    outputs = model.predict(rows, verbose=0)
    np.testing.assert_allclose(outputs, OF_STRINGS[name], rtol=1e-5, atol=1e-6)
    model.save(tmp_path / "again.keras")
    again = hornet.models.load_model(tmp_path / "again.keras")
    np.testing.assert_array_equal(again.predict(rows, verbose=0), outputs)


@pytest.mark.parametrize("lines", [b"-1\nseven\n", b"-1\n7\n7\n", b"", b"\xff"])
def test_a_vocabulary_that_is_none_is_refused(lines, tmp_path):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(FOLDER / "plain.keras") as source, zipfile.ZipFile(path, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, lines if name.endswith("vocabulary.txt") else source.read(name))
    with pytest.raises(hornet.CorruptFileError, match="json"):
        hornet.models.load_model(path)
