"""Each command: the public call that it makes, and what it writes."""

import json
import re

import numpy as np
import pyarrow.csv
import pytest
from tests.cli.command import columns_in, run
from typer.main import get_command

import hornet
from hornet import Input, layers
from hornet.core.errors import CorruptFileError
from hornet.estimators import TabularClassifier, TabularRegressor
from hornet.models import load_model
from hornet.preprocessing import encode
from hornet.reports.subject import subject_of
from hornet_cli.app import app
from hornet_cli.failures import MEANINGS
from hornet_cli.models import opened

COMMANDS = get_command(app).commands


def table(name="houses.csv"):
    return pyarrow.csv.read_csv(name)


# --- fit and tune -----------------------------------------------------------------------------------------------------


def test_fit_does_what_the_estimator_does_and_prints_its_comparison(here):
    done = run("fit houses.csv --target price --drop sold --preset fast --seed 3 -o mine.keras --json")
    rows = table().drop_columns(["price", "sold"])
    same = TabularRegressor("fast", compare=True, random_state=3).fit(rows, table()["price"].to_numpy())
    written = json.loads(done.out)
    assert written["rmse of rows held out"] == {
        "this model": same.comparison_["this"],
        "linear model": same.comparison_["linear"],
        "boosted trees": same.comparison_["hist_gradient_boosting"],
    }
    assert (written["rows"], written["columns"], written["model"]) == (60, 3, "mine.keras")
    np.testing.assert_array_equal(TabularRegressor.load("mine.keras").predict(rows), same.predict(rows))


def test_fit_writes_for_people_and_keeps_progress_off_the_output(here):
    done = run("fit houses.csv --target price --preset fast")
    lines = done.out.decode().splitlines()
    assert lines[0].split() == ["task", "regression"]
    assert [line.split("  ")[1] for line in lines[4:7]] == ["this model", "linear model", "boosted trees"]
    assert "categories" in done.err
    assert "Training" in done.err
    assert (here / "model.keras").exists()


@pytest.mark.parametrize(
    ("target", "options", "task", "said"),
    [
        ("price", "", "TabularRegressor", ""),
        ("sold", "", "TabularClassifier", ""),
        ("grade", "", "TabularClassifier", "'grade' holds 3 whole numbers"),
        ("grade", "--task regression", "TabularRegressor", ""),
        ("price", "--preset best", "TabularRegressor", ""),
        ("flag", "", "TabularClassifier", ""),
    ],
)
def test_fit_decides_from_the_target_what_is_predicted(here, monkeypatch, target, options, task, said):
    def record(self, *_, **__):
        raise ValueError(type(self).__name__)

    monkeypatch.setattr(TabularRegressor, "fit", record)
    monkeypatch.setattr(TabularClassifier, "fit", record)
    more = table().append_column("grade", [[row % 3 for row in range(60)]])
    more = more.append_column("flag", [[row % 2 == 0 for row in range(60)]])
    pyarrow.csv.write_csv(more, "more.csv")
    done = run(f"fit more.csv --target {target} {options}")
    assert done.err.endswith(f"hornet fit: {task}\n")
    assert said in done.err


def test_fit_passes_weights_and_groups_and_leaves_their_columns_out(here, monkeypatch):
    passed = {}

    def record(self, rows, labels, sample_weight, *, groups):
        passed.update(rows=rows.column_names, weights=list(sample_weight), groups=list(groups))
        raise ValueError("that is all")

    monkeypatch.setattr(TabularRegressor, "fit", record)
    assert run("fit houses.csv --target price --weight area --group city").err == "hornet fit: that is all\n"
    assert passed["rows"] == ["rooms", "sold"]
    assert passed["weights"] == table()["area"].to_pylist()
    assert passed["groups"] == table()["city"].to_pylist()


def test_tune_writes_the_best_model_and_goes_on_from_its_storage(here):
    line = "tune houses.csv --target sold --storage search.db -o tuned.keras -q --json --trials"
    first, then = json.loads(run(f"{line} 1").out), json.loads(run(f"{line} 2").out)
    assert (first["trials"], then["trials"]) == (1, 2)
    assert then["classes"] == ["no", "yes"]
    assert set(then["hyperparameters"]) >= {"n_neurons"}
    found = columns_in(run("predict tuned.keras houses.csv").out)
    likely = load_model("tuned.keras").predict(table().drop_columns(["sold"]), verbose=0)[:, 0]
    np.testing.assert_allclose(found["probability_yes"], likely, rtol=1e-5)
    assert found["prediction"] == np.where(likely > 0.5, "yes", "no").tolist()
    scores = json.loads(run("evaluate tuned.keras houses.csv --target sold --json").out)
    assert scores["accuracy"] == np.mean(np.array(found["prediction"]) == table()["sold"].to_numpy())
    assert subject_of(opened("tuned.keras")).name == "TunedClassifier"  # a report takes it
    with pytest.raises(CorruptFileError, match="no estimator for tables"):
        TabularClassifier.load("tuned.keras")


