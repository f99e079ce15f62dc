"""The base of every layer: deferred building, weights, and one way to call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, wraps
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np

from hornet import constraints, initializers, regularizers
from hornet.core import random, symbolic
from hornet.core.checks import positive_int, reject_unknown_arguments
from hornet.core.config import constructor_arguments
from hornet.core.dtypes import is_float, policy_of, standardize_dtype
from hornet.core.frame import current_frame
from hornet.core.module import Module, boxes, find, pure, unique_name, values_of
from hornet.core.registry import Registry, snake_case
from hornet.core.variable import Box, Variable
from hornet.layers.input_spec import check_inputs

registry = Registry("layer", "keras.layers")

Shape = tuple[int | None, ...]

# What Keras's configs say of features that Hornet leaves out: that they are not used.
_LEFT_OUT = (
    ("quantization_config", None),
    ("synchronized", False),
    ("renorm", False),
    ("renorm_clipping", None),
    ("renorm_momentum", 0.99),
    ("rms_scaling", False),
)


class Layer(Module):
    """A function with weights: base of all layers.

    A subclass makes its weights in `build` with `add_weight` and computes in `call`. Called outside a
    program, a layer runs at once, through the same pure form that programs compile.

    Args:
        activity_regularizer: Penalty on the output, divided by the batch's size.
        trainable: Whether the weights are trained.
        dtype: Type of the weights and of what is computed, or a policy such as `"mixed_bfloat16"`; by default what
            `set_dtype_policy` said, else `floatx()`.
        name: A name, unique in the model; by default the class's name with a number.
        input_shape: Shape of one input without the batch axis; a model whose first layer has it is built
            at once. `input_dim=8` and `batch_input_shape=(None, 8)` are older spellings of it.

    Example:
        >>> class Scale(Layer):
        ...     def build(self, input_shape):
        ...         self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor")
        ...
        ...     def call(self, inputs):
        ...         return inputs * self.factor
        >>> Scale()([[1.0, 2.0]]).shape
        (1, 2)
    """

    fixed_axes: tuple[int, ...] = ()
    """The axes whose size must stay the one that the layer was built for."""

    supports_masking = False
    """Whether the mask of the input is passed on to the output."""

    input_spec: Any = None
    """What the layer asks of its inputs: an `InputSpec` or a structure of them, checked on every call."""

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        name: str | None = None,
        **older: Any,
    ) -> None:
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._trainable = bool(trainable)
        self.dtype_policy = policy_of(dtype)
        self.has_given_name = name is not None
        self.name = unique_name(type(self)) if name is None else str(name)
        self.declared_shape = _declared_shape(type(self), older)
        self.input_shape: Any = None
        self.nodes: list[symbolic.Node] = []
        """The layer's calls in the functional API."""
        self.built = False

    # --- what a subclass writes -----------------------------------------------------------------------

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in vars(cls):
            cls.build = _marking(cls.build)

    def build(self, input_shape: Shape) -> None:
        """Make the weights for inputs of a shape, in which the batch axis may be `None`."""

    def call(self, inputs: Any) -> Any:
        """Compute the output. A subclass may also take `training`."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `call`. Write one that returns the output.")

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return which steps of the output count, given which steps of the inputs do; `None` for all."""
        return mask if self.supports_masking else None

    def add_loss(self, loss: Any) -> None:
        """Add to the loss of the batch that is being computed; for use in `call`.

        Args:
            loss: A scalar, or a list of scalars.
        """
        frame = current_frame()
        if frame is None:
            raise RuntimeError(
                f"`add_loss` of {self.name!r} was called outside `call`. Call it on what `call` computes."
            )
        frame.losses.extend(loss if isinstance(loss, list | tuple) else [loss])

    # --- weights --------------------------------------------------------------------------------------

    def add_weight(
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
    ) -> Variable:
        """Make a weight of this layer.

        Args:
            *given: Name and shape, or, as in Keras 3, shape and initializer.
            name: Its name. A weight named `"kernel"` takes `kernel_initializer`, `kernel_regularizer` and
                `kernel_constraint` from the layer where they are not given here.
            shape: Its shape, `()` by default.
            initializer: Name, object or function; zeros for a `"bias"` and Glorot's uniform draw otherwise.
            dtype: Type of the elements; the layer's by default.
            trainable: Whether a gradient is taken of it.
            regularizer: Penalty on it.
            constraint: Function applied to it after each update.
            autocast: Whether it is read in the type that the layer computes in.

        Raises:
            ValueError: If the initializer returns another shape.
        """
        if given and isinstance(given[0], str):
            name, shape = (*given, shape)[:2]
        elif given:
            shape, initializer = (*given, initializer)[:2]
        name, shape = name or "variable", (shape,) if isinstance(shape, int) else tuple(shape or ())
        if initializer is None:
            initializer = getattr(self, f"{name}_initializer", "zeros" if name == "bias" else "glorot_uniform")
        dtype = standardize_dtype(dtype or self.dtype)
        draw: Any = initializers.get(initializer)
        variable = Variable(
            draw(shape, dtype=dtype),
            name=name,
            dtype=dtype,
            trainable=trainable,
            regularizer=regularizers.get(regularizer or getattr(self, f"{name}_regularizer", None)),
            constraint=constraints.get(constraint or getattr(self, f"{name}_constraint", None)),
            autocast=autocast,
        )
        variable.frozen = not self._trainable
        if variable.shape != shape:
            raise ValueError(
                f"The initializer of weight {name!r} of layer {self.name!r} returned shape {variable.shape}. "
                f"Return an array of shape {shape}."
            )
        return variable

    def known_axis(self, input_shape: Shape, axis: int) -> int:
        """Return the size of an axis that weights need.

        Raises:
            ValueError: If it is unknown.
        """
        size = input_shape[axis] if -len(input_shape) <= axis < len(input_shape) else None
        if size is None:
            raise ValueError(
                f"Layer {self.name!r} needs to know axis {axis} of its input, whose shape is {tuple(input_shape)}. "
                "Declare it with `input_shape=` or `Input(shape=...)`."
            )
        return size

    @property
    def dtype(self) -> str:
        """The type of the weights."""
        return self.dtype_policy.variable_dtype

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
        """Whether the weights are trained; assigning freezes or thaws them, those of inner layers too."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for variable in self.variables:
            variable.frozen = not value
        for layer in find(self, Layer):
            layer._trainable = bool(value)

    @property
    def trainable_variables(self) -> list[Variable]:
        """The variables that are trained; none where the layer as a whole is frozen."""
        return super().trainable_variables if self._trainable else []

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The variables that are not trained."""
        trained = set(map(id, self.trainable_variables))
        return [variable for variable in self.variables if id(variable) not in trained]

    @property
    def weights(self) -> list[Variable]:
        """Every weight, a layer's trainable ones first, in the order they were made; metrics hold none."""
        totals = {id(one) for part in find(self, Module) if part.is_metric for one in part.variables}
        return [variable for variable in self.variables if id(variable) not in totals]

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that are trained."""
        trained = set(map(id, self.trainable_variables))
        return [variable for variable in self.weights if id(variable) in trained]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that are not trained."""
        trained = set(map(id, self.trainable_variables))
        return [variable for variable in self.weights if id(variable) not in trained]

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of the weights as NumPy arrays."""
        return [np.array(variable.value) for variable in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replace the weights by arrays of the same shapes, in the order of `get_weights()`.

        Raises:
            ValueError: If their number or a shape differs; the weights stay as they were.
        """
        own = self.weights
        if len(weights) != len(own):
            unbuilt = "" if self.built else " because it is not built yet"
            raise ValueError(
                f"`set_weights` of {self.name!r} got {len(weights)} arrays, but it has {len(own)} weights{unbuilt}. "
                "Pass as many as `get_weights()` returns."
            )
        arrays = [np.asarray(array) for array in weights]
        for variable, array in zip(own, arrays, strict=True):
            if variable.shape != array.shape:
                raise ValueError(
                    f"Weight {variable.name!r} of {self.name!r} has shape {variable.shape}, not {array.shape}. "
                    "Pass the arrays in the order of `get_weights()`."
                )
        for variable, array in zip(own, arrays, strict=True):
            variable.assign(array)

    def count_params(self) -> int:
        """Return the number of elements of all weights.

        Raises:
            ValueError: If the layer is not built.
        """
        if not self.built:
            raise ValueError(f"{self.name!r} is not built, so it has no weights yet. Give it `input_shape` or data.")
        return sum(variable.size for variable in self.weights)

    # --- calling --------------------------------------------------------------------------------------

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        inputs = self._cast(inputs)
        self._build_for(inputs, args, kwargs)
        self._check_shape(shapes_of(inputs))
        if symbolic.tensors_in((inputs, args, kwargs)):
            return self._record((inputs, *args), kwargs)
        call = self._call_in_frame if current_frame() else self._call_eagerly
        return call(inputs, *args, **kwargs)

    def build_on(self, input_shape: Any) -> None:
        """Build for inputs of a shape (or a list or dict of shapes), once."""
        if not self.built:
            self.input_shape = map_shapes(lambda shape: (None, *shape[1:]), input_shape)
            self.build(map_shapes(tuple, input_shape))
            self.built = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the output for inputs of a shape, by abstract evaluation; builds the layer."""
        inputs = map_shapes(lambda shape: symbolic.SymbolicTensor(shape, self.dtype, "input"), input_shape)
        self._build_for(inputs, (), {})
        self._check_shape(shapes_of(inputs))
        specs = symbolic.abstract_call(self._abstract, (inputs,), {})
        return shapes_of(specs)

    def _build_for(self, inputs: Any, args: Any, kwargs: Any) -> None:
        if self.input_spec is not None:
            check_inputs(self.name, self.input_spec, inputs)
        if self.built:
            return
        self.build_on(shapes_of(inputs))
        if current_frame() is None and not all(layer.built for layer in find(self, Layer)):
            symbolic.abstract_call(self._abstract, (inputs, *args), kwargs)  # layers inside build as they are called

    def _record(self, args: Any, kwargs: Any) -> Any:
        node = symbolic.Node(self, args, kwargs, self.name, symbolic.abstract_call(self._abstract, args, kwargs))
        self.nodes.append(node)
        return node.outputs

    def _abstract(self, *args: Any, **kwargs: Any) -> Any:
        held = boxes(self, Box)
        return pure(held, self._call_in_frame)(values_of(held), *args, key=random.key_data(0), **kwargs)[0]

    def _call_in_frame(self, inputs: Any, *args: Any, training: bool | None = None, **kwargs: Any) -> Any:
        frame = current_frame()
        assert frame is not None
        outer = frame.training, frame.compute_dtype
        frame.training = frame.training if training is None else bool(training)
        frame.compute_dtype = None if self.compute_dtype == self.dtype else self.compute_dtype
        try:
            accepted = _call_arguments(type(self))
            if "training" in accepted:
                kwargs["training"] = frame.training
            masks = jax.tree.map(frame.mask_of, inputs)
            if "mask" in accepted:
                kwargs.setdefault("mask", masks)
            outputs = self.call(inputs, *args, **kwargs)
        finally:
            frame.training, frame.compute_dtype = outer
        mask = self.compute_mask(inputs, kwargs.get("mask", masks))
        if mask is not None and not isinstance(outputs, list | tuple | Mapping):
            frame.set_mask(outputs, mask)
        if self.activity_regularizer is not None:
            frame.losses.extend(self.activity_regularizer(one) / one.shape[0] for one in jax.tree.leaves(outputs))
        if frame.watcher is not None:
            frame.watcher(self, outputs)
        return outputs

    def _call_eagerly(self, *args: Any, training: bool | None = None, **kwargs: Any) -> Any:
        held = boxes(self, Box)
        state = values_of(held)
        call = pure(held, self._call_in_frame)
        key = random.key_data(random.next_seed())
        outputs, new_state, _ = call(state, *args, training=bool(training), key=key, **kwargs)
        for path, box in held.items():
            if isinstance(box, Variable) and new_state[path] is not state[path]:
                box.assign(new_state[path])
        return outputs

    def _cast(self, inputs: Any) -> Any:
        """Return inputs in their structure as arrays, floats in the layer's dtype."""
        if isinstance(inputs, Mapping):
            return {name: self._cast(one) for name, one in inputs.items()}
        if _holds_arrays(inputs):
            return type(inputs)(self._cast(one) for one in inputs)
        if isinstance(inputs, symbolic.SymbolicTensor) or inputs is None:
            return inputs
        array = inputs.value if isinstance(inputs, Variable) else jnp.asarray(inputs)
        return array.astype(self.compute_dtype) if is_float(array.dtype) else array

    def _check_shape(self, shape: Any) -> None:
        expected = self.input_shape
        if expected is None or not self.fixed_axes:
            return
        if len(shape) < 2 or any(shape[axis] != expected[axis] for axis in self.fixed_axes):
            raise ValueError(
                f"Layer {self.name!r} was built for inputs of shape {expected} but received shape {tuple(shape)}. "
                "Pass data with the same number of features, or build a new model."
            )

    @property
    def input(self) -> Any:
        """What the layer was first called on in the functional API."""
        return self._first_node().args[0]

    @property
    def output(self) -> Any:
        """What the layer's first call in the functional API returned."""
        return self._first_node().outputs

    def _first_node(self) -> symbolic.Node:
        if not self.nodes:
            raise AttributeError(f"Layer {self.name!r} was not called on an `Input` yet. Call it on one first.")
        return self.nodes[0]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, by name, as plain data."""
        return {**super().get_config(), "dtype": self.dtype_policy.name}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Return a new layer from what `get_config` returned, here or in Keras."""
        own = constructor_arguments(cls)
        return cls(**{name: one for name, one in config.items() if name in own or (name, one) not in _LEFT_OUT})

    def _structural(self, argument: str) -> Any:
        return self.dtype_policy.name if argument == "dtype" else super()._structural(argument)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name!r} built={self.built}>"


