"""The declared input of a model."""

import keras
import numpy as np
import pytest
import scipy.sparse

import hornet
from hornet.layers import Dense, Flatten, Input, InputLayer

DECLARED = [
    ((3,), (3,)),
    ([28, 28], (28, 28)),
    (3, (3,)),
    ((), ()),
    ((None, 2), (None, 2)),
    (np.zeros((4, 5)).shape[1:], (5,)),
]


@pytest.mark.parametrize(("given", "shape"), DECLARED, ids=repr)
def test_a_shape_is_given_without_the_batch(given, shape):
    for layer in (InputLayer(given), InputLayer(shape=given)):
        assert (layer.shape, layer._declared_shape, layer.built) == (shape, (None, *shape), True)
    assert Input(given).shape == Input(shape=given).shape == (None, *shape)


@pytest.mark.parametrize("more", [{"batch_size": 32}, {"dtype": "int32"}, {"name": "pixels"}, {}], ids=repr)
def test_an_input_takes_what_keras_s_takes(more):
    ours, theirs = InputLayer((3,), **more), keras.layers.InputLayer((3,), **more)
    assert (ours.dtype, ours.batch_size) == (theirs.dtype, theirs.batch_shape[0])
    assert Input((3,), **more).dtype == keras.Input((3,), **more).dtype
    if "name" in more:
        assert ours.name == theirs.name == Input((3,), **more).name


def test_values_pass_through():
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(InputLayer((3,))(x), x)


@pytest.mark.parametrize("make", [Input, InputLayer])
def test_an_input_needs_a_shape(make):
    with pytest.raises(
        ValueError, match=r"^An input needs a shape\. Pass `shape=\(features,\)`, without the batch axis\."
    ):
        make()


@pytest.mark.parametrize(
    ("shape", "error"), [((-3,), ValueError), ((0,), ValueError), ((2.5,), TypeError), (("a",), TypeError)]
)
def test_sizes_are_positive_integers(shape, error):
    for make in (Input, lambda shape: Dense(1, input_shape=shape)):
        with pytest.raises(error, match=r"^`(input_)?shape` must be a positive integer, not "):
            make(shape)


def test_a_model_takes_its_first_layer_s_shape_or_an_input_s():
    declared = [
        [Flatten(input_shape=[2, 3]), Dense(4)],
        [Input([2, 3]), Flatten(), Dense(4)],
        [InputLayer(shape=(2, 3)), Flatten(), Dense(4)],
        [Flatten(batch_input_shape=(None, 2, 3)), Dense(4)],
    ]
    for stack in declared:
        model = hornet.Sequential(stack)
        assert (model.built, model.input_shape, model.output_shape) == (True, (None, 2, 3), (None, 4))
        assert len(model.layers) == 2
        assert model.count_params() == 28


