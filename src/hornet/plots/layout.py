"""Where the boxes and arrows of a graph stand."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

GAP = 0.35  # inches: between boxes, and between the bands that they stand in
_PASSAGE = 0.15  # between an arrow and its neighbours in a band
PORTS = 0.12  # between arrows at the border of a box, and from its corner
_BETWEEN_COLUMNS = 0.6
_WIDEST, _HIGHEST = 10.0, 9.0  # a page
_SWEEPS = 12  # for crossings
_ASTRAY = 0.35  # by how much of its length a column may be longer or shorter than others

Edge = tuple[int, int]
Point = tuple[float, float]


class Plan:
    """Where boxes and arrows stand.

    Boxes stand in ranks, each a band that is as deep as its deepest box; a rank that is too wide for a page is broken
    into several. An arrow runs straight through bands, where it has a position of its own, and bends between them, so
    it crosses no box. A graph that is too deep for a page goes on in a further column, where one box hands over to it.

    Args:
        sizes: Width and height of each box, which are in an order in which each takes from earlier ones.
        edges: Pairs of boxes, from where to where an arrow runs.
        unseen: Pairs of boxes that stand one behind the other without an arrow.
        rankdir: Where ranks follow each other.

    Example:
        >>> plan = Plan([(1.0, 0.5)] * 2, [(0, 1)])
        >>> plan.centres
        [(0.675, 1.275), (0.675, 0.425)]
        >>> plan.arrows
        [[(0.675, 1.025), (0.675, 0.675)]]
    """

    def __init__(
        self, sizes: Sequence[Point], edges: Sequence[Edge], unseen: Sequence[Edge] = (), rankdir: str = "TB"
    ) -> None:
        is_upright = rankdir in ("TB", "BT")
        turned = [(width, height) if is_upright else (height, width) for width, height in sizes]
        widest, furthest = (_WIDEST, _HIGHEST) if is_upright else (_HIGHEST, _WIDEST)
        every = [*edges, *unseen]
        columns = _columns([across for across, _ in turned], [along for _, along in turned], every, widest, furthest)
        places: list[Point] = [(0.0, 0.0)] * len(sizes)
        paths: dict[int, list[Point]] = {}
        side = 0.0
        left, trunk = 0.0, [(0.0, 0.0)]
        for boxes, entry in columns:
            column = _Column(turned, boxes, entry, every, widest)
            shift = side - column.left
            for box, (across, along) in column.places.items():
                places[box] = (across + shift, along)
            begin: list[Point] = []
            if entry is not None:  # from below the box in the column before, up between the two, to the top of this one
                start, end = places[entry], column.entry[0] + shift
                lane = side - _BETWEEN_COLUMNS / 2
                begin = [(start[0], start[1] + turned[entry][1] / 2), (start[0], left + GAP / 2)]
                begin += [(lane, left + GAP / 2), (lane, -GAP / 2), (end, -GAP / 2)]
                trunk += begin
            for number, path in column.paths.items():
                moved = [(across + shift, along) for across, along in path]
                paths[number] = begin + moved if every[number][0] == entry else moved
            left = column.length
            side += column.right - column.left + _BETWEEN_COLUMNS
            trunk += [(side - _BETWEEN_COLUMNS, left), (column.left + shift, 0.0)]
        turn = {"TB": (1, -1, False), "BT": (1, 1, False), "LR": (-1, 1, True), "RL": (-1, -1, True)}[rankdir]
        ends = [_turned(point, *turn) for point in trunk]
        low = [min(values) - GAP / 2 for values in zip(*ends, strict=True)]
        high = [max(values) + GAP / 2 for values in zip(*ends, strict=True)]

        def placed(point: Point) -> Point:
            across, upward = _turned(point, *turn)
            return round(across - low[0], 6), round(upward - low[1], 6)

        self.size = (high[0] - low[0], high[1] - low[1])
        """Width and height of everything."""
        self.centres = [placed(place) for place in places]
        """Where the middle of each box is."""
        self.arrows = [list(dict.fromkeys(map(placed, paths[number]))) for number in range(len(edges))]
        """The points of each edge's arrow."""


def _turned(point: Point, across: int, along: int, is_swapped: bool) -> Point:
    side, depth = point[0] * across, point[1] * along
    return (depth, side) if is_swapped else (side, depth)


