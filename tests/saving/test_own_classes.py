"""Layers, models, losses and functions of a user's own in files: here, to Keras, and from Keras."""

import functools
import json
import warnings

import jax
import keras
import numpy as np
import pytest

import hornet
from hornet import layers, ops

X = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


@functools.cache
def own(library):
    """Return classes of a user's own, written for a library; none but `Configured` has a `get_config`."""
    layers, ops = library.layers, library.ops

    class Remembered(layers.Layer):
        def __init__(self, units, scale=1.0, **kwargs):
            super().__init__(**kwargs)
            self.dense = layers.Dense(units)
            self.double = scale * 2

        def call(self, x):
            return self.dense(x) * self.double

    class Configured(layers.Layer):
        def __init__(self, units, activation=None, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.function = library.activations.get(activation)

        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], self.units), name="kernel", initializer="glorot_uniform")

        def call(self, x):
            return self.function(ops.matmul(x, self.kernel))

        def get_config(self):
            activation = library.activations.serialize(self.function)
            return {**super().get_config(), "units": self.units, "activation": activation}

    class Block(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.first = layers.Dense(4)
            self.stack = library.Sequential([layers.Dense(3), layers.BatchNormalization()])
            self.more = [layers.Dense(3), {"last": layers.Dense(2)}]

        def build(self, shape):
            self.first.build(shape)
            self.stack.build((None, 4))
            self.more[0].build((None, 3))
            self.more[1]["last"].build((None, 3))

        def call(self, x):
            return self.more[1]["last"](self.more[0](self.stack(self.first(x))))

    class Sized(layers.Layer):
        size = 5

        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], self.size), name="kernel", initializer="ones")

        def call(self, x):
            return ops.matmul(x, self.kernel)

        def get_build_config(self):
            return {"input_shape": (None, 3), "size": self.size}

        def build_from_config(self, config):
            self.size = config["size"]
            self.build(tuple(config["input_shape"]))

    class Worded(layers.Layer):
        words = None

        def call(self, x):
            return x

        def save_assets(self, folder):
            with open(f"{folder}/words.txt", "w") as file:
                file.write(self.words)

        def load_assets(self, folder):
            with open(f"{folder}/words.txt") as file:
                self.words = file.read()

        def save_own_variables(self, store):
            super().save_own_variables(store)
            store["length"] = np.int32(len(self.words))

        def load_own_variables(self, store):
            self.length = int(np.asarray(store["length"]))

    class Net(library.Model):
        def __init__(self, units=2, **kwargs):
            super().__init__(**kwargs)
            self.inner = Remembered(units)
            self.last = layers.Dense(1)

        def call(self, x):
            return self.last(self.inner(x))

    class Around(library.Model):
        def __init__(self, encoder, **kwargs):
            super().__init__(**kwargs)
            self.encoder = encoder
            self.last = layers.Dense(1)

        def call(self, x):
            return self.last(self.encoder(x))

        def get_config(self):
            return {**super().get_config(), "encoder": library.saving.serialize_keras_object(self.encoder)}

        @classmethod
        def from_config(cls, config):
            encoder = library.saving.deserialize_keras_object(config["encoder"])
            return cls(**{**config, "encoder": encoder})

    class Drawn(library.Model):
        def __init__(self, units, **kwargs):
            inputs = library.Input((3,))
            super().__init__(inputs=inputs, outputs=layers.Dense(units)(inputs), **kwargs)

        def get_config(self):
            return {"units": self.outputs[0].shape[-1]}

        @classmethod
        def from_config(cls, config):
            return cls(**config)

    class Weighty(library.losses.Loss):
        def __init__(self, factor=2.0, **kwargs):
            super().__init__(**kwargs)
            self.factor = factor

        def call(self, y_true, y_pred):
            return self.factor * ops.mean(ops.square(y_true - y_pred), axis=-1)

        def get_config(self):
            return {**super().get_config(), "factor": self.factor}

    def wave(x):
        return ops.sin(x)

    kinds = (Remembered, Configured, Block, Sized, Worded, Net, Around, Drawn, Weighty, wave)
    return {each.__name__: library.saving.register_keras_serializable("own")(each) for each in kinds}


