"""Finding a learning rate: the model stays as it is, the curve is what `fit` does, and the rule finds what works."""

import copy

import jax
import matplotlib
import numpy as np
import pytest
from tests.costs import ProgramCount

import hornet
from hornet import layers, losses, optimizers
from hornet.core import random
from hornet.estimators import MLPRegressor
from hornet.optimizers import schedules
from hornet.tuning import LearningRateCurve, find_learning_rate

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 3)).astype("float32")
Y = np.tanh(X.sum(axis=1))
FEW = [1e-3, 1e-2, 1e-1]


class Own(hornet.Model):
    """A user's model, which no other one may replace."""

    def __init__(self):
        super().__init__()
        self.hidden, self.out = layers.Dense(4, "tanh"), layers.Dense(1)

    def call(self, x):
        return self.out(self.hidden(x))


def stack(*hidden, optimizer="sgd", **settings):
    model = hornet.Sequential([hornet.Input((3,)), *hidden, layers.Dense(1)])
    model.compile(loss="mse", optimizer=optimizer, **settings)
    return model


def wide_and_deep():
    inputs = hornet.Input((3,))
    model = hornet.Model(inputs, layers.Dense(1)(layers.concatenate([inputs, layers.Dense(4, "relu")(inputs)])))
    model.compile(loss="mse", optimizer="rmsprop")
    return model


def of_user():
    model = Own()
    model.compile(loss="mse", optimizer="adam")
    return model


def unbuilt():
    model = hornet.Sequential([layers.Dense(4, "relu"), layers.Dense(1)])
    model.compile(loss="mse", optimizer="adam")
    return model


def trained():
    model = stack(layers.Dense(4, "relu"), layers.BatchNormalization(), layers.Dropout(0.5), optimizer="adam")
    model.fit(X, Y, epochs=2, verbose=0)
    return model


KINDS = {
    "trained": trained,
    "not built": unbuilt,
    "a graph": wide_and_deep,
    "a user's": of_user,
    "with a schedule": lambda: stack(optimizer=optimizers.SGD(schedules.OneCycle(0.1, 30), momentum=0.9)),
    "with a scaled loss": lambda: stack(optimizer=optimizers.LossScaleOptimizer(optimizers.SGD(0.1))),
}


