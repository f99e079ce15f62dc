import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from hornet.datasets import california_housing

MEANS = {
    "MedInc": 3.870671,
    "HouseAge": 28.639486,
    "AveRooms": 5.429000,
    "AveBedrms": 1.096675,
    "Population": 1425.476744,
    "AveOccup": 3.070655,
    "Latitude": 35.631861,
    "Longitude": -119.569704,
}


@pytest.fixture(scope="module")
def housing():
    return california_housing.fetch()


def test_fetch_names_and_shapes_are_those_of_scikit_learn(housing):
    assert housing.feature_names == list(california_housing.FEATURE_NAMES) == list(MEANS)
    assert housing.target_names == ["MedHouseVal"]
    assert housing.data.shape == (20640, 8)
    assert housing.target.shape == (20640,)
    assert housing.data.dtype == housing.target.dtype == np.float64


def test_fetch_values_are_those_of_scikit_learn(housing):
    # The row that every copy of the data starts with, in scikit-learn's order of features.
    first = [8.3252, 41.0, 6.98412698, 1.02380952, 322.0, 2.55555556, 37.88, -122.23]
    np.testing.assert_allclose(housing.data[0], first, rtol=1e-8)
    assert housing.target[0] == 4.526
    np.testing.assert_allclose(housing.data.mean(axis=0), list(MEANS.values()), rtol=0, atol=1e-6)
    np.testing.assert_allclose(housing.target.mean(), 2.068558, rtol=0, atol=1e-6)
    assert np.isfinite(housing.data).all()


def test_load_data_shuffles_and_splits_every_row_once(housing):
    (x_train, y_train), (x_test, y_test) = california_housing.load_data()
    assert x_train.shape == (16512, 8)
    assert x_test.shape == (4128, 8)
    assert y_train.shape == (16512,)
    assert {part.dtype for part in (x_train, y_train, x_test, y_test)} == {np.dtype("float32")}
    order = np.random.RandomState(113).permutation(20640)
    np.testing.assert_array_equal(np.concatenate([x_train, x_test]), housing.data.astype("float32")[order])
    np.testing.assert_array_equal(np.concatenate([y_train, y_test]), housing.target.astype("float32")[order])


def test_load_data_small_splits_the_first_rows():
    (x_train, y_train), (x_test, _) = california_housing.load_data(version="small")
    assert len(x_train) == 480
    assert len(x_test) == 120
    # In dollars 140500 and 217100: so ends the array that Chollet prints in Deep Learning with Python, 3rd edition.
    np.testing.assert_allclose(y_train[-2:], [1.405, 2.171], rtol=1e-6)


def test_load_data_takes_keras_arguments_in_order():
    (x_train, _), (x_test, _) = california_housing.load_data("small", "ignored.npz", 0.0, 7)
    assert len(x_train) == 600
    assert len(x_test) == 0


def test_the_published_split_is_scikit_learns(housing):
    rest, test = train_test_split(np.arange(20640), test_size=0.2, random_state=0)
    expected = (*train_test_split(rest, test_size=0.2, random_state=1), test)
    for (x, y), rows in zip(california_housing.load_data(split="published"), expected, strict=True):
        np.testing.assert_array_equal(x, housing.data[rows].astype("float32"))
        np.testing.assert_array_equal(y, housing.target[rows].astype("float32"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"version": "medium"}, "`version` must be 'large' or 'small', not 'medium'"),
        ({"test_split": 1}, r"`test_split` must lie in \[0, 1\), not 1"),
        ({"split": "test"}, "`split` must be 'published' or None, not 'test'"),
        ({"test_split": -0.1}, r"`test_split` must lie in \[0, 1\), not -0.1"),
    ],
)
def test_load_data_rejects(arguments, message):
    with pytest.raises(ValueError, match=message):
        california_housing.load_data(**arguments)
