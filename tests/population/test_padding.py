"""Models whose hidden layers may be wider than asked: which of them may, and what they cost."""

import numpy as np
import pytest

import hornet
from hornet import layers, losses, optimizers
from hornet.population.padding import LayerChain, fitted
from hornet.training.evaluation import evaluation_batch


def compiled(*hidden, shape=(3,), head=None, **arguments):
    model = hornet.Sequential([hornet.Input(shape), *hidden, head or layers.Dense(1)])
    model.compile(**{"loss": "mse", "optimizer": "sgd"} | arguments)
    return model


def test_only_hidden_layers_may_be_wider():
    assert LayerChain.of(compiled(layers.Dense(5, "relu"), layers.Dense(7, "tanh"))).widths == (5, 7)


@pytest.mark.parametrize(
    "between",
    [
        lambda: layers.Dropout(0.5, noise_shape=(None, 5)),
        lambda: layers.LayerNormalization(),
        lambda: layers.ReLU(threshold=0.5),
        lambda: layers.Softmax(),
    ],
)
def test_what_sees_how_wide_a_layer_is_keeps_it_as_it_is(between):
    assert LayerChain.of(compiled(layers.Dense(5, "relu"), between())).widths == ()


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: optimizers.Adam(epsilon=0.0),
        lambda: optimizers.Ftrl(initial_accumulator_value=0.0),
        lambda: optimizers.Adagrad(initial_accumulator_value=0.0),
        lambda: optimizers.Adafactor(),
    ],
)
def test_an_optimizer_that_might_divide_by_zero_keeps_widths(optimizer):
    assert LayerChain.of(compiled(layers.Dense(5, "relu"), optimizer=optimizer())).widths == ()


@pytest.mark.parametrize(
    "arguments",
    [{"loss": {"output": "mse"}}, {"metrics": {"output": "mae"}}, {"optimizer": optimizers.SGD(lambda: 0.1)}],
)
def test_what_is_one_model_s_own_is_no_chain(arguments):
    assert isinstance(LayerChain.of(compiled(layers.Dense(5), **arguments)), str)
    assert isinstance(LayerChain.of(compiled(layers.Dense(5, layers.LeakyReLU()))), str)


def test_kernels_where_no_input_has_a_known_size():
    model = compiled(layers.Embedding(10, 6), layers.GlobalAveragePooling1D(), layers.Dense(5), shape=(None,))
    chain = LayerChain.of(model)
    assert chain.kernels(chain.widths) == [(6, 5), (5, 1)]
    assert chain.kernels((8,)) == [(6, 8), (8, 1)]


def test_an_array_may_be_filled_up_with_another():
    filling = np.array([[7.0, 7.0, 7.0], [8.0, 8.0, 8.0]])
    assert fitted([[1.0, 2.0]], (2, 3), filling).tolist() == [[1.0, 2.0, 7.0], [8.0, 8.0, 8.0]]


@pytest.mark.parametrize(
    ("loss", "batch"),
    [
        (losses.MeanSquaredError(), 25),
        (losses.MeanSquaredError(reduction="sum"), 32),
        (losses.MeanSquaredError(reduction="mean_with_sample_weight"), 32),
        (losses.Dice(), 32),
        (lambda y, outputs: hornet.ops.square(y - outputs), 32),
    ],
)
def test_an_evaluation_takes_other_batches_only_where_its_result_stays(loss, batch):
    model = compiled(layers.Dense(5), loss=loss, head=layers.Dense(1, "sigmoid"))
    x = np.random.default_rng(0).uniform(size=(100, 3))
    model.fit(x, x[:, :1], verbose=0)
    assert evaluation_batch(model, 100, 32) == batch
    np.testing.assert_allclose(
        model.evaluate(x, x[:, :1], batch, verbose=0), model.evaluate(x, x[:, :1], verbose=0), rtol=1e-5
    )


def test_masks_keep_the_batches_of_an_evaluation():
    model = compiled(layers.Masking(), layers.GlobalAveragePooling1D(), shape=(4, 3))
    model.fit(np.ones((8, 4, 3)), np.ones((8, 1)), verbose=0)
    assert evaluation_batch(model, 100, 32) == 32
