"""A model that one thread trains and others look at."""

import io
import threading

import numpy as np
import pytest

import hornet
from hornet import callbacks, layers


class Equal(layers.Layer):
    """Thirty weights that count the steps, as numbers that rounding does not touch."""

    def build(self, input_shape):
        self.each = [self.add_weight(name=f"w{number}", shape=(), initializer="zeros") for number in range(30)]

    def call(self, inputs):
        return inputs * sum(self.each)


def compiled():
    model = hornet.Sequential([layers.Input((1,)), Equal()])
    model.compile(hornet.optimizers.SGD(1.0), lambda y_true, y_pred: -y_pred[:, 0])
    return model


class Watched(callbacks.Callback):
    """Has every batch dispatched by itself."""

    def on_train_batch_end(self, batch, logs=None):
        pass


def saved(model):
    file = io.BytesIO()
    model.save_weights(file)
    file.seek(0)
    copy = compiled()
    copy.load_weights(file)
    return copy.get_weights()


@pytest.mark.parametrize("look", [hornet.Model.get_weights, saved], ids=["get_weights", "save_weights"])
def test_a_look_from_another_thread_sees_whole_steps(look):
    model, seen, ended = compiled(), [], threading.Event()

    def watch():
        while not ended.is_set():
            seen.append(look(model))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        model.fit(np.ones((4, 1)), np.ones(4), batch_size=1, epochs=100, verbose=0, callbacks=[Watched()])
    finally:
        ended.set()
        watcher.join()
    assert len({float(weights[0]) for weights in seen}) > 1
    assert all(len(set(map(float, weights))) == 1 for weights in seen)


def test_two_threads_do_not_train_one_model_at_a_time():
    model, errors = compiled(), []

    def train():
        try:
            model.fit(np.ones((4, 1)), np.ones(4), verbose=0)
        except RuntimeError as error:
            errors.append(str(error))

    class Second(callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            other = threading.Thread(target=train)
            other.start()
            other.join()

    model.fit(np.ones((4, 1)), np.ones(4), epochs=2, verbose=0, callbacks=[Second()])
    assert len(errors) == 2
    assert "is being trained by another thread" in errors[0]
    model.fit(np.ones((4, 1)), np.ones(4), verbose=0)
