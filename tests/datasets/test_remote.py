"""The data sets that are downloaded: each beside Keras's loader on the same small file."""

import hashlib
import io
import json
import pickle
import struct
import tarfile
from importlib import import_module
from typing import ClassVar

import keras
import numpy as np
import pytest
from keras.src.datasets.cifar import load_batch
from tests.datasets.server import served

import hornet
from hornet import datasets
from hornet.core.errors import UnsafeFileError

RNG = np.random.default_rng(0)


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def texts(count):
    """Lists of words in an array, as the files hold them: some words rare, no two texts of one length."""
    array = np.empty(count, object)
    array[:] = [RNG.integers(1, 30, size=length).tolist() for length in range(2, 2 + count)]
    return array


def images(count):
    return RNG.integers(0, 256, size=(count, 28, 28)).astype("uint8")


def labels(count, classes=10):
    return RNG.integers(0, classes, size=count)


class Python2Pickler(pickle._Pickler):
    """Writes bytes as Python 2 wrote them, for which no function is called."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def save_string(self, text):
        self.write(pickle.BINSTRING + struct.pack("<i", len(text)) + text)
        self.memoize(text)

    dispatch[bytes] = save_string


def as_python_2(thing):
    file = io.BytesIO()
    Python2Pickler(file, protocol=2).dump(thing)
    return file.getvalue()


def batches(folder, names, **numbers):
    """An archive of batches as Python 2 pickled them."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name in names:
            batch = {b"data": RNG.integers(0, 256, size=(4, 3072)).astype("uint8"), b"batch_label": b"one"}
            batch |= {key.encode(): labels(4, classes).tolist() for key, classes in numbers.items()}
            content = as_python_2(batch)
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return file.getvalue()


