"""The newest figures of one server: what their mean over a window is, and whether they cover it. Pure.

A row is (time, seconds it stands for, one percentage per windowed limit; NaN = not known). A window holds at most about
60 rows: what falls into the same sixtieth of it becomes one, so that an hour's window of 5 s samples stays small.
"""

import struct
from dataclasses import dataclass, field
from math import isnan, nan

from virtadmin.alerting.limits import WINDOWED

COVERED = 0.8
"""The share of a window that samples must cover before it is judged."""
ROWS = 60
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
        while self.rows and self.rows[-1][0] > time + interval:
            self.rows.pop()
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
        self.rows = [row for row in self.rows if row[0] > time - span]

    def mean(self, place: int, *, now: float, span: int) -> float | None:
        """The mean of the `place`-th windowed limit over the last `span` seconds; None while they are not covered."""
        covered = total = 0.0
        for row in self.rows:
            value = row[2 + place]
            if row[0] > now - span and not isnan(value):
                covered += row[1]
                total += row[1] * value
        return round(total / covered, 3) if covered >= COVERED * span else None

    def pack(self) -> bytes:
        """As bytes; percentages keep about 7 digits."""
        return b"".join(FORMAT.pack(*row) for row in self.rows)

    @classmethod
    def unpack(cls, blob: bytes) -> "Window":
        """From bytes; what was not written by this version is as good as nothing."""
        return cls(list(FORMAT.iter_unpack(blob)) if len(blob) % FORMAT.size == 0 else [])


def _merged(first: Row, second: Row) -> Row:
    seconds = first[1] + second[1]
    pairs = zip(first[2:], second[2:], strict=True)
    return (second[0], seconds, *(_mean(one, first[1], other, second[1]) for one, other in pairs))


def _mean(one: float, weight: float, other: float, other_weight: float) -> float:
    if isnan(one) or isnan(other):
        return one if isnan(other) else other
    return (one * weight + other * other_weight) / (weight + other_weight)
