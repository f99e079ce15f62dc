"""The table of layers, shapes and counts."""

import re

import keras
import numpy as np
import pytest

import hornet
from hornet import layers
from hornet.core.names import reset_names

MODELS = {
    "a dense stack": lambda own: [own.Dense(300, "relu"), own.Dense(100), own.Dense(10, "softmax")],
    "statistics": lambda own: [own.Dense(2), own.BatchNormalization(), own.Dropout(0.5), own.Activation("relu")],
    "a frozen layer": lambda own: [own.Dense(200, trainable=False), own.Dense(1)],
    "large": lambda own: [own.Dense(2000), own.Dense(2000)],
}


def text_of(model, **more):
    found = []
    model.summary(print_fn=lambda text, **_: found.append(text), **more)
    return "\n".join(found)


def cells(text):
    """Return the rows of a table, each a tuple of its cells."""
    rows = [re.split("[│┃]", line) for line in text.splitlines() if line.startswith(("│", "┃"))]
    return [tuple(cell.strip() for cell in row[1:-1]) for row in rows]


def totals(text):
    return re.findall(r"(\w[\w-]*) params: ([\d,]+) \(([\d.]+ \w+)\)", text)


@pytest.mark.parametrize("case", MODELS)
def test_shapes_and_counts_are_those_of_keras(case, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")  # Keras cuts its lines there
    reset_names()
    keras.backend.clear_session()
    ours, theirs = (
        text_of(library.Sequential([library.Input((30,)), *MODELS[case](library.layers)]), line_length=120)
        for library in (hornet, keras)
    )
    assert cells(ours) == cells(theirs)
    assert totals(ours) == totals(theirs)
    assert len(totals(ours)) == 3


def test_names_and_types_stand_in_the_table_under_the_model_s_name():
    model = hornet.Sequential(
        [layers.Dense(2, name="hidden", input_shape=(3,)), layers.Dense(1, name="out")], name="net"
    )
    text = text_of(model)
    assert "Model: 'net'" in text or 'Model: "net"' in text
    assert cells(text) == [
        ("Layer (type)", "Output Shape", "Param #"),
        ("hidden (Dense)", "(None, 2)", "8"),
        ("out (Dense)", "(None, 1)", "3"),
    ]
    assert totals(text) == [
        ("Total", "11", "44.00 B"),
        ("Trainable", "11", "44.00 B"),
        ("Non-trainable", "0", "0.00 B"),
    ]


def test_it_is_printed_when_nothing_else_is_asked_for(capsys):
    model = hornet.Sequential([layers.Dense(2, name="hidden", input_shape=(3,))])
    assert model.summary() is None
    printed = capsys.readouterr().out
    assert "hidden (Dense)" in printed
    assert "Total params: 8 (32.00 B)" in printed
    assert "\x1b" not in printed


def test_a_print_function_gets_the_text_and_nothing_is_printed(capsys):
    assert "Total params" in text_of(hornet.Sequential([layers.Dense(2, input_shape=(3,))]))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("width", [40, 60, 200])
def test_lines_keep_to_the_length_asked_for(width):
    text = text_of(
        hornet.Sequential([layers.Dense(2, name="a_rather_long_name_" * 3, input_shape=(3,))]), line_length=width
    )
    assert max(map(len, text.splitlines())) <= width
    body = [row for row in cells(text) if not row[0].startswith("Layer")]
    assert "".join(row[0] for row in body).replace(" ", "") == "a_rather_long_name_" * 3 + "(Dense)"


@pytest.mark.parametrize("package", [hornet, keras], ids=["hornet", "keras"])
def test_an_unbuilt_model_has_a_table_without_shapes(package):
    model = package.Sequential([package.layers.Dense(2, name="dense")], name="net")
    assert rows_of(text_of(model)) == {"dense": ["?", "0 (unbuilt)"]}
    assert totals(text_of(model))[0][1] == "0"
    model.build((None, 3))
    assert totals(text_of(model))[0][1] == "8"


def test_freezing_moves_counts():
    model = hornet.Sequential([layers.Dense(2, input_shape=(3,)), layers.Dense(1)])
    model.layers[0].trainable = False
    assert [count for _, count, _ in totals(text_of(model))] == ["11", "3", "8"]


# --- graphs and models inside models ------------------------------------------------------------------------


def branching(library):
    """A shared layer, an operation, models two deep, a frozen layer, statistics, two inputs and two outputs."""
    own = library.layers
    x, y = library.Input((6,), name="x"), library.Input((5,), name="y")
    shared = own.Dense(6, activation="tanh", name="shared")
    deepest_input, inner_input = library.Input((6,), name="deepest_in"), library.Input((6,), name="inner_in")
    deepest = library.Model(deepest_input, own.Dense(2, name="deepest_dense")(deepest_input), name="deepest")
    inner = library.Model(inner_input, deepest(own.Dense(6, name="inner_dense")(inner_input)), name="inner")
    hidden = inner(shared(shared(x)) * 2.0)
    joined = own.Concatenate(name="joined")([hidden, y])
    stack = library.Sequential([own.Dense(4, name="stacked"), own.BatchNormalization(name="statistics")], name="stack")
    frozen = own.Dense(3, trainable=False, name="frozen")(joined)
    return library.Model([x, y], [stack(frozen), own.Dense(1, name="aux")(hidden)], name="net")


def rows_of(text):
    """Return the cells of each layer by its name, connections without Keras's numbers of calls and outputs."""
    rows = {}
    for name, *rest in cells(text)[1:]:
        rows[name.lstrip("└ ").partition(" (")[0]] = [re.sub(r"\[0\]|\[1\]", "", one) for one in rest]
    return rows


@pytest.fixture
def wide_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "250")  # Keras cuts its lines there


