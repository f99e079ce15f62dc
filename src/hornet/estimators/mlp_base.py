"""What the multilayer perceptrons share: parameters, the network that they make, and how it is trained."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import check_is_fitted

from hornet import activations, optimizers, regularizers
from hornet.callbacks import EarlyStopping, LearningRateScheduler, ReduceLROnPlateau
from hornet.core import random
from hornet.core.checks import boolean, non_negative_int, number, one_of, positive_int
from hornet.core.errors import ArgumentError, said_of
from hornet.core.variable import Number
from hornet.estimators.base import Job, NetworkEstimator, Rows
from hornet.estimators.budget import HalfCosine, batch_size_for, epochs_for
from hornet.estimators.linear_start import dense_layers, first_inputs
from hornet.estimators.sklearn_internals import rows_at
from hornet.estimators.tables import needs_encoding
from hornet.estimators.targets import Target
from hornet.layers import Activation, BatchNormalization, Dense, Dropout, Input, RobustNormalization
from hornet.models import Model, Sequential
from hornet.models.tables import encode

_ACTIVATIONS = {"identity": "linear", "logistic": "sigmoid"}
"""Keras's names of the activations that scikit-learn calls otherwise."""

_FEWEST_HELD_OUT = 10
"""Rows whose loss says more about when to stop than the training rows' does."""

MONITORED = "data_loss"
"""The metric that says when to stop: the loss without the penalty, which falls while a network learns rows by heart."""


