"""Rows in files that are larger than what the process may take, beside rows in memory; Hornet alone."""

import os
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from time import perf_counter

import numpy as np

COLUMNS, BATCH = 64, 256
BLOCK = 1 << 18  # rows, 64 MiB, that files repeat


@contextmanager
def rows(api, kind, gigabytes):
    """Yield what to pass to `fit`, and how many rows it has; the files are made on the spot."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(BLOCK, COLUMNS)).astype("float32")
    y = x.sum(axis=1) / 8
    blocks = gigabytes * 2**30 // x.nbytes
    with TemporaryDirectory() as folder:
        if kind == "in memory":
            yield (np.tile(x, (blocks, 1)), np.tile(y, blocks)), blocks * BLOCK
        elif kind == "memory map":
            paths = [_mapped(f"{folder}/{part}.npy", array, blocks) for part, array in enumerate((x, y))]
            _leave_to_the_disk(folder)
            yield [np.load(path, mmap_mode="r") for path in paths], blocks * BLOCK
        else:
            _parquet(folder, x, y, blocks)
            _leave_to_the_disk(folder)
            yield (import_module(api).data.parquet(folder, target="y"),), blocks * BLOCK


def disk_seconds(size=2**31, piece=2**24):
    """Seconds that a byte takes which is read from the disk, one behind another."""
    with NamedTemporaryFile(buffering=0) as file:
        for _ in range(size // piece):
            file.write(os.urandom(piece))
        _leave_to_the_disk(os.path.dirname(file.name), os.path.basename(file.name))
        file.seek(0)
        start = perf_counter()
        while file.read(piece):
            pass
        return (perf_counter() - start) / size


def model(api):
    """A network that is cheap beside its rows: 64-32-1, compiled."""
    keras = import_module(api)
    keras.utils.set_random_seed(0)
    made = keras.Sequential([keras.layers.Dense(32, activation="relu", input_shape=(COLUMNS,)), keras.layers.Dense(1)])
    made.compile(loss="mse", optimizer="sgd")
    made.fit(np.zeros((2 * BATCH, COLUMNS), "float32"), np.zeros(2 * BATCH, "float32"), batch_size=BATCH, verbose=0)
    return made


def _mapped(path, array, times):
    found = np.lib.format.open_memmap(path, "w+", array.dtype, (times * len(array), *array.shape[1:]))
    for start in range(0, len(found), len(array)):
        found[start : start + len(array)] = array
    found.flush()
    return path


def _parquet(folder, x, y, times):
    arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    table = arrow.table({**{f"x{place}": x[:, place] for place in range(COLUMNS)}, "y": y})
    for start in range(0, times, 16):
        path = Path(folder, f"{start:04}.parquet")
        with parquet.ParquetWriter(path, table.schema, compression="none", use_dictionary=False) as writer:
            for _ in range(min(16, times - start)):
                writer.write_table(table, row_group_size=BLOCK)


def _leave_to_the_disk(folder, pattern="*"):
    """Drop the pages of files that the system keeps in memory since they were written."""
    for path in Path(folder).glob(pattern):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
