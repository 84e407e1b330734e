"""Websites at a glance, beside the servers on the first page: the troubled ones first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.urls import NoReverseMatch, reverse

from virtadmin.accounts.models import User
from virtadmin.servers.models import Tag
from virtadmin.web.condition import OLD, STALE_SECONDS, WORDS, Condition
from virtadmin.web.selection import Filters, Total
from virtadmin.websites.models import Url, UrlState
from virtadmin.websites.selectors import urls_visible

SHOWN = 50
DAY = 86_400
STATUS = {
    "down": Q(enabled=True, state__status=UrlState.Status.DOWN),
    "over": Q(enabled=True, state__ssl_expiration_date_notified=True) & ~Q(state__status=UrlState.Status.DOWN),
    "pending": Q(enabled=True) & (Q(state__status=UrlState.Status.PENDING) | Q(state__isnull=True)),
    "up": Q(enabled=True, state__status=UrlState.Status.UP, state__ssl_expiration_date_notified=False),
    "paused": Q(enabled=False),
}
"""Worst first; the names are those of servers' conditions, so that one filter is for both."""
SAID = {**{name: WORDS[Condition(name)] for name in STATUS}, "over": "certificate"}
COLUMNS = (
    "pk", "name", "uri", "enabled", "interval", "state__status", "state__status_reason", "state__last_check",
    "state__response_time", "state__ssl_expiration_date", "state__ssl_expiration_date_notified",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Site:
    """One website. `certificate`: days its certificate is still valid, None = it has none that is known."""

    name: str
    address: str
    sign: str
    word: str
    reason: str
    response: float | None
    certificate: int | None
    soon: bool
    faded: bool


@dataclass(frozen=True, slots=True)
class Glance:
    """What is shown of websites; `all` is how many this person sees, `found` how many were asked for."""

    sites: list[Site]
    all: int
    found: int
    totals: list[Total]
    address: str
    """Of all websites; empty while there is no such page."""


def glance(user: User, filters: Filters, now: datetime) -> Glance:
    """The first of those asked for; two queries."""
    rows = urls_visible(user).order_by()
    counts = {name: Count("pk", filter=condition, distinct=True) for name, condition in STATUS.items()}
    asked = _asked(filters)
    known = rows.aggregate(all=Count("pk", distinct=True), found=Count("pk", filter=asked, distinct=True), **counts)
    ranks = [When(condition, then=Value(rank)) for rank, condition in enumerate(STATUS.values())]
    trouble = Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())
    listed = rows.filter(asked).annotate(trouble=trouble).order_by("trouble", "name", "uri", "pk")
    page: QuerySet[Url, dict[str, Any]] = listed.values(*COLUMNS, "trouble")[:SHOWN]
    totals = [Total(name, SAID[name], known[name], filters.address(status=name)) for name in STATUS if known[name]]
    return Glance([_site(row, now) for row in page], known["all"], known["found"], totals, _address("web:websites"))


def _asked(filters: Filters) -> Q:
    asked = STATUS.get(filters.status, Q(pk=None)) if filters.status else ~Q(pk=None)
    for word in filters.words.split():
        asked &= Q(name__icontains=word) | Q(uri__icontains=word) | _tagged(Q(name__icontains=word))
    return asked & _tagged(Q(name=filters.tag)) if filters.tag else asked


def _tagged(tag: Q) -> Q:
    return Q(pk__in=Url.objects.filter(tags__in=Tag.objects.filter(tag)).values("pk"))


def _site(row: Mapping[str, Any], now: datetime) -> Site:
    sign, reason = _standing(row, now)
    expires = row["state__ssl_expiration_date"]
    return Site(
        name=row["name"] or row["uri"].partition("://")[2].rstrip("/"),
        address=_address("web:website", row["pk"]),
        sign=sign,
        word=SAID.get(sign, "no news"),
        reason=reason,
        response=row["state__response_time"],
        certificate=None if expires is None else int((expires - now).total_seconds() // DAY),
        soon=bool(row["state__ssl_expiration_date_notified"]),
        faded=sign in ("paused", "pending", "stale", "down"),
    )


def _standing(row: Mapping[str, Any], now: datetime) -> tuple[str, str]:
    """Its sign, and why."""
    if not row["enabled"]:
        return "paused", ""
    status, checked = row["state__status"] or "pending", row["state__last_check"]
    stage, colon, sentence = (row["state__status_reason"] or "").partition(": ")
    reason = sentence if colon else stage
    if status != UrlState.Status.UP:
        return status, reason
    if checked and (now - checked).total_seconds() > 3 * row["interval"] + STALE_SECONDS:
        return "stale", OLD
    return ("over" if row["state__ssl_expiration_date_notified"] else "up"), reason


def _address(route: str, *given: int) -> str:
    try:
        return reverse(route, args=given)
    except NoReverseMatch:
        return ""
