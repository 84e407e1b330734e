"""The newest observation of one server, ready to print: gauges, figures, cores, mounts, devices, interfaces, facts."""

from dataclasses import dataclass
from typing import Any

from virtadmin.alerting.models import Threshold
from virtadmin.servers.models import Server, ServerState
from virtadmin.web import figures
from virtadmin.web.gauge import LIMITED_LABELS, Gauge, share

CPU_MODES = {
    "user": "programs",
    "nice": "low priority",
    "system": "kernel",
    "iowait": "waiting for disks",
    "irq": "interrupts",
    "softirq": "soft interrupts",
    "steal": "taken by other guests",
}
FACTS = {
    "os": "System",
    "kernel": "Kernel",
    "machine": "Architecture",
    "cpu": "Processor",
    "cores": "Cores",
    "hostname": "Calls itself",
    "link_speed": "Link speed found (Mb/s)",
    "probe": "Probe",
}


@dataclass(frozen=True, slots=True)
class Details:
    """What the server's page shows of now."""

    gauges: list[tuple[Gauge, str]]
    """With a note beneath: of how much, on which mount."""
    figures: list[tuple[str, str]]
    modes: list[tuple[str, str]]
    cores: list[Gauge]
    mounts: list[dict[str, Any]]
    devices: list[dict[str, Any]]
    interfaces: list[dict[str, Any]]
    facts: list[tuple[str, str]]
    link_speed: int | None
    """Mb/s; None = not known, so the network's limits are off."""


def details(server: Server, state: ServerState, threshold: Threshold | None) -> Details:
    """Sort out what is known; what is not known is left out."""
    values, more = state.metrics.get("values", {}), state.metrics.get("details", {})
    link = server.link_speed or state.facts.get("link_speed")
    cpu, memory, disk = (_headline(name, state, threshold) for name in LIMITED_LABELS)
    gauges = [
        (cpu, _cores(state)),
        (memory, f"of {figures.mebibytes(state.ram_total)}" if state.ram_total else ""),
        (disk, _mount(state, more)),
        *_network(values, threshold, link),
    ]
    return Details(
        gauges=[*gauges, *_unlimited(values, more)],
        figures=_figures(values),
        modes=[(CPU_MODES[name], figures.percent(share)) for name, share in more.get("cpu", {}).items() if share],
        cores=[share(name, usage) for name, usage in more.get("cores", {}).items()],
        mounts=[{**mount, "gauge": share("", mount["usage"])} for mount in more.get("mounts", [])],
        devices=[{**device, "gauge": share("", device["busy"])} for device in more.get("devices", [])],
        interfaces=more.get("interfaces", []),
        facts=[(label, str(state.facts[name])) for name, label in FACTS.items() if state.facts.get(name)],
        link_speed=link,
    )


def _headline(name: str, state: ServerState, threshold: Threshold | None) -> Gauge:
    over = bool(getattr(threshold, f"{name}_notified", False))
    return share(LIMITED_LABELS[name], getattr(state, name), getattr(threshold, name, None), over=over)


def _cores(state: ServerState) -> str:
    cores = state.facts.get("cores")
    return f"of {cores} core{'s' if cores != 1 else ''}" if cores else ""


def _mount(state: ServerState, more: dict[str, Any]) -> str:
    size = f"of {figures.gibibytes(state.hdd_total)}" if state.hdd_total else ""
    return f"{size}, {more['hdd_mount']}" if size and "hdd_mount" in more else size


def _network(values: dict[str, float], threshold: Threshold | None, link: int | None) -> list[tuple[Gauge, str]]:
    found = []
    for way in ("in", "out"):
        share, flow = values.get(f"network_{way}_percent"), values.get(f"network_usage_{way}")
        limit = getattr(threshold, f"network_{way}_usage", None) if share is not None else None
        over = bool(getattr(threshold, f"network_{way}_usage_notified", False))
        text = figures.percent(share) if link else figures.rate(flow)
        note = f"{figures.short(flow)} of {link} Mb/s" if link else "link speed not known"
        found.append((Gauge(f"Network {way}", text, share, limit, over), note))
    return found


def _unlimited(values: dict[str, float], more: dict[str, Any]) -> list[tuple[Gauge, str]]:
    """Swap and inodes, where there are any."""
    found = []
    for name, label, note in (("swap_usage", "Swap", ""), ("inodes_usage", "Inodes", more.get("inodes_mount", ""))):
        if name in values:
            found.append((share(label, values[name]), note))
    return found


def _figures(values: dict[str, float]) -> list[tuple[str, str]]:
    """Numbers without a scale."""
    found = []
    if "load1" in values:
        loads = (figures.short(values.get(name)) for name in ("load1", "load5", "load15"))
        found.append(("Load (1, 5, 15 min)", "  ".join(loads)))
    if "disk_read" in values:
        found.append(("Disk read", figures.rate(values["disk_read"], "MB/s")))
        found.append(("Disk write", figures.rate(values.get("disk_write"), "MB/s")))
    return found
