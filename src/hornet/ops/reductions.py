"""Sums, means and their like: over an axis, over several (a tuple), or over everything (`None`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from hornet.core.symbolic import operation
from hornet.core.types import ArrayLike
from hornet.ops.table import as_array, taking

__all__ = [
    "all", "allclose", "amax", "amin", "any", "argmax", "argmin", "average", "bincount", "corrcoef", "count_nonzero",
    "cumprod", "cumsum", "diff", "histogram", "logsumexp", "max", "mean", "median", "min", "nanargmax", "nanargmin",
    "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmedian", "nanmin", "nanpercentile", "nanprod", "nanquantile",
    "nanstd", "nansum", "nanvar", "percentile", "prod", "ptp", "quantile", "segment_max", "segment_min", "segment_prod",
    "segment_sum", "std", "sum", "trapezoid", "var",
]  # fmt: skip


def _histogram(x: Any, bins: Any, range: Any) -> Any:
    return jnp.histogram(x, bins if isinstance(bins, int) else jnp.asarray(bins), range)


_AXES = "Over one axis, several (a tuple) or all (`None`), which `keepdims` keeps with size 1."

reduction = taking("x, axis=None, keepdims=False", _AXES)
extremum = taking("x, axis=None, keepdims=False, initial=None", _AXES)
order_statistic = taking("x, q, axis=None, method='linear', keepdims=False", _AXES)
cumulation = taking("x, axis=None, dtype=None", "Along one axis, or of the ravelled array (`None`).")
segments = taking(
    "data, segment_ids, num_segments=None, sorted=False",
    "Row `i` of `data` belongs to segment `segment_ids[i]`; `sorted` says that these ascend.",
)

# --- sums and means ---------------------------------------------------------------------------------------

sum = reduction(jnp.sum, "Return the sum.")
prod = taking("x, axis=None, keepdims=False, dtype=None")(jnp.prod, "Return the product.")
mean = reduction(jnp.mean, "Return the mean.")
average = taking("x, axis=None, weights=None")(jnp.average, "Return the mean, each value counted by its weight.")
var = reduction(jnp.var, "Return the variance: the mean squared distance from the mean.")
std = reduction(jnp.std, "Return the standard deviation, the root of `var`.")
logsumexp = reduction(jax.scipy.special.logsumexp, r"Return $\log \sum_i e^{x_i}$ without overflow.")
trapezoid = taking("y, x=None, dx=1.0, axis=-1")(
    jnp.trapezoid, "Return the area under straight lines through the points $(x, y)$, or $y$ at steps `dx`."
)
corrcoef = taking("x")(jnp.corrcoef, "Return the correlation of each row with each row.")

# --- extremes and order -----------------------------------------------------------------------------------

max = extremum(jnp.max, "Return the maximum, or `initial` if it is larger.")
min = extremum(jnp.min, "Return the minimum, or `initial` if it is smaller.")
amax = reduction(jnp.max, "Return the maximum.", "amax")
amin = reduction(jnp.min, "Return the minimum.", "amin")
argmax = reduction(jnp.argmax, "Return the index of the maximum, the first if there are several.")
argmin = reduction(jnp.argmin, "Return the index of the minimum, the first if there are several.")
ptp = reduction(jnp.ptp, "Return the maximum minus the minimum.")
median = reduction(jnp.median, "Return the median; of an even number the mean of the middle two.")
quantile = order_statistic(jnp.quantile, "Return the value below which a fraction `q` lies, from 0 to 1.")
percentile = order_statistic(jnp.percentile, "Return the value below which `q` percent lie.")

# --- truth and counts -------------------------------------------------------------------------------------

all = reduction(jnp.all, "Return whether all are true; any number but 0 is.")
any = reduction(jnp.any, "Return whether any is true; any number but 0 is.")
allclose = taking("x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False")(jnp.allclose, "Return whether all are `isclose`.")
count_nonzero = taking("x, axis=None")(jnp.count_nonzero, "Return how many are not 0.")
histogram = taking("x, bins=10, range=None", arrays=("x",))(
    _histogram,
    "Return how many values lie in each of some bins of one width, or between edges, and the edges.",
    "histogram",
    returns="tuple[Array, Array]",
)

# --- up to each index -------------------------------------------------------------------------------------

cumsum = cumulation(jnp.cumsum, "Return the sum up to each index.")
cumprod = cumulation(jnp.cumprod, "Return the product up to each index.")
diff = taking("a, n=1, axis=-1")(jnp.diff, "Return the difference of each value from the one before, `n` times over.")

# --- the same without NaN ---------------------------------------------------------------------------------

nansum = reduction(jnp.nansum, "Return the sum, NaN ignored.")
nanprod = reduction(jnp.nanprod, "Return the product, NaN ignored.")
nanmean = reduction(jnp.nanmean, "Return the mean, NaN ignored.")
nanvar = reduction(jnp.nanvar, "Return the variance, NaN ignored.")
nanstd = reduction(jnp.nanstd, "Return the standard deviation, NaN ignored.")
nanmax = reduction(jnp.nanmax, "Return the maximum, NaN ignored.")
nanmin = reduction(jnp.nanmin, "Return the minimum, NaN ignored.")
nanargmax = reduction(jnp.nanargmax, "Return the index of the maximum, NaN ignored; -1 if all are NaN.")
nanargmin = reduction(jnp.nanargmin, "Return the index of the minimum, NaN ignored; -1 if all are NaN.")
nanmedian = reduction(jnp.nanmedian, "Return the median, NaN ignored.")
nanquantile = order_statistic(jnp.nanquantile, "Return the `quantile`, NaN ignored.")
nanpercentile = order_statistic(jnp.nanpercentile, "Return the `percentile`, NaN ignored.")
nancumsum = cumulation(jnp.nancumsum, "Return the sum up to each index, NaN ignored.")
nancumprod = cumulation(jnp.nancumprod, "Return the product up to each index, NaN ignored.")

# --- over segments ----------------------------------------------------------------------------------------


def _over_segments(function: Callable[..., Any]) -> Callable[..., Any]:
    def reduced(data: Any, segment_ids: Any, num_segments: Any, sorted: bool) -> Any:
        if num_segments is None:
            raise ValueError(
                "`num_segments` is None, but a program's shapes must be known. Pass the number of segments."
            )
        return function(data, segment_ids, num_segments, indices_are_sorted=sorted)

    reduced.__name__ = function.__name__
    return reduced


segment_sum = segments(_over_segments(jax.ops.segment_sum), "Return the sum of the rows of each segment.")
segment_prod = segments(_over_segments(jax.ops.segment_prod), "Return the product of the rows of each segment.")
segment_max = segments(_over_segments(jax.ops.segment_max), "Return the maximum of each segment, column by column.")
segment_min = segments(_over_segments(jax.ops.segment_min), "Return the minimum of each segment, column by column.")


@operation
def bincount(x: ArrayLike, weights: Any = None, minlength: int = 0, sparse: bool = False) -> Any:
    """Return how often each integer from 0 occurs; in a matrix, row by row.

    The length of the result depends on the values, so a program cannot hold it: use `sum(one_hot(x, n), axis=0)`.

    Args:
        x: Integers of at least 0, a vector or a matrix.
        weights: What each occurrence counts; 1 by default.
        minlength: Minimum length of the result.
        sparse: Must be `False`; all arrays are dense.

    Example:
        >>> bincount([0, 2, 2], minlength=4).tolist()
        [1, 0, 2, 0]
    """
    if sparse:
        raise ValueError("`sparse` must be False: there are no sparse arrays here. Leave it out.")
    x, weights = jnp.asarray(x), as_array(weights)
    if x.ndim == 1:
        return jnp.bincount(x, weights, minlength)
    length = int(jnp.max(x, initial=minlength - 1)) + 1
    rows = [jnp.bincount(row, None if weights is None else weights[i], length=length) for i, row in enumerate(x)]
    return jnp.stack(rows)
