"""Outages as rows: noticed when most servers are lost at once, or most websites give no answer, settled when no more
are."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Max, Q

from virtadmin.alerting.models import Incident, Outage
from virtadmin.alerting.subject import Subject, Watched
from virtadmin.alerting.telling.hub_check import is_cut_off
from virtadmin.alerting.telling.outage import FEWEST, LONGEST, SPAN, STALE, gathers, is_outage
from virtadmin.alerting.telling.sides import SERVERS, SIDES, WEBSITES, Side, opens, unexplained
from virtadmin.alerting.telling.writing import Happened


def outage_notice(happened: Happened, watched: Mapping[Subject, Watched], at: datetime) -> None:
    """Put what was lost just now into the outage that is going on, or begin one."""
    for side in SIDES:
        lost = [incident.pk for event, incident in happened if opens(event, watched[incident.subject], side)]
        if lost and not (side is WEBSITES and _servers_tell(at)):
            _notice(side, lost, at)


def outages_settle(*, now: datetime) -> None:
    """Have outages that gather no more told: after a look whether it is the hub that is cut off. What hangs on a lost
    server is not part of them; if few are left then, there was none."""
    going_on = list(Outage.objects.filter(told=None).order_by("pk"))
    for side in SIDES:
        if mine := [outage for outage in going_on if outage.of_websites == side.of_websites]:
            _settle_side(side, mine, now)


def _notice(side: Side, lost: list[int], at: datetime) -> None:
    going_on = Outage.objects.filter(told=None, began__gt=at - STALE, of_websites=side.of_websites)
    current = going_on.order_by("pk").first()
    if current is None:
        lost, current = _begun(side, at)
    if current:
        Incident.objects.filter(pk__in=lost).update(outage=current)


def _settle_side(side: Side, going_on: list[Outage], now: datetime) -> None:
    first, others = going_on[0], going_on[1:]
    if others:  # two rounds noticed it at the same time
        Incident.objects.filter(outage__in=others).update(outage=first)
        Outage.objects.filter(pk__in=[other.pk for other in others]).delete()
    newest = first.incidents.aggregate(newest=Max("opened"))["newest"] or first.began
    if gathers(first.began, newest, now) or (side.is_growing() and now < first.began + LONGEST):
        return
    _settle(side, first, now)


def _settle(side: Side, outage: Outage, now: datetime) -> None:
    counted = unexplained(side.lost().filter(outage=outage))
    if len(counted) < FEWEST or (side is WEBSITES and _servers_tell(now)):
        outage.incidents.update(outage=None)
        outage.delete()
        return
    cut_off = is_cut_off()  # takes seconds, so no transaction is open
    with transaction.atomic():
        explained = side.lost().filter(outage=outage).exclude(pk__in=[row.pk for row in counted])
        Incident.objects.filter(pk__in=list(explained.values_list("pk", flat=True))).update(outage=None)
        Outage.objects.filter(pk=outage.pk, told=None).update(cut_off=cut_off, told=now)


def _begun(side: Side, at: datetime) -> tuple[list[int], Outage | None]:
    """What was lost within the span, and a new outage of it, if it is one. All others are asked now: then its extent is
    known within half a minute."""
    rows = unexplained(side.lost().filter(opened__gte=at - SPAN))
    if len(rows) < FEWEST:
        return [], None
    watched = side.watched()
    lost = [row.pk for row in rows if row.subject.pk in watched]
    gone = {row.subject.pk: row.opened for row in side.lost()}
    before = {pk for pk, opened in gone.items() if opened < at - SPAN}
    if not is_outage(len(lost), len(watched - before)):
        return [], None
    transaction.on_commit(partial(side.ask, watched - gone.keys(), at), robust=True)
    return lost, Outage.objects.create(began=at, of_websites=side.of_websites)


def _servers_tell(at: datetime) -> bool:
    """Whether an outage of servers says already that the hub is cut off, or is about to find out."""
    going_on = Outage.objects.filter(of_websites=False)
    return going_on.filter(Q(told=None, began__gt=at - STALE) | Q(cut_off=True, incidents__in=SERVERS.lost())).exists()
