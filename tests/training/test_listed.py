"""Steps over lists, as Keras's guide for JAX writes them, and losses and metrics that a model computes itself."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import hornet
from hornet import layers, tree

X = np.random.default_rng(0).normal(size=(56, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
WEIGHTS = np.random.default_rng(1).uniform(size=56).astype("float32")
KERAS_WARNS = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")


def guided(library):
    """The guide's `train_step`."""

    class Guided(library.Model):
        def losses_and_updates(self, weights, others, x, y, training=False):
            predicted, others = self.stateless_call(weights, others, x, training=training)
            return self.compute_loss(x, y, predicted), (predicted, others)

        def train_step(self, state, data):
            weights, others, optimizer_variables, metrics_variables = state
            x, y = data
            gradients_of = jax.value_and_grad(self.losses_and_updates, has_aux=True)
            (loss, (predicted, others)), gradients = gradients_of(weights, others, x, y, training=True)
            weights, optimizer_variables = self.optimizer.stateless_apply(optimizer_variables, gradients, weights)
            logs, new = {}, []
            for metric in self.metrics:
                values = metrics_variables[len(new) : len(new) + len(metric.variables)]
                seen = (loss,) if metric.name == "loss" else (y, predicted)
                values = metric.stateless_update_state(values, *seen)
                result = metric.stateless_result(values)
                logs.update(result if isinstance(result, dict) else {metric.name: result})
                new += values
            return logs, (weights, others, optimizer_variables, new)

    return Guided, {"loss": "mse", "metrics": ["mae"]}


def by_stateless_loss(library):
    """The guide's newest form, whose loss has the regularizers in it, and its `test_step`."""

    class Newest(library.Model):
        def losses_and_updates(self, weights, others, totals, x, y, sample_weight, training):
            predicted, others = self.stateless_call(weights, others, x, training=training)
            arguments = {"x": x, "y": y, "y_pred": predicted, "sample_weight": sample_weight, "training": training}
            loss, (_, others, totals) = self.stateless_compute_loss(weights, others, totals, **arguments)
            return loss, (predicted, others, totals)

        def logs_and_totals(self, totals, loss, *seen):
            logs, new = {}, []
            for metric in self.metrics:
                values = totals[len(new) : len(new) + len(metric.variables)]
                values = metric.stateless_update_state(values, *((loss,) if metric.name == "loss" else seen))
                logs[metric.name] = metric.stateless_result(values)
                new += values
            return logs, new

        def train_step(self, state, data):
            weights, others, optimizer_variables, totals = state
            x, y, sample_weight = library.utils.unpack_x_y_sample_weight(data)
            gradients_of = jax.value_and_grad(self.losses_and_updates, has_aux=True)
            (loss, (predicted, others, totals)), gradients = gradients_of(
                weights, others, totals, x, y, sample_weight, True
            )
            weights, optimizer_variables = self.optimizer.stateless_apply(optimizer_variables, gradients, weights)
            logs, totals = self.logs_and_totals(totals, loss, y, predicted)
            return logs, (weights, others, optimizer_variables, totals)

        def test_step(self, state, data):
            x, y, sample_weight = library.utils.unpack_x_y_sample_weight(data)
            loss, (predicted, others, totals) = self.losses_and_updates(*state, x, y, sample_weight, False)
            logs, totals = self.logs_and_totals(totals, loss, y, predicted)
            return logs, (state[0], others, totals)

    return Newest, {"loss": "mse", "metrics": ["mae"]}


def with_own_metrics(library):
    """The guide's second one, which compiles no loss and lists its own metrics."""

    class Own(library.Model):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.tracker = library.metrics.Mean(name="loss")
            self.error = library.metrics.MeanAbsoluteError(name="mae")

        @property
        def metrics(self):
            return [self.tracker, self.error]

        def train_step(self, state, data):
            weights, others, optimizer_variables, metrics_variables = state
            x, y = data

            def loss_of(weights):
                predicted, after = self.stateless_call(weights, others, x, training=True)
                return library.losses.MeanSquaredError()(y, predicted), (predicted, after)

            (loss, (predicted, others)), gradients = jax.value_and_grad(loss_of, has_aux=True)(weights)
            weights, optimizer_variables = self.optimizer.stateless_apply(optimizer_variables, gradients, weights)
            tracked = self.tracker.stateless_update_state(metrics_variables[:2], loss)
            error = self.error.stateless_update_state(metrics_variables[2:], y, predicted)
            logs = {"loss": self.tracker.stateless_result(tracked), "mae": self.error.stateless_result(error)}
            return logs, (weights, others, optimizer_variables, tracked + error)

    return Own, {}


