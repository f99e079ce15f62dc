"""Files of lookup layers, made by make_lookup_files.py with Keras on TensorFlow, open here."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

import hornet

FOLDER = Path(__file__).parent / "lookup_files"
EXPECTED = dict(np.load(FOLDER / "expected.npz"))
X = EXPECTED.pop("x")


@pytest.mark.parametrize("name", list(EXPECTED))
def test_outputs_are_those_of_keras(name, tmp_path):
    model = hornet.models.load_model(FOLDER / f"{name}.keras")
    outputs = model.predict(X, verbose=0)
    np.testing.assert_allclose(outputs, EXPECTED[name], rtol=1e-5, atol=1e-6)
    model.save(tmp_path / "again.keras")
    again = hornet.models.load_model(tmp_path / "again.keras")
    np.testing.assert_array_equal(again.predict(X, verbose=0), outputs)


def test_a_model_of_strings_is_refused():
    with pytest.raises(hornet.CorruptFileError, match=r"config\.json.*not 'string'.*XLA has no strings"):
        hornet.models.load_model(FOLDER / "words.keras")


@pytest.mark.parametrize("lines", [b"-1\nseven\n", b"-1\n7\n7\n", b"", b"\xff"])
def test_a_vocabulary_that_is_none_is_refused(lines, tmp_path):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(FOLDER / "plain.keras") as source, zipfile.ZipFile(path, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, lines if name.endswith("vocabulary.txt") else source.read(name))
    with pytest.raises(hornet.CorruptFileError, match="json"):
        hornet.models.load_model(path)
