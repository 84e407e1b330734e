"""How long disks and memory last: the trend of the last four weeks, drawn on to the end."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from virtadmin.metrics.errors import HistoryAway
from virtadmin.metrics.series import MOUNT
from virtadmin.metrics.store import history
from virtadmin.metrics.trend import DAY, Forecast, forecast

LOOK_BACK = 28 * DAY
POINTS = 112
"""A mean for each 6 hours: a nightly backup is no trend, and all pairs of them are soon compared."""
MEMORY = "ram_usage"
FIELDS = [field.name for field in fields(Forecast)]
MOST_MOUNTS = 16
"""Mounts that are looked at: the fullest."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What of a server runs out when. None where nothing can be said (`trend.forecast`)."""

    ram: Forecast | None
    mounts: dict[str, Forecast | None]
    """By mount point, the fullest first; those that can be written to."""

    def as_json(self) -> dict[str, Any]:
        """As plain JSON, rounded."""
        mounts = [{"mount": path, **_shown(found)} for path, found in self.mounts.items()]
        return {"ram": _shown(self.ram), "mounts": mounts}

    def values(self) -> dict[str, float]:
        """Days left by series (`ram_usage`, `mount:PATH`), for limits to be held against; only what can be said."""
        known = {MEMORY: self.ram, **{MOUNT + path: found for path, found in self.mounts.items()}}
        return {name: found.days for name, found in known.items() if found}


def server_capacity(subject: int, details: dict[str, Any], now: float) -> Capacity:
    """What the history of a subject says, with the mounts as its newest observation's details list them."""
    mounts = {path: _ahead(subject, MOUNT + path, size, now) for path, size in _sizes(details)}
    return Capacity(_ahead(subject, MEMORY, 100.0, now), mounts)


def _sizes(details: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """(path, GiB there are for use) of the mounts that can fill up."""
    fillable = [mount for mount in details.get("mounts", ()) if not mount["read_only"] and mount["used"] is not None]
    for mount in fillable[:MOST_MOUNTS]:
        yield mount["mount"], mount["used"] + (mount["available"] or 0.0)


def _ahead(subject: int, series: str, end: float, now: float) -> Forecast | None:
    try:
        points = history().range(subject, series, now - LOOK_BACK, now, POINTS)
    except HistoryAway:
        return None
    return forecast([(point.time, point.mean) for point in points], end)


def _shown(found: Forecast | None) -> Mapping[str, float | None]:
    if found is None:
        return dict.fromkeys(FIELDS)
    return {name: None if value is None else round(value, 2) for name, value in asdict(found).items()}
