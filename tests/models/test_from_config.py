"""Models made again from their configs, and clones."""

import json

import keras
import numpy as np
import pytest

import hornet
from hornet import layers, ops

X = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
LIBRARIES = pytest.mark.parametrize("library", [hornet, keras], ids=["hornet", "keras"])


def graph(library, kind=None, **kwargs):
    inputs = library.Input((3,))
    outputs = library.layers.Dense(2)(library.layers.Dense(4)(inputs))
    return (kind or library.Model)(inputs=inputs, outputs=outputs, **kwargs)


@LIBRARIES
def test_a_graph_s_config_is_a_model_s(library):
    model = graph(library, name="drawn")
    for again in (library.Model.from_config(model.get_config()), type(model).from_config(model.get_config())):
        assert (again.name, again(X).shape) == ("drawn", (4, 2))


@LIBRARIES
def test_a_tuple_of_outputs_stays_one(library):
    inputs = library.Input((3,))
    outputs = tuple(library.layers.Dense(units)(inputs) for units in (1, 2))
    again = library.Model.from_config(library.Model(inputs, outputs).get_config())
    assert [type(again(X)), *(each.shape for each in again(X))] == [tuple, (4, 1), (4, 2)]


@LIBRARIES
def test_a_class_called_with_a_graph_and_more(library):
    class Custom(library.Model):
        def __init__(self, *args, param=1, **kwargs):
            super().__init__(*args, **kwargs)
            self.param = param

        def get_config(self):
            return {**super().get_config(), "param": self.param}

    model = graph(library, Custom, param=3)
    again = Custom.from_config(model.get_config())
    assert (type(again).__name__, again.param, again(X).shape) == ("Custom", 3, (4, 2))


def test_a_class_called_with_a_graph_needs_no_get_config(tmp_path):
    class Custom(hornet.Model):
        def __init__(self, inputs, outputs, param, **kwargs):
            super().__init__(inputs, outputs, **kwargs)
            self.own = param

    model = graph(hornet, Custom, param=[3, layers.Dense(5)], name="mine")
    model.compile("sgd", "mse")
    model.save(tmp_path / "model.keras")
    back = hornet.models.load_model(tmp_path / "model.keras", {"Custom": Custom})
    for again in (Custom.from_config(model.get_config()), hornet.models.clone_model(model), back):
        assert isinstance(again, Custom)
        assert (again.name, again.own[0], again.own[1].units) == ("mine", 3, 5)
    np.testing.assert_array_equal(back(X), model(X))


def test_a_stack_that_adds_its_own_layers_is_made_from_its_arguments(tmp_path):
    class Deep(hornet.Sequential):
        def __init__(self, depth, **kwargs):
            super().__init__([layers.Dense(3) for _ in range(depth)], **kwargs)

    model = Deep(2, name="deep")
    model(X)
    model.save(tmp_path / "model.keras")
    back = hornet.models.load_model(tmp_path / "model.keras", {"Deep": Deep})
    assert (type(back), back.name, len(back.layers)) == (Deep, "deep", 2)
    np.testing.assert_array_equal(back(X), model(X))


def test_a_class_that_draws_its_graph_is_made_from_its_arguments():
    class Drawn(hornet.Model):
        def __init__(self, units, **kwargs):
            inputs = hornet.Input((3,))
            super().__init__(inputs=inputs, outputs=layers.Dense(units)(inputs), **kwargs)

    config = json.loads(json.dumps(Drawn(5, name="drawn").get_config()))
    assert config == {"units": 5, "name": "drawn", "trainable": True}
    assert Drawn.from_config(config)(X).shape == (4, 5)


@LIBRARIES
@pytest.mark.parametrize("kind", ["Sequential", "Model"])
def test_own_classes_are_passed_to_from_config(library, kind):
    class Doubled(library.layers.Layer):
        def call(self, x):
            return x * 2

    stacked = library.Sequential([library.Input((3,)), Doubled()])
    model = stacked if kind == "Sequential" else library.Model(stacked.inputs[0], stacked.outputs[0])
    config = json.loads(json.dumps(model.get_config()))
    again = getattr(library, kind).from_config(config, custom_objects={"Doubled": Doubled})
    np.testing.assert_allclose(again(X), X * 2)
    if library is hornet:
        with pytest.raises(ValueError, match=r"`custom_objects=\{'Doubled': Doubled\}`"):
            hornet.Model.from_config(config) if kind == "Model" else hornet.Sequential.from_config(config)


# --- clones ---------------------------------------------------------------------------------------------------


