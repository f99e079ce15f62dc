"""The state of the process."""

from hornet.core.module import reset_names


def clear_session(free_memory: bool = True) -> None:
    """Start the automatic names of layers and models again: the next `Dense` is `dense`.

    Models that are there stay as they are. Their compiled programs stay too, to be used by models of one structure.

    Args:
        free_memory: Ignored; kept for compatibility with Keras. Python frees what nothing refers to.

    Example:
        >>> from hornet import layers
        >>> clear_session()
        >>> layers.Dense(1).name, layers.Dense(1).name
        ('dense', 'dense_1')
    """
    reset_names()