class MLP(NetworkEstimator):
    """Base of the multilayer perceptrons.

    The inputs are scaled inside the network, by their medians and quartiles in the rows of the first training without
    those held out, and bent where they lie far off (see `layers.RobustNormalization`), so that outliers do no harm.
    A frame that has words, dates, categories or gaps is encoded inside it, as `hornet.preprocessing.encode` does, by
    the same rows; rows to predict are then frames with the same columns.

    Args:
        hidden_layer_sizes: Number of neurons of each hidden layer, or of the only one.
        activation: Name or function; scikit-learn's `"identity"` and `"logistic"` as well as Keras's names.
        solver: Name of an optimizer, such as `"adam"` or `"sgd"`, or an optimizer, which then has its own numbers.
        alpha: Strength of the L2 penalty of the kernels, at least 0, which is halved and divided by the number of rows
            that are trained on: what an `alpha` of scikit-learn's `Ridge` is, so more than in its `MLPRegressor`, which
            divides by the rows of a batch.
        batch_size: Rows of an update; `"auto"` is about a hundredth of all, between 32 and 512.
        learning_rate: `"cosine"`, which falls from epoch to epoch along half a cosine, to nearly 0 in the last of
            `max_iter`; `"auto"`, which falls so from a rate that `tuning.find_learning_rate` finds before the first
            training, in place of `learning_rate_init`; `"constant"`; or `"adaptive"`, which is divided by 5 after each
            two epochs in which the training loss did not get better by `tol`. An optimizer's own schedule is left as
            it is.
        learning_rate_init: The learning rate at the beginning, above 0; `"auto"` is 0.001, and with batches above 32
            rows in proportion more (Goyal et al. 2017).
        max_iter: Maximum number of epochs; `"auto"` makes about 4000 updates, in 20 to 200 epochs.
        shuffle: Whether each epoch takes the rows in a new order.
        random_state: What initial weights, the rows held out and all other draws come from.
        tol: How much better the loss must become to count.
        verbose: Whether to show the progress.
        warm_start: Whether `fit` goes on with the network of the last `fit`; the learning rate begins anew.
        momentum: Momentum of `"sgd"`, from 0 to 1.
        nesterovs_momentum: Whether it is Nesterov's.
        early_stopping: Whether to hold rows out, to stop when their loss (without the penalty) has not got better for
            `n_iter_no_change` epochs, and to go back to the best epoch's weights. Without it, and where fewer than 10
            rows would be held out, the training loss says when to stop.
        validation_fraction: Fraction of the rows that are held out, between 0 and 1.
        beta_1: Decay of the mean of gradients of `"adam"`, from 0 to 1.
        beta_2: Decay of the mean of their squares of `"adam"`, from 0 to 1.
        epsilon: Constant of `"adam"`, above 0.
        n_iter_no_change: Epochs to wait for a better loss: many, as a loss that stands still at a high rate may fall
            again at a lower one.
        dropout: Part of the neurons of each hidden layer that is dropped in training, at least 0 and below 1.
        batch_norm: Whether hidden layers are normalized over each batch, before their activation.
    """

    n_iter_: int
    """Number of epochs that the network was trained for."""
    loss_curve_: list[float]
    """The training loss of every epoch."""
    loss_: float
    """That of the last epoch."""

    _score: str
    """The metric that rows held out are scored by."""

    def __init__(
        self,
        hidden_layer_sizes: Any = (256, 256),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 0.5,
        batch_size: int | str = "auto",
        learning_rate: str = "cosine",
        learning_rate_init: float | str = "auto",
        max_iter: int | str = "auto",
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
        n_iter_no_change: int = 40,
        dropout: float = 0.1,
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

    @property
    def coefs_(self) -> list[np.ndarray]:
        """The kernel of each layer, of shape `(inputs, units)`; the first layer's inputs are what `scale` returns."""
        return [np.asarray(layer.kernel) for layer in self._dense_layers]

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """The bias of each layer."""
        return [np.asarray(layer.bias) for layer in self._dense_layers]

    @property
    def validation_scores_(self) -> list[float] | None:
        """The score of the rows held out after every epoch, accuracy or R2; `None` where none were held out."""
        check_is_fitted(self)
        return self.history_.get(f"val_{self._score}")

    @property
    def _dense_layers(self) -> list[Dense]:
        check_is_fitted(self)
        return dense_layers(self.model_)

    def scale(self, X: Any) -> np.ndarray:
        """Return rows as the network's first layer of neurons gets them: scaled, and a table's columns encoded.

        Args:
            X: Rows of features.

        Example:
            >>> from hornet.estimators import MLPRegressor
            >>> X, y = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]] * 4), np.arange(20.0)
            >>> fitted = MLPRegressor((), max_iter=1).fit(X, y)
            >>> fitted.scale([[2.0], [4.0], [1e9]]).astype(float).round(2).tolist()
            [[0.0], [0.95], [3.0]]
        """
        x = self._checked_again(X)
        return first_inputs(self.model_, self._inputs_of(self.model_, x))

    def finish(self, job: Job, history: Any) -> Any:
        super().finish(job, history)
        self.loss_curve_ = self.history_["loss"]
        self.loss_, self.n_iter_ = self.loss_curve_[-1], len(self.loss_curve_)
        return self

    def _make_model(self, rows: Rows, target: Target, settings: Mapping[str, Any]) -> Model:
        over = self._over_encoded if self.takes_frames_ else self._over_scaled
        return self._compiled(over(self._stack(len(rows[1]), target), rows), target, settings)

    def _stack(self, rows: int, target: Target) -> list[Any]:
        """Return the layers over encoded or scaled features, of a network that is trained on so many rows."""
        activation = self._activation
        initializer = "he_uniform" if activation == "relu" else "glorot_uniform"
        dropout = number("dropout", self.dropout, at_least=0.0, below=1.0)
        alpha = number("alpha", self.alpha, at_least=0.0)
        penalty = regularizers.L2(alpha / 2 / rows) if alpha else None
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
        activation, _, _ = self._ending(target)
        # A network that begins as a constant learns no more from few rows than they say.
        stack.append(Dense(target.columns, activation, kernel_initializer="zeros", kernel_regularizer=penalty))
        return stack

    def _compiled(self, model: Model, target: Target, settings: Mapping[str, Any]) -> Model:
        """Return a model, compiled for the labels."""
        _, loss, metric = self._ending(target)
        scores = [metric(name=MONITORED), self._score]
        model.compile(loss=loss, optimizer=self._optimizer(settings), weighted_metrics=scores)
        return model

    def _over_encoded(self, stack: list[Any], rows: Rows) -> Model:
        """Return a model of layers over the encoded columns of a table."""
        inputs, tensor = encode(rows[0], verbose=bool(self.verbose))
        for layer in stack:
            tensor = layer(tensor)
        return Model(inputs, tensor)

    def _over_scaled(self, stack: list[Any], rows: Rows) -> Model:
        """Return a model of layers over scaled features."""
        x, _, sample_weight = rows
        scaling = RobustNormalization()
        scaling.adapt(x if sample_weight is None or not sample_weight.any() else x[sample_weight > 0])
        return Sequential([Input(x.shape[1:]), scaling, *stack])

    @property
    def _finds_rate(self) -> bool:
        return self.learning_rate == "auto"

    def _take_rate(self, rate: float, model: Any, settings: dict[str, Any]) -> None:
        super()._take_rate(rate, model, settings)
        settings["callbacks"].append(LearningRateScheduler(HalfCosine(rate, settings["epochs"])))

    def _takes_table(self, X: Any) -> bool:
        return needs_encoding(X)

    def _ending(self, target: Target) -> tuple[str | None, str, Callable[..., Any]]:
        """Return the activation of the output, the loss, and the class of the metric that is the loss."""
        raise NotImplementedError

    def _optimizer(self, settings: Mapping[str, Any]) -> Any:
        if not isinstance(self.solver, str):
            return copy.deepcopy(optimizers.get(self.solver))
        kind = type(optimizers.get(self.solver))
        numbers: dict[str, Any] = {}
        if kind is optimizers.Adam:
            numbers = {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}
        elif kind is optimizers.SGD:
            numbers = {"momentum": self.momentum, "nesterov": self.nesterovs_momentum}
        rate = self._rate(settings)
        assert rate is not None
        return kind(learning_rate=rate, **numbers)

    @property
    def _activation(self) -> Any:
        """The activation under Keras's name."""
        return (
            _ACTIVATIONS.get(self.activation, self.activation) if isinstance(self.activation, str) else self.activation
        )

    def _rate(self, settings: Mapping[str, Any]) -> float | None:
        """Return the learning rate to begin with; `None` if the solver has a schedule of its own."""
        if not isinstance(self.solver, str):
            held = vars(optimizers.get(self.solver)).get("learning_rate")
            return float(held.value) if type(held) is Number else None
        if self.learning_rate_init == "auto":
            return 0.001 * max(32, settings["batch_size"] or 32) / 32
        return float(self.learning_rate_init)

    def _begin(self, model: Model, settings: Mapping[str, Any]) -> None:
        rate = self._rate(settings)
        if rate is not None:
            model.optimizer.learning_rate = rate

    def _settings(self, fit_arguments: Mapping[str, Any], rows: int) -> dict[str, Any]:
        self._check_parameters()
        size, epochs = self.batch_size, self.max_iter
        size = batch_size_for(rows) if size == "auto" else positive_int("batch_size", size)
        epochs = epochs_for(rows, size) if epochs == "auto" else positive_int("max_iter", epochs)
        return {
            "epochs": epochs,
            "batch_size": size,
            "shuffle": bool(self.shuffle),
            "verbose": non_negative_int("verbose", int(self.verbose)),
            **fit_arguments,
        }

    def _check_parameters(self) -> None:
        """Raise an error that names the parameter, where the parts of a network know it by another name or not at all.

        Raises:
            ValueError: If a number is out of its range, or a name is unknown.
        """
        one_of("learning_rate", self.learning_rate, ("cosine", "constant", "adaptive", "auto"))
        if self.learning_rate_init != "auto":
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

    def _own_callbacks(self, settings: Mapping[str, Any], validates: bool) -> list[Any]:
        callbacks: list[Any] = [
            EarlyStopping(
                f"val_{MONITORED}" if validates else "loss",
                mode="min",
                min_delta=number("tol", self.tol, at_least=0.0),
                patience=positive_int("n_iter_no_change", self.n_iter_no_change),
                restore_best_weights=validates,
            )
        ]
        rate = self._rate(settings)
        if self.learning_rate == "cosine" and rate is not None:
            callbacks.append(LearningRateScheduler(HalfCosine(rate, settings["epochs"])))
        if self.learning_rate == "adaptive":
            callbacks.append(ReduceLROnPlateau("loss", factor=0.2, patience=2, min_delta=self.tol))
        return callbacks
