"""Hornet beside its peers: every job in a process of its own, the peers in turn, several rounds.

    python benchmarks/run.py                                    all jobs, all peers, three rounds
    python benchmarks/run.py --jobs startup --rounds 5          one job
    python benchmarks/run.py --peers hornet torch               two peers

Results go to `report.json`, job by job, and from there to `report.md`: a run of one job leaves the others' results.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from time import perf_counter

import data

HERE = Path(__file__).parent
DISTRIBUTIONS = ("hornet-nn", "keras", "jax", "jaxlib", "tensorflow", "torch", "scikit-learn", "numpy")
INFLUENTIAL = (
    "XLA_FLAGS",
    "JAX_ENABLE_X64",
    "JAX_PLATFORMS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
)


COMMON = ("housing", "fashion", "startup", "predict_one", "memory")
"""The jobs of every library."""
CNN = ("cnn", "cnn_inference")
PREDICTIONS = ("predict_many", "predict_memory")
ONE_MODEL = (*COMMON, *CNN, *PREDICTIONS, "callback", "generator", "wide_deep", "regularized", "deep")
SEARCHES = ("search", "search_long")
HORNET_ALONE = ("padding", "search_memory")
LARGE = ("large", "large_memory")
HELD = ("held", "copies")


@dataclass(frozen=True)
class Job:
    """What is measured, and the unit that it is written in; with `parts`, a process measures several figures."""

    title: str
    unit: str
    units: float  # of them in a second or byte
    check: str
    cold: bool = False  # whether every process begins with an empty compile cache, but for settings that are warm
    limit: int = 900  # seconds of a process
    parts: tuple = ()


@dataclass(frozen=True)
class Setting:
    """How a peer is run: arguments of its functions and environment variables."""

    name: str
    options: dict = field(default_factory=dict)
    environment: dict = field(default_factory=dict)
    warm: bool = False


@dataclass(frozen=True)
class Peer:
    """A module of `peers/`, per job another one, and per job the settings tried beside the default."""

    module: str
    options: dict = field(default_factory=dict)
    environment: dict = field(default_factory=dict)
    settings: dict = field(default_factory=dict)
    jobs: tuple = COMMON
    modules: dict = field(default_factory=dict)


JOBS = {
    "housing": Job("Housing 8-30-1: an epoch with validation", "ms", 1e3, "validation loss"),
    "fashion": Job("Fashion-MNIST 784-300-100-10: an epoch with validation", "s", 1, "validation loss"),
    "startup": Job("New process: import, build, 20 epochs of housing", "s", 1, "validation loss"),
    "predict_one": Job("`predict` of one row, NumPy in and out", "us", 1e6, "prediction"),
    "memory": Job("Peak memory of two epochs of Fashion-MNIST", "MiB", 1 / 2**20, "validation loss"),
    "callback": Job("Housing with a hook after every batch: a step", "us", 1e6, "training loss"),
    "generator": Job(
        "An epoch of rows in memory, and of ready batches from a generator; no validation",
        "ms",
        1e3,
        "training loss",
        parts=tuple(f"{data}, {how}" for data in ("housing", "Fashion-MNIST") for how in ("arrays", "generator")),
    ),
    "wide_deep": Job("Wide & deep, two inputs and two outputs: an epoch with validation", "ms", 1e3, "validation loss"),
    "regularized": Job("Housing with BatchNormalization and Dropout: an epoch", "ms", 1e3, "validation loss"),
    "deep": Job("Functional model of 50 layers: building and tracing", "s", 1, "training loss"),
    "cnn": Job(
        "CNN of 28x28x1, 10,000 images: an epoch",
        "s",
        1,
        "training loss",
        parts=("batches of 32", "batches of 128"),
    ),
    "cnn_inference": Job(
        "The same CNN, 10,000 images: `predict` and `evaluate`",
        "s",
        1,
        "loss before training",
        parts=tuple(f"{name}, batches of {size}" for name in ("predict", "evaluate") for size in (32, 128, 1024)),
    ),
    "search": Job(
        "Search: 10 candidates x 3 folds x 20 epochs of housing, and the refit", "s", 1, "best score", True, 1800
    ),
    "search_long": Job(
        "Search: 100 candidates x 5 folds x 100 epochs with early stopping", "s", 1, "best score", True, 3600
    ),
    "population": Job("Population of 64 equal 8-30-1 networks: a step of one of them", "us", 1e6, "training loss"),
    "padding": Job("Population of 40 networks, 8 to 256 wide: FLOPs / own FLOPs", "times", 1, "", True),
    "search_memory": Job("Search over 200 candidates: memory that each leaves behind", "MiB", 1 / 2**20, "", True),
    "large": Job(
        "An epoch of 12 GB of rows in files, beside 1 GB in memory: a row",
        "us",
        1e6,
        "training loss",
        limit=3600,
        parts=("in memory", "memory map", "Parquet"),
    ),
    "large_memory": Job(
        "The same: peak of the process's own memory, pages of files aside",
        "MiB",
        1 / 2**20,
        "training loss",
        limit=3600,
        parts=("memory map", "Parquet"),
    ),
    "predict_many": Job("`predict` of 10,000,000 housing rows in batches of 4096", "s", 1, "last prediction"),
    "predict_memory": Job("The same: memory at its peak, above the output", "MiB", 1 / 2**20, "last prediction"),
    "held": Job(
        "Housing of an array and of a frame: an epoch from the second on; and the host's checks of a `fit`",
        "ms",
        1e3,
        "training loss",
        parts=("array", "frame", "checks"),
    ),
    "copies": Job(
        "Training on an array of 381 MB: peak of the process's own memory, by the array's",
        "times",
        1,
        "training loss",
        parts=("array", "memory map"),
    ),
}

DEFAULT = Setting("default")
ONE_THREAD = Setting(
    "one thread", environment={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
)
EPOCH = Setting("steps_per_execution = an epoch", {"steps_per_execution": "epoch"})
ON_BATCH = Setting("predict_on_batch", {"predict_method": "predict_on_batch"})
# {cache} becomes a folder that is empty when the run begins and filled by the first, unmeasured process; in a cold job
# one that is empty when the process begins, unless the setting is warm.
COMPILE_CACHE = Setting(
    "compile cache",
    environment={
        "JAX_COMPILATION_CACHE_DIR": "{cache}/keras-jax",
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    },
)
CACHE_AND_EPOCH = Setting("compile cache, steps_per_execution = an epoch", EPOCH.options, COMPILE_CACHE.environment)
WARM = Setting("warm compile cache", warm=True)
WARM_CACHE = replace(COMPILE_CACHE, name=WARM.name, warm=True)
WARM_CACHE_AND_EPOCH = replace(CACHE_AND_EPOCH, name=f"warm {CACHE_AND_EPOCH.name}", warm=True)
HOISTED = Setting(
    "hoisted",
    {"hoisted": True},
    {"XLA_FLAGS": "--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=1000000000"},
)

JIT = Setting("jit_compile", {"jit_compile": True})
JIT_AND_EPOCH = Setting("jit_compile, steps_per_execution = an epoch", JIT.options | EPOCH.options)
CHANNELS_LAST = Setting("channels_last", {"channels_last": True})
COMPILED = Setting("torch.compile", {"compiled": True})
COMPILED_CHANNELS_LAST = Setting("torch.compile, channels_last", COMPILED.options | CHANNELS_LAST.options)
SUBCLASS = Setting("as a subclass", {"subclass": True})

KERAS_SETTINGS = {
    "housing": (EPOCH,),
    "fashion": (EPOCH,),
    "startup": (EPOCH,),
    "predict_one": (ON_BATCH,),
    "generator": (EPOCH,),
    "predict_many": (EPOCH,),
    "wide_deep": (EPOCH,),
    "regularized": (EPOCH,),
    "search": (EPOCH,),
    "search_long": (EPOCH,),
    **dict.fromkeys(CNN, (EPOCH,)),
}
KERAS_SEARCH = dict.fromkeys(SEARCHES, "keras_search")
TENSORFLOW = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
THREAD_SETTINGS = dict.fromkeys(("housing", "fashion", "startup", "predict_one"), (ONE_THREAD,))
PEERS = {
    "hornet": Peer(
        "keras_api",
        {"api": "hornet"},
        settings={"wide_deep": (SUBCLASS,), "search": (WARM,)},
        jobs=tuple(JOBS),
        modules=dict.fromkeys((*SEARCHES, "population", *HORNET_ALONE), "hornet_search")
        | dict.fromkeys(LARGE, "large_rows")
        | dict.fromkeys(HELD, "held_rows"),
    ),
    "keras-jax": Peer(
        "keras_api",
        {"api": "keras"},
        {"KERAS_BACKEND": "jax"},
        KERAS_SETTINGS
        | {
            "startup": (COMPILE_CACHE, CACHE_AND_EPOCH),
            "search": (EPOCH, CACHE_AND_EPOCH, WARM_CACHE, WARM_CACHE_AND_EPOCH),
            "search_long": (EPOCH, CACHE_AND_EPOCH),
        },
        (*ONE_MODEL, *SEARCHES),
        KERAS_SEARCH,
    ),
    "keras-tf": Peer(
        "keras_api",
        {"api": "keras"},
        TENSORFLOW,
        KERAS_SETTINGS | dict.fromkeys(CNN, (EPOCH, JIT, JIT_AND_EPOCH)),
        tuple(name for name in (*ONE_MODEL, *SEARCHES) if name != "deep"),  # which asks JAX for its tracing time
        KERAS_SEARCH,
    ),
    "keras-tf-five-fits": Peer("five_fits", {"api": "keras"}, TENSORFLOW, {"search_long": (EPOCH,)}, ("search_long",)),
    "torch": Peer(
        "pytorch",
        settings=THREAD_SETTINGS
        | {"callback": (ONE_THREAD,)}
        | dict.fromkeys(CNN, (CHANNELS_LAST, COMPILED, COMPILED_CHANNELS_LAST)),
        jobs=(*COMMON, *CNN, "callback"),
    ),
    "sklearn": Peer(
        "scikit",
        settings=THREAD_SETTINGS,
        jobs=(*COMMON, *SEARCHES),
        modules=dict.fromkeys(SEARCHES, "scikit_search"),
    ),
    "numpy": Peer("by_hand", settings=THREAD_SETTINGS),
    "bare-jax": Peer("bare_jax", settings={"population": (HOISTED,)}, jobs=("population",)),
}


def main():
    """Measure what the command line names and write the report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--jobs", nargs="+", choices=JOBS, default=list(JOBS), metavar="JOB", help=" ".join(JOBS))
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS), metavar="PEER", help=" ".join(PEERS))
    parser.add_argument("--rounds", type=int, default=3, help="measured processes for each peer and setting")
    parser.add_argument("--output", type=Path, default=HERE / "report", help="path of the report without its suffix")
    arguments = parser.parse_args()
    path = arguments.output.with_suffix(".json")
    path.parent.mkdir(parents=True, exist_ok=True)  # now, not after an hour of measuring
    report = json.loads(path.read_text()) if path.exists() else {}
    failed = False
    with tempfile.TemporaryDirectory() as cache:
        for name in arguments.jobs:
            report[name] = measure(name, arguments.peers, arguments.rounds, cache)
            failed |= any("error" in run for run in report[name]["runs"])
            path.write_text(json.dumps(report, indent=1) + "\n")
            arguments.output.with_suffix(".md").write_text(render(report))
            print("\n".join(table(name, report[name])), flush=True)
    sys.exit(failed)


