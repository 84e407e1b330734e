"""How fine the `sql` store's history is, and how long: raw points, then rolled ones. Pure; times are Unix seconds."""

from dataclasses import dataclass
from typing import NamedTuple

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
RAW_KEEP = 48 * HOUR
"""How long each single observation is kept; one that comes later than that is dropped."""
PRUNE_AFTER = RAW_KEEP + HOUR
"""Raw points go this old: an hour for what came at the last moment to be rolled up together with its neighbours."""


SLACK = 1.02
"""What begins so little before a tier does is read of it: "the last 14 days", asked a moment ago."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Points that each sum up `step` seconds, kept for `keep` seconds."""

    number: int
    """As it is stored."""
    step: int
    keep: int

    def begin(self, time: float) -> int:
        """The start of the stretch that the time is in."""
        return int(time // self.step) * self.step


TIERS = (
    Tier(1, 5 * MINUTE, 14 * DAY),
    Tier(2, HOUR, 455 * DAY),
    Tier(3, DAY, 5 * 365 * DAY + DAY),
)
"""From fine to coarse; each step divides the next."""
FINEST = TIERS[0]


class Segment(NamedTuple):
    """A part of a query: points of the tier (None = raw) with start ≤ time < end."""

    tier: Tier | None
    start: int
    end: int


def tier_for(start: float, now: float) -> Tier | None:
    """The finest tier that still has `start`, None for the raw points; the coarsest one if none has."""
    age = (now - start) / SLACK
    if age <= RAW_KEEP:
        return None
    return next((tier for tier in TIERS if age <= tier.keep), TIERS[-1])


def segments(start: float, end: float, now: float, rolled: int) -> list[Segment]:
    """Where the points in start ≤ time ≤ end are to be read, in order of time.

    `rolled`: up to when there are rolled points. What came after the tier's last whole stretch is read from the finer
    tiers, and the newest of all from the raw points.
    """
    chosen, last = tier_for(start, now), int(end) + 1
    finer = [] if chosen is None else [tier for tier in reversed(TIERS) if tier.number <= chosen.number]
    found, at = [], int(start)
    for tier in finer:
        begin = tier.begin(at)
        until = min(tier.begin(rolled), tier.begin(last - 1) + tier.step)
        if begin < until:
            found.append(Segment(tier, begin, until))
            at = until
    if at < last:
        found.append(Segment(None, at, last))
    return found
