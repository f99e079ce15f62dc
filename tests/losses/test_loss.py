"""What all losses share, a user's own ones, and how a loss is named."""

import functools

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from keras.src.trainers.compile_utils import get_loss
from sklearn.metrics import mean_pinball_loss

import hornet
from hornet import losses
from hornet.core.config import serialize
from hornet.losses.resolve import resolve as resolve_loss


class Asymmetric(losses.Loss):
    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, y_true, y_pred):
        error = y_pred - y_true
        return jnp.mean(jnp.where(error > 0, self.factor * error, -error), axis=-1)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


def squared(y_true, y_pred, scale=1.0):
    return scale * (y_true - y_pred) ** 2


def test_own_class():
    loss = Asymmetric(factor=3.0)
    assert float(loss([[0.0], [0.0]], [[1.0], [-1.0]])) == 2.0
    assert loss.get_config() == {
        "factor": 3.0,
        "name": loss.name,
        "reduction": "sum_over_batch_size",
        "dtype": "float32",
    }
    assert Asymmetric.from_config(loss.get_config()).factor == 3.0
    assert loss._structure() is loss
    loss.check_labels(np.zeros((5, 9)), (None, 1))  # what its labels look like is its own affair


def test_own_names_count():
    first, second = Asymmetric().name, Asymmetric().name
    assert first.startswith("asymmetric")
    assert first != second


def test_own_class_by_custom_objects():
    saved = losses.serialize(Asymmetric(factor=5.0))
    assert saved["registered_name"] == "Asymmetric"
    assert losses.deserialize(saved, custom_objects={"Asymmetric": Asymmetric}).factor == 5.0
    assert losses.deserialize("squared", custom_objects={"squared": squared}) is squared


def test_own_function():
    loss = losses.LossFunctionWrapper(squared, scale=2.0)
    assert float(loss([1.0], [3.0])) == 8.0
    assert loss.get_config() | {"name": ""} == {
        "fn": {"module": __name__, "class_name": "function", "config": "squared", "registered_name": "squared"},
        "reduction": "sum_over_batch_size",
        "name": "",
        "dtype": "float32",
        "scale": 2.0,
    }


def test_structure_of_wrapped_functions():
    def structure(*args, **kwargs):
        return losses.LossFunctionWrapper(*args, **kwargs)._structure()

    assert structure(squared, scale=2.0) == structure(squared, scale=2.0)
    assert structure(squared, scale=2.0) != structure(squared, scale=3.0)
    assert structure(squared) != structure(losses.mse)


def test_missing_call_says_what_to_write():
    with pytest.raises(NotImplementedError, match=r"`Loss` has no `call`. Write one"):
        losses.Loss()([1.0], [1.0])


def test_unknown_reduction():
    with pytest.raises(ValueError, match=r"`reduction` must be one of .* not 'summ'. Did you mean 'sum'?"):
        losses.MeanSquaredError(reduction="summ")


def test_weights_are_those_of_rows():
    y, p = np.zeros((3, 2, 4)), np.ones((3, 2, 4))
    weights = np.array([1.0, 2.0, 3.0])
    assert float(jax.jit(losses.MeanSquaredError())(y, p, weights)) == 2.0
    square = jax.jit(losses.MeanSquaredError(reduction="none"))(np.zeros((3, 3, 1)), np.ones((3, 3, 1)), weights)
    np.testing.assert_array_equal(square, np.repeat(weights[:, None], 3, axis=1))


def test_dtype():
    half = jax.ShapeDtypeStruct((3,), "bfloat16")
    assert jax.eval_shape(losses.MeanSquaredError(dtype="float16"), np.zeros(3), np.ones(3)).dtype == "float16"
    assert jax.eval_shape(losses.MeanSquaredError(), np.zeros(3), half).dtype == "float32"


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
def test_empty_batch(reduction):
    empty = np.zeros((0, 1))
    ours, theirs = (
        jax.eval_shape(module.MeanSquaredError(reduction=reduction), empty, empty) for module in (losses, keras.losses)
    )
    assert ours.shape == theirs.shape


