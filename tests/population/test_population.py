"""A member of a population ends as it would alone."""

import re
import threading

import numpy as np
import pytest
from scipy import stats
from tests.costs import ProgramCount
from tests.population import alone_and_together as law

import hornet
from hornet import callbacks, layers, losses, optimizers
from hornet.core.random import seeded
from hornet.population.member import Member
from hornet.population.padding import LayerChain
from hornet.population.population import Population
from hornet.training.data.placement import padded_rows
from hornet.training.fitting import plan_fit
from hornet.tuning import train_population

X, Y = (part.astype("float32") for part in (law.X, law.Y))


# --- the law --------------------------------------------------------------------------------------------------


OFTEN = {
    "layers: BatchNormalization",
    "layers: LayerNormalization",
    "optimizers: Adafactor",
    "callbacks: EarlyStopping",
    "one that diverges",
}


def cases(*families, often=OFTEN):
    """Return a mark for the cases whose names begin so; all but those that run `often` are left to every instance."""
    return pytest.mark.parametrize(
        "case",
        [
            pytest.param(case, marks=[] if case in often else pytest.mark.every_instance)
            for case in law.CASES
            if case.startswith(families)
        ],
    )


@pytest.mark.filterwarnings("ignore:The loss became nan:UserWarning")
@cases("")
def test_members_end_as_alone(case, double):
    worst, same_epochs, buckets = law.compare(*law.CASES[case], epochs=20)
    exact = case.partition(": ")[2] in law.EXACT_WIDTHS | law.EXACT_OPTIMIZERS
    assert worst < 1e-9
    assert same_epochs
    assert buckets == (2 if exact else 1)


@cases("layers: relu", "layers: BatchNorm", "optimizers: Adam", "optimizers: momentum", often={"optimizers: Adam"})
def test_in_float32_members_are_near_after_fifty_steps(case):
    worst, _, _ = law.compare(*law.CASES[case], epochs=17)
    assert worst < 1e-5


def test_every_optimizer_is_in_the_law():
    kinds = {type(make(0.01)) for make in (law.OPTIMIZERS | law.EXACT_OPTIMIZERS).values()}
    wrappers = {optimizers.LossScaleOptimizer, optimizers.MultiOptimizer, optimizers.OptaxOptimizer}
    ours = {one for one in vars(optimizers).values() if isinstance(one, type) and issubclass(one, optimizers.Optimizer)}
    assert ours - kinds - wrappers - {optimizers.Optimizer} == set()


def test_dropout_is_equal_in_distribution():
    def losses_of(together):
        models = []
        for seed in range(60):
            with seeded(seed):
                models.append(law.stack(layers.Dense(5, "relu"), layers.Dropout(0.5)))
            models[-1].set_weights([np.full(one.shape, 0.3) for one in models[-1].get_weights()])
            models[-1].compile(loss="mse", optimizer=optimizers.SGD(0.0))
        options = {"epochs": 1, "batch_size": 72}
        if together:
            with seeded(7):
                wider = law.stack(layers.Dense(8, "relu"), layers.Dropout(0.5))
                wider.compile(loss="mse", optimizer=optimizers.SGD(0.0))
                histories = train_population([*models, wider], X, Y, **options)[:-1]
        else:
            with seeded(8):
                histories = [model.fit(X, Y, verbose=0, **options) for model in models]
        return [history.history["loss"][0] for history in histories]

    alone, together = losses_of(False), losses_of(True)
    assert len({round(one, 6) for one in together}) > 50
    assert stats.ks_2samp(alone, together).pvalue > 1e-3


# --- who is trained how ---------------------------------------------------------------------------------------


def mlp(width, seed=0, **arguments):
    with seeded(seed):
        model = law.mlp(width)
    model.compile(**{"loss": "mse", "optimizer": "sgd"} | arguments)
    return model


def members_of(models, own=(), **options):
    with seeded(0):
        return [Member(model, plan_fit(model, X, Y, **options), own) for model in models]


def test_widths_share_the_programs_of_a_few_stand_ins():
    members = members_of([mlp(width) for width in range(1, 12)], epochs=2)
    population = Population()
    population.train(members)
    assert {member.bucket.key for member in members} == {(16, 16)}
    assert len({id(member.bucket) for member in members}) == 1
    assert len(members[0].bucket.spare) <= population.workers
    later = members_of([mlp(3)], epochs=1)
    population.train(later)
    assert later[0].bucket is members[0].bucket


