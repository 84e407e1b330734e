"""The rows of what there is to tell, written with the incidents' change. What becomes of them, `telling` decides."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from virtadmin.accounts.models import User
from virtadmin.alerting.evaluation import Change, Reason
from virtadmin.alerting.judging import Event
from virtadmin.alerting.models import Incident, Telling
from virtadmin.alerting.subject import Subject, Watched
from virtadmin.alerting.telling.ancestry import hangs_on, may_be_explained
from virtadmin.alerting.telling.holding import PARENT_WAIT
from virtadmin.servers.models import Server

QUIET = Reason.OFF
"""An incident that ends because nothing is measured any more did not recover, so nobody is told it had."""
ROWS_A_BATCH = 500
What, State = Telling.What, Telling.State
Happened = list[tuple[Event, Incident]]


def tellings_write(
    happened: Happened, watched: Mapping[Subject, Watched], told: Mapping[Subject, list[User]], at: datetime
) -> None:
    """Write what is to be told of these changes. `told`: who is told of each server and website."""
    rows = _openings(happened, watched, told, at)
    moved = {incident.pk: event for event, incident in happened if event.change != Change.OPEN}
    rows += _followers(moved, at) if moved else []
    Telling.objects.bulk_create(rows, ignore_conflicts=True, batch_size=ROWS_A_BATCH)


def tellings_drop(incident_ids: Collection[int]) -> None:
    """What was not told yet of these incidents is not told any more."""
    Telling.objects.filter(incident_id__in=list(incident_ids), state__in=Telling.PENDING).update(
        state=State.DROPPED, hold=""
    )


def _openings(
    happened: Happened, watched: Mapping[Subject, Watched], told: Mapping[Subject, list[User]], at: datetime
) -> list[Telling]:
    hanging = _hanging([event for event, _ in happened if is_doubtful(event)], watched)
    return [
        Telling(
            incident=incident,
            recipient=person,
            what=What.OPENED,
            due=at + PARENT_WAIT if is_doubtful(event) and event.subject in hanging else at,
        )
        for event, incident in happened
        if event.change == Change.OPEN
        for person in told.get(event.subject, [])
    ]


def is_doubtful(event: Event) -> bool:
    """Whether something opens that may be no more than the loss of what it hangs on."""
    return event.change == Change.OPEN and may_be_explained(event.kind, event.stage)


def _hanging(doubtful: Iterable[Event], watched: Mapping[Subject, Watched]) -> set[Subject]:
    """What of these events' subjects hangs on a server that is asked."""
    above = ((event.subject, hangs_on(watched[event.subject])) for event in doubtful)
    parents = {subject: parent for subject, parent in above if parent}
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
    overtaken = [
        row.pk for pk in moved for row in known[pk] if row.what == What.REPEATED and row.state in Telling.PENDING
    ]
    if overtaken:  # what rises is told anew anyway
        Telling.objects.filter(pk__in=overtaken).update(state=State.DROPPED, hold="")
    return [
        Telling(incident_id=pk, recipient_id=row.recipient_id, what=_what(event), due=at)
        for pk, event in moved.items()
        if event.why != QUIET
        for row in known[pk]
        if row.what == What.OPENED and row.state == State.TOLD
    ]


def _what(event: Event) -> Telling.What:
    return What.CLOSED if event.change == Change.CLOSE else What.RISEN
