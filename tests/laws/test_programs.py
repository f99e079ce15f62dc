"""A process finds in the compile cache what another has compiled, so that only the first one pays."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Prints how many programs a process asked for, and how many it had to compile.
SCRIPT = """
import sys
from functools import partial

from tests.costs import ASKED, MISSED, count_events, counts

import hornet
import jax
import numpy as np
from hornet.core.module import boxes, pure, values_of
from hornet.core.random import key_data
from hornet.core.variable import Box
from tests.layers.cases import CASES

count_events()
cases = {case.name: case for case in CASES if case.may_be_in_a_program}
for case in list(cases.values())[:: int(sys.argv[1])]:
    layer = case.made()
    held = boxes(layer, Box)
    program = jax.jit(pure(held, partial(case.called, layer)), static_argnames="training")
    program(values_of(held), case.data(), training=True, key=key_data(0))

layers = hornet.layers
stack = [layers.Dense(4, "relu", kernel_regularizer="l2", input_shape=(3,)), layers.Dropout(0.1), layers.Dense(2)]
x = np.ones((20, 3), "float32")
for optimizer in ("adam", hornet.optimizers.SGD(0.1, momentum=0.9, weight_decay=0.1)):
    model = hornet.Sequential([*stack, layers.BatchNormalization(), layers.Dense(1)])
    model.compile(loss="mse", optimizer=optimizer, metrics=["mae", "RootMeanSquaredError"])
    model.fit(x, x[:, 0], validation_split=0.5, batch_size=4, verbose=0)
    model.predict(x, verbose=0)
print(counts[ASKED], counts[MISSED])
"""


def run(folder, stride):
    """Run the script over a compile cache; return the two counts, and the names of the programs in the cache."""
    environment = {**os.environ, "HORNET_CACHE": str(folder)}
    command = [sys.executable, "-c", SCRIPT, str(stride)]
    found = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    asked, missed = map(int, found.stdout.split())
    return asked, missed, {path.name for path in folder.iterdir() if path.name.endswith("-cache")}


@pytest.mark.parametrize("stride", [pytest.param(6, id="some"), pytest.param(1, id="all", marks=pytest.mark.full)])
def test_a_second_process_compiles_nothing(stride, tmp_path):
    """Programs that are not the same in every process would be compiled in each; their names tell which they are."""
    asked, missed, kept = run(tmp_path, stride)
    assert asked >= missed == len(kept) >= 80 // stride
    asked_again, missed_again, kept_again = run(tmp_path, stride)
    assert kept_again - kept == set()
    assert missed_again == 0
    assert asked_again == asked
