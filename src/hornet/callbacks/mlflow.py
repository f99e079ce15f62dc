"""The callback that keeps a run in MLflow."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hornet.callbacks.callback import Logs
from hornet.callbacks.learning_rate import last_rates, optimizers_by_key
from hornet.callbacks.log_writer import LogWriter
from hornet.callbacks.periodic import Periodic
from hornet.core.checks import boolean, positive_int, warn
from hornet.core.imports import optional_module
from hornet.saving.pyfunc import log_to_run

_AT_ONCE, _PARAMETERS_AT_ONCE = 1000, 100
"""Metrics and parameters that MLflow takes in one request."""
_SECONDS = 1.0
"""Time between two requests."""
_LONGEST = 500
"""Letters of a parameter's value that every store of MLflow's takes."""


class MLflow(Periodic, LogWriter):
    """Keeps a call of `fit` as a run in MLflow: parameters, metrics, the model and how it ended.

    The place is what `mlflow.set_tracking_uri` and `mlflow.set_experiment` say, or their environment variables. The run
    that is active there is used, and goes on after `fit`; where none is, one is made and ended: as finished, as failed
    with an exception, as killed with Ctrl-C. Parameters are those of the optimizer and of `fit`, metrics those of each
    epoch with the learning rate, and the model is a `.keras` file with a signature, which `mlflow.pyfunc` loads.

    Metrics are sent together, once a second and at the end: what a request takes is not added to every epoch. Where
    the server is lost, or was never there, training goes on with a warning. `fit(resume=...)` goes on in the run that
    it had begun.

    Args:
        run_id: A run that is there, to go on in.
        run_name: Name of a new run.
        nested: Whether each `fit` is a run of its own inside the one that is active now, when the callback is made: for
            searches, whose candidates have parameters of their own. Their runs have these, and `candidate` and `fold`
            as tags and in their names.
        hparams: Further parameters by name.
        tags: Tags of the run.
        update_freq: `"epoch"`, `"batch"`, or a number of batches between two points of the `batch_` metrics.
        log_model: Whether to keep the model.
        registered_model_name: The model's name in the registry, of which each run makes a version; `None` to register
            none.

    Attributes:
        run: MLflow's `Run` of the last `fit`, as it was made; `None` before.

    Raises:
        ImportError: If MLflow is not installed.
        RuntimeError: If `nested`, and no run is active.
        ValueError: In `fit`, if there is no such run or experiment.

    Example:
        docs/guides/experiment_tracking.md has whole programs.

        >>> kept = MLflow(run_name="first", hparams={"units": 30}, log_model=False)
        >>> kept.batches_until_due is None, kept.run is None
        (True, True)
    """

    _outer: BaseException | None = None
    """What was being handled when `fit` was called, and so does not end it."""

    def __init__(
        self,
        run_id: str | None = None,
        run_name: str | None = None,
        nested: bool = False,
        hparams: Mapping[str, Any] | None = None,
        tags: Mapping[str, Any] | None = None,
        update_freq: str | int = "epoch",
        log_model: bool = True,
        registered_model_name: str | None = None,
    ) -> None:
        every = 1 if update_freq == "batch" else update_freq
        super().__init__(every if every == "epoch" else positive_int("update_freq", every))
        self.run_id = run_id
        self.run_name = run_name
        self.nested = boolean("nested", nested)
        self.hparams = dict(hparams or {})
        self.tags = dict(tags or {})
        self.update_freq = update_freq
        self.log_model = boolean("log_model", log_model)
        self.registered_model_name = registered_model_name
        self.run: Any = None
        self._client: Any = None
        self._resumed: str | None = None
        self._points: list[Any] = []
        active = optional_module("mlflow", "mlflow").active_run()
        if self.nested and active is None:
            raise RuntimeError("`nested=True` needs a run around it. Make the callback in `with mlflow.start_run():`.")
        self._parent = active.info.run_id if nested else None

    def tell_apart(self, labels: Mapping[str, Any], hparams: Mapping[str, Any]) -> None:
        words = [f"{name} {value}" for name, value in labels.items()]
        self.run_name = ", ".join([self.run_name, *words] if self.run_name else words)
        self.tags |= {name: str(value) for name, value in labels.items()}
        self.hparams |= hparams

    # --- hooks ----------------------------------------------------------------------------------------

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.run, self._client, self._resumed, self._points, self._is_lost = None, None, None, [], False
        self._outer, self._sent = sys.exception(), time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        if self._client is None and not self._is_lost:  # only now is known whether an earlier run is resumed
            self._send(self._open)

    def on_due(self, epoch: int, batch: int, logs: Logs) -> None:
        self._add({f"batch_{name}": value for name, value in logs.items()}, int(self.model.optimizer.iterations))

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._add({**(logs or {}), **last_rates(self.model.optimizer)}, epoch)
        if time.monotonic() - self._sent > _SECONDS:
            self._send_metrics()

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self._client is None:
            return
        if sys.exception() is not self._outer:
            self._end("KILLED")
        elif self.log_model:
            self._keep_model()
        self._client = self._outer = None

    def release(self) -> None:
        # What a run is released with before `on_train_end` is its end, or that of a candidate that goes on no further.
        if self._client is not None and not self._is_lost:
            self._end("FINISHED" if sys.exception() is self._outer else "FAILED")

    def get_state(self) -> dict[str, Any]:
        return {**super().get_state(), "run_id": self.run.info.run_id if self.run else self._resumed}

    def set_state(self, state: dict[str, Any]) -> None:
        super().set_state(state)
        self._resumed = state["run_id"]

    # --- the run --------------------------------------------------------------------------------------

    def _open(self) -> None:
        mlflow = optional_module("mlflow", "mlflow")
        active = mlflow.active_run()
        run_id = self.run_id or self._resumed or (None if self.nested or active is None else active.info.run_id)
        client = mlflow.MlflowClient()
        self._is_ours = active is None or active.info.run_id != run_id
        try:
            self.run = self._make_run(client) if run_id is None else client.get_run(run_id)
        except mlflow.exceptions.MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":  # a place that was named wrongly is not lost
                reason = str(error).rstrip(".")
                raise ValueError(f"MLflow has no such run or experiment: {reason}. Name one that is there.") from error
            raise
        self._client = client
        if run_id is not None:
            if self._is_ours:
                client.update_run(run_id, status="RUNNING")
            for name, value in self.tags.items():
                client.set_tag(run_id, name, value)
        self._write_parameters()

    def _make_run(self, client: Any) -> Any:
        contexts, fluent, names = (
            optional_module(f"mlflow.{name}", "mlflow")
            for name in ("tracking.context.registry", "tracking.fluent", "utils.mlflow_tags")
        )
        tags = dict(self.tags)
        if self._parent is None:
            experiment = fluent._get_experiment_id()  # which nothing public says
        else:
            experiment = client.get_run(self._parent).info.experiment_id
            tags[names.MLFLOW_PARENT_RUN_ID] = self._parent
        return client.create_run(experiment, tags=contexts.resolve_tags(tags), run_name=self.run_name)

    def _write_parameters(self) -> None:
        entities = optional_module("mlflow.entities", "mlflow")
        found = {name: str(value)[:_LONGEST] for name, value in self._parameters().items()}
        there = self.run.data.params
        others = [name for name, value in found.items() if there.get(name, value) != value and name != "seed"]
        if others:
            warn(
                f"The run of MLflow's has {others[0]!r} as {there[others[0]]!r} already, and keeps it. For several "
                "trainings in one run pass `nested=True`, so that each has a run inside."
            )
        new = [entities.Param(name, value) for name, value in found.items() if name not in there]
        for start in range(0, len(new), _PARAMETERS_AT_ONCE):
            self._client.log_batch(self.run.info.run_id, params=new[start : start + _PARAMETERS_AT_ONCE])

    def _parameters(self) -> dict[str, Any]:
        run, given = self.model._fit_run, self.params or {}
        settings = {
            name: value for name, value in run.feed.settings.items() if name in ("batch_size", "shuffle", "rows")
        }
        found = {"epochs": given.get("epochs"), "steps_per_epoch": given.get("steps"), **settings, "seed": run.seed}
        for key, optimizer in optimizers_by_key(self.model.optimizer).items():
            stem = key.replace("learning_rate", "optimizer")
            config = {f"{stem}_{name}": value for name, value in optimizer.get_config().items() if name != "name"}
            found |= {f"{stem}_name": type(optimizer).__name__, **config}
        return {_accepted(name): value for name, value in (found | self.hparams).items() if value is not None}

    def _add(self, values: Mapping[str, Any], step: int) -> None:
        """Note metrics, which are sent when it is time."""
        if self._client is None:
            return
        metric, now = optional_module("mlflow.entities", "mlflow").Metric, time.time_ns() // 1_000_000
        for name, value in values.items():
            for place, one in np.ndenumerate(np.asarray(value)):
                key = _accepted("/".join([name, *map(str, place)]))  # of a metric with a value for each class
                self._points.append(metric(key, float(one), now, step))
        if len(self._points) >= _AT_ONCE:
            self._send_metrics()

    def _send_metrics(self) -> None:
        points, self._points, self._sent = self._points, [], time.monotonic()
        for start in range(0, len(points), _AT_ONCE):
            run_id = self.run.info.run_id
            self._send(lambda: self._client.log_batch(run_id, metrics=points[start : start + _AT_ONCE]))  # noqa: B023

    def _keep_model(self) -> None:
        try:
            self._send(lambda: log_to_run(self.model, self.run.info.run_id, "model", self.registered_model_name))
        except BaseException:
            self._end("FAILED")
            raise

    def _end(self, status: str) -> None:
        self._send_metrics()
        if self._is_ours:
            self._send(lambda: self._client.set_terminated(self.run.info.run_id, status))

    def _send(self, request: Callable[[], Any]) -> None:
        """Let MLflow do something; where its server or database is lost, training goes on without it."""
        failure = optional_module("mlflow.exceptions", "mlflow").MlflowException

        def send() -> None:
            try:
                request()
            except failure as error:
                raise OSError(str(error)) from error

        self._log(send)


def _accepted(name: str) -> str:
    """Return a name in the letters that MLflow takes."""
    return re.sub(r"[^\w\-. /]", "_", name)
