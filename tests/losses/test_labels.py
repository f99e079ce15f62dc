"""Labels are checked before anything compiles: what is wrong, then what to do."""

import numpy as np
import pytest

from hornet import losses
from hornet.losses.resolve import resolve as resolve_loss

N = 6
INTEGERS = np.array([0, 1, 2, 3, 0, 1])
BINARY = np.array([0, 1, 1, 0, 0, 1])
ONE_HOT = np.eye(4)[INTEGERS]
SIGNS = 2 * BINARY - 1


def replaced(y, value, dtype=None):
    y = np.array(y, dtype=dtype)
    y.flat[2] = value
    return y


FITTING = [
    ("MeanSquaredError", np.zeros(N), (None, 1)),
    ("MeanSquaredError", np.zeros((N, 1)), (None, 1)),
    ("MeanSquaredError", np.zeros((N, 1)), (None,)),
    ("MeanSquaredError", np.zeros((N, 3)), (None, 3)),
    ("MeanSquaredError", np.zeros((N, 7, 2)), (None, None, 2)),
    ("MeanSquaredError", np.full(N, np.nan), (None, 1)),
    ("SparseCategoricalCrossentropy", INTEGERS, (None, 4)),
    ("SparseCategoricalCrossentropy", INTEGERS.astype("uint8")[:, None], (None, 4)),
    ("SparseCategoricalCrossentropy", INTEGERS.astype("float32"), (None, 4)),
    ("SparseCategoricalCrossentropy", BINARY.astype(bool), (None, 2)),
    ("SparseCategoricalCrossentropy", np.zeros((N, 7), int), (None, 7, 4)),
    ("SparseCategoricalCrossentropy", np.zeros((N, 7, 1), int), (None, None, 4)),
    ("CategoricalCrossentropy", ONE_HOT, (None, 4)),
    ("CategoricalHinge", ONE_HOT, (None, 4)),
    ("BinaryCrossentropy", BINARY, (None, 1)),
    ("BinaryCrossentropy", BINARY.astype(bool)[:, None], (None, 1)),
    ("BinaryCrossentropy", np.full((N, 3), 0.3), (None, 3)),
    ("BinaryFocalCrossentropy", BINARY, (None, 1)),
    ("CategoricalFocalCrossentropy", ONE_HOT, (None, 4)),
    ("CategoricalGeneralizedCrossEntropy", INTEGERS, (None, 4)),
    ("Dice", np.full((N, 3), 0.3), (None, 3)),
    ("Tversky", BINARY.astype(bool), (None, 1)),
    ("Circle", INTEGERS + 10, (None, 8)),
    ("Circle", INTEGERS.astype("float32")[:, None], (None, 8)),
    ("KLDivergence", ONE_HOT, (None, 4)),
    ("Hinge", SIGNS, (None, 1)),
    ("SquaredHinge", BINARY, (None, 1)),
    ("Perceptron", BINARY.astype(bool), (None, 1)),
]
WRONG = [
    ("MeanSquaredError", np.zeros(N), (None, 3), "`y` of shape (6,) with the output of shape (N, 3)", "1 unit."),
    ("MeanSquaredError", np.array(["a", "b"]), (None, 1), "such as 'a'", "Give each class"),
    (
        "SparseCategoricalCrossentropy",
        replaced(INTEGERS, 4),
        (None, 4),
        "from 0 to 3 for 4 outputs, but `y` holds 4",
        "unit",
    ),
    ("SparseCategoricalCrossentropy", replaced(INTEGERS, -1), (None, 4), "`y` holds -1", "`ignore_class`"),
    ("SparseCategoricalCrossentropy", replaced(INTEGERS, 1.5, float), (None, 4), "`y` holds 1.5", "such as mse"),
    ("SparseCategoricalCrossentropy", replaced(INTEGERS, np.nan, float), (None, 4), "`y` holds nan", "missing labels"),
    ("SparseCategoricalCrossentropy", ONE_HOT, (None, 4), "holds one column a class", "'categorical_crossentropy'"),
    ("SparseCategoricalCrossentropy", np.zeros((N, 2)), (None, 4), "one class index a row", "Pass `y` of shape (N,)."),
    ("SparseCategoricalCrossentropy", BINARY, (None, 1), "the last layer has 1 unit", "'binary_crossentropy'"),
    ("CategoricalCrossentropy", INTEGERS, (None, 4), "looks like class indices", "`to_categorical(y, 4)`"),
    ("CategoricalCrossentropy", INTEGERS[:, None], (None, 4), "looks like class indices", "'sparse_categorical"),
    ("CategoricalCrossentropy", ONE_HOT, (None, 3), "of shape (6, 4)", "one unit a class: 4."),
    ("CategoricalCrossentropy", BINARY[:, None], (None, 1), "has 1 unit", "'binary_crossentropy'"),
    ("CategoricalHinge", INTEGERS, (None, 4), "looks like class indices", "`to_categorical(y, 4)`"),
    ("BinaryCrossentropy", replaced(BINARY, np.nan, float), (None, 1), "`y` holds nan", "drop their rows"),
    ("BinaryCrossentropy", INTEGERS, (None, 4), "of shape (6,)", "'sparse_categorical_crossentropy' for more"),
    ("BinaryCrossentropy", np.zeros((N, 2)), (None, 3), "of shape (6, 2)", "Pass `y` of shape (N, 3)."),
    ("CategoricalFocalCrossentropy", INTEGERS, (None, 4), "looks like class indices", "`to_categorical(y, 4)`"),
    (
        "CategoricalGeneralizedCrossEntropy",
        ONE_HOT,
        (None, 4),
        "holds one column a class",
        "`np.asarray(y).argmax(-1)`",
    ),
    ("SparseCategoricalCrossentropy", ONE_HOT.astype(bool), (None, 3), "holds one column a class", "4 units"),
    ("Tversky", np.zeros((N, 2)), (None, 3), "of shape (6, 2)", "Pass `y` of shape (N, 3)."),
    ("Circle", ONE_HOT, (None, 8), "the class of each row, but `y` has shape (6, 4)", "Pass `y` of shape (N,)."),
    ("Circle", replaced(INTEGERS, 1.5, float), (None, 8), "`y` holds 1.5", "Number the classes."),
    ("Circle", replaced(INTEGERS, np.nan, float), (None, 8), "`y` holds nan", "drop their rows"),
    ("Hinge", replaced(SIGNS, 2), (None, 1), "`y` holds 2", "Number the two classes so."),
    ("SquaredHinge", replaced(SIGNS, 0), (None, 1), "`y` holds both -1 and 0", "Number the two classes so."),
    ("Perceptron", SIGNS, (None, 2), "of shape (6,)", "Pass `y` of shape (N, 2)"),
]


