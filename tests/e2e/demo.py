"""Fills a hub's database with a small fleet in every condition, its messages and its enrolments: `demo [MORE]`."""

import math
import os
import sys
from datetime import UTC, datetime, time, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "virtadmin.config.settings")
django.setup()

from django.utils import timezone  # noqa: E402  # models can be imported only now

from tests.e2e.demo_history import past  # noqa: E402
from tests.e2e.demo_imports import imports  # noqa: E402
from tests.e2e.demo_people import people, traces  # noqa: E402
from tests.web import sites  # noqa: E402
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
from virtadmin.metrics.observation import Observation  # noqa: E402
from virtadmin.metrics.stores.sql import SqlStore  # noqa: E402
from virtadmin.notifications.models import Notification  # noqa: E402
from virtadmin.running.prepare import prepare_hub  # noqa: E402
from virtadmin.servers.models import InitialServerProfile, Server, ServerState, Tag, UnknownSystem  # noqa: E402
from virtadmin.servers.services import profile_create  # noqa: E402
from virtadmin.ssh.stages import HINTS, Stage  # noqa: E402
from virtadmin.statuspages.services import Entry, status_page_create  # noqa: E402
from virtadmin.websites.models import Url  # noqa: E402

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
                reason=f"host_key_changed: The host shows another key: SHA256:{'uO2rF5vJ3' * 5}."),
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
         HINTS[Stage.TIMEOUT]),
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


def history(now: datetime) -> None:
    """Two hours of each server's numbers, summed up as far as the hub would have; two were not asked for a while, and
    web1 has more (`demo_history`)."""
    end = int(now.timestamp()) // 300 * 300
    rows = []
    for server in ServerState.objects.exclude(cpu_usage=None).exclude(server__name="web1").select_related("server"):
        for minutes in range(1, 120):
            if server.server.name in ("web2", "git") and 25 < minutes < 45:
                continue
            wave = 1 + 0.5 * math.sin(minutes / 9 + server.pk) + 0.3 * math.sin(minutes / 2.3 * server.pk)
            seen = {**server.metrics["values"], "cpu_usage": min(100.0, (server.cpu_usage or 0) * max(0.1, wave))}
            rows.append((server.pk, Observation(end - 60 * minutes, seen, {})))
    store = SqlStore()
    store.write(rows)
    store.roll(end + 3600)


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


def websites(owner: User, servers: dict[str, Server], now: datetime) -> dict[str, Url]:
    """One website in each condition, and some that are well: numbers 1 to 8."""
    self_signed = {
        "subject": "nas.lan", "issuer": "nas.lan", "names": ["nas.lan"], "self_signed": True, "trusted": False,
        "key": "RSA 2048", "protocol": "TLSv1.2",
    }  # fmt: skip
    hop = {"uri": "http://www.example.org/", "status": 301, "to": "https://www.example.org/"}
    soon = sites.certificate(now, days=5.4)
    made = [
        sites.checked(owner, "https://shop.example.org/", now, name="Shop", server=servers["web1"], tags=("shop",),
                      shown=sites.certificate(now), fields={"text_present": "Welcome", "confirmations": 2}),
        sites.checked(owner, "https://api.example.org/v2/health", now, name="API", server=servers["web2"],
                      tags=("shop",), shown=sites.certificate(now, days=33), status="down", status_code=503,
                      status_code_message="Service Unavailable", failures=9, hint="Look at the web server's log.",
                      status_reason="status: The answer is 503 Service Unavailable, expected is 200-299."),
        sites.checked(owner, "https://blog.example.org/", now, name="Blog", shown=soon,
                      ssl_expiration_date_notified=True),
        sites.checked(owner, "https://nas.lan:8443/", now, name="NAS", tags=("internal",),
                      shown=sites.certificate(now, days=820, lifetime=3650, **self_signed), status="down",
                      status_code=None, status_code_message="", response_time=None, failures=40,
                      phases={"dns": 0.8, "tcp": 0.6, "total": 9.1},
                      status_reason="certificate_self_signed: The certificate of nas.lan is signed by itself.",
                      hint="Give the website its own CA, or switch the verification off, if this is meant."),
        sites.checked(owner, "https://staging.example.org/", now - timedelta(days=2), name="Staging",
                      fields={"enabled": False}, shown=sites.certificate(now, days=12)),
        sites.checked(owner, "https://reports.example.org/quarterly/summary?format=html", now, tags=("internal",),
                      shown=sites.certificate(now, days=74), failures=1,
                      status_reason="headers_timeout: No answer within 10 s.", status_code=None, response_time=None,
                      status_code_message="", phases={"dns": 3.1, "tcp": 14.0, "tls": 31.2, "total": 10_000.0}),
        sites.checked(owner, "http://www.example.org/", now, name="Home page", redirects=(hop,),
                      shown=sites.certificate(now, days=61), phases={**sites.PHASES, "total": 187.3}),
        sites.checked(owner, "http://printer.example.org/", now, status="pending", last_check=None, status_code=None,
                      response_time=None, phases={}),
    ]  # fmt: skip
    shop, api, blog, nas, staging, reports, home, _ = made
    sites.days(shop, now, 90, outages={3: 240, 17: 5400, 52: 12_000, 53: 86_400})
    sites.days(api, now, 90, outages={0: 2100, 1: 600, 9: 20_000})
    sites.days(blog, now, 34)
    sites.days(nas, now, 20, outages={0: 40_000, 1: 86_400, 2: 86_400, 3: 9000})
    sites.days(staging, now, 60, held=1)
    sites.days(reports, now, 90, outages=dict.fromkeys(range(1, 90, 6), 130))
    sites.days(home, now, 90)
    sites.responses(shop, now, lost=(700, 690))
    sites.responses(api, now, usual=70.0, lost=(35, 0))
    sites.responses(reports, now, usual=3900.0)
    return dict(zip(("shop", "api", "blog", "nas"), made, strict=False))


