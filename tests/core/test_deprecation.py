"""A name or argument that goes warns at the user's line, says what to use, and is gone when it says."""

import ast
import inspect
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import hornet
from hornet.core.deprecation import deprecated, deprecated_argument, renamed_argument

DECORATORS = {"deprecated", "deprecated_argument", "renamed_argument"}
SOURCES = sorted(Path(hornet.__file__).parent.rglob("*.py"))
TERM = "is deprecated since version 0.3 and will be removed in version 0.5."
WORKERS = f"The argument `workers` of `Layer.fit` {TERM} Leave it out."
SOON = {"since": "0.3", "removal": "0.5"}


@deprecated(**SOON, instead="twice")
def double(x):
    """Return twice a number."""
    return 2 * x


@deprecated(**SOON, instead="Box")
class Crate:
    """A box."""

    def __init__(self, size, *, colour="red"):
        self.size, self.colour = size, colour

    @deprecated(**SOON, instead="size")
    def width(self):
        return self.size


class Layer:
    @renamed_argument("size", "units", **SOON)
    def __init__(self, units, *, rate=0.0):
        self.units, self.rate = units, rate

    @deprecated_argument("workers", **SOON, advice="Leave it out.")
    def fit(self, x, workers=1, *, verbose=0):
        return x, workers, verbose


def caught(call):
    """Return what a call returns, and its warnings."""
    with warnings.catch_warnings(record=True, action="always") as records:
        result = call()
    return result, records


@pytest.mark.parametrize(
    ("call", "result", "message"),
    [
        (lambda: double(3), 6, f"`double` {TERM} Use `twice` instead."),
        (lambda: double(x=3), 6, f"`double` {TERM} Use `twice` instead."),
        (lambda: Crate(3, colour="blue").colour, "blue", f"`Crate` {TERM} Use `Box` instead."),
        (lambda: Layer(size=3).units, 3, f"The argument `size` of `Layer` {TERM} Use `units` instead."),
        (lambda: Layer(3).fit(1, 4), (1, 4, 0), WORKERS),
        (lambda: Layer(3).fit(x=1, workers=4), (1, 4, 0), WORKERS),
    ],
)
def test_what_goes_works_and_warns_once_a_call_at_the_users_line(call, result, message):
    found, records = caught(call)
    assert found == result
    assert [(str(record.message), record.category) for record in records] == [(message, FutureWarning)]
    assert (records[0].filename, records[0].lineno) == (__file__, call.__code__.co_firstlineno)


def test_a_method_warns():
    crate, _ = caught(lambda: Crate(3))
    assert [str(record.message) for record in caught(crate.width)[1]] == [f"`Crate.width` {TERM} Use `size` instead."]


def test_what_stays_does_not_warn():
    assert [caught(call)[1] for call in (lambda: Layer(3), lambda: Layer(units=3, rate=0.5))] == [[], []]
    assert caught(lambda: Layer(3).fit(1, verbose=1)) == ((1, 1, 1), [])


def test_a_user_sees_one_warning_for_each_line_without_any_filter(tmp_path):
    """A module that a program imports, where Python hides `DeprecationWarning`."""
    (tmp_path / "calls.py").write_text(
        "def run(double):\n    for x in range(3):\n        double(x)\n        double(x)\n"
    )
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
from hornet.core.deprecation import deprecated
double = deprecated(since="0.3", removal="0.5", instead="twice")(lambda x: 2 * x)
from calls import run
run(double)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert re.findall(r"calls\.py:(\d+): FutureWarning", done.stderr) == ["3", "4"]


def test_names_signatures_and_docstrings_stay():
    assert (double.__name__, str(inspect.signature(double))) == ("double", "(x)")
    assert double.__doc__ == "Return twice a number."
    assert isinstance(Crate, type)
    assert Crate.__doc__ == "A box."
    assert str(inspect.signature(Crate)) == "(size, *, colour='red')"
    assert str(inspect.signature(Layer)) == "(units, *, rate=0.0)"


def test_a_layer_s_config_has_the_new_name_and_reads_the_old_one():
    class Wide(hornet.layers.Layer):
        @renamed_argument("size", "units", **SOON)
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units

    assert Wide(3).get_config()["units"] == 3
    layer, records = caught(lambda: Wide.from_config({"size": 3, "name": "wide"}))
    assert (layer.units, layer.name, len(records)) == (3, "wide", 1)


def test_both_names_of_an_argument_are_refused():
    with pytest.raises(TypeError, match=r"^`Layer` got both `units` and its old name `size`\. Pass `units`\.$"):
        Layer(units=3, size=4)


@pytest.mark.parametrize("removal", ["0.3", "0.2", "0.3.1", "0.5.0", "0"])
def test_a_name_stays_for_at_least_one_minor_release(removal):
    with pytest.raises(ValueError, match=r"^`removal` must be a later minor release than '0\.3', not"):
        deprecated(since="0.3", removal=removal, instead="twice")


def test_version_1_follows_version_0():
    assert deprecated(since="0.10", removal="1.0", instead="twice")(lambda x: x)


@pytest.mark.parametrize(
    "decorator",
    [deprecated_argument("zzz", **SOON, advice="Leave it out."), renamed_argument("old", "zzz", **SOON)],
)
def test_an_argument_that_is_not_there_is_refused(decorator):
    with pytest.raises(ValueError, match=r"^`\S*<lambda>` has no argument `zzz`\."):
        decorator(lambda x: x)


# --- the promise ------------------------------------------------------------------------------------------------


def overdue(source, version):
    """Return the lines of a source at which something is deprecated that the present version should not have."""
    release = tuple(int(part) for part in version.split(".")[:2])
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in DECORATORS:
            (removal,) = (keyword.value for keyword in node.keywords if keyword.arg == "removal")
            if tuple(int(part) for part in ast.literal_eval(removal).split(".")) <= release:
                lines.append(node.lineno)
    return lines


def test_what_is_past_its_time_is_found():
    source = '@deprecated(since="0.3", removal="0.10", instead="twice")\ndef double(x): ...\n'
    assert overdue(source, "0.9.4") == []
    assert overdue(source, "0.10.0.dev0") == overdue(source, "1.0") == [1]


def test_what_was_to_be_removed_by_this_version_is():
    assert SOURCES
    late = {path.name: overdue(path.read_text(), hornet.__version__) for path in SOURCES}
    assert {name: lines for name, lines in late.items() if lines} == {}
