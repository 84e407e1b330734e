"""Processors: /proc/stat, as proc(5) describes it."""

from operator import sub

from virtadmin.metrics.answer import lines, numbers, printable

Ticks = dict[str, list[int]]
"""By "cpu" (all together), "cpu0", …: user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice."""

FIELDS = 8
"""guest and guest_nice are left out: the kernel counts them into user and nice already (proc(5))."""
IDLE, IOWAIT = 3, 4
MODES = {"user": 0, "nice": 1, "system": 2, "iowait": 4, "irq": 5, "softirq": 6, "steal": 7}
JITTER = 300
"""Ticks (3 s) by which a field may go back, as iowait "may decrease in certain conditions" (proc(5)) and idle and
steal do on some kernels: that is no progress, not a restart."""
COUNTERS = ("intr", "ctxt", "btime", "processes", "procs_running", "procs_blocked")


def parse(text: str) -> tuple[Ticks, dict[str, int]]:
    """Clock ticks by processor, and the single numbers of the file (of `intr` the total alone)."""
    ticks: Ticks = {}
    counters: dict[str, int] = {}
    for line in lines(text):
        name, _, rest = line.partition(" ")
        try:
            if name.startswith("cpu"):
                spent = numbers(rest.split()[:10])
                if len(spent) > IDLE:
                    ticks[printable(name, 10)] = spent
            elif name in COUNTERS:
                counters[name] = numbers([rest.partition(" ")[0]])[0]
        except ValueError:
            continue
    return ticks, counters


def derive(previous: Ticks, current: Ticks) -> tuple[dict[str, float], dict[str, object]]:
    """cpu_usage in % of all processors, the share of each mode, and the usage of each processor."""
    spent = {name: _spent(previous.get(name), ticks) for name, ticks in current.items()}
    used = {name: usage(steps) for name, steps in spent.items() if steps}
    if "cpu" not in used:
        return {}, {}
    steps = spent["cpu"]
    scale = 100 / sum(steps)
    modes = {mode: round(steps[place] * scale, 1) for mode, place in MODES.items() if place < len(steps)}
    return {"cpu_usage": used.pop("cpu")}, {"cpu": modes, "cores": used}


def usage(steps: list[int]) -> float:
    """Percent of the ticks that were neither idle nor spent waiting for a disk."""
    idle = sum(steps[IDLE : IOWAIT + 1])
    return round(100 - 100 * idle / sum(steps), 2)


def _spent(before: list[int] | None, after: list[int]) -> list[int]:
    """The ticks between the samples that went to each field; nothing where that cannot be told."""
    if before is None or len(before) != len(after):
        return []
    steps = list(map(sub, after[:FIELDS], before[:FIELDS]))
    if min(steps) < 0:
        if min(steps) < -JITTER:
            return []
        steps = [max(0, step) for step in steps]
    return steps if any(steps) else []
