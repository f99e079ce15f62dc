"""Helpers that prepare arrays on the host: NumPy in, NumPy out, and JAX's where these are given."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from numpy.typing import ArrayLike

from hornet.core.checks import describe, non_negative_int, one_of
from hornet.core.containers import to_numbers
from hornet.core.errors import ArgumentError, OutOfBoundsError
from hornet.core.settings import floatx


def to_categorical(x: ArrayLike, num_classes: int | None = None) -> Any:
    """One-hot rows of integer labels.

    Args:
        x: Labels, integers from 0 to `num_classes - 1`, of any shape; a last axis of size 1 is dropped.
        num_classes: Number of classes; `None` takes the highest label plus one.

    Shapes:
        x: `(*batch,)` or `(*batch, 1)`
        output: `(*batch, num_classes)`, float64 as in Keras; for an array of JAX one in `floatx()`

    Returns:
        The array of zeros and ones.

    Raises:
        ValueError: If a label is not an integer from 0 to `num_classes - 1`, or if there is none to count from. Inside
            a program labels are not checked, and `num_classes` must be given.

    Example:
        >>> to_categorical([0, 2])
        array([[1., 0., 0.],
               [0., 0., 1.]])
    """
    if isinstance(x, jax.Array):
        return jnp.asarray(_on_device(x, num_classes), floatx())
    x = to_numbers("x", np.asarray(x))
    labels = x.astype("int64")
    if not np.array_equal(labels, x):
        wrong = x[labels != x].flat[0]
        raise ValueError(f"`x` must hold integers, not {wrong}. Pass the index of each class.")
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if num_classes is None:
        if labels.size == 0:
            raise ValueError("`x` is empty, so its classes cannot be counted. Pass `num_classes`.")
        num_classes = int(labels.max()) + 1
    # Keras lets -1 count from the end, which turns a "no label" into the last class.
    outside = labels[(labels < 0) | (labels >= num_classes)]
    if outside.size:
        raise OutOfBoundsError(
            f"`x` must hold labels from 0 to {num_classes - 1}, not {outside.flat[0]}. "
            "Number the classes from 0, or pass a larger `num_classes`."
        )
    output = np.zeros((*labels.shape, num_classes))
    np.put_along_axis(output, labels[..., np.newaxis], 1, axis=-1)
    return output


def _on_device(x: jax.Array, num_classes: int | None) -> Any:
    """Return one-hot rows of labels in an array of JAX, which may be a value of a program."""
    if not isinstance(x, Tracer):
        return to_categorical(np.asarray(x), num_classes)
    if num_classes is None:
        raise ValueError("The classes of labels inside a program cannot be counted. Pass `num_classes`.")
    return jax.nn.one_hot(x[..., 0] if x.ndim > 1 and x.shape[-1] == 1 else x, num_classes)


def normalize(x: ArrayLike, axis: int | None = -1, order: float = 2) -> Any:
    r"""Scale vectors along an axis to norm one.

    Computes $x / \|x\|$ with the norm of the given `order`; vectors of zeros stay as they are. Unlike Keras, which
    takes `axis=0` for `axis=-1` when it divides, every axis means itself.

    Args:
        x: Array, or anything that becomes one.
        axis: Axis along which the vectors lie; `None` divides `x` by one number, its norm as a vector or matrix.
        order: Order of the norm, as in `numpy.linalg.norm`.

    Shapes:
        x: `(*shape)`
        output: `(*shape)`

    Returns:
        A new array, of JAX where `x` is one.

    Example:
        >>> normalize([[3.0, 4.0], [0.0, 0.0]])
        array([[0.6, 0.8],
               [0. , 0. ]])
    """
    numpy: Any = jnp if isinstance(x, jax.Array) else np
    x = to_numbers("x", numpy.asarray(x))
    norm = numpy.linalg.norm(x, order, axis, keepdims=True)
    return x / numpy.where(norm == 0, 1, norm)


def pad_sequences(
    sequences: Sequence[Any],
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray:
    """Make one array of sequences of different lengths.

    Args:
        sequences: Lists or arrays, equal in all axes but the first.
        maxlen: Length to bring them to; the longest one's by default.
        dtype: Type of the array.
        padding: Where short ones are filled up: `"pre"`, in front, or `"post"`.
        truncating: Where long ones are cut off: `"pre"` or `"post"`.
        value: What they are filled up with.

    Shapes:
        output: `(sequences, maxlen, *shape of an element)`

    Raises:
        ValueError: If `sequences` holds something else, or elements of different shapes.

    Example:
        >>> pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2)
        array([[0, 1],
               [2, 3],
               [5, 6]], dtype=int32)
    """
    one_of("padding", padding, ("pre", "post"))
    one_of("truncating", truncating, ("pre", "post"))
    if not hasattr(sequences, "__len__") or isinstance(sequences, str):
        raise ArgumentError(f"`sequences` must be a list of sequences, not {describe(sequences)}. Pass one.")
    maxlen = None if maxlen is None else non_negative_int("maxlen", maxlen)
    for sequence in sequences:
        if not hasattr(sequence, "__len__"):
            raise ValueError(f"`sequences` must hold lists or arrays, not {sequence!r}. Pass a list of them.")
    maxlen = max(map(len, sequences), default=0) if maxlen is None else maxlen
    shape = next((np.shape(sequence)[1:] for sequence in sequences if len(sequence)), ())
    output = np.full((len(sequences), maxlen, *shape), value, dtype)
    for row, sequence in zip(output, sequences, strict=True):
        start = max(len(sequence) - maxlen, 0)
        kept = np.asarray(sequence[start:] if truncating == "pre" else sequence[:maxlen], dtype)
        if len(sequence) and kept.shape[1:] != shape:
            raise ValueError(
                f"`sequences` has elements of shapes {shape} and {kept.shape[1:]}. Pass elements of one shape."
            )
        if len(kept):
            row[maxlen - len(kept) if padding == "pre" else 0 :][: len(kept)] = kept
    return output
