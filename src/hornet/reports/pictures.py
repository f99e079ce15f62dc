"""matplotlib's pictures as SVG inside a page: in its colours, light or dark, and with a text for who hears it."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import matplotlib as mpl
import numpy as np
from cycler import cycler
from markupsafe import Markup
from matplotlib.figure import Figure

COLORS = {"#1b2733": "ink", "#c3ccd5": "line", "#2a78c2": "c0", "#b8501e": "c1", "#23824f": "c2", "#8250b4": "c3"}
"""Colours that are drawn with, and the page's variables that take their places."""
SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "hornet",
    "font.size": 10,
    "font.family": ["DejaVu Sans"],
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "legend.facecolor": "none",
    "legend.edgecolor": "none",
    "legend.framealpha": 0.0,
    "grid.color": "#c3ccd5",
    "grid.linewidth": 0.6,
    "grid.alpha": 1.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), "#1b2733"),
    "axes.prop_cycle": cycler(color=["#2a78c2", "#b8501e", "#23824f", "#8250b4"]),
}


@dataclass(frozen=True)
class Picture:
    """A picture of a page.

    Args:
        title: What stands above it.
        svg: What is drawn.
        text: What it shows, in words.
        note: How to read it.
        is_wide: Whether it takes a whole line.
    """

    title: str
    svg: Markup
    text: str
    note: str = ""
    is_wide: bool = False

    @property
    def width(self) -> int:
        """How many pixels it is wide if its letters are as large as those of the page."""
        return round(1.4 * float(self.svg.split('viewBox="', 1)[1].split()[2]))


def draw(
    title: str,
    paint: Callable[[Any], Any],
    text: str,
    note: str = "",
    size: tuple[float, float] = (4.6, 3.4),
    panels: int = 1,
) -> Picture:
    """Return a picture.

    Args:
        title: What stands above it.
        paint: Draws into matplotlib's axes; into a list of them where there are several panels.
        text: What it shows, in words.
        note: How to read it.
        size: Its width and height in inches.
        panels: How many axes stand side by side.
    """
    with mpl.rc_context(SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # the page's fonts have more of them than matplotlib's
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots(1, panels, squeeze=False)[0]
        paint(axes[0] if panels == 1 else list(axes))
        file = io.StringIO()
        figure.savefig(file, format="svg", dpi=150, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return Picture(title, inside(file.getvalue(), title), text, note, size[0] > 6)


def pixels(title: str, images: Sequence[np.ndarray], captions: Sequence[str], text: str) -> Picture:
    """Return small images side by side, each with a line below."""
    width = min(5, len(images))
    height = -(-len(images) // width)

    def paint(axes: Any) -> None:
        axes.axis("off")
        for place, (image, caption) in enumerate(zip(images, captions, strict=True)):
            inner = axes.inset_axes(
                (place % width / width, 1 - (place // width + 0.82) / height, 0.9 / width, 0.78 / height)
            )
            shown = np.squeeze(image).astype(float)
            shown = (shown - shown.min()) / ((shown.max() - shown.min()) or 1.0)
            inner.imshow(shown, cmap="gray")
            inner.set_xticks([])
            inner.set_yticks([])
            inner.set_xlabel(caption.replace("$", r"\$"), fontsize=8)

    return draw(title, paint, text, size=(9.6, 2.2 * height))


def inside(svg: str, title: str) -> Markup:
    """Return what a file holds as an element of a page, whose names do not meet those of others, nor lead elsewhere."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<style.*?</style>|<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\s(?:xmlns(?::\w+)?|version)=\"[^\"]*\"", "", svg)
    svg = svg.replace("xlink:href", "href")
    own = f"p{crc32(f'{title} {svg}'.encode()):x}"
    referred = set(re.findall(r"(?:href=\"#|url\(#)([^\")]+)", svg))
    svg = re.sub(r" id=\"([^\"]+)\"", lambda found: f' id="{own}-{found[1]}"' if found[1] in referred else "", svg)
    svg = re.sub(r"(href=\"#|url\(#)", rf"\g<1>{own}-", svg)
    for color, variable in COLORS.items():
        svg = svg.replace(color, f"var(--{variable})")
    svg = svg.replace("font-family: 'DejaVu Sans Mono'", "font-family: monospace")
    svg = svg.replace("; font-family: 'DejaVu Sans'", "")  # so that it is the page's
    return Markup(re.sub(r"<svg [^>]*?(viewBox=\"[^\"]*\")[^>]*>", r'<svg \1 aria-hidden="true">', svg, count=1))
