"""Estimators that build their network themselves: multilayer perceptrons."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from hornet import activations, optimizers, regularizers
from hornet.callbacks import EarlyStopping, ReduceLROnPlateau
from hornet.core import random
from hornet.core.checks import boolean, non_negative_int, number, one_of, positive_int
from hornet.core.errors import ArgumentError, said_of
from hornet.estimators.base import Job, NetworkClassifier, NetworkEstimator, NetworkRegressor, Rows
from hornet.estimators.sklearn_internals import rows_at
from hornet.estimators.tables import first_of_words, has_gaps
from hornet.estimators.targets import Numbers, Target
from hornet.layers import Activation, BatchNormalization, Dense, Dropout, Input, Normalization
from hornet.models import Model, Sequential
from hornet.models.tables import encode

_ACTIVATIONS = {"identity": "linear", "logistic": "sigmoid"}
"""Keras's names of the activations that scikit-learn calls otherwise."""

_FEWEST_HELD_OUT = 10
"""Rows whose loss says more about when to stop than the training rows' does."""


class MLP(NetworkEstimator):
    """Base of the multilayer perceptrons.

    The inputs are scaled inside the network, by their means and standard deviations in the rows of the first training.
    A frame that has words, dates, categories or gaps is encoded inside it, as `hornet.preprocessing.encode` does, by
    the rows of the first training without those held out; rows to predict are then frames with the same columns.

    Args:
        hidden_layer_sizes: Number of neurons of each hidden layer, or of the only one.
        activation: Name or function; scikit-learn's `"identity"` and `"logistic"` as well as Keras's names.
        solver: Name of an optimizer, such as `"adam"` or `"sgd"`, or an optimizer, which then has its own numbers.
        alpha: Strength of the L2 penalty of the kernels, at least 0; as in scikit-learn it is halved and divided by
            the rows of a batch.
        batch_size: Rows of an update; `"auto"` is 32.
        learning_rate: `"constant"`, or `"adaptive"` to divide it by 5 after each two epochs in which the training loss
            did not get better by `tol`.
        learning_rate_init: The learning rate at the beginning, above 0.
        max_iter: Maximum number of epochs.
        shuffle: Whether each epoch takes the rows in a new order.
        random_state: What initial weights, the rows held out and all other draws come from.
        tol: How much better the loss must become to count.
        verbose: Whether to show the progress.
        warm_start: Whether `fit` goes on with the network of the last `fit`.
        momentum: Momentum of `"sgd"`, from 0 to 1.
        nesterovs_momentum: Whether it is Nesterov's.
        early_stopping: Whether to hold rows out, to stop when their loss has not got better for `n_iter_no_change`
            epochs, and to go back to the best epoch's weights. Without it, and where fewer than 10 rows would be held
            out, the training loss says when to stop.
        validation_fraction: Fraction of the rows that are held out, between 0 and 1.
        beta_1: Decay of the mean of gradients of `"adam"`, from 0 to 1.
        beta_2: Decay of the mean of their squares of `"adam"`, from 0 to 1.
        epsilon: Constant of `"adam"`, above 0.
        n_iter_no_change: Epochs to wait for a better loss.
        dropout: Part of the neurons of each hidden layer that is dropped in training, at least 0 and below 1.
        batch_norm: Whether hidden layers are normalized over each batch, before their activation.
    """

    n_iter_: int
    """Number of epochs that the network was trained for."""
    loss_curve_: list[float]
    """The training loss of every epoch."""
    loss_: float
    """That of the last epoch."""

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = True,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: int = 10,
        dropout: float = 0.0,
        batch_norm: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.dropout = dropout
        self.batch_norm = batch_norm

    def finish(self, job: Job, history: Any) -> Any:
        super().finish(job, history)
        self.loss_curve_ = self.history_["loss"]
        self.loss_, self.n_iter_ = self.loss_curve_[-1], len(self.loss_curve_)
        return self

    def _make_model(self, rows: Rows, target: Target) -> Model:
        activation = self._activation
        initializer = "he_uniform" if activation == "relu" else "glorot_uniform"
        dropout = number("dropout", self.dropout, at_least=0.0, below=1.0)
        alpha = number("alpha", self.alpha, at_least=0.0)
        penalty = regularizers.L2(alpha / 2 / self._rows_of_batch) if alpha else None
        sizes = self.hidden_layer_sizes
        stack: list[Any] = []
        for size in sizes if np.iterable(sizes) else [sizes]:
            units = positive_int("hidden_layer_sizes", size)
            stack.append(Dense(units, kernel_initializer=initializer, kernel_regularizer=penalty))
            if self.batch_norm:
                stack.append(BatchNormalization())
            stack.append(Activation(activation))
            if dropout:
                stack.append(Dropout(dropout))
        activation, loss = self._ending(target)
        stack.append(Dense(target.columns, activation, kernel_regularizer=penalty))
        model = self._over_encoded(stack, rows[0]) if self.takes_frames_ else self._over_scaled(stack, rows)
        model.compile(loss=loss, optimizer=self._optimizer())
        return model

    def _over_encoded(self, stack: list[Any], table: Any) -> Model:
        """Return a model of layers over the encoded columns of a table."""
        inputs, tensor = encode(table, verbose=bool(self.verbose))
        for layer in stack:
            tensor = layer(tensor)
        return Model(inputs, tensor)

    def _over_scaled(self, stack: list[Any], rows: Rows) -> Model:
        """Return a model of layers over scaled features."""
        x, _, sample_weight = rows
        scaling = Normalization()
        model = Sequential([Input(x.shape[1:]), scaling, *stack])
        # Which takes 1 as the standard deviation of a constant feature, and finds the mean of a sparse matrix, too.
        scaler = StandardScaler(with_mean=not issparse(x)).fit(x, sample_weight=sample_weight)
        scaling.adapt_mean.assign(scaler.mean_)  # pyright: ignore[reportArgumentType]
        scaling.adapt_variance.assign(np.square(scaler.scale_))  # pyright: ignore[reportArgumentType, reportCallIssue]
        return model

    def _takes_table(self, X: Any) -> bool:
        return first_of_words(X) is not None or has_gaps(X)

    def _ending(self, target: Target) -> tuple[str | None, str]:
        """Return the activation of the output, and the loss."""
        raise NotImplementedError

    def _optimizer(self) -> Any:
        if not isinstance(self.solver, str):
            return copy.deepcopy(optimizers.get(self.solver))
        kind = type(optimizers.get(self.solver))
        numbers: dict[str, Any] = {}
        if kind is optimizers.Adam:
            numbers = {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}
        elif kind is optimizers.SGD:
            numbers = {"momentum": self.momentum, "nesterov": self.nesterovs_momentum}
        return kind(learning_rate=self.learning_rate_init, **numbers)

    @property
    def _activation(self) -> Any:
        """The activation under Keras's name."""
        return (
            _ACTIVATIONS.get(self.activation, self.activation) if isinstance(self.activation, str) else self.activation
        )

    @property
    def _rows_of_batch(self) -> int:
        return 32 if self.batch_size == "auto" else positive_int("batch_size", self.batch_size)

    def _settings(self, fit_arguments: Mapping[str, Any]) -> dict[str, Any]:
        self._check_parameters()
        return {
            "epochs": positive_int("max_iter", self.max_iter),
            "batch_size": self._rows_of_batch,
            "shuffle": bool(self.shuffle),
            "verbose": non_negative_int("verbose", int(self.verbose)),
            **fit_arguments,
        }

    def _check_parameters(self) -> None:
        """Raise an error that names the parameter, where the parts of a network know it by another name or not at all.

        Raises:
            ValueError: If a number is out of its range, or a name is unknown.
        """
        one_of("learning_rate", self.learning_rate, ("constant", "adaptive"))
        number("learning_rate_init", self.learning_rate_init, above=0.0)
        number("epsilon", self.epsilon, above=0.0)
        for name in ("shuffle", "warm_start", "nesterovs_momentum", "early_stopping", "batch_norm"):
            boolean(name, getattr(self, name))
        if not isinstance(self.verbose, int | np.bool_):
            boolean("verbose", self.verbose)
        with said_of("solver"):
            if optimizers.get(self.solver) is None:
                raise ArgumentError("`solver` must be an optimizer, not None. Pass its name, such as 'adam'.")
        with said_of("activation"):
            activations.get(self._activation)

    def _held_out(self, rows: Rows) -> tuple[Rows, Rows | None]:
        fraction = number("validation_fraction", self.validation_fraction, above=0.0, below=1.0)
        x, y, weights = rows
        count = int(len(y) * fraction)
        if not self.early_stopping or count < _FEWEST_HELD_OUT:
            return rows, None
        kept, held = train_test_split(
            np.arange(len(y)), test_size=count, random_state=random.next_seed(), stratify=self._strata(y, count)
        )
        of_kept, of_held = (None, None) if weights is None else (weights[kept], weights[held])
        return (rows_at(x, kept), y[kept], of_kept), (rows_at(x, held), y[held], of_held)

    def _strata(self, y: np.ndarray, count: int) -> np.ndarray | None:
        """Return of what both parts shall hold equal shares, or `None`."""
        return None

    def _own_callbacks(self, validates: bool) -> list[Any]:
        stopping = EarlyStopping(
            "val_loss" if validates else "loss",
            min_delta=number("tol", self.tol, at_least=0.0),
            patience=positive_int("n_iter_no_change", self.n_iter_no_change),
            restore_best_weights=validates,
        )
        if self.learning_rate == "constant":
            return [stopping]
        return [stopping, ReduceLROnPlateau("loss", factor=0.2, patience=2, min_delta=self.tol)]


