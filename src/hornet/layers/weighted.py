"""Objects with weights: how they are made, listed, frozen and replaced."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from hornet import constraints, initializers, regularizers
from hornet.core.absent_names import why_no_attribute
from hornet.core.budget import spend
from hornet.core.checks import describe
from hornet.core.config import constructor_arguments
from hornet.core.containers import to_numbers
from hornet.core.dtypes import is_float, standardize_dtype
from hornet.core.errors import ArgumentError, NoSuperError, OutOfBoundsError, said_of
from hornet.core.frame import current_frame
from hornet.core.module import Module, find, own_variables, partition
from hornet.core.paths import path_in
from hornet.core.policies import DTypePolicy, policy_of
from hornet.core.shapes import Shape, known_shape
from hornet.core.types import ConstraintLike, DTypeLike, InitializerLike, PolicyLike, RegularizerLike, ShapeLike
from hornet.core.undisturbed import undisturbed
from hornet.core.variable import Variable

_MODEST = 1 << 30
"""Bytes of a weight that every machine has room for."""


@cache
def _memory() -> float:
    """Return the bytes of memory that the machine has, infinity where it does not say."""
    known = hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if known else math.inf


class _PolicyAttribute:
    """Keeps a policy in an object, and takes whatever names one."""

    def __get__(self, owner: Any, kind: type) -> Any:
        if owner is None:
            return self
        try:
            return vars(owner)["dtype_policy"]
        except KeyError:
            raise AttributeError("dtype_policy") from None

    def __set__(self, owner: Any, policy: PolicyLike) -> None:
        vars(owner)["dtype_policy"] = policy_of(policy)


class Weighted(Module):
    """Base of layers and models: an object that makes weights with `add_weight`, directly or in its parts."""

    dtype_policy: DTypePolicy = _PolicyAttribute()  # pyright: ignore[reportAssignmentType]
    """The type of the weights and of what is computed; a name that is assigned becomes its policy."""

    name: str
    """The name, unique in a model."""

    built = False
    """Whether the weights are made."""

    _trainable = True

    _path: str | None = None
    """Its name behind those of the objects in which it was built."""

    _unnamed = 0
    """How many weights were made without a name."""

    _not_in_files = frozenset({"_path", "_unnamed"})

    if not TYPE_CHECKING:  # to which every name would exist

        def __getattr__(self, name: str) -> Any:
            if "dtype_policy" not in vars(self) and not name.startswith("__"):
                kind = type(self).__name__
                raise NoSuperError(f"`{kind}` has no {name!r}. Call `super().__init__()` first in its `__init__`.")
            why = why_no_attribute(name)
            if why and not hasattr(type(self), name):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}. {why}")
            return object.__getattribute__(self, name)  # which says what is missing, or why a property has no value

    @overload
    def add_weight(
        self,
        name: str,
        shape: ShapeLike = ...,
        initializer: InitializerLike = None,
        *,
        dtype: DTypeLike = None,
        trainable: bool = True,
        regularizer: RegularizerLike = None,
        constraint: ConstraintLike = None,
        autocast: bool = True,
        aggregation: str | None = "none",
        overwrite_with_gradient: bool = False,
    ) -> Variable: ...
    @overload
    def add_weight(
        self,
        shape: ShapeLike = ...,
        initializer: InitializerLike = None,
        *,
        name: str | None = None,
        dtype: DTypeLike = None,
        trainable: bool = True,
        regularizer: RegularizerLike = None,
        constraint: ConstraintLike = None,
        autocast: bool = True,
        aggregation: str | None = "none",
        overwrite_with_gradient: bool = False,
    ) -> Variable: ...
    def add_weight(  # pyright: ignore[reportInconsistentOverload]  (two orders of arguments in `given`)
        self,
        *given: Any,
        name: str | None = None,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        autocast: bool = True,
        aggregation: str | None = "none",
        overwrite_with_gradient: bool = False,
    ) -> Variable:
        """Make a weight of this layer.

        Args:
            *given: Name, shape and initializer, or, as in Keras 3, shape and initializer.
            name: Its name. A weight named `"kernel"` takes `kernel_initializer`, `kernel_regularizer` and
                `kernel_constraint` from the layer where they are not given here.
            shape: Its shape, `()` by default.
            initializer: Name, object or function; Glorot's uniform draw by default, and zeros for integers.
            dtype: Type of the elements; the layer's by default.
            trainable: Whether a gradient is taken of it.
            regularizer: Penalty on it.
            constraint: Function applied to it after each update.
            autocast: Whether it is read in the type that the layer computes in.
            aggregation: How copies on several devices would become one; there is one device.
            overwrite_with_gradient: Whether an update replaces it by its gradient.

        Raises:
            ValueError: If the initializer returns another shape, or the layer is built and being called: a program
                would make the weight anew each time.
        """
        if self.built and current_frame() is not None:
            raise ValueError(
                f"{self.name!r} made a weight while it was called. Make weights in `__init__` or `build`; `call` may "
                "`assign` to them."
            )
        if given and isinstance(given[0], str):
            name, shape, initializer = (*given, *(None, shape, initializer)[len(given) :])
        elif given:
            shape, initializer = (*given, *(shape, initializer)[len(given) :])
        name, shape = name or self._next_name(), (shape,) if isinstance(shape, int) else tuple(shape or ())
        dtype = standardize_dtype(dtype or self.dtype)
        if initializer is None:
            initializer = getattr(self, f"{name}_initializer", None)
        if initializer is None:
            initializer = "glorot_uniform" if is_float(dtype) else "zeros"
        draw: Any = np.zeros if spend(shape) else initializers.get(initializer)
        self._check_size(f"Weight {name!r}", shape)
        variable = Variable(
            draw(shape, dtype=dtype),
            name=name,
            dtype=dtype,
            trainable=trainable,
            regularizer=regularizers.get(regularizer or getattr(self, f"{name}_regularizer", None)),
            constraint=constraints.get(constraint or getattr(self, f"{name}_constraint", None)),
            autocast=autocast,
            aggregation=aggregation,
        )
        variable.overwrite_with_gradient = overwrite_with_gradient
        variable.path = f"{self._path or path_in(self)}/{name}"
        variable.frozen = not self._trainable
        if variable.shape != shape:
            raise ValueError(
                f"The initializer of weight {name!r} of layer {self.name!r} returned shape {variable.shape}. "
                f"Return an array of shape {shape}."
            )
        return variable

    add_variable = add_weight

    def _next_name(self) -> str:
        self._unnamed += 1
        return "variable" if self._unnamed == 1 else f"variable_{self._unnamed - 1}"

    def _check_size(self, what: str, shape: Sequence[Any], itemsize: int = 4) -> None:
        """Raise `MemoryError` for an array that the machine has no memory for, naming the argument to blame."""
        sizes = known_shape(shape)
        needed = itemsize * math.prod(1 if size is None else size for size in sizes)
        if needed < _MODEST or needed < _memory():
            return
        largest = max(size for size in sizes if size is not None)
        blamed = [each for each in constructor_arguments(type(self)) if vars(self).get(each) == largest]
        advice = f"Pass a smaller `{blamed[0]}`" if blamed else "Make it smaller"
        raise MemoryError(
            f"{what} of layer {self.name!r} has shape {sizes} and needs {needed / 2**30:,.0f} GB"
            f"{' a row' if None in sizes else ''}, more than this machine has. {advice}."
        )

    def _known_axis(self, input_shape: Shape, axis: int) -> int:
        """Return the size of an axis that weights need.

        Raises:
            ValueError: If it is unknown, or not there.
        """
        ndim = len(input_shape)
        if not -ndim <= axis < ndim:
            raise OutOfBoundsError(
                f"Layer {self.name!r} got axis {axis} of an input of shape {tuple(input_shape)}. Pass one from {-ndim} "
                f"to {ndim - 1}."
            )
        size = input_shape[axis]
        if size is None:
            raise OutOfBoundsError(
                f"Layer {self.name!r} needs to know axis {axis} of its input, whose shape is {tuple(input_shape)}. "
                "Declare it with `input_shape=` or `Input(shape=...)`."
            )
        return size

    @property
    def dtype(self) -> str:
        """The type of the weights."""
        return self.dtype_policy.variable_dtype

    @property
    def path(self) -> str:
        """The name behind those of the layers in which it was built, as `"encoder/dense"`; for people alone."""
        return self._path or self.name

    @property
    def input_dtype(self) -> str:
        """The type that floating-point inputs are cast to."""
        return self.dtype_policy.compute_dtype

    @property
    def compute_dtype(self) -> str:
        """The type of what is computed."""
        return self.dtype_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The type of the weights."""
        return self.dtype_policy.variable_dtype

    @property
    def trainable(self) -> bool:
        """Whether the weights are trained; assigning freezes or unfreezes them, those of inner layers too."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for variable in self.variables:
            variable.frozen = not value
        for part in find(self, Weighted):
            part._trainable = bool(value)

    @property
    def variables(self) -> list[Variable]:
        """Every variable, weights and states of seeds, without the totals of metrics."""
        parts = partition(self)
        beside = parts.beside
        return [variable for path, variable in parts.variables.items() if path not in beside]

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The variables that a gradient is not taken of, without the totals of metrics."""
        parts = partition(self)
        beside = parts.beside
        return [variable for path, variable in parts.not_trained.items() if path not in beside]

    @property
    def metrics(self) -> list[Any]:
        """The metrics that the layer and those inside hold."""
        return [part for part in find(self, Module) if part._is_metric]

    @property
    def metrics_variables(self) -> list[Variable]:
        """The totals of `metrics`."""
        return list(partition(self).metrics.values())

    @property
    def weights(self) -> list[Variable]:
        """Every weight, a layer's trainable ones first, in the order they were made; metrics hold none."""
        return list(partition(self).weights.values())

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that are trained; none where the layer as a whole is frozen."""
        parts = partition(self)
        return [weight for path, weight in parts.weights.items() if path in parts.trained]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that are not trained."""
        parts = partition(self)
        return [weight for path, weight in parts.weights.items() if path in parts.not_trained]

    @undisturbed
    def get_weights(self) -> list[np.ndarray]:
        """Return copies of the weights as NumPy arrays."""
        return [np.array(variable.value) for variable in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replace the weights by arrays of the same shapes, in the order of `get_weights()`.

        Raises:
            ValueError: If their number or a shape differs; the weights stay as they were.
        """
        own = self.weights
        if not hasattr(weights, "__len__"):
            raise ArgumentError(
                f"`set_weights` of {self.name!r} takes a list of arrays, not {describe(weights)}. "
                "Pass what `get_weights()` returns."
            )
        if len(weights) != len(own):
            unbuilt = "" if self.built else " because it is not built yet"
            raise ValueError(
                f"`set_weights` of {self.name!r} got {len(weights)} arrays, but it has {len(own)} weights{unbuilt}. "
                "Pass as many as `get_weights()` returns."
            )
        with said_of("set_weights"):
            arrays = [to_numbers(f"weights[{place}]", np.asarray(array)) for place, array in enumerate(weights)]
        for variable, array in zip(own, arrays, strict=True):
            if variable.shape != array.shape:
                raise ValueError(
                    f"Weight {variable.name!r} of {self.name!r} has shape {variable.shape}, not {array.shape}. "
                    "Pass the arrays in the order of `get_weights()`."
                )
        for variable, array in zip(own, arrays, strict=True):
            variable.assign(array)

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Put the object's own variables, without those of objects in it, into what a file holds for it.

        A user-defined class may keep more in its files by a `save_own_variables` and `load_own_variables` of its own;
        `save_assets(folder)` and `load_assets(folder)`, where it has them, are for whole files in a `.keras` archive.

        Args:
            store: Arrays by name.
        """
        store.update({str(number): np.asarray(each.value) for number, each in enumerate(own_variables(self))})

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Take the object's own variables from what `save_own_variables` wrote.

        Args:
            store: Arrays by name.

        Raises:
            ValueError: If the file holds another number of variables, or other shapes.
        """
        own = own_variables(self)
        saved = [store[str(number)] for number in range(len(own)) if str(number) in store]
        if [np.shape(array) for array in saved] != [each.shape for each in own]:
            raise ValueError(
                f"{self.name!r} has variables of the shapes {[each.shape for each in own]}, and the file holds "
                f"{[np.shape(array) for array in saved]}. Build the layer as it was when the file was written."
            )
        for variable, array in zip(own, saved, strict=True):
            variable.assign(array)

    def count_params(self) -> int:
        """Return the number of elements of all weights.

        Raises:
            ValueError: If the layer is not built.
        """
        if not self.built:
            raise ValueError(f"{self.name!r} is not built, so it has no weights yet. Give it `input_shape` or data.")
        return sum(variable.size for variable in self.weights)
