"""What the layers that change images do beside the laws: what each draw is, and what it does, compared with Keras."""

import keras
import numpy as np
import pytest
from tests.tables import instances

import hornet
from hornet import layers, ops

rng = np.random.default_rng(0)
X = rng.uniform(0, 255, (3, 6, 5, 3)).astype("float32")
MANY = np.tile(X[:1], (400, 1, 1, 1))
RANDOM = [
    ("RandomBrightness", {"factor": 0.3}),
    ("RandomBrightness", {"factor": 0.3, "value_range": (-255, 255)}),
    ("RandomColorDegeneration", {"factor": 0.6}),
    ("RandomContrast", {"factor": (0.2, 0.7)}),
    ("RandomContrast", {"factor": 0.7, "data_format": "channels_first"}),
    ("RandomErasing", {"factor": (0.5, 1.0), "fill_value": 3.0}),
    ("RandomFlip", {"mode": "horizontal"}),
    ("RandomFlip", {"mode": "vertical"}),
    ("RandomFlip", {"data_format": "channels_first"}),
    ("RandomGrayscale", {"factor": 0.5}),
    ("RandomHue", {"factor": 0.8}),
    ("RandomInvert", {"factor": (0.4, 1.0)}),
    ("RandomPerspective", {"scale": 0.6, "fill_value": 2.0}),
    ("RandomPosterization", {"factor": (1, 6)}),
    ("RandomRotation", {"factor": 0.3}),
    ("RandomRotation", {"factor": 0.3, "fill_mode": "constant", "fill_value": 7.0, "interpolation": "nearest"}),
    ("RandomSaturation", {"factor": (0.1, 0.5)}),
    ("RandomSharpness", {"factor": 1.0}),
    ("RandomShear", {"x_factor": 0.3, "y_factor": (0.1, 0.4), "fill_mode": "wrap"}),
    ("RandomTranslation", {"height_factor": 0.3, "width_factor": (0.1, 0.4), "fill_mode": "nearest"}),
    ("RandomZoom", {"height_factor": 0.4}),
    ("RandomZoom", {"height_factor": 0.4, "width_factor": (-0.3, 0.2), "data_format": "channels_first"}),
    ("Solarization", {"addition_factor": 0.2, "threshold_factor": (0.3, 0.8)}),
    ("CutMix", {}),
    ("MixUp", {"alpha": 0.7}),
]
EACH = instances(("name", "how"), RANDOM, ids=lambda case: "-".join(map(str, case)))


def in_format_of(layer, images):
    return images.transpose(0, 3, 1, 2) if layer.data_format == "channels_first" else images


@EACH
def test_what_is_drawn_changes_images_as_in_keras(name, how):
    layer, twin = getattr(layers, name)(**how), getattr(keras.layers, name)(**how)
    images = in_format_of(layer, X)
    drawn = layer.get_random_transformation(images, seed=3)
    theirs = {**drawn, "input_shape": images.shape} if isinstance(drawn, dict) else drawn
    expected = twin.transform_images(images.copy(), theirs)
    np.testing.assert_allclose(layer.transform_images(images, drawn), expected, rtol=1e-5, atol=2e-4)


@EACH
def test_each_row_has_its_own_draw_which_the_seed_repeats(name, how):
    layer = getattr(layers, name)(**how)
    images = in_format_of(layer, np.tile(X[:1], (40, 1, 1, 1)) + np.arange(40).reshape(-1, 1, 1, 1).astype("float32"))
    outputs = []
    for seed in (1, 1, 2):
        hornet.utils.set_random_seed(seed)
        outputs.append(np.asarray(layer(images)))
    np.testing.assert_array_equal(outputs[0], outputs[1])
    assert not np.array_equal(outputs[0], outputs[2])
    np.testing.assert_array_equal(layer(images, training=False), images)
    changes = (outputs[0] - images).round(2).reshape(40, -1)
    assert len(np.unique(changes, axis=0)) > 1
    assert layer(images[0]).shape == images[0].shape


@pytest.mark.parametrize(
    ("layer", "name", "lower", "upper"),
    [
        (layers.RandomBrightness((-0.1, 0.3)), "rgb_delta", -25.5, 76.5),
        (layers.RandomContrast((0.2, 0.7)), "contrast_factor", 0.8, 1.7),
        (layers.RandomHue(0.4), "factor", -0.2, 0.2),
        (layers.RandomRotation((-0.1, 0.2)), "angle", -36.0, 72.0),
        (layers.RandomZoom((-0.3, 0.1)), "height_zoom", 0.7, 1.1),
        (layers.Solarization(threshold_factor=(0.2, 0.4)), "thresholds", 51.0, 102.0),
    ],
)
def test_draws_are_uniform_in_their_range(layer, name, lower, upper):
    draws = np.ravel(layer.get_random_transformation(MANY, seed=5)[name])
    assert lower <= draws.min() < lower + 0.1 * (upper - lower)
    assert upper - 0.1 * (upper - lower) < draws.max() <= upper
    assert abs(draws.mean() - (lower + upper) / 2) < 0.1 * (upper - lower)
    assert abs(np.corrcoef(draws[1:], draws[:-1])[0, 1]) < 0.2


