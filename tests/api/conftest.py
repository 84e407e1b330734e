"""What the tests of the API share: callers with tokens, and one server with everything that belongs to it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from datetime import time as clock

import pytest
import redis
from django.contrib.auth.models import Group
from rest_framework.test import APIClient

from tests.websites.sites import website
from virtadmin.accounts.models import User
from virtadmin.accounts.services import token_create
from virtadmin.alerting.models import Incident, MaintenanceWindow, Recipients, Silence, Threshold, ThresholdTemplate
from virtadmin.notifications.models import Notification
from virtadmin.servers.models import (
    ImportRow,
    InitialServerProfile,
    Server,
    ServerImport,
    ServerState,
    Tag,
    UnknownSystem,
)
from virtadmin.statuspages.models import StatusEntry, StatusPage
from virtadmin.websites.models import Url

Caller = Callable[[User], APIClient]


@pytest.fixture(autouse=True)
def _counters_at_zero(valkey: redis.Redis) -> None:
    """Throttles count in the cache; each test starts with none."""


@pytest.fixture
def by_token() -> Caller:
    """A client that sends the person's token."""

    def client(user: User) -> APIClient:
        made = APIClient()
        made.credentials(HTTP_AUTHORIZATION=f"Token {token_create(user=user)[0]}")
        return made

    return client


@pytest.fixture
def server(alice: User, bob: User) -> Server:
    """Alice's server, shared with Bob, measured a moment ago."""
    return make_server(alice, "web1", "192.0.2.1", shared_with=bob)


@pytest.fixture
def profile(server: Server) -> InitialServerProfile:
    """The run that enrolled it."""
    status = InitialServerProfile.Status.SUCCEEDED
    return InitialServerProfile.objects.create(
        owner=server.owner, ip_address=server.ip_address, server=server, status=status, log="done\n"
    )


@pytest.fixture
def batch(alice: User) -> ServerImport:
    """An import of Alice's with one server, whose host was looked at."""
    made = ServerImport.objects.create(owner=alice, format="lines", refusals=[[2, "inner", "It is behind another."]])
    ImportRow.objects.create(
        batch=made, line=1, ip_address="192.0.2.9", looked=True, shown=[["ssh-ed25519", "SHA256:" + "s" * 43]]
    )
    return made


@pytest.fixture
def threshold(server: Server) -> Threshold:
    """Its limits."""
    return Threshold.objects.get_or_create(server=server)[0]


@pytest.fixture
def incident(server: Server) -> Incident:
    """Its processor is over the limit."""
    key = f"{server.pk}:cpu_usage"
    return Incident.objects.create(server=server, kind="cpu_usage", open_key=key, value=91.0, limit=80)


@pytest.fixture
def silence(server: Server) -> Silence:
    """It is silenced by Alice."""
    return Silence.objects.create(owner=server.owner, server=server, reason="a deployment")


@pytest.fixture
def window(server: Server) -> MaintenanceWindow:
    """Each Sunday night."""
    return MaintenanceWindow.objects.create(
        owner=server.owner, server=server, name="patches", zone="Europe/Berlin", weekdays=["sun"], start=clock(2, 30)
    )


@pytest.fixture
def recipients(server: Server) -> Recipients:
    """Alice alone is told of it."""
    made = Recipients.objects.create(owner=server.owner, server=server)
    made.users.add(server.owner)
    return made


@pytest.fixture
def template(server: Server) -> ThresholdTemplate:
    """Alice's limits for "prod"."""
    tag = Tag.objects.get(name="prod")
    return ThresholdTemplate.objects.create(owner=server.owner, name="production", tag=tag, cpu_usage=70)


@pytest.fixture
def notification(server: Server) -> Notification:
    """A message to Alice about it."""
    return Notification.objects.create(
        recipient=server.owner, server=server, level="warning", kind="limit", title="CPU", meta={"cpu_usage": 97.0}
    )


@pytest.fixture
def url(server: Server, bob: User) -> Url:
    """Alice's website on it, shared with Bob, seen a moment ago."""
    seen = datetime.fromtimestamp(time.time(), UTC)
    phases = {"dns": 1.5, "tcp": 10.0, "tls": 20.0, "first_byte": 30.0, "total": 61.5}
    certificate = {"begins": 1.0, "expires": 2.0, "subject": "CN=shop", "names": ["shop.example.org"], "trusted": True}
    found = {
        "status": "up", "status_code": 200, "status_code_message": "OK", "response_time": 61.5, "last_check": seen,
        "ssl_start_date": seen, "ssl_expiration_date": seen + timedelta(days=60), "certificate": certificate,
        "details": {"phases": phases, "address": "192.0.2.1", "redirects": [], "hint": ""},
    }  # fmt: skip
    return website(
        server.owner, "https://shop.example.org/", name="shop", server=server, shared_with=bob, tags=("prod",),
        username="monitor", password="pa55word", secret_headers={"X-Key": "s3cret"}, state=found,
    )  # fmt: skip


@pytest.fixture
def status_page(server: Server, url: Url) -> StatusPage:
    """Alice's, of both."""
    made = StatusPage.objects.create(owner=server.owner, title="Our shop")
    StatusEntry.objects.create(page=made, position=0, name="Shop", url=url)
    StatusEntry.objects.create(page=made, position=1, name="Machine", server=server)
    return made


@pytest.fixture
def unknown_system(alice: User) -> UnknownSystem:
    """A system Alice tried to add."""
    return UnknownSystem.objects.create(owner=alice, ip_address="192.0.2.9", system="Plan 9", tried="sh: no /proc")


def make_server(owner: User, name: str, address: str, *, shared_with: User | None = None, **state: object) -> Server:
    """A server with its newest metrics."""
    made = Server.objects.create(owner=owner, name=name, ip_address=address, private_key="the private key")
    measured = {"status": "up", "cpu_usage": 12.5, "ram_total": 2048, "uptime": 3600, **state}
    ServerState.objects.create(server=made, last_update=datetime.fromtimestamp(time.time(), UTC), **measured)
    made.tags.add(Tag.objects.get_or_create(name="prod")[0])
    if shared_with:
        group = Group.objects.get_or_create(name="team")[0]
        shared_with.groups.add(group)
        made.groups.add(group)
    return made
