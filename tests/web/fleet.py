"""Servers as the collector would have left them, for tests of pages and for the screenshots."""

import math
from datetime import datetime, timedelta
from typing import Any

from virtadmin.accounts.models import User
from virtadmin.alerting.models import Threshold
from virtadmin.servers.models import Server, ServerState, Tag

ROLES = ("web", "db", "mail", "cache", "build", "backup", "proxy", "worker")
FACTS = {
    "os": "Debian GNU/Linux 12 (bookworm)",
    "kernel": "6.1.0-28-amd64",
    "machine": "x86_64",
    "cpu": "AMD EPYC 7543P 32-Core Processor",
    "cores": 4,
    "hostname": "web1",
    "probe": "probe.py 1",
}


def watched(
    owner: User, name: str, address: str, now: datetime, *, status: str = "up", reason: str = "", **numbers: Any
) -> Server:
    """One watched server with its limits and newest state; `numbers` are columns of ServerState."""
    fields = {key: numbers.pop(key) for key in ("enabled", "link_speed", "interval") if key in numbers}
    server = Server.objects.create(
        owner=owner, name=name, ip_address=address, host_keys="ssh-ed25519 AAAA", enrolled=True, **fields,
        created=now - timedelta(days=90),
    )  # fmt: skip
    Threshold.objects.get_or_create(server=server)
    state = {
        "cpu_usage": 23.4, "ram_usage": 41.2, "ram_total": 7941, "hdd_usage": 55.1, "hdd_total": 78.2,
        "network_usage_in": 4.21, "network_usage_out": 0.83, "uptime": 3_612_345, "last_update": now,
        "status": status, "status_reason": reason, "facts": FACTS, **numbers,
    }  # fmt: skip
    state.setdefault("metrics", observation(state))
    ServerState.objects.update_or_create(server=server, defaults=state)
    return Server.objects.get(pk=server.pk)


def observation(state: dict[str, Any]) -> dict[str, Any]:
    """The newest observation behind the columns, as `Observation.as_json()` gives it."""
    link = state["facts"].get("link_speed")
    flows = {way: state[f"network_usage_{way}"] or 0.0 for way in ("in", "out")}
    shares = {f"network_{way}_percent": min(100.0, 100 * flow / link) for way, flow in flows.items()} if link else {}
    columns = ("cpu_usage", "ram_usage", "ram_total", "hdd_usage", "hdd_total", "uptime")
    return {
        "time": state["last_update"].timestamp(),
        "values": {
            **{name: state[name] for name in columns}, **{f"network_usage_{way}": f for way, f in flows.items()},
            **shares, "swap_usage": 3.1, "inodes_usage": 12.0, "load1": 0.84, "load5": 1.2, "load15": 0.97,
            "disk_read": 0.2, "disk_write": 3.4,
        },
        "details": details(state),
    }  # fmt: skip


def details(state: dict[str, Any]) -> dict[str, Any]:
    """Two mounts, a disk, two interfaces and the cores."""
    cpu = state["cpu_usage"] or 0.0
    cores = {f"cpu{n}": round(max(0.0, min(100.0, cpu * (1 + 0.4 * math.sin(n * 2)))), 1) for n in range(4)}
    mount = {"device": "/dev/vda1", "type": "ext4", "read_only": False, "inodes_usage": 12.0}
    return {
        "cpu": {"user": round(cpu * 0.7, 1), "nice": 0.0, "system": round(cpu * 0.2, 1), "iowait": 1.2, "steal": 0.4},
        "cores": cores,
        "hdd_mount": "/",
        "mounts": [
            {**mount, "mount": "/", "usage": state["hdd_usage"], "total": 78.2, "used": 42.1, "available": 34.0},
            {**mount, "mount": "/srv/data", "usage": 31.0, "total": 1862.6, "used": 570.1, "available": 1200.0},
        ],
        "devices": [
            {"name": "vda", "counted": True, "read": 0.2, "write": 3.4, "reads": 4.0, "writes": 61.0, "busy": 7.5},
        ],
        "interfaces": [
            {"name": "eth0", "counted": True, "in": state["network_usage_in"], "out": state["network_usage_out"],
             "errors": 0.0, "drops": 0.0},
            {"name": "lo", "counted": False, "in": 0.1, "out": 0.1, "errors": 0.0, "drops": 0.0},
        ],
    }  # fmt: skip


def many(owner: User, count: int, now: datetime) -> None:
    """So many servers, most of them well, with tags; in bulk, as the demo of a fleet."""
    tags = [Tag.objects.get_or_create(name=name)[0] for name in ("production", "staging", "customer")]
    start = Server.objects.count()
    Server.objects.bulk_create(
        Server(owner=owner, name=f"{ROLES[n % 8]}{n // 8 + 1:03}", ip_address=f"10.1.{n >> 8 & 255}.{n & 255}",
               host_keys="ssh-ed25519 AAAA", enrolled=True)
        for n in range(start, start + count)
    )  # fmt: skip
    servers = list(Server.objects.order_by("pk"))[start:]  # MySQL does not tell their ids
    Threshold.objects.bulk_create(Threshold(server=server) for server in servers)
    ServerState.objects.bulk_create(_state(server, n, now) for n, server in enumerate(servers))
    through = Server.tags.through
    through.objects.bulk_create(through(server=server, tag=tags[n % 3]) for n, server in enumerate(servers))


def _state(server: Server, n: int, now: datetime) -> ServerState:
    wave = (1 + math.sin(n * 1.7)) / 2
    lost = n % 97 == 5
    state: dict[str, Any] = {
        "cpu_usage": round(70 * wave**3, 2), "ram_usage": round(20 + 55 * wave, 2), "ram_total": 7941,
        "hdd_usage": round(15 + 60 * (1 - wave), 2), "hdd_total": 78.2, "network_usage_in": round(9 * wave, 3),
        "network_usage_out": round(3 * wave, 3), "uptime": 86400 * (n % 400) + 4000,
        "last_update": now - timedelta(seconds=n % 60), "facts": {**FACTS, "link_speed": 1000 if n % 2 else None},
    }  # fmt: skip
    reason = "timeout: No answer from port 22 within 5 s." if lost else ""
    return ServerState(
        server=server, status="down" if lost else "up", status_reason=reason, metrics=observation(state), **state
    )
