"""Pictures of pages are drawn by the code that stands above them.

A figure whose file a Python block of the same page names is made by running the page's blocks from top to bottom, in a
folder of its own that has the files of `tests/pages`, as the tests run them.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from sphinx.errors import ExtensionError

DOCS = Path(__file__).parents[1]
FIGURE = re.compile(r"(?<=^```{figure} )([\w.-]+)$", re.MULTILINE)
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def draw(app, name, content):
    """Make a page's pictures, unless they were made of the same code, and point its figures to them."""
    code = "\n".join(BLOCK.findall(content[0]))
    drawn = [file for file in FIGURE.findall(content[0]) if f'"{file}"' in code]
    if not drawn:
        return
    folder = DOCS / "_build" / "pictures" / hashlib.sha256(code.encode()).hexdigest()[:16]
    if not all((folder / file).exists() for file in drawn):
        shutil.copytree(DOCS.parent / "tests" / "pages", folder, dirs_exist_ok=True)
        environment = {**os.environ, "MPLBACKEND": "agg"}
        run = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True)
        missing = [file for file in drawn if not (folder / file).exists()]
        if run.returncode or missing:
            raise ExtensionError(f"{name}: its blocks draw no {', '.join(missing)}. {run.stderr[-2000:]}")
    content[0] = FIGURE.sub(lambda match: f"/_build/pictures/{folder.name}/{match[1]}", content[0])


def setup(app):
    app.connect("source-read", draw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
