"""The first page: every server, the troubled ones first."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils import timezone

from virtadmin.servers.models import InitialServerProfile
from virtadmin.servers.selectors import profiles_visible
from virtadmin.web.access import SignedInRequest, signed_in
from virtadmin.web.answers import page
from virtadmin.web.listing import lines
from virtadmin.web.selection import PAGE_SIZE, Filters, servers_listed, shown_totals, tags_in_use, tags_of, totals

FRAGMENTS = {"servers": "web/overview/servers.html"}
RUNNING = (InitialServerProfile.Status.PENDING, InitialServerProfile.Status.RUNNING)


@signed_in
def overview(request: SignedInRequest) -> HttpResponse:
    """The list, filtered by the address bar (`q`, `tag`, `status`, `page`)."""
    filters = Filters.of(request.GET)
    listed = Paginator(servers_listed(request.user, filters), PAGE_SIZE).get_page(request.GET.get("page"))
    servers = list(listed.object_list)
    found = lines(servers, tags_of(server["pk"] for server in servers), timezone.now())
    counts = totals(request.user)
    context = {
        "filters": filters,
        "page": listed,
        "lines": found,
        "pace": 2 if len(found) < 200 else 10,
        "totals": counts,
        "shown_totals": shown_totals(counts, filters),
        "every": filters.address(status=""),
        "tags": lambda: tags_in_use(request.user),
        "running": lambda: profiles_visible(request.user).filter(status__in=RUNNING).order_by("-created")[:5],
    }
    return page(request, "web/overview/page.html", context, fragments=FRAGMENTS)
