"""Pictures of models."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from hornet.core.checks import one_of, optional_module

_FONT = 9  # points
_CHARACTER = 0.602 * _FONT / 72  # inches: what a character of the monospaced font is wide
_LINE = 1.35 * _FONT / 72
_MARGIN = 0.1
_GAP = 0.35


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
    """Draw a model's graph into a file. Needs matplotlib and igraph, but no Graphviz.

    Args:
        model: A built model.
        to_file: The picture's path; its suffix says what kind: `.png`, `.svg` or `.pdf`.
        show_shapes: Whether to write the shapes of what each layer takes and returns.
        show_dtype: Whether to write the type of what each layer returns.
        show_layer_names: Whether to write the layers' names.
        rankdir: Where the graph runs: `"TB"` from top to bottom, `"BT"`, `"LR"` from left to right or `"RL"`.
        expand_nested: Whether to draw the layers of models inside.
        dpi: Pixels of an inch.
        show_layer_activations: Whether to write the layers' activations.
        show_trainable: Whether to write if a layer is trained.

    Returns:
        In a notebook the picture, to be shown there; `None` elsewhere.

    Raises:
        ValueError: If the model is not built.
        ImportError: If matplotlib or igraph is not installed.

    Example:
        >>> import tempfile
        >>> from hornet import Sequential, layers
        >>> model = Sequential([layers.Dense(30, input_shape=(8,)), layers.Dense(1)])
        >>> plot_model(model, Path(tempfile.gettempdir()) / "model.svg", show_shapes=True)
    """
    if not model.built:
        raise ValueError(f"{model.name!r} must be built before it is drawn. Give it `input_shape=` or data first.")
    one_of("rankdir", rankdir, ("TB", "BT", "LR", "RL"))
    rows = model.outline(expand_nested)
    texts = []
    for row in rows:
        activation = getattr(getattr(row.operation, "activation", None), "__name__", None)
        parts = {
            "": row.label if show_layer_names else None,
            "activation": activation if show_layer_activations else None,
            "input": row.input_shape if show_shapes else None,
            "output": row.output_shape if show_shapes else None,
            "dtype": getattr(row.operation, "compute_dtype", None) if show_dtype else None,
            "trainable": row.operation.trainable if show_trainable and row.size else None,
        }
        details = [f"{part}: {one}" if part else str(one) for part, one in parts.items() if one is not None]
        texts.append([row.kind, *details])
    figure = _drawn(texts, [row.depth for row in rows], _edges(rows), rankdir)
    figure.savefig(to_file, dpi=dpi)
    return _shown(Path(to_file))


def _edges(rows: Sequence[Any]) -> list[tuple[int, int]]:
    """Return pairs of places of rows: from whose output to who takes it.

    A model whose own rows follow hands its inputs to them, and who takes its output takes theirs.
    """
    places = {row.name: place for place, row in enumerate(rows)}
    inner = {name: [row for row in rows if row.name.startswith(f"{name}/")] for name in places}
    used = {source for row in rows for source in row.sources or ()}

    def ends(name: str) -> list[str]:
        own = [row for row in inner[name] if row.depth == rows[places[name]].depth + 1]
        if not own:
            return [name]
        return [end for row in own if row.name not in used for end in ends(row.name)]

    edges = [(places[end], places[row.name]) for row in rows for one in row.sources or () for end in ends(one)]
    for row in rows:
        around = row.name.rpartition("/")[0]
        if around and not row.sources:
            edges.append((places[around], places[row.name]))
    return edges


def _drawn(texts: list[list[str]], depths: list[int], edges: list[tuple[int, int]], rankdir: str) -> Any:
    figures = optional_module("matplotlib.figure", "plot")
    patches = optional_module("matplotlib.patches", "plot")
    width = max(len(line) for text in texts for line in text) * _CHARACTER + 2 * _MARGIN
    heights = [len(text) * _LINE + 2 * _MARGIN for text in texts]
    along, across = (max(heights), width) if rankdir in ("TB", "BT") else (width, max(heights))
    points, paths = _layout(len(texts), edges, across + _GAP, along + _GAP)

    def turned(point: tuple[float, float]) -> tuple[float, float]:
        side, depth = point
        return {"TB": (side, -depth), "BT": (side, depth), "LR": (depth, -side), "RL": (-depth, -side)}[rankdir]

    centres = [turned(point) for point in points]
    sides = [x for x, _ in centres], [y for _, y in centres]
    size = (max(sides[0]) - min(sides[0]) + width + _GAP, max(sides[1]) - min(sides[1]) + max(heights) + _GAP)
    figure = figures.Figure(figsize=size)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(min(sides[0]) - (width + _GAP) / 2, max(sides[0]) + (width + _GAP) / 2)
    axes.set_ylim(min(sides[1]) - (max(heights) + _GAP) / 2, max(sides[1]) + (max(heights) + _GAP) / 2)
    boxes = []
    for text, depth, height, (x, y) in zip(texts, depths, heights, centres, strict=True):
        colour = ("#ffffff", "#eef3fb", "#dde8f7", "#ccdcf3")[min(depth, 3)]
        style = {"boxstyle": "round,pad=0,rounding_size=0.05", "facecolor": colour, "edgecolor": "#334", "zorder": 2}
        box = patches.FancyBboxPatch((x - width / 2, y - height / 2), width, height, **style)
        axes.add_patch(box)
        boxes.append(box)
        for number, line in enumerate(text):
            weight = "normal" if number else "bold"
            top = y + height / 2 - _MARGIN - (number + 0.5) * _LINE
            font = {"family": "monospace", "size": _FONT, "weight": weight, "ha": "center", "va": "center"}
            axes.text(x, top, line, **font, zorder=3)
    for (source, target), bends in zip(edges, paths, strict=True):
        stops = [centres[source], *map(turned, bends), centres[target]]
        for place, (begin, end) in enumerate(pairwise(stops)):
            is_last = place == len(stops) - 2
            arrow = patches.FancyArrowPatch(
                begin,
                end,
                arrowstyle="-|>" if is_last else "-",
                patchA=boxes[source] if place == 0 else None,
                patchB=boxes[target] if is_last else None,
                shrinkA=0,
                shrinkB=0,
                mutation_scale=8,
                color="#334",
                zorder=1,
            )
            axes.add_patch(arrow)
    return figure


def _layout(
    count: int, edges: list[tuple[int, int]], across: float, along: float
) -> tuple[list[tuple[float, float]], list[list[tuple[float, float]]]]:
    """Return a place for each of `count` boxes, in ranks with few crossings, and the bends of each edge.

    Source:
        Sugiyama, Tagawa & Toda 1981, as igraph has it.
    """
    igraph = optional_module("igraph", "plot")
    if not edges:  # a stack, as the layers of a model without a graph
        return [(0.0, along * place) for place in range(count)], []
    ranks = [0] * count
    for source, target in sorted(edges, key=lambda edge: edge[1]):  # boxes come after those that they take from
        ranks[target] = max(ranks[target], ranks[source] + 1)
    steps: list[tuple[int, int]] = []
    chains: list[list[int]] = []
    for source, target in edges:  # an edge gets a place of its own in each rank that it passes
        between = list(range(len(ranks), len(ranks) + ranks[target] - ranks[source] - 1))
        ranks.extend(range(ranks[source] + 1, ranks[target]))
        chains.append(between)
        steps.extend(pairwise([source, *between, target]))
    graph = igraph.Graph(len(ranks), steps, directed=True)
    layout = graph.layout_sugiyama(layers=ranks, hgap=across, vgap=along, maxiter=200)
    points = [(float(side), float(depth)) for side, depth in layout]
    return points[:count], [[points[place] for place in chain] for chain in chains]


def _shown(path: Path) -> Any:
    display = sys.modules.get("IPython.display")
    if display is None:
        return None
    if path.suffix == ".svg":
        return display.SVG(filename=str(path))
    return display.Image(filename=str(path)) if path.suffix == ".png" else None