def test_what_shapes_programs_is_not_mixed():
    members = members_of([mlp(3), mlp(3, optimizer="adam"), mlp(3, loss="mae")])
    members += [*members_of([mlp(3)], batch_size=8), Member((one := mlp(3)), plan_fit(one, X, Y[:, 0]))]
    Population().train(members)
    assert len({id(member.bucket) for member in members}) == 5


def tabular(depth, place):
    """Return a member of an ensemble for tables, with numbers of its own."""
    rate = optimizers.schedules.CosineDecay(0.01 * (1 + place), 10 + place)
    muon = optimizers.Muon(rate, weight_decay=0.01 * place, adam_lr_ratio=0.1 / (1 + place), exclude_layers=["output"])
    scale = layers.QuantileNormalization(8)
    scale.adapt(X * (1 + place))
    hidden = [layer for _ in range(depth) for layer in (layers.Dense(6, "relu"), layers.Dropout(0.1 + 0.1 * place))]
    embedding = layers.NumericEmbedding(frequencies=3, scale=0.5 + place)
    model = hornet.Sequential(
        [hornet.Input((law.FEATURES,)), scale, embedding, *hidden, layers.Dense(1, name="output")]
    )
    model.compile(muon, "mse")
    return model


def test_members_of_an_ensemble_for_tables_need_no_programs_but_those_of_the_first_of_a_depth():
    models = [tabular(1 + place % 2, place) for place in range(6)]
    members = members_of(models, batch_size=24, validation_data=law.HELD_OUT)
    population = Population()
    population.train(members[:2])
    programs = ProgramCount()
    population.train(members[2:])
    assert programs() == 0
    assert [member.outcome.error for member in members] == [None] * 6


