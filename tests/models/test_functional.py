"""Functional and subclassed models against Keras's, and what they say of bad graphs."""

import json

import keras
import numpy as np
import pytest

import hornet
from hornet import layers
from hornet.core.policies import policy_of
from hornet.core.random import seeded
from hornet.models import Functional, clone_model, model_from_json

RNG = np.random.default_rng(0)
WIDE, DEEP = RNG.normal(size=(64, 5)).astype("float32"), RNG.normal(size=(64, 6)).astype("float32")
TARGET = (WIDE.sum(axis=1) + DEEP[:, 0])[:, None]


def wide_and_deep(library):
    """The chapter's model of two inputs and two outputs."""
    wide, deep = library.Input(shape=(5,), name="wide"), library.Input(shape=(6,), name="deep")
    hidden = library.layers.Dense(8, activation="relu", name="hidden1")(deep)
    hidden = library.layers.Dense(8, activation="relu", name="hidden2")(hidden)
    joined = library.layers.concatenate([wide, hidden])
    main = library.layers.Dense(1, name="main")(joined)
    auxiliary = library.layers.Dense(1, name="aux")(hidden)
    return library.Model(inputs=[wide, deep], outputs=[main, auxiliary])


class WideAndDeep(hornet.Model):
    """The same as a class."""

    def __init__(self):
        super().__init__()
        self.hidden1 = hornet.layers.Dense(8, activation="relu")
        self.hidden2 = hornet.layers.Dense(8, activation="relu")
        self.main = hornet.layers.Dense(1)
        self.aux = hornet.layers.Dense(1)

    def call(self, inputs):
        wide, deep = inputs
        hidden = self.hidden2(self.hidden1(deep))
        return self.main(hornet.layers.concatenate([wide, hidden])), self.aux(hidden)


def fitted(model):
    model.compile(loss=["mse", "mse"], loss_weights=[0.9, 0.1], optimizer="sgd")
    history = model.fit((WIDE, DEEP), (TARGET, TARGET), batch_size=16, epochs=4, shuffle=False, verbose=0)
    return history.history


with seeded(1):
    WEIGHTS = wide_and_deep(hornet).get_weights()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")
