"""JAX's settings are made only where the user has made none and JAX has not started; each in its own process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hornet.core import compile_cache, xla

SETTINGS = ("XLA_FLAGS", "HORNET_CACHE", "HORNET_HOIST", "XDG_CACHE_HOME")
HOIST = "xla_cpu_small_while_loop_byte_threshold"
REPORT = """
import json, os, sys
{first}
{then}
print(json.dumps({{
    "flags": os.environ.get("XLA_FLAGS", ""),
    "folder": jax.config.jax_compilation_cache_dir,
    "least": jax.config.jax_persistent_cache_min_compile_time_secs,
    "options": xla.compiler_options([(8, 30), (30, 1)]),
}}))
"""


def run(code, home, **settings):
    """Return the last line that a fresh process prints, as JSON; none of the user's settings reach it."""
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS and not name.startswith("JAX_")}
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", code],
        env={**kept, "HOME": str(home), **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def report(home, before="", **settings):
    """Return which settings a fresh process finds; it runs the module alone, as importing all else takes longer."""
    module = f"""
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("xla", {xla.__file__!r})
spec.loader.exec_module(xla := module_from_spec(spec))
xla.configure()
"""
    return run(REPORT.format(first=f"import jax\n{before}", then=module), home, **settings)[0]


def folder_of(home):
    return home / ".cache" / "hornet" / "programs"


def mode(folder):
    return folder.stat().st_mode & 0o777


# --- which settings are made ------------------------------------------------------------------------------


def test_both_settings_are_made_where_the_user_made_none(tmp_path):
    found, _ = run(REPORT.format(first="import hornet, jax", then="from hornet.core import xla"), tmp_path)
    assert f"--xla_backend_extra_options={HOIST}=" in found["flags"]
    assert found["options"]
    assert found["folder"] == str(folder_of(tmp_path))
    assert found["least"] == 0.0
    assert mode(folder_of(tmp_path)) == 0o700


def test_flags_of_the_user_are_kept_and_hoisting_is_added(tmp_path):
    found = report(tmp_path, XLA_FLAGS="--xla_force_host_platform_device_count=2")
    assert found["flags"].startswith("--xla_force_host_platform_device_count=2 --xla_backend_extra_options=")


def test_the_user_s_own_extra_options_turn_hoisting_off(tmp_path):
    flags = "--xla_backend_extra_options=xla_cpu_disable_new_fusion_emitter=false"
    found = report(tmp_path, XLA_FLAGS=flags)
    assert found["flags"] == flags
    assert found["options"] == []


@pytest.mark.parametrize("off", ["HORNET_HOIST", "HORNET_CACHE"])
def test_off_turns_each_off_and_leaves_the_other(tmp_path, off):
    found = report(tmp_path, **{off: "off"})
    hoists, caches = off != "HORNET_HOIST", off != "HORNET_CACHE"
    assert (HOIST in found["flags"]) == bool(found["options"]) == hoists
    assert found["folder"] == (str(folder_of(tmp_path)) if caches else None)


@pytest.mark.parametrize("no", ["0", "False", "no", "NONE"])
def test_every_way_of_saying_no_turns_both_off_and_makes_no_folder(tmp_path, monkeypatch, no):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(xla, "_jax_has_started", lambda: False)
    made = []
    monkeypatch.setattr(xla, "_allow_hoisting", lambda: made.append("hoisting"))
    monkeypatch.setattr(xla, "_cache_compiles", lambda: made.append("cache"))
    monkeypatch.setenv("HORNET_CACHE", no)
    monkeypatch.setenv("HORNET_HOIST", no)
    xla.configure()
    assert made == []
    monkeypatch.setenv("HORNET_CACHE", "no/such")  # the name of a folder
    xla.configure()
    assert made == ["cache"]


@pytest.mark.parametrize("yes", ["1", "on", "True", ""])
def test_a_yes_is_no_folder(tmp_path, monkeypatch, yes):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HORNET_CACHE", yes)
    assert compile_cache.place() == tmp_path / "hornet" / "programs"


@pytest.mark.parametrize(
    ("settings", "folder"),
    [
        ({"JAX_COMPILATION_CACHE_DIR": "users"}, "users"),
        ({"JAX_ENABLE_COMPILATION_CACHE": "false"}, None),
    ],
)
def test_the_user_s_own_cache_is_left_alone(tmp_path, settings, folder):
    found = report(tmp_path, **settings)
    assert found["folder"] == folder
    assert found["least"] == 1.0
    assert not folder_of(tmp_path).exists()


def test_the_user_s_own_least_compile_time_is_left_alone(tmp_path):
    assert report(tmp_path, JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS="3")["least"] == 3.0


def test_settings_that_the_user_made_in_python_are_left_alone(tmp_path):
    found = report(tmp_path, before="jax.config.update('jax_compilation_cache_dir', 'mine')")
    assert found["folder"] == "mine"


def test_nothing_is_set_once_jax_has_started(tmp_path):
    found = report(tmp_path, before="jax.devices()")
    assert (found["flags"], found["folder"], found["options"]) == ("", None, [])
    assert not folder_of(tmp_path).exists()


def test_that_jax_had_started_is_said(tmp_path):
    code = "import jax; jax.devices(); import hornet; print(0)"
    assert "JAX had started before `import hornet`" in run(code, tmp_path)[1]
    assert "had started" not in run(code, tmp_path, HORNET_HOIST="off")[1]
    assert "had started" not in run("import hornet, jax; jax.devices(); print(0)", tmp_path)[1]


def test_the_import_does_not_start_jax(tmp_path):
    code = "import json, hornet; from hornet.core import xla; print(json.dumps(xla._jax_has_started()))"
    assert run(code, tmp_path)[0] is False


def test_the_folder_follows_xdg_cache_home(tmp_path):
    found = report(tmp_path, XDG_CACHE_HOME=str(tmp_path / "elsewhere"))
    assert found["folder"] == str(tmp_path / "elsewhere" / "hornet" / "programs")
    assert mode(tmp_path / "elsewhere" / "hornet" / "programs") == 0o700


# --- the folder is private --------------------------------------------------------------------------------


def test_a_looser_folder_of_the_user_s_is_tightened(tmp_path):
    folder_of(tmp_path).mkdir(parents=True)
    folder_of(tmp_path).chmod(0o777)
    assert report(tmp_path)["folder"] == str(folder_of(tmp_path))
    assert mode(folder_of(tmp_path)) == 0o700


def test_a_folder_that_cannot_be_made_is_a_warning_with_advice_and_no_cache(tmp_path):
    (tmp_path / ".cache").write_text("a file where the folder should be")
    code = "import hornet, jax, json; print(json.dumps(jax.config.jax_compilation_cache_dir))"
    folder, warned = run(code, tmp_path)
    assert folder is None
    assert f"The compile cache {folder_of(tmp_path)} cannot be used" in warned
    assert "Make the folder yours and writable, or set HORNET_CACHE=off." in warned


def test_a_folder_of_another_user_s_is_refused(tmp_path, monkeypatch):
    tmp_path.chmod(0o755)
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(PermissionError, match="it belongs to another user"):
        compile_cache.make_private(tmp_path)
    assert mode(tmp_path) == 0o755


def test_a_folder_below_one_that_others_may_write_to_is_refused(tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(PermissionError, match="others may write"):
        compile_cache.make_private(tmp_path / "open" / "hornet" / "programs")
    (tmp_path / "open").chmod(0o1777)  # as /tmp is: everybody may write, and nobody may rename what is another's
    compile_cache.make_private(tmp_path / "open" / "hornet" / "programs")


def test_places_that_the_user_has_not_are_none(monkeypatch, tmp_path):
    def no_home():
        raise RuntimeError

    monkeypatch.delenv("HORNET_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # to be ignored, the standard says
    monkeypatch.setenv("HOME", str(tmp_path))
    assert compile_cache.place() == tmp_path / ".cache" / "hornet" / "programs"
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(OSError, match="no home"):
        compile_cache.place()


class Entries:
    """A cache as JAX has it: what is there stays."""

    def __init__(self, folder):
        self.folder = folder

    def get(self, key):
        file = self.folder / f"{key}-cache"
        return file.read_bytes() if file.exists() else None

    def put(self, key, value):
        if not (self.folder / f"{key}-cache").exists():
            (self.folder / f"{key}-cache").write_bytes(value)


def test_an_entry_that_is_torn_or_changed_makes_way_for_another(tmp_path):
    cache = compile_cache.CheckedCache(Entries(tmp_path), tmp_path)
    cache.put("a", b"program" * 50)
    file = tmp_path / "a-cache"
    whole = file.read_bytes()
    for damaged in (whole[:100], whole[:-1], b"", b"program", whole[:90] + b"\0" + whole[91:]):
        file.write_bytes(damaged)
        assert cache.get("a") is None
        cache.put("a", b"program" * 50)
        assert cache.get("a") == b"program" * 50
    file.chmod(0o666)  # anybody may have written it
    assert cache.get("a") is None


# --- the cache is written (laws/test_programs.py: and read) -------------------------------------------------

TRAIN = """
import json
from collections import Counter
import jax
import numpy as np
events = Counter()
jax.monitoring.register_event_listener(lambda event, **_: events.update([event]))
import hornet
model = hornet.Sequential([hornet.layers.Dense(3, activation="relu", input_shape=(2,)), hornet.layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
x = np.ones((8, 2), "float32")
model.fit(x, x[:, :1], batch_size=4, verbose=0)
model.predict(x, verbose=0)
print(json.dumps({name: events[f"/jax/compilation_cache/{name}"] for name in ("cache_hits", "cache_misses")}))
"""


def test_a_cache_that_is_off_is_not_written(tmp_path):
    found, _ = run(TRAIN, tmp_path, HORNET_CACHE="off")
    assert found == {"cache_hits": 0, "cache_misses": 0}
    assert not (tmp_path / ".cache" / "hornet").exists()


# --- hoisting depends on shapes alone ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shapes", "hoisted"),
    [
        ([(8, 30), (30,), (30, 1), (1,)], True),
        ([(4, 128)], True),
        ([(784, 300), (300, 100), (100, 10)], False),
        ([(8, 30), (30, 30)], False),
        ([(3, 3, 1, 8), (8, 10)], False),
        ([(8, 10), (3, 1, 4)], False),
        ([(30,)], False),
        ([], False),
    ],
)
def test_small_kernels_are_hoisted_and_no_others(monkeypatch, shapes, hoisted):
    monkeypatch.setattr(xla, "_hoisting", True)
    assert bool(xla.compiler_options(shapes)) is hoisted
    monkeypatch.setattr(xla, "_hoisting", False)
    assert xla.compiler_options(shapes) == ()
