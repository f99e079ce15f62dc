"""Pictures of results: what is drawn is what scikit-learn computes."""

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
