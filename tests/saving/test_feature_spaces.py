"""Feature spaces: what Keras on TensorFlow wrote down (see make_feature_spaces.py), files, and models of them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.saving.make_feature_spaces import TABLE, space

import hornet
from hornet import Model, layers
from hornet.utils import FeatureSpace

FOLDER = Path(__file__).parent / "feature_spaces"
EXPECTED = dict(np.load(FOLDER / "expected.npz"))
ROW = {name: column[0] for name, column in TABLE.items()}
BOTH = pytest.mark.parametrize("mode", ["concat", "dict"])


def expected(kind):
    found = {name.partition("/")[2]: array for name, array in EXPECTED.items() if name.partition("/")[0] == kind}
    return found.get("", found)


def assert_same(outputs, wanted):
    if not isinstance(wanted, dict):
        outputs, wanted = {"": outputs}, {"": wanted}
    assert sorted(outputs) == sorted(wanted)
    for name, array in wanted.items():
        np.testing.assert_allclose(outputs[name], array, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.fixture(scope="module", params=["concat", "dict"])
def adapted(request):
    made = space(hornet.utils, request.param)
    made.adapt(TABLE)
    return made


def test_features_are_encoded_as_keras_does(adapted):
    assert_same(adapted(TABLE), expected(adapted.output_mode))
    assert_same(adapted(pd.DataFrame(TABLE)), expected(adapted.output_mode))
    assert_same(adapted(ROW), expected(f"{adapted.output_mode}-one"))


@BOTH
def test_files_of_keras_are_read(mode):
    assert_same(hornet.models.load_model(FOLDER / f"{mode}.keras")(TABLE), expected(mode))


def test_a_file_keeps_what_was_learnt(adapted, tmp_path):
    adapted.save(tmp_path / "space.keras")
    assert_same(hornet.models.load_model(tmp_path / "space.keras")(TABLE), expected(adapted.output_mode))


def batches():
    for start in range(0, 6, 2):
        yield {name: np.array(column[start : start + 2]) for name, column in TABLE.items()}


@pytest.mark.parametrize(
    "data",
    [pd.DataFrame(TABLE), list(batches()), [dict(row) for _, row in pd.DataFrame(TABLE).iterrows()]],
    ids=["frame", "batches", "rows"],
)
def test_data_to_learn_from_come_in_many_ways(data):
    made = space(hornet.utils, "concat")
    made.adapt(data)
    assert_same(made(TABLE), expected("concat"))


def test_models_begin_with_a_feature_space(tmp_path):
    made = space(hornet.utils, "concat")
    made.adapt(TABLE)
    hidden = layers.Dense(4, activation="relu")(made.get_encoded_features())
    outputs = layers.Dense(1)(hidden)
    training, whole = Model(made.get_encoded_features(), outputs), Model(made.get_inputs(), outputs)
    training.compile("adam", "mse")
    training.fit(made(TABLE), np.arange(6.0), verbose=0)
    predicted = training.predict(made(TABLE), verbose=0)
    np.testing.assert_allclose(whole.predict(pd.DataFrame(TABLE), verbose=0), predicted, rtol=1e-5)
    single = {name: [value] for name, value in ROW.items()}
    np.testing.assert_allclose(whole.predict(single, verbose=0), predicted[:1], rtol=1e-5)
    whole.save(tmp_path / "model.keras")
    again = hornet.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(TABLE, verbose=0), whole.predict(TABLE, verbose=0))
    whole.compile("adam", "mse")
    whole.fit(pd.DataFrame(TABLE), np.arange(6.0), verbose=0)


def test_a_layer_of_ones_own():
    texts = layers.TextVectorization(output_mode="tf_idf")
    made = FeatureSpace({"text": FeatureSpace.feature("string", texts, "float"), "n": "float"})
    made.adapt({"text": ["1st string", "2nd string"], "n": [1.0, 2.0]})
    assert made({"text": ["2nd"], "n": [5.0]}).shape == (1, 1 + texts.vocabulary_size())
    assert made.preprocessors["text"] is texts


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"features": {}}, "`features` is empty"),
        ({"features": {"a": "floating"}}, r"features\['a'\]"),
        ({"features": {"a": "float"}, "crosses": [("a", "b")]}, "`crosses` must be one of 'a'"),
        ({"features": {"a": "float"}, "output_mode": "int"}, "output_mode"),
    ],
)
def test_features_that_make_no_sense_are_refused(arguments, problem):
    with pytest.raises(ValueError, match=problem):
        FeatureSpace(**arguments)


def test_what_is_missing_is_said():
    made = FeatureSpace({"a": "float_normalized"})
    with pytest.raises(ValueError, match=r"has to learn about 'a' first. Call `adapt`"):
        made({"a": 1.0})
    with pytest.raises(ValueError, match="reads 'a', which is not among"):
        made.adapt({"b": [1.0]})
    with pytest.raises(TypeError, match="in the place of a dict of columns"):
        made.adapt([({"a": 1.0}, 0)])
    plain = FeatureSpace({"a": FeatureSpace.string_categorical(output_mode="int")})
    plain.preprocessors["a"].set_vocabulary(["x"])
    with pytest.raises(ValueError, match="is not encoded"):
        plain.adapt({"a": ["x"]})
