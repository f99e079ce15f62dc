"""Every layer of the laws' table goes to Keras in a file and comes back from there, with the same outputs."""

import jax
import keras
import numpy as np
import pytest
from tests.layers import cases as table

import hornet
from hornet import layers

OUTSIDE_GRAPHS = ("Equalization", "Lambda")  # the first Keras cannot record, the second is code
TWINS = [case for case in table.CASES if case.has_a_twin(training=False) and case.name not in OUTSIDE_GRAPHS]
FIRST = {case.name: case for case in reversed(TWINS)}
LAST = {case.name: case for case in TWINS}
FIRST_AND_LAST = [case for case in TWINS if case in (FIRST[case.name], LAST[case.name])]
"""Of each layer that computes in Keras without TensorFlow."""
OTHER_RANKS = ("1D", "3D", "Conv2DTranspose")
"""Classes with a sibling that has the same weights but for an axis."""
WEIGHTY = (
    "Attention",
    "Batch",
    "Bidirectional",
    "Conv",
    "Dense",
    "Depth",
    "Einsum",
    "Embed",
    "GRU",
    "Group",
    "LSTM",
    "Multi",
    "Norm",
    "PReLU",
    "RNN",
    "Sep",
    "SimpleRNN",
    "Spec",
    "Time",
)
OF_EACH_WEIGHTY = [case for case in LAST.values() if case.name.startswith(WEIGHTY)]
SOME_WEIGHTY = [case for case in OF_EACH_WEIGHTY if not case.name.endswith(OTHER_RANKS)]
LEFT_OUT = ("InputLayer", "Lambda", *table.OWN)
OURS = [case for case in table.CASES if case.may_be_in_a_program and case.name not in LEFT_OUT]
OURS_WITH_STATE = [
    case for case in {case.name: case for case in OURS}.values() if case.name.startswith(WEIGHTY) or case.learns
]


def layer_of(library, case):
    ours = case.plain()
    if case.learns:
        ours.adapt(case.data(seed=7))
    return ours if library is hornet else getattr(library.layers, case.name).from_config(ours.get_config())


def model_of(library, cases):
    """Return a model with every case as a branch of its own; weights and statistics are no round numbers."""
    inputs, outputs = [], []
    for case in cases:
        shapes = case.shape if isinstance(case.shape, list) else [case.shape]
        dtype = "int32" if isinstance(case.shape, table.Integers) else "float32"
        own = [library.Input(one[1:], dtype=dtype) for one in shapes]
        layer = layer_of(library, case)
        outputs.append(case.called(layer, own if isinstance(case.shape, list) else own[0]))
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
    return [one for case in cases for one in jax.tree.leaves(case.data(rows=2))]


@pytest.mark.filterwarnings("ignore")  # of Keras's own
@pytest.mark.parametrize(
    ("cases", "suffix"),
    [
        pytest.param(SOME_WEIGHTY, "keras", id="keras"),
        pytest.param(SOME_WEIGHTY, "h5", id="h5"),
        pytest.param(OF_EACH_WEIGHTY, "h5", id="each-in-h5", marks=pytest.mark.full),
        pytest.param(FIRST_AND_LAST, "keras", id="first-and-last", marks=pytest.mark.full),
    ],
)
@pytest.mark.parametrize(("writer", "reader"), [(hornet, keras), (keras, hornet)], ids=["to-keras", "from-keras"])
def test_layers_compute_the_same_on_the_other_side(writer, reader, cases, suffix, tmp_path):
    model = model_of(writer, cases)
    model.save(tmp_path / f"model.{suffix}")
    other = reader.saving.load_model(tmp_path / f"model.{suffix}")
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    x = inputs_for(cases)
    for case, ours, theirs in zip(cases, model.predict_on_batch(x), other.predict_on_batch(x), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6, err_msg=str(case))


@pytest.mark.parametrize(
    "cases", [pytest.param(OURS_WITH_STATE, id="state"), pytest.param(OURS, id="every", marks=pytest.mark.full)]
)
@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_every_layer_comes_back(suffix, cases, tmp_path):
    model = model_of(hornet, cases)
    path = tmp_path / f"model.{suffix}"
    model.save(path)
    again = hornet.saving.load_model(path)
    x = inputs_for(cases)
    for case, one, two in zip(cases, model.predict_on_batch(x), again.predict_on_batch(x), strict=True):
        np.testing.assert_array_equal(one, two, err_msg=str(case))


@pytest.mark.parametrize("mode", ["int", "tf_idf"])
def test_vocabularies_come_back(mode, tmp_path):
    layer = layers.IntegerLookup(output_mode=mode)
    layer.adapt([[3, 1, 3], [4, 4, 4]])
    model = hornet.Sequential([hornet.Input((3,), dtype="int32"), layer])
    model.save(tmp_path / "model.keras")
    x = np.array([[3, 1, 9]])
    np.testing.assert_array_equal(hornet.saving.load_model(tmp_path / "model.keras")(x), model(x))
