"""Incidents as rows: events are written, flags follow, and people are told; all in the caller's transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from virtadmin.accounts.models import User
from virtadmin.accounts.selectors import server_audience
from virtadmin.alerting.drafts import draft_of
from virtadmin.alerting.evaluation import Change, Reason
from virtadmin.alerting.judging import Event, Open
from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.models import Incident, Threshold
from virtadmin.core.upsert import upsert
from virtadmin.notifications.services import notifications_create
from virtadmin.servers.models import Server

ROWS_A_BATCH = 500
QUIET = Reason.OFF
"""An incident that ends because nothing is measured any more did not recover, so nobody is told it had."""
MOVED_FIELDS = ["level", "limit", "value", "peak", "closed", "open_key", "ending"]
Happened = list[tuple[Event, Incident]]


def open_incidents(server_ids: Iterable[int]) -> Open:
    """The open incidents of the servers, by server and kind."""
    found = Incident.objects.filter(server_id__in=list(server_ids), open_key__isnull=False)
    return {(row.server_id, row.kind): row for row in found}


def events_apply(events: Sequence[Event], at: datetime) -> None:
    """Write what happened and tell who may see the server. Events of paused and deleted servers are dropped.

    The number of queries does not grow with the number of servers, but for one query per distinct audience.
    """
    if not events:
        return
    servers = _servers({event.server_id for event in events})
    events = [event for event in events if event.server_id in servers]
    happened = [*_opened(events, at), *_moved(events, at)]
    flags_follow(happened)
    audiences: dict[tuple[int, ...], list[User]] = {}
    drafts = [
        draft_of(event, incident, server, _audience(server, audiences), at)
        for event, incident in happened
        if event.why != QUIET
        for server in [servers[event.server_id]]
    ]
    notifications_create(drafts=drafts, now=at)


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
    incident.closed, incident.open_key, incident.ending = at, None, ending


def _servers(ids: set[int]) -> dict[int, Server]:
    found = Server.objects.filter(pk__in=ids, enabled=True).select_related("state").prefetch_related("groups")
    return {server.pk: server for server in found.defer("private_key")}  # no business of a message, and slow to decrypt


def _opened(events: Iterable[Event], at: datetime) -> Happened:
    """Open incidents. Should another process have opened the same one just now, that one stands and this is dropped."""
    rows = {row.uid: (event, row) for event in events if event.change == Change.OPEN for row in [_new(event, at)]}
    if not rows:
        return []
    fresh = [row for _, row in rows.values()]
    Incident.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=ROWS_A_BATCH)
    return [(rows[row.uid][0], row) for row in Incident.objects.filter(uid__in=list(rows))]


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
        stage=event.stage,
        reason=event.reason[:300],
    )


def _moved(events: Iterable[Event], at: datetime) -> Happened:
    """Raise and close incidents, those that are still open: the rows are locked, so each is closed once."""
    by_id = {event.incident.pk: event for event in events if event.incident}
    if not by_id:
        return []
    rows = list(Incident.objects.select_for_update().filter(pk__in=list(by_id), open_key__isnull=False))
    for row in rows:
        _move(row, by_id[row.pk], at)
    upsert(Incident, rows, ["id"], MOVED_FIELDS)
    return [(by_id[row.pk], row) for row in rows]


def _move(row: Incident, event: Event, at: datetime) -> None:
    row.value, row.limit = event.value, event.limit
    row.peak = max(row.peak or 0, event.value) if event.value is not None else row.peak
    row.level = event.level
    if event.change == Change.CLOSE:
        incident_close(row, event.why, at)


def _audience(server: Server, known: dict[tuple[int, ...], list[User]]) -> list[User]:
    groups = sorted(group.pk for group in server.groups.all())
    key = (server.owner_id, *groups)
    if key not in known:
        known[key] = list(server_audience(server.owner_id, groups))
    return known[key]
