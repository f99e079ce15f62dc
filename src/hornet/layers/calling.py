"""How layers are called: on arrays, in programs and on symbolic tensors, and what a call leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from hornet.core import random, symbolic
from hornet.core.arrays import program_array
from hornet.core.budget import take_steps
from hornet.core.checks import boolean, describe
from hornet.core.config import is_ours
from hornet.core.containers import refilled
from hornet.core.dtypes import is_float
from hornet.core.errors import ArgumentError, OutsideCallError
from hornet.core.frame import carry_mask, current_frame, keep_mask, mask_of
from hornet.core.keys import key_of_call
from hornet.core.module import boxes, find, partition, pure, values_of
from hornet.core.paths import inside
from hornet.core.shapes import shapes_of
from hornet.core.strings import holds_strings, to_strings
from hornet.core.user_code import explain
from hornet.core.variable import Box, Number, Variable
from hornet.layers.building import Buildable
from hornet.layers.signature import BY_NAME, inputs_by_name, parameters

Symbolic = symbolic.SymbolicTensor | Sequence[symbolic.SymbolicTensor] | Mapping[str, symbolic.SymbolicTensor]
"""The inputs of a layer of one output in the functional API."""


class Called(Buildable):
    """Base of layers and models: an object that is called, in one form whether it runs at once or in a program."""

    supports_masking = False
    """Whether the mask of the input is passed on to the output."""

    autocast = True
    """Whether floating-point inputs are cast to the type that the layer computes in."""

    _added_losses: Sequence[Any] = ()
    """What the layer added to the loss of the last call outside of programs."""

    _loss_adders: frozenset[Called] = frozenset()
    """The layers that did so in the last call of this one; a set, which the walk over layers inside does not enter."""

    activity_regularizer: Any = None
    """The penalty on outputs."""

    _inbound_nodes: list[symbolic.Node]
    """The calls in the functional API."""

    _not_in_files = frozenset({"_added_losses", "_loss_adders"})

    def _in_training(self, training: bool | None) -> bool:
        """Return what the call is told of a mode: it is `None` where nobody has said one."""
        return bool(training)

    @property
    def _penalty_on_outputs(self) -> Any:
        return self.activity_regularizer

    def call(self, inputs: Any) -> Any:
        """Compute the output. A subclass may also take `training`."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `call`. Write one that returns the output.")

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask of the output from that of the inputs; `None` where no step is masked."""
        return mask if self.supports_masking else None

    @overload
    def __call__(self, inputs: Symbolic, *args: Any, **kwargs: Any) -> symbolic.SymbolicTensor: ...
    @overload
    def __call__(self, inputs: Any = ..., *args: Any, **kwargs: Any) -> jax.Array: ...
    def __call__(self, inputs: Any = BY_NAME, *args: Any, **kwargs: Any) -> Any:
        if inputs is BY_NAME:
            inputs = inputs_by_name(type(self).call, kwargs)
        take_steps(1, self.name)
        if inputs is None or isinstance(inputs, str | int | float):
            self._check_is_tensor(inputs)
        inputs = self._cast(inputs)
        args, kwargs = self._cast_further(args), self._cast_further(kwargs)
        self._build_for(inputs, args, kwargs)
        self._check_shape(shapes_of(inputs))
        if symbolic.tensors_in((inputs, args, kwargs)):
            return self._record((inputs, *args), kwargs)
        call = self._call_in_frame if current_frame() else self._call_eagerly
        return call(inputs, *args, **kwargs)

    def _check_is_tensor(self, inputs: Any) -> None:
        """Refuse what is no array; a user's layer may take a number."""
        if isinstance(inputs, str) or is_ours(type(self)):
            raise ArgumentError(f"Layer {self.name!r} takes arrays as `inputs`, not {describe(inputs)}. Pass rows.")

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
        beside = parts.beside
        untrained = [path for path in parts.not_trained if path not in beside]
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
            raise ArgumentError(
                f"`key` must be a key that draws come from, not {describe(key)}. Pass `jax.random.key(0)`."
            )
        raw = jax.random.key_data(key) if key is not None and jnp.issubdtype(key.dtype, jax.dtypes.prng_key) else key
        if raw is None:
            raw = key_of_call(current_frame(), (arrays, args, kwargs))

        def call(*args: Any, **kwargs: Any) -> Any:
            return self(*args, **kwargs), self._penalties()

        (outputs, penalties), after, losses = pure(parts.boxes, call)(state, *args, key=raw, **kwargs)
        kept = [after[path] for path in untrained]
        return (outputs, kept, [*losses, *penalties]) if return_losses else (outputs, kept)

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """Return what the layer makes of symbolic tensors, as `compute_output_spec` does."""
        return self.compute_output_spec(*args, **kwargs)

    def _record(self, args: Any, kwargs: Any) -> Any:
        specs = self._specs_for(args, kwargs)
        if self._says_what_it_makes and args:  # without a call, which would have masked it
            given = kwargs.get("mask", jax.tree.map(mask_of, args[0]))
            for spec, mask in _each_mask(specs, symbolic.abstract_call(self.compute_mask, (args[0], given), {})):
                spec._keras_mask = mask
        node = symbolic.Node(self, args, kwargs, self.name, specs)
        self._inbound_nodes = [*self._inbound_nodes, node]
        return node.outputs

    def _abstract(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        held = boxes(self, Box)
        args = (self._cast(inputs), *self._cast_further(args))
        kwargs = self._cast_further(kwargs)
        call = pure(held, self._call_and_keep_masks)
        return call(values_of(held), *args, key=random.key_data(0), **kwargs)[0]

    def _call_in_frame(self, inputs: Any, *args: Any, training: bool | None = None, **kwargs: Any) -> Any:
        frame = current_frame()
        assert frame is not None
        frame.ran.append(self)
        outer = frame.training, frame.compute_dtype
        accepted = parameters(type(self).call)
        given = dict(zip(accepted[1:], args, strict=False))  # by position
        training = given.get("training", training)
        frame.training = frame.training if training is None else boolean("training", training)
        frame.compute_dtype = None if self.compute_dtype == self.dtype else self.compute_dtype
        try:
            if "training" in accepted and "training" not in given:
                kwargs["training"] = self._in_training(frame.training)
            masks = jax.tree.map(frame.mask_of, inputs)
            by_name = accepted[1 + len(args) :]
            if "mask" in by_name:
                kwargs.setdefault("mask", masks)
            for name in by_name:
                owner = name.removesuffix("_mask")
                if owner != name and owner in accepted:  # `call(self, x1, x2, x1_mask=None)`
                    given = dict(zip(accepted, (inputs, *args), strict=False)) | kwargs
                    kwargs.setdefault(name, jax.tree.map(frame.mask_of, given.get(owner)))
            with jax.named_scope(self.name), inside(self):  # programs say which layer an operation is of
                outputs = self.call(inputs, *args, **kwargs)
        except Exception as error:
            explain(error, f"layer {self.name!r} (`{type(self).__name__}`)", inputs=inputs)
            symbolic.refuse_axis(f"Layer {self.name!r}", error)
            raise
        finally:
            frame.training, frame.compute_dtype = outer
        leaves = jax.tree.leaves(outputs)
        for output in leaves:
            if isinstance(output, Tracer):
                self._check_size("The output", output.shape, output.dtype.itemsize)
        if any(isinstance(output, Variable) for output in leaves):
            outputs = jax.tree.map(lambda output: output.value if isinstance(output, Variable) else output, outputs)
        for output, mask in _each_mask(outputs, self.compute_mask(inputs, kwargs.get("mask", masks))):
            frame.set_mask(output, mask)
        penalty = self._penalty_on_outputs
        if penalty is not None:
            leaves = jax.tree.leaves(outputs)
            # An empty batch adds nothing, and not 0 / 0.
            rows = [1 if output.shape[0] == 0 else output.shape[0] for output in leaves]
            penalties = [penalty(output) / size for output, size in zip(leaves, rows, strict=True)]
            frame.add_losses(self, penalties)
        if frame.watcher is not None:
            frame.watcher(self, outputs)
        return outputs

    def _call_eagerly(self, *args: Any, training: bool | None = None, **kwargs: Any) -> Any:
        held = boxes(self, Box)
        state = values_of(held)
        for layer in self._loss_adders:
            layer._added_losses = ()
        call = pure(held, self._call_and_remember)
        training = None if training is None else boolean("training", training)
        outputs, new_state, _ = call(state, *args, training=training, key=_draw_key, **kwargs)
        for path, box in held.items():
            if isinstance(box, Variable) and new_state[path] is not state[path]:
                box._replace(new_state[path])
        return outputs

    def _call_and_remember(self, *args: Any, **kwargs: Any) -> Any:
        """Call in a frame, and keep what is asked for behind an eager call: added losses and the outputs' masks."""
        outputs = self._call_and_keep_masks(*args, **kwargs)
        frame = current_frame()
        assert frame is not None
        self._loss_adders = frozenset(frame.loss_owners)
        for layer in self._loss_adders:
            layer._added_losses = [
                loss for owner, loss in zip(frame.loss_owners, frame.losses, strict=True) if owner is layer
            ]
        return outputs

    def _call_and_keep_masks(self, *args: Any, **kwargs: Any) -> Any:
        """Call in a frame, and keep the outputs' masks for what is called on them outside of it."""
        outputs = self._call_in_frame(*args, **kwargs)
        for output in jax.tree.leaves(outputs):
            mask = mask_of(output)
            if mask is not None:
                keep_mask(output, mask)
        return outputs

    def _cast(self, inputs: Any) -> Any:
        """Return inputs in their structure as arrays, floats in the layer's dtype."""
        if isinstance(inputs, Mapping):
            return {name: self._cast(value) for name, value in inputs.items()}
        if _holds_arrays(inputs):
            return refilled(inputs, map(self._cast, inputs))
        if isinstance(inputs, symbolic.SymbolicTensor) or inputs is None:
            return inputs
        try:
            array = inputs.value if isinstance(inputs, Variable) else program_array(inputs)
        except ArgumentError:
            if is_ours(type(self)) or not holds_strings(inputs):
                raise
            return to_strings("inputs", inputs)  # for layers inside that read them, which they do outside programs
        if not self.autocast or not is_float(array.dtype) or array.dtype == self.compute_dtype:
            return array
        result = array.astype(self.compute_dtype)
        carry_mask(array, result)
        return result

    def _cast_further(self, arguments: Any) -> Any:
        """Return arguments beside the inputs with floating-point arrays in the layer's dtype."""

        def cast(leaf: Any) -> Any:
            is_array = isinstance(leaf, jax.Array | np.ndarray) and is_float(leaf.dtype)
            return self._cast(leaf) if is_array and self.autocast else leaf

        return jax.tree.map(cast, arguments) if arguments else arguments

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

    # --- what a call adds to the loss -----------------------------------------------------------------

    def add_loss(self, loss: Any) -> None:
        """Add to the loss of the batch that is being computed; for use in `call`.

        Args:
            loss: A scalar, or a list of scalars.
        """
        frame = current_frame()
        if frame is None:
            raise OutsideCallError(
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
        layers: list[Called] = [self, *find(self, Called)]
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


def _each_mask(outputs: Any, mask: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each output that is masked, and its mask: what `compute_mask` returned in the outputs' structure."""
    if not isinstance(outputs, list | tuple | Mapping):
        outputs, mask = [outputs], [mask]
    if isinstance(mask, list | tuple | Mapping):
        masks = jax.tree.leaves(mask, is_leaf=lambda part: part is None)
        yield from (pair for pair in zip(jax.tree.leaves(outputs), masks, strict=False) if pair[1] is not None)


def _holds_arrays(inputs: Any) -> bool:
    """Return whether a list or tuple is a structure of arrays, and not one array's rows."""
    return isinstance(inputs, list | tuple) and any(
        hasattr(value, "shape") or isinstance(value, Mapping) or _holds_arrays(value) for value in inputs
    )


def _draw_key() -> Any:
    """Return the key of an eager call; only a layer that draws reads it, which advances the generator."""
    return random.key_data(random.next_seed())
