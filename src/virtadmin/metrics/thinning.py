"""From many points to as many as a chart can show. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

Span = tuple[int, int, float, float, float]
"""The values of a stretch of time: its start in Unix seconds, how many they are, their sum, the least, the greatest."""


class Point(NamedTuple):
    """What a chart shows of a stretch of time."""

    time: int
    """Unix seconds."""
    mean: float
    low: float
    high: float


def thinned(spans: Sequence[Span], start: float, end: float, most: int) -> list[Point]:
    """At most `most` points: a span each if they are few, else one for each of `most` equal parts of the time.

    A part without a span has no point, so gaps stay gaps; peaks survive as `low` and `high`; means are those of all
    single values.
    """
    if len(spans) > most:
        spans = _joined(spans, start, (end - start) / most, most)
    first = int(start)
    return [Point(max(time, first), total / samples, low, high) for time, samples, total, low, high in spans]


def _joined(spans: Sequence[Span], start: float, width: float, most: int) -> list[Span]:
    """One span for each part of the time; a loop by hand, as a chart of 15 months is made of 11,000 spans."""
    found: list[Span] = []
    current = -1
    for span in spans:
        part = max(0, min(int((span[0] - start) / width), most - 1))
        if part == current:
            time, samples, total, low, high = found[-1]
            _, more, added, least, greatest = span
            found[-1] = (time, samples + more, total + added, min(least, low), max(greatest, high))
        else:
            found.append(span)
            current = part
    return found
