"""Write data/texts.json: what Keras on TensorFlow makes of texts and of crossed columns.

Run by hand, in an environment with Keras 3 and TensorFlow, from this folder: `python make_text_goldens.py`.
"""

import json
import os
from pathlib import Path

TEXTS = ["The cat, the DOG!", "a cat  sat\ton the\nmat", "Été: École d'été?", "", "dog dog dog - [UNK]", "x\u00a0y z_w"]
ASKED = ["the cat sat", "Dog the unicorn", "", "mat the the cat ÉTÉ", "x y"]
MODES = ("multi_hot", "count", "tf_idf")


def texts():
    yield {}
    yield {"output_sequence_length": 3}
    yield {"output_sequence_length": 9, "max_tokens": 5}
    yield {"standardize": None}
    yield {"standardize": "lower"}
    yield {"standardize": "strip_punctuation"}
    yield {"split": "character", "output_sequence_length": 12}
    yield {"split": None, "output_mode": "int"}
    yield {"ngrams": 2}
    yield {"ngrams": [2, 3], "output_sequence_length": 4}
    for mode in MODES:
        yield {"output_mode": mode}
        yield {"output_mode": mode, "max_tokens": 6}
        yield {"output_mode": mode, "max_tokens": 40, "pad_to_max_tokens": True, "ngrams": 2}


def crosses():
    words, numbers = ["A", "B", "A", "", "été"], [101, 101, -3, 2**40, 0]
    yield {"num_bins": 5}, [words, numbers]
    yield {"num_bins": 97}, [numbers, words, words]
    yield {"num_bins": 1000}, [numbers, numbers[::-1]]
    yield {"num_bins": 7, "output_mode": "one_hot"}, [words, numbers]
    yield {"num_bins": 7, "output_mode": "one_hot"}, [[[word] for word in words], [[number] for number in numbers]]


def main():
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras
    import numpy as np

    answers = []
    for arguments in texts():
        given = {name: tuple(value) if isinstance(value, list) else value for name, value in arguments.items()}
        layer = keras.layers.TextVectorization(**given)
        layer.adapt(np.array(TEXTS))
        asked = np.array(ASKED)[:, None] if arguments.get("split", "") is None else np.array(ASKED)
        answers.append(
            {
                "arguments": arguments,
                "vocabulary": layer.get_vocabulary(),
                "inputs": asked.tolist(),
                "outputs": np.asarray(layer(asked)).tolist(),
                "config": layer.get_config() | {"dtype": None},
            }
        )
    crossed = []
    for arguments, columns in crosses():
        layer = keras.layers.HashedCrossing(**arguments)
        outputs = np.asarray(layer([np.array(column) for column in columns])).tolist()
        crossed.append({"arguments": arguments, "columns": columns, "outputs": outputs, "config": layer.get_config()})
    written = {"keras": keras.__version__, "texts": TEXTS, "vectorized": answers, "crossed": crossed}
    path = Path("data/texts.json")
    path.write_text(json.dumps(written, ensure_ascii=False, default=str) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
