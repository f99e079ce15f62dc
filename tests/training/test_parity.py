"""From the same weights and the same order of rows, training goes where Keras's goes, step by step."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
import pytest
from tests.tables import instances

import hornet

STEPS, BATCH, FEATURES = 50, 16, 5
RTOL, ATOL = 1e-4, 1e-6  # the second for what passes through zero: weights and losses here are of the order of 1


def draw(rows: int, outputs: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs, and scores that depend on them, about normal."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, FEATURES)).astype("float32")
    scores = np.tanh(x @ rng.normal(size=(FEATURES, outputs))) + 0.3 * rng.normal(size=(rows, outputs))
    return x, scores.astype("float32")


# --- kinds of labels: scores -> labels --------------------------------------------------------------------


def numbers(scores):
    return scores


def positives(scores):
    return np.exp(scores) + 0.5


def counts(scores):
    return np.floor(2 * np.exp(scores))


def column(scores):
    return scores[:, 0]


def bits(scores):
    return (scores > 0).astype("float32")


def bit(scores):
    return (scores[:, 0] > 0).astype("int64")


def signs(scores):
    return np.where(scores > 0, 1.0, -1.0).astype("float32")


def classes(scores):
    return scores.argmax(axis=-1)


def one_hot(scores):
    return np.eye(scores.shape[-1], dtype="float32")[scores.argmax(axis=-1)]


def shares(scores):
    return np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)


# --- one job, done by either package ----------------------------------------------------------------------


@dataclass(frozen=True)
class Job:
    """A model, what it is compiled with and what it is fitted on, all as functions of the package."""

    loss: Callable[[Any], Any] = lambda losses: "mse"
    optimizer: Callable[[Any], Any] = lambda optimizers: optimizers.SGD(0.1)
    labels: Callable[[np.ndarray], np.ndarray] = numbers
    outputs: int = 3
    head: str | None = None
    hidden: Callable[[Any], list[Any]] = lambda layers: [layers.Dense(6, activation="tanh")]
    last: Callable[[Any], dict[str, Any]] = lambda package: {}
    compiled: dict[str, Any] = field(default_factory=dict)
    fit: Callable[[np.ndarray, np.ndarray], dict[str, Any]] = lambda x, y: {}
    rows: int = STEPS * BATCH
    epochs: int = 1

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        x, scores = draw(self.rows, self.outputs)
        return x, self.labels(scores)

    def model(self, package: Any) -> Any:
        layers = package.layers
        head = layers.Dense(self.outputs, activation=self.head, **self.last(package))
        model = package.Sequential([layers.Input(shape=(FEATURES,)), *self.hidden(layers), head])
        model.compile(optimizer=self.optimizer(package.optimizers), loss=self.loss(package.losses), **self.compiled)
        return model

    def start(self) -> list[np.ndarray]:
        """Return initial weights, drawn here so that both packages get the same."""
        rng = np.random.default_rng(2)
        given = self.model(hornet).get_weights()
        return [one if one.ndim < 2 else rng.normal(0, 0.5, one.shape).astype("float32") for one in given]


@dataclass
class Run:
    """What a run left behind.

    Args:
        model: The model, where it is ours.
        batches: Logs of each batch.
        history: Logs of each epoch, by name.
        weights: The weights in the end.
        asked: What a test asked the model then.
    """

    model: Any
    batches: list[dict[str, float]]
    history: dict[str, list[float]]
    weights: list[np.ndarray]
    asked: np.ndarray

    def arrays(self) -> list[np.ndarray]:
        """Return all but the model, for the file of answers."""
        names = [np.array(list(logs), "U") for logs in (self.batches[0], self.history)]
        batches = np.array([list(logs.values()) for logs in self.batches], "float32")
        history = np.array(list(self.history.values()), "float32")
        return [*names, batches, history, self.asked, *self.weights]

    @classmethod
    def of_arrays(cls, arrays: list[np.ndarray]) -> "Run":
        names, rows, batches, history, asked, *weights = arrays
        logs = [dict(zip(names.tolist(), values, strict=True)) for values in batches]
        return cls(None, logs, dict(zip(rows.tolist(), history, strict=True)), weights, asked)


def ask_nothing(model: Any) -> list[float]:
    return []


def run(package: Any, job: Job, start: list[np.ndarray], ask: Any = ask_nothing, **arguments: Any) -> Run:
    batches: list[dict[str, float]] = []

    class Follower(package.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            batches.append(dict(logs))

    model = job.model(package)
    model.set_weights(start)
    x, y = job.data()
    arguments = {"x": x, "y": y, "batch_size": BATCH, "epochs": job.epochs, "shuffle": False, "verbose": 0} | (
        job.fit(x, y) | arguments
    )
    history = model.fit(**arguments, callbacks=[Follower()])
    return Run(model, batches, history.history, weights_of(model), np.array(ask(model), "float32"))


def run_keras(oracle: Any, *args: Any, name: str = "run", **arguments: Any) -> Run:
    """Return Keras's run, computed or kept."""
    return Run.of_arrays(oracle(name, lambda: run(keras, *args, **arguments).arrays()))


