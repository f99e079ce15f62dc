"""Boxes: arrays outside a frame, the frame's copies inside one."""

import json
import operator
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hornet.core.frame import Frame
from hornet.core.variable import Hyperparameter, Variable

OPERATIONS = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "lt", "le", "gt", "ge", "eq", "ne"]
OTHERS = {"a number": 2.0, "an array": np.array([3.0, 2.0, 0.5], "float32"), "a variable": Variable([3.0, 2.0, 0.5])}


@pytest.fixture
def variable():
    return Variable([1.0, 2.0, 4.0], name="scale")


# --- outside a frame --------------------------------------------------------------------------------------


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_operators_are_those_of_the_array(variable, operation, other):
    function, other = getattr(operator, operation), OTHERS[other]
    plain = np.asarray(other)
    np.testing.assert_array_equal(function(variable, other), function(jnp.asarray(variable.numpy()), plain))
    np.testing.assert_array_equal(function(other, variable), function(jnp.asarray(plain), variable.numpy()))


def test_a_variable_of_booleans_takes_the_operators_of_logic():
    a, b = np.array([True, True, False]), np.array([True, False, False])
    for operation in (operator.and_, operator.or_, operator.xor):
        np.testing.assert_array_equal(operation(Variable(a), b), operation(a, b))
        np.testing.assert_array_equal(operation(a.tolist()[0], Variable(b)), operation(a[0], b))
    np.testing.assert_array_equal(~Variable(a), ~a)


def test_equality_is_of_elements_and_a_variable_still_a_key(variable):
    same = Variable([1.0, 0.0, 4.0])
    np.testing.assert_array_equal(variable == same, [True, False, True])
    assert {variable: 1, same: 2}[variable] == 1
    assert len({variable, same}) == 2
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(Variable(1.0))


def test_the_rows_of_a_variable_end(variable):
    assert [float(each) for each in variable] == [1.0, 2.0, 4.0]
    assert 2.0 in variable
    assert 3.0 not in variable


def test_what_spreads_variables_over_devices_is_taken_and_checked():
    kept = Variable(np.zeros, (2,), "float32", True, True, "mean", "on_read", "scale", None)
    assert (kept.aggregation, kept.synchronization, kept.name, kept.dtype) == ("mean", "on_read", "scale", "float32")
    assert isinstance(kept.dtype, str)
    with pytest.raises(ValueError, match="`aggregation` must be one of"):
        Variable(1.0, aggregation="most")


def test_matrix_products_take_a_variable_on_either_side():
    matrix, vector = Variable(np.arange(6.0).reshape(2, 3)), Variable([1.0, 2.0, 3.0])
    for product in (matrix @ vector, matrix @ vector.numpy(), matrix.numpy() @ vector):
        assert product.tolist() == [8.0, 26.0]


def test_it_passes_for_an_array(variable):
    assert (variable.shape, variable.ndim, variable.size, str(variable.dtype)) == ((3,), 1, 3, "float32")
    assert len(variable) == 3
    assert (-variable).tolist() == [-1.0, -2.0, -4.0]
    assert abs(Variable([-1.0])).tolist() == [1.0]
    assert variable[1:].tolist() == [2.0, 4.0]
    assert float(Variable(2.5)) == 2.5
    assert np.asarray(variable).tolist() == jnp.asarray(variable).tolist() == [1.0, 2.0, 4.0]
    assert jnp.concatenate([jnp.asarray(variable), jnp.zeros(1)]).shape == (4,)
    assert repr(variable) == "<Variable 'scale' shape=(3,) dtype=float32>"


def test_assign_replaces_adds_and_takes_away(variable):
    variable.assign([1, 1, 1])
    variable.assign_add([0.0, 1.0, 2.0])
    variable.assign_sub(0.5)
    assert variable.numpy().tolist() == [0.5, 1.5, 2.5]
    assert str(variable.numpy().dtype) == "float32"


@pytest.mark.parametrize("value", [1.0, [1.0, 2.0], [[1.0, 2.0, 4.0]]])
def test_assign_of_another_shape_is_refused(variable, value):
    with pytest.raises(ValueError, match=r"scale.*cannot take a value of shape .*\. Pass one of shape \(3,\)\."):
        variable.assign(value)
    assert variable.numpy().tolist() == [1.0, 2.0, 4.0]


def test_what_numpy_returns_is_not_the_variable_itself(variable):
    before = variable.numpy()
    variable.assign([0.0, 0.0, 0.0])
    assert before.tolist() == [1.0, 2.0, 4.0]


def test_freezing_hides_that_it_is_trainable_and_thawing_does_not_make_it_so():
    moving, weight = Variable(0.0, trainable=False), Variable(0.0)
    for frozen, expected in ((False, True), (True, False), (False, True)):
        weight.frozen = moving.frozen = frozen
        assert weight.trainable is expected
        assert not moving.trainable


# --- inside a frame ---------------------------------------------------------------------------------------


