"""The table of layers, shapes and counts."""

import re

import keras
import pytest

import hornet
from hornet import layers
from hornet.core.module import reset_names

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


def test_an_unbuilt_model_says_that_it_must_be_built_and_how():
    model = hornet.Sequential([layers.Dense(2)], name="net")
    with pytest.raises(ValueError, match="must be built") as caught:
        model.summary()
    assert str(caught.value) == (
        "'net' must be built before it has a summary. Give its first layer `input_shape=`, call "
        "`model.build((None, features))`, or fit it to data."
    )
    model.build((None, 3))
    assert totals(text_of(model))[0][1] == "8"


def test_freezing_moves_counts():
    model = hornet.Sequential([layers.Dense(2, input_shape=(3,)), layers.Dense(1)])
    model.layers[0].trainable = False
    assert [count for _, count, _ in totals(text_of(model))] == ["11", "3", "8"]