@pytest.mark.parametrize("trainable", [False, True])
@pytest.mark.parametrize("nested", [False, True])
def test_a_graph_s_rows_are_those_of_keras(nested, trainable, wide_terminal):
    keras.backend.clear_session()
    options = {"line_length": 240, "expand_nested": nested, "show_trainable": trainable}
    ours, theirs = (text_of(branching(library), **options) for library in (hornet, keras))
    assert cells(ours)[0] == cells(theirs)[0]
    assert totals(ours) == totals(theirs)
    our_rows, their_rows = rows_of(ours), rows_of(theirs)
    if nested:  # Keras does not say what the layers of models inside are connected to
        connected = {name: row.pop(2) for name, row in our_rows.items()}
        assert {name: connected[name] for name in ("inner_dense", "deepest", "statistics")} == {
            "inner_dense": "inner_in",
            "deepest": "inner_dense",
            "statistics": "stacked",
        }
        for row in their_rows.values():
            row.pop(2)
    if trainable:  # Keras says of layers without weights that they are trained
        for name, row in our_rows.items():
            assert row[-1] == ("-" if row[1] == "0" else their_rows[name][-1])
            row[-1] = their_rows[name][-1]
    assert our_rows == their_rows


def test_rows_of_a_model_inside_stand_behind_it_indented():
    text = text_of(branching(hornet), expand_nested=True, line_length=120)
    names = [row[0] for row in cells(text)[1:]]
    at = names.index("inner (Functional)")
    assert names[at + 1 : at + 6] == [
        "└ inner_in (InputLayer)",
        "└ inner_dense (Dense)",
        "└ deepest (Functional)",
        "└ deepest_in (InputLayer)",
        "└ deepest_dense (Dense)",
    ]
    depths = [line.index("└") for line in text.splitlines() if "└ " in line and "─" not in line]
    assert sorted(set(depths)) == [2, 6]


def test_a_shared_layer_is_one_row_and_an_operation_is_a_row():
    rows = rows_of(text_of(branching(hornet), line_length=120))
    assert rows["shared"][1:] == ["42", "x, shared"]
    assert rows["multiply"] == ["(None, 6)", "0", "shared"]
    assert rows["joined"][2] == "inner, y"


@pytest.mark.parametrize(
    "asked", [("shared", "joined"), ("joined", "shared"), ("sha.*", "jo"), ("x", "aux"), ("y", "y")]
)
@pytest.mark.parametrize("nested", [False, True])
def test_a_range_of_layers_is_that_of_keras(asked, nested, wide_terminal):
    def linear(library):
        names = ("x", "shared", "y", "joined", "aux")
        inside = library.Sequential([library.layers.Dense(2, name="inside")], name="joined")
        parts = [inside if name == "joined" else library.layers.Dense(2, name=name) for name in names]
        return library.Sequential([library.Input((3,)), *parts])

    options = {"layer_range": asked, "expand_nested": nested, "line_length": 120}
    ours, theirs = (rows_of(text_of(linear(library), **options)) for library in (hornet, keras))
    assert ours == theirs


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("shard", "aux"), r"^There is no layer named 'shard'\. Did you mean 'shared'\?$"),
        (("aux",), r"^`layer_range` must be two names, not \('aux',\)\. Pass the first and the last layer's\.$"),
        ("aux", r"^`layer_range` must be two names, not 'aux'\."),
    ],
)
def test_a_range_of_layers_that_are_not_there_is_refused(asked, message):
    with pytest.raises(ValueError, match=message):
        branching(hornet).summary(layer_range=asked)


def subclassed(library):
    class Net(library.Model):
        def __init__(self):
            super().__init__(name="net")
            self.first = library.layers.Dense(3, name="first")
            self.several = [library.layers.Dense(2, name="one"), library.layers.Dense(2, name="two")]
            self.inner = library.Sequential([library.layers.Dense(2, name="deep")], name="inner")

        def call(self, inputs):
            hidden = self.first(inputs)
            for layer in self.several:
                hidden = layer(hidden)
            return self.inner(hidden)

    model = Net()
    model(np.ones((2, 3), "float32"))
    return model


@pytest.mark.parametrize("nested", [False, True])
def test_a_class_s_layers_are_listed_as_keras_lists_them(nested, wide_terminal):
    ours, theirs = (text_of(subclassed(one), expand_nested=nested, line_length=120) for one in (hornet, keras))
    assert [row[::2] for row in cells(ours)] == [row[::2] for row in cells(theirs)]
    assert totals(ours) == totals(theirs)


class Noisy(layers.Layer):
    """Draws in inference too."""

    def call(self, inputs):
        return inputs + hornet.random.normal((3,))


class Partly(hornet.Model):
    """Draws, and has a layer that it does not use."""

    def __init__(self):
        super().__init__()
        self.noisy = Noisy(name="noisy")
        self.unused = layers.Dense(2, name="unused")

    def call(self, inputs):
        return self.noisy(inputs)


def test_a_class_that_draws_has_a_table_and_a_layer_that_it_does_not_use_no_shape():
    model = Partly()
    model(np.ones((2, 3)))
    assert rows_of(text_of(model)) == {"noisy": ["(None, 3)", "0"], "unused": ["?", "0 (unbuilt)"]}


def test_counting_weights_is_that_of_keras():
    ours, theirs = branching(hornet), branching(keras)
    assert ours.count_params() == theirs.count_params() == 157
    for layer in ours.layers:
        assert layer.count_params() == theirs.get_layer(layer.name).count_params()
