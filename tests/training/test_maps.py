"""Memory maps are copied once, and their pages are let go of behind the copy."""

import sys
from pathlib import Path

import numpy as np
import pytest

from hornet.training.data import maps
from hornet.training.data.checks import first_not_finite
from hornet.training.data.placement import to_device

MB = 1 << 20


def mapped_pages():
    """Return the bytes of files that are among the process's memory."""
    return int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[2]) * 4096


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says of a process")
def test_pages_are_let_go_of_behind_the_rows(tmp_path):
    rows = np.memmap(tmp_path / "rows", mode="w+", dtype="float32", shape=(96 * MB // 400, 100))
    rows[-1] = 7.0
    rows.flush()
    before = mapped_pages()
    assert first_not_finite(rows) is None
    copied = to_device(rows[1:], len(rows))
    assert float(copied[len(rows) - 2, 3]) == 7.0
    assert mapped_pages() - before < 48 * MB
    assert rows[-1, 0] == 7.0


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_pieces_cover_the_rows_and_keep_changes(mode, tmp_path, monkeypatch):
    monkeypatch.setattr(maps, "_PIECE_BYTES", 1 << 12)
    np.arange(6000, dtype="float32").tofile(tmp_path / "rows")
    rows = np.memmap(tmp_path / "rows", mode=mode, dtype="float32", shape=(2000, 3))
    if mode != "r":
        rows[1500] = np.inf
    found = [rows[part] for part in maps.pieces(rows)]
    assert len(found) > 3
    np.testing.assert_array_equal(np.concatenate(found), rows)
    assert first_not_finite(rows) == (None if mode == "r" else (1500, 0))
