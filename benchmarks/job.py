"""One job of one peer, in this process: `python job.py PEER JOB OPTIONS` prints its figures as one line of JSON.

A peer is a module of `peers/` with two functions, `housing(**options)` and `fashion(**options)`. Each reads the data,
builds the model and returns `train(epochs)`, which gives the last validation loss, and `predict(rows)`, NumPy in and
out. `search(**options)` returns `run()`, which gives the best score and facts for the report. `sample(**options)` gives
fits that stand for more, `(how many, fit(epochs))`, and how to run them. `tuner(**options)` returns `run()`, which
gives the best validation loss of each candidate by its number, and facts; with `part=(place, count)` a process has
every `count`-th candidate. `cnn(batch_size, **options)` returns `train(epochs)`, which gives the last loss, `predict()`
and `evaluate()`, of all rows. All clocks are here, so every peer is timed alike.
"""

import json
import statistics
import sys
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import get_context
from threading import Event, Thread
from time import perf_counter, process_time

STEPS = 363  # of a housing epoch: 11,610 rows in batches of 32
MEMBERS = 64  # of the population
CANDIDATES = 200  # of the search whose memory is measured


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
    return _memory("VmHWM"), loss


def callback(peer, options):
    """Seconds a training step of housing takes while a hook counts every batch; no validation."""
    train, _ = peer.housing(hook=True, **options)
    seconds, loss = _steady(train, warmup=5, blocks=3, epochs=5)
    return seconds / STEPS, loss


def generator(peer, options):
    """Seconds a steady epoch takes of rows in memory, and of a generator of ready batches; no validation."""
    seconds = {}
    for name, make, epochs in (("housing", peer.housing, 10), ("Fashion-MNIST", peer.fashion, 2)):
        for arriving in (False, True):
            train, _ = make(arriving=arriving, **options)
            key = f"{name}, {'generator' if arriving else 'arrays'}"
            seconds[key], loss = _steady(train, warmup=1, blocks=3, epochs=epochs)
    return seconds, loss


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


def cnn(peer, options):
    """Seconds a steady epoch of the convolutional network takes, at each size of batches."""
    seconds = {}
    for size in (32, 128):
        train, _, _ = peer.cnn(batch_size=size, **options)
        seconds[f"batches of {size}"], loss = _steady(train, warmup=1, blocks=3, epochs=1)
    return seconds, loss


def recurrent(peer, options):
    """Seconds a steady epoch of two recurrent layers takes, and `predict`, for each kind of layer."""
    seconds = {}
    for kind in ("LSTM", "SimpleRNN"):
        train, predict = peer.recurrent(kind=kind, **options)
        seconds[f"{kind}, an epoch"], loss = _steady(train, warmup=1, blocks=3, epochs=1)
        seconds[f"{kind}, `predict`"] = _steady(
            lambda _, predict=predict: predict()[0, 0], warmup=1, blocks=3, epochs=1
        )[0]
    return seconds, loss


def cnn_inference(peer, options):
    """Seconds that `predict` and `evaluate` of the convolutional network take, at each size of batches."""
    seconds = {}
    for size in (32, 128, 1024):
        _, predict, evaluate = peer.cnn(batch_size=size, **options)
        for name, infer in {"predict": predict, "evaluate": evaluate}.items():
            seconds[f"{name}, batches of {size}"], result = _steady(lambda _, infer=infer: infer(), 1, 5, 1)
    return seconds, result


def search(peer, options):
    """Seconds that a search takes, refit included; imports and the reading of data are not."""
    return _timed(peer.search(**options))


