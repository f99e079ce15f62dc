"""The pages that list Keras's names: what is in, and of all others when they come or why they do not."""

import importlib
import inspect
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import keras
import pytest
from keras.src.legacy import backend as keras_2_backend

import hornet
from hornet import backend, config, ops, random
from hornet.core.absent_names import ABSENT as ABSENT_NAMES
from hornet.core.absent_names import ABSENT_ATTRIBUTES, ABSENT_ATTRIBUTES_OF_STATE

DOCS = Path(__file__).parents[1] / "docs" / "reference"
ROW = re.compile(r"^\|(.*)\|$", re.MULTILINE)
NAME = re.compile(r"`(\w+)`")


def public(module):
    return {name for name in vars(module) if not name.startswith("_")} - {"src"}


@dataclass(frozen=True)
class Lists:
    """What a page lists of a module.

    Args:
        page: The page.
        kind: How its headings begin.
        module: The module.
        theirs: Keras's names.
    """

    page: str
    kind: str
    module: ModuleType
    theirs: set[str]

    @property
    def ours(self):
        return set(self.module.__all__)

    def there(self):
        """Return the names between backticks under the heading of what is in."""
        return NAME.findall(section(self.page, f"{self.kind} that are in"))

    def added(self):
        """Return whose each name is that Keras does not have."""
        return {name: row[-1] for row in rows(self.page, f"{self.kind} that Keras") for name in NAME.findall(row[0])}

    def missing(self):
        """Return when each name of the table of what is not in comes, or why it does not."""
        return {
            name: row[-1] for row in rows(self.page, f"{self.kind} that are not in") for name in NAME.findall(row[0])
        }


def section(page, heading):
    """Return the text under a heading, `""` if there is none."""
    found = re.search(rf"^### {heading}[^\n]*\n(.*?)(?=^#|\Z)", (DOCS / page).read_text(), re.DOTALL | re.MULTILINE)
    return found[1] if found else ""


def rows(page, heading):
    """Return the cells of each row of the table under a heading."""
    return [[cell.strip() for cell in row.split("|")] for row in ROW.findall(section(page, heading))[2:]]


def of_names(kind, path):
    ours, theirs = (importlib.import_module(f"{package}{path and '.'}{path}") for package in ("hornet", "keras"))
    return Lists("names.md", kind, ours, public(theirs))


OLD = {name for name in public(keras_2_backend) if inspect.isfunction(vars(keras_2_backend)[name])} - {"keras_export"}
LISTS = {
    one.kind: one
    for one in [
        Lists("api.md", "Operations", ops, public(keras.ops)),
        Lists("api.md", "Operations on images", ops.image, public(keras.ops.image)),
        Lists("api.md", "Short functions", backend, OLD | public(keras.backend)),
        Lists("api.md", "Settings", config, public(keras.config)),
        of_names("Top-level names", ""),
        of_names("Layers", "layers"),
        of_names("Losses", "losses"),
        of_names("Metrics", "metrics"),
        of_names("Optimizers", "optimizers"),
        of_names("Schedules", "optimizers.schedules"),
        of_names("Initializers", "initializers"),
        of_names("Regularizers", "regularizers"),
        of_names("Constraints", "constraints"),
        of_names("Activations", "activations"),
        of_names("Callbacks", "callbacks"),
        of_names("Models", "models"),
        of_names("Utilities", "utils"),
        of_names("Data sets", "datasets"),
        of_names("Policies of types", "dtype_policies"),
        of_names("Mixed precision", "mixed_precision"),
        of_names("Functions of saving", "saving"),
        of_names("Wrappers", "wrappers"),
        of_names("Functions of nested structures", "tree"),
        of_names("Old paths", "preprocessing"),
        of_names("Nets for photographs", "applications"),
    ]
}
KEPT = {name for module in list(sys.modules) if module.startswith("keras.src.") for name in public(sys.modules[module])}
ABSENT = {NAME.findall(row[0])[0]: row for row in rows("names.md", "Modules that are not in")}
EACH = pytest.mark.parametrize("lists", LISTS.values(), ids=LISTS)


@EACH
def test_the_page_lists_what_there_is(lists):
    assert lists.there() == sorted(lists.ours)


