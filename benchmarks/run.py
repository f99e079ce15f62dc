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
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from time import perf_counter

import data
from jobs import DEFAULT, JOBS, PEERS
from report import render, table

HERE = Path(__file__).parent
DISTRIBUTIONS = (
    "hornet-nn",
    "keras",
    "jax",
    "jaxlib",
    "tensorflow",
    "torch",
    "scikit-learn",
    "numpy",
    "keras-tuner",
    "optuna",
)
INFLUENTIAL = (
    "XLA_FLAGS",
    "JAX_ENABLE_X64",
    "JAX_PLATFORMS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
)


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
    return result | {"load after": round(os.getloadavg()[0], 2), "rounds": rounds, "runs": runs}


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


if __name__ == "__main__":
    main()
