"""Estimators around a function that builds a Keras model."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any, Self

import numpy as np
from scipy.sparse import issparse

from hornet import optimizers
from hornet.core.checks import describe
from hornet.core.config import constructor_arguments
from hornet.core.suggestions import did_you_mean
from hornet.estimators.base import NetworkClassifier, NetworkEstimator, NetworkRegressor, Rows
from hornet.estimators.sklearn_internals import clone_parametrized
from hornet.estimators.tables import columns_by_name, first_of_words, is_table, reads_words
from hornet.losses.resolve import resolve
from hornet.models import Model, clone_model
from hornet.training.data.checks import may_take_missing, what_is_not_finite

_ROUTES = ("model", "optimizer", "loss", "callbacks", "fit")
"""What comes before the `__` of a routed parameter: whose argument it is."""

_DEFAULT = {"optimizer": "rmsprop"}
"""The default of `Model.compile`."""


class KerasEstimator(NetworkEstimator):
    """Base of the estimators around a function that builds a model.

    Args:
        model: A function that returns a model, or a model, of which each training takes a copy with new weights.
            Arguments of the function are parameters of the estimator: `n_hidden`, or `model__n_hidden`. It may also
            have an argument `meta`, a dict of what the data are (`n_features_in_`, `X_shape_`, `X_dtype_`,
            `target_type_`, `n_outputs_`, and of classes `classes_` and `n_classes_`), one `compile_kwargs`, the
            arguments of `compile` that the other parameters require, and one `X`, the rows to train on: a frame as it
            is, so that the function can begin with `inputs, encoded = encode(X)` (see `hornet.preprocessing`), each
            fold with its own rows.
        warm_start: Whether `fit` goes on with the model of the last `fit`.
        random_state: What initial weights, the order of rows and all other draws come from: the same integer gives the
            same initial weights in every fold. `None` goes on from the process's one seed.
        optimizer: Name, class or object; `None` for that of the function, or `"rmsprop"` if it does not compile the
            model. `optimizer__learning_rate` and the like are its arguments.
        loss: Name, class, object or function; `None` for that of the function.
        metrics: Names, objects or functions; `None` for those of the function.
        batch_size: Rows of an update; 32 by default.
        validation_batch_size: Rows of an evaluation's batch; `batch_size` by default.
        verbose: 0 for silence, 1 for a progress bar, 2 for a line an epoch.
        callbacks: Callbacks, or classes of them, whose arguments are `callbacks__patience` and the like. Each training
            has its own copies.
        validation_split: Fraction of the rows, the last ones, to evaluate on instead of training.
        shuffle: Whether each epoch takes the rows in a new order.
        run_eagerly: Whether steps run operation by operation.
        epochs: Number of epochs.
        **arguments: Arguments of the function, and routed ones: `model__...`, `optimizer__...`, `loss__...`,
            `callbacks__...`, and `fit__...` for those of `Model.fit`. A `learning_rate` (the function's or
            `optimizer__learning_rate`) may be `"auto"`: `tuning.find_learning_rate` looks for one before the first
            training, with the model as it is made without this argument.
    """

    def __init__(
        self,
        model: Any,
        *,
        warm_start: bool = False,
        random_state: Any = None,
        optimizer: Any = None,
        loss: Any = None,
        metrics: Any = None,
        batch_size: int | None = None,
        validation_batch_size: int | None = None,
        verbose: int | str = 0,
        callbacks: Any = None,
        validation_split: float = 0.0,
        shuffle: bool = True,
        run_eagerly: bool = False,
        epochs: int = 1,
        **arguments: Any,
    ) -> None:
        self.model = model
        self.warm_start = warm_start
        self.random_state = random_state
        self.optimizer = optimizer
        self.loss = loss
        self.metrics = metrics
        self.batch_size = batch_size
        self.validation_batch_size = validation_batch_size
        self.verbose = verbose
        self.callbacks = callbacks
        self.validation_split = validation_split
        self.shuffle = shuffle
        self.run_eagerly = run_eagerly
        self.epochs = epochs
        self._arguments = arguments
        for name in arguments:
            if not self._takes(name):
                raise TypeError(self._unknown(name))

    # --- parameters -------------------------------------------------------------------------------------

    @property
    def build_function(self) -> Any:
        """The function that builds the model, or the model to take copies of."""
        return self.model

    @classmethod
    def _get_param_names(cls) -> list[str]:
        return sorted(constructor_arguments(cls))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name, those of the function that builds the model included.

        Args:
            deep: As in scikit-learn.
        """
        defaults = {
            name: parameter.default
            for name, parameter in self._of_function().items()
            if parameter.default is not inspect.Parameter.empty
        }
        return {**defaults, **self._arguments, **super().get_params(deep)}

    def set_params(self, **params: Any) -> Self:
        """Replace parameters.

        Args:
            **params: Parameters by name.

        Raises:
            ValueError: If there is no such parameter.
        """
        own = self._get_param_names()
        for name in sorted(params, key=lambda name: name not in own):  # the function first, then its arguments
            if name in own:
                setattr(self, name, params[name])
            elif self._takes(name):
                self._arguments = {**self._arguments, name: params[name]}
            else:
                raise ValueError(self._unknown(name))
        return self

    def __sklearn_clone__(self) -> Self:
        """Return an estimator of the same parameters; a default of the function stays a default."""
        copied: Any = clone_parametrized(self)
        copied._arguments = {name: value for name, value in copied._arguments.items() if name in self._arguments}
        return copied

    def _of_function(self) -> dict[str, inspect.Parameter]:
        """Return the arguments of the function that builds the model, but those that the estimator itself fills in."""
        kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        named = (parameter for parameter in _parameters(self.build_function).values() if parameter.kind in kinds)
        return {parameter.name: parameter for parameter in named if parameter.name not in self._filled_in}

    _filled_in: tuple[str, ...] = ("meta", "compile_kwargs", "X")

    def _takes(self, name: str) -> bool:
        if _route(name) not in (None, "model"):
            return True
        return not callable(self.build_function) or self._function_takes(name.removeprefix("model__"))

    def _function_takes(self, name: str) -> bool:
        parameters = _parameters(self.build_function).values()
        takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
        return takes_any or name in self._of_function()

    def _unknown(self, name: str) -> str:
        known = [*self._get_param_names(), *self._of_function()]
        advice = did_you_mean(name.removeprefix("model__"), known) or f" Use one of: {', '.join(known)}."
        function = _name_of(self.build_function)
        return f"`{type(self).__name__}` has no parameter {name!r}, and `{function}` no such argument.{advice}"

    def _select_routed(self, route: str) -> dict[str, Any]:
        """Return the routed parameters of one kind, by the names that they have there."""
        prefix = f"{route}__"
        return {name.removeprefix(prefix): value for name, value in self._decided.items() if name.startswith(prefix)}

    @property
    def _decided(self) -> dict[str, Any]:
        """The arguments, without a learning rate that is to be found."""
        return {name: value for name, value in self._arguments.items() if not _is_to_be_found(name, value)}

    @property
    def _finds_rate(self) -> bool:
        return len(self._decided) < len(self._arguments)

    # --- the model ------------------------------------------------------------------------------------------

    def _make_model(self, rows: Rows, target: Any, settings: Mapping[str, Any]) -> Model:
        function = self.build_function
        taken = _parameters(function)
        if isinstance(function, Model):
            model, former = clone_model(function), copy.deepcopy(_arguments_of(function))
        elif callable(function):
            compiling = {**_DEFAULT, **self._collect_compile_arguments(_DEFAULT)}
            offered = {**self._fill_in(rows, target), "compile_kwargs": compiling}
            filled = {name: value for name, value in offered.items() if name in taken}
            model = _built(function, {**filled, **self._function_arguments()})
            former = _arguments_of(model)
        else:
            raise TypeError(
                f"`model` must be a function that returns a model, not {describe(function)}. Pass one, or a model."
            )
        self._refuse_words(model, rows[0])
        asked = self._collect_compile_arguments(former, taken) if former else self._collect_compile_arguments(_DEFAULT)
        if not former and "loss" not in asked:
            raise ValueError(
                f"The model of `{_name_of(function)}` is not compiled, and there is no `loss`. "
                f"Compile it there, or pass `loss=` to `{type(self).__name__}`."
            )
        if asked or model._compile_arguments is None:
            model.compile(**{**former, **asked})
        return model

    def _refuse_words(self, model: Model, x: Any) -> None:
        """Refuse words in a frame for a model that takes numbers alone."""
        column = first_of_words(x)
        if column is None or reads_words(model):
            return
        way = f"Let `{_name_of(self.build_function)}` take `X`, and begin it with `inputs, encoded = encode(X)`"
        if isinstance(self.build_function, Model):
            way = "Draw it as `inputs, encoded = encode(X)` and `Model(inputs, ...)`"
        raise ValueError(
            f"`X` has words, dates or categories (column {column!r}), and the model takes numbers alone. {way}, from "
            "`hornet.preprocessing`."
        )

    def _collect_compile_arguments(self, former: Mapping[str, Any], taken: Collection[str] = ()) -> dict[str, Any]:
        """Return the arguments of `compile` that parameters require, as new objects.

        Args:
            former: Those to which routed parameters belong where there is no other.
            taken: Names that the function takes itself, so that they are its own matter.
        """
        if "compile_kwargs" in taken:
            return {}
        own = {name: None if name in taken else getattr(self, name) for name in ("optimizer", "loss", "metrics")}
        made = {"metrics": copy.deepcopy(own["metrics"]), "run_eagerly": self.run_eagerly or None}
        for name, find in (("optimizer", optimizers.get), ("loss", _loss)):
            numbers = self._select_routed(name)
            identifier = former.get(name) if own[name] is None and numbers else own[name]
            made[name] = _instantiate(find, identifier, numbers)
        return {name: value for name, value in made.items() if value is not None}

    def _function_arguments(self) -> dict[str, Any]:
        """Return the arguments of the function: its parameters, and those of the estimator that it takes as well."""
        own = super().get_params(deep=False)
        shared = {name: own[name] for name in self._of_function() if own.get(name) is not None}
        plain = {name: value for name, value in self._decided.items() if _route(name) is None}
        given = {**shared, **plain, **self._select_routed("model")}
        for name in given:
            if not self._function_takes(name):  # the function was exchanged after its arguments were set
                raise ValueError(self._unknown(name))
        return copy.deepcopy(given)

    def _fill_in(self, rows: Rows, target: Any) -> dict[str, Any]:
        """Return the values that the function may take by name."""
        facts = {
            "n_features_in_": self.n_features_in_,
            "X_shape_": rows[0].shape,
            "X_dtype_": getattr(rows[0], "dtype", np.dtype(object)),
            "target_type_": target.kind,
            "n_outputs_": target.outputs,
        }
        return {"meta": facts, "X": rows[0]}

    # --- training ---------------------------------------------------------------------------------------------

    _checks_of_x: Mapping[str, Any] = {
        "dtype": "numeric",
        "allow_nd": True,
        "accept_sparse": "csr",
        "ensure_all_finite": "allow-nan",  # of which the model may make something
    }

    def _takes_table(self, X: Any) -> bool:
        return first_of_words(X) is not None or (is_table(X) and "X" in _parameters(self.build_function))

    def _inputs_of(self, model: Model, x: Any) -> Any:
        """Return features as the model takes them: columns by name, gaps where it makes something of them.

        Raises:
            ValueError: If there is a gap, and it makes nothing of such.
        """
        if is_table(x):
            return x
        names = list(getattr(self, "feature_names_in_", ()))
        gap = what_is_not_finite("X", x.data if issparse(x) else x, names)
        if gap is not None and not may_take_missing(model):
            raise ValueError(
                f"{gap}, and the model makes nothing of such numbers. Fill them in (scikit-learn's `SimpleImputer`), "
                "or begin the model with `inputs, encoded = encode(X)`, from `hornet.preprocessing`."
            )
        return columns_by_name(model, names, x) or x

    def _settings(self, fit_arguments: Mapping[str, Any], rows: int) -> dict[str, Any]:
        settings = {
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "verbose": self.verbose,
            "callbacks": self.callbacks,
            "validation_split": self.validation_split,
            "validation_batch_size": self.validation_batch_size,
            "shuffle": self.shuffle,
            **self._select_routed("fit"),
            **fit_arguments,
        }
        callbacks = settings["callbacks"]
        each = callbacks if isinstance(callbacks, list | tuple) else [] if callbacks is None else [callbacks]
        made = self._select_routed("callbacks")
        if made and "callbacks" not in fit_arguments and not any(isinstance(callback, type) for callback in each):
            raise ValueError(
                f"`callbacks__{next(iter(made))}` is an argument of a class, but there is no class in `callbacks`. "
                "Pass the class itself, such as `callbacks=EarlyStopping`."
            )
        settings["callbacks"] = [callback(**made) if isinstance(callback, type) else callback for callback in each]
        return settings


