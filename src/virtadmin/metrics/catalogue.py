"""Every metric, in the order people see them. Forms, charts, limits, API fields and docs are drawn from it.

Servers and websites have a list each: what is drawn of the one never shows the other's.
"""

from dataclasses import dataclass
from enum import StrEnum

from virtadmin.core.registry import Registry


class Kind(StrEnum):
    """What a metric's numbers are: how they are written, and which axis a chart gives them (percent: 0 to 100)."""

    PERCENT = "percent"
    RATE = "rate"
    SIZE = "size"
    NUMBER = "number"
    DURATION = "duration"
    LATENCY = "latency"


class Draw(StrEnum):
    """How a metric is drawn: filled down to the axis, as a line, below the axis, or written as a number alone."""

    AREA = "area"
    LINE = "line"
    MIRRORED = "mirrored"
    TEXT = "text"


KINDS = {
    "%": Kind.PERCENT,
    "Mb/s": Kind.RATE,
    "MB/s": Kind.RATE,
    "MiB": Kind.SIZE,
    "GiB": Kind.SIZE,
    "": Kind.NUMBER,
    "s": Kind.DURATION,
    "ms": Kind.LATENCY,
}
"""By unit. M is a million, Mi 2^20, Gi 2^30; b a bit, B a byte."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing that is measured."""

    name: str
    label: str
    unit: str
    subject: str
    """The part of a sample it is derived from (`virtadmin.metrics.subjects`); a website's are of its check."""
    chart: str
    """The title of the chart it shares with others; empty = it has none."""
    draw: Draw
    help: str
    """One sentence for people."""
    limit: float | None = None
    """The limit a new server has, in percent; None = it cannot have one."""
    headline: bool = True
    """Whether it has a history; the others are known as of now alone."""

    @property
    def kind(self) -> Kind:
        """What its numbers are."""
        return KINDS[self.unit]

    @property
    def threshold(self) -> str:
        """The field of a Threshold that limits it; empty = none."""
        return "" if self.limit is None else self.name.replace("_percent", "_usage")


CPU, MEMORY, MOUNTS, NETWORK, DISKS, SYSTEM = "cpu", "memory", "mounts", "network", "disks", "system"
CHECK = "check"
AREA, LINE, MIRRORED, TEXT = Draw

CATALOGUE: Registry[Metric] = Registry(
    Metric("cpu_usage", "CPU", "%", CPU, "CPU", AREA, "Time the processors, all together, were busy.", limit=80),
    Metric("ram_usage", "Memory", "%", MEMORY, "Memory", AREA, "Memory programs cannot have any more.", limit=80),
    Metric("ram_total", "Memory size", "MiB", MEMORY, "", TEXT, "All the memory there is.", headline=False),
    Metric("swap_usage", "Swap", "%", MEMORY, "Memory", LINE, "Swap space in use; empty where there is none."),
    Metric("hdd_usage", "Disk", "%", MOUNTS, "Disk space", AREA, "Space used on the fullest disk.", limit=80),
    Metric("hdd_total", "Disk size", "GiB", MOUNTS, "", TEXT, "Size of the fullest disk.", headline=False),
    Metric("inodes_usage", "Inodes", "%", MOUNTS, "Disk space", LINE, "Files, of those the disk can hold."),
    Metric("network_usage_in", "Network in", "Mb/s", NETWORK, "Network", AREA, "Received over all real interfaces."),
    Metric("network_usage_out", "Network out", "Mb/s", NETWORK, "Network", MIRRORED, "Sent over all real interfaces."),
    Metric("network_in_percent", "Network in", "%", NETWORK, "Link use", LINE, "Received, of the link.", limit=80),
    Metric("network_out_percent", "Network out", "%", NETWORK, "Link use", LINE, "Sent, of the link.", limit=80),
    Metric("load1", "Load 1 min", "", SYSTEM, "Load", LINE, "Tasks running or waiting, mean of the last minute."),
    Metric("load5", "Load 5 min", "", SYSTEM, "Load", LINE, "Tasks running or waiting, mean of 5 minutes."),
    Metric("load15", "Load 15 min", "", SYSTEM, "Load", LINE, "Tasks running or waiting, mean of 15 minutes."),
    Metric("disk_read", "Disk read", "MB/s", DISKS, "Disk traffic", AREA, "Read from all disks."),
    Metric("disk_write", "Disk write", "MB/s", DISKS, "Disk traffic", MIRRORED, "Written to all disks."),
    Metric("uptime", "Uptime", "s", SYSTEM, "", TEXT, "Time since the system started."),
)  # fmt: skip
"""Of servers."""
WEBSITES: Registry[Metric] = Registry(
    Metric("response_time", "Response time", "ms", CHECK, "Response time", AREA, "From the start to the end."),
    Metric("availability", "Availability", "%", CHECK, "Availability", AREA, "Checks that found all as it should be."),
)
"""Of websites."""
