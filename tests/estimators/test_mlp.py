"""Multilayer perceptrons that need no function."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn import neural_network
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import compute_sample_weight
from tests.tables import instances

from hornet import optimizers
from hornet.datasets import california_housing
from hornet.estimators import MLPClassifier, MLPRegressor
from hornet.models import load_model
from hornet.optimizers import RMSprop
from hornet.population.padding import LayerChain

X, y = load_iris(return_X_y=True)
X_diabetes, y_diabetes = (part[:440] for part in load_diabetes(return_X_y=True))


@pytest.mark.parametrize(("rows", "score"), [(1000, 0.9), pytest.param(1797, 0.96, marks=pytest.mark.full)])
def test_classes_as_well_as_scikit_learn_s(rows, score):
    digits, labels = load_digits(return_X_y=True)
    parts = train_test_split(digits[:rows], labels[:rows], random_state=0)
    X_train, X_test, y_train, y_test = parts
    ours = MLPClassifier(random_state=0).fit(X_train, y_train)
    scaler = StandardScaler().fit(X_train)
    theirs = neural_network.MLPClassifier(random_state=0, early_stopping=True)
    theirs.fit(scaler.transform(X_train), y_train)
    assert ours.score(X_test, y_test) > max(score, theirs.score(scaler.transform(X_test), y_test) - 0.01)
    assert ours.n_iter_ == len(ours.loss_curve_) < 200
    assert ours.loss_ == ours.loss_curve_[-1]


@pytest.mark.parametrize(
    ("rows", "seeds", "score"), [(2000, 1, 0.6), pytest.param(4000, 3, 0.75, marks=pytest.mark.full)]
)
def test_numbers_as_well_as_scikit_learn_s(rows, seeds, score):
    """House prices in dollars and features of any scale, with all defaults; scikit-learn's needs scaled ones."""
    housing = california_housing.fetch()
    X_train, X_test, y_train, y_test = train_test_split(
        housing.data[:rows], housing.target[:rows] * 1e5, random_state=0
    )
    scaled = make_pipeline(StandardScaler(), neural_network.MLPRegressor(early_stopping=True))
    theirs = TransformedTargetRegressor(scaled, transformer=StandardScaler())
    reached = []
    for seed in range(seeds):
        theirs.set_params(regressor__mlpregressor__random_state=seed)
        pair = MLPRegressor(random_state=seed), theirs
        reached.append([one.fit(X_train, y_train).score(X_test, y_test) for one in pair])
    ours, theirs = np.mean(reached, axis=0)
    assert ours > max(score, theirs - 0.02)


PARAMETERS = [
    {"solver": RMSprop(0.01), "activation": "logistic"},
    {"solver": "sgd", "learning_rate": "adaptive", "learning_rate_init": 0.1},
    {"solver": "nadam", "activation": "tanh", "alpha": 0.0, "learning_rate_init": 0.01},
    {"dropout": 0.2, "batch_norm": True, "learning_rate_init": 0.01},
    {"hidden_layer_sizes": 12, "activation": "swish", "batch_size": 10},
    {"hidden_layer_sizes": (), "learning_rate_init": 0.05},
    {"early_stopping": False, "learning_rate_init": 0.01},
]


@instances(
    "parameters",
    [pytest.param(one, id="-".join(one)) for one in PARAMETERS],
    class_of=lambda values: {"dropout", "early_stopping"} & set(values[0]) == set(),
)
def test_parameters(parameters):
    settings = {"hidden_layer_sizes": (16, 8), "random_state": 0, "batch_size": 27}  # of 135 rows: no short batch
    trained = MLPClassifier(**settings | parameters).fit(X, y)
    assert trained.score(X, y) > 0.93


