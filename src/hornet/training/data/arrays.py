"""Arrays and frames as sources of batches."""

from __future__ import annotations

import math
from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import jax
import numpy as np

from hornet.core.checks import number
from hornet.core.containers import table_of
from hornet.core.settings import floatx
from hornet.training.data.checks import what_is_not_finite
from hornet.training.data.class_weights import weights_of_classes
from hornet.training.data.convert import as_numbers
from hornet.training.data.feed import Span, stretches
from hornet.training.data.placement import allocate_aligned, program_dtype, to_device
from hornet.training.digests import digest_of_rows
from hornet.training.outputs import per_output


@dataclass(frozen=True)
class ArrayData:
    """Rows held in memory, on the first axis of every array.

    Args:
        x: Inputs: an array, or a list, tuple or dict of arrays.
        y: Labels of each output, `None` for an output without; or `None`. Of labels that a model's own step or loss
            takes apart, one structure of arrays (see `with_own_labels`).
        sample_weight: Weights of the rows for each output; or `None`.
        capacity: Rows that the arrays on the device have, so that data of other lengths fit the same program; `None`
            for as many as there are, rounded up.
    """

    x: Any
    y: tuple[np.ndarray | None, ...] | None = None
    sample_weight: tuple[np.ndarray | None, ...] | None = None
    capacity: int | None = None

    @classmethod
    def of(
        cls,
        x: Any,
        y: Any,
        sample_weight: Any = None,
        class_weight: Any = None,
        outputs: Sequence[str] = ("output",),
        argument: str = "x",
        yes_or_no: Collection[int] = (),
    ) -> ArrayData:
        """Return checked data.

        Args:
            x: Inputs that `as_inputs` returned.
            y: Labels: an array, list or frame; with several outputs a list or dict of them.
            sample_weight: A weight for each row; with several outputs also a list or dict.
            class_weight: A weight for each class, by its number, 1 for classes that it leaves out; with several
                outputs a list or dict of such. Where `sample_weight` is given it has no effect.
            outputs: The outputs' names.
            argument: The inputs' name, for errors.
            yes_or_no: The numbers of the outputs whose loss judges each label of a row by itself. Where a row may have
                several labels, the weight of a class is that of its column.

        Raises:
            ValueError: If a part holds no numbers, or differs in length from the inputs.
        """
        labels = per_output("y", _unwrap(y, outputs), outputs)
        weights = per_output("sample_weight", _unwrap(sample_weight, outputs), outputs, shared=True)
        of_classes = [None] * len(outputs)
        if class_weight is not None:
            single = len(outputs) == 1 and not (isinstance(class_weight, Mapping) and outputs[0] in class_weight)
            of_classes = per_output("class_weight", [class_weight] if single else class_weight, outputs)
        arrays = [
            None if part is None else as_numbers(name, part)
            for name, part in zip(_names("y", y, outputs), labels, strict=True)
        ]
        factors = [
            _weights(name, weight, array)
            if weight is not None
            else weights_of_classes(array, classes, number in yes_or_no)
            for number, (name, array, weight, classes) in enumerate(
                zip(_names("sample_weight", sample_weight, outputs), arrays, weights, of_classes, strict=True)
            )
        ]
        rows = _rows(x)
        for label, factor in zip(arrays, factors, strict=True):
            if (
                factor is not None
                and sample_weight is not None
                and factor.ndim > max(1, 1 if label is None else label.ndim - 1)
            ):
                raise ValueError(
                    f"`sample_weight` has shape {factor.shape}, but there is one weight a row. Pass shape ({rows},)."
                )
        for name, parts in (("y", arrays), ("sample_weight", factors)):
            for part in parts:
                if part is not None:
                    _check_rows(argument, rows, name, part)
        return cls(x, None if y is None else tuple(arrays), tuple(factors) if _any(factors) else None)

    @classmethod
    def with_own_labels(cls, x: Any, y: Any, sample_weight: Any = None) -> ArrayData:
        """Return checked data whose labels are a structure of arrays of their own, and not one array an output."""
        labels = jax.tree.map(lambda part: as_numbers("y", part), y)
        for part in jax.tree.leaves(labels):
            _check_rows("x", _rows(x), "y", part)
        return cls(x, (labels,), cls.of(x, None, sample_weight).sample_weight)

    def __len__(self) -> int:
        return _rows(self.x)

    def __getitem__(self, rows: slice | np.ndarray) -> ArrayData:
        return ArrayData(*jax.tree.map(lambda part: part[rows], (self.x, self.y, self.sample_weight)))

    def empty(self, rows: int) -> tuple[Any, Any, Any]:
        """Return arrays for inputs, labels and weights of so many rows like these, in memory that XLA can use."""

        def empty(part: Any, dtype: Any = None) -> np.ndarray:
            return allocate_aligned((rows, *part.shape[1:]), dtype or program_dtype(part.dtype))

        weights = jax.tree.map(partial(empty, dtype=floatx()), self.sample_weight)
        return jax.tree.map(empty, self.x), jax.tree.map(empty, self.y), weights

    @property
    def nbytes(self) -> int:
        """The bytes that the rows take on the host."""
        return sum(part.nbytes for part in jax.tree.leaves((self.x, self.y, self.sample_weight)))

    @cached_property
    def digests(self) -> dict[str, str | None]:
        """What tells the rows from others, for those who go on with a run over them."""
        return {name: digest_of_rows(getattr(self, name)) for name in ("x", "y", "sample_weight")}

    def split(self, fraction: float) -> tuple[ArrayData, ArrayData]:
        """Return the first rows, and the last `fraction` of them."""
        number("validation_split", fraction, above=0.0, below=1.0)
        at = int(len(self) * (1.0 - fraction))
        if not 0 < at < len(self):
            raise ValueError(
                f"`validation_split` of {fraction} leaves {at} of {len(self)} rows to train on. "
                "Pass more rows or another fraction."
            )
        return self[:at], self[at:]

    def batches_in(self, batch_size: int) -> int:
        """Return the number of batches of a size in which all rows are, the last one perhaps short."""
        return math.ceil(len(self) / batch_size)

    def spans(self, batches: int | None, batch_size: int) -> Generator[Span, None, None]:
        """Yield the first batches, in the order of the rows, or all."""
        batches = self.batches_in(batch_size) if batches is None else batches
        for first_row, count, size in stretches(0, batches, len(self), batch_size):
            yield Span(self.batch, None, first_row, count, size)

    @cached_property
    def batch(self) -> tuple[Any, Any, Any]:
        """All rows as the program's arrays, with unused rows behind them (see `padded_rows`)."""
        move = partial(to_device, capacity=self.capacity)
        weights = jax.tree.map(partial(move, dtype=floatx()), self.sample_weight)
        return jax.tree.map(move, self.x), jax.tree.map(move, self.y), weights


