"""Pictures of models."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from hornet.core.checks import describe, one_of
from hornet.core.errors import ArgumentError
from hornet.core.files import atomic_write
from hornet.core.folders import file_given
from hornet.core.imports import optional_module
from hornet.plots.layout import PORTS, Plan, Point

_FONT = 9  # points
_LINE = 1.35 * _FONT / 72  # inches
_MARGIN = 0.1
_INK = "#223"
_MOST_SHAPES = 3
_GROUPS = ("#f4f6fa", "#e6ebf3")
"""What lies behind the layers of a model inside, by turns."""

_TINTS = {
    "#ffffff": "input",
    "#ffe9c7": "dense einsum_dense embedding numeric_embedding",
    "#d6e6fb": "convolution transposed_convolution separable_convolution",
    "#e3defa": "pooling",
    "#cfeeee": "rnn simple_rnn lstm gru bidirectional conv_lstm",
    "#f8d9ec": "attention multi_head_attention",
    "#d9f0dc": "normalization row_normalization quantile_normalization robust_normalization scaling",
    "#fbd9d3": "activation",
    "#e8e8e8": "regularization",
    "#fdf6b8": "merging",
}
"""Colours of layers, and the modules of their classes; another layer's says nothing."""
_OTHER = "#f7f7f7"
_TINT_OF = {module: tint for tint, modules in _TINTS.items() for module in modules.split()}


def plot_model(
    model: Any,
    to_file: str | Path = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> Any:
    """Draw a model's graph into a file. Needs matplotlib, but no Graphviz.

    A wide graph is broken into rows, a deep one into columns. Layers of a kind, such as convolutions, share a colour.

    Args:
        model: A built model.
        to_file: The plot's path; its suffix says what kind: `.png`, `.svg` or `.pdf`.
        show_shapes: Whether to write the shapes of what each layer takes and returns.
        show_dtype: Whether to write the type of what each layer returns.
        show_layer_names: Whether to write the layers' names; those of several inputs are written anyway.
        rankdir: Where the graph runs: `"TB"` from top to bottom, `"BT"`, `"LR"` from left to right or `"RL"`.
        expand_nested: Whether to draw the layers of models inside, in the models' boxes.
        dpi: Pixels of an inch.
        show_layer_activations: Whether to write the layers' activations.
        show_trainable: Whether to write if a layer is trained.

    Returns:
        In a notebook the image, to be shown there; `None` elsewhere.

    Raises:
        ValueError: If the model is not built.
        ImportError: If matplotlib is not installed.

    Example:
        >>> import tempfile
        >>> from hornet import Sequential, layers
        >>> model = Sequential([layers.Dense(30, input_shape=(8,)), layers.Dense(1)])
        >>> plot_model(model, Path(tempfile.gettempdir()) / "model.svg", show_shapes=True)
    """
    if not hasattr(model, "built"):
        raise ArgumentError(f"`model` must be a model, not {describe(model)}. Pass a built one.")
    if not model.built:
        raise ValueError(f"{model.name!r} must be built before it is drawn. Give it `input_shape=` or data first.")
    path = Path(file_given("to_file", to_file, "model.png"))
    one_of("rankdir", rankdir, ("TB", "BT", "LR", "RL"))
    shown = [
        *(("name",) if show_layer_names else ()),
        *(("activation",) if show_layer_activations else ()),
        *(("input", "output") if show_shapes else ()),
        *(("dtype",) if show_dtype else ()),
        *(("trainable",) if show_trainable else ()),
    ]
    group = _Group(model._outline(expand_nested), "", shown, rankdir)
    figure = optional_module("matplotlib.figure", "plot").Figure(figsize=group.plan.size)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, group.plan.size[0]), ylim=(0, group.plan.size[1]))
    axes.set_axis_off()
    group.draw(axes, (0.0, 0.0))
    with atomic_write(path) as new:
        figure.savefig(new, dpi=dpi, format=path.suffix[1:] or "png")
    return _show(path)


