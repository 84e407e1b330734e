"""The lines of the first page. Written in Python and not as a template: a thousand of them in 0.1 s is what people
with that many servers need, and Django's templates take ten times as long. All text that people chose is escaped."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from virtadmin.web import figures
from virtadmin.web.condition import FADED, LIMITED, Condition, Known, Standing, standing
from virtadmin.web.gauge import LIMITED_LABELS, Gauge, bar, cell, share
from virtadmin.web.marks import moment_mark, sign_mark
from virtadmin.web.sparks import Points, spark

STATE = ("status", "status_reason", "last_update", "uptime", "network_usage_in", "network_usage_out", *LIMITED_LABELS)
COLUMNS = (
    "pk", "name", "ip_address", "port", "enabled", "enrolled", "interval", "link_speed", "link_found",
    *(f"state__{name}" for name in STATE),
    *(f"threshold__{name}" for name in LIMITED),
    *(f"threshold__{name}_notified" for name in LIMITED),
)  # fmt: skip
"""What a line is made of, as a query calls it."""
FLOWS = {"network_in_usage": "state__network_usage_in", "network_out_usage": "state__network_usage_out"}

Listed = Mapping[str, Any]
"""One server's COLUMNS."""


@dataclass(frozen=True, slots=True)
class Around:
    """What is known besides of the servers that are listed: read for all of them at once."""

    tags: Mapping[int, list[str]]
    sparks: Mapping[int, Points]
    now: datetime


def lines(servers: Iterable[Listed], around: Around) -> list[SafeString]:
    """Each server as a table's row, in their order."""
    address = reverse("web:server", args=[0])
    return [SafeString(_line(server, around, address)) for server in servers]  # nosec B703 # it escapes people's text


def tiles(servers: Iterable[Listed], around: Around) -> list[SafeString]:
    """Each server as a tile, in their order."""
    address = reverse("web:server", args=[0])
    return [SafeString(_tile(server, around, address)) for server in servers]  # nosec B703 # it escapes people's text


def _line(server: Listed, around: Around, address: str) -> str:
    told, now = standing(_known(server), around.now), around.now
    faded = ' class="faded"' if told.condition in FADED else ""
    cpu, *others = map(cell, _gauges(server))
    flows = f"{figures.short(server['state__network_usage_in'])}<br>{figures.short(server['state__network_usage_out'])}"
    return (
        f'<tr{faded}><th scope="row">{_name(server, around, address)}</th><td class="status">{_status(told)}</td>'
        f'{cpu}<td class="line">{_spark(server, told, around)}</td>{"".join(others)}'
        f'<td class="n flows">{flows}</td>'
        f'<td class="n uptime">{figures.duration(server["state__uptime"])}</td>'
        f'<td class="n last">{moment_mark(server["state__last_update"], now)}</td></tr>\n'
    )


def _tile(server: Listed, around: Around, address: str) -> str:
    told = standing(_known(server), around.now)
    faded = " faded" if told.condition in FADED else ""
    gauges = "".join(
        f'<li class="{"over" if gauge.over else ""}"><span>{gauge.label}</span> <b>{gauge.text}</b>{bar(gauge)}</li>'
        for gauge in _gauges(server)
    )
    return (
        f'<li class="tile {told.condition}{faded}"><h3>{_name(server, around, address)}</h3>'
        f'<div class="status">{_status(told)}</div>{_spark(server, told, around)}<ul>{gauges}</ul></li>\n'
    )


def _spark(server: Listed, told: Standing, around: Around) -> str:
    newest = None if told.condition in FADED else server["state__cpu_usage"]
    return spark(around.sparks.get(server["pk"], ()), around.now.timestamp(), newest)


def _name(server: Listed, around: Around, address: str) -> str:
    port = "" if server["port"] in (0, 22) else f":{server['port']}"
    words = "".join(f' <span class="tag">{escape(tag)}</span>' for tag in around.tags.get(server["pk"], ()))
    link = address.replace("0", str(server["pk"]))
    return (
        f'<a href="{link}">{escape(server["name"])}</a> '
        f'<span class="code">{escape(server["ip_address"])}{port}</span>{words}'
    )


def _status(told: Standing) -> str:
    reason = ""
    if told.reason and told.condition != Condition.PAUSED:
        reason = f'<p title="{escape(told.hint)}">{escape(told.reason)}</p>'
    return f"{sign_mark(told.condition)}{told.word}{reason}"


def _known(server: Listed) -> Known:
    return Known(
        enabled=server["enabled"],
        enrolled=server["enrolled"],
        interval=server["interval"],
        status=server["state__status"] or "pending",
        status_reason=server["state__status_reason"] or "",
        last_update=server["state__last_update"],
        crossed=[name for name in LIMITED if server[f"threshold__{name}_notified"]],
    )


def _gauges(server: Listed) -> list[Gauge]:
    headline = [
        share(
            label,
            server[f"state__{name}"],
            server[f"threshold__{name}"],
            over=bool(server[f"threshold__{name}_notified"]),
        )
        for name, label in LIMITED_LABELS.items()
    ]
    return [*headline, _network(server)]


def _network(server: Listed) -> Gauge:
    """The busier direction as a share of the link; without a known link speed there is no share and no limit."""
    link = server["link_speed"] or server["link_found"]
    flows = [(server[column], name) for name, column in FLOWS.items() if server[column] is not None]
    if not link or not flows:
        return Gauge("Network", figures.ABSENT)
    flow, name = max(flows)
    over = any(server[f"threshold__{limit}_notified"] for limit in FLOWS)
    return share("Network", min(100.0, 100 * flow / link), server[f"threshold__{name}"], over=over)
