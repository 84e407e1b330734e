"""Have servers asked out of turn, because what they answer decides what people are told."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import connection, transaction

from virtadmin.alerting.evaluation import Change
from virtadmin.alerting.judging import LOST
from virtadmin.alerting.models import Incident
from virtadmin.alerting.telling.writing import Happened
from virtadmin.servers.models import Server, ServerState


def relatives_ask(happened: Happened, servers: Mapping[int, Server], at: datetime) -> None:
    """Ask what lost servers hang on, and what hangs on (or was lost with) those that are back; after commit."""
    lost = {event.server_id for event, _ in happened if event.kind == LOST and event.change == Change.OPEN}
    back = {incident for event, incident in happened if event.kind == LOST and event.change == Change.CLOSE}
    wanted = {parent for pk in lost if (parent := servers[pk].parent_id)} | (_of_returned(back) if back else set())
    if wanted:
        transaction.on_commit(lambda: ask_soon(wanted, at), robust=True)


def _of_returned(incidents: Collection[Incident]) -> set[int]:
    still = Incident.objects.filter(kind=LOST, open_key__isnull=False)
    children = still.filter(server__parent__in={incident.server_id for incident in incidents})
    outages = {incident.outage_id for incident in incidents} - {None}
    others = still.filter(outage__in=outages) if outages else still.none()
    return {*children.values_list("server_id", flat=True), *others.values_list("server_id", flat=True)}


def ask_soon(server_ids: Collection[int], at: datetime) -> None:
    """Let the collector's next tick ask these servers, but for those that it leaves alone for a while (`retry_at`).

    Rows that are locked are passed over: a round is writing what it has just heard of them.
    """
    skips = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        rows = ServerState.objects.filter(server_id__in=list(server_ids), server__enabled=True, retry_at=None)
        ids = list(rows.select_for_update(skip_locked=skips).values_list("pk", flat=True))
        ServerState.objects.filter(pk__in=ids).update(retry_at=at.timestamp())
