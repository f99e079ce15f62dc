"""Importances, notes and plots read the trials of a search from any table of them."""

import importlib.util
from dataclasses import dataclass

import matplotlib.pyplot
import numpy as np
import pandas as pd
import polars as pl
import pytest

from hornet.tuning.importances import edge_notes, importances
from hornet.tuning.picture import plot_history, plot_importances, plot_parallel, plot_results, plot_slices

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    matplotlib.pyplot.close("all")


@dataclass(frozen=True)
class Scale:
    """Numbers between two ends."""

    low: float
    high: float
    log: bool = False

    count = None
    is_ordered = True

    def at(self, unit):
        return self.low * (self.high / self.low) ** unit if self.log else self.low + unit * (self.high - self.low)

    def place(self, value):
        low, high, value = np.log([self.low, self.high, value]) if self.log else (self.low, self.high, value)
        return float((value - low) / (high - low))

    def is_edge(self, value):
        return {self.low: "lower", self.high: "upper"}.get(value)


@dataclass(frozen=True)
class OneOf:
    """Names, without an order."""

    values: tuple

    is_ordered = False

    @property
    def count(self):
        return len(self.values)

    def grid(self):
        return list(self.values)

    def encode(self, value):
        return self.values.index(value)

    def place(self, value):
        return (self.encode(value) + 0.5) / self.count

    def is_edge(self, value):
        return None


SPACE = {
    "rate": Scale(1e-4, 1e-1, log=True),
    "units": Scale(1, 100),
    "kind": OneOf(("relu", None, "tanh")),
    "momentum": Scale(0, 1),
}