def case_id(value):
    return value if isinstance(value, str) else f"{value.dtype}{value.shape}" if isinstance(value, np.ndarray) else None


@pytest.mark.parametrize(("name", "y", "output_shape"), FITTING, ids=case_id)
def test_labels_that_fit(name, y, output_shape):
    getattr(losses, name)().check_labels(y, output_shape)


@pytest.mark.parametrize(("name", "y", "output_shape", "problem", "advice"), WRONG, ids=case_id)
def test_labels_that_do_not(name, y, output_shape, problem, advice):
    loss = getattr(losses, name)()
    with pytest.raises(ValueError, match=f"^`{loss.name}` ") as caught:
        loss.check_labels(y, output_shape)
    message = str(caught.value)
    assert problem in message
    assert message.index(problem) < message.index(advice)


def test_ignored_class_may_lie_outside():
    y = replaced(INTEGERS, -1)
    losses.SparseCategoricalCrossentropy(ignore_class=-1).check_labels(y, (None, 4))
    with pytest.raises(ValueError, match="`y` holds 9"):
        losses.SparseCategoricalCrossentropy(ignore_class=-1).check_labels(replaced(y, 9), (None, 4))


def test_message_names_the_loss_as_the_user_did():
    with pytest.raises(ValueError, match=r"^`crossentropy` takes class indices"):
        resolve_loss("crossentropy", (N,), (None, 4)).check_labels(INTEGERS + 1, (None, 4))


def test_one_weight_for_each_class():
    with pytest.raises(ValueError, match=r"has 3 weights in `alpha` for 4 outputs\. Give one weight for each class\."):
        losses.CategoricalFocalCrossentropy(alpha=[0.2, 0.3, 0.5]).check_labels(ONE_HOT, (None, 4))


@pytest.mark.parametrize(
    ("name", "y", "output_shape", "words"),
    [
        ("BinaryCrossentropy", SIGNS, (None, 1), "labels from 0 to 1, but `y` holds others"),
        ("BinaryFocalCrossentropy", INTEGERS, (None, 1), "'sparse_categorical_crossentropy' for more"),
        ("Dice", INTEGERS, (None, 1), "number two classes 0 and 1"),
        ("MeanSquaredError", np.zeros((N, 1)), (None, 3), "repeating the narrower of them"),
        ("MeanAbsoluteError", np.zeros((N, 3)), (None, 1), "Give the last layer 3 units"),
    ],
)
def test_labels_that_keras_takes_are_taken_with_a_warning(name, y, output_shape, words):
    with pytest.warns(UserWarning, match=words):
        getattr(losses, name)().check_labels(y, output_shape)
