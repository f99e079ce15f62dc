"""Exported models compute what `predict` does, in ONNX Runtime and in JAX alone, for any number of rows."""

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import onnx
import onnxruntime
import pytest
from tests.layers.cases import CASES, NEED_TENSORFLOW, Integers, Strings, among, map_shape

from hornet import Input, Model, Sequential, activations, layers, ops

ROWS = (1, 7)
"""Numbers of rows; no case of the layers' table has the last one."""
TYPES = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(int32)": "int32",
    "tensor(uint8)": "uint8",
}


def outputs_of(path, x):
    """Return what ONNX Runtime computes of a file, after checking it."""
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path)
    named = dict(zip((one.name for one in session.get_inputs()), jax.tree.leaves(x), strict=True))
    types = {one.name: TYPES[one.type] for one in session.get_inputs()}
    return session.run(None, {name: np.asarray(one, types[name]) for name, one in named.items()})


def assert_equal(ours, theirs, tolerance):
    ours, theirs = jax.tree.leaves(ours), jax.tree.leaves(theirs)
    assert [(one.shape, one.dtype) for one in ours] == [(one.shape, one.dtype) for one in theirs]
    for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance, err_msg=f"output {number}")


def assert_exported(model, folder, make, tolerance=1e-5):
    """Assert that a model's files compute what it does.

    Args:
        model: A built model.
        folder: Where files may be written.
        make: Function from a number of rows to inputs.
        tolerance: How much ONNX Runtime may differ.
    """
    model.export(folder / "model.onnx")
    model.export(folder / "model.stablehlo")
    loaded = jax.export.deserialize((folder / "model.stablehlo").read_bytes())

    def arguments(x):
        arrays = zip(jax.tree.leaves(x), loaded.in_avals, strict=True)
        return jax.tree.unflatten(loaded.in_tree, [np.asarray(one, declared.dtype) for one, declared in arrays])[0]

    inputs = [make(rows) for rows in ROWS]
    outputs = jax.jit(lambda inputs: [loaded.call(*one) for one in inputs])([arguments(x) for x in inputs])
    together = model.predict(jax.tree.map(lambda *parts: np.concatenate(parts), *inputs), verbose=0)
    for x, of_jax, rows in zip(inputs, outputs, (slice(ROWS[0]), slice(ROWS[0], None)), strict=True):
        expected = jax.tree.map(lambda output, rows=rows: output[rows], together)
        assert_equal(outputs_of(folder / "model.onnx", x), expected, tolerance)
        assert_equal(jax.tree.map(np.asarray, of_jax), expected, 1e-6)


def uniform(*shape):
    """Return a function from a number of rows to random inputs of a shape."""
    return lambda rows: np.random.default_rng(rows).uniform(-2, 2, (rows, *shape)).astype("float32")


def operators(path):
    return [node.op_type for node in onnx.load(path).graph.node]


# --- every layer ------------------------------------------------------------------------------------------


def why_not(case):
    """Return why a layer is not exported, and the words of the error; `None` if it is."""
    if not case.may_be_in_a_program:  # ONNX has some words for strings, see test_export_of_strings.py
        return "strings are in no program", "strings|ONNX has no operators|ONNX does not"
    if case.name in ("Hashing", "HashedCrossing") or case.arguments.get("oov_method") == "farmhash":
        return "fingerprints are computed in Python", "calls Python code"
    return None


def model_of(case):
    def declared(shape):
        dtype = "string" if isinstance(shape, Strings) else "int32" if isinstance(shape, Integers) else "float32"
        return Input(shape[1:], dtype=dtype)

    if case.name == "InputLayer":
        return Sequential([case.made()])
    inputs = map_shape(declared, case.shape)
    return Model(inputs, case.called(case.made(), inputs))


EXPORTED = [case for case in CASES if why_not(case) is None]
OTHERS = [case for case in CASES if why_not(case) is not None]


