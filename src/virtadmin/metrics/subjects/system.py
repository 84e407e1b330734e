"""Load, uptime, pressure and processes: /proc/loadavg, /proc/uptime and /proc/pressure/*, as proc(5) describes them."""

import math
import re
from collections.abc import Mapping

Pressure = dict[str, list[float]]
"""By "some" and "full": percent of the last 10, 60 and 300 seconds, microseconds in all."""

RESOURCES = ("cpu", "memory", "io")
"""Those that tasks wait for: the names of the files of pressure."""
LARGEST = 1e15
PERCENT = r"(100\.00|\d?\d\.\d\d)"
LINE = re.compile(
    rf"^(some|full) avg10={PERCENT} avg60={PERCENT} avg300={PERCENT} total=(\d{{1,18}})$", re.ASCII | re.MULTILINE
)
PROCESSES = re.compile(r"\nprocs_(running|blocked) ([0-9]{1,18})\b", re.ASCII)


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


def parse_waiting(texts: Mapping[str, str]) -> dict[str, float]:
    """By resource, the percent of the last minute in which some task waited for it: what is watched of the files."""
    waiting = {}
    for resource in RESOURCES:
        found = LINE.match(texts.get(f"/proc/pressure/{resource}", "")[:500])
        if found and found[1] == "some":
            waiting[resource] = float(found[3])
    return waiting


def parse_processes(stat: str) -> dict[str, int]:
    """Of /proc/stat, how many tasks are running and how many are blocked, waiting for a disk."""
    return {state: int(count) for state, count in PROCESSES.findall(stat)}


def derive(
    load: list[float], uptime: float | None, waiting: dict[str, float], processes: dict[str, int]
) -> tuple[dict[str, float], dict[str, object]]:
    """load1, load5, load15; uptime in s; percent of the last minute in which some task waited for each resource."""
    values = dict(zip(("load1", "load5", "load15"), load, strict=False))
    if uptime is not None:
        values["uptime"] = math.floor(uptime)
    details: dict[str, object] = {}
    if waiting:
        details["pressure"] = waiting
    if "running" in processes:
        details["processes"] = {"running": processes["running"], "blocked": processes.get("blocked", 0)}
    return values, details
