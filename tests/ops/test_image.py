"""Operations on images against Keras's, single ones and batches, with channels last and first."""

import inspect

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from tests.tables import instances

from hornet import Input, Model, layers, ops
from hornet.core.symbolic import SymbolicTensor

rng = np.random.default_rng(0)
X = rng.uniform(0.1, 0.9, (2, 5, 4, 3)).astype("float32")
N = rng.integers(0, 255, (2, 5, 4, 3)).astype("uint8")
SLOPE = np.array([1.0, 0.2, -0.5, -0.1, 0.9, 0.3, 0, 0], "float32")
CORNERS = np.array([[0, 0], [0, 4], [3, 0], [3, 4]], "float32")
ENDS = np.array([[0.5, 0.2], [0.1, 3.8], [2.5, -0.2], [3.3, 4.5]], "float32")
VOLUMES = rng.normal(size=(2, 4, 5, 3, 2)).astype("float32")
PLACES = rng.uniform(-1, 4, (2, 3)).astype("float32")

# The calls of each operation, for images with channels last.
TABLE = {
    "resize": [
        *[(X, (3, 7), {"interpolation": how}) for how in ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")],
        (X, (3, 2), {"antialias": True}),
        (X, (4, 2), {"crop_to_aspect_ratio": True}),
        (X, [2, 7], {"crop_to_aspect_ratio": True, "interpolation": "nearest"}),
        (X, (4, 2), {"pad_to_aspect_ratio": True, "fill_value": 0.5}),
        (X, (2, 7), {"pad_to_aspect_ratio": True}),
        (X, (5, 4), {"pad_to_aspect_ratio": True}),
        (N, (7, 3)),
        (N, (3, 8), {"interpolation": "bicubic"}),
    ],
    "rgb_to_grayscale": [(X,), (N,), (X[..., :1],)],
    "rgb_to_hsv hsv_to_rgb": [(X,), (np.round(X),)],
    "pad_images": [(X, 1, 2, 0, 3), (X, 1, None, None, 0, 9, 6), (X, None, 1, 2, None, 8, 8)],
    "crop_images": [(X, 1, 2, 0, 1), (X, 1, None, None, 0, 2, 3), (X, None, 1, 2, None, 2, 2)],
    "affine_transform": [
        (X[:1], SLOPE),
        (X[:1], SLOPE, {"interpolation": "nearest", "fill_mode": "reflect"}),
        (X[:1], SLOPE[None], {"fill_value": 0.5}),
    ],
    "extract_patches": [(X, (2, 3)), (X, 2, 1, 2), (X, (3, 2), {"strides": (2, 1), "padding": "same"})],
    "perspective_transform": [(X[:1], CORNERS, ENDS), (X[:1], CORNERS[None], ENDS[None], "nearest", 0.5)],
    "ssim": [(X, X[::-1], {"filter_size": 3}), (X, X + 0.01, {"filter_size": 3, "max_val": 2.0})],
    "gaussian_blur": [(X,), (X, (5, 3), (0.5, 2.0))],
    "sobel_edges": [(X,)],
}
CASES = [(name, run) for names, runs in TABLE.items() for name in names.split() for run in runs]
RUNS = instances(("name", "arguments"), CASES, ids=[f"{name}-{place}" for place, (name, _) in enumerate(CASES)])


def call(module, name, arguments, **more):
    *args, last = arguments
    args, kwargs = (args, last) if isinstance(last, dict) else (arguments, {})
    return getattr(module.image, name)(*args, **kwargs, **more)


def is_first(images):
    return np.moveaxis(images, -1, 1)


def test_every_operation_has_a_case():
    otherwise = {"map_coordinates", "scale_and_translate", "extract_patches_3d"}
    assert {name for name, _ in CASES} == set(ops.image.__all__) - otherwise


@pytest.mark.parametrize("name", ops.image.__all__)
def test_arguments_and_defaults_are_those_of_keras(name):
    ours, theirs = (
        [(one.name, one.default) for one in inspect.signature(getattr(module, name)).parameters.values()]
        for module in (ops.image, keras.ops.image)
    )
    assert ours == theirs


@RUNS
def test_results_and_types_are_those_of_keras(name, arguments, oracle):
    result = call(ops, name, arguments, data_format="channels_last")  # where Keras's default is ignored at times
    (expected,) = oracle("result", lambda: call(keras.ops, name, arguments, data_format="channels_last"))
    assert (result.shape, result.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-5)


@RUNS
def test_channels_first_single_images_programs_and_symbols_agree(name, arguments):
    images, *rest = arguments
    result = call(ops, name, arguments)
    rounding = 1 if images.dtype == "uint8" else 1e-6
    if name != "ssim":
        moved = call(ops, name, (is_first(images), *rest), data_format="channels_first")
        np.testing.assert_allclose(moved, jnp.moveaxis(result, 3, 1), rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(call(ops, name, (images[-1], *rest)), result[-1], rtol=1e-6, atol=rounding)
    program = jax.jit(lambda images: call(ops, name, (images, *rest)))
    np.testing.assert_allclose(program(images), result, rtol=1e-6, atol=rounding)
    if name != "ssim":  # of two arguments
        symbolic = call(ops, name, (SymbolicTensor((None, *images.shape[1:]), images.dtype), *rest))
        assert (symbolic.shape, symbolic.dtype) == ((None, *result.shape[1:]), result.dtype)


@pytest.mark.parametrize("arguments", [(2,), ((2, 3, 1), (1, 2, 1)), ((2, 2, 2), 1, 1, "same")])
def test_patches_of_volumes_are_those_of_keras(arguments):
    ours, theirs = (module.image.extract_patches_3d(VOLUMES, *arguments) for module in (ops, keras.ops))
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    moved = ops.image.extract_patches_3d(np.moveaxis(VOLUMES, -1, 1), *arguments, data_format="channels_first")
    np.testing.assert_allclose(moved, jnp.moveaxis(ours, -1, 1), atol=1e-6)
    np.testing.assert_allclose(ops.image.extract_patches_3d(VOLUMES[0], *arguments), ours[0], atol=1e-6)
    assert ops.image.extract_patches(VOLUMES, (2, 2, 2)).shape == ops.image.extract_patches_3d(VOLUMES, 2).shape


def test_a_transform_is_of_one_image_or_of_all():
    both = ops.image.affine_transform(X, np.stack([SLOPE, 2 * SLOPE]))
    each = [ops.image.affine_transform(image, slope) for image, slope in zip(X, (SLOPE, 2 * SLOPE), strict=True)]
    np.testing.assert_allclose(both, each, atol=1e-6)
    np.testing.assert_allclose(ops.image.affine_transform(X, SLOPE)[1], ops.image.affine_transform(X[1], SLOPE))
    both = ops.image.ssim(X, X[::-1], filter_size=3)
    moved = is_first(X)
    first = ops.image.ssim(moved[0], moved[1], filter_size=3, data_format="channels_first")
    np.testing.assert_allclose(first, both[0], rtol=1e-4)
    images = SymbolicTensor((None, None, 4, 3), "float32")
    assert ops.image.ssim(images, images, filter_size=3).shape == (None,)


@pytest.mark.parametrize("arguments", [{}, {"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True}])
def test_images_of_unknown_sizes_are_resized(arguments):
    images = Input((None, None, 3))
    small = layers.Resizing(2, 3, **arguments)(images)
    assert small.shape == (None, 2, 3, 3)
    model = Model(images, small)
    for shape in ((1, 4, 5, 3), (2, 7, 2, 3)):
        x = rng.normal(size=shape).astype("float32")
        np.testing.assert_allclose(model.predict(x, verbose=0), ops.image.resize(x, (2, 3), **arguments), atol=1e-6)


def test_places_between_elements_are_those_of_keras():
    for arguments in ((1,), (0, "nearest"), (1, "constant", 2.0)):
        ours, theirs = (module.image.map_coordinates(X[0, :, :, 0], PLACES, *arguments) for module in (ops, keras.ops))
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    arguments = ((2, 6, 6, 3), np.array([2.0, 1.5], "float32"), np.array([0.5, -1.0], "float32"), (1, 2), "cubic")
    ours, theirs = (module.image.scale_and_translate(X, *arguments) for module in (ops, keras.ops))
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: ops.image.resize(X[0, 0], (2, 2)), r"shape \(4, 3\), and an image has three axes"),
        (lambda: ops.image.resize(X, (2, 2, 2)), r"`size` must be `\(height, width\)`"),
        (lambda: ops.image.resize(X, (2, 0)), "`size` must be a positive integer, not 0"),
        (lambda: ops.image.resize(X, (2, 2), "area"), "`interpolation` must be one of"),
        (
            lambda: ops.image.resize(X, (2, 2), crop_to_aspect_ratio=True, pad_to_aspect_ratio=True),
            "exclude each other",
        ),
        (lambda: ops.image.rgb_to_hsv(N), "holds uint8, and colours are from 0 to 1"),
        (lambda: ops.image.rgb_to_grayscale(X[..., :2]), "colours are three numbers along axis -1"),
        (lambda: ops.image.pad_images(X, 1, 1), "Pass two of `top_padding` and `bottom_padding` and `target_height`"),
        (lambda: ops.image.crop_images(X, 4, 0, 2, 0), "do not fit images of height 5"),
        (lambda: ops.image.pad_images(X, 0, 0, None, 0, 3), "do not fit images of height 5"),
        (lambda: ops.image.affine_transform(X, SLOPE[:6]), "Pass 8 numbers"),
        (lambda: ops.image.map_coordinates(X, PLACES, 1), "`inputs` 4 axes"),
        (lambda: ops.image.perspective_transform(X, CORNERS[:3], CORNERS[:3]), "Pass four points"),
        (lambda: ops.image.ssim(X, X), "at least as large as `filter_size`, 11"),
        (lambda: ops.image.extract_patches(X, (1, 2, 3, 4)), "`size` must be one number or 2"),
        (lambda: ops.image.extract_patches_3d(X[0], 2), "a volume has four axes"),
        (lambda: layers.Resizing(2, 2, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True), "exclude each other"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(make, says):
    with pytest.raises(ValueError, match=says):
        make()
