"""Which servers the first page lists, and in which order. Few queries, however many servers."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.http import QueryDict

from virtadmin.accounts.models import User
from virtadmin.accounts.selectors import visible
from virtadmin.servers.models import Server, ServerState, Tag
from virtadmin.servers.selectors import servers_visible
from virtadmin.web.condition import LIMITED, WORDS, Condition
from virtadmin.web.listing import COLUMNS

PAGE_SIZE = 100
"""Lines a page: the troubled ones come first, and a thousand would be drawn anew on every round in every open page."""
VIEWS = {"table": "Table", "tiles": "Tiles"}
GROUPS = {"none": "One list", "tag": "By tag"}
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
Rows = TypeVar("Rows", bound=QuerySet[Any, Any])


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for in the address bar."""

    words: str = ""
    tag: str = ""
    status: str = ""
    view: str = "table"
    group: str = "none"

    @classmethod
    def of(cls, query: QueryDict, kept: str = "") -> "Filters":
        """As the address says; how it is shown, where it does not say, as it was kept (`Filters.kept`) last time."""
        status = query.get("status", "")
        view, _, group = kept.partition(".")
        view, group = query.get("view", view), query.get("group", group)
        return cls(
            query.get("q", "").strip()[:100],
            query.get("tag", "")[:50],
            status if status in STATUS else "",
            view if view in VIEWS else "table",
            group if group in GROUPS else "none",
        )

    @property
    def kept(self) -> str:
        """How the list is shown, to be remembered."""
        return f"{self.view}.{self.group}"

    def __bool__(self) -> bool:
        return bool(self.words or self.tag or self.status)

    def address(self, **changed: str) -> str:
        """The query string with some of it changed; empty values and what is usual are left out."""
        shown = {"view": self.view, "group": self.group}
        unusual = {name: value for name, value in shown.items() if value not in ("table", "none")}
        given = {"q": self.words, "tag": self.tag, "status": self.status, **unusual, **changed}
        query = urlencode({name: value for name, value in given.items() if value})
        return query and f"?{query}"


def servers_found(user: User, filters: Filters) -> QuerySet[Server]:
    """The servers this person may see and asked for."""
    return _asked(servers_visible(user), filters)


def servers_listed(user: User, filters: Filters) -> QuerySet[Server, dict[str, Any]]:
    """`listing.COLUMNS` of the servers this person may see and asked for, the troubled ones first, then by name."""
    return _asked(visible(_in_order(), user), filters)


@cache
def _in_order() -> QuerySet[Server, dict[str, Any]]:
    """All servers as `servers_listed` has them. Querysets never change: made once, as that takes as long as asking."""
    rows = Server.objects.annotate(trouble=trouble_rank(), link_found=F("state__facts__link_speed"))
    found: QuerySet[Server, dict[str, Any]] = rows.order_by("trouble", "name", "pk").values(*COLUMNS, "trouble")
    return found


def _asked(rows: Rows, filters: Filters) -> Rows:
    for word in filters.words.split():
        rows = rows.filter(
            Q(name__icontains=word) | Q(ip_address__icontains=word) | Q(pk__in=_tagged(Q(name__icontains=word)))
        )
    if filters.tag:
        rows = rows.filter(pk__in=_tagged(Q(name=filters.tag)))
    return rows.filter(STATUS[filters.status]) if filters.status else rows


def tags_of(servers: Iterable[int]) -> dict[int, list[str]]:
    """The names of each server's tags, by its primary key."""
    found: dict[int, list[str]] = defaultdict(list)
    pairs = Tag.objects.filter(servers__in=list(servers)).values_list("servers", "name").order_by("name")
    for pk, name in pairs:
        found[pk].append(name)
    return found


def _tagged(tag: Q) -> QuerySet[Server, Any]:
    return Server.objects.filter(tags__in=Tag.objects.filter(tag)).values("pk")


def trouble_rank() -> Case:
    """Where a server stands in `STATUS`: 0 is worst."""
    ranks = [When(condition, then=Value(rank)) for rank, condition in enumerate(STATUS.values())]
    return Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())


def counted(*, distinct: bool = True) -> dict[str, Count]:
    """How many servers are in each condition, to be annotated; `distinct`: the rows may hold a server twice."""
    return {name: Count("pk", filter=condition, distinct=distinct) for name, condition in STATUS.items()}


def totals(user: User) -> dict[str, int]:
    """How many servers this person sees in each condition, and in `all`."""
    return servers_visible(user).order_by().aggregate(all=Count("pk"), **counted(distinct=False))


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
