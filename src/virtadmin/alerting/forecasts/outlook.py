"""What of a server is full soon: disks and memory, by their history.

Two views of the past are taken and the sooner end counts: four weeks, which know slow growth from the saw teeth of
nightly jobs, and the last six hours of what is nearly full, as a log that runs away is over before weeks show it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from virtadmin.alerting.evaluation import WARNING, Change, Reason, Transition
from virtadmin.alerting.models import Incident
from virtadmin.metrics.capacity import LOOK_BACK, MEMORY, MOST_MOUNTS, POINTS
from virtadmin.metrics.series import MOUNT
from virtadmin.metrics.store import history
from virtadmin.metrics.trend import SHORTEST, forecast

HOUR = 3600
OPENS_UNDER = 24.0
"""Hours left at which people are told."""
CLOSES_OVER = 36.0
"""Hours left at which it is called over, so that it does not open and close by turns."""
DISK, RAM = Incident.Kind.DISK_FORECAST.value, Incident.Kind.RAM_FORECAST.value
FORECAST_OF = {DISK: "hdd_usage", RAM: MEMORY}
"""The metric that each kind of incident is a forecast of."""
LEAST = 60.0
"""Percent in use below which nothing is looked at: what has grown steadily for three days and is full in another day
and a half, is two thirds full."""
GLANCE = 0.25
"""The share of what a straight line would have grown that is asked before the trend is worked out."""


@dataclass(frozen=True, slots=True)
class View:
    """A stretch of the past, and what it is good for."""

    look_back: float
    """Seconds."""
    points: int
    shortest: float
    """Seconds that the points must span."""
    least: float
    """Percent in use below which it is not taken."""


VIEWS = (View(LOOK_BACK, POINTS, SHORTEST, LEAST), View(6 * HOUR, 72, 2 * HOUR, 80.0))


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that can fill up: its series, how much there is, how much is in use, where."""

    kind: str
    series: str
    size: float
    used: float
    place: str = ""

    @property
    def percent(self) -> float:
        """In use."""
        return 100 * self.used / self.size


@dataclass(frozen=True, slots=True)
class Outlook:
    """The hours left until `place` is full; None where nothing says that it will be."""

    hours: float | None
    place: str = ""


def decide(is_open: bool, outlook: Outlook) -> Transition:
    """Whether an incident opens or closes. They alternate, whatever the outlooks. Pure."""
    hours = outlook.hours
    if is_open:
        over = hours is None or hours > CLOSES_OVER
        return (
            Transition(Change.CLOSE, Reason.RECOVERED) if over else Transition(Change.NONE, Reason.STILL_OVER, WARNING)
        )
    if hours is not None and hours <= OPENS_UNDER:
        return Transition(Change.OPEN, Reason.CROSSED, WARNING)
    return Transition(Change.NONE, Reason.BELOW)


def hours_left(points: Sequence[tuple[float, float]], size: float, used: float, shortest: float) -> float | None:
    """Until `size` is reached from `used` now, at the trend of (Unix seconds, value) points; None where that is not
    known or far away. Pure."""
    if not points or not _may_matter(points, size - points[-1][1]):
        return None
    found = forecast(points, size, shortest=shortest)
    if found is None:
        return None
    if not found.days:
        return 0.0
    slope = (size - points[-1][1]) / (found.days * 24)
    return max(0.0, size - used) / slope


def _may_matter(points: Sequence[tuple[float, float]], left: float) -> bool:
    """Whether what is left could be gone within CLOSES_OVER: a glance, as a trend costs a hundred times more.

    At such a trend the values span so much; a part of it is asked, as trends are not straight.
    """
    values = [value for _, value in points]
    span = (points[-1][0] - points[0][0]) / HOUR
    return max(values) - min(values) >= GLANCE * left * span / CLOSES_OVER


def subjects(values: dict[str, float], details: dict[str, Any]) -> Iterator[Subject]:
    """What a server's newest observation says can fill up. Pure."""
    if (memory := values.get(MEMORY)) is not None:
        yield Subject(RAM, MEMORY, 100.0, memory)
    for mount in details.get("mounts", ())[:MOST_MOUNTS]:
        size = (mount["used"] or 0.0) + (mount["available"] or 0.0)
        if size and not mount["read_only"]:
            yield Subject(DISK, MOUNT + mount["mount"], size, mount["used"] or 0.0, mount["mount"])


def outlooks(server_id: int, observation: dict[str, Any], now: float) -> dict[str, Outlook]:
    """Of disks and memory, what is full first, by the history. Raises HistoryAway."""
    found = {kind: Outlook(None) for kind in FORECAST_OF}
    for subject in subjects(observation.get("values", {}), observation.get("details", {})):
        for view in VIEWS:
            hours = _hours(server_id, subject, view, now) if subject.percent >= view.least else None
            soonest = found[subject.kind].hours
            if hours is not None and (soonest is None or hours < soonest):
                found[subject.kind] = Outlook(hours, subject.place)
    return found


def _hours(server_id: int, subject: Subject, view: View, now: float) -> float | None:
    points = history().range(server_id, subject.series, now - view.look_back, now, view.points)
    return hours_left([(one.time, one.mean) for one in points], subject.size, subject.used, view.shortest)
