"""Train the chapter's two models on real data, print their test results and draw their learning curves.

It takes one to two minutes on two cores, most of it for Fashion-MNIST.
"""

import time
from pathlib import Path

import matplotlib
import numpy as np

import hornet as keras

matplotlib.use("agg")

FOLDER = Path("demo-output")
NEXT = """
What next?
  A table of your own, words and gaps included:  docs/guides/tables.md
  A better model by a search:                    docs/guides/tuning.md
  The programs to start from:                    README.md"""


def housing():
    """Predict the median price of a district's houses; return the history."""
    print("Training on California housing ...")
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
    print("Reading Fashion-MNIST ...")
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
    axes = history.plot()
    axes[0].figure.suptitle(name)
    path = FOLDER / f"{name}.png"
    axes[0].figure.savefig(path, dpi=120)
    return path


def main():
    """Run both."""
    print("1. House prices in California: 20 epochs of a small network, in seconds.")
    print("2. Ten kinds of clothes in Fashion-MNIST: 30 epochs of a larger one, in a minute or two.\n")
    keras.utils.set_random_seed(42)
    FOLDER.mkdir(exist_ok=True)
    pictures = []
    for name, train in (("housing", housing), ("fashion-mnist", fashion)):
        begun = time.perf_counter()
        history = train()
        if history is not None:
            pictures.append(draw(history, name))
            print(f"Took {time.perf_counter() - begun:.0f} s.\n")
    print("Learning curves:", *pictures, sep="\n  ")
    print(NEXT)


if __name__ == "__main__":
    main()
