"""Times from one moment to another, put together. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

ENDLESS = datetime.max.replace(tzinfo=UTC)


class Span(NamedTuple):
    """`end` is `ENDLESS` for what still goes on."""

    start: datetime
    end: datetime


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same moments in as few spans as they fit in, the earliest first."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def covered(span: Span, by: Sequence[Span]) -> bool:
    """Whether one of these, which are merged, holds all of it."""
    return any(one.start <= span.start and span.end <= one.end for one in by)


def running(spans: Sequence[Span], at: datetime) -> Span | None:
    """The one that `at` is in, of some that are merged."""
    return next((span for span in spans if span.start <= at < span.end), None)
