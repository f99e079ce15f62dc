"""`get_file`: Keras's names and folders, and what an archive may not do."""

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import keras
import pytest
from tests.datasets.server import served

from hornet.utils import get_file

CONTENT = b"1,2\n"


def tar(**members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.fixture
def origin(tmp_path, monkeypatch):
    """The address of a server with a table and two archives of it."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    folder = tmp_path / "public"
    folder.mkdir()
    (folder / "rows.csv").write_bytes(CONTENT)
    (folder / "rows.tar.gz").write_bytes(tar(**{"data/rows.csv": CONTENT}))
    (folder / "rows.zip").write_bytes(zipped(**{"data/rows.csv": CONTENT}))
    with served(folder) as address:
        yield address


def listed(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("rows.csv", {}),
        ("rows.csv?version=2", {}),
        ("rows.csv", {"fname": "table.csv", "cache_subdir": "tables"}),
        ("rows.tar.gz", {"extract": True}),
        ("rows.tar.gz", {"untar": True, "fname": "rows"}),
        ("rows.tar.gz", {"extract": True, "fname": "rows.tar.gz"}),
        ("rows.zip", {"extract": True, "fname": "rows.zip"}),
        ("rows.zip", {"extract": True, "archive_format": ["tar", "zip"]}),
        ("rows.csv", {"md5_hash": hashlib.md5(CONTENT).hexdigest()}),
        ("rows.csv", {"file_hash": hashlib.sha256(CONTENT).hexdigest(), "hash_algorithm": "sha256"}),
    ],
)
def test_files_lie_where_keras_puts_them(origin, name, arguments, tmp_path):
    paths = []
    for side, call in (("ours", get_file), ("theirs", keras.utils.get_file)):
        (tmp_path / side).mkdir()
        path = call(origin=origin + name, cache_dir=str(tmp_path / side), **arguments)
        paths.append(Path(path).relative_to(tmp_path / side))
    assert paths[0] == paths[1]
    assert listed(tmp_path / "ours") == listed(tmp_path / "theirs")


def test_a_file_that_is_there_is_not_downloaded_again(origin, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    path = Path(get_file(origin=origin + "rows.csv"))
    assert path == tmp_path / "home" / "datasets" / "rows.csv"
    path.write_bytes(b"mine")
    get_file(origin=origin + "rows.csv")
    assert path.read_bytes() == b"mine"
    get_file(origin=origin + "rows.csv", force_download=True)
    assert path.read_bytes() == CONTENT
    path.write_bytes(b"mine")
    get_file(origin=origin + "rows.csv", file_hash=hashlib.sha256(CONTENT).hexdigest())
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, "needs `origin`"),
        ({"origin": "http://127.0.0.1:9/"}, ValueError, "`fname` must be a name without folders, not ''"),
        ({"origin": "http://127.0.0.1:9/x", "fname": "../x"}, ValueError, "`fname` must be a name without folders"),
        ({"origin": "http://127.0.0.1:9/x", "file_hash": "abc"}, ValueError, "`file_hash` 'abc' has 3 digits"),
        ({"origin": "http://127.0.0.1:9/x"}, FileNotFoundError, "could not be downloaded: .* put the file at"),
        ({"origin": "x", "hash_algorithm": "sha1"}, ValueError, "`hash_algorithm` must be one of 'auto', 'sha256'"),
    ],
)
def test_slips_are_explained(arguments, error, message, tmp_path):
    with pytest.raises(error, match=message):
        get_file(cache_dir=tmp_path, **arguments)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [({"origin": "http://127.0.0.1:9/rows.csv"}, FileNotFoundError), ({"file_hash": "0" * 64}, ValueError)],
    ids=["no server", "another content"],
)
def test_a_download_that_fails_leaves_the_file_that_was_there(origin, arguments, error, tmp_path):
    path = Path(get_file(origin=origin + "rows.csv", cache_dir=tmp_path / "kept"))
    path.write_bytes(b"mine")
    with pytest.raises(error):
        get_file(**{"origin": origin + "rows.csv"} | arguments, cache_dir=tmp_path / "kept", force_download=True)
    assert path.read_bytes() == b"mine"
    assert listed(tmp_path / "kept") == ["datasets", "datasets/rows.csv"]


def test_a_wrong_digest_leaves_nothing_behind(origin, tmp_path):
    with pytest.raises(ValueError, match="its hash is not"):
        get_file(origin=origin + "rows.csv", cache_dir=tmp_path / "kept", file_hash="0" * 64)
    assert listed(tmp_path / "kept") == ["datasets"]


@pytest.mark.parametrize("pack", [tar, zipped])
def test_members_outside_the_folder_are_left_out(pack, tmp_path):
    (tmp_path / "bad").write_bytes(pack(**{"in.txt": b"in", "../out.txt": b"out", "/tmp/hornet-out.txt": b"out"}))
    with pytest.warns(UserWarning, match=r"out\.txt' was left out"):
        folder = get_file("all", (tmp_path / "bad").as_uri(), extract=True, cache_dir=tmp_path / "kept")
    names = {path.name for path in (tmp_path / "kept").rglob("*.txt")}
    assert "in.txt" in names
    assert not (Path(folder).parent / "out.txt").exists()
    assert not Path("/tmp/hornet-out.txt").exists()


def test_links_that_lead_out_are_left_out(tmp_path):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("link")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(member)
    (tmp_path / "bad").write_bytes(file.getvalue())
    with pytest.warns(UserWarning, match="'link' was left out"):
        folder = get_file("all", (tmp_path / "bad").as_uri(), extract=True, cache_dir=tmp_path / "kept")
    assert listed(Path(folder)) == []


def test_what_is_no_archive_is_said_to_be_none(tmp_path):
    (tmp_path / "rows.csv").write_bytes(CONTENT)
    with pytest.warns(UserWarning, match="could not be unpacked"):
        get_file(origin=(tmp_path / "rows.csv").as_uri(), extract=True, cache_dir=tmp_path / "kept")
