"""Changing a server's limits, in place, and accepting its new host key."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from virtadmin.alerting.services import threshold_reset, threshold_update
from virtadmin.servers.services import server_accept_host_key
from virtadmin.web.access import SignedInRequest, cleaned, require, signed_in, told_on
from virtadmin.web.answers import go_to
from virtadmin.web.condition import threshold_of
from virtadmin.web.forms.server import AcceptHostKey, Limits
from virtadmin.web.views.server import one, server_page


@require_POST
@signed_in
def limits(request: SignedInRequest, pk: int) -> HttpResponse:
    """Save them, or put the defaults back when `reset` was pressed."""
    require(request.user, "alerting.change_threshold")
    server = one(request, pk)
    threshold = threshold_of(server)
    if threshold is None:
        raise Http404
    form = Limits.for_threshold(threshold, request.POST)
    if "reset" in request.POST:
        threshold_reset(threshold=threshold, actor=request.user)
        messages.success(request, "What templates and the defaults say is back.")
        return go_to(request, reverse("web:server", args=[pk]) + "#limits")
    if form.is_valid():
        with told_on(form):
            threshold_update(threshold=threshold, actor=request.user, **cleaned(form))
            messages.success(request, "The new limits are judged from the next sample on.")
            return go_to(request, reverse("web:server", args=[pk]) + "#limits")
    return server_page(request, server, limits=form)


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
