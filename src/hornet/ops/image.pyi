"""Written by `tools/write_stubs.py`."""

from collections.abc import Sequence
from typing import overload

from jax import Array

from hornet.core.symbolic import SymbolicTensor
from hornet.core.types import ArrayLike, SymbolicLike

__all__ = [
    "affine_transform",
    "crop_images",
    "extract_patches",
    "extract_patches_3d",
    "gaussian_blur",
    "hsv_to_rgb",
    "map_coordinates",
    "pad_images",
    "perspective_transform",
    "resize",
    "rgb_to_grayscale",
    "rgb_to_hsv",
    "scale_and_translate",
    "sobel_edges",
    "ssim",
]

@overload
def affine_transform(
    images: SymbolicLike,
    transform: SymbolicLike | ArrayLike,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> SymbolicTensor:
    r"""Return images moved, turned, stretched or sheared."""

@overload
def affine_transform(
    images: ArrayLike,
    transform: SymbolicLike,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> SymbolicTensor: ...
@overload
def affine_transform(
    images: ArrayLike,
    transform: ArrayLike,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Array: ...
@overload
def crop_images(
    images: SymbolicLike,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> SymbolicTensor:
    r"""Return images without their edges; of height and of width, two of three numbers are given."""

@overload
def crop_images(
    images: ArrayLike,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Array: ...
@overload
def extract_patches(
    images: SymbolicLike,
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> SymbolicTensor:
    r"""Return the patches of images, the elements of each along the axis of channels."""

@overload
def extract_patches(
    images: ArrayLike,
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Array: ...
@overload
def extract_patches_3d(
    volumes: SymbolicLike,
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> SymbolicTensor:
    r"""Return the patches of volumes, the elements of each along the axis of channels; see `extract_patches`."""

@overload
def extract_patches_3d(
    volumes: ArrayLike,
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Array: ...
@overload
def gaussian_blur(
    images: SymbolicLike,
    kernel_size: Sequence[int] = (3, 3),
    sigma: Sequence[float] = (1.0, 1.0),
    data_format: str | None = None,
) -> SymbolicTensor:
    r"""Return blurred images: each element becomes a mean of those around it, weighted by a bell curve."""

@overload
def gaussian_blur(
    images: ArrayLike,
    kernel_size: Sequence[int] = (3, 3),
    sigma: Sequence[float] = (1.0, 1.0),
    data_format: str | None = None,
) -> Array: ...
@overload
def hsv_to_rgb(images: SymbolicLike, data_format: str | None = None) -> SymbolicTensor:
    r"""Return red, green and blue of hue, saturation and value, all from 0 to 1."""

@overload
def hsv_to_rgb(images: ArrayLike, data_format: str | None = None) -> Array: ...
@overload
def map_coordinates(
    inputs: SymbolicLike,
    coordinates: SymbolicLike | ArrayLike,
    order: int,
    fill_mode: str = "constant",
    fill_value: float = 0,
) -> SymbolicTensor:
    r"""Return the values of an array at places between its elements."""

@overload
def map_coordinates(
    inputs: ArrayLike, coordinates: SymbolicLike, order: int, fill_mode: str = "constant", fill_value: float = 0
) -> SymbolicTensor: ...
@overload
def map_coordinates(
    inputs: ArrayLike, coordinates: ArrayLike, order: int, fill_mode: str = "constant", fill_value: float = 0
) -> Array: ...
@overload
def pad_images(
    images: SymbolicLike,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> SymbolicTensor:
    r"""Return images with zeros around them; of height and of width, two of three numbers are given."""

@overload
def pad_images(
    images: ArrayLike,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Array: ...
@overload
def perspective_transform(
    images: SymbolicLike,
    start_points: SymbolicLike | ArrayLike,
    end_points: SymbolicLike | ArrayLike,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> SymbolicTensor:
    r"""Return images as seen from elsewhere: four points are moved to others, and the rest with them."""

@overload
def perspective_transform(
    images: ArrayLike,
    start_points: SymbolicLike,
    end_points: SymbolicLike | ArrayLike,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> SymbolicTensor: ...
@overload
def perspective_transform(
    images: ArrayLike,
    start_points: ArrayLike,
    end_points: SymbolicLike,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> SymbolicTensor: ...
@overload
def perspective_transform(
    images: ArrayLike,
    start_points: ArrayLike,
    end_points: ArrayLike,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Array: ...
@overload
def resize(
    images: SymbolicLike,
    size: Sequence[int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> SymbolicTensor:
    r"""Return images in another size; integers are rounded."""

@overload
def resize(
    images: ArrayLike,
    size: Sequence[int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Array: ...
@overload
def rgb_to_grayscale(images: SymbolicLike, data_format: str | None = None) -> SymbolicTensor:
    r"""Return grey images of those in red, green and blue; what is grey stays."""

@overload
def rgb_to_grayscale(images: ArrayLike, data_format: str | None = None) -> Array: ...
@overload
def rgb_to_hsv(images: SymbolicLike, data_format: str | None = None) -> SymbolicTensor:
    r"""Return hue, saturation and value of red, green and blue, all from 0 to 1."""

@overload
def rgb_to_hsv(images: ArrayLike, data_format: str | None = None) -> Array: ...
@overload
def scale_and_translate(
    images: SymbolicLike,
    output_shape: Sequence[int],
    scale: SymbolicLike | ArrayLike,
    translation: SymbolicLike | ArrayLike,
    spatial_dims: Sequence[int],
    method: str,
    antialias: bool = True,
) -> SymbolicTensor:
    r"""Return an array whose axes are stretched and moved; what lies outside is zero."""

@overload
def scale_and_translate(
    images: ArrayLike,
    output_shape: Sequence[int],
    scale: SymbolicLike,
    translation: SymbolicLike | ArrayLike,
    spatial_dims: Sequence[int],
    method: str,
    antialias: bool = True,
) -> SymbolicTensor: ...
@overload
def scale_and_translate(
    images: ArrayLike,
    output_shape: Sequence[int],
    scale: ArrayLike,
    translation: SymbolicLike,
    spatial_dims: Sequence[int],
    method: str,
    antialias: bool = True,
) -> SymbolicTensor: ...
@overload
def scale_and_translate(
    images: ArrayLike,
    output_shape: Sequence[int],
    scale: ArrayLike,
    translation: ArrayLike,
    spatial_dims: Sequence[int],
    method: str,
    antialias: bool = True,
) -> Array: ...
@overload
def sobel_edges(images: SymbolicLike, data_format: str | None = None) -> SymbolicTensor:
    r"""Return how steep images are: along the height, and along the width."""

@overload
def sobel_edges(images: ArrayLike, data_format: str | None = None) -> Array: ...
@overload
def ssim(
    image1: SymbolicLike,
    image2: SymbolicLike | ArrayLike,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> SymbolicTensor:
    r"""Return how alike images are, 1 where they are equal: the index of structural similarity."""

@overload
def ssim(
    image1: ArrayLike,
    image2: SymbolicLike,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> SymbolicTensor: ...
@overload
def ssim(
    image1: ArrayLike,
    image2: ArrayLike,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> Array: ...
