"""The rows of what there is to tell, written with the incidents' change. What becomes of them, `telling` decides."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from virtadmin.accounts.models import User
from virtadmin.alerting.evaluation import Change, Reason
from virtadmin.alerting.judging import LOST, Event
from virtadmin.alerting.models import Incident, Telling
from virtadmin.alerting.telling.holding import PARENT_WAIT
from virtadmin.servers.models import Server

QUIET = Reason.OFF
"""An incident that ends because nothing is measured any more did not recover, so nobody is told it had."""
ROWS_A_BATCH = 500
What, State = Telling.What, Telling.State
Happened = list[tuple[Event, Incident]]


def tellings_write(
    happened: Happened, servers: Mapping[int, Server], told: Mapping[int, list[User]], at: datetime
) -> None:
    """Write what is to be told of these changes. `told`: who is told of each server."""
    rows = _openings(happened, servers, told, at)
    moved = {incident.pk: event for event, incident in happened if event.change != Change.OPEN}
    rows += _followers(moved, at) if moved else []
    Telling.objects.bulk_create(rows, ignore_conflicts=True, batch_size=ROWS_A_BATCH)


def tellings_drop(incident_ids: Collection[int]) -> None:
    """What was not told yet of these incidents is not told any more."""
    Telling.objects.filter(incident_id__in=list(incident_ids), state__in=Telling.PENDING).update(
        state=State.DROPPED, hold=""
    )


def _openings(
    happened: Happened, servers: Mapping[int, Server], told: Mapping[int, list[User]], at: datetime
) -> list[Telling]:
    lost = [servers[event.server_id] for event, _ in happened if (event.change, event.kind) == (Change.OPEN, LOST)]
    hanging = _hanging(lost)
    return [
        Telling(
            incident=incident,
            recipient=person,
            what=What.OPENED,
            due=at + PARENT_WAIT if event.kind == LOST and event.server_id in hanging else at,
        )
        for event, incident in happened
        if event.change == Change.OPEN
        for person in told.get(event.server_id, [])
    ]


def _hanging(lost: Iterable[Server]) -> set[int]:
    """Those of the servers that hang on another that is asked."""
    parents = {server.pk: server.parent_id for server in lost if server.parent_id}
    if not parents:
        return set()
    asked = {*Server.objects.filter(pk__in={*parents.values()}, enabled=True).values_list("pk", flat=True)}
    return {child for child, parent in parents.items() if parent in asked}


def _followers(moved: Mapping[int, Event], at: datetime) -> list[Telling]:
    """Rises and closings, for those who were told of the opening. A closing ends what was still to be told."""
    ended = [pk for pk, event in moved.items() if event.change == Change.CLOSE]
    known: dict[int, list[Telling]] = defaultdict(list)
    for row in Telling.objects.select_for_update().filter(incident_id__in=list(moved)).order_by("pk"):
        known[row.incident_id].append(row)
    if any(row.state in Telling.PENDING for pk in ended for row in known[pk]):
        tellings_drop(ended)
    return [
        Telling(incident_id=pk, recipient_id=row.recipient_id, what=_what(event), due=at)
        for pk, event in moved.items()
        if event.why != QUIET
        for row in known[pk]
        if row.what == What.OPENED and row.state == State.TOLD
    ]


def _what(event: Event) -> Telling.What:
    return What.CLOSED if event.change == Change.CLOSE else What.RISEN
