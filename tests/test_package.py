"""What `import hornet` costs, and what it offers."""

import ast
import importlib
import importlib.metadata
import inspect
import json
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import hornet
from hornet.core.imports import optional_module

HEAVY = [
    "sklearn",
    "pandas",
    "polars",
    "matplotlib",
    "h5py",
    "tensorboard",
    "mlflow",
    "onnx",
    "onnxruntime",
    "tensorflow",
    "torch",
    "keras",
    "pooch",
    "scipy.stats",
    "IPython",
    "fastapi",
    "uvicorn",
    "pydantic",
    "prometheus_client",
]
FAMILIES = {
    "activations": ["relu", "softmax", "sigmoid", "tanh", "linear", "get", "serialize", "deserialize"],
    "callbacks": ["Callback", "CallbackList", "History", "LambdaCallback", "ProgbarLogger"],
    "constraints": ["Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "get", "serialize", "deserialize"],
    "datasets": ["california_housing", "fashion_mnist"],
    "datasets.california_housing": ["load_data"],
    "datasets.fashion_mnist": ["load_data"],
    "initializers": ["GlorotUniform", "HeNormal", "Zeros", "Ones", "Constant", "get", "serialize", "deserialize"],
    "layers": ["Activation", "BatchNormalization", "Dense", "Dropout", "Flatten", "Input", "InputLayer", "Layer"],
    "losses": [
        *["MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError"],
        *["Huber", "LogCosh", "BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"],
        *["Hinge", "SquaredHinge", "CategoricalHinge", "KLDivergence", "Poisson", "Perceptron", "Loss"],
        *["get", "serialize", "deserialize"],
    ],
    "metrics": [
        *["Mean", "MeanSquaredError", "MeanAbsoluteError", "RootMeanSquaredError", "Accuracy", "BinaryAccuracy"],
        *["CategoricalAccuracy", "SparseCategoricalAccuracy", "TopKCategoricalAccuracy"],
        *["SparseTopKCategoricalAccuracy", "Metric", "get", "serialize", "deserialize"],
    ],
    "models": ["Model", "Sequential"],
    "optimizers": ["SGD", "Adam", "RMSprop", "Optimizer", "get", "serialize", "deserialize"],
    "regularizers": ["L1", "L2", "L1L2", "OrthogonalRegularizer", "Regularizer", "get", "serialize", "deserialize"],
    "utils": ["normalize", "set_random_seed", "to_categorical"],
}  # fmt: skip
TOP = [
    "Input",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Sequential",
    *(name for name in FAMILIES if "." not in name),
]
ROOT = Path(hornet.__file__).parent
CHECKOUT = Path(__file__).parents[1]
MODULES = sorted(module.name for module in pkgutil.walk_packages([str(ROOT)], "hornet."))


@pytest.fixture(scope="module")
def fresh():
    """What a process that has imported nothing finds before and after it has trained a model, in silence."""
    code = f"""
import jax.numpy, jax.export, json, sys
of_jax = set(sys.modules)
import hornet as keras
imported = set(sys.modules)
names = [keras.models.Sequential, keras.layers.Dense, keras.callbacks.Callback, keras.utils.to_categorical]
import numpy as np
model = keras.Sequential([keras.layers.Dense(1, input_shape=(2,))])
model.compile(loss="mse", optimizer="sgd")
model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
model.predict(np.ones((4, 2)), verbose=0)
print(json.dumps({{
    "heavy after import": [name for name in {HEAVY!r} if name in imported],
    "heavy after training": [name for name in {HEAVY!r} if name in sys.modules],
    "beside jax": sorted({{module.partition(".")[0] for module in imported - of_jax}}),
    "names": [one.__name__ for one in names],
}}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # which is all that was printed


def test_the_import_loads_nothing_heavy_and_prints_nothing(fresh):
    assert fresh["heavy after import"] == []


def test_the_import_loads_no_more_than_jax_does_and_itself(fresh):
    third_party = {name for name in fresh["beside jax"] if name not in sys.stdlib_module_names}
    assert third_party <= {"hornet", "jax", "jaxlib", "numpy"}


def test_training_in_silence_loads_nothing_heavy(fresh):
    assert fresh["heavy after training"] == []


def test_public_names_are_listed_by_hand_and_exist():
    assert set(TOP) <= set(hornet.__all__)
    for name in hornet.__all__:
        assert getattr(hornet, name) is not None
    assert hornet.__all__ == sorted(hornet.__all__)
    assert hornet.__version__


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_its_members(family):
    module = importlib.import_module(f"hornet.{family}")
    missing = [name for name in FAMILIES[family] if not hasattr(module, name)]
    assert missing == []
    assert [name for name in vars(module).get("__all__", ()) if not hasattr(module, name)] == []
    assert set(FAMILIES[family]) <= set(vars(module).get("__all__", FAMILIES[family]))


def test_the_book_s_import_works(fresh):
    assert fresh["names"] == ["Sequential", "Dense", "Callback", "to_categorical"]


@pytest.mark.parametrize(
    ("module", "wrong", "nearest"),
    [
        (hornet, "Sequental", "Sequential"),
        (hornet, "layer", "layers"),
        (hornet.layers, "Flattern", "Flatten"),
        (hornet.losses, "MeanSquareError", "MeanSquaredError"),
        (hornet.metrics, "Acuracy", "Accuracy"),
        (hornet.optimizers, "Adamm", "Adam"),
        (hornet.callbacks, "LambdaCalback", "LambdaCallback"),
        (hornet.regularizers, "OrthogonalRegulariser", "OrthogonalRegularizer"),
        (hornet.models, "Sequentail", "Sequential"),
        (hornet.initializers, "HeNorml", "HeNormal"),
        (hornet.constraints, "MaxNrm", "MaxNorm"),
        (hornet.activations, "rellu", "relu"),
        (hornet.utils, "to_categoric", "to_categorical"),
        (hornet.datasets, "fashion_minst", "fashion_mnist"),
    ],
)
def test_a_name_that_is_not_there_gets_the_nearest(module, wrong, nearest):
    with pytest.raises(AttributeError) as caught:
        getattr(module, wrong)
    assert str(caught.value) == f"module {module.__name__!r} has no attribute {wrong!r}. Did you mean {nearest!r}?"


def test_unknown_names_still_answer_hasattr_and_default():
    assert not hasattr(hornet, "zzz")
    assert getattr(hornet.layers, "Zzz", 3) == 3
    with pytest.raises(ImportError):
        from hornet.layers import Flattern  # noqa: F401


# --- docstrings -------------------------------------------------------------------------------------------


def public(tree, prefix=""):
    """Yield every public class and function of a module's source, methods included, by its path."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield f"{prefix}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node, f"{prefix}{node.name}.")


def is_described_elsewhere(node):
    """Return whether a base or an overload says what a function does."""
    names = [ast.unparse(one) for one in node.decorator_list]
    return any(name.endswith((".setter", "overload")) for name in names)


@pytest.mark.parametrize("module", MODULES)
def test_every_public_class_and_function_has_a_docstring(module):
    """A method that overrides one of a base's may leave its description there."""
    found = importlib.import_module(module)
    tree = ast.parse(inspect.getsource(found))
    assert ast.get_docstring(tree), f"{module} has no docstring"
    silent = []
    for path, node in public(tree):
        if ast.get_docstring(node) or is_described_elsewhere(node):
            continue
        owner, _, name = path.rpartition(".")
        if owner:
            cls = found
            for part in owner.split("."):
                cls = getattr(cls, part)
            if any(inspect.getdoc(vars(base).get(name)) for base in cls.__mro__[1:] if name in vars(base)):
                continue
        silent.append(path)
    assert silent == []


def test_first_lines_are_sentences():
    wrong = []
    for module in MODULES:
        for path, node in public(ast.parse(inspect.getsource(importlib.import_module(module)))):
            first = (ast.get_docstring(node) or ".").splitlines()[0]
            if not first.endswith((".", ":", "?")) or first != first.strip():
                wrong.append((module, path, first))
    assert wrong == []


# --- what an index is told ------------------------------------------------------------------------------------

PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
CLUSTERS = {"dask", "ray"}  # which are many machines' choice


def test_types_are_shipped():
    assert (ROOT / "py.typed").exists()


def test_the_version_is_written_where_it_can_be_read_without_an_import():
    assert "version" in PROJECT["project"]["dynamic"]
    assert PROJECT["tool"]["hatch"]["version"] == {"path": "src/hornet/__init__.py"}
    assigned = [
        node.value
        for node in ast.parse((ROOT / "__init__.py").read_text()).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__version__"
    ]
    assert [ast.literal_eval(value) for value in assigned] == [hornet.__version__]
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+)?", hornet.__version__)


