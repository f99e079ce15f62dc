"""Pictures of models."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from hornet.core.checks import describe, one_of
from hornet.core.errors import ArgumentError
from hornet.core.files import atomic_write
from hornet.core.folders import file_given
from hornet.core.imports import optional_module

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
        to_file: The plot's path; its suffix says what kind: `.png`, `.svg` or `.pdf`.
        show_shapes: Whether to write the shapes of what each layer takes and returns.
        show_dtype: Whether to write the type of what each layer returns.
        show_layer_names: Whether to write the layers' names.
        rankdir: Where the graph runs: `"TB"` from top to bottom, `"BT"`, `"LR"` from left to right or `"RL"`.
        expand_nested: Whether to draw the layers of models inside.
        dpi: Pixels of an inch.
        show_layer_activations: Whether to write the layers' activations.
        show_trainable: Whether to write if a layer is trained.

    Returns:
        In a notebook the image, to be shown there; `None` elsewhere.

    Raises:
        ValueError: If the model is not built.
        ImportError: If matplotlib or igraph is not installed.

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
    rows = model._outline(expand_nested)
    texts = []
    for row in rows:
        parts = {
            "": row.label if show_layer_names else None,
            "activation": _activation(row.operation) if show_layer_activations else None,
            "input": row.input_shape if show_shapes else None,
            "output": row.output_shape if show_shapes else None,
            "dtype": getattr(row.operation, "compute_dtype", None) if show_dtype else None,
            "trainable": row.operation.trainable if show_trainable and row.size else None,
        }
        details = [f"{part}: {value}" if part else str(value) for part, value in parts.items() if value is not None]
        texts.append([row.kind, *details])
    width = max(len(line) for text in texts for line in text) * _CHARACTER + 2 * _MARGIN
    sizes = [(width, len(text) * _LINE + 2 * _MARGIN) for text in texts]
    plan = _Plan(sizes, _edges(rows), _stack(rows), rankdir)
    figure = _draw(texts, [row.depth for row in rows], plan)
    with atomic_write(path) as new:
        figure.savefig(new, dpi=dpi, format=path.suffix[1:] or "png")
    return _show(path)


def _activation(operation: Any) -> str | None:
    activation = getattr(operation, "activation", None)
    return None if activation is None else getattr(activation, "__name__", type(activation).__name__)


def _edges(rows: Sequence[Any]) -> list[tuple[int, int]]:
    """Return pairs of indices of rows: from the row whose output is taken to the row that takes it.

    A model whose own rows follow hands its inputs to them, and who takes its output takes theirs.
    """
    indices = {row.name: index for index, row in enumerate(rows)}
    inner = {name: [row for row in rows if row.name.rpartition("/")[0] == name] for name in indices}
    used = {source for row in rows for source in row.sources or ()}

    def ends(name: str) -> list[str]:
        own = [row.name for row in inner[name] if row.sources is not None and row.name not in used]
        return [end for inner_name in own for end in ends(inner_name)] or [name]

    edges = [(indices[end], indices[row.name]) for row in rows for source in row.sources or () for end in ends(source)]
    for row in rows:
        around = row.name.rpartition("/")[0]
        if around and row.sources == ():
            edges.append((indices[around], indices[row.name]))
    return edges


def _stack(rows: Sequence[Any]) -> list[tuple[int, int]]:
    """Return pairs of indices of rows that stand one behind the other though nothing is known of what they take."""
    return [(index - 1, index) for index, row in enumerate(rows) if index and row.sources is None]


def _draw(texts: list[list[str]], shades: list[int], plan: _Plan) -> Any:
    """Return the plot of boxes of some lines of text, with an arrow for each edge."""
    figures, patches, paths = (optional_module(f"matplotlib.{name}", "plot") for name in ("figure", "patches", "path"))
    (left, right), (low, high) = plan.limits
    figure = figures.Figure(figsize=(right - left, high - low))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(left, right), ylim=(low, high))
    axes.set_axis_off()
    for box, (text, shade) in enumerate(zip(texts, shades, strict=True)):
        (x, y), (width, height) = plan.centre(box), plan.sizes[box]
        colour = ("#ffffff", "#eef3fb", "#dde8f7", "#ccdcf3")[min(shade, 3)]
        style = {"boxstyle": "round,pad=0,rounding_size=0.05", "facecolor": colour, "edgecolor": "#334"}
        axes.add_patch(patches.FancyBboxPatch((x - width / 2, y - height / 2), width, height, **style))
        for number, line in enumerate(text):
            top = y + height / 2 - _MARGIN - (number + 0.5) * _LINE
            font = {"family": "monospace", "size": _FONT, "weight": "normal" if number else "bold"}
            axes.text(x, top, line, **font, ha="center", va="center", parse_math=False)
    for points in plan.arrows:
        line = paths.Path(points)
        axes.add_patch(patches.FancyArrowPatch(path=line, arrowstyle="-|>", mutation_scale=8, color="#334"))
    return figure


class _Plan:
    """Where boxes and arrows stand.

    Boxes stand in ranks, each a band that is as deep as its deepest box. An arrow runs straight through bands, where
    it has a position of its own, and sideways between them, so it crosses no box.

    Args:
        sizes: Width and height of each box.
        edges: Pairs of boxes, from where to where an arrow runs.
        unseen: Pairs of boxes that stand one behind the other without an arrow.
        rankdir: Where ranks follow each other.
    """

    def __init__(
        self,
        sizes: list[tuple[float, float]],
        edges: list[tuple[int, int]],
        unseen: list[tuple[int, int]],
        rankdir: str,
    ) -> None:
        self.sizes = sizes
        self._rankdir = rankdir
        self._sizes = sizes if rankdir in ("TB", "BT") else [(height, width) for width, height in sizes]
        """Of each box, across the ranks and along them."""
        across = max(size for size, _ in self._sizes) + _GAP
        self._places, bends = layout(len(sizes), [*edges, *unseen], across)
        self._bands = [0.0] * (1 + max(rank for _, rank in self._places))
        for (_, rank), (_, along) in zip(self._places, self._sizes, strict=True):
            self._bands[rank] = max(self._bands[rank], along)
        self._begins = list(accumulate((band + _GAP for band in self._bands), initial=0.0))
        self.arrows = [
            [self._turn(*point) for point in (self._path(*edge, passed) if edge[0] != edge[1] else self._loop(edge[0]))]
            for edge, passed in zip(edges, bends, strict=False)  # the bends of unseen edges come last
        ]
        """The points of each edge's arrow."""
        sides = [side for side, _ in [*self._places, *(bend for edge_bends in bends for bend in edge_bends)]]
        corners = (
            self._turn(min(sides) - across / 2, -_GAP / 2),
            self._turn(max(sides) + across / 2, self._begins[-1] - _GAP / 2),
        )
        self.limits = [sorted(pair) for pair in zip(*corners, strict=True)]
        """The plot's left and right, and its bottom and top."""

    def centre(self, box: int) -> tuple[float, float]:
        """Return where the middle of a box is in the plot."""
        return self._turn(*self._centre(box))

    def _centre(self, box: int) -> tuple[float, float]:
        side, rank = self._places[box]
        return side, self._begins[rank] + self._bands[rank] / 2

    def _path(self, source: int, target: int, passed: list[tuple[float, int]]) -> list[tuple[float, float]]:
        """Return the points of an arrow across and along the ranks."""
        (first, rank), (last, last_rank) = self._places[source], self._places[target]
        if rank > last_rank:
            return self._path(target, source, passed)[::-1]
        begin, end = (self._centre(source)[1] + self._sizes[source][1] / 2, self._centre(target)[1])
        points = [
            (first, begin),
            (first, self._begins[rank] + self._bands[rank]),
            *((side, self._begins[at_rank] + more) for side, at_rank in passed for more in (0.0, self._bands[at_rank])),
            (last, self._begins[last_rank]),
            (last, end - self._sizes[target][1] / 2),
        ]
        return list(dict.fromkeys((round(side, 6), round(depth, 6)) for side, depth in points))

    def _loop(self, box: int) -> list[tuple[float, float]]:
        """Return the points of an arrow from a box to itself."""
        (side, depth), (across, along) = self._centre(box), self._sizes[box]
        near, far = side + across / 2, side + across / 2 + _GAP / 3
        return [
            (near, depth - along / 4),
            (far, depth - along / 4),
            (far, depth + along / 4),
            (near, depth + along / 4),
        ]

    def _turn(self, side: float, depth: float) -> tuple[float, float]:
        """Return where in the plot a point across and along the ranks is."""
        turns = {"TB": (side, -depth), "BT": (side, depth), "LR": (depth, -side), "RL": (-depth, -side)}
        return turns[self._rankdir]


