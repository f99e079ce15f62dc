"""Rosenblatt's perceptron."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.preprocessing import label_binarize
from sklearn.utils import check_random_state, compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from hornet.core.checks import boolean, number, positive_int
from hornet.core.xla import compiler_options
from hornet.estimators.labels import labels_as_given
from hornet.estimators.sklearn_internals import check_sample_weight
from hornet.estimators.targets import Classes, check_known

_MOST = np.iinfo(np.int32).max


class Perceptron(ClassifierMixin, BaseEstimator):
    r"""Linear classifier that learns from its mistakes, one row at a time.

    For a row $x$ of weight $c$ with label $y \in \{-1, 1\}$ and $y (w \cdot x + b) \le 0$ it takes
    $w \leftarrow w + \eta c y x$ and $b \leftarrow b + \eta c y$. Of several classes each is separated from all others.
    For the same `random_state` it ends in the weights of scikit-learn's `Perceptron`, computed in float64 by one
    program; penalties and rows held out, which that one has, are not Rosenblatt's and not here.

    Args:
        fit_intercept: Whether there is a $b$.
        max_iter: Maximum number of epochs, at least 1.
        tol: The learning stops when the mean loss, $\max(-y (w \cdot x + b), 0)$, has not got better by this for
            `n_iter_no_change` epochs; `None` to do all epochs.
        shuffle: Whether each epoch takes the rows in a new order.
        eta0: $\eta$, above 0.
        n_iter_no_change: Epochs to wait for a better loss, at least 1.
        random_state: Seed of the orders.
        class_weight: Factor of $c$ of each class, by its label, or `"balanced"`.
        warm_start: Whether `fit` goes on from the weights of the last `fit`.

    Source:
        Rosenblatt 1958, "The perceptron".

    Example:
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> classifier = Perceptron().fit(X[:, 2:], y == 0)
        >>> classifier.predict([[1.4, 0.2], [5.0, 2.0]]).tolist(), classifier.n_iter_
        ([True, False], 7)
    """

    classes_: np.ndarray
    """The classes."""
    coef_: np.ndarray
    """$w$, a row for each class, one alone for two classes."""
    intercept_: np.ndarray
    """$b$, of each class or for two classes."""
    n_iter_: int
    """Number of epochs, the maximum over all classes."""

    def __init__(
        self,
        *,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float | None = 1e-3,
        shuffle: bool = True,
        eta0: float = 1.0,
        n_iter_no_change: int = 5,
        random_state: Any = 0,
        class_weight: Any = None,
        warm_start: bool = False,
    ) -> None:
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.shuffle = shuffle
        self.eta0 = eta0
        self.n_iter_no_change = n_iter_no_change
        self.random_state = random_state
        self.class_weight = class_weight
        self.warm_start = warm_start

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from rows.

        Args:
            X: Rows of features.
            y: The class of each row.
            sample_weight: Weight of each row.
        """
        goes_on = self.warm_start and hasattr(self, "coef_")
        epochs = positive_int("max_iter", self.max_iter)
        return self._learn(X, y, sample_weight, goes_on, None, epochs, self.tol)

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one epoch more.

        Args:
            X: Rows of features.
            y: The class of each row.
            classes: All classes, in the first call, where `y` does not have each of them.
            sample_weight: Weight of each row.
        """
        return self._learn(X, y, sample_weight, hasattr(self, "coef_"), classes, 1, None)

    def decision_function(self, X: Any) -> np.ndarray:
        r"""Return the score $w \cdot x + b$ of each row, a column for each of several classes.

        Args:
            X: Rows of features.
        """
        check_is_fitted(self)
        x: Any = validate_data(self, X, reset=False, dtype=np.float64)
        scores = x @ self.coef_.T + self.intercept_
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict(self, X: Any) -> np.ndarray:
        """Return the class of each row.

        Args:
            X: Rows of features.
        """
        scores = self.decision_function(X)
        return self.classes_[(scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)]

    def _learn(
        self, X: Any, y: Any, sample_weight: Any, goes_on: bool, classes: Any, epochs: int, tol: float | None
    ) -> Self:
        checked: Any = validate_data(self, X, labels_as_given(y), reset=not goes_on, dtype=np.float64)
        x, y = checked
        check_classification_targets(y)
        weights = check_sample_weight(sample_weight, x, dtype=np.float64)
        if not goes_on:
            self.classes_ = Classes(y if classes is None else np.asarray(classes)).classes
        check_known(y, self.classes_)
        signs = label_binarize(y, classes=self.classes_, neg_label=-1, pos_label=1).T.astype(np.float64)
        if not goes_on:
            self.coef_, self.intercept_ = np.zeros((len(signs), x.shape[1])), np.zeros(len(signs))
        of_classes = compute_class_weight(self.class_weight, classes=self.classes_, y=y)
        settings = _Settings(
            number("eta0", self.eta0, above=0.0),
            -np.inf if tol is None else number("tol", tol, at_least=0.0),
            positive_int("n_iter_no_change", self.n_iter_no_change),
            epochs,
            boolean("fit_intercept", self.fit_intercept),
            boolean("shuffle", self.shuffle),
        )
        if len(signs) == 1:
            of_sign = [(of_classes[1], of_classes[0])]
            generators = [check_random_state(self.random_state)]
        else:
            of_sign = [(weight, 1.0) for weight in of_classes]
            draws = check_random_state(self.random_state).randint(_MOST, size=len(signs))
            generators = [np.random.RandomState(draw) for draw in draws]
        learned = [
            _fit_binary(x, sign, weights * np.where(sign > 0, *factors), settings, _seed(generator), coef, intercept)
            for sign, factors, generator, coef, intercept in zip(
                signs, of_sign, generators, self.coef_, self.intercept_, strict=True
            )
        ]
        self.coef_ = np.stack([result[0] for result in learned])
        self.intercept_ = np.array([result[1] for result in learned])
        self.n_iter_ = max(result[2] for result in learned)
        return self


class _Settings(NamedTuple):
    """Numbers that a program receives as arguments."""

    rate: float
    tol: float
    patience: int
    epochs: int
    has_intercept: bool
    shuffles: bool


class _State(NamedTuple):
    """Where the learning of one class is, after a number of epochs."""

    coef: Any
    intercept: Any
    order: Any
    best: Any
    """The minimum mean loss of an epoch so far."""
    wait: Any
    """Epochs since the loss got better."""
    epoch: Any


def _seed(generator: Any) -> int:
    """Return scikit-learn's seed of the orders: its second draw, the first one being for other kinds of data."""
    generator.randint(1, _MOST)
    return generator.randint(_MOST) or 1


