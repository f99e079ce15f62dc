"""Every Python example in the documentation runs, and what the pages say of the source is so."""

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/**/*.md")]
SOURCES = sorted(ROOT.glob("src/hornet/**/*.py"))
TABLED = [page for page in PAGES if page.name == "README.md" and page.parent != ROOT]
GUIDES = sorted(ROOT.glob("docs/guides/add_a*.md"))
WITH_CODE = [page for page in PAGES if "```python\n" in page.read_text()]


RUN_EACH = """
import os, shutil, sys, tempfile, types
for path in sys.argv[2:]:
    print(path, flush=True)
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(sys.argv[1], folder, dirs_exist_ok=True)
        os.chdir(folder)
        with open(path) as file:
            exec(compile(file.read(), path, "exec"), vars(module))
        os.chdir("/")
"""


@pytest.mark.parametrize("first", range(4))
def test_pages_run_from_top_to_bottom(first, tmp_path):
    """Every fourth page, one after another in one process."""
    scripts = []
    for page in WITH_CODE[first::4]:
        blocks = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
        assert blocks
        scripts.append(tmp_path / f"{'_'.join(page.relative_to(ROOT).parts)}.py")
        scripts[-1].write_text("\n".join(blocks))
    files = ROOT / "tests" / "pages"  # that pages read as a reader's own
    command = [sys.executable, "-c", RUN_EACH, *map(str, (files, *scripts))]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout.splitlines()[-1] + run.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_programs_that_need_other_packages_compile(page):
    """The fence names the package; where one is installed for tests, these run elsewhere."""
    for name, program in re.findall(r"^```python (\w+)\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE):
        compile(program, f"{page.name}, {name}", "exec")


def test_no_program_hides_from_the_test_of_pages():
    """A block that is not marked `python` does not run; one that uses this package does so for lack of another."""
    fence = re.compile(r"^ *```+ *(\S*)[^\n]*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
    hidden = []
    for page in PAGES:
        for code in (code for kind, code in fence.findall(page.read_text()) if kind != "python"):
            imported = set(re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE))
            if "hornet" in imported and all(importlib.util.find_spec(name) for name in imported):
                hidden.append(f"{page.name}: {code[:60]}")
    assert hidden == []


def test_the_architecture_fits_its_page():
    assert len((ROOT / "ARCHITECTURE.md").read_text().splitlines()) <= 150


def test_links_between_pages_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def section(page, heading):
    """Return the text under a heading of the second level."""
    return re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)[1]


@pytest.mark.parametrize("page", TABLED, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_of_a_folder_with_a_readme_is_in_its_table(page):
    """The first column of one of the page's tables names each file and folder, and nothing else."""
    ignored = {page.name, "__init__.py", "__pycache__"}
    there = {path.name for path in page.parent.iterdir() if path.name not in ignored and path.name[0] != "."}
    firsts = re.findall(r"^\| *(?:\[)?`?([\w.]+)", page.read_text(), re.MULTILINE)
    assert sorted(there - set(firsts)) == []
    assert [name for name in firsts if name.endswith((".py", ".md", ".json", ".txt")) and name not in there] == []


def test_the_architecture_names_every_ambient_object():
    found = [path for path in SOURCES if re.search(r"ContextVar\(|: ContextVar\[", path.read_text())]
    listed = re.search(
        r"^- \*\*Ambient objects\*\*(.*?)(?=^- )", section("ARCHITECTURE.md", "State"), re.DOTALL | re.MULTILINE
    )
    named = re.findall(r"\((\w+/\w+\.py)\)", listed[1])
    assert sorted(named) == sorted(str(path.relative_to(ROOT / "src/hornet")) for path in found)
    numbers = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight"]
    assert f"{numbers[len(found)]} `ContextVar`s" in listed[1]


def test_the_architecture_names_every_import_inside_a_function():
    imported = set()
    for path in SOURCES:
        functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
        for node in (inner for function in functions for inner in ast.walk(function)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            imported |= {
                str(path.relative_to(ROOT / "src/hornet")) if name.startswith("hornet") else name for name in names
            }
    sentence = re.search(r"inside a function only for .*?\.\n", (ROOT / "ARCHITECTURE.md").read_text(), re.DOTALL)[0]
    assert [name for name in imported if name.partition(".")[0] not in sentence and name not in sentence] == []


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_a_guide_begins_with_a_program_and_shows_none_that_is_not_run(page):
    fences = re.findall(r"^```(\w*)$", page.read_text(), re.MULTILINE)
    assert fences[::2] == ["python"] * (len(fences) // 2)
    assert page.read_text().index("```python") < page.read_text().index("`src/hornet/")
    assert "[CHANGELOG.md]" in page.read_text()


@pytest.mark.parametrize("page", [*GUIDES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.stem)
def test_files_and_tests_that_a_guide_names_are_there(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    bases = [ROOT, ROOT / "src/hornet", *(path for path in (ROOT / "src/hornet").iterdir() if path.is_dir())]
    for name in re.findall(r"`([\w/.]+(?:\.py|/))`", text):
        assert any((base / name).exists() for base in bases), f"{page.name} names {name}"
    tests = "".join(path.read_text() for path in ROOT.glob("tests/**/*.py"))
    for name in re.findall(r"`(test_\w+|[A-Z_]{4,})`", text):
        assert re.search(rf"^(def )?{name}\b", tests, re.MULTILINE), f"{page.name} names {name}"


def test_every_decision_has_its_four_parts():
    pages = [page for page in sorted(ROOT.glob("docs/explanations/decisions/*.md")) if page.name != "README.md"]
    assert pages
    for page in pages:
        headings = re.findall(r"^## (.*)$", page.read_text(), re.MULTILINE)
        assert headings == ["Context", "Decision", "Measurement", "Consequences"], page.name
