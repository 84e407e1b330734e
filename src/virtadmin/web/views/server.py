"""A server: its newest numbers, what it is, its limits, what was told about it, and how it came here."""

import time
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from virtadmin.metrics.catalogue import CATALOGUE
from virtadmin.notifications.selectors import notifications_visible
from virtadmin.servers.models import Server, ServerState
from virtadmin.servers.selectors import servers_visible
from virtadmin.servers.services import server_update
from virtadmin.ssh.stages import Stage
from virtadmin.web.access import SignedInRequest, cleaned, found, require, signed_in, told_on
from virtadmin.web.answers import go_to, page
from virtadmin.web.charts import charts_of, mount_charts, newest_of, with_numbers
from virtadmin.web.condition import LIMITED, known_of, stage_of, standing, state_of, threshold_of
from virtadmin.web.details import details
from virtadmin.web.forms.server import AcceptHostKey, Limits, ServerSettings
from virtadmin.web.spans import Span

FRAGMENTS = {"now": "web/server/now.html", "told": "web/server/told.html"}
RECENT = 8
SET_HERE = {**LIMITED, "window": "the mean's seconds"}
"""How a field of Threshold that a person set is called in a sentence."""


@signed_in
def server(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everything known of it now."""
    return server_page(request, one(request, pk))


def one(request: SignedInRequest, pk: int) -> Server:
    """The server with all its page needs; 404 if this person may not see it."""
    rows = servers_visible(request.user).select_related("state", "threshold", "owner", "parent", "enrolment_log")
    return found(rows.prefetch_related("tags", "groups"), pk)


def server_page(
    request: SignedInRequest, shown: Server, *, limits: Limits | None = None, host_key: AcceptHostKey | None = None
) -> HttpResponse:
    """The page, with a form that was filled in wrongly shown again as it was."""
    state, threshold, now = state_of(shown), threshold_of(shown), timezone.now()
    changed = stage_of(state) == Stage.HOST_KEY_CHANGED
    context = {
        "server": shown,
        "state": state,
        "threshold": threshold,
        "standing": standing(known_of(shown, state, threshold), now),
        "details": details(shown, state, threshold),
        **charts_context(request, shown, state),
        "set_here": [SET_HERE[name] for name in threshold.overridden] if threshold else [],
        "limits": limits or (Limits.for_threshold(threshold) if threshold else None),
        "host_key": host_key or (AcceptHostKey() if changed else None),
        "notices": lambda: notifications_visible(request.user).filter(server=shown)[:RECENT],
        "profiles": lambda: shown.profiles.all()[:5],
        "log": getattr(shown, "enrolment_log", None),
    }
    failed = bool((limits and limits.errors) or (host_key and host_key.errors))
    return page(request, "web/server/page.html", context, fragments=FRAGMENTS, status=422 if failed else 200)


def charts_context(request: SignedInRequest, shown: Server, state: ServerState) -> dict[str, Any]:
    """What the charts need: those of all metrics the server has, and of its mounts, over the time asked for."""
    span, observed = Span.of(request.GET, time.time()), state.metrics
    charts = charts_of(CATALOGUE, observed.get("values", {}))
    mounts = mount_charts(observed.get("details", {}).get("mounts", ()))
    numbers = "numbers" in request.GET
    if numbers:
        charts, mounts = (with_numbers(some, shown.pk, span) for some in (charts, mounts))
    return {
        "span": span,
        "charts": charts,
        "mount_charts": mounts,
        "numbers": numbers,
        "source": reverse("api:server-history", args=[shown.pk]),
        "marks": reverse("api:server-marks", args=[shown.pk]),
        "interval": shown.interval,
        "newest": newest_of(observed),
    }


@signed_in
def settings(request: SignedInRequest, pk: int) -> HttpResponse:
    """Name, tags, interval and link speed."""
    require(request.user, "servers.change_server")
    shown = one(request, pk)
    form = ServerSettings.for_server(shown, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            server_update(server=shown, actor=request.user, **cleaned(form))
            return go_to(request, reverse("web:server", args=[pk]))
    return page(request, "web/server/settings.html", {"server": shown, "form": form})


@require_POST
@signed_in
def pause(request: SignedInRequest, pk: int) -> HttpResponse:
    """Pause it, or go on with it: `enabled` is 0 or 1."""
    require(request.user, "servers.change_server")
    server_update(server=one(request, pk), actor=request.user, enabled=request.POST.get("enabled") == "1")
    return go_to(request, reverse("web:server", args=[pk]))