def trials(count=60):
    """Return trials whose value is that of the rate, mostly; some have no momentum, some failed or were stopped."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(count):
        params = {name: SPACE[name].at(rng.random()) for name in ("rate", "units", "momentum")}
        params["kind"] = SPACE["kind"].values[number % 3]
        value = (np.log10(params["rate"]) + 2) ** 2 + 0.3 * (params["kind"] is None) + 0.001 * params["units"]
        if number % 4 == 0:
            del params["momentum"]
        rows.append({"number": number, "state": "finished", "value": value, **params})
    rows[3]["state"], rows[3]["value"] = "failed", float("nan")
    rows[5]["state"], rows[5]["value"] = "stopped", -1.0
    return rows


TABLES = {
    "rows": list,
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "columns": lambda rows: pd.DataFrame(rows).to_dict("list"),
}
METHODS = ["permutation", *(["ped_anova"] if importlib.util.find_spec("optuna") else [])]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sign", [1, -1])
def test_what_matters_most_comes_first_whatever_the_direction(method, sign):
    rows = [{**row, "value": sign * row["value"]} for row in trials()]
    shares = importances(rows, SPACE, "min" if sign == 1 else "max", method)
    assert next(iter(shares)) == "rate"
    assert set(shares) == set(SPACE)
    assert sum(shares.values()) == pytest.approx(1)
    assert min(shares.values()) >= 0


@pytest.mark.parametrize("method", METHODS)
def test_any_table_of_the_same_trials_has_the_same_importances(method):
    found = [importances(make(trials()), SPACE, method=method) for make in TABLES.values()]
    for other in found[1:]:
        assert other == pytest.approx(found[0])


@pytest.mark.skipif("ped_anova" not in METHODS, reason="Optuna is not installed")
def test_shares_are_those_that_optuna_finds_in_the_same_trials():
    import optuna

    rows = [row for row in trials() if row["state"] == "finished"]
    study = optuna.create_study()
    for row in rows:
        kinds = {
            "rate": optuna.distributions.FloatDistribution(1e-4, 1e-1, log=True),
            "units": optuna.distributions.FloatDistribution(1, 100),
            "kind": optuna.distributions.CategoricalDistribution(SPACE["kind"].values),
            "momentum": optuna.distributions.FloatDistribution(0, 1),
        }
        kinds = {name: kind for name, kind in kinds.items() if name in row}
        params = {name: row[name] for name in kinds}
        study.add_trial(optuna.trial.create_trial(params=params, distributions=kinds, value=row["value"]))
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    expected = optuna.importance.get_param_importances(study, evaluator=evaluator)
    assert importances(rows, SPACE, method="ped_anova") == pytest.approx(expected, abs=0.02)


def test_without_differences_all_matter_the_same():
    rows = [{**row, "value": 1.0} for row in trials()]
    assert importances(rows, SPACE, method="permutation") == dict.fromkeys(SPACE, 0.25)


def test_the_edge_of_a_space_is_said():
    best = {"rate": 1e-4, "units": 100, "kind": "relu", "momentum": 0.5}
    low, high = edge_notes(best, SPACE)
    assert "`rate` is 0.0001, the lower end" in low
    assert "`units` is 100, the upper end" in high
    assert edge_notes({"rate": 1e-3}, SPACE) == []


@pytest.mark.parametrize("make", TABLES.values(), ids=TABLES)
def test_the_history_shows_values_and_the_best_so_far(make):
    rows = trials()
    axes = plot_history(make(rows))
    finished, stopped, best = axes.lines
    values = {row["number"]: row["value"] for row in rows if row["state"] == "finished"}
    assert dict(zip(finished.get_xdata(), finished.get_ydata(), strict=True)) == values
    assert stopped.get_xdata().tolist() == [5]
    assert best.get_ydata()[-1] == min(values.values())
    assert (np.diff(best.get_ydata()) <= 0).all()
    assert plot_history(rows, "max", axes) is axes
    assert axes.lines[-1].get_ydata()[-1] == max(values.values())


@pytest.mark.parametrize("make", TABLES.values(), ids=TABLES)
def test_slices_have_a_panel_for_each_hyperparameter(make):
    rows = trials()
    panels = plot_slices(make(rows), SPACE)
    assert [panel.get_xlabel() for panel in panels] == list(SPACE)
    assert [panel.get_xscale() for panel in panels] == ["log", "linear", "linear", "linear"]
    counts = [len(panel.lines[0].get_xdata()) for panel in panels]
    with_momentum = sum("momentum" in row and row["state"] != "failed" for row in rows)
    assert counts == [59, 59, 59, with_momentum]
    best = min((row for row in rows if row["state"] == "finished"), key=lambda row: row["value"])
    [star] = [line for line in panels[0].lines if line.get_label() == "best"]
    assert (star.get_xdata()[0], star.get_ydata()[0]) == (best["rate"], best["value"])
    again = plot_slices(rows, SPACE, axes=panels)
    assert again == panels


def test_parallel_axes_have_a_line_for_each_trial_with_gaps_for_what_it_lacks():
    rows = trials()
    axes = plot_parallel(rows, SPACE)
    lines = [line for line in axes.lines if len(line.get_xdata()) == len(SPACE) + 1]
    assert len(lines) == 59
    gaps = sum(np.isnan(line.get_ydata()).sum() for line in lines)
    assert gaps == sum("momentum" not in row for row in rows)
    assert all(0 <= np.nanmin(line.get_ydata()) <= np.nanmax(line.get_ydata()) <= 1 for line in lines)
    assert [label.get_text() for label in axes.get_xticklabels()] == [*SPACE, "value"]


def test_importances_are_drawn_longest_first():
    axes = plot_importances(trials(), SPACE)
    widths = [bar.get_width() for bar in axes.patches]
    assert widths == sorted(widths, reverse=True)
    assert len(widths) == len(SPACE)
    assert plot_importances(trials(), SPACE, axes=axes) is axes


def test_what_there_is_nothing_to_draw_of_is_said():
    with pytest.raises(ValueError, match="No trial has a value"):
        plot_history([{"value": None}])
    with pytest.raises(ValueError, match="no column 'rate'"):
        plot_slices([{"value": 1.0}], SPACE)
    with pytest.raises(ValueError, match="3 trials are finished, and importances need 4"):
        importances(trials()[:4], SPACE)
    with pytest.raises((ValueError, TypeError), match="direction"):
        plot_history(trials(), "best")
    with pytest.raises((ValueError, TypeError), match="must be a frame"):
        plot_history(3)


# --- what stands at the axes ----------------------------------------------------------------------------------

COLUMNS = {
    "few integers": [1, 2, 3, 1, 2, 3, 1, 2],
    "two integers": [3, 4] * 4,
    "many integers": [2, 3, 5, 6, 7, 8, 9, 11],
    "decades": [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1e-3, 1e-2, 1e-1],
    "a decade": [0.0013, 0.002, 0.003, 0.004, 0.007, 0.009, 0.012, 0.0131],
    "uneven": [0.0001, 0.001, 0.0011, 0.0012, 0.1, 0.001, 0.0011, 0.1],
    "integers over decades": [1, 7, 30, 40, 55, 61, 83, 99],
    "tuples": [(20,), (10,), (40,), (10, 10), (20,), (10,), (40,), (10, 10)],
    "words": ["relu", "leaky_relu", "a very long name", "tanh"] * 2,
    "truths": [True, False] * 4,
    "constant": [0.5] * 8,
}


@pytest.mark.parametrize(
    ("case", "is_search"),
    [*((case, True) for case in COLUMNS), *((case, False) for case in COLUMNS if isinstance(COLUMNS[case][0], float))],
)
def test_texts_below_an_axis_do_not_lie_on_each_other(case, is_search):
    column = np.ma.empty(8, object)
    column[:] = [*COLUMNS[case]]
    results = {"param_p": column, "mean_test_score": np.arange(8.0), "std_test_score": np.ones(8)}
    rows = [{"value": float(place), "p": value} for place, value in enumerate(COLUMNS[case])]
    [panel] = plot_results(results) if is_search else plot_slices(rows, {"p": Scale(1e-6, 1.0, log=True)})
    panel.figure.canvas.draw()
    low, high = sorted(panel.get_xlim())
    labels = [label for at, label in zip(panel.get_xticks(), panel.get_xticklabels(), strict=True) if low <= at <= high]
    labels = [label for label in labels if label.get_text()]
    assert len(labels) > 1 or len(set(COLUMNS[case])) == 1
    if "integer" in case:
        assert all(float(label.get_text()).is_integer() for label in labels)
    if labels[0].get_rotation() == 0:
        edges = [extent for label in labels for extent in label.get_window_extent().intervalx]
        assert edges == sorted(edges)
    assert not [label for label in panel.get_xticklabels(minor=True) if label.get_text()]


def test_names_stand_in_their_order():
    column = np.ma.empty(4, object)
    column[:] = [(20,), (10,), (40,), (20,)]
    [panel] = plot_results({"param_p": column, "mean_test_score": np.arange(4.0), "std_test_score": np.ones(4)})
    assert [label.get_text() for label in panel.get_xticklabels()] == ["(10,)", "(20,)", "(40,)"]
    assert panel.lines[0].get_xdata().tolist() == [1, 0, 2, 1]


def test_axes_say_what_was_measured():
    rows = trials()
    assert plot_history(rows, metric="val_loss").get_ylabel() == "val_loss"
    assert plot_slices(rows, SPACE, metric="val_loss")[0].get_ylabel() == "val_loss"
    assert plot_parallel(rows, SPACE, metric="val_loss").get_xticklabels()[-1].get_text() == "val_loss"


def test_many_hyperparameters_stand_in_rows():
    results = {f"param_{name}": np.ma.array([1, 2], dtype=object) for name in "abcdefg"}
    panels = plot_results(results | {"mean_test_score": np.ones(2), "std_test_score": np.ones(2)}, label="R²")
    assert len(panels) == 7
    assert panels[0].figure.get_size_inches()[0] < 15
    assert [panel.get_ylabel() for panel in panels] == ["R²", "", "", "", "R²", "", ""]
    assert len(panels[0].figure.axes) == 7
