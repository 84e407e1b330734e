"""Incidents as rows: events are written, flags follow, and people are told; all in the caller's transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from virtadmin.alerting.evaluation import Change
from virtadmin.alerting.events import incidents_opened
from virtadmin.alerting.judging import Event, Open
from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.models import Incident, Threshold
from virtadmin.alerting.telling.repeats import repeat_after
from virtadmin.alerting.telling.tell import happened_tell
from virtadmin.alerting.telling.writing import Happened
from virtadmin.core.upsert import upsert
from virtadmin.servers.models import Server

ROWS_A_BATCH = 500
MOVED_FIELDS = ["level", "limit", "value", "peak", "window", "place", "closed", "open_key", "ending", "next_repeat"]


def open_incidents(server_ids: Iterable[int]) -> Open:
    """The open incidents of the servers, by server and kind."""
    found = Incident.objects.filter(server_id__among=list(server_ids), open_key__isnull=False)
    return {(row.server_id, row.kind): row for row in found}


def events_apply(events: Sequence[Event], at: datetime) -> None:
    """Write what happened and tell whom it concerns. Events of paused and deleted servers are dropped.

    The number of queries does not grow with the number of servers.
    """
    if not events:
        return
    servers = _servers({event.server_id for event in events})
    events = [event for event in events if event.server_id in servers]
    happened = [*_opened(events, at), *_moved(events, at)]
    flags_follow(happened)
    happened_tell(happened, servers, at)
    _announce(happened)


def peaks_save(peaks: Mapping[int, float], found: Open) -> None:
    """Keep the new peaks, given by incident."""
    risen = [row for row in found.values() if row.pk in peaks]
    for row in risen:
        row.peak = peaks[row.pk]
    if risen:
        upsert(Incident, risen, ["id"], ["peak"])


def flags_follow(happened: Happened) -> None:
    """Set each `*_notified` to whether an incident of that limit is open now."""
    by_flag: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for event, incident in happened:
        if event.kind in LIMITS:
            by_flag[LIMITS[event.kind].flag, incident.open_key is not None].append(event.server_id)
    for (flag, is_open), server_ids in by_flag.items():
        Threshold.objects.filter(server_id__in=server_ids).update(**{flag: is_open})


def incident_close(incident: Incident, ending: str, at: datetime) -> None:
    """Turn an incident into a closed one; the caller saves it."""
    incident.closed, incident.open_key, incident.ending, incident.next_repeat = at, None, ending, None


def _announce(happened: Happened) -> None:
    """Let higher parts hear of what was opened or became critical, once it is written."""
    changes = (Change.OPEN, Change.RISE)
    opened = [(row.pk, row.server_id, row.kind) for event, row in happened if event.change in changes]
    if opened:
        transaction.on_commit(lambda: _send(opened), robust=True)


def _send(opened: list[tuple[int, int, str]]) -> None:
    incidents_opened.send(Incident, incidents=opened)


def _servers(ids: set[int]) -> dict[int, Server]:
    found = Server.objects.filter(pk__in=ids, enabled=True)
    return {server.pk: server for server in found.defer("private_key")}  # no business of a message, and slow to decrypt


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
        server_id=event.server_id,
        kind=event.kind,
        level=event.level,
        opened=at,
        open_key=f"{event.server_id}:{event.kind}",
        limit=event.limit,
        value=event.value,
        peak=event.value,
        window=event.window,
        place=event.place[:300],
        stage=event.stage,
        reason=event.reason[:300],
        hint=event.hint[:300],
        next_repeat=repeat_after(at),
    )


def _moved(events: Iterable[Event], at: datetime) -> Happened:
    """Raise and close incidents, those that are still open: the rows are locked, so each is closed once."""
    by_id = {event.incident.pk: event for event in events if event.incident}
    if not by_id:
        return []
    rows = list(Incident.objects.select_for_update().filter(pk__in=list(by_id), open_key__isnull=False).order_by("pk"))
    for row in rows:
        _move(row, by_id[row.pk], at)
    upsert(Incident, rows, ["id"], MOVED_FIELDS)
    return [(by_id[row.pk], row) for row in rows]


def _move(row: Incident, event: Event, at: datetime) -> None:
    row.value, row.limit = event.value, event.limit
    row.peak = max(row.peak or 0, event.value) if event.value is not None else row.peak
    row.level = event.level
    if event.change == Change.RISE:
        row.window, row.place = event.window, event.place[:300]
    if event.change == Change.CLOSE:
        incident_close(row, event.why, at)