class _Column:
    """Boxes with the arrows among them, across and along the ranks.

    Args:
        sizes: Across and along the ranks, of all boxes.
        boxes: Which of them stand here.
        entry: The box in the column before that hands over to this one.
        edges: All edges.
        widest: Across how much a rank may go.
    """

    def __init__(
        self, sizes: Sequence[Point], boxes: Sequence[int], entry: int | None, edges: Sequence[Edge], widest: float
    ) -> None:
        nodes = [*boxes] if entry is None else [entry, *boxes]
        numbers = {box: number for number, box in enumerate(nodes)}
        self._sizes = [(0.0, 0.0) if box == entry else sizes[box] for box in nodes]
        inside = {
            number: (numbers[edge[0]], numbers[edge[1]])
            for number, edge in enumerate(edges)
            if edge[0] in numbers and edge[1] in numbers and edge[1] != entry
        }
        self._places, bends = layout([across for across, _ in self._sizes], list(inside.values()), widest)
        steps = [
            [self._places[min(edge)], *passed, self._places[max(edge)]]
            for edge, passed in zip(inside.values(), bends, strict=True)
        ]
        self._set_bands(steps)
        ports = self._ports(list(inside.values()), steps)
        self.paths = {
            number: self._path(edge, passed, *at) if edge[0] != edge[1] else self._loop(edge[0])
            for (number, edge), passed, at in zip(inside.items(), bends, ports, strict=True)
        }
        """The points of the arrow of each edge."""
        self.places = {box: self._centre(number) for box, number in numbers.items() if box != entry}
        self.entry = self._centre(0)
        passing = [side for one in steps for side, _ in one]
        halves = [(side, across / 2) for (side, _), (across, _) in zip(self._places, self._sizes, strict=True)]
        self.left = min([side - half for side, half in halves] + passing)
        self.right = max([side + half for side, half in halves] + passing)
        self.length = self._begins[-1] + self._bands[-1]

    def _set_bands(self, steps: Sequence[Sequence[tuple[float, int]]]) -> None:
        """Learn how deep each rank is, and where it begins: further behind the one before, the further arrows go."""
        self._bands = [0.0] * (1 + max(rank for _, rank in self._places))
        for (_, rank), (_, along) in zip(self._places, self._sizes, strict=True):
            self._bands[rank] = max(self._bands[rank], along)
        gaps = [GAP] * len(self._bands)
        for step in steps:
            for (side, rank), (next_side, _) in pairwise(step):
                gaps[rank] = max(gaps[rank], min(GAP + 0.1 * abs(next_side - side), 3 * GAP))
        depths = [band + gap for band, gap in zip(self._bands[:-1], gaps[:-1], strict=True)]
        self._begins = list(accumulate(depths, initial=0.0))

    def _centre(self, box: int) -> Point:
        side, rank = self._places[box]
        return side, self._begins[rank] + self._bands[rank] / 2

    def _ports(self, edges: Sequence[Edge], steps: Sequence[Sequence[tuple[float, int]]]) -> list[tuple[float, float]]:
        """Return at which places across the ranks each edge leaves its first box and enters its last one."""
        ports = [[step[0][0], step[-1][0]] for step in steps]
        for end in (0, 1, 0):  # each end wants to be where the other one is
            meeting: dict[int, list[tuple[float, int]]] = defaultdict(list)
            for number, (edge, step) in enumerate(zip(edges, steps, strict=True)):
                if edge[0] != edge[1]:
                    beside = ports[number][1 - end] if len(step) == 2 else step[1 - 3 * end][0]
                    meeting[max(edge) if end else min(edge)].append((beside, number))
            for box, found in meeting.items():
                found.sort()
                side, room = self._places[box][0], max(self._sizes[box][0] / 2 - PORTS, 0.0)
                places = _apart([other for other, _ in found], side - room, side + room)
                for place, (_, number) in zip(places, found, strict=True):
                    ports[number][end] = place
        return [(first, last) for first, last in ports]

    def _path(self, edge: Edge, passed: Sequence[tuple[float, int]], first: float, last: float) -> list[Point]:
        source, target = sorted(edge)
        rank, last_rank = self._places[source][1], self._places[target][1]
        points = [
            (first, self._centre(source)[1] + self._sizes[source][1] / 2),
            (first, self._begins[rank] + self._bands[rank]),
            *((side, self._begins[at] + more) for side, at in passed for more in (0.0, self._bands[at])),
            (last, self._begins[last_rank]),
            (last, self._centre(target)[1] - self._sizes[target][1] / 2),
        ]
        return points if edge == (source, target) else points[::-1]

    def _loop(self, box: int) -> list[Point]:
        """Return the points of an arrow from a box to itself."""
        (side, depth), (across, along) = self._centre(box), self._sizes[box]
        near, far = side + across / 2, side + across / 2 + GAP / 3
        corners = [(near, -along), (far, -along), (far, along), (near, along)]
        return [(place, depth + offset / 4) for place, offset in corners]


