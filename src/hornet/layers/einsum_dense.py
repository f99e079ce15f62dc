"""The affine layer over any axes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Unpack

import jax.numpy as jnp

from hornet import constraints, initializers, regularizers
from hornet.core.checks import describe
from hornet.core.shapes import Shape
from hornet.core.types import ActivationLike, ConstraintLike, InitializerLike, RegularizerLike
from hornet.initializers import VarianceScaling
from hornet.layers.activated import ActivationAttribute
from hornet.layers.input_spec import InputSpec
from hornet.layers.layer import Layer, registry
from hornet.layers.options import LayerOptions

_FORMS = re.compile(
    r"(?P<left>\.\.\.)?(?P<inputs>[a-zA-Z]+)(?P<right>\.\.\.)?,(?P<kernel>[a-zA-Z]+)->"
    r"(?(left)\.\.\.)(?P<outputs>[a-zA-Z]+)(?(right)\.\.\.)"
)


@registry.register()
class EinsumDense(Layer):
    r"""Affine map of some axes, followed by an activation: $y = \phi(\mathrm{einsum}(x, W) + b)$.

    Args:
        equation: What `einsum` computes of input and kernel, an axis a letter, the batch first: `"abc,cd->abd"`. An
            ellipsis on the left or the right of input and output stands for further axes: `"...c,cd->...d"`.
        output_shape: Sizes of the output's letters without the batch; `None` for one that the input has.
        activation: Name or function $\phi$; `None` is the identity.
        bias_axes: The letters of the output that $b$ has an own element for, such as `"d"`; `None` for no $b$.
        kernel_initializer: How $W$ is drawn.
        bias_initializer: How $b$ is drawn.
        kernel_regularizer: Penalty on $W$.
        bias_regularizer: Penalty on $b$.
        kernel_constraint: Function applied to $W$ after each update.
        bias_constraint: Function applied to $b$ after each update.
        **kwargs: What every `Layer` takes.

    Shapes:
        kernel: the sizes of its letters
        bias: from its first letter on, 1 for letters without one
        output: the sizes of the output's letters

    Raises:
        ValueError: If the equation has another form, or it does not fit `output_shape` or the input.

    Example:
        >>> import numpy as np
        >>> EinsumDense("abc,cd->abd", output_shape=(None, 4), bias_axes="d")(np.ones((2, 5, 3))).shape
        (2, 5, 4)
    """

    activation: Any = ActivationAttribute()

    _names_every_regularizer = True

    def __init__(
        self,
        equation: str,
        output_shape: Sequence[int | None] | int,
        activation: ActivationLike = None,
        bias_axes: str | None = None,
        kernel_initializer: InitializerLike = "glorot_uniform",
        bias_initializer: InitializerLike = "zeros",
        kernel_regularizer: RegularizerLike = None,
        bias_regularizer: RegularizerLike = None,
        kernel_constraint: ConstraintLike = None,
        bias_constraint: ConstraintLike = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**kwargs)
        form = _FORMS.fullmatch(equation.replace(" ", "")) if isinstance(equation, str) else None
        if (
            form is None
            or (form["left"] and form["right"])
            or not set(form["outputs"]) <= set(form["inputs"] + form["kernel"])
        ):
            raise ValueError(
                f"`equation` must have the form 'ab,bc->ac', '...b,bc->...c' or 'ab...,bc->ac...', "
                f"not {describe(equation)}. Name the batch's axis first, and in the output letters of the others alone."
            )
        self.equation = equation
        self.output_shape = (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
        self.activation = activation
        self.bias_axes = bias_axes
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self._form = form.groupdict()

    def _required_inputs(self) -> InputSpec | None:
        return self._required_as_built()

    def build(self, input_shape: Shape) -> None:
        form = self._form
        sizes = self._sizes(input_shape)
        kernel_shape = [self._known(sizes, letter) for letter in form["kernel"]]
        self.kernel = self.add_weight("kernel", kernel_shape, initializer=self._kernel_draw())
        self.bias = self.add_weight("bias", self._bias_shape(sizes, len(input_shape))) if self.bias_axes else None

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        outputs = jnp.einsum(self.equation, inputs, self.kernel.value)
        if self.bias is not None:
            outputs += self.bias.value
        return self.activation(outputs)

    def _sizes(self, input_shape: Shape) -> dict[str, int | None]:
        """Return the size of each letter of input and output, `None` where it is unknown."""
        form = self._form
        further = len(input_shape) - len(form["inputs"])
        if further < 0 or (further > 0 and not form["left"] and not form["right"]):
            raise self._misfit(f"inputs of shape {input_shape}", "Pass inputs with an axis for each letter")
        start = further if form["left"] else 0
        sizes = dict(zip(form["inputs"], input_shape[start:], strict=False))
        outputs = form["outputs"] if start else form["outputs"][1:]
        if len(outputs) != len(self.output_shape):
            raise self._misfit(f"`output_shape` {self.output_shape}", f"Pass a size for each of {', '.join(outputs)}")
        for letter, size in zip(outputs, self.output_shape, strict=True):
            known = sizes.get(letter)
            if size is not None and known is not None and size != known:
                advice = f"Give {letter!r} its size {known}, or `None`, in `output_shape` {self.output_shape}"
                raise self._misfit(f"inputs of shape {input_shape}", advice)
            sizes[letter] = known if size is None else size
        return sizes

    def _bias_shape(self, sizes: dict[str, int | None], ndim: int) -> list[int]:
        form, own = self._form, set(self.bias_axes or "")
        if not own <= set(form["outputs"]):
            raise self._misfit(f"`bias_axes` {self.bias_axes!r}", f"Pass letters out of {form['outputs']!r}")
        first = min(map(form["outputs"].index, own))
        shape = [self._known(sizes, letter) if letter in own else 1 for letter in form["outputs"][first:]]
        return shape + [1] * (ndim - len(form["inputs"]) if form["right"] else 0)

    def _kernel_draw(self) -> Any:
        """Return the initializer, which then knows which axes of the kernel count inputs and which outputs."""
        draw = self.kernel_initializer
        if not isinstance(draw, VarianceScaling) or (draw.input_axes is not None and draw.output_axes is not None):
            return draw
        summed = [letter not in self._form["outputs"] for letter in self._form["kernel"]]
        axes = {
            "input_axes": [axis for axis, gone in enumerate(summed) if gone],
            "output_axes": [axis for axis, gone in enumerate(summed) if not gone],
        }
        return type(draw).from_config({**draw.get_config(), **axes})

    def _known(self, sizes: dict[str, int | None], letter: str) -> int:
        size = sizes.get(letter)
        if size is None:
            raise self._misfit(
                f"axis {letter!r} of unknown size", "Declare it with `output_shape` or `Input(shape=...)`"
            )
        return size

    def _misfit(self, what: str, advice: str) -> ValueError:
        return ValueError(f"The equation {self.equation!r} of layer {self.name!r} does not fit {what}. {advice}.")
