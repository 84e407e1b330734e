"""What is held back: silenced, or in maintenance. Held is the telling alone; checking goes on."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q

from virtadmin.alerting.models.quiet import MaintenanceWindow, Silence
from virtadmin.alerting.rules.coverage import Person, Placed, Rule, names, people, sees, servers_placed
from virtadmin.alerting.rules.recurrence import active

SILENCED, MAINTENANCE = "silenced", "maintenance"
NEVER = datetime.max.replace(tzinfo=UTC)
Subject = tuple[int, str]
"""A server's primary key and a kind of incident."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Why messages are held, and until when: None = until somebody ends it."""

    why: str
    until: datetime | None
    rule: Rule
    """The silence or maintenance window."""


def held_back(subjects: Collection[Subject], at: datetime) -> dict[Subject, str]:
    """Those that are silenced or in maintenance at that time, and which of both. A handful of queries."""
    return {subject: hold.why for subject, hold in holds(subjects, at).items()}


def holds(subjects: Collection[Subject], at: datetime) -> dict[Subject, Hold]:
    """The same, with what holds them: of several, what holds longest."""
    running = [*_silences(at), *_windows(at)] if subjects else []
    if not running:
        return {}
    servers = servers_placed({server_id for server_id, _ in subjects})
    owners = people(hold.rule.owner_id for hold in running)
    known = [subject for subject in subjects if subject[0] in servers]
    found = {subject: _longest(_covering(running, servers[subject[0]], subject[1], owners)) for subject in known}
    return {subject: hold for subject, hold in found.items() if hold}


def _silences(at: datetime) -> Iterable[Hold]:
    rows = Silence.objects.filter(Q(ends=None) | Q(ends__gt=at), starts__lte=at)
    return [Hold(SILENCED, row.ends, row) for row in rows]


def _windows(at: datetime) -> Iterable[Hold]:
    rows = MaintenanceWindow.objects.filter(enabled=True)
    running = ((row, active(row.recurrence, at)) for row in rows)
    return [Hold(MAINTENANCE, occurrence.end, row) for row, occurrence in running if occurrence]


def _covering(running: Iterable[Hold], server: Placed, kind: str, owners: Mapping[int, Person]) -> list[Hold]:
    return [hold for hold in running if _covers(hold.rule, server, kind, owners[hold.rule.owner_id])]


def _covers(rule: Rule, server: Placed, kind: str, owner: Person) -> bool:
    if not names(rule, server) or not sees(owner, server):
        return False
    if isinstance(rule, Silence):
        return rule.kind in ("", kind)
    return bool(rule.server_id or rule.tag_id) or server.owner == owner.pk  # a window for all is for all they own


def _longest(found: list[Hold]) -> Hold | None:
    return max(found, key=lambda hold: hold.until or NEVER, default=None)