def state_of(model):
    """Return all that training would change, and what the next draws come from."""
    optimizer = model.optimizer
    return {
        "built": model.built,
        "weights": model.get_weights() if model.built else [],
        "optimizer": [np.asarray(variable) for variable in optimizer.variables],
        "config": repr(optimizer.get_config()),
        "history": model.history,
        "python": __import__("random").getstate(),
        "numpy": repr(np.random.get_state()),
        "hornet": random.get_state(),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_model_and_all_that_is_drawn_stay_as_they_were(kind):
    hornet.utils.set_random_seed(1)
    model = KINDS[kind]()
    twin = copy.deepcopy(model)
    before = state_of(model)
    found = find_learning_rate(model, X, Y, rates=FEW)
    after = state_of(model)
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert jax.tree.all(jax.tree.map(np.array_equal, value, after[name])), name
    assert found.rates.tolist() == FEW
    histories = []
    for each in (model, twin):
        hornet.utils.set_random_seed(2)
        histories.append(each.fit(X, Y, epochs=2, verbose=0).history["loss"])
    assert histories[0] == histories[1]


@pytest.mark.parametrize("make", [lambda: stack(layers.Dense(4, "relu"), optimizer="adam"), of_user])
def test_a_point_of_the_curve_is_what_fit_does_with_that_rate(make):
    model = make()
    model.fit(X, Y, verbose=0)
    weights = np.linspace(0, 1, 70)
    found = find_learning_rate(model, X, Y, rates=FEW, seed=5, sample_weight=weights)
    again = [part[np.resize(np.arange(70), 102 * 32)] for part in (X, Y, weights)]
    for rate, loss in zip(found.rates, found.losses, strict=True):
        twin = copy.deepcopy(model)
        twin.optimizer.learning_rate = rate
        with random.seeded(5):
            settings = {"epochs": 3, "batch_size": 32, "steps_per_epoch": 34, "sample_weight": again[2]}
            history = twin.fit(*again[:2], verbose=0, **settings).history["loss"]
        assert loss == pytest.approx(history[-1], rel=1e-5)
        assert rate != FEW[0] or found.start == pytest.approx(history[0], rel=1e-5)


def test_the_same_seed_gives_the_same_curve_and_another_seed_another_order():
    model = stack(layers.Dense(4, "relu"))
    first, again, other = (find_learning_rate(model, X, Y, rates=FEW[:2], seed=seed).losses for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("rows", [1, 2, 40, 3000, 60_000])
def test_each_rate_makes_some_hundred_updates_whatever_the_number_of_rows(rows):
    rates = []

    class Counting(optimizers.SGD):
        """Tells the host of each update."""

        def update_one(self, gradient, weight, slots, rate):
            jax.debug.callback(lambda rate: rates.append(float(rate)), rate)
            return super().update_one(gradient, weight, slots, rate)

    model = hornet.Sequential([layers.Dense(1, use_bias=False, input_shape=(1,))])
    model.compile(loss="mse", optimizer=Counting())
    x = np.linspace(-1, 1, rows)[:, None]
    find_learning_rate(model, x, x[:, 0], rates=[0.5], batch_size=20)
    jax.effects_barrier()
    assert set(rates) == {0.5}
    assert 100 <= len(rates) <= 400


def test_all_rates_share_their_programs():
    model = stack(layers.Dense(5, "relu"), optimizer="nadam")
    find_learning_rate(model, X, Y, rates=FEW[:1])  # after which small programs of JAX's own are there
    counts = []
    for rates in (FEW[:1], None):
        counted = ProgramCount()
        find_learning_rate(model, X, Y, rates=rates)
        counts.append(counted())
    assert counts[0] == counts[1] > 0


# --- the rule -----------------------------------------------------------------------------------------------


def test_gradient_descent_on_a_parabola_gets_a_rate_below_the_one_at_which_it_diverges():
    """Steps along an eigenvector grow from 2 / its eigenvalue on: NumPy knows it."""
    for scale in (0.1, 30.0):
        x = X * scale
        model = hornet.Sequential([layers.Dense(1, use_bias=False, input_shape=(3,))])
        model.compile(loss="mse", optimizer="sgd")
        limit = 2 / np.linalg.eigvalsh(2 * x.T @ x / len(x)).max()
        found = find_learning_rate(model, x, x.sum(axis=1), batch_size=70)
        assert limit / 100 < found.suggestion < limit
        assert found.working.max() < limit
        assert (found.losses[found.rates > 3 * limit] > found.start).all()


@pytest.mark.parametrize(("scale", "unit"), [(1e5, 1.0), (1.0, 1e-4)])
def test_rates_go_further_down_and_up_where_the_loss_gets_better_there(scale, unit):
    x = np.abs(X) * scale
    model = hornet.Sequential([layers.Dense(1, input_shape=(3,))])
    model.compile(loss=losses.MeanSquaredError(), loss_weights=unit, optimizer="sgd")
    found = find_learning_rate(model, x, X.sum(axis=1))
    assert found.rates[0] < found.suggestion < found.rates[-1]
    assert found.losses.min() < 0.9 * found.start
    assert (found.suggestion < 2e-6) if scale > 1 else (found.suggestion > 10)


def curve(losses, start=1.0):
    return LearningRateCurve(10.0 ** np.arange(-len(losses), 0), np.array(losses), start)


NOISE = RNG.normal(0, 0.01, 8)
CURVES = {
    "a valley": [1.0, 0.9, 0.5, 0.3, 0.28, 0.9, 3.0, np.inf],
    "noisy": np.array([1.0, 1.0, 0.9, 0.5, 0.4, 0.42, 0.9, 5.0]) + NOISE,
    "one that works": [1.0, 1.0, 1.0, 0.1, np.inf, np.inf, np.inf, np.inf],
    "nothing to learn": [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.2, np.inf],
    "all worse": [1.1, 1.2, 1.3, 1.4, 2.0, 3.0, 4.0, np.inf],
}


@pytest.mark.parametrize("name", CURVES)
def test_the_suggestion_is_half_of_rates_that_work_in_any_unit_of_loss_and_rate(name):
    found = curve(CURVES[name])
    assert found.working[0] * 0.999 <= 2 * found.suggestion <= found.working[-1] * 1.001
    assert found.rates[np.argmin(found.losses)] in found.working
    rescaled = LearningRateCurve(found.rates * 7.0, found.losses * 3.0 - 2.0, 3.0 * found.start - 2.0)
    assert rescaled.suggestion == pytest.approx(7.0 * found.suggestion)
    beyond = LearningRateCurve(np.append(found.rates, [1.0, 3.0]), np.append(found.losses, [np.inf, 50.0]), 1.0)
    assert beyond.suggestion == found.suggestion
    assert np.isfinite(LearningRateCurve(found.rates, found.losses, np.inf).suggestion)


def test_a_rate_that_does_nearly_as_well_counts_and_others_do_not():
    assert curve([1.0, 0.3, 0.25, 0.2, 0.29]).suggestion == pytest.approx(10**-2.5 / 2)  # two within 0.08 of the best
    assert curve([1.0, 0.9, 0.9, 0.2, 0.9]).suggestion == pytest.approx(1e-2 / 2)


def test_a_noisy_label_and_a_handful_of_rows_get_a_finite_rate():
    for rows in (1, 7):
        found = find_learning_rate(stack(), X[:rows], RNG.normal(size=rows), batch_size=5)
        assert np.isfinite(found.suggestion)


# --- the picture, and bad input ---------------------------------------------------------------------------


def test_the_picture_shows_the_curve_and_the_suggestion():
    matplotlib.use("agg")
    found = curve(CURVES["a valley"])
    axes = found.plot()
    assert [line.get_label() for line in axes.lines] == ["loss", "diverged", f"suggestion: {found.suggestion:.2g}"]
    assert axes.get_xscale() == "log"
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), found.rates[:-1])
    assert axes.lines[0].get_ydata().max() < 2.0  # what nearly diverged does not flatten the rest
    assert found.plot(axes) is axes
    assert len(axes.lines) == 6


