import jax
import pytest

import hornet


@pytest.fixture
def double():
    """float64, in which a difference is one of mathematics; for threads too, which do not see JAX's context."""
    before = jax.config.jax_enable_x64
    hornet.config.set_floatx("float64")
    yield
    hornet.config.set_floatx("float32")
    jax.config.update("jax_enable_x64", before)
