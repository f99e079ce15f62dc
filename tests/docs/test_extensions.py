"""What the site's own extensions make of docstrings, links and names."""

import importlib
import inspect
import re
import sys
from pathlib import Path

import pytest

import hornet

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def extension():
    sys.path.insert(0, str(DOCS / "_extensions"))
    yield importlib.import_module
    sys.path.remove(str(DOCS / "_extensions"))


def translated(extension, thing, what="class"):
    lines = inspect.getdoc(thing).split("\n")
    extension("docstrings").translate(None, what, "", thing, None, lines)
    return "\n".join(lines)


def test_code_and_formulas_are_marked_and_examples_left_alone(extension):
    text = translated(extension, hornet.layers.Dense)
    assert r"Computes :math:`y = \phi(x W + b)` with :math:`W` the ``kernel``" in text
    assert '>>> Dense(4, activation="relu")([[1.0, 2.0, 3.0]]).shape' in text


def test_arguments_that_a_base_describes_are_on_the_page_of_each_class(extension):
    text = translated(extension, hornet.layers.Conv2D)
    described = re.findall(r"^    (\w+): ", text, re.MULTILINE)
    wanted = [name for name in inspect.signature(hornet.layers.Conv2D).parameters if name not in dir(hornet.Layer)]
    assert [name for name in described if name in wanted] == [name for name in wanted if name in described]
    assert {"filters", "kernel_size", "padding", "groups", "kernel_initializer"} <= set(described)


def test_every_public_name_of_a_module_has_one_home(extension):
    pages = extension("reference_pages")
    for module in ("layers", "losses", "callbacks", "estimators", "tuning", "ops"):
        homes = [pages.at_home(module, name) for name in pages.public(module)]
        things = [getattr(importlib.import_module(f"hornet.{module}"), name) for name in pages.public(module)]
        assert [thing for thing, home in zip(things, homes, strict=True) if home is None and callable(thing)] == []
    paths = [entry.path for entries in pages.entries().values() for entry in entries]
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize(
    ("link", "followed"),
    [
        ("../../CHANGELOG.md", "/project/CHANGELOG.markdown"),
        ("../../benchmarks/report.md#housing", "/project/benchmarks/report.markdown#housing"),
        ("../../README.md", "/index.md"),
        ("../reference/names.md#saving", "/reference/names.md#saving"),
        ("../../pyproject.toml", "../../pyproject.toml"),
        ("https://jax.dev", "https://jax.dev"),
        ("no_such_page.md", "no_such_page.md"),
    ],
)
def test_a_link_leads_where_the_site_has_its_page(extension, link, followed):
    page = DOCS / "guides" / "tuning.md"
    assert extension("repository_pages").relinked(f"see [it]({link})", page, page) == f"see [it]({followed})"
