"""A sample: one answer of the probe, parsed. Speed matters here: every poll of every server comes through.

Only what an observation is derived from is parsed each time. What the export alone shows stays text.
"""

from dataclasses import dataclass, field

from virtadmin.metrics import answer as probe
from virtadmin.metrics.answer import BadSample
from virtadmin.metrics.subjects import cpu, disks, memory, mounts, network, system
from virtadmin.metrics.subjects.cpu import Ticks
from virtadmin.metrics.subjects.disks import Devices
from virtadmin.metrics.subjects.memory import Sizes
from virtadmin.metrics.subjects.mounts import Mount
from virtadmin.metrics.subjects.network import Interfaces

__all__ = ["BadSample", "Sample", "Totals", "parse"]


@dataclass(slots=True)
class Totals:
    """What the host counts from its start on: rates come of two of these. What it did not tell is empty or None."""

    boot_id: str = ""
    uptime: float | None = None
    """Seconds since it booted: the clock that rates are counted by."""
    ticks: Ticks = field(default_factory=dict)
    interfaces: Interfaces = field(default_factory=dict)
    devices: Devices = field(default_factory=dict)


@dataclass(slots=True)
class Sample(Totals):
    """All of the host's counters at one moment."""

    clock: float | None = None
    """The host's wall clock, Unix seconds."""
    load: list[float] = field(default_factory=list)
    processes: dict[str, int] = field(default_factory=dict)
    """How many are running, how many are blocked."""
    memory: Sizes = field(default_factory=dict)
    """What usage is counted from."""
    waiting: dict[str, float] = field(default_factory=dict)
    """By resource, the percent of the last minute in which some task waited for it."""
    mounts: list[Mount] = field(default_factory=list)
    answer: bytes = field(default=b"", repr=False)
    """What it was parsed from."""

    def texts(self) -> dict[str, str]:
        """The answer's parts by heading, for what is not parsed each time."""
        return probe.sections(self.answer, "sample") if self.answer else {}

    def totals(self) -> Totals:
        """Its totals without the rest."""
        return Totals(self.boot_id, self.uptime, self.ticks, self.interfaces, self.devices)


def parse(answer: bytes) -> Sample:
    """The sample in the probe's answer to `sample`. Raises BadSample, naming what is wrong, and nothing else.

    Files the host does not have and single lines that cannot be read are left out; only a wrong first line, a missing
    end line, and an answer without any of the kernel's counters are errors.
    """
    texts = probe.sections(answer, "sample")
    text = texts.get
    stat = text("/proc/stat", "")
    uptime = system.parse_floats(text("/proc/uptime", ""), 1)
    clock = system.parse_floats(text("clock", ""), 1)
    sample = Sample(
        boot_id=probe.printable(text("/proc/sys/kernel/random/boot_id", "").strip(), 40),
        uptime=uptime[0] if uptime else None,
        ticks=cpu.parse(stat),
        interfaces=network.parse(text("/proc/net/dev", "")),
        devices=disks.parse(text("/proc/diskstats", "")),
        clock=clock[0] if clock else None,
        load=system.parse_floats(text("/proc/loadavg", ""), 3),
        processes=system.parse_processes(stat),
        memory=memory.parse_needed(text("/proc/meminfo", "")),
        waiting=system.parse_waiting(texts),
        mounts=mounts.parse(text("mounts", "")),
        answer=answer,
    )
    if not (sample.ticks or sample.memory or sample.uptime is not None):
        raise BadSample("The answer holds none of the kernel's counters: the probe could not read /proc there.")
    return sample
