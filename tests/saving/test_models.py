"""Models and weights in files, here and with Keras: what is not a matter of single layers or optimizers."""

import subprocess
import sys

import keras
import numpy as np
import pytest

import hornet
from hornet import layers
from hornet.saving import load_model, register_keras_serializable

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
IGNORED = pytest.mark.filterwarnings("ignore")  # of Keras's own
HERE = pytest.param(hornet, hornet, id="here", marks=pytest.mark.full)
BOTH_WAYS = pytest.mark.parametrize(
    ("writer", "reader"),
    [pytest.param(hornet, keras, id="to-keras"), pytest.param(keras, hornet, id="from-keras"), HERE],
)


def blocks(library):
    """Return a class of models with layers in attributes, lists and dicts, and a weight of its own."""

    class Blocks(library.Model):
        def __init__(self, width=4, **kwargs):
            super().__init__(**kwargs)
            self.width = width
            self.first = library.layers.Dense(width)
            self.blocks = [library.layers.Dense(width), [library.layers.Dense(width)], library.layers.Dense(width)]
            self.heads = {"out": library.layers.Dense(1)}
            self._hidden = library.layers.Dense(width)

        def build(self, input_shape):
            self.scale = self.add_weight(name="scale", shape=(), initializer="ones")
            self.first.build(input_shape)
            inner = (None, self.width)
            for layer in (self.blocks[0], self.blocks[1][0], self.blocks[2], self._hidden, self.heads["out"]):
                layer.build(inner)
            self.built = True

        def call(self, inputs):
            hidden = self.first(inputs)
            for layer in (self.blocks[0], self.blocks[1][0], self.blocks[2], self._hidden):
                hidden = layer(hidden)
            return self.heads["out"](hidden) * self.scale

        def get_config(self):
            return {"width": self.width, "name": self.name}

        @classmethod
        def from_config(cls, config, custom_objects=None):
            return cls(**config)

    return Blocks


def graph(library):
    a, b = library.Input((3,), name="a"), library.Input((3,), name="b")
    shared = library.layers.Dense(4)
    deep = library.layers.Dense(4)(library.layers.Dense(4, activation="relu")(b))
    inner = library.Sequential([library.Input((4,)), library.layers.Dense(4), library.layers.Dense(4)])
    joined = library.layers.Concatenate()([shared(a), shared(b), inner(deep), library.layers.Dense(2)(a)])
    model = library.Model([b, a], [library.layers.Dense(1, name="one")(joined), library.layers.Dense(2)(deep) * 2.0])
    model.compile(
        optimizer=library.optimizers.SGD(0.01, momentum=0.9),
        loss=["mse", library.losses.LogCosh()],
        loss_weights=[1.0, 0.5],
        metrics=[["mae"], [library.metrics.RootMeanSquaredError(name="root")]],
    )
    return model


# --- with Keras -------------------------------------------------------------------------------------------


@IGNORED
@pytest.mark.parametrize(
    ("writer", "reader", "suffix"),
    [
        pytest.param(hornet, keras, "keras", id="to-keras"),
        pytest.param(keras, hornet, "h5", id="from-keras-h5"),
        pytest.param(keras, hornet, "keras", id="from-keras", marks=pytest.mark.full),
        pytest.param(hornet, keras, "h5", id="to-keras-h5", marks=pytest.mark.full),
        pytest.param(hornet, hornet, "keras", id="here", marks=pytest.mark.full),
        pytest.param(hornet, hornet, "h5", id="here-h5"),
    ],
)
def test_graphs_with_branches_shared_layers_and_models_inside(writer, reader, suffix, tmp_path):
    model = graph(writer)
    targets = [Y, np.repeat(Y, 2, axis=1)]
    model.fit([X, 2 * X], targets, epochs=1, verbose=0)
    model.save(tmp_path / f"model.{suffix}")
    other = reader.saving.load_model(tmp_path / f"model.{suffix}")
    for one, two in zip(model.predict([X, 2 * X], verbose=0), other.predict([X, 2 * X], verbose=0), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)
    ours, theirs = (one.evaluate([X, 2 * X], targets, verbose=0, return_dict=True) for one in (model, other))
    assert sorted(ours.values()) == pytest.approx(sorted(theirs.values()), rel=1e-4)  # an operation is named anew


