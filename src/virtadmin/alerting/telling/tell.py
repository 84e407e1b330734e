"""Telling people of incidents: at once in the transaction of the change where nothing speaks against it, else later by
the task `alerting.tell`, under row locks, so that each is told once however many processes try.

Locks are taken in one order everywhere: incidents, paces, tellings.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from virtadmin.accounts.models import User
from virtadmin.alerting.evaluation import Change
from virtadmin.alerting.models import CertificateChange, Incident, Telling
from virtadmin.alerting.rules.recipients import audiences
from virtadmin.alerting.subject import Subject, Watched
from virtadmin.alerting.telling.asking import relatives_ask
from virtadmin.alerting.telling.gathered import drafts_of
from virtadmin.alerting.telling.holding import Fate, fate, released
from virtadmin.alerting.telling.joining import FOLLOW_UP, GATHERED, PACES, Course, Piece, bundles
from virtadmin.alerting.telling.moments import moments_mend
from virtadmin.alerting.telling.outages import outage_notice, outages_settle
from virtadmin.alerting.telling.paces import paces_lock, tempos_read, tempos_save
from virtadmin.alerting.telling.repeats import repeats_write
from virtadmin.alerting.telling.scene import Scene, scene
from virtadmin.alerting.telling.streams import STORMY, stream_of
from virtadmin.alerting.telling.writing import Happened, tellings_write
from virtadmin.alerting.websites.changes import changes_tell
from virtadmin.core.retrying import retried
from virtadmin.core.upsert import upsert
from virtadmin.notifications.models import Notification
from virtadmin.notifications.services import notifications_create

What, State = Telling.What, Telling.State
Clock = Callable[[], datetime]


def happened_tell(happened: Happened, watched: Mapping[Subject, Watched], at: datetime) -> None:
    """Write what there is to tell of these changes, and tell what may be told now; in the caller's transaction."""
    if not happened:
        return
    outage_notice(happened, watched, at)
    opened = {event.subject for event, _ in happened if event.change == Change.OPEN}
    told = audiences(opened) if opened else {}
    if any(event.kind in STORMY for event, _ in happened):
        paces_lock(_concerned(happened, told))
    tellings_write(happened, watched, told, at)
    relatives_ask(happened, watched, at)
    _advance(_locked(Q(incident_id__in=[incident.pk for _, incident in happened])), at, others=True)


def tell(*, clock: Clock = timezone.now) -> None:
    """Tell what was waiting or held back and is not any more; remind of what is still open."""
    now = clock()
    moments_mend(now)
    retried(lambda: repeats_write(now=now))
    outages_settle(now=now)
    if Telling.objects.filter(state__in=Telling.PENDING).exists():
        retried(lambda: _tell_pending(now))
    if CertificateChange.objects.exists():
        retried(lambda: changes_tell(now))


def _tell_pending(now: datetime) -> None:
    pending = Telling.objects.filter(state__in=Telling.PENDING).order_by()
    waiting = dict(pending.values_list("pk", "recipient_id"))
    paces_lock(waiting.values())
    _advance(_locked(Q(pk__in=waiting)), now)


def _concerned(happened: Happened, told: Mapping[Subject, list[User]]) -> set[int]:
    """Who may be told of these changes."""
    before = Telling.objects.filter(incident__in=[row.pk for event, row in happened if event.change != Change.OPEN])
    return {person.pk for people in told.values() for person in people} | {
        *before.values_list("recipient_id", flat=True)
    }


def _locked(which: Q) -> list[Telling]:
    return list(Telling.objects.select_for_update().filter(which, state__in=Telling.PENDING).order_by("pk"))


