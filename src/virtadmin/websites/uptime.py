"""How much of a time a website was up: up / (up + down), in percent. Pure.

What checks say nothing of (before the first one, while paused, in maintenance) counts neither way.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

DECIMALS = 6
"""A second of five years is seen in so many: nothing rounds up to 100."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds that checks stand for; `held` = down in maintenance."""

    up: int = 0
    down: int = 0
    held: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.up + other.up, self.down + other.down, self.held + other.held)

    @property
    def percent(self) -> float | None:
        """None where nothing is known."""
        known = self.up + self.down
        return round(100 * self.up / known, DECIMALS) if known else None


def by_day(spent: Mapping[date, Spent], first: date, last: date) -> dict[str, Spent]:
    """Every day from the first to the last, as 2026-01-31, those of which nothing is known too."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return {day.isoformat(): spent.get(day, Spent()) for day in days}


def summed(days: Mapping[str, Spent], length: int) -> dict[str, Spent]:
    """The days together whose names begin alike: 7 characters are a month, 4 a year."""
    found: defaultdict[str, Spent] = defaultdict(Spent)
    for name, spent in days.items():
        found[name[:length]] += spent
    return {**found}


def total(days: Iterable[Spent]) -> Spent:
    """All of them together."""
    return sum(days, Spent())
