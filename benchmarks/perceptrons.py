"""How well `MLPRegressor` predicts with all defaults: housing's published split, and small tables beside a line.

`python perceptrons.py [SEEDS]` prints the error on housing's rows to test on, and the seconds of each fit: those of the
clock, and those of the processor, which other work on the machine moves less. The first fit compiles. Then it prints
the error on small tables, for each seed on another split, as a multiple of what scikit-learn's `RidgeCV` errs there:
of networks that begin as a line, and of ones that begin as a constant.
"""

import sys
from time import perf_counter, process_time

import numpy as np
from sklearn.datasets import load_diabetes, make_friedman1, make_regression
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hornet.datasets import california_housing
from hornet.estimators import MLPRegressor

LIMITS = {"mean": 0.54, "worst": 0.56}
SMALL = {
    "diabetes": lambda seed: load_diabetes(return_X_y=True),
    "make_regression, 150 rows": lambda seed: make_regression(250, 10, n_informative=5, noise=50, random_state=seed),
    "make_regression, 360 rows": lambda seed: make_regression(600, 20, n_informative=10, noise=100, random_state=seed),
    "make_friedman1, 240 rows": lambda seed: make_friedman1(400, noise=1, random_state=seed),
}


def main(seeds=5):
    """Print housing's errors, and those of small tables."""
    of_housing(seeds)
    print("\nerror as a multiple of the ridge regression's: mean and worst")
    for name, make in SMALL.items():
        print(f"{name:28}", *of_small(make, seeds), sep="")


def of_housing(seeds):
    """Print a line for each seed, and one for all."""
    (x, y), _, (x_test, y_test) = california_housing.load_data(split="published")
    errors = []
    for seed in range(seeds):
        begun, worked = perf_counter(), process_time()
        trained = MLPRegressor(random_state=seed).fit(x, y)
        seconds, work = perf_counter() - begun, process_time() - worked
        errors.append(error(trained, x_test, y_test))
        print(f"seed {seed}: RMSE {errors[-1]:.4f}, {trained.n_iter_} epochs, {seconds:.1f} s, {work:.1f} CPU s")
    print(f"mean {np.mean(errors):.4f} (at most {LIMITS['mean']}), worst {max(errors):.4f} ({LIMITS['worst']})")


def of_small(make, seeds):
    """Yield what networks err on a table, in the words to print."""
    ratios = {True: [], False: []}
    for seed in range(seeds):
        x, x_test, y, y_test = train_test_split(*make(seed), test_size=0.4, random_state=seed)
        line = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 4, 20))).fit(x, y)
        for start, of_start in ratios.items():
            trained = MLPRegressor(random_state=seed, linear_start=start).fit(x, y)
            of_start.append(error(trained, x_test, y_test) / error(line, x_test, y_test))
    for start, of_start in ratios.items():
        begins = "a line" if start else "a constant"
        yield f"begins as {begins:11} {np.mean(of_start):.3f} {max(of_start):.3f}    "


def error(model, x, y):
    """Return the root of the mean squared error."""
    return float(np.sqrt(np.mean((model.predict(x) - y) ** 2)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
