"""Functions applied element by element; arrays of different shapes are broadcast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from hornet.activations import tanh
from hornet.core.dtypes import is_float
from hornet.core.settings import floatx
from hornet.ops.table import taking

__all__ = [
    "abs", "absolute", "add", "angle", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh",
    "bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift",
    "bitwise_xor", "cbrt", "ceil", "clip", "conj", "conjugate", "copy", "cos", "cosh", "deg2rad", "divide",
    "divide_no_nan", "equal", "erf", "erfc", "erfinv", "exp", "exp2", "expm1", "fabs", "floor", "floor_divide", "fmax",
    "fmin", "fmod", "gcd", "greater", "greater_equal", "heaviside", "hypot", "i0", "imag", "isclose", "isfinite",
    "isinf", "isnan", "isneginf", "isposinf", "isreal", "lcm", "ldexp", "left_shift", "less", "less_equal", "log",
    "log1p", "log2", "log10", "logaddexp", "logaddexp2", "logical_and", "logical_not", "logical_or", "logical_xor",
    "maximum", "minimum", "mod", "multiply", "nan_to_num", "negative", "nextafter", "not_equal", "polar", "power",
    "rad2deg", "real", "reciprocal", "right_shift", "round", "rsqrt", "sign", "signbit", "sin", "sinc", "sinh", "sqrt",
    "square", "subtract", "tan", "tanh", "true_divide", "trunc", "view_as_complex", "view_as_real",
]  # fmt: skip


def _of_floats(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that takes integers and booleans as floats, as Keras does."""

    def on_floats(x: Any) -> Any:
        return function(x if is_float(x.dtype) else x.astype(floatx()))

    on_floats.__name__ = function.__name__
    return on_floats


def _divide_no_nan(x1: Any, x2: Any) -> Any:
    is_zero = x2 == 0
    return jnp.where(is_zero, 0, x1 / jnp.where(is_zero, 1, x2))  # not even the gradient divides by 0


unary = taking("x")
binary = taking("x1, x2")
bitwise = taking("x, y")

# --- arithmetic -------------------------------------------------------------------------------------------

add = binary(jnp.add, "Return $x_1 + x_2$.")
subtract = binary(jnp.subtract, "Return $x_1 - x_2$.")
multiply = binary(jnp.multiply, "Return $x_1 x_2$.")
divide = true_divide = binary(jnp.divide, "Return $x_1 / x_2$; of integers too a float.")
divide_no_nan = binary(_divide_no_nan, "Return $x_1 / x_2$, and 0 where $x_2$ is 0.", "divide_no_nan")
floor_divide = binary(jnp.floor_divide, "Return $x_1 / x_2$ rounded down.")
mod = binary(jnp.mod, "Return the remainder of $x_1 / x_2$ rounded down; it has the sign of $x_2$.")
fmod = binary(jnp.fmod, "Return the remainder of $x_1 / x_2$ rounded towards 0; it has the sign of $x_1$.")
power = binary(jnp.power, "Return $x_1$ to the power $x_2$.")
negative = unary(jnp.negative, "Return $-x$.")
reciprocal = unary(jnp.reciprocal, "Return $1 / x$.")
abs = absolute = unary(jnp.abs, "Return $|x|$; of a complex number its modulus.")
fabs = unary(jnp.fabs, "Return $|x|$ as a float.")
sign = unary(jnp.sign, "Return -1, 0 or 1, the sign of $x$.")
signbit = unary(jnp.signbit, "Return whether the sign is minus, of $-0$ too.")
square = unary(jnp.square, "Return $x^2$.")
sqrt = unary(jnp.sqrt, r"Return $\sqrt{x}$, NaN where $x < 0$.")
rsqrt = unary(_of_floats(jax.lax.rsqrt), r"Return $1 / \sqrt{x}$.")
cbrt = unary(jnp.cbrt, r"Return $\sqrt[3]{x}$.")
hypot = binary(jnp.hypot, r"Return $\sqrt{x_1^2 + x_2^2}$.")
heaviside = binary(jnp.heaviside, "Return 0 where $x_1 < 0$, $x_2$ where $x_1 = 0$, and 1 elsewhere.")
gcd = binary(jnp.gcd, "Return the greatest common divisor of integers.")
lcm = binary(jnp.lcm, "Return the least common multiple of integers.")
ldexp = binary(jnp.ldexp, "Return $x_1 2^{x_2}$ for integer $x_2$.")
nextafter = binary(jnp.nextafter, "Return the float next to $x_1$ in the direction of $x_2$.")