def weights_of(model: Any) -> list[np.ndarray]:
    return [np.asarray(one.value) for one in model.weights]  # Keras's own `get_weights` warns under NumPy 2


def same(got: Any, expected: Any, what: str) -> None:
    np.testing.assert_allclose(got, expected, rtol=RTOL, atol=ATOL, err_msg=what)


def differs(one: Any, other: Any) -> bool:
    """Return whether two arrays are a hundred times further apart than `same` lets pass."""
    return bool((np.abs(np.subtract(one, other)) > 100 * (RTOL * np.abs(other) + ATOL)).any())


def follow(job: Job, oracle: Any, free: tuple[int, ...] = (), ask: Any = ask_nothing) -> tuple[Run, Run]:
    """Run a job in both packages and compare losses of every step, history and weights.

    Args:
        job: The job.
        oracle: Where Keras's answers are.
        free: Numbers of the weights whose true gradient is zero, so that they drift on rounding errors alone.
        ask: What each model is asked after training.
    """
    start = job.start()
    theirs, ours = run_keras(oracle, job, start, ask), run(hornet, job, start, ask)
    assert len(ours.batches) == len(theirs.batches) >= STEPS
    for step, (got, expected) in enumerate(zip(ours.batches, theirs.batches, strict=True)):
        assert list(got) == list(expected)
        same(list(got.values()), list(expected.values()), f"step {step}: {list(expected)}")
    assert list(ours.history) == list(theirs.history)
    for name, values in theirs.history.items():
        same(ours.history[name], values, name)
    for number, (got, expected, before) in enumerate(zip(ours.weights, theirs.weights, start, strict=True)):
        if number not in free:
            assert differs(expected, before), f"Keras left weight {number} where it was"
            same(got, expected, f"weight {number}")
    same(ours.asked, theirs.asked, "asked")
    return ours, theirs


# --- every loss -------------------------------------------------------------------------------------------

