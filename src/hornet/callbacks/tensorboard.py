"""The callback that lets TensorBoard watch a run."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import jax
import numpy as np

from hornet.callbacks.callback import Logs
from hornet.callbacks.event_file import EventFile
from hornet.callbacks.learning_rate import last_rates
from hornet.callbacks.log_writer import LogWriter
from hornet.core.checks import describe, non_negative_int, positive_int
from hornet.core.folders import make_folder_of, path_given
from hornet.core.module import boxes
from hornet.core.variable import Variable


class TensorBoard(LogWriter):
    """Writes what TensorBoard shows: curves, distributions of weights, the model's graph, a profile.

    Tags and folders are Keras's: `train/` and `validation/` below `log_dir`, `epoch_loss`, `batch_loss` and so on. It
    overrides no hook of single batches: `update_freq` and `profile_batch` only bound how many batches run in one
    program. What an epoch wrote outlives the process.

    Args:
        log_dir: Folder of the run; each run needs one of its own. Where several models are trained, as in a search,
            each has one in it, such as `candidate_3/fold_0`.
        histogram_freq: Epochs between two distributions of the weights; 0 for none.
        write_graph: Whether to write the model's graph.
        write_images: Whether to write the weights as images as well, with the distributions.
        write_steps_per_second: Whether to write the speed of each epoch.
        update_freq: `"epoch"`, `"batch"`, or a number of batches between two points of the `batch_` curves.
        profile_batch: The batch to profile, counted from 1, or the first and last one as a pair or as `"10,20"`;
            0 for none.
        embeddings_freq: Always 0.
        hparams: Hyperparameters by name, for TensorBoard's table of trials; those of a search's candidates are added.
        images: Functions of the model by their tags. Each returns a picture of what the model does: a figure of
            matplotlib's, or axes in it, or pixels as `tf.summary.image` takes them. pyplot's figures are closed then.
        images_freq: Epochs between two of these pictures.

    Raises:
        ImportError: If the tensorboard package is not installed.

    Example:
        >>> import tempfile
        >>> from hornet import Sequential, layers
        >>> model = Sequential([layers.Dense(1, input_shape=(2,))])
        >>> model.compile(loss="mse")
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = model.fit(np.ones((8, 2)), np.ones(8), callbacks=[TensorBoard(folder)], verbose=0)
        >>> [path.name for path in folder.iterdir()]
        ['train']
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: str | int = "epoch",
        profile_batch: int | str | Sequence[int] = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
        hparams: Mapping[str, Any] | None = None,
        images: Mapping[str, Callable[[Any], Any]] | None = None,
        images_freq: int = 1,
    ) -> None:
        self.log_dir = path_given("log_dir", log_dir, "logs")
        self.histogram_freq = non_negative_int("histogram_freq", histogram_freq or 0)
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        every = 1 if update_freq == "batch" else update_freq
        self.update_freq = every if every == "epoch" else positive_int("update_freq", every)
        self.profile_batch = _range_of(profile_batch)
        if embeddings_freq or embeddings_metadata:
            raise ValueError("`embeddings_freq` must be 0: the projector reads TensorFlow's checkpoints only.")
        self.hparams = hparams
        self.images = dict(images or {})
        self.images_freq = positive_int("images_freq", images_freq)
        self._batches = 0
        self._is_profiling = self._is_training = False

    def tell_apart(self, labels: Mapping[str, Any], hparams: Mapping[str, Any]) -> None:
        self.log_dir = os.path.join(self.log_dir, *(f"{name}_{value}" for name, value in labels.items()))
        self.hparams = {**(self.hparams or {}), **hparams}

    @cached_property
    def train(self) -> EventFile:
        """The file of training, for curves and texts of your own."""
        return EventFile(Path(self.log_dir) / "train")

    @cached_property
    def validation(self) -> EventFile:
        """The file of validation."""
        return EventFile(Path(self.log_dir) / "validation")

    # --- batches --------------------------------------------------------------------------------------

    @property
    def batches_until_due(self) -> int | None:
        """The number of batches until there is something to do."""
        first, last = self.profile_batch
        stops = [first - 1, last]
        if self.update_freq != "epoch":
            stops.append(self._batches - self._batches % int(self.update_freq) + int(self.update_freq))
        return min((stop - self._batches for stop in stops if stop > self._batches), default=None)

    def on_batches_done(self, batches: int, epoch: int, batch: int, logs: Logs) -> None:
        self._batches += batches
        if self.update_freq != "epoch" and self._batches % int(self.update_freq) == 0:
            points = {f"batch_{name}": value for name, value in logs.items()}
            self._log(lambda: self.train.scalars(points, self._batches))
        self._profile()

    def _profile(self) -> None:
        first, last = self.profile_batch
        if self._is_profiling and self._batches >= last:
            jax.profiler.stop_trace()
            self._is_profiling = False
        elif first and self._batches == first - 1:
            jax.profiler.start_trace(str(Path(self.log_dir) / "train"))
            self._is_profiling = True

    # --- hooks ----------------------------------------------------------------------------------------

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._batches = 0
        self._is_training, self._is_lost = True, False
        make_folder_of(Path(self.log_dir) / "train")
        if self.write_graph:
            self._log(self._write_graph)
        if self.hparams:
            self._log(self._write_hyperparameters, self.hparams)
        self._profile()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._begun = time.perf_counter(), int(self.model.optimizer.iterations)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        values = {**(logs or {}), **last_rates(self.model.optimizer)}
        if self.write_steps_per_second:
            begun, updates = self._begun
            done = int(self.model.optimizer.iterations) - updates
            values["steps_per_second"] = done / (time.perf_counter() - begun)
        points = {name: value for name, value in values.items() if not np.ndim(value)}
        validated = {name: points.pop(name) for name in list(points) if name.startswith("val_")}
        drawn = self.images if epoch % self.images_freq == 0 else {}
        pictures = {tag: _figure_of(draw(self.model)) for tag, draw in drawn.items()}
        self._log(self._write_epoch, epoch, points, validated, pictures)
        for picture in pictures.values():
            _close(picture)

    def on_test_end(self, logs: Logs | None = None) -> None:
        if self.model.optimizer is None:
            return
        values = {f"evaluation_{name}_vs_iterations": value for name, value in (logs or {}).items()}
        self._log(lambda: self.validation.scalars(values, int(self.model.optimizer.iterations)))
        if not self._is_training:  # otherwise the end of the epoch does
            self._log(self._flush)

    def get_state(self) -> dict[str, Any]:
        return {"batches": self._batches}

    def set_state(self, state: dict[str, Any]) -> None:
        self._batches = state["batches"]

    def release(self) -> None:
        self._is_training = False
        if self._is_profiling:
            jax.profiler.stop_trace()
            self._is_profiling = False
        for name in ("train", "validation"):
            file = vars(self).pop(name, None)
            if file is not None:
                with nullcontext() if not self._is_lost else suppress(OSError):
                    file.close()

    # --- what is written ------------------------------------------------------------------------------

    def _write_graph(self) -> None:
        rows = self.model._outline(expand_nested=True)
        self.train.graph({row.name: (row.kind, row.sources or ()) for row in rows})
        outer = self.model._outline()
        if all(row.sources is not None and hasattr(row.operation, "get_config") for row in outer):
            self.train.keras_model(self.model.to_json())

    def _write_hyperparameters(self, values: Mapping[str, Any]) -> None:
        file = EventFile(self.log_dir)  # of which training and validation are parts
        file.hyperparameters(values)
        file.close()

    def _write_epoch(
        self, epoch: int, points: Mapping[str, Any], validated: Mapping[str, Any], pictures: Mapping[str, Any]
    ) -> None:
        self.train.scalars({f"epoch_{name}": value for name, value in points.items()}, epoch)
        if validated:
            found = {f"epoch_{name.removeprefix('val_')}": value for name, value in validated.items()}
            self.validation.scalars(found, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        for tag, picture in pictures.items():
            self.train.image(tag, picture, epoch)
        self._flush()

    def _write_weights(self, epoch: int) -> None:
        for layer in self.model.layers:
            for path, variable in boxes({layer.name: layer}, Variable).items():
                value = np.asarray(variable.value, "float32")
                self.train.histogram(f"{path}/histogram", value, epoch)
                if self.write_images and 1 <= value.ndim <= 2:
                    low, high = value.min(), value.max()
                    grey = (np.atleast_2d(value) - low) / max(high - low, 1e-12)
                    self.train.image(f"{path}/image", grey if grey.shape[0] <= grey.shape[1] else grey.T, epoch)

    def _flush(self) -> None:
        for name in ("train", "validation"):
            if name in vars(self):
                getattr(self, name).flush()


def _figure_of(picture: Any) -> Any:
    """Return the figure of axes, which functions of `plots` return, also of several; other pictures as they are."""
    several = isinstance(picture, list | tuple) or getattr(getattr(picture, "dtype", None), "kind", "") == "O"
    first: Any = next(iter(np.ravel(np.asarray(picture, object))), None) if several else picture
    return first.figure.figure if hasattr(first, "figure") else picture  # also of axes in a part of a figure


def _close(picture: Any) -> None:
    """Let pyplot forget a figure, of which it would keep one for each epoch otherwise."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and hasattr(picture, "savefig"):
        pyplot.close(picture)


def _range_of(profile_batch: Any) -> tuple[int, int]:
    """Return the first and the last batch to profile, counted from 1; 0 and 0 for none."""
    given = profile_batch
    try:
        if isinstance(given, str):
            given = [int(part) for part in given.split(",")]
        first, last = (given, given) if isinstance(given, int) else map(int, given)
    except (TypeError, ValueError):
        first, last = -1, -1
    if first < 0 or last < first:
        raise ValueError(f"`profile_batch` must be a batch or a first and a last one, not {describe(profile_batch)}.")
    return first, last
