"""Pictures by matplotlib: of models, of training runs, of what models predict."""

from hornet.core.imports import publish
from hornet.plots.curves import plot_history
from hornet.plots.layout import layout as layout
from hornet.plots.models import plot_model
from hornet.plots.results import (
    calibration,
    confusion_matrix,
    importances,
    partial_dependence,
    precision_recall_curve,
    residuals,
    roc_curve,
)

__all__ = [
    "calibration",
    "confusion_matrix",
    "importances",
    "partial_dependence",
    "plot_history",
    "plot_model",
    "precision_recall_curve",
    "residuals",
    "roc_curve",
]

publish(__name__, __all__)
