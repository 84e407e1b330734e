"""Outages as rows: noticed when most servers are lost at once, settled when no more are."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max, QuerySet

from virtadmin.alerting.evaluation import Change
from virtadmin.alerting.judging import LOST
from virtadmin.alerting.models import Incident, Outage
from virtadmin.alerting.subject import Subject, Watched
from virtadmin.alerting.telling.ancestry import ancestors
from virtadmin.alerting.telling.asking import ask_soon
from virtadmin.alerting.telling.hub_check import is_cut_off
from virtadmin.alerting.telling.outage import FEWEST, LONGEST, SPAN, STALE, gathers, is_outage
from virtadmin.alerting.telling.writing import Happened
from virtadmin.servers.models import Server, ServerState

SSH = Server.Transport.SSH


def outage_notice(happened: Happened, watched: Mapping[Subject, Watched], at: datetime) -> None:
    """Put the servers that were lost just now into the outage that is going on, or begin one."""
    lost = [incident for event, incident in happened if (event.change, event.kind) == (Change.OPEN, LOST)]
    servers = ((incident, watched[incident.subject]) for incident in lost)
    remote = [incident.pk for incident, row in servers if isinstance(row, Server) and row.transport == SSH]
    if not remote:
        return
    current = Outage.objects.filter(told=None, began__gt=at - STALE).order_by("pk").first()
    if current is None:
        remote = [row.pk for row in _unexplained(_lost().filter(opened__gte=at - SPAN))]
        current = _begun(remote, at)
    if current:
        Incident.objects.filter(pk__in=remote).update(outage=current)


def outages_settle(*, now: datetime) -> None:
    """Have outages that gather no more told: after a look whether it is the hub that is cut off. What hangs on a lost
    server is not part of them; if few are left then, there was none."""
    going_on = list(Outage.objects.filter(told=None).order_by("pk"))
    if not going_on:
        return
    first, others = going_on[0], going_on[1:]
    if others:  # two rounds noticed it at the same time
        Incident.objects.filter(outage__in=others).update(outage=first)
        Outage.objects.filter(pk__in=[other.pk for other in others]).delete()
    newest = first.incidents.aggregate(newest=Max("opened"))["newest"] or first.began
    if gathers(first.began, newest, now) or (_is_growing() and now < first.began + LONGEST):
        return
    _settle(first, now)


def _settle(outage: Outage, now: datetime) -> None:
    counted = _unexplained(_lost().filter(outage=outage))
    if len(counted) < FEWEST:
        outage.incidents.update(outage=None)
        outage.delete()
        return
    cut_off = is_cut_off()  # takes seconds, so no transaction is open
    with transaction.atomic():
        explained = _lost().filter(outage=outage).exclude(pk__in=[row.pk for row in counted])
        Incident.objects.filter(pk__in=list(explained.values_list("pk", flat=True))).update(outage=None)
        Outage.objects.filter(pk=outage.pk, told=None).update(cut_off=cut_off, told=now)


def _lost() -> QuerySet[Incident]:
    """The remote servers that are lost now."""
    return Incident.objects.filter(kind=LOST, open_key__isnull=False, server__transport=SSH)


def _unexplained(lost: QuerySet[Incident]) -> list[Incident]:
    """Those that do not hang on a server that is lost too."""
    rows = list(lost.select_related("server").defer("server__private_key"))
    above = ancestors(row.server for row in rows if row.server)
    if not above:
        return rows
    higher = {pk for line in above.values() for pk in line}
    down = {*_lost().filter(server__in=higher).values_list("server_id", flat=True)}
    return [row for row in rows if down.isdisjoint(above.get(row.server_id or 0, ()))]


def _begun(lost: list[int], at: datetime) -> Outage | None:
    """A new outage, if it is one. All others are asked now: then its extent is known within half a minute."""
    if len(lost) < FEWEST:
        return None
    watched = Server.objects.filter(enabled=True, transport=SSH)
    lost_before = _lost().filter(opened__lt=at - SPAN)
    if not is_outage(len(lost), watched.count() - lost_before.count()):
        return None
    others = watched.exclude(incidents__in=_lost()).values_list("pk", flat=True)
    transaction.on_commit(lambda: ask_soon(list(others), at), robust=True)
    return Outage.objects.create(began=at)


def _is_growing() -> bool:
    """Whether servers do not answer that do not count as lost yet."""
    waited_for = ServerState.objects.filter(failures__gt=0, server__enabled=True, server__transport=SSH)
    return waited_for.filter(status=ServerState.Status.UP).exists()
