"""Recurrent layers beyond the laws: states, masks, cells of users, batches that go on from each other."""

import copy
import json

import h5py
import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import hornet
from hornet import Model, Sequential, layers, ops
from hornet.core.module import boxes, pure, values_of
from hornet.core.variable import Box, Number

ROWS, STEPS, FEATURES = 4, 5, 3
X = np.random.default_rng(0).normal(size=(ROWS, STEPS, FEATURES)).astype("float32")
Y = np.random.default_rng(1).normal(size=(ROWS, 1)).astype("float32")
MASK = np.array([[1, 1, 1, 0, 0], [0, 1, 1, 0, 1], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0]], bool)
KERAS_WARNS = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")


def close(ours, theirs):
    ours, theirs = jax.tree.leaves(ours), jax.tree.leaves(theirs)
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def gru_stack(library):
    return [library.GRUCell(3), library.LSTMCell(2), library.SimpleRNNCell(4)]


CELLS = [("SimpleRNNCell", 1), ("GRUCell", 1), ("LSTMCell", 2), ("StackedRNNCells", 1)]
"""The cells, and how many states they have."""

OPTIONS = {
    "LSTM": lambda of: of.LSTM(3, return_sequences=True, return_state=True),
    "GRU": lambda of: of.GRU(3, return_state=True, go_backwards=True),
    "GRU-before": lambda of: of.GRU(3, return_sequences=True, reset_after=False, zero_output_for_mask=True),
    "SimpleRNN": lambda of: of.SimpleRNN(3, return_sequences=True, go_backwards=True, unroll=True),
    "stack": lambda of: of.RNN(gru_stack(of), return_sequences=True, return_state=True),
    "both": lambda of: of.Bidirectional(of.LSTM(3, return_sequences=True, return_state=True), merge_mode=None),
    "both-last": lambda of: of.Bidirectional(of.GRU(3, return_state=True), merge_mode="sum"),
}


@KERAS_WARNS
@pytest.mark.parametrize("name", OPTIONS)
def test_masked_outputs_states_and_gradients_are_those_of_keras(name, oracle):
    ours = OPTIONS[name](layers)
    ours._build_on(X.shape)
    rng = np.random.default_rng(2)
    weights = [rng.uniform(-0.8, 0.8, one.shape) for one in ours.weights]
    ours.set_weights(weights)

    def theirs():
        twin = OPTIONS[name](keras.layers)
        twin.build(X.shape)
        twin.set_weights(weights)

        def scalar(x):
            outputs = jax.tree.leaves(twin(x, mask=MASK))
            return sum(jnp.sum(jnp.sin(one)) for one in outputs), outputs

        return jax.grad(scalar, has_aux=True)(X)

    held = boxes(ours, Box)
    call = pure(held, lambda x: ours(x, mask=MASK))

    def scalar(x):
        outputs = jax.tree.leaves(call(values_of(held), x)[0])
        return sum(jnp.sum(jnp.sin(one)) for one in outputs), outputs

    close(jax.jit(jax.grad(scalar, has_aux=True))(X), oracle("outputs", theirs))


@KERAS_WARNS
def test_a_cell_computes_a_step_as_keras_s(oracle):
    for kind, number in CELLS:

        def made(of, kind=kind):
            return of.StackedRNNCells([of.GRUCell(3)]) if kind == "StackedRNNCells" else getattr(of, kind)(3)

        ours = made(layers)
        states = [np.full((ROWS, 3), 0.1 * (place + 1), "float32") for place in range(number)]
        states = [states] if kind == "StackedRNNCells" else states
        ours(X[:, 0], states)
        weights = ours.get_weights()

        def theirs(made=made, states=states, weights=weights):
            twin = made(keras.layers)
            twin.build((ROWS, FEATURES))
            twin.set_weights([np.ones_like(one) / 7 for one in weights])
            return twin(X[:, 0], states)

        ours.set_weights([np.ones_like(one) / 7 for one in weights])
        close(ours(X[:, 0], states), oracle(kind, theirs))
    (output, state) = layers.GRUCell(3)(X[:, 0], np.zeros((ROWS, 3), "float32"))  # a state without its list
    np.testing.assert_array_equal(output, state)


def test_a_step_that_is_masked_changes_nothing():
    layer = layers.LSTM(3, return_sequences=True, return_state=True)
    changed = np.where(MASK[..., None], X, 99.0).astype("float32")
    close(layer(changed, mask=MASK), layer(X, mask=MASK))
    outputs, h, _c = layer(X, mask=MASK)
    np.testing.assert_array_equal(h[3], np.zeros(3))
    np.testing.assert_array_equal(outputs[0, 3:], np.tile(outputs[0, 2], (2, 1)))
    np.testing.assert_allclose(h[0], layer(X[:1, :3])[1][0], rtol=1e-5, atol=1e-6)


