"""What each part of a sample says under node_exporter's names."""

from collections.abc import Callable, Container, Mapping
from typing import Any

from virtadmin.metrics.catalogue import CPU, DISKS, MEMORY, MOUNTS, NETWORK, SYSTEM
from virtadmin.metrics.derive import HEADLINES
from virtadmin.metrics.exposition.families import MEMORY_PREFIX
from virtadmin.metrics.exposition.text import Voice, label
from virtadmin.metrics.sample import Sample
from virtadmin.metrics.subjects import cpu, memory, system
from virtadmin.metrics.subjects.mounts import Mount

TICKS_A_SECOND = 100
"""USER_HZ: the unit of /proc/stat to programs, on every architecture Linux runs on but two that died out."""
MODES = [label("mode", mode) for mode in ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")]
GUESTS = [label("mode", mode) for mode in ("user", "nice")]
COUNTERS = {
    "btime": "node_boot_time_seconds",
    "intr": "node_intr_total",
    "ctxt": "node_context_switches_total",
    "processes": "node_forks_total",
    "procs_running": "node_procs_running",
    "procs_blocked": "node_procs_blocked",
}
LOADS = ("node_load1", "node_load5", "node_load15")
PRESSURES = {"some": "waiting", "full": "stalled"}
STALLED_CPU = ("cpu", "full")
"""Means nothing for a whole system (the kernel's psi.rst), so it has no name."""
WAYS, UNITS = ("receive", "transmit"), ("bytes", "packets", "errs", "drop")
TRAFFIC = [f"node_network_{way}_{unit}_total" for way in WAYS for unit in UNITS]
"""In the order of the counters (`subjects.network`)."""
SECTOR = 512
"""Bytes, in /proc/diskstats, whatever the disk's own are."""
DISK = [
    "node_disk_reads_completed_total", "node_disk_reads_merged_total",
    "node_disk_read_bytes_total", "node_disk_read_time_seconds_total",
    "node_disk_writes_completed_total", "node_disk_writes_merged_total",
    "node_disk_written_bytes_total", "node_disk_write_time_seconds_total",
    "node_disk_io_now", "node_disk_io_time_seconds_total", "node_disk_io_time_weighted_seconds_total",
]  # fmt: skip
"""In the order of the fields (`subjects.disks`)."""
KIB = 1024
PLAIN = "HugePages_"
"""Lines of /proc/meminfo that begin so count pages; all others are KiB (proc(5))."""


def sample_say(sample: Sample, voice: Voice, disabled: Container[str] = ()) -> None:
    """Say all that the sample tells, but for subjects of which every headline metric is in `disabled`."""
    for subject, say in SUBJECTS.items():
        if any(name not in disabled for name in HEADLINES[subject]):
            say(sample, voice)


def facts_say(facts: dict[str, Any], voice: Voice) -> None:
    """Say what system it is (`metrics.facts`), as far as that is known."""
    if facts.get("kernel"):
        named = {"sysname": "Linux", "release": facts["kernel"], "nodename": facts.get("hostname", "")}
        voice.say("node_uname_info", 1, ",".join(label(name, value) for name, value in named.items()))
    if facts.get("os"):
        voice.say("node_os_info", 1, label("pretty_name", facts["os"]))


def _system(sample: Sample, voice: Voice) -> None:
    texts = sample.texts()
    counters = cpu.parse_counters(texts.get("/proc/stat", ""))
    for field, name in COUNTERS.items():
        if field in counters:
            voice.say(name, counters[field])
    for name, load in zip(LOADS, sample.load, strict=False):
        voice.say(name, load)
    clock = _clock(sample, counters.get("btime"))
    if clock is not None:
        voice.say("node_time_seconds", clock)
    _pressure(texts, voice)


def _clock(sample: Sample, booted: int | None) -> float | None:
    """The host's time; probe.sh does not send it, but what it is the sum of."""
    if sample.clock is not None or sample.uptime is None or booted is None:
        return sample.clock
    return booted + sample.uptime


def _pressure(texts: Mapping[str, str], voice: Voice) -> None:
    for resource in system.RESOURCES:
        for kind, numbers in system.parse_pressure(texts.get(f"/proc/pressure/{resource}", "")).items():
            if (resource, kind) != STALLED_CPU:
                voice.say(f"node_pressure_{resource}_{PRESSURES[kind]}_seconds_total", numbers[3] / 1e6)


def _cpu(sample: Sample, voice: Voice) -> None:
    for name, ticks in sample.ticks.items():
        number = name.removeprefix("cpu")
        if number.isdigit():  # not the sum of all
            cpu = label("cpu", number)
            for mode, spent in zip(MODES, ticks, strict=False):
                voice.say("node_cpu_seconds_total", spent / TICKS_A_SECOND, f"{cpu},{mode}")
            for mode, spent in zip(GUESTS, ticks[len(MODES) :], strict=False):
                voice.say("node_cpu_guest_seconds_total", spent / TICKS_A_SECOND, f"{cpu},{mode}")


def _memory(sample: Sample, voice: Voice) -> None:
    sizes = memory.parse(sample.texts().get("/proc/meminfo", ""))
    named = {field.replace("(", "_").replace(")", ""): size for field, size in sizes.items()}
    for field, size in named.items():
        if field.startswith(PLAIN):
            voice.say(f"{MEMORY_PREFIX}{field}", size)
        else:
            voice.say(f"{MEMORY_PREFIX}{field}_bytes", size * KIB)


def _network(sample: Sample, voice: Voice) -> None:
    for name, counters in sample.interfaces.items():
        device = label("device", name)
        for family, count in zip(TRAFFIC, counters, strict=True):
            voice.say(family, count, device)


def _disks(sample: Sample, voice: Voice) -> None:
    for name, fields in sample.devices.items():
        device = label("device", name)
        for family, count in zip(DISK, fields, strict=True):
            if family.endswith("_seconds_total"):
                voice.say(family, count / 1000, device)
            else:
                voice.say(family, count * SECTOR if family.endswith("_bytes_total") else count, device)


def _mounts(sample: Sample, voice: Voice) -> None:
    named = {(mount["device"], mount["type"], mount["mount"]): mount for mount in sample.mounts}
    for (device, kind, place), mount in named.items():
        labels = ",".join((label("device", device), label("fstype", kind), label("mountpoint", place)))
        for what, value in _filesystem(mount).items():
            if value is not None:
                voice.say(f"node_filesystem_{what}", value, labels)


def _filesystem(mount: Mount) -> dict[str, int | None]:
    total, used, available = mount["total"], mount["used"], mount["available"]
    inodes, inodes_used = mount["inodes"], mount["inodes_used"]
    return {
        "size_bytes": None if total is None else total * KIB,
        "free_bytes": None if total is None or used is None else (total - used) * KIB,
        "avail_bytes": None if available is None else available * KIB,
        "files": inodes,
        "files_free": None if inodes is None or inodes_used is None else inodes - inodes_used,
        "readonly": int(mount["read_only"]),
        "device_error": int(total is None),
    }


SUBJECTS: dict[str, Callable[[Sample, Voice], None]] = {
    SYSTEM: _system,
    CPU: _cpu,
    MEMORY: _memory,
    MOUNTS: _mounts,
    NETWORK: _network,
    DISKS: _disks,
}
