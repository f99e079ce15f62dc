"""One short run through each gear and each door of the package: what `make check` runs before a commit."""

import numpy as np
import pytest

import hornet as keras
from hornet.training import pace

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 3)).astype("float32")
Y = X.sum(axis=1)


def compiled(seed=3):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse", metrics=["mae"])
    return model


class Watcher(keras.callbacks.Callback):
    """Overrides a batch hook, so that each batch is a dispatch of its own."""

    def __init__(self):
        super().__init__()
        self.batches = 0

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1


@pytest.fixture(scope="module")
def whole():
    model = compiled()
    history = model.fit(X, Y, epochs=3, validation_split=0.2, verbose=0)
    return model, history


def test_whole_epochs_learn(whole):
    _, history = whole
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert set(history.history) == {"loss", "mae", "val_loss", "val_mae"}


def test_chunks_of_an_epoch_end_in_the_same_weights(whole, monkeypatch):
    monkeypatch.setattr(pace, "SECONDS", 0.0)
    model = compiled()
    model.fit(X, Y, epochs=3, validation_split=0.2, verbose=0)
    for ours, expected in zip(model.get_weights(), whole[0].get_weights(), strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_single_steps_end_in_the_same_weights(whole):
    model, watcher = compiled(), Watcher()
    model.fit(X, Y, epochs=3, validation_split=0.2, verbose=0, callbacks=[watcher])
    assert watcher.batches == 6
    for ours, expected in zip(model.get_weights(), whole[0].get_weights(), strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_a_saved_model_predicts_the_same(whole, tmp_path):
    model, _ = whole
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    assert again.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)