def search_long(peer, options):
    """Seconds that a search with early stopping takes; for most peers those of a sample, scaled up."""
    if not hasattr(peer, "sample"):
        return _timed(peer.search_long(**options))
    joblib = import_module("joblib")
    fits, how = peer.sample(**options)
    run = joblib.Parallel(n_jobs=how["workers"])
    run(joblib.delayed(_fit_seconds)(fit, 1) for _, fit in fits)  # first uses; fills the compile cache if there is one
    measured = run(joblib.delayed(_fit_seconds)(fit, how["epochs"]) for _, fit in fits)
    weights = [weight for weight, _ in fits]
    seconds, epochs = (
        sum(weight * figure for weight, figure in zip(weights, figures, strict=True))
        for figures in zip(*measured, strict=True)
    )
    facts = {"fits run": len(fits), "for fits": sum(weights), "epochs a fit": epochs / sum(weights)}
    return seconds / how["workers"], None, facts


def tuner(peer, options):
    """Seconds, and CPU seconds, that a tuner takes for a list of candidates; imports and data are there before."""
    processes = options.pop("processes", 1)
    if processes == 1:
        run = peer.tuner(**options)
        begun = process_time()
        seconds, losses, facts = _timed(run)
        spent = process_time() - begun
    else:
        seconds, (losses, spent), facts = _timed(_together(peer, options, processes))
    return {"wall": seconds, "CPU": spent}, [losses[number] for number in sorted(losses)], facts


def population(peer, options):
    """Seconds that a step of one of the members takes, all programs compiled before; no validation."""
    seconds, loss = _steady(peer.population(members=MEMBERS, **options), warmup=20, blocks=5, epochs=20)
    return seconds / (MEMBERS * STEPS), loss


def padding(peer, options):
    """Multiplications and additions of the padded models, divided by those of the members inside them."""
    compiles = _compiles()
    run = peer.padding(**options)
    start = perf_counter()
    facts = run()
    waste = facts.pop("FLOPs / own FLOPs")
    return waste, None, {"seconds": perf_counter() - start, **facts, **compiles()}


def large(peer, options, gigabytes=12):
    """Seconds that a row takes in an epoch of rows in memory, in a memory map and in Parquet files."""
    seconds = {}
    for kind in ("in memory", "memory map", "Parquet"):
        model = peer.model(**options)
        with peer.rows(**options, kind=kind, gigabytes=1 if kind == "in memory" else gigabytes) as (data, count):
            epochs = 5 if kind == "in memory" else 1
            start = perf_counter()
            history = model.fit(*data, batch_size=peer.BATCH, epochs=epochs, verbose=0)
            seconds[kind] = (perf_counter() - start) / (epochs * count)
    return seconds, history.history["loss"][-1], {"us of a row's 256 bytes from the disk": 256e6 * peer.disk_seconds()}


def large_memory(peer, options, gigabytes=12):
    """Bytes of the process that are not pages of files, at their peak while it trains on 5 million rows in files."""
    peaks = {}
    for kind in ("memory map", "Parquet"):
        model = peer.model(**options)
        with peer.rows(**options, kind=kind, gigabytes=gigabytes) as (data, _):
            with _peak("RssAnon") as peak:
                history = model.fit(*data, batch_size=peer.BATCH, steps_per_epoch=20_000, verbose=0)
            peaks[kind] = max(peak)
    return peaks, history.history["loss"][-1]


def predict_many(peer, options):
    """Seconds that `predict` takes on ten million rows in batches of 4096."""
    _, predict = peer.housing(**options, predict_method="many")
    x = _many_rows()
    return _steady(lambda _: float(predict(x)[-1, 0]), warmup=1, blocks=5, epochs=1)


def predict_memory(peer, options):
    """Bytes that `predict` takes on them above its output, at their peak."""
    _, predict = peer.housing(**options, predict_method="many")
    x = _many_rows()
    predict(x[:100_000])
    before = _memory("RssAnon")
    with _peak("RssAnon") as peak:
        output = predict(x)
    return max(peak) - before - output.nbytes, float(output[-1, 0])


def held(peer, options):
    """Seconds that an epoch takes of rows in an array and in a frame, from the second one on; and the host's checks."""
    trainers = {kind: peer.training(**options, kind=kind) for kind in ("array", "frame")}
    found = {kind: [] for kind in trainers}
    for turn in range(6):
        for kind, train in trainers.items():
            seconds, loss = train(20)
            if turn:
                found[kind] += seconds[1:]
    seconds = {kind: statistics.median(values) for kind, values in found.items()}
    check = peer.checks(**options)
    return seconds | {"checks": _steady(lambda times: [check() for _ in range(times)], 5, 5, 20)[0]}, loss


