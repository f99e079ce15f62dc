"""Initializers: the values that weights start from, drawn on the host by NumPy, so that nothing compiles."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np

from hornet.core import config as configs
from hornet.core import random
from hornet.core.checks import non_negative_int, number, one_of, suggesting
from hornet.core.config import Configurable
from hornet.core.dtypes import standardize_dtype
from hornet.core.registry import Registry

registry = Registry("initializer", "keras.initializers")

Shape = Sequence[int]
Axes = Sequence[int] | None


def get(identifier: Any) -> Callable[..., Any] | None:
    """Return the initializer that a user means.

    Args:
        identifier: A name, a class, a config, an object, a function of `shape` and perhaps `dtype`, or an
            array of the values themselves.

    Returns:
        A function of `shape` and `dtype`; `None` for `None`.

    Raises:
        ValueError: If the name is unknown.

    Example:
        >>> get("ones")((2,))
        array([1., 1.], dtype=float32)
        >>> get(lambda shape: np.arange(shape[0]))((3,), dtype="float32")
        array([0., 1., 2.], dtype=float32)
    """
    if isinstance(identifier, np.ndarray | jax.Array):
        return Constant(identifier)
    initializer = registry.get(identifier)
    if initializer is None or isinstance(initializer, Initializer) or _takes_dtype(initializer):
        return initializer
    return _with_dtype(initializer)


def serialize(initializer: Any) -> Any:
    """Return an initializer as plain data.

    Example:
        >>> serialize(Orthogonal(seed=1))["config"]
        {'gain': 1.0, 'seed': 1}
    """
    return configs.serialize(initializer)


def deserialize(config: Mapping[str, Any] | str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the initializer that `serialize` described.

    Args:
        config: What `serialize` returned, or a name.
        custom_objects: A user's own classes and functions by name.

    Example:
        >>> deserialize(serialize(Orthogonal(seed=1))).seed
        1
    """
    return registry.get(config, custom_objects)


class Initializer(Configurable):
    """Base of all initializers: a function from a shape to an array.

    A subclass writes `values`, which need not care about the dtype, or `__call__` itself.

    Example:
        >>> class Alternating(Initializer):
        ...     def values(self, shape):
        ...         return np.where(np.indices(shape).sum(0) % 2, -1, 1)
        >>> Alternating()((2, 2))
        array([[ 1., -1.],
               [-1.,  1.]], dtype=float32)
    """

    draws_only = True

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        """Return an array of a shape; its dtype is `floatx()` unless given."""
        return np.asarray(self.values(tuple(shape)), jnp.dtype(standardize_dtype(dtype)))

    def values(self, shape: tuple[int, ...]) -> Any:
        """Return an array of a shape and any dtype."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `values`. Write it, or `__call__`.")

    def clone(self) -> Self:
        """Return a new initializer made from the same arguments."""
        return self.from_config(self.get_config())


# --- constants --------------------------------------------------------------------------------------------


@registry.register("zeros", "zero")
class Zeros(Initializer):
    """Zeros.

    Example:
        >>> Zeros()((2,))
        array([0., 0.], dtype=float32)
    """

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        return np.zeros(shape)


@registry.register("ones", "one")
class Ones(Initializer):
    """Ones.

    Example:
        >>> Ones()((2,))
        array([1., 1.], dtype=float32)
    """

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        return np.ones(shape)


@registry.register("constant")
class Constant(Initializer):
    """One value everywhere, or given values.

    Args:
        value: A number, or an array that broadcasts to the shape of the weight.

    Raises:
        ValueError: If the array does not.

    Example:
        >>> Constant(0.5)((2,))
        array([0.5, 0.5], dtype=float32)
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        value = np.asarray(self.value)
        try:
            return np.full(shape, value)
        except ValueError:
            raise ValueError(
                f"`Constant` holds values of shape {value.shape}, but the weight has shape {shape}. "
                "Pass a number, or an array that broadcasts to it."
            ) from None

    def get_config(self) -> dict[str, Any]:
        return {"value": np.asarray(self.value).tolist()}


