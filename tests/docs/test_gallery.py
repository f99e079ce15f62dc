"""The projects of the gallery; `make docs` runs them all, and one that fails fails the build."""

import ast
from pathlib import Path

PROJECTS = sorted((Path(__file__).parents[2] / "docs" / "gallery").glob("plot_*.py"))


def test_each_project_has_a_title_and_a_picture():
    assert len(PROJECTS) >= 8
    for project in PROJECTS:
        title, underline, *_ = ast.get_docstring(ast.parse(project.read_text())).splitlines()
        assert underline == "=" * len(title), project.name
        assert "plt.show()" in project.read_text(), project.name
