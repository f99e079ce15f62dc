"""Tensors without values: the graph that the functional API builds, and shapes by abstract evaluation.

Nothing is computed on a symbolic tensor. A call on one is recorded as a `Node`, and the shapes of its results are
found by evaluating the call abstractly, so layers and operations need no shape rules of their own.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, cast

import jax
import jax.numpy as jnp
from jax import export

from hornet.core.dtypes import standardize_dtype
from hornet.core.errors import ArgumentError, OutOfBoundsError, SymbolicValueError
from hornet.core.forks import refuse_forked
from hornet.core.frame import keep_mask, mask_of
from hornet.core.package import is_from_package
from hornet.core.shapes import Shape, known_shape
from hornet.core.strings import STRING
from hornet.core.variable import Variable

anything: Any = jax  # whose own types are partly unknown


class SymbolicTensor:
    """What a call on symbolic tensors returns: a shape, a dtype, and where it comes from.

    Args:
        shape: Its shape, `None` for unknown axes such as the batch.
        dtype: The type of its elements.
        name: A name for errors and plots.
        node: The call that makes it; `None` for an input.
        sparse: Must be false: programs do not compute with sparse tensors.
        ragged: Must be false: nor with rows of different lengths.
        mask: What stands for the mask of its steps, where they have one.

    Raises:
        ValueError: If `sparse` or `ragged` is true.
    """

    def __init__(
        self,
        shape: Sequence[int | None],
        dtype: Any = "float32",
        name: str | None = None,
        node: Node | None = None,
        *,
        sparse: bool | None = None,
        ragged: bool | None = None,
        mask: SymbolicTensor | None = None,
    ) -> None:
        if sparse or ragged:
            kind = "sparse" if sparse else "ragged"
            raise ValueError(f"Programs do not compute with {kind} tensors. Leave `{kind}` out, and pass dense arrays.")
        self.shape: Shape = tuple(shape)
        self.dtype = standardize_dtype(dtype)
        self.name = name or "keras_tensor"
        self.node = node
        self.sparse = self.ragged = False
        self._keras_mask = mask

    ragged_rank = row_splits_dtype = None
    """What ragged tensors have, which do not come here."""

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"

    if TYPE_CHECKING:  # the operators that are made below

        def _of_two(self, other: Any, /) -> SymbolicTensor: ...
        def _of_one(self) -> SymbolicTensor: ...

        __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _of_two
        __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = _of_two
        __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = _of_two
        __lt__ = __le__ = __gt__ = __ge__ = __getitem__ = _of_two
        __neg__ = __abs__ = __invert__ = _of_one

    else:  # no array, to type checkers

        def __array__(self, *args: Any, **kwargs: Any) -> Any:
            raise self._no_values()

        def __float__(self) -> float:
            raise self._no_values()

        __int__ = __float__

    def _no_values(self, subject: str | None = None) -> SymbolicValueError:
        return SymbolicValueError(
            f"{subject or repr(self)} has no values. Use layers or `hornet.ops` on it, and a `Model` to compute it."
        )

    def reshape(self, newshape: Any) -> Any:
        """Return the tensor in another shape, as `ops.reshape` does."""
        return OPERATIONS["Reshape"](self, newshape)

    def squeeze(self, axis: Any = None) -> Any:
        """Return the tensor without axes of size 1, as `ops.squeeze` does."""
        return OPERATIONS["Squeeze"](self, axis)

    def __bool__(self) -> bool:
        raise TypeError(
            f"{self!r} has no values, so it is neither true nor false. Use `ops.where` to choose by values."
        )

    def __iter__(self) -> Any:
        raise SymbolicValueError(f"{self!r} cannot be iterated over. Index it, as in `x[:, 0]`.")

    def __contains__(self, value: Any) -> bool:
        raise self._no_values()

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        recorded = _OPERATORS.get(function.__name__) if method == "__call__" else None
        if recorded is None:
            raise self._no_values(f"NumPy functions do not take {self!r}, which")
        return recorded(*inputs)  # `array + tensor`

    @property
    def __jax_array__(self) -> Any:
        # Where JAX asks whether there is one, so that all its functions say this. A `TypeError` it would replace.
        raise ValueError(str(self._no_values(f"JAX functions do not take {self!r}, which")))


# What users know it by: Python's own messages show the name.
SymbolicTensor.__name__ = SymbolicTensor.__qualname__ = "KerasTensor"
KerasTensor = SymbolicTensor


class Node:
    """A recorded call.

    Args:
        operation: A layer, or a function of arrays.
        args: Its arguments, symbolic tensors among them.
        kwargs: Its arguments by name.
        name: A name for its results.
        specs: The shapes and dtypes of its results, in their structure.
    """

    def __init__(self, operation: Any, args: Any, kwargs: Any, name: str, specs: Any) -> None:
        self.operation = operation
        self.args = args
        self.kwargs = kwargs

        def tensor_of(spec: Any) -> SymbolicTensor:
            return SymbolicTensor(known_shape(spec.shape), spec.dtype, name, self, mask=mask_of(spec))

        self.outputs: Any = anything.tree.map(tensor_of, specs)

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """The symbolic tensors among the arguments."""
        return tensors_in((self.args, self.kwargs))

    @property
    def results(self) -> list[SymbolicTensor]:
        """The symbolic tensors that the call makes."""
        return tensors_in(self.outputs)


def tensors_in(tree: Any) -> list[SymbolicTensor]:
    """Return the symbolic tensors in any structure of arguments."""
    return [leaf for leaf in anything.tree.leaves(tree) if isinstance(leaf, SymbolicTensor)]


def replace_tensors(tree: Any, value_of: Callable[[SymbolicTensor], Any]) -> Any:
    """Return a structure with each symbolic tensor replaced by a value."""

    def replace(leaf: Any) -> Any:
        return value_of(leaf) if isinstance(leaf, SymbolicTensor) else leaf

    return anything.tree.map(replace, tree)


def strings_in(tree: Any) -> list[SymbolicTensor]:
    """Return the symbolic tensors in any structure of arguments that stand for strings."""
    return [tensor for tensor in tensors_in(tree) if tensor.dtype == STRING]


def moved_strings(call: Callable[..., Any], args: Any, kwargs: Mapping[str, Any]) -> Any:
    """Return symbolic tensors for what a function that moves elements about makes of strings, in their structure.

    Args:
        call: The function.
        args: Arguments; all symbolic tensors among them stand for strings.
        kwargs: Arguments by name.
    """
    args, kwargs = replace_tensors((args, dict(kwargs)), lambda tensor: SymbolicTensor(tensor.shape, "int32"))
    return replace_tensors(abstract_call(call, args, kwargs), lambda spec: SymbolicTensor(spec.shape, STRING))


def refuse_strings(reader: str, tensors: Sequence[SymbolicTensor]) -> None:
    """Raise the error for what computes with numbers and is called on strings.

    Args:
        reader: What it is.
        tensors: The tensors of strings.
    """
    raise ArgumentError(
        f"{reader} computes with numbers, and {tensors[0].name!r} holds strings. Number them first, by a "
        "`StringLookup`, a `Hashing` or a `TextVectorization`."
    )


def abstract_call(call: Callable[..., Any], args: Any, kwargs: Mapping[str, Any]) -> Any:
    """Return symbolic tensors for what a function makes of arguments, in their structure, without a call in a graph.

    Args:
        call: The function.
        args: Arguments; symbolic tensors stand for arrays of their shape, masked as they are.
        kwargs: Arguments by name.
    """
    given = (args, dict(kwargs))
    tensors = tensors_in(given)

    def on_arrays(arrays: list[Any], masks: list[Any]) -> Any:
        for array, mask in zip(arrays, masks, strict=True):
            if mask is not None:
                keep_mask(array, mask)
        values = iter(arrays)
        args, kwargs = replace_tensors(given, lambda _: next(values))
        outputs = call(*args, **kwargs)
        return outputs, [mask_of(output) for output in anything.tree.leaves(outputs)]

    structs = [_struct(tensor) for tensor in (*tensors, *map(mask_of, tensors))]

    def specs_with(sizes: Callable[[Any], Any]) -> Any:
        known = [None if one is None else anything.ShapeDtypeStruct(sizes(one.shape), one.dtype) for one in structs]
        return anything.eval_shape(on_arrays, known[: len(tensors)], known[len(tensors) :])

    try:
        outputs, masks = specs_with(tuple)
    except jax.errors.InconclusiveDimensionOperation:  # rows that are parted or put together, as in `reshape`
        first, second = (specs_with(lambda shape: _with_size(shape, size)) for size in _TRIAL_SIZES)  # noqa: B023
        outputs, masks = anything.tree.map(_where_equal, first, second)
    masks = iter(masks)

    def tensor_of(spec: Any) -> SymbolicTensor:
        mask = next(masks)
        known = None if mask is None else SymbolicTensor(known_shape(mask.shape), mask.dtype)
        return SymbolicTensor(known_shape(spec.shape), spec.dtype, mask=known)

    return anything.tree.map(tensor_of, outputs)


_TRIAL_SIZES = 5040, 10080
"""Sizes of unknown axes which most small numbers divide."""


def _with_size(shape: Sequence[Any], size: int) -> tuple[int, ...]:
    """Return a shape with a number in the place of each symbol."""
    return tuple(size if known is None else known for known in known_shape(shape))


def _where_equal(one: Any, other: Any) -> Any:
    """Return a description with a symbol for each axis in which two differ."""
    shape = [size if size == of_other else None for size, of_other in zip(one.shape, other.shape, strict=True)]
    return shape_struct(shape, one.dtype)


def _struct(tensor: SymbolicTensor | None) -> Any:
    return None if tensor is None else shape_struct(tensor.shape, tensor.dtype)


def shape_struct(shape: Sequence[int | None], dtype: Any) -> Any:
    """Return JAX's description of an array, with a symbol for each unknown axis."""
    names = ("batch", *(f"axis{index}" for index in range(1, len(shape))))
    sizes = (_symbol(name) if size is None else int(size) for name, size in zip(names, shape, strict=False))
    return anything.ShapeDtypeStruct(tuple(sizes), dtype)