def by_super(library):
    class Extended(library.Model):
        def train_step(self, state, data):
            logs, state = super().train_step(state, data)
            return {**logs, "mine": 10.0}, state

        def test_step(self, state, data):
            logs, state = super().test_step(state, data)
            return {**logs, "double": 2 * logs["loss"]}, state

    return Extended, {"loss": "mse", "metrics": ["mae"]}


def with_own_loss(library):
    class OwnLoss(library.Model):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.tracker = library.metrics.Mean(name="loss")

        @property
        def metrics(self):
            return [self.tracker]

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            loss = library.ops.mean((y_pred - y) ** 2) + sum(self.losses)
            self.tracker.update_state(loss)
            return loss

    return OwnLoss, {}


def with_older_loss(library):
    class Older(library.Model):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
            return 2 * super().compute_loss(x, y, y_pred, sample_weight)

    return Older, {"loss": "mse"}


def with_more_metrics(library):
    class More(library.Model):
        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            results = super().compute_metrics(x, y, y_pred, sample_weight)
            return {**results, "highest": library.ops.max(y_pred)}

    return More, {"loss": "mse", "metrics": ["mae"]}


def trained(library, kind, penalty=None):
    make, compiled = kind(library)
    own = library.layers
    x = library.Input((3,))
    hidden = own.BatchNormalization()(own.Dense(2, "tanh", kernel_initializer="ones")(x))
    output = own.Dense(1, kernel_initializer="ones", kernel_regularizer=penalty)(hidden)
    model = make(x, output)
    model.compile("adam", **compiled)
    history = model.fit(X, Y, epochs=2, batch_size=16, shuffle=False, verbose=0).history
    return model, history