def test_what_it_cannot_do_is_said_before_anything_is_trained():
    model, counted = stack(), ProgramCount()
    several = optimizers.MultiOptimizer([(optimizers.SGD(), model.layers[-1])])
    for given, settings, message in [
        (hornet.Sequential([layers.Dense(1)]), {}, "`fit` was called before `compile`"),
        (stack(optimizer=several), {}, "`MultiOptimizer` has no learning rate of its own, or several. Compile"),
        (model, {"rates": []}, "`rates` is empty. Pass some learning rates"),
        (model, {"rates": [0.1, -1]}, "`rates` must be a finite number above 0, not -1"),
        (model, {"rates": 0.1}, "`rates` must be several learning rates, not 0.1"),
        (model, {"workers": 0}, "`workers` must be a positive integer, not 0"),
        (MLPRegressor(), {}, "must be a compiled model, not .*MLPRegressor.*learning_rate='auto'"),
    ]:
        with pytest.raises(ValueError, match=message):
            find_learning_rate(given, X, Y, **settings)
    assert counted() == 0


def test_a_loss_that_is_never_finite_is_an_error_that_says_what_to_look_for():
    with pytest.raises(ValueError, match=r"not finite at any learning rate, down to .* Scale the inputs and labels"):
        find_learning_rate(stack(), X, np.full(70, 3e38))
