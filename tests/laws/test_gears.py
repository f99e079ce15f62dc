"""How many steps a dispatch holds never shows in the results: every gear gives the same weights, bit for bit."""

import itertools

import numpy as np
import pytest

import hornet
from hornet import Sequential, callbacks, layers, optimizers
from hornet.core import xla
from hornet.training.pace import Pace
from hornet.training.trainer import Trainer

BATCH = 8
ROWS = {"full batches": 104, "a short last batch": 101}  # padded to the same number, so that programs are shared
EPOCHS = 3

OPTIMIZERS = {
    "SGD": lambda: optimizers.SGD(0.002, momentum=0.9),
    "Adam": lambda: optimizers.Adam(0.01),
}
MIDDLES = {
    "nothing": list,
    "Dropout": lambda: [layers.Dropout(0.3)],
    "BatchNormalization": lambda: [layers.BatchNormalization(momentum=0.9)],
}
HIDDEN = {"hoisted": 30, "not hoisted": 400}


class Watcher(callbacks.Callback):
    """Has a batch hook, so that every dispatch holds `steps_per_execution` steps."""

    def __init__(self):
        self.told = 0

    def on_train_batch_end(self, batch, logs=None):
        self.told += 1


GEARS = {
    "epoch": {},
    "step": {"watch": True},
    "seven steps": {"watch": True, "steps_per_execution": 7},
    "chunks of 5": {"pace": 5},
}


def data(rows):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(rows, 8)).astype("float32")
    return x, np.tanh(x.sum(axis=1, keepdims=True) + rng.normal(size=(rows, 1))).astype("float32")


def build(units, middle):
    hornet.utils.set_random_seed(1)
    return Sequential([layers.Dense(units, activation="tanh", input_shape=(8,)), *MIDDLES[middle](), layers.Dense(1)])


def train(model, optimizer, rows, seed=2, epochs=EPOCHS, watch=False, pace=None, **compiled):
    """Fit from a seed; return the losses, the weights' and slots' bytes, and how often a watcher was told."""
    model.compile(optimizer=optimizer(), loss="mse", metrics=["mae"], **compiled)
    hornet.utils.set_random_seed(seed)
    x, y = data(rows)
    watchers = [Watcher()] * watch
    with pytest.MonkeyPatch.context() as patch:
        if pace:
            patch.setattr(Trainer, "pace", lambda *_: Pace(pace, fixed=True))
        history = model.fit(x, y, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=watchers)
    return history.history, state(model), sum(watcher.told for watcher in watchers)


def state(model):
    """Return the bytes of weights and slots, and the number of updates."""
    weights, state = [np.asarray(one).tobytes() for one in model.get_weights()], model._optimizer_state
    if state is None:
        return weights, {}, 0
    slots = {path: {name: np.asarray(one).tobytes() for name, one in of.items()} for path, of in state.slots.items()}
    return weights, slots, int(state.step)


@pytest.mark.parametrize(
    ("optimizer", "middle", "hidden"), list(itertools.product(OPTIMIZERS, MIDDLES, HIDDEN)), ids=lambda one: one
)
def test_every_gear_gives_the_same_bits(optimizer, middle, hidden):
    for length, rows in ROWS.items():
        runs = {}
        for gear, settings in GEARS.items():
            model = build(HIDDEN[hidden], middle)
            runs[gear] = train(model, OPTIMIZERS[optimizer], rows, **settings)
        history, end, _ = runs["epoch"]
        assert np.isfinite(history["loss"]).all()
        assert end[0] != state(build(HIDDEN[hidden], middle))[0], "training left the weights where they were"
        assert end[2] == EPOCHS * -(-rows // BATCH)
        for gear, (its_history, its_end, told) in runs.items():
            assert its_end == end, (gear, length)
            assert its_history == history, (gear, length)
            assert bool(told) == ("watch" in GEARS[gear])


@pytest.mark.parametrize(("hidden", "hoisted"), [("hoisted", True), ("not hoisted", False)])
def test_the_law_covers_hoisted_and_other_programs(hidden, hoisted):
    shapes = [one.shape for one in build(HIDDEN[hidden], "nothing").weights]
    assert xla._hoisting, "no program is hoisted in this process, so the law says less than it should"
    assert bool(xla.compiler_options(shapes)) is hoisted


@pytest.mark.parametrize("middle", MIDDLES)
def test_a_seed_decides_the_run(middle):
    ends = [train(build(30, middle), OPTIMIZERS["SGD"], 101, seed)[1] for seed in (2, 2, 3)]
    assert ends[0] == ends[1]
    assert ends[0] != ends[2]


@pytest.mark.parametrize("middle", MIDDLES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_two_fits_of_a_seed_are_one(optimizer, middle):
    """Orders and draws come from the seed and the numbers of epoch and step alone, so a run can be taken up again."""
    _, whole, _ = train(build(30, middle), OPTIMIZERS[optimizer], 101, epochs=2)
    model = build(30, middle)
    train(model, OPTIMIZERS[optimizer], 101, epochs=1)
    hornet.utils.set_random_seed(2)
    x, y = data(101)
    model.fit(x, y, batch_size=BATCH, initial_epoch=1, epochs=2, verbose=0)
    assert state(model) == whole


def test_shuffling_is_another_order_of_rows_each_epoch():
    """A shuffled epoch equals one over rows laid out in that order; two epochs differ; no row is left out."""
    model = build(30, "nothing")
    order_seed = 7
    hornet.utils.set_random_seed(order_seed)
    drawn = hornet.core.random.next_seed()
    order = hornet.training.data.order.Order(101, drawn)
    first, second = (np.array(order[epoch][:101]) for epoch in range(2))
    assert sorted(first) == sorted(second) == list(range(101))
    assert (first != second).any()
    _, shuffled, _ = train(model, OPTIMIZERS["SGD"], 101, order_seed, epochs=2)

    model = build(30, "nothing")
    model.compile(optimizer=OPTIMIZERS["SGD"](), loss="mse", metrics=["mae"])
    x, y = data(101)
    for epoch, rows in enumerate((first, second)):
        model.fit(x[rows], y[rows], batch_size=BATCH, initial_epoch=epoch, epochs=epoch + 1, shuffle=False, verbose=0)
    assert state(model) == shuffled


def test_without_shuffling_the_seed_does_not_matter():
    ends = []
    for seed in (2, 3):
        model = build(30, "nothing")
        model.compile(optimizer=OPTIMIZERS["SGD"](), loss="mse")
        hornet.utils.set_random_seed(seed)
        model.fit(*data(101), batch_size=BATCH, epochs=2, shuffle=False, verbose=0)
        ends.append(state(model))
    assert ends[0] == ends[1]


def test_every_step_draws_anew():
    """The same rows under a learning rate of 0: only what Dropout draws tells the epochs apart."""
    model = build(30, "Dropout")
    model.compile(optimizer=optimizers.SGD(0.0), loss="mse")
    x, y = data(16)
    fits = [model.fit(x, y, batch_size=16, epochs=6, shuffle=False, verbose=0) for _ in range(2)]
    losses = [loss for fit in fits for loss in fit.history["loss"]]
    assert len(set(losses)) == len(losses) == 12
