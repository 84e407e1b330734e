"""Incidents as rows: events are written, flags follow, and people are told; all in the caller's transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from virtadmin.alerting.evaluation import Change
from virtadmin.alerting.events import incidents_opened
from virtadmin.alerting.judging import Event, Open
from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.live import incidents_changed
from virtadmin.alerting.models import Incident, Threshold
from virtadmin.alerting.subject import SERVER, URL, Subject
from virtadmin.alerting.telling.repeats import reminder_after
from virtadmin.alerting.telling.tell import happened_tell
from virtadmin.alerting.telling.writing import Happened, tellings_drop
from virtadmin.alerting.watched import watched_read
from virtadmin.core.upsert import upsert
from virtadmin.websites.models import UrlState

ROWS_A_BATCH = 500
OTHER_FLAGS = {Incident.Kind.CERTIFICATE_EXPIRY.value: "ssl_expiration_date_notified"}
"""The flag of UrlState that says an incident is open, by kind."""
MOVED_FIELDS = ["level", "limit", "value", "peak", "window", "place", "closed", "open_key", "ending", "next_repeat"]


def open_incidents(subjects: Iterable[Subject]) -> Open:
    """The open incidents of servers and websites, by what they are about and kind. One query for each of both."""
    ids: dict[str, list[int]] = {SERVER: [], URL: []}
    for subject in subjects:
        ids[subject.what].append(subject.pk)
    opened = Incident.objects.filter(open_key__isnull=False)
    of_servers = opened.filter(server_id__among=ids[SERVER]) if ids[SERVER] else ()
    of_urls = opened.filter(url_id__among=ids[URL]) if ids[URL] else ()
    return {(row.subject, row.kind): row for row in (*of_servers, *of_urls)}


def events_apply(events: Sequence[Event], at: datetime) -> None:
    """Write what happened and tell whom it concerns. Events of what is paused or deleted are dropped.

    The number of queries does not grow with the number of servers and websites.
    """
    if not events:
        return
    watched = watched_read({event.subject for event in events}, enabled=True)
    events = [event for event in events if event.subject in watched]
    happened = [*_opened(events, at), *_moved(events, at)]
    flags_follow(incident for _, incident in happened)
    happened_tell(happened, watched, at)
    _announce(happened)
    incidents_changed(incident for _, incident in happened)


def peaks_save(peaks: Mapping[int, float], found: Open) -> None:
    """Keep the new peaks, given by incident."""
    risen = [row for row in found.values() if row.pk in peaks]
    for row in risen:
        row.peak = peaks[row.pk]
    if risen:
        upsert(Incident, risen, ["id"], ["peak"])


def flags_follow(incidents: Iterable[Incident]) -> None:
    """Set each `*_notified` to whether an incident of that limit, or of that certificate, is open now."""
    by_flag: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for incident in incidents:
        flag = LIMITS[incident.kind].flag if incident.kind in LIMITS else OTHER_FLAGS.get(incident.kind)
        if flag:
            by_flag[flag, incident.open_key is not None].append(incident.subject.pk)
    for (flag, is_open), ids in by_flag.items():
        if flag in OTHER_FLAGS.values():
            UrlState.objects.filter(url_id__in=ids).update(**{flag: is_open})
        else:
            Threshold.objects.filter(server_id__in=ids).update(**{flag: is_open})


def incidents_end(which: QuerySet[Incident], ending: Incident.Ending, at: datetime) -> None:
    """Close open incidents that nobody watches any more. Quietly: a message would tell of a recovery that nobody has
    seen. Who paused it knows; the page shows the ending."""
    rows = list(which.select_for_update().order_by("pk"))
    for row in rows:
        incident_close(row, ending, at)
        row.save(update_fields=["closed", "open_key", "ending", "next_repeat"])
    if rows:
        tellings_drop([row.pk for row in rows])
        flags_follow(rows)
        incidents_changed(rows)


def incident_close(incident: Incident, ending: str, at: datetime) -> None:
    """Turn an incident into a closed one; the caller saves it. None ends before it began, whatever clocks said then."""
    incident.closed, incident.open_key = max(at, incident.opened), None
    incident.ending, incident.next_repeat = ending, None


def _announce(happened: Happened) -> None:
    """Let higher parts hear of what was opened or became critical, once it is written."""
    changes = (Change.OPEN, Change.RISE)
    news = [(row, row.server_id) for event, row in happened if event.change in changes]
    opened = [(row.pk, server_id, row.kind) for row, server_id in news if server_id]
    if opened:
        transaction.on_commit(lambda: _send(opened), robust=True)


def _send(opened: list[tuple[int, int, str]]) -> None:
    incidents_opened.send(Incident, incidents=opened)


def _opened(events: Iterable[Event], at: datetime) -> Happened:
    """Open incidents. Should another process have opened the same one just now, that one stands and this is dropped."""
    rows = {row.uid: (event, row) for event in events if event.change == Change.OPEN for row in [_new(event, at)]}
    if not rows:
        return []
    fresh = [row for _, row in rows.values()]
    Incident.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=ROWS_A_BATCH)
    return [(rows[row.uid][0], row) for row in Incident.objects.filter(uid__in=list(rows)).order_by("pk")]


def _new(event: Event, at: datetime) -> Incident:
    return Incident(
        server_id=event.subject.server_id,
        url_id=event.subject.url_id,
        kind=event.kind,
        level=event.level,
        opened=at,
        open_key=event.subject.key(event.kind),
        limit=event.limit,
        value=event.value,
        peak=event.value,
        window=event.window,
        place=event.place[:300],
        stage=event.stage,
        reason=event.reason[:300],
        hint=event.hint[:300],
        next_repeat=reminder_after(event.kind, event.context, at),
        context=dict(event.context),
    )


def _moved(events: Iterable[Event], at: datetime) -> Happened:
    """Raise and close incidents, those that are still open: the rows are locked, so each is closed once."""
    by_id = {event.incident.pk: event for event in events if event.incident}
    if not by_id:
        return []
    rows = list(Incident.objects.select_for_update().filter(pk__in=list(by_id), open_key__isnull=False).order_by("pk"))
    for row in rows:
        _move(row, by_id[row.pk], at)
    context = ["context"] if any(event.context for event in by_id.values()) else []
    upsert(Incident, rows, ["id"], [*MOVED_FIELDS, *context])
    return [(by_id[row.pk], row) for row in rows]


def _move(row: Incident, event: Event, at: datetime) -> None:
    row.value, row.limit = event.value, event.limit
    row.peak = max(row.peak or 0, event.value) if event.value is not None else row.peak
    row.level = event.level
    if event.context:
        row.context = dict(event.context)
    if event.change == Change.RISE:
        row.window, row.place = event.window, event.place[:300]
        if row.kind in OTHER_FLAGS:  # its steps are over, what is told now is the last of them
            row.next_repeat = None
    if event.change == Change.CLOSE:
        incident_close(row, event.why, at)