CONTENTS = {
    ("mnist", "FILE"): npz(x_train=images(5), y_train=labels(5), x_test=images(2), y_test=labels(2)),
    ("boston_housing", "FILE"): npz(x=RNG.normal(size=(11, 13)), y=RNG.normal(size=11)),
    ("imdb", "REVIEWS"): npz(x_train=texts(9), y_train=labels(9, 2), x_test=texts(7), y_test=labels(7, 2)),
    ("imdb", "WORDS"): json.dumps({"the": 1, "café": 2}).encode(),
    ("reuters", "NEWSWIRES"): npz(x=texts(15), y=labels(15, 46)),
    ("reuters", "WORDS"): json.dumps({"mln": 1}).encode(),
    ("cifar10", "ARCHIVE"): batches(
        "cifar-10-batches-py", [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"], labels=10
    ),
    ("cifar100", "ARCHIVE"): batches("cifar-100-python", ["train", "test"], fine_labels=100, coarse_labels=20),
}


@pytest.fixture
def data(monkeypatch, tmp_path):
    """An empty folder of data sets, and small files in the place of the real ones, at an address without a server."""
    monkeypatch.setenv("HORNET_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    put_up(monkeypatch, "http://127.0.0.1:9/")
    return tmp_path / "data"


def put_up(monkeypatch, origin):
    for (module, name), content in CONTENTS.items():
        file = getattr(getattr(datasets, module), name)
        digest = hashlib.new("md5" if len(file.digest) == 32 else "sha256", content).hexdigest()
        monkeypatch.setattr(
            f"hornet.datasets.{module}.{name}", file._replace(url=f"{origin}{module}-{name}", digest=digest)
        )


@pytest.fixture
def files(data):
    """The folder with all files in it."""
    data.mkdir()
    for (module, name), content in CONTENTS.items():
        (data / getattr(getattr(datasets, module), name).name).write_bytes(content)
    return data


@pytest.fixture
def keras_reads(files, monkeypatch, tmp_path):
    """Keras's loaders read the same files."""

    def get_file(fname=None, origin=None, file_hash=None, extract=False):
        if not extract:
            return files / fname
        with tarfile.open(files / f"{fname}_archive") as tar:
            tar.extractall(tmp_path / fname, filter="data")
        return str(tmp_path / fname)

    for module in ("mnist", "boston_housing", "imdb", "reuters", "cifar10", "cifar100"):
        monkeypatch.setattr(import_module(f"keras.src.datasets.{module}"), "get_file", get_file)


CASES = [
    ("mnist", {}),
    ("boston_housing", {}),
    ("boston_housing", {"test_split": 0.5, "seed": 7}),
    ("cifar100", {}),
    ("cifar100", {"label_mode": "coarse"}),
    ("imdb", {"num_words": 20}),
    ("imdb", {"num_words": 20, "skip_top": 5, "seed": 3}),
    ("imdb", {"num_words": 20, "oov_char": None, "maxlen": 8}),
    ("imdb", {"num_words": 20, "start_char": None, "index_from": 0}),
    ("reuters", {"num_words": 20}),
    ("reuters", {"num_words": 20, "test_split": 0.5, "start_char": None, "maxlen": 9}),
]


@pytest.mark.usefixtures("keras_reads")
@pytest.mark.parametrize(("module", "arguments"), CASES)
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_loaders_give_what_keras_gives(module, arguments, data_format):
    for package in (hornet, keras):
        package.config.set_image_data_format(data_format)
    try:
        ours, theirs = (getattr(package.datasets, module).load_data(**arguments) for package in (hornet, keras))
    finally:
        for package in (hornet, keras):
            package.config.set_image_data_format("channels_last")
    for our_part, their_part in zip(ours, theirs, strict=True):
        for mine, expected in zip(our_part, their_part, strict=True):
            assert type(mine) is np.ndarray
            assert mine.dtype == expected.dtype
            assert mine.tolist() == expected.tolist()


def test_batches_of_cifar10_are_read_as_keras_reads_each(files, tmp_path):
    """Keras's own loader takes batches of 10,000 images alone."""
    (x_train, y_train), (x_test, y_test) = datasets.cifar10.load_data()
    with tarfile.open(files / "cifar-10-batches-py-target_archive") as tar:
        tar.extractall(tmp_path, filter="data")
    names = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
    expected = [load_batch(tmp_path / "cifar-10-batches-py" / name) for name in names]
    images, numbers = (np.concatenate(part) for part in zip(*expected, strict=True))
    np.testing.assert_array_equal(np.concatenate([x_train, x_test]), images.transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(np.concatenate([y_train, y_test]).ravel(), numbers)
    assert (x_train.dtype, y_train.shape, y_train.dtype) == ("uint8", (20, 1), "uint8")


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("module", ["imdb", "reuters"])
def test_without_a_limit_all_words_are_kept(module):
    """Keras drops the word of the highest number then."""
    (x_train, _), (x_test, _) = getattr(datasets, module).load_data()
    words = {word for text in (*x_train, *x_test) for word in text}
    held = np.load(io.BytesIO(CONTENTS[module, "REVIEWS" if module == "imdb" else "NEWSWIRES"]), allow_pickle=True)
    assert words - {1} == {word + 3 for name in held.files if name[0] == "x" for text in held[name] for word in text}


@pytest.mark.usefixtures("files")
def test_words_and_topics_have_their_names():
    assert datasets.imdb.get_word_index() == {"the": 1, "café": 2}
    assert datasets.reuters.get_word_index() == {"mln": 1}
    assert datasets.reuters.get_label_names() == keras.datasets.reuters.get_label_names()


@pytest.mark.usefixtures("files")
def test_texts_of_one_length_stay_lists(monkeypatch):
    equal = np.empty(4, object)
    equal[:] = [[1, 2, 3]] * 4
    monkeypatch.setitem(CONTENTS, ("reuters", "NEWSWIRES"), npz(x=equal, y=labels(4)))
    file = datasets.reuters.NEWSWIRES
    content = CONTENTS["reuters", "NEWSWIRES"]
    file.path().write_bytes(content)
    monkeypatch.setattr("hornet.datasets.reuters.NEWSWIRES", file._replace(digest=hashlib.sha256(content).hexdigest()))
    (x_train, _), _ = datasets.reuters.load_data()
    assert x_train.shape == (3,)
    assert x_train[0] == [1, 4, 5, 6]


@pytest.mark.usefixtures("files")
def test_old_names_of_arguments():
    with pytest.warns(UserWarning, match="`nb_words` is called `num_words` now"):
        (old, _), _ = datasets.imdb.load_data(nb_words=20)
    (new, _), _ = datasets.imdb.load_data(num_words=20)
    assert old.tolist() == new.tolist()
    with pytest.raises(TypeError, match=r"`load_data` has no argument `num_word`. Did you mean 'num_words'\?"):
        datasets.imdb.load_data(num_word=20)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("module", "arguments", "message"),
    [
        ("boston_housing", {"test_split": 1.0}, r"`test_split` must lie in \[0, 1\)"),
        ("reuters", {"test_split": -0.1}, r"`test_split` must lie in \[0, 1\)"),
        ("cifar100", {"label_mode": "rough"}, "`label_mode` must be one of 'fine', 'coarse'"),
        ("imdb", {"maxlen": 2}, "No text is shorter than `maxlen` 2"),
    ],
)
def test_slips_are_explained(module, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(datasets, module).load_data(**arguments)


# --- where the files come from ----------------------------------------------------------------------------


def test_what_is_missing_or_damaged_is_downloaded_once(data, monkeypatch, tmp_path):
    (tmp_path / "public").mkdir()
    content = CONTENTS["mnist", "FILE"]
    (tmp_path / "public" / "mnist-FILE").write_bytes(content)
    data.mkdir()
    (data / "mnist.npz").write_bytes(b"half of it")
    with served(tmp_path / "public") as origin:
        put_up(monkeypatch, origin)
        datasets.mnist.load_data()
    assert (data / "mnist.npz").read_bytes() == content
    datasets.mnist.load_data()  # the server is gone
    assert [path.name for path in data.iterdir()] == ["mnist.npz"]


def test_another_file_of_the_name_is_refused(data, monkeypatch, tmp_path):
    (tmp_path / "mnist-FILE").write_bytes(b"something else")
    with served(tmp_path) as origin:
        put_up(monkeypatch, origin)
        with pytest.raises(ValueError, match="is incomplete or another file: its hash is not"):
            datasets.mnist.load_data()
    assert list(data.iterdir()) == []


@pytest.mark.parametrize(("module", "name"), CONTENTS)
def test_without_a_network_the_error_says_where_to_put_the_file(data, module, name):
    file = getattr(getattr(datasets, module), name)
    with pytest.raises(FileNotFoundError) as caught:
        getattr(datasets, module).get_word_index() if name == "WORDS" else getattr(datasets, module).load_data()
    for part in (file.url, str(data / file.name), file.digest):
        assert part in str(caught.value)


def test_a_file_may_lie_anywhere(files, tmp_path):
    (files / "mnist.npz").rename(tmp_path / "digits.npz")
    (x_train, _), _ = datasets.mnist.load_data(tmp_path / "digits.npz")
    assert x_train.shape == (5, 28, 28)


def test_the_real_digests_are_those_of_keras():
    for module, name in CONTENTS:
        digest = getattr(import_module(f"hornet.datasets.{module}"), name).digest
        source = import_module(f"keras.src.datasets.{module}").__loader__
        assert digest in source.get_source(f"keras.src.datasets.{module}")


class Dangerous:
    def __reduce__(self):
        return print, ("run",)


@pytest.mark.usefixtures("files")
def test_what_a_pickle_names_is_not_run(monkeypatch, capsys):
    bad = np.empty(2, object)
    bad[:] = [[1], Dangerous()]
    content = npz(x=bad, y=labels(2))
    file = datasets.reuters.NEWSWIRES
    file.path().write_bytes(content)
    monkeypatch.setattr("hornet.datasets.reuters.NEWSWIRES", file._replace(digest=hashlib.sha256(content).hexdigest()))
    with pytest.raises(UnsafeFileError, match=r"asks for `builtins\.print`"):
        datasets.reuters.load_data()
    assert capsys.readouterr().out == ""
