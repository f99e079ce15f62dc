"""What training costs, predicted from shapes alone, and which widths to train together.

A timed trial would make the choice, and with it the last digits of results, depend on noise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from hornet.core.xla import is_hoisted

COMPILING = 0.7
"""Seconds that the programs of one padded model take to be traced and compiled."""

Widths = tuple[int, ...]


def step_seconds(kernels: Sequence[tuple[int, int]], batch_size: int) -> float:
    """Return about how long an update takes on a core, as fitted to networks of up to three layers on a Zen 3 core.

    Args:
        kernels: Shapes of the kernels, in order.
        batch_size: Rows of a batch.

    Example:
        >>> step_seconds([(8, 30), (30, 1)], 32) < step_seconds([(8, 99), (99, 99), (99, 1)], 32)
        True
    """
    if is_hoisted(kernels):  # the loop is one native function
        return 2e-6 + flops(kernels, batch_size) / 20e9
    return 6e-6 + 3e-6 * len(kernels) + flops(kernels, batch_size) / 60e9


def flops(kernels: Sequence[tuple[int, int]], batch_size: int) -> float:
    """Return the multiplications and additions of an update: once forwards, twice backwards."""
    return 6.0 * batch_size * sum(features * units for features, units in kernels)


def buckets_of(work: Mapping[Widths, float], seconds: Callable[[Widths], float]) -> list[Widths]:
    """Return the widths of padded models for which compiling and training together take the minimum time.

    Args:
        work: How many updates are to be done in each of some widths.
        seconds: How long an update takes in a padded model of some widths.

    Example:
        >>> buckets_of({(8,): 1e3, (10,): 1e3, (200,): 1e3}, lambda widths: widths[0] ** 2 * 1e-7)
        [(16,), (200,)]
    """
    narrow_first = sorted(work, key=lambda widths: (seconds(widths), widths))
    best: list[tuple[float, list[Widths]]] = [(0.0, [])]
    for stop in range(1, len(narrow_first) + 1):
        choices = []
        for start in range(max(0, stop - _LONGEST), stop):
            together = narrow_first[start:stop]
            widths = tuple(map(_round_up, map(max, zip(*together, strict=True))))
            cost = COMPILING + seconds(widths) * sum(work[width] for width in together)
            before, chosen = best[start]
            choices.append((before + cost, [*chosen, widths]))
        best.append(min(choices))
    return best[-1][1]


_LONGEST = 300
"""The largest number of different widths considered for one padded model, which bounds the time of choosing."""


def _round_up(width: int) -> int:
    """Return a width, rounded up so that other searches are likely to need the same programs."""
    return -(-width // 8) * 8
