"""Initializers that always return the same values."""

from __future__ import annotations

from typing import Any

import numpy as np

from hornet.core.checks import describe, number, one_of
from hornet.core.errors import ArgumentError
from hornet.initializers.initializer import Initializer, registry


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
        if np.asarray(value).dtype.kind not in "biufcV":  # V: bfloat16
            raise ArgumentError(f"`value` must be a number or an array of numbers, not {describe(value)}. Pass one.")
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
