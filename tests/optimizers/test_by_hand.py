"""Optimizers that keep their state in loops of users' own: against Keras, and against `fit`."""

import copy
import re

import jax
import keras
import numpy as np
import pytest

import hornet
from hornet import optimizers

SHAPES = {"a_kernel": (3, 2), "bias": (2,), "b_kernel": (2, 1)}
KERAS_WARNS = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")


def of_map(optimizer):
    """Return a `MultiOptimizer` in which one optimizer has all weights."""
    return optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizer))


CASES = {
    "SGD": lambda own: own.SGD(0.1),
    "momentum, clipped": lambda own: own.SGD(0.1, momentum=0.9, global_clipnorm=0.5),
    "Adam": lambda own: own.Adam(0.1),
    "AdamW": lambda own: own.AdamW(0.1, weight_decay=0.5),
    "RMSprop": lambda own: own.RMSprop(0.1, centered=True),
    "Adafactor": lambda own: own.Adafactor(0.9, relative_step=False),
    "accumulation": lambda own: own.Adam(0.1, gradient_accumulation_steps=2),
    "an average": lambda own: own.SGD(0.1, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2),
    "a schedule": lambda own: own.SGD(own.schedules.ExponentialDecay(0.1, 2, 0.5)),
    "of a user": lambda own: momentum_of(own)(0.1, weight_decay=0.1),
}


def momentum_of(own):
    """Return a class in Keras's form."""

    class Momentum(own.Optimizer):
        def __init__(self, learning_rate=0.01, factor=0.9, **kwargs):
            super().__init__(learning_rate=learning_rate, **kwargs)
            self.factor = factor

        def build(self, variables):
            super().build(variables)
            self.moves = [self.add_variable_from_reference(one, name="move") for one in variables]
            self.total = self.add_variable((), name="total")

        def update_step(self, gradient, variable, learning_rate):
            move = self.moves[self._get_variable_index(variable)]
            self.assign(move, self.factor * move.value - learning_rate * gradient)
            self.assign_add(self.total, abs(gradient).sum())
            self.assign_add(variable, move.value / (1 + self.iterations))

        def get_config(self):
            return {**super().get_config(), "factor": self.factor}

    return Momentum


def draws(count):
    rng = np.random.default_rng(3)
    return [[rng.normal(size=shape).astype("float32") for shape in SHAPES.values()] for _ in range(count)]


def after(library, case, steps=5):
    """Return the weights, the optimizer's variables and their names after a loop in which one gradient is missing."""
    start, *gradients = draws(steps + 1)
    weights = [library.Variable(value, name=name) for name, value in zip(SHAPES, start, strict=True)]
    optimizer = CASES[case](library.optimizers)
    for step, found in enumerate(gradients):
        if step == 3 and "average" not in case:
            found[1] = None
        optimizer.apply_gradients(zip(found, weights, strict=True))
    return weights, optimizer


