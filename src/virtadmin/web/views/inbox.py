"""The inbox: what a person was told."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from virtadmin.notifications.selectors import notifications_visible
from virtadmin.notifications.services import notification_mark_read
from virtadmin.web.access import SignedInRequest, signed_in
from virtadmin.web.answers import page

FRAGMENTS = {"inbox": "web/inbox/list.html"}
PAGE_SIZE = 50


@signed_in
def inbox(request: SignedInRequest) -> HttpResponse:
    """The person's notifications, the newest first; `?unread=1` for those alone."""
    rows = notifications_visible(request.user).select_related("server")
    unread_only = request.GET.get("unread") == "1"
    if unread_only:
        rows = rows.filter(unread=True)
    context = {
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "unread_only": unread_only,
        "here": "here" in request.GET,
        "newest": rows.filter(unread=True).first,
    }
    return page(request, "web/inbox/page.html", context, fragments=FRAGMENTS)


@require_POST
@signed_in
def mark_read(request: SignedInRequest) -> HttpResponse:
    """Mark the notifications of the ids given as read; all of them if none is."""
    ids = [int(pk) for pk in request.POST.getlist("id") if pk.isdigit()]
    notification_mark_read(recipient=request.user, ids=ids or None)
    return redirect("web:inbox")
