"""The hub's own figures in /metrics."""

from pathlib import Path

import pytest
import redis
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.api.conftest import make_server
from tests.metrics.expositions import complaints, needs_promtool, of, read
from virtadmin.accounts.models import User
from virtadmin.accounts.services import token_create
from virtadmin.alerting.models import Incident
from virtadmin.collector import memory
from virtadmin.collector.workers import Announcer
from virtadmin.notifications.models import Delivery, Notification

pytestmark = pytest.mark.django_db
COUNTERS = {"open": 3, "connects": 4, "polls": 50, "failures": {"timeout": 2}, "skipped": 1, "dropped": 0}


def page(person: User) -> bytes:
    token = token_create(user=person)[0]
    answer = Client().get("/metrics", headers={"authorization": f"Token {token}"})
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[arg-type]


@pytest.fixture
def busy(valkey: redis.Redis, alice: User) -> None:
    now = timezone.now().timestamp()
    Announcer("hub@here").announce({**COUNTERS, "checks": {"open": 0, "polls": 7}}, now=now)
    memory.tick_begin(now)
    memory.round_end(now - 2, now - 1)
    memory.round_end(now - 0.5, now)
    server = make_server(alice, "web1", "192.0.2.1")
    Incident.objects.create(server=server, kind="lost", opened=timezone.now(), open_key="1:lost")
    told = Notification.objects.create(recipient=alice, kind="x", level="info", title="x")
    Delivery.objects.create(notification=told, channel="email")


@pytest.mark.usefixtures("busy")
@needs_promtool
def test_staff_see_how_the_hub_is(admin_person: User) -> None:
    text = page(admin_person)
    assert complaints(text) == []
    lines = dict(line.rsplit(" ", 1) for line in text.decode().splitlines() if line.startswith("virtadmin_hub_"))
    server = 'worker="hub@here",subject="server"'
    for name, value in (
        ("rounds_total", 2), ("round_seconds_total", 1.5), ("last_round_duration_seconds", 0.5), ("workers", 1),
        (f"channels_open{{{server}}}", 3), (f"polls_total{{{server}}}", 50),
        ('polls_total{worker="hub@here",subject="website"}', 7), (f'failures_total{{{server},stage="timeout"}}', 2),
        ('queue_tasks{queue="collect"}', 0), ('incidents_open{kind="lost"}', 1), ('deliveries{status="pending"}', 1),
    ):  # fmt: skip
        assert float(lines[f"virtadmin_hub_{name}"]) == value, name
    assert float(lines["virtadmin_hub_database_bytes"]) > 100_000
    assert of(read(text), "virtadmin_hub_workers") == [1]


@pytest.mark.usefixtures("busy")
def test_others_do_not(alice: User) -> None:
    assert b"virtadmin_hub" not in page(alice)


def test_what_is_away_is_left_out(admin_person: User, settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    text = page(admin_person).decode()
    assert "virtadmin_hub_database_bytes" in text
    assert "virtadmin_hub_workers" not in text


def test_they_are_documented() -> None:
    from virtadmin.metrics.exposition.families import FAMILIES

    text = (Path(__file__).resolve().parents[2] / "docs/operations.md").read_text()
    missing = [name for name in FAMILIES if name.startswith("virtadmin_hub_") and f"`{name}`" not in text]
    assert missing == []