def website_incidents(websites: dict[str, Url], now: datetime) -> None:
    """Two that are open and one that is over."""
    why = {"stage": "status", "reason": "The answer is 503 Service Unavailable, expected is 200-299.",
           "hint": "Look at the web server's log."}  # fmt: skip
    expires = {"expires": (now + timedelta(days=5.4)).timestamp()}
    rows: list[tuple[str, str, int, dict[str, Any]]] = [
        ("api", "url_down", 35, {"level": "critical", **why}),
        ("blog", "certificate_expiry", 2300, {"context": expires}),
        ("api", "url_down", 13_000, {"level": "critical", "closed": now - timedelta(minutes=12_667), **why}),
        ("shop", "url_down", 4400, {"level": "critical", "closed": now - timedelta(minutes=4396), **why}),
    ]
    for name, kind, ago, more in rows:
        key = None if "closed" in more else f"url:{websites[name].pk}:{kind}"
        Incident.objects.create(
            url=websites[name], kind=kind, opened=now - timedelta(minutes=ago), open_key=key, **more
        )


def status_pages(owner: User, servers: dict[str, Server], websites: dict[str, Url], now: datetime) -> None:
    """One with a line in each condition, and one where all is well: numbers 1 and 2."""
    window = MaintenanceWindow.objects.create
    begins = (now - timedelta(minutes=20)).astimezone(UTC)
    window(owner=owner, name="Move", server=servers["cache1"], zone="UTC", date=begins.date(),
           start=begins.time().replace(microsecond=0), minutes=90)  # fmt: skip
    intro = "What our customers rely on, checked every minute.\nQuestions? Call 555 0100."
    lines = [
        Entry("Online shop", url=websites["shop"]),
        Entry("API for partners", url=websites["api"]),
        Entry("Blog", url=websites["blog"]),
        Entry("Back office", tag="internal"),
        Entry("Databases", server=servers["db-primary"]),
        Entry("Cache", server=servers["cache1"]),
        Entry("Build machine", server=servers["build-runner"]),
    ]
    status_page_create(actor=owner, title="Example Shop", intro=intro, slug="example-shop", entries=lines)
    well = [Entry("Online shop", url=websites["shop"]), Entry("Blog", url=websites["blog"])]
    well += [Entry("Cache", server=servers["cache2"])]
    status_page_create(actor=owner, title="The small one", slug="small", entries=well)


def main(more: int) -> None:
    """Everything, for the admin."""
    prepare_hub(admin_password="admin-password")
    admin, now = User.objects.get(username="admin"), timezone.now()
    servers = fleet(admin, now)
    messages(admin, servers, now)
    enrolments(admin, servers, now)
    incidents(admin, servers, now)
    rules(admin, servers, now)
    people(admin, servers)
    traces(admin, now)
    made = websites(admin, servers, now)
    website_incidents(made, now)
    status_pages(admin, servers, made, now)
    past(servers["web1"], now.timestamp(), servers["web1"].state.metrics)
    imports(admin, servers, now)
    many(admin, more, now)
    history(now)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
