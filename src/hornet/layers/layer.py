"""The base of every layer: deferred building, weights, and one way to call."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import wraps
from typing import Any, ClassVar, Unpack, overload

import jax
import jax.numpy as jnp
import numpy as np

from hornet import regularizers
from hornet.core import random, symbolic
from hornet.core.arrays import program_array
from hornet.core.checks import describe, positive_int
from hornet.core.config import constructor_arguments, is_ours, serialize
from hornet.core.dtypes import is_float
from hornet.core.frame import current_frame, keep_mask
from hornet.core.keys import key_of_call
from hornet.core.module import Module, boxes, find, partition, pure, unique_name, values_of
from hornet.core.policies import policy_of
from hornet.core.registry import Registry, snake_case
from hornet.core.shapes import Shape, known_shape, map_shapes, shapes_of
from hornet.core.suggestions import reject_unknown_arguments
from hornet.core.types import PolicyLike, RegularizerLike
from hornet.core.variable import Box, Number, Variable
from hornet.layers.input_spec import check_inputs
from hornet.layers.options import OlderOptions
from hornet.layers.signature import BY_NAME, inputs_by_name, parameters, shape_arguments, shapes_by_argument
from hornet.layers.weighted import Weighted

registry = Registry("layer", "keras.layers")


class _InputShape:
    """The shape of the inputs that a layer was built for; a user's class may keep what it likes under the name."""

    def __get__(self, layer: Any, owner: type) -> Any:
        if layer is None:
            return self
        shape = layer._input_shape
        if shape is None:
            raise AttributeError(f"{layer.name!r} has no `input_shape` before it is built. Give it the shape, or data.")
        return shape


Symbolic = symbolic.SymbolicTensor | Sequence[symbolic.SymbolicTensor] | Mapping[str, symbolic.SymbolicTensor]
"""The inputs of a layer of one output in the functional API."""


