"""Forecast incidents: a disk or the memory is full within a day. The hub looks ahead a slice of the servers a minute,
each once an hour."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from virtadmin.alerting.evaluation import WARNING, Change
from virtadmin.alerting.forecasts.outlook import FORECAST_OF, LEAST, Outlook, decide, outlooks
from virtadmin.alerting.incidents import events_apply, open_incidents
from virtadmin.alerting.judging import Event, Open
from virtadmin.alerting.models import Incident
from virtadmin.alerting.subject import SERVER, Subject
from virtadmin.metrics.errors import HistoryAway
from virtadmin.servers.models import Server, ServerState

logger = logging.getLogger(__name__)
SLICES = 60


def forecasts_judge(*, now: float, slices: int = SLICES) -> int:
    """Look ahead for the servers whose turn this minute is; open and close incidents, and tell of them.

    Servers that are lost or paused are left as they are, and so is everything when the history cannot be asked.
    `now`: Unix seconds. Returns how many servers were looked at.
    """
    rows = list(_due(int(now // 60) % slices, slices))
    found = open_incidents([Subject(SERVER, pk) for pk, *_ in rows])
    events: list[Event] = []
    looked = 0
    try:
        for pk, disabled, observation in rows:
            ahead = outlooks(pk, observation, now)
            events += _events(pk, {kind: ahead[kind] for kind in ahead if FORECAST_OF[kind] not in disabled}, found)
            looked += 1
    except HistoryAway as away:
        logger.warning("Nothing is foretold for %d servers now: %s", len(rows) - looked, away.message)
    with transaction.atomic():
        events_apply(events, datetime.fromtimestamp(now, UTC))
    return looked


def _due(part: int, slices: int) -> "QuerySet[Server, tuple[int, list[str], dict[str, Any]]]":
    """The servers of this part that are up, and are half full somewhere or have something foretold."""
    foretold = Incident.objects.filter(kind__in=list(FORECAST_OF), open_key__isnull=False).order_by().values("server")
    matters = Q(state__hdd_usage__gte=LEAST) | Q(state__ram_usage__gte=LEAST) | Q(pk__in=foretold)
    up = Server.objects.filter(enabled=True, state__status=ServerState.Status.UP).annotate(part=F("pk") % slices)
    return up.filter(matters, part=part).order_by("pk").values_list("pk", "metrics_disabled", "state__metrics")


def _events(server_id: int, ahead: dict[str, Outlook], found: Open) -> Iterable[Event]:
    server = Subject(SERVER, server_id)
    for kind, outlook in ahead.items():
        incident = found.get((server, kind))
        decided = decide(incident is not None, outlook)
        if decided.change != Change.NONE:
            hours = None if outlook.hours is None else round(outlook.hours, 1)
            yield Event(
                change=decided.change,
                subject=server,
                kind=kind,
                why=decided.reason,
                level=WARNING,
                incident=incident,
                value=hours,
                place=outlook.place,
            )
