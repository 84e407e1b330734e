"""Which time the charts of a page show, as its address says. Pure; times are Unix seconds."""

from dataclasses import dataclass

from django.http import QueryDict

HOUR, DAY = 3600, 24 * 3600
RANGES = {
    "1h": ("1 h", HOUR),
    "6h": ("6 h", 6 * HOUR),
    "24h": ("24 h", DAY),
    "7d": ("7 d", 7 * DAY),
    "30d": ("30 d", 30 * DAY),
    "90d": ("90 d", 90 * DAY),
    "15mo": ("15 months", 455 * DAY),
}
"""By its name in addresses: what it is called, and how long it is. The longest is what hours are kept for."""
USUAL, FIRST = "24h", ("1h", "6h")
"""What is shown unless another range is asked for; of what has been watched for a shorter time, the first that holds
all of it."""
LATEST = 253_402_300_799
"""The last second of the year 9999."""


@dataclass(frozen=True, slots=True)
class Span:
    """The newest `seconds`, or a part of the past that somebody zoomed into."""

    name: str
    now: int
    zoom: tuple[int, int] | None = None

    @classmethod
    def of(cls, query: QueryDict, now: float, *, begun: float = 0.0) -> "Span":
        """`?range=7d`, and `&from=…&to=…` inside it; what cannot be is left out. `begun`: since when it is watched."""
        usual = next((name for name in FIRST if now - begun <= RANGES[name][1]), USUAL)
        name = query.get("range", usual)
        ends = [_moment(query.get(end, "")) for end in ("from", "to")]
        zoom = (ends[0], ends[1]) if ends[0] is not None and ends[1] is not None and ends[0] < ends[1] else None
        return cls(name if name in RANGES else usual, int(now), zoom)

    @property
    def label(self) -> str:
        return RANGES[self.name][0]

    @property
    def start(self) -> int:
        """Of the whole range."""
        return self.now - RANGES[self.name][1]

    @property
    def shown(self) -> tuple[int, int]:
        """From when to when."""
        return self.zoom or (self.start, self.now)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Every range: its name and what it is called."""
        return [(name, label) for name, (label, _) in RANGES.items()]


def _moment(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 13 and int(text) <= LATEST else None
