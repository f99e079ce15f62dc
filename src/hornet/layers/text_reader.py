"""The base of the layers that read one text a row as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from hornet.core.checks import one_of
from hornet.core.errors import ArgumentError
from hornet.core.prepared import Prepared
from hornet.core.row_names import place_name
from hornet.core.strings import STRING, to_strings
from hornet.core.symbolic import SymbolicTensor
from hornet.layers.options import LayerOptions
from hornet.layers.tokens import OfStrings

_GAPS = frozenset(("?", "-", "--", ".", "na", "n/a", "#n/a", "nan", "nat", "null", "none", "nil", "missing", "unknown"))
"""What people write where there is nothing, in lower case."""


def is_gap(text: str | None) -> bool:
    """Return whether a text stands for a missing value.

    Example:
        >>> is_gap(None), is_gap(" "), is_gap("N/A"), is_gap("0")
        (True, True, True, False)
    """
    return text is None or not text.strip() or text.strip().lower() in _GAPS


class TextReader(OfStrings):
    """Base of the layers that read one text a row as numbers, which the host does as rows are drawn."""

    _input_dtype = STRING
    _takes_fractions = False
    """Whether numbers with a fraction are taken for text, too."""
    _of = "text"
    """What is read, as errors call it."""
    _such_as = ""
    """What errors advise to pass."""

    def __init__(self, errors: str, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.errors = one_of("errors", errors, ("raise", "coerce"))

    @property
    def _size(self) -> int:
        """How many numbers are made of a text."""
        raise NotImplementedError

    def _read(self, text: str) -> Sequence[float] | None:
        """Return the numbers that a text is read as; `None` if it cannot be."""
        raise NotImplementedError

    def call(self, inputs: Any) -> Any:
        if isinstance(inputs, Tracer):
            raise ArgumentError(
                f"Layer {self.name!r} reads {self._of}, which a compiled `call` cannot hold. Draw the model as "
                '`Model(inputs, outputs)`, from `Input(dtype="string")`; or call the layer on the data first.'
            )
        prepared = inputs if isinstance(inputs, Prepared) else self._prepare(inputs)
        return jnp.asarray(prepared.parts["numbers"], self.compute_dtype)

    def _cast(self, inputs: Any) -> Any:
        traced = isinstance(inputs, SymbolicTensor | Tracer | Prepared)
        return inputs if traced else to_strings("inputs", inputs, self._takes_fractions)

    def _prepare(self, inputs: Any) -> Prepared:
        texts = self._cast(inputs)
        if texts.ndim > 2 or (texts.ndim == 2 and texts.shape[1] != 1):
            raise ValueError(
                f"Layer {self.name!r} takes one {self._of.removesuffix('s')} a row, and got shape {texts.shape}. Pass "
                "one column."
            )
        listed = texts.ravel().tolist()
        gap = [np.nan] * self._size
        read = {text: gap if is_gap(text) else self._read(text) for text in set(listed)}
        if None in read.values():
            if self.errors == "raise":
                self._refuse(next((row, text) for row, text in enumerate(listed) if read[text] is None))
            read = {text: gap if numbers is None else numbers for text, numbers in read.items()}
        with np.errstate(over="ignore"):  # what is too large for the type is infinite
            numbers = np.array([read[text] for text in listed], "float64").astype("float32")
        return Prepared({"numbers": numbers.reshape(len(listed), self._size)})

    def _refuse(self, place: tuple[int, str]) -> None:
        row, text = place
        raise ValueError(
            f"Layer {self.name!r} got {text!r} ({place_name(row)}), which is no {self._of.removesuffix('s')}. Pass "
            f"{self._such_as}; or `errors='coerce'` to the layer, to take such text for a gap."
        )

    def _specs_of_strings(self, strings: Sequence[SymbolicTensor], args: Any, kwargs: Any) -> Any:
        return SymbolicTensor((args[0].shape[0], self._size), self.compute_dtype)
