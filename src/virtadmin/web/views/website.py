"""A website: how it is, its newest check, its days, its incidents and its certificate."""

import json
import time
from datetime import UTC, timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from virtadmin.alerting.rules.quiet import holds
from virtadmin.alerting.selectors import incidents_visible
from virtadmin.alerting.subject import subject_of
from virtadmin.metrics.catalogue import WEBSITES
from virtadmin.metrics.series import website_subject
from virtadmin.servers.selectors import servers_visible
from virtadmin.web.access import SignedInRequest, found, signed_in
from virtadmin.web.answers import page
from virtadmin.web.charts import charts_of, with_numbers
from virtadmin.web.incidents import Line
from virtadmin.web.spans import Span
from virtadmin.web.websites.condition import Known, standing
from virtadmin.web.websites.newest import newest
from virtadmin.web.websites.settings import settings_said
from virtadmin.web.websites.spans import YEAR, spans
from virtadmin.web.websites.strip import days_of, said
from virtadmin.websites.models import Url, UrlState
from virtadmin.websites.selectors import url_days, urls_visible

FRAGMENTS = {
    "now": "web/website/now.html",
    "days": "web/website/days.html",
    "incidents": "web/website/incidents.html",
    "certificate": "web/website/certificate.html",
}
DAYS = 90
RECENT = 10


@signed_in
def website(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everything known of it now."""
    return website_page(request, one(request, pk))


def one(request: SignedInRequest, pk: int) -> Url:
    """The website with what its page needs; 404 if this person may not see it. Its secrets stay in the database."""
    rows = urls_visible(request.user).select_related("state", "owner", "server").prefetch_related("tags", "groups")
    return found(rows.defer("password", "secret_headers", "server__private_key"), pk)


def website_page(request: SignedInRequest, url: Url) -> HttpResponse:
    """The page. What only some of its parts need is asked for when they are drawn."""
    state, now = getattr(url, "state", None) or UrlState(url=url), timezone.now()
    today = now.astimezone(UTC).date()
    known = url_days(url, today - timedelta(days=YEAR - 1), today)
    days = days_of(known, today, DAYS)
    context = {
        "website": url,
        "state": state,
        "standing": standing(Known.of(url, state), now),
        "newest": newest(state, now),
        "days": days,
        "days_said": said(days),
        "bad_days": [day for day in reversed(days) if day.spent.down or day.spent.held],
        "spans": spans(known, today),
        **_charts(request, url),
        "point": _point(state),
        "hold": _hold(url),
        "lines": lambda: _lines(request, url),
        "settings": lambda: settings_said(url),
        "server": lambda: url.server if _sees_server(request, url) else None,
    }
    return page(request, "web/website/page.html", context, fragments=FRAGMENTS)


def _charts(request: SignedInRequest, url: Url) -> dict[str, Any]:
    """What the charts need, over the time asked for."""
    span, numbers = Span.of(request.GET, time.time(), begun=url.created.timestamp()), "numbers" in request.GET
    charts = charts_of(WEBSITES, WEBSITES.names())
    return {
        "span": span,
        "charts": with_numbers(charts, website_subject(url.pk), span) if numbers else charts,
        "numbers": numbers,
        "source": reverse("api:urls-history", args=[url.pk]),
        "marks": reverse("api:urls-marks", args=[url.pk]),
        "interval": url.interval,
    }


def _point(state: UrlState) -> str:
    """The newest check for the script to add to its charts, as JSON; empty = there was none."""
    if state.last_check is None:
        return ""
    values = {"availability": 0.0 if state.failures else 100.0, "response_time": state.response_time}
    known = {name: value for name, value in values.items() if value is not None}
    return json.dumps({"time": int(state.last_check.timestamp()), **known})


def _hold(url: Url) -> Any:
    """What holds its messages now, if anything does."""
    matter = subject_of(url), ""
    return holds([matter], timezone.now()).get(matter)


def _lines(request: SignedInRequest, url: Url) -> list[Line]:
    """Its open incidents, then the newest of those that are over."""
    rows = incidents_visible(request.user).filter(url=url).select_related("acknowledged_by")
    held = holds([(row.subject, row.kind) for row in rows.filter(open_key__isnull=False)], timezone.now())
    may_act = request.user.has_perm("alerting.change_incident")
    shown = [*rows.filter(open_key__isnull=False), *rows.filter(open_key=None)[:RECENT]]
    return [Line(row, held.get((row.subject, row.kind)), may_act) for row in shown]


def _sees_server(request: SignedInRequest, url: Url) -> bool:
    """Whether the server it runs on is shared with this person too."""
    return url.server_id is not None and servers_visible(request.user).filter(pk=url.server_id).exists()
