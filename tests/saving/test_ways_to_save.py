"""Ways to save: not built, as a folder, in pieces, without some layers, with older arguments."""

import gzip
import io
import json
import tempfile
import zipfile

import keras
import numpy as np
import pytest

import hornet
from hornet import layers
from hornet.models import load_model

X = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


def stack(library=hornet, units=4):
    model = library.Sequential([library.Input((3,)), library.layers.Dense(units), library.layers.Dense(1)])
    model.compile("adam", "mse")
    return model


# --- not built ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_a_model_that_is_not_built_is_a_config(suffix, tmp_path):
    model = hornet.Sequential([layers.Dense(3, activation="relu"), layers.Dense(1)])
    model.compile(hornet.optimizers.SGD(0.5), "mse")
    model.save(tmp_path / f"model.{suffix}")
    back = load_model(tmp_path / f"model.{suffix}")
    assert (back.built, len(back.layers)) == (False, 2)
    assert back.predict(X, verbose=0).shape == (4, 1)
    if suffix == "keras":
        assert float(back.optimizer.learning_rate) == 0.5
        assert not keras.models.load_model(tmp_path / "model.keras").built


def test_checkpoints_of_all_kinds_come_back(tmp_path):
    class Net(hornet.Model):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.hidden, self.last = layers.Dense(units, activation=layers.LeakyReLU(0.1)), layers.Dense(1)

        def call(self, x):
            return self.last(self.hidden(x))

    for name in ("model.keras", "model.h5", "w.weights.h5"):
        model = Net(5)
        model.compile("adam", "mse")
        path = tmp_path / "new" / name
        saves = hornet.callbacks.ModelCheckpoint(path, save_weights_only="weights" in name)
        model.fit(X, Y, epochs=2, verbose=0, callbacks=[saves])
        if "weights" in name:
            back = Net(5)
            back.build((None, 3))
            back.load_weights(path)
        else:
            back = load_model(path, {"Net": Net})
            assert back.optimizer.iterations == 2
        np.testing.assert_array_equal(back(X), model(X))


# --- arguments ------------------------------------------------------------------------------------------------


def test_formats_that_older_code_names(tmp_path):
    for name, word in (("model.keras", "keras"), ("model.h5", "h5")):
        with pytest.warns(UserWarning, match=f"`save_format='{word}'` is not needed"):
            stack().save(tmp_path / name, save_format=word)
        load_model(tmp_path / name)
    for wrong in ("tf", "h5"):
        with pytest.raises(ValueError, match=f"`save_format='{wrong}'` is not the format of 'other.keras'"):
            stack().save(tmp_path / "other.keras", save_format=wrong)
    for kind in (TypeError, ValueError):
        with pytest.raises(kind, match=r"`save` has no argument `zippd`\. Did you mean 'zipped'"):
            stack().save(tmp_path / "other.keras", zippd=True)
    assert not (tmp_path / "other.keras").exists()


def test_a_folder_holds_what_an_archive_would(tmp_path):
    model = stack()
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "model", zipped=False)
    model.save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        assert sorted(archive.namelist()) == sorted(each.name for each in (tmp_path / "model").iterdir())
    back, theirs = load_model(tmp_path / "model"), keras.models.load_model(tmp_path / "model")
    np.testing.assert_array_equal(back(X), model(X))
    np.testing.assert_allclose(theirs(X), model(X), rtol=1e-5, atol=1e-6)
    assert back.optimizer.iterations == 1
    other = stack()
    with pytest.raises(FileExistsError):
        other.save(tmp_path / "model", overwrite=False, zipped=False)
    other.save(tmp_path / "model", zipped=False)
    np.testing.assert_array_equal(load_model(tmp_path / "model")(X), other(X))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["model", "model.keras"]


@pytest.mark.filterwarnings("ignore")  # of Keras's own
def test_a_folder_of_keras_s_is_read(tmp_path):
    theirs = stack(keras)
    theirs.save(tmp_path / "model", zipped=False)
    np.testing.assert_allclose(load_model(tmp_path / "model")(X), theirs(X), rtol=1e-5, atol=1e-6)


def test_a_link_in_a_folder_is_not_followed(tmp_path):
    stack().save(tmp_path / "model", zipped=False)
    weights = tmp_path / "model" / "model.weights.h5"
    weights.rename(tmp_path / "elsewhere.h5")
    weights.symlink_to(tmp_path / "elsewhere.h5")
    with pytest.raises(hornet.CorruptFileError, match=r"model\.weights\.h5"):
        load_model(tmp_path / "model")