LOSSES = {
    "mse": Job(lambda losses: losses.MeanSquaredError()),
    "mse of one column": Job(lambda losses: "mse", labels=column, outputs=1),
    "mae": Job(lambda losses: losses.MeanAbsoluteError()),
    "mape": Job(
        lambda losses: losses.MeanAbsolutePercentageError(), lambda optimizers: optimizers.SGD(1e-3), labels=positives
    ),
    "msle": Job(lambda losses: losses.MeanSquaredLogarithmicError(), labels=positives, head="softplus"),
    "huber": Job(lambda losses: losses.Huber()),
    "huber 0.3": Job(lambda losses: losses.Huber(delta=0.3)),
    "log cosh": Job(lambda losses: losses.LogCosh()),
    "cosine": Job(lambda losses: losses.CosineSimilarity()),
    "binary": Job(lambda losses: losses.BinaryCrossentropy(), labels=bits, head="sigmoid"),
    "binary of one unit": Job(lambda losses: "binary_crossentropy", labels=bit, outputs=1, head="sigmoid"),
    "binary logits": Job(lambda losses: losses.BinaryCrossentropy(from_logits=True), labels=bits),
    "binary smoothed": Job(lambda losses: losses.BinaryCrossentropy(label_smoothing=0.2), labels=bits, head="sigmoid"),
    "binary logits smoothed": Job(
        lambda losses: losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2), labels=bits
    ),
    "categorical": Job(lambda losses: losses.CategoricalCrossentropy(), labels=one_hot, head="softmax"),
    "categorical logits": Job(lambda losses: losses.CategoricalCrossentropy(from_logits=True), labels=one_hot),
    "categorical smoothed": Job(
        lambda losses: losses.CategoricalCrossentropy(label_smoothing=0.2), labels=one_hot, head="softmax"
    ),
    "categorical logits smoothed": Job(
        lambda losses: losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2), labels=one_hot
    ),
    "sparse": Job(lambda losses: losses.SparseCategoricalCrossentropy(), labels=classes, head="softmax"),
    "sparse logits": Job(lambda losses: losses.SparseCategoricalCrossentropy(from_logits=True), labels=classes),
    "hinge": Job(lambda losses: losses.Hinge(), labels=signs),
    "hinge of bits": Job(lambda losses: losses.Hinge(), labels=bits),
    "squared hinge": Job(lambda losses: losses.SquaredHinge(), labels=signs, head="tanh"),
    "categorical hinge": Job(lambda losses: losses.CategoricalHinge(), labels=one_hot),
    "kl": Job(lambda losses: losses.KLDivergence(), labels=shares, head="softmax"),
    "poisson": Job(lambda losses: losses.Poisson(), labels=counts, head="softplus"),
    "binary focal": Job(lambda losses: losses.BinaryFocalCrossentropy(), labels=bits, head="sigmoid"),
    "categorical focal": Job(lambda losses: losses.CategoricalFocalCrossentropy(), labels=one_hot, head="softmax"),
    "categorical generalized": Job(
        lambda losses: losses.CategoricalGeneralizedCrossEntropy(q=0.3), labels=classes, head="softmax"
    ),
    "dice": Job(lambda losses: losses.Dice(), labels=bits, head="sigmoid"),
    "tversky": Job(lambda losses: losses.Tversky(0.3, 0.3), labels=bits, head="sigmoid"),
    "circle": Job(lambda losses: losses.Circle(gamma=2.0), labels=classes),
}


@instances("name", LOSSES, class_of=lambda name: type(hornet.losses.get(LOSSES[name].loss(hornet.losses))))
def test_losses(name, oracle):
    follow(LOSSES[name], oracle)


def test_every_loss_of_both_packages_is_in_the_table():
    ours = {name for name, one in vars(hornet.losses).items() if _is_loss(one, hornet.losses.Loss)}
    tested = {type(made).__name__ for made in (job.loss(hornet.losses) for job in LOSSES.values())}
    theirs = {name for name, one in vars(keras.losses).items() if _is_loss(one, keras.losses.Loss)}
    assert (ours & theirs) - {"Loss", "LossFunctionWrapper"} == tested - {"str"}


def _is_loss(one: Any, base: type) -> bool:
    return inspect.isclass(one) and issubclass(one, base)


# --- every setting of every optimizer ---------------------------------------------------------------------

