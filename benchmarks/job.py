"""One job of one peer, in this process: `python job.py PEER JOB OPTIONS` prints its figures as one line of JSON.

A peer is a module of `peers/` with two functions, `housing(**options)` and `fashion(**options)`. Each reads the data,
builds the model and returns `train(epochs)`, which gives the last validation loss, and `predict(rows)`, NumPy in and
out. All clocks are here, so every peer is timed alike.
"""

import json
import statistics
import sys
from importlib import import_module
from time import perf_counter

STEPS = 363  # of a housing epoch: 11,610 rows in batches of 32


def housing(peer, options):
    """Seconds a steady epoch of housing takes, validation included."""
    train, _ = peer.housing(**options)
    return _steady(train, warmup=10, blocks=5, epochs=10)


def fashion(peer, options):
    """Seconds a steady epoch of Fashion-MNIST takes, validation included."""
    train, _ = peer.fashion(**options)
    return _steady(train, warmup=1, blocks=3, epochs=2)


def startup(peer, options):
    """Twenty epochs of housing; `run.py` times the whole process from outside."""
    train, _ = peer.housing(**options)
    return None, train(20)


def predict_one(peer, options):
    """Seconds one call of `predict` with one row takes, median over about a second of calls."""
    train, predict = peer.housing(**options)
    train(1)
    (x, _), _ = import_module("data").housing()
    seconds = []
    for call in range(5000):
        row = x[call : call + 1]
        start = perf_counter()
        predict(row)
        seconds.append(perf_counter() - start)
        if sum(seconds) > 1.5:
            break
    return statistics.median(seconds[len(seconds) // 3 :]), float(predict(x[:1]).ravel()[0])


def memory(peer, options):
    """Bytes of the process at its peak, after two epochs of Fashion-MNIST."""
    train, _ = peer.fashion(**options)
    loss = train(2)
    with open("/proc/self/status") as status:
        peak = next(line for line in status if line.startswith("VmHWM"))
    return int(peak.split()[1]) * 1024, loss


def callback(peer, options):
    """Seconds a training step of housing takes while a hook counts every batch; no validation."""
    train, _ = peer.housing(hook=True, **options)
    seconds, loss = _steady(train, warmup=5, blocks=3, epochs=5)
    return seconds / STEPS, loss


def wide_deep(peer, options):
    """Seconds a steady epoch of the wide & deep model takes, validation included."""
    train, _ = peer.wide_deep(**options)
    return _steady(train, warmup=10, blocks=5, epochs=10)


def regularized(peer, options):
    """Seconds a steady epoch of housing takes with batch normalization and dropout, validation included."""
    train, _ = peer.regularized(**options)
    return _steady(train, warmup=10, blocks=5, epochs=10)


def deep(peer, options):
    """Seconds that building and tracing a model of fifty layers takes, without XLA's compilation."""
    import jax

    peer.deep(**options | {"layers": 1})(1)  # imports and first uses
    traced = []
    names = ("/jax/core/compile/jaxpr_trace_duration", "/jax/core/compile/jaxpr_to_mlir_module_duration")
    jax.monitoring.register_event_duration_secs_listener(
        lambda name, seconds, **_: traced.append(seconds) if name in names else None
    )
    start = perf_counter()
    train = peer.deep(**options)
    built = perf_counter() - start
    loss = train(1)
    return built + sum(traced), loss


def _steady(train, warmup, blocks, epochs):
    train(warmup)
    seconds = []
    for _ in range(blocks):
        start = perf_counter()
        loss = train(epochs)
        seconds.append((perf_counter() - start) / epochs)
    return statistics.median(seconds), loss


if __name__ == "__main__":
    peer_name, job_name, options = sys.argv[1:]
    value, check = globals()[job_name](import_module(f"peers.{peer_name}"), json.loads(options))
    print(json.dumps({"value": value, "check": check}))
