"""Changing a server's limits, in place, and accepting its new host key."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from virtadmin.alerting.models import Threshold
from virtadmin.alerting.rules.inheritance import FIELDS
from virtadmin.alerting.services import threshold_reset, threshold_update
from virtadmin.servers.models import Server
from virtadmin.servers.services import server_accept_host_key
from virtadmin.web.access import SignedInRequest, cleaned, require, signed_in, told_on
from virtadmin.web.answers import go_to, page, wanted_fragment
from virtadmin.web.condition import threshold_of
from virtadmin.web.forms.server import AcceptHostKey, Limits
from virtadmin.web.limits import shown_limits
from virtadmin.web.views.server import one, server_page


@require_POST
@signed_in
def limits(request: SignedInRequest, pk: int) -> HttpResponse:
    """Save those that are sent, or put them (all, where none is sent) back when `reset` was pressed."""
    require(request.user, "alerting.change_threshold")
    server = one(request, pk)
    threshold = threshold_of(server)
    if threshold is None:
        raise Http404
    form = Limits.for_threshold(threshold, request.POST)
    told = ""
    if "reset" in request.POST:
        threshold_reset(threshold=threshold, actor=request.user, names=list(form.fields) or FIELDS)
        told = "What templates and the defaults say is back."
    elif form.is_valid():
        with told_on(form):
            threshold_update(threshold=threshold, actor=request.user, **cleaned(form))
            told = "The new limit is judged from the next sample on."
    return _saved(request, server, threshold, told) if told else _refused(request, server, threshold, form)


def _saved(request: SignedInRequest, server: Server, threshold: Threshold, told: str) -> HttpResponse:
    name = _edited_in_place(request)
    if name:
        context = {"limit": shown_limits(threshold)[name], "told": told, "server": server}
        response = page(request, "web/server/limit.html", context)
        response["HX-Trigger"] = "limits"
        return response
    messages.success(request, told)
    return go_to(request, reverse("web:server", args=[server.pk]) + "#limits")


def _refused(request: SignedInRequest, server: Server, threshold: Threshold, form: Limits) -> HttpResponse:
    name = _edited_in_place(request)
    if name in form.fields:
        context = {"limit": shown_limits(threshold, form)[name], "server": server}
        return page(request, "web/server/limit.html", context, status=422)
    return server_page(request, server, limits=form)


def _edited_in_place(request: SignedInRequest) -> str:
    """The limit whose form asks for itself alone; empty for a whole page."""
    name = wanted_fragment(request).removeprefix("limit-")
    return name if name in FIELDS else ""


@require_POST
@signed_in
def accept_host_key(request: SignedInRequest, pk: int) -> HttpResponse:
    """Pin the server's new host key, if it is the one the person read on its console."""
    require(request.user, "servers.change_server")
    server = one(request, pk)
    form = AcceptHostKey(request.POST)
    if form.is_valid():
        with told_on(form):
            server_accept_host_key(server=server, actor=request.user, **cleaned(form))
            messages.success(request, "The new host key is pinned.")
            return go_to(request, reverse("web:server", args=[pk]))
    return server_page(request, server, host_key=form)