class KerasClassifier(NetworkClassifier, KerasEstimator):
    """Classifier around a function that builds a Keras model, for scikit-learn's pipelines and searches.

    Labels may be of any type. The model gets class numbers or, where its loss compares columns, one-hot rows; for
    several columns of 0 and 1 these as they are; and for several columns of classes a list, for an output each.

    Args:
        model: A function that returns a model; see `KerasEstimator` for it and all other parameters.
        class_weight: Weight of each class, by its label, or `"balanced"`; it multiplies `sample_weight`.
        **parameters: What `KerasEstimator` takes, and the function's own arguments.

    Example:
        >>> from hornet import Sequential, layers
        >>> from sklearn.datasets import load_iris
        >>> def build_model(n_neurons=10):
        ...     stack = [layers.Dense(n_neurons, "relu", input_shape=(4,)), layers.Dense(3, "softmax")]
        ...     return Sequential(stack)
        >>> X, y = load_iris(return_X_y=True)
        >>> settings = {"loss": "sparse_categorical_crossentropy", "optimizer": "adam", "epochs": 50}
        >>> classifier = KerasClassifier(build_model, n_neurons=30, random_state=0, **settings)
        >>> classifier.fit(X, y).score(X, y) > 0.9, classifier.predict_proba(X).shape
        (True, (150, 3))
    """

    def __init__(
        self,
        model: Any,
        *,
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        optimizer: Any = None,
        loss: Any = None,
        metrics: Any = None,
        batch_size: int | None = None,
        validation_batch_size: int | None = None,
        verbose: int | str = 0,
        callbacks: Any = None,
        validation_split: float = 0.0,
        shuffle: bool = True,
        run_eagerly: bool = False,
        epochs: int = 1,
        **parameters: Any,
    ) -> None:
        super().__init__(
            model,
            warm_start=warm_start,
            random_state=random_state,
            optimizer=optimizer,
            loss=loss,
            metrics=metrics,
            batch_size=batch_size,
            validation_batch_size=validation_batch_size,
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            shuffle=shuffle,
            run_eagerly=run_eagerly,
            epochs=epochs,
            **parameters,
        )
        self.class_weight = class_weight

    def _fill_in(self, rows: Rows, target: Any) -> dict[str, Any]:
        filled = super()._fill_in(rows, target)
        classes = target.classes
        count = [len(labels) for labels in classes] if isinstance(classes, list) else len(classes)
        filled["meta"].update(classes_=classes, n_classes_=count)
        return filled


