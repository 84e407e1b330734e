"""The inbox: what a person was told."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from virtadmin.notifications.models import Notification
from virtadmin.notifications.services import notification_mark_read
from virtadmin.web.access import SignedInRequest, signed_in
from virtadmin.web.answers import page
from virtadmin.web.inbox import Asked, news, notices_listed

FRAGMENTS = {"inbox": "web/inbox/list.html"}
PAGE_SIZE = 50


@signed_in
def inbox(request: SignedInRequest) -> HttpResponse:
    """The person's notifications, the newest first; `?unread=1&level=…&q=…` narrows them."""
    asked = Asked.of(request.GET)
    context = {
        "page": Paginator(notices_listed(request.user, asked), PAGE_SIZE).get_page(request.GET.get("page")),
        "asked": asked,
        "narrowed": asked.address(),
        "whole": asked.address(unread=""),
        "unread_alone": asked.address(unread="1"),
        "levels": Notification.Level.choices,
        "here": "here" in request.GET,
        "newest": lambda: news(request.user, timezone.now()),
    }
    return page(request, "web/inbox/page.html", context, fragments=FRAGMENTS)


@require_POST
@signed_in
def mark_read(request: SignedInRequest) -> HttpResponse:
    """Mark the notifications of the ids given as read, all of them if none is; leads back to what was narrowed."""
    ids = [int(pk) for pk in request.POST.getlist("id") if pk.isdigit()]
    notification_mark_read(recipient=request.user, ids=ids or None)
    return redirect(reverse("web:inbox") + Asked.of(request.GET).address())
