"""What objects show in notebooks."""

from xml.etree import ElementTree

import numpy as np
import pytest

import hornet
from hornet import layers
from hornet.callbacks import History
from hornet.plots.html import curve, table
from hornet.tuning.notebook import shown_results, shown_trials


def parsed(html):
    """Return the document that a browser sees, which must be well formed."""
    return ElementTree.fromstring(f"<body>{html}</body>")


def rows_of(html):
    """Return the texts of the cells of each row below the header."""
    return [["".join(cell.itertext()) for cell in row.iter("td")] for row in parsed(html).find(".//tbody")]


def model_of_parts(name="inner"):
    inner = hornet.Sequential(
        [layers.Dense(4, input_shape=(3,), name="first"), layers.Dense(2, name="last")], name=name
    )
    given = hornet.Input((3,), name="given")
    return hornet.Model(given, layers.Concatenate(name="both")([inner(given), given]), name="whole")


def test_a_model_shows_its_layers_with_shapes_and_parameters():
    html = model_of_parts()._repr_html_()
    assert rows_of(html) == [
        ["given", "InputLayer", "(None, 3)", "0", "-"],
        ["inner", "Sequential", "(None, 2)", "26", "given"],
        ["└ first", "Dense", "(None, 4)", "16", "-"],
        ["└ last", "Dense", "(None, 2)", "10", "first"],
        ["both", "Concatenate", "(None, 5)", "0", "inner, given"],
    ]
    assert "Trainable params: 26 (104.00 B)" in html
    assert "Compiled" not in html


def test_a_compiled_model_says_with_what():
    model = hornet.Sequential([layers.Dense(1, input_shape=(2,))])
    model.compile("adam", hornet.losses.Huber())
    assert "Compiled: optimizer Adam, loss Huber" in model._repr_html_()
    model.compile("sgd", {"dense": "mse"})
    assert "loss dense: mse" in model._repr_html_()
    model.compile("sgd")
    assert "loss none" in model._repr_html_()


def test_a_model_that_is_not_built_shows_itself_too():
    model = hornet.Sequential([layers.Dense(1, name="only")])
    assert rows_of(model._repr_html_()) == [["only", "Dense", "?", "0"]]


def test_names_are_no_html():
    name = "<script src='&'>"
    for html in (model_of_parts(name)._repr_html_(), table(name, [name], [[name]], [name])):
        assert "<script" not in html
        assert name in "".join(parsed(html).itertext())


def test_a_history_shows_each_metric_beside_its_validation():
    history = History()
    for epoch in range(3):
        logs = {"loss": 3.0 - epoch, "f1": np.ones(2), "val_loss": 4.0 - epoch, "learning_rate": np.float32(0.5)}
        history.on_epoch_end(epoch, logs)
    html = history._repr_html_()
    assert rows_of(html) == [["loss", "3", "1", "2", ""], ["learning_rate", "0.5", "0.5", "", ""]]
    solid, dashed = next(iter(parsed(html).iter("svg")))
    assert dashed.get("stroke-dasharray")
    assert solid.get("stroke-dasharray") is None
    heights = [[float(point.split(",")[1]) for point in line.get("points").split()] for line in (solid, dashed)]
    assert heights[0] == sorted(heights[0])  # which grow downwards
    assert heights[0][:2] == heights[1][1:]  # one scale for both
    assert parsed(History()._repr_html_()) is not None


def test_gaps_of_a_curve_stay_open():
    svg = parsed(curve([1.0, 2.0, float("nan"), 4.0]))
    assert [len(line.get("points").split()) for line in svg.iter("polyline")] == [2, 2]  # a value alone is a dot
    assert curve([float("inf")]) == ""
    assert parsed(curve([1.0, 1.0])) is not None


@pytest.mark.parametrize(
    "rate", [0.5, hornet.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)], ids=["number", "decay"]
)
def test_an_optimizer_shows_its_arguments(rate):
    shown = dict(rows_of(hornet.optimizers.SGD(rate, momentum=0.9)._repr_html_()))
    assert shown["momentum"] == "0.9"
    assert shown["learning_rate"] == ("0.5" if rate == 0.5 else "ExponentialDecay")


def test_a_search_shows_its_best_candidates():
    results = {
        "mean_test_score": np.array([0.5, np.nan, 0.75]),
        "std_test_score": np.array([0.1, np.nan, 0.2]),
        "params": [{"n": 1, "name": "<a>"}, {"n": 2}, {"n": 3}],
    }
    html = shown_results(results, "score", "R²")
    assert rows_of(html) == [
        ["1", "0.75", "0.2", "3", ""],
        ["2", "0.5", "0.1", "1", "<a>"],
        ["3", "nan", "nan", "2", ""],
    ]
    many = {name: [*column] * 10 for name, column in results.items()}
    assert len(rows_of(shown_results(many, "score", "R²"))) == 10


@pytest.mark.parametrize("direction", ["min", "max"])
def test_a_study_shows_its_best_trials(direction):
    values = [0.5, 0.25, None, 0.75]
    rows = [
        {"number": place, "state": "failed" if value is None else "finished", "value": value, "epochs": 3, "n": place}
        for place, value in enumerate(values)
    ]
    html = shown_trials(rows, ["n"], "val_loss", direction)
    expected = [1, 0, 3] if direction == "min" else [3, 0, 1]
    assert [row[0] for row in rows_of(html)] == [str(number) for number in expected]
    assert "1 stopped or failed" in html
    assert parsed(html).find(".//polyline") is not None
    assert rows_of(shown_trials([], ["n"], "val_loss", direction)) == []
