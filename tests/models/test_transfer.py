"""Frozen layers and models on the layers of others, against Keras."""

import keras
import numpy as np
import pytest

import hornet
from hornet.core.random import seeded

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 5)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
OTHER_Y = np.abs(X[:, :1])

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")


def base(library):
    own = library.layers
    return library.Sequential(
        [
            library.Input((5,)),
            own.Dense(6, "tanh", name="first"),
            own.BatchNormalization(name="statistics"),
            own.Dense(4, "tanh", name="second"),
            own.Dense(1, name="out"),
        ]
    )


with seeded(0):
    WEIGHTS = base(hornet).get_weights()
HEAD = [RNG.normal(size=(4, 1)).astype("float32"), np.zeros(1, "float32")]


def pretrained(library):
    model = base(library)
    model.set_weights(WEIGHTS)
    return model


def fitted(model, y=Y, epochs=2):
    return model.fit(X, y, batch_size=16, epochs=epochs, shuffle=False, verbose=0).history["loss"]


def compiled(library, model, optimizer=None):
    model.compile(loss="mse", optimizer=optimizer or library.optimizers.Adam(0.05))
    return model


def assert_same(run, oracle):
    """Assert that what a function of a library returns, losses and weights, is the same with both."""

    def arrays(library):
        losses, weights = run(library)
        return [np.array(losses), *weights]

    (losses, *weights), (their_losses, *their_weights) = arrays(hornet), oracle("run", lambda: arrays(keras))
    np.testing.assert_allclose(losses, their_losses, rtol=1e-3)
    for one, other in zip(weights, their_weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-2, atol=1e-3)


# --- freezing -----------------------------------------------------------------------------------------------


def frozen_before(library):
    model = pretrained(library)
    model.layers[0].trainable = model.layers[1].trainable = False
    return fitted(compiled(library, model)), model.get_weights()


def frozen_after(library):
    model = compiled(library, pretrained(library))
    model.layers[0].trainable = False
    return fitted(model), model.get_weights()


def frozen_all_but_the_last(library):
    model = pretrained(library)
    for layer in model.layers[:-1]:
        layer.trainable = False
    return fitted(compiled(library, model)), model.get_weights()


def frozen_then_thawed(library):
    model = pretrained(library)
    model.trainable = False
    model.layers[-1].trainable = True
    model.trainable = True
    for layer in model.layers[:-1]:
        layer.trainable = False
    losses = fitted(compiled(library, model))
    for layer in model.layers:
        layer.trainable = True
    return losses + fitted(compiled(library, model)), model.get_weights()


def trained_frozen_thawed(library):
    model = compiled(library, pretrained(library))
    losses = fitted(model)
    model.layers[0].trainable = False
    losses += fitted(compiled(library, model))
    model.layers[0].trainable = True
    return losses + fitted(compiled(library, model)), model.get_weights()


@pytest.mark.parametrize(
    "run",
    [frozen_before, frozen_after, frozen_all_but_the_last, frozen_then_thawed, trained_frozen_thawed],
    ids=lambda run: run.__name__,
)
def test_freezing_is_that_of_keras(run, oracle):
    assert_same(run, oracle)


def test_frozen_weights_and_statistics_stay():
    model = pretrained(hornet)
    model.layers[0].trainable = model.layers[1].trainable = False
    fitted(compiled(hornet, model))
    after = model.get_weights()
    for place in range(6):
        np.testing.assert_array_equal(after[place], WEIGHTS[place])
    assert not np.array_equal(after[-2], WEIGHTS[-2])


@pytest.mark.parametrize("library", [hornet, pytest.param(keras, marks=pytest.mark.full)], ids=["ours", "theirs"])
def test_frozen_normalization_infers_while_others_train(library):
    model = pretrained(library)
    model.get_layer("statistics").trainable = False
    np.testing.assert_allclose(model(X, training=True), model(X, training=False), rtol=1e-5, atol=1e-6)
    model.get_layer("statistics").trainable = True
    assert np.abs(np.asarray(model(X, training=True)) - np.asarray(model(X, training=False))).max() > 1e-2


