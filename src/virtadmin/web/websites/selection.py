"""Which websites the list shows, and what is known of them besides. Few queries, however many websites."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.functions import Lower, Substr
from django.http import QueryDict

from virtadmin.accounts.models import User
from virtadmin.servers.models import Server
from virtadmin.servers.selectors import servers_visible
from virtadmin.web import selection
from virtadmin.web.condition import Condition
from virtadmin.web.selection import PAGE_SIZE, Selection, overdue
from virtadmin.web.websites.condition import WORDS
from virtadmin.web.websites.listing import COLUMNS
from virtadmin.websites.models import Url, UrlDay, UrlState
from virtadmin.websites.uptime import Spent


@dataclass(frozen=True, slots=True)
class Filters(selection.Filters):
    """What was asked for in the address bar; `server`: only those on the one with this id."""

    server: str = ""
    narrowing: ClassVar[tuple[str, ...]] = (*selection.Filters.narrowing, "server")

    @classmethod
    def of(cls, query: QueryDict) -> "Filters":
        """As the address says."""
        server = query.get("server", "")
        known = server if server.isascii() and server.isdigit() and len(server) < 10 else ""
        return cls(*cls.common(query), known)


def _decided(now: datetime) -> dict[Condition, Q]:
    status, waits = UrlState.Status, Q(state__retry_at__gt=now.timestamp())
    return {
        Condition.PAUSED: Q(enabled=False),
        Condition.DOWN: Q(state__status=status.DOWN),
        Condition.STALE: overdue("state__last_check", now) & ~waits,
        Condition.UNKNOWN: Q(state__failures__gt=0),
        Condition.PENDING: Q(state__status=status.PENDING) | Q(state=None),
        Condition.OVER: Q(state__ssl_expiration_date_notified=True),
    }


WEBSITES = Selection(Url, "urls", ("name", "uri"), WORDS, _decided)


def websites_listed(user: User, filters: Filters, now: datetime) -> QuerySet[Any, dict[str, Any]]:
    """`listing.COLUMNS` of the websites this person may see and asked for, the troubled ones first, then by name."""
    rows = WEBSITES.found(user, filters, now).annotate(called=_called())
    if filters.server:
        rows = rows.filter(server__in=servers_visible(user).filter(pk=filters.server).order_by().values("pk"))
    found: QuerySet[Any, dict[str, Any]] = rows.order_by("trouble", "called", "pk").values(
        *COLUMNS, "trouble", "called"
    )
    return found


def days_known(url_ids: Collection[int], first: date, last: date) -> dict[int, dict[date, Spent]]:
    """What is known of the days of these websites, by their primary keys."""
    found: dict[int, dict[date, Spent]] = defaultdict(dict)
    rows = UrlDay.objects.filter(url__in=url_ids, day__range=(first, last)).order_by()
    for pk, day, up, down, held in rows.values_list("url_id", "day", "up", "down", "held"):
        found[pk][day] = Spent(up, down, held)
    return found


def servers_named(user: User, server_ids: Collection[int]) -> dict[int, str]:
    """The names of those of the servers that this person may see: a website may be shared without its server."""
    return dict(servers_visible(user).filter(pk__in=server_ids).order_by().values_list("pk", "name"))


def websites_on(user: User, server: Server, now: datetime) -> list[dict[str, Any]]:
    """The websites of a server that this person sees, as rows of the list; at most a page of them."""
    return list(websites_listed(user, Filters(server=str(server.pk)), now)[:PAGE_SIZE])


def _called() -> Lower:
    """What it is sorted by: its name, or its address without http:// or https://."""
    plain = Case(
        When(name="", uri__istartswith="https://", then=Substr("uri", len("https://") + 1)),
        When(name="", then=Substr("uri", len("http://") + 1)),
        default=F("name"),
    )
    return Lower(plain)
