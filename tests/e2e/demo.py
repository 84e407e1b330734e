"""Fills a hub's database with a small fleet in every condition, its messages and its enrolments: `demo [MORE]`."""

import os
import sys
from datetime import datetime, time, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "virtadmin.config.settings")
django.setup()

from django.utils import timezone  # noqa: E402  # models can be imported only now

from tests.e2e.demo_history import past  # noqa: E402
from tests.e2e.demo_imports import imports  # noqa: E402
from tests.web.fleet import FACTS, many, watched  # noqa: E402
from virtadmin.accounts.models import User  # noqa: E402
from virtadmin.alerting.models import (  # noqa: E402
    Incident,
    MaintenanceWindow,
    Recipients,
    Silence,
    Threshold,
    ThresholdTemplate,
)
from virtadmin.notifications.models import Notification  # noqa: E402
from virtadmin.running.prepare import prepare_hub  # noqa: E402
from virtadmin.servers.models import InitialServerProfile, Server, ServerState, Tag, UnknownSystem  # noqa: E402
from virtadmin.servers.services import profile_create  # noqa: E402

LOG = """The host shows SHA256:uO2rF5vJ3mK0mC4x0cJw0n9m1x2z3A4b5C6d7E8f9G0 (ssh-ed25519).
Signed in as root by password.
Made the user virtadmin; its password is locked.
Its home is /home/virtadmin.
Installed the hub's key: it may run the probe and nothing else.
"""
SUCCEEDED = "A sample came, a command was refused.\nSucceeded: the server is watched now.\n"
FAILED = "Failed: The server refused this login. Check the user name and the password or key.\n"
BLANK = ("last_update", "cpu_usage", "ram_usage", "hdd_usage", "network_usage_in", "network_usage_out", "uptime")


def fleet(owner: User, now: datetime) -> dict[str, Server]:
    """One server in each condition, and some that are well."""
    link = {**FACTS, "link_speed": 1000}
    servers = [
        watched(owner, "web1", "203.0.113.10", now, cpu_usage=93.2, ram_usage=71.8, network_usage_in=412.0, facts=link),
        watched(owner, "web2", "203.0.113.11", now, cpu_usage=38.0, ram_usage=64.0, network_usage_in=388.2, facts=link),
        watched(owner, "db-primary", "db1.example.org", now - timedelta(minutes=14), ram_usage=77.0, status="down",
                reason="timeout: No answer from port 22 within 5 s."),
        watched(owner, "mail", "203.0.113.25", now - timedelta(hours=3), hdd_usage=68.0, status="down",
                reason="host_key_changed: The host shows a key that is not the pinned one."),
        watched(owner, "cache1", "10.0.0.7", now, ram_usage=78.0, cpu_usage=6.1, facts=link),
        watched(owner, "cache2", "10.0.0.8", now, ram_usage=52.0, cpu_usage=4.4, facts=link),
        watched(owner, "backup", "10.0.0.40", now, hdd_usage=74.9, cpu_usage=1.2, uptime=17_000_000),
        watched(owner, "build-runner", "10.0.0.12", now - timedelta(days=2), enabled=False),
        watched(owner, "git", "10.0.0.30", now - timedelta(minutes=40)),
        watched(owner, "staging", "10.0.0.55", now, status="pending"),
    ]  # fmt: skip
    ServerState.objects.filter(server=servers[-1]).update(**dict.fromkeys(BLANK))
    Threshold.objects.filter(server=servers[0]).update(cpu_usage_notified=True)
    shop, internal = (Tag.objects.create(name=name) for name in ("shop", "internal"))
    shop.servers.add(*servers[:4])
    internal.servers.add(*servers[4:])
    return {server.name: server for server in servers}


