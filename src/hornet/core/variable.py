"""Mutable boxes: the arrays and numbers that layers, metrics and optimizers hold."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast, overload

import jax
import jax.numpy
import numpy as np
from jax.core import Tracer

from hornet.core.checks import describe, number
from hornet.core.config import TracedNumber
from hornet.core.dtypes import is_float
from hornet.core.errors import ArgumentError
from hornet.core.forks import refuse_forked
from hornet.core.frame import current_frame
from hornet.core.names import unique_name
from hornet.core.registry import family
from hornet.core.settings import floatx
from hornet.core.user_code import UncarriedReadError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


jnp: Any = jax.numpy  # whose own types are partly unknown


_AGGREGATIONS = "none", None, "mean", "sum", "only_first_replica"
_SYNCHRONIZATIONS = "auto", None, "none", "on_write", "on_read"


class Box:
    """A place for one value. Inside a frame, reads and writes go to the frame's copy of it."""

    __slots__ = ("held",)

    _advice = "Keep it in an attribute of the model, where the walk finds it."

    held: Any
    """The box's own value, whatever frame is open; for `core.module`, which moves many at once."""

    @property
    def value(self) -> Any:
        """The value: the frame's inside a pure call, the box's own elsewhere."""
        frame = current_frame()
        if frame is None:
            return self.held
        try:
            return frame.values[self]
        except KeyError:
            raise UncarriedReadError(
                self,
                f"{self!r} was read inside a pure call that does not carry it, so its present value would be "
                f"baked into the program. {self._advice}",
            ) from None


class _Checked:
    """An attribute whose values are checked where they are assigned; its slot begins with an underscore.

    Args:
        accepts: Whether a value is one.
        kind: What it must be, for errors.
    """

    def __init__(self, accepts: Callable[[Any], bool], kind: str) -> None:
        self._accepts = accepts
        self._kind = kind

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, variable: Any, owner: type | None = None) -> Any:
        return self if variable is None else getattr(variable, f"_{self._name}")

    def __set__(self, variable: Any, value: Any) -> None:
        if not self._accepts(value):
            raise ArgumentError(f"`{self._name}` of {variable!r} must be {self._kind}, not {describe(value)}.")
        setattr(variable, f"_{self._name}", value)


def _is_function(value: Any) -> bool:
    return value is None or callable(value)