_scope = export.SymbolicScope()  # one for all, so that sizes may be multiplied


@cache
def _symbol(name: str) -> Any:
    return export.symbolic_shape(name, scope=_scope)[0]


OPERATIONS: dict[str, Callable[..., Any]] = {}
"""Hornet's own operations by the names that Keras gives them in a model's config, such as `Multiply`."""


_MOVING_NAMES = frozenset({"Concatenate", "ExpandDims", "GetItem", "Ravel", "Reshape", "Squeeze", "Stack", "Transpose"})
MOVING: set[Callable[..., Any]] = set()
"""The operations that only move elements about, so that these may be strings."""


def operation(function: Callable[..., Any], name: str | None = None) -> Callable[..., Any]:
    """Let a function of arrays take symbolic tensors and variables as well; on the former it is recorded.

    Args:
        function: The function.
        name: The name of its results; the function's by default.

    Example:
        >>> import jax.numpy as jnp
        >>> double = operation(lambda x: 2 * x, "double")
        >>> double(SymbolicTensor((None, 3), "float32", "x"))
        <KerasTensor shape=(None, 3), dtype=float32, name=double>
    """
    name = name or function.__name__.strip("_")

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if tensors_in((args, kwargs)):
            strings = strings_in((args, kwargs))
            if strings and call not in MOVING:
                refuse_strings(f"`{name}`", strings)
            try:
                specs = (moved_strings if strings else abstract_call)(call, args, kwargs)
            except TypeError as error:  # JAX's, of shapes that do not fit
                raise ArgumentError(str(error)) from error
            return Node(call, args, kwargs, name, specs).outputs
        refuse_forked()
        args, kwargs = anything.tree.map(_value, (args, kwargs))
        try:
            return function(*args, **kwargs)
        except (IndexError, ValueError) as error:
            refuse_axis(f"`{name}`", error)
            if isinstance(error, IndexError) and not isinstance(error, OutOfBoundsError):
                shapes = " and ".join(str(leaf.shape) for leaf in anything.tree.leaves(args) if hasattr(leaf, "shape"))
                raise OutOfBoundsError(
                    f"`{name}` got an axis or an index that arrays of shape {shapes} do not have. Count axes from 0."
                ) from error
            raise

    if is_from_package(function) or function.__module__ == "_operator":
        cast(Any, call).keras_name = operation_name(name)
        OPERATIONS.setdefault(operation_name(name), call)
        if operation_name(name) in _MOVING_NAMES:
            MOVING.add(call)
    return call


