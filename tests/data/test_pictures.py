"""Pictures in files and in arrays, against Keras's own functions."""

import io

import keras
import numpy as np
import pytest

import hornet
from hornet import ops, utils
from hornet.core.errors import CorruptFileError
from hornet.data.pictures import INTERPOLATIONS, resized

RNG = np.random.default_rng(0)
X = RNG.integers(0, 255, (9, 7, 3)).astype("uint8")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "picture.png"
    utils.save_img(path, X, scale=False)
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"color_mode": "grayscale"},
        {"color_mode": "rgba"},
        {"target_size": (4, 6)},
        {"target_size": (7, 9), "interpolation": "bilinear"},
        {"target_size": (12, 4), "interpolation": "lanczos", "keep_aspect_ratio": True},
        {"target_size": (3, 12), "interpolation": "box", "keep_aspect_ratio": True},
    ],
)
def test_a_file_is_read_as_in_keras(file, arguments):
    ours, theirs = (module.load_img(file, **arguments) for module in (utils, keras.utils))
    assert (ours.mode, ours.size) == (theirs.mode, theirs.size)
    np.testing.assert_array_equal(utils.img_to_array(ours), keras.utils.img_to_array(theirs))


def test_paths_bytes_and_buffers_are_taken(file):
    expected = utils.img_to_array(utils.load_img(file))
    np.testing.assert_array_equal(expected, X)
    for form in (str(file), str(file).encode(), io.BytesIO(file.read_bytes())):
        np.testing.assert_array_equal(utils.img_to_array(utils.load_img(form)), expected)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Pillow's, of an argument that Keras passes
@pytest.mark.parametrize("arguments", [{}, {"scale": False}, {"data_format": "channels_first"}, {"dtype": "float64"}])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_arrays_become_pictures_and_back_as_in_keras(arguments, channels):
    x = RNG.uniform(0, 200, (5, 4, channels))
    x = x if "data_format" not in arguments else np.moveaxis(x, -1, 0)
    ours, theirs = (module.array_to_img(x, **arguments) for module in (utils, keras.utils))
    assert (ours.mode, ours.size) == (theirs.mode, theirs.size)
    np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))
    for data_format in ("channels_last", "channels_first"):
        back = utils.img_to_array(ours, data_format, "uint8")
        np.testing.assert_array_equal(back, keras.utils.img_to_array(theirs, data_format, "uint8"))


def test_a_flat_picture_and_one_of_large_numbers_are_written():
    assert np.asarray(utils.array_to_img(np.full((2, 2, 1), 7.0))).tolist() == [[0, 0], [0, 0]]
    large = utils.array_to_img(np.full((2, 2, 1), 1000.0), scale=False)
    assert (large.mode, np.asarray(large).max()) == ("I", 1000)


def test_jpeg_has_no_transparency(tmp_path):
    path = tmp_path / "picture.JPG"
    with pytest.warns(UserWarning, match="JPEG has no transparency"):
        utils.save_img(path, RNG.uniform(size=(5, 4, 4)), quality=90)
    assert utils.load_img(path).size == (4, 5)


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("size", [(5, 11), (20, 3), (9, 7), (9, 8)])
def test_pictures_are_resized_on_the_host_as_in_programs(interpolation, size):
    x = X.astype("float32")
    np.testing.assert_allclose(
        resized(x, size, interpolation), ops.image.resize(x, size, interpolation), rtol=1e-5, atol=1e-3
    )


@pytest.mark.parametrize("size", [(4, 4), (9, 3), (2, 8)])
def test_smart_resize_is_keras_s(size):
    x = X.astype("float32")
    ours, theirs = (module.preprocessing.image.smart_resize(x, size) for module in (hornet, keras))
    assert type(ours) is np.ndarray
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-4)
    batch = ops.convert_to_tensor(x[None].transpose(0, 3, 1, 2))
    moved = hornet.preprocessing.image.smart_resize(batch, size, data_format="channels_first")
    assert ops.is_tensor(moved)
    np.testing.assert_allclose(moved[0].transpose(1, 2, 0), ours, rtol=1e-6, atol=1e-4)


def test_old_paths_lead_to_the_same_functions():
    for name in ("array_to_img", "img_to_array", "load_img", "save_img"):
        assert getattr(hornet.preprocessing.image, name) is getattr(utils, name)
    for name in ("image_dataset_from_directory", "text_dataset_from_directory", "timeseries_dataset_from_array"):
        assert getattr(hornet.preprocessing, name) is getattr(utils, name)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: utils.load_img(path, "bgr"), "`color_mode` must be one of 'grayscale', 'rgb', 'rgba'"),
        (lambda path: utils.load_img(path, target_size=(2, 2), interpolation="cubic"), "`interpolation` must be one"),
        (lambda path: utils.load_img(3), "`path` must be the path of a file"),
        (lambda path: utils.array_to_img(X[None]), r"`x` has shape \(1, 9, 7, 3\), and a single picture has three"),
        (lambda path: utils.array_to_img(X[..., :2]), "`x` has 2 channels"),
        (lambda path: utils.img_to_array(X[0, 0]), r"`img` has shape \(3,\)"),
        (lambda path: utils.load_img(path.parent / "none.png"), "none.png"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(file, make, says):
    with pytest.raises((ValueError, TypeError, OSError), match=says):
        make(file)


def test_a_broken_file_is_named(file):
    whole = file.read_bytes()
    for content in (b"", b"text", whole[: len(whole) // 2]):
        file.write_bytes(content)
        with pytest.raises(CorruptFileError, match=r"picture\.png.*Pillow cannot read it as a picture"):
            utils.load_img(file)
