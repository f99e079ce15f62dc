"""Objects that are built for shapes: when their weights are made, and the shapes of what they return."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import wraps
from typing import Any

import jax

from hornet.core import symbolic
from hornet.core.config import is_ours
from hornet.core.frame import current_frame
from hornet.core.module import find
from hornet.core.paths import inside, path_in
from hornet.core.shapes import map_shapes, shapes_of
from hornet.layers.input_spec import InputSpec, check_inputs
from hornet.layers.signature import BY_NAME, inputs_by_name, parameters, shape_arguments, shapes_by_argument
from hornet.layers.weighted import Weighted


class _InputShape:
    """The shape of the inputs that a layer was built for; a user's class may keep what it likes under the name."""

    def __get__(self, layer: Any, owner: type) -> Any:
        if layer is None:
            return self
        shape = layer._input_shape
        if shape is None:
            raise AttributeError(f"{layer.name!r} has no `input_shape` before it is built. Give it the shape, or data.")
        return shape


class _RequiredInputs:
    """What a layer requires of its inputs where neither it nor its class assigns it: what its own checks look for."""

    def __get__(self, layer: Buildable | None, owner: type) -> Any:
        return None if layer is None else layer._required_inputs()


class Buildable(Weighted):
    """Base of layers and models: an object whose weights are made once the shapes of its inputs are known."""

    input_shape: Any = _InputShape()

    input_spec: Any = _RequiredInputs()
    """What the layer requires of its inputs: an `InputSpec` or a structure of them. What a class or a layer assigns is
    checked on every call."""

    _input_dtype: str | None = None
    """The type of inputs where their meaning says it, so that a model that begins with the layer takes such."""

    _takes_strings = False
    """Whether inputs may be strings, of which the host makes numbers before a program goes on."""

    _moves_elements = False
    """Whether the output is the inputs' elements at other places, so that these may be strings."""

    _fixed_axes: tuple[int, ...] = ()
    """The axes whose size must stay the one that the layer was built for."""

    _is_for_one_batch = False
    """Whether the number of rows is among the sizes that the layer is built for."""

    _advice_on_inputs = "Pass such data; the batch is the first axis."
    """What to do where inputs do not fit `input_spec`."""

    _takes_structures = False
    """Whether the layer may be called on a list or dict of tensors; a user-defined layer always may."""

    _input_shape: Any = None
    _input_dtypes: tuple[Any, ...] = ()
    """The dtypes of the tensors that the layer was built for, in JAX's order; empty if only their shapes were known."""

    _further_shapes: Mapping[str, Any] | None = None
    """The shapes of all tensors that the layer was built for by `<argument>_shape`, where `build` takes several."""

    _not_in_files = frozenset({"_input_shape", "_input_dtypes", "_further_shapes"})

    call: Callable[..., Any]
    """Computes the output."""

    _abstract: Callable[..., Any]
    """Calls for arrays that have no values."""

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
        return type(self).build is not Buildable.build

    def _build_on(self, input_shape: Any, shapes: Mapping[str, Any] | None = None) -> None:
        """Build for inputs of a shape (or a list or dict of shapes), once.

        Args:
            input_shape: Shape of what the layer is called on.
            shapes: The shapes of all tensors that it is called with by `<argument>_shape`, where these are several.
        """
        if self._input_shape is None:
            self._input_shape = self._lasting(input_shape)
        if self._path is None:
            self._path = path_in(self)
        if not self.built:
            if self._says_how_to_build:
                build = type(self).build
                given = shape_arguments(build, shapes or {next(iter(parameters(build)), ""): input_shape})
                self.build(**{name: map_shapes(tuple, shape) for name, shape in given.items()})
                if len(given) > 1:
                    self._further_shapes = {name: self._lasting(given[name]) for name in given}
            self.built = True

    def _lasting(self, shape: Any) -> Any:
        """Return what a layer remembers of the shapes that it was built for: most take any number of rows."""
        return shape if self._is_for_one_batch else map_shapes(_for_any_batch, shape)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the output for inputs of a shape; builds the layer.

        It is found by abstract evaluation. A subclass may compute it instead: then `call` is not traced for it.
        """
        return self._trace_output_shape(input_shape)

    def _symbolic_inputs(self, input_shape: Any) -> Any:
        """Return symbolic tensors of a shape (or of shapes), of the dtypes that the layer was built for."""
        dtypes = iter(self._input_dtypes)
        usual = self._input_dtype or self.dtype
        return map_shapes(lambda shape: symbolic.SymbolicTensor(shape, next(dtypes, usual), "input"), input_shape)

    def _trace_output_shape(self, input_shape: Any) -> Any:
        inputs = self._symbolic_inputs(input_shape)
        self._build_for(inputs, (), {})
        self._check_shape(shapes_of(inputs))
        strings = symbolic.strings_in(inputs)
        if strings:
            return shapes_of(self._specs_of_strings(strings, (inputs,), {}))
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
        return self._specs_for((inputs, *args), kwargs)

    @property
    def _says_its_shape(self) -> bool:
        """Whether `compute_output_shape` knows the shape without a call."""
        return type(self).compute_output_shape is not Buildable.compute_output_shape

    @property
    def _says_what_it_makes(self) -> bool:
        """Whether it is known without a call what the layer makes of symbolic tensors."""
        return self._says_its_shape or type(self).compute_output_spec is not Buildable.compute_output_spec

    def _specs_for(self, args: Any, kwargs: Any) -> Any:
        """Return the shapes and dtypes of the outputs, as the class says or by abstract evaluation."""
        cls = type(self)
        strings = symbolic.strings_in((args, kwargs))
        if strings:
            return self._specs_of_strings(strings, args, kwargs)
        if cls.compute_output_spec is not Buildable.compute_output_spec:
            with suppress(NotImplementedError):  # as in Keras: a class may leave it to the call
                return self.compute_output_spec(*args, **kwargs)
        if self._says_its_shape:
            shapes = shapes_by_argument(cls.call, args, kwargs)
            shape = self.compute_output_shape(**shape_arguments(cls.compute_output_shape, shapes))
            return map_shapes(lambda sizes: symbolic.SymbolicTensor(sizes, self.compute_dtype), shape)
        return symbolic.abstract_call(self._abstract, args, kwargs)

    def _specs_of_strings(self, strings: Sequence[symbolic.SymbolicTensor], args: Any, kwargs: Any) -> Any:
        """Return the shapes and dtypes of the outputs where some of the inputs are strings."""
        if not self._moves_elements:
            symbolic.refuse_strings(f"Layer {self.name!r}", strings)
        return symbolic.moved_strings(self._abstract, args, kwargs)

    def _build_for(self, inputs: Any, args: Any, kwargs: Any) -> None:
        if isinstance(inputs, list | tuple | Mapping) and not self._takes_structures and is_ours(type(self)):
            raise ValueError(
                f"Layer {self.name!r} takes one tensor, not {len(inputs)}. Join them first, as with "
                "`layers.concatenate`."
            )
        spec = vars(self).get("input_spec", type(self).input_spec)
        if spec is not None:
            check_inputs(self.name, spec, inputs, self._advice_on_inputs)
        if self.built and self._input_shape is not None:
            return
        if not self.built:
            self._note_dtypes(inputs)
        shapes = shapes_by_argument(type(self).call, (inputs, *args), kwargs) if args or kwargs else None
        self._build_on(shapes_of(inputs), shapes)
        if current_frame() is None and not all(layer.built for layer in find(self, Buildable)):
            symbolic.abstract_call(self._abstract, (inputs, *args), kwargs)  # layers inside build as they are called

    def _note_dtypes(self, inputs: Any) -> None:
        """Note where integers were given, as to a `call` that takes them for indices; all else is of the own dtype."""
        names = [str(array.dtype) for array in jax.tree.leaves(inputs)]
        self._input_dtypes = tuple(
            jax.dtypes.canonicalize_dtype(name) if name.startswith(("int", "uint", "bool")) else self.dtype
            for name in names
        )

    def _required_inputs(self) -> InputSpec | None:
        """Return what `build` and `call` require of inputs, as Keras says it; `None` for nothing."""
        return None

    def _required_as_built(self) -> InputSpec | None:
        """Return that inputs must have the axes that the layer was built for; `None` before it is."""
        shape = self._input_shape
        return None if shape is None else InputSpec(ndim=len(shape), axes=self._required_sizes())

    def _required_sizes(self) -> dict[int, int | None]:
        """Return the sizes that the axes of inputs must have, once the layer is built."""
        shape = self._input_shape
        return {} if shape is None else {axis: shape[axis] for axis in self._fixed_axes}

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

    def get_build_config(self) -> dict[str, Any] | None:
        """Return the shape that the weights were made for, `{"input_shape": ...}`; `None` before they are.

        Where `build` takes several, it is `{"shapes_dict": {"x1_shape": ..., ...}}`.
        """
        if not self.built or self._input_shape is None:
            return None
        if self._further_shapes is not None:
            return {"shapes_dict": {name: map_shapes(tuple, shape) for name, shape in self._further_shapes.items()}}
        return {"input_shape": map_shapes(tuple, self._input_shape)}

    def build_from_config(self, config: Mapping[str, Any]) -> None:
        """Make the weights for what `get_build_config` returned, here or in Keras."""
        shapes = {name: self._lasting(map_shapes(tuple, each)) for name, each in config.get("shapes_dict", {}).items()}
        shape = next(iter(shapes.values()), config.get("input_shape"))
        if shape is None:
            return
        shape = self._lasting(map_shapes(tuple, shape))
        if not self.built and not self._says_how_to_build:
            # Layers inside are built where `call` uses them. One that takes more than inputs cannot be called here:
            # its weights are compared with the file's next, and an error names those that are missing.
            with suppress(Exception):
                self._trace_output_shape(shape)
        self._build_on(shape, shapes)


def _mark_built(build: Callable[..., None]) -> Callable[..., None]:
    """Return a `build` after which a layer is built, whoever calls it."""

    @wraps(build)
    def build_and_mark(self: Buildable, *args: Any, **kwargs: Any) -> None:
        if self._path is None:
            self._path = path_in(self)
        for shape in (*args, *kwargs.values()):
            map_shapes(tuple, shape)  # which refuses what is none
        with inside(self):
            build(self, *args, **kwargs)
        shape = next(iter((*args, *kwargs.values())), None)
        if self._input_shape is None and shape is not None:
            self._input_shape = self._lasting(shape)
        self.built = True

    return build_and_mark


def _for_any_batch(shape: Any) -> Any:
    return (None, *shape[1:])
