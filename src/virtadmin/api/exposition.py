"""/metrics: the newest samples of the caller's servers, and checks of their websites, for Prometheus and whatever else
reads its text format."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from virtadmin.accounts.models import User
from virtadmin.api.caller import caller
from virtadmin.api.exposition_hub import hub_say
from virtadmin.api.exposition_websites import websites_say
from virtadmin.api.resource import Resource
from virtadmin.collector.memory import taken_load
from virtadmin.metrics.exposition.families import CONTENT_TYPE
from virtadmin.metrics.exposition.instances import instances
from virtadmin.metrics.exposition.node import facts_say, sample_say
from virtadmin.metrics.exposition.text import Page, Voice, label
from virtadmin.servers.models import Server, ServerState
from virtadmin.servers.selectors import servers_visible
from virtadmin.websites.selectors import urls_visible

BATCH = 500
"""Servers whose samples are fetched at once."""
REACHABLE = {ServerState.Status.UP.value: 1, ServerState.Status.DOWN.value: 0}


class Watched(NamedTuple):
    """What is needed of a server that is not paused."""

    pk: int
    name: str
    address: str
    port: int
    interval: int
    disabled: list[str]
    status: str
    facts: dict[str, Any]
    last_update: datetime | None
    cpu: float | None
    ram: float | None
    hdd: float | None


FIELDS = (
    "pk", "name", "ip_address", "port", "interval", "metrics_disabled", "state__status", "state__facts",
    "state__last_update", "state__cpu_usage", "state__ram_usage", "state__hdd_usage",
)  # fmt: skip


class OneForm(DefaultContentNegotiation):
    """The page has one form, whatever the caller would like; scrapers say so in many ways."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class MetricsResource(Resource):
    """The newest samples under node_exporter's names. Lost and paused servers have none."""

    queryset = Server.objects.all()
    schema = None  # no part of the REST API: docs/prometheus.md describes it
    content_negotiation_class = OneForm

    def seen_by(self, user: User) -> QuerySet[Server]:
        return servers_visible(user).filter(enabled=True, enrolled=True).order_by("pk")

    def list(self, request: Request) -> StreamingHttpResponse:
        """The page, sent in pieces."""
        written = page(self.get_queryset())
        if caller(request).is_staff:
            hub_say(written)
        websites_say(urls_visible(caller(request)).filter(enabled=True).order_by("pk"), written)
        parts = written.parts()
        asynchronous = isinstance(request._request, ASGIRequest)  # noqa: SLF001  # no other way to tell
        return StreamingHttpResponse(_awaited(parts) if asynchronous else parts, content_type=CONTENT_TYPE)


def page(servers: QuerySet[Server]) -> Page:
    """All that is said of the servers, none of them paused."""
    written = Page()
    rows = [Watched(*row) for row in servers.values_list(*FIELDS)]
    called = instances({row.pk: (row.name, f"{row.address}:{row.port}") for row in rows})
    for first in range(0, len(rows), BATCH):
        _batch_say(rows[first : first + BATCH], called, written)
    return written


def _batch_say(rows: Sequence[Watched], called: dict[int, str], written: Page) -> None:
    taken = taken_load(row.pk for row in rows if row.status == ServerState.Status.UP)
    for row in rows:
        _state_say(row, called[row.pk], written)
        if row.pk in taken:
            at, sample = taken[row.pk]
            sample_say(sample, Voice(written, called[row.pk], at), row.disabled)


def _state_say(row: Watched, instance: str, written: Page) -> None:
    """What the hub knows by itself. What is so now has no time; what was measured has that of its measurement."""
    voice = Voice(written, instance)
    if row.status in REACHABLE:
        voice.say("virtadmin_up", REACHABLE[row.status])
    facts = {"address": row.address, **{name: row.facts.get(name, "") for name in ("os", "cpu", "machine")}}
    voice.say("virtadmin_server_info", 1, ",".join(label(name, value) for name, value in facts.items()))
    voice.say("virtadmin_interval_seconds", row.interval)
    if row.status == ServerState.Status.UP and row.last_update:
        facts_say(row.facts, voice)
        measured = Voice(written, instance, row.last_update.timestamp())
        for metric in ("cpu", "ram", "hdd"):
            percent = getattr(row, metric)
            if percent is not None:
                measured.say("virtadmin_usage_ratio", percent / 100, label("metric", metric))


async def _awaited(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
