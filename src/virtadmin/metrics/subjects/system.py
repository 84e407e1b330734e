"""Load, uptime, pressure and processes: /proc/loadavg, /proc/uptime and /proc/pressure/*, as proc(5) describes them."""

import math
import re

Pressure = dict[str, list[float]]
"""By "some" and "full": percent of the last 10, 60 and 300 seconds, microseconds in all."""

LARGEST = 1e15
PERCENT = r"(100\.00|\d?\d\.\d\d)"
LINE = re.compile(
    rf"^(some|full) avg10={PERCENT} avg60={PERCENT} avg300={PERCENT} total=(\d{{1,18}})$", re.ASCII | re.MULTILINE
)


def parse_floats(text: str, count: int) -> list[float]:
    """The first `count` numbers of the text, or none at all: load averages, seconds of uptime, the host's clock."""
    try:
        found = [float(word) for word in text[:200].split(None, count)[:count]]
    except ValueError:
        return []
    return found if len(found) == count and all(0 <= number < LARGEST for number in found) else []


def parse_pressure(text: str) -> Pressure:
    """The lines of one of the files; absent from kernels before 4.20 and where it is switched off."""
    return {kind: list(map(float, numbers)) for kind, *numbers in LINE.findall(text[:500])}


def derive(
    load: list[float], uptime: float | None, pressure: dict[str, Pressure], counters: dict[str, int]
) -> tuple[dict[str, float], dict[str, object]]:
    """load1, load5, load15; uptime in s; percent of the last minute in which some task waited for each resource."""
    values = dict(zip(("load1", "load5", "load15"), load, strict=False))
    if uptime is not None:
        values["uptime"] = math.floor(uptime)
    details: dict[str, object] = {}
    waiting = {name: kinds["some"][1] for name, kinds in pressure.items() if "some" in kinds}
    if waiting:
        details["pressure"] = waiting
    if "procs_running" in counters:
        details["processes"] = {"running": counters["procs_running"], "blocked": counters.get("procs_blocked", 0)}
    return values, details
