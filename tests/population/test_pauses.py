"""Training that pauses, and goes on in the same models or in another process, ends as without pauses, bit for bit."""

import jax
import numpy as np
import pytest
from tests.costs import ProgramCount
from tests.population import alone_and_together as law

from hornet import callbacks
from hornet.core.random import seeded
from hornet.population.member import Member
from hornet.population.population import Population
from hornet.training.fitting import plan_fit

EPOCHS = 12
OFTEN = {
    "layers: BatchNormalization",
    "layers: two ways",
    "optimizers: Adam",
    "optimizers: EMA",
    "optimizers: accumulation",
    "optimizers: ScheduleFreeAdamW",
    "callbacks: EarlyStopping",
    "callbacks: ReduceLROnPlateau",
    "one that diverges",
}
# Most layers have no state but weights; these have more, or weights that stay.
WITH_STATE = {f"layers: {name}" for name in ("BatchNormalization", "adapted", "frozen", "constraints", "two ways")}
CASES = [
    pytest.param(case, marks=[] if case in OFTEN else pytest.mark.every_instance)
    for case in [*law.CASES, "alone", "steps that do not divide a pass", "best epoch so far"]
    if not case.startswith("layers: ") or case in WITH_STATE
]


class Alone(callbacks.Callback):
    """A callback of the user's, so that its model is trained by itself."""


EXTRA = {
    "alone": lambda: [Alone()],
    "best epoch so far": lambda: [callbacks.EarlyStopping(patience=EPOCHS, restore_best_weights=True)],
}


def members_of(case, folder=None):
    build, optimizer, make = law.CASES.get(case, (law.mlp, law.OPTIMIZERS["Adam"], EXTRA.get(case, list)))
    options = {"epochs": EPOCHS, "batch_size": 16, "validation_data": law.HELD_OUT if make() else None}
    if case.startswith("steps"):
        options["steps_per_epoch"] = 3  # of five batches
    members = []
    for place, rows in enumerate(law.LONGER):
        model = law.compiled(build, optimizer, place)
        with seeded(place):
            plan = plan_fit(model, law.X[rows], law.Y[rows], **options)
        file = folder and folder / f"{place}.safetensors"
        members.append(Member(model, plan, make(), widths=(8, 8) if build is law.mlp else None, file=file))
    return members


def outcome(member):
    model, followers = member.model, member.outcome.run.callbacks.callbacks
    slots = jax.tree.leaves(model._compiled.optimizer_state.slots)
    arrays = [*model.get_weights(), *slots, int(model.optimizer.iterations)]
    kept = [vars(follower).get(name) for follower in followers for name in ("wait", "best")]
    return member.result.history, member.result.epoch, arrays, kept


def assert_equal(one, other):
    assert one[:2] == other[:2] or "nan" in repr(one[0])
    assert one[3] == other[3]
    for mine, theirs in zip(one[2], other[2], strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.filterwarnings("ignore:.* of the models were trained one by one", "ignore:`steps_per_epoch` is")
@pytest.mark.parametrize("case", CASES)
def test_pauses_change_nothing(case, tmp_path):
    population = Population(workers=2)
    at_once, with_pauses, in_files, elsewhere = members_of(case), members_of(case), members_of(case, tmp_path), []
    population.train(at_once)
    for until in (2, 5, None):
        population.train(with_pauses, until=until)
    population.train(in_files, until=2)
    for until in (5, None):  # each time as if the process before had been killed
        elsewhere = members_of(case, tmp_path)
        population.train(elsewhere, until=until)
    for one, two, three in zip(at_once, with_pauses, elsewhere, strict=True):
        assert_equal(outcome(one), outcome(two))
        assert_equal(outcome(one), outcome(three))


def test_a_pause_is_none_of_the_callbacks_business():
    (member, _), told = members_of("alone"), []
    member.callbacks = [callbacks.LambdaCallback(on_train_begin=told.append, on_train_end=told.append)]
    member = Member(member.model, member.plan, member.callbacks)
    population = Population(workers=1)
    population.train([member], until=4)
    assert member.is_paused
    assert not member.is_done
    assert len(told) == 1
    member.end_here()
    population.train([member])
    assert member.result.epoch == [0, 1, 2, 3]
    assert len(told) == 2


def test_training_that_ends_at_a_pause_keeps_its_best_epoch():
    """So it does whether that was paused before or not."""
    once, twice = (members_of("best epoch so far")[1] for _ in range(2))
    population = Population(workers=1)
    population.train([twice], until=2)
    for member in (once, twice):
        population.train([member], until=7)
        member.end_here()
        population.train([member])
        best = int(np.argmin(member.result.history["val_loss"]))
        found = member.model.evaluate(*law.HELD_OUT, verbose=0, return_dict=True)["loss"]
        assert member.result.epoch == list(range(7))
        assert found == pytest.approx(member.result.history["val_loss"][best], rel=1e-6)
    assert_equal(outcome(once), outcome(twice))


def test_programs_stay_over_pauses():
    population, programs = Population(workers=1), ProgramCount()
    members = members_of("optimizers: Adam")
    population.train(members, until=2)
    programs.reset()
    population.train(members, until=5)
    population.train(members)
    assert programs() == 0


def test_another_population_takes_widths_that_are_given():
    members = members_of("layers: relu")
    Population(workers=1).choose_buckets(members)
    assert [member.widths for member in members] == [(8, 8), (8, 8)]
