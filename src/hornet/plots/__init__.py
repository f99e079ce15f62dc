"""Pictures by matplotlib: of models, of training runs, of what models predict."""

from hornet.plots.curves import plot_history as plot_history
from hornet.plots.layout import layout as layout
from hornet.plots.models import plot_model as plot_model
from hornet.plots.results import calibration as calibration
from hornet.plots.results import confusion_matrix as confusion_matrix
from hornet.plots.results import importances as importances
from hornet.plots.results import partial_dependence as partial_dependence
from hornet.plots.results import precision_recall_curve as precision_recall_curve
from hornet.plots.results import residuals as residuals
from hornet.plots.results import roc_curve as roc_curve
