"""What is done with a server on its page: settings, pause, silence, and asking for its processes."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from virtadmin.alerting.rules.silences import watched_silence
from virtadmin.collector.processes import NotTold, processes_now
from virtadmin.core.errors import VirtadminError
from virtadmin.servers.models import Server
from virtadmin.servers.services import server_move, server_update
from virtadmin.web.access import SignedInRequest, cleaned, require, signed_in, told_on
from virtadmin.web.answers import go_to, page
from virtadmin.web.forms.add import AddressStep
from virtadmin.web.forms.server import ServerSettings
from virtadmin.web.views.server import one

SPANS = {"3600": 3600, "28800": 8 * 3600}
"""What the buttons that silence a server send, and for how many seconds."""
PAUSED = "It is paused: nothing is asked."


@signed_in
def settings(request: SignedInRequest, pk: int) -> HttpResponse:
    """What people set of it, but its limits."""
    require(request.user, "servers.change_server")
    shown = one(request, pk)
    form = ServerSettings(request.user, shown, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            server_update(server=shown, actor=request.user, **cleaned(form))
            return go_to(request, reverse("web:server", args=[pk]))
    return _settings_page(request, shown, form, AddressStep(initial=_place(shown)))


@require_POST
@signed_in
def move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask it at another address from now on. Takes up to 10 s, as its key is looked at first."""
    require(request.user, "servers.change_server")
    shown = one(request, pk)
    form = AddressStep(request.POST)
    if form.is_valid():
        with told_on(form):
            server_move(server=shown, actor=request.user, **cleaned(form))
            messages.success(request, f"It holds the pinned key, and is asked at {shown.ip_address} from now on.")
            return go_to(request, reverse("web:server", args=[pk]))
    return _settings_page(request, shown, ServerSettings(request.user, shown), form)


def _settings_page(request: SignedInRequest, shown: Server, form: ServerSettings, place: AddressStep) -> HttpResponse:
    status = 422 if place.errors else 200
    return page(request, "web/server/settings.html", {"server": shown, "form": form, "place": place}, status=status)


def _place(server: Server) -> dict[str, Any]:
    return {"ip_address": server.ip_address, "port": server.port}


@require_POST
@signed_in
def pause(request: SignedInRequest, pk: int) -> HttpResponse:
    """Pause it, or go on with it: `enabled` is 0 or 1."""
    require(request.user, "servers.change_server")
    server_update(server=one(request, pk), actor=request.user, enabled=request.POST.get("enabled") == "1")
    return go_to(request, reverse("web:server", args=[pk]))


@require_POST
@signed_in
def silence(request: SignedInRequest, pk: int) -> HttpResponse:
    """Hold all its messages for as long as the button says."""
    require(request.user, "alerting.add_silence")
    seconds = SPANS.get(request.POST.get("seconds", ""), SPANS["3600"])
    try:
        watched_silence(about=one(request, pk), actor=request.user, seconds=seconds)
        messages.success(request, "Silenced. It is still watched; what is open at the end is told then.")
    except VirtadminError as refusal:
        messages.error(request, refusal.message)
    return go_to(request, reverse("web:server", args=[pk]))


@signed_in
def processes(request: SignedInRequest, pk: int) -> HttpResponse:
    """Its heaviest processes at this moment, asked while the person waits."""
    shown = one(request, pk)
    context = {"server": shown, "asked": True, "processes": [], "refusal": "" if shown.enabled else PAUSED}
    if shown.enabled:
        try:
            context["processes"] = processes_now(shown.pk)
        except NotTold as refusal:
            context["refusal"] = refusal.message
    fragments = {"processes": "web/server/processes.html"}
    return page(request, "web/server/processes_page.html", context, fragments=fragments)
