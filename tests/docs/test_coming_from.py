"""Each row of the tables for people who come from elsewhere: what stands in a cell runs, and both sides agree."""

import re
from pathlib import Path

import jax
import joblib
import keras
import matplotlib
import numpy as np
import pandas as pd
import pytest
import sklearn
import sklearn.metrics
from sklearn.datasets import load_iris

import hornet
import hornet.estimators
import hornet.tuning

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
X = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
SCIKIT_LEARN = """
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, Perceptron, QuantileRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
"""
TABLE = pd.DataFrame(
    {"area": np.linspace(30, 150, 60), "city": ["Oslo", "Rome", "Lima"] * 20, "price": np.linspace(90, 450, 60)}
)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    matplotlib.use("agg")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    hornet.config.set_dtype_policy("float32")
    matplotlib.pyplot.close("all")


def rows_of(library):
    """Return the rows of a page's table: the task, and the programs in each of the two columns."""
    lines = re.findall(r"^\| (.*) \|$", (GUIDES / f"coming_from_{library}.md").read_text(), re.MULTILINE)
    rows = [line.split(" | ") for line in lines if " --- " not in line][1:]
    for task, theirs, ours in rows:
        before = theirs if ours.startswith("the same") else ""
        yield task, re.findall(r"`([^`]+)`", theirs), re.findall(r"`([^`]+)`", before + ours)


def run(task, programs, names):
    """Run a cell's programs; return the value of the first, if it is an expression."""
    assert programs, task
    values = []
    for program in programs:
        try:
            values.append(eval(program, names))
        except SyntaxError:
            values.append(exec(program, names))
        except Exception as error:
            error.add_note(f"In the row {task!r}: {program}")
            raise
    return values[0]


def stack(library):
    """Return a small compiled model, with weights that are the same in each library."""
    model = library.Sequential([library.Input((8,)), library.layers.Dense(4, "relu"), library.layers.Dense(1)])
    model.set_weights([np.full(weight.shape, 0.1, "float32") for weight in model.weights])
    model.compile("sgd", "mse")
    return model


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, of NumPy
def test_keras(folder):
    def prepared(library, name):
        class Own(library.layers.Layer):
            def call(self, x):
                return x

        (folder / name).mkdir()
        library.Sequential([library.Input((2,)), Own()]).save(folder / name / "own.keras")
        return {"keras": library, "x": X, "y": X.sum(axis=1), "Own": Own, "pandas": pd, "jax": jax}

    theirs, ours = prepared(keras, "theirs"), prepared(hornet, "ours")
    for task, left, right in rows_of("keras"):
        for names, programs, name in ((theirs, left, "theirs"), (ours, right, "ours")):
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(folder / name)
                run(task, programs, names)
        if task == "a model":
            ours["model"].set_weights([np.asarray(weight) for weight in theirs["model"].get_weights()])
        if task == "predict":
            np.testing.assert_allclose(ours["predicted"], theirs["predicted"], rtol=1e-4, atol=1e-5)
            for key, values in theirs["history"].history.items():
                np.testing.assert_allclose(ours["history"].history[key], values, rtol=1e-4)
        if task == "evaluate":
            np.testing.assert_allclose(ours["numbers"][0], theirs["numbers"][0], rtol=1e-4)
        if task == "operations":
            np.testing.assert_allclose(ours["squares"], theirs["squares"], rtol=1e-5)
    read = hornet.models.load_model(folder / "theirs" / "m.keras")
    np.testing.assert_allclose(read.predict(X, verbose=0), theirs["again"].predict(X, verbose=0), rtol=1e-4, atol=1e-5)
    read = keras.models.load_model(folder / "ours" / "m.keras")
    np.testing.assert_allclose(read.predict(X, verbose=0), ours["again"].predict(X, verbose=0), rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_scikit_learn():
    iris = load_iris()
    names = {
        "joblib": joblib,
        "table": TABLE[["city", "area"]][:6],
        "X": iris.data[:, :2],
        "y": (iris.target == 0).astype(int),
        "t": iris.data[:, 2],
    }
    page = (GUIDES / "coming_from_scikit_learn.md").read_text()
    sides = names.copy(), names.copy()
    for side, imports in zip(sides, (SCIKIT_LEARN, re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]), strict=True):
        exec(imports, side)
        side["classifier"] = side["MLPClassifier"]((4,), max_iter=5, random_state=0)
        side["fitted"] = side["MLPClassifier"]((4,), max_iter=5, random_state=0).fit(names["X"], names["y"])
    for task, *columns in rows_of("scikit_learn"):
        theirs, ours = (run(task, programs, side) for programs, side in zip(columns, sides, strict=True))
        if hasattr(theirs, "predict") and task != "words and gaps in front":
            left, right = theirs.predict(names["X"]), ours.predict(names["X"])
            agree = np.mean(left == right) if hasattr(theirs, "classes_") else np.corrcoef(left, right)[0, 1]
            assert agree > 0.75, task
        if task == "a perceptron":
            np.testing.assert_array_equal(ours.coef_, theirs.coef_)


def prepared_names():
    """Return what the programs of the pages for other libraries have at hand."""

    def build_model():
        return stack(hornet)

    return {
        "hornet": hornet,
        "keras": hornet,
        "layers": hornet.layers,
        "jax": jax,
        "sklearn": sklearn,
        "x": X,
        "y": X.sum(axis=1),
        "a": X,
        "b": X + 1,
        "model": stack(hornet),
        "network": stack(hornet),
        "build_model": build_model,
        "loss_of": lambda kernel: (kernel**2).sum(),
        "df": TABLE,
        "table": TABLE,
        "rows": TABLE[["area", "city"]],
        "prices": TABLE["price"],
        "sold": np.tile([0, 1], 30),
        "weights": np.ones(60),
        "groups": np.arange(60) // 6,
        "TabularRegressor": hornet.estimators.TabularRegressor,
        "TabularClassifier": hornet.estimators.TabularClassifier,
    }


@pytest.mark.parametrize("library", ["tf_keras", "pytorch", "fastai", "autogluon"])
def test_the_column_of_hornet_runs(library, folder):
    for name in ("cats", "dogs"):
        (folder / "pictures" / name).mkdir(parents=True)
        hornet.utils.save_img(folder / "pictures" / name / "1.png", np.ones((8, 8, 3)))
    names = prepared_names()
    count = 0
    for task, _, ours in rows_of(library):
        run(task, ours, names)
        count += 1
    assert count > 10
