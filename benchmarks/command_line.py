"""How long `hornet --help` takes, beside what it cannot do without and what it does not wait for.

python benchmarks/command_line.py [--runs 15] [--output benchmarks/command_line.md]

Each run is a new process; the sides take turns. Seconds are of the clock, CPU seconds of the process.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

SIDES = {
    "Python alone": ["-c", "pass"],
    "`import typer`": ["-c", "import typer"],
    "`hornet --help`": ["-m", "hornet_cli", "--help"],
    "`hornet fit --help`": ["-m", "hornet_cli", "fit", "--help"],
    "`hornet fit` without arguments, refused": ["-m", "hornet_cli", "fit"],
    "completion of `hornet fit --`": ["-m", "hornet_cli"],
    "`import hornet`": ["-c", "import hornet"],
}
COMPLETION = {"_HORNET_COMPLETE": "complete_bash", "COMP_WORDS": "hornet fit --", "COMP_CWORD": "2"}


def measured(side: str) -> tuple[float, float]:
    """Return the seconds and the CPU seconds of a process."""
    environment = {**os.environ, **(COMPLETION if side.startswith("completion") else {})}
    used, begun = _cpu_seconds(), time.perf_counter()
    subprocess.run([sys.executable, *SIDES[side]], env=environment, capture_output=True, check=False)
    return time.perf_counter() - begun, _cpu_seconds() - used


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def table(runs: int) -> str:
    """Return the medians and ranges of all sides, as Markdown."""
    for side in SIDES:  # fills the caches of bytecode and files
        measured(side)
    found: dict[str, list[tuple[float, float]]] = {side: [] for side in SIDES}
    for _ in range(runs):
        for side, values in found.items():
            values.append(measured(side))
    lines = ["| process | milliseconds | CPU milliseconds |", "| --- | --- | --- |"]
    for side, values in found.items():
        cells = [
            f"{1e3 * statistics.median(kind):.0f} ({1e3 * min(kind):.0f} to {1e3 * max(kind):.0f})"
            for kind in zip(*values, strict=True)
        ]
        lines.append(f"| {side} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_suffix(".md"))
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    text = table(arguments.runs)
    machine = f"Python {sys.version.split()[0]}, {os.cpu_count()} cores"
    arguments.output.write_text(
        "# The command line\n\n"
        f"Median of {arguments.runs} processes (least to greatest), which take turns; {machine},\n"
        f"load {load:.1f} at the beginning. The aim is help in under 250 ms.\n"
        "Where more programs than cores want to run, CPU milliseconds say what a free machine would take.\n\n"
        f"{text}\n\nMade by `python benchmarks/command_line.py`.\n"
    )
    print(text)


if __name__ == "__main__":
    main()
