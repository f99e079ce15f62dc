import os
import random
import signal
import stat
import subprocess
import sys
import time

import pytest

from hornet.core.files import replacing


def write(path, content):
    with replacing(path) as new:
        new.write_bytes(content)


def test_the_file_appears_when_the_block_ends(tmp_path):
    path = tmp_path / "a.bin"
    with replacing(path) as new:
        new.write_bytes(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_an_error_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "a.bin"
    write(path, b"old")

    def interrupted():
        with replacing(path) as new:
            new.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_a_link_is_followed_and_permissions_stay(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "a.bin", tmp_path / "link"
    write(target, b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    write(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.parametrize("name", ["missing/a.bin", "folder", "file/a.bin"])
def test_an_impossible_path_is_named(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"was not written.*Check that its folder") as caught:
        write(tmp_path / name, b"")
    assert caught.value.filename == str(tmp_path / name)
    assert caught.value.errno
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


@pytest.mark.skipif(os.name == "nt", reason="the rights are POSIX's")
def test_a_read_only_folder_is_named(locked):
    folder, context = locked
    write(folder / "a.bin", b"old")
    with context(), pytest.raises(PermissionError, match=r"Permission denied.*was not written"):
        write(folder / "a.bin", b"")
    assert (folder / "a.bin").read_bytes() == b"old"
    assert os.listdir(folder) == ["a.bin"]


def run(code, *arguments):
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(os.name == "nt", reason="the limit is POSIX's")
def test_a_full_disk_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "a.bin"
    write(path, b"old")
    code = """
import resource, signal, sys
from hornet.core.files import replacing
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    with replacing(sys.argv[1]) as new:
        new.write_bytes(bytes(5000))
except OSError as error:
    print(error)
"""
    output, _ = run(code, path).communicate(timeout=120)
    assert "File too large" in output
    assert str(path) in output
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


@pytest.mark.skipif(os.name == "nt", reason="the signal is POSIX's")
@pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.full)])
def test_kills_leave_whole_files_and_the_next_attempt_tidies_up(kills, tmp_path):
    path = tmp_path / "a[1].bin"
    write(path, bytes([0]) * 300_000)
    code = """
import sys
from hornet.core.files import replacing
number = 0
print("begun", flush=True)
while True:
    number = (number + 1) % 256
    with replacing(sys.argv[1]) as new:
        new.write_bytes(bytes([number]) * 300_000)
"""
    moments = random.Random(5)
    for _ in range(kills):
        process = run(code, path)
        assert process.stdout.readline() == "begun\n"
        time.sleep(moments.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        content = path.read_bytes()
        assert len(content) == 300_000
        assert content == content[:1] * 300_000
    write(path, b"last")
    assert os.listdir(tmp_path) == [path.name]