def test_the_network_is_what_the_parameters_say():
    parameters = {"hidden_layer_sizes": (7, 5), "dropout": 0.25, "batch_norm": True, "alpha": 0.5, "max_iter": 1}
    job = MLPClassifier(**parameters, batch_size=27, beta_1=0.5).prepare(X, y)
    model = job.model
    kinds = [type(layer).__name__ for layer in model.layers]
    block = ["Dense", "BatchNormalization", "Activation", "Dropout"]
    assert kinds == ["RobustNormalization", *block, *block, "Dense"]
    assert [layer.units for layer in model.layers if hasattr(layer, "units")] == [7, 5, 3]
    assert model.layers[1].kernel.regularizer.l2 == pytest.approx(0.5 / 2 / 135), "150 without those held out"
    assert model.layers[4].rate == 0.25
    assert model.optimizer.beta_1 == 0.5
    assert job.settings["batch_size"] == 27


def test_inputs_are_scaled_inside():
    wild = X * [1e6, 1e-6, 1, 1] + [0, 5, -1e4, 0]
    wild = np.hstack([wild, np.full((150, 1), 0.1)])
    trained = MLPClassifier((16,), learning_rate_init=0.01, batch_size=27, random_state=0).fit(wild, y)
    assert trained.score(wild, y) > 0.93
    elsewhere = wild + np.array([0, 0, 0, 0, 1.0])
    assert np.abs(trained.predict_proba(elsewhere) - trained.predict_proba(wild)).max() < 0.9, "a constant feature"


def test_it_stops_early_and_goes_back_to_the_best_epoch():
    noise = np.random.default_rng(0).normal(size=(300, 20))
    labels = noise[:, 0] + np.random.default_rng(1).normal(size=300) * 3
    stopped = MLPRegressor((100,), learning_rate_init=0.01, n_iter_no_change=5, batch_size=30, random_state=0)
    stopped.fit(noise, labels)
    losses = stopped.history_["val_data_loss"]
    assert stopped.n_iter_ == len(losses) == np.argmin(losses) + 6 < 200
    job = MLPRegressor((100,), random_state=0).prepare(noise, labels)
    assert len(job.x) == 270
    assert len(job.settings["validation_data"][0]) == 30


def test_rows_held_out_have_shares_of_each_class():
    job = MLPClassifier((5,), validation_fraction=0.2).prepare(X, np.array(["a", "b", "c"])[y], np.arange(150.0))
    assert np.bincount(job.settings["validation_data"][1]).tolist() == [10, 10, 10]
    assert sorted([*job.sample_weight, *job.settings["validation_data"][2]]) == list(range(150))
    assert "validation_data" not in MLPClassifier((5,)).prepare(X[25:75], y[25:75]).settings, "too few rows"
    given = MLPClassifier((5,)).prepare(X, y, validation_data=(X[:20], y[:20]))
    assert len(given.x) == 150
    assert given.settings["callbacks"][0].monitor == "val_data_loss"


def test_partial_fit_trains_for_one_epoch_on_all_rows():
    trained = MLPRegressor((5,), random_state=0, learning_rate_init=0.01, batch_size=40)
    for _ in range(4):
        trained.partial_fit(X_diabetes, y_diabetes)
    assert trained.n_iter_ == 4
    assert "val_loss" not in trained.history_
    assert trained.loss_curve_[3] < trained.loss_curve_[0]


def test_several_labels_and_columns():
    labels = np.stack([y == 0, X[:, 0] > 6], axis=1).astype(int)
    settings = {"learning_rate_init": 0.02, "batch_size": 27, "random_state": 0}
    assert MLPClassifier((20,), **settings).fit(X, labels).score(X, labels) > 0.8
    columns = np.stack([y_diabetes, -1000 * y_diabetes], axis=1)
    trained = MLPRegressor((20,), learning_rate_init=0.01, batch_size=36, random_state=0).fit(X_diabetes, columns)
    assert trained.predict(X_diabetes).shape == columns.shape
    assert trained.score(X_diabetes, columns) > 0.4


