"""Write Keras's answers anew: `.venv/bin/python tests/oracle/write.py [files of tests]`, then read the difference.

Needed when a table gains a class, a test asks another question, or the version of Keras in pyproject.toml changes.
"""

import sys

import pytest

if __name__ == "__main__":
    sys.exit(pytest.main(["--oracle=write", "-m", "not every_instance and not full", "-p", "no:xdist", *sys.argv[1:]]))
