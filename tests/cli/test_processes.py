"""The command as processes: what it imports, its pipes, its completion, and what it says without its libraries."""

import json
import os
import subprocess
import sys

import pytest

from hornet_cli.failures import ExitCode

HEAVY = ["hornet", "jax", "numpy", "pyarrow", "sklearn", "scipy", "pandas", "optuna", "matplotlib"]
LOOK = f"""
import json, sys
from typer.testing import CliRunner
from typer.main import get_command
from hornet_cli.app import app
names = [[], *([name] for name in get_command(app).commands)]
codes = [CliRunner().invoke(app, [*name, "--help"]).exit_code for name in names]
codes.append(CliRunner().invoke(app, ["--version"]).exit_code)
print(json.dumps([codes, [name for name in {HEAVY!r} if name in sys.modules]]))
"""


def process(*arguments, **options):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, **options)


def test_help_imports_nothing_heavy():
    done = process("-c", LOOK)
    codes, imported = json.loads(done.stdout)
    assert set(codes) == {0}
    assert imported == []


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_enough_ends_the_command_in_silence(here, unbuffered):
    rows = "a,b\n" + "1,2\n" * 200_000  # more than a pipe holds
    (here / "many.csv").write_text(rows)
    command = [sys.executable, "-m", "hornet", "predict", "sum.keras", "many.csv", "--in-order"]
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as running:
        assert running.stdout.readline() == b"prediction\n"
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == ExitCode.PIPE


@pytest.mark.parametrize(
    ("shell", "words"),
    [
        ("bash", {"COMP_WORDS": "hornet fit t.csv --preset ", "COMP_CWORD": "4"}),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "hornet fit t.csv --preset "}),
        ("fish", {"_TYPER_COMPLETE_ARGS": "hornet fit t.csv --preset ", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}),
    ],
)
def test_shells_complete_what_an_option_may_be(shell, words):
    done = process("-m", "hornet_cli", env={**os.environ, "_HORNET_COMPLETE": f"complete_{shell}", **words})
    assert done.returncode == 0
    assert {"fast", "good", "best"} <= set(done.stdout.replace('"', " ").replace("\\n", " ").split())


def test_without_the_extra_the_command_says_what_installs_it():
    hidden = "import sys; sys.modules['typer'] = None; from hornet_cli.__main__ import main; main()"
    done = process("-c", hidden)
    assert (done.returncode, done.stdout) == (ExitCode.LIBRARY, "")
    assert done.stderr.startswith("hornet: typer is not installed")
    assert "hornet-nn[cli]" in done.stderr
