"""Write data/preprocessing.json: what Keras on TensorFlow makes of the cases below.

Run by hand, in an environment with Keras 3 and TensorFlow, from this folder: `python make_preprocessing_goldens.py`.
"""

import json
import os
from pathlib import Path

WORDS = ["wine", "beer", "tea", "beer", "water", "tea", "beer", "", "mate", "\u00e9t\u00e9", "\u8336", "a" * 70]
NUMBERS = [0, 1, 2, 3, 7, -1, -12, 1000, 2**31, 2**40 + 3, -(2**40)]
TEXTS = [["tea", "beer", "tea"], ["beer", "water", "beer"], ["tea", "beer", "milk"], ["", "[UNK]", "beer"]]
IDS = [[7, 5, 7], [5, 9, 5], [7, 5, 11], [0, -1, 5]]
ASKED_TEXTS = [["beer", "tea", "wine"], ["", "milk", "rum"], ["[UNK]", "water", "beer"]]
ASKED_IDS = [[5, 7, 12], [0, 11, 13], [-1, 9, 5]]
LETTERS = ["a", "b", "c"]
MODES = ("one_hot", "multi_hot", "count", "tf_idf")


def hashing():
    for inputs in (WORDS, NUMBERS, [1.0, 2.9, -3.5]):
        yield "Hashing", {"num_bins": 5}, inputs
        yield "Hashing", {"num_bins": 97}, inputs
        yield "Hashing", {"num_bins": 97, "salt": 133}, inputs
        yield "Hashing", {"num_bins": 97, "salt": [133, 137]}, inputs
    yield "Hashing", {"num_bins": 97, "salt": -1}, WORDS
    yield "Hashing", {"num_bins": 1, "mask_value": "tea"}, WORDS
    yield "Hashing", {"num_bins": 5, "mask_value": "tea"}, WORDS
    yield "Hashing", {"num_bins": 5, "mask_value": 7}, NUMBERS
    yield "Hashing", {"num_bins": 5, "mask_value": 7, "salt": 3}, [[7], [8]]
    for mode in MODES[:3]:
        yield "Hashing", {"num_bins": 4, "output_mode": mode}, ASKED_TEXTS
        yield "Hashing", {"num_bins": 4, "output_mode": mode, "mask_value": 5}, ASKED_IDS
    yield "Hashing", {"num_bins": 4, "output_mode": "one_hot"}, [["tea"], ["beer"]]


def lookups():
    for name, learned, asked, mask, alike in (
        ("StringLookup", TEXTS, ASKED_TEXTS, "", {"salt": 3}),
        ("IntegerLookup", IDS, ASKED_IDS, 0, {"oov_method": "farmhash", "salt": 3}),
    ):
        several = {"num_oov_indices": 3}
        for adapt in (
            {"rows": learned},
            {"rows": [one for row in learned for one in row]},
            {"batches": [learned[:1], learned[1:]]},
        ):
            for more in ({}, {"mask_token": mask}, {"max_tokens": 3}, several, {**several, "mask_token": mask}):
                yield name, more, asked, adapt
            yield name, {"output_mode": "tf_idf"}, asked, adapt
        yield name, {"output_mode": "tf_idf"}, asked, {"batches": learned}
        yield name, {"output_mode": "tf_idf"}, asked, {"batches": learned[:1]}
        yield name, {"max_tokens": 4, "mask_token": mask}, asked, {"rows": learned}
        yield name, {**several, **alike}, asked, {"rows": learned}
        yield name, {**several, **alike, "salt": [3, 4], "mask_token": mask}, asked, {"rows": learned}
        yield name, {"num_oov_indices": 0, "mask_token": mask}, [learned[0], learned[1]], {"rows": learned}
        yield name, {"invert": True}, [[0, 1, 2], [3, 9, -1]], {"rows": learned}
        yield name, {"invert": True, "mask_token": mask, **several}, [[0, 1, 2], [3, 4, 99]], {"rows": learned}
        yield name, {"invert": True, "num_oov_indices": 0, "mask_token": mask}, [[0, 1, 2]], {"rows": learned}
        yield name, {"invert": True, "num_oov_indices": 0}, [[0, 1, 99]], {"rows": learned}
        for mode in MODES:
            for more in (
                {},
                {"mask_token": mask},
                {"max_tokens": 3},
                {"max_tokens": 9, "pad_to_max_tokens": True},
                {**several, "mask_token": mask},
                {"num_oov_indices": 0},
            ):
                known = [learned[0], learned[1]] if "num_oov_indices" in more and not more["num_oov_indices"] else asked
                yield name, {"output_mode": mode, **more}, known, {"rows": learned}
        yield name, {"output_mode": "one_hot"}, [one[:1] for one in asked], {"rows": learned}
    yield "IntegerLookup", {"num_oov_indices": 4, "oov_method": "farmhash"}, ASKED_IDS, {"rows": IDS}
    yield "IntegerLookup", {"num_oov_indices": 3, "vocabulary": [2**40, 5]}, [NUMBERS, [5, 2**40, *NUMBERS[2:]]]
    yield "IntegerLookup", {"vocabulary": [5, 7], "oov_token": -7, "invert": True}, [[0, 1, 2, 3]]
    yield "StringLookup", {"vocabulary": ["\u8336", "\u00e9t\u00e9", "z"]}, WORDS
    yield "StringLookup", {"vocabulary": ["[UNK]", "a", "b"]}, LETTERS
    yield "StringLookup", {"vocabulary": ["m", "?", "?", *LETTERS], "mask_token": "m", **_two_unknown()}, LETTERS
    yield "StringLookup", {"vocabulary": LETTERS, "mask_token": "m", **_two_unknown()}, ["m", "a", "x", "y", "?"]
    idf = {"output_mode": "tf_idf", "idf_weights": [1.0, 2.0, 6.0]}
    yield "StringLookup", {"vocabulary": LETTERS, **idf}, [["a", "a", "x"]]
    yield "StringLookup", {"vocabulary": ["[UNK]", "a", "b"], **idf}, [["a", "a", "x"]]
    yield "StringLookup", {"vocabulary": LETTERS, **idf, "max_tokens": 6, "pad_to_max_tokens": True}, [["a", "c", "x"]]