@pytest.mark.parametrize("file", ["CITATION.cff", "conda/recipe.yaml"])
def test_files_for_others_have_the_same_version(file):
    found = re.search(r"^ *version: (?!\$)(\S+)$", (CHECKOUT / file).read_text(), re.MULTILINE)
    assert found[1] == hornet.__version__


def test_conda_installs_what_pip_installs():
    recipe = (CHECKOUT / "conda" / "recipe.yaml").read_text()
    run = re.search(r"^  run:\n((?:    - .*\n)+)", recipe, re.MULTILINE)[1]
    theirs = {line.strip(" -").replace(" ", "") for line in run.splitlines()} - {"python>=${{python_min}}"}
    assert theirs == set(PROJECT["project"]["dependencies"])
    assert f'python_min: "{PROJECT["project"]["requires-python"].removeprefix(">=")}"' in recipe


def test_all_names_every_extra_of_one_machine_and_no_library():
    (everything,) = EXTRAS["all"]
    named = re.fullmatch(r"hornet-nn\[(.*)\]", everything)[1].split(",")
    assert sorted(named) == sorted(set(EXTRAS) - {"all"} - CLUSTERS)


def test_an_extra_that_a_message_names_is_there():
    named = {
        name
        for module in MODULES
        for name in re.findall(
            r'(?:optional_module\(.*?, |extra=)"(\w+)"\)', inspect.getsource(importlib.import_module(module))
        )
    }
    assert {"plot", "mlflow", "sklearn"} <= named <= set(EXTRAS)


