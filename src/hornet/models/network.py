"""Layers made of layers: what a model is, apart from training."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import jax

from hornet.core import random
from hornet.core.checks import unknown_name
from hornet.core.config import serialize
from hornet.core.frame import current_frame
from hornet.core.module import boxes, find, pure, values_of
from hornet.core.shapes import Shape, map_shapes, shapes_of
from hornet.core.symbolic import SymbolicTensor, abstract_call
from hornet.core.variable import Box
from hornet.layers.layer import Layer
from hornet.models.outline import Row, expanded
from hornet.models.summary import print_summary
from hornet.training.data.arrays import as_inputs
from hornet.training.heads import flat


class Network(Layer):
    """Base of models: their layers, shapes and names, and the data that fit them.

    Args:
        **kwargs: What every `Layer` takes.
    """

    takes_structures = True

    lists_layers = False
    """Whether files list `layers` in their order, as those of a stack or a graph, and not by attributes."""

    @property
    def layers(self) -> list[Layer]:
        """The layers, in the order in which they were attached."""
        parts = [one for _, part in self.children() for one in flat(part)]
        return [part for part in parts if isinstance(part, Layer)]

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its number.

        Raises:
            ValueError: If there is none.
        """
        if (name is None) == (index is None):
            raise ValueError("`get_layer` takes a name or an index. Pass one of them.")
        layers = self.layers
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(f"There is no layer {index}; {self.name!r} has {len(layers)}, counted from 0.")
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        raise unknown_name("layer", name, [layer.name for layer in layers])

    @property
    def output_shape(self) -> Any:
        """The shape of the output (or shapes in the outputs' structure), `None` where it depends on the batch.

        Raises:
            ValueError: If the model is not built.
        """
        if self.input_shape is None:
            raise ValueError(f"{self.name!r} has no output shape before it is built. Give it `input_shape` or data.")
        return self.compute_output_shape(self.input_shape)

    @property
    def layer_shapes(self) -> list[Any]:
        """The output shape of each of `layers`, `None` for one that `call` does not use."""
        seen: dict[int, Any] = {}

        def watched(inputs: Any) -> Any:
            frame = current_frame()
            assert frame is not None
            frame.watcher = lambda layer, outputs: seen.setdefault(id(layer), shapes_of(outputs))
            return self(inputs)

        inputs = map_shapes(lambda shape: SymbolicTensor(shape, self.dtype, "input"), self.input_shape)
        held = boxes(self, Box)
        abstract_call(lambda given: pure(held, watched)(values_of(held), given, key=random.key_data(0)), (inputs,), {})
        return [seen.get(id(layer)) for layer in self.layers]

    def outline(self, expand_nested: bool = False) -> list[Row]:
        """Return a row for each layer, or other call of a graph, as `summary` prints and `plot_model` draws them.

        Args:
            expand_nested: Whether models inside have their rows behind them.
        """
        rows = [
            Row(layer.name, layer, layer.input_shape, shape)
            for layer, shape in zip(self.layers, self.layer_shapes, strict=True)
        ]
        return expanded(rows) if expand_nested else rows

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Print a table of the layers, their output shapes and their numbers of weights.

        A model with branches has a column more: what each layer is connected to.

        Args:
            line_length: Width of the table; the terminal's by default.
            positions: Accepted as in Keras; the columns find their widths.
            print_fn: What to call with the text instead of printing it.
            expand_nested: Whether to list the layers of models inside.
            show_trainable: Whether to say of each layer if it is trained.
            layer_range: Names of the first and the last layer to list, or patterns of them.

        Raises:
            ValueError: If the model is not built, or no layer has such a name.
        """
        print_summary(self, line_length, print_fn, expand_nested, show_trainable, layer_range)

    def to_json(self, **options: Any) -> str:
        """Return the model's config as JSON; `model_from_json` makes a new model of it.

        Args:
            **options: Of `json.dumps`, such as `indent=2`.
        """
        return json.dumps(serialize(self), **options)

    @property
    def output_names(self) -> list[str]:
        """The names by which losses, labels and results of outputs go."""
        shape = self.output_shape
        if isinstance(shape, Mapping):
            return sorted(shape)  # the order of a flattened dict
        return [f"output_{place + 1}" for place in range(len(shape))] if isinstance(shape, list) else ["output"]

    @property
    def _output_shapes(self) -> dict[str, Shape]:
        """The shape of each output, by its name."""
        shapes: list[Shape] = []
        map_shapes(shapes.append, self.output_shape)
        return dict(zip(self.output_names, shapes, strict=True))

    # --- data that fit ------------------------------------------------------------------------------------

    def _as_inputs(self, x: Any, argument: str = "x") -> Any:
        """Return inputs as arrays, in the structure that `call` takes."""
        return as_inputs(x, argument)

    def _build_on_rows(self, inputs: Any) -> None:
        if not self.built:
            shapes = map_shapes(lambda shape: (None, *shape[1:]), shapes_of(inputs))
            self.compute_output_shape(shapes)

    def _check_features(self, argument: str, inputs: Any) -> None:
        """Refuse inputs whose shapes are not those the model was built for."""
        expected: list[Shape] = []
        map_shapes(expected.append, self.input_shape)
        received = [part.shape for part in jax.tree.leaves(inputs)]
        if len(expected) != len(received):
            raise ValueError(
                f"`{argument}` has {len(received)} arrays, but {self.name!r} takes {len(expected)}. "
                "Pass one for each input."
            )
        for wanted, shape in zip(expected, received, strict=True):
            fits = len(shape) == len(wanted) and all(e in (None, s) for s, e in zip(shape, wanted, strict=True))
            if not fits:
                first = next((one.name for one in self.layers if one.input_shape == wanted), self.name)
                raise ValueError(
                    f"`{argument}` has shape {tuple(shape)}, but layer {first!r} of {self.name!r} takes {wanted}. "
                    "Pass rows with that many features, or build a model for these."
                )

    @contextmanager
    def _unless_refused(self) -> Generator[None, None, None]:
        """Leave the model as it was, unbuilt if it was, where what is done in the block fails."""
        before = [(one, dict(vars(one))) for one in (self, *find(self, Layer))]
        try:
            yield
        except Exception:
            for one, attributes in before:
                vars(one).clear()
                vars(one).update(attributes)
            raise