OPTIMIZERS = {
    "sgd": lambda o: o.SGD(0.1),
    "sgd momentum": lambda o: o.SGD(0.05, momentum=0.9),
    "sgd nesterov": lambda o: o.SGD(0.05, momentum=0.9, nesterov=True),
    "sgd decay": lambda o: o.SGD(0.1, weight_decay=0.05),
    "sgd clipnorm": lambda o: o.SGD(0.2, clipnorm=0.1),
    "sgd clipvalue": lambda o: o.SGD(0.5, clipvalue=0.02),
    "sgd global_clipnorm": lambda o: o.SGD(0.2, global_clipnorm=0.2),
    "sgd nesterov decay clipnorm": lambda o: o.SGD(0.1, 0.8, nesterov=True, weight_decay=0.02, clipnorm=0.2),
    "adam": lambda o: o.Adam(0.01),
    "adam betas": lambda o: o.Adam(0.01, beta_1=0.7, beta_2=0.95, epsilon=1e-3),
    "adam amsgrad": lambda o: o.Adam(0.02, beta_2=0.8, amsgrad=True),
    "adam decay": lambda o: o.Adam(0.01, weight_decay=0.5),
    "adam clipnorm": lambda o: o.Adam(0.01, clipnorm=0.05, epsilon=0.01),
    "adam global_clipnorm decay": lambda o: o.Adam(0.01, global_clipnorm=0.1, epsilon=0.01, weight_decay=0.1),
    "rmsprop": lambda o: o.RMSprop(0.005),
    "rmsprop rho": lambda o: o.RMSprop(0.005, rho=0.5, epsilon=1e-3),
    "rmsprop centered": lambda o: o.RMSprop(0.005, centered=True),
    "rmsprop momentum": lambda o: o.RMSprop(0.002, momentum=0.8),
    "rmsprop centered momentum decay clipvalue": lambda o: o.RMSprop(
        0.002, momentum=0.8, centered=True, weight_decay=0.1, clipvalue=0.1
    ),
}


def kind_of(optimizer):
    return type(OPTIMIZERS[optimizer](hornet.optimizers))


@instances("name", OPTIMIZERS, class_of=kind_of)
def test_optimizers(name, oracle):
    ours, _ = follow(Job(optimizer=OPTIMIZERS[name]), oracle)
    assert int(ours.model.optimizer.iterations) == STEPS


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["sgd", "sgd momentum", "sgd decay"], id="some"),
        pytest.param(list(OPTIMIZERS), id="all", marks=pytest.mark.full),
    ],
)
def test_every_number_of_an_optimizer_matters(names):
    """The table would not see a setting that changes nothing, so no two of its rows may end in the same weights."""
    job = Job()
    start, ends = job.start(), {}
    for name in names:
        optimizer = OPTIMIZERS[name]
        ends[name] = np.concatenate(
            [one.ravel() for one in run(hornet, replace(job, optimizer=optimizer), start).weights]
        )
    for name, end in ends.items():
        for other, its_end in ends.items():
            assert name == other or differs(end, its_end), (name, other)


# --- layers, penalties, constraints -----------------------------------------------------------------------


def normalised(layers, use_bias=True, **arguments):
    normalise = layers.BatchNormalization(momentum=0.9, **arguments)
    return [layers.Dense(6, use_bias=use_bias), normalise, layers.Activation("relu")]


ODD = (STEPS - 1) * BATCH + 5  # rows whose last batch is short

LAYERS = {
    "batch norm": (Job(hidden=normalised, rows=ODD), (1,)),
    "batch norm, adam": (
        Job(hidden=lambda layers: normalised(layers, use_bias=False), optimizer=lambda o: o.Adam(0.01)),
        (),
    ),
    "batch norm without scale": (Job(hidden=lambda layers: normalised(layers, scale=False)), (1,)),
    "batch norm without centre": (Job(hidden=lambda layers: normalised(layers, center=False, epsilon=0.1)), (1,)),
    "batch norm first": (
        Job(hidden=lambda layers: [layers.BatchNormalization(momentum=0.9), layers.Dense(6, "relu")]),
        (),
    ),
    "flatten, no bias, dropout of nothing": (
        Job(
            hidden=lambda layers: [
                layers.Flatten(),
                layers.Dense(7, "selu", use_bias=False),
                layers.Dropout(0.0),
                layers.Dense(6, "gelu"),
            ]
        ),
        (),
    ),
    "three epochs": (Job(rows=20 * BATCH + 3, epochs=3, optimizer=lambda o: o.SGD(0.1, momentum=0.5)), ()),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, oracle):
    job, free = LAYERS[name]
    follow(job, oracle, free)


