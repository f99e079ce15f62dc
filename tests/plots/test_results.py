"""Pictures of results: what is drawn is what scikit-learn computes."""

import re

import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn import metrics
from sklearn.calibration import calibration_curve

from hornet import plots

RNG = np.random.default_rng(0)
SCORES = RNG.dirichlet(np.ones(3), 60)
CLASSES = np.array([RNG.choice(3, p=row) for row in SCORES])
NAMES = np.array(["a$b$", "_under", "c"], dtype=object)


@pytest.fixture
def axes():
    return Figure().subplots()


def test_every_picture_draws_into_the_axes_that_it_gets(axes):
    assert plots.confusion_matrix([0, 1], [0, 1], axes=axes) is axes
    assert plots.residuals([0.0, 1.0], [0.0, 1.5], axes=axes) is axes
    assert plots.roc_curve([0, 1], [0.1, 0.2], axes=axes) is axes
    assert plots.precision_recall_curve([0, 1], [0.1, 0.2], axes=axes) is axes
    assert plots.calibration([0, 1], [0.1, 0.2], axes=axes) is axes
    assert plots.importances({"a": 0.1}, axes=axes) is axes
    assert plots.partial_dependence([0.0, 1.0], [0.1, 0.2], axes=axes) is axes


def test_a_confusion_matrix_has_the_counts(axes):
    predicted = SCORES.argmax(axis=1)
    plots.confusion_matrix(NAMES[CLASSES], NAMES[predicted], labels=list(NAMES), axes=axes)
    counts = metrics.confusion_matrix(CLASSES, predicted)
    assert [cell.get_text() for cell in axes.texts] == [str(count) for count in counts.ravel()]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [r"a\$b\$", "_under", "c"]


def test_a_confusion_matrix_of_many_classes_has_no_counts_and_few_names(axes):
    plots.confusion_matrix(np.arange(50), np.arange(50), axes=axes)
    assert not axes.texts
    assert len(axes.get_xticks()) == 17


def test_residuals_are_over_the_prediction_or_the_truth_is(axes):
    plots.residuals([3.0, 5.0], [2.0, 6.0], "actual_vs_predicted", axes=axes)
    assert axes.collections[0].get_offsets().tolist() == [[2.0, 3.0], [6.0, 5.0]]
    with pytest.raises(ValueError, match="`kind`"):
        plots.residuals([1.0], [1.0], "other", axes=axes)


@pytest.mark.parametrize(
    ("draw", "theirs", "word"),
    [
        (plots.roc_curve, lambda true, score: metrics.roc_curve(true, score)[:2], "AUC"),
        (plots.precision_recall_curve, lambda true, score: metrics.precision_recall_curve(true, score)[1::-1], "AP"),
    ],
    ids=["roc", "precision_recall"],
)
def test_curves_of_classes_are_those_of_each_against_the_rest(draw, theirs, word, axes):
    draw(NAMES[CLASSES], SCORES, list(NAMES), axes=axes)
    for place, line in enumerate(axes.lines[:3]):
        np.testing.assert_allclose(line.get_data(), theirs(place == CLASSES, SCORES[:, place]))
    shown = [text.get_text() for text in axes.get_legend().get_texts()]
    assert [text.split()[0] for text in shown] == [word] * 3
    assert "_under" in shown[1]
    assert len({(line.get_linestyle(), line.get_color()) for line in axes.lines[:3]}) == 3


def test_a_class_that_no_row_is_of_has_no_curve(axes):
    plots.roc_curve([0, 0, 1], [[0.5, 0.4, 0.1], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1]], [0, 1, 2], axes=axes)
    assert len(axes.get_legend().get_texts()) == 2


def test_labels_are_drawn_by_their_columns(axes):
    true = np.array([[0, 1], [1, 0], [1, 1], [0, 0]])
    plots.roc_curve(true, true * 0.5 + 0.2, ["x", "y"], axes=axes)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["AUC 1.000 x", "AUC 1.000 y"]


def test_calibration_of_classes_is_that_of_the_predicted_one(axes):
    plots.calibration(CLASSES, SCORES, n_bins=4, axes=axes)
    right = (SCORES.argmax(axis=1) == CLASSES).astype(int)
    share, mean = calibration_curve(right, SCORES.max(axis=1), n_bins=4, strategy="quantile")
    np.testing.assert_allclose(axes.lines[0].get_data(), (mean, share))


def test_importances_are_ranked_and_the_least_of_many_left_out(axes):
    plots.importances({f"x{place}": [place, place + 2.0] for place in range(25)}, axes=axes)
    assert [bar.get_width() for bar in axes.patches] == [place + 1.0 for place in range(24, 4, -1)]
    assert axes.get_yticklabels()[0].get_text() == "x24"


def test_words_are_points_and_numbers_lines(axes):
    plots.partial_dependence(np.array(["b", "a"]), [[0.1, 0.2], [0.9, 0.8]], "word", ["no", "yes"], axes=axes)
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["b", "a"]
    assert {line.get_marker() for line in axes.lines} == {"o"}
    assert [line.get_ydata().tolist() for line in axes.lines] == [[0.1, 0.2], [0.9, 0.8]]


# --- columns of models' outputs, and which class is positive ------------------------------------------------

