"""Folders of pictures and texts: the files, orders and parts of Keras."""

import keras
import numpy as np
import pytest
from keras.src.utils import dataset_utils as theirs

import hornet
from hornet import layers, utils
from hornet.core.errors import CorruptFileError

CLASSES = ["cats", "dogs", "eels"]
SIZES = [(6, 9), (8, 5)]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    top = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    for name in CLASSES:
        (top / name / "more").mkdir(parents=True)
        for number in range(5):
            x = rng.integers(0, 255, (*SIZES[number % 2], 3))
            utils.save_img(top / name / ("more" if number % 3 == 0 else ".") / f"{number}.png", x, scale=False)
        (top / name / "notes.txt").write_text(f"About {name}.")
    (top / ".hidden").mkdir()
    return str(top)


def images(folder, **arguments):
    return utils.image_dataset_from_directory(
        folder, **{"image_size": (4, 5), "batch_size": 4, "verbose": False, **arguments}
    )


def joined(dataset):
    x, y = zip(*dataset.as_numpy_iterator(), strict=True)
    return np.concatenate(x), np.concatenate(y)


def on_the_disk(paths, size=(4, 5), **arguments):
    """Return the pictures at paths, each resized by the operation that programs use."""
    read = (utils.img_to_array(utils.load_img(path)) for path in paths)
    return np.stack([np.asarray(hornet.ops.image.resize(x, size, **arguments)) for x in read])


# --- files, orders and parts ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [None, 3])
@pytest.mark.parametrize(
    "arguments",
    [{}, {"class_names": ["eels", "cats"]}, {"labels": None}, {"labels": list(range(15))}],
    ids=["inferred", "chosen", "alone", "listed"],
)
def test_files_have_the_order_and_the_labels_of_keras(pictures, arguments, seed):
    ours = images(pictures, shuffle=seed is not None, seed=seed, **arguments)
    paths, labels, names = theirs.index_directory(
        pictures, arguments.get("labels", "inferred"), (".png",), arguments.get("class_names"), seed is not None,
        3, verbose=False,
    )  # fmt: skip
    assert ours.file_paths == paths
    assert ours.class_names == names
    if labels is not None and seed is None:
        np.testing.assert_array_equal(joined(ours)[1], labels)
    elif labels is not None:
        of_path = dict(zip(paths, labels, strict=True))
        x, y = joined(ours)
        known = on_the_disk(paths)
        for image, label in zip(x, y, strict=True):
            place = np.abs(known - image).max(axis=(1, 2, 3)).argmin()
            assert of_path[paths[place]] == label, "an image keeps its label through all shuffles"


@pytest.mark.parametrize("split", [0.2, 0.5])
def test_parts_are_those_of_keras_and_the_same_in_one_call_or_two(pictures, split):
    arguments = {"validation_split": split, "seed": 7}
    both = images(pictures, subset="both", **arguments)
    paths, labels, _ = theirs.index_directory(pictures, "inferred", (".png",), seed=7, verbose=False)
    for subset, dataset in zip(("training", "validation"), both, strict=True):
        alone = images(pictures, subset=subset, **arguments)
        expected, _ = theirs.get_training_or_validation_split(paths, labels, split, subset)
        assert dataset.file_paths == alone.file_paths == expected
        assert dataset.class_names == CLASSES
    assert set(both[0].file_paths).isdisjoint(both[1].file_paths)
    assert len(images(pictures, subset="both", validation_split=split)[0].file_paths) == len(both[0].file_paths)


def test_without_a_seed_the_order_is_the_one_that_the_process_s_seed_gives_keras(pictures):
    keras.utils.set_random_seed(5)
    paths, _, _ = theirs.index_directory(pictures, "inferred", (".png",), seed=np.random.randint(1e6), verbose=False)
    hornet.utils.set_random_seed(5)
    assert images(pictures).file_paths == paths


def test_each_pass_has_an_order_of_its_own_and_the_held_out_part_one(pictures):
    training, held_out = images(pictures, validation_split=0.4, subset="both", seed=1)
    first, second = joined(training), joined(training)
    assert (first[0] != second[0]).any()
    np.testing.assert_array_equal(np.sort(first[1]), np.sort(second[1]))
    np.testing.assert_allclose(joined(held_out)[0], on_the_disk(held_out.file_paths), rtol=1e-5)
    still = images(pictures, shuffle=False)
    np.testing.assert_array_equal(joined(still)[0], joined(still)[0])


