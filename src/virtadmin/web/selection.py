"""Which servers or websites a list shows, and in which order: what both lists have in common. Few queries, however many
there are."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.http import QueryDict

from virtadmin.accounts.models import User
from virtadmin.accounts.selectors import visible
from virtadmin.servers.models import Server, Tag
from virtadmin.servers.watched import ROUNDS_MISSED, SPARE_SECONDS
from virtadmin.web.condition import Condition
from virtadmin.websites.models import Url

PAGE_SIZE = 100
"""Lines a page: the troubled ones come first, and a thousand would be drawn anew on every round in every open page."""
RANKED = tuple(Condition)
"""Conditions one can filter by, worst first: also the order of the lists."""
Rows = QuerySet[Any, Any]
"""Servers or websites, with a rank that mypy does not know of."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for in the address bar."""

    words: str = ""
    tag: str = ""
    status: str = ""
    names: ClassVar[Mapping[str, str]] = {"words": "q"}
    """What a field is called in the address, where that is not its own name."""
    narrowing: ClassVar[tuple[str, ...]] = ("words", "tag", "status")

    @staticmethod
    def common(query: QueryDict) -> tuple[str, str, str]:
        """Words, tag and status as the address says."""
        status = query.get("status", "")
        return query.get("q", "").strip()[:100], query.get("tag", "")[:50], status if status in RANKED else ""

    def __bool__(self) -> bool:
        """Whether it asks for less than everything."""
        return any(getattr(self, name) for name in self.narrowing)

    def address(self, **changed: str) -> str:
        """The query string with some of it changed; empty values and what is usual are left out."""
        unusual = {
            self.names.get(field.name, field.name): getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name) != field.default
        }
        query = urlencode({name: value for name, value in {**unusual, **changed}.items() if value})
        return query and f"?{query}"


@dataclass(frozen=True, slots=True)
class Total:
    """How many are in a condition, and the address that lists them."""

    name: str
    word: str
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class Selection:
    """How servers are found, or websites."""

    model: type[Server] | type[Url]
    tagged: str
    """What they are to a tag."""
    searched: tuple[str, ...]
    """Columns in which words are looked for."""
    words: Mapping[Condition, str]
    """What their conditions are called."""
    decided: Callable[[datetime], Mapping[Condition, Q]]
    """What puts one into a condition at a time, in the order in which `standing` decides; whatever is left is up."""

    def ranked(self, now: datetime) -> Rows:
        """All of them, with the rank of their `trouble`: where they stand in `RANKED`, 0 is worst."""
        cases = [When(met, then=Value(RANKED.index(one))) for one, met in self.decided(now).items()]
        up = Value(RANKED.index(Condition.UP))
        trouble = Case(*cases, default=up, output_field=IntegerField())
        return self.model._default_manager.annotate(trouble=trouble)  # noqa: SLF001 - documented way

    def found(self, user: User, filters: Filters, now: datetime) -> Rows:
        """Those this person may see and asked for."""
        rows = visible(self.ranked(now), user)
        for word in filters.words.split():
            columns = [(f"{column}__icontains", word) for column in self.searched]
            rows = rows.filter(Q(*columns, ("pk__in", self._tagged(Q(name__icontains=word))), _connector=Q.OR))
        if filters.tag:
            rows = rows.filter(pk__in=self._tagged(Q(name=filters.tag)))
        return rows.filter(trouble=RANKED.index(Condition(filters.status))) if filters.status else rows

    def _tagged(self, tag: Q) -> Rows:
        return self.model._default_manager.filter(tags__in=Tag.objects.filter(tag)).values("pk")  # noqa: SLF001 - same

    def totals(self, user: User, now: datetime) -> dict[str, int]:
        """How many this person sees in each condition, and in `all`."""
        rows = visible(self.ranked(now), user).order_by().values("trouble")
        counts = dict(rows.annotate(count=Count("pk", distinct=True)).values_list("trouble", "count"))
        return {"all": sum(counts.values()), **{name: counts.get(rank, 0) for rank, name in enumerate(RANKED)}}

    def shown_totals(self, counts: Mapping[str, int], filters: Filters) -> list[Total]:
        """The conditions one is in, and the one that is chosen."""
        return [
            Total(name, self.words[name], counts[name], filters.address(status=name))
            for name in RANKED
            if counts[name] or name == filters.status
        ]

    def tags_of(self, ids: Iterable[int]) -> dict[int, list[str]]:
        """The names of the tags of each of these, by their primary keys."""
        found: dict[int, list[str]] = defaultdict(list)
        tags = Tag.objects.filter(**{f"{self.tagged}__in": list(ids)}).order_by("name")
        for pk, name in tags.values_list(self.tagged, "name"):
            found[pk].append(name)
        return found

    def tags_in_use(self, user: User) -> list[str]:
        """The names of the tags on those this person sees."""
        seen = visible(self.model._default_manager.all(), user).order_by().values("pk")  # noqa: SLF001 - same
        return list(Tag.objects.filter(**{f"{self.tagged}__in": seen}).distinct().values_list("name", flat=True))


def overdue(column: str, now: datetime) -> Q:
    """Whether that time, of the newest news, is three intervals and a little ago."""
    return Q((f"{column}__unix__lt", int(now.timestamp()) - SPARE_SECONDS - ROUNDS_MISSED * F("interval")))
