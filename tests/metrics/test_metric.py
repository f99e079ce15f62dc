"""What all metrics share, a user's own ones, and the metric that a word in `compile` means."""

import functools

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from keras.src.trainers.compile_utils import get_metric

from hornet import losses, metrics
from hornet.core.module import boxes, pure, values_of
from hornet.core.variable import Variable
from hornet.losses.resolve import resolve as resolve_loss
from hornet.metrics.resolve import resolve as resolve_metric


class HuberMetric(metrics.Metric):
    def __init__(self, threshold=1.0, **kwargs):
        super().__init__(**kwargs)
        self.threshold = threshold
        self.total = self.add_weight("total", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(jnp.sum(losses.huber(y_true, y_pred, self.threshold)))
        self.count.assign_add(jnp.asarray(y_true).shape[0])

    def result(self):
        return self.total / self.count

    def get_config(self):
        return {**super().get_config(), "threshold": self.threshold}


class Spread(metrics.Metric):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.parts = [metrics.Mean(), metrics.Mean()]
        self.seen = self.add_variable((2,), "ones", name="seen")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.parts[0].update_state(y_true, sample_weight)
        self.parts[1].update_state(y_pred, sample_weight)

    def result(self):
        return self.parts[1].result() - self.parts[0].result()


def share(y_true, y_pred):
    return jnp.mean(y_true == y_pred, axis=-1)


def test_own_class():
    metric = HuberMetric(threshold=2.0)
    metric.update_state([[0.0]], [[1.0]])
    assert float(metric([[0.0]], [[4.0]])) == 3.25
    assert [variable.name for variable in metric.variables] == ["total", "count"]
    assert metric.trainable_variables == []
    assert metric.get_config() == {"threshold": 2.0, "dtype": "float32", "name": metric.name}
    assert metric._structure() is metric
    metric.reset_states()
    assert [float(variable) for variable in metric.variables] == [0.0, 0.0]
    saved = metrics.serialize(metric)
    assert metrics.deserialize(saved, custom_objects={"HuberMetric": HuberMetric}).threshold == 2.0


def test_metric_of_metrics():
    metric = Spread()
    assert float(metric([1.0, 2.0], [3.0, 5.0])) == 2.5
    assert list(boxes(metric, Variable)) == [
        "seen",
        "parts/0/total",
        "parts/0/count",
        "parts/1/total",
        "parts/1/count",
    ]
    metric.reset_state()
    assert all(not np.any(variable.numpy()) for variable in metric.variables)


def test_a_loop_carries_the_state():
    metric = metrics.Mean()
    held = boxes(metric, Variable)
    update, result = pure(held, metric.update_state), pure(held, metric.result)

    @jax.jit
    def run(state, values):
        state = jax.lax.fori_loop(0, 4, lambda i, state: update(state, values[i])[1], state)
        return result(state)[0]

    assert float(run(values_of(held), jnp.arange(8.0).reshape(4, 2))) == 3.5


def test_an_update_inside_a_program_without_state_is_refused():
    metric = metrics.Mean()
    with pytest.raises(RuntimeError, match="traced value"):
        jax.jit(lambda x: metric.update_state(x))(jnp.ones(3))


def test_variables():
    metric = metrics.Metric(name="mine")
    assert metric.add_variable((2, 3), "ones").shape == (2, 3)
    assert metric.add_weight(shape=[2], initializer="zeros", name="v").name == "v"
    assert metric.add_weight().shape == ()
    assert metric.add_variable((), "zeros", "int32").dtype == "int32"
    assert metrics.Mean(dtype="float16").total.dtype == "float16"
    with pytest.raises(NotImplementedError, match="`Metric` has no `update_state`"):
        metric.update_state([1.0])
    with pytest.raises(NotImplementedError, match="`Metric` has no `result`"):
        metric.result()


def test_names_do_not_count_so_that_logs_of_every_model_have_one():
    assert [HuberMetric().name, HuberMetric().name] == ["huber_metric", "huber_metric"]
    assert [metrics.AUC().name, metrics.AUC().name] == ["auc", "auc"]


# --- names ----------------------------------------------------------------------------------------------


def test_keras_names_reach_the_same_class():
    from keras.src.metrics import ALL_OBJECTS_DICT

    for name, member in ALL_OBJECTS_DICT.items():
        if member is not keras.metrics.Metric:
            assert metrics.registry[name].__name__ == member.__name__


def test_public_names_are_those_of_keras():
    theirs = {name for name in dir(keras.metrics) if not name.startswith("_")}
    assert theirs <= set(metrics.__all__)


def test_get():
    assert metrics.get(None) is None
    assert metrics.get(share) is share
    assert isinstance(metrics.get("mae"), metrics.MeanAbsoluteError)
    assert isinstance(metrics.get(metrics.Mean), metrics.Mean)
    assert metrics.get({"class_name": "TopKCategoricalAccuracy", "config": {"k": 2}}).k == 2
    with pytest.raises(ValueError, match=r"no metric named 'acuracy'. Did you mean 'accuracy'?"):
        metrics.get("acuracy")


SHAPES = [((9,), (9, 1)), ((9, 1), (9, 1)), ((9,), (9, 4)), ((9, 1), (9, 4)), ((9, 4), (9, 4)), ((9, 2), (9, 2, 4))]


@pytest.mark.parametrize("identifier", ["accuracy", "acc", "Accuracy"])
@pytest.mark.parametrize(("y_shape", "output_shape"), SHAPES)
def test_accuracy_is_chosen_by_shapes_as_keras_does(identifier, y_shape, output_shape):
    ours = resolve_metric(identifier, y_shape, output_shape)
    theirs = get_metric(identifier, np.zeros(y_shape), np.zeros(output_shape))
    assert type(ours).__name__ == type(theirs).__name__
    assert ours.name == theirs.name


@pytest.mark.parametrize(("y_shape", "output_shape"), SHAPES)
def test_crossentropy_is_chosen_by_shapes(y_shape, output_shape):
    metric = resolve_metric("ce", y_shape, output_shape)
    assert type(metric).__name__ == type(resolve_loss("ce", y_shape, output_shape)).__name__
    assert metric.name == "ce"


@pytest.mark.parametrize(
    "identifier",
    [
        "mae",
        "MSE",
        "mean_squared_error",
        "MeanSquaredError",
        "root_mean_squared_error",
        "RootMeanSquaredError",
        "cosine_similarity",
        "sparse_top_k_categorical_accuracy",
        share,
        lambda y_true, y_pred: y_pred,
        functools.partial(share),
    ],
)
def test_resolved_name_is_that_of_keras(identifier):
    ours = resolve_metric(identifier, (9, 4), (None, 4))
    assert ours.name == get_metric(identifier, np.zeros((9, 4)), np.zeros((9, 4))).name


@pytest.mark.parametrize("name", ["RootMeanSquaredError", "LogCoshError", "Accuracy", "Mean"])
def test_name_of_a_resolved_class_or_object_is_that_of_keras(name):
    for one in (getattr(metrics, name), getattr(metrics, name)(), metrics.serialize(getattr(metrics, name)())):
        their_kind = getattr(keras.metrics, name)
        assert resolve_metric(one, (9, 1), (None, 1)).name == get_metric(their_kind, np.zeros(9), np.zeros(9)).name


def test_resolve():
    shapes = (9,), (None, 1)
    given = metrics.Mean(name="mine")
    assert resolve_metric(given, *shapes) is given
    assert given.name == "mine"
    assert resolve_metric(share, *shapes).fn is share
    huber = resolve_metric("huber", *shapes)  # in Keras the name of a function that no string reaches
    assert (huber.fn, huber.name) == (losses.huber, "huber")
    loss = losses.Huber(delta=2.0)
    assert float(resolve_metric(loss, *shapes)([[0.0]], [[3.0]])) == float(loss([[0.0]], [[3.0]]))
    with pytest.raises(ValueError, match=r"no metric named 'acuracy'. Did you mean 'accuracy'?"):
        resolve_metric("acuracy", *shapes)
    with pytest.raises(TypeError, match="`None` is not a valid metric"):
        resolve_metric(None, *shapes)
    with pytest.raises(TypeError, match="3 is not a valid metric"):
        resolve_metric(3, *shapes)
