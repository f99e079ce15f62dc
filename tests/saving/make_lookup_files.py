"""Makes the small files of lookup layers that test_lookup_files.py reads; run by hand, where Keras runs on TensorFlow.

KERAS_BACKEND=tensorflow .venv-bench/bin/python tests/saving/make_lookup_files.py
"""

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "lookup_files"
NUMBERS = np.array([[7], [3], [9], [7], [-1], [12]])
WORDS = np.array([["b"], ["a"], ["c"]])
ADAPTED = {
    "plain": {},
    "masked": {"mask_token": 0, "num_oov_indices": 3},
    "counted": {"output_mode": "count", "max_tokens": 6, "pad_to_max_tokens": True},
    "weighted": {"output_mode": "tf_idf"},
}


def adapted(keras, data, **options):
    layer = (keras.layers.StringLookup if data is WORDS else keras.layers.IntegerLookup)(**options)
    layer.adapt(data[:4])
    return layer


def stack(keras, *layers, dtype="int64"):
    return keras.Sequential([keras.Input((1,), dtype=dtype), *layers])


def graph(keras):
    """Return a model with a vocabulary beside the weights twice, once in a model within, and one in its description."""
    keras.utils.set_random_seed(1)
    numbers = keras.Input((1,), dtype="int64")
    inner = stack(keras, adapted(keras, NUMBERS, output_mode="one_hot"), keras.layers.Dense(2))
    parts = [
        inner(numbers),
        adapted(keras, NUMBERS, output_mode="multi_hot")(numbers),
        keras.layers.IntegerLookup(vocabulary=[3, 7], output_mode="one_hot")(numbers),
    ]
    return keras.Model(numbers, keras.layers.Dense(2)(keras.layers.Concatenate()(parts)))


def main():
    import keras  # here, as pytest imports this file too

    FOLDER.mkdir(exist_ok=True)
    models = {name: stack(keras, adapted(keras, NUMBERS, **options)) for name, options in ADAPTED.items()}
    models["graph"] = graph(keras)
    expected = {name: np.asarray(model(NUMBERS)) for name, model in models.items()}
    models["words"] = stack(keras, adapted(keras, WORDS), dtype="string")
    for name, model in models.items():
        model.save(FOLDER / f"{name}.keras")
    np.savez(FOLDER / "expected.npz", x=NUMBERS, **expected)


if __name__ == "__main__":
    main()
