"""Servers, websites and incidents in a line of a chat. Pure; each name is made one line, whoever it comes from."""

from datetime import UTC, datetime

from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.models import Incident
from virtadmin.alerting.subject import called
from virtadmin.alerting.websites.judging import known_expiry
from virtadmin.notifications.rendering import one_line
from virtadmin.notifications.templatetags.messages_text import duration, percent
from virtadmin.servers.models import Server, ServerState
from virtadmin.websites.models import Url

NAME_LENGTH = 60
STATES = {
    "up": "up",
    "down": "lost",
    "paused": "paused",
    "pending": "waiting for its first numbers",
    "unknown": "unsure",
}
DOWN = {Incident.Kind.LOST.value: "lost", Incident.Kind.URL_DOWN.value: "down"}
WEBSITE_STATES = {"up": "up", "down": "down", "paused": "paused", "pending": "waiting for its first check"}
FORECASTS = ("disk_forecast", "ram_forecast")
HOUR = 3600
GIB = 1024


def short(text: str, most: int = NAME_LENGTH) -> str:
    """The text on one line, with "…" where it was cut."""
    line = one_line(text)
    return line if len(line) <= most else line[: most - 1] + "…"


def count(number: int, one: str, many: str = "") -> str:
    """`1 server`, `2 servers`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def server_line(server: Server) -> str:
    """`web1: up, CPU 12 %, memory 40 %, disk 70 %`."""
    state = STATES[server.status]
    figures = _figures(server.state) if server.status == "up" else []
    return f"{short(server.name)}: {', '.join([state, *figures])}"


def server_lines(server: Server, now: datetime) -> list[str]:
    """All that is measured all the time, a line each, how old it is first."""
    state = server.state
    lines = [f"{short(server.name)} ({short(server.ip_address)}) is {STATES[server.status]}."]
    if state.status_reason and server.enabled:
        lines.append(f"{_sentence(state.status_reason.partition(': ')[2] or state.status_reason)}")
    if state.last_update is None:
        return lines
    age = duration((now - state.last_update).total_seconds())
    lines.append(f"Measured {age} ago:")
    lines += [f"• {figure[0].upper()}{figure[1:]}" for figure in [*_figures(state, sizes=True), *_network(state)]]
    if state.uptime is not None:
        lines.append(f"• Up for {duration(state.uptime)}")
    return lines


def incident_line(incident: Incident, now: datetime) -> str:
    """`#12 web1: CPU at 97 % for 5 min, acknowledged by ann`."""
    since = duration((now - incident.opened).total_seconds())
    line = f"#{incident.pk} {short(called(incident.about))}: {incident_words(incident)}, for {since}"
    if incident.acknowledged:
        by = incident.acknowledged_by
        line += f", acknowledged{f' by {by.get_username()}' if by else ''}"
    return line


def incident_words(incident: Incident) -> str:
    """`CPU at 97 %`, `disk /var at 91 %`, `lost (no answer within 5 s)`."""
    kind, value, place = incident.kind, incident.value, short(incident.place)
    if kind in LIMITS and value is not None:
        return f"{incident.get_kind_display()}{f' {place}' if place else ''} at {percent(value)}"
    if kind in FORECASTS and value is not None:
        return f"{place or 'memory'} full in {duration(value * HOUR)}"
    if kind in DOWN:
        reason = short(incident.reason, 120).rstrip(".")
        return f"{DOWN[kind]} ({reason[:1].lower()}{reason[1:]})" if reason else DOWN[kind]
    if kind == Incident.Kind.CERTIFICATE_EXPIRY and incident.value is not None:
        return _certificate(incident)
    return incident.get_kind_display()


def website_line(url: Url) -> str:
    """`shop.example.org: up, 200, 85 ms`."""
    state = url.state
    words = [WEBSITE_STATES[url.status]]
    if url.status in ("up", "down") and state.status_code:
        words.append(f"HTTP {state.status_code}")
    if url.status == "up" and state.response_time is not None:
        words.append(f"{state.response_time:.0f} ms")
    return f"{short(called(url))}: {', '.join(words)}"


def _certificate(incident: Incident) -> str:
    if incident.level == Incident.Level.CRITICAL:
        return "certificate has expired"
    expires = datetime.fromtimestamp(known_expiry(incident), UTC)
    return f"certificate expires {expires:%-d %b %Y}"


def _figures(state: ServerState, *, sizes: bool = False) -> list[str]:
    parts = (
        ("CPU", state.cpu_usage, ""),
        ("memory", state.ram_usage, _of(state.ram_total, 1 / GIB)),
        ("disk", state.hdd_usage, _of(state.hdd_total, 1)),
    )
    return [f"{name} {percent(value)}{size if sizes else ''}" for name, value, size in parts if value is not None]


def _network(state: ServerState) -> list[str]:
    if state.network_usage_in is None or state.network_usage_out is None:
        return []
    return [f"network {state.network_usage_in:.3g} Mb/s in, {state.network_usage_out:.3g} Mb/s out"]


def _of(total: float | None, gib: float) -> str:
    """` of 15.6 GiB`; nothing where the size is not known."""
    return "" if total is None else f" of {total * gib:.1f} GiB"


def _sentence(text: str) -> str:
    line = short(text, 300).rstrip(".")
    return f"{line[:1].upper()}{line[1:]}."
