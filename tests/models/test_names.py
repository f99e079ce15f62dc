"""Names that Keras's layers, models and symbolic tensors have, beside Keras: one program, written for both packages."""

import warnings
from collections import namedtuple

import keras
import numpy as np
import pytest

import hornet

BOTH = pytest.mark.parametrize("package", [hornet, keras], ids=["hornet", "keras"])
X = np.arange(12, dtype="float32").reshape(4, 3)


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="keras")
        yield


@BOTH
def test_paths_begin_with_the_names_of_the_objects_around(package):
    dense = package.layers.Dense

    class Net(package.Model):
        def __init__(self):
            super().__init__(name="net")
            self.hidden = dense(2, name="hidden")
            self.head = package.Sequential([dense(1, name="out")], name="head")

        def call(self, x):
            return self.head(self.hidden(x))

    class Block(package.layers.Layer):
        def build(self, input_shape):
            self.inner = dense(2, name="inner")
            self.inner.build(input_shape)
            self.scale = self.add_weight(shape=(1,), name="scale")

        def call(self, x):
            return self.inner(x) * self.scale

    net, block = Net(), Block(name="block")
    net(X)
    block(X)
    assert [weight.path for weight in net.weights] == [
        *("net/hidden/kernel", "net/hidden/bias", "net/head/out/kernel", "net/head/out/bias")
    ]
    assert (net.path, net.hidden.path, net.head.layers[0].path) == ("net", "net/hidden", "net/head/out")
    assert [weight.path for weight in block.weights] == ["block/scale", "block/inner/kernel", "block/inner/bias"]
    stack = package.Sequential([package.Input((3,)), dense(2, name="first")], name="stack")
    assert [weight.path for weight in stack.weights] == ["stack/first/kernel", "stack/first/bias"]
    x = package.Input((3,))
    graph = package.Model(x, dense(2, name="of_graph")(x))
    assert [weight.path for weight in graph.weights] == ["of_graph/kernel", "of_graph/bias"]


@BOTH
def test_a_layer_says_what_it_takes(package):
    layer = package.layers.Dense(2, dtype="mixed_bfloat16", name="dense")
    layer.build((None, 3))
    assert (layer.supports_jit, layer.input_dtype, layer.path) == (True, "bfloat16", "dense")
    assert tuple(layer.symbolic_call(package.KerasTensor((None, 3))).shape) == (None, 2)


@BOTH
def test_a_symbolic_tensor_has_methods_of_shapes(package):
    x = package.Input((3,))
    y = x.reshape((-1, 3, 1))
    assert [tuple(each.shape) for each in (y, y.squeeze(2))] == [(None, 3, 1), (None, 3)]
    assert np.asarray(package.Model(x, y)(X)).shape == (4, 3, 1)


@BOTH
def test_a_predict_step_of_one_s_own_is_what_predict_runs(package):
    class Doubled(package.Sequential):
        def predict_step(self, state, data):
            outputs, kept = super().predict_step(state, data)
            return 2 * outputs, kept

    model = Doubled([package.Input((3,)), package.layers.Dense(1, kernel_initializer="ones")])
    assert np.allclose(model.predict(X, verbose=0), 2 * X.sum(1, keepdims=True))
    assert np.allclose(model.predict(X, batch_size=3, verbose=0), 2 * X.sum(1, keepdims=True))
    model.set_weights([np.zeros((3, 1)), np.ones(1)])
    assert np.allclose(model.predict(X[:1], verbose=0), 2)


def test_a_predict_step_of_the_data_alone_runs_too():
    class Signs(hornet.Sequential):
        def predict_step(self, data):
            return hornet.ops.sign(super().predict_step(data))

    model = Signs([hornet.Input((3,)), hornet.layers.Dense(1, kernel_initializer="ones")])
    assert model.predict(-X - 1, verbose=0).tolist() == [[-1.0]] * 4
    assert model.predict(-X[:1] - 1, verbose=0).tolist() == [[-1.0]]


