"""Models that draw when they are evaluated and asked for predictions, not only when they are trained."""

import numpy as np
import pytest

import hornet
from hornet import callbacks, layers
from hornet.training import prediction
from hornet.training.pace import Pace
from hornet.training.program_cache import BoundProgram

X = np.zeros((70, 3), "float32")
Y = np.zeros((70, 1), "float32")


class Noise(layers.Layer):
    """Adds noise, drawn from the program's key."""

    def call(self, inputs):
        return inputs + hornet.random.normal(inputs.shape)


class NoiseOfAGenerator(layers.Layer):
    """Adds noise, drawn from a seed of its own, as Keras's guides write it."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.generator = hornet.random.SeedGenerator(1)

    def call(self, inputs):
        return inputs + hornet.random.normal(inputs.shape, seed=self.generator)


class AlwaysDropping(layers.Layer):
    """Drops in inference too, for samples of what the model might say (Gal & Ghahramani 2016)."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dropout = layers.Dropout(0.5)

    def call(self, inputs):
        return self.dropout(inputs + 1.0, training=True)


DRAWING = [Noise, NoiseOfAGenerator, AlwaysDropping]


def build(kind, last=True):
    hornet.utils.set_random_seed(0)
    model = hornet.Sequential([layers.Input((3,)), kind(), *[layers.Dense(1)] * last])
    model.compile(loss="mse", optimizer="sgd", metrics=["mae"])
    return model


@pytest.fixture(params=DRAWING, ids=lambda kind: kind.__name__)
def kind(request):
    return request.param


def watching(**hooks):
    return [callbacks.LambdaCallback(**{name: lambda batch, logs: None for name in hooks})]


# --- predict ------------------------------------------------------------------------------------------------


def test_each_prediction_draws_anew_and_a_seed_repeats_them(kind):
    model = build(kind)
    first, second = model.predict(X, verbose=0), model.predict(X, verbose=0)
    assert not np.array_equal(first, second)
    hornet.utils.set_random_seed(0)
    np.testing.assert_array_equal(model.predict(X, verbose=0), first)
    np.testing.assert_array_equal(model.predict(X, verbose=0), second)


def test_one_row_draws_anew_too(kind):
    model = build(kind, last=False)
    found = [model.predict(X[:1], verbose=0) for _ in range(4)]
    assert len({one.tobytes() for one in found}) > 1


def test_rows_differ_within_a_batch_and_between_batches(kind):
    outputs = build(kind, last=False).predict(X, batch_size=8, verbose=0).reshape(-1)
    if kind is AlwaysDropping:
        assert set(outputs.tolist()) == {0.0, 2.0}
        batches = outputs[:192].reshape(8, 24)
        assert len({one.tobytes() for one in batches}) == 8
    else:
        assert len(set(outputs.tolist())) == outputs.size


def test_rows_differ_between_pieces(kind, monkeypatch):
    monkeypatch.setattr(prediction, "_BLOCKS_ON_DEVICE", 2)
    pieces = build(kind, last=False).predict(X[:64], batch_size=8, verbose=0).reshape(4, -1)
    assert len({one.tobytes() for one in pieces}) == 4


def test_how_many_blocks_a_dispatch_holds_changes_no_draw(kind):
    model = build(kind)
    found = []
    for pace in (None, 1, 3):
        hornet.utils.set_random_seed(5)
        model.predict(X, batch_size=8, verbose=0)
        with pytest.MonkeyPatch.context() as patch:
            if pace is not None:
                patch.setattr(BoundProgram, "pace", Pace(pace, fixed=True))
            found.append(model.predict(X, batch_size=8, verbose=0))
    hornet.utils.set_random_seed(5)
    model.predict(X, batch_size=8, verbose=0)
    found.append(model.predict(X, batch_size=8, verbose=0, callbacks=watching(on_predict_batch_end=True)))
    for one in found[1:]:
        np.testing.assert_array_equal(one, found[0])


# --- evaluate -----------------------------------------------------------------------------------------------


def test_each_evaluation_draws_anew_and_a_seed_repeats_them(kind):
    model = build(kind)
    first, second = model.evaluate(X, Y, verbose=0), model.evaluate(X, Y, verbose=0)
    assert first != second
    hornet.utils.set_random_seed(0)
    assert model.evaluate(X, Y, verbose=0) == first
    assert model.evaluate(X, Y, verbose=0) == second


def test_batches_of_an_evaluation_draw_each_their_own(kind):
    model = build(kind)
    losses = []

    def note(batch, logs):
        losses.append(logs["loss"] * (batch + 1))  # the mean so far

    model.evaluate(
        X[:64], Y[:64], batch_size=8, verbose=0, callbacks=[callbacks.LambdaCallback(on_test_batch_end=note)]
    )
    assert len(set(np.diff(losses, prepend=0).round(5))) == 8


def test_how_many_batches_a_dispatch_holds_changes_no_result(kind):
    model = build(kind)
    found = []
    for pace, watched in [(None, False), (1, False), (3, False), (None, True)]:
        model.compile(loss="mse", optimizer="sgd", metrics=["mae"])
        hornet.utils.set_random_seed(5)
        hooks = watching(on_test_batch_end=True) if watched else None
        with pytest.MonkeyPatch.context() as patch:
            if pace:
                patch.setattr(BoundProgram, "pace", Pace(pace, fixed=True))
            found.append(model.evaluate(X, Y, batch_size=8, verbose=0, callbacks=hooks))
    assert found == [found[0]] * 4


def test_a_test_on_a_batch_draws_anew(kind):
    model = build(kind)
    found = []
    for _ in range(2):
        model.reset_metrics()
        found.append(model.test_on_batch(X, Y)[0])
    assert found[0] != found[1]


# --- beside training ----------------------------------------------------------------------------------------


def trained(kind, between):
    model = build(kind)
    history = model.fit(X + 1, Y, epochs=2, verbose=0).history["loss"]
    between(model)
    return history + model.fit(X + 1, Y, epochs=2, verbose=0).history["loss"], model.get_weights()


@pytest.mark.parametrize(
    "between",
    [lambda model: model.predict(X, verbose=0), lambda model: model.evaluate(X, Y, verbose=0)],
    ids=["predict", "evaluate"],
)
def test_inference_does_not_change_what_later_training_draws(kind, between):
    losses, weights = trained(kind, lambda model: None)
    other_losses, other_weights = trained(kind, between)
    assert losses == other_losses
    for one, other in zip(weights, other_weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_validation_draws_and_leaves_training_as_it_is(kind):
    losses, _ = trained(kind, lambda model: None)
    model = build(kind)
    history = model.fit(X + 1, Y, epochs=2, validation_data=(X, Y), verbose=0).history
    assert history["loss"] == losses[:2]
    assert np.isfinite(history["val_loss"]).all()
    assert history["val_loss"][0] > 0


@pytest.mark.filterwarnings("ignore:.*has no weights to train")
def test_training_draws_anew_at_every_step(kind):
    model = build(kind)
    model.layers[-1].trainable = False
    model.compile(loss="mse", optimizer="sgd")
    losses = model.fit(X, Y, epochs=4, verbose=0).history["loss"]
    assert len(set(losses)) == 4
