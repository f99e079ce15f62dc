"""The guides answer questions by programs, and their index leads to each."""

import re
from pathlib import Path

import pytest

GUIDES = sorted(path for path in (Path(__file__).parents[2] / "docs" / "guides").glob("*.md") if path.stem != "index")


def test_the_index_has_every_guide():
    linked = re.findall(r"\]\((\w+\.md)\)", (GUIDES[0].parent / "index.md").read_text())
    assert set(linked) == {page.name for page in GUIDES}


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_a_guide_has_a_program(page):
    assert re.search(r"^```(python|sh)$", page.read_text(), re.MULTILINE)
