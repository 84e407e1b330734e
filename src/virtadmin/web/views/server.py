"""A server: its newest numbers and its past, its limits and incidents, what it is, and how it came here."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from virtadmin.alerting.rules.quiet import holds
from virtadmin.alerting.selectors import incidents_visible
from virtadmin.alerting.subject import subject_of
from virtadmin.notifications.selectors import notifications_visible
from virtadmin.servers.models import Server
from virtadmin.servers.selectors import servers_visible
from virtadmin.ssh.stages import Stage
from virtadmin.web.access import SignedInRequest, found, signed_in
from virtadmin.web.answers import page, wanted_fragment
from virtadmin.web.charts import newest_of
from virtadmin.web.condition import known_of, stage_of, standing, state_of, threshold_of
from virtadmin.web.details import details
from virtadmin.web.forms.server import AcceptHostKey, Limits
from virtadmin.web.incidents import Line, incidents_lines
from virtadmin.web.limits import shown_limits
from virtadmin.web.server_charts import charts_context

FRAGMENTS = {
    "now": "web/server/now.html",
    "parts": "web/server/parts.html",
    "here": "web/server/incidents.html",
    "told": "web/server/told.html",
    "measured": "web/server/measured.html",
}
LIGHT = FRAGMENTS.keys() - {"measured"}
"""Fragments that look at no past."""
RECENT = 5


@signed_in
def server(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everything known of it; `?range=7d` says which time the charts show."""
    return server_page(request, one(request, pk))


def one(request: SignedInRequest, pk: int) -> Server:
    """The server with all its page needs; 404 if this person may not see it."""
    rows = servers_visible(request.user).select_related("state", "threshold", "owner", "enrolment_log")
    return found(rows.prefetch_related("tags", "groups"), pk)


def server_page(
    request: SignedInRequest, shown: Server, *, limits: Limits | None = None, host_key: AcceptHostKey | None = None
) -> HttpResponse:
    """The page, with a form that was filled in wrongly shown again as it was."""
    state, threshold = state_of(shown), threshold_of(shown)
    changed = stage_of(state) == Stage.HOST_KEY_CHANGED
    now = details(shown, state, threshold)
    context: dict[str, Any] = {
        "server": shown,
        "state": state,
        "standing": standing(known_of(shown, state, threshold), timezone.now()),
        "details": now,
        "newest": newest_of(state.metrics),
        "lines": lambda: _lines(request, shown),
        "notices": lambda: notifications_visible(request.user).filter(server=shown)[:RECENT],
        "host_key": host_key or (AcceptHostKey() if changed else None),
    }
    if wanted_fragment(request) not in LIGHT:
        context |= _whole(request, shown, now.link_speed, limits)
    failed = bool((limits and limits.errors) or (host_key and host_key.errors))
    return page(request, "web/server/page.html", context, fragments=FRAGMENTS, status=422 if failed else 200)


def _whole(request: SignedInRequest, shown: Server, link: int | None, form: Limits | None) -> dict[str, Any]:
    """What no fragment needs."""
    state, threshold = state_of(shown), threshold_of(shown)
    limits = shown_limits(threshold, form) if threshold else {}
    held = holds([(subject_of(shown), "")], timezone.now())
    charts = charts_context(request.GET, shown, state, limits, link)
    placed = {limit.name for chart in charts["charts"] for limit in chart.limits}
    return {
        **charts,
        "limits": [limit for limit in limits.values() if limit.name not in placed],
        "refused": form,
        "hold": next(iter(held.values()), None),
        "profiles": shown.profiles.all()[:RECENT],
        "log": getattr(shown, "enrolment_log", None),
        "above": _above(request, shown),
    }


def _above(request: SignedInRequest, shown: Server) -> Server | None:
    """What it hangs on, if that is shared with this person too."""
    return servers_visible(request.user).filter(pk=shown.parent_id).first() if shown.parent_id else None


def _lines(request: SignedInRequest, shown: Server) -> list[Line]:
    """What is open, and the newest that are over."""
    rows = incidents_visible(request.user).filter(server=shown).select_related("acknowledged_by")
    some = [*rows.filter(open_key__isnull=False), *rows.filter(open_key=None)[:RECENT]]
    return incidents_lines(some, request.user)