@BOTH
def test_the_loss_of_given_values(package):
    model = package.Sequential(
        [package.Input((3,)), package.layers.Dense(1, kernel_initializer="zeros", kernel_regularizer="l2")]
    )
    model.compile("sgd", "mse")
    y = np.ones((4, 1), "float32")
    model.evaluate(X, y, verbose=0)
    weights = [np.ones((3, 1), "float32"), np.zeros(1, "float32")]
    totals = [variable.value for variable in model.metrics_variables]
    predicted, _ = model.stateless_call(weights, [], X)
    loss, (trained, others, after) = model.stateless_compute_loss(weights, [], totals, X, y, predicted)
    assert float(loss) == pytest.approx(((X.sum(1) - 1) ** 2).mean() + 0.03, rel=1e-5)
    assert (len(trained), len(others), len(after)) == (2, 0, len(totals))
    assert np.asarray(model.weights[0]).tolist() == [[0.0]] * 3


@BOTH
def test_steps_per_execution_may_be_read_and_set(package):
    model = package.Sequential([package.Input((3,)), package.layers.Dense(1)])
    assert model.steps_per_execution == 1
    model.compile("sgd", "mse", steps_per_execution=3)
    assert model.steps_per_execution == 3
    model.steps_per_execution = 2
    assert model.steps_per_execution == 2


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("make_train_function", "train_step"),
        ("jax_state_sync", "variables hold their values"),
        ("to_yaml", "`to_json` does the same"),
        ("add_metric", "attribute"),
        ("quantize", "few bits"),
    ],
)
def test_a_name_that_does_not_come_says_why(name, advice):
    model = hornet.Sequential()
    assert not hasattr(model, name)
    with pytest.raises(AttributeError, match=advice):
        getattr(model, name)


def test_a_user_s_own_attribute_of_such_a_name_is_his():
    class Own(hornet.Model):
        def add_metric(self):
            return "mine"

        @property
        def quantize(self):
            return getattr(self, "nothing")  # noqa: B009

    model = Own()
    setattr(model, "train_function", 3)  # noqa: B010
    assert (model.add_metric(), getattr(model, "train_function")) == ("mine", 3)  # noqa: B009
    with pytest.raises(AttributeError, match="nothing"):
        getattr(model, "quantize")  # noqa: B009


def test_the_tape_of_another_library_is_answered_with_the_page_of_loops():
    with pytest.raises(AttributeError, match=r"docs/guides/own_loops\.md"):
        getattr(hornet, "GradientTape")  # noqa: B009


def _without_super(package):
    class Hasty(package.layers.Layer):
        def __init__(self):
            self.inner = package.layers.Dense(2)

    return Hasty()(X)


def _added_outside(package):
    class Adding(package.layers.Layer):
        def call(self, x):
            return x

    Adding().add_loss(1.0)


