"""Where progress and messages go."""

import logging
import sys

import numpy as np
import pytest

import hornet
from hornet import callbacks, config, layers, utils


@pytest.fixture
def quiet():
    config.disable_interactive_logging()
    yield
    config.enable_interactive_logging()


@pytest.fixture
def model():
    model = hornet.Sequential([layers.Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    return model


def test_the_switch_has_two_paths_and_is_on():
    assert utils.is_interactive_logging_enabled is config.is_interactive_logging_enabled
    assert config.is_interactive_logging_enabled()


def test_messages_become_entries_of_the_log(quiet, model, caplog, capsys):
    with caplog.at_level(logging.INFO, "hornet"):
        said = callbacks.LearningRateScheduler(lambda epoch: 0.5, verbose=1)
        model.fit(np.ones((4, 2)), np.ones(4), epochs=2, callbacks=[said])  # two lines an epoch: "auto" is 2
        model.summary()
        utils.Progbar(1).update(1)
    assert capsys.readouterr().out == ""
    entries = [record.getMessage() for record in caplog.records]
    assert {"Epoch 1/2", "Epoch 1: LearningRateScheduler setting learning rate to 0.5."} <= set(entries)
    assert " Trainable params: 3 (12.00 B)" in entries


class Tee:
    """What many programs put in the place of the standard output: it writes, and knows nothing of terminals."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def test_the_output_may_be_a_copy_into_a_file(model, monkeypatch):
    tee = Tee()
    monkeypatch.setattr(sys, "stdout", tee)
    model.fit(np.ones((4, 2)), np.ones(4))
    model.evaluate(np.ones((4, 2)), np.ones(4))
    utils.Progbar(1).update(1)
    assert tee.text.count("1/1 - 0s") == 3
