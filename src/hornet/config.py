"""Settings of the process, by Keras's names."""

from hornet.core.checks import one_of
from hornet.core.imports import publish
from hornet.core.policies import dtype_policy, set_dtype_policy
from hornet.core.settings import epsilon, floatx, set_epsilon, set_floatx

__all__ = [
    "backend",
    "dtype_policy",
    "epsilon",
    "floatx",
    "image_data_format",
    "set_backend",
    "set_dtype_policy",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
]


def backend() -> str:
    """Return the name of the backend: always `"jax"`.

    Example:
        >>> backend()
        'jax'
    """
    return "jax"


def set_backend(backend: str) -> None:
    """Accept the only backend there is.

    Raises:
        ValueError: If it is not `"jax"`.

    Example:
        >>> set_backend("jax")
    """
    one_of("backend", backend, ("jax",))


def image_data_format() -> str:
    """Return the default of where images have their channels: always `"channels_last"`.

    Example:
        >>> image_data_format()
        'channels_last'
    """
    return "channels_last"


def set_image_data_format(data_format: str) -> None:
    """Accept the only format there is: which axis is which should not depend on a setting far away.

    Raises:
        ValueError: If it is not `"channels_last"`.

    Example:
        >>> set_image_data_format("channels_last")
    """
    one_of("data_format", data_format, ("channels_last", "channels_first"))
    if data_format == "channels_first":
        raise ValueError(
            "`data_format` cannot be 'channels_first' for all layers at once. Pass `data_format='channels_first'` to "
            "each layer that needs it."
        )


publish(__name__, __all__)