# --- rounding and bounds ----------------------------------------------------------------------------------

ceil = unary(_of_floats(jnp.ceil), "Return the smallest integer that is not below $x$, as a float.")
floor = unary(_of_floats(jnp.floor), "Return the largest integer that is not above $x$, as a float.")
trunc = unary(jnp.trunc, "Return $x$ without its fraction.")
round = taking("x, decimals=0")(jnp.round, "Return $x$ rounded to `decimals` places, halves to the even neighbour.")
clip = taking("x, x_min, x_max")(jnp.clip, "Return $x$ clipped to bounds; `None` is no bound.")
maximum = binary(jnp.maximum, "Return the maximum of both; NaN is propagated.")
minimum = binary(jnp.minimum, "Return the minimum of both; NaN is propagated.")
fmax = binary(jnp.fmax, "Return the maximum of both, or the one that is not NaN.")
fmin = binary(jnp.fmin, "Return the minimum of both, or the one that is not NaN.")
nan_to_num = taking("x, nan=0.0, posinf=None, neginf=None")(
    jnp.nan_to_num, "Return $x$ with NaN and infinities replaced; `None` is the maximum or minimum of the type."
)

# --- exponentials and logarithms --------------------------------------------------------------------------

exp = unary(jnp.exp, "Return $e^x$.")
exp2 = unary(jnp.exp2, "Return $2^x$.")
expm1 = unary(jnp.expm1, "Return $e^x - 1$, exact near 0.")
log = unary(jnp.log, "Return the natural logarithm.")
log2 = unary(jnp.log2, "Return the logarithm to base 2.")
log10 = unary(jnp.log10, "Return the logarithm to base 10.")
log1p = unary(jnp.log1p, "Return $\\log(1 + x)$, exact near 0.")
logaddexp = binary(jnp.logaddexp, r"Return $\log(e^{x_1} + e^{x_2})$ without overflow.")
logaddexp2 = binary(jnp.logaddexp2, r"Return $\log_2(2^{x_1} + 2^{x_2})$ without overflow.")
erf = unary(_of_floats(jax.lax.erf), r"Return the error function, $\frac{2}{\sqrt\pi} \int_0^x e^{-t^2} dt$.")
erfc = unary(_of_floats(jax.scipy.special.erfc), r"Return $1 - \mathrm{erf}(x)$, exact for large $x$.")
erfinv = unary(_of_floats(jax.scipy.special.erfinv), r"Return the inverse of `erf`, for $|x| < 1$.")
i0 = unary(jnp.i0, "Return the modified Bessel function of the first kind and order 0.")

# --- angles, in radians -----------------------------------------------------------------------------------

sin = unary(jnp.sin, "Return the sine.")
cos = unary(jnp.cos, "Return the cosine.")
tan = unary(jnp.tan, "Return the tangent.")
arcsin = unary(jnp.arcsin, r"Return the angle in $[-\pi/2, \pi/2]$ whose sine is $x$.")
arccos = unary(jnp.arccos, r"Return the angle in $[0, \pi]$ whose cosine is $x$.")
arctan = unary(jnp.arctan, r"Return the angle in $(-\pi/2, \pi/2)$ whose tangent is $x$.")
arctan2 = binary(jnp.arctan2, r"Return the angle of the point $(x_2, x_1)$, in $[-\pi, \pi]$.")
sinh = unary(jnp.sinh, "Return the hyperbolic sine.")
cosh = unary(jnp.cosh, "Return the hyperbolic cosine.")
arcsinh = unary(jnp.arcsinh, "Return the inverse of `sinh`.")
arccosh = unary(jnp.arccosh, r"Return the inverse of `cosh`, for $x \geq 1$.")
arctanh = unary(jnp.arctanh, r"Return the inverse of `tanh`, for $|x| < 1$.")
sinc = unary(jnp.sinc, r"Return $\sin(\pi x) / (\pi x)$.")
deg2rad = unary(jnp.deg2rad, "Return degrees as radians.")
rad2deg = unary(jnp.rad2deg, "Return radians as degrees.")