class Variable(Box):
    """An array that lives in a box.

    A variable has no global name: its path, such as `"hidden/kernel"`, is relative to the object
    that a walk starts from (see `core.module`).

    Args:
        initializer: The initial value; or, with `shape`, a function of a shape and a dtype that returns it, or the name
            of an initializer.
        shape: Its shape, where `initializer` is such a function.
        dtype: The type of its elements; that of the value if not given.
        trainable: Whether a gradient is taken of it.
        autocast: Whether a layer that computes in another floating-point type reads it in that type.
        aggregation: How copies on several devices would become one; there is one device, so it changes nothing.
        synchronization: When they would; likewise.
        name: Its name within the owner.
        layout: How it would be spread over devices; likewise.
        regularizer: Function from the value to a penalty, or `None`.
        constraint: Function from the value to an allowed value, applied after updates, or `None`.

    Raises:
        ValueError: If `initializer` is a function and there is no `shape`, or one that the value does not have.

    Example:
        >>> v = Variable([1.0, 2.0])
        >>> _ = v.assign_add([1.0, 1.0])
        >>> v.numpy()
        array([2., 3.], dtype=float32)
    """

    __slots__ = (
        *("_autocast", "_constraint", "_made_trainable", "_overwrite_with_gradient", "_own_dtype", "_regularizer"),
        *("_trainable", "aggregation", "frozen", "name", "path", "shape", "synchronization", "__weakref__"),
    )

    constraint = _Checked(_is_function, "a function of the value, or None")
    regularizer = _Checked(_is_function, "a function of the value, or None")
    overwrite_with_gradient = _Checked(lambda value: isinstance(value, bool), "True or False")
    """Whether an update replaces the value by the gradient, as scales of 8-bit numbers have it."""

    _made_trainable: bool
    """Whether it was made to be trained, be it frozen since or not: its place among the weights."""

    path: str
    """The name behind that of the layer that made it, as `"dense/kernel"`; for people, nothing is looked up by it."""

    def __init__(
        self,
        initializer: ArrayLike | Callable[..., ArrayLike] | str,
        shape: Sequence[int] | None = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str | None = "none",
        synchronization: str | None = "auto",
        name: str | None = None,
        layout: Any = None,
        *,
        regularizer: Callable[[Any], Any] | None = None,
        constraint: Callable[[Any], Any] | None = None,
    ) -> None:
        self.aggregation = _among("aggregation", aggregation, _AGGREGATIONS)
        self.synchronization = _among("synchronization", synchronization, _SYNCHRONIZATIONS)
        name = name or unique_name(type(self))
        value: Any = family("initializer").get(initializer) if isinstance(initializer, str) else initializer
        if callable(value):
            if shape is None:
                raise ValueError(f"Variable {name!r} has an initializer but no shape. Pass `shape=`.")
            value = value(tuple(shape), dtype=dtype or floatx())
        if shape is not None and np.shape(value) != tuple(shape):
            raise ValueError(f"Variable {name!r} has a value of shape {np.shape(value)}. Pass one of {tuple(shape)}.")
        refuse_forked()
        with jax.ensure_compile_time_eval():  # a box made while something is traced holds an array all the same
            self.held: jax.Array = jnp.asarray(value, dtype=dtype)
        frame = current_frame()
        if frame is not None:  # a layer that builds itself while it is called
            frame.values[self] = self.held
            frame.made.append(self)
        self.shape: tuple[int, ...] = self.held.shape
        self._own_dtype: str = self.held.dtype.name
        self.name = self.path = name
        self._trainable = self._made_trainable = trainable
        self.frozen = False
        """Whether the layer that owns it is frozen."""
        self.regularizer = regularizer
        self.constraint = constraint
        self.overwrite_with_gradient = False
        self._autocast = autocast and is_float(self._own_dtype)

    @property
    def value(self) -> Any:
        """The value; inside a layer that computes in another floating-point type, in that type."""
        value = super().value
        dtype = self._cast_to
        return value if dtype is None else value.astype(dtype)

    @property
    def dtype(self) -> str:
        """The type of the value's elements: inside a layer that computes in another floating-point type, that type."""
        dtype = self._cast_to
        return self._own_dtype if dtype is None else dtype

    @property
    def _cast_to(self) -> str | None:
        """The type in which the layer that is called reads it, `None` where it is read as it is held."""
        frame = current_frame()
        return frame.compute_dtype if frame is not None and self._autocast else None

    @property
    def trainable(self) -> bool:
        """Whether a gradient is taken of it: it was made to be trained and its layer is not frozen."""
        return self._trainable and not self.frozen

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod(self.shape, dtype=np.int64))

    def numpy(self) -> np.ndarray:
        """Return the value as a NumPy array."""
        return np.asarray(self.value)

    def assign(self, value: ArrayLike) -> Any:
        """Replace the value by one of the same shape, and return that."""
        return self._replace(self._fitting(value))

    def assign_add(self, value: ArrayLike) -> Any:
        """Add to the value, and return the sum."""
        return self.assign(self.value + jnp.asarray(value))

    def assign_sub(self, value: ArrayLike) -> Any:
        """Subtract from the value, and return the difference."""
        return self.assign(self.value - jnp.asarray(value))

    def _replace(self, carried: Any) -> Any:
        """Replace the value by what a program carries of one; return it: a rest is less than the last digit."""
        frame = current_frame()
        if frame is None:
            self._refuse_traced(carried)
            self.held = carried
        else:
            self.value  # noqa: B018  (refuses a variable that the frame does not carry)
            frame.values[self] = carried
        return cast(tuple[Any, Any], carried)[0] if isinstance(carried, tuple) else carried

    def _refuse_traced(self, carried: Any) -> None:
        if any(isinstance(part, Tracer) for part in jax.tree.leaves(carried)):
            raise RuntimeError(
                f"A traced value was assigned to {self!r} outside a pure call; it means nothing once the "
                "trace ends. Call the layer through `hornet.core.pure` or `stateless_call` inside `jax.jit`."
            )

    def _fitting(self, value: ArrayLike) -> jax.Array:
        array = jnp.asarray(value, dtype=self._own_dtype)
        if array.shape != self.shape:
            raise ValueError(f"{self!r} cannot take a value of shape {array.shape}. Pass one of shape {self.shape}.")
        return array

    def __repr__(self) -> str:
        return f"<Variable {self.name!r} shape={self.shape} dtype={self.dtype}>"

    def __bool__(self) -> bool:
        raise TypeError(f"{self!r} is neither true nor false. Use `variable.value`, or `ops.where` in a layer.")

    __hash__ = object.__hash__  # as what is equal is found element by element, a variable is a key by itself

    def __iter__(self) -> Iterator[Any]:
        return iter(self.value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.value, dtype=dtype)

    def __jax_array__(self) -> Any:
        return self.value

    def __getitem__(self, index: Any) -> Any:
        return self.value[index]

    def __len__(self) -> int:
        return self.shape[0]

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __index__(self) -> int:
        return operator.index(np.asarray(self.value).item())

    def __round__(self, digits: int | None = None) -> Any:
        return jnp.round(self.value, digits or 0)

    if TYPE_CHECKING:  # the operators that are made below

        def _of_two(self, other: Any, /) -> Any: ...

        __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _of_two
        __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = _of_two
        __lt__ = __le__ = __gt__ = __ge__ = __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = _of_two

        def _of_one(self) -> Any: ...

        __neg__ = __pos__ = __abs__ = __invert__ = _of_one