@IGNORED
@BOTH_WAYS
def test_weights_of_classes_of_one_s_own(writer, reader, tmp_path):
    model, other = blocks(writer)(), blocks(reader)()
    expected = np.asarray(model(X))
    other(X)
    model.save_weights(tmp_path / "model.weights.h5")
    other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_allclose(np.asarray(other(X)), expected, rtol=1e-5, atol=1e-6)


@IGNORED
@pytest.mark.parametrize("suffix", ["keras", "h5"])
@pytest.mark.parametrize(("writer", "reader"), [(hornet, keras), (keras, hornet), (hornet, hornet)])
def test_whole_models_of_classes_of_one_s_own(writer, reader, suffix, tmp_path):
    if suffix == "h5" and reader is keras:
        pytest.skip("Keras does not build such a model from an .h5 file")
    model = blocks(writer)(width=5)
    expected = np.asarray(model(X))
    model.save(tmp_path / f"model.{suffix}")
    objects = {"Blocks": blocks(reader)}
    if suffix == "h5" and writer is keras:
        pytest.skip("Keras's .h5 files do not say for which shape such a model is built")
    other = reader.saving.load_model(tmp_path / f"model.{suffix}", custom_objects=objects)
    np.testing.assert_allclose(np.asarray(other(X)), expected, rtol=1e-5, atol=1e-6)


@IGNORED
def test_what_keras_silently_loses_is_kept(tmp_path):
    model = hornet.Sequential([hornet.Input((3,)), layers.Dense(1)])
    model.compile(loss=hornet.losses.Huber(delta=0.25), optimizer="sgd")
    for suffix in ("keras", "h5"):
        model.save(tmp_path / f"model.{suffix}")
        assert load_model(tmp_path / f"model.{suffix}").loss.delta == 0.25


@IGNORED
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "mixed_bfloat16", "float64"])
def test_types_of_weights(dtype, tmp_path):
    for writer, reader in ((hornet, keras), (keras, hornet)):
        model = writer.Sequential([writer.Input((3,)), writer.layers.Dense(2, dtype=dtype)])
        model.save(tmp_path / "model.keras")
        other = reader.saving.load_model(tmp_path / "model.keras")
        for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(np.asarray(one, "float32"), np.asarray(two, "float32"))


# --- a user's own classes and functions --------------------------------------------------------------------


def test_a_function_is_passed_for_a_lambda(tmp_path):
    def double(x):
        return 2 * x

    model = hornet.Sequential([hornet.Input((3,)), layers.Lambda(double, name="twice"), layers.Lambda(lambda x: x + 1)])
    last = model.layers[1].name
    for suffix in ("keras", "h5"):
        path = tmp_path / f"model.{suffix}"
        model.save(path)
        with pytest.raises(hornet.UnsafeFileError, match="is a `Lambda`"):
            load_model(path, safe_mode=False)
        other = load_model(path, custom_objects={"double": double, last: lambda x: x + 1})
        np.testing.assert_array_equal(other(X), 2 * X + 1)
        other = load_model(path, custom_objects={"twice": double, last: lambda x: x + 1})
        np.testing.assert_array_equal(other(X), 2 * X + 1)


@register_keras_serializable("tests")
class Scale(layers.Layer):
    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, input_shape):
        self.weight = self.add_weight(name="weight", shape=(input_shape[-1],), initializer="ones")

    def call(self, inputs):
        return inputs * self.weight * self.factor


@register_keras_serializable("tests")
def cubed(x):
    return x**3


def test_registered_classes_and_functions_need_not_be_passed(tmp_path):
    model = hornet.Sequential([hornet.Input((3,)), Scale(3.0), layers.Dense(2, activation=cubed)])
    for suffix in ("keras", "h5"):
        model.save(tmp_path / f"model.{suffix}")
        np.testing.assert_array_equal(load_model(tmp_path / f"model.{suffix}")(X), model(X))


@register_keras_serializable("tests")
class Block(layers.Layer):
    """A layer that holds layers and does not say how they are built."""

    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.dense, self.norm = layers.Dense(units), layers.BatchNormalization()

    def call(self, inputs, training=False):
        return self.norm(self.dense(inputs), training=training)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@register_keras_serializable("tests")
