"""Memory and swap: /proc/meminfo, as proc(5) describes it."""

import re

Sizes = dict[str, int]
"""KiB (or plain numbers, as HugePages_Total) by the kernel's names."""

NEEDED = ["MemTotal", "MemFree", "MemAvailable", "Buffers", "Cached", "SReclaimable", "Shmem", "SwapTotal", "SwapFree"]
"""What usage is counted from."""
NEEDED_LINE = re.compile(rf"\n({'|'.join(NEEDED)}):[ \t]*([0-9]{{1,18}})\b", re.ASCII)
LINE = re.compile(r"^(\w[\w()]{0,40}):[ \t]*([0-9]{1,18})\b", re.ASCII | re.MULTILINE)
LONGEST = 16 * 1024
"""Characters read of the file, ten times what real ones have."""
KIB_IN_MIB = 1024


def parse(text: str) -> Sizes:
    """Every line of the file that has a name and a number."""
    return {name: int(size) for name, size in LINE.findall(text[:LONGEST])}


def parse_needed(text: str) -> Sizes:
    """`parse` for what `derive` needs, in a quarter of the time."""
    return {name: int(size) for name, size in NEEDED_LINE.findall("\n" + text[:LONGEST])}


def derive(sizes: Sizes) -> tuple[dict[str, float], dict[str, object]]:
    """ram_usage, swap_usage (absent without swap) in %, ram_total in MiB; the sizes behind them in MiB."""
    total = sizes.get("MemTotal", 0)
    if not total:
        return {}, {}
    available = min(total, _available(sizes))
    values = {"ram_usage": round(100 * (total - available) / total, 2), "ram_total": float(round(total / KIB_IN_MIB))}
    shown = {"total": total, "available": available}
    shown |= {name.lower(): sizes.get(name, 0) for name in ("Buffers", "Cached")}
    swap = sizes.get("SwapTotal", 0)
    if swap:
        swapped = swap - min(swap, sizes.get("SwapFree", 0))
        values["swap_usage"] = round(100 * swapped / swap, 2)
        shown |= {"swap_total": swap, "swap_used": swapped}
    return values, {"memory": {name: round(size / KIB_IN_MIB) for name, size in shown.items()}}


def _available(sizes: Sizes) -> int:
    """What programs could still have. Kernels before 3.14 do not say, so it is estimated from what they could drop.

    Cached includes Shmem (tmpfs, shared memory), which cannot be dropped.
    """
    if "MemAvailable" in sizes:
        return sizes["MemAvailable"]
    droppable = sum(sizes.get(name, 0) for name in ("MemFree", "Buffers", "Cached", "SReclaimable"))
    return max(0, droppable - sizes.get("Shmem", 0))