def measure(name, peers, rounds, cache):
    """One job: all peers in turn, `rounds` times, after an unmeasured turn where caches must be warm."""
    runs = [
        {"peer": peer, "setting": setting, "warm": setting.warm, "values": []}
        for peer in peers
        if name in PEERS[peer].jobs
        for setting in (DEFAULT, *PEERS[peer].settings.get(name, ()))
    ]
    result = {"date": f"{datetime.datetime.now():%Y-%m-%d %H:%M}", "machine": machine(), "versions": versions()}
    unmeasured = name == "startup" or any(run["warm"] for run in runs)
    for turn in range(rounds + unmeasured):
        first = turn % len(runs)  # nobody always runs after the same neighbour at the same time
        for run in runs[first:] + runs[:first]:
            if "error" in run or (turn < unmeasured and JOBS[name].cold and not run["warm"]):
                continue
            print(f"{name} {turn + 1}/{rounds + unmeasured} {run['peer']}, {run['setting'].name}", file=sys.stderr)
            try:
                value, run["check"], facts = process(name, PEERS[run["peer"]], run["setting"], cache)
                run.update({"facts": facts} if facts else {})
                if turn >= unmeasured:
                    run["values"].append(value)
            except (subprocess.SubprocessError, ValueError) as error:
                run["error"] = str(error)
    for run in runs:
        run["setting"] = run["setting"].name
    return result | {"rounds": rounds, "runs": runs}