def copies(peer, options):
    """Bytes of the process's own memory, at their peak while it trains, by the bytes of the array that it is given."""
    found = {}
    for kind in ("array", "memory map"):
        with peer.pixels(**options, kind=kind) as (x, train):
            before = _memory("RssAnon")
            with _peak("RssAnon") as peak:
                loss = train()
            found[kind] = (max(peak) - before) / x.nbytes
    return found, loss


def search_memory(peer, options):
    """Bytes that stay behind for each candidate of a search, when a quarter of the candidates came before."""
    run = peer.search_memory(**options)
    early = CANDIDATES // 4
    run(early, seed=0)
    before = _memory("VmRSS")
    run(CANDIDATES - early, seed=1)
    after, peak = _memory("VmRSS"), _memory("VmHWM")
    run(CANDIDATES, seed=2)
    found = {"before": before, "after": after, "at the peak": peak, "after as many again": _memory("VmRSS")}
    facts = {f"MiB {when}": size / 2**20 for when, size in found.items()}
    return (after - before) / (CANDIDATES - early), None, facts


def _many_rows():
    (x, _), _ = import_module("data").housing()
    return import_module("numpy").tile(x, (862, 1))[:10_000_000]


def _timed(run):
    compiles = _compiles() if "jax" in sys.modules else dict
    start = perf_counter()
    score, facts = run()
    return perf_counter() - start, score, {**facts, **compiles()}


def _together(peer, options, count):
    """Return `run()`, which lets processes do a part each; they have started and imported all they need."""
    context = get_context("spawn")
    ready, results = context.Barrier(count + 1), context.SimpleQueue()
    for place in range(count):
        given = (peer.__name__, options | {"part": (place, count)}, ready, results)
        context.Process(target=_part, args=given, daemon=True).start()
    ready.wait()

    def run():
        ready.wait()
        losses, spent = zip(*(results.get() for _ in range(count)), strict=True)
        return ({number: loss for some in losses for number, loss in some.items()}, sum(spent)), {}

    return run


def _part(peer_name, options, ready, results):
    run = import_module(peer_name).tuner(**options)
    ready.wait()
    ready.wait()
    begun = process_time()
    losses, _ = run()
    results.put((losses, process_time() - begun))


def _fit_seconds(fit, epochs):
    start = perf_counter()
    done = fit(epochs)
    return perf_counter() - start, done


def _compiles():
    """Returns what gives facts of all programs that were compiled, or read from the cache, since."""
    import jax

    seconds, hits = [], []
    jax.monitoring.register_event_duration_secs_listener(
        lambda name, took, **_: seconds.append(took) if name.endswith("/backend_compile_duration") else None
    )
    jax.monitoring.register_event_listener(
        lambda name, **_: hits.append(name) if name == "/jax/compilation_cache/cache_hits" else None
    )

    def facts():
        if not seconds:
            return {}
        return {
            "compiles": len(seconds) - len(hits),
            "read from the cache": len(hits),
            "seconds of compiling and reading": sum(seconds),
        }

    return facts


@contextmanager
def _peak(kind):
    """Yield a list to which a thread adds the bytes of this process, fifty times a second."""
    found, ended = [_memory(kind)], Event()

    def watch():
        while not ended.wait(0.02):
            found.append(_memory(kind))

    thread = Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def _memory(kind):
    """Bytes of this process: `VmRSS` now, `VmHWM` at its peak, `RssAnon` those that are no pages of files."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith(kind))
    return int(line.split()[1]) * 1024


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
    value, check, *facts = globals()[job_name](import_module(f"peers.{peer_name}"), json.loads(options))
    print(json.dumps({"value": value, "check": check, "facts": facts[0] if facts else {}}))
