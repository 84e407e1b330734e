"""What a chart marks on its time axis: incidents, silences and maintenance of one server or website."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from virtadmin.accounts.models import User
from virtadmin.alerting.forecasts.outlook import FORECAST_OF
from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.rules.coverage import Placed, people, subjects_placed
from virtadmin.alerting.rules.maintenance import maintenance_visible
from virtadmin.alerting.rules.quiet import MAINTENANCE, covers
from virtadmin.alerting.rules.recurrence import between
from virtadmin.alerting.rules.silences import silences_visible
from virtadmin.alerting.selectors import incidents_visible
from virtadmin.alerting.subject import Watched, subject_of
from virtadmin.metrics.series import MOUNT

INCIDENT, SILENCE = "incident", "silence"
MOST = 300
"""Marks of each sort: the newest."""
AHEAD, BACK = timedelta(days=366), timedelta(days=5 * 366)
"""How far maintenance is worked out: to a year from now, and over as many years as history is kept."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of time that something is to be said of."""

    what: str
    """INCIDENT, SILENCE or MAINTENANCE."""
    label: str
    start: datetime
    end: datetime | None
    """None = it goes on."""
    metrics: tuple[str, ...] = ()
    """The metrics it concerns; none = all."""
    level: str = ""
    """Of an incident."""
    pk: int = 0
    """Of the incident, silence or maintenance window."""


def marks_between(user: User, about: Watched, start: datetime, end: datetime) -> list[Mark]:
    """What was in start ≤ time ≤ end, as far as the user may see it, by its beginning. Whether they may see what it is
    about was asked before. Maintenance is told by the windows as they are set now."""
    placed = subjects_placed([subject_of(about)])[subject_of(about)]
    found = [*_incidents(user, placed, start, end), *_silences(user, placed, start, end)]
    found += _maintenance(user, placed, start, end)
    return sorted(found, key=lambda mark: (mark.start, mark.what, mark.pk))


def _incidents(user: User, placed: Placed, start: datetime, end: datetime) -> Iterator[Mark]:
    subject = placed.subject
    rows = incidents_visible(user).filter(server=subject.server_id, url=subject.url_id, opened__lte=end)
    for row in rows.filter(Q(closed=None) | Q(closed__gte=start))[:MOST]:
        label = f"{row.get_kind_display()}: limit {row.limit} % crossed" if row.limit else row.get_kind_display()
        yield Mark(INCIDENT, label, row.opened, row.closed, _metrics(row.kind, row.place), row.level, row.pk)


def _silences(user: User, placed: Placed, start: datetime, end: datetime) -> Iterator[Mark]:
    rows = silences_visible(user).filter(Q(ends=None) | Q(ends__gte=start), starts__lte=end)
    for row in _meant(rows, placed):
        label = f"silenced: {row.reason}" if row.reason else "silenced"
        yield Mark(SILENCE, label, row.starts, row.ends, _metrics(row.kind), pk=row.pk)


def _maintenance(user: User, placed: Placed, start: datetime, end: datetime) -> list[Mark]:
    end = min(end, timezone.now() + AHEAD)
    start = max(start, end - BACK)
    found = [
        Mark(MAINTENANCE, f"maintenance: {row.name}", one.start, one.end, pk=row.pk)
        for row in _meant(maintenance_visible(user).filter(enabled=True), placed)
        for one in between(row.recurrence, start, end)
    ]
    return sorted(found, key=lambda mark: mark.start)[-MOST:]


def _meant(rows: QuerySet[Any], placed: Placed) -> list[Any]:
    """The rules that cover it, the newest of those that could."""
    named = Q(server=None) | Q(server=placed.server), Q(url=None) | Q(url=placed.subject.url_id)
    listed = list(rows.filter(*named)[:MOST])
    owners = people(row.owner_id for row in listed)
    return [row for row in listed if covers(row, placed, getattr(row, "kind", ""), owners[row.owner_id])]


def _metrics(kind: str, place: str = "") -> tuple[str, ...]:
    """What incidents of a kind are about; those of a disk are about its mount, too."""
    mount = (MOUNT + place,) if place else ()
    if kind in LIMITS:
        limit = LIMITS[kind]
        return (limit.metric, *mount, limit.needs) if limit.needs else (limit.metric, *mount)
    return (FORECAST_OF[kind], *mount) if kind in FORECAST_OF else ()