def stack(library, *layers, **training):
    model = library.Sequential([library.Input((3,)), *layers])
    if training:
        model.compile(**training)
    return model


def graph(library, output_of):
    inputs = library.Input((3,))
    return library.Model(inputs, output_of(inputs))


def called(model):
    model(X)
    return model


def with_words(kind):
    layer = kind()
    layer.words = "two words"
    return layer


def with_size(kind):
    layer = kind()
    layer.size = 7
    return layer


MODELS = {
    "remembered": lambda library, own: stack(library, own["Remembered"](4, scale=3.0)),
    "remembered in a graph": lambda library, own: graph(library, lambda x: own["Remembered"](4)(x)),
    "configured": lambda library, own: stack(library, own["Configured"](4, "relu"), own["Configured"](2, own["wave"])),
    "composite": lambda library, own: stack(library, own["Block"]()),
    "its own build config": lambda library, own: stack(library, with_size(own["Sized"])),
    "files": lambda library, own: stack(library, with_words(own["Worded"])),
    "a model": lambda library, own: called(own["Net"](5 if library is hornet else 2)),  # Keras writes the default
    "a model around one": lambda library, own: called(own["Around"](stack(library, own["Configured"](4)))),
    "a model that draws its graph": lambda library, own: own["Drawn"](3),
    "a layer as activation": lambda library, own: stack(
        library, library.layers.Dense(4, activation=library.layers.LeakyReLU(negative_slope=0.15))
    ),
    "a function": lambda library, own: graph(library, lambda x: library.layers.Dense(3, activation=own["wave"])(x)),
    "a lambda": lambda library, own: graph(library, lambda x: library.layers.Lambda(own["wave"], (3,))(x)),
    "a loss": lambda library, own: stack(
        library, library.layers.Dense(1), optimizer="sgd", loss=own["Weighty"](3.0), metrics=["mae"]
    ),
    "unbuilt": lambda library, own: library.Sequential([own["Remembered"](4), library.layers.Dense(2)]),
}
WAYS = [(hornet, hornet), (hornet, keras), (keras, hornet)]


