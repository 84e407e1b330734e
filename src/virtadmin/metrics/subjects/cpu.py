"""Processors: /proc/stat, as proc(5) describes it."""

from contextlib import suppress
from itertools import compress
from operator import sub

from virtadmin.metrics.answer import lines, numbers, printable

Ticks = dict[str, list[int]]
"""By "cpu" (all together), "cpu0", …: user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice."""

FIELDS = 8
"""guest and guest_nice are left out: the kernel counts them into user and nice already (proc(5))."""
IDLE, IOWAIT = 3, 4
MODES = ("user", "nice", "system", "iowait", "irq", "softirq", "steal")
SHOWN = (1, 1, 1, 0, 1, 1, 1, 1)
"""The fields that are modes: all but idle."""
JITTER = 300
"""Ticks (3 s) by which a field may go back, as iowait "may decrease in certain conditions" (proc(5)) and idle and
steal do on some kernels: that is no progress, not a restart."""
COUNTERS = ("intr", "ctxt", "btime", "processes", "procs_running", "procs_blocked")


def parse(text: str) -> Ticks:
    """Clock ticks by processor."""
    ticks: Ticks = {}
    for line in lines(text):
        if line.startswith("cpu"):
            name, _, rest = line.partition(" ")
            try:
                spent = numbers(rest.split()[:10])
            except ValueError:
                continue
            if len(spent) > IDLE:
                ticks[printable(name, 10)] = spent
    return ticks


def parse_counters(text: str) -> dict[str, int]:
    """The single numbers of the file, `COUNTERS`, as far as it has them; of `intr` the total alone."""
    counters: dict[str, int] = {}
    for line in lines(text):
        name, _, rest = line.partition(" ")
        if name in COUNTERS:
            with suppress(ValueError):
                counters[name] = numbers([rest.partition(" ")[0]])[0]
    return counters


def derive(previous: Ticks, current: Ticks) -> tuple[dict[str, float], dict[str, object]]:
    """cpu_usage in % of all processors, the share of each mode, and the usage of each processor."""
    used: dict[str, float] = {}
    whole: list[int] = []
    for name, ticks in current.items():
        steps = _spent(previous.get(name), ticks)
        if steps:
            used[name] = usage(steps)
            if name == "cpu":
                whole = steps
    if not whole:
        return {}, {}
    scale = 100 / sum(whole)
    modes = {
        mode: round(spent * scale, 1) if spent else 0.0  # rounding takes longest here, and most modes are seldom used
        for mode, spent in zip(MODES, compress(whole, SHOWN), strict=False)
    }
    return {"cpu_usage": used.pop("cpu")}, {"cpu": modes, "cores": used}


def usage(steps: list[int]) -> float:
    """Percent of the ticks that were neither idle nor spent waiting for a disk."""
    idle = sum(steps[IDLE : IOWAIT + 1])
    return round(100 - 100 * idle / sum(steps), 2)


def _spent(before: list[int] | None, after: list[int]) -> list[int]:
    """The ticks between the samples that went to each field; nothing where that cannot be told."""
    if before is None or len(before) != len(after):
        return []
    steps = [*map(sub, after[:FIELDS], before)]
    if min(steps) < 0:
        if min(steps) < -JITTER:
            return []
        steps = [max(0, step) for step in steps]
    return steps if any(steps) else []
