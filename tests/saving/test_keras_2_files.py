"""Files of Keras 2, made by make_keras_2_files.py, open here."""

from pathlib import Path

import jax
import numpy as np
import pytest

import hornet

FOLDER = Path(__file__).parent / "keras_2_files"
EXPECTED = np.load(FOLDER / "expected.npz")
X = EXPECTED["x"]
INPUTS = {"graph": [X, X], "image": EXPECTED["pictures"], "archive": X}


@pytest.mark.parametrize("name", ["adam.h5", "old_adam.h5", "rmsprop.h5", "graph.h5", "image.h5", "archive.keras"])
def test_outputs_are_those_of_keras_2(name):
    model = hornet.models.load_model(FOLDER / name)
    stem = Path(name).stem
    expected = EXPECTED["adam" if stem == "archive" else stem]
    outputs = model.predict(INPUTS.get(stem, X), verbose=0)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["adam.h5", "old_adam.h5", "rmsprop.h5", "graph.h5", "archive.keras"])
def test_the_optimizer_goes_on(name):
    model = hornet.models.load_model(FOLDER / name)
    assert model.optimizer.iterations == 2
    kernel = model.trainable_variables[0]
    path = next(path for path, one in model._optimizer_state.slots.items() if path)
    assert all(np.abs(slot).max() > 0 for slot in model._optimizer_state.slots[path].values())
    before = np.array(kernel)
    inputs = [X, X] if name.startswith("graph") else X
    history = model.fit(inputs, X.sum(axis=1), epochs=1, verbose=0).history
    assert set(history) == {"loss", "mae"}
    assert not np.array_equal(before, kernel)


def test_both_kinds_of_adam_remember_the_same():
    new, old = (hornet.models.load_model(FOLDER / name)._optimizer_state.slots for name in ("adam.h5", "old_adam.h5"))
    for one, two in zip(jax.tree.leaves(new), jax.tree.leaves(old), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-3, atol=1e-6)


def test_weights_of_keras_2_fill_a_model():
    model = hornet.models.load_model(FOLDER / "adam.h5", compile=False)
    assert model.optimizer is None
    twin = hornet.models.clone_model(model)
    twin.load_weights(FOLDER / "weights.h5")
    np.testing.assert_array_equal(twin.predict(X, verbose=0), model.predict(X, verbose=0))


def test_a_metric_is_resolved_anew_by_the_labels():
    model = hornet.models.load_model(FOLDER / "image.h5")
    results = model.evaluate(INPUTS["image"], np.array([0, 2]), verbose=0, return_dict=True)
    assert set(results) == {"loss", "accuracy"}