class Layer(Weighted):
    """A function with weights: base of all layers.

    A subclass creates its weights in `build` with `add_weight` and computes in `call`. Called outside a
    program, a layer runs at once, through the same pure form that programs compile.

    Args:
        activity_regularizer: Penalty on the output, divided by the batch's size.
        trainable: Whether the weights are trained.
        dtype: Type of the weights and of what is computed, or a policy such as `"mixed_bfloat16"`; by default that of
            `set_dtype_policy`, else `floatx()`.
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

    _fixed_axes: tuple[int, ...] = ()
    """The axes whose size must stay the one that the layer was built for."""

    supports_masking = False
    """Whether the mask of the input is passed on to the output."""

    _takes_structures = False
    """Whether the layer may be called on a list or dict of tensors; a user-defined layer always may."""

    _unused_in_config: ClassVar[Mapping[str, Any]] = {
        "input_axes": None,
        "output_axes": None,
        "quantization_config": None,
        "lora_rank": None,
        "sparse": False,
        "ragged": False,
        "optional": False,
        "synchronized": False,
        "renorm": False,
        "renorm_clipping": None,
        "renorm_momentum": 0.99,
        "rms_scaling": False,
    }
    _not_in_files = frozenset(
        {
            *("_inbound_nodes", "dtype_policy", "name", "_input_shape", "_further_shapes", "_declared_shape"),
            *("activity_regularizer", "_added_losses", "_loss_adders"),
        }
    )

    autocast = True
    """Whether floating-point inputs are cast to the type that the layer computes in."""

    input_shape: Any = _InputShape()

    _takes_integers = False
    """Whether inputs are integers by their meaning, so that a model that begins with the layer takes these."""

    _input_shape: Any = None
    _further_shapes: Mapping[str, Any] | None = None
    """The shapes of all tensors that the layer was built for by `<argument>_shape`, where `build` takes several."""

    _added_losses: Sequence[Any] = ()
    """What the layer added to the loss of the last call outside of programs."""

    _loss_adders: frozenset[Layer] = frozenset()
    """The layers that did so in the last call of this one; a set, which the walk over layers inside does not enter."""

    input_spec: Any = None
    """What the layer requires of its inputs: an `InputSpec` or a structure of them, checked on every call."""

    def __init__(
        self,
        *,
        activity_regularizer: RegularizerLike = None,
        trainable: bool = True,
        dtype: PolicyLike = None,
        name: str | None = None,
        **older: Unpack[OlderOptions],
    ) -> None:
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._trainable = bool(trainable)
        self.dtype_policy = policy_of(dtype)
        self._has_given_name = name is not None
        self.name = unique_name(type(self)) if name is None else _part_of_path(name)
        self._declared_shape = _declared_shape(type(self), {**older})
        autocast = older.get("autocast")
        if autocast is not None:
            self.autocast = bool(autocast)
        self._input_shape = None
        self._inbound_nodes: list[symbolic.Node] = []
        """The layer's calls in the functional API."""
        # A layer of ours without a `build` has no weights, so there is nothing to wait for.
        self.built = (
            is_ours(type(self))
            and type(self) is not Layer
            and not self._says_how_to_build
            and not self._takes_structures
        )

    def _structure(self) -> Hashable:
        structure = super()._structure()
        if "autocast" not in vars(self) or not isinstance(structure, tuple):
            return structure
        return (*structure, ("autocast", self.autocast))

    # --- what a subclass writes -----------------------------------------------------------------------

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in vars(cls):
            cls.build = _mark_built(cls.build)

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs of a shape, in which the batch axis may be `None`.

        Where `call(self, x1, x2)` takes several tensors, `build(self, x1_shape, x2_shape)` may take all their shapes.
        The default builds the layers inside by an abstract call.
        """
        if input_shape is None:
            self.built = True
        elif not self._says_how_to_build:
            self._trace_output_shape(input_shape)

    @property
    def _says_how_to_build(self) -> bool:
        return type(self).build is not Layer.build

    def call(self, inputs: Any) -> Any:
        """Compute the output. A subclass may also take `training`."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `call`. Write one that returns the output.")

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask of the output from that of the inputs; `None` where no step is masked."""
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
        frame.add_losses(self, list(loss) if isinstance(loss, list | tuple) else [loss])

    @property
    def losses(self) -> list[Any]:
        """What the layer and those inside add to the loss.

        First what `add_loss` and `activity_regularizer` added in the last call, or in the one that is on, then the
        present penalties of regularized weights. In a function that is compiled, `stateless_call(...,
        return_losses=True)` returns them.

        Example:
            >>> from hornet.layers import Dense
            >>> layer = Dense(1, kernel_regularizer="l2", kernel_initializer="ones")
            >>> layer._build_on((None, 2))
            >>> [round(float(loss), 4) for loss in layer.losses]
            [0.02]
        """
        frame = current_frame()
        layers: list[Layer] = [self, *find(self, Layer)]
        if frame is None:
            added = [loss for layer in layers for loss in layer._added_losses]
        else:
            own = set(map(id, layers))
            added = [loss for owner, loss in zip(frame.loss_owners, frame.losses, strict=True) if id(owner) in own]
        return [*added, *self._penalties()]

    def _penalties(self) -> list[Any]:
        """Return the present penalties of regularized weights."""
        penalized: list[Any] = [variable for variable in self.trainable_variables if variable.regularizer is not None]
        return [variable.regularizer(variable.value) for variable in penalized]

    @property
    def metrics(self) -> list[Any]:
        """The metrics that the layer and those inside hold."""
        return [part for part in find(self, Module) if part._is_metric]

    @property
    def metrics_variables(self) -> list[Variable]:
        """The totals of `metrics`."""
        return list(partition(self).metrics.values())

    # --- calling --------------------------------------------------------------------------------------

    @overload
    def __call__(self, inputs: Symbolic, *args: Any, **kwargs: Any) -> symbolic.SymbolicTensor: ...
    @overload
    def __call__(self, inputs: Any = ..., *args: Any, **kwargs: Any) -> jax.Array: ...
    def __call__(self, inputs: Any = BY_NAME, *args: Any, **kwargs: Any) -> Any:
        if inputs is BY_NAME:
            inputs = inputs_by_name(type(self).call, kwargs)
        inputs = self._cast(inputs)
        args, kwargs = self._cast_further(args), self._cast_further(kwargs)
        self._build_for(inputs, args, kwargs)
        self._check_shape(shapes_of(inputs))
        if symbolic.tensors_in((inputs, args, kwargs)):
            return self._record((inputs, *args), kwargs)
        call = self._call_in_frame if current_frame() else self._call_eagerly
        return call(inputs, *args, **kwargs)

    def stateless_call(
        self,
        trainable_variables: Sequence[Any],
        non_trainable_variables: Sequence[Any],
        *args: Any,
        return_losses: bool = False,
        key: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Return the output for given values of the variables, and the new values of the untrained ones.

        It changes nothing in the layer, so it may run under `jax.jit`, `grad` and `vmap`.

        Args:
            trainable_variables: A value for each of `trainable_variables`.
            non_trainable_variables: A value for each of `non_trainable_variables`.
            *args: What the layer is called with.
            return_losses: Whether to return the penalties as well: regularizers' and those of `add_loss`.
            key: Key that random layers draw from, of `jax.random.key` or `PRNGKey`. By default it comes from the
                process's seed; in a program, where that is a constant, from the values of this call as well.
            **kwargs: What the layer is called with, such as `training=True`.

        Returns:
            The output and a list; with `return_losses` a list of losses as well.

        Raises:
            ValueError: If the layer is not built, or the values are not as many as the variables.

        Example:
            >>> import jax
            >>> from hornet.layers import Dense
            >>> layer = Dense(1, kernel_initializer="ones")
            >>> layer.build((None, 2))
            >>> weights = [variable.value for variable in layer.trainable_variables]
            >>> jax.grad(lambda weights: layer.stateless_call(weights, [], [[3.0, 5.0]])[0].sum())(weights)[1]
            Array([1.], dtype=float32)
        """
        if not self.built:
            raise ValueError(f"{self.name!r} is not built, so it has no variables yet. Build it, or call it on data.")
        parts = partition(self)
        trained = parts.trained
        untrained = [path for path in parts.not_trained if path not in parts.metrics]
        values = (*trainable_variables, *non_trainable_variables)
        if len(trainable_variables) != len(trained) or len(values) != len(trained) + len(untrained):
            raise ValueError(
                f"`stateless_call` of {self.name!r} got {len(trainable_variables)} and {len(non_trainable_variables)} "
                f"values for {len(trained)} trainable and {len(untrained)} other variables. Pass one for each."
            )
        arrays = [jnp.asarray(value) for value in values]
        given = dict(zip((*trained, *untrained), arrays, strict=True))
        state = {path: box.value if isinstance(box, Number) else box.held for path, box in parts.boxes.items()} | given
        if key is not None and not hasattr(key, "dtype"):
            raise TypeError(f"`key` must be a key that draws come from, not {describe(key)}. Pass `jax.random.key(0)`.")
        raw = jax.random.key_data(key) if key is not None and jnp.issubdtype(key.dtype, jax.dtypes.prng_key) else key
        if raw is None:
            raw = key_of_call(current_frame(), (arrays, args, kwargs))

        def call(*args: Any, **kwargs: Any) -> Any:
            return self(*args, **kwargs), self._penalties()

        (outputs, penalties), after, losses = pure(parts.boxes, call)(state, *args, key=raw, **kwargs)
        kept = [after[path] for path in untrained]
        return (outputs, kept, [*losses, *penalties]) if return_losses else (outputs, kept)

    @property
    def variables(self) -> list[Variable]:
        """Every variable, weights and states of seeds, without the totals of metrics."""
        parts = partition(self)
        return [variable for path, variable in parts.variables.items() if path not in parts.metrics]

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The variables that a gradient is not taken of, without the totals of metrics."""
        parts = partition(self)
        return [variable for path, variable in parts.not_trained.items() if path not in parts.metrics]

    def _build_on(self, input_shape: Any, shapes: Mapping[str, Any] | None = None) -> None:
        """Build for inputs of a shape (or a list or dict of shapes), once.

        Args:
            input_shape: Shape of what the layer is called on.
            shapes: The shapes of all tensors that it is called with by `<argument>_shape`, where these are several.
        """
        if self._input_shape is None:
            self._input_shape = map_shapes(_for_any_batch, input_shape)
        if not self.built:
            if self._says_how_to_build:
                given = shape_arguments(type(self).build, shapes or {"input_shape": input_shape})
                self.build(**{name: map_shapes(tuple, shape) for name, shape in given.items()})
                if len(given) > 1:
                    self._further_shapes = {name: map_shapes(_for_any_batch, given[name]) for name in given}
            self.built = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the output for inputs of a shape; builds the layer.

        It is found by abstract evaluation. A subclass may compute it instead: then `call` is not traced for it.
        """
        return self._trace_output_shape(input_shape)

    def _trace_output_shape(self, input_shape: Any) -> Any:
        inputs = map_shapes(lambda shape: symbolic.SymbolicTensor(shape, self.dtype, "input"), input_shape)
        self._build_for(inputs, (), {})
        self._check_shape(shapes_of(inputs))
        return shapes_of(symbolic.abstract_call(self._abstract, (inputs,), {}))

    def compute_output_spec(self, inputs: Any = BY_NAME, *args: Any, **kwargs: Any) -> Any:
        """Return what the layer makes of symbolic tensors as symbolic tensors, without a call in a graph; builds it.

        Example:
            >>> from hornet.layers import Dense
            >>> Dense(3).compute_output_spec(symbolic.SymbolicTensor((None, 2))).shape
            (None, 3)
        """
        if inputs is BY_NAME:
            inputs = inputs_by_name(type(self).call, kwargs)
        self._build_for(inputs, args, kwargs)
        specs = self._specs_for((inputs, *args), kwargs)
        return jax.tree.map(lambda spec: symbolic.SymbolicTensor(known_shape(spec.shape), spec.dtype), specs)

    def _specs_for(self, args: Any, kwargs: Any) -> Any:
        """Return the shapes and dtypes of the outputs, as the class says or by abstract evaluation."""
        cls = type(self)
        if cls.compute_output_spec is not Layer.compute_output_spec:
            return self.compute_output_spec(*args, **kwargs)
        if cls.compute_output_shape is not Layer.compute_output_shape:
            shapes = shapes_by_argument(cls.call, args, kwargs)
            shape = self.compute_output_shape(**shape_arguments(cls.compute_output_shape, shapes))
            return map_shapes(lambda sizes: symbolic.SymbolicTensor(sizes, self.compute_dtype), shape)
        return symbolic.abstract_call(self._abstract, args, kwargs)

    def _build_for(self, inputs: Any, args: Any, kwargs: Any) -> None:
        if isinstance(inputs, list | tuple | Mapping) and not self._takes_structures and is_ours(type(self)):
            raise ValueError(
                f"Layer {self.name!r} takes one tensor, not {len(inputs)}. Join them first, as with "
                "`layers.concatenate`."
            )
        if self.input_spec is not None:
            check_inputs(self.name, self.input_spec, inputs)
        if self.built and self._input_shape is not None:
            return
        shapes = shapes_by_argument(type(self).call, (inputs, *args), kwargs) if args or kwargs else None
        self._build_on(shapes_of(inputs), shapes)
        if current_frame() is None and not all(layer.built for layer in find(self, Layer)):
            symbolic.abstract_call(self._abstract, (inputs, *args), kwargs)  # layers inside build as they are called

    def _record(self, args: Any, kwargs: Any) -> Any:
        node = symbolic.Node(self, args, kwargs, self.name, self._specs_for(args, kwargs))
        self._inbound_nodes = [*self._inbound_nodes, node]
        return node.outputs

    def _abstract(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        held = boxes(self, Box)
        args = (self._cast(inputs), *self._cast_further(args))
        kwargs = self._cast_further(kwargs)
        return pure(held, self._call_in_frame)(values_of(held), *args, key=random.key_data(0), **kwargs)[0]

    def _call_in_frame(self, inputs: Any, *args: Any, training: bool | None = None, **kwargs: Any) -> Any:
        frame = current_frame()
        assert frame is not None
        frame.ran.append(self)
        outer = frame.training, frame.compute_dtype
        frame.training = frame.training if training is None else bool(training)
        frame.compute_dtype = None if self.compute_dtype == self.dtype else self.compute_dtype
        try:
            accepted = parameters(type(self).call)
            if "training" in accepted:
                kwargs["training"] = frame.training
            masks = jax.tree.map(frame.mask_of, inputs)
            if "mask" in accepted:
                kwargs.setdefault("mask", masks)
            with jax.named_scope(self.name):  # programs say which layer an operation is of
                outputs = self.call(inputs, *args, **kwargs)
        finally:
            frame.training, frame.compute_dtype = outer
        mask = self.compute_mask(inputs, kwargs.get("mask", masks))
        if mask is not None and not isinstance(outputs, list | tuple | Mapping):
            frame.set_mask(outputs, mask)
        if self.activity_regularizer is not None:
            leaves = jax.tree.leaves(outputs)
            frame.add_losses(self, [self.activity_regularizer(output) / output.shape[0] for output in leaves])
        if frame.watcher is not None:
            frame.watcher(self, outputs)
        return outputs

    def _call_eagerly(self, *args: Any, training: bool | None = None, **kwargs: Any) -> Any:
        held = boxes(self, Box)
        state = values_of(held)
        for layer in self._loss_adders:
            layer._added_losses = ()
        call = pure(held, self._call_and_remember)
        outputs, new_state, _ = call(state, *args, training=bool(training), key=_draw_key, **kwargs)
        for path, box in held.items():
            if isinstance(box, Variable) and new_state[path] is not state[path]:
                box.assign(new_state[path])
        return outputs

    def _call_and_remember(self, *args: Any, **kwargs: Any) -> Any:
        """Call in a frame, and keep what is asked for behind an eager call: added losses and the output's mask."""
        outputs = self._call_in_frame(*args, **kwargs)
        frame = current_frame()
        assert frame is not None
        self._loss_adders = frozenset(frame.loss_owners)
        for layer in self._loss_adders:
            layer._added_losses = [
                loss for owner, loss in zip(frame.loss_owners, frame.losses, strict=True) if owner is layer
            ]
        for output in jax.tree.leaves(outputs):
            mask = frame.mask_of(output)
            if mask is not None:
                keep_mask(output, mask)
        return outputs

    def _cast(self, inputs: Any) -> Any:
        """Return inputs in their structure as arrays, floats in the layer's dtype."""
        if isinstance(inputs, Mapping):
            return {name: self._cast(value) for name, value in inputs.items()}
        if _holds_arrays(inputs):
            return type(inputs)(self._cast(value) for value in inputs)
        if isinstance(inputs, symbolic.SymbolicTensor) or inputs is None:
            return inputs
        array = inputs.value if isinstance(inputs, Variable) else program_array(inputs)
        return array.astype(self.compute_dtype) if self.autocast and is_float(array.dtype) else array

    def _cast_further(self, arguments: Any) -> Any:
        """Return arguments beside the inputs with floating-point arrays in the layer's dtype."""

        def cast(leaf: Any) -> Any:
            is_array = isinstance(leaf, jax.Array | np.ndarray) and is_float(leaf.dtype)
            return self._cast(leaf) if is_array and self.autocast else leaf

        return jax.tree.map(cast, arguments) if arguments else arguments

    def _check_shape(self, shape: Any) -> None:
        expected = self._input_shape
        if expected is None or not self._fixed_axes:
            return
        if len(shape) < 2:
            raise ValueError(
                f"Layer {self.name!r} takes a batch of rows, and received shape {tuple(shape)}. "
                "Pass an array of at least two axes, such as `x[None]` for one row."
            )
        if any(shape[axis] != expected[axis] for axis in self._fixed_axes):
            raise ValueError(
                f"Layer {self.name!r} was built for inputs of shape {expected} but received shape {tuple(shape)}. "
                "Pass data with the same number of features, or build a new model."
            )

    @property
    def input(self) -> Any:
        """The inputs of the layer's first call in the functional API."""
        return self._first_node().args[0]

    @property
    def output(self) -> Any:
        """The outputs of the layer's first call in the functional API."""
        return self._first_node().outputs

    def _first_node(self) -> symbolic.Node:
        if not self._inbound_nodes:
            raise AttributeError(f"Layer {self.name!r} was not called on an `Input` yet. Call it on one first.")
        return self._inbound_nodes[0]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments by name, JSON-serializable."""
        config = {**super().get_config(), "dtype": serialize(self.dtype_policy)}
        if config.get("activity_regularizer", self) is None:
            del config["activity_regularizer"]
        return config

    def get_build_config(self) -> dict[str, Any] | None:
        """Return the shape that the weights were made for, `{"input_shape": ...}`; `None` before they are.

        Where `build` takes several, it is `{"shapes_dict": {"x1_shape": ..., ...}}`.
        """
        if not self.built or self._input_shape is None:
            return None
        if self._further_shapes is not None:
            return {"shapes_dict": {name: map_shapes(list, shape) for name, shape in self._further_shapes.items()}}
        return {"input_shape": map_shapes(list, self._input_shape)}

    def build_from_config(self, config: Mapping[str, Any]) -> None:
        """Make the weights for what `get_build_config` returned, here or in Keras."""
        shapes = {name: map_shapes(_for_any_batch, shape) for name, shape in config.get("shapes_dict", {}).items()}
        shape = next(iter(shapes.values()), config.get("input_shape"))
        if shape is None:
            return
        shape = map_shapes(_for_any_batch, shape)
        if not self.built and not self._says_how_to_build:
            # Layers inside are built where `call` uses them. One that takes more than inputs cannot be called here:
            # its weights are compared with the file's next, and an error names those that are missing.
            with suppress(Exception):
                self._trace_output_shape(shape)
        self._build_on(shape, shapes)

    def _structural(self, argument: str) -> Any:
        return self.dtype_policy.name if argument == "dtype" else super()._structural(argument)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name!r} built={self.built}>"


def _part_of_path(name: Any) -> str:
    if "/" in str(name):
        raise ValueError(f"`name` cannot contain '/', which stands between the names of a path, not {name!r}. Use '_'.")
    return str(name)


def named(layers: Iterable[Layer]) -> Iterator[tuple[str, Layer]]:
    """Yield each layer under its own name if it was given one, else under its class's, numbered among these.

    So models of the same structure have the same paths, whatever the process has built before.
    """
    layers = list(layers)
    taken = {layer.name for layer in layers if layer._has_given_name}
    for layer in layers:
        name = layer.name
        if not layer._has_given_name:
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
        hasattr(value, "shape") or isinstance(value, Mapping) or _holds_arrays(value) for value in inputs
    )


def _mark_built(build: Callable[..., None]) -> Callable[..., None]:
    """Return a `build` after which a layer is built, whoever calls it."""

    @wraps(build)
    def build_and_mark(self: Layer, *args: Any, **kwargs: Any) -> None:
        build(self, *args, **kwargs)
        shape = next(iter((*args, *kwargs.values())), None)
        if self._input_shape is None and shape is not None:
            self._input_shape = map_shapes(_for_any_batch, shape)
        self.built = True

    return build_and_mark


def _draw_key() -> Any:
    """Return the key of an eager call; only a layer that draws reads it, which advances the generator."""
    return random.key_data(random.next_seed())


def _for_any_batch(shape: Any) -> Any:
    return (None, *shape[1:])


def _declared_shape(cls: type, older: dict[str, Any]) -> Shape | None:
    """Return the batch shape that `input_shape`, `input_dim` or `batch_input_shape` declares."""
    reject_unknown_arguments(cls.__name__, older, (*OlderOptions.__annotations__, *constructor_arguments(cls)))
    older = {name: value for name, value in older.items() if value is not None}
    batch = older.get("batch_size")
    if "batch_input_shape" in older or "batch_shape" in older:
        batch, *sizes = older.get("batch_input_shape") or older["batch_shape"]
    elif "input_shape" in older:
        shape = older["input_shape"]
        sizes = [shape] if isinstance(shape, int | np.integer) else list(shape)
    elif "input_dim" in older:
        sizes = [older["input_dim"]]
    else:
        return None
    return tuple(None if size is None else positive_int("input_shape", size) for size in (batch, *sizes))
