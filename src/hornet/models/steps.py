"""What a subclass of a model may write its own way: the step of training and that of evaluation, loss and metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from hornet.core.frame import current_frame
from hornet.core.keys import key_of_call
from hornet.core.module import boxes, partition, pure, values_of
from hornet.core.variable import Number
from hornet.models.network import Network
from hornet.training import listed, program
from hornet.training.compiled import Compiled, compiled_of
from hornet.training.objective import penalties_of
from hornet.training.outputs import Outputs, per_output
from hornet.training.program import Step
from hornet.training.terms import loss_terms, total_loss


class Steps(Network):
    """The methods that `fit` and `evaluate` call for each batch, inside their programs."""

    _compiled: Compiled | None = None

    def train_step(self, step: Any, state: Any, batch: Any = None) -> Any:
        """Return the state after one update on one batch; compiled with the epoch's loop.

        Args:
            step: The two halves of an update: `step.gradients(state, batch)` and `step.update(state, gradients)`.
            state: Weights, buffers, slots and totals, as dicts of arrays by path.
            batch: Inputs, labels of each output and sample weights.

        Keras's form of it is `train_step(self, state, data)`. Its `state` is a tuple of lists: the values of
        `trainable_variables`, `non_trainable_variables`, `optimizer.variables` and `metrics_variables`; it returns
        logs and a new state, as `super().train_step(state, data)` does. docs/guides/own_loops.md shows both.

        Example:
            >>> import jax
            >>> from hornet import Model
            >>> class Careful(Model):
            ...     def train_step(self, step, state, batch):
            ...         gradients, state = step.gradients(state, batch)
            ...         halved = jax.tree.map(lambda gradient: gradient / 2, gradients)
            ...         return step.update(state, halved)
        """
        if not isinstance(step, Step):
            return listed.running("train_step").train(step, state)
        return program.train_step(step, state, batch)

    def test_step(self, step: Any, held: Any, metrics: Any = None, batch: Any = None) -> Any:
        """Return the metrics' totals after one batch of an evaluation.

        Args:
            step: `step.metrics(held, metrics, batch)` does what is usually done.
            held: Weights, buffers and hyperparameters by path.
            metrics: The totals before, by path.
            batch: Inputs, labels of each output and sample weights.
        """
        if not isinstance(step, Step):
            return listed.running("test_step").test(step, held)
        return program.test_step(step, held, metrics, batch)

    def predict_step(self, state: Any, data: Any = None) -> Any:
        """Return the outputs for one batch, in a program of `predict`.

        Args:
            state: The values of `trainable_variables` and of `non_trainable_variables`, two lists, as in Keras's form
                `predict_step(self, state, data)`, which returns the outputs and the latter anew. Written as
                `predict_step(self, data)`, it returns the outputs alone.
            data: The batch's inputs.

        Example:
            >>> from hornet import Model
            >>> class Rounded(Model):
            ...     def predict_step(self, data):
            ...         return super().predict_step(data).round()
        """
        if data is None:
            return self(state, training=False)
        return self.stateless_call(*state, data, training=False)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Return the loss of a batch, with what layers add by `add_loss` and regularizers where `fit` computes it.

        Overridden, it returns the whole loss.

        Args:
            x: The batch's inputs.
            y: Its labels.
            y_pred: The model's output, or several predictions made of it, with labels for each.
            sample_weight: Weight of each row.
            training: Whether the batch is trained on.
        """
        compiled, outputs = compiled_of(self, "compute_loss"), Outputs.of(self)
        arguments = compiled.arguments
        if len(jax.tree.leaves(y_pred)) == len(outputs.shapes):
            labels, weights = self._labels(y, sample_weight)
            terms = compiled.objective.resolved(arguments, labels, outputs, []).terms  # as they are, after any data
        else:  # what a loss of the user's made of the outputs
            outputs, labels = Outputs.of_arrays(y_pred), jax.tree.leaves(y)
            weights = per_output("sample_weight", sample_weight, list(outputs.shapes), shared=True)
            terms = loss_terms(arguments.loss, arguments.loss_weights, outputs, labels)
        loss, parts = total_loss(terms, labels, y_pred, weights)
        trained = partition(self).trained.values()
        frame = current_frame()
        if frame is not None:
            frame.loss_parts = parts
        is_in_fit = frame is not None and all(variable in frame.values for variable in trained)
        return loss + sum(penalties_of(trained)) if is_in_fit else loss

    def stateless_compute_loss(
        self,
        trainable_variables: Sequence[Any],
        non_trainable_variables: Sequence[Any],
        metrics_variables: Sequence[Any],
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> tuple[Any, tuple[list[Any], list[Any], list[Any]]]:
        """Return what `compute_loss` does for given values of the variables, and their values after it.

        Regularizers are of the given values, so that the loss can be differentiated in them.

        Args:
            trainable_variables: The values of `trainable_variables`, in their order.
            non_trainable_variables: Those of `non_trainable_variables`.
            metrics_variables: Those of `metrics_variables`.
            x: The batch's inputs.
            y: Its labels.
            y_pred: The model's output.
            sample_weight: Weight of each row.
            training: Whether the batch is trained on.

        Raises:
            ValueError: If the values are not as many as the variables.

        Example:
            >>> from hornet import Sequential
            >>> from hornet.layers import Dense, Input
            >>> model = Sequential([Input((1,)), Dense(1, kernel_initializer="ones")])
            >>> model.compile("sgd", "mse")
            >>> weights = [variable.value for variable in model.trainable_variables]
            >>> totals = [variable.value for variable in model.metrics_variables]
            >>> x, y = jnp.ones((1, 1)), jnp.full((1, 1), 4.0)
            >>> loss, _ = model.stateless_compute_loss(weights, [], totals, x=x, y=y, y_pred=model(x))
            >>> float(loss)
            9.0
        """
        own = self.trainable_variables, self.non_trainable_variables, self.metrics_variables
        given = trainable_variables, non_trainable_variables, metrics_variables
        if [len(part) for part in given] != [len(part) for part in own]:
            raise ValueError(
                f"`stateless_compute_loss` of {self.name!r} got {[len(part) for part in given]} values for "
                f"{[len(part) for part in own]} trainable, other and metrics' variables. Pass one for each."
            )
        held = {f"{kind}/{index}": box for kind, part in enumerate(own) for index, box in enumerate(part)}
        values = [jnp.asarray(value) for part in given for value in part]
        takes_training = {"training": training} if listed.takes_keyword(self.compute_loss, "training") else {}

        def call() -> Any:
            return self.compute_loss(x, y, y_pred, sample_weight, **takes_training)

        loss, after, _ = pure({**boxes(self, Number), **held}, call)(
            {**values_of(boxes(self, Number)), **dict(zip(held, values, strict=True))},
            training=training,
            key=key_of_call(current_frame(), (values, x, y_pred)),
        )
        first, second = len(own[0]), len(own[0]) + len(own[1])
        values = [after[path] for path in held]
        return loss, (values[:first], values[first:second], values[second:])

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Take a batch into the metrics, and return all results by name; overridden, it may add results of its own.

        Args:
            x: The batch's inputs.
            y: Its labels.
            y_pred: The model's output.
            sample_weight: Weight of each row.
        """
        objective = compiled_of(self, "compute_metrics").objective
        labels, weights = self._labels(y, sample_weight)
        objective.update_metrics(labels, weights, y_pred)
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Any]:
        """Return the results of the loss and the metrics since they were last reset, by name."""
        return compiled_of(self, "get_metrics_result").objective.results()

    def _labels(self, *given: Any) -> tuple[Any, ...]:
        """Return labels, and weights, of each output."""
        has_several = len(Outputs.of(self).shapes) > 1
        return tuple(part if has_several or part is None else (part,) for part in given)
