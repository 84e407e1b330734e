"""The log of changes: who changed what, how and when."""

from django.core.paginator import Paginator
from django.http import HttpResponse

from virtadmin.web.access import SignedInRequest, require, signed_in
from virtadmin.web.answers import page
from virtadmin.web.changes import Asked, actors, changes_listed, kinds, lines

PAGE_SIZE = 50
FRAGMENTS = {"changes": "web/log/list.html"}


@signed_in
def log(request: SignedInRequest) -> HttpResponse:
    """The newest first, narrowed by person, kind, object and days, which are in the address."""
    require(request.user, "auditlog.view_logentry")
    asked = Asked.of(request.GET)
    shown = Paginator(changes_listed(request.user, asked), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "asked": asked,
        "page": shown,
        "lines": lines(shown.object_list, request.user),
        "kinds": lambda: kinds(request.user),
        "people": lambda: actors(request.user),
        "address": asked.address(),
        "sees_people": request.user.has_perm("accounts.view_user"),
    }
    return page(request, "web/log/page.html", context, fragments=FRAGMENTS)
