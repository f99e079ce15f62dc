"""The state of the process."""

from typing import Any

from hornet.core.module import reset_names
from hornet.core.symbolic import SymbolicTensor


def clear_session(free_memory: bool = True) -> None:
    """Start the automatic names of layers and models again: the next `Dense` is `dense`.

    Models that are there stay as they are. Their compiled programs stay too, to be used by models of one structure.

    Args:
        free_memory: Accepted as in Keras; Python frees what nothing refers to.

    Example:
        >>> from hornet import layers
        >>> clear_session()
        >>> layers.Dense(1).name, layers.Dense(1).name
        ('dense', 'dense_1')
    """
    reset_names()


def is_keras_tensor(x: Any) -> bool:
    """Return whether `x` is a symbolic tensor, as `Input` and layers called on one return.

    Example:
        >>> from hornet import Input
        >>> is_keras_tensor(Input(shape=(3,))), is_keras_tensor([1.0])
        (True, False)
    """
    return isinstance(x, SymbolicTensor)