@registry.register("identity", "IdentityInitializer")
class Identity(Initializer):
    """The identity matrix times `gain`; zeros beyond the diagonal of a matrix that is not square.

    Args:
        gain: Factor of the matrix.

    Raises:
        ValueError: If the shape is not that of a matrix.

    Example:
        >>> Identity()((2, 2))
        array([[1., 0.],
               [0., 1.]], dtype=float32)
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = number("gain", gain)

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        if len(shape) != 2:
            raise ValueError(f"`Identity` makes matrices, not arrays of shape {shape}. Use another initializer.")
        return self.gain * np.eye(*shape)


@registry.register("stft", "STFTInitializer")
class STFT(Initializer):
    r"""Kernel of a convolution that computes a short-time Fourier transform, its real or its imaginary part.

    $$k_{t, f} = \frac{w_t}{s} \cos\!\left(\frac{-2 \pi t f}{2 (F - 1)}\right) \quad
    \text{or} \quad \frac{w_t}{s} \sin\!\left(\frac{-2 \pi t f}{2 (F - 1)}\right)$$

    for frames of $t < T$ samples, $f < F$ frequencies, a window $w$ and its norm $s$.

    Args:
        side: `"real"` (the cosine) or `"imag"` (the sine).
        window: Name of a window in `scipy.signal.windows`, its values, or `None`.
        scaling: `"density"` ($s^2 = \sum w^2$), `"spectrum"` ($s = \sum |w|$) or `None` ($s = 1$).
        periodic: Whether the window goes on periodically.

    Shapes:
        output: `(T, 1, F)`

    Raises:
        ValueError: If an argument is none of these, or `window` has values for another frame length.

    Example:
        >>> STFT(window=None)((2, 1, 3))[1].round(3)
        array([[ 1.,  0., -1.]], dtype=float32)
    """

    def __init__(
        self, side: str = "real", window: Any = "hann", scaling: str | None = "density", periodic: bool = False
    ) -> None:
        self.side = one_of("side", side, ("real", "imag"))
        self.window = window if window is None or isinstance(window, str) else np.asarray(window).tolist()
        self.scaling = one_of("scaling", scaling, ("density", "spectrum", None))
        self.periodic = periodic
        if isinstance(window, str):
            self._window_of(1)  # an unknown name raises here rather than when a layer is built

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        frame_length, _, frequencies = shape
        time = np.arange(frame_length).reshape(-1, 1, 1)
        angles = -2 * np.pi * time * np.arange(frequencies) / (2 * (frequencies - 1))
        waves = np.cos(angles) if self.side == "real" else np.sin(angles)
        if self.window is None:
            return waves
        window = self._window_of(frame_length)
        norms = {"density": np.sqrt(np.sum(window**2)), "spectrum": np.sum(np.abs(window)), None: 1.0}
        return waves * window.reshape(-1, 1, 1) / norms[self.scaling]

    def _window_of(self, frame_length: int) -> np.ndarray:
        if isinstance(self.window, str):
            from scipy import signal  # slow to import, and nothing else needs it

            return np.asarray(signal.get_window(self.window, frame_length, self.periodic))
        window = np.asarray(self.window)
        if window.shape != (frame_length,):
            raise ValueError(
                f"`window` has shape {window.shape}, but the frames have {frame_length} samples. "
                "Pass one value for each sample."
            )
        return window


# --- random draws -----------------------------------------------------------------------------------------


class RandomInitializer(Initializer):
    """Base of the initializers that draw: a member turns a generator's numbers into values.

    Args:
        seed: An integer of at least 0 makes every call return the same values; with `None` each call draws
            new ones, which `set_random_seed` makes repeatable.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.seed = None if seed is None else non_negative_int("seed", seed)

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        seed = random.next_seed() if self.seed is None else self.seed
        return self.draw(np.random.default_rng(seed), shape)

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return values of a shape drawn from a generator."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `draw`. Write one that returns an array.")


@registry.register("random_normal", "normal")
class RandomNormal(RandomInitializer):
    r"""Draws from the normal distribution $N(\mathrm{mean}, \mathrm{stddev}^2)$.

    Args:
        mean: Mean of the draws.
        stddev: Their standard deviation, at least 0.
        seed: See `RandomInitializer`.

    Example:
        >>> RandomNormal(stddev=0.1, seed=0)((2,))
        array([ 0.01257302, -0.01321049], dtype=float32)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean = number("mean", mean)
        self.stddev = number("stddev", stddev, at_least=0.0)

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return generator.normal(self.mean, self.stddev, shape)


@registry.register("truncated_normal")
class TruncatedNormal(RandomNormal):
    """Draws from a normal distribution, drawn again while they are over two standard deviations from the mean.

    Args:
        mean: Mean of the draws.
        stddev: Standard deviation of the distribution before it is cut, at least 0; the draws' own is 0.88 of it.
        seed: See `RandomInitializer`.

    Example:
        >>> bool(abs(TruncatedNormal(stddev=1.0)((1000,))).max() <= 2.0)
        True
    """

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return self.mean + self.stddev * _truncated_standard_normal(generator, shape)


@registry.register("random_uniform", "uniform")
class RandomUniform(RandomInitializer):
    """Draws from the uniform distribution between `minval` and `maxval`.

    Args:
        minval: Lower end of the range.
        maxval: Upper end of the range, at least `minval`.
        seed: See `RandomInitializer`.

    Example:
        >>> RandomUniform(0.0, 1.0, seed=0)((2,))
        array([0.6369617 , 0.26978672], dtype=float32)
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.minval = number("minval", minval)
        self.maxval = number("maxval", maxval, at_least=self.minval)

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return generator.uniform(self.minval, self.maxval, shape)


