"""Users' classes over graphs and stacks: what they hold besides, and what they pass to `super().call`, beside Keras."""

import warnings

import keras
import numpy as np
import pytest

import hornet

BOTH = pytest.mark.parametrize("package", [hornet, keras], ids=["hornet", "keras"])
X = np.linspace(-1, 1, 24, dtype="float32").reshape(8, 3)


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="keras")
        warnings.filterwarnings("ignore", message="__array__ implementation", category=DeprecationWarning)
        yield


def with_head(package, kind):
    """Return a model of a class over a graph or a stack of one layer, with a head and a variable of its own."""

    class Headed(package.Model if kind == "graph" else package.Sequential):
        def __init__(self):
            inner = package.layers.Dense(2, name="inner")
            if kind == "graph":
                inputs = package.Input((3,))
                super().__init__(inputs, inner(inputs))
            else:
                super().__init__([package.Input((3,)), inner])
            self.scale = package.Variable(2.0, name="scale")
            self.inner = package.layers.Dense(1)  # by the name of a layer of the graph
            self.mean = package.metrics.Mean(name="mean")

        def call(self, inputs, training=None, mask=None):
            outputs = super().call(inputs, training=training, mask=mask)
            return self.scale * self.inner(outputs)

    return Headed()


def test_what_a_class_holds_besides_its_graph_is_trained_and_saved(tmp_path):
    """Keras's stack leaves the head untrained, in silence."""
    trained = []
    for package, kind in ((keras, "graph"), (hornet, "graph"), (hornet, "stack")):
        model = with_head(package, kind)
        model(X)
        by_shape = sorted(model.trainable_variables, key=lambda variable: (len(variable.shape), variable.shape))
        for variable in by_shape:
            variable.assign(np.linspace(0.1, 0.5, int(np.prod(variable.shape))).reshape(variable.shape))
        model.compile(package.optimizers.SGD(0.1), "mse")
        model.fit(X, X.sum(axis=1), batch_size=4, shuffle=False, epochs=2, verbose=0)
        trained.append([np.asarray(variable) for variable in by_shape])
        assert [metric.name for metric in model.metrics if metric.name == "mean"] == ["mean"]
        path = tmp_path / f"{package.__name__}.weights.h5"
        model.save_weights(path)
        other = with_head(package, kind)
        other(X)
        other.load_weights(path)
        np.testing.assert_allclose(other.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-6)
    for theirs, *ours in zip(*trained, strict=True):
        for found in ours:
            np.testing.assert_allclose(found, theirs, rtol=1e-4, atol=1e-6)
    assert len(trained[0]) == 5


@BOTH
def test_training_and_masks_reach_the_layers_inside(package):
    stack = package.Sequential([package.Input((3,)), package.layers.Dropout(0.5)])
    assert np.count_nonzero(stack.call(np.ones((40, 3)), training=True)) < 120

    class Still(package.Model):
        def call(self, inputs, training=None, mask=None):
            return super().call(inputs, training=False, mask=mask)

    inputs = package.Input((3,))
    model = Still(inputs, package.layers.Dropout(0.5)(inputs))
    np.testing.assert_array_equal(model(X, training=True), X)

    class Unmasked(package.layers.Layer):
        supports_masking = True

        def call(self, inputs, mask=None):
            return inputs if mask is None else inputs * package.ops.cast(mask, "float32")[..., None]

    steps = package.Sequential([package.Input((4, 1)), Unmasked()])
    mask = np.array([[True, False, True, False]])
    assert np.asarray(steps(np.ones((1, 4, 1)), mask=mask)).ravel().tolist() == [1, 0, 1, 0]


@BOTH
@pytest.mark.parametrize(("name", "arguments"), [("Dense", (2,)), ("EinsumDense", ("ab,bc->ac", 2))])
def test_layers_take_training_in_super_call(package, name, arguments):
    class Own(getattr(package.layers, name)):
        def call(self, inputs, training=None):
            return super().call(inputs, training=training)

    assert Own(*arguments)(X).shape == (8, 2)


