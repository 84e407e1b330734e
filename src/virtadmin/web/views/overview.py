"""The first page: servers and websites at a glance, the troubled ones first."""

from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.utils import timezone

from virtadmin.servers.models import InitialServerProfile
from virtadmin.servers.selectors import profiles_visible
from virtadmin.web.access import SignedInRequest, signed_in
from virtadmin.web.answers import page, wanted_fragment
from virtadmin.web.first_steps import first_steps
from virtadmin.web.glance import glance
from virtadmin.web.groups import Section, groups_of, sections, servers_grouped
from virtadmin.web.listing import Around, lines, tiles
from virtadmin.web.selection import PAGE_SIZE
from virtadmin.web.server_selection import GROUPS, SERVERS, VIEWS, Filters, servers_listed
from virtadmin.web.sparks import recent
from virtadmin.web.theme import YEAR

FRAGMENTS = {
    "overview": "web/overview/body.html",
    "servers": "web/overview/servers.html",
    "websites": "web/overview/websites.html",
}
RUNNING = (InitialServerProfile.Status.PENDING, InitialServerProfile.Status.RUNNING)
COOKIE = "overview"
MANY = 100
"""Lines from which on a page asks for all of them less often."""


@signed_in
def overview(request: SignedInRequest) -> HttpResponse:
    """The list, as the address bar says (`q`, `tag`, `status`, `view`, `group`, `page`).

    `view` and `group` are remembered by the browser, and hold until another is chosen.
    """
    filters, now = Filters.of(request.GET, request.COOKIES.get(COOKIE, "")), timezone.now()
    wanted = wanted_fragment(request)
    context: dict[str, Any] = {"filters": filters}
    if wanted != "websites":
        context |= _servers(request, filters, now)
    if wanted != "servers":
        context |= {"websites": glance(request.user, filters, now)}
    response = page(request, "web/overview/page.html", context, fragments=FRAGMENTS)
    if {"view", "group"} & request.GET.keys():
        secure = request.is_secure()
        response.set_cookie(COOKIE, filters.kept, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")
    return response


def _servers(request: SignedInRequest, filters: Filters, now: datetime) -> dict[str, Any]:
    counts = SERVERS.totals(request.user, now)
    listed, found = _listed(request, filters, counts, now)
    ids = {server["pk"] for section in found for server in section.servers}
    around = Around(SERVERS.tags_of(ids), recent(ids, now.timestamp()), now)
    draw = tiles if filters.view == "tiles" else lines
    return {
        "page": listed,
        "sections": [(section.group, draw(section.servers, around)) for section in found],
        "pace": 2 if len(ids) < MANY else 10,
        "totals": counts,
        "shown_totals": SERVERS.shown_totals(counts, filters),
        "every": filters.address(status=""),
        "views": [(name, word, filters.address(view=name)) for name, word in VIEWS.items()],
        "groups": [(name, word, filters.address(group=name)) for name, word in GROUPS.items()],
        "tags": lambda: SERVERS.tags_in_use(request.user),
        "steps": lambda: first_steps(request.user, counts["all"]),
        "running": lambda: profiles_visible(request.user).filter(status__in=RUNNING).order_by("-created")[:5],
    }


def _listed(
    request: SignedInRequest, filters: Filters, counts: dict[str, int], now: datetime
) -> tuple[Page[Any], list[Section]]:
    """The page that was asked for, and its servers in their groups; `counts` are the `totals`."""
    number = request.GET.get("page")
    if filters.group == "none":
        paginator = Paginator(servers_listed(request.user, filters, now), PAGE_SIZE)
        if not filters.words and not filters.tag:
            paginator.count = counts[filters.status or "all"]  # known already; a count would ask again
        whole = paginator.get_page(number)
        servers = list(whole.object_list)
        return whole, [Section(None, servers)] if servers else []
    groups = groups_of(request.user, filters, now)
    paginator = Paginator(servers_grouped(request.user, filters, groups, now), PAGE_SIZE)
    paginator.count = sum(group.all for group in groups)  # known already; a count would ask again
    part = paginator.get_page(number)
    return part, sections(list(part.object_list), groups)
