"""What a server counts, in the text format of Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 1024)


class Metrics:
    """The counters of one application, and of its process: memory, CPU seconds, open files."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        of_model = ["model"]
        self.requests = Counter(
            "hornet_requests", "Requests for predictions.", ["model", "status"], registry=self._registry
        )
        self.seconds = Histogram(
            "hornet_request_seconds",
            "From the end of a request's headers to its answer.",
            of_model,
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.rows = Counter("hornet_rows", "Rows that were predicted.", of_model, registry=self._registry)
        self.batches = Histogram(
            "hornet_batch_rows", "Rows of a batch.", of_model, buckets=_ROWS, registry=self._registry
        )
        self.waiting = Gauge("hornet_waiting_rows", "Rows that wait now.", of_model, registry=self._registry)
        self.reloads = Counter(
            "hornet_reloads", "Replaced files that were read.", ["model", "outcome"], registry=self._registry
        )
        self.is_stale = Gauge(
            "hornet_model_stale",
            "1 while an older model is served, because the replaced file is broken.",
            of_model,
            registry=self._registry,
        )

    def text(self) -> bytes:
        """Return all counters."""
        return generate_latest(self._registry)