def test_a_mask_reaches_the_loss_through_every_layer():
    x = np.array([[1, 2, 3, 0, 0], [4, 1, 0, 0, 0]])
    y = np.random.default_rng(3).normal(size=(2, 5, 2)).astype("float32")
    model = Sequential(
        [
            layers.Embedding(5, 3, mask_zero=True),
            layers.Bidirectional(layers.GRU(3, return_sequences=True)),
            layers.SimpleRNN(2, return_sequences=True),
            layers.TimeDistributed(layers.Dense(2)),
        ]
    )
    model.compile("sgd", "mse")
    squares = ((model.predict(x, verbose=0) - y) ** 2).mean(axis=-1)
    assert model.evaluate(x, y, verbose=0) == pytest.approx(squares[x > 0].mean(), rel=1e-5)


@KERAS_WARNS
def test_a_decoder_starts_from_an_encoder_s_states_here_and_in_keras(tmp_path):
    def made(library):
        of = library.layers
        source, target = library.Input((None, FEATURES)), library.Input((None, 2))
        _, h, c = of.LSTM(4, return_state=True, name="encoder")(source)
        outputs = of.LSTM(4, return_sequences=True, name="decoder")(target, initial_state=[h, c])
        return library.Model([source, target], of.TimeDistributed(of.Dense(2, activation="softmax"))(outputs))

    model, x = made(hornet), [X, X[:, :2, :2]]
    model.compile("sgd", "mse")
    model.fit(x, np.ones((ROWS, 2, 2), "float32"), verbose=0)
    expected = model.predict(x, verbose=0)
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(keras.saving.load_model(tmp_path / "model.keras").predict(x, verbose=0), expected, 1e-5)
    theirs = made(keras)
    theirs.set_weights(model.get_weights())
    theirs.save(tmp_path / "theirs.keras")
    again = hornet.saving.load_model(tmp_path / "theirs.keras")
    np.testing.assert_allclose(again.predict(x, verbose=0), expected, rtol=1e-5)


# --- stateful layers --------------------------------------------------------------------------------------


