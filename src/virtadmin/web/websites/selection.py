"""Which websites the list shows, and in which order. Few queries, however many websites."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Lower, Substr
from django.http import QueryDict

from virtadmin.accounts.models import User
from virtadmin.servers.models import Server, Tag
from virtadmin.servers.selectors import servers_visible
from virtadmin.web.condition import Condition
from virtadmin.web.selection import Total
from virtadmin.web.websites.condition import WORDS
from virtadmin.web.websites.listing import COLUMNS
from virtadmin.websites.models import Url, UrlDay, UrlState
from virtadmin.websites.selectors import urls_visible
from virtadmin.websites.uptime import Spent

PAGE_SIZE = 100
_UP = Q(enabled=True, state__status=UrlState.Status.UP)
STATUS = {
    "down": Q(enabled=True, state__status=UrlState.Status.DOWN),
    "unknown": _UP & Q(state__failures__gt=0),
    "over": _UP & Q(state__failures=0, state__ssl_expiration_date_notified=True),
    "pending": Q(enabled=True, state__status=UrlState.Status.PENDING),
    "up": _UP & Q(state__failures=0, state__ssl_expiration_date_notified=False),
    "paused": Q(enabled=False),
}
"""Conditions one can filter by, worst first: also the order of the list."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for in the address bar."""

    words: str = ""
    tag: str = ""
    status: str = ""
    server: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "Filters":
        status, server = query.get("status", ""), query.get("server", "")
        known = server if server.isascii() and server.isdigit() and len(server) < 10 else ""
        return cls(
            query.get("q", "").strip()[:100], query.get("tag", "")[:50], status if status in STATUS else "", known
        )

    def __bool__(self) -> bool:
        return bool(self.words or self.tag or self.status or self.server)

    def address(self, **changed: str) -> str:
        """The query string with some of it changed; empty values are left out, and without any it is empty."""
        given = {"q": self.words, "tag": self.tag, "server": self.server, "status": self.status, **changed}
        kept = {name: value for name, value in given.items() if value}
        return f"?{urlencode(kept)}" if kept else ""


def websites_listed(user: User, filters: Filters) -> QuerySet[Url, dict[str, Any]]:
    """`listing.COLUMNS` of the websites this person may see and asked for, the troubled ones first, then by name."""
    rows = urls_visible(user).annotate(trouble=_trouble(), called=_called())
    for word in filters.words.split():
        rows = rows.filter(
            Q(name__icontains=word) | Q(uri__icontains=word) | Q(pk__in=_tagged(Q(name__icontains=word)))
        )
    if filters.tag:
        rows = rows.filter(pk__in=_tagged(Q(name=filters.tag)))
    if filters.server:
        rows = rows.filter(server__in=servers_visible(user).filter(pk=filters.server).order_by().values("pk"))
    if filters.status:
        rows = rows.filter(STATUS[filters.status])
    found: QuerySet[Url, dict[str, Any]] = rows.order_by("trouble", "called", "pk").values(
        *COLUMNS, "trouble", "called"
    )
    return found


def totals(user: User) -> dict[str, int]:
    """How many websites this person sees in each condition, and in `all`."""
    counts = {name: Count("pk", filter=condition, distinct=True) for name, condition in STATUS.items()}
    return urls_visible(user).order_by().aggregate(all=Count("pk", distinct=True), **counts)


def shown_totals(counts: dict[str, int], filters: Filters) -> list[Total]:
    """The conditions some website is in, and the one that is chosen."""
    return [
        Total(name, WORDS[Condition(name)], counts[name], filters.address(status=name))
        for name in STATUS
        if counts[name] or name == filters.status
    ]


def tags_of(url_ids: Collection[int]) -> dict[int, list[str]]:
    """The names of each website's tags, by its primary key."""
    found: dict[int, list[str]] = defaultdict(list)
    for pk, name in Tag.objects.filter(urls__in=url_ids).values_list("urls", "name").order_by("name"):
        found[pk].append(name)
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


def tags_in_use(user: User) -> list[str]:
    """The names of the tags on websites this person sees."""
    seen = urls_visible(user).order_by().values("pk")
    return list(Tag.objects.filter(urls__in=seen).distinct().values_list("name", flat=True))


def websites_on(user: User, server: Server) -> list[dict[str, Any]]:
    """The websites of a server that this person sees, as rows of the list; at most a page of them."""
    return list(websites_listed(user, Filters(server=str(server.pk)))[:PAGE_SIZE])


def _tagged(tag: Q) -> QuerySet[Url, Any]:
    return Url.objects.filter(tags__in=Tag.objects.filter(tag)).values("pk")


def _trouble() -> Case:
    """Where a website stands in `STATUS`: 0 is worst."""
    ranks = [When(condition, then=Value(rank)) for rank, condition in enumerate(STATUS.values())]
    return Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())


def _called() -> Lower:
    """What it is sorted by: its name, or its address without http:// or https://."""
    plain = Case(
        When(name="", uri__istartswith="https://", then=Substr("uri", len("https://") + 1)),
        When(name="", then=Substr("uri", len("http://") + 1)),
        default=F("name"),
    )
    return Lower(plain)