# --- the perceptron's criterion -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "score", "value", "slope"),
    [(1, 2.0, 0.0, 0.0), (1, -2.0, 2.0, -1.0), (-1, 2.0, 2.0, 1.0), (1, 0.0, 0.0, -1.0), (-1, 0.0, 0.0, 1.0)],
)
def test_perceptron_moves_at_zero(label, score, value, slope):
    loss = losses.Perceptron()
    assert jax.jit(jax.value_and_grad(lambda z, label: loss([[label]], [[z]])))(score, label) == (value, slope)
    if label == 1:
        assert jax.jit(jax.grad(lambda z: loss([[1], [0]], jnp.array([[z], [5.0]]))))(score) == slope / 2


def test_perceptron_is_rosenblatts_rule():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 3)).astype("float32")
    y = np.where(x @ [1.0, -2.0, 0.5] > 0, 1.0, -1.0).astype("float32")
    by_loss, by_rule = jnp.zeros(3), np.zeros(3, "float32")
    slope = jax.jit(jax.grad(lambda w, row, label: losses.perceptron(label[None], (row @ w)[None])))
    for row, label in zip(x, y, strict=True):
        by_loss -= slope(by_loss, row, label)
        if label * (row @ by_rule) <= 0:
            by_rule += label * row
    np.testing.assert_allclose(by_loss, by_rule, rtol=1e-5)
    assert np.any(by_rule != 0)


# --- quantiles ------------------------------------------------------------------------------------------


QUANTILES = [0.1, 0.5, 0.8]


@pytest.mark.parametrize("column", [(), (1,)], ids=["row", "column"])
def test_pinball_is_that_of_scikit_learn(column):
    rng = np.random.default_rng(0)
    y, p = rng.normal(size=30), rng.normal(size=(30, 3))
    expected = [mean_pinball_loss(y, one, alpha=alpha) for one, alpha in zip(p.T, QUANTILES, strict=True)]
    np.testing.assert_allclose(losses.Pinball(QUANTILES)(y.reshape(-1, *column), p), np.mean(expected), rtol=1e-6)
    np.testing.assert_allclose(losses.Pinball(0.1)(y, p[:, 0]), expected[0], rtol=1e-6)
    targets = np.stack([y, y + 1], 1)
    both = losses.Pinball(QUANTILES)(targets, np.stack([p, p + 1], 1))
    np.testing.assert_allclose(both, np.mean(expected), rtol=1e-6)


def test_the_least_pinball_is_at_the_quantiles():
    y = np.random.default_rng(0).normal(size=101).astype("float32")
    slope = jax.grad(lambda p: losses.Pinball(QUANTILES)(y, jnp.broadcast_to(p, (101, 3))))
    below, above = (np.quantile(y, QUANTILES) + step for step in (-0.05, 0.05))
    assert (slope(below.astype("float32")) < 0).all()
    assert (slope(above.astype("float32")) > 0).all()


def test_quantiles_that_are_none():
    for wrong in (0.0, 1.0, [0.5, 2.0], []):
        with pytest.raises(ValueError, match="quantiles"):
            losses.Pinball(wrong)
    with pytest.raises(ValueError, match=r"predictions of shape \(4, 2\) for 3 quantiles"):
        losses.pinball(np.zeros(4), np.zeros((4, 2)), QUANTILES)
    with pytest.raises(ValueError, match=r"output for each of 3 quantiles, .* Give the last layer 3 units."):
        losses.Pinball(QUANTILES).check_labels(np.zeros(4), (None, 1))
    with pytest.raises(ValueError, match=r"`y` has shape \(4, 3\) .* Pass `y` of shape \(N,\)."):
        losses.Pinball(QUANTILES).check_labels(np.zeros((4, 3)), (None, 3))
    losses.Pinball(QUANTILES).check_labels(np.zeros((4, 1)), (None, 3))


# --- numerics -------------------------------------------------------------------------------------------


