"""Tables and small curves as HTML, by which objects show themselves in notebooks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from numbers import Integral, Real
from typing import Any

_WIDTH, _HEIGHT = 140, 28  # pixels of a curve


class Html(str):
    """Text that is HTML already, and is not escaped."""


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]], notes: Iterable[str] = ()) -> Html:
    """Return a table with a title above and lines of text below.

    Args:
        title: What it is of.
        header: The names of the columns.
        rows: Their cells: text, which is escaped, numbers, which stand on the right, `Html`, or `None` for nothing.
        notes: What is written below.

    Example:
        >>> print(table("<m>", ["layer", "params"], [["a&b", 1200]], ["2 layers"]))
        <div><b>&lt;m&gt;</b>...<td...>a&amp;b</td><td...>1,200</td>...<div>2 layers</div></div>
    """
    head = "".join(f'<th scope="col" style="text-align:left">{escape(name)}</th>' for name in header)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    below = "".join(f"<div>{escape(note)}</div>" for note in notes)
    scroll = '<div style="max-height:36em;overflow:auto" tabindex="0">'
    grid = f"{scroll}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    return Html(f"<div><b>{escape(title)}</b>{grid}{below}</div>")


def curve(values: Sequence[float], beside: Sequence[float] = ()) -> Html:
    """Return a small curve, and another one, dashed, on the same scale; what is not finite is a gap.

    Example:
        >>> curve([3.0, 2.0, 1.0])[:60]
        '<svg role="img" aria-label="from 3 to 1" width="140" height='
    """
    finite = [float(value) for value in (*values, *beside) if math.isfinite(value)]
    if not finite:
        return Html("")
    low, high = min(finite), max(finite)
    lines = "".join(_line(some, low, high, dashed) for some, dashed in ((values, False), (beside, True)) if len(some))
    label = f"from {float(values[0]):.4g} to {float(values[-1]):.4g}"
    size = f'width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    return Html(f'<svg role="img" aria-label="{label}" {size}>{lines}</svg>')


def _cell(value: Any) -> str:
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if isinstance(value, Html):
        shown = value
    elif is_number:
        shown = f"{value:,}" if isinstance(value, Integral) else f"{float(value):.4g}"
    else:
        shown = "" if value is None else escape(str(value))
    return f'<td style="text-align:{"right" if is_number else "left"}">{shown}</td>'


def _line(values: Sequence[float], low: float, high: float, is_dashed: bool) -> str:
    """Return a line through values, each part without a gap by itself; a value alone is a dot."""
    step = (_WIDTH - 6) / max(len(values) - 1, 1)
    parts: list[list[str]] = [[]]
    for place, value in enumerate(values):
        if not math.isfinite(value):
            parts.append([])
            continue
        height = _HEIGHT - 3 - (_HEIGHT - 6) * (value - low) / ((high - low) or 1.0)
        parts[-1].append(f"{3 + place * step:.1f},{height:.1f}")
    dashes = ' stroke-dasharray="4 3"' if is_dashed else ""
    style = f'fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"{dashes}'
    return "".join(
        f'<polyline points="{" ".join(part * 2 if len(part) == 1 else part)}" {style}/>' for part in parts if part
    )