def _among(argument: str, value: str | None, known: Collection[str | None]) -> str | None:
    if value not in known:
        raise ArgumentError(f"`{argument}` must be one of {known}, not {value!r}.")
    return value


def _unary(operation: Callable[[Any], Any]) -> Callable[[Variable], Any]:
    return lambda self: operation(self.value)


def _binary(operation: Callable[[Any, Any], Any]) -> Callable[[Variable, Any], Any]:
    def forward(self: Variable, other: Any) -> Any:
        if hasattr(other, "node"):  # a symbolic tensor, which records the operation
            return NotImplemented
        return operation(self.value, _read(other))

    return forward


def _read(other: Any) -> Any:
    return other.value if isinstance(other, Variable) else other


def _reflect(operation: Callable[[Any, Any], Any]) -> Callable[[Variable, Any], Any]:
    def backward(self: Variable, other: Any) -> Any:
        return operation(_read(other), self.value)

    return backward


_of_two: dict[str, Callable[[Any, Any], Any]] = {
    **{name: getattr(operator, name) for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")},
    **{name: getattr(jnp, f"logical_{name}") for name in ("and", "or", "xor")},  # in Keras of all numbers
}
for _name, _operation in _of_two.items():
    setattr(Variable, f"__{_name}__", _binary(_operation))
    setattr(Variable, f"__r{_name}__", _reflect(_operation))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Variable, f"__{_name}__", _binary(getattr(operator, _name)))
for _name in ("neg", "pos", "abs", "invert"):
    setattr(Variable, f"__{_name}__", _unary(getattr(operator, _name)))


class Number(Box):
    """A hyperparameter's number; programs receive it as an argument, so changing it compiles nothing."""

    __slots__ = ("name",)

    _advice = (
        f"{Box._advice} An optimizer's is read in `on_epoch_end` of a callback, where `logs` takes it into the history."
    )

    def __init__(self, name: str, value: Any) -> None:
        self.name = name
        self.held = value
        frame = current_frame()
        if frame is not None:  # of a layer that is made while another one is called
            frame.values[self] = value

    def set(self, value: Any) -> None:
        """Replace the number."""
        self.held = value

    def __repr__(self) -> str:
        return f"<Number {self.name!r} = {self.held}>"


