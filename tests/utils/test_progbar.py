"""The progress bar for loops of one's own."""

import contextlib
import io
import re

import keras
import numpy as np
import pytest

from hornet import utils

VALUES = [1.0, 3.0, 8.0]


def shown(make, **options):
    """Return the values of `loss` that a bar writes, one an update."""
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        bar = make(4, interval=0.0, **options)
        for value in VALUES:
            bar.add(1, [("loss", value)])
    return re.findall(r"loss: ([\d.e+-]+)", written.getvalue())


@pytest.mark.parametrize(
    "options",
    [{}, {"stateful_metrics": ["loss"]}, {"stateless_metrics": ["loss"]}, {"stateless_metrics": []}, {"verbose": 0}],
)
def test_values_are_averaged_as_in_keras(options):
    assert shown(utils.Progbar, **options) == shown(keras.utils.Progbar, **options)


def test_steps_that_are_left_out_count(capsys):
    bar = utils.Progbar(None, interval=0.0)
    bar.update(1, [("loss", 1.0)])
    bar.update(4, [("loss", 2.0)])
    assert capsys.readouterr().out.splitlines()[-1].endswith(" - loss: 1.7500")


def test_the_last_call_shows_what_it_is_given(capsys):
    bar = utils.Progbar(10, verbose=2, unit_name="sample")
    bar.update(5, [("loss", 1.0), ("note", "slow"), ("f1", np.array([0.25, 0.75]))])
    assert capsys.readouterr().out == ""
    bar.update(10, [("loss", 2.0)])
    assert re.fullmatch(
        r"10/10 - 0s - \d+\ws/sample - loss: 2\.0000 - note: slow - f1: 0\.5000\n", capsys.readouterr().out
    )


@pytest.mark.parametrize("verbose", [1, 2])
def test_a_target_of_zero_is_one_that_is_reached(verbose):
    utils.Progbar(0, verbose=verbose).update(0, finalize=True)


def test_two_lists_of_names_are_one_too_many():
    with pytest.raises(ValueError, match="Only one of `stateful_metrics` and `stateless_metrics`"):
        utils.Progbar(1, stateful_metrics=[], stateless_metrics=[])