def operation_name(name: str) -> str:
    """Return Keras's name of an operation in a model's config.

    Example:
        >>> operation_name("true_divide")
        'TrueDivide'
    """
    return "".join(word.capitalize() for word in name.split("_"))


_NO_AXIS = re.compile(r"axis (-?\d+) is out of bounds for array of dimension (\d+)")


def refuse_axis(what: str, error: Exception) -> None:
    """Say of an error of JAX's, if it is about an axis that an array does not have, which axes there are."""
    found = _NO_AXIS.search(str(error)) if isinstance(error, ValueError) else None
    if found is not None:
        axis, ndim = map(int, found.groups())
        axes = f"{ndim} axis" if ndim == 1 else f"{ndim} axes"
        advice = f"Pass one from {-ndim} to {ndim - 1}" if ndim else "Leave `axis` out"
        raise OutOfBoundsError(f"{what} got axis {axis} of an array with {axes}. {advice}.") from error


def _value(leaf: Any) -> Any:
    return leaf.value if isinstance(leaf, Variable) else leaf


def _check_index(tensor: SymbolicTensor, index: Any) -> None:
    """Raise `OutOfBoundsError` for a place that a tensor does not have, where JAX would take the nearest."""
    parts: tuple[Any, ...] = cast(Any, index) if isinstance(index, tuple) else (index,)
    places: list[Any] = [part for part in parts if part is not None and part is not Ellipsis]
    if len(places) > tensor.ndim and all(isinstance(place, int | slice) for place in places):
        raise OutOfBoundsError(f"{tensor!r} has {tensor.ndim} axes, and {len(places)} indices are given.")
    for size, place in zip(tensor.shape, [] if Ellipsis in parts[:-1] else places, strict=False):
        if not isinstance(place, int | slice):
            break  # an array of places, which may stand for several axes
        if size is not None and isinstance(place, int) and not -size <= place < size:
            raise OutOfBoundsError(f"{tensor!r} has no place {place} on an axis of size {size}.")