class Blocks(hornet.Model):
    """A model that is built by its call alone, of a list of inputs."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first, self.last = Block(4), layers.Dense(2)

    def call(self, inputs, training=False):
        left, right = inputs
        return self.last(self.first(left, training=training)) + right


def in_a_graph():
    inputs = hornet.Input((3,))
    return hornet.Model(inputs, Block(5)(inputs))


@pytest.mark.parametrize(
    ("build", "shapes"),
    [
        (Blocks, [(4, 3), (4, 2)]),
        (lambda: hornet.Sequential([Block(5), layers.Dense(1)]), (4, 3)),
        (in_a_graph, (4, 3)),
    ],
    ids=["a model", "a stack", "a graph"],
)
def test_layers_inside_layers_of_one_s_own_come_back(build, shapes, tmp_path):
    x = [np.ones(shape) for shape in shapes] if isinstance(shapes, list) else np.ones(shapes)
    model = build()
    expected = model(x)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(hornet.models.load_model(tmp_path / "model.keras")(x), expected)


def test_losses_and_metrics_of_one_s_own(tmp_path):
    def own_loss(y_true, y_pred):
        return (y_true - y_pred) ** 4

    model = hornet.Sequential([hornet.Input((3,)), layers.Dense(1)])
    model.compile(loss=own_loss, metrics=[own_loss, "mae"])
    for suffix in ("keras", "h5"):
        path = tmp_path / f"model.{suffix}"
        model.save(path)
        with pytest.raises(hornet.MissingObjectError, match="own_loss"):
            load_model(path)
        assert load_model(path, compile=False).optimizer is None
        other = load_model(path, custom_objects={"own_loss": own_loss})
        assert other.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)


# --- weights alone ------------------------------------------------------------------------------------------


def stack(width=4):
    return hornet.Sequential(
        [
            hornet.Input((3,)),
            layers.Dense(width, name="hidden"),
            layers.BatchNormalization(),
            layers.Dense(1, name="out"),
        ]
    )


@pytest.mark.parametrize("name", ["w.weights.h5", "w.h5", "w.safetensors", "w.ckpt", "cp-0001"])
def test_weights_come_back(name, tmp_path):
    model, other = stack(), stack()
    model.save_weights(tmp_path / name)
    other.load_weights(tmp_path / name)
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    made = name if "." in name and not name.endswith(".ckpt") else f"{name}.weights.h5"
    assert [path.name for path in tmp_path.iterdir()] == [made]


@pytest.mark.parametrize("name", ["w.weights.h5", "w.h5", "w.safetensors", "w.keras"])
def test_weights_that_do_not_fit_are_refused_or_passed_over(name, tmp_path):
    model, other = stack(), stack(width=5)
    (model.save if name == "w.keras" else model.save_weights)(tmp_path / name)
    before = other.get_weights()
    with pytest.raises(ValueError, match=r"has shape .* Build the model as it was"):
        other.load_weights(tmp_path / name)
    for one, two in zip(before, other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    with pytest.warns(UserWarning, match="passed over"):
        other.load_weights(tmp_path / name, skip_mismatch=True)
    np.testing.assert_array_equal(other.get_weights()[-1], model.get_weights()[-1])


def test_layers_may_be_matched_by_name(tmp_path):
    model = stack()
    model.save_weights(tmp_path / "w.h5")
    other = hornet.Sequential([hornet.Input((4,)), layers.Dense(1, name="out"), layers.Dense(3, name="new")])
    new = other.layers[1].get_weights()
    other.load_weights(tmp_path / "w.h5", by_name=True)
    np.testing.assert_array_equal(other.layers[0].get_weights()[0], model.layers[2].get_weights()[0])
    np.testing.assert_array_equal(other.layers[1].get_weights()[0], new[0])
    model.save_weights(tmp_path / "w.weights.h5")
    with pytest.raises(ValueError, match="older layout"):
        other.load_weights(tmp_path / "w.weights.h5", by_name=True)


def test_a_model_gives_its_weights_whatever_the_format(tmp_path):
    model = stack()
    for suffix in ("keras", "h5"):
        other = stack()
        model.save(tmp_path / f"model.{suffix}")
        other.load_weights(tmp_path / f"model.{suffix}")
        np.testing.assert_array_equal(other(X), model(X))


# --- what is refused ------------------------------------------------------------------------------------------


def test_the_weights_of_an_unbuilt_model_say_that_it_must_be_built(tmp_path):
    model = hornet.Sequential([layers.Dense(1)])
    with pytest.raises(ValueError, match=r"must be built before .* `model.build"):
        model.save_weights(tmp_path / "model.h5")
    with pytest.raises(ValueError, match="must be built"):
        model.load_weights(tmp_path / "model.h5")


def test_names_and_files_that_cannot_be(tmp_path):
    model = stack()
    with pytest.raises(ValueError, match=r"must end in '.keras' or '.h5'"):
        model.save(tmp_path / "model.pkl")
    model.save(tmp_path / "model.keras")
    with pytest.raises(FileExistsError, match="overwrite"):
        model.save(tmp_path / "model.keras", overwrite=False)
    for name in ("none.keras", "model.pkl"):
        for kind in (FileNotFoundError, ValueError):
            with pytest.raises(kind, match=name):
                load_model(tmp_path / name)
    with pytest.raises(hornet.CorruptFileError, match="a folder"):
        load_model(tmp_path)
    (tmp_path / "text.keras").write_text("hello")
    with pytest.raises(hornet.CorruptFileError, match="neither"):
        load_model(tmp_path / "text.keras")
    model.save_weights(tmp_path / "w.h5")
    with pytest.raises(hornet.CorruptFileError, match="load_weights"):
        load_model(tmp_path / "w.h5")


def test_training_that_cannot_be_described_is_left_out(tmp_path):
    import optax

    model = stack()
    model.compile(loss="mse", optimizer=optax.sgd(0.1))
    with pytest.warns(UserWarning, match="Optax"):
        model.save(tmp_path / "model.keras")
    assert load_model(tmp_path / "model.keras").optimizer is None


def test_the_optimizer_may_be_left_out(tmp_path):
    model = stack()
    model.compile(loss="mse")
    for suffix in ("keras", "h5"):
        model.save(tmp_path / f"model.{suffix}", include_optimizer=False)
        assert load_model(tmp_path / f"model.{suffix}").optimizer is None


def test_importing_and_loading_do_not_load_h5py(tmp_path):
    stack().save(tmp_path / "model.h5")
    code = (
        f"import sys, hornet; hornet.models.load_model({str(tmp_path / 'model.h5')!r}); "
        "print([name for name in ('h5py', 'keras', 'tensorflow') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@IGNORED
@BOTH_WAYS
def test_operations_keep_their_arguments(writer, reader, tmp_path):
    ops = writer.ops
    x = writer.Input((4, 3))
    outputs = [
        ops.sum(x, axis=1),
        ops.mean(x, axis=(1, 2), keepdims=True),
        ops.concatenate([x, x * 2.0], axis=-1),
        ops.reshape(x, (-1, 12)),
        ops.clip(x, -0.5, 0.5),
        ops.transpose(x, axes=(0, 2, 1)),
        ops.softmax(x, axis=1),
        ops.where(x > 0.0, x, 0.0),
        ops.einsum("bij,bkj->bik", x, x),
        1.0 - x[:, 1:3] / 2.0,
        ops.expand_dims(ops.logsumexp(x, axis=2), axis=-1),
        ops.leaky_relu(x, negative_slope=0.3),
        ops.stack([x, x], axis=1),
    ]
    model = writer.Model(x, outputs)
    model.save(tmp_path / "model.keras")
    other = reader.saving.load_model(tmp_path / "model.keras")
    data = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    outputs = zip(model.predict_on_batch(data), other.predict_on_batch(data), strict=True)
    for place, (one, two) in enumerate(outputs):
        np.testing.assert_allclose(np.asarray(one), np.asarray(two), rtol=1e-5, atol=1e-6, err_msg=str(place))


@IGNORED
@pytest.mark.parametrize("end", ["keras", "h5"])
def test_a_loss_that_is_watched_comes_back(tmp_path, end):
    model = hornet.Sequential([hornet.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[hornet.losses.Huber(0.5), "mae"])
    expected = model.evaluate(X, Y, return_dict=True, verbose=0)
    model.save(tmp_path / f"model.{end}")
    again = load_model(tmp_path / f"model.{end}")
    assert again.evaluate(X, Y, return_dict=True, verbose=0) == pytest.approx(expected)
    assert set(expected) == {"loss", "huber_loss", "mae"}