def test_moving_statistics_are_compared():
    ours, theirs = (package.layers.BatchNormalization() for package in (hornet, keras))
    for layer in (ours, theirs):
        layer.build((None, 3))
    names = ["gamma", "beta", "moving_mean", "moving_variance"]
    assert [one.name for one in ours.weights] == [one.name for one in theirs.weights] == names


PENALTIES = {
    "l1 on the kernel": lambda package: {"kernel_regularizer": package.regularizers.L1(0.01)},
    "l2 on the kernel": lambda package: {"kernel_regularizer": package.regularizers.L2(0.05)},
    "l1 and l2 on the bias": lambda package: {"bias_regularizer": package.regularizers.L1L2(0.02, 0.05)},
    "l2 by name": lambda package: {"kernel_regularizer": "l2"},
    "l2 on the activity": lambda package: {"activity_regularizer": package.regularizers.L2(0.05)},
    "orthogonality": lambda package: {"kernel_regularizer": package.regularizers.OrthogonalRegularizer(0.05)},
    "all": lambda package: {
        "kernel_regularizer": package.regularizers.L1(0.01),
        "bias_regularizer": package.regularizers.L2(0.05),
        "activity_regularizer": package.regularizers.L1(0.01),
    },
    "max norm": lambda package: {"kernel_constraint": package.constraints.MaxNorm(0.7)},
    "unit norm": lambda package: {"kernel_constraint": package.constraints.UnitNorm()},
    "non-negative": lambda package: {"kernel_constraint": "non_neg", "bias_constraint": "non_neg"},
    "norm between": lambda package: {"kernel_constraint": package.constraints.MinMaxNorm(0.5, 0.8, rate=0.5)},
}


@instances("name", PENALTIES, class_of=lambda name: tuple(PENALTIES[name](hornet)))
def test_penalties_and_constraints(name, oracle):
    """Penalties are part of the losses in training and in evaluation; constraints hold after each update."""
    job = Job(last=PENALTIES[name])
    x, y = job.data()
    ours, _ = follow(job, oracle, ask=lambda model: model.evaluate(x[:30], y[:30], verbose=0))
    free = run(hornet, replace(job, last=lambda package: {}), job.start())
    assert any(differs(*pair) for pair in zip(ours.weights, free.weights, strict=True)), "it changed nothing"


# --- weights of rows, metrics, validation -----------------------------------------------------------------

SCORED = Job(
    lambda losses: "sparse_categorical_crossentropy", labels=classes, head="softmax", compiled={"metrics": ["accuracy"]}
)
WEIGHED = replace(
    SCORED, compiled={"metrics": ["accuracy"], "weighted_metrics": ["accuracy", "sparse_categorical_crossentropy"]}
)


def importance(x: np.ndarray) -> np.ndarray:
    return np.abs(x[:, 0]) + 0.1


CLASS_WEIGHT = {0: 0.3, 1: 2.0, 2: 1.5}
HELD_OUT = draw(70, 3, seed=5)
HELD_OUT = (HELD_OUT[0], classes(HELD_OUT[1]))

