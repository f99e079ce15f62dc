"""The estimators are imported when somebody asks for them."""

import subprocess
import sys

import pytest
from tests.tables import instances


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


WAYS = [
    "from hornet.wrappers.scikit_learn import KerasRegressor",
    "import hornet as keras; keras.wrappers.scikit_learn.KerasClassifier",
    "import hornet as keras; keras.wrappers.SKLearnRegressor",
    "import hornet; hornet.estimators.MLPClassifier",
    "from hornet import estimators",
]


@instances("code", [pytest.param(way) for way in WAYS], class_of=lambda values: values[0].split()[0])
def test_each_way_to_them_works(code):
    done = run(f"import sys, hornet; assert 'sklearn' not in sys.modules\n{code}\nassert 'sklearn' in sys.modules")
    assert done.returncode == 0, done.stderr


def test_without_scikit_learn_the_error_says_what_to_install():
    done = run("import sys, hornet; sys.modules['sklearn'] = None; hornet.estimators")
    assert done.stderr.endswith(
        "ImportError: sklearn is not installed, and this needs it. Run `pip install 'hornet-nn[sklearn]'`.\n"
    )


def test_a_search_without_joblib_says_what_to_install():
    done = run("import sys, hornet; sys.modules['joblib'] = sys.modules['sklearn'] = None; hornet.tuning.GridSearchCV")
    assert done.stderr.endswith("is not installed, and this needs it. Run `pip install 'hornet-nn[sklearn]'`.\n")
