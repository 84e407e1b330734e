"""From many points to as many as a chart can show. Pure."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple


class Span(NamedTuple):
    """The values of a stretch of time, in the metric's own unit."""

    time: int
    """Its start, Unix seconds."""
    samples: int
    total: float
    low: float
    high: float


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
    if len(spans) <= most:
        return [Point(max(span.time, int(start)), span.total / span.samples, span.low, span.high) for span in spans]
    width = (end - start) / most

    def part(span: Span) -> int:
        return max(0, min(int((span.time - start) / width), most - 1))

    return [_point(list(some), start) for _, some in groupby(spans, key=part)]


def _point(spans: list[Span], start: float) -> Point:
    times, counts, totals, lows, highs = zip(*spans, strict=True)
    return Point(max(times[0], int(start)), sum(totals) / sum(counts), min(lows), max(highs))
