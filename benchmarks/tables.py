"""How well `MLPRegressor` predicts with all defaults: housing's published split, raw features, five seeds.

`python tables.py [SEEDS]` prints the error on the rows to test on, and the seconds of each fit: those of the clock, and
those of the processor, which other work on the machine moves less. The first fit compiles.
"""

import sys
from time import perf_counter, process_time

import numpy as np

from hornet.datasets import california_housing
from hornet.estimators import MLPRegressor

LIMITS = {"mean": 0.54, "worst": 0.56}


def main(seeds=5):
    """Print a line for each seed, and one for all."""
    (x, y), _, (x_test, y_test) = california_housing.load_data(split="published")
    errors = []
    for seed in range(seeds):
        begun, worked = perf_counter(), process_time()
        trained = MLPRegressor(random_state=seed).fit(x, y)
        seconds, work = perf_counter() - begun, process_time() - worked
        errors.append(float(np.sqrt(np.mean((trained.predict(x_test) - y_test) ** 2))))
        print(f"seed {seed}: RMSE {errors[-1]:.4f}, {trained.n_iter_} epochs, {seconds:.1f} s, {work:.1f} CPU s")
    print(f"mean {np.mean(errors):.4f} (at most {LIMITS['mean']}), worst {max(errors):.4f} ({LIMITS['worst']})")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
