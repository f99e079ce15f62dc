"""Writes a small file of each format for tests/saving/test_golden.py: `python tests/saving/make_golden.py FOLDER`.

Run it once for each new version of a format, into a folder of its own; what is there stays as it is.
"""

import sys
from pathlib import Path

import numpy as np

import hornet
from hornet import layers


def data():
    x = np.arange(24, dtype="float32").reshape(8, 3) / 24
    return x, x.sum(axis=1)


def model():
    made = hornet.Sequential(
        [hornet.Input((3,)), layers.Dense(4, "relu", name="hidden"), layers.Dense(1, name="out")], name="golden"
    )
    made.compile(optimizer="adam", loss="mse", metrics=["mae"])
    return made


def write(folder):
    """Write a trained model in each format, and its weights, state and predictions as plain arrays."""
    hornet.utils.set_random_seed(3)
    made, (x, y) = model(), data()
    made.fit(x, y, batch_size=4, epochs=2, verbose=0, resume=folder / "run")
    made.save(folder / "model.keras")
    made.save(folder / "model.h5")
    made.save_weights(folder / "w.weights.h5")
    made.save_weights(folder / "w.safetensors")
    made.save_weights(folder / "parts.weights.json", max_shard_size=1e-7)
    expected = {f"weight{number}": array for number, array in enumerate(made.get_weights())}
    np.savez(folder / "expected.npz", **expected, steps=4)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
