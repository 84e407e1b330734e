"""The list of websites: the troubled ones first, with their last thirty days."""

from datetime import UTC, datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from virtadmin.web.access import SignedInRequest, signed_in
from virtadmin.web.answers import page
from virtadmin.web.selection import PAGE_SIZE
from virtadmin.web.websites import selection
from virtadmin.web.websites.listing import Beside, lines
from virtadmin.web.websites.selection import WEBSITES, Filters
from virtadmin.web.websites.strip import days_of

FRAGMENTS = {"websites": "web/websites/list.html"}
DAYS = 30


@signed_in
def websites(request: SignedInRequest) -> HttpResponse:
    """The list, filtered by the address bar (`q`, `tag`, `status`, `server`, `page`)."""
    filters, now = Filters.of(request.GET), timezone.now()
    listed = Paginator(selection.websites_listed(request.user, filters, now), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    counts = WEBSITES.totals(request.user, now)
    server = selection.servers_named(request.user, [int(filters.server)]) if filters.server else {}
    context = {
        "filters": filters,
        "page": listed,
        "lines": _lines(request, listed, now),
        "pace": 2 if counts["all"] < PAGE_SIZE else 10,
        "totals": counts,
        "shown_totals": WEBSITES.shown_totals(counts, filters),
        "every": filters.address(status=""),
        "server": next(iter(server.items()), None),
        "without_server": filters.address(server=""),
        "tags": lambda: WEBSITES.tags_in_use(request.user),
    }
    return page(request, "web/websites/page.html", context, fragments=FRAGMENTS)


def _lines(request: SignedInRequest, listed: "Page[dict[str, Any]]", now: datetime) -> list[SafeString]:
    rows = list(listed.object_list)
    ids, today = [row["pk"] for row in rows], now.astimezone(UTC).date()
    first = datetime.fromordinal(today.toordinal() - DAYS + 1).date()
    tags, days = WEBSITES.tags_of(ids), selection.days_known(ids, first, today)
    servers = selection.servers_named(request.user, {row["server"] for row in rows if row["server"]})
    beside = {
        row["pk"]: Beside(
            days_of(days.get(row["pk"], {}), today, DAYS), tags.get(row["pk"], ()), servers.get(row["server"], "")
        )
        for row in rows
    }
    return lines(rows, beside, now)
