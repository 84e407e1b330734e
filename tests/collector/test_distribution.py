"""Real workers share real connections: they come, they are killed, the broker goes away and comes back."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collector.fleet import Fleet, fleet
from tests.running.hub import until

pytestmark = [pytest.mark.xdist_group("up"), pytest.mark.timeout(300)]
SERVERS = 12


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Fleet]:
    with fleet(tmp_path) as made:
        yield made


def is_shared(open_by_worker: dict[str, int]) -> bool:
    """Whether three workers hold some channels each, and together every one."""
    held = list(open_by_worker.values())
    return len(held) == 3 and min(held) > 0 and sum(held) == SERVERS


def test_workers_share_the_servers_and_stand_in_for_one_that_is_killed(running: Fleet) -> None:
    users = set(running.watch(SERVERS))
    running.worker("one")
    until(lambda: running.open_by_worker().get("one") == SERVERS, 60, "every server asked by the only worker")

    running.worker("two")
    running.worker("three")
    until(lambda: is_shared(running.open_by_worker()), 60, "three workers sharing the servers")

    running.kill("two")
    killed = time.monotonic()
    until(lambda: running.polled_since(killed + 7) == users, 20, "every server asked without the killed worker")
    until(lambda: sum(running.open_by_worker().values()) == SERVERS, 20, "the others holding every channel")
    assert time.monotonic() - killed < 20
    assert set(running.open_by_worker()) == {"one", "three"}
    assert running.asked_most() <= running.rounds(), "no server was asked twice in a round"
    assert min(running.gaps()) > 0.5  # rounds are 5 s apart, but on a busy machine one may be late
    assert running.rows("SELECT count(*) FROM servers_serverstate WHERE status = 'up'") == [(SERVERS,)]
    assert running.rows("SELECT count(*) FROM alerting_incident") == [(0,)]
    assert running.rows("SELECT count(*) FROM notifications_notification") == [(0,)]


def test_when_the_broker_comes_back_empty_the_polls_go_on(running: Fleet) -> None:
    users = set(running.watch(4))
    running.worker("one")
    until(lambda: running.polled_since(0) == users, 60, "a first poll of each")
    running.kill("valkey")
    time.sleep(3)
    running.valkey()
    back = time.monotonic()
    until(lambda: running.polled_since(back) == users, 45, "polls after the broker's restart")
    until(
        lambda: running.rows("SELECT count(*) FROM servers_serverstate WHERE round BETWEEN 1 AND 20 AND status = 'up'")
        == [(4,)], 20, "rounds counted anew",
    )  # fmt: skip
    assert running.rows("SELECT count(*) FROM notifications_notification") == [(0,)]
