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
from virtadmin.operations.tasks import beat
from virtadmin.servers.models import Server
from virtadmin.websites.models import Url, UrlState

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
    assert not heartbeat(now=NOW), "nothing was saved"
    assert watcher.asked == []
    memory.results_note("servers", NOW - 1)
    assert heartbeat(now=NOW)
    [asked] = watcher.asked
    assert (asked.method, asked.path) == ("GET", "/ping/5f3a-secret")
    memory.tick_begin(NOW + 300)
    assert not heartbeat(now=NOW + 300), "ticks alone are no sign of life"
    memory.results_note("servers", NOW + 300)
    assert not heartbeat(now=NOW + 340), "beat stands still"
    assert len(watcher.asked) == 1
    assert "no results of servers are saved" in caplog.text
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


@pytest.mark.django_db
@pytest.mark.usefixtures("server", "valkey", "watcher")
def test_websites_count_too_unless_they_asked_to_be_left_alone(alice: User) -> None:
    memory.tick_begin(NOW)
    memory.results_note("servers", NOW)
    url = Url.objects.create(owner=alice, uri="https://example.org/", interval=60)
    state = UrlState.objects.create(url=url)
    assert not heartbeat(now=NOW), "it was never checked"
    UrlState.objects.filter(pk=state.pk).update(retry_at=NOW + 3600)
    assert heartbeat(now=NOW), "Retry-After"
    UrlState.objects.filter(pk=state.pk).update(retry_at=NOW - 121)
    assert not heartbeat(now=NOW), "that is over"
    memory.results_note("websites", NOW)
    assert heartbeat(now=NOW)
    Url.objects.update(enabled=False)
    memory.results_note("websites", NOW - 9999)
    assert heartbeat(now=NOW), "none is watched"


KINDS = some.sampled_from(["servers", "websites"])


@given(
    some.floats(-1e5, 1e5),
    some.dictionaries(KINDS, some.floats(-1e5, 1e5)),
    some.dictionaries(KINDS, some.integers(5, 3600)),
)
def test_it_needs_all(tick_ago: float, known_ago: dict[str, float], shortest: dict[str, int]) -> None:
    said = trouble_judge(NOW - tick_ago, {what: NOW - ago for what, ago in known_ago.items()}, shortest, NOW)
    since = {what: NOW - (NOW - known_ago.get(what, 1e9)) for what in shortest}
    late = [what for what, seconds in shortest.items() if not -120 <= since[what] <= seconds + 120]
    assert (said == "") == (abs(NOW - (NOW - tick_ago)) <= 30 and not late)
