"""Makes the small files of feature spaces that test_feature_spaces.py reads; run by hand, with Keras on TensorFlow.

KERAS_BACKEND=tensorflow python tests/saving/make_feature_spaces.py
"""

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "feature_spaces"
TABLE = {
    "age": [61.0, 25.0, 40.0, 33.0, 58.0, 47.0],
    "weight": [80.0, 61.5, 70.0, 92.0, 55.0, 66.0],
    "height": [1.8, 1.6, 1.7, 1.9, 1.5, 1.65],
    "dose": [0.1, 0.9, 0.5, 0.2, 0.7, 0.3],
    "rooms": [3, 1, 2, 3, 7, 1],
    "thal": ["fixed", "normal", "normal", "reversible", "fixed", "normal"],
    "zip": [10115, 20095, 80331, 10115, 50667, 20095],
    "street": ["a st", "b st", "c st", "a st", "d st", "e st"],
}


def space(utils, output_mode):
    """Return a feature space with features of every kind."""
    of = utils.FeatureSpace
    return of(
        features={
            "age": of.float_discretized(num_bins=3),
            "weight": "float_normalized",
            "height": of.float_rescaled(scale=0.5, offset=-1.0),
            "dose": "float",
            "rooms": of.integer_categorical(num_oov_indices=2),
            "thal": of.string_categorical(max_tokens=3),
            "zip": of.integer_hashed(num_bins=5),
            "street": "string_hashed",
        },
        crosses=[("thal", "rooms"), of.cross(feature_names=("age", "zip"), crossing_dim=7, output_mode="one_hot")],
        crossing_dim=6,
        hashing_dim=4,
        output_mode=output_mode,
    )


def main():
    import keras  # here, as pytest imports this file too

    FOLDER.mkdir(exist_ok=True)
    expected = {}
    for mode in ("concat", "dict"):
        made = space(keras.utils, mode)
        made.adapt(TABLE)
        made.save(FOLDER / f"{mode}.keras")
        outputs = made(TABLE)
        outputs = outputs if isinstance(outputs, dict) else {"": outputs}
        expected |= {f"{mode}/{name}": np.asarray(output) for name, output in outputs.items()}
        one = made({name: column[0] for name, column in TABLE.items()})
        one = one if isinstance(one, dict) else {"": one}
        expected |= {f"{mode}-one/{name}": np.asarray(output) for name, output in one.items()}
    np.savez(FOLDER / "expected.npz", **expected)


if __name__ == "__main__":
    main()