def layout(
    count: int, edges: list[tuple[int, int]], across: float
) -> tuple[list[tuple[float, int]], list[list[tuple[float, int]]]]:
    """Return where boxes stand, each in a rank behind those of the boxes before it, with few crossings of edges.

    Args:
        count: The number of boxes, which are in an order in which each takes from earlier ones, but for cycles.
        edges: Pairs of boxes.
        across: How far boxes in one rank must be apart.

    Returns:
        A place across and a rank for each box, and for each edge those at which it passes other ranks.

    Source:
        Sugiyama, Tagawa & Toda 1981, as igraph has it.

    Example:
        >>> layout(3, [(0, 1), (1, 2)], across=1.0)
        ([(0.0, 0), (0.0, 1), (0.0, 2)], [[], []])
    """
    igraph = optional_module("igraph", "plot")
    ordered = [(min(edge), max(edge)) for edge in edges]
    ranks = [0] * count
    for low, high in sorted(ordered, key=lambda edge: edge[1]):
        if low < high:
            ranks[high] = max(ranks[high], ranks[low] + 1)
    steps: list[tuple[int, int]] = []
    chains: list[list[int]] = []
    for low, high in ordered:  # an edge gets a position of its own in each rank that it passes
        passed = range(ranks[low] + 1, ranks[high])
        chains.append(list(range(len(ranks), len(ranks) + len(passed))))
        ranks.extend(passed)
        steps.extend(pairwise([low, *chains[-1], high]) if low < high else ())
    root = len(ranks)  # holds the parts of the graph together: igraph lets boxes of several overlap
    steps.extend((root, box) for box in range(count) if ranks[box] == 0)
    graph = igraph.Graph(root + 1, steps, directed=True)
    layout = graph.layout_sugiyama(layers=[*(rank + 1 for rank in ranks), 0], hgap=across, maxiter=200)
    positions = [(float(side), rank) for (side, _), rank in zip(layout, ranks, strict=False)]
    return positions[:count], [[positions[index] for index in chain] for chain in chains]


def _show(path: Path) -> Any:
    display = sys.modules.get("IPython.display")
    if display is None:
        return None
    if path.suffix == ".svg":
        return display.SVG(filename=str(path))
    return display.Image(filename=str(path)) if path.suffix == ".png" else None