@KERAS_WARNS
@pytest.mark.parametrize(
    ("kind", "penalty"),
    [
        (guided, None),
        (by_stateless_loss, "l2"),
        (with_own_metrics, None),
        (by_super, "l2"),
        (with_own_loss, "l2"),
        (with_older_loss, "l2"),
        (with_more_metrics, "l2"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_model_with_steps_or_losses_of_its_own_trains_as_in_keras(kind, penalty, oracle):
    def answers(library):
        model, history = trained(library, kind, penalty)
        shown = [history[name] for name in sorted(history)]
        if kind not in (guided, with_own_metrics):
            found = model.evaluate(X, Y, batch_size=16, verbose=0, return_dict=True)
            shown += [found[name] for name in sorted(found)]
        return [*map(np.asarray, shown), *map(np.asarray, model.optimizer.variables), *model.get_weights()]

    for one, other in zip(answers(hornet), oracle(kind.__name__, lambda: answers(keras)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=5e-4)


def test_a_loss_for_given_values_takes_as_many_as_there_are_variables():
    model, _ = trained(hornet, guided)
    with pytest.raises(ValueError, match=r"`stateless_compute_loss` of .* got \[1, 0, 0\] values for \[6, 2, 5\]"):
        model.stateless_compute_loss([1.0], [], [], y=Y, y_pred=Y)


def test_a_loss_is_known_before_any_data_have_been():
    model = hornet.Sequential([layers.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    assert float(model.compute_loss(None, jnp.full((2, 1), 4.0), jnp.ones((2, 1)))) == 9.0


def test_a_step_without_names_in_its_logs_is_told_to_name_them():
    class Nameless(hornet.Sequential):
        def train_step(self, state, data):
            logs, state = super().train_step(state, data)
            return logs["loss"], state

    model = Nameless([layers.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match=r"must return its logs as a dict of numbers by name.* `\{metric.name"):
        model.fit(X, Y, verbose=0)


def test_a_step_over_lists_is_compiled_with_the_epoch_and_counts_as_the_usual_one():
    calls = []

    class Watched(hornet.Sequential):
        def train_step(self, state, data):
            calls.append(data)
            return super().train_step(state, data)

    weights = []
    for make in (Watched, hornet.Sequential):
        hornet.utils.set_random_seed(0)
        model = make([layers.Input((3,)), layers.Dropout(0.5), layers.Dense(1, kernel_initializer="ones")])
        model.compile("adam", "mse")
        model.fit(X[:48], Y[:48], sample_weight=WEIGHTS[:48], epochs=3, batch_size=16, verbose=0)
        weights.append(model.get_weights())
    assert 0 < len(calls) < 9
    assert [len(data) for data in calls] == [3] * len(calls)
    np.testing.assert_allclose(weights[0][0], weights[1][0], rtol=1e-6)


def test_evaluate_returns_what_a_step_of_its_own_logs():
    class Own(hornet.Sequential):
        def test_step(self, state, data):
            weights, others, metrics_variables = state
            predicted, others = self.stateless_call(weights, others, data[0])
            return {"highest": jnp.max(predicted), "loss": 3.0}, (weights, others, metrics_variables)

    model = Own([layers.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    loss, highest = model.evaluate(X, Y, batch_size=64, verbose=0)
    assert (loss, highest) == (3.0, pytest.approx(model.predict(X, verbose=0).max()))


def test_a_step_by_itself_says_where_it_belongs():
    model = hornet.Sequential([layers.Dense(1, input_shape=(3,))])
    with pytest.raises(RuntimeError, match=r"`train_step\(state, data\)` is a part of `fit` and `evaluate`"):
        model.train_step(([], [], [], []), (X, Y))


def test_a_state_tree_is_put_back():
    model = hornet.Sequential([layers.Dense(1, name="out", input_shape=(3,)), layers.BatchNormalization(name="norm")])
    model.compile(hornet.optimizers.Adam(name="mine"), "mse")
    model.fit(X, Y, verbose=0)
    tree = model.get_state_tree("numpy_array")
    assert {kind: sorted(part) for kind, part in tree.items()} == {
        "trainable_variables": ["norm", "out"],
        "non_trainable_variables": ["norm"],
        "optimizer_variables": ["mine"],
        "metrics_variables": ["loss"],
    }
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    model.set_state_tree(tree)
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
    assert int(model.optimizer.iterations) == 2
    with pytest.raises(ValueError, match="has no variable 'other/kernel' among its trainable_variables"):
        model.set_state_tree({"trainable_variables": {"other": {"kernel": 1.0}}})


def test_variables_have_other_values_in_a_scope():
    weight, count = hornet.Variable([1.0, 2.0]), hornet.Variable(0)
    dense = layers.Dense(1, kernel_initializer="ones")
    dense.build((None, 2))
    with hornet.StatelessScope([(weight, [5.0, 6.0])]) as scope:
        count.assign_add(1)
        np.testing.assert_array_equal(weight.value, [5.0, 6.0])
        np.testing.assert_array_equal(dense(np.ones((1, 2))), [[2.0]])
        scope.add_update((weight, [7.0, 7.0]))
    assert (int(count), int(scope.get_current_value(count))) == (0, 1)
    assert scope.get_current_value(weight).tolist() == [7.0, 7.0]
    assert scope.get_current_value(dense.bias) is None
    np.testing.assert_array_equal(weight, [1.0, 2.0])


def test_limits_for_trial_runs_shorten_every_loop():
    model = hornet.Sequential([layers.Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse")
    hornet.config.set_max_epochs(2)
    hornet.config.set_max_steps_per_epoch(3)
    try:
        assert (hornet.config.max_epochs(), hornet.config.max_steps_per_epoch()) == (2, 3)
        with pytest.warns(UserWarning, match="is set, so there are") as warned:
            assert model.fit(X, Y, batch_size=8, epochs=5, verbose=0).epoch == [0, 1]
        assert [str(warning.message)[-15:] for warning in warned] == ["2 instead of 5.", "3 instead of 7."]
        with pytest.warns(UserWarning, match="3 instead of 7"):
            short = model.evaluate(X, Y, batch_size=8, verbose=0)
    finally:
        hornet.config.set_max_epochs(None)
        hornet.config.set_max_steps_per_epoch(None)
    assert int(model.optimizer.iterations) == 6
    assert short == pytest.approx(model.evaluate(X[:24], Y[:24], verbose=0), rel=1e-5)


def test_a_summary_counts_the_optimizer_s_numbers():
    model = hornet.Sequential([layers.Dense(1, input_shape=(2,))])
    model.compile("adam", "mse")
    lines = []
    model.summary(print_fn=lines.append)
    model.fit(X[:, :2], Y, verbose=0)
    model.summary(print_fn=lines.append)
    assert " Total params: 3 " in lines[0]
    assert "Optimizer" not in lines[0]
    assert " Total params: 11 " in lines[1]
    assert " Optimizer params: 8 (32.00 B)" in lines[1]


def test_a_compiled_model_says_how_it_runs_and_may_be_told():
    model = hornet.Sequential([hornet.Input((2,)), hornet.layers.Dense(1)])
    assert (model.run_eagerly, model.jit_compile) == (False, True)
    seen = []

    def total(y_true, y_pred):
        seen.append(float(y_pred.sum()))  # a number: nothing is traced
        return y_pred

    model.compile(loss="mse", optimizer="sgd", metrics=[total])
    model.run_eagerly = True
    model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    assert (model.run_eagerly, model.jit_compile, len(seen)) == (True, False, 1)


def twin(library):
    """One output, compared twice, with labels of its own for each."""

    class Twin(library.Model):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, **kwargs):
            return super().compute_loss(x=x, y=y, y_pred=[y_pred, y_pred], sample_weight=sample_weight, **kwargs)

    return Twin, {"loss": ["mse", "mae"], "loss_weights": [1.0, 0.5]}, (Y, 2 * Y)


def of_parts(library):
    """Labels by names that are no outputs'."""

    class OfParts(library.Model):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            errors = library.ops.abs(y_pred - y["middle"]) / y["width"]
            return library.ops.mean(errors)

    return OfParts, {}, {"middle": Y, "width": np.full_like(Y, 2.0)}


@KERAS_WARNS
@pytest.mark.parametrize("kind", [twin, of_parts], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("in_batches", [False, True], ids=["arrays", "batches"])
def test_labels_that_a_model_takes_apart_itself_have_a_structure_of_their_own(kind, in_batches, oracle):
    def answers(library):
        make, compiled, y = kind(library)
        x = library.Input((3,))
        model = make(x, library.layers.Dense(1, kernel_initializer="ones")(x))
        model.compile("sgd", **compiled)
        if in_batches:
            batches = [(X[i : i + 16], tree.map_structure(lambda part, i=i: part[i : i + 16], y)) for i in (0, 16)]
            history = model.fit((batch for batch in batches), steps_per_epoch=2, shuffle=False, verbose=0)
        else:
            history = model.fit(X, y, batch_size=16, shuffle=False, verbose=0)
        return [np.asarray(history.history["loss"]), *model.get_weights()]

    expected = oracle(f"{kind.__name__} {in_batches}", lambda: answers(keras))
    for one, other in zip(answers(hornet), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_a_step_takes_its_labels_apart():
    class Summing(hornet.Model):
        def train_step(self, state, data):
            x, (first, second, third) = data
            return super().train_step(state, (x, first + second + third))

    def weights(make, y):
        x = hornet.Input((3,))
        model = make(x, hornet.layers.Dense(1, kernel_initializer="ones")(x))
        model.compile("sgd", "mse")
        model.fit(X, y, shuffle=False, verbose=0)
        return model.get_weights()

    summed = (Y.astype("float32") + Y.astype("float32")) + Y.astype("float32")  # rounded as in the step
    for one, other in zip(weights(Summing, (Y, Y, Y)), weights(hornet.Model, summed), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-8)  # the bias is a small rest of large sums


def test_parts_of_labels_that_differ_in_length_are_refused():
    make, compiled, y = of_parts(hornet)
    x = hornet.Input((3,))
    model = make(x, hornet.layers.Dense(1)(x))
    model.compile("sgd", **compiled)
    with pytest.raises(ValueError, match="`x` has 56 rows but `y` has 55"):
        model.fit(X, {**y, "middle": Y[1:]}, verbose=0)
