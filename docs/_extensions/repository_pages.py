"""Pages of the repository outside of `docs/` on the site, and links that lead there or back.

A link is written as the forge shows it. A page that it leads to from `docs/` is on the site under `project/`; a project
of the gallery is the page that was made of it.
"""

import os
import re
from pathlib import Path

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("benchmarks/*.md")} - {ROOT / "README.md"})
LINK = re.compile(r"(\]\()([^)\s#]+)(#[^)\s]*)?(?=\))")


def relinked(text: str, page: Path, shown: Path) -> str:
    """Return a page's text with links that Sphinx follows.

    Args:
        text: The text.
        page: Where it is in the repository.
        shown: The file that Sphinx reads.
    """

    def follow(link):
        target = Path(os.path.normpath(page.parent / link[2]))
        if link[2].startswith(("http", "/", "mailto:")) or not target.exists():
            return link[0]
        if target.parent == DOCS / "gallery":
            path = f"/projects/{target.stem}.rst"
        elif target in PAGES:
            path = f"/project/{target.relative_to(ROOT).with_suffix('.markdown')}"
        elif target.is_relative_to(DOCS):
            path = f"/{target.relative_to(DOCS)}"
        elif target == ROOT / "README.md":
            path = "/index.md"
        else:
            path = os.path.relpath(target, shown.parent)
        return f"{link[1]}{path}{link[3] or ''}"

    return LINK.sub(follow, text)


def copy_pages(app):
    for page in PAGES:
        shown = DOCS / "project" / page.relative_to(ROOT).with_suffix(".markdown")
        text = relinked(page.read_text(), page, shown)
        if not shown.exists() or shown.read_text() != text:
            shown.parent.mkdir(parents=True, exist_ok=True)
            shown.write_text(text)


def relink(app, name, content):
    page = DOCS / f"{name}.md"
    if page.exists():
        content[0] = relinked(content[0], page, page)


def setup(app):
    app.connect("builder-inited", copy_pages)
    app.connect("source-read", relink)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
