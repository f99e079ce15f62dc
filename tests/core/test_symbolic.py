"""Shapes by abstract evaluation."""

import jax.numpy as jnp
import numpy as np
import pytest

from hornet.core.module import pure
from hornet.core.symbolic import output_shape

CASES = {
    "an unknown batch stays unknown": (lambda x: x + 1, (None, 3), (None, 3)),
    "a known batch stays known": (lambda x: x + 1, (2, 3), (2, 3)),
    "two unknown axes": (lambda x: x.transpose(0, 2, 1), (None, None, 4), (None, 4, None)),
    "an axis that depends on an unknown one": (lambda x: jnp.concatenate([x, x]), (None, 3), (None, 3)),
    "axes that go away": (lambda x: x.sum(axis=1), (None, 3, 4), (None, 4)),
    "axes joined": (lambda x: x.reshape(x.shape[0], -1), (None, 3, 4), (None, 12)),
    "a vector": (lambda x: x[:, 0], (None, 3), (None,)),
    "a scalar": (jnp.sum, (None, 3), ()),
}


@pytest.mark.parametrize("case", CASES)
def test_shapes(case):
    function, input_shape, expected = CASES[case]
    assert output_shape(pure({}, function), {}, input_shape, "float32") == expected


def test_sizes_may_be_numpy_s():
    assert output_shape(pure({}, lambda x: x), {}, (None, np.int64(3)), "float32") == (None, 3)


def test_nothing_is_computed(compiles):
    with compiles() as counted:
        output_shape(pure({}, lambda x: jnp.sin(x) @ x.T), {}, (5, 3), "float32")
    assert counted() == 0