class Net(hornet.Model):
    def __init__(self, units=1, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(units)

    def call(self, x):
        return self.dense(x)


def compiled(model):
    model.compile(hornet.optimizers.SGD(0.125), lambda y, p: ops.mean(ops.abs(y - p)), metrics=["mae"])
    return model


@pytest.mark.parametrize("model", [graph(hornet), hornet.Sequential([layers.Dense(2, input_shape=(3,))]), Net(2)])
def test_a_clone_is_compiled_alike_with_an_optimizer_of_its_own(model):
    compiled(model).fit(X, X[:, :2], verbose=0)
    twin = hornet.models.clone_model(model)
    assert type(twin) is type(model)
    assert twin.optimizer is not model.optimizer
    assert (float(twin.optimizer.learning_rate), int(twin.optimizer.iterations)) == (0.125, 0)
    twin.build((None, 3))
    twin.set_weights(model.get_weights())
    assert twin.evaluate(X, X[:, :2], verbose=0) == model.evaluate(X, X[:, :2], verbose=0)


@LIBRARIES
def test_a_function_calls_the_clone_s_layers(library):
    seen = []

    def call(layer, *args, **kwargs):
        seen.append(layer.name)
        return library.layers.ReLU()(layer(*args, **kwargs))

    model = graph(library)
    twin = library.models.clone_model(model, call_function=call)
    assert seen == [layer.name for layer in model.layers[1:]]
    assert len(twin.layers) == 5


@LIBRARIES
@pytest.mark.parametrize("recursive", [False, True])
def test_functions_reach_models_inside_where_asked(library, recursive):
    seen = []

    def make(layer):
        seen.append(type(layer).__name__)
        return type(layer).from_config(layer.get_config())

    inner = library.Sequential([library.Input((3,)), library.layers.Dense(2)])
    inputs = library.Input((3,))
    model = library.Model(inputs, library.layers.ReLU()(inner(inputs)))
    library.models.clone_model(model, clone_function=make, recursive=recursive)
    assert seen == (["Dense", "ReLU"] if recursive else ["Sequential", "ReLU"])


@LIBRARIES
def test_what_a_clone_cannot_be_given(library):
    class Own(library.Model):
        def call(self, x):
            return x

    with pytest.raises(ValueError, match=r"clone|call|subclass"):
        library.models.clone_model(Own(), clone_function=lambda layer: layer)
    stacked = library.Sequential([library.Input((3,)), library.layers.Dense(2)])
    with pytest.raises(ValueError, match="call_function"):
        library.models.clone_model(stacked, call_function=lambda layer, x: layer(x))


def test_a_compile_of_one_s_own_is_not_called_for_a_file(tmp_path):
    class Two(Net):
        def compile(self, first, second):
            super().compile(optimizer=first, loss="mse")
            self.second = second

    model = Two(1)
    model(X)
    model.compile("sgd", "adam")
    model.save(tmp_path / "model.keras")
    with pytest.warns(UserWarning, match="not compiled, as `Two` has its own `compile`"):
        back = hornet.models.load_model(tmp_path / "model.keras", {"Two": Two})
    np.testing.assert_array_equal(back(X), model(X))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's
def test_json_holds_how_a_model_is_compiled(oracle):
    def answers(library):
        model = library.Sequential([library.Input((2,)), library.layers.Dense(1)])
        model.compile("adam", "mse", metrics=["mae"])
        twin = library.models.model_from_json(model.to_json())
        config = json.loads(twin.to_json())["compile_config"]
        return [int(twin.compiled), config["loss"] == "mse", config["metrics"] == ["mae"]]

    assert answers(hornet) == list(oracle("compiled", lambda: answers(keras)))


def test_json_of_a_loss_of_a_users_own_needs_it():
    def cubic(y_true, y_pred):
        return hornet.ops.mean(abs(y_true - y_pred) ** 3)

    model = hornet.Sequential([hornet.Input((2,)), hornet.layers.Dense(1)])
    model.compile("adam", cubic)
    with pytest.warns(UserWarning, match=r"not compiled.*custom_objects=\{'cubic': cubic\}`, or call its `compile`"):
        assert not hornet.models.model_from_json(model.to_json()).compiled
    assert hornet.models.model_from_json(model.to_json(), {"cubic": cubic}).compiled


@pytest.mark.parametrize("library", [hornet, keras], ids=["hornet", "keras"])
@pytest.mark.parametrize("clone", [None, lambda layer: layer], ids=["new layers", "the same layers"])
def test_a_clone_calls_its_layers_as_it_is_told(library, clone):
    layers = library.layers
    inputs = library.Input((3,))
    model = library.Model(inputs, layers.Dense(2)(layers.Dense(2)(inputs)))

    def call(layer, *args, **kwargs):
        outputs = layer(*args, **kwargs)
        return layers.Dropout(0.5)(outputs) if isinstance(layer, layers.Dense) else outputs

    twin = library.models.clone_model(model, clone_function=clone, call_function=call)
    assert [type(layer).__name__ for layer in twin.layers] == ["InputLayer", "Dense", "Dropout", "Dense", "Dropout"]
    assert (twin.layers[1] is model.layers[1]) == (clone is not None)
    assert len(model.layers) == 3


@pytest.mark.filterwarnings("ignore:When providing")  # Keras's, of names
@pytest.mark.parametrize("library", [hornet, keras], ids=["hornet", "keras"])
def test_a_clone_of_inputs_by_name_gets_its_own_by_name(library):
    x, y = library.Input((3,), name="x"), library.Input((3,), name="y")
    model = library.Model({"x": x, "y": y}, library.layers.Subtract()([x, y]))
    with pytest.raises(ValueError, match="input_tensors"):
        library.models.clone_model(model, input_tensors=(x, y))
    assert sorted(library.models.clone_model(model, input_tensors={"x": x, "y": y}).input) == ["x", "y"]