@cache
def _program(features: int) -> Any:
    """Return the compiled `_train`, its loop hoisted where there are few features (see `core.xla`)."""
    return jax.jit(_train, compiler_options=dict(compiler_options([(features, 1)])))


def _fit_binary(
    x: np.ndarray, signs: np.ndarray, weights: np.ndarray, settings: _Settings, seed: int, coef: Any, intercept: Any
) -> tuple[np.ndarray, float, int]:
    """Return weights and intercept that separate the rows of sign 1 from those of sign -1, and the number of epochs."""
    with jax.enable_x64(True):
        state = _program(x.shape[1])(x, signs, weights, settings, np.uint32(seed), coef, intercept)
        coef, intercept = np.asarray(state.coef), float(state.intercept)
        epochs = int(state.epoch)
    if not np.isfinite([*coef, intercept]).all():
        raise ValueError("The weights became infinite. Scale the features, for example with `StandardScaler`.")
    return coef, intercept, epochs


def _train(x: Any, signs: Any, weights: Any, settings: _Settings, seed: Any, coef: Any, intercept: Any) -> _State:
    """Return the state after the last epoch."""
    rows = len(x)

    def learn(index: Any, carried: Any) -> Any:
        coef, intercept, order, loss = carried
        row = order[index]
        margin = signs[row] * (coef @ x[row] + intercept)
        # A row on the border counts as wrong, since at the start all are: the weights are zero.
        step = jnp.where(margin <= 0.0, settings.rate * signs[row] * weights[row], 0.0)
        return coef + step * x[row], intercept + step * settings.has_intercept, order, loss + jnp.maximum(-margin, 0.0)

    def run_epoch(state: _State) -> _State:
        order = lax.cond(settings.shuffles, lambda order: _shuffle(order, seed), lambda order: order, state.order)
        coef, intercept, _, loss = lax.fori_loop(0, rows, learn, (state.coef, state.intercept, order, 0.0))
        # scikit-learn's rule: an epoch counts as better only if it beats the best one by `tol`.
        wait = jnp.where(loss / rows > state.best - settings.tol, state.wait + 1, 0)
        return _State(coef, intercept, order, jnp.minimum(state.best, loss / rows), wait, state.epoch + 1)

    def goes_on(state: _State) -> Any:
        is_finite = jnp.isfinite(state.intercept) & jnp.isfinite(state.coef).all()
        return (state.epoch < settings.epochs) & (state.wait < settings.patience) & is_finite

    return lax.while_loop(goes_on, run_epoch, _State(coef, intercept, jnp.arange(rows), jnp.inf, 0, 0))


def _shuffle(order: Any, seed: Any) -> Any:
    """Return an order shuffled as scikit-learn does: by Fisher and Yates, with Marsaglia's generator of 32 bits."""
    rows = len(order)

    def swap(place: Any, carried: Any) -> Any:
        order, bits = carried
        # The same numbers as scikit-learn's, so that both see the rows in one order and end in the same weights.
        for left, shift in ((True, 13), (False, 17), (True, 5)):
            bits ^= bits << shift if left else bits >> shift
        other = place + (bits % jnp.uint32(2**31)).astype(place.dtype) % (rows - place)
        return order.at[jnp.array([place, other])].set(order[jnp.array([other, place])]), bits

    return lax.fori_loop(0, rows - 1, swap, (order, seed))[0]
