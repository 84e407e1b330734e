"""The bytes of a rolled row: the summaries of all series of one subject over one stretch of time.

    form (1 byte) · count of samples (4) · which metrics (4, a bit each by `SLOTS`) · a slot a metric · a slot a mount

A slot is the least value, the greatest less the least, and the sum less count times the least: small numbers. Percents
and loads take 8 bytes so, others 12, a mount 4 more for its number. The form says whether each slot begins with how
many samples lacked the series (the probe's first answer has no rates), and whether numbers are wide (8 bytes), for the
few rows that need it. Little-endian, fixed places: one series is read out of a row without looking at the others.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

from virtadmin.metrics.series import Key, mount_key, scale
from virtadmin.metrics.summary import Summary, whole

SLOTS = (
    "cpu_usage", "ram_usage", "swap_usage", "hdd_usage", "inodes_usage", "network_usage_in", "network_usage_out",
    "network_in_percent", "network_out_percent", "load1", "load5", "load15", "disk_read", "disk_write", "uptime",
    "response_time", "availability",
)  # fmt: skip
"""The bits of stored rows. Only ever add at the end; a metric that is given up keeps its place."""
HEAD = struct.Struct("<BII")
LACKING, WIDE = 1, 2
"""Bits of the form."""
HUNDREDTHS = 100
MOUNT = struct.Struct("<II")
"""A mount of a raw point."""
UINT = 2**32 - 1
Mark = TypeVar("Mark")


class Layout(NamedTuple):
    """Where things are in rows of one form and set of metrics."""

    names: tuple[str, ...]
    whole: struct.Struct
    """All the metrics' slots in one."""
    slots: dict[str, tuple[struct.Struct, int]]
    mount: struct.Struct
    """A mount's number and its slot."""


def pack(count: int, summaries: Mapping[Key, Summary]) -> bytes:
    """The row of so many samples."""
    form = LACKING if any(summary.samples != count for summary in summaries.values()) else 0
    try:
        return _packed(form, count, summaries)
    except struct.error:
        return _packed(form | WIDE, count, summaries)


def unpack(row: bytes) -> tuple[int, dict[Key, Summary]]:
    """How many samples it was made of, and the summaries of all series."""
    form, count, present = HEAD.unpack_from(row)
    layout = _layout(form, present)
    found: dict[Key, Summary] = {}
    for name, (slot, at) in layout.slots.items():
        found[name] = _summary(form, count, slot.unpack_from(row, at))
    for key, *numbers in layout.mount.iter_unpack(row[HEAD.size + layout.whole.size :]):
        found[key] = _summary(form, count, tuple(numbers))
    return count, found


def unpack_series(rows: Iterable[tuple[Mark, bytes]], key: Key) -> Iterator[tuple[Mark, Summary]]:
    """Of (mark, row) those that have the series, as (mark, its summary): a chart is made of 11,000 of them."""
    known: tuple[int, int] | None = None
    for mark, row in rows:
        form, count, present = HEAD.unpack_from(row)
        if (form, present) != known:
            known, layout = (form, present), _layout(form, present)
            place = layout.slots.get(key) if isinstance(key, str) else None
        if place:
            yield mark, _summary(form, count, place[0].unpack_from(row, place[1]))
        elif not isinstance(key, str) and (numbers := _mount_numbers(row, layout, key)):
            yield mark, _summary(form, count, numbers)


def _mount_numbers(row: bytes, layout: Layout, key: int) -> tuple[int, ...] | None:
    mounts = layout.mount.iter_unpack(row[HEAD.size + layout.whole.size :])
    return next((numbers[1:] for numbers in mounts if numbers[0] == key), None)


def _packed(form: int, count: int, summaries: Mapping[Key, Summary]) -> bytes:
    present = sum(1 << bit for bit, name in enumerate(SLOTS) if name in summaries)
    layout = _layout(form, present)
    numbers: list[int] = []
    for name in layout.names:
        numbers += _numbers(form, count, summaries[name])
    row = HEAD.pack(form, count, present) + layout.whole.pack(*numbers)
    mounts = [(key, of) for key, of in summaries.items() if not isinstance(key, str)]
    return row + b"".join(layout.mount.pack(key, *_numbers(form, count, of)) for key, of in sorted(mounts))


def _numbers(form: int, count: int, of: Summary) -> tuple[int, ...]:
    numbers = (of.low, of.high - of.low, of.total - of.samples * of.low)
    return (count - of.samples, *numbers) if form & LACKING else numbers


def _summary(form: int, count: int, numbers: tuple[int, ...]) -> Summary:
    if form & LACKING:
        count -= numbers[0]
        numbers = numbers[1:]
    low, spread, excess = numbers
    return Summary(count, excess + count * low, low, low + spread)


@lru_cache(maxsize=1024)
def _layout(form: int, present: int) -> Layout:
    names = tuple(name for bit, name in enumerate(SLOTS) if present >> bit & 1)
    slots, at, codes = {}, HEAD.size, ""
    for name in names:
        code = _code(form, scale(name))
        slot = struct.Struct("<" + code)
        slots[name] = (slot, at)
        at += slot.size
        codes += code
    return Layout(names, struct.Struct("<" + codes), slots, struct.Struct("<I" + _code(form, 1000)))


def _code(form: int, parts: int) -> str:
    """The slot of a series whose values are counted in so many parts of a unit."""
    if form & WIDE:
        return "IqQQ" if form & LACKING else "qQQ"
    return ("H" if form & LACKING else "") + ("HHI" if parts == HUNDREDTHS else "III")


def pack_mounts(used: Iterable[tuple[str, float]]) -> bytes | None:
    """What (path, GiB) say, for a raw point: the path's number and thousandths of a GiB; None if there are none."""
    return b"".join(MOUNT.pack(mount_key(path), min(UINT, whole(gib, 1000))) for path, gib in used) or None


def unpack_mounts(packed: bytes | None) -> list[tuple[int, int]]:
    """(`mount_key`, thousandths of a GiB)."""
    return list(MOUNT.iter_unpack(packed)) if packed else []