# --- predict ----------------------------------------------------------------------------------------------------------


def test_predictions_of_numbers_are_the_estimator_s(here):
    found = columns_in(run("predict price.keras houses.csv").out)
    wanted = TabularRegressor.load("price.keras").predict(table().select(["area", "city", "rooms"]))
    np.testing.assert_allclose(found["prediction"], wanted, rtol=1e-6)
    assert list(found) == ["prediction"]


def test_a_column_that_training_left_out_is_neither_needed_nor_read(here):
    rows = table().select(["area", "city"]).append_column("id", [[f"R{row}" for row in range(60)]])
    fitted = TabularRegressor("fast", compare=False, random_state=0).fit(rows, table()["price"].to_numpy())
    fitted.save("id.keras")
    pyarrow.csv.write_csv(rows, "ids.csv")
    wanted = columns_in(run("predict id.keras ids.csv").out)["prediction"]
    np.testing.assert_allclose(wanted, fitted.predict(rows), rtol=1e-6)
    assert columns_in(run("predict id.keras houses.csv").out)["prediction"] == wanted
    assert columns_in(run("predict id.keras ids.csv --drop id").out)["prediction"] == wanted
    assert run("evaluate id.keras houses.csv --target price").code == 0


def test_predictions_of_classes_have_probabilities(here):
    found = columns_in(run("predict sold.keras houses.csv --keep city").out)
    rows, same = table().select(["area", "city", "rooms"]), TabularClassifier.load("sold.keras")
    assert list(found) == ["city", "prediction", "probability_no", "probability_yes"]
    assert found["city"] == rows["city"].to_pylist()
    assert found["prediction"] == same.predict(rows).tolist()
    np.testing.assert_allclose(found["probability_yes"], same.predict_proba(rows)[:, 1], rtol=1e-6)


def test_what_the_model_does_not_take_is_named(here):
    assert run("predict price.keras houses.csv").err == "Note: the model does not take 'price', 'sold'; left out.\n"


def test_json_is_a_line_for_each_row(here):
    rows = [json.loads(line) for line in run("predict sold.keras houses.csv --json").out.splitlines()]
    assert len(rows) == 60
    assert set(rows[0]) == {"prediction", "probability_no", "probability_yes"}


def test_a_model_without_names_takes_columns_in_their_order(here):
    found = columns_in(run("predict sum.keras - --in-order", "one,two\n1,2\n3,4.5\n").out)
    assert found == {"prediction": [3, 7.5]}


def test_a_model_with_an_input_for_each_column_finds_them(here):
    inputs, encoded = encode(table().drop_columns(["price", "sold"]), verbose=False)
    model = hornet.Model(inputs, layers.Dense(2)(encoded))
    model.save("named.keras")
    backwards = table().select(["rooms", "sold", "city", "area"])
    pyarrow.csv.write_csv(backwards, "backwards.csv")
    found = columns_in(run("predict named.keras backwards.csv").out)
    wanted = model.predict(backwards, verbose=0)
    np.testing.assert_allclose(found["prediction_1"], wanted[:, 1], rtol=1e-6)


def test_a_list_of_named_inputs_finds_its_columns(here):
    inputs = [Input((1,), name="income"), Input((1,), name="age")]
    model = hornet.Model(inputs, layers.Dense(1)(layers.concatenate(inputs)))
    model.compile(loss="mse")
    model.save("list.keras")
    rows = "age,income,t\n30,1,2\n40,3,5\n50,4,7\n60,5,8\n"
    found = columns_in(run("predict list.keras - --drop t", rows).out)["prediction"]
    arrays = [np.array([[1.0], [3], [4], [5]]), np.array([[30.0], [40], [50], [60]])]
    np.testing.assert_allclose(found, model.predict(arrays, verbose=0)[:, 0], rtol=1e-6)
    scored = json.loads(run("evaluate list.keras - --target t -q --json", rows).out)
    assert scored["loss"] == pytest.approx(np.mean((np.array([2, 5, 7, 8]) - found) ** 2), rel=1e-5)
    assert "The model needs 'age'" in run("predict list.keras -", "income\n1\n").err


def test_several_outputs_go_by_their_names(here):
    x = Input((2,))
    hornet.Model(x, [layers.Dense(1, name="low")(x), layers.Dense(2, name="high")(x)]).save("two.keras")
    assert list(columns_in(run("predict two.keras - --in-order", "a,b\n1,2\n").out)) == ["low", "high_0", "high_1"]


