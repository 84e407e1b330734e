"""What people are told of one incident: the kind of message, its level, and the facts it shows."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from virtadmin.accounts.models import User
from virtadmin.alerting.evaluation import Reason
from virtadmin.alerting.judging import HOST_KEY_CHANGED, LOST
from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.models import Incident, Telling
from virtadmin.alerting.subject import Watched, address_of, called
from virtadmin.alerting.websites.facts import website
from virtadmin.notifications.models import Notification
from virtadmin.notifications.services import Draft
from virtadmin.servers.models import Server

Level, What, Kind = Notification.Level, Telling.What, Incident.Kind
KINDS = {
    (LOST, What.OPENED): "server_lost",
    (LOST, What.CLOSED): "server_back",
    (HOST_KEY_CHANGED, What.OPENED): "host_key_changed",
    (HOST_KEY_CHANGED, What.CLOSED): "host_key_settled",
    (Kind.DISK_FORECAST, What.OPENED): "forecast",
    (Kind.DISK_FORECAST, What.CLOSED): "forecast_over",
    (Kind.RAM_FORECAST, What.OPENED): "forecast",
    (Kind.RAM_FORECAST, What.CLOSED): "forecast_over",
    (Kind.URL_DOWN, What.OPENED): "website_down",
    (Kind.URL_DOWN, What.CLOSED): "website_up",
    (Kind.CERTIFICATE_EXPIRY, What.OPENED): "certificate_expiring",
    (Kind.CERTIFICATE_EXPIRY, What.REPEATED): "certificate_expiring",
    (Kind.CERTIFICATE_EXPIRY, What.RISEN): "certificate_expired",
    (Kind.CERTIFICATE_EXPIRY, What.CLOSED): "certificate_renewed",
}
"""The templates of what is no limit."""
LIMIT_KINDS = {What.OPENED: "limit_crossed", What.RISEN: "limit_critical", What.CLOSED: "limit_cleared"}
WITH_CONTEXT = (Kind.CPU.value, Kind.RAM.value)
"""What processes have to do with: the message waits a moment for them."""
EXPLAINED = (What.OPENED, What.RISEN)
"""What is told with the processes of that moment: later ones would be wrong, and a recovery needs none."""
CONTEXT_WAIT = timedelta(seconds=2.5)


def draft_of(what: str, incident: Incident, watched: Watched, audience: Sequence[User], at: datetime) -> Draft:
    """The message that tells this alone."""
    return Draft(
        kind=kind_of(what, incident),
        level=level_of([(what, incident)]),
        audience=audience,
        facts=facts_of(what, incident, watched, at),
        thread=thread_of(incident),
        server_id=incident.server_id,
        url_id=incident.url_id,
        hold_until=hold_until([(what, incident)], at),
        severity=severity_of([incident]),
    )


def kind_of(what: str, incident: Incident) -> str:
    """The templates that tell this."""
    if incident.kind == Kind.CERTIFICATE_EXPIRY and incident.level == Level.CRITICAL and what != What.CLOSED:
        what = What.RISEN
    return KINDS.get((incident.kind, What(what))) or LIMIT_KINDS[What(what)]


def thread_of(incident: Incident) -> str:
    """What all messages of this incident belong to."""
    return f"incident-{incident.uid.hex}"


def severity_of(incidents: Iterable[Incident]) -> str:
    """The worst level of these."""
    levels = {incident.level for incident in incidents}
    return str(Level.CRITICAL if Level.CRITICAL in levels else Level.WARNING)


def level_of(told: Iterable[tuple[str, Incident]]) -> Notification.Level:
    """The level of a message that tells this: that of the worst that is open, else it tells of a recovery."""
    is_open = [incident for what, incident in told if what != What.CLOSED]
    return Level(severity_of(is_open)) if is_open else Level.RECOVERY


def hold_until(told: Iterable[tuple[str, Incident]], at: datetime) -> datetime | None:
    """Until when the message may wait for what `incident_context_save` adds."""
    until = [
        (at if what == What.RISEN else incident.opened) + CONTEXT_WAIT
        for what, incident in told
        if incident.kind in WITH_CONTEXT and (what == What.RISEN or (what == What.OPENED and not incident.context))
    ]
    return max(until) if until and max(until) > at else None


def facts_of(what: str, incident: Incident, watched: Watched, at: datetime) -> dict[str, Any]:
    """What the message shows. `incident` is as it is now, which may be worse than it was when it opened."""
    about = _of_server(what, incident, watched) if isinstance(watched, Server) else website(what, incident, watched, at)
    return {
        "name": called(watched),
        "address": address_of(watched),
        "incident": incident.pk,
        "since": incident.opened.isoformat(),
        "seconds": round(((incident.closed or at) - incident.opened).total_seconds()),
        "stage": incident.stage,
        "reason": incident.reason,
        **about,
    }


def _of_server(what: str, incident: Incident, server: Server) -> dict[str, Any]:
    return {
        "server": server.pk,
        "last_update": _last_update(server),
        **_particulars(what, incident),
        **(incident.context if what in EXPLAINED else {}),
    }


def _particulars(what: str, incident: Incident) -> dict[str, Any]:
    if incident.kind in LIMITS:
        return _limit(incident)
    if incident.kind in (LOST, HOST_KEY_CHANGED):
        return _reach(what, incident)
    return {"label": incident.get_kind_display(), "place": incident.place, "hours": incident.value}


def _limit(incident: Incident) -> dict[str, Any]:
    """`cpu_usage` or whichever it is holds the figure; the message calls it by `metric` and `label`."""
    return {
        incident.kind: round(incident.value or 0, 2),
        "metric": incident.kind,
        "label": LIMITS[incident.kind].label,
        "limit": incident.limit,
        "window": incident.window,
        "peak": round(incident.peak or 0, 2),
        "place": incident.place,
        "limit_changed": incident.ending == Reason.LIMIT_CHANGED,
    }


def _reach(what: str, incident: Incident) -> dict[str, Any]:
    """A changed host key says nothing of up or down: what answers may be another machine."""
    if what == What.CLOSED:
        return {"status": "up"}
    return {"hint": incident.hint} | ({"status": "down"} if incident.kind == LOST else {})


def _last_update(server: Server) -> str | None:
    state = getattr(server, "state", None)  # a server of a moment ago may have none yet
    return state.last_update.isoformat() if state and state.last_update else None
