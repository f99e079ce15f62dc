"""Keras, the oracle of the parity tests, runs on JAX; Hornet makes its settings before JAX starts."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

os.environ["KERAS_BACKEND"] = "jax"

import hornet  # noqa: F401  (whichever test is collected first, programs are hoisted as in a user's process)


@pytest.fixture
def locked():
    """Give a folder, and a context in which nobody may write to it: root becomes a user without rights meanwhile."""
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders let no other user in
        folder = Path(name)

        @contextmanager
        def context():
            is_root = hasattr(os, "geteuid") and os.geteuid() == 0
            folder.chmod(0o555)
            if is_root:
                os.seteuid(65534)
            try:
                yield
            finally:
                if is_root:
                    os.seteuid(0)
                folder.chmod(0o700)

        yield folder, context


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes several seconds; `-m 'not slow'` leaves it out")