class Table(Number):
    """An array that a layer took from data; programs receive it as an argument, so it may change, and in size too."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<Table {self.name!r} shape={np.shape(self.held)}>"


class HyperparameterValue(float):
    """The value of a hyperparameter when it was read: a float with what Keras's variable of it has.

    Attributes:
        name: The attribute that it was read from.
        path: That behind the owner's name.
    """

    __slots__ = ("_assign", "name", "path")

    name: str
    path: str
    _assign: Callable[[Any], None]
    shape: ClassVar[tuple[int, ...]] = ()

    @classmethod
    def of(cls, value: float, owner: Any, name: str, assign: Callable[[Any], None]) -> HyperparameterValue:
        """Return a value of an owner's attribute, whose `assign` calls a function."""
        result = cls(value)
        result.name, result.path = name, f"{getattr(owner, 'name', '')}/{name}".lstrip("/")
        result._assign = assign
        return result

    def assign(self, value: Any) -> None:
        """Change the hyperparameter; this value stays as it is."""
        self._assign(value)

    def assign_add(self, value: Any) -> None:
        """Add to the hyperparameter; this value stays as it is."""
        self._assign(self + float(value))

    def assign_sub(self, value: Any) -> None:
        """Subtract from the hyperparameter; this value stays as it is."""
        self._assign(self - float(value))

    def numpy(self) -> np.float32:
        """Return the number as NumPy's."""
        return np.float32(self)

    @property
    def value(self) -> jax.Array:
        """The number as an array."""
        return jnp.asarray(self, "float32")

    def __reduce__(self) -> Any:
        return float, (float(self),)


class Hyperparameter(TracedNumber):
    """An attribute whose number reaches programs as an argument.

    Inside a pure call reading the attribute gives the program's argument, elsewhere the number. `None`
    is kept as it is: whether a hyperparameter is there shapes the program, its value does not.

    Args:
        required: Whether `None` is refused.
        **bounds: The bounds that `core.checks.number` checks on assignment.

    Example:
        >>> class Decay:
        ...     rate = Hyperparameter(at_least=0.0)
        >>> decay = Decay()
        >>> decay.rate = 0.5
        >>> decay.rate
        0.5
    """

    def __init__(self, *, required: bool = False, **bounds: float) -> None:
        self._required = required
        self._bounds: dict[str, Any] = bounds

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Hyperparameter: ...
    @overload
    def __get__(self, instance: object, owner: type) -> Any: ...
    def __get__(self, instance: object | None, owner: type) -> Any:
        if instance is None:
            return self
        try:
            held = instance.__dict__[self._name]
        except KeyError:
            raise AttributeError(f"{type(instance).__name__!r} object has no attribute {self._name!r} yet") from None
        value = held.value if isinstance(held, Number) else held
        if not isinstance(value, float):
            return value
        return HyperparameterValue.of(value, instance, self._name, lambda new: self.__set__(instance, new))

    def __set__(self, instance: object, value: Any) -> None:
        if value is None and not self._required:
            instance.__dict__[self._name] = None
            return
        checked = number(self._name, value, **self._bounds)
        held = instance.__dict__.get(self._name)
        if isinstance(held, Number):
            held.set(checked)
        else:
            instance.__dict__[self._name] = Number(self._name, checked)


class Rate(Hyperparameter):
    """A probability that reaches programs as an argument, unless it is 0: programs do without what happens never.

    Example:
        >>> class Cell:
        ...     dropout = Rate()
        >>> cell = Cell()
        >>> cell.dropout = 0.0
        >>> isinstance(vars(cell)["dropout"], Number)
        False
    """

    def __init__(self) -> None:
        super().__init__(required=True, at_least=0.0, at_most=1.0)

    def __set__(self, instance: object, value: Any) -> None:
        super().__set__(instance, value)
        if self.is_absent(instance.__dict__[self._name].held):
            instance.__dict__[self._name] = 0.0

    def is_absent(self, value: Any) -> bool:
        """Return whether a value is the 0 that programs do without."""
        return isinstance(value, float) and value == 0.0