def test_reads_and_writes_go_to_the_copy_of_the_frame(variable):
    frame = Frame({variable: jnp.array([0.0, 0.0, 1.0])})
    with frame.opened():
        variable.assign_add([5.0, 0.0, 0.0])
        assert variable.value.tolist() == (variable + 0).tolist() == [5.0, 0.0, 1.0]
    assert frame.values[variable].tolist() == [5.0, 0.0, 1.0]
    assert variable.numpy().tolist() == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("use", [lambda v: v.value, lambda v: v + 1, lambda v: v.assign([0.0, 0.0, 0.0]), np.asarray])
def test_a_variable_that_the_frame_does_not_carry_is_refused(variable, use):
    with (
        Frame({}).opened(),
        pytest.raises(RuntimeError, match=r"'scale'.*does not carry it.* Keep it in an attribute of the model"),
    ):
        use(variable)
    assert variable.numpy().tolist() == [1.0, 2.0, 4.0]


def test_assign_in_a_frame_keeps_the_type(variable):
    with Frame({variable: variable.value}).opened():
        variable.assign(np.array([1, 2, 3]))
        assert variable.value.dtype == variable.dtype


@pytest.mark.parametrize("value", [1.0, [1.0, 2.0], [[1.0, 2.0, 4.0]]])
def test_assign_of_another_shape_is_refused_in_a_frame_as_outside_one(variable, value):
    frame = Frame({variable: variable.value})
    with (
        frame.opened(),
        pytest.raises(ValueError, match=r"scale.*cannot take a value of shape .*\. Pass one of shape \(3,\)\."),
    ):
        variable.assign(value)


def test_a_tracer_stored_outside_a_pure_call_is_refused_with_advice(variable):
    def leak(x):
        variable.assign(x)
        return x

    with pytest.raises(RuntimeError, match=r"traced value was assigned to .*'scale'.* Call the layer through"):
        jax.jit(leak)(jnp.zeros(3))
    assert variable.numpy().tolist() == [1.0, 2.0, 4.0]


def test_a_variable_made_while_something_is_traced_holds_an_array():
    made = []

    def function(x):
        made.append(Variable(np.ones(2)))
        return x

    jax.jit(function)(1.0)
    assert made[0].numpy().tolist() == [1.0, 1.0]


# --- hyperparameters --------------------------------------------------------------------------------------


class Decay:
    rate = Hyperparameter(at_least=0.0, below=1.0)


@pytest.fixture
def decay():
    decay = Decay()
    decay.rate = 0.5
    return decay


@pytest.mark.parametrize("value", [0.25, 0, np.float32(0.25), np.array(0.25), jnp.array(0.25)], ids=repr)
def test_a_hyperparameter_takes_any_kind_of_number(decay, value):
    decay.rate = value
    assert decay.rate == float(value)
    assert isinstance(decay.rate, float)


def test_a_number_that_was_read_is_assigned_and_read_as_in_keras(decay):
    read = decay.rate
    read.assign(0.25)
    assert (decay.rate, read) == (0.25, 0.5)
    assert decay.rate.numpy() == np.float32(0.25)
    with pytest.raises(ValueError, match="`rate` must be a"):
        decay.rate.assign(1.0)
    assert decay.rate == 0.25


def test_a_number_that_was_read_is_a_plain_number_in_a_copy_and_in_text(decay):
    assert type(pickle.loads(pickle.dumps(decay.rate))) is float
    assert (repr(decay.rate), f"{decay.rate:.1f}", json.dumps({"rate": decay.rate})) == ("0.5", "0.5", '{"rate": 0.5}')


@pytest.mark.parametrize(
    ("value", "error"),
    [(-0.1, ValueError), (1.0, ValueError), (float("nan"), ValueError), ("0.5", TypeError), (True, TypeError)],
)
def test_a_hyperparameter_out_of_bounds_is_refused_and_the_old_one_kept(decay, value, error):
    with pytest.raises(error, match="`rate` must be a"):
        decay.rate = value
    assert decay.rate == 0.5


def test_none_switches_a_hyperparameter_off_and_a_number_on_again(decay):
    decay.rate = None
    assert decay.rate is None
    decay.rate = 0.25
    assert decay.rate == 0.25


def test_hyperparameters_of_two_objects_are_apart(decay):
    other = Decay()
    with pytest.raises(AttributeError, match="no attribute 'rate' yet"):
        other.rate
    other.rate = 0.1
    assert (decay.rate, other.rate) == (0.5, 0.1)


def test_a_frame_gives_a_hyperparameter_its_argument(decay):
    number = vars(decay)["rate"]
    with Frame({number: 0.9}).opened():
        assert decay.rate == 0.9
    with Frame({}).opened(), pytest.raises(RuntimeError, match=r"'rate' = 0\.5.*does not carry it"):
        decay.rate
    assert decay.rate == 0.5


def test_what_no_variable_can_have_is_refused_where_it_is_assigned(variable):
    for name, wrong in (("constraint", "non_neg"), ("regularizer", 0.1), ("overwrite_with_gradient", "true")):
        with pytest.raises(TypeError, match=f"`{name}` of <Variable .* must be "):
            setattr(variable, name, wrong)
    variable.constraint = variable.regularizer = None
    variable.constraint = abs
    assert (variable.constraint, variable.regularizer, variable.overwrite_with_gradient) == (abs, None, False)