def _apart(wanted: Sequence[float], low: float, high: float) -> list[float]:
    """Return the places within an interval that are nearest to the ones wanted, in their order, but apart."""
    from scipy.optimize import isotonic_regression

    gap = min(PORTS, (high - low) / max(len(wanted) - 1, 1))
    offsets = gap * np.arange(len(wanted))
    rising = isotonic_regression(np.clip(wanted, low, high) - offsets).x
    return (np.clip(rising, low, high - offsets[-1]) + offsets).tolist()


def layout(
    widths: Sequence[float], edges: Sequence[Edge], widest: float = math.inf
) -> tuple[list[tuple[float, int]], list[list[tuple[float, int]]]]:
    """Return where boxes stand, each in a rank behind those of the boxes before it, with few crossings of edges.

    Args:
        widths: The boxes' widths; they are in an order in which each takes from earlier ones, but for cycles.
        edges: Pairs of boxes.
        widest: A rank that needs more is broken into several.

    Returns:
        A place across and a rank for each box, and for each edge those at which it passes other ranks.

    Source:
        Ranks and their order: Sugiyama, Tagawa & Toda 1981; places that bend edges least, as a linear program: Gansner,
        Koutsofios, North & Vo 1993.

    Example:
        >>> layout([1.0] * 3, [(0, 1), (1, 2)])
        ([(0.0, 0), (0.0, 1), (0.0, 2)], [[], []])
    """
    count = len(widths)
    ordered = [(min(edge), max(edge)) for edge in edges]
    ranks = _ranks(widths, ordered, widest)
    steps: list[Edge] = []
    chains: list[list[int]] = []
    for low, high in ordered:  # an edge gets a position of its own in each rank that it passes
        passed = range(ranks[low] + 1, ranks[high])
        chains.append(list(range(len(ranks), len(ranks) + len(passed))))
        ranks.extend(passed)
        steps.extend(pairwise([low, *chains[-1], high]) if low < high else ())
    lines = _order(ranks, steps, count)
    sides = _sides(lines, steps, [*widths, *[0.0] * (len(ranks) - count)], count)
    places = [(round(side, 6) + 0.0, rank) for side, rank in zip(sides, ranks, strict=True)]
    return places[:count], [[places[number] for number in chain] for chain in chains]


def _ranks(widths: Sequence[float], edges: Sequence[Edge], widest: float) -> list[int]:
    """Return the rank of each box, wide ranks broken into several."""
    ranks = [0] * len(widths)
    for low, high in sorted(edges, key=lambda edge: edge[1]):
        if low < high:
            ranks[high] = max(ranks[high], ranks[low] + 1)
    broken = [0] * len(widths)
    begin = 0
    for rank in range(1 + max(ranks)):
        boxes = [box for box, found in enumerate(ranks) if found == rank]
        total = sum(widths[box] + GAP for box in boxes)
        rows = min(max(1, math.ceil(total / widest)), len(boxes))
        before = 0.0
        for box in boxes:
            broken[box] = begin + int((before + (widths[box] + GAP) / 2) / total * rows)
            before += widths[box] + GAP
        begin = 1 + max(broken[box] for box in boxes)
    return broken


def _order(ranks: Sequence[int], steps: Sequence[Edge], count: int) -> list[list[int]]:
    """Return what stands in each rank, from one side to the other: in the order given, but for crossings.

    Each rank by turns is sorted by the mean place of what is before, or behind: the barycentre heuristic.
    """
    lines: list[list[int]] = [[] for _ in range(1 + max(ranks))]
    for number, rank in enumerate(ranks):
        lines[rank].append(number)
    boxes = [[number for number in line if number < count] for line in lines]
    wanted = {number: (place + 0.5) / len(line) for line in boxes for place, number in enumerate(line)}
    for low, high in steps:  # what an edge passes through stands below where it comes from
        wanted.setdefault(high, wanted[low])
    lines = [sorted(line, key=wanted.__getitem__) for line in lines]
    beside: tuple[dict[int, list[int]], dict[int, list[int]]] = defaultdict(list), defaultdict(list)
    for low, high in steps:
        beside[0][high].append(low)
        beside[1][low].append(high)
    best, fewest = lines, _crossings(lines, steps)
    for sweep in range(_SWEEPS):
        lines = [[*line] for line in lines]
        places = _places(lines)
        for line in lines[:: -1 if sweep % 2 else 1]:
            means = {
                number: float(np.mean([places[other] for other in beside[sweep % 2][number] or [number]]))
                for number in line
            }
            line.sort(key=means.__getitem__)
            places.update(_places([line]))
        found = _crossings(lines, steps)
        if found < fewest:
            best, fewest = lines, found
    return best


def _places(lines: Sequence[Sequence[int]]) -> dict[int, int]:
    return {number: place for line in lines for place, number in enumerate(line)}