def process(name, peer, setting, cache):
    """The figure, the check and the facts of one process."""
    job = JOBS[name]
    if job.cold and not setting.warm:
        cache = tempfile.mkdtemp(dir=cache)
    environment = {
        **os.environ,
        "HORNET_DATA": str(data.cache()),
        "XDG_CACHE_HOME": cache,  # compiled programs of an earlier day or version must not help
        **peer.environment,
        **{variable: value.format(cache=cache) for variable, value in setting.environment.items()},
    }
    if "JAX_COMPILATION_CACHE_DIR" not in setting.environment:
        environment.pop("JAX_COMPILATION_CACHE_DIR", None)  # a cache of the user's would be warm on one side only
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # pip compiled the peers' files; an editable one's need a turn
    options = json.dumps({**peer.options, **setting.options})
    command = [sys.executable, str(HERE / "job.py"), peer.modules.get(name, peer.module), name, options]
    start = perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=job.limit)
    wall = perf_counter() - start
    if done.returncode:
        raise ValueError((done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1])
    figures = json.loads(done.stdout.splitlines()[-1])
    return (wall if name == "startup" else figures["value"]), figures["check"], figures["facts"]


def machine():
    """What the figures depend on beside the code."""
    cpu = platform.processor() or platform.machine()
    if (information := Path("/proc/cpuinfo")).exists():
        names = [line.split(":")[1].strip() for line in information.read_text().splitlines() if "model name" in line]
        cpu = names[0] if names else cpu
    return {
        "cpu": cpu,
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
        "environment": {variable: os.environ[variable] for variable in INFLUENTIAL if variable in os.environ},
    }


