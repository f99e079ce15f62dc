"""What type checkers say of the programs beside this file, in which each error that they should find is marked."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROGRAMS = sorted(str(path) for path in HERE.glob("*.py") if not path.name.startswith("test_"))
CACHE = HERE.parent.parent / ".cache" / "mypy"
CHECKERS = {
    "pyright": ["pyright", "--project", str(HERE)],
    "mypy": ["mypy", "--config-file", str(HERE / "mypy.ini"), "--cache-dir", str(CACHE), *PROGRAMS],
}


@pytest.mark.parametrize("checker", ["pyright", pytest.param("mypy", marks=pytest.mark.full)])
def test_errors_are_found_where_they_are_marked_and_nowhere_else(checker):
    """A mark without an error is one as well, so a mistake that is not seen fails."""
    done = subprocess.run([sys.executable, "-m", *CHECKERS[checker]], cwd=HERE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
