"""Honest files: as many and as large as those that must not be mistaken for hostile ones."""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import jax
import numpy as np

import hornet
from hornet import layers

LARGE = 22_400
"""The width of a layer with 2 GB of weights."""
TOLERANCE = 1e-4


def keras_files() -> Iterator[str]:
    """Have Keras write a model around each layer of the tests' table; load it, and compare predictions."""
    import keras

    root = str(Path(__file__).parents[2])
    if root not in sys.path:
        sys.path.insert(0, root)
    tests: Any = import_module("tests.saving.test_layers_with_keras")
    jobs = [(case, "keras") for case in tests.TWINS] + [(case, "h5") for case in tests.OF_EACH_WEIGHTY]
    equal = 0
    with tempfile.TemporaryDirectory() as folder:
        for case, suffix in jobs:
            path = os.path.join(folder, f"m.{suffix}")
            theirs, x = tests.model_of(keras, [case]), tests.inputs_for([case])
            theirs.save(path)
            expected = jax.tree.leaves(theirs.predict(x, verbose=0))
            try:
                found = jax.tree.leaves(hornet.models.load_model(path).predict(x, verbose=0))
            except Exception as error:
                yield f"{case} in .{suffix} FAILED: {type(error).__name__}: {error}"
                continue
            is_equal = all(np.allclose(*pair, atol=TOLERANCE) for pair in zip(expected, found, strict=True))
            equal += is_equal
            if not is_equal:
                yield f"{case} in .{suffix} predicts OTHERWISE"
    yield f"{equal} of {len(jobs)} files of Keras load and predict the same"


def large() -> Iterator[str]:
    """Save and load 2 GB of weights in each format, the honest twin of small files that ask for much."""
    wide = layers.Dense(LARGE, kernel_initializer="zeros")
    model = hornet.Sequential([layers.Input((LARGE,)), wide])
    kernel = wide.kernel
    kernel.assign(np.full(kernel.shape, 0.5, "float32"))
    with tempfile.TemporaryDirectory() as folder:
        for name in ("m.keras", "m.h5", "m.weights.h5", "m.weights.json", "m.safetensors"):
            path = os.path.join(folder, name)
            begun = time.perf_counter()
            if name in ("m.keras", "m.h5"):
                model.save(path)
                loaded: Any = hornet.models.load_model(path)
            else:
                model.save_weights(path, max_shard_size=2 if name.endswith("json") else None)
                kernel.assign(np.zeros(kernel.shape, "float32"))
                model.load_weights(path)
                loaded = model
            held = sum(os.path.getsize(os.path.join(folder, one)) for one in os.listdir(folder)) / 1e9
            is_equal = bool((loaded.get_weights()[0] == 0.5).all())
            took = time.perf_counter() - begun
            yield f"{name}: {held:.2f} GB, {'equal' if is_equal else 'DIFFERENT'}, saved and loaded in {took:.0f} s"
            del loaded
            for one in os.listdir(folder):
                os.unlink(os.path.join(folder, one))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    yield f"peak of memory: {peak:.1f} GB"
