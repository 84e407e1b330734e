"""A sample: one answer of the probe, parsed. Speed matters here: every poll of every server comes through."""

from dataclasses import dataclass, field

import orjson

from virtadmin.metrics import answer as probe
from virtadmin.metrics.answer import BadSample
from virtadmin.metrics.subjects import cpu, disks, memory, mounts, network, system
from virtadmin.metrics.subjects.cpu import Ticks
from virtadmin.metrics.subjects.disks import Devices
from virtadmin.metrics.subjects.memory import Sizes
from virtadmin.metrics.subjects.mounts import Mount
from virtadmin.metrics.subjects.network import Interfaces
from virtadmin.metrics.subjects.system import Pressure

__all__ = ["BadSample", "Sample", "parse"]

FORMAT = 1
"""Of packed samples; raise it when a field changes its meaning."""
PRESSURES = ("cpu", "memory", "io")


@dataclass(slots=True)
class Sample:
    """The host's counters at one moment. What the host did not tell is empty or None."""

    boot_id: str = ""
    uptime: float | None = None
    """Seconds since it booted: the clock that rates are counted by."""
    clock: float | None = None
    """The host's wall clock, Unix seconds."""
    load: list[float] = field(default_factory=list)
    ticks: Ticks = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    """Single numbers of /proc/stat: intr, ctxt, btime, processes, procs_running, procs_blocked."""
    memory: Sizes = field(default_factory=dict)
    interfaces: Interfaces = field(default_factory=dict)
    devices: Devices = field(default_factory=dict)
    pressure: dict[str, Pressure] = field(default_factory=dict)
    mounts: list[Mount] = field(default_factory=list)

    def pack(self) -> bytes:
        """A compact form that `unpack` reads back: JSON."""
        return orjson.dumps([FORMAT, self])

    @staticmethod
    def unpack(packed: bytes) -> "Sample":
        """The sample that was packed. Raises BadSample when it is damaged or of another release's format."""
        try:
            version, fields = orjson.loads(packed)
            if version == FORMAT:
                return Sample(**fields)
        except (ValueError, TypeError):
            pass
        raise BadSample("The stored sample is not of this release.")


def parse(answer: bytes) -> Sample:
    """The sample in the probe's answer to `sample`. Raises BadSample, naming what is wrong, and nothing else.

    Files the host does not have and single lines that cannot be read are left out; only a wrong first line, a missing
    end line, and an answer without any of the kernel's counters are errors.
    """
    texts = probe.sections(answer, "sample")
    text = texts.get
    ticks, counters = cpu.parse(text("/proc/stat", ""))
    uptime = system.parse_floats(text("/proc/uptime", ""), 1)
    clock = system.parse_floats(text("clock", ""), 1)
    sample = Sample(
        boot_id=probe.printable(text("/proc/sys/kernel/random/boot_id", "").strip(), 40),
        uptime=uptime[0] if uptime else None,
        clock=clock[0] if clock else None,
        load=system.parse_floats(text("/proc/loadavg", ""), 3),
        ticks=ticks,
        counters=counters,
        memory=memory.parse(text("/proc/meminfo", "")),
        interfaces=network.parse(text("/proc/net/dev", "")),
        devices=disks.parse(text("/proc/diskstats", "")),
        pressure=_pressure(texts),
        mounts=mounts.parse(text("mounts", "")),
    )
    if not (sample.ticks or sample.memory or sample.uptime is not None):
        raise BadSample("The answer holds none of the kernel's counters: the probe could not read /proc there.")
    return sample


def _pressure(texts: dict[str, str]) -> dict[str, Pressure]:
    found = {name: system.parse_pressure(texts.get(f"/proc/pressure/{name}", "")) for name in PRESSURES}
    return {name: kinds for name, kinds in found.items() if kinds}