@pytest.mark.filterwarnings("ignore:__array__ implementation")
def test_a_model_of_keras_predicts(here):
    keras = pytest.importorskip("keras")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="relu"), keras.layers.Dense(1)])
    model.save("theirs.keras")
    found = columns_in(run("predict theirs.keras - --in-order", "a,b\n1,2\n-3,4\n").out)
    wanted = np.asarray(model(np.array([[1, 2], [-3, 4]], "float32")))
    np.testing.assert_allclose(found["prediction"], wanted[:, 0], rtol=1e-5)


# --- evaluate, report, serve, and what shows a model ------------------------------------------------------------------


def test_evaluate_of_an_estimator_is_scikit_learn_s(here):
    numbers = json.loads(run("evaluate price.keras houses.csv --target price --json").out)
    classes = json.loads(run("evaluate sold.keras houses.csv --target sold --json").out)
    rows = table().select(["area", "city", "rooms"])
    assert numbers["r2"] == pytest.approx(TabularRegressor.load("price.keras").score(rows, table()["price"].to_numpy()))
    assert classes["accuracy"] == TabularClassifier.load("sold.keras").score(rows, table()["sold"].to_numpy())
    assert set(numbers) == {"rmse", "mae", "r2"}
    assert set(classes) == {"accuracy", "log_loss"}


def test_evaluate_of_a_model_is_its_own(here):
    done = run("evaluate sum.keras - --target t --in-order -q --json", "a,b,t\n1,2,4\n3,4,5\n")
    assert json.loads(done.out) == {"loss": pytest.approx(2.5), "mae": pytest.approx(1.5)}


def test_report_calls_the_package_s(here, monkeypatch):
    calls = []
    monkeypatch.setattr(hornet, "report", lambda *args, **named: calls.append((args, named)), raising=False)
    done = run("report price.keras houses.csv --target price -o page.html")
    ((model, x, y), named) = calls[0]
    assert isinstance(model, TabularRegressor)
    assert x.column_names == ["area", "city", "rooms"]
    assert y.tolist() == table()["price"].to_pylist()
    assert str(named["to_file"]) == "page.html"
    assert done.out == b"report  page.html\n"


def test_serve_calls_the_package_s(here, monkeypatch):
    calls = []
    monkeypatch.setattr(hornet, "serve", lambda *args, **named: calls.append((args, named)), raising=False)
    done = run("serve price.keras adds=sum.keras --port 0")
    assert calls == [(("price.keras", {"adds": "sum.keras"}), {"host": "127.0.0.1", "port": 0})]
    assert done == (0, b"", "")


def test_summary_is_the_model_s(here, capsys):
    load_model("sum.keras").summary()
    assert run("summary sum.keras").out.decode() == capsys.readouterr().out
    assert json.loads(run("summary sum.keras --json").out)["parameters"] == 3


def test_plot_and_export_write_files(here):
    assert run("plot price.keras -o price.svg").out == b"picture  price.svg\n"
    assert (here / "price.svg").read_text().lstrip().startswith("<?xml")
    onnxruntime = pytest.importorskip("onnxruntime")
    assert run("export sum.keras -o sum.onnx").code == 0
    session = onnxruntime.InferenceSession(str(here / "sum.onnx"))
    assert session.run(None, {session.get_inputs()[0].name: np.array([[1, 2]], "float32")})[0].tolist() == [[3.0]]
    assert run("export sum.keras -o sum.stablehlo").code == 0


def test_info_names_versions_devices_and_the_cache():
    found = json.loads(run("info --json").out)
    assert found["hornet"] == hornet.version()
    assert found["devices"]
    assert {"jax", "numpy", "typer"} <= set(found["libraries"])
    assert set(found["compile cache"]) == {"folder", "programs", "megabytes"}
    assert b"jax" in run("info").out


# --- help -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_names_the_call_that_it_makes(name, monkeypatch):
    for coming in ("report", "serve"):  # which other branches bring
        monkeypatch.setattr(hornet, coming, None, raising=False)
    calls = re.search(r"Calls (.*?)(?:\n\n|$)", COMMANDS[name].help, re.DOTALL)[1]
    paths = re.findall(r"\bhornet(?:\.\w+)+", calls)
    assert paths
    for path in paths:
        found = hornet
        for part in path.split(".")[1:]:
            found = getattr(found, part)


def test_every_command_is_in_the_overview_with_the_exit_codes():
    text = run("--help").out.decode()
    assert [name for name in COMMANDS if not re.search(rf"^  {name} +[A-Z].*[^.][.]$", text, re.MULTILINE)] == []
    assert [
        code for code in MEANINGS if not re.search(rf"^ +{code.value}  {MEANINGS[code]}$", text, re.MULTILINE)
    ] == []