def test_training_follows_keras(oracle):
    def train(library):
        model = wide_and_deep(library)
        model.set_weights(WEIGHTS)
        losses = fitted(model)["loss"]
        return [np.array(losses), *model.get_weights()]

    (losses, *weights), (their_losses, *their_weights) = train(hornet), oracle("run", lambda: train(keras))
    np.testing.assert_allclose(losses, their_losses, rtol=1e-4)
    for one, other in zip(weights, their_weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_each_output_reports_its_own_loss():
    model = wide_and_deep(hornet)
    fitted(model)
    total, main, auxiliary = model.evaluate((WIDE, DEEP), (TARGET, TARGET), verbose=0)
    outputs = model.predict((WIDE, DEEP), verbose=0)
    expected = [np.mean((one - TARGET) ** 2) for one in outputs]
    np.testing.assert_allclose([main, auxiliary], expected, rtol=1e-5)
    np.testing.assert_allclose(total, 0.9 * expected[0] + 0.1 * expected[1], rtol=1e-5)


def test_a_class_trains_to_the_same_weights_as_the_graph():
    graph, subclass = wide_and_deep(hornet), WideAndDeep()
    subclass((WIDE, DEEP))
    subclass.set_weights(graph.get_weights())
    assert fitted(graph)["loss"] == fitted(subclass)["loss"]
    for one, other in zip(graph.get_weights(), subclass.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("y", [[TARGET, TARGET], {"main": TARGET, "aux": TARGET}], ids=["list", "by name"])
@pytest.mark.parametrize("x", [[WIDE, DEEP], (WIDE, DEEP), {"wide": WIDE, "deep": DEEP}], ids=["list", "tuple", "dict"])
def test_inputs_and_labels_come_as_lists_tuples_or_dicts(x, y):
    model = wide_and_deep(hornet)
    model.compile(loss=["mse", "mse"], optimizer="sgd")
    losses = model.evaluate(x, y, verbose=0)
    np.testing.assert_allclose(losses, model.evaluate([WIDE, DEEP], [TARGET, TARGET], verbose=0))


def shared(library):
    """A layer used twice, operators, a slice and a model inside the model."""
    x = library.Input((6,), name="x")
    layer = library.layers.Dense(6, activation="tanh", name="shared")
    inner_input = library.Input((6,), name="inner_input")
    inner = library.Model(inner_input, library.layers.Dense(3, name="inner_dense")(inner_input), name="inner")
    return library.Model(x, inner(layer(layer(x) * 2.0 + 1.0))[:, 0:2])


@pytest.mark.parametrize("build", [wide_and_deep, shared])
def test_a_rebuilt_model_computes_the_same(build):
    model = build(hornet)
    x = [WIDE, DEEP] if len(model.inputs) == 2 else DEEP
    expected = model.predict(x, verbose=0)
    for twin in (
        Functional.from_config(json.loads(json.dumps(model.get_config()))),
        model_from_json(model.to_json()),
        clone_model(model),
    ):
        twin.set_weights(model.get_weights())
        for one, other in zip(np.atleast_1d(twin.predict(x, verbose=0)), np.atleast_1d(expected), strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_model_is_cut_out_of_another():
    model = wide_and_deep(hornet)
    part = hornet.Model(model.get_layer("deep").output, model.get_layer("hidden2").output)
    assert part.predict(DEEP, verbose=0).shape == (64, 8)
    assert part.get_layer("hidden1") is model.get_layer("hidden1")


def test_a_disconnected_graph_names_the_tensor():
    wide, deep = hornet.Input((5,), name="wide"), hornet.Input((5,), name="deep")
    with pytest.raises(ValueError, match="disconnected: its outputs need 'deep'"):
        hornet.Model(wide, hornet.layers.add([wide, deep]))


def test_two_layers_of_one_name_are_refused():
    x = hornet.Input((5,))
    with pytest.raises(ValueError, match="Two layers are named 'same'"):
        hornet.Model(x, hornet.layers.Dense(2, name="same")(hornet.layers.Dense(3, name="same")(x)))


@pytest.mark.parametrize("argument", ["loss", "loss_weights", "metrics"])
def test_an_entry_for_no_output_is_refused(argument):
    model = wide_and_deep(hornet)
    model.compile(**{"loss": "mse", argument: {"mian": 1.0 if argument == "loss_weights" else "mse"}})
    with pytest.raises(ValueError, match=r"entry 'mian', but no output has that name.*Did you mean 'main'\?"):
        model.fit([WIDE, DEEP], [TARGET, TARGET], verbose=0)


def test_names_of_dicts_need_not_be_sorted():
    first, second = hornet.Input((3,), name="b"), hornet.Input((2,), name="a")
    outputs = {"z": layers.Dense(1)(layers.concatenate([second, first])), "y": layers.Dense(2)(second)}
    model = hornet.Model({"b": first, "a": second}, outputs)
    model.compile(loss={"z": "mse", "y": "mae"})
    x = {"b": np.ones((4, 3)), "a": np.ones((4, 2))}
    y = {"z": np.zeros((4, 1)), "y": np.zeros((4, 2))}
    results = model.evaluate(x, y, verbose=0, return_dict=True)
    predicted = model.predict(x, verbose=0)
    assert {name: one.shape for name, one in predicted.items()} == {"z": (4, 1), "y": (4, 2)}
    np.testing.assert_allclose(results["z_loss"], np.mean(predicted["z"] ** 2), rtol=1e-5)
    np.testing.assert_allclose(results["y_loss"], np.mean(np.abs(predicted["y"])), rtol=1e-5)


def test_a_model_leaves_the_types_of_its_inputs_to_its_layers():
    years = np.arange(1990.0, 2020.0, dtype="float32")[:, None]
    normalize = layers.Normalization(dtype="float32")
    normalize.adapt(years)
    inputs = hornet.Input((1,))
    model = hornet.Model(inputs, normalize(inputs))
    model.dtype_policy = policy_of("mixed_bfloat16")  # whose 8 digits do not tell one year from the next
    np.testing.assert_allclose(model(years), (years - years.mean()) / years.std(), atol=1e-5)


ENDS = {"tensor": lambda tensor: tensor, "list": lambda tensor: [tensor], "tuple": lambda tensor: (tensor,)}


@pytest.mark.parametrize("taken", ENDS)
@pytest.mark.parametrize("made", ENDS)
@pytest.mark.filterwarnings("ignore:.*The structure of `inputs`:UserWarning")  # of Keras
def test_what_is_alone_in_a_list_is_itself(taken, made):
    """One input or output, given in a list or not, as the chapter and most programs write it."""
    x = np.ones((2, 3), "float32")

    def facts(package):
        inputs = package.Input((3,), name="a")
        outputs = package.layers.Dense(1, kernel_initializer="ones", name="b")(inputs)
        model = package.Model(inputs=ENDS[taken](inputs), outputs=ENDS[made](outputs))
        model.compile("sgd", "mse", metrics=["mae"])
        outer = model(package.Input((3,)))
        results = [model.predict(x, verbose=0), model(x), model([x]), model.predict_on_batch(x), model.predict([x])]
        return {
            "arrays": [hasattr(result, "shape") for result in results],
            "outer is in a list": isinstance(outer, list | tuple),
            "shapes": [list(model.input_shape)[1:], list(model.output_shape)[1:]],
            "ends are in lists": [isinstance(end, list | tuple) for end in (model.input, model.output)],
            "logs": sorted(model.fit([x], [np.ones((2, 1))], verbose=0).history),
            "names": model.output_names,
        }

    ours, theirs = facts(hornet), facts(keras)
    assert ours == theirs


PACKAGES = pytest.mark.parametrize("package", [hornet, keras], ids=["hornet", "keras"])


@PACKAGES
@pytest.mark.parametrize(
    ("declared", "given", "expected"),
    [("int32", 1.7, 3.0), ("float16", 1.5, 3.5), ("float32", 1, 3.0), ("int32", True, 3.0)],
)
def test_data_are_cast_to_the_type_that_an_input_declares(package, declared, given, expected):
    x = np.full((1, 2), given)
    inputs = package.Input((2,), dtype=declared)
    output = package.Model(inputs, inputs + 2)(x)
    assert (np.asarray(output, "float32").tolist(), str(output.dtype)) == ([[expected] * 2], declared)
    first = package.layers.Lambda(lambda x: x + 2, output_shape=(2,), dtype=declared)
    stack = package.Sequential([package.Input((2,), dtype=declared), first])
    output = stack.predict(x, verbose=0)
    assert (output.astype("float32").tolist(), str(output.dtype)) == ([[expected] * 2], declared)


@PACKAGES
def test_inputs_and_outputs_may_be_dicts_in_dicts(package):
    a, b, c = package.Input((2,), name="a"), package.Input((3,), name="b"), package.Input((3,), name="c")
    total = package.layers.Add()([b, c])
    model = package.Model({"a": a, "more": {"b": b, "rest": [c]}}, {"one": a * 2, "two": {"three": total}})
    x = {"a": np.ones((4, 2)), "more": {"b": np.ones((4, 3)), "rest": [np.full((4, 3), 4.0)]}}
    for output in (model(x), model.predict(x, verbose=0)):
        assert np.asarray(output["one"]).tolist() == np.full((4, 2), 2).tolist()
        assert np.asarray(output["two"]["three"]).tolist() == np.full((4, 3), 5).tolist()


def test_lists_for_inputs_that_go_by_name_are_never_swapped():
    a, b = hornet.Input((2,), name="a"), hornet.Input((2,), name="b")
    ones, zeros = np.ones((3, 2)), np.zeros((3, 2))
    sorted_names = hornet.Model({"a": a, "b": b}, layers.Subtract()([a, b]))
    assert sorted_names.predict([ones, zeros], verbose=0).tolist() == ones.tolist()
    other_order = hornet.Model({"second": a, "first": b}, layers.Subtract()([a, b]))
    for call in (other_order, other_order.predict):
        with pytest.raises(ValueError, match=r"go by name: 'first', 'second', so a list does not say which is which"):
            call([ones, zeros])


def test_what_no_input_is_named_for_is_left_out_with_a_warning():
    a, b = hornet.Input((2,), name="a"), hornet.Input((2,), name="b")
    for model in (hornet.Model({"a": a, "b": b}, a - b), hornet.Model([a, b], a - b)):
        with pytest.warns(UserWarning, match=r"`x` has 'c', 'd', which .* does not take; it is left out"):
            model.predict({"a": np.ones((1, 2)), "b": np.ones((1, 2)), "c": np.ones(1), "d": np.ones(1)}, verbose=0)


@PACKAGES
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")
def test_a_model_cut_out_of_another_begins_with_an_input(package):
    inputs = package.Input((3,), name="x")
    hidden = package.layers.Dense(4, kernel_initializer="ones", name="hidden")(inputs)
    outputs = package.layers.Dense(2, kernel_initializer="ones", name="out")(hidden * 2)
    part = package.Model(hidden, outputs)
    assert [type(layer).__name__ for layer in part.layers] == ["InputLayer", "Dense"]
    assert len(part.operations) == 3
    np.testing.assert_allclose(part.predict(np.ones((2, 4)), verbose=0), np.full((2, 2), 8.0))
    if package is hornet:  # Keras does not clone such a part
        again = hornet.models.clone_model(part)
        again.set_weights(part.get_weights())
        np.testing.assert_allclose(again.predict(np.ones((2, 4)), verbose=0), np.full((2, 2), 8.0))
    assert len(part.get_config()["layers"]) == 3
    whole = package.Model(inputs, part(hidden))
    np.testing.assert_allclose(whole.predict(np.ones((2, 3)), verbose=0), np.full((2, 2), 24.0))


def test_a_model_may_begin_with_a_tensor_made_by_hand():
    free = hornet.KerasTensor((None, 3))
    model = hornet.Model(free, layers.Dense(1, kernel_initializer="ones")(free))
    assert model.predict(np.ones((2, 3)), verbose=0).tolist() == [[3.0], [3.0]]


@PACKAGES
def test_a_call_on_data_that_do_not_fit_is_a_value_error(package):
    a, b = package.Input((4,), name="a"), package.Input((4,), name="b")
    model = package.Model([a, b], a + b)
    with pytest.raises(ValueError, match=r"\(None, 4\).*\(2, 3\)"):
        model([np.ones((2, 4)), np.ones((2, 3))])
    with pytest.raises(ValueError, match=r"2 .*input"):
        model([np.ones((2, 4))])
    with pytest.raises(ValueError, match=r"1 .*input"):
        package.Model(a, a * 2)([np.ones((2, 4)), np.ones((2, 4))])