@KERAS_WARNS
@pytest.mark.filterwarnings("ignore:(Gradients|There are no gradients)")
@pytest.mark.parametrize("case", CASES)
def test_a_loop_by_hand_is_that_of_keras(case, oracle):
    def values(library):
        weights, optimizer = after(library, case)
        skipped = [one for one in optimizer.variables if not one.name.endswith("kernel_velocity")]
        return [np.asarray(one) for one in (*weights, *(skipped if case == "Adafactor" else optimizer.variables))]

    for one, other in zip(values(hornet), oracle(case, lambda: values(keras)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
        assert one.dtype == other.dtype


def model_of(library, seed=0):
    library.utils.set_random_seed(seed)
    own = library.layers
    layers = [library.Input((3,)), own.Dense(2, kernel_initializer="ones"), own.Dense(1, kernel_initializer="ones")]
    return library.Sequential(layers)


X = np.random.default_rng(0).normal(size=(48, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


@KERAS_WARNS
@pytest.mark.parametrize(
    "options",
    [{}, {"clipnorm": 0.1}, {"gradient_accumulation_steps": 2}, {"use_ema": True, "ema_momentum": 0.5}],
    ids=str,
)
def test_an_optimizer_in_keras_s_form_trains_as_there(options, oracle):
    def trained(library):
        model = model_of(library)
        model.compile(momentum_of(library.optimizers)(0.05, **options), "mse")
        model.fit(X, Y, epochs=2, batch_size=16, shuffle=False, verbose=0)
        kept = [np.asarray(one) for one in (*model.optimizer.moves, model.optimizer.total)]
        return [*model.get_weights(), *kept, *map(np.asarray, model.optimizer.variables)]

    for one, other in zip(trained(hornet), oracle(f"own {options}", lambda: trained(keras)), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=1e-5)


@KERAS_WARNS
def test_a_build_that_asks_first_whether_it_is_built_is_called_for_each_model(oracle):
    def trained(library):
        class Asking(momentum_of(library.optimizers)):
            def build(self, variables):
                if not self.built:
                    super().build(variables)

        optimizer = Asking(0.05)
        assert not optimizer.built
        model = model_of(library)
        model.compile(optimizer, "mse")
        model.fit(X, Y, epochs=2, batch_size=16, shuffle=False, verbose=0)
        assert optimizer.built
        return [*model.get_weights(), *map(np.asarray, model.optimizer.moves)]

    for one, other in zip(trained(hornet), oracle("asking", lambda: trained(keras)), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=1e-5)


def test_the_update_step_of_an_optimizer_with_another_rule_names_the_rule():
    class Halved(optimizers.RMSprop):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient / 2, variable, learning_rate)

    with pytest.raises(
        NotImplementedError, match=r"`RMSprop` updates by `update_one\(.* Override `update_one` instead"
    ):
        Halved(0.5).apply([[1.0]], [hornet.Variable([1.0])])


def test_an_update_step_of_keras_2_takes_the_rate_from_the_optimizer():
    class Descent(optimizers.Optimizer):
        def update_step(self, gradient, variable):
            variable.assign_sub(self.learning_rate * gradient)

    for rate in (0.5, optimizers.schedules.ExponentialDecay(0.5, 1, 0.5)):
        weight = hornet.Variable([1.0])
        optimizer = Descent(rate)
        optimizer.apply([[1.0]], [weight])
        optimizer.apply([[1.0]])
        assert weight.numpy().tolist() == [0.0 if rate == 0.5 else 0.25]


def test_variables_are_listed_as_in_keras_and_may_be_assigned():
    weight = hornet.Variable(np.ones(2, "float32"), name="kernel")
    optimizer = optimizers.Adam(0.1)
    assert [one.name for one in optimizer.variables] == ["iteration", "learning_rate"]
    optimizer.build([weight])
    iteration, rate, momentum, velocity = optimizer.variables
    assert iteration is optimizer.iterations
    assert momentum is optimizer.variables[2]
    assert (momentum.name, velocity.name) == ("kernel_momentum", "kernel_velocity")
    rate.assign(0.5)
    velocity.assign([4.0, 9.0])
    assert optimizer.learning_rate == 0.5
    np.testing.assert_array_equal(optimizer.variables[3], [4.0, 9.0])
    with pytest.raises(ValueError, match="cannot take a value of shape"):
        velocity.assign([1.0, 2.0, 3.0])


def test_weights_of_an_optimizer_move_to_another():
    one, other = hornet.Variable([1.0]), hornet.Variable([1.0])
    first, second = optimizers.SGD(0.1, momentum=0.9), optimizers.SGD(0.5, momentum=0.9)
    first.apply([[1.0]], [one])
    with pytest.raises(ValueError, match=r"Call `optimizer\.build"):
        second.set_weights(first.get_weights())
    second.build([other])
    second.set_weights(first.get_weights())
    store = {}
    second.save_own_variables(store)
    assert [value.tolist() for value in store.values()] == [1, pytest.approx(0.1), [pytest.approx(-0.1)]]
    assert (int(second.iterations), second.learning_rate) == (1, 0.1)
    second.load_own_variables({**store, "2": [7.0]})
    assert second.get_weights()[2].tolist() == [7.0]
    with pytest.warns(UserWarning, match="has 3 variables, but 1 were stored"):
        second.load_own_variables({"0": 1})


def test_what_was_begun_by_hand_goes_on_in_fit():
    def trained(begin):
        model = model_of(hornet)
        optimizer = optimizers.Adam(0.05)
        model.compile(optimizer, "mse")
        begin(model, optimizer)
        model.fit(X, Y, batch_size=16, shuffle=False, verbose=0)
        assert len(optimizer.variables) == 10
        assert int(optimizer.iterations) == 4
        return model.get_weights()

    def by_hand(model, optimizer):
        gradients = jax.grad(loss_of(model))([one.value for one in model.trainable_variables])
        optimizer.apply(gradients, model.trainable_variables)

    for one, other in zip(trained(by_hand), trained(lambda model, _: model.train_on_batch(X, Y)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def loss_of(model):
    return lambda weights: ((model.stateless_call(weights, [], X)[0] - Y) ** 2).mean()


def test_the_copy_of_an_optimizer_has_nothing_of_the_model():
    model = model_of(hornet)
    model.compile(optimizers.Adam(), "mse")
    model.fit(X, Y, verbose=0)
    assert not copy.deepcopy(model.optimizer).built
    twin = copy.deepcopy(model)
    assert twin.optimizer.built
    twin.fit(X, Y, verbose=0)
    assert (int(model.optimizer.iterations), int(twin.optimizer.iterations)) == (2, 4)


def test_a_variable_may_be_overwritten_with_its_gradient():
    scale, weight = hornet.Variable([1.0]), hornet.Variable([1.0])
    assert scale.overwrite_with_gradient is False
    scale.overwrite_with_gradient = True
    optimizers.SGD(0.5, loss_scale_factor=2.0).apply([[7.0], [2.0]], [scale, weight])
    assert (scale.numpy().tolist(), weight.numpy().tolist()) == ([7.0], [0.5])


@pytest.mark.parametrize("wrap", [lambda one: one, optimizers.LossScaleOptimizer, of_map])
def test_lists_go_through_a_program(wrap):
    optimizer = wrap(optimizers.Adam(0.1))
    start, *gradients = draws(4)
    variables = [hornet.Variable(value) for value in start]
    optimizer.build(variables)
    state, weights = [one.value for one in optimizer.variables], start
    update = jax.jit(optimizer.stateless_apply)
    for found in gradients:
        weights, state = update(state, found, weights)
    for found in gradients:
        optimizer.apply(found)
    for one, other in zip([*variables, *optimizer.variables], [*weights, *state], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)  # 1 - beta is rounded elsewhere
    assert int(state[0]) == 3


def test_the_rate_of_a_list_is_the_one_that_counts():
    optimizer = optimizers.SGD(0.5)
    optimizer.build([hornet.Variable(1.0)])
    [weight], state = jax.jit(optimizer.stateless_apply)([0, 0.25], [1.0], [1.0])
    assert (float(weight), [float(one) for one in state]) == (0.75, [1.0, 0.25])
    assert optimizer.learning_rate == 0.5


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda one, weight: one.apply([1.0]), ValueError, "call `build(variables)` first"),
        (lambda one, weight: one.stateless_apply([0, 0.1], [1.0], [1.0]), ValueError, "`stateless_apply` needs"),
        (lambda one, weight: one.apply([None], [weight]), ValueError, "No variable has a gradient"),
        (lambda one, weight: one.apply([1.0, 1.0], [weight]), ValueError, "There are 2 gradients for 1 variables."),
        (lambda one, weight: jax.jit(lambda g: one.apply([g], [weight]))(1.0), RuntimeError, "Use `stateless_apply`"),
    ],
)
def test_slips_are_explained(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call(optimizers.SGD(), hornet.Variable(1.0))


def test_another_variable_and_other_lists_are_refused():
    optimizer = optimizers.SGD()
    optimizer.build([hornet.Variable(1.0)])
    with pytest.raises(ValueError, match="is not among the variables"):
        optimizer.apply([1.0], [hornet.Variable(1.0)])
    with pytest.raises(ValueError, match="has 2 variables, but got 1 values"):
        optimizer.stateless_apply([0], [1.0], [1.0])


def test_a_missing_gradient_warns_and_changes_nothing():
    weights = [hornet.Variable(1.0, name="one"), hornet.Variable(1.0, name="other")]
    optimizer = optimizers.AdamW(0.1)
    with pytest.warns(UserWarning, match=r"no gradients for the variables \['000001/other'\]"):
        optimizer.apply([1.0, None], weights)
    assert float(weights[1]) == 1.0
    assert float(weights[0]) < 1.0


# --- settings ---------------------------------------------------------------------------------------------


def test_a_rate_is_the_same_number_after_a_file(tmp_path):
    model = model_of(hornet)
    model.compile(optimizers.Adam(0.001), "mse")
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "model.keras")
    again = hornet.saving.load_model(tmp_path / "model.keras")
    assert again.optimizer.get_config() == model.optimizer.get_config()
    model.optimizer.learning_rate = 0.5
    again.optimizer.variables[1].assign(np.float32(0.003))
    assert again.optimizer.get_config()["learning_rate"] == 0.003


@pytest.mark.parametrize("arguments", [{"clipnorm": 1.0}, {"foo": 1}, {"dynamic": False}, {"use_ema": True}])
def test_what_is_the_inner_optimizer_s_is_refused(arguments):
    with pytest.raises(ValueError, match=f"`{next(iter(arguments))}.*Pass .*to the inner optimizer"):
        optimizers.LossScaleOptimizer(optimizers.SGD(), **arguments)


def test_older_configs_of_a_scale_are_read():
    config = optimizers.LossScaleOptimizer(optimizers.SGD(0.5), dynamic=True).get_config()
    older = {**config, "clipnorm": None, "use_ema": False, "ema_momentum": 0.99}
    assert optimizers.LossScaleOptimizer.from_config(older).inner_optimizer.learning_rate == 0.5


@pytest.mark.parametrize("wrap", [optimizers.LossScaleOptimizer, of_map])
def test_averages_are_swapped_inside_a_wrapper(wrap):
    found = []
    for around in (lambda one: one, wrap):
        model = model_of(hornet)
        model.compile(around(optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5)), "mse")
        swap = hornet.callbacks.SwapEMAWeights()
        history = model.fit(X, Y, epochs=2, shuffle=False, validation_data=(X, Y), callbacks=[swap], verbose=0)
        found.append(history.history["val_loss"])
    np.testing.assert_allclose(*found, rtol=1e-5)


def test_half_precision_scales_the_loss_by_itself():
    hornet.config.set_dtype_policy("mixed_float16")
    try:
        model = model_of(hornet)
    finally:
        hornet.config.set_dtype_policy(None)
    optimizer = optimizers.SGD(0.01)
    model.compile(optimizer, "mse")
    wrapper = model.optimizer
    assert isinstance(wrapper, optimizers.LossScaleOptimizer)
    assert wrapper.inner_optimizer is optimizer
    model.compile(optimizer, "mse")
    assert model.optimizer is wrapper
    model.compile(optimizer, "mse", auto_scale_loss=False)
    assert model.optimizer is optimizer


def test_a_model_without_an_optimizer_is_evaluated_and_not_trained():
    model = model_of(hornet)
    model.compile(optimizer=None, loss="mse")
    assert model.optimizer is None
    assert model.evaluate(X, Y, verbose=0) > 0
    with pytest.raises(ValueError, match="compiled with `optimizer=None`"):
        model.fit(X, Y, verbose=0)


@pytest.mark.parametrize("package", [hornet, keras], ids=["hornet", "keras"])
def test_the_variables_of_an_optimizer_have_names_of_their_own(package):
    model = package.Sequential(
        [package.Input((2,)), package.layers.Dense(2, name="a"), package.layers.Dense(1, name="b")]
    )
    optimizer = package.optimizers.Adam(name="own")
    optimizer.build(model.trainable_variables)
    paths = [variable.path for variable in optimizer.variables]
    assert len(set(paths)) == len(paths) == 10
    assert all(path.startswith(f"{optimizer.name}/") for path in paths[2:])
    assert sum("a_kernel" in path for path in paths) == 2


@pytest.mark.parametrize("library", [hornet, pytest.param(keras, marks=KERAS_WARNS)], ids=["hornet", "keras"])
def test_a_scaled_loss_of_variables_that_are_overwritten_only(library):
    variable = library.Variable(np.array([1.0, 2.0], "float32"))
    variable.overwrite_with_gradient = True
    optimizer = library.optimizers.LossScaleOptimizer(library.optimizers.SGD(0.1), initial_scale=4.0)
    optimizer.build([variable])
    gradient = np.array([5.0, 6.0], "float32")
    values, _ = optimizer.stateless_apply([each.value for each in optimizer.variables], [gradient], [variable.value])
    np.testing.assert_array_equal(values[0], gradient)


# --- an `apply` of the user's own -------------------------------------------------------------------------


def halving(package, base, **own):
    """Return an optimizer whose class halves gradients more with each step, and bounds weights after it."""

    class Halving(getattr(package.optimizers, base)):
        def apply(self, grads, trainable_variables=None):
            scale = 0.5 ** package.ops.cast(self.iterations, "float32")
            super().apply([grad * scale for grad in grads], trainable_variables)
            for variable in trainable_variables or self._trainable_variables:
                variable.assign(package.ops.clip(variable, -0.4, 0.4))

    return Halving(0.5, **own)


def trained_with(package, optimizer):
    model = package.Sequential([package.Input((3,)), package.layers.Dense(2), package.layers.Dense(1)])
    model.set_weights([np.linspace(-0.5, 0.7, weight.size).reshape(weight.shape) for weight in model.get_weights()])
    model.compile(optimizer, "mse")
    x = np.arange(24.0).reshape(8, 3) / 24
    model.fit(x, x.sum(axis=1), batch_size=2, epochs=2, shuffle=False, verbose=0)
    return model.get_weights()


@KERAS_WARNS
@pytest.mark.parametrize("base", ["SGD", "Adam"])
def test_an_own_apply_is_what_fit_calls(base):
    found = (trained_with(package, halving(package, base)) for package in (hornet, keras))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
        assert np.abs(ours).max() <= np.float32(0.4)


def test_own_apply_gradients_is_what_fit_calls():
    class Still(optimizers.SGD):
        def apply_gradients(self, grads_and_vars):
            return super().apply_gradients([(0 * gradient, variable) for gradient, variable in grads_and_vars])

    before = trained_with(hornet, optimizers.SGD(0.0))
    for ours, theirs in zip(trained_with(hornet, Still(0.5)), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_an_own_apply_is_called_once_by_hand():
    weight = hornet.Variable([1.0])
    halving(hornet, "SGD").apply([np.ones(1)], [weight])
    assert weight.numpy().tolist() == [np.float32(0.4)]


def test_an_own_stateless_apply_is_not_passed_over_in_silence():
    class Own(optimizers.SGD):
        def stateless_apply(self, optimizer_variables, grads, trainable_variables):
            return super().stateless_apply(optimizer_variables, grads, trainable_variables)

    with pytest.warns(UserWarning, match="does not call the `stateless_apply` of `Own`"):
        trained_with(hornet, Own(0.1))


@KERAS_WARNS
def test_a_rate_below_0_climbs():
    with pytest.warns(UserWarning, match="climbs the loss"):
        rising = optimizers.SGD(-0.01)
    for ours, theirs in zip(
        trained_with(hornet, rising), trained_with(keras, keras.optimizers.SGD(-0.01)), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4)


@pytest.mark.parametrize("package", [hornet, keras], ids=["hornet", "keras"])
def test_the_rate_has_a_name(package):
    rate = package.optimizers.Adam(0.1, name="adam").learning_rate
    assert (rate.name, rate.path, rate.shape) == ("learning_rate", "adam/learning_rate", ())
