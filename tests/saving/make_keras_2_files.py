"""Makes the small files of Keras 2 that test_keras_2_files.py reads; run by hand, where `tf-keras` is installed.

python tests/saving/make_keras_2_files.py
"""

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "keras_2_files"
X = np.linspace(-1.0, 1.0, 24).reshape(8, 3).astype("float32")


def stack(keras, optimizer):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.layers.Dense(4, activation="relu", input_shape=(3,), kernel_regularizer="l2"),
            keras.layers.BatchNormalization(),
            keras.layers.LeakyReLU(alpha=0.2),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(1),
        ]
    )
    model.compile(loss="mse", optimizer=optimizer, metrics=["mae"])
    model.fit(X, X.sum(axis=1), epochs=2, verbose=0)
    return model


def graph(keras):
    keras.utils.set_random_seed(2)
    wide, deep = keras.Input((3,), name="wide"), keras.Input((3,), name="deep")
    hidden = keras.layers.Dense(4, activation="tanh")(deep)
    shared = keras.layers.Dense(4, name="shared")
    joined = keras.layers.concatenate([shared(wide), shared(deep), hidden])
    model = keras.Model([wide, deep], keras.layers.Dense(1)(joined))
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(0.01, momentum=0.9), metrics=["mae"])
    model.fit([X, X], X.sum(axis=1), epochs=2, verbose=0)
    return model


def image(keras):
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.layers.Conv2D(2, 3, padding="same", activation="relu", input_shape=(6, 6, 1)),
            keras.layers.MaxPooling2D(),
            keras.layers.SeparableConv2D(2, 2),
            keras.layers.Flatten(),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main():
    import tf_keras as keras  # here, as pytest imports this file too

    FOLDER.mkdir(exist_ok=True)
    expected = {}
    pictures = np.linspace(-1.0, 1.0, 72).reshape(2, 6, 6, 1).astype("float32")
    models = {
        "adam": (stack(keras, "adam"), X),
        "old_adam": (stack(keras, keras.optimizers.legacy.Adam()), X),
        "rmsprop": (stack(keras, "rmsprop"), X),
        "graph": (graph(keras), [X, X]),
        "image": (image(keras), pictures),
    }
    for name, (model, x) in models.items():
        model.save(FOLDER / f"{name}.h5", save_format="h5")
        expected[name] = model.predict(x, verbose=0)
    weights = models["adam"][0]
    weights.save_weights(FOLDER / "weights.h5", save_format="h5")
    weights.save(FOLDER / "archive.keras", save_format="keras")
    np.savez(FOLDER / "expected.npz", x=X, pictures=pictures, **expected)


if __name__ == "__main__":
    main()
