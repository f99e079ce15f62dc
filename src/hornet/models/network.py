"""Layers made of layers: the structure of a model, apart from training."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hornet.core import random
from hornet.core.config import serialize
from hornet.core.errors import ArgumentError
from hornet.core.frame import current_frame
from hornet.core.module import boxes, find, held_in, in_file_order, pure, values_of
from hornet.core.shapes import Shape, map_shapes, shapes_of
from hornet.core.suggestions import explained, unknown_name
from hornet.core.symbolic import abstract_call
from hornet.core.types import FileLike
from hornet.core.variable import Box
from hornet.layers.layer import Layer
from hornet.models.outline import Row, expanded
from hornet.models.summary import html_summary, print_summary
from hornet.optimizers.state import OptimizerState
from hornet.saving import load_weights, save_model, save_weights
from hornet.saving.export import export_model
from hornet.saving.training import described_training
from hornet.training.compile_arguments import CompileArguments
from hornet.training.data.columns import in_trained_order
from hornet.training.data.convert import as_inputs


class Network(Layer):
    """Base of models: their layers, shapes, names and files.

    Args:
        **kwargs: What every `Layer` takes.
    """

    _takes_structures = True
    _not_in_files = frozenset({"_known_output_shapes", "_column_names"})

    _known_output_shapes: dict[str, Shape] | None = None
    _column_names: tuple[str, ...] | None = None
    """The names of the columns of the frame that it was trained on."""

    def _parts_in_files(self) -> list[tuple[str, Any]]:
        return in_file_order({**self._attributes_in_files(), "layers": self.layers})

    @property
    def layers(self) -> list[Layer]:
        """The layers, each once, in the order in which they were attached."""
        held = [layer for _, part in self._children() for layer in held_in(part, Layer)]
        return list({id(layer): layer for layer in held}.values())

    def _flatten_layers(self, include_self: bool = True, recursive: bool = True) -> list[Layer]:
        """Return the layers and those in them: a name of Keras's that programs use to freeze some kind of layer."""
        held = list(find(self, Layer)) if recursive else self.layers
        return [*([self] if include_self else []), *held]

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its index.

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
    def _declares_shape(self) -> bool:
        """Whether the shape of the inputs was declared, and not only seen in the first data."""
        return False

    def _take_shape(self, input_shape: Any) -> None:
        """Take inputs of another shape from now on; fails where weights were made for the one before."""
        self._trace_output_shape(input_shape)
        self._input_shape, self._known_output_shapes = input_shape, None

    @property
    def output_shape(self) -> Any:
        """The shape of the output (or shapes in the outputs' structure), `None` where it depends on the batch.

        Raises:
            AttributeError: If the model is not built.
        """
        if self._input_shape is None:
            raise AttributeError(
                f"{self.name!r} has no output shape before it is built. Give it `input_shape` or data."
            )
        return self.compute_output_shape(self._input_shape)

    @property
    def _layer_shapes(self) -> list[Any]:
        """The output shape of each of `layers`, `None` for one that `call` does not use."""
        seen: dict[int, Any] = {}

        def watched(inputs: Any) -> Any:
            frame = current_frame()
            assert frame is not None
            frame.watcher = lambda layer, outputs: seen.setdefault(id(layer), shapes_of(outputs))
            return self(inputs)

        inputs = self._symbolic_inputs(self._input_shape)
        held = boxes(self, Box)
        abstract_call(lambda given: pure(held, watched)(values_of(held), given, key=random.key_data(0)), (inputs,), {})
        return [seen.get(id(layer)) for layer in self.layers]

    def _outline(self, expand_nested: bool = False) -> list[Row]:
        """Return a row for each layer, or other call of a graph, as `summary` prints and `plot_model` draws them.

        Args:
            expand_nested: Whether models inside have their rows behind them.
        """
        shapes = self._layer_shapes if self._input_shape is not None else [None] * len(self.layers)
        rows = [
            Row(layer.name, layer, layer._input_shape, shape) for layer, shape in zip(self.layers, shapes, strict=True)
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

        A model with branches has a column more: what each layer is connected to. What is not known before a model is
        built is shown as `?` and `0 (unbuilt)`.

        Args:
            line_length: Width of the table; the terminal's by default.
            positions: Ignored; kept for compatibility with Keras. The columns find their widths.
            print_fn: What to call with the text instead of printing it.
            expand_nested: Whether to list the layers of models inside.
            show_trainable: Whether to say of each layer if it is trained.
            layer_range: Names of the first and the last layer to list, or patterns of them.

        Raises:
            ValueError: If no layer has such a name.
        """
        print_summary(self, line_length, print_fn, expand_nested, show_trainable, layer_range)

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the table of layers."""
        return html_summary(self)

    @property
    def output_names(self) -> list[str]:
        """The names by which losses, labels and results of outputs go."""
        shape = self.output_shape
        if isinstance(shape, Mapping):
            return sorted(shape)  # the order of a flattened dict
        return [f"output_{index + 1}" for index in range(len(shape))] if isinstance(shape, list) else ["output"]

    @property
    def _drawn_output(self) -> Any:
        """The output tensors of a graph that a call follows; `None` in other networks."""
        return None

    @property
    def _named_output_shapes(self) -> dict[str, Shape]:
        """The shape of each output, by its name; found once, as it may take a trace."""
        if self._known_output_shapes is None:
            shapes: list[Shape] = []
            map_shapes(shapes.append, self.output_shape)
            self._known_output_shapes = dict(zip(self.output_names, shapes, strict=True))
        return self._known_output_shapes

    def _forget(self) -> None:
        """Drop what was found out about a network that changes now."""
        self._known_output_shapes = None

    def _as_inputs(self, x: Any, argument: str = "x") -> Any:
        """Return inputs as arrays, in the structure that `call` takes."""
        try:
            return as_inputs(x, argument)
        except ArgumentError as error:
            reader = next((layer for layer in find(self, Layer) if layer._takes_strings), None)
            if reader is None:
                raise
            raise ArgumentError(
                f"{self.name!r} has a `call` of its own, of which no part can be cut out for the host, so that "
                f"{reader.name!r} cannot read strings in its programs. Draw the model as `Model(inputs, outputs)`, or "
                "give it what a model that is drawn up to the numbers makes of the rows."
            ) from error

    def _cast(self, inputs: Any) -> Any:
        return in_trained_order(self, "inputs", inputs, super()._cast(inputs))

    @property
    def _readers(self) -> list[tuple[int, Any]]:
        """What reads an input alone and as it is, each with the input's number, as far as that is known."""
        return []

    @property
    def _compile_arguments(self) -> CompileArguments | None:
        """The arguments of `compile()`, or `None` before it."""
        return None

    @property
    def _optimizer_state(self) -> OptimizerState | None:
        """The optimizer with its slots and its count of steps, or `None` before `compile()`."""
        return None

    # --- files ------------------------------------------------------------------------------------------

    @explained("save")
    def save(
        self,
        filepath: FileLike,
        overwrite: bool = True,
        zipped: bool | None = None,
        include_optimizer: bool = True,
        save_format: str | None = None,
    ) -> None:
        """Write the model to one file, whole or not at all; `load_model` reads it, here and in Keras.

        The file's folder is made where there is none. Of a model that is not built yet there is only how to build it.

        Args:
            filepath: `*.keras`, or `*.h5` for Keras's older layout; or a file that is open for bytes, such as an
                `io.BytesIO`, which gets a `.keras` archive.
            overwrite: Whether a file that is there is replaced.
            zipped: `False` writes a folder of the archive's members instead, under any name.
            include_optimizer: Whether to write how the model is trained, and the optimizer's state.
            save_format: Keras 2's word for the format, `"keras"` or `"h5"`; the name's suffix says it now.

        Raises:
            FileExistsError: If there is a file that is not to be replaced.
            NotImplementedError: If something in it cannot be described; the error says which `get_config` to write.
            OSError: If it cannot be written; a file that was there is as it was.
            ValueError: If the name has another suffix, or an argument is unknown.
        """
        save_model(self, filepath, overwrite, zipped, include_optimizer, save_format)

    def save_weights(
        self,
        filepath: FileLike,
        overwrite: bool = True,
        max_shard_size: float | None = None,
        objects_to_skip: Sequence[Any] = (),
    ) -> None:
        """Write the weights to one file, whole or not at all.

        Args:
            filepath: `*.weights.h5`; `*.h5` for Keras's older layout; `*.safetensors` for the weights alone by their
                paths. Any other name is a prefix, as of a checkpoint: the file is `<filepath>.weights.h5`. Or a file
                that is open for bytes, which gets Keras's layout.
            overwrite: Whether a file that is there is replaced.
            max_shard_size: The most GiB of arrays in one file: they go to several, with a `*.weights.json` that says
                what is where.
            objects_to_skip: Layers whose weights are left out.

        Raises:
            FileExistsError: If there is a file that is not to be replaced.
            OSError: If it cannot be written; a file that was there is as it was.
            ValueError: If the model is not built, or a format has no such thing.
        """
        save_weights(self, filepath, overwrite, max_shard_size, objects_to_skip)

    def load_weights(
        self,
        filepath: FileLike,
        skip_mismatch: bool = False,
        by_name: bool = False,
        objects_to_skip: Sequence[Any] = (),
    ) -> None:
        """Take the weights from a file, all of them or none.

        Args:
            filepath: What `save_weights` or `save` wrote, here or in Keras; its name, or a file open for bytes.
            skip_mismatch: Whether weights of other shapes are passed over with a warning.
            by_name: Whether layers are matched by their names instead of by their order; in Keras's older layout alone.
            objects_to_skip: Layers that keep the weights they have.

        Raises:
            CorruptFileError: If the file is damaged.
            FileNotFoundError: If there is none.
            UnsafeFileError: If it requires what loading does not do.
            ValueError: If it is another model's; this one stays as it was.
        """
        load_weights(self, filepath, skip_mismatch, by_name, objects_to_skip)

    def get_compile_config(self) -> dict[str, Any] | None:
        """Return the arguments of `compile()` as JSON-serializable data; `None` before it, or for a foreign optimizer.

        A user-defined class may write its own, with `compile_from_config`; files and clones use both.
        """
        return described_training(self)

    def export(
        self,
        filepath: str | os.PathLike[str],
        format: str | None = None,
        verbose: bool | None = None,
        input_signature: Any = None,
    ) -> None:
        """Write what the model computes in inference to one file, whole or not at all, for programs without Hornet.

        Any number of rows goes in. The weights are in the file; docs/guides/export.md says how it is run.

        Args:
            filepath: `*.onnx` or `*.stablehlo`; any name where `format` is given.
            format: `"onnx"` or `"stablehlo"`; by default what the file's name ends in.
            verbose: Whether to say what was written.
            input_signature: Shapes and types of the inputs in their structure, the batch axis included, where they are
                not those that the model declares: `InputSpec`s, or other objects with `shape` and `dtype`.

        Raises:
            ImportError: If the format is ONNX, and the library `onnx` is not installed.
            OSError: If the file cannot be written; one that was there is as it was.
            ValueError: If the model is not built, the format is unknown, or a layer does what the format has no words
                for; the error names it.

        Example:
            >>> import tempfile
            >>> from pathlib import Path
            >>> import numpy as np, onnxruntime
            >>> from hornet import Sequential, layers
            >>> path = Path(tempfile.mkdtemp()) / "model.onnx"
            >>> model = Sequential([layers.Dense(1, kernel_initializer="ones", input_shape=(2,))])
            >>> model.export(path)
            >>> session = onnxruntime.InferenceSession(path)
            >>> session.run(["output"], {"input": np.array([[1, 2], [3, 4], [5, 6]], "float32")})[0].ravel()
            array([ 3.,  7., 11.], dtype=float32)
        """
        export_model(self, filepath, format, verbose, input_signature)

    def to_json(self, **options: Any) -> str:
        """Return the model's config as JSON, and the arguments of `compile`; `model_from_json` makes a new model of it.

        Args:
            **options: Of `json.dumps`, such as `indent=2`.
        """
        training = self.get_compile_config()
        return json.dumps(serialize(self) | ({"compile_config": training} if training else {}), **options)
