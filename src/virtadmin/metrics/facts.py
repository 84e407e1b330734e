"""What seldom changes on a server: its system, its hardware. Asked once a connection."""

import re
from typing import Any

from virtadmin.metrics.answer import lines, printable, sections

CPU_NAMES = ("model name", "Processor", "cpu model", "cpu", "Hardware", "machine")
"""How /proc/cpuinfo names the processor on x86, older ARM, MIPS, POWER, boards, s390, first found first."""
FASTEST = 1_000_000
"""Mb/s; old kernels write 4294967295 for unknown."""
CARRIES = ("up", "unknown")
"""operstate of a link that carries traffic; some drivers never say more than unknown (kernel: operstates.rst)."""


def parse_facts(answer: bytes) -> dict[str, Any]:
    """The facts in the probe's answer to `facts`. Raises BadSample, and nothing else.

    os, kernel, cpu, hostname, machine (maker and model), probe ("python 3.11.2", "sh"): text, empty where unknown;
    cores: processors the kernel uses, link_speed: Mb/s of the fastest physical link that is up: None where unknown.
    """
    text = sections(answer, "facts").get
    release = _pairs(text("/etc/os-release", ""), "=")
    cpu = _pairs(text("/proc/cpuinfo", ""), ":")
    vendor, product = (text(f"/sys/class/dmi/id/{name}", "").strip() for name in ("sys_vendor", "product_name"))
    return {
        "os": _unquoted(release.get("PRETTY_NAME", "") or release.get("NAME", "")),
        "kernel": printable(" ".join(text("/proc/version", "").split()[2:3])),
        "cpu": printable(next((cpu[name] for name in CPU_NAMES if cpu.get(name)), "")),
        "cores": _cores(text("/sys/devices/system/cpu/online", "")) or _number(cpu.get("siblings", "")),
        "hostname": printable(text("/proc/sys/kernel/hostname", "").strip()),
        "machine": printable(" ".join(filter(None, (vendor, product.removeprefix(vendor).strip())))),
        "link_speed": _link_speed(text("links", "")),
        "probe": printable(_pairs(text("probe", ""), " ").get("kind", "")),
    }


def _pairs(text: str, separator: str) -> dict[str, str]:
    pairs = (line.partition(separator) for line in lines(text))
    return {name.strip(): value.strip() for name, found, value in pairs if found}


def _unquoted(value: str) -> str:
    """os-release values are quoted as a shell would have them (os-release(5))."""
    if value[:1] in ('"', "'") and value[-1:] == value[:1]:
        value = value[1:-1]
    return printable(re.sub(r"\\(.)", r"\1", value))


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,7}", text) else None


def _cores(online: str) -> int | None:
    """How many processors a list like 0-3,8 names (the kernel's cputopology.rst)."""
    ranges = re.findall(r"([0-9]{1,6})(?:-([0-9]{1,6}))?", online)
    return sum(int(last or first) - int(first) + 1 for first, last in ranges) or None


def _link_speed(text: str) -> int | None:
    """Of lines `link NAME SPEED OPERSTATE physical|virtual`."""
    words = [line.split() for line in lines(text)]
    speeds = [_number(w[2]) or 0 for w in words if len(w) == 5 and w[3] in CARRIES and w[4] == "physical"]
    return max((speed for speed in speeds if 0 < speed <= FASTEST), default=None)
