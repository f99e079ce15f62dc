"""`ImageDataGenerator` beside that of Keras 2, which Keras 3 still carries: with a seed both yield the same.

But Keras moves pictures sideways by `height_shift_range`, and turns those that are not square around another point.
"""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from keras.src.legacy.preprocessing import image as theirs

import hornet
from hornet import layers
from hornet.preprocessing import image as ours

pytestmark = pytest.mark.filterwarnings("ignore:Please import .affine_transform.")  # as Keras does not yet

rng = np.random.default_rng(0)
X = rng.uniform(0, 255, (7, 8, 8, 3))
Y = np.array([0, 1, 0, 1, 1, 0, 1])
ARGUMENTS = [
    {"rotation_range": 40, "width_shift_range": 0.2, "height_shift_range": 0.3, "horizontal_flip": True},
    {"shear_range": 20, "zoom_range": 0.3, "vertical_flip": True, "fill_mode": "reflect", "interpolation_order": 0},
    {"zoom_range": (0.5, 0.8), "channel_shift_range": 50.0, "fill_mode": "constant", "cval": 9.0, "rescale": 1 / 255},
    {"width_shift_range": 3, "height_shift_range": [1, 4], "fill_mode": "wrap", "data_format": "channels_first"},
    {"brightness_range": (0.3, 1.7), "preprocessing_function": lambda x: x / 2},
    {"brightness_range": (0.3, 1.7), "horizontal_flip": True, "dtype": "float64"},
    {"samplewise_center": True, "rotation_range": 10},
    {"samplewise_std_normalization": True, "rescale": 0.1},
    {"featurewise_std_normalization": True, "horizontal_flip": True},
    {"zca_whitening": True},
]
EACH = pytest.mark.parametrize("arguments", ARGUMENTS, ids="-".join)


class Straight(theirs.ImageDataGenerator):
    """Keras's, whose heights are heights."""

    def get_random_transform(self, img_shape, seed=None):
        drawn = super().get_random_transform(img_shape, seed)
        return drawn | {"tx": drawn["ty"], "ty": drawn["tx"]}


def both(arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Keras's, of arguments that ask for others
        generators = [kind(**arguments) for kind in (ours.ImageDataGenerator, Straight)]
    x = X.transpose(0, 3, 1, 2) if arguments.get("data_format") == "channels_first" else X
    for generator in generators:
        if generator.featurewise_center:
            generator.fit(x)
    return x, generators


@EACH
def test_a_seed_yields_what_keras_yields(arguments):
    x, generators = both(arguments)
    batches = [generator.flow(x, Y, batch_size=3, seed=5) for generator in generators]
    for _ in range(7):  # over two ends of a pass
        (images, labels), (expected, expected_labels) = (next(one) for one in batches)
        np.testing.assert_allclose(images, expected, rtol=1e-4, atol=1e-4)
        np.testing.assert_array_equal(labels, expected_labels)
        assert images.dtype == expected.dtype


@EACH
def test_what_is_drawn_is_drawn_in_keras_s_order(arguments):
    x, (generator, twin) = both(arguments)
    assert generator.get_random_transform(x[0].shape, seed=3) == twin.get_random_transform(x[0].shape, seed=3)
    np.testing.assert_allclose(generator.random_transform(x[0], seed=4), twin.random_transform(x[0], seed=4), atol=1e-4)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("random_rotation", (30,)),
        ("random_shear", (20,)),
        ("random_zoom", ((0.5, 1.5),)),
        ("random_channel_shift", (30.0,)),
    ],
)
def test_changes_by_hand_are_keras_s(name, arguments):
    results = []
    for package in (ours, theirs):
        np.random.seed(1)
        results.append(getattr(package, name)(X[0].transpose(2, 0, 1), *arguments))
    np.testing.assert_allclose(*results, atol=1e-8)


def test_heights_are_heights_and_widths_widths():
    picture = np.arange(12.0).reshape(3, 4, 1)
    down = ours.ImageDataGenerator(height_shift_range=[1], fill_mode="constant", cval=-1).random_transform(picture)
    assert (down[1] == picture[0]).all() or (down[1] == picture[2]).all()
    moved = ours.random_shift(picture, 0.0, 0.9, 0, 1, 2)
    np.testing.assert_allclose(moved - moved[:, :1], picture - picture[:, :1])
    assert not np.allclose(moved, picture)
    turned = ours.apply_affine_transform(picture, theta=180, row_axis=0, col_axis=1, channel_axis=2)
    np.testing.assert_allclose(turned, picture[::-1, ::-1], atol=1e-9)


