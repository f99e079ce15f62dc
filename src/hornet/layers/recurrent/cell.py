"""The base of the cells: one step of a recurrent layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

import jax.numpy as jnp

from hornet import activations, constraints, initializers, regularizers
from hornet.core import noise
from hornet.core.checks import boolean, integer_size, one_of
from hornet.core.frame import current_frame
from hornet.core.shapes import Shape
from hornet.core.types import ActivationLike, ConstraintLike, InitializerLike, RegularizerLike
from hornet.core.variable import Rate, Variable
from hornet.layers.activated import ActivationAttribute
from hornet.layers.layer import Layer
from hornet.layers.options import OtherLayerOptions
from hornet.layers.recurrent.stepping import Recurrence, States


class CellOptions(OtherLayerOptions, total=False):
    """What every cell takes beside its own arguments."""

    implementation: int


class RecurrentCell(Layer):
    r"""Base of the cells whose states are made of products with two kernels.

    A step takes $u = x W + b$ of its input, which is computed for all steps of a sequence at once, and
    $v = h R$ of the output $h$ of the step before. A subclass says how they become the new states.

    In training, `dropout` sets a random part of the inputs to zero and scales the rest up, `recurrent_dropout` that of
    $h$; what is drawn holds for all steps of a sequence and for all gates.

    Args:
        units: Size of each state and of the output; at least 1.
        activation: Name or function; `None` is the identity.
        use_bias: Whether there is a $b$.
        kernel_initializer: How $W$ is drawn.
        recurrent_initializer: How $R$ is drawn.
        bias_initializer: How $b$ is drawn.
        kernel_regularizer: Penalty on $W$.
        recurrent_regularizer: Penalty on $R$.
        bias_regularizer: Penalty on $b$.
        kernel_constraint: Function applied to $W$ after each update.
        recurrent_constraint: Function applied to $R$ after each update.
        bias_constraint: Function applied to $b$ after each update.
        dropout: Probability, from 0 to 1, that an element of an input is left out in training.
        recurrent_dropout: The same of an element of $h$.
        seed: Ignored; kept for compatibility with Keras. Draws follow `set_random_seed`.
        **kwargs: What every `Layer` takes. `implementation=` of older programs, 0, 1 or 2, changes nothing.

    Source:
        Dropout: Gal & Ghahramani 2016, A theoretically grounded application of dropout in recurrent neural networks.
    """

    _fixed_axes = (-1,)
    _gates = 1

    activation: Any = ActivationAttribute()
    dropout = Rate()
    recurrent_dropout = Rate()

    kernel: Variable
    recurrent_kernel: Variable
    bias: Variable | None

    def __init__(
        self,
        units: int,
        activation: ActivationLike = "tanh",
        use_bias: bool = True,
        kernel_initializer: InitializerLike = "glorot_uniform",
        recurrent_initializer: InitializerLike = "orthogonal",
        bias_initializer: InitializerLike = "zeros",
        kernel_regularizer: RegularizerLike = None,
        recurrent_regularizer: RegularizerLike = None,
        bias_regularizer: RegularizerLike = None,
        kernel_constraint: ConstraintLike = None,
        recurrent_constraint: ConstraintLike = None,
        bias_constraint: ConstraintLike = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Unpack[CellOptions],
    ) -> None:
        options: Any = {**kwargs}
        one_of("implementation", options.pop("implementation", 2), (0, 1, 2))
        super().__init__(**options)
        self.units = integer_size("units", units, "Pass the size of the state.")
        self.activation = activation
        self.use_bias = boolean("use_bias", use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.recurrent_constraint = constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.seed = seed

    def _advance(self, u: Any, states: Sequence[Any], recurrent: Recurrent) -> list[Any]:
        """Return the states after a step; the first of them is its output.

        Args:
            u: $x W + b$ of the step's input.
            states: The states before.
            recurrent: The product with the recurrent kernel.
        """
        raise NotImplementedError(f"`{type(self).__name__}` has no `_advance`. Write one.")

    def _product(self, x: Any, kernel: Any) -> Any:
        """Return the product of some arrays with a kernel; axes before the batch's are steps."""
        return (x.reshape(-1, x.shape[-1]) @ kernel).reshape(*x.shape[:-1], kernel.shape[-1])

    def _recurrent_product(self, h: Any, kernel: Any) -> Any:
        """Return the product of a state with a kernel."""
        return h @ kernel

    def _make_weights(self, features: int, window: tuple[int, ...] = ()) -> None:
        columns = self._gates * self.units
        self.kernel = self.add_weight("kernel", (*window, features, columns))
        self.recurrent_kernel = self.add_weight(
            "recurrent_kernel",
            (*window, self.units, columns),
            self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
        )
        self.bias = self.add_weight("bias", self._bias_shape, self._first_bias) if self.use_bias else None

    @property
    def _bias_shape(self) -> tuple[int, ...]:
        return (self._gates * self.units,)

    @property
    def _first_bias(self) -> Any:
        return self.bias_initializer

    def build(self, input_shape: Shape) -> None:
        self._make_weights(self._known_axis(input_shape, -1))

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Return the states before the first step, zeros.

        Args:
            batch_size: Number of rows.
        """
        sizes = self.state_size if isinstance(self.state_size, list) else [self.state_size]
        return [jnp.zeros((batch_size, size), self.compute_dtype) for size in sizes]

    @property
    def state_size(self) -> int | list[int]:
        """The size of each state, a single number where there is one state."""
        return self.units

    @property
    def output_size(self) -> int:
        """The size of the output."""
        return self.units

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
        """Return the output of a step and the states after it.

        Args:
            inputs: The step's input, `(batch, features)`.
            states: The states before, a list of arrays, or the only one.
            training: Whether to leave elements out as `dropout` and `recurrent_dropout` say.
        """
        is_list = isinstance(states, list | tuple)
        recurrence = self._recurrence(list(states) if is_list else [states], training)
        output, after = recurrence.step(recurrence.project(inputs), list(states) if is_list else [states])
        return output, after if is_list else after[0]

    def _recurrence(self, states: Sequence[Any], training: bool) -> Recurrence:
        """Return how the cell goes through a sequence, whose weights and noise are read and drawn once.

        Args:
            states: Those before the first step.
            training: Whether elements are left out.
        """
        assert self._input_shape is not None
        rows = states[0].shape[0]
        kernel, recurrent = self._read(self.kernel), self._read(self.recurrent_kernel)
        bias, recurrent_bias = self._biases()
        of_inputs = self._noise(self.dropout, (rows, *self._input_shape[1:]), training)
        of_states = self._noise(self.recurrent_dropout, states[0].shape, training)

        def project(inputs: Any) -> Any:
            inputs = inputs.astype(self.compute_dtype)
            u = self._product(inputs if of_inputs is None else inputs * of_inputs, kernel)
            return u if bias is None else u + bias

        product = Recurrent(self._recurrent_product, recurrent, recurrent_bias, of_states, training)

        def step(u: Any, states: States) -> tuple[Any, States]:
            after = self._advance(u, states, product)
            return after[0], after

        return Recurrence(project, step)

    def _biases(self) -> tuple[Any, Any]:
        """Return what is added to the products with both kernels, `None` for nothing."""
        return None if self.bias is None else self._read(self.bias), None

    def _read(self, weight: Variable) -> Any:
        """Return a weight in the type that the cell computes in, whichever layer is called."""
        frame = current_frame()
        assert frame is not None
        return frame.values[weight].astype(self.compute_dtype)

    def _noise(self, rate: Any, shape: Sequence[Any], training: bool) -> Any:
        """Return factors that leave elements out and scale the rest up; `None` where none is left out."""
        if not training or (isinstance(rate, float) and rate == 0.0):
            return None
        frame = current_frame()
        assert frame is not None
        kept = 1.0 - rate
        draws = noise.uniform(frame.next_key(), shape, rate > 0.0)
        return jnp.where(draws < kept, 1.0 / jnp.maximum(kept, 1e-7), 0.0).astype(self.compute_dtype)


@dataclass(frozen=True)
class Recurrent:
    """The product of a state with the recurrent kernel.

    Args:
        product: How an array and a kernel are multiplied.
        kernel: The kernel, its gates side by side on the last axis.
        bias: What is added; `None` for nothing.
        noise: Factors of the state; `None` for ones.
        training: Whether a gradient will be taken.
    """

    product: Callable[[Any, Any], Any]
    kernel: Any
    bias: Any
    noise: Any
    training: bool

    def __call__(self, h: Any, columns: slice = slice(None)) -> Any:
        """Return the product with some of the kernel's columns."""
        v = self.product(h if self.noise is None else h * self.noise, self.kernel[..., columns])
        return v if self.bias is None else v + self.bias[columns]

    def gates(self, sigma: Callable[[Any], Any], z: Any, count: int) -> list[Any]:
        """Return a function of each of some parts of an array, side by side on the last axis."""
        # At once twice as fast forwards, where XLA computes parts of one array again for each of their readers, but
        # slower with a gradient; see docs/explanations/decisions/recurrent_steps.md.
        if not self.training and sigma in _OF_ELEMENTS:
            return jnp.split(sigma(z), count, axis=-1)
        return [sigma(part) for part in jnp.split(z, count, axis=-1)]


_OF_ELEMENTS = {activations.sigmoid, activations.hard_sigmoid}
"""Functions of gates that treat elements one by one."""
