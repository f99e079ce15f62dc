"""Models that are pickled and deep-copied, which go on where they were."""

import copy
import pickle

import numpy as np
import pytest

import hornet as keras


class Graph(keras.Model):
    """A user's class that is called with symbolic tensors."""


def stack():
    return keras.Sequential(
        [
            keras.layers.Dense(5, activation="relu", input_shape=(3,)),
            keras.layers.Dropout(0.1),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1, kernel_regularizer="l2", kernel_constraint="max_norm"),
        ]
    )


def graph():
    inputs = keras.Input((3,))
    hidden = keras.layers.Dense(4, activation=keras.layers.LeakyReLU())(inputs)
    return keras.Model(inputs, keras.layers.Dense(1)(keras.layers.concatenate([inputs, hidden])))


@pytest.mark.parametrize("make", [stack, graph])
@pytest.mark.parametrize("again", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_goes_on_as_the_model_would(make, again):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 3))
    y = x.sum(axis=1)
    model = make()
    model.compile(loss="mse", optimizer="adam", metrics=["mae"])
    model.fit(x, y, epochs=2, verbose=0)
    outputs = model.predict(x, verbose=0)
    twin = again(model)
    np.testing.assert_array_equal(twin.predict(x, verbose=0), outputs)
    histories = []
    for one in (twin, model):
        keras.utils.set_random_seed(1)
        histories.append(one.fit(x, y, epochs=2, verbose=0).history)
        if one is twin:
            np.testing.assert_array_equal(model.predict(x, verbose=0), outputs)
    assert histories[0] == histories[1]
    np.testing.assert_array_equal(twin.predict(x, verbose=0), model.predict(x, verbose=0))


def test_a_copy_that_is_changed_computes_as_it_is_now():
    model = stack()
    model.predict(np.ones((4, 3)), verbose=0)
    twin = copy.deepcopy(model)
    twin.layers[-1].set_weights([np.zeros((5, 1)), np.ones(1)])
    assert twin.predict(np.ones((4, 3)), verbose=0).tolist() == [[1.0]] * 4


def test_a_graph_of_a_user_s_class_is_pickled():
    inputs = keras.Input((3,))
    model = Graph(inputs, keras.layers.Dense(1)(inputs))
    twin = pickle.loads(pickle.dumps(model))
    assert isinstance(twin, Graph)
    np.testing.assert_array_equal(twin(np.ones((2, 3))), model(np.ones((2, 3))))


class Named(keras.layers.Layer):
    def call(self, x):
        return x


def holder(part):
    """Return a trained model that holds something of a user's own, as its loss, activation, layer or class."""

    class Local(keras.layers.Layer):
        def call(self, x):
            return x

    class Own(keras.Sequential):
        pass

    def loss(y, y_pred):
        return keras.ops.mean(keras.ops.square(y - y_pred))

    kind = Own if part == "class of the model" else keras.Sequential
    more = {"class": [Local()], "Lambda": [keras.layers.Lambda(lambda x: x)]}.get(part, [Named()])
    activation = (lambda x: 2 * x) if part == "activation" else None
    model = kind([keras.Input((3,)), *more, keras.layers.Dense(1, activation=activation)])
    model.compile("sgd", {"loss": loss, "list of losses": [loss]}.get(part, "mse"))
    model.fit(X3, X3[:, :1], verbose=0)
    return model


X3 = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")


@pytest.mark.parametrize("part", ["loss", "list of losses", "activation", "Lambda", "class", "class of the model"])
def test_what_pickle_cannot_find_is_named_with_what_to_do(part):
    model = holder(part)
    for dump in (pickle.dumps, pickle._dumps):
        with pytest.raises(
            pickle.PicklingError, match=r"holder\.<locals>\.\S+', .* at the top level of a module, pickle"
        ):
            dump(model)
    again = copy.deepcopy(model)
    np.testing.assert_array_equal(again.predict(X3, verbose=0), model.predict(X3, verbose=0))
    cloudpickle = pytest.importorskip("cloudpickle")
    by_value = pickle.loads(cloudpickle.dumps(model))
    np.testing.assert_array_equal(by_value.predict(X3, verbose=0), model.predict(X3, verbose=0))


def test_what_has_a_name_is_pickled():
    model = holder("nothing")
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(model)).predict(X3, verbose=0), model.predict(X3, verbose=0)
    )