SLIPS = {
    "a size": (lambda: MLPClassifier((10, 0)).fit(X, y), ValueError, "^`hidden_layer_sizes` must be a positive"),
    "an activation": (lambda: MLPClassifier(activation="rellu").fit(X, y), ValueError, "mean 'relu'"),
    "a solver": (
        lambda: MLPClassifier(solver="lbfgs").fit(X, y),
        ValueError,
        "^In `solver`: There is no optimizer named 'lbfgs'",
    ),
    "a penalty": (lambda: MLPClassifier(alpha=-1).fit(X, y), ValueError, "^`alpha` must be a finite number at least 0"),
    "a rate": (lambda: MLPClassifier(dropout=1.0).fit(X, y), ValueError, "^`dropout` must be"),
    "a schedule": (lambda: MLPClassifier(learning_rate="invscaling").fit(X, y), ValueError, "^`learning_rate` must be"),
    "columns of classes": (
        lambda: MLPClassifier().fit(X, np.stack([y, (y + 1) % 3], axis=1)),
        ValueError,
        "^`y` has several columns of classes. Pass one, or wrap the estimator in .* `MultiOutputClassifier`",
    ),
    "one class": (lambda: MLPClassifier().fit(X[:50], y[:50]), ValueError, "^`y` holds only one class, 0."),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_slips_are_explained(slip):
    call, kind, message = SLIPS[slip]
    with pytest.raises(kind, match=message):
        call()


def test_partial_fit_of_several_labels_has_their_columns_as_classes():
    x = np.random.default_rng(0).normal(size=(100, 4))
    y = (x[:, :3] > 0).astype(int)
    for kind in (MLPClassifier, neural_network.MLPClassifier):
        one = kind(random_state=0, learning_rate_init=0.01)
        for _ in range(30):
            one.partial_fit(x, y, classes=[0, 1, 2])
        assert (one.predict(x) == y).mean() > 0.9
        assert one.classes_.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"batch_size": "all"}, "`batch_size` must be"),
        ({"max_iter": "many"}, "`max_iter` must be"),
        ({"learning_rate_init": 0}, "`learning_rate_init` must be a finite number above 0"),
        ({"learning_rate_init": "fast"}, "`learning_rate_init` must be a number"),
        ({"solver": "adm"}, "In `solver`: There is no optimizer named 'adm'"),
        ({"solver": None}, "`solver` must be an optimizer"),
        ({"activation": "rel"}, "In `activation`: There is no activation named 'rel'"),
        ({"epsilon": 0}, "`epsilon`"),
        ({"shuffle": "yes"}, "`shuffle` must be True or False, not 'yes'"),
        ({"early_stopping": np.ones(2)}, "`early_stopping`"),
        ({"verbose": "loud"}, "`verbose`"),
        ({"random_state": "seed"}, "In `random_state`"),
    ],
    ids=lambda given: str(given)[:40],
)
def test_a_wrong_parameter_is_named_as_scikit_learn_names_it(parameters, words):
    with pytest.raises((TypeError, ValueError), match=words):
        MLPClassifier(**{"max_iter": 1, **parameters}).fit(X, y)


def test_features_of_text_name_their_column():
    frame = pd.DataFrame({"length": range(30), "colour": ["red", "blue"] * 15})
    with pytest.raises(ValueError, match=r"`X` holds text .column 1, first in row 0: 'red'."):
        MLPRegressor(max_iter=1).fit(frame.to_numpy(), range(30))
    with pytest.raises(ValueError, match=r"`X` holds text .column 'colour'"):
        MLPRegressor(max_iter=1).fit(frame[["length"]].assign(colour=0), range(30)).predict(frame)


def test_weights_of_classes_and_rows_multiply():
    """As in scikit-learn, unlike in models."""

    rows = np.linspace(1.0, 2.0, len(y))
    classifier = MLPClassifier(early_stopping=False)
    job = classifier.prepare(X, y, rows, class_weight={0: 1.0, 1: 2.0, 2: 3.0})
    np.testing.assert_allclose(job.sample_weight, rows * (y + 1.0))


SHORT = {"max_iter": 3, "random_state": 0, "batch_size": 27}


def outputs(trained, rows):
    """Return what the network's numbers say of rows, by hand."""
    for kernel, bias in zip(trained.coefs_[:-1], trained.intercepts_[:-1], strict=True):
        rows = np.maximum(rows @ kernel + bias, 0.0)
    return rows @ trained.coefs_[-1] + trained.intercepts_[-1]