def _crossings(lines: Sequence[Sequence[int]], steps: Sequence[Edge]) -> int:
    """Return how many pairs of edges cross each other."""
    places = _places(lines)
    ranks = {number: rank for rank, line in enumerate(lines) for number in line}
    begun: dict[int, list[Edge]] = defaultdict(list)
    for low, high in steps:
        begun[ranks[low]].append((places[low], places[high]))
    crossings = 0
    for edges in begun.values():
        before, behind = (np.subtract.outer(ends, ends) for ends in np.array(edges).T)
        crossings += int((before * behind < 0).sum()) // 2
    return crossings


def _sides(lines: Sequence[Sequence[int]], steps: Sequence[Edge], widths: Sequence[float], count: int) -> list[float]:
    """Return the places across the ranks at which boxes and passing edges stand apart and edges bend least.

    The sum to minimize is of absolute values, which are 0 for most edges, where that of squares would bend all a bit.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array, hstack, identity, vstack

    total = len(widths)
    terms: list[tuple[float, dict[int, float]]] = [(1e-3 / total, {number: 1.0}) for number in range(total)]
    around: dict[tuple[int, int], list[int]] = defaultdict(list)
    for low, high in steps:
        passing = (low >= count) + (high >= count)
        terms.append(((2.0, 1.0, 8.0)[passing], {low: -1.0, high: 1.0}))
        around[low, 1].append(high)
        around[high, 0].append(low)
    for (box, _), others in around.items():  # where several places are as good, the middle of the others
        if len(set(others)) > 1:
            terms.append((0.5, {box: 1.0} | {other: -others.count(other) / len(others) for other in others}))
    differences = _matrix([term for _, term in terms], total)
    pairs = [pair for line in lines for pair in pairwise(line)]
    apart = _matrix([{left: 1.0, right: -1.0} for left, right in pairs], total)
    gaps = [(widths[left] + widths[right]) / 2 + _gap(left, right, count) for left, right in pairs]
    slack = identity(len(terms))
    none = coo_array((len(pairs), len(terms)))
    bounds = vstack([hstack([differences, -slack]), hstack([-differences, -slack]), hstack([apart, none])])
    found = linprog(
        [0.0] * total + [weight for weight, _ in terms],
        A_ub=bounds.tocsr(),
        b_ub=[0.0] * (2 * len(terms)) + [-gap for gap in gaps],
        bounds=[(None, None)] * total + [(0, None)] * len(terms),
    )
    return found.x[:total].tolist()


def _gap(left: int, right: int, count: int) -> float:
    """Return how far from each other two neighbours in a rank are, of which those from `count` on are edges."""
    return GAP if left < count and right < count else _PASSAGE if left >= count and right >= count else GAP / 2


def _matrix(rows: Sequence[dict[int, float]], width: int) -> Any:
    from scipy.sparse import coo_array

    entries = [(value, number, place) for number, row in enumerate(rows) for place, value in row.items()]
    values, numbers, places = zip(*entries, strict=True) if entries else ((), (), ())
    return coo_array((values, (numbers, places)), shape=(len(rows), width))


def _columns(
    widths: Sequence[float], lengths: Sequence[float], edges: Sequence[Edge], widest: float, furthest: float
) -> list[tuple[list[int], int | None]]:
    """Return the boxes of each column, and the box in the column before that hands over to it.

    A column may end where all edges that go on come from one box, of its last rank.
    """
    ranks = _ranks(widths, [(min(edge), max(edge)) for edge in edges], widest)
    bands = [0.0] * (1 + max(ranks))
    for rank, length in zip(ranks, lengths, strict=True):
        bands[rank] = max(bands[rank], length)
    ends = list(accumulate(band + GAP for band in bands))
    going_on: list[set[int]] = [set() for _ in bands]
    for source, target in edges:
        low, high = sorted((source, target))
        for rank in range(ranks[low], ranks[high]):
            going_on[rank].add(source if source == low and ranks[low] == rank else -1)
    possible = [rank for rank, sources in enumerate(going_on) if len(sources) == 1 and -1 not in sources]
    part = ends[-1] / math.ceil(ends[-1] / furthest)
    best = [min(possible, key=lambda rank: abs(ends[rank] - end), default=0) for end in np.arange(part, ends[-1], part)]
    cuts = {rank for number, rank in enumerate(best, 1) if abs(ends[rank] - number * part) < _ASTRAY * part}
    borders = [-1, *sorted(cuts), len(bands)]
    return [
        (
            [box for box, rank in enumerate(ranks) if before < rank <= last],
            next(iter(going_on[before])) if before >= 0 else None,
        )
        for before, last in pairwise(borders)
    ]
