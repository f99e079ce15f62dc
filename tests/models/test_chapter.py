"""The chapter's models, on real data: what they must reach, and the kinds of outputs that it names."""

import numpy as np
import pytest
from sklearn import datasets as samples
from sklearn.linear_model import Perceptron, SGDClassifier
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import hornet as keras  # as the book has it
from hornet.datasets import california_housing, fashion_mnist

# --- the two models ---------------------------------------------------------------------------------------


def scaled(x, *others):
    """Return inputs scaled by the first ones' means and deviations."""
    scaler = StandardScaler().fit(x)
    return [scaler.transform(one) for one in (x, *others)]


@pytest.mark.parametrize("seed", [0, 42])
def test_housing(seed):
    housing = california_housing.fetch()
    X_train_full, X_test, y_train_full, y_test = train_test_split(housing.data, housing.target, random_state=42)
    X_train, X_valid, y_train, y_valid = train_test_split(X_train_full, y_train_full, random_state=42)
    X_train, X_valid, X_test = scaled(X_train, X_valid, X_test)

    keras.utils.set_random_seed(seed)
    model = keras.models.Sequential(
        [keras.layers.Dense(30, activation="relu", input_shape=X_train.shape[1:]), keras.layers.Dense(1)]
    )
    model.compile(loss="mean_squared_error", optimizer="sgd")
    history = model.fit(X_train, y_train, epochs=20, validation_data=(X_valid, y_valid), verbose=0)

    mse = model.evaluate(X_test, y_test, verbose=0)
    assert mse <= 0.42
    assert mse == pytest.approx(np.square(model.predict(X_test, verbose=0)[:, 0] - y_test).mean(), rel=1e-4)
    assert history.history["val_loss"][-1] < history.history["val_loss"][0]


@pytest.fixture
def clothes(monkeypatch):
    """Fashion-MNIST, where it lies on the machine; a test fetches nothing."""

    def absent(file, folder):
        raise FileNotFoundError(f"{file.name} is not on this machine")

    monkeypatch.setattr(fashion_mnist, "_download", absent)
    try:
        return fashion_mnist.load_data()
    except FileNotFoundError as error:
        pytest.skip(f"{error}; `fashion_mnist.load_data()` fetches it, or Debian's `dataset-fashion-mnist`")


@pytest.mark.full  # a few epochs over the few rows of the tests below prove as much of the code
def test_fashion_mnist(clothes):
    """Plain SGD(0.01) reaches 0.88 on the validation set within 30 epochs; the run ends once it has."""
    (X_train_full, y_train_full), (X_test, y_test) = clothes
    X_valid, X_train = X_train_full[:5000] / 255.0, X_train_full[5000:] / 255.0
    y_valid, y_train = y_train_full[:5000], y_train_full[5000:]

    keras.utils.set_random_seed(1)
    model = keras.models.Sequential(
        [
            keras.layers.Flatten(input_shape=[28, 28]),
            keras.layers.Dense(300, activation="relu"),
            keras.layers.Dense(100, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])

    def stop(epoch, logs):
        model.stop_training = logs["val_accuracy"] >= 0.88

    history = model.fit(
        X_train,
        y_train,
        epochs=30,
        validation_data=(X_valid, y_valid),
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=stop)],
        verbose=0,
    )
    assert history.history["val_accuracy"][-1] >= 0.88
    assert all(accuracy < 0.88 for accuracy in history.history["val_accuracy"][:-1])
    assert model.evaluate(X_test / 255.0, y_test, verbose=0)[1] >= 0.86
    classes = model.predict_classes(X_valid)
    assert classes.shape == (5000,)
    assert (classes == y_valid).mean() == pytest.approx(history.history["val_accuracy"][-1], abs=1e-6)
    assert set(np.array(fashion_mnist.CLASS_NAMES)[classes]) == set(fashion_mnist.CLASS_NAMES)