class KerasRegressor(NetworkRegressor, KerasEstimator):
    """Regressor around a function that builds a Keras model, for scikit-learn's pipelines and searches.

    Args:
        model: A function that returns a model; see `KerasEstimator` for it and all other parameters.
        **parameters: What `KerasEstimator` takes, and the function's own arguments.

    Example:
        >>> from hornet import Sequential, layers, optimizers
        >>> from sklearn.datasets import load_diabetes
        >>> def build_model(n_neurons=10, learning_rate=0.01):
        ...     model = Sequential([layers.Dense(n_neurons, "relu", input_shape=(10,)), layers.Dense(1)])
        ...     model.compile(loss="mse", optimizer=optimizers.Adam(learning_rate))
        ...     return model
        >>> X, y = load_diabetes(return_X_y=True)
        >>> regressor = KerasRegressor(build_model, learning_rate=0.1, random_state=0)
        >>> regressor.fit(X, y, epochs=30).score(X, y) > 0.4
        True
    """


def _route(name: str) -> str | None:
    """Return whose argument a routed parameter is, `None` for one that is not routed."""
    route, separator, _ = name.partition("__")
    return route if separator and route in _ROUTES else None


def _is_to_be_found(name: str, value: Any) -> bool:
    """Return whether an argument is a learning rate that `"auto"` stands for."""
    is_rate = name.rpartition("__")[2] == "learning_rate" and _route(name) in (None, "model", "optimizer")
    return is_rate and isinstance(value, str) and value == "auto"


