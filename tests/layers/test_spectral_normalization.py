"""Kernels divided by their largest singular value."""

import jax
import keras
import numpy as np
import pytest

from hornet import layers
from hornet.core.module import boxes, pure, values_of
from hornet.core.variable import Box
from hornet.layers import Dense, Embedding, Flatten, SpectralNormalization

X = np.random.default_rng(0).normal(size=(8, 6)).astype("float32")


def made(iterations=1, **arguments):
    layer = SpectralNormalization(Dense(4, use_bias=False, **arguments), power_iterations=iterations)
    layer._build_on((None, 6))
    layer.layer.kernel.assign(np.random.default_rng(1).normal(size=(6, 4)) * 3)
    return layer


@pytest.mark.parametrize("training", [False, True])
def test_the_layer_computes_with_a_kernel_of_norm_1(training):
    layer = made(iterations=100)
    kernel = layer.layer.kernel.numpy()
    expected = X @ (kernel / np.linalg.norm(kernel, 2))
    layer(X, training=True)
    np.testing.assert_allclose(layer(X, training=training), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(layer.layer.kernel, kernel)


@pytest.mark.parametrize("units", [1, 4, 4000])
def test_before_training_the_kernel_is_used_as_it_is(units):
    layer, twin = (
        module.SpectralNormalization(module.Dense(units, kernel_initializer="ones"))
        for module in (layers, keras.layers)
    )
    np.testing.assert_array_equal(layer(X[:1]), twin(X[:1]))
    assert layer.vector_u.numpy().any()


def test_training_goes_on_from_the_last_vector_and_inference_leaves_it():
    layer = made()
    before = layer.vector_u.numpy()
    layer(X)
    np.testing.assert_array_equal(layer.vector_u, before)
    for _ in range(100):
        layer(X, training=True)
    kernel = layer.layer.kernel.numpy()
    np.testing.assert_allclose(layer(X), X @ (kernel / np.linalg.norm(kernel, 2)), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(layer.vector_u), 1.0, rtol=1e-6)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")
def test_the_vector_is_keras_s():
    layer = made(iterations=2)
    twin = keras.layers.SpectralNormalization(keras.layers.Dense(4, use_bias=False), power_iterations=2)
    twin.build((None, 6))
    twin.set_weights(layer.get_weights())
    np.testing.assert_allclose(layer(X, training=True), twin(X, training=True), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(layer.vector_u, twin.vector_u.numpy(), rtol=1e-5, atol=1e-6)


def test_a_kernel_of_zeros_stays_and_keeps_the_vector():
    layer = made()
    layer.layer.kernel.assign(np.zeros((6, 4)))
    before = layer.vector_u.numpy()
    assert np.all(np.asarray(layer(X, training=True)) == 0.0)
    np.testing.assert_array_equal(layer.vector_u, before)
    call, held = pure(boxes(layer, Box), layer), values_of(boxes(layer, Box))
    gradient = jax.grad(lambda kernel: call({**held, "kernel": kernel}, X, training=True)[0].sum())(held["kernel"])
    assert np.isfinite(gradient).all()


def test_integers_are_looked_up_in_normalized_vectors():
    layer = SpectralNormalization(Embedding(5, 3), power_iterations=100)
    output = layer(np.arange(5), training=True)
    np.testing.assert_allclose(np.linalg.norm(output, 2), 1.0, rtol=1e-5)


def test_mixed_types_change_no_weight():
    layer = SpectralNormalization(Dense(4, dtype="mixed_bfloat16"), dtype="mixed_bfloat16")
    layer._build_on((None, 6))
    before = layer.layer.kernel.numpy()
    assert layer(X, training=True).dtype == "bfloat16"
    np.testing.assert_array_equal(layer.layer.kernel, before)
    assert layer.vector_u.dtype == "float32"


def test_a_layer_without_kernel_is_refused():
    with pytest.raises(ValueError, match="Layer 'flat' has no `kernel` and no `embeddings` to normalize"):
        SpectralNormalization(Flatten(name="flat"))(X)
    with pytest.raises(ValueError, match="`power_iterations` must be a positive integer, not 0"):
        SpectralNormalization(Dense(1), power_iterations=0)
