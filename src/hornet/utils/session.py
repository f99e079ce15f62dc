"""The state of the process."""

from hornet.core.memory import forget_programs
from hornet.core.names import reset_names


def clear_session(free_memory: bool = True) -> None:
    """Start the automatic names of layers and models again: the next `Dense` is `dense`.

    Models that are there stay as they are, and compile again when they are used.

    Args:
        free_memory: Whether compiled programs are forgotten, and their memory is given back.

    Example:
        >>> from hornet import layers
        >>> clear_session()
        >>> layers.Dense(1).name, layers.Dense(1).name
        ('dense', 'dense_1')
    """
    reset_names()
    if free_memory:
        forget_programs()
