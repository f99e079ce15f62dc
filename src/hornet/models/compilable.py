"""Networks that are told how they are trained, and take data that fit."""

from __future__ import annotations

from typing import Any, cast

from hornet.core.checks import explained
from hornet.core.module import boxes, find, store, values_of
from hornet.core.shapes import Shape
from hornet.core.variable import Variable
from hornet.layers.layer import Layer
from hornet.metrics import Metric
from hornet.models.network import Network
from hornet.optimizers import Optimizer
from hornet.training import program
from hornet.training.compiled import Compiled
from hornet.training.data.arrays import ArrayData, even_batch, warn_of_nan
from hornet.training.state import TrainState


class CompilableNetwork(Network):
    """A network with a loss, an optimizer and metrics: what `compile` does, apart from training.

    Args:
        **kwargs: What every `Layer` takes.
    """

    _compiled: Compiled | None = None
    _shapes: dict[str, Shape] | None = None
    """The shape of each output, once data have shown it."""

    @explained("compile")
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int | str = 1,
        jit_compile: bool | str = "auto",
    ) -> None:
        """Say how the model is trained. Nothing is compiled until there is data.

        Args:
            optimizer: Name or object.
            loss: Name, object or function.
            loss_weights: Factor of the loss.
            metrics: Names, objects or functions to report; sample weights do not touch them.
            weighted_metrics: The same, weighted by sample and class weights.
            run_eagerly: Run each step operation by operation, so that prints and breakpoints in layers meet each batch;
                while a gradient is taken, values are JAX's tracers, which show them.
            steps_per_execution: Steps between two calls of a callback's batch hooks. Where no callback
                has such hooks, as many steps as a fifth of a second holds run together in any case.
            jit_compile: Accepted as in Keras; XLA compiles every program.

        Raises:
            ValueError: If a name is unknown or a number is out of its range; the model stays as it was.
        """
        self._compiled = Compiled(
            optimizer,
            loss,
            loss_weights,
            metrics,
            weighted_metrics,
            run_eagerly,
            steps_per_execution,
            jit_compile,
            former=self._compiled,
        )
        self._forget()

    @property
    def optimization(self) -> Compiled | None:
        """What `compile()` resolved, or `None` before it."""
        return self._compiled

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer, or `None` before `compile()`, which type checkers are not told."""
        return cast(Optimizer, self._compiled and self._compiled.optimizer)

    @property
    def loss(self) -> Any:
        """The loss as it was given to `compile()`."""
        return self._compiled and self._compiled.loss

    @property
    def metrics(self) -> list[Any]:
        """The loss's mean, and the metrics once data have settled them."""
        return [] if self._compiled is None else list(self._compiled.reported.values())

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` returns."""
        return [] if self._compiled is None else list(self._compiled.reported)

    def reset_metrics(self) -> None:
        """Begin the totals of the loss and the metrics again."""
        for metric in self.metrics:
            metric.reset_state()

    def swap_averages(self) -> None:
        """Exchange the weights for the moving averages that the optimizer keeps of them.

        Raises:
            ValueError: If it keeps none.
        """
        compiled = self.require_compiled("swap_averages")
        held = {path: one for path, one in boxes(self, Variable).items() if path in compiled.slots}
        weights, compiled.slots = compiled.optimizer.swap(values_of(held), compiled.slots)
        store(held, weights)

    # --- what a subclass may write its own way ----------------------------------------------------------

    def train_step(self, step: program.Step, state: TrainState, batch: program.Batch) -> TrainState:
        """Return the state after one update on one batch; compiled with the epoch's loop.

        Args:
            step: The two halves of an update: `step.gradients(state, batch)` and `step.update(state, gradients)`.
            state: Weights, buffers, slots and totals, as dicts of arrays by path.
            batch: Inputs, labels of each output and sample weights.

        Example:
            >>> import jax
            >>> from hornet import Model
            >>> class Careful(Model):
            ...     def train_step(self, step, state, batch):
            ...         gradients, state = step.gradients(state, batch)
            ...         halved = jax.tree.map(lambda gradient: gradient / 2, gradients)
            ...         return step.update(state, halved)
        """
        return program.train_step(step, state, batch)

    def test_step(
        self, step: program.Step, held: dict[str, Any], metrics: dict[str, Any], batch: program.Batch
    ) -> dict[str, Any]:
        """Return the metrics' totals after one batch of an evaluation.

        Args:
            step: `step.metrics(held, metrics, batch)` does what is usually done.
            held: Weights, buffers and hyperparameters by path.
            metrics: The totals before, by path.
            batch: Inputs, labels of each output and sample weights.
        """
        return program.test_step(step, held, metrics, batch)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Return the loss of a batch, without what layers add by `add_loss` and regularizers.

        Args:
            x: The batch's inputs.
            y: Its labels.
            y_pred: The model's output.
            sample_weight: Weight of each row.
            training: Whether the batch is trained on.
        """
        compiled = self.require_compiled("compute_loss")
        several = len(compiled.heads) > 1
        labels, weights = (one if several or one is None else (one,) for one in (y, sample_weight))
        return compiled.compute_loss(labels, y_pred, weights)[0]

    # --- data that fit, and what is found out about the model for them ----------------------------------

    def require_compiled(self, method: str) -> Compiled:
        """Return what `compile()` resolved.

        Args:
            method: What needs it.

        Raises:
            ValueError: If it has not been called.
        """
        if self._compiled is None:
            raise ValueError(
                f"`{method}` was called before `compile`. Call `model.compile(loss=..., optimizer=...)` first."
            )
        return self._compiled

    def _take(
        self,
        compiled: Compiled,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        argument: str = "x",
    ) -> ArrayData:
        """Return checked data; build the model for them if need be, and refuse what does not fit it."""
        inputs = self._as_inputs(x, argument)
        warn_of_nan(argument, x, inputs)
        with self._unless_refused():
            self._build_on_rows(inputs)
            self._check_features(argument, inputs)
            self._shapes = self._shapes or self._output_shapes
            data = ArrayData.of(inputs, y, sample_weight, class_weight, list(self._shapes), argument)
            compiled.check_labels(data.y, self._shapes)
        return data

    def settle(self, compiled: Compiled, data: ArrayData) -> None:
        """Resolve losses and metrics for some data, those that layers keep included."""
        compiled.settle(data.y, self._shapes or self._output_shapes, find(self, Metric))

    def evaluation_batch(self, rows: int, wanted: int) -> int:
        """Return a number of rows near a wanted one into which all rows divide, so that one program is enough.

        It is the wanted number where the result depends on which rows come together.
        """
        losses = [head.loss for head in self.require_compiled("evaluate").heads if head.loss is not None]
        masks = any(type(one).compute_mask is not Layer.compute_mask for one in find(self, Layer))
        return even_batch(rows, wanted) if not masks and all(one.is_mean_of_rows for one in losses) else wanted

    def _forget(self) -> None:
        """Drop what was found out about a model that changes now."""
        self._shapes = None
