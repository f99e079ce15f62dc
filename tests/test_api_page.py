"""docs/api.md lists what there is and, of Keras's names, what there is not."""

import inspect
import re
from pathlib import Path

import keras
import pytest
from keras.src.legacy import backend as keras_2_backend

from hornet import backend, config, ops, random

PAGE = (Path(__file__).parents[1] / "docs" / "api.md").read_text()


def public(module):
    return {name for name in vars(module) if not name.startswith("_")}


OLD = {name for name in public(keras_2_backend) if inspect.isfunction(vars(keras_2_backend)[name])} - {"keras_export"}

MODULES = {
    "Operations": (ops, public(keras.ops)),
    "Short functions": (backend, OLD | public(keras.backend)),
    "Settings": (config, public(keras.config)),
}


def listed(heading):
    """Return the names between backticks under a heading of the page; of a table those of its first column."""
    section = re.search(rf"^### {heading}[^\n]*\n(.*?)(?=^#|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert section, f"docs/api.md has no heading {heading!r}"
    return re.findall(r"`(\w+)`", re.sub(r"^\|([^|]*)\|.*$", r"\1", section[1], flags=re.MULTILINE))


@pytest.mark.parametrize("kind", MODULES)
def test_the_page_lists_what_there_is(kind):
    module, _ = MODULES[kind]
    assert listed(f"{kind} that are in") == sorted(module.__all__)


@pytest.mark.parametrize("kind", MODULES)
def test_the_page_says_of_each_other_name_of_keras_why_it_is_not_there(kind):
    module, theirs = MODULES[kind]
    assert sorted(listed(f"{kind} that are not in")) == sorted(theirs - set(module.__all__))


@pytest.mark.parametrize(
    ("module", "theirs"), [(ops, public(keras.ops)), (config, public(keras.config))], ids=["ops", "config"]
)
def test_there_is_no_name_that_keras_does_not_have(module, theirs):
    assert set(module.__all__) <= theirs


def test_all_of_keras_random_is_there():
    assert set(random.__all__) == public(keras.random)