# --- what is in a batch -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "labels"),
    [
        ({}, np.repeat(np.arange(3, dtype="int32"), 5)),
        ({"label_mode": "categorical"}, np.repeat(np.eye(3, dtype="float32"), 5, axis=0)),
        (
            {"label_mode": "binary", "class_names": ["cats", "eels"]},
            np.repeat(np.arange(2, dtype="float32"), 5)[:, None],
        ),
    ],
)
def test_labels_look_as_a_model_of_their_task_takes_them(pictures, arguments, labels):
    dataset = images(pictures, shuffle=False, **arguments)
    x, y = joined(dataset)
    assert (y.dtype, x.dtype, x.shape) == (labels.dtype, "float32", (len(labels), 4, 5, 3))
    np.testing.assert_array_equal(y, labels)
    assert len(dataset) == dataset.cardinality() == -(-len(labels) // 4)


@pytest.mark.parametrize(
    ("arguments", "as_programs"),
    [
        ({}, {}),
        ({"interpolation": "nearest"}, {"interpolation": "nearest"}),
        ({"interpolation": "lanczos3"}, {"interpolation": "lanczos3"}),
        ({"crop_to_aspect_ratio": True}, {"crop_to_aspect_ratio": True}),
        ({"pad_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True}),
    ],
)
def test_pictures_are_resized_as_keras_resizes(pictures, arguments, as_programs):
    x, _ = joined(images(pictures, shuffle=False, class_names=["cats"], **arguments))
    paths = images(pictures, shuffle=False, class_names=["cats"]).file_paths
    np.testing.assert_allclose(x, on_the_disk(paths, **as_programs), rtol=1e-5, atol=1e-3)
    moved, _ = joined(images(pictures, shuffle=False, class_names=["cats"], data_format="channels_first", **arguments))
    np.testing.assert_array_equal(moved, x.transpose(0, 3, 1, 2))


def test_colours_single_pictures_and_one_size_for_both(pictures):
    for mode, channels in (("grayscale", 1), ("rgba", 4)):
        x, _ = next(iter(images(pictures, color_mode=mode, image_size=6)))
        assert x.shape == (4, 6, 6, channels)
    x, y = next(iter(images(pictures, batch_size=None)))
    assert (x.shape, y.shape) == ((4, 5, 3), ())
    alone = next(iter(images(pictures, label_mode=None)))
    assert alone.shape == (4, 4, 5, 3)
    assert images(pictures, label_mode=None).class_names is None


def test_a_network_learns_from_a_folder(pictures, capsys):
    training, held_out = utils.image_dataset_from_directory(
        pictures, image_size=(4, 5), batch_size=4, validation_split=0.2, subset="both", seed=0
    )
    assert capsys.readouterr().out.splitlines() == [
        f"15 pictures of 3 classes are in {pictures!r}.",
        "12 of them are for training.",
        "3 of them are for validation.",
    ]
    model = hornet.Sequential([layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(3)])
    model.compile("adam", hornet.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    ready = training.cache().shuffle(100).prefetch(hornet.data.AUTOTUNE)
    history = model.fit(ready, epochs=2, validation_data=held_out.cache(), verbose=0).history
    assert list(history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert model.predict(held_out, verbose=0).shape == (3, 3)
    scaled = training.map(lambda x, y: (x / 255.0, y))
    x, _ = next(iter(scaled))
    assert x.max() <= 1


def test_a_broken_picture_among_good_ones_is_named(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(3):
            utils.save_img(tmp_path / name / f"{number}.png", np.ones((3, 3, 3)))
    (tmp_path / "b" / "1.png").write_bytes(b"no picture")
    dataset = images(tmp_path, shuffle=False)
    with pytest.raises(CorruptFileError, match=r"b/1\.png.*Pillow cannot read it"):
        joined(dataset)


def test_links_are_followed_where_they_are_to_be(pictures, tmp_path):
    utils.save_img(tmp_path / "1.png", np.ones((2, 2, 3)))
    (tmp_path / "top" / "a").mkdir(parents=True)
    utils.save_img(tmp_path / "top" / "a" / "0.png", np.ones((2, 2, 3)))
    (tmp_path / "top" / "a" / "link").symlink_to(f"{pictures}/cats")
    assert len(images(tmp_path / "top").file_paths) == 1
    assert len(images(tmp_path / "top", follow_links=True).file_paths) == 6


# --- texts ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    top = tmp_path_factory.mktemp("texts")
    for name in ("bad", "good"):
        (top / name).mkdir()
        for number in range(3):
            (top / name / f"{number}.txt").write_text(f"{name} über {number}", encoding="utf-8")
    return str(top)


def test_texts_are_strings_beside_their_labels(texts):
    dataset = utils.text_dataset_from_directory(texts, batch_size=4, shuffle=False, verbose=False)
    words, labels = joined(dataset)
    assert words.tolist() == [f"{name} über {number}" for name in ("bad", "good") for number in range(3)]
    assert labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert dataset.class_names == ["bad", "good"]
    short = utils.text_dataset_from_directory(texts, label_mode=None, max_length=5, shuffle=False, verbose=False)
    assert next(short.as_numpy_iterator()).tolist() == ["bad ü"] * 3 + ["good "] * 3
    training, held_out = utils.text_dataset_from_directory(
        texts, validation_split=0.5, subset="both", seed=1, verbose=False
    )
    paths, labels, _ = theirs.index_directory(texts, "inferred", (".txt",), seed=1, verbose=False)
    assert (training.file_paths, held_out.file_paths) == (paths[:3], paths[3:])
    lookup = layers.StringLookup()
    lookup.adapt(dataset.map(lambda texts, labels: texts))
    assert len(lookup.get_vocabulary()) == 7


def test_a_text_in_another_encoding_is_read_with_a_warning(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "old.txt").write_bytes("über".encode("latin-1"))
    dataset = utils.text_dataset_from_directory(tmp_path, verbose=False)
    with pytest.warns(UserWarning, match=r"old\.txt' is no text in UTF-8"):
        assert joined(dataset)[0].tolist() == ["\N{REPLACEMENT CHARACTER}ber"]


# --- refusals ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"directory": "/no/such/folder"}, "'/no/such/folder' is no folder"),
        ({"directory": "{}/cats/more"}, "has no subfolders, which classes are read from"),
        ({"directory": "{}/.hidden", "labels": None}, r"There are no pictures in .*no name ends in \.bmp"),
        ({"labels": "infered"}, "`labels` must be one of 'inferred'"),
        ({"labels": 3}, "`labels` must be 'inferred', None or a list, not 3"),
        ({"labels": [1, 2]}, "`labels` holds 2 labels, and .* 15 pictures"),
        ({"labels": None, "class_names": ["cats"]}, "`class_names` orders subfolders"),
        ({"class_names": ["cats", "cows"]}, "`class_names` has 'cows'"),
        ({"label_mode": "integer"}, "`label_mode` must be one of 'int'"),
        ({"label_mode": "binary"}, "is for two classes, and there are 3"),
        ({"color_mode": "bgr"}, "`color_mode` must be one of"),
        ({"image_size": (1, 2, 3)}, "`image_size` must be `\\(height, width\\)`"),
        ({"image_size": (0, 2)}, "`image_size` must be a positive integer"),
        ({"interpolation": "area"}, "`interpolation` must be one of"),
        ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, "exclude each other"),
        ({"validation_split": 0.2}, "`validation_split` is given without `subset`"),
        ({"subset": "training"}, "`subset` is given without `validation_split`"),
        ({"subset": "test", "validation_split": 0.2}, "`subset` must be one of"),
        ({"subset": "both", "validation_split": 1.2}, "`validation_split` must be a finite number above 0"),
        ({"subset": "both", "validation_split": 0.01}, "is not one whole file"),
        ({"subset": "training", "validation_split": 0.2}, "`seed` is None, so the calls"),
        ({"batch_size": 0}, "`batch_size` must be a positive integer"),
    ],
)
def test_what_a_folder_does_not_have_is_said_in_a_sentence(pictures, arguments, says):
    folder = arguments.get("directory", "{}").format(pictures)
    with pytest.raises((ValueError, TypeError, OSError), match=says):
        images(folder, **{name: value for name, value in arguments.items() if name != "directory"})