# --- comparisons and logic --------------------------------------------------------------------------------

equal = binary(jnp.equal, "Return whether $x_1 = x_2$.")
not_equal = binary(jnp.not_equal, r"Return whether $x_1 \neq x_2$.")
greater = binary(jnp.greater, "Return whether $x_1 > x_2$.")
greater_equal = binary(jnp.greater_equal, r"Return whether $x_1 \geq x_2$.")
less = binary(jnp.less, "Return whether $x_1 < x_2$.")
less_equal = binary(jnp.less_equal, r"Return whether $x_1 \leq x_2$.")
isclose = taking("x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False")(
    jnp.isclose, r"Return whether $|x_1 - x_2| \leq \mathrm{atol} + \mathrm{rtol}\,|x_2|$."
)
isfinite = unary(jnp.isfinite, "Return whether $x$ is neither NaN nor infinite.")
isinf = unary(jnp.isinf, "Return whether $x$ is infinite.")
isnan = unary(jnp.isnan, "Return whether $x$ is NaN.")
isneginf = unary(jnp.isneginf, r"Return whether $x = -\infty$.")
isposinf = unary(jnp.isposinf, r"Return whether $x = \infty$.")
isreal = unary(jnp.isreal, "Return whether the imaginary part is 0.")
logical_and = binary(jnp.logical_and, "Return whether both are true; any number but 0 is.")
logical_or = binary(jnp.logical_or, "Return whether one or both are true.")
logical_xor = binary(jnp.logical_xor, "Return whether just one is true.")
logical_not = unary(jnp.logical_not, "Return whether it is false.")

# --- bits of integers -------------------------------------------------------------------------------------

bitwise_and = bitwise(jnp.bitwise_and, "Return the bits set in both.")
bitwise_or = bitwise(jnp.bitwise_or, "Return the bits set in one or both.")
bitwise_xor = bitwise(jnp.bitwise_xor, "Return the bits set in just one.")
bitwise_not = bitwise_invert = unary(jnp.bitwise_not, "Return the value with every bit inverted.")
bitwise_left_shift = left_shift = bitwise(jnp.left_shift, "Return $x 2^y$ by moving bits.")
bitwise_right_shift = right_shift = bitwise(jnp.right_shift, "Return $x / 2^y$, rounded down, by moving bits.")

# --- complex numbers --------------------------------------------------------------------------------------

real = unary(jnp.real, "Return the real part.")
imag = unary(jnp.imag, "Return the imaginary part.")
conj = conjugate = unary(jnp.conj, "Return the complex conjugate.")
angle = unary(jnp.angle, "Return the angle of a complex number.")
polar = taking("abs_, angle")(
    lambda radius, angle: jax.lax.complex(radius * jnp.cos(angle), radius * jnp.sin(angle)),
    "Return the complex numbers of a modulus and an angle.",
    "polar",
)
view_as_complex = unary(
    lambda x: jax.lax.complex(x[..., 0], x[..., 1]),
    "Return the complex numbers whose parts are the last axis.",
    "view_as_complex",
)
view_as_real = unary(
    lambda x: jnp.stack([x.real, x.imag], axis=-1),
    "Return the parts of complex numbers along a new last axis.",
    "view_as_real",
)
copy = unary(jnp.copy, "Return a copy.")