@EACH
def test_the_page_says_of_each_other_name_of_keras_why_it_is_not_there(lists):
    assert sorted(lists.missing()) == sorted(lists.theirs - lists.ours)


@EACH
def test_the_page_says_of_each_name_that_keras_does_not_have_whose_it_is(lists):
    assert sorted(lists.added()) == sorted(lists.ours - lists.theirs)
    assert [
        whose for whose in lists.added().values() if not re.match("Hornet's|Keras 2's|Keras's, inside", whose)
    ] == []


@EACH
def test_names_that_are_said_to_be_hornet_s_are_in_no_keras(lists):
    """Neither in what Keras 3 keeps to itself, nor in the names of Keras 2 that it ships."""
    inside = {name for name, whose in lists.added().items() if whose.startswith("Keras's, inside")}
    assert {name for name in lists.added() if name in KEPT} >= inside
    other = {
        name for name, whose in lists.added().items() if whose.startswith(f"Hornet's, unlike Keras's `layers.{name}`")
    }
    assert all(hasattr(keras.layers, name) for name in other)
    named = {name for name, whose in lists.added().items() if whose.startswith("Hornet's")} - other
    path = lists.module.__name__.removeprefix("hornet").lstrip(".")
    assert named & (KEPT | public(importlib.import_module(f"keras._tf_keras.keras{path and '.'}{path}"))) == set()


@pytest.mark.parametrize("page", ["names.md", "api.md"])
def test_no_sentence_calls_a_name_of_keras_this_package_s_own(page):
    theirs = set().union(*(lists.theirs for lists in LISTS.values()))
    sentences = re.split(r"(?<=[.|:])\s|\n\n", (DOCS / page).read_text())
    claims = [one for one in sentences if re.search(r"\b(Hornet's|package's)\b", one)]
    assert [name for one in claims for name in NAME.findall(one) if name in theirs] == []


@EACH
def test_names_come_later_or_never(lists):
    assert [why for why in lists.missing().values() if not re.match("later|never", why)] == []


@EACH
def test_the_error_of_a_name_that_is_not_there_says_what_the_page_says(lists):
    path = lists.module.__name__.removeprefix("hornet").lstrip(".")
    told = {name: why for names, why in ABSENT_NAMES.get(path, {}).items() for name in names.split()}
    assert {name: why for name, why in told.items() if name in lists.theirs} == lists.missing()
    assert set(told) & lists.ours == set()


@pytest.mark.parametrize(
    ("of", "absent", "classes"),
    [
        ("layers and models", ABSENT_ATTRIBUTES, [hornet.Layer, hornet.Sequential]),
        ("metrics and optimizers", ABSENT_ATTRIBUTES_OF_STATE, [hornet.Metric, hornet.Optimizer]),
    ],
)
def test_the_page_tells_of_each_attribute_that_is_not_there(of, absent, classes):
    told = {
        " ".join(NAME.findall(names)): why
        for names, why in rows("names.md", f"Attributes of {of} that are not in, and why")
    }
    assert told == absent
    names = [name for group in told for name in group.split()]
    assert [name for name in names if any(hasattr(cls, name) for cls in classes)] == []


@pytest.mark.parametrize("kind", ["Operations", "Settings", "Regularizers", "Constraints", "Activations"])
def test_there_is_no_name_that_keras_does_not_have(kind):
    assert LISTS[kind].ours <= LISTS[kind].theirs


def test_all_of_keras_random_is_there():
    assert set(random.__all__) == public(keras.random)


def test_every_module_of_keras_is_on_a_page():
    theirs = {name for name in public(keras) if inspect.ismodule(getattr(keras, name))}
    listed = {one.module.__name__.removeprefix("hornet.") for one in LISTS.values()} | {"random"}
    assert theirs == set(ABSENT) | {name for name in listed if name in theirs}
    assert theirs - set(ABSENT) == theirs & set(hornet.__all__)


@pytest.mark.parametrize("module", ABSENT)
def test_the_page_lists_the_names_of_modules_that_are_not_there(module):
    _, names, why = ABSENT[module]
    assert NAME.findall(names) == sorted(public(importlib.import_module(f"keras.{module}")))
    assert re.match("later|never", why)
