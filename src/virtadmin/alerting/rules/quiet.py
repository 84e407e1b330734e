"""What is held back: silenced, or in maintenance. Held is the telling alone; checking goes on."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q

from virtadmin.alerting.models.quiet import MaintenanceWindow, Silence
from virtadmin.alerting.rules.coverage import Person, Placed, Rule, names, people, sees, subjects_placed
from virtadmin.alerting.rules.recurrence import Occurrence, active, between
from virtadmin.alerting.subject import URL, Subject

SILENCED, MAINTENANCE = "silenced", "maintenance"
NEVER = datetime.max.replace(tzinfo=UTC)
Matter = tuple[Subject, str]
"""What an incident is about, and its kind."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Why messages are held, and until when: None = until somebody ends it."""

    why: str
    until: datetime | None
    rule: Rule
    """The silence or maintenance window."""


def held_back(matters: Collection[Matter], at: datetime) -> dict[Matter, str]:
    """Those that are silenced or in maintenance at that time, and which of both. A handful of queries."""
    return {matter: hold.why for matter, hold in holds(matters, at).items()}


def holds(matters: Collection[Matter], at: datetime) -> dict[Matter, Hold]:
    """The same, with what holds them: of several, what holds longest."""
    running = [*_silences(at), *_windows(at)] if matters else []
    return _held(matters, running) if running else {}


def urls_in_maintenance(url_ids: Collection[int], at: datetime) -> set[int]:
    """Those of the websites that are in maintenance at that time, by key. One query while nothing is."""
    running = [*_windows(at)] if url_ids else []
    found = _held([(Subject(URL, pk), "") for pk in url_ids], running) if running else {}
    return {subject.pk for subject, _ in found}


def maintenance_between(
    subjects: Collection[Subject], start: datetime, end: datetime
) -> dict[Subject, list[Occurrence]]:
    """The times from start to end at which each of them that there is has maintenance, the earliest first. A handful of
    queries, one while nobody plans any."""
    rows = MaintenanceWindow.objects.filter(enabled=True) if subjects else ()
    planned = [(row, times) for row in rows if (times := between(row.recurrence, start, end))]
    placed = subjects_placed(subjects) if planned else {}
    owners = people(row.owner_id for row, _ in planned) if planned else {}
    return {
        subject: sorted(
            {time for row, times in planned if covers(row, place, "", owners[row.owner_id]) for time in times}
        )
        for subject, place in placed.items()
    }


def _held(matters: Collection[Matter], running: Sequence[Hold]) -> dict[Matter, Hold]:
    placed = subjects_placed({subject for subject, _ in matters})
    owners = people(hold.rule.owner_id for hold in running)
    known = [matter for matter in matters if matter[0] in placed]
    found = {matter: _longest(_covering(running, placed[matter[0]], matter[1], owners)) for matter in known}
    return {matter: hold for matter, hold in found.items() if hold}


def _silences(at: datetime) -> Iterable[Hold]:
    rows = Silence.objects.filter(Q(ends=None) | Q(ends__gt=at), starts__lte=at)
    return [Hold(SILENCED, row.ends, row) for row in rows]


def _windows(at: datetime) -> Iterable[Hold]:
    rows = MaintenanceWindow.objects.filter(enabled=True)
    running = ((row, active(row.recurrence, at)) for row in rows)
    return [Hold(MAINTENANCE, occurrence.end, row) for row, occurrence in running if occurrence]


def _covering(running: Iterable[Hold], placed: Placed, kind: str, owners: Mapping[int, Person]) -> list[Hold]:
    return [hold for hold in running if covers(hold.rule, placed, kind, owners[hold.rule.owner_id])]


def covers(rule: Rule, placed: Placed, kind: str, owner: Person) -> bool:
    """Whether a silence or maintenance window of this owner holds what is told of the kind there, whenever it runs."""
    if not names(rule, placed) or not sees(owner, placed):
        return False
    if isinstance(rule, Silence):
        return rule.kind in ("", kind)
    # A window for all is for all they own.
    return bool(rule.server_id or rule.url_id or rule.tag_id) or placed.owner == owner.pk


def _longest(found: list[Hold]) -> Hold | None:
    return max(found, key=lambda hold: hold.until or NEVER, default=None)