REFUSED = {
    "array": lambda k, x: np.asarray(x),
    "float": lambda k, x: float(x),
    "int": lambda k, x: int(x),
    "list": lambda k, x: list(x),
    "in": lambda k, x: 1 in x,
    "bool": lambda k, x: bool(x),
    "len": lambda k, x: len(x),
    "place": lambda k, x: x[:, 5],
    "place before the first": lambda k, x: x[:, -4],
    "too many indices": lambda k, x: x[0, 0, 0],
    "add": lambda k, x: x + k.Input((4,)),
    "pop": lambda k, x: k.Sequential().pop(),
    "empty": lambda k, x: k.Sequential()(X),
    "no array": lambda k, x: k.layers.Layer()(3.0),
    "number": lambda k, x: k.layers.Flatten()(3.0),
    "string": lambda k, x: k.layers.Dense(2)("a"),
    "None": lambda k, x: k.layers.Dense(2)(None),
    "no tensors": lambda k, x: k.Model(3, 4),
    "axis": lambda k, x: k.layers.BatchNormalization(axis=5)(X),
    "label": lambda k, x: k.utils.to_categorical([5], 2),
    "super": lambda k, x: _without_super(k),
    "loss": lambda k, x: _added_outside(k),
    "argument": lambda k, x: k.optimizers.SGD(foo=1),
    "two inputs": lambda k, x: k.Sequential([k.Input((3,)), k.layers.Dense(1)])(X, X),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_error_is_caught_as_in_keras(case):
    with pytest.raises((TypeError, ValueError, LookupError, RuntimeError)) as theirs:
        REFUSED[case](keras, keras.Input((3,)))
    with pytest.raises(type(theirs.value)) as ours:
        REFUSED[case](hornet, hornet.Input((3,)))
    assert "SymbolicTensor" not in str(ours.value)


def test_places_that_are_there_are_taken():
    x = hornet.Input((3, 4))
    shapes = [tuple(x[index].shape) for index in (0, (..., 3), (slice(None), 2), (slice(None), None, -3), (0, 2, 3))]
    assert shapes == [(3, 4), (None, 3), (None, 4), (None, 1, 4), ()]


@BOTH
def test_a_named_tuple_reaches_the_call_as_one(package):
    Pair = namedtuple("Pair", "left right")

    class Difference(package.layers.Layer):
        def call(self, pair):
            return pair.left - pair.right

    assert np.asarray(Difference()(Pair(3 * X, X))).tolist() == (2 * X).tolist()


def test_an_empty_batch_adds_no_penalty():
    layer = hornet.layers.Dense(2, activity_regularizer="l2")
    layer(X[:0])
    assert float(layer.losses[0]) == 0.0
    layer(X)
    assert float(layer.losses[0]) == pytest.approx(0.01 * np.square(np.asarray(layer(X))).sum() / 4, rel=1e-5)


@BOTH
def test_callbacks_tell_what_they_follow(package):
    assert package.callbacks.EarlyStopping("loss").get_monitor_value({"loss": 2.0}) == 2.0
    reducing = package.callbacks.ReduceLROnPlateau("loss")
    reducing.cooldown_counter = 1
    assert reducing.in_cooldown()


@BOTH
@pytest.mark.parametrize("name", ["run_eagerly", "jit_compile", "steps_per_execution"])
@pytest.mark.filterwarnings("ignore:.*was assigned before `compile`")
def test_what_is_assigned_before_compile_is_set_anew_by_it(package, name):
    model = package.Sequential([package.Input((3,)), package.layers.Dense(1)])
    setattr(model, name, 1)
    model.compile("sgd", "mse")
    assert getattr(model, name) == {"run_eagerly": False, "jit_compile": True, "steps_per_execution": 1}[name]


def test_what_is_assigned_before_compile_is_warned_of():
    model = hornet.Sequential([hornet.layers.Dense(1)])
    with pytest.warns(UserWarning, match=r"Pass `run_eagerly=True` to `compile`"):
        model.run_eagerly = True


@BOTH
def test_operators_of_logic_are_of_truth_values(package):
    inputs, variable = package.Input((3,), dtype="int32"), package.Variable(np.array([0, 1, 4]))
    model = package.Model(inputs, [inputs & 2, inputs | 0, 1 ^ inputs, ~inputs])
    made = [np.asarray(output)[0].tolist() for output in model(np.array([[0, 1, 4]], "int32"))]
    expected = [[False, True, True], [False, True, True], [True, False, False], [True, False, False]]
    assert made == expected
    assert [np.asarray(each).tolist() for each in (variable & 2, variable | 0, 1 ^ variable)] == expected[:3]
    assert np.asarray(variable.__rand__(variable)).tolist() == [False, True, True]
    copy = package.Model.from_config(model.get_config())
    np.testing.assert_array_equal(copy(np.array([[0, 1, 4]], "int32"))[3], [expected[3]])


@BOTH
def test_a_loop_of_ones_own_may_keep_its_optimizer_and_loss_under_their_names(package):
    class Net(package.Model):
        def __init__(self):
            super().__init__()
            self.dense = package.layers.Dense(1)
            self.optimizer = package.optimizers.SGD(0.5)
            self.loss = package.losses.MeanSquaredError()

        def call(self, x):
            return self.dense(x)

    net = Net()
    net(X)
    net.optimizer.apply([np.ones((3, 1), "float32"), np.ones(1, "float32")], net.trainable_variables)
    assert np.asarray(net.dense.bias).tolist() == [-0.5]
    assert float(net.loss(np.zeros((4, 1)), net(X) * 0)) == 0.0
    assert len(net.weights) == len(net.variables) == 2
    assert net.non_trainable_variables == []
    outputs, kept = net.stateless_call([variable.value for variable in net.trainable_variables], [], X)
    assert (outputs.shape, len(kept)) == ((4, 1), 0)


def test_an_optimizer_or_a_loss_that_is_assigned_trains():
    model = hornet.Sequential([hornet.Input((3,)), hornet.layers.Dense(1, kernel_initializer="zeros")])
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit(X, X[:, 0], verbose=0)
    model.optimizer, model.loss = hornet.optimizers.SGD(0.0), "mae"
    before = model.get_weights()
    history = model.fit(X, X[:, 0], verbose=0).history
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    assert history["loss"] == pytest.approx(history["mae"])


class OverTime:
    """Two models that declare no shape, and in which the number of steps is of no weight."""

    def __init__(self, package):
        made = package.layers

        class Net(package.Model):
            def __init__(self):
                super().__init__()
                self.parts = [made.Conv1D(4, 3), made.GlobalAveragePooling1D(), made.Dense(1)]

            def call(self, x):
                for part in self.parts:
                    x = part(x)
                return x

        self.models = [package.Sequential(Net().parts), Net()]


@BOTH
def test_models_that_declare_no_shape_take_other_sizes_where_no_weight_depends_on_them(package):
    for model in OverTime(package).models:
        model.compile("sgd", "mse")
        model.fit(np.ones((8, 10, 2)), np.ones(8), verbose=0)
        longer = np.ones((8, 20, 2), "float32")
        expected = model.predict(np.ones((8, 10, 2)), verbose=0)  # a mean over equal steps, of terms of about 1
        np.testing.assert_allclose(model.predict(longer, verbose=0), expected, rtol=1e-5, atol=1e-6)
        history = model.fit(((np.ones((4, steps, 2)), np.ones(4)) for steps in (6, 9)), verbose=0)
        assert np.isfinite(history.history["loss"]).all()
        with pytest.raises((ValueError, TypeError)):
            model.predict(np.ones((8, 20, 3)), verbose=0)


def test_a_size_that_weights_depend_on_is_refused_and_leaves_the_model():
    model = hornet.Sequential([hornet.layers.Flatten(), hornet.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 10, 2)), np.ones(8), verbose=0)
    with pytest.raises(
        ValueError, match=r"`x` has shape \(8, 20, 2\), but layer 'flatten.*' of .* takes \(None, 10, 2\)"
    ):
        model.predict(np.ones((8, 20, 2)), verbose=0)
    assert model.input_shape == (None, 10, 2)
    declared = hornet.Sequential([hornet.Input((10, 2)), hornet.layers.GlobalAveragePooling1D()])
    with pytest.raises(ValueError, match="has shape"):
        declared.predict(np.ones((8, 20, 2)), verbose=0)


@BOTH
def test_named_tuples_of_inputs_and_labels_train(package):
    Pair = namedtuple("Pair", "left right")
    inputs = Pair(package.Input((3,)), package.Input((3,)))
    dense = package.layers.Dense
    model = package.Model(inputs, Pair(dense(1, name="left")(inputs.left), dense(1, name="right")(inputs.right)))
    model.compile("sgd", Pair("mse", "mae"))
    rows, labels = Pair(X, X), Pair(X[:, :1], X[:, :1])
    history = model.fit(rows, labels, verbose=0).history
    assert sorted(history) == ["left_loss", "loss", "right_loss"]
    assert type(model.predict(rows, verbose=0)) is Pair


@BOTH
def test_a_curve_of_given_thresholds_needs_no_number_of_them(package):
    metric = package.metrics.AUC(num_thresholds=None, thresholds=[0.3, 0.5])
    metric.update_state([0, 1], [0.2, 0.4])
    assert (float(metric.result()), metric.num_thresholds) == (1.0, 4)