# --- the perceptron ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("epochs", [1, 5, 20])
@pytest.mark.parametrize("species", [0, 1, 2])
@pytest.mark.parametrize("low", [0, -1], ids=["labels 0 and 1", "labels -1 and 1"])
def test_perceptron_ends_in_the_weights_of_scikit_learn(species, epochs, low):
    """Setosa can be told apart by a line, the other two cannot, so that their weights never come to rest."""
    iris = samples.load_iris()
    X = iris.data[:, (2, 3)]  # petal length, petal width
    y = np.where(iris.target == species, 1, low)

    model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="zeros", input_shape=[2])])
    model.compile(loss="perceptron", optimizer=keras.optimizers.SGD(1.0))
    model.fit(X, y, batch_size=1, epochs=epochs, shuffle=False, verbose=0)
    kernel, bias = model.get_weights()

    settings = {"max_iter": epochs, "tol": None, "shuffle": False}
    peers = [
        Perceptron(**settings),
        SGDClassifier(loss="perceptron", learning_rate="constant", eta0=1, penalty=None, **settings),
    ]
    for peer in peers:
        peer.fit(X, y)
        np.testing.assert_allclose(kernel.T, peer.coef_, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(bias, peer.intercept_, rtol=1e-4, atol=1e-4)
        assert ((model.predict(X, verbose=0)[:, 0] > 0) == (peer.predict(X) == 1)).all()


# --- three kinds of classifier ----------------------------------------------------------------------------


def mlp(features, *head):
    keras.utils.set_random_seed(3)
    return keras.Sequential([keras.layers.Dense(16, activation="relu", input_shape=[features]), *head])


def parts(load, labels=lambda target: target):
    """Return inputs of a sample of scikit-learn's, scaled, and its labels, each for training and for testing."""
    sample = load()
    X_train, X_test, y_train, y_test = train_test_split(sample.data, labels(sample.target), random_state=1)
    return *scaled(X_train, X_test), y_train, y_test


def test_one_sigmoid_unit():
    """Is the tumour benign?"""
    X_train, X_test, y_train, y_test = parts(samples.load_breast_cancer)
    model = mlp(X_train.shape[1], keras.layers.Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.SGD(0.05), metrics=["accuracy"])
    model.fit(X_train, y_train, epochs=30, verbose=0)
    probabilities, classes = model.predict(X_test, verbose=0), model.predict_classes(X_test)
    assert probabilities.shape == classes.shape == (len(X_test), 1)
    assert ((probabilities > 0.5) == classes).all()
    accuracy = (classes[:, 0] == y_test).mean()
    assert model.evaluate(X_test, y_test, verbose=0)[1] == pytest.approx(accuracy, abs=1e-6)
    assert accuracy >= 0.94


def test_one_sigmoid_unit_for_each_label():
    """Three independent questions about a handwritten digit: is it even, is it above 4, is it a prime?"""

    def labels(digit):
        return np.stack([digit % 2 == 0, digit > 4, np.isin(digit, (2, 3, 5, 7))], axis=1)

    X_train, X_test, y_train, y_test = parts(samples.load_digits, labels)
    model = mlp(64, keras.layers.Dense(3, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["binary_accuracy"])
    model.fit(X_train, y_train, epochs=40, verbose=0)
    answers = model.predict(X_test, verbose=0) > 0.5
    each = (answers == y_test).mean(axis=0)
    assert (each >= 0.93).all(), each
    assert (each > np.maximum(y_test.mean(axis=0), 1 - y_test.mean(axis=0))).all()
    assert model.evaluate(X_test, y_test, verbose=0)[1] == pytest.approx(each.mean(), abs=1e-6)
    assert {tuple(row) for row in answers.astype(int)} >= {(1, 0, 1), (0, 1, 1), (1, 1, 0)}, "2, 5 and 7, 6 and 8"


@pytest.mark.parametrize(
    ("load", "classes", "least"),
    [(samples.load_iris, 3, 0.92), (samples.load_wine, 3, 0.95), (samples.load_digits, 10, 0.94)],
)
def test_softmax(load, classes, least):
    """One unit a class; class numbers and one-hot rows of them train alike."""
    X_train, X_test, y_train, y_test = parts(load)
    models = []
    for loss, encode in (
        ("sparse_categorical_crossentropy", np.asarray),
        ("categorical_crossentropy", keras.utils.to_categorical),
    ):
        model = mlp(X_train.shape[1], keras.layers.Dense(classes, activation="softmax"))
        model.compile(loss=loss, optimizer=keras.optimizers.SGD(0.1), metrics=["accuracy"])
        history = model.fit(X_train, encode(y_train), epochs=40, shuffle=False, verbose=0).history
        accuracy = model.evaluate(X_test, encode(y_test), verbose=0)[1]
        assert accuracy >= least
        assert accuracy == pytest.approx((model.predict_classes(X_test) == y_test).mean(), abs=1e-6)
        models.append((model.predict(X_test, verbose=0), history))
    (sparse, sparse_history), (one_hot, one_hot_history) = models
    np.testing.assert_allclose(sparse.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(sparse, one_hot, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(sparse_history["loss"], one_hot_history["loss"], rtol=1e-4)
    assert sparse_history["accuracy"] == one_hot_history["accuracy"]


# --- outputs of regression --------------------------------------------------------------------------------

OUTPUTS = {  # activation: (the range of the labels, the range of the outputs)
    "linear": ((-2, 2), (-np.inf, np.inf)),
    "relu": ((0, 3), (0, np.inf)),
    "softplus": ((0, 3), (0, np.inf)),
    "sigmoid": ((0, 1), (0, 1)),
    "tanh": ((-1, 1), (-1, 1)),
}


@pytest.mark.parametrize("activation", OUTPUTS)
def test_outputs_of_regression(activation):
    """House prices, brought into the range that each kind of output can give."""
    (low, high), (least, greatest) = OUTPUTS[activation]

    def labels(target):
        return low + (high - low) * (target - target.min()) / np.ptp(target)

    X_train, X_test, y_train, y_test = parts(california_housing.fetch, labels)
    model = mlp(8, keras.layers.Dense(1, activation=activation, bias_initializer="ones" if low == 0 else "zeros"))
    model.compile(loss="mse", optimizer=keras.optimizers.Adam(0.005))
    model.fit(X_train, y_train, epochs=5, verbose=0)
    outputs = model.predict(X_test, verbose=0)[:, 0]
    assert ((outputs >= least) & (outputs <= greatest)).all()
    assert r2_score(y_test, outputs) > 0.65
    beyond = model.predict(100 * X_test, verbose=0)  # houses that nobody has
    assert ((beyond >= least) & (beyond <= greatest)).all()
    assert (beyond.min() < low) == (activation == "linear")
