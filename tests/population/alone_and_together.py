"""Models that are trained alone and in a population, and how far their predictions differ: the law's cases.

Each case trains two models that differ in widths, numbers, seeds, weights and rows. (L1 penalties are left out where
weights begin at zero: their slope there turns a rounding error into a step.)
"""

from functools import partial

import numpy as np

import hornet
from hornet import callbacks, constraints, layers, losses, optimizers, regularizers
from hornet.core.random import seeded
from hornet.population.member import Member
from hornet.population.population import Population
from hornet.training.fitting import plan_fit

ROWS, FEATURES = 72, 3
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, FEATURES))
Y = np.tanh(X.sum(axis=1, keepdims=True))
HELD_OUT = (RNG.normal(size=(20, FEATURES)), RNG.normal(size=(20, 1)))
FOLDS = (np.arange(32), np.arange(31, 63))  # two full batches
LONGER = (np.arange(40), np.arange(31, 71))  # and a short one


def dense(width, *between, activation="relu", **arguments):
    return [layers.Dense(width, activation, **arguments), *between]


def stack(*hidden):
    return hornet.Sequential([hornet.Input((FEATURES,)), *hidden, layers.Dense(1)])


def mlp(width, *between, **arguments):
    return stack(*dense(width, *between, **arguments), *dense(width + 1, **arguments))


def graph(width):
    inputs = hornet.Input((FEATURES,))
    hidden = layers.Dense(width, "tanh")(inputs)
    return hornet.Model(inputs, layers.Dense(1)(layers.Dropout(0.0)(hidden)))


def two_ways(width):
    inputs = hornet.Input((FEATURES,))
    hidden = layers.Dense(width, "tanh")(inputs)
    return hornet.Model(inputs, layers.Dense(1)(layers.concatenate([inputs, hidden])))


def adapted(width):
    scale = layers.Normalization()
    scale.adapt(X + width)
    return stack(scale, *dense(width))


def robust(width):
    scale = layers.RobustNormalization()
    scale.adapt(X**width)
    return stack(scale, *dense(width))


def embedded(width):
    scale = layers.QuantileNormalization(8)
    scale.adapt(X**width)
    bins = layers.NumericEmbedding("piecewise", 2, bins=4)
    bins.adapt(scale(X))
    return stack(scale, bins, layers.NumericEmbedding(frequencies=2, scale=width / 5), layers.Scale(), *dense(width))


def frozen(width):
    model = mlp(width)
    model.layers[0].trainable = False
    return model


L2 = regularizers.L2
KINDS = {
    "relu": mlp,
    "no hidden layer": lambda width: stack(),
    "tanh": partial(mlp, activation="tanh"),
    "sigmoid": partial(mlp, activation="sigmoid"),
    "softplus and gelu": lambda width: stack(*dense(width, activation="softplus"), *dense(width, activation="gelu")),
    "exponential": lambda width: stack(*dense(width, activation="exponential", kernel_initializer="he_normal")),
    "activation layer": lambda width: mlp(width, layers.Activation("sigmoid"), activation=None),
    "ReLU": lambda width: mlp(width, layers.ReLU(negative_slope=0.1), activation=None),
    "LeakyReLU": lambda width: mlp(width, layers.LeakyReLU(), activation=None),
    "ELU": lambda width: mlp(width, layers.ELU(), activation=None),
    "PReLU": lambda width: mlp(width, layers.PReLU("ones"), activation=None),
    "BatchNormalization": lambda width: mlp(width, layers.BatchNormalization()),
    "BatchNormalization alone": lambda width: mlp(
        width, layers.BatchNormalization(center=False, scale=False), layers.Activation("softplus"), activation=None
    ),
    "no bias": partial(mlp, use_bias=False),
    "penalties": lambda width: mlp(
        width,
        layers.ActivityRegularization(l1=0.001 * width),
        kernel_regularizer=L2(0.01 * width),
        bias_regularizer=regularizers.L1L2(0.0, 0.01),
        activity_regularizer="l2",
        activation="sigmoid",
    ),
    "constraints": partial(mlp, kernel_constraint=constraints.MaxNorm(0.5), bias_constraint="non_neg"),
    "unit norms": partial(mlp, kernel_constraint=constraints.UnitNorm(), activation="tanh"),
    "norms between": partial(mlp, kernel_constraint=constraints.MinMaxNorm(0.4, 0.6), activation="tanh"),
    "a graph": graph,
    "adapted": adapted,
    "RobustNormalization": robust,
    "embeddings": embedded,
    "frozen": frozen,
}
EXACT_WIDTHS = {
    "LayerNormalization": lambda width: mlp(width, layers.LayerNormalization()),
    "UnitNormalization": lambda width: mlp(width, layers.UnitNormalization()),
    "softmax inside": partial(mlp, activation="softmax"),
    "orthogonal": partial(mlp, kernel_regularizer=regularizers.OrthogonalRegularizer()),
    "two ways": two_ways,
}
OPTIMIZERS = {
    "SGD": lambda rate: optimizers.SGD(rate),
    "momentum": lambda rate: optimizers.SGD(rate, momentum=10 * rate, nesterov=True),
    "clipnorm": lambda rate: optimizers.SGD(rate, clipnorm=0.1),
    "global_clipnorm": lambda rate: optimizers.SGD(rate, global_clipnorm=0.1),
    "EMA": lambda rate: optimizers.SGD(rate, use_ema=True, ema_momentum=0.9),
    "accumulation": lambda rate: optimizers.SGD(rate, gradient_accumulation_steps=2),
    "schedule": lambda rate: optimizers.Adam(optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)),
    "RMSprop": lambda rate: optimizers.RMSprop(rate, centered=True, momentum=0.5),
    "Adam": lambda rate: optimizers.Adam(rate),
    "AMSGrad": lambda rate: optimizers.Adam(rate, amsgrad=True),
    "AdamW": lambda rate: optimizers.AdamW(rate, weight_decay=rate),
    "Adamax": lambda rate: optimizers.Adamax(rate),
    "Nadam": lambda rate: optimizers.Nadam(rate),
    "Adagrad": lambda rate: optimizers.Adagrad(rate),
    "Adadelta": lambda rate: optimizers.Adadelta(100 * rate),
    "Ftrl": lambda rate: optimizers.Ftrl(rate, l1_regularization_strength=0.001),
    "Lion": lambda rate: optimizers.Lion(rate / 10),
    "Lamb": lambda rate: optimizers.Lamb(rate),
}
EXACT_OPTIMIZERS = {
    "Adafactor": lambda rate: optimizers.Adafactor(rate),
    "Muon": lambda rate: optimizers.Muon(rate),
    "ScheduleFreeAdamW": lambda rate: optimizers.ScheduleFreeAdamW(rate),
}
CALLBACKS = {
    "EarlyStopping": lambda: [callbacks.EarlyStopping(patience=1, restore_best_weights=True)],
    "ReduceLROnPlateau": lambda: [callbacks.ReduceLROnPlateau(patience=0, min_delta=0.01)],
    "LearningRateScheduler": lambda: [callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9)],
    "TerminateOnNaN": lambda: [callbacks.TerminateOnNaN()],
}
WIDTHS = (3, 7)
RATES = (0.005, 0.02)
WITH_A_SHORT_BATCH = (mlp, KINDS["BatchNormalization"])

