"""A believable past for one server of the demo: its charts have something to show, and always the same."""

import math
import random
from collections.abc import Iterator
from typing import Any

from virtadmin.metrics.models import RolledPoint, RollProgress
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.packing import pack
from virtadmin.metrics.series import HISTORY, mount_key, scale
from virtadmin.metrics.store import history
from virtadmin.metrics.summary import Summary, whole
from virtadmin.metrics.tiers import DAY, HOUR, MINUTE, TIERS
from virtadmin.servers.models import Server

RAW_SECONDS = 47 * HOUR
GAP = range(-9 * HOUR, -8 * HOUR - 20 * MINUTE)
"""When nothing was measured, before now."""
BUSY_MINUTES = 36
"""How long the newest incident has been coming."""
LINK = 1000
GROWTH = 0.31
"""GiB a day that the disk grows by."""


def past(server: Server, now: float, newest: dict[str, Any]) -> None:
    """Two days of samples a minute, and 90 days of hours before them; the last sample is the one the page shows."""
    seed = random.Random(server.name)
    times = [int(now) - age for age in range(RAW_SECONDS, 0, -MINUTE) if -age not in GAP]
    history().write((server.pk, seen(seed, time, now)) for time in times)
    history().write([(server.pk, Observation(int(now), newest["values"], newest["details"]))])
    hours = (int(now) - RAW_SECONDS) // HOUR * HOUR
    rows = [_hour(server.pk, seed, hours - n * HOUR, now) for n in range(1, 90 * 24)]
    RolledPoint.objects.bulk_create(rows)
    RollProgress.objects.update_or_create(pk=1, defaults={"rolled": hours})


def seen(seed: random.Random, time: int, now: float) -> Observation:
    """One sample: quiet nights, busy days, a backup at two, and what the incident grew from."""
    day = max(0.0, math.sin((time % DAY) / DAY * 2 * math.pi - math.pi / 2)) ** 0.7
    week = 0.55 if time // DAY % 7 in (2, 3) else 1.0
    backup = 1.0 if time % DAY in range(2 * HOUR, 2 * HOUR + 40 * MINUTE) else 0.0
    burst = 1.0 if seed.random() > 0.97 else 0.0
    left = (now - time) / MINUTE
    storm = max(0.0, min(1.0, (BUSY_MINUTES - left) / 6)) if left < BUSY_MINUTES else 0.0
    load = 6 + 30 * day * week + 14 * backup + 18 * burst * seed.random() + seed.gauss(0, 1.6)
    cpu = min(99.0, max(1.0, load * (1 - storm) + storm * (91 + seed.gauss(0, 2.5))))
    flow = max(0.4, 45 * day * week + 380 * storm + 6 * burst + seed.gauss(0, 2))
    out = max(0.2, flow * 2.1 * (0.9 + 0.2 * seed.random()) * (1 - 0.4 * storm) + 210 * backup)
    used = 43.4 - GROWTH * (now - time) / DAY - 1.2 * (1 - math.exp(-(time % DAY) / (5 * HOUR))) + seed.gauss(0, 0.02)
    values = {
        "cpu_usage": cpu, "ram_usage": 58 + 9 * day * week + 4.5 * storm + seed.gauss(0, 0.5), "swap_usage": 3.1,
        "hdd_usage": 100 * used / 78.2, "inodes_usage": 12.0 + 0.01 * day, "network_usage_in": flow,
        "network_usage_out": out, "network_in_percent": 100 * flow / LINK, "network_out_percent": 100 * out / LINK,
        "load1": max(0.02, cpu / 25 + seed.gauss(0, 0.12)), "load5": cpu / 26, "load15": 0.25 + cpu / 30,
        "disk_read": max(0.0, 0.4 * day + 38 * backup + 5 * burst * seed.random()),
        "disk_write": max(0.05, 2.4 * day * week + 4 * storm + seed.gauss(0.9, 0.3)),
        "uptime": 3_612_345 - (now - time),
    }  # fmt: skip
    mounts = [{"mount": "/", "used": used}, {"mount": "/srv/data", "used": 570.1}]
    return Observation(time, {name: round(value, 3) for name, value in values.items()}, {"mounts": mounts})


def _hour(subject: int, seed: random.Random, time: int, now: float) -> RolledPoint:
    """An hour of samples, summed up as rolling up would."""
    some = [seen(seed, time + minute * MINUTE, now) for minute in (0, 20, 40)]
    found = {name: _summary([one.values[name] for one in some], scale(name)) for name in HISTORY}
    for number, path in enumerate(("/", "/srv/data")):
        key = mount_key(path)
        found[key] = _summary([one.details["mounts"][number]["used"] for one in some], scale(key))
    hourly = TIERS[1]
    return RolledPoint(subject=subject, tier=hourly.number, bucket=time // hourly.step, data=pack(3, found))


def _summary(values: Iterator[float] | list[float], parts: int) -> Summary:
    counted = [whole(value, parts) for value in values]
    return Summary(len(counted), sum(counted), min(counted), max(counted))