@pytest.mark.parametrize("sparse", [False, True])
def test_its_numbers_are_those_of_the_network_on_scaled_inputs(sparse):
    trained = MLPClassifier((6, 5), **SHORT).fit(X, y)
    powers = np.exp(outputs(trained, trained.scale(csr_array(X) if sparse else X)))
    np.testing.assert_allclose(trained.predict_proba(X), powers / powers.sum(1, keepdims=True), rtol=1e-5)


def test_the_numbers_of_an_encoded_frame_are_too():
    frame = pd.DataFrame({"length": X[:, 0], "kind": np.where(X[:, 1] > 3, "wide", "narrow")})
    trained = MLPRegressor((6,), **SHORT).fit(frame, X[:, 2])
    assert [kernel.shape for kernel in trained.coefs_] == [(4, 6), (6, 1)]
    scaled = outputs(trained, trained.scale(frame))
    np.testing.assert_allclose(trained.target_encoder_.decode(scaled), trained.predict(frame), rtol=1e-5)


def test_nothing_is_there_before_fit():
    for name in ("coefs_", "intercepts_", "validation_scores_"):
        assert not hasattr(MLPRegressor(), name)


@pytest.mark.parametrize("made", [MLPClassifier, MLPRegressor])
def test_scores_of_rows_held_out_are_those_of_score(made):
    labels = y if made is MLPClassifier else X[:, 0] ** 2
    held = X[:40:2], labels[:40:2]
    trained = made((6,), tol=0.0, **SHORT).fit(X[1::2], labels[1::2], validation_data=held)
    losses = trained.history_["val_data_loss"]
    assert trained.validation_scores_[np.argmin(losses)] == pytest.approx(trained.score(*held), abs=1e-5)
    assert made((6,), early_stopping=False, **SHORT).fit(X, labels).validation_scores_ is None


def test_what_is_seen_when_it_stops_is_free_of_the_penalty():
    trained = MLPRegressor((6,), alpha=100.0, **SHORT).fit(X_diabetes, y_diabetes)
    held = trained.history_["val_loss"], trained.history_["val_data_loss"]
    assert np.subtract(*held).min() > 0.01
    job = MLPRegressor((6,), alpha=100.0, **SHORT).prepare(X_diabetes, y_diabetes)
    x, labels, _ = job.settings["validation_data"]
    predicted = trained.model_.predict(x, verbose=0)
    assert np.mean((predicted - labels) ** 2) == pytest.approx(min(held[1]), rel=1e-4)


def test_the_rate_falls_along_half_a_cosine_and_each_training_begins_anew():
    trained = MLPClassifier((4,), learning_rate_init=0.01, warm_start=True, **SHORT).fit(X, y)
    expected = [0.005 * (1 + np.cos(np.pi * (epoch + 0.5) / 3)) for epoch in range(3)]
    np.testing.assert_allclose(trained.history_["learning_rate"], expected, rtol=1e-6)
    np.testing.assert_allclose(trained.fit(X, y).history_["learning_rate"], expected * 2, rtol=1e-6)
    trained.partial_fit(X, y)
    assert float(trained.model_.optimizer.learning_rate) == pytest.approx(0.01)


def test_an_optimizer_s_schedule_is_left_alone():
    schedule = optimizers.schedules.ExponentialDecay(0.1, 100, 0.9)
    trained = MLPClassifier((4,), solver=optimizers.SGD(schedule), **SHORT).fit(X, y)
    assert "learning_rate" not in trained.history_
    falling = MLPClassifier((4,), solver=optimizers.SGD(0.1), **SHORT).fit(X, y)
    assert falling.history_["learning_rate"][0] == pytest.approx(0.05 * (1 + np.cos(np.pi / 6)))


@pytest.mark.parametrize(("rows", "size", "epochs"), [(120, 32, 200), (6400, 64, 40), (60_000, 512, 34)])
def test_the_budget_is_of_the_rows(rows, size, epochs):
    features = np.random.default_rng(0).normal(size=(rows, 1))
    job = MLPRegressor((2,), random_state=0).prepare(features, features[:, 0])
    assert (job.settings["batch_size"], job.settings["epochs"]) == (size, epochs)
    assert float(job.model.optimizer.learning_rate) == pytest.approx(0.001 * size / 32)