CASES = {
    **{f"layers: {name}": (build, OPTIMIZERS["SGD"], list) for name, build in {**KINDS, **EXACT_WIDTHS}.items()},
    **{
        f"optimizers: {name}": (partial(mlp, activation="tanh"), make, list)
        for name, make in {**OPTIMIZERS, **EXACT_OPTIMIZERS}.items()
    },
    **{f"callbacks: {name}": (mlp, OPTIMIZERS["Adam"], make) for name, make in CALLBACKS.items()},
    "one that diverges": (mlp, lambda rate: optimizers.SGD(1e20 if rate == RATES[1] else rate), list),
}


def compiled(build, optimizer, place):
    with seeded(place):
        model = build(WIDTHS[place])
    model.compile(loss=losses.Huber(0.5), optimizer=optimizer(RATES[place]), metrics=["mae"])
    return model


def compare(build, optimizer, make_callbacks, epochs):
    """Return the maximum difference, whether histories agree, and how many kinds of padded models there were."""
    options = {"epochs": epochs, "batch_size": 16, "validation_data": HELD_OUT if make_callbacks() else None}
    alone, members = [], []
    for place, rows in enumerate(LONGER if build in WITH_A_SHORT_BATCH else FOLDS):
        one, other = (compiled(build, optimizer, place) for _ in range(2))
        with seeded(place):
            one.fit(X[rows], Y[rows], verbose=0, callbacks=make_callbacks(), **options)
        with seeded(place):
            members.append(Member(other, plan_fit(other, X[rows], Y[rows], **options), make_callbacks()))
        alone.append(one)
    Population(workers=2).train(members)
    worst, same = 0.0, True
    for one, member in zip(alone, members, strict=True):
        if member.outcome.error is not None:
            raise member.outcome.error
        worst = max(worst, *map(difference, one.get_weights(), member.model.get_weights()))
        worst = max(worst, difference(one.predict(X, verbose=0), member.model.predict(X, verbose=0)))
        same &= one.history.epoch == member.outcome.history.epoch
        for name, values in one.history.history.items():
            worst = max(worst, difference(np.array(values), np.array(member.outcome.history.history[name])))
    return worst, same, len({id(member.bucket) for member in members})


def difference(one, other):
    """Return how far arrays differ, relative to the greatest element; infinite where they are not finite alike."""
    if not np.array_equal(np.isfinite(one), np.isfinite(other)):
        return float("inf")
    one, other = np.nan_to_num(one, posinf=0, neginf=0), np.nan_to_num(other, posinf=0, neginf=0)
    return float(np.abs(one - other).max(initial=0) / max(np.abs(one).max(initial=0), 1e-3))