@among(EXPORTED)
def test_every_layer(case, tmp_path):
    assert_exported(model_of(case), tmp_path, lambda rows: case.data(seed=rows, rows=rows))


@among(OTHERS)
@pytest.mark.parametrize("format", ["onnx", "stablehlo"])
def test_layers_that_are_not_exported_say_why(case, format, tmp_path):
    _, words = why_not(case)
    if format == "onnx" and case.is_a_lookup_of_onnx:
        return
    with pytest.raises((ValueError, TypeError), match=words):
        model_of(case).export(tmp_path / f"model.{format}")
    assert not list(tmp_path.iterdir())


def test_layers_that_are_not_exported_are_few():
    assert {case.name for case in OTHERS} == {"DateParts", "TextNumbers", *NEED_TENSORFLOW}
    assert any(case.name == "IntegerLookup" for case in EXPORTED)


NAMES = sorted(set(activations.__all__) - {"get", "serialize", "deserialize", "threshold"})


def test_every_activation(tmp_path):
    x, make = Input((4,)), uniform(4)
    model = Model(x, {name: layers.Activation(name)(x) for name in NAMES})
    assert_exported(model, tmp_path, lambda rows: 5 * make(rows))


# --- models -----------------------------------------------------------------------------------------------


def test_a_stack_for_images(tmp_path):
    model = Sequential(
        [
            Input((12, 12, 1), dtype="uint8"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(40, 3, activation="relu", padding="same"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.SeparableConv2D(6, 3, activation="selu"),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    assert_exported(model, tmp_path, lambda rows: np.random.default_rng(rows).integers(0, 256, (rows, 12, 12, 1)))
    found = operators(tmp_path / "model.onnx")
    assert found.count("Conv") == 2
    assert found.count("MaxPool") == 1


def test_weights_have_their_paths(tmp_path):
    layer = layers.Dense(3, name="hidden", kernel_initializer="ones")
    model = Sequential([layers.Embedding(5, 4, input_shape=(2,)), layers.Conv1D(6, 2), layer, layers.Flatten()])
    model.export(tmp_path / "model.onnx")
    held = {one.name: onnx.numpy_helper.to_array(one) for one in onnx.load(tmp_path / "model.onnx").graph.initializer}
    assert {"embedding/embeddings", "conv1d/kernel", "conv1d/bias", "hidden/kernel", "hidden/bias"} <= set(held)
    np.testing.assert_array_equal(held["hidden/kernel"], layer.kernel)
    np.testing.assert_array_equal(held["conv1d/kernel"], np.transpose(model.layers[1].kernel, (2, 1, 0)))


def test_a_trained_model_of_the_chapter(tmp_path):
    x = uniform(8)(64)
    model = Sequential([layers.Dense(30, activation="relu", input_shape=(8,)), layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    model.fit(x, x.sum(axis=1), epochs=2, verbose=0)
    assert_exported(model, tmp_path, uniform(8))
    assert operators(tmp_path / "model.onnx").count("MatMul") == 2
    assert "Expand" not in operators(tmp_path / "model.onnx")


def wide_and_deep(as_dict=False):
    wide, deep = Input((5,), name="wide"), Input((6,), name="deep")
    hidden = layers.Dense(30, activation="relu")(layers.Dense(30, activation="relu")(deep))
    output = layers.Dense(1, name="main")(layers.concatenate([wide, hidden]))
    auxiliary = layers.Dense(1, name="auxiliary")(hidden)
    if as_dict:
        return Model({"wide": wide, "deep": deep}, {"main": output, "auxiliary": auxiliary})
    return Model([wide, deep], [output, auxiliary])


def both(rows):
    return [uniform(5)(rows), uniform(6)(rows)]


def test_several_inputs_and_outputs(tmp_path):
    assert_exported(wide_and_deep(), tmp_path, both)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    assert [one.name for one in session.get_inputs()] == ["wide", "deep"]
    assert [one.name for one in session.get_outputs()] == ["main", "auxiliary"]
    assert [one.shape for one in session.get_inputs()] == [["batch", 5], ["batch", 6]]


def test_dicts_of_inputs_and_outputs(tmp_path):
    model = wide_and_deep(as_dict=True)
    assert_exported(model, tmp_path, lambda rows: dict(zip(("wide", "deep"), both(rows), strict=True)))
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    assert [one.name for one in session.get_inputs()] == ["deep", "wide"]
    assert [one.name for one in session.get_outputs()] == ["auxiliary", "main"]


class WideAndDeep(Model):
    """The model of the chapter that is a class, with a structure of outputs."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(30, activation="relu")
        self.main, self.auxiliary = layers.Dense(1), layers.Dense(1)

    def call(self, inputs):
        wide, deep = inputs
        hidden = self.hidden(deep)
        return self.main(ops.concatenate([wide, hidden], axis=-1)), self.auxiliary(hidden)


def test_a_class_of_its_own(tmp_path):
    model = WideAndDeep()
    model.build([(None, 5), (None, 6)])
    assert_exported(model, tmp_path, both)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    assert [one.name for one in session.get_inputs()] == ["input_1", "input_2"]
    assert [one.name for one in session.get_outputs()] == ["output_1", "output_2"]


def test_shared_layers_and_models_inside(tmp_path):
    inner = Sequential([layers.Dense(4, activation="tanh", input_shape=(3,)), layers.Dense(4)], name="inner")
    one, other, shared = Input((3,)), Input((3,)), layers.Dense(2, name="shared")
    model = Model([one, other], shared(inner(one)) * shared(inner(other)) - 1.0)
    assert_exported(model, tmp_path, lambda rows: [uniform(3)(rows), uniform(3)(rows + 1)[:rows]])
    names = [one.name for one in onnx.load(tmp_path / "model.onnx").graph.initializer]
    assert names.count("shared/kernel") == names.count("inner/dense/kernel") == 1


def test_what_goes_through_unchanged_and_what_is_constant(tmp_path):
    x = Input((3,), name="x")
    model = Model(x, [x, layers.Lambda(lambda x: jnp.ones_like(x))(x)])
    assert_exported(model, tmp_path, uniform(3))


def test_sizes_that_are_unknown(tmp_path):
    x = Input((None, 3))
    convolved = layers.Conv1D(4, 2, strides=2, padding="same")(x)
    model = Model(x, layers.GlobalAveragePooling1D()(layers.MaxPooling1D(2)(convolved)))
    model.export(tmp_path / "model.onnx")
    for rows, steps in ((1, 6), (3, 9)):
        x = uniform(steps, 3)(rows)
        assert_equal(outputs_of(tmp_path / "model.onnx", x), model.predict(x, verbose=0), 1e-5)


def test_a_mask_is_followed(tmp_path):
    model = Sequential(
        [
            Input((4,), dtype="int32"),
            layers.Embedding(5, 3, mask_zero=True),
            layers.GlobalAveragePooling1D(),
        ]
    )
    assert_exported(model, tmp_path, lambda rows: np.random.default_rng(rows).integers(0, 5, (rows, 4)))


def test_integers_that_an_embedding_does_not_know(tmp_path):
    unchecked = layers.Lambda(lambda ids: ids + 0)  # `predict` looks at what a layer reads directly
    model = Sequential([Input((3,), dtype="int32"), unchecked, layers.Embedding(2, 2)])
    assert_exported(model, tmp_path, lambda rows: np.tile([[0, 7, -1]], (rows, 1)))


# --- code of a user's -------------------------------------------------------------------------------------


@jax.custom_vjp
def doubled(x):
    return 2 * x


doubled.defvjp(lambda x: (2 * x, None), lambda _, gradient: (2 * gradient,))

FUNCTIONS = {
    "arithmetic": lambda x: (x**3 + 2) / (1 + abs(x)) - x % 0.7 + x // 0.3,
    "functions": lambda x: jnp.sinh(x) * jnp.cos(x) + jnp.arctan(x) + jnp.cbrt(x) + jnp.exp2(x) + jnp.log1p(abs(x)),
    "comparisons": lambda x: jnp.where((x > 0) & ~(x != x) | (x == -1), x, jnp.clip(x, -0.5, None)),
    "booleans": lambda x: jnp.where(jnp.where(x > 0, x < 1, x < -1) ^ jnp.isfinite(x), x, -x),
    "rounding": lambda x: jnp.round(3 * x) + jnp.floor(x) + jnp.ceil(x) + jnp.sign(x) + jnp.trunc(x),
    "switches": lambda x: jax.lax.select_n((x + 3).astype("int32") % 3, x, 2 * x, -x),
    "reductions": lambda x: x.mean() + x.prod(1) + x.min(1) * jnp.linalg.norm(x, axis=1) + jnp.std(x) + x.any(1),
    "arguments": lambda x: jnp.argmax(x, 1) + jnp.argmin(x, 1).astype("float32"),
    "cumulated": lambda x: jnp.cumsum(x, 1) + jax.lax.cumsum(x, 1, reverse=True),
    "sorting": lambda x: jnp.sort(x, 1) + jnp.argsort(x, 1) + jax.lax.top_k(x, 4)[0] + jax.lax.top_k(x, 4)[1],
    "slices": lambda x: x[:, 1:3] + x[:, ::-2] + x[:, [0, 2]] + x[:, :1] + x[:, -1:] + x[0, 0],
    "a window": lambda x: jax.lax.dynamic_slice_in_dim(x, jnp.argmax(x), 2, 1),
    "places": lambda x: jnp.take_along_axis(x, jnp.argsort(x, 1), 1) + x[jnp.arange(x.shape[0]), 2][:, None],
    "a table": lambda x: jnp.take(jnp.arange(12.0).reshape(2, 6), (2 * x).astype("int32"), axis=1, mode="clip"),
    "points": lambda x: jnp.arange(12.0).reshape(3, 4)[abs(x[:, 0]).astype("int32"), 1][:, None] * x,
    "shapes": lambda x: jnp.repeat(x[..., None], 2, 1).transpose(0, 2, 1).reshape(x.shape[0], -1) * x.shape[0],
    "parts": lambda x: jnp.concatenate([*jnp.split(x, 2, 1)[::-1], jnp.stack(jnp.unstack(x, axis=1), 1), 0 * x], 1),
    "padding": lambda x: jnp.pad(x, ((0, 0), (1, 2)), constant_values=3.0)[:, ::-1],
    "products": lambda x: jnp.einsum("bi,bj,jk->bk", x, x, jnp.arange(12.0).reshape(4, 3)),
    "products of rows": lambda x: (x[:, :, None] @ x[:, None, :]).sum(1) + (x @ x.T).sum(),
    "ranges": lambda x: x + jnp.arange(x.shape[0])[:, None] + jax.nn.one_hot(jnp.argmax(x, 1), 4),
    "a loop": lambda x: jax.lax.scan(lambda sum, row: (sum + row, sum * row), x[:, 0], x.T, reverse=True)[1].T,
    "a loop over rows that are alike": lambda x: jax.lax.scan(
        lambda sum, row: (sum + row[0] * row[1], sum > 0), 0 * x, (jnp.ones((2, *x.shape)), jnp.arange(2.0))
    )[0],
    "branches with booleans": lambda x: jax.lax.cond(x[0, 0] > 0, lambda x: x > 0, lambda x: x < 1, x) * x,
    "branches": lambda x: jax.lax.cond(x[0, 0] > 0, jnp.sin, jnp.negative, x),
    "gradients of its own": lambda x: doubled(x) + jax.checkpoint(jnp.tanh)(x) + jax.grad(lambda x: (x**2).sum())(x),
    "unsigned integers": lambda x: ((x * 100).astype("int32").astype("uint32") * jnp.uint32(2654435761) % 97).astype(
        "float32"
    ),
    "a search": lambda x: jnp.searchsorted(jnp.array([-1.0, 0.0, 0.5]), x).astype("float32"),
    "nothing": lambda x: jax.lax.stop_gradient(jax.lax.optimization_barrier(x)),
    "fixed noise": lambda x: x + jax.random.normal(jax.random.key(0), (4,)),
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_function_of_a_user_s(function, tmp_path):
    model = Sequential([Input((4,)), layers.Lambda(function)])
    model.export(tmp_path / "model.onnx")
    inputs = [uniform(4)(rows) for rows in ROWS]
    of_jax = jax.jit(lambda inputs: list(map(function, inputs)))(inputs)
    for x, expected in zip(inputs, of_jax, strict=True):
        np.testing.assert_allclose(outputs_of(tmp_path / "model.onnx", x)[0], expected, rtol=1e-5, atol=1e-5)


class Gate(layers.Layer):
    """A layer of a user's, with a weight and a layer inside."""

    def build(self, input_shape):
        self.inner = layers.Dense(input_shape[-1], activation="sigmoid")
        self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor")

    def call(self, inputs):
        return inputs * self.inner(inputs) * self.factor


def test_a_layer_of_a_user_s(tmp_path):
    assert_exported(Sequential([Input((3,)), Gate(activity_regularizer="l2")]), tmp_path, uniform(3))


def test_operations_in_a_graph(tmp_path):
    x = Input((4,))
    model = Model(x, ops.softmax(ops.matmul(x, ops.transpose(x)) / 2.0)[:, :1] + ops.mean(x, axis=1, keepdims=True))
    model.export(tmp_path / "model.onnx")
    for rows in ROWS:
        x = uniform(4)(rows)
        assert_equal(outputs_of(tmp_path / "model.onnx", x), model.predict_on_batch(x), 1e-5)


# --- types ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "bfloat16", "float16"])
def test_short_types_are_computed_in_float32(policy, tmp_path):
    model = Sequential([layers.Dense(8, activation="gelu", dtype=policy, input_shape=(4,)), layers.Dense(2)])
    model.export(tmp_path / "model.onnx")
    x = uniform(4)(3)
    expected = model.predict(x, verbose=0)
    (output,) = outputs_of(tmp_path / "model.onnx", x)
    assert output.dtype == np.float32
    np.testing.assert_allclose(output, expected.astype("float32"), rtol=0.05, atol=0.05)


def test_float64_stays(tmp_path):
    with jax.enable_x64():
        model = Sequential([Input((4,), dtype="float64"), layers.Dense(8, activation="softplus", dtype="float64")])
        model.export(tmp_path / "model.onnx")
        x = np.random.default_rng(0).normal(size=(3, 4))
        (output,) = outputs_of(tmp_path / "model.onnx", x)
        assert output.dtype == np.float64
        np.testing.assert_allclose(output, model(x), rtol=1e-12)


# --- what is asked for ------------------------------------------------------------------------------------


def small():
    return Sequential([layers.Dense(2, input_shape=(3,))], name="small")


def test_a_signature_says_types_and_sizes(tmp_path):
    model = Sequential([layers.Embedding(5, 2, input_shape=(3,))])
    model.export(tmp_path / "model.onnx", input_signature=[layers.InputSpec(dtype="int32", shape=(2, 3))])
    (declared,) = onnxruntime.InferenceSession(tmp_path / "model.onnx").get_inputs()
    assert (declared.type, declared.shape) == ("tensor(int32)", [2, 3])


def test_a_signature_of_another_number_of_inputs(tmp_path):
    with pytest.raises(ValueError, match="describes 2 inputs, but 'small' takes 1"):
        small().export(tmp_path / "model.onnx", input_signature=[layers.InputSpec(shape=(None, 3))] * 2)


def test_a_format_goes_before_the_name(tmp_path, capsys):
    small().export(tmp_path / "model.bin", format="onnx", verbose=True)
    onnx.checker.check_model(onnx.load(tmp_path / "model.bin"))
    assert "Wrote 'small'" in capsys.readouterr().out
    small().export(tmp_path / "model.onnx")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("format", ["tf_saved_model", "openvino", "torch"])
def test_other_formats_are_refused(format, tmp_path):
    with pytest.raises(ValueError, match=f"one of 'onnx', 'stablehlo', not '{format}'"):
        small().export(tmp_path / "model", format=format)


def test_other_names_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"must end in '\.onnx' or '\.stablehlo'"):
        small().export(tmp_path / "model.keras")


def test_a_model_must_be_built(tmp_path):
    with pytest.raises(ValueError, match="must be built before it is exported"):
        Sequential([layers.Dense(1)]).export(tmp_path / "model.onnx")


def test_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"hornet-nn\[onnx\]"):
        small().export(tmp_path / "model.onnx")


# --- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["onnx", "stablehlo"])
def test_draws_in_inference(format, tmp_path):
    dropping = layers.Dropout(0.5)
    x = Input((3,))
    model = Model(x, layers.Dense(1)(dropping(x, training=True)))
    with pytest.raises(ValueError, match=r"Layer '.*dropout.*' draws random numbers in inference"):
        model.export(tmp_path / f"model.{format}")


REFUSED = {
    "while": lambda x: jax.lax.while_loop(lambda x: x.sum() < 9, lambda x: x + 1, x),
    "erf_inv": lambda x: jax.scipy.special.erfinv(x),
    "random_bits": lambda x: x + jax.random.normal(jax.random.key(0), x.shape),
    "with elements of type complex64": lambda x: (x * 1j * x).real,
    "a pooling of integers": lambda x: jax.lax.reduce_window(
        x.astype("int32"), np.int32(0), jax.lax.add, (1, 2), (1, 1), "valid"
    ),
    "windows at several indices": lambda x: jax.vmap(lambda row, at: jax.lax.dynamic_slice(row, (at,), (2,)))(
        x, jnp.argmax(x, 1)
    ),
}


@pytest.mark.parametrize("words", REFUSED)
def test_an_operation_without_words_is_named(words, tmp_path):
    model = Sequential([Input((3,)), layers.Dense(3), layers.Lambda(REFUSED[words], name="odd")], name="whole")
    with pytest.raises(ValueError, match=rf"Layer 'whole/odd' uses .*{words}"):
        model.export(tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())
    model.export(tmp_path / "model.stablehlo")


class Halving(Model):
    """Needs to know how many rows there are."""

    def build(self, input_shape):
        pass

    def call(self, inputs):
        return inputs[: inputs.shape[0] // 2] if inputs.shape[0] > 3 else inputs


def test_a_size_that_must_be_known(tmp_path):
    model = Halving()
    model._build_on((None, 3))
    with pytest.raises(ValueError, match="depends on a size that the file leaves open"):
        model.export(tmp_path / "model.onnx")
    model.export(tmp_path / "model.onnx", input_signature=layers.InputSpec(shape=(4, 3)))
    assert outputs_of(tmp_path / "model.onnx", uniform(3)(4))[0].shape == (2, 3)


# --- files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["model.onnx", "model.stablehlo"])
def test_a_file_is_there_whole_or_not_at_all(name, tmp_path, monkeypatch):
    path = tmp_path / name
    small().export(path)
    before = path.read_bytes()

    def failing(self, content):
        with open(self, "wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", failing)
    with pytest.raises(OSError, match="as it was"):
        small().export(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_exporting_changes_nothing(tmp_path):
    model = Sequential([Input((3,)), layers.BatchNormalization(), layers.Dense(1)])
    before = model.get_weights()
    model.export(tmp_path / "model.onnx")
    model.export(tmp_path / "model.stablehlo")
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