class MLPClassifier(MLP, NetworkClassifier):
    """Multilayer perceptron for classes, with scikit-learn's parameters and sound defaults.

    Args:
        hidden_layer_sizes: Number of neurons of each hidden layer; see `MLP` for this and all other parameters.

    Example:
        >>> from sklearn.datasets import load_wine
        >>> X, y = load_wine(return_X_y=True)
        >>> classifier = MLPClassifier((20,), random_state=0).fit(X, y)
        >>> classifier.score(X, y) > 0.95, classifier.predict_proba(X[:2]).shape
        (True, (2, 3))
    """

    def _ending(self, target: Target) -> tuple[str | None, str]:
        if target.kind == "multiclass":
            return "softmax", "sparse_categorical_crossentropy"
        if target.kind == "multiclass-multioutput":
            raise ValueError(
                "`y` has several columns of classes. Pass one, or wrap the estimator in scikit-learn's "
                "`MultiOutputClassifier`, which trains one for each column."
            )
        return "sigmoid", "binary_crossentropy"

    def _strata(self, y: np.ndarray, count: int) -> np.ndarray | None:
        if y.ndim > 1:
            return None
        sizes = np.unique(y, return_counts=True)[1]
        return y if sizes.min() > 1 and len(sizes) <= count else None


class MLPRegressor(MLP, NetworkRegressor):
    """Multilayer perceptron for numbers, with scikit-learn's parameters and sound defaults.

    The labels are scaled to mean 0 and standard deviation 1 on the way in, and back in `predict`; losses are of scaled
    labels.

    Args:
        hidden_layer_sizes: Number of neurons of each hidden layer; see `MLP` for this and all other parameters.

    Example:
        >>> from sklearn.datasets import load_diabetes
        >>> X, y = load_diabetes(return_X_y=True)
        >>> MLPRegressor((20,), random_state=0).fit(X, y).score(X, y) > 0.4
        True
    """

    def _ending(self, target: Target) -> tuple[str | None, str]:
        return None, "mean_squared_error"

    def _make_target(self, y: np.ndarray, sample_weight: np.ndarray | None) -> Target:
        return Numbers(y, sample_weight, scaled=True)
