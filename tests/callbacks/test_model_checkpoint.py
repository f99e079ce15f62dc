import os

import keras
import numpy as np
import pytest

import hornet
from hornet import callbacks, layers

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's

X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
Y = X[:, :1]
VALUES = [0.9, 0.7, 0.8, 0.6, 0.65]


def fit(library, *followers, epochs=5, values=VALUES):
    class Setter(library.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["val_loss"] = values[epoch]

    library.utils.set_random_seed(0)
    model = library.Sequential([library.Input((3,)), library.layers.Dense(1, kernel_initializer="ones")])
    model.compile(loss="mse", optimizer="sgd")
    model.fit(X, Y, batch_size=8, epochs=epochs, verbose=0, callbacks=[Setter(), *followers])
    return model


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("m.h5", {}),
        ("m.keras", {"save_best_only": True}),
        ("{epoch:02d}-{val_loss:.2f}.keras", {}),
        ("{epoch:02d}-{val_loss:.2f}.keras", {"save_best_only": True}),
        ("{epoch}.weights.h5", {"save_weights_only": True, "save_best_only": True, "mode": "max"}),
        ("{epoch}.keras", {"save_best_only": True, "initial_value_threshold": 0.65}),
        ("{epoch}-{batch}.weights.h5", {"save_weights_only": True, "save_freq": 4}),
        ("{epoch}-{batch}.keras", {"save_freq": 7}),
    ],
)
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_the_same_files_appear_as_in_keras(tmp_path, name, arguments, oracle):
    def files(library):
        folder = tmp_path / library.__name__
        folder.mkdir()
        fit(library, library.callbacks.ModelCheckpoint(folder / name, **arguments))
        return np.array(sorted(os.listdir(folder)), "U")

    (expected,) = oracle("files", lambda: files(keras))
    np.testing.assert_array_equal(files(hornet), expected)


def test_the_best_model_is_what_is_in_the_file(tmp_path):
    weights = []
    keep = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: weights.append(model_of[0].get_weights()))
    model_of = []

    class Note(callbacks.Callback):
        def on_train_begin(self, logs=None):
            model_of.append(self.model)

    fit(hornet, Note(), keep, callbacks.ModelCheckpoint(tmp_path / "m.h5", save_best_only=True))
    loaded = hornet.models.load_model(tmp_path / "m.h5")
    for one, other in zip(loaded.get_weights(), weights[3], strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_done_is_printed_when_asked(tmp_path, capsys):
    fit(hornet, callbacks.ModelCheckpoint(tmp_path / "m.keras", save_best_only=True, verbose=1), epochs=3)
    printed = capsys.readouterr().out
    assert "Epoch 1: val_loss improved to 0.90000, saving model to" in printed
    assert "Epoch 2: val_loss improved from 0.90000 to 0.70000" in printed
    assert "Epoch 3: val_loss did not improve from 0.70000" in printed


def test_a_number_of_batches_leaves_the_gear_alone(tmp_path):
    followers = callbacks.CallbackList(callbacks.ModelCheckpoint(tmp_path / "m.keras", save_freq=3))
    assert not followers.watches_train_batches
    assert followers.batches_until_due == 3


def test_a_resumed_run_knows_what_was_best(tmp_path):
    path = tmp_path / "m.keras"
    fit(
        hornet,
        callbacks.ModelCheckpoint(path, save_best_only=True),
        callbacks.RunCheckpoint(tmp_path / "run"),
        epochs=2,
    )
    before = path.stat().st_mtime_ns
    checkpoint = callbacks.ModelCheckpoint(path, save_best_only=True)
    fit(hornet, checkpoint, callbacks.RunCheckpoint(tmp_path / "run"), epochs=3)
    assert checkpoint.best == 0.7
    assert path.stat().st_mtime_ns == before


def test_folders_are_made(tmp_path):
    fit(hornet, callbacks.ModelCheckpoint(tmp_path / "a" / "b" / "m.keras"), epochs=1)
    assert (tmp_path / "a" / "b" / "m.keras").exists()


def test_an_unknown_name_in_the_path_is_named_with_the_nearest(tmp_path):
    with pytest.raises(ValueError, match=r"names 'val_los', which is unknown\. Did you mean 'val_loss'"):
        fit(hornet, callbacks.ModelCheckpoint(tmp_path / "{val_los}.keras"))


@pytest.mark.parametrize("name", ["model", "model.txt"])
def test_a_suffix_that_says_nothing_is_refused(name):
    with pytest.raises(ValueError, match=r"does not say how to save a whole model\. End it in \.keras or \.h5"):
        callbacks.ModelCheckpoint(name)


def test_weights_alone(tmp_path):
    model = fit(hornet, callbacks.ModelCheckpoint(tmp_path / "w.weights.h5", save_weights_only=True))
    other = hornet.Sequential([hornet.Input((3,)), layers.Dense(1)])
    other.load_weights(tmp_path / "w.weights.h5")
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
