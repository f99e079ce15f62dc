"""What all tests share: Keras on JAX as their oracle and a compile cache in the project's folder."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # it would tell its makers of every test
os.environ.setdefault("HORNET_CACHE", str(Path(__file__).parent / ".cache" / "programs"))

import hornet  # noqa: I001  (whichever test is collected first, its settings come before JAX starts)
import jax
import pytest

pytest_plugins = ["tests.costs", "tests.memory", "tests.oracle.answers"]


@pytest.fixture
def double():
    """float64, in which a difference is one of mathematics; for threads too, which do not see JAX's context."""
    before = jax.config.jax_enable_x64
    hornet.config.set_floatx("float64")
    yield
    hornet.config.set_floatx("float32")
    jax.config.update("jax_enable_x64", before)


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
    config.addinivalue_line("markers", "every_instance: an instance of a table behind the first of its class")
    config.addinivalue_line("markers", "full: at full size, where another test proves the same thing in little time")
    config.addinivalue_line("markers", "peers: depends on packages of other people, and takes long")
