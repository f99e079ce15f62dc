"""Pictures by matplotlib: of models, of training runs."""

from hornet.plots.curves import plot_history as plot_history
from hornet.plots.models import layout as layout
from hornet.plots.models import plot_model as plot_model
