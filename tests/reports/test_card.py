"""Model cards: valid front matter, Hugging Face's headings, and nothing invented."""

import re

import numpy as np
import pytest
import yaml
from sklearn.metrics import accuracy_score

import hornet
from hornet import layers
from hornet.estimators import MLPClassifier

X = np.random.default_rng(0).normal(size=(40, 2))
Y = np.array(["no", "yes"])[(X[:, 0] > 0).astype(int)]


@pytest.fixture(scope="module")
def fitted():
    return MLPClassifier((3,), max_iter=2, random_state=7).fit(X, Y)


@pytest.fixture(scope="module")
def card(fitted):
    given = {"name": "A: <b>|*name* 🐝", "license": "mit", "feature_names": ["a|b", "<i>"]}
    return hornet.model_card(fitted, X, Y, resamples=5, **given)


def front_of(card):
    return yaml.safe_load(card.split("---\n")[1])


def test_the_front_matter_is_yaml_with_the_metrics(fitted, card):
    front = front_of(card)
    assert front["license"] == "mit"
    assert front["pipeline_tag"] == "tabular-classification"
    (entry,) = front["model-index"]
    assert entry["name"] == "A: <b>|*name* 🐝"
    metrics = {metric["type"]: metric["value"] for metric in entry["results"][0]["metrics"]}
    assert metrics["accuracy"] == accuracy_score(Y, fitted.predict(X))


def test_the_headings_are_in_order(card):
    headings = re.findall(r"^## (.*)$", card, re.MULTILINE)
    assert headings == [
        "Model Details", "Uses", "Bias, Risks, and Limitations", "How to Get Started with the Model",
        "Training Details", "Evaluation", "Technical Specifications", "Model Card Authors",
    ]  # fmt: skip


def test_names_do_not_become_markup(card):
    assert "# Model Card for A: &lt;b&gt;\\|\\*name\\* 🐝" in card
    assert "| a\\|b |" in card
    body = card.split("---\n", 2)[2]
    assert "<b>" not in body
    assert "<i>" not in body


def test_what_is_known_is_there(card):
    assert "**Seed (random\\_state):** 7" in card
    assert "**Epochs:** 2" in card
    assert "Whether the model was trained on them: not recorded." in card


def test_what_is_not_known_is_not_recorded(tmp_path):
    model = hornet.Sequential([layers.Input((2,)), layers.Dense(1)], name="net")
    card = hornet.model_card(model, to_file=tmp_path / "new" / "README.md")
    assert card == (tmp_path / "new" / "README.md").read_text(encoding="utf-8")
    assert set(front_of(card)) == {"library_name", "tags"}
    for part in ("**Developed by:**", "**License:**", "**Epochs:**", "**Seed:**", "Those of the training:"):
        assert f"{part} not recorded" in card
    assert "- **Weights:** 3" in card
    assert not re.search(r"\n{3,}|None|\{\{|\{%", card)


def test_its_program_is_pythons(card):
    compile(re.search(r"```python\n(.*?)```", card, re.DOTALL)[1], "card", "exec")


def test_rows_without_labels_are_refused(fitted):
    with pytest.raises(ValueError, match="Pass `x` and `y`, or neither"):
        hornet.model_card(fitted, X)