def test_each_python_of_the_workflow_is_a_classifier():
    """The first that is in both is the lowest that is allowed."""
    tested = re.search(r"python: (\[.*\])", (CHECKOUT / ".github/workflows/systems.yml").read_text())[1]
    prefix = "Programming Language :: Python :: 3."
    stated = [name.rpartition(" ")[2] for name in PROJECT["project"]["classifiers"] if name.startswith(prefix)]
    assert stated == json.loads(tested)
    assert PROJECT["project"]["requires-python"] == f">={stated[0]}"


def test_links_of_the_readme_lead_somewhere_on_the_index_s_page():
    text = (CHECKOUT / "README.md").read_text()
    for rule in PROJECT["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]:
        text = re.sub(rule["pattern"], rule["replacement"], text)
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert links
    assert [link for link in links if not link.startswith("https://")] == []
    assert "[ARCHITECTURE.md](https://hornet.example/repository/blob/v$HFPR_VERSION/ARCHITECTURE.md)" in text


@pytest.mark.parametrize(("is_installed", "advised"), [(True, "hornet-nn[plot]"), (False, f"{CHECKOUT}[plot]")])
def test_a_missing_library_is_installed_by_what_pip_knows(monkeypatch, is_installed, advised):
    if not is_installed:  # a clone on the path
        find = importlib.metadata.distribution

        def distribution(name):
            return find("no such project" if name == "hornet-nn" else name)

        monkeypatch.setattr(importlib.metadata, "distribution", distribution)
    with pytest.raises(ImportError, match=re.escape(f"Run `pip install '{advised}'`.")):
        optional_module("no_such_library", "plot")
