"""Which workers live, as they say themselves."""

import pytest
import redis
from pytest_django import Settings

from virtadmin.collector import workers
from virtadmin.collector.counters import Counters
from virtadmin.collector.workers import ALIVE, ALIVE_SECONDS, Announcer, Worker
from virtadmin.ssh.stages import Stage


def test_a_worker_lives_as_long_as_it_says_so(valkey: redis.Redis) -> None:
    one, two = Announcer("one@a", this_machine=True), Announcer("two@b")
    assert workers.workers_live() == []
    one.announce({"open": 3}, now=1000.0)
    two.announce({}, now=1000.0)
    assert workers.workers_live() == [Worker("one@a", True, {"open": 3}), Worker("two@b")]
    assert 0 < valkey.ttl(ALIVE % "one@a") <= ALIVE_SECONDS
    one.leave()
    assert [worker.name for worker in workers.workers_live()] == ["two@b"]


def test_a_worker_lives_whatever_became_of_its_polls(valkey: redis.Redis) -> None:
    counters = Counters()
    counters.count(None)
    for stage in Stage:
        counters.count(stage)
    Announcer("one@a").announce(counters.as_json(), now=1000.0)
    [worker] = workers.workers_live()
    assert worker.counters["polls"] == 1 + len(Stage)
    assert worker.counters["failures"] == dict.fromkeys(map(str, Stage), 1)


def test_the_names_shared_among_last_are_remembered(valkey: redis.Redis) -> None:
    assert workers.workers_shared({"two@b", "one@a"}) == []
    assert workers.workers_shared({"one@a"}) == ["one@a", "two@b"]


def test_one_not_heard_of_for_an_hour_is_forgotten(valkey: redis.Redis) -> None:
    Announcer("old@a").announce({}, now=1000.0)
    Announcer("new@a").announce({}, now=4000.0)
    assert workers.workers_forget(["new@a"], now=4601.0) == ["old@a"]
    assert workers.workers_forget(["new@a"], now=4601.0) == []


def test_one_that_lives_is_never_forgotten_however_far_the_clock_is_ahead(valkey: redis.Redis) -> None:
    Announcer("other@a").announce({}, now=1000.0)
    assert workers.workers_forget(["other@a", "ahead@b"], now=4700.0) == []
    assert workers.workers_forget(["ahead@b"], now=4700.0) == ["other@a"]


def test_two_of_one_name_are_told_to_differ_a_successor_is_not(
    valkey: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    killed, successor = Announcer("one@a"), Announcer("one@a")
    killed.announce({}, now=1000.0)
    for _ in range(5):
        successor.announce({}, now=1001.0)
    assert not caplog.records
    for _ in range(5):
        killed.announce({}, now=1002.0)
        successor.announce({}, now=1002.0)
    assert caplog.text.count("another worker is called one@a too: give each a --name of its own") == 2


def test_without_valkey_it_tries_again_later(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    announcer = Announcer("one@a")
    announcer.announce({}, now=1000.0)
    announcer.leave()
    assert "cannot say that it lives" in caplog.text
    assert "cannot say that it leaves" in caplog.text
