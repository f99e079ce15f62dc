"""The default type and the fuzz factor."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import hornet
from hornet.core import arrays, dtypes, settings
from hornet.layers import Dense


@pytest.fixture
def restored():
    yield
    settings.set_floatx("float32")
    settings.set_epsilon(1e-7)


@pytest.mark.parametrize(
    "dtype", [None, "float32", "int64", "bool", np.uint8, np.dtype("float16"), jnp.bfloat16, float, int]
)
def test_names_of_types_are_those_of_keras(dtype):
    assert dtypes.standardize_dtype(dtype) == keras.backend.standardize_dtype(dtype)


class Named:
    """A type of another library, which is known by its name, as TensorFlow's and PyTorch's are."""

    def __init__(self, name=None, as_numpy_dtype=None, text=""):
        self.text = text
        if name:
            self.name = name
        if as_numpy_dtype:
            self.as_numpy_dtype = as_numpy_dtype

    def __repr__(self):
        return self.text


@pytest.mark.parametrize("dtype", [Named("float16"), Named(as_numpy_dtype=np.float16), Named(text="torch.float16")])
def test_types_of_other_libraries_are_taken_wherever_a_type_is(dtype):
    assert dtypes.standardize_dtype(dtype) == "float16"
    assert hornet.Input((2,), dtype=dtype).dtype == Dense(1, dtype=dtype).dtype == "float16"
    assert hornet.KerasTensor((2,), dtype).dtype == "float16"
    assert hornet.ops.cast([1], dtype).dtype == hornet.random.normal((1,), dtype=dtype).dtype == "float16"
    assert hornet.random.randint((1,), 0, 2, dtype=Named("uint8")).dtype == "uint8"


@pytest.mark.parametrize("dtype", [Named("string"), Named("nonsense"), Named(text="torch.strange")])
def test_other_things_with_a_name_are_no_type(dtype):
    with pytest.raises(ValueError, match="`dtype` must be a data type"):
        dtypes.standardize_dtype(dtype)


def test_what_is_no_type_is_refused():
    with pytest.raises(
        ValueError, match=r"^`dtype` must be a data type, not 'float33'\. Pass a name such as 'float32'"
    ):
        dtypes.standardize_dtype("float33")


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_layers_take_the_default_type(restored, dtype):
    settings.set_floatx(dtype)
    layer = Dense(2)
    assert str(layer(np.ones((1, 3), "float32")).dtype) == dtype
    assert {str(weight.dtype) for weight in layer.weights} == {dtype}


def test_floatx_and_epsilon_can_be_set_and_refuse_other_values(restored):
    settings.set_floatx("bfloat16")
    settings.set_epsilon(1e-4)
    assert (settings.floatx(), settings.epsilon()) == ("bfloat16", 1e-4)
    with pytest.raises(ValueError, match="`value` must be one of 'float16', 'bfloat16', 'float32', 'float64'"):
        settings.set_floatx("int8")
    with pytest.raises(ValueError, match="`value` must be a finite number above 0"):
        settings.set_epsilon(0.0)
    assert (settings.floatx(), settings.epsilon()) == ("bfloat16", 1e-4)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "int32", "bool"])
def test_is_float(dtype):
    assert dtypes.is_float(jnp.dtype(dtype)) == ("float" in dtype)


@pytest.mark.parametrize("dtype", ["int64", "uint64", "uint32", "int8"])
def test_integers_that_fit_become_a_program_s(dtype):
    array = arrays.program_array(np.array([0, 100], dtype))
    assert array.dtype.itemsize <= 4
    assert array.tolist() == [0, 100]
    assert arrays.program_array([1, 2]).tolist() == [1, 2]
    assert arrays.program_array(np.empty(0, "int64")).shape == (0,)


@pytest.mark.parametrize(("dtype", "extreme"), [("int64", 2**31), ("int64", -(2**31) - 1), ("uint64", 2**32)])
def test_integers_of_more_bits_are_refused(dtype, extreme):
    array = np.array([0, extreme], dtype)
    with pytest.raises(ValueError, match=f"`inputs` holds {extreme}, but integers have 32 bits in programs. Convert"):
        arrays.program_array(array)
    with jax.enable_x64():
        assert arrays.program_array(array).tolist() == [0, extreme]


def test_text_is_refused():
    with pytest.raises(TypeError, match=r"`inputs` holds text .first in row 0: 'a'., not numbers"):
        arrays.program_array(np.array(["a"]))
