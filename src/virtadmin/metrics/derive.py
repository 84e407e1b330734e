"""From samples to an observation. Pure."""

from collections.abc import Container, Iterator

from virtadmin.metrics.catalogue import CATALOGUE, CPU, DISKS, MEMORY, MOUNTS, NETWORK, SYSTEM
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.sample import Sample, Totals
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
    previous: Totals | None, current: Sample, *, now: float, link_speed: int | None, disabled: Container[str] = ()
) -> Observation:
    """What the newest sample says, and together with the totals of the one before it the rates.

    `now`: Unix seconds. `link_speed`: Mb/s, None or 0 = unknown. `disabled`: names of the catalogue that are not
    wanted; what else is known of a subject (sizes, details) goes when all its headline metrics have.
    """
    values: dict[str, float] = {}
    details: dict[str, object] = {}
    for found, more in _derived(previous, current, link_speed, _wanted(disabled)):
        values.update(found)
        details.update(more)
    if disabled:
        values = {name: value for name, value in values.items() if name not in disabled}
    return Observation(now, values, details)


def elapsed(previous: Totals | None, current: Totals) -> float | None:
    """Seconds between the samples by the host's own clock; None when no rate can be told from them.

    The host's uptime is used because it neither jumps as wall clocks do nor contains the way to the hub. A new boot
    id, or an uptime that went back (a container's restart keeps the boot id), means that all counters began anew.
    """
    if previous is None or previous.uptime is None or current.uptime is None or previous.boot_id != current.boot_id:
        return None
    seconds = current.uptime - previous.uptime
    return seconds if SHORTEST <= seconds <= LONGEST else None


def _wanted(disabled: Container[str]) -> Container[str]:
    if not disabled:
        return HEADLINES
    return [subject for subject, names in HEADLINES.items() if any(name not in disabled for name in names)]


def _derived(
    previous: Totals | None, current: Sample, link_speed: int | None, wanted: Container[str]
) -> Iterator[Derived]:
    if MEMORY in wanted:
        yield memory.derive(current.memory)
    if MOUNTS in wanted:
        yield mounts.derive(current.mounts)
    if SYSTEM in wanted:
        yield system.derive(current.load, current.uptime, current.waiting, current.processes)
    seconds = elapsed(previous, current)
    if previous is None or seconds is None:
        return
    if CPU in wanted:
        yield cpu.derive(previous.ticks, current.ticks)
    if NETWORK in wanted:
        yield network.derive(previous.interfaces, current.interfaces, seconds, link_speed)
    if DISKS in wanted:
        yield disks.derive(previous.devices, current.devices, seconds)
