import pytest

import hornet
from hornet import callbacks


class Seen(callbacks.Periodic):
    def __init__(self, save_freq="epoch"):
        super().__init__(save_freq)
        self.calls = []

    def on_due(self, epoch, batch, logs):
        self.calls.append((epoch, batch, sorted(logs)))


def fit(*followers, **options):
    model = hornet.Sequential([hornet.layers.Dense(1, input_shape=(2,))])
    model.compile(loss="mse", optimizer="sgd")
    model.fit([[0.0, 1.0]] * 10, [1.0] * 10, batch_size=2, verbose=0, callbacks=list(followers), **options)


def test_batches_are_counted_through_epochs():
    fit(three := Seen(3), four := Seen(4), epoch := Seen(), epochs=3)
    assert three.calls == [(0, 2, ["loss"]), (1, 0, ["loss"]), (1, 3, ["loss"]), (2, 1, ["loss"]), (2, 4, ["loss"])]
    assert four.calls == [(0, 3, ["loss"]), (1, 2, ["loss"]), (2, 1, ["loss"])]
    assert epoch.calls == []


def test_beside_a_callback_that_watches_batches_the_count_is_the_same():
    watcher = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    fit(alone := Seen(3), epochs=3)
    fit(beside := Seen(3), watcher, epochs=3)
    assert beside.calls == alone.calls


@pytest.mark.parametrize("save_freq", [0, -1, 1.5, "batch", None])
def test_other_frequencies_are_refused(save_freq):
    with pytest.raises((TypeError, ValueError), match="`save_freq` must be"):
        callbacks.Periodic(save_freq)


def test_its_state_goes_on_counting():
    first, second = Seen(3), Seen(3)
    fit(first)
    second.set_state(first.get_state())
    assert second.batches_until_due == first.batches_until_due == 1
