"""The plain stack: structure, names, weights, one batch at a time."""

import keras
import numpy as np
import pytest

import hornet
from hornet import layers
from hornet.core.names import reset_names
from hornet.core.random import seeded

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
KERAS_WARNS = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")


def stack(library=hornet, **kwargs):
    own = library.layers
    return library.Sequential(
        [library.Input((3,)), own.Dense(4, "relu"), own.BatchNormalization(), own.Dropout(0.0), own.Dense(1)], **kwargs
    )


def started(library, **compiled):
    """Return a model of a library, compiled, with weights that are the same for all."""
    model = stack(library)
    model.set_weights(WEIGHTS)
    model.compile(**compiled)
    return model


with seeded(1):
    WEIGHTS = stack().get_weights()


# --- building ---------------------------------------------------------------------------------------------


def test_a_list_and_calls_of_add_make_the_same_model():
    parts = [layers.Flatten(input_shape=(2, 3)), layers.Dense(4), layers.Dense(1)]
    added = hornet.Sequential()
    for layer in parts:
        added.add(layer)
    listed = hornet.Sequential([layers.Flatten(input_shape=(2, 3)), layers.Dense(4), layers.Dense(1)])
    assert added.layers == parts
    assert (added.output_shape, added.count_params()) == (listed.output_shape, listed.count_params()) == ((None, 1), 33)
    assert added._structure() == listed._structure()


def test_a_tuple_or_a_single_layer_will_do():
    assert len(hornet.Sequential((layers.Dense(1), layers.Dense(1))).layers) == 2
    assert len(hornet.Sequential(layers.Dense(1)).layers) == 1
    assert hornet.Sequential().layers == hornet.Sequential([]).layers == []


def test_with_a_declared_input_layers_are_built_as_they_are_added():
    model = hornet.Sequential([layers.Dense(4, input_shape=(3,))])
    shapes = []
    for layer in (layers.Dense(5), layers.Activation("relu"), layers.Dense(2)):
        model.add(layer)
        shapes.append((layer.built, model.output_shape, model.count_params()))
    assert shapes == [(True, (None, 5), 41), (True, (None, 5), 41), (True, (None, 2), 53)]


def test_pop_takes_the_top_layer_off():
    model = hornet.Sequential([layers.Dense(4, input_shape=(3,)), layers.Dense(5), layers.Dense(2)])
    top = model.layers[-1]
    assert model.pop() is top
    assert (model.output_shape, model.count_params()) == ((None, 5), 41)
    assert model.predict(X, verbose=0).shape == (70, 5)
    model.add(layers.Dense(7))
    assert model.predict(X, verbose=0).shape == (70, 7)


def test_an_empty_stack_has_nothing_to_pop():
    with pytest.raises(ValueError, match=r"^'empty' has no layers to pop\. Add one first\.$"):
        hornet.Sequential(name="empty").pop()


def test_all_layers_may_be_popped_and_others_declare_another_input():
    model = hornet.Sequential([layers.Dense(4, input_shape=(3,))])
    model.pop()
    model.add(layers.Dense(2, input_shape=(5,)))
    assert (model.input_shape, model.output_shape, model.count_params()) == ((None, 5), (None, 2), 12)


