"""The newest figures of one server: what their mean over a window is, and whether they cover it. Pure.

A row is (time, seconds it stands for, one percentage per windowed limit; NaN = not known). A window holds at most about
20 rows: what falls into the same twentieth of it becomes one, so that an hour's window of 5 s samples stays small.
"""

import struct
from dataclasses import dataclass, field
from math import isnan, nan
from operator import mul

from virtadmin.alerting.limits import WINDOWED

COVERED = 0.8
"""The share of a window that samples must cover before it is judged."""
ROWS = 20
SOON = 0.75
"""A sample this share of the interval after the last stands for a whole interval: polls are never quite on time."""
FORMAT = struct.Struct(f"<df{len(WINDOWED)}f")

Row = tuple[float, ...]


@dataclass(slots=True)
class Window:
    """Rows of one server, oldest first."""

    rows: list[Row] = field(default_factory=list)

    def add(self, time: float, values: dict[str, float], *, interval: int, span: int) -> None:
        """Take in a sample of a server asked every `interval` seconds, and forget what `span` seconds leave behind.

        One that is not newer than the last is ignored; a clock set back by more than an interval starts anew.
        """
        if self.rows and not (time - span < self.rows[0][0] and self.rows[-1][0] <= time + interval):
            self.rows = [row for row in self.rows if time - span < row[0] <= time + interval]
        last = self.rows[-1][0] if self.rows else time - interval
        if time <= last:
            return
        gap = time - last
        seconds = float(interval) if gap >= SOON * interval else gap
        row = (time, seconds, *(values.get(limit.metric, nan) for limit in WINDOWED))
        if self.rows and int(last * ROWS // span) == int(time * ROWS // span):
            self.rows[-1] = _merged(self.rows[-1], row)
        else:
            self.rows.append(row)

    def means(self, span: int) -> list[float | None]:
        """The mean of each windowed limit over the last `span` seconds; None where they are not covered."""
        if not self.rows:
            return [None] * len(WINDOWED)
        _, seconds, *columns = zip(*self.rows, strict=True)
        return [_covered_mean(seconds, figures, COVERED * span) for figures in columns]

    def pack(self) -> bytes:
        """As bytes; percentages keep about 7 digits."""
        return b"".join(FORMAT.pack(*row) for row in self.rows)

    @classmethod
    def unpack(cls, blob: bytes) -> "Window":
        """From bytes; what was not written by this version is as good as nothing."""
        return cls(list(FORMAT.iter_unpack(blob)) if len(blob) % FORMAT.size == 0 else [])


def _covered_mean(seconds: Row, figures: Row, needed: float) -> float | None:
    covered, total = sum(seconds), sum(map(mul, seconds, figures))
    if isnan(total):
        known = [(weight, figure) for weight, figure in zip(seconds, figures, strict=True) if not isnan(figure)]
        covered, total = sum(weight for weight, _ in known), sum(weight * figure for weight, figure in known)
    return round(total / covered, 3) if covered >= needed else None


def _merged(first: Row, second: Row) -> Row:
    seconds = first[1] + second[1]
    pairs = zip(first[2:], second[2:], strict=True)
    return (second[0], seconds, *(_mean(one, first[1], other, second[1]) for one, other in pairs))


def _mean(one: float, weight: float, other: float, other_weight: float) -> float:
    if isnan(one) or isnan(other):
        return one if isnan(other) else other
    return (one * weight + other * other_weight) / (weight + other_weight)