def messages(person: User, servers: dict[str, Server], now: datetime) -> None:
    """What the person was told."""
    rows = [
        ("critical", "db-primary", 14, True, "db-primary is lost: No answer from port 22 within 5 s.",
         "The machine may be off, or a firewall drops the hub's packets. Check the address and the port."),
        ("warning", "web1", 31, True, "web1: CPU 93 % (limit 80 %)",
         "Mean of the last 5 minutes."),
        ("recovery", "cache1", 190, False, "cache1: memory 74 % (limit 80 %)", "It was over its limit for 12 min."),
        ("info", "backup", 3000, False, "backup is watched", ""),
    ]  # fmt: skip
    for level, name, ago, unread, title, description in rows:
        Notification.objects.create(
            recipient=person, level=level, kind="x", title=title, description=description, unread=unread,
            server=servers[name], timestamp=now - timedelta(minutes=ago),
        )  # fmt: skip


def enrolments(owner: User, servers: dict[str, Server], now: datetime) -> None:
    """One under way, one that failed, one that succeeded, one by hand: numbers 1 to 4."""
    make = InitialServerProfile.objects.create
    make(owner=owner, ip_address="203.0.113.77", status="running", step="environment", log=LOG, heartbeat=now)
    make(owner=owner, ip_address="203.0.113.78", port=2222, status="failed", finished=now, log=LOG[:75] + FAILED)
    make(owner=owner, ip_address="203.0.113.10", status="succeeded", step="verify", finished=now,
         server=servers["web1"], log=LOG + SUCCEEDED)  # fmt: skip
    profile_create(owner=owner, ip_address="203.0.113.90", by_hand=True)
    UnknownSystem.objects.create(owner=owner, ip_address="203.0.113.91", system="Plan 9", tried="uname: not found")


def incidents(person: User, servers: dict[str, Server], now: datetime) -> None:
    """Three that are open and one that is over."""
    busy = [{"name": "mysqld", "cpu_percent": 180.2, "rss_mib": 900}, {"name": "php", "cpu_percent": 61, "rss_mib": 80}]
    timeout = {"stage": "timeout", "reason": "No answer from port 22 within 5 s.", "hint": "The machine may be off."}
    rows: list[tuple[str, str, int, dict[str, Any]]] = [
        ("web1", "cpu_usage", 31, {"value": 93.0, "limit": 80, "context": {"processes": busy}}),
        ("db-primary", "lost", 14, {"level": "critical", "acknowledged": now, "acknowledged_by": person, **timeout}),
        ("backup", "disk_forecast", 3, {"value": 8.7, "place": "/srv/backup"}),
        ("cache1", "ram_usage", 190, {"limit": 80, "peak": 91.0, "closed": now - timedelta(minutes=178)}),
    ]
    for name, kind, ago, more in rows:
        key = None if "closed" in more else f"{servers[name].pk}:{kind}"
        opened = now - timedelta(minutes=ago)
        Incident.objects.create(server=servers[name], kind=kind, opened=opened, open_key=key, **more)


def rules(person: User, servers: dict[str, Server], now: datetime) -> None:
    """Of each kind those that look different, number 1 to be changed."""
    tag = Tag.objects.get(name="shop")
    silence = Silence.objects.create
    silence(owner=person, server=servers["web1"], kind="cpu_usage", ends=now + timedelta(hours=3), reason="the sale")
    silence(owner=person, tag=tag, starts=now - timedelta(hours=9), ends=now - timedelta(hours=3))
    window = MaintenanceWindow.objects.create
    window(owner=person, name="Updates", tag=tag, zone="Europe/Berlin", weekdays=["sat", "sun"], start=time(2, 30))
    window(owner=person, name="Month's end", zone="UTC", month_day=31, start=time(23), minutes=120, enabled=False)
    Recipients.objects.create(owner=person, tag=tag).users.add(person)
    ThresholdTemplate.objects.create(owner=person, name="Shop", tag=tag, cpu_usage=80, window=300)


def main(more: int) -> None:
    """Everything, for the admin."""
    prepare_hub(admin_password="admin-password")
    admin, now = User.objects.get(username="admin"), timezone.now()
    servers = fleet(admin, now)
    messages(admin, servers, now)
    enrolments(admin, servers, now)
    incidents(admin, servers, now)
    rules(admin, servers, now)
    past(servers["web1"], now.timestamp(), servers["web1"].state.metrics)
    imports(admin, servers, now)
    many(admin, more, now)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
