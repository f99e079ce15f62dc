"""Estimators around functions: parameters, routes, labels, weights and slips."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.metrics import accuracy_score, r2_score
from tests.tables import instances

import hornet as keras
from hornet.callbacks import EarlyStopping
from hornet.estimators import Job, KerasClassifier, KerasRegressor
from hornet.optimizers import SGD, Adam

X, y = load_iris(return_X_y=True)
X_diabetes, y_diabetes = (part[:416] for part in load_diabetes(return_X_y=True))  # 13 batches, none of them short


def build(n_neurons=10, learning_rate=0.05):
    model = keras.Sequential([keras.layers.Dense(n_neurons, "relu"), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer=Adam(learning_rate), metrics=["mae"])
    return model


def uncompiled(units=3, activation="softmax"):
    return keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(units, activation)])


def classifier(**parameters):
    settings = {"loss": "sparse_categorical_crossentropy", "optimizer": Adam(0.05), "epochs": 30, "batch_size": 30}
    settings["random_state"] = 0
    return KerasClassifier(uncompiled, **{**settings, **parameters})


# --- parameters -------------------------------------------------------------------------------------------


def test_arguments_of_the_function_are_parameters():
    estimator = KerasRegressor(build, n_neurons=7)
    assert estimator.get_params()["n_neurons"] == 7
    assert estimator.get_params()["learning_rate"] == 0.05
    estimator.set_params(learning_rate=0.5, epochs=2)
    twin = clone(estimator)
    assert twin.get_params() == estimator.get_params()
    twin.fit(X_diabetes, y_diabetes)
    assert twin.model_.layers[0].units == 7
    assert twin.model_.optimizer.learning_rate == 0.5
    assert len(twin.history_["loss"]) == 2
    assert "n_neurons=7" in repr(estimator)


@pytest.mark.parametrize(
    "parameters",
    [
        {"model__n_neurons": 7, "optimizer__learning_rate": 0.25, "fit__epochs": 2, "fit__batch_size": 52},
        {"n_neurons": 7, "optimizer": SGD, "optimizer__learning_rate": 0.25, "epochs": 2, "batch_size": 52},
        {"n_neurons": 7, "optimizer": "sgd", "optimizer__learning_rate": 0.25, "epochs": 2, "batch_size": 52},
        {"n_neurons": 7, "optimizer": SGD(0.25), "loss": "huber", "loss__delta": 2.0, "epochs": 2, "batch_size": 52},
        {"n_neurons": 7, "learning_rate": 0.25, "loss": keras.losses.Huber, "epochs": 2, "batch_size": 52},
    ],
)
def test_names_of_scikeras(parameters):
    estimator = clone(KerasRegressor(build, **parameters)).fit(X_diabetes / 100, y_diabetes / 100)
    model = estimator.model_
    assert model.layers[0].units == 7
    assert model.optimizer.learning_rate == 0.25
    assert isinstance(model.optimizer, SGD if "optimizer" in parameters else Adam)
    assert model._fit_run.feed.settings["batch_size"] == 52
    assert len(estimator.history_["mae"]) == 2
    if "loss" in parameters:
        assert isinstance(model.loss, keras.losses.Huber)
        assert model.loss.delta == parameters.get("loss__delta", 1.0)
    assert isinstance(estimator.get_params().get("optimizer"), type(parameters.get("optimizer")))


def test_what_scikeras_tells_the_function():
    def dynamic(meta, compile_kwargs, n_neurons=5):
        shape = meta["X_shape_"][1:]
        assert shape == (meta["n_features_in_"],)
        assert meta["target_type_"] == "multiclass"
        assert meta["classes_"].tolist() == [0, 1, 2]
        layers = [keras.layers.Input(shape), keras.layers.Dense(n_neurons), keras.layers.Dense(meta["n_classes_"])]
        model = keras.Sequential([*layers, keras.layers.Softmax()])
        model.compile(loss=compile_kwargs["loss"], optimizer=compile_kwargs["optimizer"])
        return model

    estimator = KerasClassifier(dynamic, loss="sparse_categorical_crossentropy", optimizer__learning_rate=0.125)
    assert "meta" not in estimator.get_params()
    assert estimator.fit(X, y).model_.optimizer.learning_rate == 0.125
    assert isinstance(estimator.model_.optimizer, keras.optimizers.RMSprop)


def test_a_model_may_bring_its_own_loss():
    class Penalised(keras.layers.Layer):
        def call(self, inputs):
            self.add_loss((inputs**2).mean())
            return inputs

    def with_loss():
        model = keras.Sequential([keras.layers.Dense(1), Penalised()])
        model.compile(optimizer=Adam(0.1))
        return model

    trained = KerasRegressor(with_loss, epochs=60).fit(X_diabetes, y_diabetes)
    assert np.abs(trained.predict(X_diabetes)).max() < 0.1


def test_functions_of_any_arguments():
    def anything(**settings):
        return build(**settings)

    estimator = clone(KerasRegressor(anything, n_neurons=7))
    assert estimator.fit(X_diabetes, y_diabetes).model_.layers[0].units == 7


def test_a_model_is_copied_with_new_weights():
    template = build()
    template.fit(X_diabetes, y_diabetes, verbose=0)
    before, steps = template.get_weights(), int(template.optimizer.iterations)
    estimator = KerasRegressor(template, random_state=3)
    jobs = [clone(estimator).prepare(X_diabetes, y_diabetes) for _ in range(2)]
    for one, other, old in zip(*(job.model.get_weights() for job in jobs), before, strict=True):
        np.testing.assert_array_equal(one, other)
        assert not np.array_equal(one, old)
    estimator.fit(X_diabetes, y_diabetes)
    assert int(estimator.model_.optimizer.iterations) == steps
    assert int(template.optimizer.iterations) == steps


# --- training ---------------------------------------------------------------------------------------------


def test_the_three_steps_of_fit():
    estimator = KerasRegressor(build, epochs=3, random_state=0)
    few = (X_diabetes[:9], y_diabetes[:9])
    job = estimator.prepare(X_diabetes, y_diabetes, callbacks=[EarlyStopping(patience=5)], validation_data=few)
    assert isinstance(job, Job)
    assert job.model.built
    assert job.model.optimizer is not None
    assert not hasattr(estimator, "model_")
    assert job.settings["epochs"] == 3
    assert job.settings["validation_data"][0].shape == (9, 10)
    estimator.finish(job, job.train())
    assert estimator.model_ is job.model
    again = KerasRegressor(build, epochs=3, random_state=0).fit(X_diabetes, y_diabetes)
    np.testing.assert_array_equal(again.predict(X_diabetes), estimator.predict(X_diabetes))


def test_arguments_of_fit_go_before_parameters():
    stopping = EarlyStopping(monitor="loss", min_delta=1e9, patience=1)
    estimator = KerasRegressor(build, epochs=1, callbacks=EarlyStopping, callbacks__patience=3, validation_split=0.2)
    assert list(estimator.fit(X_diabetes, y_diabetes).history_) == ["loss", "mae", "val_loss", "val_mae"]
    estimator.fit(X_diabetes, y_diabetes, epochs=9, callbacks=[stopping])
    assert len(estimator.history_["loss"]) == 2
    assert stopping.model is None
    assert stopping.stopped_epoch == 0


def test_partial_fit_and_warm_start_go_on():
    estimator = KerasRegressor(build, random_state=0)
    for _ in range(3):
        estimator.partial_fit(X_diabetes, y_diabetes)
    assert len(estimator.history_["loss"]) == 3
    assert estimator.history_["loss"][2] < estimator.history_["loss"][0]
    model = estimator.model_
    estimator.set_params(warm_start=True).fit(X_diabetes, y_diabetes, epochs=2)
    assert estimator.model_ is model
    assert len(estimator.history_["loss"]) == 5
    estimator.set_params(warm_start=False).fit(X_diabetes, y_diabetes)
    assert estimator.model_ is not model
    assert len(estimator.history_["loss"]) == 1


def test_partial_fit_with_all_classes_said_first():
    estimator = classifier().partial_fit(X[:90], y[:90], classes=[0, 1, 2])
    assert estimator.classes_.tolist() == [0, 1, 2]
    assert estimator.partial_fit(X[90:], y[90:]).predict_proba(X).shape == (150, 3)


def test_scores():
    regressor = KerasRegressor(build, epochs=5).fit(X_diabetes, y_diabetes)
    assert regressor.score(X_diabetes, y_diabetes) == r2_score(y_diabetes, regressor.predict(X_diabetes))
    trained = classifier().fit(X, y)
    weights = np.linspace(0, 1, 150)
    assert trained.score(X, y, weights) == accuracy_score(y, trained.predict(X), sample_weight=weights)


# --- labels -----------------------------------------------------------------------------------------------


@instances(
    ("loss", "units", "activation"),
    [
        ("sparse_categorical_crossentropy", 3, "softmax"),
        ("categorical_crossentropy", 3, "softmax"),
        (keras.losses.CategoricalCrossentropy(from_logits=True), 3, None),
        (keras.losses.SparseCategoricalCrossentropy(from_logits=True), 5, None),
        ("mse", 3, "softmax"),
        (lambda labels, outputs: keras.losses.sparse_categorical_crossentropy(labels, outputs), 3, "softmax"),
    ],
    class_of=lambda case: (callable(case[0]), case[2]),
)
def test_classes_are_encoded_as_the_loss_compares_them(loss, units, activation):
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    trained = classifier(loss=loss, units=units, activation=activation).fit(X, names)
    assert trained.score(X, names) > 0.9
    assert trained.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    probabilities = trained.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert (trained.classes_[probabilities.argmax(axis=1)] == trained.predict(X)).all()


@instances(
    ("loss", "units", "activation"),
    [
        ("binary_crossentropy", 1, "sigmoid"),
        (keras.losses.BinaryCrossentropy(from_logits=True), 1, None),
        ("sparse_categorical_crossentropy", 2, "softmax"),
        ("categorical_crossentropy", 2, "softmax"),
    ],
    class_of=lambda case: case[1:],
)
def test_two_classes(loss, units, activation):
    labels = y == 0
    trained = classifier(loss=loss, units=units, activation=activation, epochs=15).fit(X, labels)
    assert trained.score(X, labels) > 0.95
    assert trained.predict(X).dtype == bool
    assert trained.predict_proba(X).shape == (150, 2)
    np.testing.assert_allclose(trained.predict_proba(X).sum(axis=1), 1)


def test_several_labels_a_row():
    labels = np.stack([y == 0, y > 0, X[:, 0] > 6], axis=1).astype(int)
    trained = classifier(loss="binary_crossentropy", activation="sigmoid").fit(X, labels)
    assert trained.score(X, labels) > 0.7
    assert ((trained.predict_proba(X) > 0.5) == trained.predict(X)).all()


def test_one_hot_rows_stay_such():
    rows = np.eye(3, dtype=int)[y]
    trained = classifier(loss="categorical_crossentropy").fit(X, rows)
    assert (trained.predict(X).sum(axis=1) == 1).all()
    assert trained.score(X, rows) > 0.9


def test_several_columns_of_classes_need_several_outputs():
    def two_outputs():
        inputs = keras.Input((4,))
        hidden = keras.layers.Dense(16, "relu")(inputs)
        ends = [keras.layers.Dense(units, "softmax")(hidden) for units in (3, 2)]
        model = keras.Model(inputs, ends)
        model.compile(loss=["sparse_categorical_crossentropy"] * 2, optimizer=Adam(0.02))
        return model

    names = np.array(["a", "b", "c"])[y]
    labels = np.stack([names, np.where(X[:, 0] > 6, "long", "short")], axis=1).astype(object)
    trained = KerasClassifier(two_outputs, epochs=40, batch_size=30, random_state=0).fit(X, labels)
    assert [one.tolist() for one in trained.classes_] == [["a", "b", "c"], ["long", "short"]]
    assert [one.shape for one in trained.predict_proba(X)] == [(150, 3), (150, 2)]
    assert (trained.predict(X) == labels).mean(axis=0) == pytest.approx([1, 1], abs=0.2)


def test_several_numbers_a_row():
    def two_columns():
        return keras.Sequential([keras.layers.Dense(2)])

    labels = np.stack([X_diabetes[:, 0], -X_diabetes[:, 1]], axis=1)
    trained = KerasRegressor(two_columns, loss="mse", optimizer=Adam(0.1), epochs=30).fit(X_diabetes, labels)
    assert trained.predict(X_diabetes).shape == labels.shape
    assert trained.score(X_diabetes, labels) > 0.9


def test_images_keep_their_axes():
    def flat():
        return keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2, "softmax")])

    images = np.random.default_rng(0).normal(size=(60, 4, 4))
    labels = np.where(images.mean(axis=(1, 2)) > 0, "light", "dark")
    trained = KerasClassifier(flat, loss="sparse_categorical_crossentropy", optimizer=Adam(0.1), epochs=30)
    assert trained.fit(images, labels).score(images, labels) > 0.9


# --- weights ----------------------------------------------------------------------------------------------


def test_weights_of_rows_and_classes_multiply():
    weights = np.linspace(0.5, 1.5, 150)
    names = np.array(["a", "b", "c"])[y]
    job = classifier(class_weight={"a": 2.0, "b": 0.0}).prepare(X, names, weights)
    np.testing.assert_allclose(job.sample_weight, weights * np.array([2.0, 0.0, 1.0])[y])
    assert (classifier(class_weight={"a": 0.0}).fit(X, names).predict(X) != "a").all()
    balanced = classifier(class_weight="balanced").prepare(X[:120], names[:120]).sample_weight
    assert np.bincount(y[:120], balanced) == pytest.approx([40, 40, 40])


def test_rows_without_weight_do_not_count():
    wrong = np.where(np.arange(150) % 3 == 0, (y + 1) % 3, y)
    trained = classifier().fit(X, wrong, sample_weight=(wrong == y).astype(float))
    assert trained.score(X, y) > 0.9


# --- slips ------------------------------------------------------------------------------------------------


def raising(n_neurons=3):
    raise KeyError("layer")


SLIPS = {
    "a function that raises": (
        lambda: KerasRegressor(raising, n_neurons=4).fit(X, y),
        RuntimeError,
        r"^`raising\(n_neurons=4\)` raised KeyError: 'layer'\nCorrect it",
    ),
    "a function that returns nothing": (
        lambda: KerasRegressor(lambda: None).fit(X, y),
        TypeError,
        "^`<lambda>` returned None, not a model. Return the model that it builds.$",
    ),
    "no loss": (
        lambda: KerasClassifier(uncompiled).fit(X, y),
        ValueError,
        "^The model of `uncompiled` is not compiled, and there is no `loss`. Compile it there, or pass",
    ),
    "no function": (lambda: KerasRegressor("build").fit(X, y), TypeError, "^`model` must be a function .* not 'build'"),
    "an unknown argument": (
        lambda: KerasRegressor(build, n_neuron=3),
        TypeError,
        "^`KerasRegressor` has no parameter 'n_neuron', and `build` no such argument. Did you mean 'n_neurons'",
    ),
    "an unknown routed argument": (
        lambda: KerasRegressor(build, model__n_neuron=3),
        TypeError,
        "'model__n_neuron'.*Did you mean 'n_neurons'",
    ),
    "an unknown parameter": (
        lambda: KerasRegressor(build).set_params(epoch=3),
        ValueError,
        "^`KerasRegressor` has no parameter 'epoch', .*Did you mean 'epochs'",
    ),
    "an argument of an earlier function": (
        lambda: KerasRegressor(build, n_neurons=3).set_params(model=lambda width: None).fit(X, y),
        ValueError,
        "has no parameter 'n_neurons', and `<lambda>` no such argument",
    ),
    "an unknown number of the optimizer": (
        lambda: KerasRegressor(build, optimizer__learning_rat=1).fit(X, y),
        TypeError,
        "no argument `learning_rat`. Did you mean 'learning_rate'",
    ),
    "an unknown argument of fit": (lambda: KerasRegressor(build).fit(X, y, epoch=1), TypeError, "mean 'epochs'"),
    "one class": (
        lambda: classifier().fit(X[:50], y[:50]),
        ValueError,
        "^`y` holds only one class, 0. Pass rows of at",
    ),
    "too few outputs": (
        lambda: classifier(units=2).fit(X, y),
        ValueError,
        r"^The model has 2 output columns, but `y` has 3 classes. End .* with `Dense\(3, activation='softmax'\)`",
    ),
    "NaN labels": (
        lambda: KerasRegressor(build).fit(X, np.where(y == 1, np.nan, y)),
        ValueError,
        r"^`y` has NaN \(first in row 50\). Drop such rows",
    ),
    "NaN in labels to validate on": (
        lambda: KerasRegressor(build).fit(X, y, validation_data=(X, y * np.nan)),
        ValueError,
        "^In `validation_data`: `y` has NaN",
    ),
    "no pair to validate on": (
        lambda: KerasRegressor(build).fit(X, y, validation_data=X),
        ValueError,
        "^`validation_data` must be",
    ),
    "too few outputs for columns": (
        lambda: classifier().fit(X, np.stack([y, (y + 1) % 3], axis=1)),
        ValueError,
        "^`y` has 2 columns of classes, but the model has 1 outputs.",
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_slips_are_explained(slip):
    call, kind, message = SLIPS[slip]
    with pytest.raises(kind, match=message):
        call()


# --- what labels, losses and callbacks mean ----------------------------------------------------------------------


def separable(rows=192):
    X = np.random.default_rng(0).normal(size=(rows, 2)).astype("float32")
    return X, (X[:, 0] > 0).astype(int)


def one_unit(activation="sigmoid", loss="binary_crossentropy"):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation)])
    model.compile(loss=loss, optimizer=keras.optimizers.Adam(0.05))
    return model


def test_class_weights_of_fit_go_by_label_and_multiply_sample_weights():
    X, y = separable()
    labels, weights = y + 1, np.linspace(0.5, 1.5, len(y))
    alike = [
        KerasClassifier(one_unit, random_state=0).fit(X, labels, sample_weight=weights * np.where(y, 10, 1)),
        KerasClassifier(one_unit, random_state=0).fit(X, labels, sample_weight=weights, class_weight={1: 1, 2: 10}),
        KerasClassifier(one_unit, random_state=0, class_weight={1: 1, 2: 10}).fit(X, labels, sample_weight=weights),
    ]
    for one in alike[1:]:
        np.testing.assert_allclose(one.predict_proba(X), alike[0].predict_proba(X), rtol=1e-5)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge", keras.losses.Perceptron()])
def test_losses_around_zero_decide_at_zero(loss):
    X, y = separable()
    classifier = KerasClassifier(one_unit, activation=None, loss=loss, random_state=0, epochs=30).fit(X, y)
    outputs = classifier.model_.predict(X, verbose=0)[:, 0]
    np.testing.assert_array_equal(classifier.predict(X), outputs > 0)
    probabilities = classifier.predict_proba(X)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)


def test_arguments_of_callbacks_need_a_class():
    X, y = separable()
    stopping = keras.callbacks.EarlyStopping("loss")
    with pytest.raises(ValueError, match="`callbacks__patience` is an argument of a class"):
        KerasClassifier(one_unit, callbacks=[stopping], callbacks__patience=2).fit(X, y)


def test_an_output_for_each_column_of_zeros_and_ones():
    def build():
        inputs = keras.Input((2,))
        model = keras.Model(inputs, [keras.layers.Dense(1, "sigmoid")(inputs) for _ in range(2)])
        model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.05))
        return model

    X, y = separable()
    both = np.stack([y, 1 - y], axis=1)
    classifier = KerasClassifier(build, epochs=30, random_state=0).fit(X, both)
    assert classifier.predict(X).shape == both.shape
    assert (classifier.predict(X) == both).mean() > 0.9
    with pytest.raises(ValueError, match="The model has 2 outputs, but `y` is for one"):
        KerasClassifier(build).fit(X, y)


def test_a_loss_of_class_numbers_gets_them():
    X, y = separable()

    def build():
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, "softmax")])
        model.compile(loss="categorical_generalized_cross_entropy", optimizer=keras.optimizers.Adam(0.05))
        return model

    assert KerasClassifier(build, epochs=20, random_state=0).fit(X, y).score(X, y) > 0.8


def test_a_class_that_was_not_there_is_named():
    X, y = separable()
    classifier = KerasClassifier(one_unit).partial_fit(X, y)
    with pytest.raises(ValueError, match="`y` has the class 2, which is none of those learned before"):
        classifier.partial_fit(X, y + 1)