def test_half_of_the_images_are_flipped():
    flips = layers.RandomFlip().get_random_transformation(MANY, seed=0)["flips"]
    assert 0.4 < np.mean(flips) < 0.6
    cuts = layers.RandomCrop(3, 3).get_random_transformation(MANY, seed=0)
    assert set(np.unique(cuts["top"])) == {0, 1, 2, 3}
    assert set(np.unique(cuts["left"])) == {0, 1, 2}
    bits = 8 - np.asarray(layers.RandomPosterization((2, 5)).get_random_transformation(MANY, seed=0)["shift_factor"])
    assert set(np.unique(bits)) == {2, 3, 4}


def test_tones_are_equalized_as_in_keras_image_by_image():
    for how in ({}, {"bins": 16}, {"value_range": (-255, 255)}):
        layer, twin = layers.Equalization(**how), keras.layers.Equalization(**how)
        ours = layer(X)
        for image, one in zip(X, ours, strict=True):
            np.testing.assert_allclose(one, twin(image[None], training=True)[0], rtol=1e-5, atol=1e-3)
    np.testing.assert_array_equal(layers.Equalization()(np.full((1, 2, 2, 1), 9.0)), np.full((1, 2, 2, 1), 9.0))


def test_images_are_blurred_as_in_keras_image_by_image():
    layer = layers.RandomGaussianBlur(factor=(0.5, 1.0), kernel_size=(3, 5), sigma=(0.3, 0.9))
    twin = keras.layers.RandomGaussianBlur.from_config(layer.get_config())
    drawn = layer.get_random_transformation(X, seed=2)
    for row, one in enumerate(layer.transform_images(X, drawn)):
        theirs = {
            "should_apply_blur": drawn["should_apply_blur"][row : row + 1],
            "blur_factor": drawn["blur_factor"][row],
        }
        np.testing.assert_allclose(one, twin.transform_images(X[row : row + 1], theirs)[0], rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("layer", [layers.RandAugment(num_ops=1), layers.AugMix(num_chains=2, chain_depth=1)])
def test_each_image_chooses_layers_of_its_own(layer):
    outputs = np.asarray(layer(np.tile(X[:1], (30, 1, 1, 1))))
    assert outputs.shape == (30, 6, 5, 3)
    assert 0 <= outputs.min() <= outputs.max() <= 255
    assert len(np.unique(outputs.round(1).reshape(30, -1), axis=0)) > 10
    assert layer(X[0]).shape == X[0].shape
    np.testing.assert_array_equal(layer(X, training=False), X)
    chosen = layer.get_random_transformation(MANY, seed=1)["steps"][0]["index"]
    assert len(np.unique(chosen)) == len(layer._layers) + isinstance(layer, layers.AugMix)


def test_a_crop_is_a_part_of_the_image():
    parts = np.asarray(layers.RandomCrop(4, 3)(X))
    for image, part in zip(X, parts, strict=True):
        places = [(top, left) for top in range(3) for left in range(3)]
        assert any(np.array_equal(image[top : top + 4, left : left + 3], part) for top, left in places)
    assert layers.RandomCrop(4, 3)(X, training=False).shape == (3, 4, 3, 3)
    assert layers.RandomCrop(9, 9)(X).shape == (3, 9, 9, 3)


def test_labels_and_masks_go_with_the_images():
    data = {"images": X, "labels": np.eye(3, dtype="float32"), "segmentation_masks": X[..., :1].round()}
    for layer in (layers.RandomFlip("horizontal"), layers.RandomRotation(0.4), layers.RandomBrightness(0.2)):
        result = layer(data)
        drawn = layer.get_random_transformation(X, seed=1)
        np.testing.assert_array_equal(result["labels"], data["labels"])
        masks = layer.transform_segmentation_masks(data["segmentation_masks"], drawn)
        assert set(np.unique(masks)) <= set(np.unique(data["segmentation_masks"]))
    for layer in (layers.MixUp(), layers.CutMix()):
        np.testing.assert_allclose(np.sum(layer(data)["labels"], axis=1), 1.0, rtol=1e-6)
    drawn = layers.MixUp().get_random_transformation(X, seed=1)
    expected = keras.layers.MixUp().transform_labels(data["labels"], drawn)
    np.testing.assert_allclose(layers.MixUp().transform_labels(data["labels"], drawn), expected, rtol=1e-6)


def test_a_stack_is_in_training_unless_something_else_is_said():
    images = X / 255
    for stack in (
        hornet.Sequential([layers.RandomFlip("horizontal"), layers.RandomBrightness(0.5, value_range=(0, 1))]),
        layers.Pipeline([layers.RandomFlip("horizontal"), layers.RandomBrightness(0.5, value_range=(0, 1))]),
    ):
        assert not np.allclose(stack(images), images)
        np.testing.assert_array_equal(stack(images, training=False), images)
    model = hornet.Sequential([hornet.Input((6, 5, 3)), stack, layers.Flatten(), layers.Dense(1)])
    model.compile(loss="mse")
    model.fit(images, np.ones(3), epochs=2, verbose=0)
    np.testing.assert_array_equal(model.predict(images, verbose=0), model.predict(images, verbose=0))
    again = layers.Pipeline.from_config(keras.layers.Pipeline.from_config(stack.get_config()).get_config())
    assert [type(one) for one in again.layers] == [layers.RandomFlip, layers.RandomBrightness]


def test_other_layers_are_in_inference_where_no_mode_is_said():
    told = []

    class Told(layers.Layer):
        def call(self, inputs, training=None):
            told.append((training, hornet.backend.learning_phase()))
            return inputs

    hornet.Sequential([layers.RandomFlip(), Told()])(X)
    assert told[-1] == (False, 0)


def test_a_model_from_keras_leaves_images_as_they_are_in_inference(tmp_path):
    inputs = keras.Input((6, 5, 3))
    keras.Model(inputs, keras.layers.RandomFlip()(inputs)).save(tmp_path / "model.keras")  # which says `training=True`
    model = hornet.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model.predict(X, verbose=0), X)
    assert not np.array_equal(model(X), X)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: layers.RandomFlip("sideways"), "'horizontal'"),
        (lambda: layers.RandomRotation(1.5), "`factor`"),
        (lambda: layers.RandomRotation(0.1, fill_mode="mirror"), "'reflect'"),
        (lambda: layers.RandomZoom(-1.0), "`height_factor`"),
        (lambda: layers.RandomTranslation(0.1, "far"), "`width_factor` must be a number or a pair"),
        (lambda: layers.RandomContrast((0.1, 0.2, 0.3)), "a pair"),
        (lambda: layers.RandomBrightness(0.1, value_range=(1, 1)), "in which nothing differs"),
        (lambda: layers.RandomBrightness(0.1, value_range=255), "`value_range` must be a pair"),
        (lambda: layers.RandomErasing(fill_value=(1, 2)), "Pass one, or three"),
        (lambda: layers.RandomFlip()(X[0, 0]), "images of three axes"),
        (lambda: layers.RandomFlip()([X, X]), "images of three axes"),
        (lambda: layers.RandomFlip()({"images": X, "bounding_boxes": X}), "does not move bounding boxes"),
        (lambda: layers.RandomHue(0.1)(X[..., :2]), "3"),
        (lambda: layers.MixUp()({"images": X, "labels": np.arange(3)}), "one-hot"),
        (lambda: layers.Pipeline(layers.Flatten()), "a list of layers"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def drawn_in_training(*made):
    """Return what layers make of the same images in two steps of a training, by a model that keeps it."""

    class Kept(hornet.Model):
        def __init__(self):
            super().__init__()
            self.made = made
            self.kept = self.add_weight((len(made), *X.shape), initializer="zeros", trainable=False)
            self.scale = self.add_weight((), initializer="ones")

        def call(self, x, training=False):
            if training:
                self.kept.assign(ops.stack([layer(x, training=True) for layer in self.made]))
            return self.scale * ops.mean(x, axis=(1, 2, 3))

    model = Kept()
    model.compile("sgd", "mse")
    steps = []
    for _ in range(2):
        model.fit(X, np.zeros(3), batch_size=3, verbose=0)
        steps.append(np.asarray(model.kept))
    return steps


def test_layers_of_equal_seeds_draw_the_same_in_training():
    same = layers.RandomRotation(0.4, seed=1), layers.RandomRotation(0.4, seed=1)
    other, twice = layers.RandomRotation(0.4, seed=2), layers.RandomRotation(0.4)
    steps = drawn_in_training(*same, other, twice, twice, same[0])
    for of_images, of_masks, *rest in steps:
        np.testing.assert_array_equal(of_images, of_masks)
        assert len(np.unique(np.stack([of_images, *rest]).reshape(5, -1).round(2), axis=0)) == 5
    assert not np.array_equal(*(step[0] for step in steps))


def test_layers_of_equal_seeds_draw_the_same_by_hand_whatever_the_process_drew():
    first, second = layers.RandomFlip(seed=7), layers.RandomFlip(seed=7)
    images = np.tile(X[:1], (40, 1, 1, 1))
    once = [np.asarray(first(images)) for _ in range(2)]
    hornet.utils.set_random_seed(3)
    np.testing.assert_array_equal([second(images) for _ in range(2)], once)
    assert not np.array_equal(*once)


def test_programs_are_not_shared_by_layers_of_other_seeds():
    x, y = np.tile(X[:1], (64, 1, 1, 1)), np.zeros(64)
    losses = []
    for seed in (1, 2, 1):
        hornet.utils.set_random_seed(0)
        model = hornet.Sequential([layers.RandomBrightness(0.5, seed=seed), layers.Flatten(), layers.Dense(1)])
        model.compile("sgd", "mse")
        losses.append(model.fit(x, y, batch_size=64, verbose=0).history["loss"])
    assert losses[0] == losses[2] != losses[1]
