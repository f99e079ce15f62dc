"""Slips that the book's readers make, and what they are told."""

import keras
import numpy as np
import pytest

import hornet
from hornet import layers
from hornet.core.user_code import TracedCodeError

X, Y = np.ones((4, 3)), np.ones(4)


def stack(**options):
    model = hornet.Sequential([layers.Dense(1, input_shape=(3,))], **options)
    model.compile(loss="mse")
    return model


def test_two_tensors_for_one():
    inputs = hornet.Input((3,))
    with pytest.raises(ValueError, match=r"takes one tensor, not 2\. Join them first, as with `layers.concatenate`"):
        layers.Dense(1)([inputs, inputs])


def test_one_row_without_its_axis():
    with pytest.raises(ValueError, match=r"takes a batch of rows, and received shape \(3,\)\. Pass .*`x\[None\]`"):
        layers.Dense(1)(np.ones(3))


@pytest.mark.parametrize("names", [("inputs", "output"), ("input", "output"), ("input", "outputs")])
def test_a_graph_s_arguments_by_other_names(names):
    inputs = hornet.Input((3,))
    with pytest.raises(TypeError, match="is made of `inputs` and `outputs`, and got"):
        hornet.Model(**dict(zip(names, (inputs, layers.Dense(1)(inputs)), strict=True)))
    with pytest.raises(TypeError, match="is made of `inputs` and `outputs`, and got `inputs`"):
        hornet.Model(inputs=1, output=2)


@pytest.mark.parametrize("base", [hornet.Model, layers.Layer])
def test_a_constructor_that_forgets_its_base(base):
    class Forgetful(base):
        def __init__(self):
            self.dense = layers.Dense(1)

        def call(self, inputs):
            return self.dense(inputs)

    with pytest.raises(AttributeError, match=r"Call `super\(\).__init__\(\)` first"):
        Forgetful()(X)


def test_a_step_as_keras_wants_it():
    class Theirs(hornet.Sequential):
        def train_step(self, data):
            return {}

    model = Theirs([layers.Dense(1, input_shape=(3,))])
    model.compile(loss="mse")
    with pytest.raises(
        TypeError, match=r"must take `\(self, state, data\)`, as in Keras's guide for JAX.*docs/guides/own_loops.md"
    ):
        model.fit(X, Y, verbose=0)


def test_a_learning_rate_as_a_metric_says_where_it_is_read():
    optimizer = hornet.optimizers.SGD(0.1)
    model = stack()
    model.compile(optimizer, "mse", metrics=[lambda y_true, y_pred: optimizer.learning_rate])
    with pytest.raises(TracedCodeError, match=r"reads the learning rate.* in a callback's `on_epoch_end`: `logs"):
        model.fit(X, Y, verbose=0)


@pytest.mark.parametrize(("data", "kind"), [(iter([X]), "a source of batches"), ({"a": X}.items(), None)])
def test_rows_that_are_no_array(data, kind):
    with pytest.raises((TypeError, ValueError), match=f"`x` is {kind}" if kind else "`x`"):
        stack().fit(data, Y, verbose=0)


def test_weights_as_a_dict_of_classes():
    with pytest.raises(TypeError, match="`sample_weight` is a dict"):
        stack().fit(X, Y, sample_weight={0: 1.0}, verbose=0)


def test_one_array_in_a_list_is_that_array():
    assert stack().fit([X], [Y], verbose=0).epoch == [0]


def test_a_list_for_inputs_that_go_by_name():
    first, second = hornet.Input((3,)), hornet.Input((3,))
    model = hornet.Model({"b": first, "a": second}, first - 2 * second)
    with pytest.raises(ValueError, match=r"^The inputs of .* go by name: 'a', 'b', so a list does not say"):
        model.predict([X, X], verbose=0)


def test_nan_in_validation_data_is_said_to_be_there():
    with pytest.warns(UserWarning, match="`validation_data` has NaN in column 0"):
        stack().fit(X, Y, validation_data=(np.full((2, 3), np.nan), np.ones(2)), verbose=0)


def test_metrics_behind_the_loss_are_told_their_name():
    model = stack()
    with pytest.raises(ValueError, match=r"takes `loss_weights` behind the loss, and 'mae' is a metric\. .*`metrics="):
        model.compile("sgd", "mse", ["mae"])


@pytest.mark.parametrize("library", [hornet, keras], ids=["hornet", "keras"])
def test_a_stack_with_an_input_is_built_for_no_other_shape(library):
    model = library.Sequential([library.Input((2,)), library.layers.Dense(1)])
    model.build((None, 2))
    with pytest.raises(ValueError, match=r"\(None, 2\).*\(None, 4\)"):
        model.build((None, 4))
    assert model.count_params() == 3


@pytest.mark.parametrize("library", [hornet, keras], ids=["hornet", "keras"])
def test_a_layer_that_cannot_say_what_it_makes_is_called(library):
    class Later(library.layers.Layer):
        def call(self, inputs):
            return inputs + 1.0

        def compute_output_spec(self, *args, **kwargs):
            raise NotImplementedError

    model = library.Sequential([Later()])
    np.testing.assert_array_equal(model(np.ones((3, 2), "float32")), 2 * np.ones((3, 2)))
