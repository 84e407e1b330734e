"""What many values have in common: count, sum, least and greatest.

Values are whole numbers (parts of a unit, `series.SCALES`), so that sums are exact in whatever order they are made.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from virtadmin.metrics.series import LARGEST


class Summary(NamedTuple):
    """Of at least one value."""

    samples: int
    total: int
    low: int
    high: int


def whole(value: float, scale: int) -> int:
    """The value as a whole number of parts, held to what can be kept. It must be finite."""
    return max(-LARGEST, min(LARGEST, round(value * scale)))


def summary(values: Sequence[int]) -> Summary:
    """Of these values, of which there is one at least."""
    return Summary(len(values), sum(values), min(values), max(values))


def joined(summaries: Iterable[Summary]) -> Summary:
    """The summary of all the values that these are of; there is one at least."""
    counts, totals, lows, highs = zip(*summaries, strict=True)
    return Summary(sum(counts), sum(totals), min(lows), max(highs))
