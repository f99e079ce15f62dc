"""Prints the figures of docs/explanations/reliability.md: kills, hostile files, threads, memory, and what safety costs.

python benchmarks/reliability.py [part ...]

HORNET_MUTANTS is the number of files with changed bytes, by default 10,000.
"""

from __future__ import annotations

import logging
import os
import sys
import time
import warnings

os.environ["KERAS_BACKEND"] = "jax"

from promises.honest import keras_files, large
from promises.hostile import hostile, mutants
from promises.processes import memory, threads
from promises.speeds import speed, watched
from promises.stopped import kills, places, resumes

PARTS = (watched, speed, places, hostile, mutants, keras_files, large, threads, memory, resumes, kills)


def main() -> None:
    """Print all parts, or those that are named."""
    warnings.simplefilter("ignore")
    logging.getLogger("absl").setLevel(logging.ERROR)  # Keras's
    for part in PARTS:
        if part.__name__ in (sys.argv[1:] or [one.__name__ for one in PARTS]):
            begun = time.perf_counter()
            print(f"{part.__name__} (load of the machine: {os.getloadavg()[0]:.1f})", flush=True)
            for line in part():
                print(f"  {line}", flush=True)
            print(f"  took {time.perf_counter() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main()
