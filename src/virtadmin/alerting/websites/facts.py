"""What messages about a website show. Texts of strangers (addresses, names in certificates) are cut."""

from datetime import UTC, datetime
from typing import Any

from virtadmin.alerting.models import Incident, Telling
from virtadmin.alerting.subject import address_of, called
from virtadmin.websites.check.stages import Stage
from virtadmin.websites.models import Url, UrlState

What = Telling.What
INCIDENTS = "/incidents/"
"""The page that lists them."""
LONGEST = 300
"""Characters of an address or a name that a message shows."""
ACRONYMS = {"dns": "DNS", "tls": "TLS", "http": "HTTP"}
CONNECTING, ENCRYPTING, WAITING = "connecting", "agreeing on encryption (TLS)", "waiting for the answer"
READING, FOLLOWING, JUDGING = "reading the answer", "following redirects", "judging the answer"
PHASES: dict[str, str] = {
    Stage.REQUEST: "preparing the request",
    Stage.ADDRESS: "finding the address",
    Stage.DNS: "finding the address",
    Stage.FORBIDDEN_ADDRESS: "finding the address",
    **dict.fromkeys((Stage.REFUSED, Stage.UNREACHABLE, Stage.CONNECT_TIMEOUT), CONNECTING),
    **dict.fromkeys((Stage.TLS_TIMEOUT, Stage.TLS_FAILED, Stage.TLS_TOO_OLD, Stage.NOT_TLS), ENCRYPTING),
    **dict.fromkeys((stage for stage in Stage if "certificate" in stage), ENCRYPTING),
    **dict.fromkeys((Stage.HEADERS_TIMEOUT, Stage.CLOSED, Stage.INVALID_HTTP, Stage.HEADERS_TOO_LARGE), WAITING),
    **dict.fromkeys((Stage.BODY_TIMEOUT, Stage.BODY_TOO_LARGE, Stage.UNPACKED_TOO_LARGE), READING),
    **dict.fromkeys((Stage.REDIRECT_LOOP, Stage.TOO_MANY_REDIRECTS, Stage.REDIRECT_INVALID), FOLLOWING),
    **dict.fromkeys((Stage.STATUS, Stage.TEXT_MISSING, Stage.TEXT_FORBIDDEN), JUDGING),
}
"""What the check was doing, by the stage that failed."""


def website(what: str, incident: Incident, url: Url, at: datetime) -> dict[str, Any]:
    """What is shown besides what every incident's message shows."""
    if incident.kind == Incident.Kind.CERTIFICATE_EXPIRY:
        return about(url) | _certificate(what, incident, url, at)
    return about(url) | _down(what, incident, url)


def about(url: Url) -> dict[str, Any]:
    """Which website it is."""
    return {
        "website": url.pk,
        "name": called(url),
        "address": address_of(url)[:LONGEST],
        "page": INCIDENTS,
        "runs_on": called(url.server) if url.server else "",
    }


def failure(incident: Incident) -> str:
    """Why a website is down, in a few words: "HTTP 503", "connect timeout"."""
    status = incident.context.get("status")
    if incident.stage == Stage.STATUS and status:
        return f"HTTP {status}"
    return " ".join(ACRONYMS.get(word, word) for word in incident.stage.split("_"))


def listed(incident: Incident, url: Url, at: datetime) -> dict[str, Any]:
    """One of several that are down, or up again."""
    return {
        **{name: value for name, value in about(url).items() if name in ("website", "name", "address")},
        "failure": failure(incident),
        "since": incident.opened.isoformat(),
        "seconds": round(((incident.closed or at) - incident.opened).total_seconds()),
    }


def _down(what: str, incident: Incident, url: Url) -> dict[str, Any]:
    facts = {"status": "up" if what == What.CLOSED else "down", "failure": failure(incident)}
    facts |= {"http_status": incident.context.get("status"), "phase": PHASES.get(incident.stage, "")}
    return facts if what == What.CLOSED else facts | {"hint": incident.hint, "redirect": _redirect(url)}


def _redirect(url: Url) -> str:
    """Where the newest check was sent last."""
    state = _state(url)
    hops = state.details.get("redirects", []) if state else []
    return str(hops[-1].get("to", ""))[:LONGEST] if hops else ""


def _certificate(what: str, incident: Incident, url: Url, at: datetime) -> dict[str, Any]:
    expires = float(incident.context.get("expires", 0))
    state = _state(url)
    return {
        "expires": datetime.fromtimestamp(expires, UTC).isoformat(),
        "left": round(expires - at.timestamp()),
        "issuer": str(state.certificate.get("issuer", ""))[:LONGEST] if state else "",
        "renewed": incident.context.get("renewed", "") if what == What.CLOSED else "",
    }


def _state(url: Url) -> UrlState | None:
    return getattr(url, "state", None)
