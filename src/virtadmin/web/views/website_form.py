"""Adding a website and changing one, with a real check before anything is saved."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from virtadmin.collector.websites.tried import state_tried
from virtadmin.web.access import SignedInRequest, require, signed_in, told_on
from virtadmin.web.answers import go_to, page
from virtadmin.web.condition import failure
from virtadmin.web.forms.website import WebsiteForm
from virtadmin.web.views.website import one
from virtadmin.web.websites.newest import newest
from virtadmin.websites.check.stages import HINTS
from virtadmin.websites.models import Url
from virtadmin.websites.services import url_create, url_update
from virtadmin.websites.trying import url_try

FRAGMENTS = {"website-form": "web/website/form.html"}
PREFILLED = ("uri", "name", "server", "tags")


@signed_in
def add_website(request: SignedInRequest) -> HttpResponse:
    """A new one, filled in from the address bar."""
    require(request.user, "websites.add_url")
    given = {name: request.GET[name][:2000] for name in PREFILLED if request.GET.get(name)}
    form = WebsiteForm(request.user, data=_sent(request), initial=given)
    return _answer(request, form, None)


@signed_in
def edit_website(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change what is set of one."""
    require(request.user, "websites.change_url")
    url = one(request, pk)
    return _answer(request, WebsiteForm(request.user, url, _sent(request)), url)


def _answer(request: SignedInRequest, form: WebsiteForm, url: Url | None) -> HttpResponse:
    """Save it and lead on, or show the form: with what is wrong, or with what came of a try."""
    context: dict[str, Any] = {"form": form, "url": url}
    if form.is_bound and form.is_valid():
        with told_on(form):
            if "try" not in request.POST:
                return go_to(request, reverse("web:website", args=[_saved(request, form, url).pk]))
            context |= _tried(request, form, url)
    return page(request, "web/website/edit.html", context, fragments=FRAGMENTS, status=422 if form.errors else 200)


def _saved(request: SignedInRequest, form: WebsiteForm, url: Url | None) -> Url:
    if url is None:
        return url_create(actor=request.user, **form.values())
    return url_update(url=url, actor=request.user, **form.values())


def _tried(request: SignedInRequest, form: WebsiteForm, url: Url | None) -> dict[str, Any]:
    """What came of one check with what the form says."""
    state = state_tried(url_try(actor=request.user, url=url, **form.values()))
    reason, hint = failure(state.status_reason, HINTS)
    return {"tried": newest(state, timezone.now()), "reason": reason, "hint": hint}


def _sent(request: SignedInRequest) -> Any:
    return request.POST if request.method == "POST" else None