def _advance(rows: list[Telling], now: datetime, *, others: bool = False) -> None:
    """Decide over the rows, write the messages of those that are told now, and save what changed.

    `others`: there may be more that waits to be told than these rows.
    """
    seen = scene(rows, now)
    rows = [row for row in rows if row.incident_id in seen.incidents and row.recipient_id in seen.people]
    before = {row.pk: (row.state, row.hold) for row in rows}
    ready = [row for row in rows if _is_ready(row, seen, now)]
    stormy = [row for row in ready if others and _piece(row, seen).stream in GATHERED]
    behind = _queues(stormy, now) if stormy else set()
    _tell_now([row for row in ready if _piece(row, seen).course not in behind], seen, now)
    changed = [row for row in rows if (row.state, row.hold) != before[row.pk]]
    upsert(Telling, changed, ["id"], ["state", "hold", "due", "notification"])


def _is_ready(row: Telling, seen: Scene, now: datetime) -> bool:
    """Note what becomes of the row. Returns whether it may be told, alone or with others."""
    known = seen.known(row)
    if row.state == State.HELD and not known.hold:
        row.due = released(seen.incidents[row.incident_id].kind, row.hold, now)
        row.state, row.hold = State.WAITING, ""
    decided = fate(row.what, known, row.due, now)
    if decided == Fate.HOLD:
        row.state, row.hold = State.HELD, known.hold
    elif decided == Fate.DROP:
        row.state, row.hold = State.DROPPED, ""
    elif decided == Fate.TELL:
        row.due = min(row.due, now)
    return decided == Fate.TELL


def _queues(rows: list[Telling], now: datetime) -> set[Course]:
    """The streams in which other news wait already, so that these wait with them for the task that tells them all."""
    waiting = Telling.objects.filter(
        state=State.WAITING, due__lte=now, incident__kind__in=STORMY, incident__outage=None,
        recipient__in={row.recipient_id for row in rows},
    )  # fmt: skip
    waiting = waiting.exclude(pk__in=[row.pk for row in rows]).order_by()
    found = waiting.values_list("recipient_id", "what", "incident__kind").distinct()
    return {(person, *stream_of(what, Incident(kind=kind))) for person, what, kind in found}


def _tell_now(ready: list[Telling], seen: Scene, now: datetime) -> None:
    pieces = [_piece(row, seen) for row in ready]
    people = {piece.recipient for piece in pieces}
    tempos = tempos_read(people) if any(piece.stream in PACES for piece in pieces) else {}
    told = _told_lately(people, now) if pieces else {}
    by_id = {row.pk: row for row in ready}
    messages = bundles(pieces, told, tempos, now)
    if not messages:
        return
    tempos_save(messages, tempos, now)
    _write([[by_id[piece.id] for piece in some] for some in messages], seen, now)


def _write(messages: list[list[Telling]], seen: Scene, now: datetime) -> None:
    """Write the messages and note in each telling which one it became part of."""
    drafts = drafts_of(messages, seen, now)
    notifications_create(drafts=[draft for draft, _ in drafts], now=now)
    threads = {draft.thread for draft, _ in drafts}
    # Of one thread and kind a person gets one message at a time, so it is the newest of those.
    found = Notification.objects.filter(thread__in=threads, timestamp=now).order_by("pk")
    ids = {tuple(key): pk for pk, *key in found.values_list("pk", "thread", "kind", "recipient_id")}
    for draft, rows in drafts:
        for row in rows:
            row.state, row.hold, row.due = State.TOLD, "", now
            row.notification_id = ids.get((draft.thread, draft.kind, row.recipient_id))


def _piece(row: Telling, seen: Scene) -> Piece:
    stream, key = stream_of(row.what, seen.incidents[row.incident_id])
    return Piece(row.pk, row.recipient_id, stream, key, row.due)


def _told_lately(people: Collection[int], now: datetime) -> dict[Course, datetime]:
    """When each stream of these people had its newest message, as far as that is not long ago."""
    lately = {"due__gt": now - FOLLOW_UP, "due__lte": now}  # what is still to come was told by a clock that was ahead
    rows = Telling.objects.filter(state=State.TOLD, recipient_id__in=people, **lately)
    newest: dict[Course, datetime] = {}
    for row in rows.select_related("incident"):
        course: Course = (row.recipient_id, *stream_of(row.what, row.incident))
        newest[course] = max(row.due, newest.get(course, row.due))
    return newest