@BOTH
def test_a_stack_answers_to_the_name_of_its_last_layer(package):
    model = package.Sequential([package.Input((3,)), package.layers.Dense(1, name="price")])
    model.compile("sgd", "mse", metrics={"price": ["mae"]})
    assert set(model.evaluate(X, X[:, 0], verbose=0, return_dict=True)) == {"loss", "mae"}


def test_a_loss_and_labels_by_the_name_of_a_stack_s_last_layer():
    model = hornet.Sequential([hornet.Input((3,)), hornet.layers.Dense(1, name="price")])
    model.compile("sgd", {"price": "mse"})
    assert list(model.fit(X, {"price": X[:, 0]}, verbose=0).history) == ["loss"]


# --- rows of a batch that are put together ----------------------------------------------------------------


def test_rows_in_groups_are_right_where_keras_draws_no_graph():
    class Centred(hornet.layers.Layer):
        def call(self, x):
            groups = hornet.ops.reshape(x, (-1, 4, x.shape[-1]))
            groups = groups - hornet.ops.mean(groups, axis=1, keepdims=True)
            return hornet.ops.reshape(groups, (-1, x.shape[-1]))

    inputs = hornet.Input((3,))
    model = hornet.Model(inputs, Centred()(inputs))
    assert model.output_shape == (None, 3)
    groups = X.reshape(2, 4, 3)
    expected = (groups - groups.mean(axis=1, keepdims=True)).reshape(8, 3)
    np.testing.assert_allclose(model.predict(X, verbose=0), expected, atol=1e-6)


@BOTH
def test_a_graph_may_make_one_row_of_two(package):
    inputs = package.Input((3,))
    pairs = package.ops.reshape(inputs, (-1, 2, 3))
    model = package.Model(inputs, pairs[:, 0] - pairs[:, 1])
    assert model.output_shape == (None, 3)
    np.testing.assert_allclose(model(X), X[::2] - X[1::2])
    if package is hornet:
        with pytest.raises(ValueError, match=r"makes an output of shape \(4, 3\) of 8 rows"):
            model.predict(X, verbose=0)


# --- weights ----------------------------------------------------------------------------------------------


@BOTH
def test_weights_of_a_stack_load_into_a_class_with_the_same_layers(package, tmp_path):
    class Net(package.Model):
        def __init__(self):
            super().__init__()
            self.hidden, self.out = package.layers.Dense(3), package.layers.Dense(1)

        def call(self, x):
            return self.out(self.hidden(x))

    stack = package.Sequential([package.Input((3,)), package.layers.Dense(3), package.layers.Dense(1)])
    stack.save_weights(tmp_path / "w.weights.h5")
    net = Net()
    net(X)
    net.load_weights(tmp_path / "w.weights.h5")
    np.testing.assert_allclose(net(X), stack(X), rtol=1e-6)


@BOTH
def test_freezing_a_weight_moves_none(package):
    layer = package.layers.Dense(2)
    layer.build((None, 3))
    held = layer.get_weights()
    layer.kernel.trainable = False
    assert [weight.name for weight in layer.weights] == ["kernel", "bias"]
    layer.set_weights(held)
    assert [weight.name for weight in layer.trainable_weights] == ["bias"]


@BOTH
def test_weights_without_names_have_paths_of_their_own(package):
    class Two(package.layers.Layer):
        def build(self, input_shape):
            self.ws = [self.add_weight(shape=(2,)) for _ in range(2)]

        def call(self, x):
            return x

    layer = Two()
    layer.build((None, 2))
    assert len({weight.path for weight in layer.weights}) == 2


@BOTH
def test_initializers_of_variables_may_be_names(package):
    assert np.asarray(package.Variable("ones", shape=(2,), dtype="int32")).tolist() == [1, 1]


@BOTH
def test_layers_inside_of_layers_are_found_to_be_frozen(package):
    inner = package.Sequential([package.layers.Dense(2), package.layers.BatchNormalization()])
    model = package.Sequential([package.Input((3,)), inner])
    kinds = [type(layer).__name__ for layer in model._flatten_layers(include_self=False)]
    assert kinds.count("BatchNormalization") == 1
