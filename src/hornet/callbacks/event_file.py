"""Files of events, which TensorBoard shows; written by the tensorboard package's own writer, without TensorFlow."""

from __future__ import annotations

import io
import itertools
import os
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hornet.core.folders import make_folder_of, naming
from hornet.core.imports import optional_module

_BUCKETS = 30
_FLUSH_SECONDS = 10.0
_numbers = itertools.count()
"""Distinguishes files that a process begins in the same second."""


class EventFile:
    """A new file of events in a folder.

    Args:
        folder: The folder; TensorBoard calls what is in it a run.

    Raises:
        ImportError: If the tensorboard package is not installed.

    Example:
        >>> import tempfile
        >>> events = EventFile(tempfile.mkdtemp())
        >>> events.scalar("loss", 0.5, step=0)
        >>> events.text("note", "A *first* try", step=0)
        >>> events.close()
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        writers = optional_module("tensorboard.summary.writer.record_writer", "tensorboard")
        self._events = optional_module("tensorboard.compat.proto.event_pb2", "tensorboard")
        self._summaries = optional_module("tensorboard.compat.proto.summary_pb2", "tensorboard")
        self._tensors = optional_module("tensorboard.util.tensor_util", "tensorboard")
        parts = f"{int(time.time()):010d}", socket.gethostname(), str(os.getpid()), str(next(_numbers))
        self.path = Path(folder) / ".".join(["events.out.tfevents", *parts])
        make_folder_of(self.path)
        self._records = writers.RecordWriter(open(self.path, "wb"))  # noqa: SIM115
        self._flushed = time.monotonic()
        self._write(file_version="brain.Event:2")
        self.flush()

    def scalar(self, tag: str, value: float, step: int) -> None:
        """Add a point to a curve."""
        self.scalars({tag: value}, step)

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        """Add a point to each of several curves, by their tags."""
        self._add({tag: np.float32(value) for tag, value in values.items()}, step, "scalar")

    def histogram(self, tag: str, values: Any, step: int) -> None:
        """Add the distribution of an array's elements, in thirty buckets."""
        flat = np.asarray(values, "float64").ravel()
        flat = flat[np.isfinite(flat)]
        counts, edges = np.histogram(flat, _BUCKETS) if flat.size else (np.zeros(0), np.zeros(1))
        self._add({tag: np.stack([edges[:-1], edges[1:], counts], axis=1)}, step, "histogram")

    def text(self, tag: str, text: str, step: int) -> None:
        """Add a text in Markdown."""
        self._add({tag: np.array(text.encode(), dtype=object)}, step, "text")

    def image(self, tag: str, image: Any, step: int, max_outputs: int = 3) -> None:
        """Add an image, or some of a batch.

        Args:
            tag: Its name.
            image: A figure of matplotlib's, or pixels, of whole numbers from 0 to 255 or of others from 0 to 1: shape
                `(height, width)`, `(height, width, channels)` or `(images, height, width, channels)`; 1 channel is for
                grey levels, 3 for colours, 4 for those with opacity.
            step: When it was taken.
            max_outputs: How many images of a batch to add, from the first on.

        Raises:
            ValueError: If the pixels have another shape.
        """
        pictures = optional_module("PIL.Image", "image")
        if hasattr(image, "savefig"):
            file = io.BytesIO()
            image.savefig(file, format="png")
            pixels = [np.asarray(pictures.open(file))]
        else:
            pixels = _pixels(image)[:max_outputs]
        encoded = []
        for one in pixels:
            file = io.BytesIO()
            pictures.fromarray(one).save(file, "png")
            encoded.append(file.getvalue())
        height, width = pixels[0].shape[:2]
        sizes = [str(width).encode(), str(height).encode()]
        self._add({tag: np.array([*sizes, *encoded], dtype=object)}, step, "image")

    def hyperparameters(self, values: Mapping[str, Any], trial: str | None = None) -> None:
        """Say with which hyperparameters the runs in this folder, and below it, were made, for the table of trials.

        Args:
            values: The hyperparameters by name; what is no number, text or truth value is shown as text.
            trial: The trial's name; by default a digest of the values, so that equal ones are one trial.
        """
        hparams = optional_module("tensorboard.plugins.hparams.summary_v2", "tensorboard")
        kinds = bool, int, float, str, np.generic
        plain = {name: value if isinstance(value, kinds) else str(value) for name, value in values.items()}
        self._write(step=0, summary=hparams.hparams_pb(plain, trial_id=trial))

    def keras_model(self, description: str, step: int = 0) -> None:
        """Add a model's graph of layers, given its config as JSON."""
        metadata = self._summaries.SummaryMetadata()
        metadata.plugin_data.plugin_name = "graph_keras_model"
        metadata.plugin_data.content = b"1"
        self._add_with(metadata, {"keras": np.array(description.encode(), dtype=object)}, step)

    def graph(self, nodes: Mapping[str, tuple[str, Sequence[str]]]) -> None:
        """Add a graph of operations.

        Args:
            nodes: For each node's name its kind and the names of the nodes that it takes from.
        """
        graphs = optional_module("tensorboard.compat.proto.graph_pb2", "tensorboard")
        graph = graphs.GraphDef()
        for name, (kind, sources) in nodes.items():
            graph.node.add(name=name, op=kind, input=list(sources))
        self._write(graph_def=graph.SerializeToString())

    def flush(self) -> None:
        """Hand everything to the system, so that it outlives the process."""
        self._flushed = time.monotonic()
        with naming(self.path):
            self._records.flush()

    def close(self) -> None:
        """Flush and close the file."""
        with naming(self.path):
            self._records.close()

    def _add(self, values: Mapping[str, Any], step: int, plugin: str) -> None:
        plugins = optional_module(f"tensorboard.plugins.{plugin}.metadata", "tensorboard")
        metadata = plugins.create_summary_metadata(display_name=None, description=None)
        self._add_with(metadata, values, step)

    def _add_with(self, metadata: Any, values: Mapping[str, Any], step: int) -> None:
        summary = self._summaries.Summary()
        for tag, value in values.items():
            summary.value.add(tag=tag, metadata=metadata, tensor=self._tensors.make_tensor_proto(value))
        self._write(step=step, summary=summary)

    def _write(self, **parts: Any) -> None:
        with naming(self.path):
            self._records.write(self._events.Event(wall_time=time.time(), **parts).SerializeToString())
        if time.monotonic() - self._flushed > _FLUSH_SECONDS:
            self.flush()


def _pixels(image: Any) -> np.ndarray:
    """Return images as bytes, `(images, height, width)` or with channels behind."""
    found = np.asarray(image)
    if found.dtype.kind == "f":
        found = (np.clip(found, 0.0, 1.0) * 255).astype("uint8")
    shape = found.shape
    if found.ndim == 2:
        return found.astype("uint8")[None]
    if found.ndim not in (3, 4) or shape[-1] not in (1, 3, 4):
        raise ValueError(
            "An image has the shape (height, width) or (height, width, channels), with 1, 3 or 4 channels, and a batch "
            f"of them one axis more, not {shape}. Reshape it."
        )
    found = found.astype("uint8").reshape((-1, *shape[-3:]))
    return found[..., 0] if shape[-1] == 1 else found