@registry.register("orthogonal", "OrthogonalInitializer")
class Orthogonal(RandomInitializer):
    """A random matrix with orthogonal rows or columns of norm `gain`, whichever are fewer.

    All axes but the last of a longer shape count as one.

    Args:
        gain: Factor of the matrix.
        seed: See `RandomInitializer`.

    Raises:
        ValueError: If the shape has fewer than two axes.

    Source:
        Saxe, McClelland & Ganguli 2014 (https://arxiv.org/abs/1312.6120).

    Example:
        >>> kernel = Orthogonal()((2, 2))
        >>> np.allclose(kernel @ kernel.T, np.eye(2), atol=1e-6)
        True
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = number("gain", gain)

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        if len(shape) < 2:
            raise ValueError(f"`Orthogonal` makes matrices, not arrays of shape {shape}. Use another initializer.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = generator.standard_normal((max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(tall)
        q *= np.sign(np.diag(r))  # without it the decomposition favours some rotations
        return self.gain * (q if rows >= columns else q.T).reshape(shape)


@registry.register("variance_scaling")
class VarianceScaling(RandomInitializer):
    r"""Draws with mean 0 and variance $\mathrm{scale} / n$, where $n$ is the number of inputs, outputs, or their mean.

    Args:
        scale: Factor of the variance, above 0.
        mode: What $n$ counts: `"fan_in"`, `"fan_out"` or `"fan_avg"`.
        distribution: `"truncated_normal"` (or `"normal"`), `"untruncated_normal"` or `"uniform"`.
        seed: See `RandomInitializer`.
        input_axes: The axes of the shape whose sizes multiply to the number of inputs.
        output_axes: The same for outputs. Unless both are given, the last axis counts outputs and the one before
            it inputs, each times the receptive field (all axes before these).

    Example:
        >>> kernel = VarianceScaling(2.0, "fan_in", "uniform", seed=1)((200, 300))
        >>> round(float(kernel.var() * 200), 1)
        2.0
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        input_axes: Axes = None,
        output_axes: Axes = None,
    ) -> None:
        super().__init__(seed)
        self.scale = number("scale", scale, above=0.0)
        self.mode = one_of("mode", mode, ("fan_in", "fan_out", "fan_avg"))
        distribution = "truncated_normal" if distribution == "normal" else distribution
        self.distribution = one_of("distribution", distribution, ("truncated_normal", "untruncated_normal", "uniform"))
        self.input_axes = input_axes
        self.output_axes = output_axes

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        inputs, outputs = self._fans(shape)
        n = {"fan_in": inputs, "fan_out": outputs, "fan_avg": (inputs + outputs) / 2}[self.mode]
        stddev = math.sqrt(self.scale / max(1.0, n))
        if self.distribution == "uniform":
            limit = math.sqrt(3) * stddev
            return generator.uniform(-limit, limit, shape)
        if self.distribution == "untruncated_normal":
            return stddev * generator.standard_normal(shape)
        return stddev / _TRUNCATED_STDDEV * _truncated_standard_normal(generator, shape)

    def _fans(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """Return the number of inputs and of outputs that a weight of a shape connects."""
        if self.input_axes is not None and self.output_axes is not None:
            inputs, outputs = ([shape[axis] for axis in axes] for axes in (self.input_axes, self.output_axes))
            return math.prod(inputs), math.prod(outputs)
        if len(shape) < 2:
            return math.prod(shape), math.prod(shape)
        *field, inputs, outputs = shape
        return math.prod(field) * inputs, math.prod(field) * outputs


@registry.register("glorot_uniform")
class GlorotUniform(VarianceScaling):
    r"""Uniform draws of variance $2 / (n_\mathrm{in} + n_\mathrm{out})$.

    They lie between $\pm\sqrt{6 / (n_\mathrm{in} + n_\mathrm{out})}$.

    Args:
        seed: See `RandomInitializer`.
        input_axes: See `VarianceScaling`.
        output_axes: See `VarianceScaling`.

    Source:
        Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks, eq. 16.

    Example:
        >>> round(float(GlorotUniform(seed=0)((200, 300)).var()), 3)
        0.004
    """

    def __init__(self, seed: int | None = None, input_axes: Axes = None, output_axes: Axes = None) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed, input_axes, output_axes)


