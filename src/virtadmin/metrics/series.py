"""What has a history: the headline metrics of the catalogue, and the used space of each mount as `mount:PATH`.

Whose it is says one signed number, the subject: a server's id, or a website's with a minus (`website_subject`).
"""

from typing import Any
from zlib import crc32

from virtadmin.metrics.catalogue import CATALOGUE, WEBSITES, Kind, Metric

HISTORY = [metric.name for metric in CATALOGUE if metric.headline]
"""The metrics of servers that have a history."""
WEBSITE_HISTORY = WEBSITES.names()
"""Those of websites: all."""
MOUNT = "mount:"
"""Begins the name of a series of a mount; its path follows. The values are GiB in use."""
MOUNT_UNIT = "GiB"
MOST_MOUNTS = 64
"""Mounts of a server that are kept: the fullest at that time."""
SCALES = {
    Kind.PERCENT: 100,
    Kind.NUMBER: 100,
    Kind.RATE: 1000,
    Kind.SIZE: 1000,
    Kind.DURATION: 1,
    Kind.LATENCY: 10,
}
"""Parts of a unit that values are counted in, by the catalogue's kinds: as fine as observations are rounded."""
LARGEST = 2**46
"""Of those parts: with it, a day of samples a second has a sum that fits 64 bits."""
Key = str | int
"""How a series is known within a server: a metric's name, or the number of a mount (`mount_key`)."""


def series_key(name: str) -> Key:
    """The key of a series by its name. Raises KeyError for one that has no history."""
    if name.startswith(MOUNT):
        return mount_key(name.removeprefix(MOUNT))
    if name in HISTORY or name in WEBSITES:
        return name
    raise KeyError(name)


def series_unit(name: str) -> str:
    """The unit of its values."""
    return MOUNT_UNIT if name.startswith(MOUNT) else metric_of(name).unit


def metric_of(name: str) -> Metric:
    """The metric of this name, of servers or websites. Raises KeyError when there is none."""
    return WEBSITES[name] if name in WEBSITES else CATALOGUE[name]


def website_subject(url_id: int) -> int:
    """The subject that a website's history is kept under."""
    return -url_id


def mount_key(path: str) -> int:
    """A mount's number: the CRC-32 of its path, 4 bytes in place of a name in every point.

    Two mounts of one server have the same with a chance of 1 in 4 billion; the fuller one is kept then.
    """
    return crc32(path.encode("utf-8", "replace"))


def mounts_used(details: dict[str, Any]) -> list[tuple[str, float]]:
    """(path, GiB in use) of the mounts in an observation's details, the fullest first."""
    listed = [(mount["mount"], mount["used"]) for mount in details.get("mounts", ())]
    return [(path, used) for path, used in listed if used is not None][:MOST_MOUNTS]


def scale(key: Key) -> int:
    """How many parts of its unit the series' values are counted in."""
    return SCALES[metric_of(key).kind] if isinstance(key, str) else SCALES[Kind.SIZE]
