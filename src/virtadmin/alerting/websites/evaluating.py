"""Checks of websites judged: incidents open, rise and close, and people are told."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from virtadmin.alerting.contracts import UrlSeen
from virtadmin.alerting.incidents import events_apply, incidents_end, open_incidents
from virtadmin.alerting.judging import Open
from virtadmin.alerting.models import Incident
from virtadmin.alerting.subject import URL, Subject
from virtadmin.alerting.telling.repeats import reminder_after
from virtadmin.alerting.websites.changes import changes_notice
from virtadmin.alerting.websites.judging import CERTIFICATE, urls_judge
from virtadmin.core.upsert import upsert
from virtadmin.websites.models import Url


@transaction.atomic(savepoint=False)
def urls_evaluate(*, seen: Sequence[UrlSeen], now: float) -> None:
    """Judge what checks of websites found out; open, raise and close incidents and write the messages, in this
    transaction.

    `now`: Unix seconds. One query for any number of websites; more only when something happens.
    """
    at = datetime.fromtimestamp(now, UTC)
    found = open_incidents({Subject(URL, news.url_id) for news in seen})
    verdict = urls_judge(seen, found, now)
    _expiries_save(verdict.moved, found, at)
    events_apply(verdict.events, at)
    changes_notice(verdict.changed, at)


@transaction.atomic(savepoint=False)
def url_incidents_close_unwatched(*, url: Url) -> None:
    """Close what nobody watches any more: all of a paused website's incidents, and that of a certificate nobody wants
    to be reminded of. Quietly, as `incidents_close_unwatched` does for servers."""
    if url.enabled and url.check_ssl:
        return
    rows = Incident.objects.filter(url=url, open_key__isnull=False)
    if url.enabled:
        incidents_end(rows.filter(kind=CERTIFICATE), Incident.Ending.NOT_MEASURED, timezone.now())
    else:
        incidents_end(rows, Incident.Ending.PAUSED, timezone.now())


def _expiries_save(moved: Mapping[int, dict[str, Any]], found: Open, at: datetime) -> None:
    """Keep what is now known of the certificates, given by incident, and when people are reminded next."""
    rows = [row for row in found.values() if row.pk in moved]
    for row in rows:
        row.context = moved[row.pk]
        row.next_repeat = None if row.acknowledged else reminder_after(row.kind, row.context, at)
    if rows:
        upsert(Incident, rows, ["id"], ["context", "next_repeat"])
