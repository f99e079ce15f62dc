import gzip
import hashlib
import stat
import struct

import numpy as np
import pytest
from tests.datasets.server import served

from hornet.datasets import fashion_mnist


def idx(array):
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def contents():
    """Four small files under the real names, as bytes."""
    images = np.arange(5 * 28 * 28, dtype="uint32").astype("uint8").reshape(5, 28, 28)
    labels = np.array([9, 0, 0, 3, 1], dtype="uint8")
    arrays = (images, labels, images[:2], labels[:2])
    return {file.name: idx(array) for file, array in zip(fashion_mnist._FILES, arrays, strict=True)}


@pytest.fixture
def cache(contents, monkeypatch, tmp_path):
    """An empty cache folder, no Debian package, no network, and the digests of the small files."""
    files = []
    for file in fashion_mnist._FILES:
        content = contents[file.name]
        rank = content[3]
        shape = struct.unpack(f">{rank}I", content[4 : 4 + 4 * rank])
        packed = gzip.compress(content, mtime=0)
        digests = (hashlib.sha256(data).hexdigest() for data in (packed, content))
        files.append(fashion_mnist._File(file.name, shape, *digests))
    monkeypatch.setattr(fashion_mnist, "_FILES", tuple(files))
    monkeypatch.setattr(fashion_mnist, "_DEBIAN", tmp_path / "debian")
    monkeypatch.setattr(fashion_mnist, "_ORIGIN", "http://127.0.0.1:9/")
    monkeypatch.setenv("HORNET_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return fashion_mnist.cache_folder()


def write(folder, contents):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(gzip.compress(content, mtime=0))


def check_small():
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    assert x_train.shape == (5, 28, 28)
    assert x_train[0, 1, 0] == 28
    assert y_train.tolist() == [9, 0, 0, 3, 1]
    assert x_test.shape == (2, 28, 28)
    assert y_test.tolist() == [9, 0]
    x_train[0] = 0  # callers may write


def test_class_names():
    assert len(fashion_mnist.CLASS_NAMES) == 10
    assert fashion_mnist.CLASS_NAMES[9] == "Ankle boot"


@pytest.mark.skipif(not fashion_mnist._DEBIAN.is_dir(), reason="Debian's dataset-fashion-mnist is not installed")
def test_load_data_reads_debian_package(monkeypatch, tmp_path):
    monkeypatch.setenv("HORNET_DATA", str(tmp_path))
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    assert x_train.shape == (60000, 28, 28)
    assert x_test.shape == (10000, 28, 28)
    assert {part.dtype for part in (x_train, y_train, x_test, y_test)} == {np.dtype("uint8")}
    assert np.bincount(y_train).tolist() == [6000] * 10
    assert np.bincount(y_test).tolist() == [1000] * 10
    assert fashion_mnist.CLASS_NAMES[y_train[0]] == "Ankle boot"
    assert list(tmp_path.iterdir()) == []


def test_cache_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("HORNET_DATA", str(tmp_path / "chosen"))
    assert fashion_mnist.cache_folder() == tmp_path / "chosen/fashion-mnist"
    monkeypatch.delenv("HORNET_DATA")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    assert fashion_mnist.cache_folder() == tmp_path / "keras/datasets/fashion-mnist"
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert fashion_mnist.cache_folder() == tmp_path / "home/.keras/datasets/fashion-mnist"


def test_load_data_reads_the_cache_first(cache, contents):
    write(cache, contents)
    write(fashion_mnist._DEBIAN, dict.fromkeys(contents, b"never read"))
    check_small()


def test_load_data_downloads_what_is_missing_into_a_private_folder(cache, contents, monkeypatch, tmp_path):
    write(tmp_path / "served", contents)
    with served(tmp_path / "served") as origin:
        monkeypatch.setattr(fashion_mnist, "_ORIGIN", origin)
        check_small()
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert stat.S_IMODE(cache.parent.stat().st_mode) == 0o700
    check_small()  # the server is gone: from the cache


def test_download_with_a_wrong_checksum_is_refused(cache, contents, monkeypatch, tmp_path):
    write(tmp_path / "served", {name: content + b"!" for name, content in contents.items()})
    refused = pytest.raises(FileNotFoundError, match="does not match the known hash")
    with served(tmp_path / "served") as origin, refused:
        monkeypatch.setattr(fashion_mnist, "_ORIGIN", origin)
        fashion_mnist.load_data()
    assert list(cache.iterdir()) == []


def test_error_says_what_was_tried_and_where_to_put_the_files(cache):
    with pytest.raises(FileNotFoundError) as caught:
        fashion_mnist.load_data()
    message = str(caught.value)
    for part in (str(cache), str(fashion_mnist._DEBIAN), "http://127.0.0.1:9/", "HORNET_DATA", "dataset-fashion-mnist"):
        assert part in message
    for file in fashion_mnist._FILES:
        assert file.name in message


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda packed: packed[: len(packed) // 2], "is not a whole gzip file"),
        (lambda packed: b"<html>Not found</html>", "is not a whole gzip file"),
        (lambda packed: packed[:60] + bytes(9) + packed[69:], "is not a whole gzip file"),
        (lambda packed: gzip.compress(b"\0\0\x0d" + gzip.decompress(packed)[3:]), "does not start with the IDX header"),
        (lambda packed: gzip.compress(gzip.decompress(packed)[:-1]), "holds 3919 values, not 3920"),
        (lambda packed: gzip.compress(gzip.decompress(packed) + b"!"), "holds 3921 values, not 3920"),
        (lambda packed: gzip.compress(gzip.decompress(packed)[:-1] + b"!"), "is not Fashion-MNIST's: .* SHA-256"),
    ],
    ids=["cut", "not gzip", "zeroed bytes", "other type", "short", "long", "other content"],
)
def test_damaged_file_is_named(cache, contents, damage, message):
    write(cache, contents)
    path = cache / fashion_mnist._FILES[0].name
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=message) as caught:
        fashion_mnist.load_data()
    assert str(path) in str(caught.value)
