"""Train the chapter's two models on real data, print their test results and draw their learning curves."""

import time
from pathlib import Path

import matplotlib
import numpy as np

import hornet as keras

matplotlib.use("agg")
import matplotlib.pyplot as plt

FOLDER = Path("demo-output")


def housing():
    """Predict the median price of a district's houses; return the history."""
    (x_train, y_train), (x_test, y_test) = keras.datasets.california_housing.load_data()
    mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
    x_train, x_test = (x_train - mean) / deviation, (x_test - mean) / deviation

    model = keras.models.Sequential(
        [
            keras.layers.Dense(30, activation="relu", input_shape=x_train.shape[1:]),
            keras.layers.Dense(1),
        ]
    )
    model.compile(loss="mean_squared_error", optimizer="sgd")
    history = model.fit(x_train, y_train, epochs=20, validation_split=0.25)
    print(f"Housing: test MSE {model.evaluate(x_test, y_test, verbose=0):.4f}\n")
    return history


def fashion():
    """Tell ten kinds of clothes apart; return the history, or `None` where there are no images."""
    try:
        (x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
    except OSError as error:
        print(f"Going on without Fashion-MNIST. {error}\n")
        return None
    x_train, x_test = x_train / np.float32(255), x_test / np.float32(255)

    model = keras.models.Sequential(
        [
            keras.layers.Flatten(input_shape=[28, 28]),
            keras.layers.Dense(300, activation="relu"),
            keras.layers.Dense(100, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.summary()
    model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
    history = model.fit(x_train[5000:], y_train[5000:], epochs=30, validation_data=(x_train[:5000], y_train[:5000]))
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"Fashion-MNIST: test loss {loss:.4f}, accuracy {accuracy:.4f}")
    names = np.array(keras.datasets.fashion_mnist.CLASS_NAMES)
    print("The first three test images:", ", ".join(names[model.predict_classes(x_test[:3])]), "\n")
    return history


def draw(history, name):
    """Draw the learning curves of a run; return the picture's path."""
    figure, axes = plt.subplots(figsize=(8, 5))
    for label, values in history.history.items():
        axes.plot(np.array(history.epoch) + 1, values, "--" if label.startswith("val_") else "-", label=label)
    axes.set(title=name, xlabel="epoch", ylim=(0, 1))
    axes.grid(True)
    axes.legend()
    path = FOLDER / f"{name}.png"
    figure.savefig(path, dpi=120)
    return path


def main():
    """Run both."""
    keras.utils.set_random_seed(42)
    FOLDER.mkdir(exist_ok=True)
    for name, train in (("housing", housing), ("fashion-mnist", fashion)):
        begun = time.perf_counter()
        history = train()
        if history is not None:
            print(f"Learning curves: {draw(history, name)} ({time.perf_counter() - begun:.1f} s)\n")


if __name__ == "__main__":
    main()
