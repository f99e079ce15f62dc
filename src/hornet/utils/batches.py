"""Data in the tuples that `fit` takes."""

from typing import Any


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Return inputs, labels and weights as a tuple without what is `None`; inputs alone as they are.

    Args:
        x: Inputs.
        y: Labels.
        sample_weight: Weight of each row.

    Example:
        >>> pack_x_y_sample_weight("x", "y"), pack_x_y_sample_weight("x")
        (('x', 'y'), 'x')
    """
    if y is None:
        return (x,) if isinstance(x, list | tuple) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """Return inputs, labels and weights of a tuple that holds one, two or three of them, `None` for the others.

    Args:
        data: `x`, `(x,)`, `(x, y)` or `(x, y, sample_weight)`.

    Raises:
        ValueError: If there are none, or more.

    Example:
        >>> unpack_x_y_sample_weight(("x", "y"))
        ('x', 'y', None)
    """
    parts = data if isinstance(data, list | tuple) else (data,)
    if not 1 <= len(parts) <= 3:
        raise ValueError(f"`data` has {len(parts)} parts. Pass `x`, `(x,)`, `(x, y)` or `(x, y, sample_weight)`.")
    x, y, sample_weight = (*parts, None, None)[:3]
    return x, y, sample_weight
