"""Rosenblatt's perceptron beside scikit-learn's."""

import numpy as np
import pytest
from sklearn import linear_model
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine

from hornet.estimators import Perceptron

PARAMETERS = [
    {},
    {"shuffle": False},
    {"random_state": 7},
    {"max_iter": 6, "tol": None},
    {"fit_intercept": False, "shuffle": False},
    {"class_weight": "balanced", "eta0": 0.25},
    {"n_iter_no_change": 2, "tol": 0.1},
]


@pytest.mark.parametrize("parameters", PARAMETERS, ids=str)
@pytest.mark.parametrize("load", [load_breast_cancer, load_digits, load_iris, load_wine])
def test_it_ends_in_the_weights_of_scikit_learn_s(load, parameters):
    X, y = load(return_X_y=True)
    weights = np.random.default_rng(0).integers(0, 4, len(X)) / 2
    ours = Perceptron(**parameters).fit(X, y, sample_weight=weights)
    theirs = linear_model.Perceptron(**parameters).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-9, atol=1e-9)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.score(X, y) == theirs.score(X, y)
    np.testing.assert_allclose(ours.decision_function(X), theirs.decision_function(X), rtol=1e-9)


def test_it_goes_on_as_scikit_learn_s():
    X, y = load_iris(return_X_y=True)
    ours, theirs = Perceptron(), linear_model.Perceptron()
    for _ in range(3):
        for one in (ours, theirs):
            one.partial_fit(X, y, classes=[0, 1, 2])
        np.testing.assert_allclose(ours.coef_, theirs.coef_)
    for one in (ours, theirs):
        one.set_params(warm_start=True).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_)


def test_the_chapter_s_cell():
    iris = load_iris()
    X = iris.data[:, (2, 3)]  # petal length, petal width
    y = (iris.target == 0).astype(int)
    per_clf = Perceptron()
    per_clf.fit(X, y)
    assert per_clf.predict([[2, 0.5]]).tolist() == linear_model.Perceptron().fit(X, y).predict([[2, 0.5]]).tolist()


def test_slips_are_explained():
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match=r"^`eta0` must be a finite number above 0"):
        Perceptron(eta0=0).fit(X, y)
    with pytest.raises(ValueError, match=r"^`y` holds only one class, 0. Pass rows of at least two classes.$"):
        Perceptron().fit(X[:50], y[:50])
    with pytest.raises(ValueError, match=r"^The weights became infinite. Scale the features"):
        Perceptron(eta0=10).fit([[1e308], [-1e308]], [0, 1])  # the first step overflows, however a sum is ordered


@pytest.mark.parametrize("call", ["fit", "partial_fit"])
def test_classes_that_were_not_learned_are_named(call):
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    perceptron = Perceptron(warm_start=True).fit(X, [0, 0, 1, 1])
    with pytest.raises(ValueError, match="`y` has the class 2, which is none of those learned before"):
        getattr(perceptron, call)(X, [0, 1, 2, 2])