def test_freezing_between_two_fits_needs_no_compile():
    """Keras needs one, and says so by an error."""
    model = compiled(hornet, pretrained(hornet))
    fitted(model)
    model.layers[0].trainable = False
    kept = model.layers[0].get_weights()
    fitted(model)
    for one, other in zip(kept, model.layers[0].get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


# --- the optimizer when compiling again -----------------------------------------------------------------------


def with_the_same_object(library):
    optimizer = library.optimizers.Adam(0.05)
    model = compiled(library, pretrained(library), optimizer)
    losses = fitted(model)
    losses += fitted(compiled(library, model, optimizer))
    return [*losses, int(optimizer.iterations)], model.get_weights()


def with_a_new_object(library):
    model = compiled(library, pretrained(library))
    losses = fitted(model)
    losses += fitted(compiled(library, model))
    return [*losses, int(model.optimizer.iterations)], model.get_weights()


@pytest.mark.parametrize("run", [with_the_same_object, with_a_new_object], ids=lambda run: run.__name__)
def test_compiling_again_is_that_of_keras(run, oracle):
    assert_same(run, oracle)


def test_compiling_with_the_same_optimizer_goes_on_as_if_it_had_not_been():
    optimizer = hornet.optimizers.Adam(0.05)
    model = compiled(hornet, pretrained(hornet), optimizer)
    losses = fitted(model, epochs=4)
    twin = compiled(hornet, pretrained(hornet), other := hornet.optimizers.Adam(0.05))
    halves = fitted(twin)
    twin.compile(loss="mse", optimizer=other, metrics=["mae"])
    assert halves + fitted(twin) == losses
    assert other.iterations == optimizer.iterations == 16


def test_with_the_same_optimizer_thawed_weights_begin_with_fresh_slots():
    """Keras refuses to train: its optimizer was built for other weights."""
    optimizer = hornet.optimizers.Adam(0.05)
    model = pretrained(hornet)
    model.layers[0].trainable = False
    fitted(compiled(hornet, model, optimizer))
    momentum = model._optimizer_state.slots["out/kernel"]["momentum"]
    assert "first/kernel" not in model._optimizer_state.slots
    model.layers[0].trainable = True
    compiled(hornet, model, optimizer)
    np.testing.assert_array_equal(model._optimizer_state.slots["out/kernel"]["momentum"], momentum)
    before = model.layers[0].get_weights()
    fitted(model)
    assert optimizer.iterations == 16
    assert np.abs(model.layers[0].get_weights()[0] - before[0]).max() > 1e-3
    assert "first/kernel" in model._optimizer_state.slots


def test_two_models_with_one_optimizer_remember_each_their_own():
    optimizer = hornet.optimizers.Adam(0.05)
    first, second = (compiled(hornet, pretrained(hornet), optimizer) for _ in range(2))
    alone = fitted(compiled(hornet, pretrained(hornet)))
    assert fitted(first) == alone
    assert fitted(second) == alone


# --- models on the layers of others -----------------------------------------------------------------------------


def cut(library):
    """A functional model on the layers up to one of another model's, all of them frozen."""
    old = pretrained(library)
    output = library.layers.Dense(1, name="new")(old.get_layer("second").output)
    return library.Model(old.inputs, output), old


def stacked(library):
    """A stack of another model's layers but the last, as the book writes it."""
    old = pretrained(library)
    new = library.Sequential(old.layers[:-1])
    new.add(library.layers.Dense(1, name="new"))
    return new, old


def wrapped(library):
    """A model as a layer of another."""
    old = pretrained(library)
    part = library.Model(old.inputs, old.get_layer("second").output, name="part")
    inputs = library.Input((5,))
    return library.Model(inputs, library.layers.Dense(1, name="new")(part(inputs))), old


def cloned(library):
    """A copy of another model's layers, which leaves the other alone."""
    old = pretrained(library)
    copy = library.models.clone_model(old)
    copy.set_weights(old.get_weights())
    new = library.Sequential([library.Input((5,)), *copy.layers[:-1]])
    new.add(library.layers.Dense(1, name="new"))
    return new, old


BUILDERS = [cut, stacked, wrapped, cloned]


def transferred(build):
    def run(library):
        model, old = build(library)
        if isinstance(model, library.Sequential) and not model.built:
            model.build((None, 5))
        head = model.get_layer("new")
        head.set_weights(HEAD)
        for layer in model.layers:
            layer.trainable = layer is head
        losses = fitted(compiled(library, model), OTHER_Y)
        kept = old.get_weights()
        for layer in model.layers:
            layer.trainable = True
        losses += fitted(compiled(library, model, library.optimizers.SGD(0.01)), OTHER_Y)
        return losses, [*model.get_weights(), *kept, *old.get_weights()]

    return run


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_transfer_is_that_of_keras(build, oracle):
    assert_same(transferred(build), oracle)


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_while_the_rest_is_frozen_only_the_new_layer_trains(build):
    model, old = build(hornet)
    if not model.built:
        model.build((None, 5))
    head = model.get_layer("new")
    for layer in model.layers:
        layer.trainable = layer is head
    assert [one.name for one in model.trainable_weights] == ["kernel", "bias"]
    before = [np.array(one.value) for one in model.weights]
    fitted(compiled(hornet, model), OTHER_Y)
    changed = [not np.array_equal(one, other.value) for one, other in zip(before, model.weights, strict=True)]
    trained = {id(one) for one in head.weights}
    assert changed == [id(one) in trained for one in model.weights]
    for one, other in zip(old.get_weights(), WEIGHTS, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("build", "shared"), [(cut, True), (stacked, True), (wrapped, True), (cloned, False)])
def test_training_on_shows_in_the_other_model_where_layers_are_shared(build, shared):
    model, old = build(hornet)
    fitted(compiled(hornet, model), OTHER_Y)
    assert any(not np.array_equal(one, other) for one, other in zip(old.get_weights(), WEIGHTS, strict=True)) is shared
    np.testing.assert_array_equal(old.layers[-1].get_weights()[0], WEIGHTS[-2])


def test_a_frozen_model_inside_another_stays():
    old = pretrained(hornet)
    old.trainable = False
    model = hornet.Sequential([hornet.Input((5,)), old, hornet.layers.Dense(1, name="new")])
    fitted(compiled(hornet, model))
    assert [one.name for one in model.trainable_weights] == ["kernel", "bias"]
    for one, other in zip(old.get_weights(), WEIGHTS, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_call_that_was_drawn_for_inference_infers_while_the_rest_trains():
    """Keras's guide to transfer writes it so, but Keras 3.15 lets `fit` overrule what was drawn."""
    old = pretrained(hornet)
    inputs = hornet.Input((5,))
    model = hornet.Model(inputs, hornet.layers.Dense(1, name="new")(old(inputs, training=False)))
    fitted(compiled(hornet, model))
    np.testing.assert_array_equal(old.get_layer("statistics").get_weights()[2], WEIGHTS[4])
    assert not np.array_equal(old.get_layer("first").get_weights()[0], WEIGHTS[0])


# --- a stack's tensors ------------------------------------------------------------------------------------------


def test_a_stack_s_tensors_are_those_of_its_layers():
    model = base(hornet)
    assert model.inputs == [model.input]
    assert model.outputs == [model.output]
    assert model.layers[0].input is model.input
    assert model.layers[1].input is model.layers[0].output
    assert model.layers[-1].output is model.output
    assert [layer.output.shape for layer in model.layers] == [(None, 6), (None, 6), (None, 4), (None, 1)]
    model.add(hornet.layers.Dense(3, name="more"))
    assert model.output.shape == (None, 3)
    model.pop()
    assert model.output is model.layers[-1].output


def test_every_layer_s_output_is_a_model():
    model = pretrained(hornet)
    probe = hornet.Model(model.inputs, [layer.output for layer in model.layers])
    *_, last = probe.predict(X, verbose=0)
    np.testing.assert_allclose(last, model.predict(X, verbose=0), rtol=1e-5)


def test_a_stack_that_data_built_has_tensors_too():
    model = hornet.Sequential([hornet.layers.Dense(6), hornet.layers.Dense(1)], name="late")
    with pytest.raises(AttributeError, match=r"^'late' has no tensors before it is built\. Give its first layer"):
        model.inputs
    compiled(hornet, model).fit(X, Y, verbose=0)
    part = hornet.Model(model.input, model.layers[0].output)
    assert part.predict(X, verbose=0).shape == (64, 6)


def test_a_refused_build_leaves_no_tensors_behind():
    model = hornet.Sequential([hornet.layers.Dense(6), hornet.layers.Reshape((7,))])
    with pytest.raises(ValueError, match="shape"):
        compiled(hornet, model).fit(X, Y, verbose=0)
    assert not model.built
    assert model.layers[0]._inbound_nodes == []