def test_brightness_by_hand_is_keras_s():
    for x in (X[0], X[0] - 100):
        for scale in (True, False):
            results = [package.apply_brightness_shift(x, 1.4, scale) for package in (ours, theirs)]
            np.testing.assert_allclose(*results, atol=1e-3)


def test_brightness_of_channels_that_come_first():
    """Keras takes the width for channels then."""
    first, last = (
        ours.ImageDataGenerator(brightness_range=(0.3, 0.4), data_format=f"channels_{place}")
        for place in ("first", "last")
    )
    expected = last.random_transform(X[0], seed=1).transpose(2, 0, 1)
    np.testing.assert_array_equal(first.random_transform(X[0].transpose(2, 0, 1), seed=1), expected)


def test_batches_by_number_are_those_one_after_another():
    batches = ours.ImageDataGenerator(rotation_range=30).flow(X, Y, batch_size=3, seed=5)
    by_number = [batches[index] for index in (2, 0, 1)]
    batches.on_epoch_end()
    by_number += [batches[index] for index in (1, 2, 0)]
    in_turn = [batches.next() for _ in range(6)]
    for place, (images, labels) in zip((2, 0, 1, 4, 5, 3), by_number, strict=True):
        np.testing.assert_array_equal(images, in_turn[place][0])
        np.testing.assert_array_equal(labels, in_turn[place][1])


def test_parts_others_and_weights():
    generators = [package.ImageDataGenerator(validation_split=0.3) for package in (ours, theirs)]
    extra, weights = np.arange(7), np.arange(7) / 7
    for subset in ("training", "validation"):
        found, expected = (
            generator.flow((X, [extra]), Y, sample_weight=weights, subset=subset, shuffle=False)[0]
            for generator in generators
        )
        for own, other in zip([*found[0], found[1]], [*expected[0], expected[1]], strict=True):
            np.testing.assert_array_equal(own, other)
        np.testing.assert_array_equal(found[2], weights[found[0][1]])  # Keras's are those of the first rows
    assert ours.ImageDataGenerator().flow(X).next().shape == X.shape


@pytest.fixture
def folder(tmp_path):
    for number, name in enumerate(
        ("cats/1.png", "cats/2.png", "cats/more/3.bmp", "dogs/4.jpg", "dogs/5.png", "x/6.PNG")
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        hornet.utils.save_img(tmp_path / name, X[number], file_format=name.split(".")[1].lower())
    (tmp_path / "dogs/notes.txt").write_text("no picture")
    return tmp_path


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"class_mode": "sparse", "color_mode": "grayscale", "batch_size": 4},
        {"class_mode": "binary", "classes": ["dogs", "cats"]},
        {"class_mode": "input", "interpolation": "bilinear", "keep_aspect_ratio": True},
        {"class_mode": None, "shuffle": False},
        {"subset": "training"},
        {"subset": "validation"},
    ],
    ids=lambda how: "-".join(how) or "defaults",
)
def test_folders_are_read_as_by_keras(folder, how):
    made = [
        package.ImageDataGenerator(rotation_range=20, validation_split=0.4 if "subset" in how else 0.0)
        .flow_from_directory(folder, target_size=(6, 6), seed=2, **how)
        for package in (ours, theirs)
    ]  # fmt: skip
    for name in ("class_indices", "filenames", "samples", "n", "num_classes", "image_shape", "batch_size", "filepaths"):
        assert getattr(made[0], name) == getattr(made[1], name), name
    np.testing.assert_array_equal(made[0].classes, made[1].classes)
    for _ in range(3):
        for found, expected in zip(*(_as_list(next(one)) for one in made), strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-3)


def _as_list(batch):
    return list(batch) if isinstance(batch, tuple) else [batch]


FRAMES = [
    ({"y_col": "kind"}, {}),
    ({"y_col": "kind", "class_mode": "sparse", "classes": ["dogs", "x"]}, {}),
    ({"y_col": "size", "class_mode": "raw", "weight_col": "size"}, {}),
    ({"y_col": ["size", "kind"], "class_mode": "multi_output"}, {}),
    ({"y_col": "kinds"}, {}),
    ({"class_mode": None}, {}),
    ({"y_col": "kind", "subset": "validation"}, {"validation_split": 0.4}),
]