def _check_rows(argument: str, rows: int, name: str, part: Any) -> None:
    if len(part) != rows:
        whose = "" if argument == "x" else "its "
        raise ValueError(
            f"`{argument}` has {rows} rows but {whose}`{name}` has {len(part)}. Pass one entry of each for every row."
        )


def _rows(x: Any) -> int:
    return len(jax.tree.leaves(x)[0])


def _any(parts: Sequence[Any]) -> bool:
    return any(part is not None for part in parts)


def _unwrap(given: Any, outputs: Sequence[str]) -> Any:
    """Unwrap a one-element list for a single-output model, and a frame for one of several."""
    if len(outputs) > 1 or given is None:
        return table_of(given) or given
    if isinstance(given, Mapping) and set(given) == set(outputs):
        return given
    if isinstance(given, list | tuple) and len(given) == 1 and len(getattr(given[0], "shape", ())) > 0:
        return given
    return [given]


def _names(argument: str, given: Any, outputs: Sequence[str]) -> list[str]:
    """Return what errors call the part for each output."""
    if len(outputs) == 1:
        return [argument]
    keys = range(len(outputs)) if isinstance(given, list | tuple) else outputs
    return [f"{argument}[{key!r}]" for key in keys]


def _weights(name: str, given: Any, labels: np.ndarray | None) -> np.ndarray:
    """Return weights of rows, or of steps; a last axis of size 1 more is dropped."""
    weights = as_numbers(name, given)
    axes = max(1, 1 if labels is None else labels.ndim - 1)
    if weights.ndim == axes + 1 and weights.shape[-1] == 1:
        weights = weights[..., 0]
    found = what_is_not_finite(name, weights)
    if found is not None:
        raise ValueError(f"{found}. Pass a number for each row, 0 to leave one out.")
    return weights