WEIGHTS = {
    "sample_weight": replace(WEIGHED, fit=lambda x, y: {"sample_weight": importance(x)}),
    "class_weight": replace(WEIGHED, fit=lambda x, y: {"class_weight": CLASS_WEIGHT}),
    "class_weight of some": replace(WEIGHED, fit=lambda x, y: {"class_weight": {1: 3.0}}),
    "class_weight of one-hot labels": replace(
        WEIGHED,
        loss=lambda losses: "categorical_crossentropy",
        labels=one_hot,
        compiled={"metrics": ["acc"], "weighted_metrics": ["categorical_accuracy"]},
        fit=lambda x, y: {"class_weight": CLASS_WEIGHT},
    ),
    "loss_weights": replace(SCORED, compiled={"loss_weights": [0.25], "metrics": ["accuracy"]}),
    "loss_weights and penalties": replace(
        SCORED,
        compiled={"loss_weights": 0.25},
        last=lambda package: {"kernel_regularizer": package.regularizers.L2(0.05)},
    ),
    "many metrics": replace(
        SCORED, compiled={"metrics": ["acc", "sparse_top_k_categorical_accuracy", "sparse_categorical_crossentropy"]}
    ),
    "metrics of numbers": Job(compiled={"metrics": ["mae", "mse", "mape", "cosine_similarity"]}, labels=positives),
    "validation_data": replace(WEIGHED, fit=lambda x, y: {"validation_data": HELD_OUT}),
    "validation_data weighted": replace(
        WEIGHED,
        fit=lambda x, y: {"validation_data": (*HELD_OUT, importance(HELD_OUT[0])), "sample_weight": importance(x)},
    ),
    "validation_data, class_weight": replace(
        WEIGHED, fit=lambda x, y: {"validation_data": HELD_OUT, "class_weight": CLASS_WEIGHT}
    ),
    "validation_split": replace(WEIGHED, rows=1001, fit=lambda x, y: {"validation_split": 0.2}),
    "validation_split, sample_weight": replace(
        WEIGHED, rows=1001, fit=lambda x, y: {"validation_split": 0.2, "sample_weight": importance(x)}
    ),
    "validation_split, class_weight": replace(
        WEIGHED, rows=1001, fit=lambda x, y: {"validation_split": 0.2, "class_weight": CLASS_WEIGHT}
    ),
    "validation of some batches": replace(
        WEIGHED,
        rows=1001,
        epochs=2,
        fit=lambda x, y: {"validation_split": 0.2, "validation_batch_size": 50, "validation_steps": 3},
    ),
}


def what_is_weighed(name):
    job = WEIGHTS[name]
    return job.labels, *job.fit(*job.data()), *job.compiled


@instances("name", WEIGHTS, class_of=what_is_weighed)
def test_weights_metrics_and_validation(name, oracle):
    follow(WEIGHTS[name], oracle)


@pytest.mark.filterwarnings("ignore:`class_weight` has no effect")
def test_sample_weight_supersedes_class_weight(oracle):
    """As the chapter has it; Keras 3 refuses the two together."""
    start, (x, _) = WEIGHED.start(), WEIGHED.data()
    theirs = run_keras(oracle, WEIGHED, start, sample_weight=importance(x))
    ours = run(hornet, WEIGHED, start, sample_weight=importance(x), class_weight=CLASS_WEIGHT)
    for name, values in theirs.history.items():
        same(ours.history[name], values, name)
    for number, (got, expected) in enumerate(zip(ours.weights, theirs.weights, strict=True)):
        same(got, expected, f"weight {number}")


def test_evaluate_without_metrics_returns_a_number(oracle):
    job = replace(SCORED, compiled={})
    x, y = job.data()

    def evaluate(package):
        model = job.model(package)
        model.set_weights(job.start())
        return model.evaluate(x[:20], y[:20], verbose=0)

    found = evaluate(hornet)
    assert np.ndim(found) == 0
    same(found, *oracle("loss", lambda: evaluate(keras)), "evaluate")


EVALUATIONS = {
    "all rows": lambda x: {},
    "batches of 10, weighted": lambda x: {"batch_size": 10, "sample_weight": importance(x)},
    "3 batches": lambda x: {"batch_size": 10, "steps": 3},
    "by name": lambda x: {"return_dict": True},
}


