import numpy as np
import pytest

import hornet
from hornet import callbacks

pytestmark = pytest.mark.filterwarnings("ignore:The loss became")

X = np.ones((64, 2), "float32")


def explode(*followers, epochs=50):
    model = hornet.Sequential([hornet.layers.Dense(1, input_shape=(2,))])
    model.compile(loss="mse", optimizer=hornet.optimizers.SGD(1e20))
    return model.fit(X, X.sum(axis=1), epochs=epochs, verbose=0, callbacks=list(followers))


def test_it_stops_in_the_epoch_of_the_first_bad_loss(capsys):
    assert len(explode(callbacks.TerminateOnNaN()).epoch) == 1
    assert "Invalid loss, terminating training" in capsys.readouterr().out


def test_it_may_raise():
    ended = []
    other = callbacks.LambdaCallback(on_train_end=lambda logs: ended.append(True))
    with pytest.raises(RuntimeError, match="The loss became"):
        explode(callbacks.TerminateOnNaN(raise_error=True), other)
    assert not ended


def test_it_leaves_the_gear_alone():
    assert not callbacks.CallbackList(callbacks.TerminateOnNaN()).watches_train_batches
