"""Keras, the oracle of the parity tests, runs on JAX."""

import os

os.environ["KERAS_BACKEND"] = "jax"
