"""The sign of life: to a real HTTP server, while rounds really end."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as some
from pytest_django import Settings

from tests.fakes.service import Asked, Said, Service
from virtadmin.accounts.models import User
from virtadmin.collector import memory
from virtadmin.operations.heartbeat import heartbeat, trouble_judge
from virtadmin.operations.rounds import Rounds
from virtadmin.operations.tasks import beat
from virtadmin.servers.models import Server

NOW = 1_800_000_000.0


class Watcher(Service):
    """As healthchecks.io answers."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Asked] = []
        self.status = 200

    def answer(self, asked: Asked) -> Said:
        self.asked.append(asked)
        return Said(self.status, raw=b"OK")


@pytest.fixture
def watcher(settings: Any) -> Iterator[Watcher]:
    with Watcher() as service:
        settings.HEARTBEAT_URL = f"{service.url}/ping/5f3a-secret"
        yield service


@pytest.fixture
def server(alice: User) -> Server:
    return Server.objects.create(name="web1", ip_address="192.0.2.1", owner=alice, enrolled=True, interval=60)


@pytest.mark.django_db
@pytest.mark.usefixtures("server", "valkey")
def test_it_is_given_while_rounds_end_and_stops_when_they_do_not(
    watcher: Watcher, caplog: pytest.LogCaptureFixture
) -> None:
    assert not heartbeat(now=NOW), "no tick yet"
    memory.tick_begin(NOW)
    assert not heartbeat(now=NOW), "no round has ended"
    assert watcher.asked == []
    memory.round_end(NOW - 2, NOW - 1)
    assert heartbeat(now=NOW)
    [asked] = watcher.asked
    assert (asked.method, asked.path) == ("GET", "/ping/5f3a-secret")
    memory.tick_begin(NOW + 300)
    assert not heartbeat(now=NOW + 300), "ticks alone are no sign of life"
    memory.round_end(NOW + 299, NOW + 300)
    assert not heartbeat(now=NOW + 340), "beat stands still"
    assert len(watcher.asked) == 1
    assert "rounds do not end" in caplog.text
    assert "5f3a-secret" not in caplog.text


@pytest.mark.django_db
def test_what_does_not_arrive_is_told_without_the_address(
    watcher: Watcher, valkey: redis.Redis, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    memory.tick_begin(NOW)
    assert heartbeat(now=NOW), "no server is watched: nothing can come to an end"
    watcher.status = 500
    assert not heartbeat(now=NOW)
    settings.HEARTBEAT_URL = "http://127.0.0.1:1/5f3a-secret"
    assert not heartbeat(now=NOW)
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    assert not heartbeat(now=NOW)
    assert "answered with 500 by 127.0.0.1" in caplog.text
    assert "Valkey is away" in caplog.text
    assert "5f3a-secret" not in caplog.text


def test_without_an_address_nobody_is_asked(settings: Settings) -> None:
    settings.HEARTBEAT_URL = ""
    assert not heartbeat()
    beat()


@given(some.floats(-1e5, 1e5), some.floats(-1e5, 1e5), some.integers(5, 3600))
def test_it_needs_both(tick_ago: float, round_ago: float, interval: int) -> None:
    said = trouble_judge(NOW - tick_ago, Rounds(NOW - round_ago, 1, 1, 1), interval, NOW)
    alive = abs(NOW - (NOW - tick_ago)) <= 30 and -120 <= NOW - (NOW - round_ago) <= interval + 120
    assert (said == "") == alive