def test_evaluate_with_metrics(oracle):
    """The list is in the order of `compile`, the loss first; the dict is sorted by name."""
    compiled = {
        "metrics": ["sparse_top_k_categorical_accuracy", "accuracy"],
        "weighted_metrics": ["sparse_categorical_crossentropy"],
    }
    job = replace(SCORED, compiled=compiled, outputs=8, last=PENALTIES["l2 by name"])
    x, y = job.data()
    x, y = x[:77], y[:77]

    def evaluate(package):
        model = job.model(package)
        model.set_weights(job.start())
        found = [model.evaluate(x, y, verbose=0, **arguments(x)) for arguments in EVALUATIONS.values()]
        by_name = found[-1]
        names = np.array(list(by_name), "U")
        return [*map(np.array, found[:-1]), np.array(list(by_name.values())), names, model.predict(x, verbose=0)]

    *found, names, outputs = evaluate(hornet)
    *expected, their_names, their_outputs = oracle("found", lambda: evaluate(keras))
    np.testing.assert_array_equal(names, their_names)
    for name, got, other in zip(EVALUATIONS, found, expected, strict=True):
        same(got, other, name)
    first, weighted, some, _ = found
    assert len(first) == 4
    assert all(differs(one, other) for at, one in enumerate(first) for other in first[:at]), "an order nobody could see"
    assert differs(first, weighted)
    assert differs(first, some)
    same(outputs, their_outputs, "predict")


def test_one_batch_at_a_time(oracle):
    """`train_on_batch` and `test_on_batch` return what Keras's return, call after call."""
    job = replace(SCORED, compiled={"metrics": ["accuracy"], "weighted_metrics": ["sparse_categorical_crossentropy"]})
    start, (x, y) = job.start(), job.data()

    def walk(package):
        model = job.model(package)
        model.set_weights(start)
        calls = []
        for begin in range(0, 6 * BATCH, BATCH):
            rows = slice(begin, begin + BATCH)
            calls.append(model.train_on_batch(x[rows], y[rows]))
            calls.append(model.train_on_batch(x[rows], y[rows], sample_weight=importance(x[rows])))
            calls.append(model.train_on_batch(x[rows], y[rows], class_weight=CLASS_WEIGHT))
            calls.append(model.test_on_batch(x[rows], y[rows]))
            calls.append(model.test_on_batch(x[rows], y[rows], sample_weight=importance(x[rows])))
        named = model.train_on_batch(x[:BATCH], y[:BATCH], return_dict=True)
        names, values = np.array(list(named), "U"), np.array(list(named.values()))
        return [names, np.array(calls), values, model.predict_on_batch(x[:7]), *weights_of(model)]

    (our_names, *ours), (their_names, *theirs) = walk(hornet), oracle("walk", lambda: walk(keras))
    np.testing.assert_array_equal(our_names, their_names)
    for number, (got, expected) in enumerate(zip(ours, theirs, strict=True)):
        same(got, expected, ["calls", "return_dict", "predict_on_batch", "weights"][min(number, 3)])


def test_learning_rate_assigned_between_epochs(oracle):
    start, (x, y) = Job().start(), Job().data()

    def train(package):
        model = Job(optimizer=lambda o: o.Adam(0.01)).model(package)
        model.set_weights(start)
        model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0)
        model.optimizer.learning_rate = 0.002
        assert float(model.optimizer.learning_rate) == pytest.approx(0.002)
        model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0)
        return weights_of(model)

    for got, expected in zip(train(hornet), oracle("weights", lambda: train(keras)), strict=True):
        same(got, expected, "weights")


def test_frozen_layers(oracle):
    job = Job(hidden=normalised, optimizer=lambda o: o.SGD(0.1, momentum=0.9))
    start, (x, y) = job.start(), job.data()

    def train(package):
        model = job.model(package)
        model.set_weights(start)
        model.layers[0].trainable = False
        model.layers[1].trainable = False
        model.compile(optimizer=job.optimizer(package.optimizers), loss="mse")
        history = model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0)
        return [np.array(history.history["loss"]), *weights_of(model)]

    ours = train(hornet)
    for number, (got, expected) in enumerate(zip(ours, oracle("frozen", lambda: train(keras)), strict=True)):
        same(got, expected, f"loss or weight {number - 1}")
    assert all((now == before).all() for now, before in zip(ours[1:7], start[:6], strict=True))