_OPERATORS: dict[str, Callable[..., Any]] = {}
"""Operations by the names of NumPy's functions that its arrays call for the operators of Python."""


def _add_operator(symbol: str, name: str, reflected: bool = False) -> None:
    """Let symbolic tensors record one of Python's operators, under the name of the operation that it is."""
    recorded = operation(_of_truth(name) if name.startswith("logical") else getattr(operator, f"__{symbol}__"), name)

    def forward(self: SymbolicTensor, *others: Any) -> Any:
        if symbol == "getitem":
            _check_index(self, *others)
        return recorded(self, *others)

    def backward(self: SymbolicTensor, other: Any) -> Any:
        return recorded(other, self)

    _OPERATORS[name.replace("logical", "bitwise")] = recorded
    setattr(SymbolicTensor, f"__{symbol}__", forward)
    if reflected:
        setattr(SymbolicTensor, f"__r{symbol}__", backward)


def _of_truth(name: str) -> Callable[..., Any]:
    """Return an operation on truth values, which `&` and its kin are in Keras for all numbers."""
    function = getattr(jnp, name)
    return lambda *values: function(*values)


for _symbol_of, _name in {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "true_divide",
    "floordiv": "floor_divide",
    "mod": "mod",
    "pow": "power",
    "matmul": "matmul",
    "and": "logical_and",
    "or": "logical_or",
    "xor": "logical_xor",
}.items():
    _add_operator(_symbol_of, _name, reflected=True)
for _symbol_of, _name in {
    "neg": "negative",
    "abs": "absolute",
    "invert": "logical_not",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "getitem": "get_item",
}.items():
    _add_operator(_symbol_of, _name)
