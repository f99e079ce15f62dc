"""Batches that a class of the user's makes one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class PyDataset:
    """Base of data sets that make a batch when it is asked for: by number, in any order.

    A subclass has `__len__`, the number of batches in a pass, and `__getitem__`, which returns batch number `index` as
    `(x, y)` or `(x, y, sample_weight)`, for `predict` also as `x` alone. `fit(shuffle=True)`, its default, takes the
    batches of each pass in another order; what is inside a batch is the data set's own. `Sequence` is its older name.

    Args:
        workers: Threads that make batches ahead of training. With 1 a batch is made in the thread that calls `fit`.
        use_multiprocessing: Whether `workers` are processes, each of which has a copy of the data set, renewed for each
            pass. They import the script anew, which therefore does its work under `if __name__ == "__main__":`; where
            they cannot begin, threads make the batches, with a warning.
        max_queue_size: Batches that are made ahead, at most.

    Example:
        >>> import numpy as np
        >>> from hornet import Sequential, layers
        >>> class Halves(PyDataset):
        ...     def __init__(self, x, y, **kwargs):
        ...         super().__init__(**kwargs)
        ...         self.x, self.y = x, y
        ...
        ...     def __len__(self):
        ...         return 2
        ...
        ...     def __getitem__(self, index):
        ...         return self.x[index::2], self.y[index::2]
        >>> data = Halves(np.ones((8, 3)), np.ones(8), workers=2)
        >>> model = Sequential([layers.Dense(1)])
        >>> model.compile(loss="mse")
        >>> model.fit(data, epochs=2, verbose=0).params["steps"]
        2
    """

    workers = 1
    use_multiprocessing = False
    max_queue_size = 10

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None:
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def __getitem__(self, index: int) -> Any:
        """Return a batch."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `__getitem__`. Write one that returns a batch.")

    @property
    def num_batches(self) -> int | None:
        """The number of batches in a pass; `None` for an endless data set."""
        if type(self).__len__ is not PyDataset.__len__:
            return len(self)
        raise NotImplementedError(
            f"`{type(self).__name__}` has no `__len__`. Write one that returns the batches' number."
        )

    def __len__(self) -> int:
        batches = self.num_batches
        if batches is None:
            raise TypeError(f"`{type(self).__name__}` is endless, so it has no length.")
        return batches

    def __iter__(self) -> Iterator[Any]:
        return map(self.__getitem__, range(len(self)))

    def on_epoch_begin(self) -> None:
        """Do what is due before each epoch."""

    def on_epoch_end(self) -> None:
        """Do what is due after each epoch, such as a new order of rows."""
