"""From samples to an observation. Pure."""

from collections.abc import Callable, Container

from virtadmin.metrics.catalogue import CATALOGUE, CPU, DISKS, MEMORY, MOUNTS, NETWORK, SYSTEM
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.sample import Sample
from virtadmin.metrics.subjects import cpu, disks, memory, mounts, network, system

Derived = tuple[dict[str, float], dict[str, object]]

SHORTEST = 0.5
"""Seconds between two samples below which the kernel's clock ticks (0.01 s) make rates too coarse."""
LONGEST = 2 * 3600.0
"""Seconds between two samples beyond which their mean says nothing of now; the longest interval is an hour."""
HEADLINES = {
    subject: [metric.name for metric in CATALOGUE if metric.subject == subject and metric.headline]
    for subject in (CPU, MEMORY, MOUNTS, NETWORK, DISKS, SYSTEM)
}


def derive(
    previous: Sample | None, current: Sample, *, now: float, link_speed: int | None, disabled: Container[str] = ()
) -> Observation:
    """What the newest sample says, and together with the one before it the rates.

    `now`: Unix seconds. `link_speed`: Mb/s, None or 0 = unknown. `disabled`: names of the catalogue that are not
    wanted; what else is known of a subject (sizes, details) goes when all its headline metrics have.
    """
    values: dict[str, float] = {}
    details: dict[str, object] = {}
    for subject, derived in _subjects(previous, current, link_speed).items():
        if any(name not in disabled for name in HEADLINES[subject]):
            found, more = derived()
            values |= {name: value for name, value in found.items() if name not in disabled}
            details |= more
    return Observation(now, values, details)


def elapsed(previous: Sample | None, current: Sample) -> float | None:
    """Seconds between the samples by the host's own clock; None when no rate can be told from them.

    The host's uptime is used because it neither jumps as wall clocks do nor contains the way to the hub. A new boot
    id, or an uptime that went back (a container's restart keeps the boot id), means that all counters began anew.
    """
    if previous is None or previous.uptime is None or current.uptime is None or previous.boot_id != current.boot_id:
        return None
    seconds = current.uptime - previous.uptime
    return seconds if SHORTEST <= seconds <= LONGEST else None


def _subjects(previous: Sample | None, current: Sample, link_speed: int | None) -> dict[str, Callable[[], Derived]]:
    subjects: dict[str, Callable[[], Derived]] = {
        MEMORY: lambda: memory.derive(current.memory),
        MOUNTS: lambda: mounts.derive(current.mounts),
        SYSTEM: lambda: system.derive(current.load, current.uptime, current.pressure, current.counters),
    }
    seconds = elapsed(previous, current)
    if previous is not None and seconds is not None:
        before, took = previous, seconds
        subjects |= {
            CPU: lambda: cpu.derive(before.ticks, current.ticks),
            NETWORK: lambda: network.derive(before.interfaces, current.interfaces, took, link_speed),
            DISKS: lambda: disks.derive(before.devices, current.devices, took),
        }
    return subjects
