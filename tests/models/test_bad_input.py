"""Bad input gets one sentence on what is wrong and one on what to do, before anything compiles."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from tests.costs import ProgramCount

import hornet
from hornet import layers, optimizers
from hornet.training.data.checks import warn_of_inputs

X = np.random.default_rng(0).normal(size=(10, 8))
Y = X[:, 0] > 0


def model_for(units=1, loss="mse", built=True, name="net"):
    declared = {"input_shape": (8,)} if built else {}
    model = hornet.Sequential([layers.Dense(4, name="first", **declared), layers.Dense(units, name="last")], name=name)
    model.compile(loss=loss, optimizer="sgd")
    return model


def state_of(model):
    """Return all that a call could have changed, in a form that can be compared."""
    return {
        "built": (
            model.built,
            model._input_shape,
            [(layer.name, layer.built, layer._input_shape) for layer in model.layers],
        ),
        "weights": [weight.tobytes() for weight in model.get_weights()],
        "compiled": (id(model.optimizer), model.loss, model.metrics_names),
        "history": (model.history, model.stop_training),
    }


def refused(call, error, problem, advice):
    """Assert what a call raises: the whole of the first sentence, and how the second begins."""
    counted = ProgramCount()
    with pytest.raises(error) as caught:
        call()
    message = str(caught.value)
    assert message[: len(problem)] == problem
    rest = message[len(problem) :]
    assert rest[: len(advice) + 1] == f" {advice}"
    assert re.fullmatch(r" [A-Z`].+[.?]", rest), "there is no second sentence"
    assert counted() == 0


def test_the_counter_of_compiles_counts():
    counted = ProgramCount()
    model_for().fit(X, Y, verbose=0, batch_size=3)
    assert counted() > 0


def short(value):
    """Keep sentences out of the names of tests."""
    return "" if isinstance(value, str) and len(value) > 30 else None


TEXT = np.array([["red"] * 8] * 10)
EMPTY = np.zeros((0, 8))
ENCODE = 'Let the model read it: `Input(dtype="string")` and `layers.StringLookup`, before an `Embedding` for many'
IN_RED = "(column 0, first in row 0: 'red'), not numbers."
WIDTH = "Pass rows with that many features, or build a model for these."
OF_THREE = "`sparse_categorical_crossentropy` takes class indices from 0 to 2 for 3 outputs"
ROWS = "Pass one entry of each for every row."
VALIDATION = "`validation_data` must be a tuple `(x, y)` or `(x, y, sample_weight)`, or hand over batches."

# what is given -> (arguments, error, what is wrong, how the advice begins)
DATA = {
    "more rows than labels": ((X, Y[:9]), ValueError, "`x` has 10 rows but `y` has 9.", ROWS),
    "more labels than rows": ((X[:9], Y), ValueError, "`x` has 9 rows but `y` has 10.", ROWS),
    "too few features": (
        (X[:, :7], Y),
        ValueError,
        "`x` has shape (10, 7), but layer 'first' of 'net' takes (None, 8).",
        WIDTH,
    ),
    "too many features": (
        (np.hstack([X, X]), Y),
        ValueError,
        "`x` has shape (10, 16), but layer 'first' of 'net' takes (None, 8).",
        WIDTH,
    ),
    "a single row": (
        (X[0], Y[:8]),
        ValueError,
        "`x` has shape (8,), but layer 'first' of 'net' takes (None, 8).",
        "It looks like one row: pass `x[None]`",
    ),
    "an axis more": (
        (X[:, None], Y),
        ValueError,
        "`x` has shape (10, 1, 8), but layer 'first' of 'net' takes (None, 8).",
        WIDTH,
    ),
    "text": ((TEXT, Y), ValueError, f"`x` holds text {IN_RED}", ENCODE),
    "text as objects": ((TEXT.astype(object), Y), ValueError, f"`x` holds text {IN_RED}", ENCODE),
    "a frame with a column of text": (
        (pd.DataFrame(X).assign(colour="red"), Y),
        ValueError,
        "`x` holds text (column 'colour', first in row 0: 'red'), not numbers.",
        ENCODE,
    ),
    "complex numbers": (
        (np.full((10, 8), 1j), Y),
        ValueError,
        "`x` holds complex numbers (column 0, first in row 0: 1j), not numbers.",
        "Pass their parts: `np.stack([x.real, x.imag], axis=-1)`.",
    ),
    "times": (
        (np.full((10, 8), "2026-11-28", "datetime64[D]"), Y),
        ValueError,
        "`x` holds dates (column 0, first in row 0: 2026-11-28), not numbers.",
        "Convert them to numbers",
    ),
    "rows of several lengths": (
        ([[1.0, 2.0], [3.0]], Y[:2]),
        ValueError,
        "`x` has rows of different lengths: row 0 has 2, row 1 has 1.",
        "Pass as many numbers in each",
    ),
    "a number": ((3.0, 1.0), ValueError, "`x` is a single number.", "Pass an array with the rows on its first axis."),
    "nothing": ((None, None), ValueError, "`x` is missing.", "Pass"),
    "no rows": ((EMPTY, np.zeros(0)), ValueError, "`x` has no rows.", "Pass at least one."),
    "an empty list": (([], []), ValueError, "`x` has no rows.", "Pass at least one."),
    "labels of text": (
        (X, np.array(["yes"] * 10)),
        ValueError,
        "`y` holds text (first in row 0: 'yes'), not numbers.",
        "Number the classes first, as scikit-learn's `LabelEncoder` does.",
    ),
    "no labels": ((X,), ValueError, "The loss needs labels.", "Pass `y`, or batches `(x, y)`."),
    "labels of another width": (
        (X, np.zeros((10, 2, 2))),
        ValueError,
        "`mse` compares `y` of shape (10, 2, 2) with the output of shape (N, 1) number by number.",
        "Pass `y` of shape (N, 1).",
    ),
}
CALLS = {
    "fit": lambda model, *data: model.fit(*data, verbose=0),
    "evaluate": lambda model, *data: model.evaluate(*data, verbose=0),
    "train_on_batch": lambda model, *data: model.train_on_batch(*data),
    "test_on_batch": lambda model, *data: model.test_on_batch(*data),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("given", DATA)
def test_data_that_do_not_fit_are_refused(call, given):
    arguments, error, problem, advice = DATA[given]
    model = model_for()
    before = state_of(model)
    refused(lambda: CALLS[call](model, *arguments), error, problem, advice)
    assert state_of(model) == before


NEED_A_WIDTH = (
    "too few features",
    "too many features",
    "a single row",
    "an axis more",
    "a frame with a column of text",
)


@pytest.mark.parametrize("given", sorted(set(DATA) - set(NEED_A_WIDTH)))
def test_a_model_that_was_not_built_is_still_not_built_after_bad_data(given):
    arguments, error, problem, advice = DATA[given]
    model = model_for(built=False)
    before = state_of(model)
    refused(lambda: model.fit(*arguments, verbose=0), error, problem, advice)
    assert state_of(model) == before
    model.fit(X[:, :5], Y, verbose=0)
    assert model.input_shape == (None, 5)


@pytest.mark.parametrize(
    "given",
    [name for name, (arguments, *_) in DATA.items() if name not in ("no labels",) and "label" not in name],
)
def test_predict_refuses_the_same_inputs(given):
    arguments, error, problem, advice = DATA[given]
    model = model_for()
    before = state_of(model)
    for predict in (lambda: model.predict(arguments[0], verbose=0), lambda: model.predict_classes(arguments[0])):
        refused(predict, error, problem, advice)
    assert state_of(model) == before


# --- labels outside the classes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "units", "labels", "problem", "advice"),
    [
        (
            "sparse_categorical_crossentropy",
            3,
            np.arange(10) % 4,
            f"{OF_THREE}, but `y` holds 3 in row 3.",
            "Give the last layer one unit a class, or number the classes from 0.",
        ),
        (
            "sparse_categorical_crossentropy",
            3,
            np.arange(10) % 3 - 1,
            f"{OF_THREE}, but `y` holds -1 in row 0.",
            "Number the classes from 0",
        ),
        (
            "categorical_crossentropy",
            3,
            np.arange(10) % 3,
            "`categorical_crossentropy` compares `y` of shape (10,) with the output of shape (N, 3) class by class.",
            "`y` looks like class indices: use the loss 'sparse_categorical_crossentropy'",
        ),
    ],
    ids=short,
)
@pytest.mark.parametrize("built", [True, False])
def test_labels_outside_the_classes_are_refused(loss, units, labels, problem, advice, built):
    model = model_for(units, loss, built)
    before = state_of(model)
    refused(lambda: model.fit(X, labels, verbose=0), ValueError, problem, advice)
    refused(lambda: model.evaluate(X, labels, verbose=0), ValueError, problem, advice)
    assert state_of(model) == before


# --- NaN --------------------------------------------------------------------------------------------------


def spoiled(frame=False):
    x = X.copy()
    x[3:, 2] = np.nan
    return pd.DataFrame(x, columns=list("abcdefgh")) if frame else x


@pytest.mark.parametrize(
    ("x", "column"),
    [(spoiled(), "2"), (spoiled(frame=True), "'c'"), (spoiled()[:, :, None], "2, 0")],
    ids=["array", "frame", "axes"],
)
@pytest.mark.filterwarnings("ignore:The loss became")
@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_nan_in_the_inputs_is_a_warning_that_names_the_column(x, column, call):
    model = hornet.Sequential([layers.Flatten(), layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    with pytest.warns(UserWarning, match="has NaN") as caught:
        CALLS[call](model, x, Y)
    messages = [str(one.message) for one in caught if str(one.message).startswith("`x` has NaN")]
    assert messages == [
        f"`x` has NaN in column {column} (first in row 3); the loss will be NaN too. Fill in or drop such rows."
    ]
    assert {one.filename for one in caught if str(one.message) in messages} == {__file__}


def test_inputs_without_nan_bring_no_warning():
    large = np.full((10, 8), 3e38, "float32")
    model = model_for()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.evaluate(X, Y, verbose=0)
        for inputs in (np.where(np.arange(8) % 2, large, -large), large):  # whose sums are not finite
            warn_of_inputs(model, "x", inputs, inputs)


def test_a_loss_that_turns_nan_warns_once_and_names_epoch_and_step():
    model = model_for()
    model.optimizer.learning_rate = 1e30
    with pytest.warns(UserWarning, match="The loss became") as caught:
        model.fit(np.tile(X, (2, 1)), np.tile(Y, 2), batch_size=5, epochs=3, verbose=0, shuffle=False)
    messages = [str(one.message) for one in caught]
    assert len(messages) == 1
    assert re.fullmatch(
        r"The loss became (nan|inf) in epoch 1 at step [234]\. Lower the learning rate, scale the inputs, or clip .*\.",
        messages[0],
    )


# --- compile ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "test_on_batch", "lower"])
def test_a_missing_compile_is_named(method):
    model = hornet.Sequential([layers.Dense(1)], name="net")
    before = state_of(model)
    refused(
        lambda: getattr(model, method)(X, Y),
        ValueError,
        f"`{method}` was called before `compile`.",
        "Call `model.compile(loss=..., optimizer=...)` first.",
    )
    assert state_of(model) == before


@pytest.mark.parametrize(
    ("arguments", "error", "problem", "advice"),
    [
        (
            {"loss": "mean_square_error"},
            ValueError,
            "There is no loss named 'mean_square_error'.",
            "Did you mean 'mean_squared_error'?",
        ),
        ({"loss": "zzz"}, ValueError, "There is no loss named 'zzz'.", "Use one of: "),
        ({"loss": 3}, TypeError, "In `loss`: 3 is not a valid loss.", "Pass a name, an object or a function."),
        (
            {"loss": "mse", "metrics": ["acuracy"]},
            ValueError,
            "There is no metric named 'acuracy'.",
            "Did you mean 'accuracy'?",
        ),
        (
            {"loss": "mse", "weighted_metrics": ["maee"]},
            ValueError,
            "There is no metric named 'maee'.",
            "Did you mean 'mae'?",
        ),
        (
            {"loss": "mse", "metrics": [3]},
            TypeError,
            "In `metrics`: 3 is not a valid metric.",
            "Pass a name, an object or a function.",
        ),
        ({"loss": "mse", "optimizer": "adm"}, ValueError, "There is no optimizer named 'adm'.", "Did you mean 'adam'?"),
        (
            {"loss": "mse", "optimizer": 3},
            TypeError,
            "3 is not a valid optimizer.",
            "Pass a name, an object or a function.",
        ),
        (
            {"loss": "mse", "optimiser": "sgd"},
            TypeError,
            "`compile` has no argument `optimiser`.",
            "Did you mean 'optimizer'?",
        ),
        (
            {"loss": "mse", "steps_per_execution": 0},
            ValueError,
            "`steps_per_execution` must be a positive integer, not 0.",
            "",
        ),
        (
            {"loss": "mse", "jit_compile": "yes"},
            ValueError,
            "`jit_compile` must be one of 'auto', True, False, None, not 'yes'.",
            "",
        ),
    ],
    ids=short,
)
def test_what_compile_does_not_know_is_refused(arguments, error, problem, advice):
    model = model_for()
    before = state_of(model)
    refused(lambda: model.compile(**arguments), error, problem, advice)
    assert state_of(model) == before


def test_more_weights_than_losses_are_refused():
    model = model_for()
    model.compile(loss="mse", loss_weights=[1.0, 2.0])
    before = state_of(model)
    counted = ProgramCount()
    with pytest.raises(ValueError, match=r"^`loss_weights` has 2 entries, but .*\. Pass one"):
        model.fit(X, Y, verbose=0)
    assert counted() == 0
    assert state_of(model) == before


# --- names of layers and arguments ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "given", "problem", "advice"),
    [
        ("fit", {"epoch": 3}, "`fit` has no argument `epoch`.", "Did you mean 'epochs'?"),
        ("fit", {"validation": 0.1}, "`fit` has no argument `validation`.", "Did you mean 'validation_"),
        ("fit", {"nb_epoch": 3}, "`fit` has no argument `nb_epoch`.", "Did you mean '"),
        ("fit", {"zzz": 3}, "`fit` has no argument `zzz`.", "Use one of: x, y, batch_size, epochs,"),
        ("evaluate", {"batchsize": 3}, "`evaluate` has no argument `batchsize`.", "Did you mean 'batch_size'?"),
        ("predict", {"batchsize": 3}, "`predict` has no argument `batchsize`.", "Did you mean 'batch_size'?"),
    ],
    ids=short,
)
def test_an_unknown_argument_gets_the_nearest(method, given, problem, advice):
    model = model_for()
    before = state_of(model)
    data = (X,) if method == "predict" else (X, Y)
    refused(lambda: getattr(model, method)(*data, **given), TypeError, problem, advice)
    assert state_of(model) == before


@pytest.mark.parametrize(
    ("use", "error", "problem", "advice"),
    [
        (
            lambda: layers.Flattern(),
            AttributeError,
            "module 'hornet.layers' has no attribute 'Flattern'.",
            "Did you mean 'Flatten'?",
        ),
        (
            lambda: layers.Dens(3),
            AttributeError,
            "module 'hornet.layers' has no attribute 'Dens'.",
            "Did you mean 'Dense'?",
        ),
        (
            lambda: hornet.Sequental(),
            AttributeError,
            "module 'hornet' has no attribute 'Sequental'.",
            "Did you mean 'Sequential'?",
        ),
        (
            lambda: optimizers.Adamm(),
            AttributeError,
            "module 'hornet.optimizers' has no attribute 'Adamm'.",
            "Did you mean 'Adam'?",
        ),
        (lambda: model_for().get_layer("fist"), ValueError, "There is no layer named 'fist'.", "Did you mean 'first'?"),
        (
            lambda: layers.Dense(3, activation="rellu"),
            ValueError,
            "There is no activation named 'rellu'.",
            "Did you mean 'relu'?",
        ),
        (
            lambda: layers.Dense(3, kernel_initializer="he_norml"),
            ValueError,
            "There is no initializer named 'he_norml'.",
            "Did you mean 'he_normal'?",
        ),
        (
            lambda: layers.Dense(3, activaton="relu"),
            TypeError,
            "`Dense` has no argument `activaton`.",
            "Did you mean 'activation'?",
        ),
        (lambda: layers.Dense(3, nme="first"), TypeError, "`Dense` has no argument `nme`.", "Did you mean 'name'?"),
        (
            lambda: optimizers.SGD(lerning_rate=1),
            TypeError,
            "`SGD` has no argument `lerning_rate`.",
            "Did you mean 'learning_rate'?",
        ),
    ],
    ids=short,
)
def test_an_unknown_name_gets_the_nearest(use, error, problem, advice):
    refused(use, error, problem, advice)


# --- sizes ------------------------------------------------------------------------------------------------

SIZES = {
    ValueError: {
        "epochs": [-1],
        "batch_size": [-32, 0],
        "initial_epoch": [-1],
        "steps_per_epoch": [-1, 0],
        "validation_steps": [-1, 0],
        "validation_batch_size": [-1, 0],
        "validation_freq": [-1, 0],
        "validation_split": [-0.1, 1.0, 1.5],
        "verbose": [7, -1, "loud"],
    },
    TypeError: {
        "epochs": [2.5, "three"],
        "batch_size": [2.5],
        "initial_epoch": [0.5],
        "steps_per_epoch": [2.5],
        "validation_freq": [0.5],
        "validation_split": ["half"],
    },
}


@pytest.mark.parametrize(
    ("argument", "value", "error"),
    [
        (argument, value, error)
        for error, table in SIZES.items()
        for argument, values in table.items()
        for value in values
    ],
)
def test_sizes_out_of_range_are_refused(argument, value, error):
    model = model_for()
    before = state_of(model)
    more = {"validation_split": 0.5} if argument.startswith("validation_") else {}
    counted = ProgramCount()
    with pytest.raises(error) as caught:
        model.fit(X, Y, **{"verbose": 0, **more, argument: value})
    assert re.fullmatch(rf"`{argument}` must be .*, not {re.escape(repr(value))}\. [A-Z].*\.", str(caught.value))
    assert counted() == 0
    assert state_of(model) == before


@pytest.mark.parametrize(
    ("make", "error", "problem", "advice"),
    [
        (
            lambda: layers.Dense(-3),
            ValueError,
            "`units` must be a positive integer, not -3.",
            "Pass the size of the layer's output.",
        ),
        (
            lambda: layers.Dense(0),
            ValueError,
            "`units` must be a positive integer, not 0.",
            "Pass the size of the layer's output.",
        ),
        (
            lambda: layers.Dense(2.5),
            TypeError,
            "`units` must be a positive integer, not 2.5.",
            "Pass the size of the layer's output.",
        ),
        (
            lambda: layers.Dense(1, input_shape=(-8,)),
            ValueError,
            "`input_shape` must be a positive integer, not -8.",
            "Pass",
        ),
        (lambda: hornet.Input(shape=(0,)), ValueError, "`input_shape` must be a positive integer, not 0.", "Pass"),
        (
            lambda: layers.Dropout(-0.5),
            ValueError,
            "`rate` must be a finite number at least 0 and at most 1, not -0.5.",
            "Pass",
        ),
        (
            lambda: optimizers.SGD(momentum=-0.1),
            ValueError,
            "`momentum` must be a finite number at least 0 and at most 1, not -0.1.",
            "Pass",
        ),
    ],
    ids=short,
)
def test_sizes_of_layers_and_optimizers_out_of_range_are_refused(make, error, problem, advice):
    refused(make, error, problem, advice)


def test_a_split_that_leaves_no_row_is_refused():
    model = model_for()
    before = state_of(model)
    problem = "`validation_split` of 0.9 leaves 0 of 2 rows to train on."
    refused(lambda: model.fit(X[:2], Y[:2], validation_split=0.9, verbose=0), ValueError, problem, "Pass more rows or")
    assert state_of(model) == before


# --- validation data and weights --------------------------------------------------------------------------


@pytest.mark.parametrize("built", [True, False])
@pytest.mark.parametrize(
    ("given", "error", "problem", "advice"),
    [
        (
            (X[:, :7], Y),
            ValueError,
            "`validation_data` has shape (10, 7), but layer 'first' of 'net' takes (None, 8).",
            "Pass rows with that many features",
        ),
        ((X, Y[:9]), ValueError, "`validation_data` has 10 rows but its `y` has 9.", ROWS),
        ((EMPTY, np.zeros(0)), ValueError, "`validation_data` has no rows.", "Pass at least one."),
        ((TEXT, Y), ValueError, f"`validation_data` holds text {IN_RED}", ENCODE),
        ((X, Y, np.ones(9)), ValueError, "`validation_data` has 10 rows but its `sample_weight` has 9.", ROWS),
        (
            (X, np.zeros((10, 2, 2))),
            ValueError,
            "In `validation_data`: `mse` compares `y` of shape (10, 2, 2) with the output of shape (N, 1) number by "
            "number.",
            "Pass `y` of shape (N, 1)",
        ),
        ((X, None), ValueError, "In `validation_data`: The loss needs labels.", "Pass `y`, or batches `(x, y)`."),
        ((X,), ValueError, VALIDATION, "Pass one of these."),
        ((X, Y, Y, Y), ValueError, VALIDATION, "Pass one of these."),
        (X, ValueError, VALIDATION, "Pass one of these."),
        (0.1, ValueError, VALIDATION, "Pass one of these."),
    ],
    ids=[
        "width",
        "lengths",
        "empty",
        "text",
        "weights",
        "labels' width",
        "no labels",
        "one part",
        "four parts",
        "an array",
        "a number",
    ],
)
def test_validation_data_of_another_shape_are_refused(given, error, problem, advice, built):
    model = model_for(built=built)
    before = state_of(model)
    refused(lambda: model.fit(X, Y, validation_data=given, verbose=0), error, problem, advice)
    assert state_of(model) == before


@pytest.mark.parametrize(
    ("given", "error", "problem", "advice"),
    [
        ({"sample_weight": np.ones(9)}, ValueError, "`x` has 10 rows but `sample_weight` has 9.", ROWS),
        (
            {"sample_weight": ["a"] * 10},
            ValueError,
            "`sample_weight` holds text (first in row 0: 'a'), not numbers.",
            "",
        ),
        (
            {"sample_weight": np.ones((10, 2))},
            ValueError,
            "`sample_weight` has shape (10, 2), but there is one weight a row.",
            "",
        ),
        (
            {"class_weight": [1.0, 5.0]},
            TypeError,
            "`class_weight` must be a dict from class numbers to weights, not [1.0, 5.0].",
            "Pass",
        ),
        (
            {"class_weight": {0: -1.0}},
            ValueError,
            "`class_weight[0]` must be a finite number at least 0, not -1.0.",
            "",
        ),
        ({"class_weight": {0: "heavy"}}, TypeError, "`class_weight[0]` must be a number, not 'heavy'.", ""),
        ({"callbacks": [3]}, TypeError, "`callbacks` must hold callbacks, not 3.", "Pass `Callback` objects."),
    ],
    ids=short,
)
def test_weights_and_callbacks_that_do_not_fit_are_refused(given, error, problem, advice):
    model = model_for()
    before = state_of(model)
    refused(lambda: model.fit(X, Y, verbose=0, **given), error, problem, advice)
    assert state_of(model) == before


def test_the_model_trains_as_if_nothing_had_happened():
    """The same weights come out whether or not bad calls came in between."""
    found = []
    for bad in (False, True):
        hornet.utils.set_random_seed(7)
        model = model_for()
        model.fit(X, Y, verbose=0)
        if bad:
            for arguments, error, *_ in DATA.values():
                with pytest.raises(error):
                    model.fit(*arguments, verbose=0)
            with pytest.raises(ValueError, match="no loss"):
                model.compile(loss="zzz")
        model.fit(X, Y, verbose=0)
        found.append(model.get_weights())
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)
