"""What is done to a website from its page: paused, checked now, silenced, removed."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from virtadmin.alerting.rules.silences import silence_create, silence_end, silences_visible
from virtadmin.core.errors import VirtadminError
from virtadmin.web.access import SignedInRequest, require, signed_in, told_on
from virtadmin.web.answers import go_to, page
from virtadmin.web.forms.fields import Plain
from virtadmin.web.views.incidents import SPANS
from virtadmin.web.views.website import one
from virtadmin.websites.models import Url
from virtadmin.websites.services import url_check_now, url_delete, url_update


@require_POST
@signed_in
def pause_website(request: SignedInRequest, pk: int) -> HttpResponse:
    """Pause it, or go on with it: `enabled` is 0 or 1."""
    require(request.user, "websites.change_url")
    url = one(request, pk)
    url_update(url=url, actor=request.user, enabled=request.POST.get("enabled") == "1")
    return _back(request, url)


@require_POST
@signed_in
def check_website(request: SignedInRequest, pk: int) -> HttpResponse:
    """Do not wait for its next check."""
    require(request.user, "websites.change_url")
    url = one(request, pk)
    try:
        url_check_now(url=url, actor=request.user)
        messages.success(request, "It is checked now; what comes of it appears here by itself.")
    except VirtadminError as refusal:
        messages.error(request, refusal.message)
    return _back(request, url)


@require_POST
@signed_in
def silence_website(request: SignedInRequest, pk: int) -> HttpResponse:
    """Hold all its messages for as long as the button says (`seconds`, empty = until ended), or tell again (`end`)."""
    require(request.user, "alerting.add_silence")
    url = one(request, pk)
    if "end" in request.POST:
        for silence in silences_visible(request.user).filter(url=url):
            silence_end(silence=silence, actor=request.user)
        messages.success(request, "You are told of it again.")
    else:
        seconds = SPANS.get(request.POST.get("seconds", "3600"), 3600)
        ends = None if seconds is None else timezone.now() + timedelta(seconds=seconds)
        silence_create(actor=request.user, url=url, ends=ends)
        messages.success(request, "Silenced. It is still checked; what is open at the end is told then.")
    return _back(request, url)


@signed_in
def remove_website(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask, then delete it with its history."""
    require(request.user, "websites.delete_url")
    url = one(request, pk)
    refused = Plain({})
    if request.method == "POST":
        with told_on(refused):
            name = str(url)
            url_delete(url=url, actor=request.user)
            messages.success(request, f"{name} is removed: it is checked no more.")
            return go_to(request, reverse("web:websites"))
    return page(request, "web/website/remove.html", {"website": url, "refused": refused})


def _back(request: SignedInRequest, url: Url) -> HttpResponse:
    return go_to(request, reverse("web:website", args=[url.pk]))