DESCRIBED = [
    ("Hashing", {"num_bins": 5}),
    ("Hashing", {"num_bins": 5, "mask_value": "", "salt": 3, "dtype": "int32"}),
    ("Hashing", {"num_bins": 5, "output_mode": "count"}),
    ("StringLookup", {}),
    ("StringLookup", {}, WORDS),
    ("StringLookup", {"vocabulary": LETTERS, "mask_token": "", "num_oov_indices": 2, "salt": 3}),
    (
        "StringLookup",
        {"vocabulary": ["[UNK]", *LETTERS[:2]], "output_mode": "tf_idf", "idf_weights": [1.0, 2.0, 6.0]},
    ),
    ("IntegerLookup", {}),
    ("IntegerLookup", {}, NUMBERS),
    ("IntegerLookup", {"vocabulary": [5, 7], "invert": True, "mask_token": 0}),
    ("IntegerLookup", {"vocabulary": [5, 7], "output_mode": "multi_hot", "oov_method": "farmhash", "salt": [3, 4]}),
]


def _two_unknown():
    return {"num_oov_indices": 2, "oov_token": "?"}


def answer(name, arguments, inputs, adapt=None):
    """Return what Keras computes, and what its layer is then."""
    import keras
    import numpy as np

    layer = getattr(keras.layers, name)(**arguments)
    if adapt is not None:
        batches = adapt.get("batches")
        layer.adapt(np.array(adapt["rows"]) if batches is None else iter(map(np.array, batches)))
    outputs = np.asarray(layer(np.array(inputs)))
    case = {"layer": name, "arguments": arguments, "adapt": adapt, "inputs": inputs}
    learned = {"vocabulary": [_plain(one) for one in layer.get_vocabulary()]} if "Lookup" in name else {}
    return {**case, "outputs": _plain(outputs), **learned}


def fingerprints():
    """Return a text, and 62 bits of the hash of its first letters, for each number of them in `lengths`."""
    import keras
    import numpy as np

    text = "".join(chr(97 + (place * place * 7 + place // 5) % 26) for place in range(1000))
    lengths = [*range(140), 255, 256, 257, 999, 1000]
    starts = np.array([text[:length] for length in lengths])
    plain, salted = (
        keras.layers.Hashing(2**62, salt=salt)(starts).numpy().tolist() for salt in (None, [2**63 - 1, -5])
    )
    return {"text": text, "lengths": lengths, "plain": plain, "salted": salted}


def described(name, arguments, adapt=None):
    """Return how Keras describes a layer."""
    import keras
    import numpy as np

    layer = getattr(keras.layers, name)(**arguments)
    if adapt is not None:
        layer.adapt(np.array(adapt))
    return keras.layers.serialize(layer)


def _plain(value):
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return _plain(value.tolist()) if hasattr(value, "tolist") else value


if __name__ == "__main__":
    os.environ["KERAS_BACKEND"] = "tensorflow"
    answers = [answer(*case) for cases in (hashing, lookups) for case in cases()]
    layers = [described(*case) for case in DESCRIBED]
    answers, layers = (",\n".join(json.dumps(one, ensure_ascii=False) for one in part) for part in (answers, layers))
    hashes = json.dumps(fingerprints())
    text = f'{{"answers": [\n{answers}\n], "layers": [\n{layers}\n],\n"fingerprints": {hashes}}}\n'
    Path(__file__).with_name("data").joinpath("preprocessing.json").write_text(text, encoding="utf-8")