TRUE = np.array([0, 1, 1, 0, 1])
PROB = np.array([0.2, 0.7, 0.4, 0.6, 0.9])
WORDS = np.array(["spam", "ham"])[TRUE]


def test_a_column_is_taken_as_what_it_holds(axes):
    plots.confusion_matrix(TRUE[:, None], PROB[:, None] > 0.5, axes=axes)
    assert [cell.get_text() for cell in axes.texts] == [
        str(count) for count in metrics.confusion_matrix(TRUE, PROB > 0.5).ravel()
    ]
    for draw in (plots.roc_curve, plots.precision_recall_curve, plots.calibration):
        by_row, by_column = (
            draw(true, prob).lines[0].get_xydata() for true, prob in ((TRUE, PROB), (TRUE[:, None], PROB[:, None]))
        )
        np.testing.assert_array_equal(by_column, by_row)
    assert plots.residuals(PROB, PROB[:, None]).collections[0].get_offsets()[:, 1].tolist() == [0.0] * 5


@pytest.mark.parametrize("normalize", ["true", "pred", "all"])
def test_a_confusion_matrix_is_normalized_as_by_scikit_learn(normalize, axes):
    plots.confusion_matrix(TRUE, PROB > 0.5, axes=axes, normalize=normalize)
    parts = metrics.confusion_matrix(TRUE, PROB > 0.5, normalize=normalize)
    assert [cell.get_text() for cell in axes.texts] == [f"{part:.2f}" for part in parts.ravel()]


def test_the_positive_class_is_the_one_that_is_named(axes):
    both = np.stack([PROB, 1 - PROB], axis=1)  # columns of a model that was trained on spam 0, ham 1
    for score, labels in ((both[:, 0], None), (both, ["spam", "ham"])):
        plots.roc_curve(WORDS, score, labels, axes=axes, pos_label="spam")
    wanted = f"AUC {metrics.roc_auc_score(WORDS == 'spam', PROB):.3f} spam"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [wanted] * 2


def test_a_class_of_several_is_drawn_alone(axes):
    plots.precision_recall_curve(CLASSES, SCORES, axes=axes, pos_label=1)
    wanted = metrics.average_precision_score(CLASSES == 1, SCORES[:, 1])
    assert axes.lines[0].get_label() == f"AP {wanted:.3f} 1"


LABELS = np.array([[0, 1], [1, 1], [0, 0]])
REFUSED = [
    (plots.confusion_matrix, ([0, 1, 2], np.eye(3) * 0.4 + 0.2), "`y_pred.argmax(axis=-1)`"),
    (plots.confusion_matrix, (LABELS, LABELS), "draw one for each column, such as `y_true[:, 0]`"),
    (plots.confusion_matrix, (TRUE, PROB), "`y_pred` holds 0.2, which is no class"),
    (plots.confusion_matrix, (WORDS, PROB > 0.5), "`y_true` holds 'spam' and `y_pred` False"),
    (plots.confusion_matrix, ([0, 1], [0]), "`y_true` has 2 rows and `y_pred` 1"),
    (plots.residuals, ([1.0, 2.0], [1.0]), "`y_true` has 2 rows and `y_pred` 1"),
    (plots.residuals, ([1.0, 2.0], np.zeros((2, 2))), "the shape (2,) and `y_pred` (2, 2)"),
    (plots.residuals, ([], []), "at least one row"),
    (plots.roc_curve, (TRUE, PROB[:3]), "`y_true` has 5 rows and `y_score` 3"),
    (plots.roc_curve, (CLASSES, SCORES[:, 0]), "one probability a row, and there are the 3 classes 0, 1, 2"),
    (plots.roc_curve, (TRUE, SCORES[:5]), "`y_score` has the shape (5, 3), and there are 2 classes, 0, 1"),
    (plots.roc_curve, (TRUE, PROB, ["no", "yes"]), "`y_true` has 0, which is none of `labels`, 'no', 'yes'"),
    (plots.roc_curve, (TRUE * 0, PROB), "All rows of `y_true` are of one class"),
    (plots.precision_recall_curve, (LABELS, SCORES[:3]), "`y_score` has the shape (3, 3), and there are 2 classes."),
    (plots.calibration, (TRUE, PROB * 9), "`y_prob` holds 1.8, and probabilities are from 0 to 1"),
    (plots.importances, ([0.1, 0.2],), "`importances` must be a dict"),
    (plots.partial_dependence, ([1.0, 2.0], [[0.1, 0.2, 0.3]]), "`average` has the shape (1, 3), and `values` (2,)"),
    (plots.partial_dependence, ([1.0], [[0.1], [0.2]], "x", ["a"]), "`labels` has 1 names, and `average` 2 rows"),
]


@pytest.mark.parametrize(("draw", "arguments", "says"), REFUSED, ids=[case[-1] for case in REFUSED])
def test_what_does_not_fit_is_refused_in_a_sentence(draw, arguments, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        draw(*arguments)


def test_a_positive_class_that_is_none_is_refused():
    with pytest.raises(ValueError, match="`pos_label` is 'egg', which is none of 'ham', 'spam'"):
        plots.roc_curve(WORDS, PROB, pos_label="egg")


def test_rows_of_one_class_are_calibrated_by_it(axes):
    plots.calibration([0, 0], [0.1, 0.3], n_bins=1, axes=axes)
    assert axes.lines[0].get_xydata().tolist() == [[0.2, 0.0]]
