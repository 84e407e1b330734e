"""Which servers the first page lists, and in which order. Few queries, however many servers."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.http import QueryDict

from virtadmin.accounts.models import User
from virtadmin.servers.models import Server, ServerState, Tag
from virtadmin.servers.selectors import servers_visible
from virtadmin.web.condition import LIMITED, WORDS, Condition
from virtadmin.web.listing import COLUMNS

PAGE_SIZE = 1000
OVER = Q(*[(f"threshold__{name}_notified", True) for name in LIMITED], _connector=Q.OR)
STATUS = {
    "down": Q(enabled=True, state__status=ServerState.Status.DOWN),
    "over": Q(enabled=True) & ~Q(state__status=ServerState.Status.DOWN) & OVER,
    "unknown": Q(enabled=True, state__status=ServerState.Status.UNKNOWN),
    "pending": Q(enabled=True, state__status=ServerState.Status.PENDING),
    "up": Q(enabled=True, state__status=ServerState.Status.UP) & ~OVER,
    "paused": Q(enabled=False),
}
"""Conditions one can filter by, worst first: also the order of the list."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for in the address bar."""

    words: str = ""
    tag: str = ""
    status: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "Filters":
        status = query.get("status", "")
        return cls(query.get("q", "").strip()[:100], query.get("tag", "")[:50], status if status in STATUS else "")

    def __bool__(self) -> bool:
        return bool(self.words or self.tag or self.status)

    def address(self, **changed: str) -> str:
        """The query string with some of it changed; empty values are left out."""
        given = {"q": self.words, "tag": self.tag, "status": self.status, **changed}
        return "?" + urlencode({name: value for name, value in given.items() if value})


def servers_listed(user: User, filters: Filters) -> QuerySet[Server, dict[str, Any]]:
    """`listing.COLUMNS` of the servers this person may see and asked for, the troubled ones first, then by name."""
    rows = servers_visible(user).annotate(trouble=_trouble(), link_found=F("state__facts__link_speed"))
    for word in filters.words.split():
        rows = rows.filter(
            Q(name__icontains=word) | Q(ip_address__icontains=word) | Q(pk__in=_tagged(Q(name__icontains=word)))
        )
    if filters.tag:
        rows = rows.filter(pk__in=_tagged(Q(name=filters.tag)))
    if filters.status:
        rows = rows.filter(STATUS[filters.status])
    found: QuerySet[Server, dict[str, Any]] = rows.order_by("trouble", "name", "pk").values(*COLUMNS, "trouble")
    return found


def tags_of(servers: Iterable[int]) -> dict[int, list[str]]:
    """The names of each server's tags, by its primary key."""
    found: dict[int, list[str]] = defaultdict(list)
    pairs = Tag.objects.filter(servers__in=list(servers)).values_list("servers", "name").order_by("name")
    for pk, name in pairs:
        found[pk].append(name)
    return found


def _tagged(tag: Q) -> QuerySet[Server, Any]:
    return Server.objects.filter(tags__in=Tag.objects.filter(tag)).values("pk")


def _trouble() -> Case:
    """Where a server stands in `STATUS`: 0 is worst."""
    ranks = [When(condition, then=Value(rank)) for rank, condition in enumerate(STATUS.values())]
    return Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())


def totals(user: User) -> dict[str, int]:
    """How many servers this person sees in each condition, and in `all`."""
    counts = {name: Count("pk", filter=condition, distinct=True) for name, condition in STATUS.items()}
    return servers_visible(user).order_by().aggregate(all=Count("pk", distinct=True), **counts)


@dataclass(frozen=True, slots=True)
class Total:
    """How many servers are in a condition, and the address that lists them."""

    name: str
    word: str
    count: int
    address: str


def shown_totals(counts: dict[str, int], filters: Filters) -> list[Total]:
    """The conditions some server is in, and the one that is chosen."""
    return [
        Total(name, WORDS[Condition(name)], counts[name], filters.address(status=name))
        for name in STATUS
        if counts[name] or name == filters.status
    ]


def tags_in_use(user: User) -> list[str]:
    """The names of the tags on servers this person sees."""
    seen = servers_visible(user).order_by().values("pk")
    return list(Tag.objects.filter(servers__in=seen).distinct().values_list("name", flat=True))
