"""Every line for a shell in the guide runs, and its tables say what the command has."""

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.cli.command import run
from typer.main import get_command

import hornet
from hornet import Input, Sequential, layers, tuning
from hornet_cli.app import app
from hornet_cli.failures import MEANINGS
from hornet_cli.tables import ENDINGS

ROOT = Path(__file__).parent.parent.parent
GUIDE = (ROOT / "docs/guides/command_line.md").read_text()
LINES = [line for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL) for line in block.splitlines()]


def shell(line):
    """Run a line with pipes and a file for the output, as a shell does, but the command in this process."""
    pipe, _, file = line.partition(" > ")
    content = None
    for part in pipe.split(" | "):
        if part.startswith("hornet "):
            done = run(part.removeprefix("hornet "), content)
            assert done.code == 0, done.err
            content = done.out
        else:
            content = subprocess.run(shlex.split(part), input=content, capture_output=True, check=True).stdout
    if file:
        Path(file).write_bytes(content)


@pytest.mark.filterwarnings("ignore:Boosted trees predict this table better by far")
def test_every_line_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("houses.csv", "new_houses.csv"):
        shutil.copy(ROOT / "tests/pages" / name, name)
    called = []
    model = Sequential([Input((1,)), layers.Dense(1)])
    tuned = {"ended": [], "best_value": 0.5, "best_params": {}, "best_model": model, "best_estimator": None}
    found = SimpleNamespace(objective=SimpleNamespace(name="val_loss"), **tuned)
    monkeypatch.setattr(tuning, "tune", lambda *_, **__: found)  # other tests run a search
    for coming in ("report", "serve"):
        monkeypatch.setattr(hornet, coming, lambda *_, name=coming, **__: called.append(name), raising=False)
    for line in LINES:
        if line.startswith("pip install"):
            extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
            assert line.split("[")[1].split("]")[0] in extras
        else:
            shell(line)
    assert called == ["report", "serve"]
    written = {path.name for path in tmp_path.iterdir()}
    assert {"prices.csv", "prices.jsonl", "prices.parquet", "houses.svg", "simple.onnx", "scores.json"} <= written


def test_the_tables_are_complete():
    codes = dict(re.findall(r"^\| (\d+) \| (.*) \|$", GUIDE, re.MULTILINE))
    assert list(map(int, codes)) == [0, *MEANINGS]
    assert [code for code in MEANINGS if not codes[str(code.value)].startswith(MEANINGS[code])] == []
    commands = re.search(r"## Commands\n(.*?)\n## ", GUIDE, re.DOTALL)[1]
    assert [name for name in get_command(app).commands if f"`{name}" not in commands] == []
    assert [ending for ending in ENDINGS if f"`{ending}`" not in GUIDE] == []
