"""The projects of the gallery run as a reader runs them, from a download, and draw."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECTS = sorted((Path(__file__).parents[2] / "docs" / "gallery").glob("plot_*.py"))


def test_each_project_has_a_title_and_a_picture():
    assert len(PROJECTS) >= 8
    for project in PROJECTS:
        title, underline, *_ = ast.get_docstring(ast.parse(project.read_text())).splitlines()
        assert underline == "=" * len(title), project.name
        assert "plt.show()" in project.read_text(), project.name


@pytest.mark.full
@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.stem)
def test_a_project_runs(project, tmp_path):
    command = [sys.executable, "-W", "error", "-W", "ignore:FigureCanvasAgg", str(project)]
    environment = os.environ | {"MPLBACKEND": "agg"}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