def versions():
    """Versions of what is installed, and the commit that Hornet was taken from."""
    found = {}
    for name in DISTRIBUTIONS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    commit = subprocess.run(["git", "-C", HERE, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return found | ({"commit": commit.stdout.strip()} if commit.returncode == 0 else {})


def render(report):
    """The whole report as Markdown."""
    lines = [
        "# Hornet beside its peers",
        "",
        "Medians over the rounds (smallest to largest). A ratio is the peer's figure divided by Hornet's of the same "
        "round: above 1, Hornet needs less. Written by `run.py`; what it measures and how: [README.md](README.md).",
    ]
    for name in JOBS:
        if name in report:
            lines += ["", *table(name, report[name])]
    return "\n".join(lines) + "\n"


def table(name, result):
    """One job's section; where caches were cold for some and warm for others, a table of each."""
    lines = [f"## {JOBS[name].title} ({JOBS[name].unit})"]
    runs = result["runs"]
    warm = [run for run in runs if run.get("warm")]
    cold = [run for run in runs if not run.get("warm")]
    if warm:
        cached = {run["peer"] for run in warm}
        lines += ["", "Compile cache cold:"]
        lines += ["", *rows(name, cold), "", "Compile cache warm, for those who have one:"]
        lines += ["", *rows(name, warm + [run for run in cold if run["peer"] not in cached])]
    elif parts := JOBS[name].parts:
        for part in parts:
            figures_of_part = [run | {"values": [value[part] for value in run["values"]]} for run in runs]
            lines += ["", f"{part[0].upper()}{part[1:]}:", "", *rows(name, figures_of_part)]
    else:
        lines += ["", *rows(name, runs)]
    lines += [f"\n{run['peer']}, {run['setting']}: failed. {run['error']}" for run in runs if "error" in run]
    for run in runs:
        if "facts" in run:
            facts = ", ".join(f"{fact} {three_digits(value)}" for fact, value in run["facts"].items())
            lines.append(f"\n{run['peer']}, {run['setting']}: {facts}.")
    at = result["machine"]
    chosen = "".join(f", {variable}={value}" for variable, value in at["environment"].items())
    software = ", ".join(f"{package} {version}" for package, version in result["versions"].items())
    hardware = f"{at['cpu']}, {at['cores']} cores, {at['system']}, Python {at['python']}"
    lines += [
        "",
        f"{result['date']}, {result['rounds']} rounds, {hardware}, load {at['load']} before{chosen}; {software}.",
    ]
    return lines


def rows(name, runs):
    """A table: each peer at its default and at the best of the settings tried."""
    job = JOBS[name]
    lines = [
        f"| peer | default | ratio | best setting | ratio | which | {job.check} |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    hornet = next((run["values"] for run in runs if run["peer"] == "hornet" and "error" not in run), None)
    for peer in PEERS:
        tried = [run for run in runs if run["peer"] == peer]
        good = [run for run in tried if "error" not in run]
        if not tried:
            continue
        best = min(good, key=lambda run: statistics.median(run["values"]), default=tried[0])
        cells = [*figures(tried[0], job.units, hornet), *figures(best, job.units, hornet), best["setting"]]
        check = best.get("check")
        lines.append(f"| {' | '.join([peer, *cells, '' if check is None else f'{check:.4g}'])} |")
    return lines


def figures(run, units, hornet):
    """The cells of one run: its figure, and its ratio to Hornet's."""
    if "error" in run:
        return ["failed", ""]
    ratios = [value / ours for value, ours in zip(run["values"], hornet or [], strict=False) if ours]
    return [spread([value * units for value in run["values"]]), spread(ratios) if ratios else ""]


def spread(values):
    """Median and range, three digits each."""
    middle, low, high = map(three_digits, (statistics.median(values), min(values), max(values)))
    return f"{middle} ({low}-{high})"


def three_digits(value):
    """The number as people write it: 0.123, 12.3, 1230."""
    if isinstance(value, int):
        return str(value)
    return f"{value:.0f}" if value >= 100 else f"{value:#.3g}"


if __name__ == "__main__":
    main()
