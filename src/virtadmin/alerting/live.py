"""Open pages hear that incidents changed, or how they are held, once it is written; what exactly they ask."""

from collections.abc import Iterable

from django.db import transaction

from virtadmin.alerting.models import Incident
from virtadmin.alerting.models.quiet import Silence
from virtadmin.core import bus

TOPIC = "incidents"


def incidents_changed(rows: Iterable[Incident | Silence]) -> None:
    """Say of which servers and websites, so that those who may not see them hear nothing."""
    found = list(rows)
    servers = sorted({row.server_id for row in found if row.server_id})
    urls = sorted({row.url_id for row in found if row.url_id})
    if servers or urls:
        transaction.on_commit(lambda: _say(servers, urls), robust=True)


def _say(servers: list[int], urls: list[int]) -> None:
    bus.publish(TOPIC, {"servers": servers, "urls": urls})