# --- pieces and parts -----------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")  # of Keras's own
@pytest.mark.parametrize("reader", [hornet, keras], ids=["here", "to-keras"])
def test_weights_in_pieces(reader, tmp_path):
    model = stack(units=40)
    model.fit(X, Y, verbose=0)
    model.save_weights(tmp_path / "new" / "w.weights.h5", max_shard_size=600 / 2**30)
    pieces = sorted(each.name for each in (tmp_path / "new").glob("*.h5"))
    described = json.loads((tmp_path / "new" / "w.weights.json").read_text())
    assert pieces == [f"w_{number:05}.weights.h5" for number in range(len(pieces))]
    assert len(pieces) > 2
    assert described["metadata"]["total_size"] > 3 * 201 * 4
    other = stack(reader, units=40)
    other.load_weights(tmp_path / "new" / "w.weights.json")
    np.testing.assert_allclose(other(X), model(X), rtol=1e-5, atol=1e-6)


def test_a_piece_must_hold_the_largest_weight(tmp_path):
    with pytest.raises(
        ValueError, match=r"Weight 0 of 'dense.*has 48 bytes, more than the 10 .*Pass at least 4.47e-08"
    ):
        stack().save_weights(tmp_path / "w.weights.json", max_shard_size=10 / 2**30)
    assert not list(tmp_path.iterdir())


@pytest.mark.filterwarnings("ignore")  # of Keras's own
@pytest.mark.parametrize("library", [hornet, keras], ids=["hornet", "keras"])
def test_some_layers_are_left_out(library, tmp_path):
    model, other = stack(library), stack(library)
    path = tmp_path / "w.weights.h5"
    head = np.asarray(other.weights[2].value)
    library.saving.save_weights(model, path, objects_to_skip=[model.layers[-1]])
    library.saving.load_weights(other, path, objects_to_skip=[other.layers[-1]])
    np.testing.assert_array_equal(other.weights[0].value, model.weights[0].value)
    np.testing.assert_array_equal(other.weights[2].value, head)
    with pytest.raises(ValueError, match="dense"):
        library.saving.load_weights(other, path)


def test_older_layouts_have_no_parts(tmp_path):
    model = stack()
    for more in ({"objects_to_skip": [model.layers[0]]}, {"max_shard_size": 1.0}):
        with pytest.raises(ValueError, match=r"End `filepath` in '.weights.h5'"):
            model.save_weights(tmp_path / "w.h5", **more)
    model.save_weights(tmp_path / "w.h5")
    with pytest.raises(ValueError, match="`objects_to_skip` is for Keras's own layout"):
        model.load_weights(tmp_path / "w.h5", objects_to_skip=[model.layers[0]])


# --- odd structures -------------------------------------------------------------------------------------------


