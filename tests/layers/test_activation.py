"""Activation layers: old spellings, masks of scores, and what is refused."""

import keras
import numpy as np
import pytest

from hornet.layers import ELU, LeakyReLU, Masking, PReLU, ReLU, Softmax
from hornet.models import Sequential

X = np.random.default_rng(0).normal(size=(4, 5, 3)).astype("float32")


def test_the_older_name_of_a_slope_is_read():
    np.testing.assert_array_equal(LeakyReLU(alpha=0.2)(X), LeakyReLU(0.2)(X))
    assert LeakyReLU(alpha=0.2).get_config()["negative_slope"] == 0.2


@pytest.mark.parametrize(
    ("layer", "arguments", "argument"),
    [
        (ReLU, {"max_value": -1.0}, "max_value"),
        (ReLU, {"negative_slope": -1.0}, "negative_slope"),
        (ReLU, {"threshold": -1.0}, "threshold"),
        (LeakyReLU, {"negative_slope": -1.0}, "negative_slope"),
        (LeakyReLU, {"alpha": -1.0}, "negative_slope"),
    ],
)
def test_negative_numbers_are_refused(layer, arguments, argument):
    with pytest.raises(ValueError, match=f"`{argument}` must be a finite number at least 0, not -1.0"):
        layer(**arguments)


@pytest.mark.parametrize("layer", [lambda: ReLU(threshold=None), lambda: LeakyReLU(None), lambda: ELU("one")])
def test_what_is_no_number_is_refused(layer):
    with pytest.raises(TypeError, match="must be a number"):
        layer()


def test_slopes_are_shared_along_axes():
    layer = PReLU(shared_axes=[1, -1])
    layer(X)
    assert layer.alpha.shape == (1, 1)
    with pytest.raises(ValueError, match=r"Layer 'slopes' needs to know axis 1 of its input"):
        PReLU(name="slopes").compute_output_shape((None, None, 3))


@pytest.mark.parametrize("axis", [-1, 1, (1, 2)])
@pytest.mark.parametrize("size", [(4, 5, 3), (5, 3), (1, 1, 3), (4, 5, 1)])
@pytest.mark.parametrize("kind", [bool, "float32"])
def test_scores_are_masked_as_in_keras(axis, size, kind):
    mask = np.random.default_rng(1).integers(2, size=size).astype(kind)
    expected = keras.layers.Softmax(axis=axis)(X, mask=mask)
    np.testing.assert_allclose(Softmax(axis=axis)(X, mask=mask), expected, rtol=1e-5, atol=1e-7)


def test_scores_of_which_none_counts_have_no_probability():
    assert Softmax()([[1.0, 2.0]], mask=[[False, False]]).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("shape", [(2, 3), (4, 5, 3, 1), (4,)])
def test_a_mask_that_does_not_fit_is_refused(shape):
    with pytest.raises(ValueError, match=r"Layer 'scores' got a `mask` of shape .* for inputs of shape \(4, 5, 3\)"):
        Softmax(name="scores")(X, mask=np.ones(shape, bool))


@pytest.mark.parametrize("axis", [1, -1])
def test_the_mask_of_steps_covers_whole_steps(axis):
    x = X.copy()
    x[:, 3:] = 0.0
    counts = np.broadcast_to((np.arange(5) < 3)[:, None], x.shape)
    output = Sequential([Masking(), Softmax(axis=axis)])(x)
    expected = Softmax(axis=axis)(x, mask=counts)
    np.testing.assert_allclose(output, expected, rtol=1e-6)
    assert np.all(np.asarray(output)[:, 3:] == 0.0)
