"""Training goes on from the same optimizer state, in a file to Keras and from Keras, for every optimizer."""

import importlib.util
from pathlib import Path

import keras
import numpy as np
import pytest
from tests.tables import instances

import hornet

spec = importlib.util.spec_from_file_location(
    "optimizer_laws", Path(__file__).parents[1] / "optimizers" / "test_laws.py"
)
laws = importlib.util.module_from_spec(spec)
spec.loader.exec_module(laws)

X = np.random.default_rng(0).normal(size=(24, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
BOTH_WAYS = pytest.mark.parametrize(
    ("writer", "reader"), [(hornet, keras), (keras, hornet)], ids=["to-keras", "from-keras"]
)
IGNORED = pytest.mark.filterwarnings("ignore")  # of Keras's own


def chosen():
    """Return a plain case of each optimizer, and each whose settings change what is remembered."""
    seen = set()
    for name, arguments, slots in laws.CASES:
        added = tuple(one for one in ("use_ema", "gradient_accumulation_steps", "clipnorm") if one in arguments)
        key = (name, slots, added, isinstance(arguments.get("learning_rate"), tuple))
        if key not in seen:
            seen.add(key)
            yield name, arguments


# Whose state is laid out in a way of its own, and a plain one; every other optimizer runs in `make test-all`.
LAYOUTS = ("SGD", "Adam", "RMSprop", "Adafactor", "Nadam")
ALL = instances(("name", "arguments"), chosen())
WITH_KERAS = instances(
    ("name", "arguments"),
    [case if case[0] in LAYOUTS else pytest.param(*case, marks=pytest.mark.full) for case in chosen()],
)


def model_of(library, optimizer):
    model = library.Sequential([library.Input((3,)), library.layers.Dense(2, "tanh"), library.layers.Dense(1)])
    model.compile(loss="mse", optimizer=optimizer)
    return model


def train(model):
    model.fit(X, Y, batch_size=8, epochs=1, shuffle=False, verbose=0)
    return model.get_weights()


def start():
    rng = np.random.default_rng(3)
    return [rng.normal(size=shape).astype("float32") for shape in ((3, 2), (2,), (2, 1), (1,))]


def check(writer, reader, optimizer, path):
    model = model_of(writer, optimizer)
    model.set_weights(start())
    train(model)
    model.save(path)
    other = reader.saving.load_model(path)
    ours, theirs = train(model), train(other)
    for one, two in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, two, rtol=2e-4, atol=2e-6)  # float32 in another order, over three steps
    return other


@IGNORED
@BOTH_WAYS
@WITH_KERAS
def test_training_goes_on(writer, reader, name, arguments, tmp_path):
    if writer is keras and arguments.get("use_ema"):
        pytest.skip("Keras's own run cannot go on: the weights and their averages share buffers, which it donates")
    check(writer, reader, laws.build(writer.optimizers, name, arguments), tmp_path / "model.keras")


@IGNORED
@BOTH_WAYS
def test_training_goes_on_with_optimizers_around_others(writer, reader, tmp_path):
    inner = writer.optimizers.Adam(0.1)
    scaled = writer.optimizers.LossScaleOptimizer(inner, initial_scale=8.0)
    other = check(writer, reader, scaled, tmp_path / "scaled.keras")
    assert int(other.optimizer.iterations) == 6
    several = writer.optimizers.MultiOptimizer(
        writer.optimizers.OptimizerMap(writer.optimizers.SGD(0.1, momentum=0.9), {".*bias": writer.optimizers.Adam()})
    )
    check(writer, reader, several, tmp_path / "several.keras")


@IGNORED
@pytest.mark.parametrize("suffix", ["keras", "h5"])
@ALL
def test_training_goes_on_bit_for_bit_here(name, arguments, suffix, tmp_path):
    model = model_of(hornet, laws.build(hornet.optimizers, name, arguments))
    train(model)
    model.save(tmp_path / f"model.{suffix}")
    other = hornet.saving.load_model(tmp_path / f"model.{suffix}")
    for one, two in zip(train(model), train(other), strict=True):
        np.testing.assert_array_equal(one, two)


@IGNORED
@pytest.mark.parametrize(
    "optimizer",
    [
        ("Adam", {"clipnorm": 1.0}),
        pytest.param(("SGD", {"momentum": 0.9}), marks=pytest.mark.full),
        pytest.param(("RMSprop", {}), marks=pytest.mark.full),
    ],
)
def test_what_keras_cannot_load_of_its_own_loads_here(optimizer, tmp_path):
    name, arguments = optimizer
    model = model_of(keras, laws.build(keras.optimizers, name, arguments))
    train(model)
    model.save(tmp_path / "model.h5")
    with pytest.raises(Exception, match=r"mse|."):
        keras.saving.load_model(tmp_path / "model.h5").fit(X, Y, verbose=0)
    other = hornet.saving.load_model(tmp_path / "model.h5")
    for one, two in zip(train(model), train(other), strict=True):
        np.testing.assert_allclose(one, two, rtol=2e-4, atol=2e-6)


@IGNORED
def test_our_h5_files_open_in_keras_compiled(tmp_path):
    model = model_of(hornet, hornet.optimizers.Adam(clipnorm=1.0))
    train(model)
    model.save(tmp_path / "model.h5")
    other = keras.saving.load_model(tmp_path / "model.h5")
    np.testing.assert_allclose(other.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-5, atol=1e-6)
