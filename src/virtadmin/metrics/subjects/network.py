"""Network interfaces: /proc/net/dev, as proc(5) describes it.

The totals are what passes the machine's edge, each byte once. Left out of them by name: the loopback, what software
made (bridges, ends of containers' and virtual machines' cables, tunnels, dummies), VLANs, whose traffic passes the
interface below them, and bonds and teams, whose members are counted. Where nothing else is there (some containers),
all but the loopback is counted.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from operator import sub
from typing import Any

from virtadmin.metrics.answer import lines, numbers, printable

Interfaces = dict[str, list[int]]
"""By interface: bytes, packets, errors, drops received, then the same sent."""

FIELDS = 16
LONGEST_NAME = 15
"""IFNAMSIZ of the kernel less its final zero."""
RX_BYTES, RX_ERRORS, RX_DROPS, TX_BYTES, TX_ERRORS, TX_DROPS = 0, 2, 3, 4, 6, 7
SHOWN = 64
"""Interfaces listed in an observation: the counted ones, then the others."""
IDLE = {"in": 0.0, "out": 0.0, "errors": 0.0, "drops": 0.0}
UNKNOWN = dict.fromkeys(IDLE)
MEGABIT = 1e6 / 8
"""Bytes."""
VIRTUAL = re.compile(
    r"lo$|veth|docker|br\d|br-|bridge|virbr|vmbr|lxcbr|lxdbr|lxc|lxd|podman|cni|cali|flannel|cilium|weave|kube|nodelocal"
    r"|ovs|vnet|vif|fwbr|fwln|fwpr|tap|tun|wg|tailscale|zt|ppp|gre|erspan|sit|ip6tnl|ip6_vti|ip_vti|vti|vxlan|geneve"
    r"|dummy|ifb|nlmon|bond|team|vlan|macvlan|macvtap|ipvlan|teql|vrf"
)


def parse(text: str) -> Interfaces:
    """The interfaces of the file."""
    found: Interfaces = {}
    for line in lines(text):
        name, colon, rest = line.rpartition(":")
        words = rest.split() if colon else []
        if len(words) == FIELDS:
            try:
                found[printable(name.strip(), LONGEST_NAME)] = numbers(words[:4] + words[8:12])
            except ValueError:
                continue
    return found


def counted(names: list[str]) -> set[str]:
    """Those whose traffic makes the totals; the rule is at the top of this file."""
    return set(filter(_is_edge, names)) or {name for name in names if name != "lo"}


@lru_cache(maxsize=4096)
def _is_edge(name: str) -> bool:
    return "." not in name and not VIRTUAL.match(name)


def derive(
    previous: Interfaces, current: Interfaces, seconds: float, link_speed: int | None
) -> tuple[dict[str, float], dict[str, object]]:
    """network_usage_in and _out in Mb/s, their percent of the link speed (Mb/s) where it is known; all
    interfaces but those made by software that nothing ever went through.

    An interface whose counters went back (32 bits wrapped, a driver was loaded again) has no rates this time, and a
    total it belongs to is left out rather than wrong. One that was not there before is left out of the totals.
    """
    edge = counted(list(current))
    rows: list[dict[str, Any]] = [
        {"name": name, "counted": name in edge, **_rates(previous[name], now, seconds)}
        for name, now in current.items()
        if name in previous and (name in edge or any(now))
    ]
    known = [row for row in rows if row["counted"]]
    values: dict[str, float] = {}
    if known and all(row["in"] is not None for row in known):
        for way in ("in", "out"):
            values[f"network_usage_{way}"] = speed = round(sum(row[way] for row in known), 3)
            if link_speed:
                values[f"network_{way}_percent"] = round(min(100.0, 100 * speed / link_speed), 2)
    if len(rows) > 1:
        rows.sort(key=lambda row: (not row["counted"], -(row["in"] or 0) - (row["out"] or 0)))
    return values, {"interfaces": rows[:SHOWN]} if rows else {}


def _rates(before: list[int], after: list[int], seconds: float) -> Mapping[str, float | None]:
    if before == after:
        return IDLE
    steps = list(map(sub, after, before))
    if min(steps) < 0:
        return UNKNOWN
    errors, drops = steps[RX_ERRORS] + steps[TX_ERRORS], steps[RX_DROPS] + steps[TX_DROPS]
    return {
        "in": round(steps[RX_BYTES] / MEGABIT / seconds, 3),
        "out": round(steps[TX_BYTES] / MEGABIT / seconds, 3),
        "errors": round(errors / seconds, 2) if errors else 0.0,
        "drops": round(drops / seconds, 2) if drops else 0.0,
    }
