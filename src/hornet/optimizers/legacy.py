"""The old path of the optimizers, which take `lr=` and `decay=` under this and under their present name."""

from hornet.core.imports import publish
from hornet.optimizers.adagrad import Adagrad, RMSprop
from hornet.optimizers.adam import Adam
from hornet.optimizers.ftrl import Ftrl
from hornet.optimizers.optimizer import Optimizer
from hornet.optimizers.sgd import SGD

__all__ = ["SGD", "Adagrad", "Adam", "Ftrl", "Optimizer", "RMSprop"]

publish(__name__, __all__)
