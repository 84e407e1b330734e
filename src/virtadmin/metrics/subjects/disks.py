"""Block devices: /proc/diskstats, as the kernel's Documentation/admin-guide/iostats.rst describes it.

Whole disks make the totals. Partitions, and devices that are not disks (loop, RAM, optical, floppy), are skipped;
devices stacked on disks (device mapper, RAID, caches, volumes) are shown but not added: their disks are.
"""

import re
from collections.abc import Mapping
from operator import sub
from typing import Any

from virtadmin.metrics.answer import lines, numbers, printable

Devices = dict[str, list[int]]
"""By device: reads, merged, sectors, ms; writes, merged, sectors, ms; in flight, ms busy, ms busy weighted."""

FIELDS = 11
"""Older kernels give no more than these; of partitions before 2.6.25 even fewer, which skips them."""
READS, SECTORS_READ, WRITES, SECTORS_WRITTEN, BUSY = 0, 2, 4, 6, 9
GROWING = (READS, SECTORS_READ, WRITES, SECTORS_WRITTEN)
MEGABYTE_IN_SECTORS = 1e6 / 512
"""A sector of this file is 512 bytes whatever the disk's own are."""
SHOWN = 64
"""Devices listed in an observation: the counted ones, then the others."""
IDLE = {"read": 0.0, "write": 0.0, "reads": 0.0, "writes": 0.0, "busy": 0.0}
UNKNOWN = dict.fromkeys(IDLE)
SKIPPED = ("loop", "ram", "zram", "sr", "fd")
STACKED = re.compile(r"dm-|md|bcache|drbd|zd\d|nvme\d+c\d+n")


def parse(text: str) -> Devices:
    """The file's devices but for those it is no use to watch."""
    found: Devices = {}
    for line in lines(text):
        words = line.split(None, 3)
        if len(words) < 4 or words[2].startswith(SKIPPED):
            continue
        try:
            fields = numbers(words[3].split(None, FIELDS)[:FIELDS])
        except ValueError:
            continue
        if len(fields) == FIELDS:
            found[printable(words[2], 40)] = fields
    return {name: fields for name, fields in found.items() if not _is_partition(name, found)}


def derive(previous: Devices, current: Devices, seconds: float) -> tuple[dict[str, float], dict[str, object]]:
    """disk_read and disk_write in MB/s over whole disks; all devices.

    A device whose counters went back (32 bits wrapped, plugged in again) has no rates this time, and the totals are
    left out rather than wrong. One that was not there before is left out of the totals.
    """
    rows: list[dict[str, Any]] = [
        {"name": name, "counted": not STACKED.match(name), **_rates(previous[name], now, seconds)}
        for name, now in current.items()
        if name in previous
    ]
    known = [row for row in rows if row["counted"]]
    values = {}
    if known and all(row["read"] is not None for row in known):
        values = {f"disk_{way}": round(sum(row[way] for row in known), 3) for way in ("read", "write")}
    if len(rows) > 1:
        rows.sort(key=lambda row: (not row["counted"], -(row["read"] or 0) - (row["write"] or 0)))
    return values, {"devices": rows[:SHOWN]} if rows else {}


def _is_partition(name: str, devices: Devices) -> bool:
    """sda1 is a part of sda, nvme0n1p2 of nvme0n1. Some virtual machines have an xvda1 without an xvda: a disk."""
    before_number = name.rstrip("0123456789")
    disk = before_number[:-1] if before_number.endswith("p") and before_number[-2:-1].isdigit() else before_number
    return disk != name and disk in devices


def _rates(before: list[int], after: list[int], seconds: float) -> Mapping[str, float | None]:
    if before == after:
        return IDLE
    steps = list(map(sub, after, before))
    if min(steps[field] for field in GROWING) < 0:
        return UNKNOWN
    return {
        "read": round(steps[SECTORS_READ] / MEGABYTE_IN_SECTORS / seconds, 3),
        "write": round(steps[SECTORS_WRITTEN] / MEGABYTE_IN_SECTORS / seconds, 3),
        "reads": round(steps[READS] / seconds, 1),
        "writes": round(steps[WRITES] / seconds, 1),
        "busy": round(min(100.0, max(0.0, steps[BUSY] / 10 / seconds)), 1),
    }