def _instantiate(find: Callable[[Any], Any], identifier: Any, arguments: Mapping[str, Any]) -> Any:
    """Return a new object of a name, class or object, with some arguments of its own.

    Args:
        find: Returns the object of a name.
        identifier: The name, class or object; `None` and, without arguments, names are returned as they are.
        arguments: The arguments.
    """
    if identifier is None or (isinstance(identifier, str) and not arguments):
        return identifier
    if isinstance(identifier, type):
        return identifier(**arguments)
    if not arguments:
        return copy.deepcopy(identifier)
    found = find(identifier)
    return type(found).from_config({**found.get_config(), **arguments})


def _loss(identifier: Any) -> Any:
    return resolve(identifier, (None, 1), (None, 1))


def _arguments_of(model: Model) -> dict[str, Any]:
    """Return the compile arguments of a model, `{}` if it is not compiled."""
    return {} if model._compile_arguments is None else model._compile_arguments.as_dict()


def _parameters(function: Any) -> dict[str, inspect.Parameter]:
    """Return a function's parameters; none for what is not a function."""
    if not callable(function) or isinstance(function, Model):
        return {}
    return dict(inspect.signature(function).parameters)


def _built(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Model:
    """Return the model that a function builds."""
    name = _name_of(function)
    try:
        model = function(**arguments)
    except Exception as error:
        shown = {
            argument: describe(value)
            for argument, value in arguments.items()
            if argument not in ("meta", "compile_kwargs")
        }
        call = ", ".join(f"{argument}={value}" for argument, value in shown.items())
        raise RuntimeError(
            f"`{name}({call})` raised {type(error).__name__}: {error}\nCorrect it, or leave out what it cannot take."
        ) from error
    if not isinstance(model, Model):
        raise TypeError(f"`{name}` returned {describe(model)}, not a model. Return the model that it builds.")
    return model


def _name_of(function: Any) -> str:
    return getattr(function, "__name__", type(function).__name__)
