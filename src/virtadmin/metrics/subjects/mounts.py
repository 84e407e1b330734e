"""Mounted disks: the probe's own lines of what statvfs says of each (probe/README.md)."""

from collections.abc import Sequence
from typing import Any, TypedDict

from virtadmin.metrics.answer import lines, numbers, printable

FIELDS = 12
"""At least; later probes may say more."""
SHOWN = 256
"""Mounts listed in an observation, the fullest first."""
KIB_IN_GIB = 1024 * 1024
ESCAPES = {"\\040": " ", "\\043": "#", "\\134": "\\"}
"""The kernel's own, in the mount table. Line breaks and tabs stay as they are written there."""


class Mount(TypedDict):
    """One mounted file system. Sizes in KiB; `available` is what is left to ordinary users. None where unknown."""

    mount: str
    device: str
    type: str
    read_only: bool
    total: int | None
    used: int | None
    available: int | None
    inodes: int | None
    inodes_used: int | None


def parse(text: str) -> list[Mount]:
    """The lines `mount DEVICE TYPE SOURCE MOUNTPOINT OPTIONS TOTAL USED AVAILABLE INODES INODES_USED INODES_FREE`."""
    found: list[Mount] = []
    for line in lines(text):
        words = line.split(" ")
        if words[0] == "mount" and len(words) >= FIELDS:
            try:
                found.append(_mount(words))
            except ValueError:
                continue
    return found


def derive(mounts: list[Mount]) -> tuple[dict[str, float], dict[str, object]]:
    """hdd_usage and inodes_usage of the worst mount in %, hdd_total of that mount in GiB; all mounts, fullest first.

    Usage is counted as df does: used / (used + available), so that blocks kept for root are no free space. A mount
    that is read-only is listed but is not the worst while another can be written: it cannot fill up.
    """
    listed = list(map(_shown, mounts))
    if len(listed) > 1:
        listed.sort(key=lambda mount: mount["usage"] or 0, reverse=True)
    counted = [mount for mount in listed if not mount["read_only"]] or listed
    values: dict[str, float] = {}
    details: dict[str, object] = {"mounts": listed[:SHOWN]} if listed else {}
    if fullest := _worst(counted, "usage"):
        values |= {"hdd_usage": fullest["usage"], "hdd_total": fullest["total"]}
        details["hdd_mount"] = fullest["mount"]
    if crowded := _worst(counted, "inodes_usage"):
        values["inodes_usage"] = crowded["inodes_usage"]
        details["inodes_mount"] = crowded["mount"]
    return values, details


def _worst(mounts: list[dict[str, Any]], key: str) -> dict[str, Any] | None:
    known = [mount for mount in mounts if mount[key] is not None]
    return max(known, key=lambda mount: float(mount[key]), default=None)


def _mount(words: list[str]) -> Mount:
    total, used, available, inodes, inodes_used, _ = _sizes(words[6:FIELDS])
    place = words[4]
    if "\\" in place:
        for escape, sign in ESCAPES.items():
            place = place.replace(escape, sign)
    return {
        "mount": printable(place, 4096),
        "device": printable(words[3]),
        "type": printable(words[2], 40),
        "read_only": words[5] == "ro" or words[5].startswith("ro,"),
        "total": total,
        "used": used,
        "available": available,
        "inodes": inodes,
        "inodes_used": inodes_used,
    }


def _sizes(words: list[str]) -> Sequence[int | None]:
    return [*_known(words[:3]), *_known(words[3:])] if "-" in words else numbers(words)


def _known(words: list[str]) -> list[int] | list[None]:
    return [None, None, None] if "-" in words else numbers(words)


def _shown(mount: Mount) -> dict[str, Any]:
    total, used, available = mount["total"], mount["used"], mount["available"]
    return {
        "mount": mount["mount"],
        "device": mount["device"],
        "type": mount["type"],
        "read_only": mount["read_only"],
        "usage": _percent(used, None if used is None or available is None else used + available),
        "total": _gib(total),
        "used": _gib(used),
        "available": _gib(available),
        "inodes_usage": _percent(mount["inodes_used"], mount["inodes"]),
    }


def _percent(part: int | None, whole: int | None) -> float | None:
    return round(min(100.0, 100 * part / whole), 2) if whole and part is not None else None


def _gib(kib: int | None) -> float | None:
    return None if kib is None else round(kib / KIB_IN_GIB, 2)
