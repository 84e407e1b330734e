"""Have servers asked out of turn, because what they answer decides what people are told."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from virtadmin.alerting.evaluation import Change
from virtadmin.alerting.judging import LOST
from virtadmin.alerting.models import Incident, Outage
from virtadmin.alerting.subject import Subject, Watched
from virtadmin.alerting.telling.ancestry import hangs_on
from virtadmin.alerting.telling.writing import Happened, is_doubtful
from virtadmin.servers.models import ServerState
from virtadmin.websites.models import UrlState

URL_DOWN = Incident.Kind.URL_DOWN.value


def relatives_ask(happened: Happened, watched: Mapping[Subject, Watched], at: datetime) -> None:
    """Ask what lost servers (and websites) hang on, and what hangs on (or was lost with) those that are back; after
    commit."""
    above = {hangs_on(watched[event.subject]) for event, _ in happened if is_doubtful(event)}
    back = {incident for event, incident in happened if event.kind == LOST and event.change == Change.CLOSE}
    wanted = {pk for pk in above if pk} | (_of_returned(back) if back else set())
    if wanted:
        transaction.on_commit(lambda: ask_soon(wanted, at), robust=True)
    up = {event.subject.pk for event, _ in happened if (event.change, event.kind) == (Change.CLOSE, URL_DOWN)}
    if websites := (_websites_of(back) if back else set()) | (_websites_with(up) if up else set()):
        transaction.on_commit(lambda: websites_ask_soon(websites, at), robust=True)


def _of_returned(incidents: Collection[Incident]) -> set[int]:
    still = Incident.objects.filter(kind=LOST, open_key__isnull=False)
    children = still.filter(server__parent__in={incident.server_id for incident in incidents})
    outages = {incident.outage_id for incident in incidents} - {None}
    others = still.filter(outage__in=outages) if outages else still.none()
    found = (*children.values_list("server_id", flat=True), *others.values_list("server_id", flat=True))
    return {pk for pk in found if pk}


def _websites_of(incidents: Collection[Incident]) -> set[int]:
    """The websites that are down on servers that are back; all that are, if the hub was cut off."""
    down = Incident.objects.filter(kind=URL_DOWN, open_key__isnull=False)
    if not Outage.objects.filter(pk__in={incident.outage_id for incident in incidents}, cut_off=True).exists():
        down = down.filter(url__server__in={incident.server_id for incident in incidents})
    return {pk for pk in down.values_list("url_id", flat=True) if pk}


def _websites_with(url_ids: Collection[int]) -> set[int]:
    """The websites that are down since the same outage as these, which are up again."""
    outages = Incident.objects.filter(kind=URL_DOWN, url__in=url_ids, outage__isnull=False).values("outage")
    still = Incident.objects.filter(kind=URL_DOWN, open_key__isnull=False, outage__in=outages)
    return {pk for pk in still.values_list("url_id", flat=True) if pk}


def ask_soon(server_ids: Collection[int], at: datetime) -> None:
    """Let the collector's next tick ask these servers, but for those that it leaves alone for a while (`retry_at`).

    Rows that are locked are passed over: a round is writing what it has just heard of them.
    """
    _hurry(ServerState.objects.filter(server_id__in=list(server_ids), server__enabled=True), at)


def websites_ask_soon(url_ids: Collection[int], at: datetime) -> None:
    """The same for websites."""
    _hurry(UrlState.objects.filter(url_id__in=list(url_ids), url__enabled=True), at)


def _hurry(states: QuerySet[Any], at: datetime) -> None:
    skips = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        ids = list(states.filter(retry_at=None).select_for_update(skip_locked=skips).values_list("pk", flat=True))
        states.model._default_manager.filter(pk__in=ids).update(retry_at=at.timestamp())  # noqa: SLF001