def named(layers: Iterable[Layer]) -> Iterator[tuple[str, Layer]]:
    """Yield each layer under its own name if it was given one, else under its class's, numbered among these.

    So models of the same structure have the same paths, whatever the process has built before.
    """
    layers = list(layers)
    taken = {layer.name for layer in layers if layer.has_given_name}
    for layer in layers:
        name = layer.name
        if not layer.has_given_name:
            base = name = snake_case(type(layer).__name__)
            count = 0
            while name in taken:
                count += 1
                name = f"{base}_{count}"
            taken.add(name)
        yield name, layer


def _holds_arrays(inputs: Any) -> bool:
    """Return whether a list or tuple is a structure of arrays, and not one array's rows."""
    return isinstance(inputs, list | tuple) and any(
        hasattr(one, "shape") or isinstance(one, Mapping) or _holds_arrays(one) for one in inputs
    )


def shapes_of(inputs: Any) -> Any:
    """Return the shape of each array of a structure, in that structure."""
    if isinstance(inputs, Mapping):
        return {name: shapes_of(one) for name, one in inputs.items()}
    if isinstance(inputs, list | tuple):
        return [shapes_of(one) for one in inputs]
    return None if inputs is None else symbolic.known_shape(inputs.shape)


def map_shapes(function: Callable[[Any], Any], shapes: Any) -> Any:
    """Apply a function to each shape of a structure of shapes."""
    if isinstance(shapes, Mapping):
        return {name: map_shapes(function, one) for name, one in shapes.items()}
    if shapes and not all(size is None or isinstance(size, int | np.integer) for size in shapes):
        return [map_shapes(function, one) for one in shapes]
    return function(shapes)


