"""Keras, the oracle of the parity tests, runs on JAX; Hornet makes its settings before JAX starts."""

import os

os.environ["KERAS_BACKEND"] = "jax"

import hornet  # noqa: F401  (whichever test is collected first, programs are hoisted as in a user's process)


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes several seconds; `-m 'not slow'` leaves it out")
