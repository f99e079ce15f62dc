"""A process that was forked after JAX began says so, instead of waiting for ever."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import os, signal, sys
import numpy as np
import hornet

x, y = np.zeros((8, 4)), np.zeros(8)


def made():
    model = hornet.Sequential([hornet.Input((4,)), hornet.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


model = made()
model.fit(x, y, verbose=0)
jobs = {
    "a new model": made,
    "fit": lambda: model.fit(x, y, verbose=0),
    "evaluate": lambda: model.evaluate(x, y, verbose=0),
    "predict": lambda: model.predict(x, verbose=0),
    "a call": lambda: model(x),
    "an operation": lambda: hornet.ops.sum(x),
    "a loss": lambda: hornet.losses.MeanSquaredError()(y, y),
}
child = os.fork()
if child:
    sys.exit(os.waitpid(child, 0)[1])
signal.alarm(60)
for name, job in jobs.items():
    try:
        job()
    except RuntimeError as error:
        assert "was forked from one in which JAX had begun" in str(error), name
    else:
        os._exit(1)
model.get_weights()
os._exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
def test_a_process_that_was_forked_too_late_says_so():
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", SCRIPT]).returncode == 0
