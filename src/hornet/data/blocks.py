"""Rows that are read block by block."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hornet.core.errors import ArgumentError


@dataclass(frozen=True)
class Block:
    """A stretch of rows that lie together and are read one after another.

    Args:
        key: Where it is, as its source knows.
        rows: How many there are; `None` where only reading them tells.
        first_row: The number of the first one, in the whole or in what `source` names.
        source: The file, or the part of one, in which rows are counted; empty where they are counted as a whole.
    """

    key: Any
    rows: int | None
    first_row: int = 0
    source: str = ""


class Blocks(ABC):
    """Rows of inputs, labels and weights in blocks that can be read in any order."""

    @property
    @abstractmethod
    def blocks(self) -> Sequence[Block]:
        """The blocks, in the order of the rows."""

    @abstractmethod
    def read(self, block: Block) -> Iterator[tuple[Any, Any, Any]]:
        """Yield inputs, labels and weights of a block's rows, in pieces that memory has room for."""

    @property
    def identity(self) -> Any:
        """What tells these rows from others, as plain data: of files paths, sizes and times; `None` if unknown."""
        return None

    def __array__(self, *arguments: Any, **keywords: Any) -> Any:
        raise ArgumentError(
            "These rows lie in files and are read block by block, but here they are needed as one array. Pass an array "
            "or a frame; `fit`, `evaluate` and `predict` of a model, and `adapt` of a layer, take rows in files."
        )

    @property
    def rows(self) -> int | None:
        """The number of rows; `None` where only reading them tells."""
        counts = [block.rows for block in self.blocks]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None
