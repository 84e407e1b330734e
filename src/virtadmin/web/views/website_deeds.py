"""What is done to a website from its page: paused, checked now, silenced, removed."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from virtadmin.accounts.models import User
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
    enabled = request.POST.get("enabled") == "1"
    told = "It is checked again." if enabled else "Paused: nothing is asked, and nobody is told."
    return _done(request, pk, lambda url: url_update(url=url, actor=request.user, enabled=enabled), told)


@require_POST
@signed_in
def check_website(request: SignedInRequest, pk: int) -> HttpResponse:
    """Do not wait for its next check."""
    require(request.user, "websites.change_url")
    told = "It is checked now; what comes of it appears here by itself."
    return _done(request, pk, lambda url: url_check_now(url=url, actor=request.user), told)


@require_POST
@signed_in
def silence_website(request: SignedInRequest, pk: int) -> HttpResponse:
    """Hold all its messages for as long as the button says (`seconds`, empty = until ended), or tell again (`end`)."""
    if "end" in request.POST:
        require(request.user, "alerting.delete_silence")
        return _done(request, pk, partial(_end_silences, request.user), "You are told of it again.")
    require(request.user, "alerting.add_silence")
    seconds = SPANS.get(request.POST.get("seconds", "3600"), 3600)
    ends = None if seconds is None else timezone.now() + timedelta(seconds=seconds)
    told = "Silenced. It is still checked; what is open at the end is told then."
    return _done(request, pk, lambda url: silence_create(actor=request.user, url=url, ends=ends), told)


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


def _end_silences(actor: User, url: Url) -> None:
    """End those of the website itself; those of its server or tags hold for others too."""
    for silence in silences_visible(actor).filter(url=url):
        silence_end(silence=silence, actor=actor)


def _done(request: SignedInRequest, pk: int, deed: Callable[[Url], object], told: str) -> HttpResponse:
    """Do it, and say that or why not on the website's page."""
    url = one(request, pk)
    try:
        deed(url)
        messages.success(request, told)
    except VirtadminError as refusal:
        messages.error(request, refusal.message)
    return go_to(request, reverse("web:website", args=[pk]))