def test_members_end_with_their_optimizers_and_histories():
    alone, together = (mlp(5, optimizer=optimizers.Adam(0.01)) for _ in range(2))
    for epochs in (2, 3):
        with seeded(1):
            alone.fit(X, Y, epochs=epochs, verbose=0)
        with seeded(1):
            [history] = train_population([together], X, Y, epochs=epochs)
        assert together.history is history
        assert history.model is together
    assert alone.optimizer.iterations == together.optimizer.iterations == 15
    for one, other in zip(alone.get_weights(), together.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
    with seeded(2):
        alone.fit(X, Y, verbose=0)
    with seeded(2):
        together.fit(X, Y, verbose=0)
    np.testing.assert_allclose(alone.predict(X, verbose=0), together.predict(X, verbose=0), rtol=1e-4, atol=1e-6)


def test_a_bad_member_does_not_harm_the_others():
    with seeded(0):
        good, bad = mlp(3), mlp(4)
        members = [
            Member(good, plan_fit(good, X, Y)),
            Member(bad, plan_fit(bad, X, Y), [callbacks.LearningRateScheduler(lambda epoch: "no rate")]),
        ]
    Population().train(members)
    assert members[0].outcome.history is not None
    assert members[1].outcome.error is not None
    assert members[1].outcome.history is None


def own_loss(y_true, y_pred):
    return hornet.ops.square(y_true - y_pred)


class Watching(callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.seen = [one.shape for one in self.model.get_weights()]


@pytest.mark.parametrize(
    ("arguments", "own", "reason"),
    [
        ({"loss": own_loss}, [], "user-defined code"),
        ({}, [Watching()], "`Watching` may read the model"),
    ],
)
def test_what_cannot_stand_in_is_trained_by_itself_and_says_why(arguments, own, reason):
    alone, together = (mlp(5, **arguments) for _ in range(2))
    with seeded(1):
        alone.fit(X, Y, verbose=0)
    with seeded(1), pytest.warns(UserWarning, match=f"1 of the models were trained one by one: .*{reason}"):
        train_population([together], X, Y, callbacks=own)
    for one, other in zip(alone.get_weights(), together.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_callbacks_are_copies_and_see_the_model_afterwards():
    stopping = callbacks.EarlyStopping(monitor="loss", patience=1)
    models = [mlp(3), mlp(4)]
    train_population(models, X, Y, epochs=2, callbacks=[stopping])
    assert stopping.model is None


def test_rows_of_each_model():
    folds = [np.arange(0, 40), np.arange(30, 72)]
    alone, together = ([mlp(3), mlp(6)] for _ in range(2))
    for seed, (model, rows) in enumerate(zip(alone, folds, strict=True)):
        with seeded(seed):
            model.fit(X[rows], Y[rows], verbose=0, shuffle=False)
    train_population(together, X, Y, rows=folds, shuffle=False)
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one.predict(X, verbose=0), other.predict(X, verbose=0), rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="`rows` has 1 entries for 2 models"):
        train_population(together, X, Y, rows=folds[:1])


def test_the_display_of_a_whole_population(capsys):
    histories = train_population([mlp(3), mlp(4)], X, Y, epochs=2, verbose=1)
    best = min(loss for history in histories for loss in history.history["loss"])
    assert re.fullmatch(
        rf"Training - 2/2 - \d+s - \d+\w?s/model - epoch: 2 - best loss: {best:.4g}\n", capsys.readouterr().out
    )
    train_population([mlp(3)], X, Y)
    assert capsys.readouterr().out == ""


def test_models_that_share_weights_are_refused():
    shared = layers.Dense(3)
    models = [hornet.Sequential([hornet.Input((3,)), shared, layers.Dense(1)]) for _ in range(2)]
    for model in models:
        model.compile(loss="mse")
    for some in (models, models[:1] * 2):
        with pytest.raises(ValueError, match="weights in common"):
            train_population(some, X, Y)


def test_rows_of_labels_in_a_list():
    model = mlp(3)
    train_population([model], X, Y[:, 0].tolist(), rows=[np.arange(40)])
    assert len(model.history.epoch) == 1


def test_training_twice_is_as_alone_with_memory_that_begins_above_zero():
    alone, together = (mlp(3, optimizer=optimizers.Ftrl(0.1)) for _ in range(2))
    for seed in (1, 2):
        with seeded(seed):
            alone.fit(X, Y, epochs=3, verbose=0)
        with seeded(seed):
            train_population([together, mlp(6, optimizer=optimizers.Ftrl(0.1))], X, Y, epochs=3)
    for one, other in zip(alone.get_weights(), together.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


class Tenths(hornet.initializers.Initializer):
    def __call__(self, shape, dtype=None):
        return np.full(shape, 0.1, dtype)


def test_initializers_that_only_fit_one_width():
    own = [np.full((3, 5), 0.1), Tenths()]
    models = [law.stack(layers.Dense(5, "relu", kernel_initializer=one)) for one in own]
    for model in models:
        model.compile(loss="mse", optimizer="sgd")
    assert all(history.history["loss"] for history in train_population(models, X, Y))


def test_a_model_that_is_not_compiled_says_so():
    with pytest.raises(ValueError, match="compile"):
        train_population([law.mlp(3)], X, Y)


def test_an_interruption_keeps_what_is_finished():
    members = members_of([mlp(3), mlp(4), mlp(5), mlp(6)], epochs=1)
    members += members_of([mlp(7) for _ in range(4)], epochs=100_000)

    def watch():
        if sum(member.is_done for member in members) >= 4:
            raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        Population(workers=2).train(members, watch)
    assert all(member.outcome.history is not None for member in members[:4])
    assert not any(member.is_done for member in members[4:])
    assert threading.active_count() <= before


# --- chains -----------------------------------------------------------------------------------------------------


def test_chains_and_others():
    assert LayerChain.of(mlp(3)).widths == (3, 4)
    shared = layers.Dense(4, "relu")
    inputs = hornet.Input((3,))
    twice = hornet.Model(inputs, layers.Dense(1)(shared(layers.Dense(3)(shared(layers.Dense(3)(inputs))))))
    twice.compile(loss="mse")
    assert isinstance(LayerChain.of(twice), str)
    nested = law.stack(law.mlp(3))
    nested.compile(loss="mse")
    assert isinstance(LayerChain.of(nested), str)
    own = law.stack(layers.Lambda(lambda x: x * 2))
    own.compile(loss="mse")
    assert isinstance(LayerChain.of(own), str)


def test_data_of_other_lengths_share_programs():
    members = [*members_of([mlp(3)]), Member((one := mlp(3)), plan_fit(one, X[:40], Y[:40]))]
    Population(capacity=100).train(members)
    assert {member.plan.data.capacity for member in members} == {padded_rows(100)}
    assert members[0].bucket is members[1].bucket


def test_losses_that_weigh_outputs_and_samples():
    def several(width):
        inputs = hornet.Input((3,))
        hidden = layers.Dense(width, "tanh")(inputs)
        model = hornet.Model(inputs, [layers.Dense(1, name="a")(hidden), layers.Dense(1, name="b")(hidden)])
        model.compile(loss=losses.MeanSquaredError(), loss_weights=[0.9, 0.1], optimizer="sgd")
        return model

    weights = np.linspace(0, 1, len(X))
    with seeded(0):
        alone, together = several(4), several(4)
    together.set_weights(alone.get_weights())
    with seeded(1):
        alone.fit(X, [Y, -Y], sample_weight=weights, verbose=0)
    with seeded(1):
        train_population([together], X, [Y, -Y], sample_weight=weights)
    for one, other in zip(alone.get_weights(), together.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
