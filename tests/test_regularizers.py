"""Every regularizer against Keras's, in value and in slope."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from tests.tables import instances

from hornet import regularizers
from hornet.core.module import boxes, pure
from hornet.core.variable import Box, Number, Variable

# One line a member. A member without a line fails the suite.
CASES = {
    "L1": [{}, {"l1": 0.3}, {"l1": 0.0}, {"l1": None}],
    "L2": [{}, {"l2": 0.3}, {"l2": 0.0}, {"l2": None}],
    "L1L2": [{}, {"l1": 0.3}, {"l2": 0.3}, {"l1": 0.1, "l2": 0.2}, {"l1": None, "l2": None}],
    "OrthogonalRegularizer": [{}, {"factor": 0.3, "mode": "columns"}],
}
MEMBERS = [(name, arguments) for name, cases in CASES.items() for arguments in cases]
MATRIX = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


def test_every_member_has_a_case():
    assert {type(regularizers.get(name)).__name__ for name in regularizers.registry} == set(CASES)


def test_no_name_of_keras_is_missing():
    missing = {name for name in dir(keras.regularizers) if not name.startswith("_")} - set(dir(regularizers))
    assert not missing


SCALES = np.array([0.0, 1e-6, 1.0, 1e12], "float32")


@instances(("name", "arguments"), MEMBERS)
def test_values_and_slopes_are_those_of_keras(name, arguments, oracle):
    def both(module):
        program = jax.jit(jax.value_and_grad(getattr(module, name)(**arguments)))
        values, slopes = zip(*(program(scale * MATRIX) for scale in SCALES), strict=True)
        return np.stack(values), np.stack(slopes)

    values, slopes = both(regularizers)
    expected, expected_slopes = oracle("both", lambda: both(keras.regularizers))
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    for found, wanted in zip(slopes, np.nan_to_num(expected_slopes), strict=True):  # Keras's of zeros are no numbers
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5 * float(abs(wanted).max()))


@pytest.mark.parametrize(("name", "arguments"), MEMBERS)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_the_type_of_the_input_is_kept(name, arguments, dtype):
    x = jax.ShapeDtypeStruct((3, 2), dtype)
    assert jax.eval_shape(getattr(regularizers, name)(**arguments), x).dtype == dtype


@pytest.mark.parametrize(("name", "arguments"), MEMBERS)
def test_round_trip(name, arguments):
    regularizer = getattr(regularizers, name)(**arguments)
    config = regularizer.get_config()
    assert type(regularizer).from_config(config).get_config() == config
    assert regularizers.deserialize(regularizers.serialize(regularizer)).get_config() == config
    theirs = keras.regularizers.deserialize(regularizers.serialize(regularizer))
    assert theirs.get_config() == pytest.approx(config)


@pytest.mark.parametrize(("name", "arguments"), MEMBERS)
def test_factors_are_arguments_of_the_program(name, arguments):
    regularizer = getattr(regularizers, name)(**arguments)
    held = boxes(regularizer, Box)
    assert all(isinstance(box, Number) for box in held.values())
    assert held.keys() == {factor for factor in regularizer.get_config() if factor != "mode"}
    traces = []

    def counted(x):
        traces.append(x)
        return regularizer(x)

    penalty = jax.jit(pure(held, counted))
    state = dict.fromkeys(held, 2.0)
    once, _, _ = penalty(state, MATRIX)
    twice, _, _ = penalty(dict.fromkeys(held, 4.0), MATRIX)
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-6)
    assert len(traces) == 1
    with_other_factors = type(regularizer)(**(arguments | dict.fromkeys(held, 0.7)))
    assert with_other_factors._structure() == regularizer._structure()


def test_the_mode_is_part_of_the_structure():
    rows, columns = (regularizers.OrthogonalRegularizer(mode=mode) for mode in ("rows", "columns"))
    assert rows._structure() != columns._structure()


def test_lists_variables_and_whole_numbers_are_taken():
    for x in ([-1, 3], [-1.0, 3.0], Variable([-1.0, 3.0])):
        assert float(regularizers.L2(0.5)(x)) == 5.0


def test_one_row_has_nothing_to_be_orthogonal_to():
    assert float(regularizers.OrthogonalRegularizer()(MATRIX[:1])) == 0.0


def test_a_misspelt_attribute():
    with pytest.raises(AttributeError, match=r"has no attribute 'L1L3'\. Did you mean 'L1L2'\?"):
        regularizers.L1L3


def test_get():
    def own(x):
        return 0.0

    assert regularizers.get(None) is None
    assert regularizers.get(own) is own
    for name in ("l1_l2", "l1l2", "L1L2"):
        assert isinstance(regularizers.get(name), regularizers.L1L2)
    with pytest.raises(ValueError, match=r"no regularizer named 'l1l3'\. Did you mean 'l1"):
        regularizers.get("l1l3")


def test_a_subclass_with_only_a_call():
    class Mean(regularizers.Regularizer):
        def __init__(self, factor=1.0):
            self.factor = factor

        def __call__(self, x):
            return self.factor * jnp.mean(x)

    own = Mean.from_config(Mean(2.0).get_config())
    assert regularizers.get(own) is own
    assert float(own(MATRIX)) == pytest.approx(2 * MATRIX.mean(), rel=1e-5)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: regularizers.L1(-1.0), ValueError, "`l1` must be a finite number at least 0, not -1.0"),
        (lambda: regularizers.L2(float("inf")), ValueError, "`l2` must be a finite number"),
        (lambda: regularizers.L1L2(l2="much"), TypeError, "`l2` must be a number, not 'much'"),
        (lambda: regularizers.OrthogonalRegularizer(mode="row"), ValueError, r"Did you mean 'rows'\?"),
        (lambda: regularizers.OrthogonalRegularizer()(MATRIX[0]), ValueError, r"not an array of shape \(4,\)"),
        (lambda: regularizers.Regularizer()(MATRIX), NotImplementedError, "`Regularizer` has no `penalty`"),
    ],
)
def test_bad_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make()
