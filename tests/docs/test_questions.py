"""Each question of a first week has a page whose headings have the words that one would search for."""

import re
from pathlib import Path

import pytest
from tests.docs.questions import QUESTIONS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("question", "words", "page"), QUESTIONS, ids=[page for _, _, page in QUESTIONS])
def test_a_question_has_a_page_with_its_words_in_a_heading(question, words, page):
    text = re.sub(r"^```.*?^```", "", (DOCS / f"{page}.md").read_text(), flags=re.DOTALL | re.MULTILINE)
    headings = " ".join(re.findall(r"^#+ (.*)$", text, re.MULTILINE)).lower()
    missing = [word for word in words.split() if word[:5] not in headings]  # whatever the word ends in
    assert missing == [], f"{question} Headings: {headings}"