@pytest.mark.parametrize("package", [hornet, keras], ids=["hornet", "keras"])
class TestKerasArguments:
    def test_a_given_batch_size_is_part_of_the_shapes(self, package):
        assert tuple(package.Input(batch_shape=(2, 3)).shape) == (2, 3)
        inputs = package.Input((3, 4), batch_size=2, name="rows")
        assert tuple(package.layers.Flatten()(inputs).shape) == (2, 12)
        model = package.Model(inputs, package.layers.Flatten()(inputs))
        assert (tuple(model.input_shape), tuple(model.output_shape)) == ((2, 3, 4), (2, 12))
        config = model.get_config()["layers"][0]["config"]
        assert list(config["batch_shape"]) == [2, 3, 4]
        again = (
            package.Model.from_config(model.get_config())
            if package is keras
            else type(model).from_config(model.get_config())
        )
        assert tuple(again.input_shape) == (2, 3, 4)
        assert model.predict(np.ones((5, 3, 4)), verbose=0).shape == (5, 12)  # which binds no program
        stack = package.Sequential([package.Input((3,), batch_size=2), package.layers.Dense(1)])
        assert (tuple(stack.input_shape), tuple(stack.output_shape)) == ((2, 3), (2, 1))
        stack.compile("sgd", "mse")
        assert len(stack.fit(np.ones((4, 3)), np.ones(4), batch_size=2, verbose=0).history["loss"]) == 1

    def test_one_way_to_give_the_shape(self, package):
        for wrong in ({"shape": (2, 3), "batch_shape": (4, 2, 3)}, {"batch_size": 4, "batch_shape": (4, 2)}, {}):
            with pytest.raises(ValueError, match="shape"):
                package.layers.InputLayer(**wrong)

    def test_a_tensor_that_is_there_may_be_the_input(self, package):
        tensor = package.Input((3,))
        assert package.Input(tensor=tensor) is tensor
        assert package.layers.InputLayer(input_tensor=tensor).output is tensor
        with pytest.raises(ValueError, match="tensor"):
            package.layers.InputLayer(input_tensor=np.ones((2, 3)))

    def test_sparse_and_ragged_are_false(self, package):
        layer = package.layers.InputLayer((3,), sparse=False, ragged=False)
        assert (layer.sparse, layer.ragged, layer.output.sparse, layer.output.ragged) == (False,) * 4
        assert layer.input == []

    def test_an_optional_input_may_be_none(self, package):
        class Plus(package.layers.Layer):
            def call(self, x, y=None):
                return x if y is None else x + y

            def compute_output_shape(self, x_shape):
                return x_shape

        a, b = package.Input((2,), name="a"), package.Input((2,), name="b", optional=True)
        by_name = package.Model({"a": a, "b": b}, Plus()(a, b))
        ones = np.ones((3, 2), "float32")
        assert np.asarray(by_name({"a": ones, "b": None})).tolist() == ones.tolist()
        assert by_name.predict({"a": ones, "b": ones}, verbose=0).tolist() == (2 * ones).tolist()
        in_order = package.Model([a, b], Plus()(a, b))
        assert np.asarray(in_order([ones, None])).tolist() == ones.tolist()
        with pytest.raises(ValueError, match="a"):
            in_order([None, ones])


def test_what_xla_does_not_have_is_said():
    with pytest.raises(ValueError, match=r"XLA has no ragged tensors\. Leave `ragged` out, and pass arrays"):
        Input((3,), ragged=True)


def test_a_sparse_input_takes_sparse_matrices():
    inputs = Input((3,), sparse=True, name="counts")
    model = hornet.Model(inputs, hornet.layers.Dense(2)(inputs))
    rows = np.array([[0, 1, 0], [2, 0, 0], [0, 0, 0]], "float32")
    np.testing.assert_allclose(model.predict(scipy.sparse.csr_matrix(rows), verbose=0), model.predict(rows, verbose=0))
    assert [layer["config"].get("sparse") for layer in model.get_config()["layers"]] == [True, None]


def test_an_optional_input_is_left_out_in_training_too():
    class Plus(hornet.layers.Layer):
        def call(self, x, y=None):
            return x if y is None else x + y

    a, b = Input((2,), name="a"), Input((2,), name="b", optional=True)
    model = hornet.Model({"a": a, "b": b}, Dense(1, kernel_initializer="ones")(Plus()(a, b)))
    model.compile("sgd", "mse")
    x, y = np.ones((8, 2), "float32"), np.full(8, 2.0)
    assert model.evaluate({"a": x, "b": None}, y, verbose=0) == 0
    assert model.evaluate({"a": x}, y, verbose=0) == 0
    assert model.evaluate({"a": x, "b": x}, y, verbose=0) == 4
    assert model.fit({"a": x, "b": None}, y, verbose=0).history["loss"] == [0.0]
    assert model.predict({"a": x, "b": None}, verbose=0).shape == (8, 1)


@pytest.mark.parametrize("contradiction", [{"batch_size": 5}, {"dtype": "float16"}, {"shape": (4,)}])
@pytest.mark.parametrize("library", [hornet, keras], ids=["hornet", "keras"])
def test_what_contradicts_the_tensor_that_is_given_is_refused(library, contradiction):
    given = library.KerasTensor((2, 3), "float32")
    layer = library.layers.InputLayer((3,), batch_size=2, dtype="float32", input_tensor=given)
    assert tuple(layer.batch_shape) == (2, 3)
    with pytest.raises(ValueError, match="input_tensor"):
        library.layers.InputLayer(input_tensor=given, **contradiction)
