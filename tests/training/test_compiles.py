"""What compiles anew and what does not, and how many programs an epoch starts."""

import numpy as np
import pytest
from tests.costs import ProgramCount

from hornet import (
    Model,
    Sequential,
    activations,
    callbacks,
    constraints,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
)
from hornet.training.data.placement import padded_rows
from hornet.training.pace import Pace
from hornet.training.program_cache import SHARED, ProgramCache
from hornet.training.trainer import Trainer
from hornet.utils import clear_session

ROWS, HELD_OUT, BATCH = 1000, 300, 16


@pytest.fixture
def compiles():
    """Return a function that says how many programs a call compiled."""

    def count(call, *arguments, **keywords):
        programs = ProgramCount()
        call(*arguments, **keywords)
        return programs()

    return count


def data(rows, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 3)).astype("float32")
    return x, np.tanh(x.sum(axis=1, keepdims=True))


def build(units=7, activation="tanh", rate=0.2, middle=None, last=None, name=None, **dense):
    dense = {"kernel_regularizer": regularizers.L2(0.01)} | dense
    hidden = layers.Dense(units, activation, input_shape=(3,), **dense)
    return Sequential([hidden, middle or layers.Dropout(rate), last or layers.Dense(1)], name=name)


def compiled(model, optimizer=None, loss="mse", **arguments):
    optimizer = optimizer or optimizers.SGD(0.01, momentum=0.9)
    model.compile(optimizer=optimizer, loss=loss, **{"metrics": ["mae"]} | arguments)
    return model


def fit(model, rows=ROWS, held_out=HELD_OUT, epochs=2, batch_size=BATCH, **arguments):
    validation = data(held_out, seed=1) if held_out else None
    arguments = {"batch_size": batch_size, "epochs": epochs, "validation_data": validation} | arguments
    return model.fit(*data(rows), verbose=0, **arguments)


@pytest.fixture(scope="module")
def model():
    """A model that was trained, validated and asked once, so that its programs are there."""
    model = compiled(build())
    fit(model)
    model.predict(data(ROWS)[0], verbose=0)
    model.set_weights(model.get_weights())
    return model


# --- what compiles nothing --------------------------------------------------------------------------------


