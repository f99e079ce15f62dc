import keras
import numpy as np
import pytest

import hornet
from hornet import callbacks

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's

X = np.random.default_rng(0).normal(size=(64, 2)).astype("float32")


def fit(library, *followers, epochs=3):
    model = library.Sequential([library.Input((2,)), library.layers.Dense(1, kernel_initializer="ones")])
    model.compile(loss="mse", optimizer=library.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.8))
    history = model.fit(
        X, X[:, :1], epochs=epochs, verbose=0, shuffle=False, validation_data=(X, X[:, :1]), callbacks=list(followers)
    )
    return model, history.history


@pytest.mark.parametrize("swap_on_epoch", [False, True])
def test_validation_sees_the_averages_as_in_keras(swap_on_epoch, oracle):
    def train(library):
        model, history = fit(library, library.callbacks.SwapEMAWeights(swap_on_epoch))
        return [np.array(history["loss"]), np.array(history["val_loss"]), *model.get_weights()]

    for one, two in zip(train(hornet), oracle("run", lambda: train(keras)), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4)


def test_callbacks_after_it_find_the_averages():
    seen = {}

    class Look(callbacks.Callback):
        def __init__(self, name):
            self.name = name

        def on_epoch_end(self, epoch, logs=None):
            seen.setdefault(self.name, []).append(self.model.get_weights()[0])

    fit(hornet, Look("before"), callbacks.SwapEMAWeights(swap_on_epoch=True), Look("after"))
    fit(hornet, Look("plain"))
    np.testing.assert_array_equal(seen["before"], seen["plain"])
    assert not np.allclose(seen["after"], seen["plain"], rtol=1e-3)


def test_it_needs_averages():
    model = hornet.Sequential([hornet.layers.Dense(1, input_shape=(2,))])
    model.compile(loss="mse", optimizer="sgd")
    with pytest.raises(ValueError, match="keeps no moving averages"):
        model.fit(X, X[:, :1], verbose=0, validation_split=0.5, callbacks=[callbacks.SwapEMAWeights()])