def test_certain_and_wrong_stays_finite():
    for loss in (losses.BinaryCrossentropy(), losses.CategoricalCrossentropy()):
        both = jax.jit(jax.value_and_grad(lambda p, loss=loss: loss([[1.0, 0.0]], p)))
        value, slope = both(np.array([[0.0, 1.0]], "float32"))
        assert np.isfinite(value)
        assert np.all(np.isfinite(slope))
    both = jax.jit(jax.value_and_grad(lambda z: losses.SparseCategoricalCrossentropy(from_logits=True)([0], z)))
    value, slope = both(np.array([[0.0, -np.inf]], "float32"))
    assert float(value) == 0.0
    assert np.all(np.isfinite(slope))


def test_focal_logits_keep_their_slope():
    slope = jax.jit(jax.grad(lambda z: losses.binary_focal_crossentropy([[0.0]], z, from_logits=True)[0]))([[40.0]])
    np.testing.assert_allclose(slope, 1.0, rtol=1e-6)  # in Keras it is 0: the probability has become 1


def test_an_impossible_label_has_a_loss_and_a_slope():
    loss = losses.CategoricalGeneralizedCrossEntropy(q=0.5)
    value, slope = jax.jit(jax.value_and_grad(lambda p: loss([0], p)))(np.array([[0.0, 1.0]], "float32"))
    assert float(value) == 2.0
    np.testing.assert_array_equal(slope, 0.0)


def test_a_column_of_class_indices_is_one_a_row():
    p = np.array([[0.25, 0.75], [0.5, 0.5]], "float32")
    function = jax.jit(lambda labels: losses.categorical_generalized_cross_entropy(labels, p, 0.5))
    np.testing.assert_array_equal(function(np.array([[0], [1]])), function(np.array([0, 1])))


def test_tverskys_beta_is_the_price_of_a_false_yes():
    y, p = [[1.0, 1.0, 0.0, 0.0]], [[1.0, 1.0, 1.0, 0.0]]
    dear, tversky, dice = jax.jit(
        lambda: (losses.tversky(y, p, alpha=9.0, beta=2.0), losses.tversky(y, p), losses.dice(y, p))
    )()
    np.testing.assert_allclose(dear, 0.5, rtol=1e-6)
    np.testing.assert_allclose(tversky, dice, rtol=1e-6)


@pytest.mark.parametrize("kept", [True, False])
def test_circle_with_references(kept, oracle):
    rng = np.random.default_rng(0)
    rows, others = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in rng.normal(size=(2, 6, 3)).astype("float32"))
    own, theirs = rng.integers(0, 2, 6), rng.integers(0, 2, (6, 1))

    def call(module):
        circle = functools.partial(module.circle, remove_diagonal=kept, gamma=3.0)
        return jax.jit(circle)(own, rows, theirs, others)

    [expected] = oracle("values", lambda: call(keras.losses))
    np.testing.assert_allclose(call(losses), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: losses.dice(np.ones((3, 2)), np.ones((3, 4))), "labels of shape .3, 2."),
        (lambda: losses.tversky(np.ones((3, 2)), np.ones((3, 4))), "one label for each prediction"),
        (lambda: losses.binary_crossentropy(np.ones((3, 2)), np.ones((3, 4))), "labels of shape .3, 2."),
        (lambda: losses.categorical_crossentropy(np.ones((3, 2)), np.ones((3, 4))), "one label for each prediction"),
        (lambda: losses.sparse_categorical_crossentropy(np.ones((3, 4)), np.ones((3, 4))), "for one-hot labels"),
    ],
)
def test_shapes_that_would_broadcast(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_arguments_out_of_bounds():
    with pytest.raises(ValueError, match="`delta` must be a finite number above 0, not -1"):
        losses.Huber(delta=-1.0)
    with pytest.raises(ValueError, match="`q` must be a finite number above 0 and below 1, not 1"):
        losses.CategoricalGeneralizedCrossEntropy(q=1.0)
    with pytest.raises(ValueError, match=r"`label_smoothing` must be .* at least 0 and at most 1, not 1.5"):
        losses.CategoricalCrossentropy(label_smoothing=1.5)


# --- names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "function"),
    [
        ("mse MSE mean_squared_error", losses.mean_squared_error),
        ("mae MAE mean_absolute_error", losses.mean_absolute_error),
        ("mape MAPE mean_absolute_percentage_error", losses.mean_absolute_percentage_error),
        ("msle MSLE mean_squared_logarithmic_error", losses.mean_squared_logarithmic_error),
        ("huber huber_loss", losses.huber),
        ("cosine_similarity cosine_proximity", losses.cosine_similarity),
        ("log_cosh logcosh", losses.log_cosh),
        ("bce BCE binary_crossentropy", losses.binary_crossentropy),
        ("kld KLD kl_divergence kullback_leibler_divergence", losses.kl_divergence),
    ],
)
def test_aliases(names, function):
    for name in names.split():
        assert losses.get(name) is function
        assert getattr(losses, name) is function


