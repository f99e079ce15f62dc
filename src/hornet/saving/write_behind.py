"""A file that is written while its writer does something else."""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, BinaryIO

_LONG = 2 * 2**20  # bytes; of shorter stretches, handing them over takes longer than it saves


class WriteBehind(io.RawIOBase):
    """Writes to a file in another thread, a piece at a time.

    A zip archive needs a checksum of all that it holds. That of the next piece is computed while the system takes the
    last one, so it costs next to nothing.

    Args:
        file: The file.

    Example:
        >>> file = io.BytesIO()
        >>> with WriteBehind(file) as behind:
        ...     count = behind.write(b"a piece")
        >>> count, file.getvalue()
        (7, b'a piece')
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(1)
        self._waiting: Future[Any] | None = None

    def write(self, data: Any) -> int:
        """Write a piece once the last one is written; return its length.

        Raises:
            OSError: If the last one could not be written.
        """
        self.flush()
        if len(data) < _LONG:
            return self._file.write(data)
        try:
            self._waiting = self._thread.submit(self._file.write, data)
        except RuntimeError:  # the interpreter is closing, and takes no new threads
            self._file.write(data)
        return len(data)

    def flush(self) -> None:
        """Wait for what is being written.

        Raises:
            OSError: If it could not be.
        """
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.result()

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.flush()
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        self.flush()
        return self._file.tell()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._thread.shutdown()


def stretches(pieces: Sequence[memoryview]) -> list[memoryview]:
    """Return pieces in stretches of a length at which a second thread is worth it."""
    return [piece[start : start + _LONG] for piece in pieces for start in range(0, len(piece), _LONG)]
