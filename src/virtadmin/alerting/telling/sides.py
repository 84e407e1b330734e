"""What may be lost all at once: servers reached over SSH, and websites on the public internet."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from django.db.models import QuerySet

from virtadmin.alerting.evaluation import Change
from virtadmin.alerting.judging import LOST, Event
from virtadmin.alerting.models import Incident
from virtadmin.alerting.subject import Watched
from virtadmin.alerting.telling.ancestry import SILENT, lines
from virtadmin.alerting.telling.asking import ask_soon, websites_ask_soon
from virtadmin.alerting.websites.public import is_public
from virtadmin.servers.models import Server, ServerState
from virtadmin.websites.check.stages import Stage
from virtadmin.websites.models import UrlState

SSH = Server.Transport.SSH
URL_DOWN = Incident.Kind.URL_DOWN.value
UNANSWERED = frozenset({*SILENT, Stage.DNS})
"""What websites show to a hub without a network."""
SECRETS = ("server__private_key", "url__password", "url__secret_headers", "url__server__private_key")


class Side(Protocol):
    """One of both."""

    of_websites: bool

    def counts(self, event: Event, watched: Watched) -> bool:
        """Whether this event is a loss that may be part of an outage."""
        ...

    def lost(self) -> QuerySet[Incident]:
        """What is lost now."""
        ...

    def watched(self) -> set[int]:
        """The keys of all that may be lost."""
        ...

    def is_growing(self) -> bool:
        """Whether something does not answer that does not count as lost yet."""
        ...

    def ask(self, ids: Collection[int], at: datetime) -> None:
        """Have these asked soon."""
        ...


class Servers:
    """Those that are reached over the network."""

    of_websites = False

    def counts(self, event: Event, watched: Watched) -> bool:
        return event.kind == LOST and isinstance(watched, Server) and watched.transport == SSH

    def lost(self) -> QuerySet[Incident]:
        return Incident.objects.filter(kind=LOST, open_key__isnull=False, server__transport=SSH)

    def watched(self) -> set[int]:
        return {*Server.objects.filter(enabled=True, transport=SSH).order_by().values_list("pk", flat=True)}

    def is_growing(self) -> bool:
        waited_for = ServerState.objects.filter(failures__gt=0, server__enabled=True, server__transport=SSH)
        return waited_for.filter(status=ServerState.Status.UP).exists()

    def ask(self, ids: Collection[int], at: datetime) -> None:
        ask_soon(ids, at)


class Websites:
    """Those on the public internet that give no answer at all: a wrong one came over a network that works."""

    of_websites = True

    def counts(self, event: Event, watched: Watched) -> bool:
        return event.kind == URL_DOWN and event.stage in UNANSWERED

    def lost(self) -> QuerySet[Incident]:
        return Incident.objects.filter(kind=URL_DOWN, open_key__isnull=False, stage__in=UNANSWERED)

    def watched(self) -> set[int]:
        rows = UrlState.objects.filter(url__enabled=True).order_by().values_list("pk", "url__uri", "details__address")
        return {pk for pk, uri, address in rows if is_public(uri, address or "")}

    def is_growing(self) -> bool:
        waited_for = UrlState.objects.filter(failures__gt=0, url__enabled=True, status=UrlState.Status.UP)
        return waited_for.exists() or SERVERS.is_growing()

    def ask(self, ids: Collection[int], at: datetime) -> None:
        websites_ask_soon(ids, at)


SERVERS, WEBSITES = Servers(), Websites()
SIDES: tuple[Side, ...] = (SERVERS, WEBSITES)


def opens(event: Event, watched: Watched, side: Side) -> bool:
    """Whether the event is a loss of this side that began just now."""
    return event.change == Change.OPEN and side.counts(event, watched)


def unexplained(lost: QuerySet[Incident]) -> list[Incident]:
    """Those that do not hang on a server that is lost too."""
    rows = list(lost.select_related("server", "url__server").defer(*SECRETS))
    above = lines(row.about for row in rows)
    if not above:
        return rows
    higher = {pk for line in above.values() for pk in line}
    down = {
        *Incident.objects.filter(kind=LOST, open_key__isnull=False, server__in=higher).values_list(
            "server_id", flat=True
        )
    }
    return [row for row in rows if down.isdisjoint(above.get(row.subject, ()))]
