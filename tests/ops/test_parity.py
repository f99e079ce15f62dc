"""Every operation against Keras's, on arrays, lists, variables and symbolic tensors, eagerly and compiled."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from tests.tables import instances

from hornet import ops
from hornet.core.symbolic import SymbolicTensor
from hornet.core.variable import Variable

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(2, 4, 3)).astype("float32")  # any numbers
P, Q = rng.uniform(0.1, 0.9, (2, 4, 3)).astype("float32")  # parts of 1
N, M = rng.integers(1, 9, (2, 4, 3)).astype("int32")
B, D = rng.uniform(size=(2, 4, 3)) < 0.5
K = np.array([2, 0, 1, 1], "int32")  # classes
V, W = rng.normal(size=(2, 3)).astype("float32")
L = np.array([0, 1, 2, 1, 1], "int32")
NAN = np.where(B, np.nan, X).astype("float32")
NAN[0] = 1.0
ODD = np.array([-np.inf, -1.5, -0.0, 0.0, 2.5, np.inf, np.nan], "float32")
T = rng.normal(size=(4, 3, 2)).astype("float32")
S = (rng.normal(size=(3, 3)) + 3 * np.eye(3)).astype("float32")
SPD = (S @ S.T).astype("float32")
STACK = np.stack([SPD, SPD + np.eye(3, dtype="float32")])
TRI = np.tril(S)
Z = (X + 1j * Y).astype("complex64")

EVERYWHERE = [(X,), (N,), (B,)]
POSITIVE = [(P,), (N,)]
PAIRS = [(X, Y), (X, N), (N, M), (X, 2.0), (X[:, :1], V)]
WHOLE_PAIRS = [(N, M), (N, 2)]
TRUTHS = [(B, D), (N, B), (X, D)]
REDUCTIONS = [
    (X,), (N,), (X, {"axis": 0}), (X, {"axis": -1, "keepdims": True}), (T, {"axis": (0, 2)}), (X, {"keepdims": True}),
]  # fmt: skip
ALONG = [(X,), (X, {"axis": 0}), (X, {"axis": -1, "keepdims": True}), (N, {"axis": 1})]
NANS = [(NAN,), (NAN, {"axis": 0}), (NAN, {"axis": -1, "keepdims": True})]
QUANTILES = [
    (X, 0.3),
    (X, np.array([0.1, 0.9], "float32"), {"axis": 0}),
    (X, 0.5, {"axis": 1, "keepdims": True, "method": "lower"}),
]
SEGMENTS = [
    (X, np.array([0, 0, 2, 1], "int32"), {"num_segments": 3}),
    (X, np.array([0, 0, 1, 1], "int32"), {"num_segments": 2, "sorted": True}),
]
SMOOTH = [(X,), (3 * X,)]

# Operations and the arguments of some calls, a dict for those by name. An operation without a line fails the suite.
TABLE = {
    # elementwise
    "abs absolute fabs sign square negative": [(X,), (N,)],
    "ceil floor trunc cos cosh sin sinh tan tanh exp exp2 expm1 arctan arcsinh cbrt sinc": EVERYWHERE,
    "deg2rad rad2deg erf erfc i0": [(X,)],
    "log log2 log10 log1p sqrt reciprocal": POSITIVE,
    "arccos arcsin arctanh erfinv rsqrt": [(P,)],
    "arccosh": [(P + 1,), (N,)],
    "angle": [(Z,), (X,)],
    "real imag conj conjugate isreal": [(Z,), (X,)],
    "polar": [(P, X)],
    "view_as_complex": [(X[:, :2],)],
    "view_as_real": [(Z,)],
    "copy": [(X,)],
    "isfinite isinf isnan isneginf isposinf": [(ODD,)],
    "signbit": [(ODD,)],
    "nan_to_num": [(ODD,), (ODD, {"nan": 1.0, "posinf": 2.0, "neginf": 3.0})],
    "round": [(3 * X,), (X, {"decimals": 1}), (N,)],
    "clip": [(X, -0.5, 0.5), (N, 2, 5), (X, V, V + 1), (X, None, 0.0)],
    "add subtract multiply maximum minimum fmax fmin equal not_equal greater greater_equal less less_equal": PAIRS,
    "divide true_divide floor_divide mod fmod arctan2 hypot": [(X, P), (N, M), (X, 2.0), (X, V)],
    "logaddexp logaddexp2": [(X, Y), (X, V)],
    "divide_no_nan": [(X, np.where(B, P, 0)), (X, 2.0), (X, 0.0)],
    "power": [(P, X), (X, 2), (N, 2), (2.0, X)],
    "heaviside": [(np.where(B, X, 0), P)],
    "nextafter": [(X, Y)],
    "ldexp": [(X, N)],
    "isclose": [(X, X + 1e-6), (X, Y, {"rtol": 0.5, "atol": 0.5}), (ODD, ODD, {"equal_nan": True})],
    "gcd lcm": WHOLE_PAIRS,
    "logical_and logical_or logical_xor": TRUTHS,
    "logical_not": [(B,), (N,)],
    "bitwise_and bitwise_or bitwise_xor bitwise_left_shift left_shift bitwise_right_shift right_shift": WHOLE_PAIRS,
    "bitwise_invert bitwise_not": [(N,), (B,)],
    # new arrays
    "zeros ones": [((2, 3),), ((2,), {"dtype": "int32"}), (3,)],
    "empty": [((2, 3),), ((2,), {"dtype": "int32"})],
    "full": [((2, 3), 2), ((2,), 1.5, {"dtype": "int32"}), ((2, 3), V)],
    "zeros_like ones_like empty_like": [(X,), (N,), (X, {"dtype": "int32"})],
    "full_like": [(X, 2), (N, 2), (X, 2, {"dtype": "int32"})],
    "array": [(X,), (N, {"dtype": "float32"})],
    "eye": [(3,), (3, 4, 1), (2, {"dtype": "int32"})],
    "tri": [(3,), (3, 4, -1)],
    "identity": [(3,), (2, {"dtype": "bool"})],
    "vander": [(V,), (V, 2), (V, {"increasing": True})],
    "arange": [(3,), (1, 7, 2), (0.0, 1.0, 0.25), (3, {"dtype": "float32"}), (np.float32(2.0),)],
    "linspace": [(0.0, 1.0, 5), (0, 10, {"num": 5, "endpoint": False}), (0.0, 1.0, 5, {"retstep": True})],
    "logspace": [(0.0, 1.0, 5), (0.0, 3.0, 4, {"base": 2})],
    "geomspace": [(1.0, 8.0, 4), (1.0, 8.0, {"num": 3, "endpoint": False})],
    "bartlett blackman hamming hanning": [(5,), (1,)],
    "kaiser": [(5, 2.0)],
    "meshgrid": [(V, W), (V, W, L, {"indexing": "ij"}), (V,)],
    # reductions
    "sum mean var std prod max min amax amin": REDUCTIONS,
    "all any": [(B,), (B, {"axis": 0}), (X, {"axis": -1, "keepdims": True}), (N,)],
    "argmax argmin median": ALONG,
    "logsumexp ptp": [(X,), (X, {"axis": 0}), (X, {"axis": -1, "keepdims": True})],
    "nanargmax nanargmin nanmax nanmean nanmedian nanmin nanprod nanstd nansum nanvar": NANS,
    "nancumsum nancumprod": [(NAN,), (NAN, {"axis": 1})],
    "quantile nanquantile": QUANTILES,
    "percentile nanpercentile": [(X, 30.0), (X, 50.0, {"axis": 0})],
    "cumsum cumprod": [(X,), (X, {"axis": 0}), (N, {"axis": 1}), (N, {"dtype": "float32"})],
    "segment_sum segment_prod segment_max segment_min": SEGMENTS,
    "average": [(X,), (X, {"axis": 0}), (X, {"axis": 1, "weights": V}), (N, {"weights": N})],
    "allclose": [(X, X), (X, Y), (X, Y, {"rtol": 10.0, "atol": 10.0})],
    "count_nonzero": [(N - 3,), (B, {"axis": 0})],
    "bincount": [(L,), (L, {"minlength": 5}), (L, {"weights": np.arange(5, dtype="float32")}), (N, {"minlength": 9})],
    "histogram": [(X.ravel(),), (V, {"bins": 4, "range": (-1, 1)})],
    "diff": [(X,), (X, {"n": 2, "axis": 0})],
    "trapezoid": [(X,), (X, {"dx": 0.5, "axis": 0}), (X, {"x": np.sort(V)})],
    "corrcoef": [(X,)],
    # shapes
    "reshape": [(X, (-1, 3, 1)), (X, (3, 4)), (X, -1), (T, [-1, 6])],
    "ravel": [(X,)],
    "transpose": [(X,), (T, (0, 2, 1)), (T, {"axes": [2, 0, 1]})],
    "moveaxis": [(T, 0, -1), (T, (0, 1), (1, 2))],
    "swapaxes": [(T, 1, 2)],
    "expand_dims": [(X, 0), (X, -1), (X, (0, 3))],
    "squeeze": [(X[:, :1], 1), (X[:, :1],), (X[:, :1], {"axis": -1})],
    "broadcast_to": [(V, (2, 3))],
    "concatenate": [([X, Y],), ([X, Y], -1), ([X, N], {"axis": 1})],
    "stack": [([X, Y],), ([X, Y], -1)],
    "append": [(X, Y), (X, Y, 0)],
    "hstack vstack dstack": [([X, Y],), ([V, W],)],
    "unstack": [(X, {"axis": 1}), (X,), (X, 3, 1)],
    "split": [(X, 3, {"axis": -1}), (X, 2), (X, [1, 3])],
    "array_split": [(X, 2, {"axis": -1}), (X, 3)],
    "hsplit": [(X, 3), (X, [1])],
    "vsplit": [(X, 2)],
    "dsplit": [(T, 2)],
    "repeat": [(X, 2), (X, 2, 0), (X, np.array([1, 2, 1]), {"axis": 1})],
    "tile": [(X, 2), (X, (2, 1))],
    "flip": [(X,), (X, 0), (X, (0, 1))],
    "fliplr flipud": [(X,)],
    "roll": [(X, 1), (X, 1, 0), (X, (1, 2), (0, 1))],
    "rot90": [(X,), (T, {"k": 3, "axes": (1, 2)})],
    "pad": [(X, 1), (X, ((0, 0), (1, 2)), {"constant_values": 5.0}), (X, ((0, 0), (1, 2)), "reflect")],
    "diag tril triu": [(S,), (S, 1)],
    "diagflat": [(V,), (V, 1)],
    "diagonal": [(S,), (T, 0, 1, 2), (S, {"offset": 1})],
    # places
    "sort argsort": [(X,), (X, 0), (N, {"axis": 1})],
    "argpartition": [(V, 1), (X, 1, 0), (X, 1, None)],
    "top_k": [(X, 2), (X, 1, {"sorted": False})],
    "in_top_k": [(K, X, 1), (K, X, 2)],
    "searchsorted": [(np.sort(V), X), (np.sort(V), W, {"side": "right"})],
    "digitize": [(X, np.sort(V))],
    "take": [(X, K), (X, K, 1), (X, 1, {"axis": -1}), (X, [0, 2], 1)],
    "take_along_axis": [(X, K[:, None], 1), (X, np.zeros((1, 3), "int32"), 0)],
    "unravel_index": [(L, (2, 3))],
    "get_item": [(X, 0), (X, (slice(None), 1)), (X, (Ellipsis, None))],
    "isin": [(N, M[0]), (N, [1, 2], {"invert": True})],
    "nonzero": [(B,), (N - 3,)],
    "unique": [(L,), (L, {"return_counts": True, "return_inverse": True}), (N, {"size": 12, "fill_value": 0})],
    "where": [(B, X, Y), (B, X, 0.0), (B,), (B, N, M)],
    "select": [([B, D], [X, Y], 0.0), ([X > 1], [X])],
    "slice": [(X, [0, 1], [-1, -1]), (X, (1, 0), (2, 3))],
    "slice_update": [(X, (1, 0), Y[:2])],
    "scatter": [(L[:3, None], V, (4,)), (np.array([[0, 1], [1, 0]], "int32"), V[:2], (2, 2))],
    "scatter_update": [
        (X, [[0, 1], [3, 2]], V[:2]),
        *[(X, [[0, 1], [0, 1]], V[:2], reduction) for reduction in ("add", "max", "min", "mul")],
    ],
    # linear algebra
    "matmul dot": [(X, S), (X, V), (V, W), (N, M.T), (T, T[0].T)],
    "inner": [(X, V), (X, Y)],
    "outer": [(V, W), (X, V)],
    "vdot": [(X, Y), (Z, Z)],
    "kron": [(S, X)],
    "tensordot": [(X, Y), (X, S, 1), (X, Y, {"axes": [[0], [0]]})],
    "cross": [(X, Y), (X, V)],
    "correlate": [(V, W), (V, W, "full"), (V, W[:2], "same")],
    "trace": [(S,), (T, 1, 1, 2)],
    "einsum": [("ij,kj->ik", X, Y), ("bi,ij->bj", X, S), ("ij->j", X)],
    "cdist": [(X, Y[:2]), (T, T)],
    "norm": [
        (X,), (X, {"axis": 1}), (X, 1, {"axis": 0, "keepdims": True}), (S, "fro"), (S, 2), (V, np.inf),
        (T, {"axis": (1, 2)}),
    ],
    "inv det slogdet logdet cholesky eigh": [(SPD,), (STACK,)],
    "lu_factor": [(SPD,), (STACK,)],
    "eig": [(SPD,)],
    "matrix_rank": [(S,), (np.ones((3, 3), "float32"),), (S, {"tol": 100.0})],
    "cholesky_inverse": [(TRI,), (TRI.T, {"upper": True})],
    "pinv": [(X,), (X, {"rcond": 0.5})],
    "qr": [(X,), (X, "complete")],
    "svd": [(X,), (X, False), (X, {"compute_uv": False})],
    "solve": [(S, V), (S, X.T)],
    "solve_triangular": [(TRI, V, True), (TRI.T, X.T)],
    "lstsq": [(X, Y), (X, Y[:, 0])],
    "jvp": [(jnp.sin, (X,), (Y,)), (lambda x: (x * x, x), (X,), (Y,), {"has_aux": True})],
    # networks
    "relu relu6 sigmoid silu swish softplus softsign squareplus sparse_plus sparse_sigmoid log_sigmoid": SMOOTH,
    "hard_sigmoid hard_silu hard_swish hard_tanh tanh_shrink selu": SMOOTH,
    "elu celu": [(X,), (X, 0.5)],
    "leaky_relu": [(X,), (X, 0.1)],
    "gelu": [(X,), (X, False)],
    "glu": [(T,), (X, {"axis": 0})],
    "hard_shrink soft_shrink": [(X,), (X, 0.2)],
    "threshold": [(X, 0.1, -1.0)],
    "softmax log_softmax": [(X,), (X, 0), (T, (1, 2))],
    "sparsemax": [],  # Keras's does not sum to 1; see the laws in test_activations.py
    "one_hot": [(K, 3), (K, 4, 0), (K - 1, 3, {"dtype": "int32"})],
    "multi_hot": [(N, 9), (K, 3), (N, {"num_classes": 5, "dtype": "int32"})],
    "binary_crossentropy": [(P, Q), (np.float32(B), X, True), (np.float32(B), np.float32(D))],
    "categorical_crossentropy": [(P, Q), (P, X, True), (P, Q, {"axis": 0})],
    "sparse_categorical_crossentropy": [(K, Q), (K, X, True), (K[:, None], Q)],
    "moments": [(X, 0), (T, (0, 2)), (T, [1], {"keepdims": True})],
    "normalize": [(X,), (X, 0), (X, {"order": 1}), (X, {"order": 3, "axis": 0}), (np.zeros((2, 3), "float32"),)],
    "batch_normalization": [(X, V, P[0], 1), (X, V, P[0], -1, W, Q[0], 0.1), (X, K * 0.1, P[:, 0], 0)],
    "layer_normalization": [(X,), (X, V, W), (T, V, W, {"axis": 1}), (T, T[0], T[1], {"axis": (1, 2), "epsilon": 0.1})],
    "rms_normalization": [(X,), (X, V), (T, {"axis": (1, 2), "epsilon": 0.1})],
    "psnr": [(P, Q, 1.0)],
    "dot_product_attention": [(T[None], T[None], T[None]), (T[None], T[None], T[None], {"is_causal": True})],
    # core
    "shape": [(X,)],
    "ndim": [(X,)],
    "size": [(X,)],
    "dtype": [(X,), (N,), (B,)],
    "is_tensor": [(X,), (jnp.ones(2),), (1.0,)],
    "cast": [(X, "int32"), (N, "float32"), (X, "bool"), (X, "bfloat16")],
    "saturate_cast": [
        (300 * X, "uint8"), (1e30 * X, "int32"), (1e30 * X, "float16"), (300 * N, "int8"), (N - 4, "uint8"),
        (X, "bool"), (B, "int8"), (jnp.asarray(1e30 * X, "bfloat16"), "int32"),
    ],
    "convert_to_tensor": [(X,), (X, "int32")],
    "convert_to_numpy": [(X,)],
    "view": [(X, "int32")],
    "stop_gradient": [(X,)],
    "custom_gradient": [],
    "cond": [(True, lambda: X, lambda: Y)],
    "switch": [(1, [jnp.sin, jnp.cos], X), (7, [jnp.sin, jnp.cos], X)],
    "while_loop": [
        (lambda x: jnp.sum(x) < 100.0, lambda x: 2.0 * x, P),
        (lambda i, x: i < 9, lambda i, x: [i + 1, 2.0 * x], [np.int32(0), P]),
        (lambda i, x: i < 9, lambda i, x: (i + 1, 2.0 * x), (np.int32(0), P), 3),
    ],
    "fori_loop": [(0, 3, lambda i, x: x + i, X)],
    "scan": [
        (lambda total, x: (total + x, total), V, X),
        (lambda total, x: (total + x, total), V, X, {"reverse": True, "unroll": 2}),
        (lambda x, _: (2.0 * x, x), V, None, 4),
    ],
    "associative_scan": [(jnp.add, X), (jnp.maximum, X, {"reverse": True, "axis": 1})],
    "map": [(jnp.sum, X)],
    "vectorized_map": [(jnp.sum, X), (lambda pair: pair[0] @ pair[1], (X, Y))],
    "vectorize": [],
}  # fmt: skip
CASES = {name: runs for names, runs in TABLE.items() for name in names.split()}


# What cannot be a program's: the shape of the result depends on values, or the result is no array.
EAGER = {"bincount", "convert_to_numpy", "dtype", "is_tensor", "ndim", "nonzero", "shape", "size", "unique"}
# A list is a structure of several arrays to these, not one array.
OF_STRUCTURES = {
    "associative_scan", "cond", "convert_to_numpy", "fori_loop", "is_tensor", "jvp", "map", "scan", "stop_gradient",
    "switch", "vectorized_map", "while_loop",
}  # fmt: skip


def runs(excluded=(), first=False):
    """Return a mark for the runs of the operations that are not `excluded`, or for the `first` of each."""
    cases = [
        pytest.param(name, arguments, id=f"{name}-{number}")
        for name, runs in CASES.items()
        for number, arguments in enumerate(runs[:1] if first else runs)
        if name not in excluded
    ]
    return instances(("name", "arguments"), cases)


def call(module, name, arguments):
    *args, last = arguments
    args, kwargs = (args, last) if isinstance(last, dict) else (arguments, {})
    return getattr(module, name)(*args, **kwargs)


def is_array(leaf):
    return isinstance(leaf, np.ndarray) and leaf.dtype != "int64"  # those are settings, such as `repeats`


def with_arrays(arguments, replace):
    return jax.tree.map(lambda leaf: replace(leaf) if is_array(leaf) else leaf, arguments)


def specs(results):
    return [(np.shape(one), str(getattr(one, "dtype", type(one)))) for one in jax.tree.leaves(results)]


def plain(array):
    """Return an array that files of arrays can hold: they know nothing of bfloat16."""
    return np.asarray(array, "float32") if getattr(array, "dtype", None) == "bfloat16" else np.asarray(array)


def assert_close(results, expected):
    for ours, theirs in zip(jax.tree.leaves(results), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def assert_same(results, expected):
    assert specs(results) == specs(expected)
    assert_close(results, expected)


def program_of(name, arguments):
    """Return a call as a program, and the arrays that it takes."""
    leaves, structure = jax.tree.flatten(arguments)

    def program(arrays):
        values = iter(arrays)
        filled = [next(values) if is_array(leaf) else leaf for leaf in leaves]
        return call(ops, name, jax.tree.unflatten(structure, filled))

    return program, [leaf for leaf in leaves if is_array(leaf)]


def test_every_operation_has_a_case():
    assert set(CASES) == set(ops.__all__) - {"image", "linalg", "nn"}


@runs({"dtype"})
def test_results_and_types_are_those_of_keras(name, arguments, oracle):
    results = call(ops, name, arguments)

    def theirs():
        found = call(keras.ops, name, arguments)
        return [str(specs(found)), *map(plain, jax.tree.leaves(found))]

    spec, *expected = oracle("results", theirs)
    assert str(specs(results)) == spec
    assert_close(results, expected)


@runs(OF_STRUCTURES | {"dtype"}, first=True)
def test_lists_and_variables_are_arrays(name, arguments):
    result = call(ops, name, arguments)
    for form in (np.ndarray.tolist, Variable, jnp.asarray):
        assert_same(call(ops, name, with_arrays(arguments, form)), result)


@runs(EAGER, first=True)
def test_eager_and_compiled_calls_agree(name, arguments):
    program, arrays = program_of(name, arguments)
    assert_same(jax.jit(program)(arrays), call(ops, name, arguments))


@runs(EAGER, first=True)
def test_symbolic_tensors_have_the_shape_and_type_of_the_result(name, arguments):
    symbolic = call(ops, name, with_arrays(arguments, lambda one: SymbolicTensor(one.shape, one.dtype, "x")))
    assert specs(symbolic) == specs(call(ops, name, arguments))


# These must know the size of the axis along which they compute.
KNOWN_SIZES = {"associative_scan", "corrcoef", "lstsq", "pinv", "slice_update", "vsplit"}


@runs(EAGER | KNOWN_SIZES, first=True)
def test_an_unknown_batch_stays_unknown(name, arguments):
    def unknown(array):
        shape = (None, *array.shape[1:]) if array.shape[:1] == (4,) else array.shape
        return SymbolicTensor(shape, array.dtype, "x")

    program, arrays = program_of(name, arguments)
    doubled = [np.concatenate([array, array]) if array.shape[:1] == (4,) else array for array in arrays]
    once, twice, symbolic = (
        [one.shape for one in jax.tree.leaves(results)]
        for results in (
            jax.eval_shape(program, arrays),
            jax.eval_shape(program, doubled),
            call(ops, name, with_arrays(arguments, unknown)),
        )
    )
    for small, large, inferred in zip(once, twice, symbolic, strict=True):
        for size, other, found in zip(small, large, inferred, strict=True):
            assert found is None if size != other else found in (size, None)
