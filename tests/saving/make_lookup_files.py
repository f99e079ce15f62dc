"""Makes the small files of lookup layers that test_lookup_files.py reads; run by hand, where Keras runs on TensorFlow.

KERAS_BACKEND=tensorflow python tests/saving/make_lookup_files.py
"""

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "lookup_files"
NUMBERS = np.array([[7], [3], [9], [7], [-1], [12]])
WORDS = np.array([["b"], ["a"], ["c"]])
RAW = {
    "word": np.array([["a"], ["b"], ["z"], ["c"]]),
    "text": np.array([["A cat, a dog"], ["the dog"], ["nothing"], ["a cat!"]]),
}
KINDS = {"word": ((1,), "string"), "text": ((), "string"), "number": ((1,), "int64")}
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


def texts(keras, **options):
    layer = keras.layers.TextVectorization(**options)
    layer.adapt(RAW["text"])
    return layer


def mixed(keras):
    """Return a model of words, texts and numbers, whose layers that prepare are in a model within."""
    keras.utils.set_random_seed(2)
    word, text, number = (keras.Input(shape, dtype=kind) for shape, kind in KINDS.values())
    parts = [
        adapted(keras, WORDS, output_mode="one_hot")(word),
        keras.layers.Hashing(7, output_mode="one_hot")(word),
        texts(keras, output_mode="tf_idf")(text),
        keras.layers.HashedCrossing(5, output_mode="one_hot")([word, number]),
    ]
    preparing = keras.Model([word, text, number], keras.layers.Concatenate()(parts))
    inputs = {name: keras.Input(shape, dtype=kind, name=name) for name, (shape, kind) in KINDS.items()}
    return keras.Model(inputs, keras.layers.Dense(2)(preparing([inputs[name] for name in KINDS])))


def main():
    import keras  # here, as pytest imports this file too

    FOLDER.mkdir(exist_ok=True)
    models = {name: stack(keras, adapted(keras, NUMBERS, **options)) for name, options in ADAPTED.items()}
    models["graph"] = graph(keras)
    expected = {name: np.asarray(model(NUMBERS)) for name, model in models.items()}
    models["words"] = stack(keras, adapted(keras, WORDS), dtype="string")
    models["texts"] = stack(keras, texts(keras, output_sequence_length=3), keras.layers.Embedding(9, 2), dtype="string")
    models["mixed"] = mixed(keras)
    expected |= {"words": models["words"](RAW["word"]), "texts": models["texts"](RAW["text"])}
    expected["mixed"] = models["mixed"]({"word": RAW["word"], "text": RAW["text"][:, 0], "number": NUMBERS[:4]})
    expected |= {f"raw_{name}": rows for name, rows in RAW.items()}
    for name, model in models.items():
        model.save(FOLDER / f"{name}.keras")
    np.savez(FOLDER / "expected.npz", x=NUMBERS, **expected)


if __name__ == "__main__":
    main()