class Watcher(callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass

    def on_test_batch_end(self, batch, logs=None):
        pass


class Halve(callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.model.optimizer.learning_rate *= 0.5


def assign(model, **numbers):
    for name, value in numbers.items():
        setattr(model.optimizer, name, value)
    return model


def replaced(model):
    model.set_weights([one + 1 for one in model.get_weights()])
    return model


NOTHING_NEW = {
    "a second fit": lambda model: fit(model),
    "other epochs": lambda model: fit(model, epochs=5),
    "initial_epoch": lambda model: fit(model, epochs=3, initial_epoch=2),
    "without validation": lambda model: fit(model, held_out=0),
    "without shuffling": lambda model: fit(model, shuffle=False),
    "a callback with batch hooks": lambda model: fit(model, callbacks=[Watcher()]),
    "steps_per_epoch": lambda model: fit(model, steps_per_epoch=4),
    "validation_steps": lambda model: fit(model, validation_steps=2),
    "an assigned learning rate": lambda model: fit(assign(model, learning_rate=0.003)),
    "an assigned momentum": lambda model: fit(assign(model, momentum=0.5)),
    "a learning rate for each epoch": lambda model: fit(model, callbacks=[Halve()]),
    "new weights": lambda model: fit(replaced(model)),
    "compiled again": lambda model: fit(compiled(model)),
    "compiled with another learning rate": lambda model: fit(compiled(model, optimizers.SGD(0.1, momentum=0.9))),
    "compiled with another momentum": lambda model: fit(compiled(model, optimizers.SGD(0.1, momentum=0.2))),
    "compiled with steps_per_execution": lambda model: fit(
        compiled(model, steps_per_execution=9), callbacks=[Watcher()]
    ),
    "compiled with an object for a name": lambda model: fit(compiled(model, loss=losses.MeanSquaredError())),
    "a rebuilt model": lambda model: fit(compiled(build())),
    "a rebuilt model of another name": lambda model: fit(compiled(build(name="other"))),
    "another initializer": lambda model: fit(compiled(build(kernel_initializer="he_normal"))),
    "another dropout rate": lambda model: fit(compiled(build(rate=0.5))),
    "another penalty": lambda model: fit(compiled(build(kernel_regularizer=regularizers.L2(0.5)))),
    "other training rows": lambda model: fit(model, rows=ROWS + BATCH),
    "other validation rows": lambda model: fit(model, held_out=HELD_OUT + BATCH),
    "evaluate": lambda model: model.evaluate(*data(HELD_OUT, seed=6), batch_size=BATCH, verbose=0),
    "predict again": lambda model: model.predict(data(ROWS, seed=5)[0], verbose=0),
    "predict after training": lambda model: (fit(model), model.predict(data(ROWS, seed=5)[0], verbose=0)),
    "predict with a rebuilt model": lambda model: build().predict(data(ROWS)[0], verbose=0),
}


@pytest.mark.parametrize("name", NOTHING_NEW)
def test_compiles_nothing(name, model, compiles):
    assert compiles(NOTHING_NEW[name], model) == 0


@pytest.mark.parametrize(("rows", "other"), [(ROWS, ROWS + BATCH), (HELD_OUT, HELD_OUT + BATCH)])
def test_the_table_has_lengths_that_share_programs(rows, other):
    assert padded_rows(rows) == padded_rows(other)
    assert rows % BATCH == other % BATCH != 0


# --- what must compile, so that nobody trains with somebody else's program --------------------------------


def steeper(x):
    return activations.tanh(2 * x)


class Doubled(losses.Loss):
    def call(self, y_true, y_pred):
        return 2 * abs(y_true - y_pred)


VARIANTS = {
    "activation": lambda: compiled(build(activation="elu")),
    "a function as activation": lambda: compiled(build(activation=steeper)),
    "L1": lambda: compiled(build(kernel_regularizer=regularizers.L1(0.01))),
    "penalty on the bias": lambda: compiled(build(bias_regularizer="l2")),
    "penalty on the activity": lambda: compiled(build(activity_regularizer="l2")),
    "constraint": lambda: compiled(build(kernel_constraint=constraints.MaxNorm(0.5))),
    "constraint's number": lambda: compiled(build(kernel_constraint=constraints.MaxNorm(0.2))),
    "batch normalization's momentum": lambda: compiled(build(middle=layers.BatchNormalization(momentum=0.5))),
    "batch normalization's epsilon": lambda: compiled(build(middle=layers.BatchNormalization(epsilon=0.5))),
    "frozen": lambda: compiled(_frozen(build(rate=0.0))),
    "loss": lambda: compiled(build(), loss="mae"),
    "huber's delta": lambda: compiled(build(), loss=losses.Huber(delta=0.1)),
    "own loss": lambda: compiled(build(), loss=Doubled()),
    "a function as loss": lambda: compiled(build(), loss=lambda y_true, y_pred: abs(y_true - y_pred) ** 3),
    "reduction": lambda: compiled(build(), loss=losses.MeanSquaredError(reduction="sum")),
    "loss_weights": lambda: compiled(build(), loss_weights=0.1),
    "other loss_weights": lambda: compiled(build(), loss_weights=0.2),
    "metrics": lambda: compiled(build(), metrics=["mse"]),
    "weighted_metrics": lambda: compiled(build(), metrics=[], weighted_metrics=["mae"]),
    "metric's number": lambda: compiled(build(), metrics=[metrics.BinaryAccuracy(threshold=0.2)]),
    "metric's other number": lambda: compiled(build(), metrics=[metrics.BinaryAccuracy(threshold=-0.2)]),
    "no momentum": lambda: compiled(build(), optimizers.SGD(0.01)),
    "nesterov": lambda: compiled(build(), optimizers.SGD(0.01, momentum=0.9, nesterov=True)),
    "weight decay": lambda: compiled(build(), optimizers.SGD(0.01, momentum=0.9, weight_decay=0.5)),
    "clipnorm": lambda: compiled(build(), optimizers.SGD(0.01, momentum=0.9, clipnorm=0.01)),
    "clipvalue": lambda: compiled(build(), optimizers.SGD(0.01, momentum=0.9, clipvalue=0.01)),
    "adam": lambda: compiled(build(), optimizers.Adam(0.01)),
    "amsgrad": lambda: compiled(build(), optimizers.Adam(0.01, amsgrad=True, beta_2=0.5)),
}


def _frozen(model):
    model.layers[0].trainable = False
    return model


@pytest.mark.parametrize("name", VARIANTS)
def test_every_model_gets_its_own_program(name, model, compiles):
    """Each differs from the models before it in what a program is made of."""
    assert compiles(fit, VARIANTS[name](), held_out=0, epochs=1, batch_size=20) >= 1


@pytest.mark.parametrize("change", ["assigned", "rebuilt"])
def test_numbers_reach_programs_that_are_there(change, model, compiles):
    """A dropout rate of 1 and a penalty of 0 leave the first kernel without a gradient; both are arguments."""
    start = model.get_weights()
    numb = (
        compiled(build(rate=1.0, kernel_regularizer=regularizers.L2(0.0))) if change == "rebuilt" else compiled(model)
    )
    if change == "assigned":
        numb.layers[1].rate, numb.layers[0].kernel_regularizer.l2 = 1.0, 0.0
    numb.set_weights(start)
    assert compiles(fit, numb) == 0
    end = numb.get_weights()
    assert (end[0] == start[0]).all()
    assert (end[3] != start[3]).all(), "the last bias learns all the same"
    if change == "assigned":
        numb.layers[1].rate, numb.layers[0].kernel_regularizer.l2 = 0.2, 0.01
        fit(numb)
        assert (numb.get_weights()[0] != start[0]).any()


def freeze(model):
    model.layers[1].trainable = False


def shorten(model):
    model.pop()


def lengthen(model):
    model.add(layers.Dense(1, activation="exponential"))


def sharpen(model):
    model.layers[0].activation = steeper


def turn_around(model):
    model.optimizer.nesterov = True


def untouched(eagerly=False):
    last = layers.Dense(1, kernel_initializer="ones")
    middle = layers.BatchNormalization(momentum=0.5)
    return compiled(build(11, middle=middle, last=last, kernel_initializer="ones"), run_eagerly=eagerly)


def outcome(job, model, rows, batch_size):
    x = data(rows)[0]
    if job == "fit":
        fit(model, rows, held_out=0, epochs=1, batch_size=batch_size, shuffle=False)
    return [*model.get_weights(), model.predict(x, batch_size=batch_size, verbose=0), np.asarray(model(x))]


@pytest.fixture(scope="module", params=["fit", "predict"])
def job(request):
    """Give a job, and what an untouched model makes of it without programs."""
    return request.param, outcome(request.param, untouched(eagerly=True), rows=20, batch_size=10)


@pytest.mark.parametrize("change", [freeze, shorten, lengthen, sharpen, turn_around])
def test_a_later_change_of_one_model_never_reaches_another(change, job, monkeypatch):
    """Models of one structure share programs, also those compiled after the first of the models was changed."""
    monkeypatch.setattr(Model, "_programs", ProgramCache())  # so the first model is the one to be changed
    job, expected = job
    first = untouched()
    outcome(job, first, rows=40, batch_size=20)
    change(first)
    got = outcome(job, untouched(), rows=20, batch_size=10)
    np.testing.assert_allclose(got[-2], got[-1], rtol=1e-4, atol=1e-6, err_msg="predict")
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_models_of_other_widths_of_input_live_side_by_side():
    """The width is in no constructor's argument, so it must not be forgotten where programs are told apart."""
    for features in (3, 4, 3):
        model = compiled(Sequential([layers.Dense(2), layers.Dense(1)]))
        x = np.ones((30, features), "float32")
        history = model.fit(x, x.sum(axis=1), validation_data=(x, x.sum(axis=1)), epochs=3, verbose=0).history
        assert history["val_loss"][-1] < history["val_loss"][0]
        assert model.predict(x, verbose=0).shape == (30, 1)


# --- how many programs an epoch starts --------------------------------------------------------------------

FULL, TAIL = 11, 5
SMALL = FULL * BATCH + TAIL


@pytest.fixture
def launches(monkeypatch):
    """Return a list that grows by `(program, batch_size, count)` with each program that is started.

    An epoch that nobody watches is short enough for one dispatch.
    """
    started = []
    make, pace = Trainer.program, Trainer.pace

    def counting(self, function, on_compile=None):
        run = make(self, function, on_compile)

        def launch(batch_size, *arguments):
            started.append((function.__name__, batch_size, int(arguments[-1])))
            return run(batch_size, *arguments)

        return launch

    def whole_epochs(self, program, watched):
        return pace(self, program, True) if watched else Pace(10**6, fixed=True)

    monkeypatch.setattr(Trainer, "program", counting)
    monkeypatch.setattr(Trainer, "pace", whole_epochs)
    return started


def test_a_housing_epoch_starts_four_programs(launches):
    """The chapter's rows: 11,610 to train on and 3,870 to validate on, in batches of 32."""
    model = compiled(build())
    fit(model, rows=11_610, held_out=3_870, batch_size=32, epochs=3)
    assert (
        launches
        == [("train_steps", 32, 362), ("train_steps", 26, 1), ("evaluate_steps", 32, 120), ("evaluate_steps", 30, 1)]
        * 3
    )


def test_full_batches_need_no_second_program(launches):
    fit(compiled(build()), rows=FULL * BATCH, held_out=0)
    assert launches == [("train_steps", BATCH, FULL)] * 2


def test_one_small_batch(launches):
    fit(compiled(build()), rows=5, held_out=3)
    assert launches == [("train_steps", 5, 1), ("evaluate_steps", 3, 1)] * 2


def test_a_batch_hook_makes_every_step_a_program(launches):
    fit(compiled(build()), rows=SMALL, held_out=SMALL, epochs=1, callbacks=[Watcher()])
    assert launches == [
        *[("train_steps", BATCH, 1)] * FULL,
        ("train_steps", TAIL, 1),
        *[("evaluate_steps", BATCH, 1)] * FULL,
        ("evaluate_steps", TAIL, 1),
    ]


def test_hooks_of_training_leave_validation_alone(launches):
    watcher = callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs=None: None)
    fit(compiled(build()), rows=SMALL, held_out=SMALL, epochs=1, callbacks=[watcher])
    assert launches.count(("train_steps", BATCH, 1)) == FULL
    assert launches[FULL + 1 :] == [("evaluate_steps", BATCH, FULL), ("evaluate_steps", TAIL, 1)]


def test_steps_per_execution_counts_only_where_batches_are_watched(launches):
    model = compiled(build(), steps_per_execution=4)
    fit(model, rows=SMALL, held_out=0, epochs=1, callbacks=[Watcher()])
    assert launches == [
        ("train_steps", BATCH, 4),
        ("train_steps", BATCH, 4),
        ("train_steps", BATCH, 3),
        ("train_steps", TAIL, 1),
    ]
    launches.clear()
    fit(model, rows=SMALL, held_out=0, epochs=1)
    assert launches == [("train_steps", BATCH, FULL), ("train_steps", TAIL, 1)]


def test_hooks_of_epochs_slow_nothing_down(launches):
    class Epochs(callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None): ...
        def on_epoch_end(self, epoch, logs=None): ...
        def on_train_begin(self, logs=None): ...
        def on_test_end(self, logs=None): ...

    fit(compiled(build()), rows=SMALL, held_out=SMALL, epochs=1, callbacks=[Epochs()])
    assert len(launches) == 4


def test_what_a_layer_learns_anew_compiles_nothing(compiles):
    x, ids = data(ROWS)[0], np.random.default_rng(0).integers(0, 9, (ROWS, 3))
    for layer, rows in (
        (layers.Normalization(), x),
        (layers.Discretization(num_bins=3), x),
        (layers.IntegerLookup(), ids),
        (layers.IntegerLookup(output_mode="tf_idf"), ids),
    ):
        layer.adapt(rows)
        model = compiled(Sequential([layer, layers.Dense(1)]))
        y = np.zeros(ROWS)

        def train_and_ask(rows=rows, model=model, y=y):
            model.fit(rows, y, verbose=0)
            return model.predict(rows, verbose=0)

        train_and_ask()
        layer.adapt(rows[:, ::-1] * 2)
        assert compiles(train_and_ask) == 0


def test_a_users_model_is_traced_no_more_in_a_second_fit():
    traced = []

    class Own(Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, inputs):
            traced.append(inputs)
            return self.dense(inputs)

    model = Own()
    model.compile(loss="mse")
    x = np.ones((64, 3), np.float32)
    model.fit(x, x[:, :1], validation_data=(x, x[:, :1]), verbose=0)
    traced.clear()
    model.fit(x, x[:, :1], validation_data=(x, x[:, :1]), epochs=3, verbose=0)
    assert traced == []


def test_few_programs_are_kept_however_many_lengths_data_have(model):
    model._programs = programs = ProgramCache(size=3)
    for rows in (10, 50, 90, 130, 170):
        fit(model, rows, held_out=10)
    assert len(programs._compiled) == 3
    programs.clear()
    assert not programs._compiled


def test_clearing_the_session_forgets_programs_and_models_go_on():
    model = compiled(build())
    x, _ = data(4)
    expected = model.predict(x, verbose=0)
    clear_session()
    assert not SHARED._compiled
    np.testing.assert_array_equal(model.predict(x, verbose=0), expected)
