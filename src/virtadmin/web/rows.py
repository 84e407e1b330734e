"""One server as a line of the first page: words and figures ready to print."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from virtadmin.alerting.models import Threshold
from virtadmin.servers.models import Server, ServerState
from virtadmin.web import figures
from virtadmin.web.condition import Condition, Standing, standing


@dataclass(frozen=True, slots=True)
class Gauge:
    """A share of something with its limit, drawn as a bar. `value` and `limit` in percent; None = not known."""

    label: str
    text: str
    value: float | None = None
    limit: float | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A server as it is listed."""

    server: Server
    tags: list[str]
    standing: Standing
    gauges: list[Gauge]
    """CPU, memory, disk, network; their labels and texts are ours, never a person's."""
    network_in: str
    network_out: str
    uptime: str
    last_update: datetime | None
    ago: str

    @property
    def faded(self) -> bool:
        """Whether its numbers are of the past."""
        return self.standing.condition in (Condition.DOWN, Condition.STALE, Condition.PAUSED, Condition.PENDING)


def state_of(server: Server) -> ServerState:
    """What is known of the server; a blank one while nothing is."""
    return getattr(server, "state", None) or ServerState(server=server)


def threshold_of(server: Server) -> Threshold | None:
    """The server's limits, where they are made already."""
    return getattr(server, "threshold", None)


def rows(servers: Iterable[Server], now: datetime) -> list[Row]:
    """The servers as lines of the list, in their order."""
    return [row(server, now) for server in servers]


def row(server: Server, now: datetime) -> Row:
    """One line. The server comes with state, threshold, tags and `link_found` (Mb/s or None) read already."""
    state, threshold = state_of(server), threshold_of(server)
    link = server.link_speed or getattr(server, "link_found", None)
    return Row(
        server=server,
        tags=[tag.name for tag in server.tags.all()],
        standing=standing(server, state, threshold, now),
        gauges=[*headline_gauges(state, threshold), network_gauge(state, threshold, link)],
        network_in=figures.short(state.network_usage_in),
        network_out=figures.short(state.network_usage_out),
        uptime=figures.duration(state.uptime),
        last_update=state.last_update,
        ago=figures.ago(state.last_update, now),
    )


def headline_gauges(state: ServerState, threshold: Threshold | None) -> list[Gauge]:
    """CPU, memory and fullest disk."""
    return [
        _gauge("CPU", state.cpu_usage, threshold, "cpu_usage"),
        _gauge("Memory", state.ram_usage, threshold, "ram_usage"),
        _gauge("Disk", state.hdd_usage, threshold, "hdd_usage"),
    ]


def _gauge(label: str, value: float | None, threshold: Threshold | None, name: str) -> Gauge:
    limit = getattr(threshold, name, None)
    return Gauge(label, figures.percent(value), value, limit, bool(getattr(threshold, f"{name}_notified", False)))


def network_gauge(state: ServerState, threshold: Threshold | None, link: float | None) -> Gauge:
    """The busier direction as a share of the link; without a known link speed there is no share and no limit."""
    flows = [
        (flow, name)
        for flow, name in (
            (state.network_usage_in, "network_in_usage"),
            (state.network_usage_out, "network_out_usage"),
        )
        if flow is not None
    ]
    if not link or not flows:
        return Gauge("Network", figures.ABSENT)
    flow, name = max(flows)
    over = any(getattr(threshold, f"{name}_notified", False) for _, name in flows)
    share = min(100.0, 100 * flow / link)
    return Gauge("Network", figures.percent(share), share, getattr(threshold, name, None), over)
