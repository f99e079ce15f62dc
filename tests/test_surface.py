"""What editors, type checkers and `help` can read: signatures, public names, and errors that name the nearest."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
import traceback

import keras
import numpy as np
import pytest
from tools import write_stubs

import hornet
from hornet import layers
from hornet.core.suggestions import explained

PUBLIC_MODULES = [
    "hornet",
    *(f"hornet.{name}" for name in hornet.__all__ if inspect.ismodule(getattr(hornet, name))),
    "hornet.datasets.california_housing",
    "hornet.datasets.fashion_mnist",
    "hornet.optimizers.legacy",
    "hornet.optimizers.schedules",
    "hornet.ops.image",
    "hornet.preprocessing.image",
    "hornet.preprocessing.sequence",
    "hornet.wrappers.scikit_learn",
]

# --- arguments that a function does not take --------------------------------------------------------------


@explained("measure")
def measure(x, scale=1.0):
    return x * scale + np.negative(x, nosuch=1) if scale == 0 else x * scale


def test_a_call_that_fits_is_the_functions():
    assert measure(2, scale=3) == 6
    assert str(inspect.signature(measure)) == "(x, scale=1.0)"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: measure(1, scal=2), "`measure` has no argument `scal`. Did you mean 'scale'?"),
        (lambda: measure(scal=2), "`measure` has no argument `scal`. Did you mean 'scale'?"),
        (lambda: measure(1, zzz=2), "`measure` has no argument `zzz`. Use one of: x, scale."),
        (lambda: measure(), "measure() missing 1 required positional argument: 'x'"),
        (lambda: measure(1, 2, 3), "measure() takes from 1 to 2 positional arguments but 3 were given"),
        (lambda: measure(1, x=2), "measure() got multiple values for argument 'x'"),
    ],
)
def test_a_call_that_does_not_fit_says_why(call, message):
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value) == message
    assert caught.value.__context__ is None


def test_an_error_of_the_function_itself_is_left_alone():
    with pytest.raises(TypeError, match="nosuch") as caught:
        measure(1, scale=0)
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == "measure"


def test_signatures_of_training_name_every_argument():
    model = hornet.Sequential([layers.Dense(1)])
    for method in (model.fit, model.evaluate, model.predict, model.compile):
        kinds = {parameter.kind for parameter in inspect.signature(method).parameters.values()}
        assert kinds == {inspect.Parameter.POSITIONAL_OR_KEYWORD}, method


# --- names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", PUBLIC_MODULES)
def test_a_module_lists_its_public_names_and_no_others(module):
    found = importlib.import_module(module)
    assert dir(found) == sorted(found.__all__)
    assert [name for name in dir(found) if not hasattr(found, name)] == []


def test_modules_that_are_imported_late_are_listed_before():
    code = "import hornet, sys; print(*dir(hornet)); assert 'sklearn' not in sys.modules; hornet.tuning.GridSearchCV"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"estimators", "tuning", "wrappers"} <= set(done.stdout.split())


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("hornet.layers.CuDNNLSTM", "`LSTM` and `GRU` are compiled for every device, and read their files."),
        ("hornet.utils.audio_dataset_from_directory", "`Dataset.from_generator` takes what another library reads."),
        ("hornet.ops.image.elastic_transform", "that comes later, with the layers that change images at random."),
        ("hornet.layers.ReversibleEmbedding", "that comes later: an embedding whose table also gives the logits."),
        ("hornet.export", "see docs/guides/export.md."),
        ("hornet.utils.np_utils", "`utils.to_categorical` and `utils.normalize` are what was in it."),
        ("hornet.layers.Dnse", "module 'hornet.layers' has no attribute 'Dnse'. Did you mean 'Dense'?"),
    ],
)
def test_a_name_that_is_not_there_says_why_however_it_is_asked_for(line, says):
    module, name = line.rsplit(".", 1)
    with pytest.raises(AttributeError) as asked:
        getattr(importlib.import_module(module), name)
    with pytest.raises(ImportError) as imported:
        exec(f"from {module} import {name}")
    assert str(asked.value) == str(imported.value)
    assert str(asked.value).endswith(says)


def test_old_paths_lead_to_what_exists():
    from hornet.preprocessing.sequence import pad_sequences

    assert pad_sequences is hornet.preprocessing.sequence.pad_sequences is hornet.utils.pad_sequences
    assert hornet.optimizers.legacy.Adam is hornet.optimizers.Adam
    assert set(hornet.optimizers.legacy.__all__) == {name for name in vars(keras.optimizers.legacy) if name[0] != "_"}
    assert hornet.utils.serialize_keras_object is hornet.saving.serialize_keras_object
    assert hornet.utils.deserialize_keras_object is hornet.saving.deserialize_keras_object


# --- what objects say that they are -----------------------------------------------------------------------


class Halving(hornet.callbacks.Callback):
    def __init__(self, data, every=2):
        self.data, self.every = data, every


SHOWN = [
    (lambda: hornet.optimizers.Adam(), "<Adam learning_rate=0.001>"),
    (lambda: hornet.optimizers.SGD(0.1, momentum=0.9), "<SGD learning_rate=0.1, momentum=0.9>"),
    (lambda: hornet.initializers.RandomNormal(stddev=0.1, seed=3), "<RandomNormal stddev=0.1, seed=3>"),
    (lambda: hornet.initializers.Constant(np.ones((30, 30))), "<Constant value=ndarray of shape (30, 30)>"),
    (lambda: hornet.regularizers.L2(0.5), "<L2 l2=0.5>"),
    (lambda: hornet.losses.Huber(2.0, name="h"), "<Huber name=h, delta=2.0>"),
    (lambda: hornet.metrics.Mean(), "<Mean name=mean>"),
    (lambda: hornet.callbacks.EarlyStopping(patience=3), "<EarlyStopping monitor=val_loss, patience=3>"),
    (lambda: hornet.callbacks.LambdaCallback(on_epoch_end=len), "<LambdaCallback on_epoch_end=len>"),
    (lambda: Halving(np.ones((9, 9))), "<Halving data=ndarray of shape (9, 9)>"),
    (lambda: hornet.Input((3,), name="x"), "<KerasTensor shape=(None, 3), dtype=float32, name=x>"),
]


@pytest.mark.parametrize(("make", "text"), SHOWN)
def test_an_object_shows_what_it_was_made_with(make, text):
    assert repr(make()) == text


@pytest.mark.parametrize(
    "make",
    [
        lambda keras: keras.layers.Dense(1, name="d"),
        lambda keras: keras.Sequential(name="s"),
        lambda keras: keras.metrics.Mean("m"),
    ],
)
def test_layers_models_and_metrics_show_themselves_as_in_keras(make):
    assert repr(make(hornet)) == repr(make(keras))


def test_a_history_shows_its_epochs_and_last_values():
    history = hornet.callbacks.History()
    for epoch, loss in enumerate([0.5, 0.25]):
        history.on_epoch_end(epoch, {"loss": loss, "val_loss": 1.0})
    assert repr(history) == "<History epochs=2, loss=0.2500, val_loss=1.0000>"


# --- signatures -------------------------------------------------------------------------------------------


def public_callables():
    """Yield every public class and function once, by its name."""
    seen = set()
    for module in map(importlib.import_module, PUBLIC_MODULES):
        for name in module.__all__:
            member = getattr(module, name)
            if callable(member) and id(member) not in seen and member.__module__.startswith("hornet"):
                seen.add(id(member))
                yield f"{module.__name__}.{name}", member


CALLABLES = dict(public_callables())
AS_IN_KERAS = {
    "hornet.Model": "is a graph or a user's class",
    "hornet.backend.result_type": "any number of types",
    "hornet.callbacks.CallbackList": "the parameters of the run",
    "hornet.losses.LossFunctionWrapper": "arguments of the function",
    "hornet.metrics.MeanMetricWrapper": "arguments of the function",
    "hornet.ops.einsum": "any number of arrays",
    "hornet.ops.meshgrid": "any number of arrays",
    "hornet.ops.switch": "any number of arguments of the branches",
    "hornet.saving.deserialize_keras_object": "accepted and unused",
    "hornet.serve": "any number of models",
    "hornet.estimators.KerasClassifier": "arguments of the user's function",
    "hornet.estimators.KerasRegressor": "arguments of the user's function",
    "hornet.wrappers.scikit_learn.KerasClassifier": "arguments of the user's function",
    "hornet.wrappers.scikit_learn.KerasRegressor": "arguments of the user's function",
    "hornet.utils.save_img": "what Pillow's `save` takes",
    "hornet.tree.map_structure": "any number of structures",
    "hornet.tree.map_structure_up_to": "any number of structures",
    "hornet.tuning.train_population": "arguments of `fit`",
    "hornet.tuning.tune": "arguments of `Tuner` and of its `search`",
} | {f"hornet.applications.{name}": "Keras's own" for name in hornet.applications.__all__}
"""What takes arguments that no signature can name."""


def has_open_end(member):
    return any(
        one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD) and "Unpack[" not in str(one.annotation)
        for one in inspect.signature(member).parameters.values()
    )


@pytest.mark.parametrize("name", CALLABLES)
def test_signatures_name_every_argument(name):
    assert has_open_end(CALLABLES[name]) == (name in AS_IN_KERAS)


@pytest.mark.parametrize("name", [name for name in CALLABLES if "SearchCV" not in name])  # those are scikit-learn's
def test_every_argument_has_a_type(name):
    parameters = inspect.signature(CALLABLES[name]).parameters.values()
    assert [one.name for one in parameters if one.annotation is one.empty] == []


def test_the_signature_of_a_layer_is_its_own_and_what_every_layer_takes():
    parameters = inspect.signature(layers.Dense).parameters
    assert list(parameters)[:3] == ["units", "activation", "use_bias"]
    assert parameters["kernel_initializer"].default == "glorot_uniform"
    further = [name for name, one in parameters.items() if one.kind is one.KEYWORD_ONLY]
    assert sorted(further) == sorted(
        ["trainable", "dtype", "name", "input_shape", "batch_input_shape", "batch_shape", "input_dim", "autocast"]
    )
    assert inspect.signature(layers.Conv2D).parameters["strides"].default == (1, 1)
    assert "weight_decay" in inspect.signature(hornet.optimizers.Adam).parameters
    assert list(inspect.signature(layers.Dense(3)).parameters) == ["inputs", "args", "kwargs"]


def test_a_subclass_of_a_user_s_shows_the_arguments_of_its_base():
    class Mine(layers.Dense):
        def __init__(self, units, scale=1.0, **kwargs):
            super().__init__(units, **kwargs)

    assert list(inspect.signature(Mine).parameters)[:4] == ["units", "scale", "activation", "use_bias"]


@pytest.mark.parametrize("module", write_stubs.SOURCES)
def test_stubs_are_as_they_are_written(module):
    stub = write_stubs.path(importlib.import_module(module))
    assert stub.read_text() == write_stubs.stub(module), "Run `python tools/write_stubs.py`."


# --- what completion shows of an object -------------------------------------------------------------------

OLD_KERAS = {"input_shape", "output_shape", "input_names", "output_names", "predict_classes", "predict_proba"}
OLD_KERAS |= {"fit_generator", "evaluate_generator", "predict_generator", "reset_states"}
SET_LATE_IN_KERAS = {"history", "optimizer", "stop_training", "stop_evaluating", "stop_predicting"}
OURS = {"lower"}
"""Hornet's own: the training program."""


def objects(package):
    inputs = package.Input((4, 4, 1))
    model = package.Model(inputs, package.layers.Flatten()(inputs))
    stack = package.Sequential([inputs, package.layers.Flatten(), package.layers.Dense(1)])
    stack.compile("sgd", "mse")
    parts = [package.layers.Conv2D(1, 2), package.layers.BatchNormalization(), package.layers.Dropout(0.5)]
    return [model, stack, type("Own", (package.Model,), {})(), package.layers.Layer(), *stack.layers, *parts]


def test_models_and_layers_show_the_names_of_keras_and_no_inner_ones():
    for ours, theirs in zip(objects(hornet), objects(keras), strict=True):
        shown, known = ({name for name in dir(thing) if not name.startswith("_")} for thing in (ours, theirs))
        assert shown - known <= OLD_KERAS | SET_LATE_IN_KERAS | OURS, type(ours)
