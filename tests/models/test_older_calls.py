"""The calls of models that older Keras had."""

import numpy as np

import hornet
from hornet import layers

rng = np.random.default_rng(0)
X = rng.normal(size=(12, 3)).astype("float32")
Y = X.sum(axis=1)


def batches():
    while True:
        for start in (0, 4, 8):
            yield X[start : start + 4], Y[start : start + 4]


def model():
    made = hornet.Sequential([layers.Dense(1, kernel_initializer="ones", input_shape=(3,))])
    made.compile("sgd", "mse", metrics=["mae"])
    return made


def test_generators_go_into_the_older_calls():
    older, newer = model(), model()
    history = older.fit_generator(batches(), steps_per_epoch=3, epochs=2, verbose=0, workers=2)
    expected = newer.fit(batches(), steps_per_epoch=3, epochs=2, verbose=0)
    assert history.history == expected.history
    assert older.evaluate_generator(batches(), steps=3) == newer.evaluate(batches(), steps=3, verbose=0)
    rows = (x for x, _ in batches())
    np.testing.assert_array_equal(older.predict_generator(rows, steps=3), older.predict(X, verbose=0))


def test_states_are_reset_of_all_layers():
    made = hornet.Sequential([hornet.Input(batch_shape=(2, 3, 1)), layers.LSTM(4, stateful=True)])
    x = rng.normal(size=(2, 3, 1)).astype("float32")
    first = made.predict(x, batch_size=2, verbose=0)
    assert not np.allclose(made.predict(x, batch_size=2, verbose=0), first)
    made.reset_states()
    np.testing.assert_allclose(made.predict(x, batch_size=2, verbose=0), first, rtol=1e-6)