@pytest.fixture
def stateful():
    model = Sequential(
        [
            hornet.Input(batch_shape=(2, STEPS, FEATURES)),
            layers.Bidirectional(layers.GRU(2, return_sequences=True, stateful=True)),
            layers.LSTM(3, stateful=True),
            layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse")
    return model


def forget(model):
    for layer in model.layers:
        if hasattr(layer, "reset_states"):
            layer.reset_states()


def test_rows_go_on_from_the_batch_before_however_a_model_is_called(stateful):
    eager = np.concatenate([stateful(X[:2]), stateful(X[2:])])
    forget(stateful)
    np.testing.assert_allclose(stateful(X[:2]), eager[:2], rtol=1e-5)
    forget(stateful)
    at_once = stateful.predict(X, verbose=0)
    np.testing.assert_allclose(at_once, eager, rtol=1e-4, atol=1e-6)
    forget(stateful)
    in_turn = [stateful.predict(batch, verbose=0) for batch in (X[:2], X[2:])]
    np.testing.assert_allclose(np.concatenate(in_turn), eager, rtol=1e-4, atol=1e-6)
    forget(stateful)
    error = ((eager - Y) ** 2).mean()
    assert stateful.evaluate(X, Y, verbose=0) == pytest.approx(error, rel=1e-4)
    assert stateful.evaluate(X, Y, verbose=0) != pytest.approx(error, rel=1e-4)


def test_training_goes_on_from_batch_to_batch_and_validation_leaves_it_there(stateful):
    twin = copy.deepcopy(stateful)
    stateful.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    twin.fit(X, Y, epochs=2, shuffle=False, verbose=0, validation_data=(X, Y))
    assert float(abs(stateful.layers[1].states[0].value).max()) > 0
    for one, other in zip(stateful.layers[1].states, twin.layers[1].states, strict=True):
        np.testing.assert_array_equal(one, other)
    names = [one.name for one in stateful.weights]
    assert "rnn_state" not in names
    assert [one.name for one in stateful.non_trainable_variables] == ["rnn_state"] * 4


def test_a_stateful_model_is_in_files_without_its_states(stateful, tmp_path):
    stateful.predict(X, verbose=0)
    for suffix in ("keras", "h5"):
        stateful.save(tmp_path / f"model.{suffix}")
        again = hornet.saving.load_model(tmp_path / f"model.{suffix}")
        forget(stateful)
        np.testing.assert_array_equal(again.predict(X, verbose=0), stateful.predict(X, verbose=0))
    assert keras.saving.load_model(tmp_path / "model.keras").layers[0].stateful


def test_other_batches_are_refused_before_anything_compiles(stateful):
    with pytest.raises(ValueError, match="goes on from 2 rows in each batch, but `batch_size` is 4"):
        stateful.fit(X, Y, batch_size=4, verbose=0)
    with pytest.raises(ValueError, match="but there are 3 rows"):
        stateful.predict(X[:3], verbose=0)
    with pytest.raises(ValueError, match="is stateful and goes on from 2 rows, but received 4"):
        stateful(X)
    with pytest.raises(ValueError, match="needs to know the size of a batch"):
        layers.LSTM(2, stateful=True)(hornet.Input((STEPS, FEATURES)))


# --- cells of users ---------------------------------------------------------------------------------------


class Counting(layers.Layer):
    """A cell with a variable that it assigns to, and a layer that draws."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units
        self.dropout = layers.Dropout(0.5)

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")

    def call(self, inputs, states):
        self.calls.assign_add(1.0)
        return self.dropout(ops.matmul(inputs, self.kernel)), ops.tanh(states[0] + 1.0)


class Plain:
    """A cell that is no layer."""

    state_size = (2, 1)
    output_size = 3

    def call(self, inputs, states):
        return inputs, [states[0] + 1.0, states[1] + inputs[:, :1]]

    def get_initial_state(self, batch_size=None):
        return [ops.ones((batch_size, 2)), ops.zeros((batch_size, 1))]


def test_a_cell_of_a_user_s_assigns_and_draws_in_each_step():
    model = Sequential([layers.RNN([Counting(20), layers.GRUCell(2)]), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, batch_size=2, epochs=3, verbose=0)
    assert float(model.layers[0].cell.cells[0].calls.value) == 2 * 3 * STEPS
    drawn = np.asarray(layers.RNN(Counting(40), return_sequences=True)(np.ones((1, STEPS, 2)), training=True))
    assert len({tuple(step == 0) for step in drawn[0]}) == STEPS


def test_a_cell_may_be_any_object():
    output, count, total = layers.RNN(Plain(), return_state=True)(X)
    np.testing.assert_array_equal(output, X[:, -1])
    np.testing.assert_array_equal(count, np.full((ROWS, 2), 1.0 + STEPS))
    np.testing.assert_allclose(total[:, 0], X[:, :, 0].sum(axis=1), rtol=1e-5)


def test_a_model_with_a_registered_cell_is_rebuilt(tmp_path):
    hornet.saving.register_keras_serializable("tests")(Counting)
    model = Sequential([hornet.Input((None, FEATURES)), layers.Bidirectional(layers.RNN(Counting(2)))])
    model.save(tmp_path / "model.keras")
    again = hornet.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


# --- dropout, programs, files -----------------------------------------------------------------------------


def test_what_is_left_out_is_the_same_in_all_steps_of_a_sequence():
    ones = {"kernel_initializer": "identity", "recurrent_initializer": "zeros", "activation": None, "use_bias": False}
    layer = layers.SimpleRNN(30, dropout=0.4, return_sequences=True, **ones)
    output = np.asarray(layer(np.ones((2, STEPS, 30)), training=True))
    assert set(np.unique(output.round(4))) == {0.0, np.float32(1 / 0.6).round(4)}
    assert (output == output[:, :1]).all()
    assert (output[0] != output[1]).any()
    np.testing.assert_array_equal(layer(np.ones((2, STEPS, 30))), np.ones((2, STEPS, 30)))
    sums = {**ones, "kernel_initializer": "ones", "recurrent_initializer": "identity"}
    output = np.asarray(layers.SimpleRNN(30, recurrent_dropout=0.4, return_sequences=True, **sums)(X, training=True))
    kept = np.isclose(output[0, 1], X[0, 0].sum() / 0.6 + X[0, 1].sum(), rtol=1e-4)
    assert 0 < kept.sum() < 30
    np.testing.assert_allclose(output[0, 1:, ~kept], np.tile(X[0, 1:].sum(axis=1), (30 - kept.sum(), 1)), rtol=1e-4)


def test_rates_are_numbers_of_programs_but_0_is_none():
    layer = layers.LSTM(2, dropout=0.2)
    assert [box.held for box in boxes(layer, Number).values()] == [0.2]
    assert layer._structure() == layers.LSTM(2, dropout=0.3)._structure() != layers.LSTM(2)._structure()
    layer.dropout = 0.0
    assert layer._structure() == layers.LSTM(2)._structure()
    assert not boxes(layer, Number)
    layer.dropout = 0.5
    assert layer.cell.dropout == 0.5
    assert layer.get_config()["dropout"] == 0.5


def test_lengths_share_a_program_where_the_padding_is_masked():
    model = Sequential([layers.Masking(), layers.GRU(2)])
    long = np.concatenate([X, np.zeros((ROWS, 3, FEATURES), "float32")], axis=1)
    np.testing.assert_allclose(model(long), model(X), rtol=1e-5, atol=1e-6)


def test_older_arguments_are_taken():
    layer = layers.LSTM(2, implementation=1, use_cudnn=False, input_shape=(STEPS, FEATURES))
    assert layer.from_config({**layer.get_config(), "implementation": 2, "time_major": False}).units == 2
    both = layers.Bidirectional(layers.LSTM(2), weights=[np.ones((FEATURES, 8)), np.ones((2, 8)), np.ones(8)] * 2)
    both(X)
    assert all((weight == 1).all() for weight in both.get_weights())


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda: layers.LSTM(2)(X[:, 0]), r"with 3 axes, not one of shape \(4, 3\).*`return_sequences=True`"),
        (lambda: layers.LSTM(2)(X, mask=MASK[:, 1:]), r"has shape \(4, 4\), but the sequences have shape \(4, 5, 3\)"),
        (lambda: layers.TimeDistributed(layers.Dense(2))(X, mask=MASK[:, 1:]), r"has shape \(4, 4\)"),
        (lambda: layers.GRU(2)(X, initial_state=X[:, 0]), r"must have the shapes \[\(4, 2\)\], not \[\(4, 3\)\]"),
        (lambda: layers.LSTM(2, unroll=True)(hornet.Input((None, 3))), "needs to know how many steps"),
        (lambda: layers.RNN(layers.Dense(3)), "has no `state_size`"),
        (lambda: layers.RNN([]), "must hold at least one cell"),
        (lambda: layers.Bidirectional(layers.Dense(3)), "must be a recurrent layer"),
        (lambda: layers.Bidirectional(layers.GRU(3), backward_layer=layers.GRU(3)), "the other value"),
        (lambda: layers.ConvLSTM2D(2, 2)(hornet.Input((3, None, 4, 1))), "needs to know the size of images"),
        (lambda: layers.LSTM(2, dropout=1.5), "at most 1, not 1.5"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(made, says):
    with pytest.raises((ValueError, TypeError), match=says):
        made()


@pytest.mark.parametrize(("kind", "gates"), [("LSTM", 4), ("GRU", 3)])
def test_weights_of_cudnn_s_layers_are_read(kind, gates, tmp_path):
    """What older files hold is flat matrices `(units, features)` of each gate, and both of cuDNN's biases."""
    units, rng = 2, np.random.default_rng(4)
    inputs, states = rng.normal(size=(gates, units, FEATURES)), rng.normal(size=(gates, units, units))
    biases = rng.normal(size=(2, gates * units))
    arrays = {
        "kernel": np.concatenate([one.reshape(FEATURES, units) for one in inputs], axis=1),
        "recurrent_kernel": np.concatenate([one.reshape(units, units) for one in states], axis=1),
        "bias": biases.ravel(),
    }
    config = {"name": "old", "units": units, "batch_input_shape": [None, STEPS, FEATURES], "dtype": "float32"}
    described = {"class_name": "Sequential", "config": [{"class_name": f"CuDNN{kind}", "config": config}]}
    with h5py.File(tmp_path / "old.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(described)
        group = file.create_group("model_weights")
        group.attrs["layer_names"], group.attrs["keras_version"] = [b"old"], b"2.2.4"
        layer = group.create_group("old")
        layer.attrs["weight_names"] = [name.encode() for name in arrays]
        for name, array in arrays.items():
            layer[name] = array.astype("float32")
    model = hornet.saving.load_model(tmp_path / "old.h5")
    kernel, recurrent, bias = model.get_weights()
    np.testing.assert_allclose(kernel, np.concatenate([one.T for one in inputs], axis=1), rtol=1e-6)
    np.testing.assert_allclose(recurrent, np.concatenate([one.T for one in states], axis=1), rtol=1e-6)
    np.testing.assert_allclose(bias, biases.sum(axis=0) if kind == "LSTM" else biases, rtol=1e-6)


def test_onnx_runs_a_recurrent_model(tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    inputs = hornet.Input((STEPS, FEATURES))
    model = Model(inputs, layers.Bidirectional(layers.LSTM(2))(layers.GRU(3, return_sequences=True)(inputs)))
    model.export(tmp_path / "model.onnx", format="onnx", verbose=False)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    (outputs,) = session.run(None, {session.get_inputs()[0].name: X})
    np.testing.assert_allclose(outputs, model.predict(X, verbose=0), rtol=1e-4, atol=1e-6)