@registry.register("glorot_normal")
class GlorotNormal(VarianceScaling):
    r"""Truncated normal draws of variance $2 / (n_\mathrm{in} + n_\mathrm{out})$.

    Args:
        seed: See `RandomInitializer`.
        input_axes: See `VarianceScaling`.
        output_axes: See `VarianceScaling`.

    Source:
        Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks, eq. 12.

    Example:
        >>> round(float(GlorotNormal(seed=0)((200, 300)).var()), 3)
        0.004
    """

    def __init__(self, seed: int | None = None, input_axes: Axes = None, output_axes: Axes = None) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed, input_axes, output_axes)


@registry.register("he_uniform")
class HeUniform(VarianceScaling):
    r"""Uniform draws of variance $2 / n_\mathrm{in}$; for `relu`.

    They lie between $\pm\sqrt{6 / n_\mathrm{in}}$.

    Args:
        seed: See `RandomInitializer`.
        input_axes: See `VarianceScaling`.
        output_axes: See `VarianceScaling`.

    Source:
        He, Zhang, Ren & Sun 2015, eq. 10 (https://arxiv.org/abs/1502.01852).

    Example:
        >>> round(float(HeUniform(seed=0)((200, 300)).var()), 3)
        0.01
    """

    def __init__(self, seed: int | None = None, input_axes: Axes = None, output_axes: Axes = None) -> None:
        super().__init__(2.0, "fan_in", "uniform", seed, input_axes, output_axes)


@registry.register("he_normal")
class HeNormal(VarianceScaling):
    r"""Truncated normal draws of variance $2 / n_\mathrm{in}$; for `relu`.

    Args:
        seed: See `RandomInitializer`.
        input_axes: See `VarianceScaling`.
        output_axes: See `VarianceScaling`.

    Source:
        He, Zhang, Ren & Sun 2015, eq. 10 (https://arxiv.org/abs/1502.01852).

    Example:
        >>> round(float(HeNormal(seed=0)((200, 300)).var()), 3)
        0.01
    """

    def __init__(self, seed: int | None = None, input_axes: Axes = None, output_axes: Axes = None) -> None:
        super().__init__(2.0, "fan_in", "truncated_normal", seed, input_axes, output_axes)


@registry.register("lecun_uniform")
class LecunUniform(VarianceScaling):
    r"""Uniform draws of variance $1 / n_\mathrm{in}$.

    They lie between $\pm\sqrt{3 / n_\mathrm{in}}$.

    Args:
        seed: See `RandomInitializer`.
        input_axes: See `VarianceScaling`.
        output_axes: See `VarianceScaling`.

    Source:
        LeCun, Bottou, Orr & Müller 1998, Efficient backprop, eq. 16.

    Example:
        >>> round(float(LecunUniform(seed=0)((200, 300)).var()), 3)
        0.005
    """

    def __init__(self, seed: int | None = None, input_axes: Axes = None, output_axes: Axes = None) -> None:
        super().__init__(1.0, "fan_in", "uniform", seed, input_axes, output_axes)


@registry.register("lecun_normal")
class LecunNormal(VarianceScaling):
    r"""Truncated normal draws of variance $1 / n_\mathrm{in}$; for `selu`.

    Args:
        seed: See `RandomInitializer`.
        input_axes: See `VarianceScaling`.
        output_axes: See `VarianceScaling`.

    Source:
        LeCun, Bottou, Orr & Müller 1998, Efficient backprop, eq. 16.

    Example:
        >>> round(float(LecunNormal(seed=0)((200, 300)).var()), 3)
        0.005
    """

    def __init__(self, seed: int | None = None, input_axes: Axes = None, output_axes: Axes = None) -> None:
        super().__init__(1.0, "fan_in", "truncated_normal", seed, input_axes, output_axes)


_TRUNCATED_STDDEV = 0.87962566103423978
"""Standard deviation of the standard normal distribution cut at ±2."""


def _truncated_standard_normal(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    values = generator.standard_normal(math.prod(shape))
    outside = np.flatnonzero(np.abs(values) > 2)
    while outside.size:
        values[outside] = generator.standard_normal(outside.size)
        outside = outside[np.abs(values[outside]) > 2]
    return values.reshape(shape)


def _takes_dtype(initializer: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(initializer).parameters
    except ValueError:  # some of NumPy's own functions have none
        return True
    return "dtype" in parameters or any(one.kind is one.VAR_KEYWORD for one in parameters.values())


@cache  # one function is one part of a program's structure
def _with_dtype(initializer: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(initializer)
    def adapted(shape: Shape, dtype: Any = None) -> np.ndarray:
        return np.asarray(initializer(shape), jnp.dtype(standardize_dtype(dtype)))

    return adapted


constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
identity = IdentityInitializer = Identity
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
ones = Ones
orthogonal = OrthogonalInitializer = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
stft = STFTInitializer = STFT
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros

__getattr__ = suggesting(__name__, registry)
