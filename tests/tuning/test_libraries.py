"""Other people's searches drive Hornet as docs/guides/tuning_libraries.md shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "guides" / "tuning_libraries.md"
PROGRAMS = dict(re.findall(r"```python (\w+)\n(.*?)```", PAGE.read_text(), re.DOTALL))
PEERS = ROOT / ".venv-peers" / "bin" / "python"
"""Where `make test-peers` installs these libraries, whose old pins suit no other environment."""


def python(*arguments, cwd=None):
    command = [str(PEERS) if PEERS.exists() else sys.executable, *arguments]
    environment = os.environ | {"KERAS_BACKEND": "jax", "MPLBACKEND": "Agg"}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment)


def test_each_library_that_is_said_to_run_has_a_program():
    running = re.findall(r"^\| \[([\w-]+)\].*\| (yes|no; its successor)", PAGE.read_text(), re.MULTILINE)
    assert len(running) == len(PROGRAMS) + 1 == 6  # Optuna's program is run with all others of the page


@pytest.mark.peers
@pytest.mark.parametrize("library", PROGRAMS)
def test_the_library_drives_hornet(library, tmp_path):
    if python("-c", f"import importlib.util, sys; sys.exit(not importlib.util.find_spec({library!r}))").returncode:
        pytest.skip(f"{library} is not installed")
    (tmp_path / "program.py").write_text(PROGRAMS[library])
    run = python("program.py", cwd=tmp_path)
    assert run.returncode == 0, run.stderr[-2000:]