def test_get():
    assert losses.get(None) is None
    assert losses.get(squared) is squared
    assert isinstance(losses.get(losses.Huber), losses.Huber)
    assert losses.get({"class_name": "Huber", "config": {"delta": 2.0}}).delta == 2.0
    assert losses.get(keras.losses.serialize(keras.losses.mean_squared_error)) is losses.mse
    assert serialize(losses.mse) == "mean_squared_error"
    with pytest.raises(ValueError, match=r"no loss named 'mean_square_error'. Did you mean 'mean_squared_error'?"):
        losses.get("mean_square_error")
    with pytest.raises(TypeError, match="3 is not a valid loss"):
        losses.get(3)


@pytest.mark.parametrize("identifier", ["crossentropy", "ce", "CE"])
@pytest.mark.parametrize(
    ("y_shape", "output_shape"),
    [((9,), (9, 1)), ((9, 1), (9, 1)), ((9,), (9, 4)), ((9, 1), (9, 4)), ((9, 4), (9, 4)), ((9, 2), (9, 2, 4))],
)
def test_crossentropy_is_chosen_by_shapes_as_keras_does(identifier, y_shape, output_shape):
    ours = resolve_loss(identifier, y_shape, output_shape)
    theirs = get_loss(identifier, np.zeros(y_shape), np.zeros(output_shape))
    assert type(ours).function.__name__ == theirs.fn.__name__
    assert ours.name == theirs.name


@pytest.mark.parametrize(
    "identifier", ["mse", "BCE", "MeanSquaredError", "sparse_categorical_crossentropy", "hinge", squared]
)
def test_resolved_name_is_that_of_keras(identifier):
    ours = resolve_loss(identifier, (9, 4), (None, 4))
    assert ours.name == get_loss(identifier, np.zeros((9, 4)), np.zeros((9, 4))).name


def test_resolve():
    shapes = (9,), (None, 1)
    assert resolve_loss(None, *shapes) is None
    given = losses.Huber()
    assert resolve_loss(given, *shapes) is given
    assert isinstance(resolve_loss("sparse_categorical_crossentropy", *shapes), losses.SparseCategoricalCrossentropy)
    assert isinstance(resolve_loss(losses.perceptron, *shapes), losses.Perceptron)
    assert resolve_loss(squared, *shapes).fn is squared
    assert resolve_loss(functools.partial(squared, scale=2.0), *shapes).name == "partial"
    assert resolve_loss(lambda y_true, y_pred: y_pred, *shapes).name == "lambda"
    with pytest.raises(ValueError, match="no loss named 'mze'"):
        resolve_loss("mze", *shapes)


def test_losses_of_symbolic_tensors_are_symbolic():
    labels, predictions = hornet.Input((3,)), hornet.Input((3,))
    rows = losses.mean_squared_error(labels, predictions)
    assert rows.shape == keras.losses.mean_squared_error(keras.Input((3,)), keras.Input((3,))).shape == (None,)
    assert losses.MeanAbsoluteError()(labels, predictions).shape == ()
    model = hornet.Model([labels, predictions], rows)
    np.testing.assert_array_equal(model.predict([np.zeros((2, 3)), np.ones((2, 3))], verbose=0), [1.0, 1.0])


def test_a_loss_of_two_numbers():
    assert float(losses.MeanSquaredError()(1.0, 3.0)) == 4.0


def test_a_column_of_predictions_stands_for_every_column_of_labels():
    y, p = np.arange(80.0).reshape(8, 10), np.ones((8, 1))
    assert float(losses.MeanSquaredError()(y, p)) == pytest.approx(float(keras.losses.MeanSquaredError()(y, p)))
