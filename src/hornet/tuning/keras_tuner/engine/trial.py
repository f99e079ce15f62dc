"""A candidate, and what was measured of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hornet.core.errors import UnknownKeyError
from hornet.core.imports import publish
from hornet.core.messages import output
from hornet.core.suggestions import did_you_mean
from hornet.tuning.hyperparameters import HyperParameters

__all__ = ["MetricHistory", "MetricObservation", "MetricsTracker", "Trial"]
publish(__name__, __all__)


@dataclass(frozen=True)
class MetricObservation:
    """What was measured in an epoch.

    Args:
        value: The value, in a list: the mean over the models of the trial.
        step: The epoch, counted from 0.
    """

    value: list[float]
    step: int

    def mean(self) -> float:
        """Return the value."""
        return sum(self.value) / len(self.value)


@dataclass(frozen=True)
class MetricHistory:
    """What is kept of a metric: as in KerasTuner, its value in the epoch that counts.

    Args:
        observations: That epoch's.
    """

    observations: tuple[MetricObservation, ...]

    def get_history(self) -> list[MetricObservation]:
        """Return what is kept."""
        return list(self.observations)

    def get_best_value(self) -> float:
        """Return the value in the epoch that counts."""
        return self.observations[0].mean()

    get_last_value = get_best_value

    def get_best_step(self) -> int:
        """Return that epoch, counted from 0."""
        return self.observations[0].step


class MetricsTracker:
    """What was measured of a trial, by the names in its logs.

    Args:
        logs: The values in the epoch that counts.
        step: That epoch, counted from 0.

    Example:
        >>> measured = MetricsTracker({"val_loss": 0.25}, 3)
        >>> measured.get_best_value("val_loss"), measured.get_history("val_loss")
        (0.25, [MetricObservation(value=[0.25], step=3)])
    """

    def __init__(self, logs: Mapping[str, float], step: int) -> None:
        self.metrics = {name: MetricHistory((MetricObservation([value], step),)) for name, value in logs.items()}

    def exists(self, name: str) -> bool:
        """Return whether something of this name was measured."""
        return name in self.metrics

    def get_best_value(self, name: str) -> float:
        """Return the value in the epoch that counts."""
        return self._of(name).get_best_value()

    def get_last_value(self, name: str) -> float:
        """Return the value in the epoch that counts."""
        return self._of(name).get_last_value()

    def get_best_step(self, name: str) -> int:
        """Return the epoch that counts, from 0."""
        return self._of(name).get_best_step()

    def get_history(self, name: str) -> list[MetricObservation]:
        """Return what is kept: the observation in the epoch that counts."""
        return self._of(name).get_history()

    def get_config(self) -> dict[str, Any]:
        """Return all as a dict."""
        return {"metrics": {name: asdict(history) for name, history in self.metrics.items()}}

    def _of(self, name: str) -> MetricHistory:
        if name not in self.metrics:
            raise UnknownKeyError(
                f"Nothing named {name!r} was measured.{did_you_mean(name, self.metrics)} There are: "
                f"{', '.join(self.metrics)}."
            )
        return self.metrics[name]


@dataclass(frozen=True)
class Trial:
    """A candidate.

    Args:
        trial_id: Its number, as text.
        hyperparameters: Its hyperparameters.
        score: The objective's value.
        status: `"RUNNING"`, `"COMPLETED"`, `"STOPPED"` or `"FAILED"`.
        metrics: What was measured of it.
        best_step: The epoch that counts, counted from 0.
        message: What went wrong.
    """

    trial_id: str
    hyperparameters: HyperParameters
    score: float | None
    status: str
    metrics: MetricsTracker
    best_step: int
    message: str

    def get_state(self) -> dict[str, Any]:
        """Return all that is known of it, as KerasTuner writes it into files."""
        return {
            **vars(self),
            "hyperparameters": self.hyperparameters.get_config(),
            "metrics": self.metrics.get_config(),
        }

    def summary(self) -> None:
        """Print the trial."""
        print(f"Trial {self.trial_id} summary\nHyperparameters:", file=output())
        for name, value in self.hyperparameters.values.items():
            print(f"{name}: {value}", file=output())
        print(f"Score: {self.score}", file=output())
        if self.message:
            print(self.message, file=output())
