"""A model as rows."""

import keras
import numpy as np
import pytest

import hornet
from hornet import layers, ops
from hornet.models.outline import Row, expanded, is_chain


def stack(*more, name="stack"):
    return hornet.Sequential([*more, layers.Dense(3, name="hidden"), layers.Dense(1, name="out")], name=name)


def graph():
    """A model inside a model inside a model, one of them called twice."""
    x = hornet.Input((4,), name="x")
    inner_input = hornet.Input((4,), name="inner_in")
    inner = hornet.Model(inner_input, stack()(inner_input), name="inner")
    return hornet.Model(x, ops.multiply(inner(x), inner(x + 1.0)), name="net")


def test_a_row_tells_the_layer_its_shapes_and_where_they_come_from():
    rows = graph()._outline()
    assert [(row.name, row.kind, row.input_shape, row.output_shape, row.sources, row.size) for row in rows] == [
        ("x", "InputLayer", (None, 4), (None, 4), (), 0),
        ("inner", "Functional", (None, 4), (None, 1), ("x", "add"), 19),
        ("add", "Add", (None, 4), (None, 4), ("x",), 0),
        ("multiply", "Multiply", [(None, 1), (None, 1)], (None, 1), ("inner",), 0),
    ]
    assert {row.depth for row in rows} == {0}


def test_models_inside_have_their_rows_behind_them_to_any_depth():
    rows = graph()._outline(expand_nested=True)
    assert [(row.name, row.label, row.depth, row.sources) for row in rows] == [
        ("x", "x", 0, ()),
        ("inner", "inner", 0, ("x", "add")),
        ("inner/inner_in", "inner_in", 1, ()),
        ("inner/stack", "stack", 1, ("inner/inner_in",)),
        ("inner/stack/hidden", "hidden", 2, ()),
        ("inner/stack/out", "out", 2, ("inner/stack/hidden",)),
        ("add", "add", 0, ("x",)),
        ("multiply", "multiply", 0, ("inner",)),
    ]


def test_an_outline_is_that_of_its_layers_expanded():
    model = graph()
    assert model._outline(expand_nested=True) == expanded(model._outline())


def test_a_class_says_nothing_of_where_its_layers_inputs_come_from():
    class Net(hornet.Model):
        def __init__(self):
            super().__init__()
            self.inner = stack(name="inner")
            self.twice = layers.Dense(1, name="twice")

        def call(self, inputs):
            return self.twice(self.twice(self.inner(inputs)))

    model = Net()
    model(np.ones((2, 4)))
    assert [(row.name, row.sources) for row in model._outline(expand_nested=True)] == [
        ("inner", None),
        ("inner/hidden", ()),
        ("inner/out", ("inner/hidden",)),
        ("twice", None),
    ]


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda: stack(layers.Input((4,))), True),
        (graph, False),
        (lambda: _functional(lambda x: layers.Dense(1)(x)), True),
        (lambda: _functional(lambda x: layers.add([x, layers.Dense(4)(x)])), False),
        (lambda: _functional(lambda x: (layer := layers.Dense(4))(layer(x))), False),
    ],
    ids=["stack", "graph", "chain", "skip", "shared"],
)
def test_a_chain_is_known(build, expected):
    assert is_chain(build()._outline()) is expected


def _functional(function):
    x = hornet.Input((4,))
    return hornet.Model(x, function(x))


def test_a_function_of_the_user_s_goes_by_its_name():
    def doubled(x):
        return 2 * x

    row = Row("doubled", doubled, (None, 3), (None, 3))
    assert (row.kind, row.size, row.label) == ("doubled", 0, "doubled")


def test_the_rows_of_an_unbuilt_stack_have_no_shapes():
    assert {(row.input_shape, row.output_shape, row.size) for row in stack()._outline()} == {(None, None, 0)}


def indexing(library):
    """A model whose `call` takes rows of a table by number."""

    class Rows(library.Model):
        def __init__(self):
            super().__init__()
            self.table = library.ops.ones((9, 4))
            self.dense = library.layers.Dense(2, kernel_initializer="ones")

        def call(self, numbers):
            return self.dense(library.ops.take(self.table, numbers, axis=0))

    return Rows()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")
@pytest.mark.parametrize("begin", ["fit", "call"])
def test_a_model_of_indices_is_built_for_integers(begin, oracle, capsys):
    def answers(library):
        model = indexing(library)
        model.compile("sgd", "mse")
        if begin == "call":
            model(library.ops.convert_to_tensor([1, 3]))
            model.summary()
        model.fit(np.arange(9), np.ones((9, 2)), verbose=0)
        return [*model.get_weights(), model.predict(np.arange(3), verbose=0)]

    for one, other in zip(answers(hornet), oracle("indices", lambda: answers(keras)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_the_outline_of_a_model_of_indices_has_its_shapes():
    model = indexing(hornet)
    model(np.array([1, 3]))
    assert [row.output_shape for row in model._outline()] == [(None, 2)]
