"""What models have in common whose calls are known as a graph, so that it can be cut where it reads strings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import jax
from jax.core import Tracer

from hornet.core.arrays import program_array
from hornet.core.containers import is_sparse, to_numbers
from hornet.core.dtypes import is_float
from hornet.core.frame import current_frame, put_mask
from hornet.core.package import overridden
from hornet.core.prepared import Prepared
from hornet.core.shapes import map_shapes
from hornet.core.strings import STRING, to_strings
from hornet.core.symbolic import SymbolicTensor, tensors_in
from hornet.layers.layer import Layer, named
from hornet.layers.text_reader import TextReader
from hornet.models.cut import Cut
from hornet.models.model import Model
from hornet.training.data.checks import refuse_outside
from hornet.training.data.convert import as_rows, in_rank_of
from hornet.training.data.sparse import SparseRows
from hornet.training.inputs import check_features, readers_of_integers


class Drawn(Model):
    """Base of models that are drawn as a graph or a stack of layers."""

    _cut: Cut | None = None
    """Where the graph is cut; `None` if it does not read strings."""

    _not_in_files = frozenset({"_cut"})

    @property
    def _declares_shape(self) -> bool:
        return True

    _drawn_layers: Sequence[Layer] = ()
    """The layers of the graph or the stack, its input layers among them."""

    def _children(self) -> Iterator[tuple[str, Any]]:
        """Yield the layers by their names, and what a user's class holds besides."""
        taken = dict(named(self._drawn_layers))
        yield from taken.items()
        for name, part in self._attributes_in_files().items():
            yield (f"own {name}" if name in taken else name), part

    @property
    def _takes_strings(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self._cut is not None

    @property
    def _drawn_output(self) -> Any:
        return None if overridden(self.call) else getattr(self, "output", None)

    def _prepare(self, inputs: Any) -> Prepared:
        """Return what programs take in the place of rows with strings."""
        return self._as_inputs(inputs, "inputs")

    @property
    def _takers_of_fractions(self) -> set[int]:
        """The numbers of the inputs of strings that take any number for its text."""
        readers = self._readers if self._cut is not None else ()
        return {number for number, layer in readers if isinstance(layer, TextReader) and layer._takes_fractions}

    def _rows(self, x: Any, argument: str) -> Any:
        """Return inputs as arrays, of strings too, in the structure of the input tensors."""
        raise NotImplementedError

    def _as_inputs(self, x: Any, argument: str = "x") -> Any:
        if isinstance(x, Prepared):
            return x
        rows = self._rows(x, argument)
        if self._cut is None:
            return rows
        check_features(self, argument, rows)
        refuse_outside(self, argument, readers_of_integers(self), rows, x)
        prepared = self._cut.prepare(jax.tree.leaves(rows, is_leaf=lambda part: part is None))
        return jax.tree.map(lambda part: SparseRows(part) if hasattr(part, "tocsr") else part, prepared)

    def _cast(self, inputs: Any) -> Any:
        if self._cut is None or tensors_in(inputs):
            return super()._cast(inputs)
        prepared = inputs if isinstance(inputs, Prepared) else self._prepare(inputs)
        return jax.tree.map(lambda part: part if isinstance(part, Tracer) else program_array(part), prepared)

    def _symbolic_inputs(self, input_shape: Any) -> Any:
        if self._cut is None:
            return super()._symbolic_inputs(input_shape)
        declared = iter(self._cut.inputs)
        return map_shapes(lambda shape: SymbolicTensor(shape, next(declared).dtype, "input"), input_shape)

    def _specs_of_strings(self, strings: Sequence[SymbolicTensor], args: Any, kwargs: Any) -> Any:
        if self._cut is None:
            return super()._specs_of_strings(strings, args, kwargs)
        return self._specs_along(args[0])

    def _specs_along(self, inputs: Any) -> Any:
        """Return symbolic tensors for the outputs, going through the graph call by call."""
        raise NotImplementedError


def handed_on(inputs: Any, training: bool | None, mask: Any) -> dict[str, Any]:
    """Give inputs the masks that `call` got for them; return what else the layers inside are called with.

    A class of the user's passes them to `super().call`. Otherwise they are what the frame knows already.
    """
    if mask is not None:
        masks = jax.tree.leaves(mask, is_leaf=lambda part: part is None)
        for array, one in zip(jax.tree.leaves(inputs), masks, strict=False):
            if one is not None:
                put_mask(array, one)
    frame = current_frame()
    return {} if training is None or (frame and bool(frame.training) == training) else {"training": training}


def specs_of_call(operation: Any, args: Any, kwargs: Any) -> Any:
    """Return symbolic tensors for what a call of a graph makes, without recording it with its layer."""
    return operation._specs_for(args, kwargs) if isinstance(operation, Layer) else operation(*args, **kwargs)


def rows_of(tensor: SymbolicTensor, name: str, part: Any, fractions: bool = False) -> Any:
    """Return what holds the rows of an input as an array: of strings where the input's tensor stands for such.

    Args:
        tensor: The input's tensor.
        name: What to call it in errors.
        part: The rows.
        fractions: Whether numbers with a fraction are taken for strings, too.
    """
    if tensor.dtype == STRING:
        return in_rank_of(tensor.shape, to_strings(name, part, fractions))
    if is_float(tensor.dtype) and not is_sparse(part) and not isinstance(part, Iterator):
        part = to_numbers(name, part)
        if part.dtype.kind in "iu" and part.dtype.itemsize > 4:  # of any size, as the input takes them as floats
            part = part.astype("float64")
    return in_rank_of(tensor.shape, as_rows(name, part))
