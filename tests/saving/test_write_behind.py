import errno
import io
import subprocess
import sys
import zipfile

import numpy as np
import pytest

import hornet
from hornet import layers
from hornet.saving.write_behind import WriteBehind, stretches

LONG = 5_000_000  # bytes: three stretches


def test_long_pieces_arrive_whole_and_in_order():
    numbers = np.random.default_rng(0).integers(0, 256, LONG, "uint8")
    file = io.BytesIO()
    with WriteBehind(file) as behind, zipfile.ZipFile(behind, "w") as archive:
        archive.writestr("first", b"1")
        with archive.open("long", "w") as member:
            for piece in stretches([numbers[:3].data, numbers[3:].data]):
                member.write(piece)
        archive.writestr("last", b"2")
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert archive.read("long") == numbers.tobytes()
        assert archive.namelist() == ["first", "long", "last"]


class Full(io.BytesIO):
    """A file on a full disk."""

    def write(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("ask", ["flush", "close", "tell"])
def test_what_could_not_be_written_is_told(ask):
    behind = WriteBehind(Full())
    behind.write(bytes(LONG))
    with pytest.raises(OSError, match="No space left"):
        getattr(behind, ask)()
    behind.close()


def test_a_full_disk_leaves_a_large_old_file(tmp_path, monkeypatch):
    model = hornet.Sequential([hornet.Input((1000,)), layers.Dense(1500)])
    path = tmp_path / "model.keras"
    model.save(path)
    before = path.read_bytes()
    monkeypatch.setattr("builtins.open", lambda *arguments: Full())
    with pytest.raises(OSError, match=r"No space left on device.*as it was"):
        model.save(path)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["model.keras"]


def test_a_process_may_save_while_it_ends(tmp_path):
    code = f"""
import atexit, io
from hornet.saving.write_behind import WriteBehind

def save():
    with open({str(tmp_path / "late")!r}, "wb") as file, WriteBehind(file) as behind:
        behind.write(bytes({LONG}))

atexit.register(save)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert (tmp_path / "late").stat().st_size == LONG