def _marking(build: Callable[..., None]) -> Callable[..., None]:
    """Return a `build` after which a layer is built, whoever calls it."""

    @wraps(build)
    def marked(self: Layer, input_shape: Any) -> None:
        build(self, input_shape)
        if self.input_shape is None:
            self.input_shape = map_shapes(lambda shape: (None, *shape[1:]), input_shape)
        self.built = True

    return marked


@cache
def _call_arguments(cls: type[Layer]) -> frozenset[str]:
    return frozenset(inspect.signature(cls.call).parameters)


def _declared_shape(cls: type, older: dict[str, Any]) -> Shape | None:
    """Return the batch shape that `input_shape`, `input_dim` or `batch_input_shape` declares."""
    spellings = ("input_shape", "input_dim", "batch_input_shape", "batch_shape", "autocast")
    reject_unknown_arguments(cls.__name__, older, (*spellings, *constructor_arguments(cls)))
    if "batch_input_shape" in older or "batch_shape" in older:
        _, *sizes = older.get("batch_input_shape") or older["batch_shape"]
    elif "input_shape" in older:
        given = older["input_shape"]
        sizes = [given] if isinstance(given, int | np.integer) else list(given)
    elif "input_dim" in older:
        sizes = [older["input_dim"]]
    else:
        return None
    return (None, *(None if size is None else positive_int("input_shape", size) for size in sizes))