@pytest.mark.parametrize(("how", "of_generator"), FRAMES, ids=lambda how: "-".join(how) or "defaults")
def test_frames_are_read_as_by_keras(folder, how, of_generator):
    names = ["dogs/4.jpg", "cats/1.png", "x/6.PNG", "cats/2.png", "cats/none.png"]
    frame = pd.DataFrame(
        {"filename": names, "kind": ["dogs", "cats", "x", "cats", "cats"], "size": [1.0, 2.0, 3.0, 4.0, 5.0]}
    )
    frame["kinds"] = [["dogs"], ["cats", "x"], ["x"], ["cats"], ["cats"]]
    made = []
    for package in (ours, theirs):
        with pytest.warns(UserWarning, match="names|filename"):
            made.append(
                package.ImageDataGenerator(**of_generator).flow_from_dataframe(
                    frame, folder, target_size=(6, 6), seed=2, **how
                )
            )
    for name in ("filenames", "samples", "image_shape", "filepaths"):
        assert getattr(made[0], name) == getattr(made[1], name), name
    found, expected = (_flat(next(one)) for one in made)
    for own, other in zip(found, expected, strict=True):
        assert own.tolist() == other.tolist()


def _flat(batch):
    return [array for part in _as_list(batch) for array in (part if isinstance(part, list) else [part])]


def test_frames_of_polars(folder):
    frame = pl.DataFrame({"filename": ["dogs/4.jpg", "cats/1.png"], "class": ["dogs", "cats"]})
    x, y = next(ours.ImageDataGenerator().flow_from_dataframe(frame, folder, shuffle=False, target_size=(4, 4)))
    assert (x.shape, y.tolist()) == ((2, 4, 4, 3), [[0.0, 1.0], [1.0, 0.0]])


def test_models_train_on_them_and_predict_in_order(folder):
    batches = ours.ImageDataGenerator(rescale=1 / 255, horizontal_flip=True).flow_from_directory(
        folder, target_size=(6, 6), batch_size=4, save_to_dir=folder, save_prefix="seen"
    )
    model = hornet.Sequential([layers.Flatten(), layers.Dense(3, "softmax")])
    model.compile("sgd", "categorical_crossentropy")
    assert model.fit(batches, epochs=2, verbose=0).params["steps"] == 2
    assert len(list(folder.glob("seen*.png"))) >= 12
    x = X[:, :6, :6].astype("float32") / 255
    in_order = ours.ImageDataGenerator().flow(x, batch_size=3, shuffle=False)
    np.testing.assert_allclose(model.predict(in_order, verbose=0), model.predict(x, verbose=0), rtol=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda make, folder: make().flow(X[0]), "pictures have four axes"),
        (lambda make, folder: make().flow(X, Y[:3]), "`y` has 3 rows, and 7 pictures are given"),
        (lambda make, folder: make().flow(X, Y)[3], "There is no batch 3: there are 1"),
        (lambda make, folder: make(validation_split=0.2).flow(X, Y, subset="test"), "`subset`"),
        (lambda make, folder: make(fill_mode="mirror"), "`fill_mode`"),
        (lambda make, folder: make(zoom_range=(1, 2, 3)), "`zoom_range` must be two numbers"),
        (lambda make, folder: make().fit(X[0]), "pictures have four axes"),
        (lambda make, folder: make().flow_from_directory(folder / "cats/more"), "has no subfolders"),
        (lambda make, folder: make().flow_from_directory(folder / "none"), "is no folder"),
        (lambda make, folder: make().flow_from_directory(folder, class_mode="binary"), "two classes, and there are 3"),
        (lambda make, folder: make().flow_from_dataframe(pd.DataFrame({"a": ["b"]})), "no column 'filename'"),
        (
            lambda make, folder: make().flow_from_dataframe(
                pd.DataFrame({"filename": ["cats/1.png"], "class": [3]}), folder
            ),
            "are strings",
        ),
    ],
)
def test_bad_input_gets_a_sentence(folder, call, message):
    with pytest.raises((ValueError, TypeError, IndexError, OSError), match=message):
        call(ours.ImageDataGenerator, folder)


def test_a_broken_picture_is_named(folder):
    (folder / "dogs/5.png").write_bytes(b"no picture")
    with pytest.raises(hornet.CorruptFileError, match=r"dogs.5\.png"):
        next(ours.ImageDataGenerator().flow_from_directory(folder))


def test_scaling_by_data_that_was_not_seen_is_said():
    with pytest.warns(UserWarning, match=r"Call `fit\(x\)` first"):
        ours.ImageDataGenerator(featurewise_center=True).standardize(X[0])
