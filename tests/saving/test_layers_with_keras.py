"""Every layer of the laws' table goes to Keras in a file and comes back from there, with the same outputs."""

import importlib.util
from pathlib import Path

import jax
import keras
import numpy as np
import pytest

import hornet
from hornet import layers

spec = importlib.util.spec_from_file_location("layer_laws", Path(__file__).parents[1] / "layers" / "test_laws.py")
laws = importlib.util.module_from_spec(spec)
spec.loader.exec_module(laws)

TWINS = [case for case in laws.CASES if laws.has_a_twin(case, False) and case[0] != "Lambda"]
LAST = {case[0]: case for case in TWINS}
CASES = [case for place, case in enumerate(TWINS) if case is LAST[case[0]] or case[0] != TWINS[place - 1][0]]
"""Of each layer that computes in Keras without TensorFlow, the first and the last."""


def layer_of(library, name, arguments, shape):
    ours = laws.plain(name, arguments)
    if laws.learns(name, arguments):
        ours.adapt(laws.data(shape, seed=7))
    return ours if library is hornet else getattr(library.layers, name).from_config(ours.get_config())


def model_of(library, cases):
    """Return a model with every case as a branch of its own; weights and statistics are no round numbers."""
    inputs, outputs = [], []
    for name, arguments, shape in cases:
        shapes = shape if isinstance(shape, list) else [shape]
        dtype = "int32" if isinstance(shape, laws.Integers) else "float32"
        own = [library.Input(one[1:], dtype=dtype) for one in shapes]
        layer = layer_of(library, name, arguments, shape)
        outputs.append(layer(own if isinstance(shape, list) else own[0]))
        inputs.extend(own)
    model = library.Model(inputs, outputs)
    rng = np.random.default_rng(1)
    for variable in model.weights:
        variable.assign(rng.uniform(0.5, 1.5, variable.shape))
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # it computes with what it made of its weights here
    return model


def inputs_for(cases):
    return [jax.numpy.asarray(one) for case in cases for one in jax.tree.leaves(laws.data(case[2]))]


def reset_batch(inputs):
    rows = min(len(one) for one in inputs)
    return [one[:rows] for one in inputs]


WEIGHTY = ("Batch", "Conv", "Dense", "Depth", "Einsum", "Embed", "Norm", "PReLU", "Sep", "Spec", "Time")
OF_EACH_WEIGHTY = [case for case in LAST.values() if case[0].startswith(WEIGHTY)]
BOTH_WAYS = pytest.mark.parametrize(
    ("writer", "reader"), [(hornet, keras), (keras, hornet)], ids=["to-keras", "from-keras"]
)


@pytest.mark.filterwarnings("ignore")  # of Keras's own
@pytest.mark.parametrize(("cases", "suffix"), [(CASES, "keras"), (OF_EACH_WEIGHTY, "h5")], ids=["keras", "h5"])
@BOTH_WAYS
def test_layers_compute_the_same_on_the_other_side(writer, reader, cases, suffix, tmp_path):
    model = model_of(writer, cases)
    model.save(tmp_path / f"model.{suffix}")
    other = reader.saving.load_model(tmp_path / f"model.{suffix}")
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    x = reset_batch(inputs_for(cases))
    for case, ours, theirs in zip(cases, model(x), other(x), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6, err_msg=str(case))


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_every_layer_comes_back(suffix, tmp_path):
    cases = [case for case in laws.CASES if laws.may_be_in_a_program(case) and case[0] not in ("InputLayer", "Lambda")]
    model = model_of(hornet, cases)
    path = tmp_path / f"model.{suffix}"
    model.save(path)
    again = hornet.saving.load_model(path)
    x = reset_batch(inputs_for(cases))
    for case, one, two in zip(cases, model(x), again(x), strict=True):
        np.testing.assert_array_equal(one, two, err_msg=str(case))


@pytest.mark.parametrize("mode", ["int", "tf_idf"])
def test_vocabularies_come_back(mode, tmp_path):
    layer = layers.IntegerLookup(output_mode=mode)
    layer.adapt([[3, 1, 3], [4, 4, 4]])
    model = hornet.Sequential([hornet.Input((3,), dtype="int32"), layer])
    model.save(tmp_path / "model.keras")
    x = np.array([[3, 1, 9]])
    np.testing.assert_array_equal(hornet.saving.load_model(tmp_path / "model.keras")(x), model(x))
