"""Losses of embeddings: rows of one class belong together, rows of others apart."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornet.core.checks import boolean, number
from hornet.core.types import DTypeLike
from hornet.losses import labels
from hornet.losses.loss import FunctionLoss, registry


@registry.register()
def circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80.0,
    margin: float = 0.4,
) -> Any:
    r"""How far each row lies from its own class, against how close to the others.

    With the distances $d_j = \max(1 - y_{pred} \cdot r_j, 0)$ to the reference rows $r_j$ and the margin $m$, computes
    $\log(1 + \sum_{j\ \mathrm{of\ its\ class}} e^{-\gamma (m + d_j)(m - d_j)}
    \sum_{j\ \mathrm{of\ others}} e^{\gamma \max(1 + m - d_j, 0)(1 - m - d_j)})$.

    Args:
        y_true: Class of each row, an integer.
        y_pred: Embeddings of length 1, as `UnitNormalization` makes them.
        ref_labels: Classes of the reference rows; by default the batch is compared with itself.
        ref_embeddings: Embeddings of the reference rows, of length 1.
        remove_diagonal: Whether row $i$ is not compared with reference row $i$.
        gamma: Scale of the similarities; above 0.
        margin: Distance from which on pairs of one class are pulled together, $m$; from 0 to 1.
    Shapes:
        y_true: `(batch,)` or `(batch, 1)`
        y_pred: `(batch, features)`
        ref_labels: `(references,)` or `(references, 1)`
        ref_embeddings: `(references, features)`
        output: `(batch,)`, 0 for a row without others of its class
    Source:
        Sun, Cheng, Zhang, Zhang, Zheng, Wang & Wei 2020, eq. 6 to 8 (https://arxiv.org/abs/2002.10857); as in Keras
        the weights of the pairs have slopes too.

    Example:
        >>> [round(float(value), 2) for value in circle([0, 0, 1], [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], gamma=1.0)]
        [1.09, 1.85, 0.0]
    """
    y_pred = jnp.asarray(y_pred)
    references = y_pred if ref_embeddings is None else jnp.asarray(ref_embeddings, y_pred.dtype)
    own = jnp.reshape(jnp.asarray(y_true), (-1, 1))
    same = own == (own if ref_labels is None else jnp.reshape(jnp.asarray(ref_labels), (-1, 1))).T
    different = ~same
    if remove_diagonal:
        same &= ~jnp.eye(*same.shape, dtype=bool)
    distance = jnp.maximum(1.0 - y_pred @ references.T, 0.0)
    pull = -gamma * (margin + distance) * (margin - distance)
    push = gamma * jnp.maximum(1.0 + margin - distance, 0.0) * (1.0 - margin - distance)
    return jax.nn.softplus(_log_sum(pull, same) + _log_sum(push, different))


def _log_sum(exponents: Any, counted: Any) -> Any:
    return jax.nn.logsumexp(jnp.where(counted, exponents, -jnp.inf), axis=1)


@registry.register()
class Circle(FunctionLoss):
    """How far each row lies from its own class, against how close to the others; see `circle`.

    Rows whose loss is 0 are left out of the mean: there are no others of their class in the batch.

    Args:
        gamma: Scale of the similarities; above 0.
        margin: Distance from which on pairs of one class are pulled together; from 0 to 1.
        remove_diagonal: Whether a row is not compared with itself.
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> round(float(Circle(gamma=1.0)([0, 0, 1], [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])), 2)
        1.47
    """

    function = staticmethod(circle)
    _mixes_rows = True
    ref_labels = None  # a model's loss compares a batch with itself
    ref_embeddings = None

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "circle",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.gamma = number("gamma", gamma, above=0.0)
        self.margin = number("margin", margin, at_least=0.0, at_most=1.0)
        self.remove_diagonal = boolean("remove_diagonal", remove_diagonal)

    def _mask(self, y_true: Any, y_pred: Any) -> Any:
        """Return which rows count."""
        return self.call(y_true, y_pred) > 0

    def _divisor(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return `None`: which rows count depends on the others of the batch, so batches weigh by their rows."""
        return None

    def check_labels(self, y: np.ndarray, output_shape: tuple[int | None, ...]) -> None:
        """Raise `ValueError` unless there is one integer a row."""
        labels.check_groups(self.name, y)