def wild(rows, seed):
    """Return rows of a line, and some where a feature or a label is a mistake."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 3))
    line = x @ [3.0, -2.0, 1.0]
    spoilt, labels = x.copy(), line + 0.1 * rng.normal(size=rows)
    spoilt[:5, 0] *= 1e6
    labels[5:8] *= 1e5
    return x, line, spoilt, labels


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")  # scikit-learn's, which has not converged
def test_outliers_among_features_and_labels_do_no_harm():
    _, _, spoilt, labels = wild(400, 0)
    trained = MLPRegressor((32,), batch_size=20, learning_rate_init=0.01, max_iter=40, random_state=0)
    trained.fit(spoilt, labels)
    x, line, _, _ = wild(400, 1)
    assert np.median(np.abs(trained.predict(x) - line)) < 0.7
    scaled = make_pipeline(
        StandardScaler(), neural_network.MLPRegressor(hidden_layer_sizes=(32,), max_iter=40, random_state=0)
    )
    other = TransformedTargetRegressor(scaled, transformer=StandardScaler()).fit(spoilt, labels)
    assert np.median(np.abs(other.predict(x) - line)) > 1.0, "which the rows would have done to others"


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_labels_of_any_unit_are_learnt_alike(unit):
    settings = {**SHORT, "hidden_layer_sizes": (6,)}
    one = MLPRegressor(**settings).fit(X_diabetes, y_diabetes).predict(X_diabetes)
    other = MLPRegressor(**settings).fit(X_diabetes, y_diabetes * unit).predict(X_diabetes)
    np.testing.assert_allclose(other, one * unit, rtol=1e-3)


def test_columns_of_two_values_are_not_scaled():
    flags = (np.random.default_rng(0).random((150, 2)) < [0.5, 0.02]).astype(float)
    trained = MLPClassifier((4,), **SHORT).fit(np.hstack([X, flags]), y)
    np.testing.assert_array_equal(trained.scale(np.hstack([X, flags]))[:, 4:], flags)


def test_classes_have_weights():
    classes = ["balanced", {0: 1.0, 1: 2.0, 2: 3.0}]
    rows = np.linspace(1.0, 2.0, 120)
    for weights in classes:
        job = MLPClassifier((4,), class_weight=weights, early_stopping=False).prepare(X[:120], y[:120], rows)
        expected = compute_sample_weight(weights, y[:120]) * rows
        np.testing.assert_allclose(job.sample_weight, expected)
    rare = np.r_[0:50, 50:56]
    labels = (X[rare, 1] > 3.9).astype(int)
    balanced = MLPClassifier((8,), class_weight="balanced", max_iter=60, random_state=0).fit(X[rare], labels)
    plain = MLPClassifier((8,), max_iter=60, random_state=0).fit(X[rare], labels)
    assert balanced.predict_proba(X[rare])[:, 1].mean() > plain.predict_proba(X[rare])[:, 1].mean()


def test_folds_of_candidates_share_programs_though_each_scales_by_its_own_rows():
    jobs = [
        MLPClassifier(sizes, alpha=alpha, **SHORT).prepare(X[rows], y[rows])
        for sizes, alpha, rows in [((4,), 0.1, np.r_[:60, 80:140]), ((6,), 1.0, np.r_[10:130])]
    ]
    keys = {LayerChain.of(job.model).key for job in jobs}
    assert len(keys) == 1


def test_a_saved_network_takes_raw_rows(tmp_path):
    trained = MLPRegressor((4,), **SHORT).fit(X_diabetes, y_diabetes)
    trained.model_.save(tmp_path / "network.keras")
    loaded = load_model(tmp_path / "network.keras")
    predicted = trained.target_encoder_.decode(loaded.predict(X_diabetes, verbose=0))
    np.testing.assert_allclose(predicted, trained.predict(X_diabetes), rtol=1e-5)
