"""Incidents: what is open, what was, who looks after it; acknowledged and silenced here."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from virtadmin.alerting.models import Incident
from virtadmin.alerting.rules.silences import incident_silence
from virtadmin.alerting.selectors import incidents_open, incidents_visible
from virtadmin.alerting.services import incident_acknowledge, incident_unacknowledge
from virtadmin.core.errors import VirtadminError
from virtadmin.web.access import SignedInRequest, found, require, signed_in
from virtadmin.web.answers import go_to, page
from virtadmin.web.incidents import STATES, Asked, incidents_lines, incidents_listed

FRAGMENTS = {"incidents": "web/incidents/list.html"}
PAGE_SIZE = 50
SPANS: dict[str, int | None] = {"3600": 3600, "28800": 8 * 3600, "": None}
"""What the buttons send, and how many seconds it silences; None = until somebody ends it."""


@signed_in
def incidents(request: SignedInRequest) -> HttpResponse:
    """The open ones first; `?state=open|over&kind=…&level=…&q=…` narrows them."""
    asked = Asked.of(request.GET)
    shown = Paginator(incidents_listed(request.user, asked), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": shown,
        "lines": incidents_lines(shown, request.user),
        "asked": asked,
        "states": [(name, word, asked.address(state=name)) for name, word in STATES.items()],
        "open_count": incidents_open(request.user).count(),
        "kinds": Incident.Kind.choices,
        "levels": Incident.Level.choices,
        "narrowed": asked.address(),
    }
    return page(request, "web/incidents/page.html", context, fragments=FRAGMENTS)


@require_POST
@signed_in
def acknowledge(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say that one looks after it, or take that back (`back` is sent)."""
    if "back" in request.POST:
        return _done(request, pk, incident_unacknowledge, "You are reminded of it again.")
    return _done(request, pk, incident_acknowledge, "Acknowledged: nobody is reminded of it any more.")


@require_POST
@signed_in
def silence(request: SignedInRequest, pk: int) -> HttpResponse:
    """Hold its messages for as long as the button says."""
    seconds = SPANS.get(request.POST.get("seconds", "3600"), 3600)
    told = "Silenced. It is still watched; what is open at the end is told then."
    return _done(request, pk, incident_silence, told, seconds=seconds)


def _done(request: SignedInRequest, pk: int, deed: Callable[..., object], told: str, **how: Any) -> HttpResponse:
    require(request.user, "alerting.change_incident")
    incident = found(incidents_visible(request.user), pk)
    try:
        deed(incident=incident, actor=request.user, **how)
        messages.success(request, told)
    except VirtadminError as refusal:
        messages.error(request, refusal.message)
    if "at_server" in request.POST and incident.server_id:
        return go_to(request, reverse("web:server", args=[incident.server_id]) + "#here")
    return go_to(request, reverse("web:incidents") + Asked.of(request.GET).address())
