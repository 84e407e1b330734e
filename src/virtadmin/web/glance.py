"""Websites at a glance, beside the servers on the first page: the troubled ones first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from virtadmin.accounts.models import User
from virtadmin.web.condition import FADED, Condition
from virtadmin.web.selection import Filters, Total
from virtadmin.web.websites import selection
from virtadmin.web.websites.condition import Known, days_left, standing
from virtadmin.web.websites.listing import called
from virtadmin.web.websites.selection import WEBSITES

SHOWN = 50
UNSAID = (Condition.PAUSED, Condition.PENDING)
"""Conditions whose word is enough."""


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
    """Of the list of all that were asked for."""


def glance(user: User, filters: Filters, now: datetime) -> Glance:
    """The first of those asked for; one query where there is none at all, else two, and a third if there are others."""
    asked = selection.Filters(filters.words, filters.tag, filters.status)
    counts = WEBSITES.totals(user, now)
    address = reverse("web:websites") + asked.address()
    if not counts["all"]:
        return Glance([], 0, 0, [], address)
    rows = selection.websites_listed(user, asked, now)
    sites = [_site(row, now) for row in rows[:SHOWN]]
    found = rows.count() if len(sites) == SHOWN else len(sites)
    totals = [total for total in WEBSITES.shown_totals(counts, asked) if total.count]
    return Glance(sites, counts["all"], found, totals, address)


def _site(row: Mapping[str, Any], now: datetime) -> Site:
    told, expires = standing(Known.of_row(row), now), row["state__ssl_expiration_date"]
    return Site(
        name=called(row),
        address=reverse("web:website", args=[row["pk"]]),
        sign=told.condition,
        word=told.word,
        reason="" if told.condition in UNSAID else told.reason,
        response=row["state__response_time"],
        certificate=None if expires is None else days_left(expires, now),
        soon=bool(row["state__ssl_expiration_date_notified"]),
        faded=told.condition in FADED,
    )
