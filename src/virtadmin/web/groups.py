"""The first page's list in groups, by tag: each with its own count of troubles, the most troubled first."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Case, Count, F, IntegerField, QuerySet, Value, When

from virtadmin.accounts.models import User
from virtadmin.web.condition import WORDS, Condition
from virtadmin.web.listing import COLUMNS
from virtadmin.web.selection import RANKED, Filters
from virtadmin.web.server_selection import servers_found

UNTAGGED = "without a tag"
TROUBLES = (Condition.DOWN, Condition.UNKNOWN, Condition.OVER, Condition.STALE)


@dataclass(frozen=True, slots=True)
class Group:
    """A tag (None = no tag) and how many of the servers that were asked for have it, in each condition."""

    tag: int | None
    name: str
    all: int
    counts: Mapping[str, int]

    @property
    def told(self) -> list[tuple[str, int, str]]:
        """(sign, how many, word) of the conditions some are in, worst first."""
        return [(name, self.counts[name], WORDS[name]) for name in RANKED if self.counts[name]]


@dataclass(frozen=True, slots=True)
class Section:
    """The part of a group that is on a page; `group` None: the whole list is one."""

    group: Group | None
    servers: list[dict[str, Any]]


def groups_of(user: User, filters: Filters, now: datetime) -> list[Group]:
    """By tag. A server with two tags is in both. One query."""
    rows = servers_found(user, filters, now).order_by().values("tags__pk", "tags__name", "trouble")
    counts: dict[tuple[int | None, str], Counter[str]] = defaultdict(Counter)
    for tag, name, trouble, count in rows.annotate(count=Count("pk", distinct=True)).values_list(
        "tags__pk", "tags__name", "trouble", "count"
    ):
        counts[tag, name or UNTAGGED][RANKED[trouble]] = count
    return sorted((Group(tag, name, found.total(), found) for (tag, name), found in counts.items()), key=_place)


def servers_grouped(user: User, filters: Filters, groups: list[Group], now: datetime) -> QuerySet[Any, dict[str, Any]]:
    """As `servers_listed`, in the order of the groups, each with the `tag` it stands under."""
    ranks = [When(**_is(group), then=Value(rank)) for rank, group in enumerate(groups)]
    place = Case(*ranks, default=Value(len(groups)), output_field=IntegerField())
    rows = servers_found(user, filters, now).annotate(tag=F("tags__pk"), place=place)
    found: QuerySet[Any, dict[str, Any]] = rows.order_by("place", "trouble", "name", "pk").values(
        *COLUMNS, "trouble", "place", "tag"
    )
    return found


def sections(servers: list[dict[str, Any]], groups: list[Group]) -> list[Section]:
    """A page's servers under their groups."""
    known = {group.tag: group for group in groups}
    return [Section(known.get(tag), list(rows)) for tag, rows in groupby(servers, key=lambda row: row["tag"])]


def _is(group: Group) -> dict[str, Any]:
    return {"tags__isnull": True} if group.tag is None else {"tags__pk": group.tag}


def _place(group: Group) -> tuple[Any, ...]:
    return (*(-group.counts[name] for name in TROUBLES), group.tag is None, group.name.casefold())