@pytest.mark.filterwarnings("ignore")  # of Keras's own
@pytest.mark.parametrize(("writer", "reader"), WAYS, ids=["here", "to-keras", "from-keras"])
@pytest.mark.parametrize("name", MODELS)
def test_what_was_saved_comes_back(name, writer, reader, tmp_path):
    model = MODELS[name](writer, own(writer))
    model.save(tmp_path / "model.keras")
    back = reader.models.load_model(tmp_path / "model.keras", custom_objects=own(reader))
    assert type(back).__name__.startswith(type(model).__name__[:5])
    assert back.built == model.built
    if not model.built:
        return
    for one, other in zip(jax.tree.leaves(back(X)), jax.tree.leaves(model(X)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    if name == "a loss":
        np.testing.assert_allclose(back.evaluate(X, Y, verbose=0), model.evaluate(X, Y, verbose=0), rtol=1e-5)
    if name == "files":
        assert (back.layers[-1].words, back.layers[-1].length) == ("two words", 9)


@pytest.mark.filterwarnings("ignore")  # of Keras's own
@pytest.mark.parametrize(("writer", "reader"), WAYS, ids=["here", "to-keras", "from-keras"])
def test_the_older_layout_knows_layers_of_one_s_own(writer, reader, tmp_path):
    kinds = own(writer)
    leaky = writer.layers.LeakyReLU(negative_slope=0.15)
    model = stack(writer, kinds["Remembered"](4), kinds["Block"](), writer.layers.Dense(2, activation=leaky))
    model.save(tmp_path / "model.h5")
    back = reader.models.load_model(tmp_path / "model.h5", custom_objects=own(reader))
    np.testing.assert_allclose(back(X), model(X), rtol=1e-5, atol=1e-6)


def test_a_registered_model_is_found_in_the_older_layout(tmp_path):
    model = called(own(hornet)["Net"](3))
    model.save(tmp_path / "model.h5")
    np.testing.assert_array_equal(hornet.models.load_model(tmp_path / "model.h5")(X), model(X))


# --- what is remembered ---------------------------------------------------------------------------------------


class Scaled(layers.Layer):
    def __init__(self, factor, sizes=(1, 2), inner=None, table=None, function=None, **kwargs):
        super().__init__(**kwargs)
        self.sum = factor + sum(sizes)  # nothing is kept under its own name
        self.parts = [inner, table, function]

    def call(self, x):
        return x * self.sum


def test_arguments_of_all_kinds_are_remembered():
    layer = Scaled(2, inner=layers.Dense(3), table=np.eye(2), function=ops.relu, name="mine", dtype="float64")
    config = json.loads(json.dumps(layer.get_config()))
    again = Scaled.from_config(config)
    assert (again.sum, again.name, again.dtype, again.parts[0].units) == (5, "mine", "float64", 3)
    np.testing.assert_array_equal(again.parts[1], np.eye(2))
    assert again.parts[2]([-1.0, 2.0]).tolist() == [0.0, 2.0]
    assert "sizes" not in config


def test_what_may_have_changed_since_is_read_from_its_attribute():
    class Slower(hornet.optimizers.SGD):
        def __init__(self, learning_rate=0.1, extra=1, **kwargs):
            super().__init__(learning_rate, **kwargs)

    optimizer = Slower(0.5, extra=3)
    optimizer.learning_rate = 0.25
    config = optimizer.get_config()
    assert (config["learning_rate"], config["extra"]) == (0.25, 3)


def test_a_get_config_of_one_s_own_says_alone_what_is_kept():
    class Fewer(Scaled):
        def get_config(self):
            return {**super().get_config(), "factor": 1}

    class Theirs(keras.layers.Layer):
        def get_config(self):
            return {**super().get_config(), "factor": 1}

    assert Fewer(5, table=np.eye(2), name="mine").get_config() == Theirs(name="mine").get_config()


def test_what_no_file_can_hold_is_named():
    with pytest.raises(NotImplementedError, match=r"`Scaled` was called with `inner=<object .*Write `get_config`"):
        Scaled(1, inner=object()).get_config()

    class Several(layers.Layer):
        def __init__(self, *sizes, **kwargs):
            super().__init__(**kwargs)

    with pytest.raises(NotImplementedError, match=r"`Several` was called with 3 for `\*args`"):
        Several(3, 4).get_config()


def test_arguments_of_losses_and_metrics_are_remembered(tmp_path):
    class Steep(hornet.losses.Loss):
        def __init__(self, power, **kwargs):
            super().__init__(**kwargs)
            self._by = power

        def call(self, y_true, y_pred):
            return ops.mean(ops.abs(y_true - y_pred) ** self._by, axis=-1)

    model = stack(hornet, layers.Dense(1), loss=Steep(3), optimizer="sgd")
    model.save(tmp_path / "model.keras")
    back = hornet.models.load_model(tmp_path / "model.keras", {"Steep": Steep})
    assert back.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)


# --- what is missing or refuses -------------------------------------------------------------------------------


def test_a_missing_object_is_named_with_the_line_that_passes_it(tmp_path):
    def steep(y_true, y_pred):
        return ops.mean((y_true - y_pred) ** 4)

    path = tmp_path / "model.keras"
    model = stack(hornet, Scaled(2), layers.Dense(1), loss=steep, optimizer="sgd", metrics=[steep])
    for path in (tmp_path / "model.keras", tmp_path / "model.h5"):
        model.save(path)
        with pytest.raises(TypeError, match=r"no layer named 'Scaled'.*`custom_objects=\{'Scaled': Scaled\}`"):
            hornet.models.load_model(path)
        line = r"no loss named 'steep'.*`custom_objects=\{'steep': steep\}`, or load with `compile=False`"
        with pytest.raises(hornet.MissingObjectError, match=line):
            hornet.models.load_model(path, {"Scaled": Scaled})
        assert hornet.models.load_model(path, {"Scaled": Scaled}, compile=False).optimizer is None
        hornet.models.load_model(path, {"Scaled": Scaled, "steep": steep}).evaluate(X, Y, verbose=0)


def test_a_class_with_the_name_of_one_of_ours_is_not_taken_for_it(tmp_path):
    class Flatten(layers.Layer):
        def call(self, x):
            return x * 2

    stack(hornet, Flatten()).save(tmp_path / "model.keras")
    with pytest.raises(hornet.MissingObjectError, match="'Flatten'"):
        hornet.models.load_model(tmp_path / "model.keras")
    back = hornet.models.load_model(tmp_path / "model.keras", {"Flatten": Flatten})
    np.testing.assert_array_equal(back(X), X * 2)


def test_a_class_that_refuses_its_config_says_so(tmp_path):
    class Other(layers.Layer):
        def __init__(self):
            super().__init__()

    stack(hornet, Scaled(2)).save(tmp_path / "model.keras")
    with pytest.raises(TypeError, match=r"`Other` cannot be made from its config.*'factor': 2") as caught:
        hornet.models.load_model(tmp_path / "model.keras", {"Scaled": Other})
    assert isinstance(caught.value, ValueError)
    assert "model.keras" in caught.value.__notes__[0]


# --- lambdas --------------------------------------------------------------------------------------------------


def test_a_lambda_is_found_by_its_function_s_name_or_its_own(tmp_path):
    def thrice(x):
        return x * 3

    model = stack(hornet, layers.Lambda(thrice, name="times"), layers.Lambda(lambda x: x + 1, name="plus"))
    json.dumps(model.get_config())
    functions = {"thrice": thrice, "plus": lambda x: x + 1}
    for path in (tmp_path / "model.keras", tmp_path / "model.h5"):
        model.save(path)
        with pytest.raises(hornet.UnsafeFileError, match=r"Pass the function: `custom_objects=\{'plus': function\}`"):
            hornet.models.load_model(path, {"times": thrice}, safe_mode=False)
        np.testing.assert_array_equal(hornet.models.load_model(path, functions)(X), X * 3 + 1)
    again = hornet.models.model_from_json(model.to_json(), functions)
    np.testing.assert_array_equal(again(X), X * 3 + 1)
    np.testing.assert_array_equal(hornet.models.clone_model(model)(X), X * 3 + 1)


@pytest.mark.parametrize("library", [hornet, keras], ids=["hornet", "keras"])
@pytest.mark.parametrize("shape", [(2,), lambda shape: (shape[0], 2)], ids=["sizes", "function"])
def test_a_lambda_with_an_output_shape_is_not_called_where_it_is_placed(shape, library):
    calls = []

    def halves(x, by, mask=None):
        calls.append(mask)
        return x[:, :2] / by

    inputs = library.Input((3,))
    output = library.layers.Lambda(halves, output_shape=shape, arguments={"by": 2})(inputs)
    assert (tuple(output.shape), calls) == ((None, 2), [])
    np.testing.assert_array_equal(library.Model(inputs, output)(X), X[:, :2] / 2)


def test_training_of_a_class_s_own_is_saved_by_it(tmp_path):
    class Careful(hornet.Sequential):
        def compile(self, power, **kwargs):
            super().compile(optimizer="sgd", loss=lambda y, p: ops.mean(ops.abs(y - p) ** power), **kwargs)
            self.power = power

        def get_compile_config(self):
            return {"optimizer": "own", "power": self.power}

        def compile_from_config(self, config):
            self.compile(power=config["power"])

    model = Careful([layers.Dense(1, input_shape=(3,))])
    model.compile(3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.save(tmp_path / "model.keras")
    back = hornet.models.load_model(tmp_path / "model.keras", {"Careful": Careful})
    assert back.power == 3
    assert back.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)
