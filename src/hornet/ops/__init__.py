"""Operations on arrays by Keras's names, for custom losses, metrics, layers and models.

They take arrays, whatever becomes one, and variables; on symbolic tensors they are recorded, so that a functional
model may use them. Types are JAX's: integers stay integers unless the result has fractions.

    >>> from hornet import Input, ops
    >>> ops.maximum(Input(shape=(3,)), 0.0).shape
    (None, 3)
"""

from hornet.core.imports import publish
from hornet.ops import core, creation, elementwise, image, indexing, linalg, nn, reductions, shaping
from hornet.ops.core import *  # noqa: F403
from hornet.ops.creation import *  # noqa: F403
from hornet.ops.elementwise import *  # noqa: F403
from hornet.ops.indexing import *  # noqa: F403
from hornet.ops.linalg import *  # noqa: F403
from hornet.ops.nn import *  # noqa: F403
from hornet.ops.reductions import *  # noqa: F403
from hornet.ops.shaping import *  # noqa: F403

__all__ = ["image", "linalg", "nn"]
__all__ += core.__all__
__all__ += creation.__all__
__all__ += elementwise.__all__
__all__ += indexing.__all__
__all__ += linalg.__all__
__all__ += nn.__all__
__all__ += reductions.__all__
__all__ += shaping.__all__

publish(__name__, __all__)
