"""CPU time and memory of trees of processes, from /proc (proc(5))."""

import os
from collections.abc import Iterable
from pathlib import Path

TICK = 1000 / os.sysconf("SC_CLK_TCK")
"""Milliseconds a clock tick."""


def tree(root: int) -> list[int]:
    """The process and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, left = [], [root]
    while left:
        pid = left.pop()
        found.append(pid)
        left += parents.get(pid, [])
    return found


def cpu_ms(pids: Iterable[int]) -> float:
    """User and system time of the processes and of their ended, waited-for children."""
    total = 0.0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(field) for field in fields[11:15]) * TICK
    return total


def precise_cpu_ms(pids: Iterable[int]) -> float:
    """Time on a processor of the processes' threads by the scheduler's own count, without their ended children."""
    total = 0.0
    for pid in pids:
        for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                total += int(path.read_text().split()[0]) / 1e6
            except OSError:
                continue
    return total


def pss_mb(pids: Iterable[int]) -> float:
    """Proportional set size: memory, shared pages divided among those who share them."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total / 1024


def memory_alone_mb(pids: Iterable[int]) -> float:
    """What the processes would take if nobody else ran their programs: all of the largest, the others' own pages."""
    sizes = []
    for pid in pids:
        lines = [line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]]
        kib = {words[0]: int(words[1]) for words in lines}
        sizes.append((kib["Rss:"], kib["Private_Clean:"] + kib["Private_Dirty:"]))
    sizes.sort(reverse=True)
    return (sizes[0][0] + sum(own for _, own in sizes[1:])) / 1024


def rss_mb(pid: int) -> float:
    """Resident set of one process: it grows by what the process takes, not by what it stops sharing after a fork."""
    text = Path(f"/proc/{pid}/status").read_text()
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmRSS:")) / 1024
