"""What people are told of an event: the kind of message, its level, and the facts it shows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from virtadmin.accounts.models import User
from virtadmin.alerting.evaluation import Change, Reason
from virtadmin.alerting.judging import HOST_KEY_CHANGED, LOST, Event
from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.models import Incident
from virtadmin.notifications.models import Notification
from virtadmin.notifications.services import Draft
from virtadmin.servers.models import Server

Level = Notification.Level
KINDS = {
    (LOST, Change.OPEN): "server_lost",
    (LOST, Change.CLOSE): "server_back",
    (HOST_KEY_CHANGED, Change.OPEN): "host_key_changed",
    (HOST_KEY_CHANGED, Change.CLOSE): "host_key_settled",
}
"""The templates of what is no limit."""
LIMIT_KINDS = {Change.OPEN: "limit_crossed", Change.RISE: "limit_critical", Change.CLOSE: "limit_cleared"}
SSH_PORT = 22


def draft_of(event: Event, incident: Incident, server: Server, audience: Sequence[User], at: datetime) -> Draft:
    """The message of an event. `incident` and `server` are as they are after it."""
    closed = event.change == Change.CLOSE
    return Draft(
        kind=KINDS.get((event.kind, event.change)) or LIMIT_KINDS[event.change],
        level=Level.RECOVERY if closed else Level(incident.level),
        audience=audience,
        facts=_common(incident, server, at) | (_limit(event, incident) if event.kind in LIMITS else _reach(event)),
        thread=f"incident-{incident.uid.hex}",
        server_id=server.pk,
    )


def _common(incident: Incident, server: Server, at: datetime) -> dict[str, Any]:
    return {
        "server": server.pk,
        "name": server.name,
        "address": _address(server),
        "incident": incident.pk,
        "since": incident.opened.isoformat(),
        "seconds": round((at - incident.opened).total_seconds()),
        "stage": incident.stage,
        "reason": incident.reason,
        "last_update": _last_update(server),
    }


def _limit(event: Event, incident: Incident) -> dict[str, Any]:
    """`cpu_usage` or whichever it is holds the figure; the message calls it by `metric` and `label`."""
    return {
        event.kind: round(event.value or 0, 2),
        "metric": event.kind,
        "label": LIMITS[event.kind].label,
        "limit": event.limit,
        "window": event.window,
        "peak": round(incident.peak or 0, 2),
        "place": event.place,
        "limit_changed": event.why == Reason.LIMIT_CHANGED,
    }


def _reach(event: Event) -> dict[str, Any]:
    """A changed host key says nothing of up or down: what answers may be another machine."""
    if event.change == Change.CLOSE:
        return {"status": "up"}
    return {"hint": event.hint} | ({"status": "down"} if event.kind == LOST else {})


def _address(server: Server) -> str:
    host = f"[{server.ip_address}]" if ":" in server.ip_address else server.ip_address
    return server.ip_address if server.port in (0, SSH_PORT) else f"{host}:{server.port}"


def _last_update(server: Server) -> str | None:
    state = getattr(server, "state", None)  # a server of a moment ago may have none yet
    return state.last_update.isoformat() if state and state.last_update else None