def test_containers_in_a_circle(tmp_path):
    class Loop(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.parts = [layers.Dense(2)]
            self.parts.append({"all": self.parts})

        def call(self, x):
            return self.parts[0](x)

    model = hornet.Sequential([hornet.Input((3,)), Loop()])
    model.compile("sgd", "mse")
    model.fit(X, X[:, :2], verbose=0)
    assert [variable.shape for variable in model.weights] == [(3, 2), (2,)]
    for name in ("model.keras", "model.h5"):
        model.save(tmp_path / name)
        np.testing.assert_array_equal(load_model(tmp_path / name, {"Loop": Loop})(X), model(X))


def test_weights_are_found_by_a_property_that_has_the_attribute_s_old_name(tmp_path):
    class Old(hornet.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, x):
            return self.dense(x)

    class New(Old):
        dense = property(lambda self: self.a_dense, lambda self, layer: setattr(self, "a_dense", layer))

    old, new = Old(), New()
    old(X), new(X)
    old.save_weights(tmp_path / "w.weights.h5")
    new.load_weights(tmp_path / "w.weights.h5")
    np.testing.assert_array_equal(new(X), old(X))


@pytest.mark.parametrize("container", ["list", "dict", "tuple"])
def test_a_model_whose_containers_hold_themselves(container, tmp_path):
    class Loop(hornet.Model):
        def __init__(self):
            super().__init__()
            first = layers.Dense(2)
            self.parts = {"dict": {"first": first}}.get(container, [first])
            if container == "dict":
                self.parts["all"] = self.parts
            else:
                self.parts.append(self.parts if container == "list" else (self.parts, first))

        def call(self, x):
            return (self.parts["first"] if container == "dict" else self.parts[0])(x)

    model = Loop()
    model.compile("sgd", "mse")
    model.fit(X, X[:, :2], verbose=0)
    assert len(model.layers) == 1
    model.summary(print_fn=lambda text: None, expand_nested=True)
    for name in ("model.keras", "model.h5"):
        model.save(tmp_path / name)
        np.testing.assert_array_equal(load_model(tmp_path / name, {"Loop": Loop})(X), model(X))


def test_layers_that_know_each_other(tmp_path):
    class Child(layers.Layer):
        def __init__(self, parent=None):
            super().__init__()
            self.parent, self.dense = parent, layers.Dense(3)

        def call(self, x):
            return self.dense(x)

    class Parent(hornet.Model):
        def __init__(self):
            super().__init__()
            self.one, self.other = Child(self), Child()
            self.one.parent, self.other.parent = self.other, self.one
            self.children = [self.one, self.other]

        def call(self, x):
            return self.other(self.one(x))

    model = Parent()
    model(X)
    assert (model.layers, len(model.weights)) == ([model.one, model.other], 4)
    model.compile(loss="mse")
    for name in ("model.keras", "model.h5"):
        model.save(tmp_path / name)
        np.testing.assert_array_equal(load_model(tmp_path / name, {"Parent": Parent})(X), model(X))


def test_an_argument_that_holds_itself_cannot_be_described():
    class Own(layers.Layer):
        def __init__(self, parts):
            super().__init__()

    loop = [1]
    loop.append(loop)
    with pytest.raises(NotImplementedError, match=r"`Own` was called with `parts=\[1, \[...\]\]`, which no file can"):
        Own(loop).get_config()


# --- open files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("save_format", [None, "h5"])
def test_a_model_goes_through_memory(save_format):
    model = stack()
    model.fit(X, Y, verbose=0)
    file = io.BytesIO()
    model.save(file, save_format=save_format)
    back = load_model(io.BytesIO(file.getvalue()))
    np.testing.assert_array_equal(back(X), model(X))
    assert back.optimizer.iterations == 1
    if save_format is None:
        theirs = keras.src.saving.saving_lib.load_model(io.BytesIO(file.getvalue()))
        np.testing.assert_allclose(theirs.predict(X, verbose=0), model(X), rtol=1e-5, atol=1e-6)


def test_weights_go_through_memory():
    model, other = stack(), stack()
    file = io.BytesIO()
    model.save_weights(file)
    file.seek(0)
    other.load_weights(file)
    np.testing.assert_array_equal(other(X), model(X))
    with pytest.raises(ValueError, match="An open file is one file"):
        model.save_weights(io.BytesIO(), max_shard_size=1)


def test_files_that_others_open(tmp_path):
    model = stack()
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("inner.keras", "w") as member:  # which cannot be sought in
            model.save(member)
        with gzip.open(tmp_path / "model.gz", "wb") as compressed, tempfile.NamedTemporaryFile() as temporary:
            for file in (compressed, temporary):
                hornet.saving.save_model(model, file)
            temporary.seek(0)
            np.testing.assert_array_equal(load_model(temporary)(X), model(X))
    with zipfile.ZipFile(tmp_path / "all.zip") as archive, archive.open("inner.keras") as member:
        np.testing.assert_array_equal(load_model(member)(X), model(X))
    with gzip.open(tmp_path / "model.gz") as compressed:
        np.testing.assert_array_equal(load_model(compressed)(X), model(X))


def test_what_is_neither_a_name_nor_a_file_of_bytes(tmp_path):
    model = stack()
    with open(tmp_path / "text", "w") as text, pytest.raises(TypeError, match="is open for text"):
        model.save(text)
    with pytest.raises(ValueError, match=r"must be a name or an open file of bytes, not b'PK'.*io.BytesIO\(data\)"):
        load_model(b"PK")
    with pytest.raises(TypeError, match="must be a name or an open file of bytes, not None"):
        model.load_weights(None)
    with pytest.raises(ValueError, match="An open file cannot be a folder"):
        model.save(io.BytesIO(), zipped=False)
    with pytest.raises(hornet.saving.models.CorruptFileError, match="'<BytesIO>': it is neither"):
        load_model(io.BytesIO(b"nothing"))