class _Group:
    """The boxes of a model's layers, and the arrows among them.

    Args:
        rows: The model's rows, and those of models inside.
        around: The name of the model whose layers these are.
        shown: What is written of each.
        rankdir: Where the graph runs.
        depth: The number of models around it.
    """

    def __init__(self, rows: Sequence[Any], around: str, shown: Sequence[str], rankdir: str, depth: int = 0) -> None:
        self.rows = [row for row in rows if row.name.rpartition("/")[0] == around]
        self._depth = depth
        inner = [[other for other in rows if other.name.startswith(f"{row.name}/")] for row in self.rows]
        self._inner = [
            _Group(some, row.name, shown, rankdir, depth + 1) if some else None
            for row, some in zip(self.rows, inner, strict=True)
        ]
        several = sum(row.kind == "InputLayer" for row in self.rows) > 1
        self._texts = [
            _lines(row, ("name", *shown) if several and row.kind == "InputLayer" else shown) for row in self.rows
        ]
        indices = {row.name: index for index, row in enumerate(self.rows)}
        edges = [(indices[source], indices[row.name]) for row in self.rows for source in row.sources or ()]
        unseen = [(index - 1, index) for index, row in enumerate(self.rows) if index and row.sources is None]
        self._is_upright = rankdir in ("TB", "BT")
        arrows = Counter(source for source, _ in edges) | Counter(target for _, target in edges)  # the larger numbers
        self._sizes = [
            self._size(text, group, arrows[index])
            for index, (text, group) in enumerate(zip(self._texts, self._inner, strict=True))
        ]
        self.plan = Plan(self._sizes, edges, unseen, rankdir)

    def draw(self, axes: Any, origin: Point) -> None:
        """Draw everything; the lower left corner stands at `origin`."""
        patches, paths = (optional_module(f"matplotlib.{name}", "plot") for name in ("patches", "path"))
        for row, text, inner, (width, height), centre in zip(
            self.rows, self._texts, self._inner, self._sizes, self.plan.centres, strict=True
        ):
            left, low = origin[0] + centre[0] - width / 2, origin[1] + centre[1] - height / 2
            colour = _GROUPS[self._depth % len(_GROUPS)] if inner else _tint(row.operation)
            style = {"boxstyle": "round,pad=0,rounding_size=0.05", "facecolor": colour, "edgecolor": _INK}
            axes.add_patch(patches.FancyBboxPatch((left, low), width, height, **style, linewidth=0.8))
            for number, line in enumerate(text):
                top = low + height - _MARGIN - (number + 0.5) * _LINE
                font = _font(number == 0)
                axes.text(left + width / 2, top, line, **font, color=_INK, ha="center", va="center", parse_math=False)
            if inner:
                inner.draw(axes, (left + (width - inner.plan.size[0]) / 2, low))
        for points in self.plan.arrows:
            moved = [(origin[0] + x, origin[1] + y) for x, y in points]
            line = paths.Path(*zip(*_curve(moved, self._is_upright), strict=True))
            style = {"arrowstyle": "-|>", "mutation_scale": 8, "color": _INK, "linewidth": 0.9}
            axes.add_patch(patches.FancyArrowPatch(path=line, **style))

    def _size(self, text: Sequence[str], inner: _Group | None, arrows: int) -> Point:
        """Return the width and height of a box of lines of text, with a model's own boxes below.

        A box is so large that a number of arrows enter it side by side.
        """
        width = max(_width(line, number == 0) for number, line in enumerate(text)) + 2 * _MARGIN
        height = len(text) * _LINE + _MARGIN
        if self._is_upright:
            width = max(width, (arrows + 1) * PORTS)
        else:
            height = max(height, arrows * PORTS)
        if inner is None:
            return width, height + _MARGIN
        return max(width, inner.plan.size[0]), height + inner.plan.size[1]


def _lines(row: Any, shown: Sequence[str]) -> list[str]:
    """Return what is written of a layer: its class, and lines that are asked for."""
    layer = row.operation
    activation = getattr(layer, "activation", None)
    known = {
        "name": row.label,
        "activation": getattr(activation, "__name__", None if activation is None else type(activation).__name__),
        "input": _brief(row.input_shape),
        "output": _brief(row.output_shape),
        "dtype": getattr(layer, "compute_dtype", None),
        "trainable": layer.trainable if row.size else None,
    }
    found = [(part, known[part]) for part in dict.fromkeys(shown) if known[part] is not None]
    return [row.kind, *(str(value) if part == "name" else f"{part}: {value}" for part, value in found)]


def _brief(shapes: Any) -> str | None:
    """Return shapes as text, of many the first ones."""
    if not isinstance(shapes, list) or len(shapes) <= _MOST_SHAPES:
        return None if shapes is None else str(shapes)
    return f"[{', '.join(map(str, shapes[:_MOST_SHAPES]))}, and {len(shapes) - _MOST_SHAPES} more]"


def _tint(layer: Any) -> str:
    """Return the colour of a layer, or of another operation."""
    classes = type(getattr(layer, "layer", layer)).__mro__  # of a wrapper what is inside
    modules = (base.__module__.rpartition(".")[2] for base in classes)
    return next((_TINT_OF[module] for module in modules if module in _TINT_OF), _OTHER)


def _font(is_bold: bool) -> dict[str, Any]:
    return {
        "family": "DejaVu Sans",
        "size": _FONT,
        "weight": "bold" if is_bold else "normal",
    }  # which comes with matplotlib


def _width(line: str, is_bold: bool) -> float:
    """Return the width of a line of text in inches."""
    texts, fonts = (optional_module(f"matplotlib.{name}", "plot") for name in ("textpath", "font_manager"))
    font = fonts.FontProperties(**_font(is_bold))
    width = texts.text_to_path.get_text_width_height_descent(line, font, ismath=False)[0] / 72
    return 1.04 * width  # where pixels are few, letters are wider


def _curve(points: Sequence[Point], is_upright: bool) -> Iterator[tuple[Point, int]]:
    """Yield the points of a line with the codes of matplotlib: what is aslant becomes a curve, straight at its ends."""
    move, line, curve = 1, 2, 4
    yield points[0], move
    for (x, y), (next_x, next_y) in pairwise(points):
        if x != next_x and y != next_y:
            middle = (x + next_x) / 2, (y + next_y) / 2
            yield ((x, middle[1]) if is_upright else (middle[0], y)), curve
            yield ((next_x, middle[1]) if is_upright else (middle[0], next_y)), curve
            yield (next_x, next_y), curve
        else:
            yield (next_x, next_y), line


def _show(path: Path) -> Any:
    display = sys.modules.get("IPython.display")
    if display is None:
        return None
    if path.suffix == ".svg":
        return display.SVG(filename=str(path))
    return display.Image(filename=str(path)) if path.suffix == ".png" else None
