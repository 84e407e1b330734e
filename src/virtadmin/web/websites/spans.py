"""How much of today, a week, a month and a year a website was up. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from virtadmin.web.figures import duration
from virtadmin.web.websites.strip import percent
from virtadmin.websites.uptime import Spent, total

YEAR = 365


@dataclass(frozen=True, slots=True)
class Span:
    """A time up to now, and what is known of it."""

    label: str
    text: str
    note: str
    """How long it was down, where it was."""
    was_down: bool


def spans(known: Mapping[date, Spent], today: date) -> list[Span]:
    """Of days (UTC) of which all that is known is given."""
    begins = {
        "Today": today,
        "7 days": today - timedelta(days=6),
        "30 days": today - timedelta(days=29),
        f"{today:%B}": today.replace(day=1),
        "365 days": today - timedelta(days=YEAR - 1),
    }
    return [
        _span(label, total(spent for day, spent in known.items() if day >= first)) for label, first in begins.items()
    ]


def _span(label: str, spent: Spent) -> Span:
    notes = [f"down for {duration(spent.down)}"] if spent.down else []
    notes += [f"{duration(spent.held)} in maintenance"] if spent.held else []
    return Span(label, percent(spent.percent), ", ".join(notes), bool(spent.down))
