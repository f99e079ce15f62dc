"""The choice of members that predict best together."""

import numpy as np
import pytest
from sklearn import metrics

from hornet.tuning.ensembles import choose, loss_of

RNG = np.random.default_rng(0)


def members(rows, noises, seed=0):
    """Return labels, and predictions that miss them by independent noise."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=rows)
    return y, [y + noise * rng.normal(size=rows) for noise in noises]


def mean_of(predictions, counts):
    return np.average([predictions[member] for member in counts], axis=0, weights=list(counts.values()))


@pytest.mark.parametrize("rows", [20, 100, 500])
def test_what_is_chosen_predicts_new_rows_better_than_the_best_alone(rows):
    noises = [0.5, 0.6, 0.7, 0.6, 0.5, 3.0, 4.0, 5.0]
    gains = []
    for seed in range(5):
        y, predictions = members(rows + 2000, noises, seed)
        held, new = slice(0, rows), slice(rows, None)
        counts = choose([one[held] for one in predictions], y[held], loss_of("mse"), size=5)
        best = min(predictions, key=lambda one: np.mean((one[held] - y[held]) ** 2))
        together = mean_of(predictions, counts)
        gains.append(np.mean((together[new] - y[new]) ** 2) / np.mean((best[new] - y[new]) ** 2))
    assert np.mean(gains) < 0.7


@pytest.mark.parametrize("size", [1, 2, 5])
def test_no_more_are_chosen_than_asked_for_and_useless_ones_are_not(size):
    y, predictions = members(200, [0.5, 0.5, 0.5, 20.0, 20.0, 20.0])
    counts = choose(predictions, y, loss_of("mse"), size)
    assert 1 <= len(counts) <= size
    assert set(counts) <= {0, 1, 2} or size == 5
    assert all(isinstance(part, int) and part >= 0 for pair in counts.items() for part in pair)
    assert sorted(counts.values(), reverse=True) == list(counts.values())


def test_with_fewer_rows_weights_are_nearer_to_equal():
    def spread(rows):
        y, predictions = members(rows, [0.3, 0.5, 0.8])
        shares = np.array(list(choose(predictions, y, loss_of("mse")).values()), float)
        return (shares / shares.sum()).std()

    assert spread(10) == 0.0
    assert spread(600) > 0.05


def test_members_that_complete_each_other_are_preferred_to_better_ones_that_do_not():
    y = RNG.normal(size=400)
    noise = RNG.normal(size=400)
    shared = [y + 0.5 * noise for _ in range(4)]
    other = y - 0.7 * noise
    counts = choose([*shared, other], y, loss_of("mse"))
    assert counts[4] / sum(counts.values()) > 0.2
    assert np.mean((mean_of([*shared, other], counts) - y) ** 2) < 0.1 * np.mean((shared[0] - y) ** 2)


def test_the_choice_is_a_function_of_its_arguments():
    y, predictions = members(100, np.linspace(0.3, 1, 12))
    assert choose(predictions, y, loss_of("mse")) == choose(predictions, y, loss_of("mse"))


def test_a_member_whose_predictions_are_not_numbers_is_left_out():
    y, predictions = members(100, [0.5, 0.5, 0.5])
    predictions[1] = predictions[1] * np.nan
    assert 1 not in choose(predictions, y, loss_of("mse"))
    with pytest.raises(ValueError, match="Every member's loss"):
        choose([predictions[1]], y, loss_of("mse"))


def test_columns_and_rows_of_numbers_are_the_same():
    y, predictions = members(60, [0.5, 0.6, 0.7])
    columns = [one[:, None] for one in predictions]
    assert choose(predictions, y, loss_of("mae")) == choose(columns, y, loss_of("mae"))
    assert choose(predictions, y, loss_of("mae")) == choose(columns, y[:, None], loss_of("mae"))


CLASSES = RNG.integers(3, size=50)
PROBABILITIES = RNG.dirichlet(np.ones(3), size=50)
LABELS, SHARES = (CLASSES > 0).astype(int), PROBABILITIES[:, 1]
NUMBERS = RNG.normal(size=50)


@pytest.mark.parametrize(
    ("metric", "y", "prediction", "expected"),
    [
        ("mse", NUMBERS, SHARES, metrics.mean_squared_error(NUMBERS, SHARES)),
        ("mae", NUMBERS, SHARES, metrics.mean_absolute_error(NUMBERS, SHARES)),
        ("r2", NUMBERS, SHARES, -metrics.r2_score(NUMBERS, SHARES)),
        ("log_loss", CLASSES, PROBABILITIES, metrics.log_loss(CLASSES, PROBABILITIES)),
        ("log_loss", np.eye(3)[CLASSES], PROBABILITIES, metrics.log_loss(CLASSES, PROBABILITIES)),
        ("log_loss", LABELS, SHARES, metrics.log_loss(LABELS, SHARES)),
        ("neg_log_loss", CLASSES, PROBABILITIES, metrics.log_loss(CLASSES, PROBABILITIES)),
        ("accuracy", CLASSES, PROBABILITIES, -np.mean(PROBABILITIES.argmax(axis=1) == CLASSES)),
        ("accuracy", LABELS, SHARES, -np.mean((SHARES > 0.5) == LABELS)),
        ("roc_auc", LABELS, SHARES, -metrics.roc_auc_score(LABELS, SHARES)),
        ("roc_auc_ovr", CLASSES, PROBABILITIES, -metrics.roc_auc_score(CLASSES, PROBABILITIES, multi_class="ovr")),
        (
            metrics.make_scorer(metrics.max_error, greater_is_better=False),
            NUMBERS,
            SHARES,
            metrics.max_error(NUMBERS, SHARES),
        ),
        (metrics.max_error, NUMBERS, SHARES, metrics.max_error(NUMBERS, SHARES)),
    ],
)
def test_losses_are_those_of_scikit_learn(metric, y, prediction, expected):
    assert loss_of(metric)(y, prediction) == pytest.approx(expected)


def test_a_function_may_be_better_where_it_is_higher():
    assert loss_of(metrics.r2_score, "max")(NUMBERS, NUMBERS) == -1.0


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc_ovr", "log_loss"])
def test_a_choice_by_a_score_of_classes(metric):
    truth = np.eye(3)[CLASSES]
    good = [0.3 * truth + 0.7 * RNG.dirichlet(np.ones(3), size=50) for _ in range(4)]
    bad = [RNG.dirichlet(np.ones(3), size=50) for _ in range(4)]
    counts = choose([*bad, *good], CLASSES, loss_of(metric), size=3)
    assert set(counts) <= {4, 5, 6, 7}


@pytest.mark.parametrize(
    ("predictions", "y", "message"),
    [
        ([], NUMBERS, "no predictions"),
        ([NUMBERS], [], "no predictions or no labels"),
        ([NUMBERS, NUMBERS[:5]], NUMBERS, "the same rows"),
        ([NUMBERS], NUMBERS[:5], "the same rows"),
    ],
)
def test_what_does_not_fit_is_said(predictions, y, message):
    with pytest.raises(ValueError, match=message):
        choose(predictions, y, loss_of("mse"))


def test_an_unknown_metric_is_said():
    with pytest.raises(ValueError, match=r"no metric 'roc_auk'.*roc_auc"):
        loss_of("roc_auk")
    with pytest.raises((ValueError, TypeError), match="must be a name"):
        loss_of(3)


@pytest.mark.parametrize("rows", [30, 100, 300])
def test_weak_members_do_not_count_beside_a_good_one(rows):
    """However few the rows are, seven poor guesses are no match for one good one."""
    rng = np.random.default_rng(rows)
    y = rng.normal(size=rows)
    predictions = [y + rng.normal(size=rows) * noise for noise in (0.1, *[3.0] * 7)]
    assert list(choose(predictions, y, loss_of("mse"))) == [0]