@pytest.mark.parametrize(
    "meet",
    [
        lambda model: model.build((None, 3)),
        lambda model: model.build((70, 3)),
        lambda model: model.predict(X, verbose=0),
        lambda model: model(X),
        lambda model: model.fit(X, Y, verbose=0),
        lambda model: model.evaluate(X, Y, verbose=0),
        lambda model: model.train_on_batch(X, Y),
        lambda model: model.test_on_batch(X, Y),
        lambda model: model.predict_on_batch(X),
    ],
    ids=[
        "build",
        "build with a batch",
        "predict",
        "call",
        "fit",
        "evaluate",
        "train_on_batch",
        "test_on_batch",
        "predict_on_batch",
    ],
)
def test_a_model_of_unknown_input_builds_itself_at_its_first_data(meet):
    model = hornet.Sequential([layers.Dense(4), layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    assert (model.built, hasattr(model, "input_shape"), model.weights) == (False, False, [])
    meet(model)
    assert (model.built, model.input_shape, model.output_shape) == (True, (None, 3), (None, 1))
    assert model.count_params() == 21


def test_a_model_may_grow_once_it_is_built():
    model = hornet.Sequential([layers.Dense(4)])
    model.predict(X, verbose=0)
    model.add(layers.Dense(2))
    assert model.predict(X, verbose=0).shape == (70, 2)


def test_a_model_is_a_layer_of_another():
    inner = hornet.Sequential([layers.Dense(4, "relu"), layers.Dropout(0.5)], name="inner")
    model = hornet.Sequential([hornet.Input((3,)), inner, layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    model.fit(X, Y, verbose=0)
    assert model.count_params() == 21
    assert model.layers[0] is inner
    np.testing.assert_allclose(model.predict(X, verbose=0), model.layers[1](inner(X)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("parts", "error", "message"),
    [
        (
            [layers.Dense],
            TypeError,
            r"^`Sequential` takes layers, not <class '.*Dense'>\. Pass an object, such as `Dense\(10\)`\.$",
        ),
        ([3], TypeError, r"^`Sequential` takes layers, not 3\. Pass a `Layer`\.$"),
        (["dense"], TypeError, r"^`Sequential` takes layers, not 'dense'\. Pass a `Layer`\.$"),
        ([None], TypeError, r"^`Sequential` takes layers, not None\."),
    ],
)
def test_what_is_no_layer_is_refused(parts, error, message):
    with pytest.raises(error, match=message):
        hornet.Sequential(parts)


def test_two_layers_of_one_name_are_refused_and_the_model_stays_as_it_was():
    model = hornet.Sequential([layers.Dense(2, name="same", input_shape=(3,))])
    with pytest.raises(ValueError, match=r"^Two layers are named 'same'\. Give one of them another `name`\.$"):
        model.add(layers.Dense(2, name="same"))
    assert (len(model.layers), model.output_shape) == (1, (None, 2))


def test_a_layer_that_does_not_fit_is_refused_with_its_place_and_the_model_stays_as_it_was():
    model = hornet.Sequential([layers.Dense(2, input_shape=(3,))], name="net")
    wide = layers.Dense(2, name="wide")
    wide(np.ones((1, 7)))
    with pytest.raises(ValueError, match=r"^Layer 'wide' was built for inputs of shape \(None, 7\)") as caught:
        model.add(wide)
    assert caught.value.__notes__ == ["It is layer 1 of 'net', fed with shape (None, 2)."]
    assert (len(model.layers), model.output_shape) == (1, (None, 2))


def test_a_stack_is_rebuilt_from_its_config():
    model = stack()
    again = hornet.Sequential.from_config(model.get_config())
    assert again.get_config() == model.get_config()
    assert again._structure() == model._structure()


# --- names ------------------------------------------------------------------------------------------------


def test_names_are_those_of_keras():
    reset_names()
    keras.backend.clear_session()
    for _ in range(2):
        ours, theirs = stack(), stack(keras)
        assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
        assert ours.name == theirs.name
    assert ours.layers[0].name == "dense_2"
    assert stack(name="own").name == "own"


def test_names_start_again_when_they_are_reset():
    reset_names()
    first = [layer.name for layer in stack().layers]
    reset_names()
    assert [layer.name for layer in stack().layers] == first == ["dense", "batch_normalization", "dropout", "dense_1"]


def test_paths_depend_on_the_model_alone():
    """So a rebuilt model fits the programs and the optimizer's slots of the one before."""
    from hornet.core.module import boxes
    from hornet.core.variable import Variable

    paths = [list(boxes(stack(), Variable)) for _ in range(2)]
    assert paths[0] == paths[1]
    assert paths[0][0] == "dense/kernel"
    named = hornet.Sequential(
        [layers.Dense(2, input_shape=(3,)), layers.Dense(2, name="dense"), layers.Dense(2, name="own")]
    )
    assert [path for path in boxes(named, Variable) if path.endswith("kernel")] == [
        "dense_1/kernel",
        "dense/kernel",
        "own/kernel",
    ]


@pytest.mark.parametrize(
    "make",
    [
        lambda name: [layers.Dropout(0.5, name=name), layers.Dense(1)],
        lambda name: [layers.Activation("relu", activity_regularizer="l2", name=name), layers.Dense(1)],
        lambda name: [layers.Dense(1, name=name)],
    ],
    ids=["a number", "a number of a penalty", "weights"],
)
def test_models_that_differ_in_names_alone_train_and_predict(make):
    found = []
    for name in ("first", "second"):
        model = hornet.Sequential([hornet.Input((3,)), *make(name)])
        model.set_weights([np.ones((3, 1)), np.zeros(1)])
        model.compile(loss="mse", optimizer=hornet.optimizers.SGD(0.0))
        model.fit(X, Y, verbose=0)
        found.append(model.predict(X, verbose=0))
    np.testing.assert_array_equal(*found)


# --- layers and weights -----------------------------------------------------------------------------------


def test_layers_leave_the_declared_input_out_as_in_keras():
    for library in (hornet, keras):
        assert [type(layer).__name__ for layer in stack(library).layers] == [
            "Dense",
            "BatchNormalization",
            "Dropout",
            "Dense",
        ]


def test_get_layer_finds_by_name_or_by_number():
    model = hornet.Sequential([layers.Dense(2, name="hidden"), layers.Dense(1, name="out")])
    hidden, out = model.layers
    assert model.get_layer("hidden") is model.get_layer(name="hidden") is model.get_layer(index=0) is hidden
    assert model.get_layer(index=1) is model.get_layer(index=-1) is out


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"name": "hiden"}, r"^There is no layer named 'hiden'\. Did you mean 'hidden'\?$"),
        ({"name": "zzz"}, r"^There is no layer named 'zzz'\. Use one of: hidden, out\.$"),
        ({"index": 2}, r"^There is no layer 2; 'net' has 2, counted from 0\."),
        ({"index": -3}, r"^There is no layer -3; 'net' has 2, counted from 0\."),
        ({}, r"^`get_layer` takes a name or an index\. Pass one of them\.$"),
        ({"name": "out", "index": 1}, r"^`get_layer` takes a name or an index\. Pass one of them\.$"),
    ],
)
def test_a_layer_that_is_not_there_gets_the_nearest(asked, message):
    model = hornet.Sequential([layers.Dense(2, name="hidden"), layers.Dense(1, name="out")], name="net")
    with pytest.raises(ValueError, match=message):
        model.get_layer(**asked)


@KERAS_WARNS
def test_weights_have_the_order_and_shapes_of_keras_and_count_alike():
    ours, theirs = stack(), stack(keras)
    assert [one.shape for one in ours.get_weights()] == [one.shape for one in theirs.get_weights()]
    assert [one.name for one in ours.weights] == [one.name for one in theirs.weights]
    assert ours.count_params() == theirs.count_params() == 37
    assert len(ours.trainable_weights) == len(theirs.trainable_weights)


def test_the_book_s_unpacking_of_a_layer_s_weights():
    weights, biases = stack().layers[0].get_weights()
    assert (weights.shape, biases.shape) == ((3, 4), (4,))


def test_weights_of_keras_give_the_outputs_of_keras(oracle):
    (expected,) = oracle("outputs", lambda: started(keras).predict(X, verbose=0))
    np.testing.assert_allclose(started(hornet).predict(X, verbose=0), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("broken", [lambda w: w[:-1], lambda w: [*w, w[0]], lambda w: w[::-1], lambda w: []])
def test_weights_that_do_not_fit_leave_the_model_as_it_was(broken):
    model = stack()
    before = model.get_weights()
    with pytest.raises(ValueError, match="`get_weights\\(\\)`"):
        model.set_weights(broken([one + 1 for one in before]))
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_unbuilt_model_counts_no_parameters_and_has_no_output_shape():
    model = hornet.Sequential([layers.Dense(1)], name="net")
    with pytest.raises(
        ValueError, match=r"^'net' is not built, so it has no weights yet\. Give it `input_shape` or data"
    ):
        model.count_params()
    with pytest.raises(
        AttributeError, match=r"^'net' has no output shape before it is built\. Give it `input_shape` or data"
    ):
        model.output_shape


# --- one batch at a time, and what evaluate returns -------------------------------------------------------


def arrays(result):
    """Return the form of a result, and its values."""
    if isinstance(result, dict):
        return [np.array(list(result), "U"), np.array(list(result.values()), "float32")]
    return [np.array("list" if isinstance(result, list) else "number"), np.array(result, "float32")]


def compare(ours, theirs):
    """Assert that two results have the same form and values."""
    assert all(isinstance(one, float) for one in (ours.values() if isinstance(ours, dict) else np.ravel(ours).tolist()))
    for one, other in zip(arrays(ours), theirs, strict=True):
        if one.dtype.kind == "U":
            np.testing.assert_array_equal(one, other)
        else:
            np.testing.assert_allclose(one, other, rtol=1e-4)


@KERAS_WARNS
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("as_dict", [False, True])
@pytest.mark.parametrize("metrics", [None, ["mae"], ["mae", "mse"]])
def test_batches_give_what_keras_gives(metrics, as_dict, weighted, oracle):
    more = {"return_dict": as_dict, "sample_weight": np.linspace(0, 2, 32) if weighted else None}

    def walk(library):
        model, found = started(library, loss="mse", optimizer="sgd", metrics=metrics), []
        for step in range(3):
            x, y = X[step : step + 32], Y[step : step + 32]
            for method in ("train_on_batch", "test_on_batch"):
                found.append(getattr(model, method)(x, y, **more))
                model.reset_metrics()
        return found, [*model.get_weights(), model.predict_on_batch(X)]

    def of_keras():
        found, ends = walk(keras)
        return [*map(arrays, found), ends]

    (found, ends), expected = walk(hornet), oracle("walk", of_keras)
    for step, ours in enumerate(found):
        compare(ours, expected[2 * step : 2 * step + 2])
    for one, other in zip(ends, expected[2 * len(found) :], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@KERAS_WARNS
def test_totals_run_on_over_batches_as_in_keras(oracle):
    def walk(library):
        model = started(library, loss="mse", optimizer="sgd", metrics=["mae"])
        batches = [slice(10 * step, 10 * step + 10) for step in range(3)]
        return [model.train_on_batch(X[rows], Y[rows]) for rows in batches]

    expected = oracle("walk", lambda: [arrays(one) for one in walk(keras)])
    for step, ours in enumerate(walk(hornet)):
        compare(ours, expected[2 * step : 2 * step + 2])


@KERAS_WARNS
def test_class_weights_of_a_batch_are_those_of_keras(oracle):
    labels = (Y > 0).astype("int64")

    def train(library):
        model = started(library, loss="binary_crossentropy", optimizer="sgd")
        return model.train_on_batch(X, labels, class_weight={0: 1.0, 1: 5.0})

    compare(train(hornet), oracle("loss", lambda: arrays(train(keras))))


@KERAS_WARNS
@pytest.mark.parametrize("as_dict", [False, True])
@pytest.mark.parametrize("metrics", [None, ["mae"], ["mae", "mse"]])
def test_evaluate_returns_what_keras_returns(metrics, as_dict, oracle):
    options = (
        {},
        {"batch_size": 7},
        {"batch_size": 100},
        {"steps": 2, "batch_size": 7},
        {"sample_weight": np.linspace(0, 2, 70)},
    )

    def results(library):
        model = started(library, loss="mse", optimizer="sgd", metrics=metrics)
        return [model.evaluate(X, Y, verbose=0, return_dict=as_dict, **more) for more in options]

    expected = oracle("results", lambda: [arrays(one) for one in results(keras)])
    for number, ours in enumerate(results(hornet)):
        compare(ours, expected[2 * number : 2 * number + 2])


@KERAS_WARNS
@pytest.mark.parametrize("steps", [1, 2, 3, 7])
def test_steps_without_a_batch_size_part_the_rows_as_in_keras(steps, oracle):
    def evaluate(library):
        return started(library, loss="mse", optimizer="sgd").evaluate(X, Y, verbose=0, steps=steps)

    compare(evaluate(hornet), oracle("loss", lambda: arrays(evaluate(keras))))


def test_evaluating_changes_no_weight():
    model = stack()
    model.compile(loss="mse", optimizer="sgd", metrics=["mae"])
    before = model.get_weights()
    first = model.evaluate(X, Y, verbose=0)
    assert model.evaluate(X, Y, verbose=0) == first
    model.test_on_batch(X, Y)
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_compile_resolved_can_be_read():
    model = stack()
    assert (model.optimizer, model.loss, model.metrics, model.metrics_names) == (None, None, [], [])
    model.compile(loss="mse", optimizer="sgd", metrics=["mae"])
    assert isinstance(model.optimizer, hornet.optimizers.SGD)
    assert model.loss == "mse"
    model.evaluate(X, Y, verbose=0)
    assert model.metrics_names == ["loss", "mae"]
    assert [metric.name for metric in model.metrics] == ["loss", "mae"]


PACKAGES = pytest.mark.parametrize("package", [hornet, keras], ids=["hornet", "keras"])


@PACKAGES
@pytest.mark.filterwarnings("ignore:.*:UserWarning:keras")
def test_a_stack_passes_lists_and_dicts_to_a_layer_that_takes_them(package):
    class First(package.layers.Layer):
        def call(self, x):
            return x["a"] if isinstance(x, dict) else x[0]

    ones, zeros = np.ones((3, 2)), np.zeros((3, 2))
    for x in ([ones, zeros], {"a": ones, "b": zeros}):
        model = package.Sequential([First(), package.layers.Dense(1, kernel_initializer="ones")])
        assert np.asarray(model(x)).tolist() == [[2.0]] * 3
        assert model.predict(x, verbose=0).tolist() == [[2.0]] * 3
        model.compile("sgd", "mse")
        assert model.evaluate(x, np.full(3, 2.0), verbose=0) == 0


@PACKAGES
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")
def test_one_layer_may_come_twice(package, tmp_path):
    layer = package.layers.Dense(3, name="again")
    model = package.Sequential([package.Input((3,)), layer, layer])
    assert (len(model.layers), model.count_params(), len(model.weights)) == (2, 12, 2)
    x = np.ones((2, 3), "float32")
    expected = model.predict(x, verbose=0)
    np.testing.assert_allclose(expected, layer(layer(x)), rtol=1e-5)
    if package is hornet:  # Keras forgets the second time in the config
        copy = hornet.Sequential.from_config(model.get_config())
        copy.set_weights(model.get_weights())
        np.testing.assert_allclose(copy.predict(x, verbose=0), expected)
        model.save(tmp_path / "model.keras")
        np.testing.assert_array_equal(
            hornet.models.load_model(tmp_path / "model.keras").predict(x, verbose=0), expected
        )


@PACKAGES
def test_a_built_model_in_front_builds_the_stack(package):
    inner = package.Sequential([package.Input((5,)), package.layers.Dense(3)])
    model = package.Sequential([inner, package.layers.Dense(1)])
    assert (model.built, tuple(model.input_shape), tuple(model.output_shape)) == (True, (None, 5), (None, 1))
    assert model.count_params() == 22


@PACKAGES
def test_an_unbuilt_stack_has_no_shapes_and_no_ends(package):
    model = package.Sequential()
    assert [hasattr(model, name) for name in ("input_shape", "output_shape", "inputs", "outputs", "input")] == [
        False
    ] * 5


@PACKAGES
def test_a_stack_has_one_input(package):
    model = package.Sequential([package.Input((2,))])
    for second in (package.Input((2,)), package.layers.InputLayer((2,))):
        with pytest.raises(ValueError, match="already"):
            model.add(second)
